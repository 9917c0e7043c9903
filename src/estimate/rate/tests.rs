#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::compress::Component;
use super::*;
use crate::numeric::stream::Stream;

mod calibration;
mod components;
mod exact;
mod extremes;

const MODELS: [RateModel; 2] = [RateModel::BetaBinomial, RateModel::GammaPoisson];

fn flat(terms: &[(f64, f64)]) -> (Exposure, Groups) {
    grouped(&terms.iter().map(|&(n, y)| (0, n, y)).collect::<Vec<_>>(), 1)
}

fn grouped(terms: &[(u32, f64, f64)], groups: usize) -> (Exposure, Groups) {
    let exposure = Exposure {
        clicks: terms.iter().map(|term| term.1).collect(),
        conversions: terms.iter().map(|term| term.2).collect(),
    };
    let names = (0..groups).map(|g| format!("campaign {g}")).collect();
    (exposure, Groups { names, of_term: terms.iter().map(|term| term.0).collect() })
}

fn fitted(model: RateModel, data: &(Exposure, Groups)) -> RatePosterior {
    fit(model, 0.9, data.0.clone(), &data.1, SharedMovement::none(data.1.names.len()), None, &mut Notes::default())
}

/// ln density of ln κ with up to ten terms: the geometric mean of the density of (1 + κ)⁻² and of N(ln 200, 1.5²).
fn ln_prior_strength(u: f64) -> f64 {
    0.5 * (u - 2.0 * u.exp().ln_1p()) - 0.5 * (u - 200_f64.ln()).powi(2) / (2.0 * 1.5 * 1.5)
}

/// An account drawn from the model itself: terms and their true rates.
fn simulated(model: RateModel, groups: u32, per_group: usize, seed: u64) -> (Vec<(u32, f64, f64)>, Vec<f64>) {
    let (mean, between, strength) = (0.04, 150.0, 60.0);
    let mut stream = Stream::new(seed, 0);
    let (mut terms, mut truth) = (Vec::new(), Vec::new());
    for group in 0..groups {
        let center = match model {
            RateModel::BetaBinomial => stream.beta(mean * between, (1.0 - mean) * between),
            RateModel::GammaPoisson => stream.gamma(mean * between) / between,
        };
        for _ in 0..per_group {
            let n = (3.5 + 1.3 * stream.normal()).exp().round();
            let (rate, y) = match model {
                RateModel::BetaBinomial => {
                    let rate = stream.beta(center * strength, (1.0 - center) * strength);
                    (rate, stream.binomial(n, rate))
                }
                RateModel::GammaPoisson => {
                    let rate = stream.gamma(center * strength) / strength;
                    (rate, stream.poisson(n * rate))
                }
            };
            terms.push((group, n, y));
            truth.push(rate);
        }
    }
    (terms, truth)
}
