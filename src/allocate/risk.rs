//! Problem and draws → a plan that weighs risk, with a bound on what any plan can reach.
//!
//! ```text
//! Π_s(x) = Σᵢ d_is fᵢ(xᵢ) − c(x)                  outcome in draw s; c: price floor and turnover price
//! tail mean       mean of the worst `tail` share of the Π_s   (CVaR: Rockafellar and Uryasev 2000, equation 17)
//! mean–variance   mean − aversion/2 · variance of the Π_s     (Markowitz 1952)
//! ```
//!
//! Both are the least of weighted sums `Σ q_s Π_s + R(q)` over an envelope of weights (see `cuts`). For given
//! weights the best plan is that of the same problem with every curve scaled by `wᵢ = Σ_s q_s d_is`, solved
//! by [`allocate`](super::allocate); its certificate's upper bound plus `R(q)` bounds the utility of every
//! plan. The least of these bounds is sought, and the plans met on the way, mixed, reach it from below.
//!
//! Mixing needs limits that are convex and curves that are concave; with `minimum` or other curves only
//! the plans as solved are candidates, and the gap that remains is reported. Wrong when the draws are few:
//! the tail of 100 draws at 10% is ten numbers, and the plan is tuned to them.

use super::certificate::AllocationStatus;
use super::cuts::{Cuts, Envelope};
use super::draws::Draws;
use super::problem::{Goal, Problem};
use super::tally::Scale;
use super::workspace::CHUNK;
use super::{AllocateError, AllocatorSettings, ROUNDING, allocate};
use crate::response::Curve;
use rayon::prelude::*;

/// Share of the draws in the tail that is reported where the risk names none.
pub const USUAL_TAIL: f64 = 0.1;

/// Gap at which the search stops, as a share of the plan's mean response.
const ENOUGH: f64 = 1e-6;

/// Better bound or plan by less than this share of the mean response is no progress.
const PROGRESS: f64 = 1e-8;

/// Weightings without progress before the search gives up.
const PATIENCE: usize = 12;

/// Halvings of the range of an item's spend: to the last digit that matters.
const HALVINGS: usize = 50;

/// What is wanted of the outcomes over the draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Risk {
    /// Highest mean.
    Expected,
    /// Highest mean of the worst draws.
    TailMean {
        /// Share of the draws that count, above 0 and at most 1; below one draw it is the worst draw.
        tail: f64,
    },
    /// Highest `mean − aversion/2 · variance`.
    MeanVariance {
        /// Zero or above, 1 / unit of response.
        aversion: f64,
    },
}

/// How the net outcome of a plan spreads over the draws, in units of response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Mean over the draws.
    pub mean: f64,
    /// Mean of the worst draws: the share that [`RiskAllocation::tail`] says.
    pub tail_mean: f64,
    /// Standard deviation over the draws (divisor: their number).
    pub deviation: f64,
}

/// A plan that weighs risk. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskAllocation {
    /// Spend of each item, money.
    pub spend: Vec<f64>,
    /// Mean response of each item over the draws.
    pub response: Vec<f64>,
    /// Budget that is not spent, money.
    pub unallocated: f64,
    /// Utility of the plan, in units of response, net of price floor and turnover price.
    pub utility: f64,
    /// No plan within the limits has a utility above this.
    pub upper_bound: f64,
    /// (upper bound − utility) / mean response; differences of the size of rounding below zero are zero.
    pub relative_gap: f64,
    /// Weightings of the draws that were solved for.
    pub iterations: usize,
    /// `Optimal` where the search closed the gap to 10⁻⁶ or, with curves or minimums that are not convex, has
    /// nothing left to try; `IterationLimit` otherwise. Money left is `BudgetNotExhausted` as in `allocate`.
    pub status: AllocationStatus,
    /// Share of the draws behind every `tail_mean`.
    pub tail: f64,
    /// Outlook of this plan.
    pub outlook: Outlook,
    /// Spend of the plan with the highest mean, money.
    pub expected_spend: Vec<f64>,
    /// Outlook of that plan: the difference is the price of caution, and what it buys.
    pub expected_outlook: Outlook,
}

