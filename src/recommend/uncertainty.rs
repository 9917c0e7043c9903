//! What posterior draws say about a plan: intervals, probabilities, and how far the best spend of a
//! term moves when rates, values and elasticities are drawn instead of averaged.
//!
//! Elasticity enters the plan by its point value and is drawn here only, so that not knowing it
//! never makes a far-away spend look better. Half of its prior variance is shared by all terms of a
//! draw: not knowing how an account responds is mostly not knowing it for every term at once.

use super::Outcome;
use super::items::Items;
use crate::allocate::{AllocatorSettings, Problem, Workspace, solve_spend};
use crate::counts::Counts;
use crate::domain::{Objective, stable_hash};
use crate::estimate::Posterior;
use crate::numeric::stream::Stream;
use crate::response::{Curve, Responses};
use rayon::prelude::*;

/// Draws of everything that is uncertain. Matrices are terms × draws, a term's draws side by side.
pub(super) struct Draws {
    pub(super) count: usize,
    rate: Vec<f64>,
    value: Option<Vec<f64>>,
    elasticity: Vec<f64>,
}

/// Largest number of (term, draw) pairs held in memory and solved: about 100 MB and a few seconds.
const LARGEST: usize = 4_000_000;
/// Below this an interval's ends are not worth printing.
const FEWEST: usize = 40;

impl Draws {
    /// Draws, or `None` where the account is too large for enough of them.
    pub(super) fn new(
        counts: &Counts,
        posterior: &Posterior,
        responses: &Responses,
        wanted: usize,
        sd: f64,
        seed: u64,
    ) -> Option<Self> {
        let terms = counts.terms.len().max(1);
        let count = wanted.min(LARGEST / terms);
        if count < FEWEST {
            return None;
        }
        let drawn = posterior.draws(counts, count, seed);
        let own_sd = sd * std::f64::consts::FRAC_1_SQRT_2;
        let mut shared = Stream::new(seed, stable_hash(&["shared elasticity"]));
        let shared: Vec<f64> = (0..count).map(|_| own_sd * shared.normal()).collect();
        let elasticity = (0..counts.terms.len())
            .into_par_iter()
            .flat_map_iter(|term| {
                let mut stream = Stream::new(seed, counts.terms[term].key.stable_hash() ^ stable_hash(&["elasticity"]));
                let point = responses.elasticity[term].unwrap_or(1.0);
                shared
                    .iter()
                    .map(|shared| (own_sd.mul_add(stream.normal(), point + shared)).clamp(0.05, 1.0))
                    .collect::<Vec<_>>()
            })
            .collect();
        Some(Self { count, rate: drawn.rate, value: drawn.value, elasticity })
    }

    fn curve(&self, responses: &Responses, term: usize, draw: usize) -> Curve {
        match &responses.curves[term] {
            Curve::Power { a, k, .. } => Curve::Power { a: *a, k: *k, h: self.elasticity[term * self.count + draw] },
            other => other.clone(),
        }
    }

