//! Problem → exact allocation with a certificate.
//!
//! ```text
//! maximize  Σ fᵢ(xᵢ) − φ Σ xᵢ     subject to   Σ xᵢ ≤ B,   lᵢ ≤ xᵢ ≤ uᵢ
//! ```
//!
//! with `φ` the price floor; for `φ = 0` the budget is spent as far as the upper bounds allow. Solved
//! through the dual (Everett 1963): one price for money, found to the last digit that matters, and
//! the plan between the two solutions at the ends of its bracket. Exact for concave curves; for others
//! the upper concave envelope bounds what is possible, branching on the item that sits off its
//! envelope closes what it can of the gap, and the rest is reported.
//!
//! Knows nothing of terms or clicks: items, curves, limits. Results depend neither on the units of
//! money or response, nor on the order of the items, the starting price or the number of threads.

mod branch;
mod certificate;
mod cuts;
mod draws;
mod error;
mod explore;
mod hull;
mod item;
mod price;
mod problem;
mod risk;
mod rounding;
mod settle;
mod tally;
mod workspace;

pub use certificate::{AllocationStatus, Certificate};
pub use draws::Draws;
pub use error::{AllocateError, Change, LimitRef, Relaxation};
pub use explore::{Exploration, Raise, explore};
pub use problem::{Amount, Class, Goal, Group, Problem, Turnover};
pub use risk::{Outlook, Risk, RiskAllocation, USUAL_TAIL, allocate_with_risk};
pub use rounding::{Rounded, round_to_step};
pub use workspace::Workspace;

use certificate::Score;
use price::{Bracket, Limit, Target};
use rayon::prelude::*;
use serde::Serialize;
use tally::Scale;
use workspace::CHUNK;

/// Money left of the budget below this share of it is rounding, and reported as none.
const ROUNDING: f64 = 1e-14;

/// Settings of the allocator.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocatorSettings {
    /// Cap on the prices tried; about six are used for smooth curves, about seventy at most.
    pub max_iterations: usize,
    /// Where to start: the price of a similar problem saves a step or two.
    pub initial_price: Option<f64>,
    /// Cap on the branches tried for curves that are not concave; fewer are tried above 10,000 items.
    pub max_branches: usize,
    /// Cap on the weightings of the draws tried for plans that weigh risk; ten to forty are used.
    pub max_weightings: usize,
}

impl Default for AllocatorSettings {
    fn default() -> Self {
        Self { max_iterations: 200, initial_price: None, max_branches: 400, max_weightings: 100 }
    }
}

/// Why an item's spend is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// Interior: its marginal equals the price.
    None,
    /// At its lower bound.
    Lower,
    /// At its upper bound.
    Upper,
    /// Lower and upper bound are equal.
    Fixed,
}

/// The solver's answer. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Spend of each item, money.
    pub spend: Vec<f64>,
    /// Response at that spend, in the curves' units.
    pub response: Vec<f64>,
    /// Slope of the curve at that spend, response per unit of money.
    pub marginal: Vec<f64>,
    /// Which bound holds each item.
    pub binding: Vec<Binding>,
    /// Budget that is not spent, money.
    pub unallocated: f64,
    /// Proof of quality.
    pub certificate: Certificate,
}

/// Outcome of [`solve_spend`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solved {
    /// What kind of answer this is.
    pub status: AllocationStatus,
    /// The price, as [`Certificate::lambda`].
    pub lambda: Option<f64>,
    /// Prices tried.
    pub iterations: usize,
}

