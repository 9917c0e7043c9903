//! How fast rates drift and how noisy periods are: learned by predicting one period ahead.
//!
//! Four models are tried, from rates that stand still to rates that drift in noisy periods. Each is fitted by the
//! log score of its predictions, every one made from the past alone. The simplest model whose score is
//! within one standard error of the best is taken, so accounts that cannot tell keep still rates.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::filter::{Dynamics, ln_negative_binomial, walk};
use super::panel::Panel;
use crate::estimate::search::climb;
use rayon::prelude::*;

/// Cells the dynamics are learned from, at most: beyond that their error is far below what matters.
pub(super) const MOST_CELLS: usize = 60_000;
/// Terms of one piece of parallel work.
const PIECE: usize = 128;
/// Least gain of a richer model, nats: below that no standard error is to be trusted.
const LEAST_GAIN: f64 = 2.0;

/// A term as the learning sees it.
#[derive(Debug)]
struct Sampled {
    cells: Vec<(usize, f64, f64)>,
    prior_mean: f64,
    /// How many terms it stands for.
    weight: f64,
}

/// The terms the dynamics are learned from.
#[derive(Debug)]
pub(super) struct Sample {
    terms: Vec<Sampled>,
    periods: usize,
}

impl Sample {
    /// All terms with exposure or, where these have too many cells, those with the most conversions expected
    /// (half of the cells) and every so manieth of the rest, weighted up.
    ///
    /// `factor` multiplies exposures; shape: groups × periods. `prior_mean`: groups.
    pub(super) fn new(panel: &Panel<'_>, factor: &[Vec<f64>], prior_mean: &[f64]) -> Self {
        let total: usize = (0..panel.terms()).map(|term| panel.size(term)).sum();
        let chosen: Vec<(usize, f64)> = if total <= MOST_CELLS {
            (0..panel.terms()).map(|term| (term, 1.0)).collect()
        } else {
            choose(panel, prior_mean)
        };
        let terms = chosen
            .into_iter()
            .map(|(term, weight)| {
                let group = panel.group[term] as usize;
                let cells =
                    panel.cells(term).map(|(period, exposure, y)| (period, exposure * factor[group][period], y));
                Sampled { cells: cells.collect(), prior_mean: prior_mean[group], weight }
            })
            .collect();
        Self { terms, periods: panel.periods }
    }

    /// How many terms.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    fn is_without_conversions(&self) -> bool {
        self.terms.iter().all(|term| term.cells.iter().all(|cell| cell.2 <= 0.0))
    }

    /// Log score of the predictions of each period. Shape: periods.
    fn scores(&self, dynamics: Dynamics) -> Vec<f64> {
        let pieces: Vec<Vec<f64>> = self
            .terms
            .par_chunks(PIECE)
            .map(|piece| {
                let mut scores = vec![0.0; self.periods];
                for term in piece {
                    walk(term.cells.iter().copied(), term.prior_mean, dynamics, self.periods, |t, shape, mean, y| {
                        scores[t] += term.weight * ln_negative_binomial(y, shape, mean);
                    });
                }
                scores
            })
            .collect();
        let mut total = vec![0.0; self.periods];
        for piece in pieces {
            for (total, part) in total.iter_mut().zip(piece) {
                *total += part;
            }
        }
        total
    }
}

/// The terms with the most expected conversions up to half of the cells, then an even part of the rest.
fn choose(panel: &Panel<'_>, prior_mean: &[f64]) -> Vec<(usize, f64)> {
    let weight = |term: usize| {
        let expected: f64 = panel.cells(term).map(|cell| cell.1).sum::<f64>() * prior_mean[panel.group[term] as usize];
        let observed: f64 = panel.cells(term).map(|cell| cell.2).sum();
        expected.max(observed)
    };
    let weights: Vec<f64> = (0..panel.terms()).into_par_iter().map(weight).collect();
    let mut order: Vec<usize> = (0..panel.terms()).collect();
    order.par_sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    let (mut cells, mut heavy) = (0, 0);
    while heavy < order.len() && cells < MOST_CELLS / 2 {
        cells += panel.size(order[heavy]);
        heavy += 1;
    }
    let rest: usize = order[heavy..].iter().map(|&term| panel.size(term)).sum();
    let every = rest.div_ceil(MOST_CELLS / 2).max(1);
    let mut chosen: Vec<(usize, f64)> = order[..heavy].iter().map(|&term| (term, 1.0)).collect();
    // along the order, so that every size is represented
    chosen.extend(order[heavy..].iter().skip(every / 2).step_by(every).map(|&term| (term, every as f64)));
    chosen.sort_unstable_by_key(|pair| pair.0);
    chosen
}

