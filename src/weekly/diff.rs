//! A plan against the one before, taken apart by what changed.
//!
//! In: the spends of the plan in force, and those of plans that were solved again with one thing more of today at a time. Out:
//! a [`Diff`] and one [`DiffRow`] a term. Who solves again is `pipeline`.
//!
//! # Formula
//! ```text
//! s₀ plan in force → s₁ … → s₆ today's plan, one cause more of today's at each step; part k of a term = sₖ − sₖ₋₁
//! Σₖ part k = s₆ − s₀
//! ```
//! All spends are whole cents, and so are differences of them: the parts of a term add up to its change, and those of all terms
//! to the plan's, to the last cent. The order is [`Cause::ALL`]; with another order single parts would be others, as in any
//! attribution that takes one thing after another.
//!
//! Where small terms are folded, one that today's plan does not name is counted with the pool of its campaign or of the account:
//! it has too few clicks to be named, whatever the plan before did.

use super::StoredTerm;
use crate::counts::pool_of;
use crate::domain::TermKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What makes a plan another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Counts that came, with what follows from them: evidence, curves, values, spends of today.
    NewData,
    /// How fast rates are taken to move.
    Drift,
    /// How much of recent weeks is taken to be reported.
    Delay,
    /// What is expected of terms before their own clicks.
    Prior,
    /// Settings other than limits.
    Config,
    /// Limits, decisions and the campaigns held back.
    Limits,
}

impl Cause {
    /// All, in the order in which they are taken.
    pub const ALL: [Self; 6] = [Self::NewData, Self::Drift, Self::Delay, Self::Prior, Self::Config, Self::Limits];

    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewData => "new data",
            Self::Drift => "drift",
            Self::Delay => "delay",
            Self::Prior => "prior",
            Self::Config => "config",
            Self::Limits => "limits",
        }
    }
}

/// How many causes there are.
pub const CAUSES: usize = Cause::ALL.len();

/// Spends by term, in whole cents.
pub type Spends = BTreeMap<TermKey, f64>;

/// A plan against the one before. Money a week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diff {
    /// Run whose plan is compared with.
    pub plan: String,
    /// What it planned to spend on all terms.
    pub before: f64,
    /// What this plan does.
    pub after: f64,
    /// Sum of all changes, raised and cut.
    pub moved: f64,
    /// Terms whose spend changes by a cent or more.
    pub terms: usize,
    /// What each cause adds; empty where the plan could not be taken apart.
    pub parts: Vec<DiffPart>,
    /// Why it could not be taken apart, or a step of it; a sentence without a full stop.
    pub unexplained: Option<String>,
}

/// What one cause adds to all terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffPart {
    /// The cause.
    pub cause: Cause,
    /// Sum over terms, money; `None` where it could not be told apart from the next.
    pub change: Option<f64>,
    /// Sum of what it moves, raised and cut, money.
    pub moved: Option<f64>,
}

/// A term in both plans.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffRow {
    /// What identifies it.
    pub key: TermKey,
    /// Spend of the plan before, money; `None` for a term that it did not have.
    pub before: Option<f64>,
    /// Spend planned now, money; `None` for a term that the data do not have any more.
    pub after: Option<f64>,
    /// Change, money.
    pub change: f64,
    /// What each cause adds, money; `None` where it could not be told.
    pub parts: [Option<f64>; CAUSES],
}

/// Spends of a plan in whole cents.
pub fn in_cents<'k>(spends: impl IntoIterator<Item = (&'k TermKey, f64)>) -> Spends {
    spends.into_iter().map(|(key, spend)| (key.clone(), (spend * 100.0).round())).collect()
}

