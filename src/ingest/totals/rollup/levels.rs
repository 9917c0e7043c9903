//! Which rows of one level are totals.
//!
//! In: the rows that lack the same names, and the sums of their parts. Out: a verdict on each that has parts. A level is proved
//! where at least half of its rows with parts, and more of them than by chance, are the sums of them in every measure; then a row
//! that is no sum is a total that differs where it has a label, and is refused where it is blank, unless it has less than
//! its parts and so is none. Where a level is not proved its rows are counted, and what may be a sum is refused or named.

use super::{Lacking, Level};
use crate::ingest::aliases::Column;
use crate::ingest::plan::Plan;
use crate::ingest::rows::{CLICKS, CONVERSIONS, COST, IMPRESSIONS, MEASURES};
use crate::ingest::totals::aside::Sums;
use crate::ingest::totals::judge::{RARE, ROUNDED, ROUNDING};
use crate::ingest::totals::segments::Segment;
use std::collections::{BTreeMap, HashMap};

/// Rarity of what is hardly a chance in one row alone, among others that are no sums.
const ALONE: f64 = 2.0 * RARE;
/// Rarity of sums below which a row is named and not refused.
const WEAK: f64 = 3.0;
/// Rows with all the same names up to which each may be the sum of the others and of their parts.
const TWINS: usize = 50;
/// A total that differs from its parts by more than this share is none that was revised.
const REVISED: f64 = 0.1;

/// A blank name, the sum of its parts by numbers that may be so by chance.
const MAY_BE_SUM: &str = "lacks a name that other rows of its term have, and its numbers are the sum of them, so it may be their total: delete \
     the row if it is, write a name such as `(none)` if it is not";
/// A label, the same.
const MAY_BE_NAME: &str = "has a name that is called as totals are, and its numbers are the sum of other rows of its term, which may be by \
     chance: delete the row if it is a total, write another name if it is not";
/// No sum, where others are.
const NO_SUM: &str = "lacks a name as the totals of this file do, and its numbers are not the sum of the other rows of its term: delete the row \
     if it is a total, write a name such as `(none)` if it is not";
/// A label, and no sum.
const NO_TOTAL: &str = "is called a total, and its numbers are not the sum of the other rows of its term: delete the row if it is a total, \
     write another name if it is not";

/// Rows that share all names that they have, with what they may be the totals of.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub rows: Vec<usize>,
    pub parts: Segment,
}

/// What a row is that has parts; one that is no total and of which there is nothing to say has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Total,
    /// A total of parts with these sums.
    Differs(Sums),
    /// A row that may be a total, which is said.
    Counted,
    Unknown(&'static str),
}

impl Verdict {
    pub(super) fn is_total(&self) -> bool {
        matches!(self, Self::Total | Self::Differs(_))
    }
}

/// What the numbers of a row say.
#[derive(Clone, Copy, Debug)]
struct Found {
    row: usize,
    agrees: bool,
    /// As [`rarity`]; 0 where fewer than two parts have something in them.
    rarity: f64,
    /// The same for one part.
    copied: f64,
}

/// Judges the rows of a level.
pub(super) fn judge(
    lacking: &[Lacking],
    groups: &HashMap<u64, Group>,
    plan: &Plan<'_>,
    level: Level,
) -> BTreeMap<usize, Verdict> {
    let mut found: Vec<(Found, Sums, usize)> = Vec::new();
    for group in groups.values().filter(|group| group.parts.rows > 0) {
        let (sums, rows) = (group.parts.sums(), group.parts.rows);
        found.extend(look(lacking, group, plan).into_iter().map(|own| (own, sums, rows)));
    }
    found.sort_by_key(|(own, ..)| own.row);
    let tried = found.len();
    let agree = found.iter().filter(|(own, ..)| own.agrees).count();
    let rarity = found.iter().filter(|(own, ..)| own.agrees).map(|(own, ..)| own.rarity).sum::<f64>();
    let called = level.labels != 0;
    let match_type = plan.schema.position(Column::MatchType);
    // no match type is called so
    let is_certain =
        (0..plan.rolls.len()).any(|bit| level.labels & (1 << bit) != 0 && Some(plan.rolls[bit]) == match_type);
    let is_rare = || is_certain || rarity - ln_ways(tried, agree) >= RARE;
    let proved = agree > 0 && 2 * agree >= tried && is_rare();
    let mut verdicts = BTreeMap::new();
    for (own, sums, rows) in found {
        let row = &lacking[own.row];
        let alone = own.rarity - (tried as f64).ln() >= ALONE;
        let verdict = match (own.agrees, proved) {
            (true, true) => Some(Verdict::Total),
            (true, false) if called && alone => Some(Verdict::Total),
            (true, false) if called => Some(Verdict::Unknown(MAY_BE_NAME)),
            (true, false) if alone => Some(Verdict::Unknown(MAY_BE_SUM)),
            // among others that are no sums it is one by chance
            (true, false) if agree < tried => None,
            (true, false) if own.rarity >= WEAK || own.copied >= RARE => Some(Verdict::Unknown(MAY_BE_SUM)),
            (true, false) => Some(Verdict::Counted),
            (false, true) if called && (!is_less(row, &sums, rows) || is_near(row, &sums)) => {
                Some(Verdict::Differs(sums))
            }
            (false, true) if called => Some(Verdict::Unknown(NO_TOTAL)),
            (false, true) if is_less(row, &sums, rows) => None,
            (false, true) => Some(Verdict::Unknown(NO_SUM)),
            (false, false) if is_certain => Some(Verdict::Unknown(NO_TOTAL)),
            (false, false) => called.then_some(Verdict::Counted),
        };
        verdicts.extend(verdict.map(|verdict| (own.row, verdict)));
    }
    // rows with nothing in them are what the others are
    for row in groups.values().flat_map(|group| &group.rows).filter(|&&row| proved && is_nothing(&lacking[row])) {
        verdicts.insert(*row, Verdict::Total);
    }
    verdicts
}