/// What was learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Learned {
    pub(super) dynamics: Dynamics,
    /// Log score gained over rates that stand still in periods without noise, nats over all predictions.
    pub(super) gain: f64,
    /// Standard error of that gain, from period to period.
    pub(super) gain_error: f64,
    pub(super) converged: bool,
}

/// Weak priors of ln κ, ln q and ln φ: they matter only where the score is flat.
fn pull(x: f64, center: f64, sd: f64) -> f64 {
    -0.5 * ((x - center) / sd).powi(2)
}

const STRENGTH: (f64, f64) = (5.3, 2.5);
const STEP: (f64, f64) = (-6.0, 2.0);
const NOISE: (f64, f64) = (-2.3, 1.5);

/// Dynamics at (ln κ, ln q, ln φ); negative infinity switches the last two off.
fn dynamics(strength: f64, step: f64, noise: f64) -> Dynamics {
    Dynamics {
        strength: strength.clamp(-10.0, 40.0).exp(),
        walk: step.min(2.0).exp(),
        dispersion: noise.min(4.0).exp(),
    }
}

/// Fits the four models and takes the simplest that is good enough.
pub(super) fn learn(sample: &Sample, start_strength: f64) -> Learned {
    const OFF: f64 = f64::NEG_INFINITY;
    let total = |d: Dynamics| sample.scores(d).iter().sum::<f64>();
    let prior = |strength: f64, step: f64, noise: f64| {
        let part = |x: f64, (center, sd): (f64, f64)| if x == OFF { 0.0 } else { pull(x, center, sd) };
        part(strength, STRENGTH) + part(step, STEP) + part(noise, NOISE)
    };
    let density = |k: f64, step: f64, noise: f64| total(dynamics(k, step, noise)) + prior(k, step, noise);
    let still = climb(|x: &[f64; 1]| density(x[0], OFF, OFF), [start_strength.ln()], [1.0], 1e-2);
    let candidate = dynamics(still.x[0], OFF, OFF);
    // without conversions every score is below zero, so no model can gain more than the still one lacks
    if sample.is_without_conversions() && total(candidate) > -LEAST_GAIN {
        return Learned { dynamics: candidate, gain: 0.0, gain_error: 0.0, converged: still.converged };
    }
    let from = still.x[0];
    let noisy = climb(|x: &[f64; 2]| density(x[0], OFF, x[1]), [from, NOISE.0], [1.0, 1.0], 2e-2);
    let drifting = climb(|x: &[f64; 2]| density(x[0], x[1], OFF), [from, STEP.0], [1.0, 1.0], 2e-2);
    let both = climb(|x: &[f64; 3]| density(x[0], x[1], x[2]), [noisy.x[0], STEP.0, noisy.x[1]], [1.0; 3], 2e-2);
    let candidates = [
        candidate,
        dynamics(noisy.x[0], OFF, noisy.x[1]),
        dynamics(drifting.x[0], drifting.x[1], OFF),
        dynamics(both.x[0], both.x[1], both.x[2]),
    ];
    let scores = candidates.map(|candidate| sample.scores(candidate));
    let sums = scores.each_ref().map(|scores| scores.iter().sum::<f64>());
    let best = (0..4).max_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or(0);
    let chosen = (0..4)
        .find(|&k| {
            let (gain, error) = difference(&scores[best], &scores[k]);
            gain <= error.max(LEAST_GAIN)
        })
        .unwrap_or(best);
    let (gain, gain_error) = difference(&scores[chosen], &scores[0]);
    Learned {
        dynamics: candidates[chosen],
        gain,
        gain_error,
        converged: [still.converged, noisy.converged, drifting.converged, both.converged][chosen],
    }
}

/// Sum of a − b and its standard error, taking periods as independent.
fn difference(a: &[f64], b: &[f64]) -> (f64, f64) {
    let gains: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let count = gains.len() as f64;
    let gain: f64 = gains.iter().sum();
    let mean = gain / count;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (gain, (count * variance).sqrt())
}