    /// Outcome of `spend` in every draw. Shape: draws.
    pub(super) fn outcomes(&self, items: &Items, responses: &Responses, spend: &[f64]) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::default(); self.count];
        let mut revenue = vec![0.0; self.count];
        let mut profit = vec![0.0; self.count];
        for (term, &spend) in spend.iter().enumerate() {
            let margin = items.margin[term].unwrap_or(0.0);
            for draw in 0..self.count {
                let at = term * self.count + draw;
                let clicks = responses.free_clicks[term] + self.curve(responses, term, draw).value(spend);
                let conversions = clicks * self.rate[at];
                outcomes[draw].clicks += clicks;
                outcomes[draw].conversions += conversions;
                if let Some(value) = &self.value {
                    revenue[draw] += conversions * value[at];
                    profit[draw] += (conversions * value[at]).mul_add(margin, -spend);
                }
            }
        }
        for (draw, outcome) in outcomes.iter_mut().enumerate() {
            outcome.revenue = self.value.is_some().then_some(revenue[draw]);
            outcome.profit = (self.value.is_some() && items.all_margins).then_some(profit[draw]);
        }
        outcomes
    }

    /// Conversions of one term at a spend, in every draw. Shape: draws.
    pub(super) fn conversions(&self, responses: &Responses, term: usize, spend: f64) -> Vec<f64> {
        (0..self.count)
            .map(|draw| {
                let clicks = responses.free_clicks[term] + self.curve(responses, term, draw).value(spend);
                clicks * self.rate[term * self.count + draw]
            })
            .collect()
    }

    fn weight(&self, items: &Items, term: usize, draw: usize) -> f64 {
        let at = term * self.count + draw;
        let value = self.value.as_ref().map_or(1.0, |value| value[at]);
        match items.objective {
            Objective::Conversions => self.rate[at],
            Objective::Revenue => self.rate[at] * value,
            Objective::Profit => self.rate[at] * value * items.margin[term].unwrap_or(0.0),
        }
    }

    /// Solves the same problem once a draw.
    ///
    /// `reference` is the spend that directions are measured from.
    pub(super) fn resolve(
        &self,
        items: &Items,
        responses: &Responses,
        problem: &Problem,
        reference: &[f64],
        price: f64,
    ) -> Resolved {
        let terms = problem.curves.len();
        let settings = AllocatorSettings { initial_price: Some(price), ..AllocatorSettings::default() };
        let solved: Vec<Option<(Vec<f64>, Vec<f64>)>> = (0..self.count)
            .into_par_iter()
            .map_init(Workspace::new, |workspace, draw| {
                let curves: Vec<Curve> = (0..terms)
                    .map(|term| self.curve(responses, term, draw).scaled(self.weight(items, term, draw)))
                    .collect();
                let now: Vec<f64> = curves.iter().zip(reference).map(|(curve, &spend)| curve.marginal(spend)).collect();
                let drawn = Problem { curves, ..problem.clone() };
                let price = solve_spend(&drawn, &settings, workspace).ok()?.lambda?;
                Some((workspace.spend().to_vec(), now.into_iter().map(|marginal| marginal / price).collect()))
            })
            .collect();
        Resolved { solved: solved.into_iter().flatten().collect() }
    }
}

/// Best spends and marginal returns (in units of the draw's price), a pair of vectors a draw.
pub(super) struct Resolved {
    solved: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Resolved {
    /// Interval of the best spend of a term; `None` if no draw could be solved.
    pub(super) fn spend_interval(&self, term: usize, level: f64) -> Option<(f64, f64)> {
        interval(self.solved.iter().map(|(spend, _)| spend[term]).collect(), level)
    }

    /// Share of draws in which the next unit of money at the reference spend earns more than the price.
    ///
    /// A draw exactly at the price counts half.
    pub(super) fn p_raise(&self, term: usize) -> Option<f64> {
        let draws = self.solved.len() as f64;
        let above: f64 = self
            .solved
            .iter()
            .map(|(_, relative)| match relative[term].partial_cmp(&1.0) {
                Some(std::cmp::Ordering::Greater) => 1.0,
                Some(std::cmp::Ordering::Equal) => 0.5,
                _ => 0.0,
            })
            .sum();
        (draws > 0.0).then(|| above / draws)
    }
}

/// Equal-tailed interval of draws, by linear interpolation between order statistics
/// (Hyndman and Fan 1996, definition 7).
pub(super) fn interval(mut draws: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    if draws.is_empty() {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    let at = |p: f64| {
        let position = p * (draws.len() - 1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an index of `draws`
        let below = position.floor() as usize;
        let above = (below + 1).min(draws.len() - 1);
        (position - below as f64).mul_add(draws[above] - draws[below], draws[below])
    };
    let tail = 0.5 * (1.0 - level);
    Some((at(tail), at(1.0 - tail)))
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
