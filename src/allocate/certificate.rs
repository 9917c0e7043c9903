//! Proof of quality: how far the plan can be from the best one.
//!
//! For any price λ at or above the floor φ, weak duality bounds what any plan can earn net of φ a
//! unit of money (Everett 1963; Boyd and Vandenberghe 2004, section 5.1):
//!
//! ```text
//! D(λ) = Σ max [f̂ᵢ(x) − λx] + (λ − φ) B   ≥   Σ fᵢ(xᵢ) − φ Σ xᵢ
//! ```
//!
//! With `gᵢ` a slope of the envelope at the plan, `f̂ᵢ(xᵢ(λ)) ≤ f̂ᵢ(xᵢ) + gᵢ (xᵢ(λ) − xᵢ)`, so
//!
//! ```text
//! D(λ) − objective ≤ Σ [f̂ᵢ(xᵢ) − fᵢ(xᵢ)] + Σ (gᵢ − λ)(xᵢ(λ) − xᵢ) + (λ − φ)(B − Σ xᵢ)
//! ```
//!
//! which has no cancellation between large sums. The first sum is zero for concave curves.

use super::price::{Bracket, Limit};
use super::problem::Problem;
use super::tally::{Scale, Tally};
use super::workspace::{CHUNK, Workspace};
use crate::response::Curve;
use rayon::prelude::*;
use serde::Serialize;

/// What kind of answer this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllocationStatus {
    /// The best plan within the gap of the certificate.
    Optimal,
    /// Every item is at its upper bound and money is left.
    BudgetNotExhausted,
    /// No plan meets the limits.
    Infeasible,
    /// The search hit its cap; the gap says how good the plan is.
    IterationLimit,
}

/// Proof of quality of an allocation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// What kind of answer this is.
    pub status: AllocationStatus,
    /// Sum of the responses, net of the price floor on every unit spent.
    pub objective: f64,
    /// No plan within the limits has an objective above this.
    pub upper_bound: f64,
    /// (upper bound − objective) / (sum of the responses + spend at the price); differences of the
    /// size of rounding below zero are reported as zero.
    pub relative_gap: f64,
    /// The price: what the next unit of money earns, response per unit of money. `None` where the
    /// lower bounds take the whole budget and the next unit would earn beyond any number.
    pub lambda: Option<f64>,
    /// Largest amount by which the plan breaks a bound or the budget, money.
    pub max_violation: f64,
    /// Objective lost by rounding; `None` while the plan is not rounded.
    pub rounding_loss: Option<f64>,
    /// Prices tried.
    pub iterations: usize,
}

/// Sums over a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    /// Sum of the responses.
    pub(super) response: f64,
    /// Sum of the spends, money.
    pub(super) spend: f64,
    /// Response net of the floor.
    pub(super) objective: f64,
}

/// Response and slope of each item at a plan.
pub(super) fn evaluate(problem: &Problem, plan: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let value = |(curve, &spend): (&Curve, &f64)| curve.value_and_marginal(spend);
    if plan.len() <= CHUNK {
        return problem.curves.iter().zip(plan).map(value).unzip();
    }
    let mut both = (Vec::new(), Vec::new());
    problem.curves.par_iter().zip(plan).with_min_len(CHUNK).map(value).unzip_into_vecs(&mut both.0, &mut both.1);
    both
}

/// Sums of a plan from the response of each item.
pub(super) fn score(problem: &Problem, plan: &[f64], responses: &[f64], scale: Scale) -> Score {
    let greatest = if responses.len() <= CHUNK {
        responses.iter().copied().fold(0.0, f64::max)
    } else {
        responses.par_iter().copied().with_min_len(CHUNK).reduce(|| 0.0, f64::max)
    };
    let response = Scale::new(responses.len(), greatest).total(responses);
    let spend = scale.total(plan);
    Score { response, spend, objective: (-problem.price_floor).mul_add(spend, response) }
}

