//! What posterior draws say about a plan: intervals, probabilities, and how far the best spend of a
//! term moves when rates, values and elasticities are drawn instead of averaged.
//!
//! Elasticity enters the plan by its point value and is drawn here only, so that not knowing it
//! never makes a far-away spend look better. What the terms of an account or of a campaign do not know together moves
//! them together in a draw.
//!
//! The interval of a spend holds the best spends of the draws, each solved for the same goal under the same limits. A
//! wanted volume that is out of reach in a draw is gone after as far as the limits let it: such a draw counts with the
//! most that they allow. Left out, only the lucky draws would remain, which need less money than the plan.

use super::Outcome;
use super::goal::Aim;
use super::items::Items;
use crate::allocate::{AllocateError, AllocatorSettings, Goal, Problem, Workspace, solve_spend};
use crate::counts::Counts;
use crate::domain::stable_hash;
use crate::estimate::Posterior;
use crate::numeric::order::sample_quantile;
use crate::numeric::stream::Stream;
use crate::response::{Curve, Headroom, Responses};
use rayon::prelude::*;

/// Draws of everything that is uncertain. Matrices are terms × draws, a term's draws side by side.
pub(super) struct Draws {
    pub(super) count: usize,
    rate: Vec<f64>,
    value: Option<Vec<f64>>,
    elasticity: Vec<f64>,
    /// Places of impression shares within what is known of them; empty where all are known.
    place: Vec<f64>,
    /// Searches over those expected, shared by all terms, ratio. Shape: draws.
    demand: Vec<f64>,
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
        items: &Items,
        wanted: usize,
        seed: u64,
    ) -> Option<Self> {
        let terms = counts.terms.len().max(1);
        let count = wanted.min(LARGEST / terms);
        if count < FEWEST {
            return None;
        }
        let mut drawn = posterior.draws(counts, count, seed);
        let factors = items.incrementality.draws(count, seed);
        for (term, rate) in drawn.rate.chunks_mut(count).enumerate() {
            items.incrementality.apply(&factors, term, rate);
        }
        let shared = Elasticity::new(count, seed);
        let elasticity = (0..counts.terms.len())
            .into_par_iter()
            .flat_map_iter(|term| {
                let mut into = vec![0.0; count];
                shared.draw(counts, responses, term, &mut into);
                into
            })
            .collect();
        let open = responses.headroom.iter().flatten().any(Headroom::is_open);
        let place = if open {
            (0..counts.terms.len())
                .into_par_iter()
                .flat_map_iter(|term| {
                    let mut into = vec![0.5; count];
                    draw_places(counts, responses, term, seed, &mut into);
                    into
                })
                .collect()
        } else {
            Vec::new()
        };
        Some(Self {
            count,
            rate: drawn.rate,
            value: drawn.value,
            elasticity,
            place,
            demand: demands(responses, count, seed),
        })
    }

    fn curve(&self, responses: &Responses, term: usize, draw: usize) -> Curve {
        let at = term * self.count + draw;
        responses.drawn(term, self.elasticity[at], self.place.get(at).copied().unwrap_or(0.5), self.demand[draw])
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

    /// Objective a click of a term in a draw.
    fn weight(&self, items: &Items, term: usize, draw: usize) -> f64 {
        let at = term * self.count + draw;
        items.worth(term, self.rate[at], self.value.as_ref().map(|value| value[at]))
    }

    /// Worth of a click of every term in every draw over its expectation. Shape: terms × draws.
    pub(super) fn factors(&self, items: &Items) -> Vec<f64> {
        let terms = items.curves.len();
        (0..terms)
            .into_par_iter()
            .flat_map_iter(|term| {
                let mean = items.weight(term);
                // a term that is worth nothing is worth nothing in every draw
                (0..self.count).map(move |draw| if mean > 0.0 { self.weight(items, term, draw) / mean } else { 1.0 })
            })
            .collect()
    }

    /// What the draws say of a plan: `spend` is the plan, `compared` the spend it is compared with.
    pub(super) fn judge(&self, asked: &Asked, spend: &[f64], compared: &[f64]) -> Judged {
        let Asked { items, responses, level, .. } = *asked;
        let solved = self.resolve(asked);
        let terms = 0..spend.len();
        Judged {
            count: self.count,
            unsolved: self.count - solved.len(),
            short: solved.iter().filter(|best| best.short).count(),
            spend: terms
                .clone()
                .map(|term| interval(solved.iter().map(|best| best.spend[term]).collect(), level))
                .collect(),
            p_raise: terms.clone().map(|term| share_above(solved.iter().map(|best| best.relative[term]))).collect(),
            conversions: terms.map(|term| interval(self.conversions(responses, term, spend[term]), level)).collect(),
            planned: self.outcomes(items, responses, spend),
            compared: self.outcomes(items, responses, compared),
        }
    }

    /// Solves the same problem once a draw; draws that no plan satisfies are left out.
    fn resolve(&self, asked: &Asked) -> Vec<Best> {
        let Asked { items, responses, problem, reference, price, .. } = *asked;
        let terms = problem.curves.len();
        let settings = AllocatorSettings { initial_price: Some(price), ..AllocatorSettings::default() };
        let plain = problem.groups.is_empty()
            && problem.classes.is_empty()
            && problem.turnover.is_none()
            && problem.goal == Goal::MostResponse;
        let solved: Vec<Option<Best>> = (0..self.count)
            .into_par_iter()
            .map_init(Workspace::new, |workspace, draw| {
                let curves: Vec<Curve> = (0..terms)
                    .map(|term| match &problem.curves[term] {
                        // what free clicks bring
                        Curve::Points(_) => problem.curves[term]
                            .scaled(self.weight(items, term, draw) / items.weight(term).max(f64::MIN_POSITIVE)),
                        _ => self.curve(responses, term, draw).scaled(self.weight(items, term, draw)),
                    })
                    .collect();
                let now: Vec<f64> = if plain {
                    curves.iter().zip(reference).map(|(curve, &spend)| curve.marginal(spend)).collect()
                } else {
                    Vec::new()
                };
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
                let relative = if plain {
                    let price = lambda?;
                    now.into_iter().map(|marginal| marginal / price).collect()
                } else {
                    // with limits on sums each term has its own price: the best spend tells the direction
                    let direction =
                        |(spend, reference): (&f64, &f64)| 1.0 + sign(spend - reference, tolerance(*reference));
                    spend.iter().zip(reference).map(direction).collect()
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
                let value = |term: usize| self.value.as_ref().map_or(1.0, |value| value[term * self.count + draw]);
                let measure = (0..problem.curves.len()).map(|term| aim.measure(items, term, value(term))).collect();
                Goal::AverageReturn { ratio: *ratio, measure }
            }
            Goal::Volume { .. } => {
                let free: f64 = responses
                    .free_clicks
                    .iter()
                    .enumerate()
                    .map(|(term, clicks)| clicks * self.rate[term * self.count + draw])
                    .sum();
                Goal::Volume { response: (aim.target.unwrap_or(0.0) - free).max(0.0) }
            }
        }
    }
}

/// The best plan of a draw. Shape of the vectors: terms.
struct Best {
    spend: Vec<f64>,
    /// Whether money at the reference earns more than the price (above 1) or less.
    relative: Vec<f64>,
    /// Whether the limits keep it from the wanted volume.
    short: bool,
}

/// Draws of searches over those expected, log-normal with mean 1. Shape: draws.
pub(super) fn demands(responses: &Responses, count: usize, seed: u64) -> Vec<f64> {
    let sd = responses.demand.sd;
    let mut stream = Stream::new(seed, stable_hash(&["demand"]));
    (0..count).map(|_| if sd > 0.0 { sd.mul_add(stream.normal(), -0.5 * sd * sd).exp() } else { 1.0 }).collect()
}

/// Draws where the impression share of a term lies within what is known of it. Shape of `into`: draws.
pub(super) fn draw_places(counts: &Counts, responses: &Responses, term: usize, seed: u64, into: &mut [f64]) {
    if responses.headroom[term].is_some_and(|room| room.is_open()) {
        let key = counts.terms[term].key.stable_hash();
        let mut stream = Stream::new(seed, key ^ stable_hash(&["impression share"]));
        for place in into {
            *place = stream.uniform();
        }
    }
}

/// Draws of elasticities, a term at a time.
pub(super) struct Elasticity {
    seed: u64,
    /// What all terms of a draw share, in standard deviations. Shape: draws.
    shared: Vec<f64>,
}

impl Elasticity {
    pub(super) fn new(count: usize, seed: u64) -> Self {
        let mut stream = Stream::new(seed, stable_hash(&["shared elasticity"]));
        Self { seed, shared: (0..count).map(|_| stream.normal()).collect() }
    }

    /// Draws the elasticity of a term. Shape of `into`: draws.
    pub(super) fn draw(&self, counts: &Counts, responses: &Responses, term: usize, into: &mut [f64]) {
        let key = &counts.terms[term].key;
        let mut stream = Stream::new(self.seed, key.stable_hash() ^ stable_hash(&["elasticity"]));
        let point = responses.elasticity[term].unwrap_or(1.0);
        let sd = responses.elasticity_sd[term];
        for (into, shared) in into.iter_mut().zip(&self.shared) {
            *into = sd.own.mul_add(stream.normal(), point + sd.account * shared);
        }
        if sd.campaign > 0.0 {
            let campaign = [key.channel.as_deref().unwrap_or(""), key.campaign.as_deref().unwrap_or(""), "elasticity"];
            let mut stream = Stream::new(self.seed, stable_hash(&campaign));
            for into in &mut *into {
                *into = sd.campaign.mul_add(stream.normal(), *into);
            }
        }
        for into in into {
            *into = into.clamp(0.05, 1.0);
        }
    }
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
    /// draw exactly at the price counts half.
    pub(super) p_raise: Vec<Option<f64>>,
    /// Interval of the conversions at the planned spend.
    pub(super) conversions: Vec<Option<(f64, f64)>>,
    /// Outcome of the plan.
    pub(super) planned: Vec<Outcome>,
    /// Outcome of what it is compared with.
    pub(super) compared: Vec<Outcome>,
}

/// Spends nearer to a reference than this are at it, money: half of the smallest coin, or rounding.
fn tolerance(reference: f64) -> f64 {
    (reference * 1e-9).min(0.005)
}

/// 1 above, −1 below, 0 within the tolerance.
pub(super) fn sign(difference: f64, tolerance: f64) -> f64 {
    if difference.abs() <= tolerance { 0.0 } else { difference.signum() }
}

/// Share above 1, where exactly 1 counts half; `None` without any.
pub(super) fn share_above(relative: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut above, mut all) = (0.0, 0.0);
    for relative in relative {
        above += match relative.partial_cmp(&1.0) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => 0.5,
            _ => 0.0,
        };
        all += 1.0;
    }
    (all > 0.0).then(|| above / all)
}

/// Equal-tailed interval of draws.
pub(super) fn interval(mut draws: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    draws.sort_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - level);
    Some((sample_quantile(&draws, tail)?, sample_quantile(&draws, 1.0 - tail)?))
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