/// Compares the plan in force with today's, `steps` being the plans of [`Cause::ALL`] with today's last; a step that could not be
/// solved is `None`, and what it would have added counts with the next. `is_folded`: whether small terms are not to be named.
#[must_use]
pub fn compare_plans(
    run: &str,
    before: &[StoredTerm],
    steps: [Option<&Spends>; CAUSES],
    today: &Spends,
    unexplained: Option<String>,
    is_folded: bool,
) -> (Diff, Vec<DiffRow>) {
    let stored = in_cents(before.iter().map(|term| (&term.key, term.recommended_spend)));
    let named =
        |spends: &Spends| if is_folded { fold_unnamed(spends, |key| today.contains_key(key)) } else { spends.clone() };
    let stored = named(&stored);
    let steps = steps.map(|step| step.map(named));
    let steps = steps.each_ref().map(Option::as_ref);
    let mut keys: Vec<&TermKey> = stored.keys().chain(today.keys()).collect();
    keys.extend(steps.iter().flatten().flat_map(|step| step.keys()));
    keys.sort_unstable();
    keys.dedup();
    let is_apart = steps[CAUSES - 1].is_some();
    let at = |spends: &Spends, key: &TermKey| spends.get(key).copied().unwrap_or(0.0);
    let mut rows = Vec::with_capacity(keys.len());
    // sums of whole cents are exact
    let (mut change, mut moved) = ([0.0; CAUSES], [0.0; CAUSES]);
    let mut total = Diff { plan: run.to_owned(), unexplained, ..Diff::default() };
    for key in keys {
        let (first, last) = (at(&stored, key), at(today, key));
        let mut parts = [None; CAUSES];
        let mut reached = first;
        for (cause, step) in steps.iter().enumerate() {
            if let Some(step) = step {
                let here = at(step, key);
                parts[cause] = Some((here - reached) / 100.0);
                change[cause] += here - reached;
                moved[cause] += (here - reached).abs();
                reached = here;
            }
        }
        total.before += first;
        total.after += last;
        total.moved += (last - first).abs();
        total.terms += usize::from((last - first).abs() >= 0.5);
        rows.push(DiffRow {
            key: key.clone(),
            before: stored.get(key).map(|spend| spend / 100.0),
            after: today.get(key).map(|spend| spend / 100.0),
            change: (last - first) / 100.0,
            parts,
        });
    }
    for sum in [&mut total.before, &mut total.after, &mut total.moved] {
        *sum /= 100.0;
    }
    if is_apart {
        total.parts = Cause::ALL
            .iter()
            .enumerate()
            .map(|(at, &cause)| {
                let of = |sums: &[f64; CAUSES]| steps[at].map(|_| sums[at] / 100.0);
                DiffPart { cause, change: of(&change), moved: of(&moved) }
            })
            .collect();
    }
    (total, rows)
}

/// Spends with those of terms that are not to be named added to their pools.
#[must_use]
pub fn fold_unnamed(spends: &Spends, is_named: impl Fn(&TermKey) -> bool) -> Spends {
    let mut folded = Spends::new();
    for (key, spend) in spends {
        let own = || Some(pool_of(key, true)).filter(|pool| is_named(pool));
        let name = if is_named(key) { key.clone() } else { own().unwrap_or_else(|| pool_of(key, false)) };
        *folded.entry(name).or_default() += spend;
    }
    folded
}

