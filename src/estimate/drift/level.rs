//! Movement that many terms share: a site change, a season, a week of promotion.
//!
//! # Model
//! ```text
//! zₜ   ln(observed / expected conversions) of a group in period t, at rates that do not move
//! aₜ   its level: aₜ₊₁ = aₜ + wₜ        wₜ ~ N(0, q)      a walk, which stays
//! zₜ = aₜ + uₜ + eₜ                     uₜ ~ N(0, h)      the period's own, which passes
//!                                       eₜ ~ N(0, vₜ)     chance: 1 / expected, and the terms' own noise
//! ```
//! A local level model, filtered and smoothed by Kalman's recursions; q and h maximize the likelihood of
//! the one-step-ahead errors (Durbin and Koopman 2012, sections 2.2, 2.4 and 2.10), or are zero where that
//! gains too little. Where it does, the walk alone, the deviations alone and both together are averaged by their
//! likelihood (Hoeting and others 1999, equation 2).
//!
//! # When it is wrong
//! Logarithms of small counts are not normal: they enter with the mean and variance that they have, no more. A season is a walk here, so its turning point comes as a surprise.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::log_count;
use super::panel::Series;
use crate::estimate::search::climb;

/// Gain in log-likelihood that each further variance has to bring: 2 leaves one account in fifty
/// without any movement with some.
const WORTH: f64 = 2.0;
/// Effective number of terms below which a group's movement is a term's own.
const FEWEST_TERMS: f64 = 4.0;
/// Expected conversions over all periods below which a series tells nothing.
const FEWEST_CONVERSIONS: f64 = 20.0;

/// Variances of the logarithm of a level, a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Movement {
    /// Of the walk.
    pub(super) walk: f64,
    /// Of the period's own deviation.
    pub(super) noise: f64,
}

impl Movement {
    /// Whether nothing moves.
    pub(super) fn is_none(self) -> bool {
        self.walk <= 0.0 && self.noise <= 0.0
    }
}

/// A log index with the variance of chance; `None` where a period says nothing.
pub(super) type Index = Vec<Option<(f64, f64)>>;

/// The index of a series relative to a known path (logarithm by period).
///
/// `dispersion` is the squared coefficient of variation of a term's own noise in a period, `doubt` (shape: periods)
/// that of what is known of its exposure. `None` if too few terms stand behind it.
pub(super) fn index(series: &Series, path: &[f64], dispersion: f64, doubt: &[f64]) -> Option<Index> {
    let expected: f64 = series.expected.iter().sum();
    let squares: f64 = series.squares.iter().sum();
    let effective: f64 = series.expected.iter().map(|expected| expected * expected).sum::<f64>() / squares;
    if expected < FEWEST_CONVERSIONS || effective.is_nan() || effective < FEWEST_TERMS {
        return None;
    }
    let at = |t: usize| {
        let expected = series.expected[t] * path[t].exp();
        (expected > 0.0).then(|| {
            let own = dispersion * series.squares[t] / (series.expected[t] * series.expected[t]);
            let (mean, variance) = log_count::moments(expected);
            // a count of next to nothing hardly follows its level, so the variance of its logarithm is no measure there
            let chance = variance.max(1.0 / (expected + 0.5));
            ((series.observed[t] + 0.5).ln() - mean, chance + own + doubt[t])
        })
    };
    Some((0..path.len()).map(at).collect())
}

/// State of the filter after each period: mean and variance of the level.
struct Filtered {
    states: Vec<(f64, f64)>,
    ln_likelihood: f64,
}

fn filter(index: &[Option<(f64, f64)>], movement: Movement) -> Filtered {
    let mut states = Vec::with_capacity(index.len());
    let mut state: Option<(f64, f64)> = None;
    let mut ln_likelihood = 0.0;
    for observation in index {
        state = match (state, observation) {
            (None, None) => None,
            // nothing is known of the level before the first period
            (None, &Some((z, chance))) => Some((z, chance + movement.noise)),
            (Some((mean, variance)), observation) => {
                let variance = variance + movement.walk;
                Some(observation.map_or((mean, variance), |(z, chance)| {
                    let total = variance + movement.noise + chance;
                    let error = z - mean;
                    ln_likelihood -= 0.5 * (total.ln() + error * error / total);
                    let gain = variance / total;
                    (mean + gain * error, variance * (1.0 - gain))
                }))
            }
        };
        states.push(state.unwrap_or((0.0, f64::INFINITY)));
    }
    Filtered { states, ln_likelihood }
}

