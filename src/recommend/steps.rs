//! The plan in whole steps of money. Fixed terms keep their cents: only what may move is rounded.

use super::goal::without_free;
use crate::allocate::{Allocation, Goal, Problem, Rounded, round_to_step};
use crate::numeric::sum::ExactSum;

/// Rounds a plan to multiples of `step`.
///
/// Where terms are held at a spend that is no multiple, they stay at it and the rest of the budget is
/// rounded around them. With limits that terms share or a target that is not done: such terms go to the
/// nearest multiple, and are among those outside their bounds.
///
/// `optimal` says that the plan is the best for the expected responses. Another one, which weighs risk or
/// explores, keeps its own total: money that it leaves is not handed to where the expectation would put it.
pub(super) fn round(problem: &Problem, allocation: &Allocation, step: f64, optimal: bool) -> Rounded {
    if !optimal {
        let total = allocation.spend.iter().copied().collect::<ExactSum>().value();
        let own = ((total * 100.0).round() / 100.0).min(problem.budget);
        let mut rounded = round(&Problem { budget: own, ..problem.clone() }, allocation, step, true);
        rounded.unallocated += problem.budget - own;
        return rounded;
    }
    if let Some((rest, free)) = without_free(problem, allocation) {
        let mut rounded = round(&rest, allocation, step, true);
        rounded.loss -= free;
        return rounded;
    }
    let alone = problem.groups.is_empty()
        && problem.classes.is_empty()
        && problem.turnover.is_none()
        && problem.goal == Goal::MostResponse;
    let off = |term: &usize| {
        let (lower, upper) = (problem.lower[*term], problem.upper[*term]);
        lower >= upper && lower > 0.0 && (lower / step - (lower / step).round()).abs() > 1e-9
    };
    let held: Vec<usize> = (0..problem.curves.len()).filter(off).collect();
    // a plan in cents has its fixed terms in cents
    if step <= 0.01 || !alone || held.is_empty() {
        return round_to_step(problem, allocation, step);
    }
    let total = held.iter().map(|&term| problem.lower[term]).collect::<ExactSum>().value();
    let (mut rest, mut plan) = (problem.clone(), allocation.clone());
    rest.budget = ((problem.budget - total) * 100.0).round().max(0.0) / 100.0;
    for &term in &held {
        (rest.lower[term], rest.upper[term], plan.spend[term]) = (0.0, 0.0, 0.0);
    }
    let mut rounded = round_to_step(&rest, &plan, step);
    for &term in &held {
        let spend = problem.lower[term];
        rounded.spend[term] = spend;
        rounded.response[term] = problem.curves[term].value(spend);
        rounded.loss -= problem.price_floor.mul_add(-spend, rounded.response[term]);
    }
    rounded
}
