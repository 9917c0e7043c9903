//! Problem → exact allocation with a certificate.
//!
//! ```text
//! maximize  Σ fᵢ(xᵢ) − φ Σ xᵢ − τ Σ |xᵢ − todayᵢ|
//! subject to   Σ xᵢ ≤ B,   lᵢ ≤ xᵢ ≤ uᵢ (or xᵢ = 0 or xᵢ ≥ mᵢ),   limits on groups, classes and Σ |xᵢ − todayᵢ|
//! ```
//!
//! with `φ` the price floor; for `φ = 0` the budget is spent as far as the limits allow. Or the most response
//! at a least average return, or the least spend for a wanted volume.
//!
//! Solved through the dual (Everett 1963): one price for money, clipped at every group of the tree on
//! the way down to an item, found to the last digit that matters, and the plan between the two solutions at
//! the ends of its bracket. Exact for concave curves, bounds and a tree of groups. Limits that cut across
//! the tree have a multiplier each, searched for in turn. For curves that are not concave the upper
//! concave envelope bounds what is possible, branching on the item that sits off its envelope closes what
//! it can of the gap. Whatever gap is left is reported, and is never smaller than the true one.
//!
//! Knows nothing of terms or clicks: items, curves, limits. Results depend neither on the units of
//! money or response, nor on the order of the items, the starting price or the number of threads.

mod aim;
mod branch;
mod budgets;
mod bundle;
mod certificate;
mod chunk;
mod cross;
mod cuts;
mod draws;
mod dynamic;
mod error;
mod exchange;
mod explore;
mod feasibility;
mod fill;
mod goal;
mod hull;
mod joint;
mod judge;
mod kernel;
mod local;
mod looser;
mod pour;
mod presolve;
mod price;
mod problem;
mod reach;
mod relax;
mod risk;
mod rounding;
mod scan;
mod segment;
mod shift;
mod start;
mod tally;
mod tangent;
mod tree;
mod violation;
mod volume;
mod weighting;
mod workspace;

pub use budgets::solve_budgets;
pub use certificate::{AllocationStatus, Certificate};
pub use draws::Draws;
pub use dynamic::{StepPlan, allocate_steps};
pub use error::{AllocateError, Change, LimitRef, Relaxation};
pub use explore::{Exploration, Raise, explore};
pub use problem::{Amount, Class, Goal, Group, Problem, Turnover};
pub use risk::{Outlook, Risk, RiskAllocation, USUAL_TAIL, allocate_with_risk};
pub use rounding::{Rounded, Short, holds_a_step, plan_in_steps, round_to_step, short_in_steps};
pub use violation::violation;
pub use workspace::Workspace;

use chunk::CHUNK;
use goal::{ANY, GoalSearch};
use rayon::prelude::*;
use relax::Start;
use serde::Serialize;
use std::borrow::Cow;

/// Money left of the budget below this share of it is rounding, and reported as none.
const ROUNDING: f64 = 1e-14;

/// A plan that breaks a limit by more than this share of the budget is none. Less is told by the certificate: a
/// search over limits that cross and shares of a spend to be found may end so.
const MISSED: f64 = 1e-4;
/// One that breaks a limit by more than this is not called optimal.
const MET: f64 = 1e-9;

/// Settings of the allocator.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocatorSettings {
    /// Cap on the prices tried in one search; about six are used for smooth curves, about seventy at most.
    pub max_iterations: usize,
    /// Where to start: the price of a similar problem saves a step or two.
    pub initial_price: Option<f64>,
    /// Cap on the branches tried for curves that are not concave; fewer are tried above 4,000 items.
    pub max_branches: usize,
    /// Cap on the weightings of the draws tried for plans that weigh risk; ten to forty are used.
    pub max_weightings: usize,
}

