//! The best outcome for each budget, from zero to twice today's spend.
//!
//! Change limits are ignored: the frontier answers "what could this budget earn", not "how fast may
//! we move". No term gets more than three times what it spends today, since nothing is known of its curve
//! that far out. Fixed and paused terms stay where they are, new terms under their cap. Far beyond the
//! spend seen it rests on the curves' family alone.

use super::items::Items;
use super::draws::Draws;
use super::uncertainty::interval;
use super::{FrontierPoint, Limits, RecommendError};
use crate::allocate::{AllocatorSettings, Problem, allocate};
use crate::domain::State;
use crate::response::Responses;
use rayon::prelude::*;

/// Steps from zero to twice today's spend; an even number puts a point on today's spend itself.
const STEPS: u32 = 24;

/// Most that a term may get, relative to today.
const FARTHEST: f64 = 3.0;

/// Solves every point exactly.
pub(super) fn frontier(
    items: &Items,
    responses: &Responses,
    limits: &Limits,
    draws: Option<&Draws>,
    current: f64,
    level: f64,
) -> Result<Vec<FrontierPoint>, RecommendError> {
    let fixed = |term: usize| limits.state[term] == State::Fixed;
    let terms = limits.state.len();
    let lower: Vec<f64> = (0..terms).map(|term| if fixed(term) { limits.lower[term] } else { 0.0 }).collect();
    let upper: Vec<f64> = (0..terms)
        .map(|term| match limits.state[term] {
            State::Active => {
                let far = (FARTHEST * responses.current_spend[term]).max(limits.upper[term]);
                responses.full_spend(term).map_or(far, |full| far.min(full.max(limits.lower[term])))
            }
            State::Fixed | State::New | State::Paused => limits.upper[term],
        })
        .collect();
    let least: f64 = lower.iter().sum();
    let budgets: Vec<f64> = (0..=STEPS)
        .map(|step| 2.0 * current * f64::from(step) / f64::from(STEPS))
        .filter(|&budget| budget >= least)
        .collect();
    budgets
        .into_par_iter()
        .map(|budget| {
            let problem = Problem {
                curves: items.curves.clone(),
                lower: lower.clone(),
                upper: upper.clone(),
                budget,
                price_floor: items.price_floor,
                ..Problem::default()
            };
            let allocation = allocate(&problem, &AllocatorSettings::default())?;
            let spent: f64 = allocation.spend.iter().sum();
            let band = draws.and_then(|draws| {
                let figures: Option<Vec<f64>> = draws
                    .outcomes(items, responses, &allocation.spend)
                    .iter()
                    .map(|outcome| outcome.of(items.objective))
                    .collect();
                interval(figures?, level)
            });
            Ok(FrontierPoint {
                budget,
                spend: spent,
                outcome: items.outcome(responses, &allocation.spend),
                objective_p05: band.map(|(lower, _)| lower),
                objective_p95: band.map(|(_, upper)| upper),
                marginal_return: allocation.certificate.lambda.filter(|price| price.is_finite()),
            })
        })
        .collect()
}