/// Solves a problem with a utility over draws.
///
/// # Errors
/// As [`allocate`](super::allocate); draws of the wrong shape, a tail outside (0, 1], an aversion below zero, and goals other
/// than the most response.
///
/// # Example
/// ```
/// use termwise::allocate::{AllocatorSettings, Draws, Problem, Risk, allocate_with_risk};
/// use termwise::response::Curve;
///
/// let problem = Problem {
///     curves: vec![Curve::Log { a: 1.0, k: 1.0 }; 2],
///     lower: vec![0.0; 2],
///     upper: vec![f64::INFINITY; 2],
///     budget: 4.0,
///     ..Problem::default()
/// };
/// // the first item is certain, the second brings nothing or twice as much
/// let draws = Draws { count: 2, factors: vec![1.0, 1.0, 0.0, 2.0] };
/// let risk = Risk::TailMean { tail: 0.5 };
/// let plan = allocate_with_risk(&problem, &draws, risk, &AllocatorSettings::default())?;
/// assert!((plan.spend[0] - 4.0).abs() < 1e-9);
/// # Ok::<(), termwise::allocate::AllocateError>(())
/// ```
pub fn allocate_with_risk(
    problem: &Problem,
    draws: &Draws,
    risk: Risk,
    settings: &AllocatorSettings,
) -> Result<RiskAllocation, AllocateError> {
    draws.check(problem.curves.len())?;
    match risk {
        Risk::TailMean { tail } if !(tail > 0.0 && tail <= 1.0) => {
            return Err(AllocateError::Unsupported("the tail must be a share of the draws, above 0 and at most 1"));
        }
        Risk::MeanVariance { aversion } if !(aversion.is_finite() && aversion >= 0.0) => {
            return Err(AllocateError::Value { field: "aversion", value: aversion });
        }
        _ => {}
    }
    if problem.goal != Goal::MostResponse {
        return Err(AllocateError::Unsupported("risk is weighed only for the goal of the most response"));
    }
    let mut oracle = Oracle::new(problem, draws, settings);
    let even = vec![1.0 / draws.count as f64; draws.count];
    let (expected, status) = oracle.solve(&even)?;
    let unit = if expected.size > 0.0 { expected.size } else { 1.0 };
    let mut search = Search::new(envelope(risk, draws.count, unit), unit, expected.clone());
    if matches!(risk, Risk::Expected) {
        search.utility = mean(&expected.outcomes) / unit;
    } else {
        search.run(&mut oracle, settings.max_weightings)?;
    }
    let Search { best, utility, upper, iterations, finished, .. } = search;
    let tail = if let Risk::TailMean { tail } = risk { tail } else { USUAL_TAIL };
    let size = best.size / unit;
    let gap = (upper - utility).max(0.0);
    let left = problem.budget - total(&best.spend);
    Ok(RiskAllocation {
        response: oracle.mean_response(&best.spend),
        unallocated: if left <= ROUNDING * problem.budget { 0.0 } else { left },
        utility: utility * unit,
        upper_bound: upper.max(utility) * unit,
        relative_gap: if size > 0.0 { gap / size } else { 0.0 },
        iterations,
        status: match status {
            AllocationStatus::Optimal if !finished => AllocationStatus::IterationLimit,
            status => status,
        },
        tail,
        outlook: outlook(&best.outcomes, tail),
        expected_outlook: outlook(&expected.outcomes, tail),
        spend: best.spend,
        expected_spend: expected.spend,
    })
}

/// Envelope of a utility over outcomes in units of `unit`.
fn envelope(risk: Risk, draws: usize, unit: f64) -> Envelope {
    let even = 1.0 / draws as f64;
    match risk {
        Risk::TailMean { tail } => Envelope { draws, cap: Some((even / tail).clamp(even, 1.0)), ridge: 0.0 },
        Risk::MeanVariance { aversion } if aversion * unit > 0.0 => {
            Envelope { draws, cap: None, ridge: draws as f64 / (aversion * unit) }
        }
        Risk::Expected | Risk::MeanVariance { .. } => Envelope { draws, cap: Some(even), ridge: 0.0 },
    }
}

