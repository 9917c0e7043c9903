//! What posterior draws say about a plan: intervals, probabilities, and how far the best spend of a
//! term moves when rates, values and elasticities are drawn instead of averaged.
//!
//! Elasticity enters the plan by its point value and is drawn here only, so that not knowing it
//! never makes a far-away spend look better.
//!
//! The interval of a spend holds the best spends of the draws, each solved for the same goal under the same limits. A
//! wanted volume that is out of reach in a draw is gone after as far as the limits let it: such a draw counts with the
//! most that they allow. Left out, only the lucky draws would remain, which need less money than the plan.

use super::Outcome;
use super::draws::Draws;
use super::elsewhere::{known_share, sole};
use super::goal::Aim;
use super::items::Items;
use crate::allocate::{AllocateError, AllocatorSettings, Goal, Problem, Workspace, solve_spend};
use crate::numeric::order::sample_quantile;
use crate::response::{Curve, Responses};
use rayon::prelude::*;

impl Draws {
    /// What the draws say of a plan: `spend` is the plan, `compared` the spend it is compared with.
    pub(super) fn judge(&self, asked: &Asked, spend: &[f64], compared: &[f64]) -> Judged {
        let Asked { items, responses, level, .. } = *asked;
        let current = &responses.current_spend;
        let against = self.outcomes(items, responses, compared);
        let now = if compared == current { against.clone() } else { self.outcomes(items, responses, current) };
        let solved = self.resolve(asked);
        let terms = 0..spend.len();
        let searches = self.searches(responses);
        let conversions =
            |term: usize| interval(self.conversions(items, responses, term, spend[term], &searches), level);
        let returns = |term: usize| {
            interval(self.returns(items, responses, (term, spend[term]), &searches), level).filter(is_finite)
        };
        Judged {
            count: self.count,
            unsolved: self.count - solved.len(),
            short: solved.iter().filter(|best| best.short).count(),
            spend: terms
                .clone()
                .map(|term| interval(solved.iter().map(|best| best.spend[term]).collect(), level))
                .collect(),
            p_raise: terms.clone().map(|term| known_share(solved.iter().map(|best| best.relative[term]))).collect(),
            conversions: terms.clone().map(conversions).collect(),
            returns: terms.into_par_iter().map(returns).collect(),
            planned: self.outcomes(items, responses, spend),
            compared: against,
            now,
        }
    }

    /// Solves the same problem once a draw; draws that no plan satisfies are left out.
    fn resolve(&self, asked: &Asked) -> Vec<Best> {
        let Asked { items, responses, problem, reference, price, .. } = *asked;
        let terms = problem.curves.len();
        let settings = AllocatorSettings { initial_price: Some(price), ..AllocatorSettings::default() };
        let searches = self.searches(responses).ratio;
        let solved: Vec<Option<Best>> = (0..self.count)
            .into_par_iter()
            .map_init(Workspace::new, |workspace, draw| {
                let curves: Vec<Curve> = (0..terms)
                    .map(|term| match &problem.curves[term] {
                        // what free clicks bring
                        Curve::Points(_) => problem.curves[term]
                            .scaled(self.weight(items, term, draw) / items.weight(term).max(f64::MIN_POSITIVE)),
                        _ => self
                            .curve(items, responses, term, draw, searches[draw])
                            .scaled(self.weight(items, term, draw)),
                    })
                    .collect();
                let now: Vec<f64> = curves.iter().zip(reference).map(|(curve, &spend)| curve.marginal(spend)).collect();
                let mut own = Problem { curves, goal: self.goal(asked, draw), ..problem.clone() };
                let mut found = solve_spend(&own, &settings, workspace);
                let short =
                    matches!(own.goal, Goal::Volume { .. }) && matches!(found, Err(AllocateError::Infeasible { .. }));
                if short {
                    (own.goal, own.price_floor) = (Goal::MostResponse, 0.0);
                    found = solve_spend(&own, &settings, workspace);
                }
                let lambda = found.ok()?.lambda;
                let spend = workspace.spend().to_vec();
                let relative = if own_prices(&own.goal) {
                    let direction =
                        |(spend, reference): (&f64, &f64)| 1.0 + sign(spend - reference, tolerance(*reference));
                    spend.iter().zip(reference).map(direction).collect()
                } else {
                    // where the lower bounds take all of the budget the next unit would earn beyond any number
                    let price = lambda.unwrap_or(f64::INFINITY);
                    let slope = |(curve, &spend): (&Curve, &f64)| curve.marginal(spend);
                    let last: Vec<f64> = own.curves.iter().zip(&spend).map(slope).collect();
                    let sole = sole(&own, &spend, &last, reference);
                    let price = |term: usize| match sole {
                        Some((at, elsewhere)) if at == term => elsewhere.unwrap_or(f64::NAN),
                        _ => price,
                    };
                    now.into_iter().enumerate().map(|(term, marginal)| marginal / price(term)).collect()
                };
                Some(Best { spend, relative, short })
            })
            .collect();
        solved.into_iter().flatten().collect()
    }