/// Where a level is, period by period, and where it will be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    /// Logarithm of the level with each period's own deviation. Shape: periods.
    pub(super) log: Vec<f64>,
    /// Logarithm expected for the next period.
    pub(super) next: f64,
    /// Its variance, with the walk and the deviation of that period.
    pub(super) variance: f64,
}

/// The path given the variances.
pub(super) fn path(index: &[Option<(f64, f64)>], movement: Movement) -> Path {
    let periods = index.len();
    let known = || index.iter().any(Option::is_some);
    if movement.is_none() || !known() {
        return Path { log: vec![0.0; periods], next: 0.0, variance: 0.0 };
    }
    let Filtered { states, .. } = filter(index, movement);
    let (next, last) = states[periods - 1];
    let mut smooth = (next, last);
    let mut log = vec![0.0; periods];
    for t in (0..periods).rev() {
        let (mean, variance) = states[t];
        if t + 1 < periods && variance.is_finite() {
            let predicted = variance + movement.walk;
            let gain = if predicted > 0.0 { variance / predicted } else { 1.0 };
            smooth = (mean + gain * (smooth.0 - mean), variance + gain * gain * (smooth.1 - predicted));
        }
        log[t] = smooth.0
            + index[t].map_or(0.0, |(z, chance)| {
                // what is left of the observation, shared between the period's own deviation and chance
                let residual = movement.noise + chance;
                if residual > 0.0 { movement.noise / residual * (z - smooth.0) } else { 0.0 }
            });
    }
    Path { log, next, variance: last + movement.walk + movement.noise }
}

/// The variances that the series have in common.
pub(super) fn learn(indices: &[&Index]) -> Movement {
    let density = |movement: Movement| indices.iter().map(|index| filter(index, movement).ln_likelihood).sum::<f64>();
    let still = density(Movement::default());
    // ln of standard deviations, with a weak pull towards five per cent a period
    let pull = |x: f64| -0.5 * ((x - 0.05_f64.ln()) / 1.5).powi(2);
    let variance = |x: f64| (2.0 * x.clamp(-12.0, 3.0)).exp();
    let start = 0.05_f64.ln();
    let walk =
        climb(|x: &[f64; 1]| density(Movement { walk: variance(x[0]), noise: 0.0 }) + pull(x[0]), [start], [0.7], 1e-3);
    let noise =
        climb(|x: &[f64; 1]| density(Movement { walk: 0.0, noise: variance(x[0]) }) + pull(x[0]), [start], [0.7], 1e-3);
    let both = climb(
        |x: &[f64; 2]| density(Movement { walk: variance(x[0]), noise: variance(x[1]) }) + pull(x[0]) + pull(x[1]),
        [walk.x[0] - 0.3, noise.x[0] - 0.3],
        [0.7, 0.7],
        1e-3,
    );
    let candidates = [
        (Movement { walk: variance(walk.x[0]), noise: 0.0 }, 1.0),
        (Movement { walk: 0.0, noise: variance(noise.x[0]) }, 1.0),
        (Movement { walk: variance(both.x[0]), noise: variance(both.x[1]) }, 2.0),
    ];
    let worth = candidates.map(|(movement, variances)| density(movement) - WORTH * variances);
    let best = worth.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if best <= still {
        return Movement::default();
    }
    // a few periods hardly tell a walk from passing deviations, and the two foretell different levels
    let weights = worth.map(|worth| (worth - best).exp());
    let mean = |of: fn(Movement) -> f64| {
        let parts = candidates.iter().zip(weights).map(|(candidate, weight)| weight * of(candidate.0));
        parts.sum::<f64>() / weights.iter().sum::<f64>()
    };
    Movement { walk: mean(|movement| movement.walk), noise: mean(|movement| movement.noise) }
}