fn is_nothing(row: &Lacking) -> bool {
    row.sums().iter().all(|&own| own <= 0.0)
}

/// Holds the rows of a group against its parts: each alone, one against the others with the parts (a row that honestly lacks the
/// name beside the total), and all together (totals that are divided by what is not known).
fn look(lacking: &[Lacking], group: &Group, plan: &Plan<'_>) -> Vec<Found> {
    let own: Vec<usize> = group.rows.iter().copied().filter(|&row| !is_nothing(&lacking[row])).collect();
    let (parts, rows, active) = (group.parts.sums(), group.parts.rows, group.parts.active);
    let found = |row: usize, given: &[Option<f64>; MEASURES], sums: &Sums, active: usize, counted: bool| {
        let agrees = counted && agree(given, sums, rows + own.len(), plan);
        let copied = if agrees { rarity(given, plan) } else { 0.0 };
        Found { row, agrees, rarity: if active > 1 { copied } else { 0.0 }, copied }
    };
    let each: Vec<Found> = own.iter().map(|&row| found(row, &lacking[row].given, &parts, active, true)).collect();
    if own.len() < 2 || each.iter().any(|found| found.agrees) {
        return each;
    }
    let all = own.iter().fold(Sums::default(), |all, &row| plus(&all, &lacking[row].sums()));
    if agree(&all.map(Some), &parts, rows, plan) {
        let together = rarity(&all.map(Some), plan) / own.len() as f64;
        let rarity = if active > 1 { together } else { 0.0 };
        return own.iter().map(|&row| Found { row, agrees: true, rarity, copied: together }).collect();
    }
    let whole = plus(&all, &parts);
    let total = own.iter().copied().take(TWINS).find_map(|row| {
        let given = lacking[row].sums();
        let rest: Sums = std::array::from_fn(|at| whole[at] - given[at]);
        Some(found(row, &lacking[row].given, &rest, active + own.len() - 1, true)).filter(|found| found.agrees)
    });
    total.map_or(each, |total| vec![total])
}

fn plus(a: &Sums, b: &Sums) -> Sums {
    std::array::from_fn(|at| a[at] + b[at])
}

fn tolerance(given: f64, rows: usize) -> f64 {
    (ROUNDING * rows.min(ROUNDED) as f64).max(1e-9 * given)
}

/// Whether the sums are what a row gives, clicks at least, up to the rounding of so many rows.
fn agree(given: &[Option<f64>; MEASURES], sums: &Sums, rows: usize, plan: &Plan<'_>) -> bool {
    given[CLICKS].is_some()
        && (0..MEASURES)
            .filter(|&at| plan.measures[at].is_some())
            .all(|at| given[at].is_none_or(|given| (given - sums[at]).abs() <= tolerance(given, rows)))
}

/// Whether a row has less of something than its parts, and so is no total.
fn is_less(row: &Lacking, sums: &Sums, rows: usize) -> bool {
    (0..MEASURES).any(|at| row.given[at].is_some_and(|given| given < sums[at] - tolerance(given, rows)))
}

/// Whether a row has nearly what its parts have.
fn is_near(row: &Lacking, sums: &Sums) -> bool {
    let near =
        |(given, sum): (&Option<f64>, &f64)| given.is_none_or(|given| (given - sum).abs() <= (REVISED * sum).max(1.0));
    row.given.iter().zip(sums).all(near)
}

/// How rarely such numbers are by chance a sum, as a logarithm: the ways in which they could differ, `ln Π (1 + n)` over impressions,
/// clicks, conversions and the cents of a click.
fn rarity(given: &[Option<f64>; MEASURES], plan: &Plan<'_>) -> f64 {
    let of = |at: usize| given[at].filter(|_| plan.measures[at].is_some()).unwrap_or_default().max(0.0);
    let cost = of(COST);
    // some currencies have no cents
    let cents = if cost.fract() == 0.0 { cost } else { 100.0 * cost };
    let counts = [IMPRESSIONS, CLICKS, CONVERSIONS].into_iter().map(|at| of(at).ln_1p()).sum::<f64>();
    counts + (cents / of(CLICKS).max(1.0)).ln_1p()
}

/// The logarithm of the number of ways to choose so many of all.
fn ln_ways(all: usize, chosen: usize) -> f64 {
    let few = chosen.min(all - chosen);
    (0..few).map(|at| ((all - at) as f64 / (at + 1) as f64).ln()).sum()
}
