//! From the two ends of the price's bracket to one plan that spends the budget.
//!
//! The plan is a convex combination of the two: that settles ties, straight pieces and kinks
//! exactly. Where the envelope bridges a convex part of a curve, sharing would leave every tied item
//! off its curve's hull, so such items are filled one after another and at most one is left between.

use super::price::{Bracket, Limit};
use super::problem::Problem;
use super::tally::Scale;
use super::workspace::{CHUNK, Workspace};
use rayon::prelude::*;

/// Fills `plan`.
pub(super) fn settle(workspace: &mut Workspace, problem: &Problem, bracket: &Bracket, scale: Scale) {
    match bracket.limit {
        Limit::Floor | Limit::Upper => workspace.plan.clone_from(&workspace.low),
        Limit::Lower => workspace.plan.clone_from(&workspace.high),
        Limit::Budget => combine(workspace, problem, bracket, scale),
    }
}

fn combine(workspace: &mut Workspace, problem: &Problem, bracket: &Bracket, scale: Scale) {
    let Workspace { items, pieces, low, high, plan, .. } = workspace;
    let mut left = problem.budget - bracket.high.total;
    let mut between = bracket.low.total - bracket.high.total;
    let mut bridged: Vec<usize> = if pieces.iter().any(|piece| piece.bridge) {
        (0..items.len()).filter(|&at| items[at].bridged(high[at], low[at], pieces)).collect()
    } else {
        Vec::new()
    };
    // largest first, so that what does not fit is small
    let jump = |at: usize| low[at] - high[at];
    bridged.sort_by(|&a, &b| jump(b).total_cmp(&jump(a)).then(items[a].hash().cmp(&items[b].hash())).then(a.cmp(&b)));
    between -= scale.sum(bridged.iter().map(|&at| jump(at)));
    let mut open = Vec::new();
    let mut full = Vec::new();
    for at in bridged {
        if jump(at) <= left {
            left -= jump(at);
            full.push(at);
        } else {
            open.push(at);
        }
    }
    let share = if left <= 0.0 {
        0.0
    } else if left < between {
        left / between
    } else {
        1.0
    };
    let mix = |(at, spend): (usize, &mut f64)| {
        *spend = share.mul_add(low[at] - high[at], high[at]).clamp(items[at].lower, items[at].upper);
    };
    if plan.len() <= CHUNK {
        plan.iter_mut().enumerate().for_each(mix);
    } else {
        plan.par_iter_mut().enumerate().with_min_len(CHUNK).for_each(mix);
    }
    for &at in &full {
        plan[at] = low[at];
    }
    for &at in &open {
        plan[at] = high[at];
    }
    // what the others cannot take goes where it earns most on the curve itself
    let rest = left - between;
    if rest > 0.0 {
        let gain = |at: usize| problem.curves[at].value(high[at] + rest) - problem.curves[at].value(high[at]);
        if let Some(at) = open.iter().copied().reduce(|a, b| if gain(b) > gain(a) { b } else { a }) {
            plan[at] = (high[at] + rest).min(low[at]);
        }
    }
}