/// Solves a problem.
///
/// # Errors
/// Invalid input, with the item's index and field, and lower bounds that exceed the budget.
///
/// # Example
/// ```
/// use termwise::allocate::{AllocatorSettings, Problem, allocate};
/// use termwise::response::Curve;
///
/// let problem = Problem {
///     curves: vec![Curve::Log { a: 3.0, k: 1.0 }, Curve::Log { a: 1.0, k: 1.0 }],
///     lower: vec![0.0, 0.0],
///     upper: vec![f64::INFINITY, f64::INFINITY],
///     budget: 6.0,
///     ..Problem::default()
/// };
/// let allocation = allocate(&problem, &AllocatorSettings::default())?;
/// assert!((allocation.spend[0] - 5.0).abs() < 1e-12);
/// assert!((allocation.spend[1] - 1.0).abs() < 1e-12);
/// # Ok::<(), termwise::allocate::AllocateError>(())
/// ```
pub fn allocate(problem: &Problem, settings: &AllocatorSettings) -> Result<Allocation, AllocateError> {
    let scale = problem.check()?;
    let mut workspace = Workspace::new();
    workspace.prepare(problem);
    let solution = branch::solve(&mut workspace, problem, settings, scale);
    let Solution { bracket, score, response, marginal, upper_bound, lambda } = solution;
    let spend = std::mem::take(&mut workspace.plan);
    let bound = |at: usize| binding(problem, spend[at], at);
    let count = spend.len();
    let binding = if count <= CHUNK {
        (0..count).map(bound).collect()
    } else {
        (0..count).into_par_iter().with_min_len(CHUNK).map(bound).collect()
    };
    let size = lambda.unwrap_or(0.0).mul_add(score.spend, score.response);
    let gap = (upper_bound - score.objective).max(0.0);
    let left = problem.budget - score.spend;
    let certificate = Certificate {
        status: status(&bracket),
        objective: score.objective,
        upper_bound: upper_bound.max(score.objective),
        relative_gap: if size > 0.0 { gap / size } else { 0.0 },
        lambda,
        max_violation: certificate::max_violation(problem, &spend, score.spend),
        rounding_loss: None,
        iterations: bracket.iterations,
    };
    let unallocated = if left <= ROUNDING * problem.budget { 0.0 } else { left };
    Ok(Allocation { spend, response, marginal, binding, unallocated, certificate })
}

/// Solves a problem without certificate, for hundreds of similar problems: the plan is in
/// [`Workspace::spend`]. Curves that are not concave are solved on their envelopes, without branching.
///
/// # Errors
/// As [`allocate`].
pub fn solve_spend(
    problem: &Problem,
    settings: &AllocatorSettings,
    workspace: &mut Workspace,
) -> Result<Solved, AllocateError> {
    let scale = problem.check()?;
    workspace.prepare(problem);
    let bracket = price::search(workspace, target(problem, settings, scale));
    settle::settle(workspace, problem, &bracket, scale);
    let lambda = certificate::price(problem, workspace, &bracket);
    Ok(Solved { status: status(&bracket), lambda, iterations: bracket.iterations })
}

/// A plan (in the workspace) with what is known about it.
struct Solution {
    bracket: Bracket,
    score: Score,
    response: Vec<f64>,
    marginal: Vec<f64>,
    upper_bound: f64,
    lambda: Option<f64>,
}

fn target(problem: &Problem, settings: &AllocatorSettings, scale: Scale) -> Target {
    Target {
        budget: problem.budget,
        floor: problem.price_floor,
        initial_price: settings.initial_price,
        max_iterations: settings.max_iterations,
        scale,
    }
}

fn status(bracket: &Bracket) -> AllocationStatus {
    if !bracket.closed {
        return AllocationStatus::IterationLimit;
    }
    match bracket.limit {
        Limit::Upper if bracket.low.total < bracket.budget => AllocationStatus::BudgetNotExhausted,
        _ => AllocationStatus::Optimal,
    }
}

fn binding(problem: &Problem, spend: f64, at: usize) -> Binding {
    let (lower, upper) = (problem.lower[at], problem.upper[at]);
    if lower >= upper {
        Binding::Fixed
    } else if spend <= lower {
        Binding::Lower
    } else if spend >= upper {
        Binding::Upper
    } else {
        Binding::None
    }
}

#[cfg(test)]
mod tests;