fn outlook(outcomes: &[f64], tail: f64) -> Outlook {
    let mean = mean(outcomes);
    let spread = outcomes.iter().map(|outcome| (outcome - mean).powi(2)).sum::<f64>() / outcomes.len() as f64;
    let tail_mean = envelope(Risk::TailMean { tail }, outcomes.len(), 1.0).utility(outcomes);
    Outlook { mean, tail_mean, deviation: spread.sqrt() }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum that does not depend on the order.
pub(super) fn total(values: &[f64]) -> f64 {
    Scale::new(values.len(), values.iter().copied().fold(0.0, f64::max)).total(values)
}

/// Response of each item at factor 1.
pub(super) fn responses(problem: &Problem, spend: &[f64]) -> Vec<f64> {
    let value = |(curve, &spend): (&Curve, &f64)| curve.value(spend);
    problem.curves.par_iter().zip(spend).with_min_len(CHUNK).map(value).collect()
}

/// What a plan costs in every draw alike: price floor and turnover price, in units of response.
pub(super) fn cost(problem: &Problem, spend: &[f64]) -> f64 {
    let moved = problem.turnover.as_ref().map_or(0.0, |turnover| {
        let moves: Vec<f64> = spend.iter().zip(&turnover.current).map(|(x, current)| (x - current).abs()).collect();
        turnover.price * total(&moves)
    });
    problem.price_floor.mul_add(total(spend), moved)
}

/// Whether mixtures of plans are plans that respond at least as the mixture of their responses.
pub(super) fn mixes(problem: &Problem) -> bool {
    problem.minimum.iter().all(|minimum| *minimum <= 0.0) && problem.curves.iter().all(Curve::is_concave)
}

/// A plan with its net outcomes, in units of response.
#[derive(Clone)]
struct Plan {
    spend: Vec<f64>,
    /// Shape: draws.
    outcomes: Vec<f64>,
    /// Mean response before costs.
    size: f64,
    /// No plan has a larger weighted sum of outcomes; infinite where nothing is known.
    bound: f64,
}

/// The problem with curves scaled by weights.
struct Oracle<'a> {
    problem: &'a Problem,
    draws: &'a Draws,
    peaks: Vec<f64>,
    /// Response of each item at its lower bound, at factor 1.
    least: Vec<f64>,
    weighted: Problem,
    settings: AllocatorSettings,
    /// Whether any item may spend less whatever the others do, and pays nothing for it.
    loose: bool,
    /// Whether an item has had a negative weight.
    negative: bool,
}

impl<'a> Oracle<'a> {
    fn new(problem: &'a Problem, draws: &'a Draws, settings: &AllocatorSettings) -> Self {
        let none = problem.minimum.iter().all(|minimum| *minimum <= 0.0);
        Self {
            problem,
            draws,
            peaks: draws.peaks(),
            least: if problem.lower.len() == problem.curves.len() {
                responses(problem, &problem.lower)
            } else {
                Vec::new() // `allocate` refuses it
            },
            weighted: problem.clone(),
            settings: settings.clone(),
            loose: none && problem.groups.is_empty() && problem.classes.is_empty() && problem.turnover.is_none(),
            negative: false,
        }
    }

    /// Best plan where draw `s` weighs `weights[s]`.
    ///
    /// An item with a negative weight is worth most at its least response, `f(lower)`, since curves
    /// never fall. So `w·f(x) ≤ w·f(lower)` for every plan: scaling its curve to zero and adding
    /// `w·f(lower)` bounds from above. Where nothing ties items together but the budget, putting the item at
    /// its lower bound is allowed and frees money, so that the bound is met exactly.
    fn solve(&mut self, weights: &[f64]) -> Result<(Plan, AllocationStatus), AllocateError> {
        let worth = self.draws.weigh(weights);
        let mut extra = 0.0;
        for (item, &worth) in worth.iter().enumerate() {
            self.weighted.curves[item] = self.problem.curves[item].scaled(worth.max(0.0));
            if worth < 0.0 {
                self.negative = true;
                extra += worth * self.least.get(item).copied().unwrap_or(0.0);
            }
            if self.loose && item < self.problem.upper.len() && item < self.problem.lower.len() {
                let bounds = if worth < 0.0 { &self.problem.lower } else { &self.problem.upper };
                self.weighted.upper[item] = bounds[item];
            }
        }
        let solved = allocate(&self.weighted, &self.settings)?;
        self.settings.initial_price = solved.certificate.lambda.or(self.settings.initial_price);
        let plan = self.plan(solved.spend);
        Ok((Plan { bound: solved.certificate.upper_bound + extra, ..plan }, solved.certificate.status))
    }

    fn plan(&self, spend: Vec<f64>) -> Plan {
        let mut outcomes = self.draws.sums(&responses(self.problem, &spend), &self.peaks);
        let size = mean(&outcomes);
        let cost = cost(self.problem, &spend);
        outcomes.iter_mut().for_each(|outcome| *outcome -= cost);
        Plan { spend, outcomes, size, bound: f64::INFINITY }
    }

    /// The least spends that respond at least as the shares of the plans: where less response is worth
    /// more, mixed spends respond too much. No item spends more than by mixing the spends.
    fn mixed_by_response(&self, plans: &[(f64, &[f64])]) -> Vec<f64> {
        let spend = |item: usize| {
            let curve = &self.problem.curves[item];
            let (mut low, mut high, mut wanted) = (f64::INFINITY, 0.0_f64, 0.0);
            let mut mixed = 0.0;
            for (share, plan) in plans {
                let spend = plan[item];
                (low, high) = (low.min(spend), high.max(spend));
                wanted += share * curve.value(spend);
                mixed += share * spend;
            }
            high = mixed.clamp(low, high);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low, high);
                if middle <= low || middle >= high {
                    break;
                }
                if curve.value(middle) < wanted {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            high
        };
        (0..self.problem.curves.len()).into_par_iter().with_min_len(CHUNK).map(spend).collect()
    }

