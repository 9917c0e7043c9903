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
//! Mixing needs limits that are convex: with `minimum` only the plans as solved are candidates. There, and with
//! curves that are not concave, a gap may remain, and is reported. Wrong when the draws are few:
//! the tail of 100 draws at 10% is ten numbers, and the plan is tuned to them.

use super::certificate::AllocationStatus;
use super::cuts::{Cuts, Envelope};
use super::draws::Draws;
use super::problem::{Goal, Problem};
use super::weighting::{Oracle, Plan, convex_limits, mean, total};
use super::{AllocateError, AllocatorSettings, ROUNDING};
use crate::response::Curve;

/// Share of the draws in the tail that is reported where the risk names none.
pub const USUAL_TAIL: f64 = 0.1;

/// Gap at which the search stops, as a share of the plan's mean response.
const ENOUGH: f64 = 1e-6;

/// Gap up to which a search that stopped for another reason still gave the best plan within its gap.
const CLOSE: f64 = 1e-4;

/// Better bound or plan by less than this share of the mean response is no progress.
const PROGRESS: f64 = 1e-8;

/// Weightings without progress before the search gives up.
const PATIENCE: usize = 12;

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
    /// `Optimal` where the search closed the gap to 10⁻⁴ or less or, with curves or minimums that are not convex,
    /// has nothing left to try; `IterationLimit` otherwise. Where the plan of the
    /// highest mean has every item at its upper bound and money left, `BudgetNotExhausted`.
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
/// As [`allocate`](super::allocate); draws of the wrong shape, a tail outside (0, 1], an aversion below
/// zero, and goals other than the most response.
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
    let relative_gap = if size > 0.0 { gap / size } else { f64::from(u8::from(gap > 0.0)) };
    let left = problem.budget - total(&best.spend);
    Ok(RiskAllocation {
        response: oracle.mean_response(&best.spend),
        unallocated: if left <= ROUNDING * problem.budget { 0.0 } else { left },
        utility: utility * unit,
        upper_bound: upper.max(utility) * unit,
        relative_gap,
        iterations,
        status: if finished { status.with_gap(relative_gap) } else { AllocationStatus::IterationLimit },
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

    fn is_within(&self, gap: f64) -> bool {
        self.upper - self.utility <= gap * self.best.size / self.unit
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
        let mixes = convex_limits(oracle.problem);
        let concave = mixes && oracle.problem.curves.iter().all(Curve::is_concave);
        let mut center = vec![self.envelope.even(); self.envelope.draws];
        let mut center_bound = self.upper;
        if self.is_within(ENOUGH) {
            return Ok(());
        }
        self.finished = self.is_within(CLOSE);
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
        while !self.is_within(ENOUGH) {
            if self.iterations >= limit {
                self.finished = self.is_within(CLOSE);
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
                self.finished = !concave || self.is_within(CLOSE);
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