impl Default for AllocatorSettings {
    fn default() -> Self {
        Self { max_iterations: 200, initial_price: None, max_branches: 2000, max_weightings: 100 }
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

impl Binding {
    /// Which bound holds a spend, all money.
    #[must_use]
    pub fn of(spend: f64, lower: f64, upper: f64) -> Self {
        // one choice after the other, so that none is a branch
        let binding = if spend >= upper { Self::Upper } else { Self::None };
        let binding = if spend <= lower { Self::Lower } else { binding };
        if lower >= upper { Self::Fixed } else { binding }
    }
}

/// The solver's answer. Vectors have the shape: items, but for those of groups and classes.
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
    /// Spend of each group, money.
    pub group_spend: Vec<f64>,
    /// What one more unit of money of each group's limit is worth, response: above zero where its upper limit
    /// binds, below zero where its lower limit does, zero where neither does.
    pub group_price: Vec<f64>,
    /// Spend of each class, money.
    pub class_spend: Vec<f64>,
    /// The same for each class.
    pub class_price: Vec<f64>,
    /// Money moved away from today's spends; 0 where the problem does not know them.
    pub turnover: f64,
    /// What one more unit of the turnover limit is worth, response.
    pub turnover_price: f64,
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
/// Invalid input, with the item's index and field; limits that contradict each other, with the smallest
/// relaxation.
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
    let paid = problem.worth_moving();
    let allocation = allocate_paid(&paid, settings)?;
    let loses = allocation.certificate.lambda.is_some_and(|price| price < 0.0);
    if !loses || paid.price_floor != 0.0 || paid.goal != Goal::MostResponse {
        return Ok(allocation);
    }
    // limits that cross can make the last money spent do harm: what moves for it is missed elsewhere
    let capped = Problem { price_floor: ANY, ..paid.into_owned() };
    let mut saved = allocate_paid(&capped, settings)?;
    if saved.certificate.objective <= allocation.certificate.objective {
        return Ok(allocation);
    }
    if saved.unallocated > 0.0 && saved.certificate.status == AllocationStatus::Optimal {
        saved.certificate.status = AllocationStatus::BudgetNotExhausted;
    }
    Ok(saved)
}

/// The same for a problem in which the budget is what it is meant to be.
fn allocate_paid(problem: &Problem, settings: &AllocatorSettings) -> Result<Allocation, AllocateError> {
    let mut workspace = Workspace::new();
    let fixed = take_in(&mut workspace, problem)?;
    let solution =
        branch::solve(&mut workspace, &fixed, settings).map_err(|error| complete(problem, settings, error))?;
    if solution.appraisal.max_violation > MISSED * problem.budget {
        return Err(AllocateError::Missed { violation: solution.appraisal.max_violation });
    }
    let unit = solution.price(problem);
    let (appraisal, relaxed) = (solution.appraisal, solution.relaxed);
    let spend = solution.plan;
    let bound = |at: usize| Binding::of(spend[at], problem.lower[at], problem.upper[at]);
    let count = spend.len();
    let binding = if count <= CHUNK {
        (0..count).map(bound).collect()
    } else {
        (0..count).into_par_iter().with_min_len(CHUNK).map(bound).collect()
    };
    let gap = appraisal.gap.max(0.0);
    let relative_gap = relax::relative(gap, &appraisal, unit);
    let certificate = Certificate {
        status: if appraisal.max_violation > MET * problem.budget {
            AllocationStatus::IterationLimit
        } else {
            relaxed.status(problem).with_gap(relative_gap)
        },
        objective: appraisal.objective,
        upper_bound: appraisal.objective + gap,
        relative_gap,
        lambda: appraisal.lambda,
        max_violation: appraisal.max_violation,
        kkt_residual: appraisal.kkt_residual,
        rounding_loss: None,
        iterations: relaxed.iterations,
    };
    let left = problem.budget - appraisal.spend;
    let mut class_price = relaxed.crossed.multipliers.classes;
    class_price.truncate(problem.classes.len());
    if let Cow::Owned(fixed) = &fixed {
        let own = class_price.iter_mut().enumerate();
        own.for_each(|(class, price)| *price = presolve::price(problem, fixed, class, *price));
    }
    Ok(Allocation {
        unallocated: if left <= ROUNDING * problem.budget { 0.0 } else { left },
        response: appraisal.response,
        marginal: appraisal.marginal,
        binding,
        group_spend: appraisal.group_spend,
        group_price: appraisal.group_price,
        class_spend: appraisal.class_spend,
        class_price,
        turnover: appraisal.turnover,
        turnover_price: relaxed.crossed.multipliers.turnover,
        certificate,
        spend,
    })
}

/// Checks a problem and prepares the workspace for it; returns the problem without the choices that limits leave none of.
fn take_in<'p>(workspace: &mut Workspace, problem: &'p Problem) -> Result<Cow<'p, Problem>, AllocateError> {
    problem.check_limits()?;
    // most problems are read once
    if problem.is_plain() && workspace.prepare_plain(problem) {
        return Ok(Cow::Borrowed(problem));
    }
    let extent = problem.check_all_items()?;
    let fixed = presolve::without_choices(workspace, problem);
    workspace.prepare_to(&fixed, extent);
    Ok(fixed)
}

/// Contradicting limits with all that has to change, not only what was met first.
fn complete(problem: &Problem, settings: &AllocatorSettings, error: AllocateError) -> AllocateError {
    let AllocateError::Infeasible { relaxation } = error else { return error };
    let again = |relaxed: &Problem| {
        let mut workspace = Workspace::new();
        workspace.prepare(relaxed);
        match branch::solve(&mut workspace, relaxed, settings) {
            Err(AllocateError::Infeasible { relaxation }) => Some(relaxation),
            _ => None,
        }
    };
    let relaxation = feasibility::complete(problem, relaxation, again);
    // a search that found no plan where the limits leave room for one has nothing to tell
    if relaxation.changes.is_empty() { AllocateError::NotFound } else { AllocateError::Infeasible { relaxation } }
}

/// Solves a problem without certificate, for hundreds of similar problems: the plan is in
/// [`Workspace::spend`]. Curves that are not concave, and minimums, are solved on their envelopes, without
/// branching.
///
/// # Errors
/// As [`allocate`].
pub fn solve_spend(
    problem: &Problem,
    settings: &AllocatorSettings,
    workspace: &mut Workspace,
) -> Result<Solved, AllocateError> {
    let paid = problem.worth_moving();
    let fixed = take_in(workspace, &paid)?;
    solve_taken(&fixed, settings, workspace)
}

/// The same for a problem that the workspace has taken in, for this budget or a greater one.
fn solve_taken(
    problem: &Problem,
    settings: &AllocatorSettings,
    workspace: &mut Workspace,
) -> Result<Solved, AllocateError> {
    let mut start = Start { price: settings.initial_price, ..Start::default() };
    let search = GoalSearch { workspace: &mut *workspace, problem, settings, start: &mut start, narrowed: &[] };
    let met = search.run()?;
    let relaxed = &met.relaxed;
    let lambda = workspace.price(problem, &relaxed.prices());
    Ok(Solved { status: relaxed.status(problem), lambda, iterations: relaxed.iterations })
}

#[cfg(test)]
mod tests;