    fn mean_response(&self, spend: &[f64]) -> Vec<f64> {
        let even = vec![1.0 / self.draws.count as f64; self.draws.count];
        responses(self.problem, spend)
            .iter()
            .zip(self.draws.weigh(&even))
            .map(|(response, mean)| response * mean)
            .collect()
    }
}

/// State of the search, outcomes and utilities in units of the mean response.
struct Search {
    envelope: Envelope,
    unit: f64,
    cuts: Cuts,
    best: Plan,
    utility: f64,
    upper: f64,
    iterations: usize,
    finished: bool,
}

impl Search {
    fn new(envelope: Envelope, unit: f64, expected: Plan) -> Self {
        let mut search = Self {
            envelope,
            unit,
            cuts: Cuts::new(envelope),
            upper: expected.bound / unit,
            best: expected.clone(),
            utility: f64::NEG_INFINITY,
            iterations: 1,
            finished: true,
        };
        search.admit(expected);
        search
    }

    /// Takes a plan as a cut, and as the answer if none was better.
    fn admit(&mut self, plan: Plan) {
        let outcomes: Vec<f64> = plan.outcomes.iter().map(|outcome| outcome / self.unit).collect();
        let utility = self.envelope.utility(&outcomes);
        self.cuts.push(plan.spend.clone(), outcomes);
        if utility > self.utility {
            self.utility = utility;
            self.best = plan;
        }
    }

    fn is_closed(&self) -> bool {
        self.upper - self.utility <= ENOUGH * self.best.size / self.unit
    }

    /// Solves for one weighting; its bound.
    fn try_weights(&mut self, oracle: &mut Oracle<'_>, weights: &[f64]) -> Result<f64, AllocateError> {
        let (plan, _) = oracle.solve(weights)?;
        let bound = plan.bound / self.unit + self.envelope.penalty(weights);
        self.upper = self.upper.min(bound);
        self.iterations += 1;
        self.admit(plan);
        Ok(bound)
    }

    fn run(&mut self, oracle: &mut Oracle<'_>, limit: usize) -> Result<(), AllocateError> {
        let mixes = mixes(oracle.problem);
        let mut center = vec![self.envelope.even(); self.envelope.draws];
        let mut center_bound = self.upper;
        if self.is_closed() {
            return Ok(());
        }
        self.finished = false;
        if self.iterations >= limit {
            return Ok(());
        }
        let first = self.cuts.list[0].outcomes.clone();
        let worst = self.envelope.worst(&first);
        let bound = self.try_weights(oracle, &worst)?;
        let mut hold = self.first_hold(&first, &worst, &center);
        if bound < center_bound {
            (center, center_bound) = (worst, bound);
        }
        let (mut idle, mut nulls) = (0, 0);
        while !self.is_closed() {
            if self.iterations >= limit {
                return Ok(());
            }
            let (upper, utility) = (self.upper, self.utility);
            let tolerance = (0.01 * (self.upper - self.utility)).max(1e-14);
            let weights = self.cuts.next(&center, hold, tolerance);
            let promised = center_bound - self.cuts.model(&weights);
            if mixes {
                self.admit(oracle.plan(self.cuts.mixed()));
                if oracle.negative && oracle.loose {
                    self.admit(oracle.plan(oracle.mixed_by_response(&self.cuts.shares())));
                }
            }
            let bound = self.try_weights(oracle, &weights)?;
            let kept = (center_bound - bound) / promised;
            if kept > 0.1 {
                hold *= if kept > 0.5 { 0.5 } else { 1.0 };
                (center, center_bound) = (weights, bound);
                nulls = 0;
            } else {
                nulls += 1;
                hold *= if kept < 0.0 && nulls > 1 { 2.0 } else { 1.0 };
            }
            let progress = (upper - self.upper).max(self.utility - utility) > PROGRESS;
            idle = if progress { 0 } else { idle + 1 };
            if idle >= PATIENCE {
                self.finished = !mixes;
                return Ok(());
            }
        }
        self.finished = true;
        Ok(())
    }

    /// Curvature of the bound between the first two weightings.
    fn first_hold(&self, first: &[f64], worst: &[f64], even: &[f64]) -> f64 {
        let second = self.cuts.list.last().map_or(first, |cut| cut.outcomes.as_slice());
        let (mut rise, mut run) = (0.0, 0.0);
        for draw in 0..first.len() {
            let step = worst[draw] - even[draw];
            rise += (second[draw] - first[draw]) * step;
            run += step * step;
        }
        // outcomes are near one and weights near one in the number of draws
        let least = 1e-6 * self.envelope.draws as f64;
        if run > 0.0 { (rise / run).max(least) } else { least }
    }
}
