//! The problem under given weights of the draws: its best plan, and a bound on the weighted sum of outcomes.

use super::certificate::AllocationStatus;
use super::chunk::CHUNK;
use super::draws::Draws;
use super::problem::Problem;
use super::tally::Scale;
use super::{AllocateError, AllocatorSettings, allocate};
use crate::response::Curve;
use rayon::prelude::*;

/// Halvings of the range of an item's spend: to the last digit that matters.
const HALVINGS: usize = 50;

pub(super) fn mean(values: &[f64]) -> f64 {
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

/// Whether every mixture of plans within the limits is within them.
pub(super) fn convex_limits(problem: &Problem) -> bool {
    problem.minimum.iter().all(|minimum| *minimum <= 0.0)
}

/// A plan with its net outcomes, in units of response.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) spend: Vec<f64>,
    /// Shape: draws.
    pub(super) outcomes: Vec<f64>,
    /// Mean response before costs.
    pub(super) size: f64,
    /// No plan has a larger weighted sum of outcomes; infinite where nothing is known.
    pub(super) bound: f64,
}

/// The problem with curves scaled by weights.
pub(super) struct Oracle<'a> {
    pub(super) problem: &'a Problem,
    draws: &'a Draws,
    peaks: Vec<f64>,
    /// Response of each item at its lower bound, at factor 1.
    least: Vec<f64>,
    weighted: Problem,
    settings: AllocatorSettings,
    /// Whether any item may spend less whatever the others do, and pays nothing for it.
    pub(super) loose: bool,
    /// Whether an item has had a negative weight.
    pub(super) negative: bool,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(problem: &'a Problem, draws: &'a Draws, settings: &AllocatorSettings) -> Self {
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
            loose: convex_limits(problem)
                && problem.groups.is_empty()
                && problem.classes.is_empty()
                && problem.turnover.is_none(),
            negative: false,
        }
    }

    /// Best plan where draw `s` weighs `weights[s]`.
    ///
    /// An item with a negative weight is worth most at its least response, `f(lower)`, since curves
    /// never fall. So `w·f(x) ≤ w·f(lower)` for every plan: scaling its curve to zero and adding
    /// `w·f(lower)` bounds from above. Where nothing ties items together but the budget, putting the item at
    /// its lower bound is allowed and frees money, so that the bound is met exactly.
    pub(super) fn solve(&mut self, weights: &[f64]) -> Result<(Plan, AllocationStatus), AllocateError> {
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

    pub(super) fn plan(&self, spend: Vec<f64>) -> Plan {
        let mut outcomes = self.draws.sums(&responses(self.problem, &spend), &self.peaks);
        let size = mean(&outcomes);
        let cost = cost(self.problem, &spend);
        for outcome in &mut outcomes {
            *outcome -= cost;
        }
        Plan { spend, outcomes, size, bound: f64::INFINITY }
    }

    /// The least spends that respond at least as the shares of the plans: where less response is worth
    /// more, mixed spends respond too much. No item spends more than by mixing the spends.
    pub(super) fn mixed_by_response(&self, plans: &[(f64, &[f64])]) -> Vec<f64> {
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

    pub(super) fn mean_response(&self, spend: &[f64]) -> Vec<f64> {
        let even = vec![1.0 / self.draws.count as f64; self.draws.count];
        responses(self.problem, spend)
            .iter()
            .zip(self.draws.weigh(&even))
            .map(|(response, mean)| response * mean)
            .collect()
    }
}
