//! Which part of the rows has the numbers of a candidate.
//!
//! In: a candidate and the sums of parts. Out: the part whose sums are its numbers: to the rounding of the rows, or, where what stands
//! for a total agrees in its counts, with a little difference in the rest.

use super::{Close, Court, Match, Of, RARE, ROUNDED, ROUNDING, Texts, plus};
use crate::ingest::rows::{CLICKS, CONVERSIONS, COST, IMPRESSIONS, MEASURES};
use crate::ingest::totals::aside::{Candidate, Class, Sums, TELLING};
use crate::ingest::totals::segments::{Segment, parts};
use std::ops::Range;

/// A total that agrees in clicks, or in impressions, to the last one, may differ by this share in what is revised later.
const REVISED: f64 = 0.1;
/// Whole conversions by which it may differ in any case.
const FEW: f64 = 3.0;

impl Court<'_> {
    pub(super) fn matching(
        &self,
        at: usize,
        with: &dyn Fn(&Texts) -> (usize, Sums, Sums),
        is_loose: &dyn Fn(&usize) -> bool,
    ) -> Option<Match> {
        let candidate = &self.candidates[at];
        if candidate.of_segments && !candidate.is_whole() {
            return None;
        }
        // that of a term over its segments has all texts but the segment's
        let tried = if candidate.of_segments { 1 } else { usize::MAX };
        let of_part = parts(&candidate.texts).into_iter().take(tried).enumerate().find_map(|(number, part)| {
            let segment = self.segments.of(&part);
            if segment.rows == 0 {
                return None;
            }
            let own = segment.sums();
            let (others, loose, hidden) = with(&part);
            let all = plus(&own, &loose);
            let all = [own, all, plus(&all, &hidden)];
            let place = all.iter().position(|sums| self.agree(candidate, sums, segment.rows))?;
            let sums = all[place];
            let several = segment.active > 1 || (others > 0 && place > 0 && segment.active > 0);
            let rarity = if several { self.rarity(candidate, &sums, segment.rows) } else { 0.0 };
            // that of a part named by some of its texts only must be more than chance
            (rarity >= RARE || number == 0 || !candidate.named).then_some(Match { sums, of: Of::Texts(part), rarity })
        });
        of_part.or_else(|| {
            let with_loose = |(block, between): (Segment, Range<usize>)| {
                let loose = between.filter(is_loose).map(|other| self.candidates[other].sums());
                let (rows, sums) = (block.active, block.sums());
                loose.fold((rows, sums), |(rows, sums), own| (rows + 1, plus(&sums, &own)))
            };
            let alone = candidate.of_segments || (self.close == Close::All && candidate.class == Class::Blank);
            let agrees = |(rows, sums): &(usize, Sums)| *rows > 1 && !alone && self.agree(candidate, sums, *rows);
            let (rows, sums) =
                self.segments.blocks(at).map(with_loose).find(|block| candidate.is_telling() && agrees(block))?;
            Some(Match { sums, of: Of::Block, rarity: self.rarity(candidate, &sums, rows) })
        })
    }

    /// How rarely numbers such as a candidate's are by chance the sums that they agree with, as a logarithm: the ways in which
    /// they could differ, `ln Π (1 + n)` over impressions, clicks, conversions and the cents of a click. Value follows from
    /// conversions where all are worth the same, and says nothing.
    fn rarity(&self, candidate: &Candidate, sums: &Sums, rows: usize) -> f64 {
        let most = ROUNDING * rows.min(ROUNDED) as f64;
        let same = |at: usize, most: f64| {
            let given = candidate.given[at].filter(|_| self.plan.measures[at].is_some())?;
            ((given - sums[at]).abs() <= most).then_some(given.max(0.0))
        };
        let counts = [IMPRESSIONS, CLICKS, CONVERSIONS].into_iter().filter_map(|at| same(at, 0.5)).map(f64::ln_1p);
        let of_click = same(COST, most).map_or(0.0, |cost| {
            // some currencies have no cents
            let cents = if cost.fract() == 0.0 { cost } else { 100.0 * cost };
            (cents / candidate.given[CLICKS].unwrap_or_default().max(1.0)).ln_1p()
        });
        counts.sum::<f64>() + of_click
    }

    /// Whether the sums are what a candidate gives, up to the rounding of so many rows.
    pub(super) fn agree(&self, candidate: &Candidate, sums: &Sums, rows: usize) -> bool {
        if self.close != Close::Nothing {
            return rows > 1 && self.is_close(candidate, sums);
        }
        let most = ROUNDING * rows.min(ROUNDED) as f64;
        (0..MEASURES)
            .filter(|&at| self.plan.measures[at].is_some())
            .all(|at| candidate.given[at].is_none_or(|given| (given - sums[at]).abs() <= most.max(1e-9 * given)))
    }

    /// Whether the sums have the very counts of something that stands where totals do, and differ little in the rest.
    fn is_close(&self, candidate: &Candidate, sums: &Sums) -> bool {
        let is_total = match candidate.class {
            Class::Blank if candidate.named => self.close == Close::All,
            class => class == Class::Label || !candidate.named,
        };
        let gives = |at: usize| candidate.given[at].filter(|_| self.plan.measures[at].is_some());
        let is_same = |at: usize| gives(at).is_some_and(|given| given >= TELLING && (given - sums[at]).abs() < 0.5);
        is_total
            && (is_same(CLICKS) || is_same(IMPRESSIONS))
            && (0..MEASURES).all(|at| {
                let few = if at == CONVERSIONS { FEW } else { 0.0 };
                gives(at).is_none_or(|given| (given - sums[at]).abs() <= few.max(REVISED * sums[at]))
            })
    }
}
