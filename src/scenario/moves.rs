//! The terms that a scenario moves most against the base plan.

use crate::recommend::Outline;

/// A term that a scenario spends another amount on than the base plan does.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Index of the term in `Counts::terms`.
    pub term: usize,
    /// Spend in the base plan, money.
    pub base: f64,
    /// Spend in the scenario, money.
    pub spend: f64,
    /// What holds it in the scenario; empty when nothing does.
    pub binding: String,
}

/// Differences below half a cent are rounding, money.
const HELD: f64 = 0.005;

/// Money that lies elsewhere than in the base plan: the sum of what is raised and of what is cut, terms moved, and the
/// `longest` largest moves, largest first, equal ones by the order of terms.
pub(super) fn moves(base: &Outline, scenario: &Outline, longest: usize) -> (f64, usize, Vec<Moved>) {
    let change = |term: usize| (scenario.spend[term] - base.spend[term]).abs();
    let mut moved: Vec<usize> = (0..scenario.spend.len()).filter(|&term| change(term) >= HELD).collect();
    // the sum of none is -0
    let money = moved.iter().map(|&term| change(term)).sum::<f64>() + 0.0;
    let count = moved.len();
    moved.sort_by(|&one, &other| change(other).total_cmp(&change(one)).then(one.cmp(&other)));
    moved.truncate(longest);
    let of_term = |term| Moved {
        term,
        base: base.spend[term],
        spend: scenario.spend[term],
        binding: scenario.binding[term].to_string(),
    };
    (money, count, moved.into_iter().map(of_term).collect())
}