/// The rows that change most, the largest first; rows that do not change are left out.
#[must_use]
pub fn largest(rows: &[DiffRow], count: usize) -> Vec<&DiffRow> {
    let mut changed: Vec<&DiffRow> = rows.iter().filter(|row| row.change.abs() >= 0.005).collect();
    changed.sort_by(|one, other| other.change.abs().total_cmp(&one.change.abs()).then_with(|| one.key.cmp(&other.key)));
    changed.truncate(count);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LeverKind;
    use crate::response::Curve;

    fn key(term: &str) -> TermKey {
        TermKey { term: term.to_owned(), ..TermKey::default() }
    }

    fn stored(term: &str, spend: f64) -> StoredTerm {
        StoredTerm {
            key: key(term),
            current_spend: spend,
            recommended_spend: spend,
            free_clicks: 0.0,
            curve: Curve::Power { a: 1.0, k: 1.0, h: 0.5 },
            rate: 0.1,
            rate_sd: 0.01,
            prior_rate: None,
            old_spend: None,
            value: None,
            lever: LeverKind::Advisory,
            lever_now: None,
            lever_plan: None,
        }
    }

    fn plan(spends: &[(&str, f64)]) -> Spends {
        let keys: Vec<TermKey> = spends.iter().map(|(term, _)| key(term)).collect();
        in_cents(keys.iter().zip(spends).map(|(key, (_, spend))| (key, *spend)))
    }

    /// Whole cents of a money amount as it is written.
    fn cents(amount: f64) -> i64 {
        format!("{amount:.2}").replace('.', "").parse().unwrap()
    }

    #[test]
    fn parts_add_up_to_the_cent_by_term_and_in_all() {
        let before = [stored("gone", 7.77), stored("kept", 0.1), stored("moved", 1_234_567.89)];
        let steps = [
            plan(&[("kept", 0.3), ("moved", 1_234_000.01), ("new", 3.33)]),
            plan(&[("kept", 0.2), ("moved", 1_234_000.02), ("new", 3.34)]),
            plan(&[("kept", 0.2), ("moved", 1_234_000.02), ("new", 3.34)]),
            plan(&[("kept", 0.7), ("moved", 1_230_000.0), ("new", 0.0)]),
            plan(&[("kept", 0.1), ("moved", 1_230_000.1), ("new", 0.05)]),
        ];
        let today = plan(&[("kept", 0.1), ("moved", 1_230_000.2), ("new", 0.06)]);
        let given = [&steps[0], &steps[1], &steps[2], &steps[3], &steps[4], &today].map(Some);
        let (diff, rows) = compare_plans("2026-11-22", &before, given, &today, None, false);
        assert_eq!(rows.len(), 4);
        for row in &rows {
            let sum: i64 = row.parts.iter().map(|part| cents(part.unwrap())).sum();
            assert_eq!(sum, cents(row.change), "{row:?}");
            assert_eq!(cents(row.after.unwrap_or(0.0)) - cents(row.before.unwrap_or(0.0)), sum);
        }
        let sum: i64 = diff.parts.iter().map(|part| cents(part.change.unwrap())).sum();
        assert_eq!(sum, cents(diff.after) - cents(diff.before));
        assert_eq!((cents(diff.before), cents(diff.after), diff.terms), (123_457_576, 123_000_036, 3));
        // what left the data left with them
        assert_eq!((rows[0].parts[0], rows[0].after), (Some(-7.77), None));
        let names: Vec<&str> = largest(&rows, 2).iter().map(|row| row.key.term.as_str()).collect();
        assert_eq!(names, ["moved", "gone"]);
    }

    #[test]
    fn a_step_that_was_not_solved_is_empty_and_counts_with_the_next() {
        let before = [stored("a", 10.0)];
        let (middle, today) = (plan(&[("a", 12.0)]), plan(&[("a", 11.0)]));
        let steps = [None, None, Some(&middle), None, None, Some(&today)];
        let (diff, rows) = compare_plans("x", &before, steps, &today, Some("why".into()), false);
        assert_eq!(rows[0].parts, [None, None, Some(2.0), None, None, Some(-1.0)]);
        assert_eq!(diff.parts[0].change, None);
        let (diff, rows) = compare_plans("x", &before, [None; CAUSES], &today, Some("why".into()), false);
        assert!(diff.parts.is_empty() && rows[0].parts == [None; CAUSES] && (rows[0].change - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_term_that_is_folded_now_is_not_named_and_its_spend_is_its_pools() {
        let pool = pool_of(&key("small"), true);
        let before = [stored("large", 10.0), stored("small", 2.0), stored("gone", 1.0)];
        let today = in_cents([(&key("large"), 9.0), (&pool, 4.0)]);
        // a step solved with the settings of then names them, too
        let step = plan(&[("large", 9.5), ("small", 2.5)]);
        let steps = [Some(&step), None, None, None, None, Some(&today)];
        let (diff, rows) = compare_plans("x", &before, steps, &today, None, true);
        let names: Vec<&str> = rows.iter().map(|row| row.key.term.as_str()).collect();
        assert_eq!(names, [crate::counts::OTHER_TERMS, "large"]);
        assert_eq!((rows[0].before, rows[0].after, rows[0].parts[0]), (Some(3.0), Some(4.0), Some(-0.5)));
        assert_eq!((cents(diff.before), cents(diff.after)), (1300, 1300));
        let (_, rows) = compare_plans("x", &before, steps, &today, None, false);
        assert_eq!(rows.len(), 4, "where nothing is folded all are named");
    }
}
