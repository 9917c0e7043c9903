//! By how much a plan breaks the limits of a problem, whatever it was made by.

use super::problem::Problem;
use super::tree::money;
use crate::numeric::sum::ExactSum;

/// By how much a spend is outside its limits, money; below zero within them.
pub(super) fn outside(spend: f64, (lower, upper): (f64, f64)) -> f64 {
    (lower - spend).max(spend - upper)
}

/// By how much a spend breaks its item's bounds or minimum, money; below zero within them.
pub(super) fn of_item(problem: &Problem, item: usize, spend: f64) -> f64 {
    let range = problem.range(item);
    let gap = if spend > 0.0 && spend < range.minimum { spend.min(range.minimum - spend) } else { f64::NEG_INFINITY };
    outside(spend, (problem.lower[item], range.upper.max(range.lower))).max(gap)
}

/// Largest amount by which spends break a limit, money; shares are of what they spend together. What a goal
/// asks is not money and not part of it.
///
/// `spend` has the shape: items. Zero for a plan within all limits.
///
/// # Example
/// ```
/// use termwise::allocate::{Problem, violation};
/// use termwise::response::Curve;
///
/// let curves = vec![Curve::Log { a: 1.0, k: 1.0 }; 2];
/// let problem = Problem { curves, lower: vec![1.0, 0.0], upper: vec![4.0, 4.0], budget: 5.0, ..Problem::default() };
/// assert_eq!(violation(&problem, &[2.0, 3.0]), 0.0);
/// assert_eq!(violation(&problem, &[0.5, 4.25]), 0.5);
/// ```
#[must_use]
pub fn violation(problem: &Problem, spend: &[f64]) -> f64 {
    let items = spend.iter().enumerate().map(|(item, &x)| of_item(problem, item, x));
    items.fold(of_limits(problem, spend), f64::max)
}

/// The same without minimums, which plans on envelopes do not know.
pub(super) fn of_limits(problem: &Problem, spend: &[f64]) -> f64 {
    let sum = |spends: &mut dyn Iterator<Item = f64>| spends.collect::<ExactSum>().value();
    let total = sum(&mut spend.iter().copied());
    let bounds = spend.iter().zip(problem.lower.iter().zip(&problem.upper));
    let items = bounds.map(|(&x, (&lower, &upper))| outside(x, (lower, upper)));
    let limits = |lower, upper| (money(lower, total), money(upper, total));
    let mut groups = vec![ExactSum::default(); problem.groups.len()];
    for (&x, group) in spend.iter().zip(&problem.group_of) {
        if let Some(group) = group {
            groups[*group as usize].add(x);
        }
    }
    // a parent stands before its children
    for at in (0..groups.len()).rev() {
        if let Some(parent) = problem.groups[at].parent {
            let own = groups[at];
            groups[parent as usize].merge(own);
        }
    }
    let classes = problem.classes.iter().map(|class| {
        let members = sum(&mut class.members.iter().map(|&item| spend[item as usize]));
        outside(members, limits(class.lower, class.upper))
    });
    let moved = problem.turnover.as_ref().map(|turnover| {
        sum(&mut spend.iter().zip(&turnover.current).map(|(x, today)| (x - today).abs())) - turnover.limit
    });
    let groups =
        groups.iter().zip(&problem.groups).map(|(sum, group)| outside(sum.value(), limits(group.lower, group.upper)));
    items.chain(groups).chain(classes).chain(moved).chain([total - problem.budget]).fold(0.0, f64::max)
}
