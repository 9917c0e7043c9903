//! Plans of few items: all plans in steps near the one at hand.
//!
//! In: a plan, and the same rounded, which rounding took something of: a limit, the goal or worth. Out: the best plan within
//! all limits whose items are a few steps from theirs, if any. With three items and no more than some thirty steps of the
//! budget these are all plans that there are.

use super::{Grid, Problem, Rounded};
use crate::allocate::judge::Judge;
use crate::allocate::{Allocation, scan};

/// Fewest levels of an item that are worth looking at.
const LEVELS: usize = 4;
/// A limit is met to this share of a step.
const ON_STEP: f64 = 1e-9;

/// Steps of each item in the best plan nearby.
pub(super) fn best(problem: &Problem, grid: Grid, plan: &Allocation, rounded: &Rounded) -> Option<Vec<i64>> {
    let count = scan::levels(problem.curves.len());
    if count < LEVELS || problem.curves.is_empty() {
        return None;
    }
    let levels: Vec<Vec<f64>> =
        (0..plan.spend.len()).map(|item| levels(problem, grid, item, plan.spend[item], count)).collect();
    // the rounded plan itself is one of them
    let judge = Judge::new(problem, ON_STEP * grid.step());
    let found = scan::best(judge, &levels, 1).pop()?;
    let response = judge.responses(&rounded.spend);
    let own = judge.worth(&rounded.spend, &response);
    if rounded.holds() && own >= judge.worth(&found, &judge.responses(&found)) {
        return None;
    }
    Some(found.iter().map(|&spend| grid.nearest(spend)).collect())
}

/// Nothing, the least and the steps around a spend.
fn levels(problem: &Problem, grid: Grid, item: usize, spend: f64, count: usize) -> Vec<f64> {
    let (least, most) = (grid.up(problem.lower[item]), grid.down(problem.upper[item].min(problem.budget)));
    let minimum = grid.up(problem.minimum.get(item).copied().unwrap_or(0.0)).max(least);
    let around = i64::try_from(count).unwrap_or(i64::MAX) - 2;
    let from = (grid.down(spend) - around / 2 + 1).min(most - around + 1).max(least);
    let near = (from..from.saturating_add(around)).filter(|steps| *steps <= most);
    let mut steps: Vec<i64> = near.chain([least, minimum]).filter(|&steps| steps <= most).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.retain(|&steps| steps == 0 || steps >= minimum);
    steps.into_iter().map(|steps| grid.money(steps)).collect()
}