    /// The goal in a draw: rates and values enter targets as well.
    fn goal(&self, asked: &Asked, draw: usize) -> Goal {
        let Asked { items, responses, aim, problem, .. } = *asked;
        match &problem.goal {
            Goal::MostResponse => Goal::MostResponse,
            Goal::AverageReturn { ratio, .. } => {
                let value = |term: usize| self.value(items, term, draw).unwrap_or(1.0);
                let measure = (0..problem.curves.len()).map(|term| aim.measure(items, term, value(term))).collect();
                Goal::AverageReturn { ratio: *ratio, measure }
            }
            Goal::Volume { .. } => {
                let free: f64 = responses
                    .free_clicks
                    .iter()
                    .enumerate()
                    .map(|(term, clicks)| clicks * self.rate(items, term, draw))
                    .sum();
                Goal::Volume { response: (aim.target.unwrap_or(0.0) - free).max(0.0) }
            }
        }
    }
}

/// The best plan of a draw. Shape of the vectors: terms.
struct Best {
    spend: Vec<f64>,
    /// Whether money at the reference earns more than the price (above 1) or less; NaN where there is no price.
    relative: Vec<f64>,
    /// Whether the limits keep it from the wanted volume.
    short: bool,
}

/// What the draws are asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) items: &'a Items,
    pub(super) responses: &'a Responses,
    pub(super) aim: &'a Aim,
    pub(super) problem: &'a Problem,
    /// The spend that directions are measured from.
    pub(super) reference: &'a [f64],
    /// The plan's price of money.
    pub(super) price: f64,
    /// The one term between its bounds in the plan, if it is alone there, and the price of money without it.
    pub(super) sole: Option<(usize, Option<f64>)>,
    /// Level of intervals.
    pub(super) level: f64,
}

/// What the draws say. Shape of the vectors: terms; of the outcomes: draws.
pub(super) struct Judged {
    pub(super) count: usize,
    /// Draws in which no plan satisfies the limits.
    pub(super) unsolved: usize,
    /// Draws in which the limits keep the best plan from the wanted volume.
    pub(super) short: usize,
    /// Interval of the best spend.
    pub(super) spend: Vec<Option<(f64, f64)>>,
    /// Share of draws in which the next unit of money at the reference spend earns more than the price; a
    /// draw exactly at the price counts half. `None` where there is no price but the term's own.
    pub(super) p_raise: Vec<Option<f64>>,
    /// Interval of the conversions at the planned spend.
    pub(super) conversions: Vec<Option<(f64, f64)>>,
    /// Interval of what the next unit of money returns at the planned spend; `None` where that is beyond any number.
    pub(super) returns: Vec<Option<(f64, f64)>>,
    /// Outcome of the plan.
    pub(super) planned: Vec<Outcome>,
    /// Outcome of what it is compared with.
    pub(super) compared: Vec<Outcome>,
    /// Outcome at current spends.
    pub(super) now: Vec<Outcome>,
}

/// Whether the goal gives each term a price of its own, as a target does that is not measured in what is maximized: then
/// the best spend tells the direction. Else the price of money does, for limits cut a spend whatever the draw says.
pub(super) fn own_prices(goal: &Goal) -> bool {
    matches!(goal, Goal::AverageReturn { measure, .. } if !measure.is_empty())
}

/// Spends nearer to a reference than this are at it, money: half of the smallest coin, or rounding.
fn tolerance(reference: f64) -> f64 {
    (reference * 1e-9).min(0.005)
}

/// 1 above, −1 below, 0 within the tolerance.
pub(super) fn sign(difference: f64, tolerance: f64) -> f64 {
    if difference.abs() <= tolerance { 0.0 } else { difference.signum() }
}

/// Whether both ends of an interval are numbers.
pub(super) fn is_finite((lower, upper): &(f64, f64)) -> bool {
    lower.is_finite() && upper.is_finite()
}

/// Equal-tailed interval of draws.
pub(super) fn interval(mut draws: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    interval_of(&mut draws, level)
}

/// The same of draws that are sorted in place.
pub(super) fn interval_of(draws: &mut [f64], level: f64) -> Option<(f64, f64)> {
    draws.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - level);
    Some((sample_quantile(draws, tail)?, sample_quantile(draws, 1.0 - tail)?))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn interval_interpolates_order_statistics() {
        let (lower, upper) = interval((0..=100).map(f64::from).collect(), 0.9).expect("draws");
        assert!((lower - 5.0).abs() < 1e-9 && (upper - 95.0).abs() < 1e-9);
        assert_eq!(interval(Vec::new(), 0.9), None);
    }
}
