//! By how much a plan breaks the limits of a problem, whatever it was made by.

use super::problem::Problem;
use super::tree::money;
use crate::numeric::sum::ExactSum;

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
    let sum = |spends: &mut dyn Iterator<Item = f64>| spends.collect::<ExactSum>().value();
    let total = sum(&mut spend.iter().copied());
    let bounds = spend.iter().zip(problem.lower.iter().zip(&problem.upper));
    let items = bounds.map(|(x, (lower, upper))| (lower - x).max(x - upper));
    let outside = |sum: f64, lower, upper| (money(lower, total) - sum).max(sum - money(upper, total));
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
        outside(members, class.lower, class.upper)
    });
    let moved = problem.turnover.as_ref().map(|turnover| {
        sum(&mut spend.iter().zip(&turnover.current).map(|(x, today)| (x - today).abs())) - turnover.limit
    });
    let groups = groups.iter().zip(&problem.groups).map(|(sum, group)| outside(sum.value(), group.lower, group.upper));
    items.chain(groups).chain(classes).chain(moved).chain([total - problem.budget]).fold(0.0, f64::max)
}