/// The price of a bracket; interpolated, since the plan lies between the ends.
pub(super) fn price(problem: &Problem, workspace: &Workspace, bracket: &Bracket) -> Option<f64> {
    let Bracket { low, high, .. } = bracket;
    let free = || (0..workspace.plan.len()).filter(|&at| problem.lower[at] < problem.upper[at]);
    let slope = |at: usize| problem.curves[at].marginal(workspace.plan[at]);
    let price = match bracket.limit {
        Limit::Budget if high.price.is_finite() && low.total > high.total => {
            let share = (problem.budget - high.total) / (low.total - high.total);
            share.clamp(0.0, 1.0).mul_add(low.price - high.price, high.price)
        }
        Limit::Budget => low.price,
        // the next unit of money would go to the best item
        Limit::Lower => free().map(slope).fold(problem.price_floor, f64::max),
        // the last unit went to the worst
        Limit::Upper if low.total >= problem.budget => {
            free().map(slope).reduce(f64::min).unwrap_or(problem.price_floor).max(problem.price_floor)
        }
        Limit::Upper | Limit::Floor => problem.price_floor,
    };
    price.is_finite().then_some(price)
}

/// Upper bound of `D(λ) − objective` for the plan of the workspace, λ the lower end of its bracket.
pub(super) fn gap(problem: &Problem, workspace: &Workspace, bracket: &Bracket, score: Score, marginals: &[f64]) -> f64 {
    if bracket.limit != Limit::Budget {
        return 0.0;
    }
    let lambda = bracket.low.price;
    let scale = Scale::new(workspace.plan.len(), lambda.mul_add(problem.budget, score.response));
    let add = |mut sum: Tally, at: usize| {
        let gap = item_gap(problem, workspace, lambda, at, marginals[at]);
        // most are exactly zero, at a bound
        if gap != 0.0 {
            sum.add(gap, scale);
        }
        sum
    };
    let count = workspace.plan.len();
    let sum = if count <= CHUNK {
        (0..count).fold(Tally::default(), add)
    } else {
        let tallies = (0..count).into_par_iter().with_min_len(CHUNK).fold(Tally::default, add);
        tallies.reduce(Tally::default, Tally::merge)
    };
    let sum = sum.value();
    (lambda - problem.price_floor).mul_add(problem.budget - score.spend, sum)
}

fn item_gap(problem: &Problem, workspace: &Workspace, lambda: f64, at: usize, marginal: f64) -> f64 {
    let (item, pieces, curve) = (&workspace.items[at], &workspace.pieces, &problem.curves[at]);
    let (best, spend) = (workspace.low[at], workspace.plan[at]);
    let below = below_envelope(problem, workspace, at);
    if best <= spend {
        return below;
    }
    let slope = item.straight_slope(spend, pieces).unwrap_or(marginal);
    if slope.is_finite() {
        (slope - lambda).mul_add(best - spend, below)
    } else {
        below + curve.value(best) - lambda.mul_add(best - spend, curve.value(spend))
    }
}

/// How far the curve runs below its envelope at the plan, response.
pub(super) fn below_envelope(problem: &Problem, workspace: &Workspace, at: usize) -> f64 {
    let spend = workspace.plan[at];
    workspace.items[at].bridge(spend, &workspace.pieces).map_or(0.0, |bridge| {
        let envelope = (-bridge.slope).mul_add(bridge.end - spend, bridge.value);
        (envelope - problem.curves[at].value(spend)).max(0.0)
    })
}

/// Largest amount by which a plan breaks a bound or the budget, money.
pub(super) fn max_violation(problem: &Problem, plan: &[f64], spend: f64) -> f64 {
    let excess = |((spend, lower), upper): ((&f64, &f64), &f64)| (lower - spend).max(spend - upper);
    let bounds = if plan.len() <= CHUNK {
        plan.iter().zip(&problem.lower).zip(&problem.upper).map(excess).fold(0.0, f64::max)
    } else {
        let items = plan.par_iter().zip(&problem.lower).zip(&problem.upper).with_min_len(CHUNK);
        items.map(excess).reduce(|| 0.0, f64::max)
    };
    bounds.max(spend - problem.budget)
}
