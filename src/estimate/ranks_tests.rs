//! Simulation-based calibration: where true rates rank among posterior draws.
//!
//! If the posterior is right, ranks are uniform (Talts, Betancourt, Simpson, Vehtari and Gelman 2018). The simulator
//! draws rates from distributions of its own, close to the model's but not the same, so the test is of the whole
//! estimate and not of its algebra.

use super::*;
use crate::simulate::{SimulateSettings, simulate};

const DRAWS: usize = 19;

/// Ranks of all terms of some accounts. Shape: draws + 1.
fn ranks(accounts: u64, settings: &SimulateSettings, estimates: &EstimateSettings) -> [f64; DRAWS + 1] {
    let mut histogram = [0.0; DRAWS + 1];
    for seed in 0..accounts {
        let simulated = simulate(&SimulateSettings { seed, ..settings.clone() }).unwrap();
        let counts = simulated.observation.to_counts();
        let posterior = estimate(&counts, estimates).unwrap();
        let draws = posterior.draws(&counts, DRAWS, seed + 1);
        for (term, &truth) in simulated.truth.cvr.iter().enumerate() {
            let own = &draws.rate[term * DRAWS..(term + 1) * DRAWS];
            histogram[own.iter().filter(|&&rate| rate < truth).count()] += 1.0;
        }
    }
    histogram
}

/// Pearson's statistic against equal counts.
fn chi_square(histogram: &[f64]) -> f64 {
    let expected = histogram.iter().sum::<f64>() / histogram.len() as f64;
    histogram.iter().map(|count| (count - expected).powi(2) / expected).sum()
}

/// 19 degrees of freedom at a level of one in a thousand. Terms of an account share its hyper-parameters, which makes
/// the statistic a little larger than independent ranks would.
const LEVEL: f64 = 43.8;

#[test]
fn true_rates_rank_evenly_among_draws() {
    let still = SimulateSettings {
        terms: 40,
        campaigns: Some(4),
        weeks: 20,
        drift: 0.0,
        weekly_budget: Some(8000.0),
        ..SimulateSettings::default()
    };
    let moving = SimulateSettings {
        terms: 120,
        weeks: 40,
        weekly_budget: Some(24_000.0),
        drift: 0.03,
        common_drift: 0.02,
        group_drift: 0.02,
        ..still.clone()
    };
    let learned = EstimateSettings::default();
    for (accounts, settings) in [(60, &still), (40, &moving)] {
        let histogram = ranks(accounts, settings, &learned);
        assert!(chi_square(&histogram) < LEVEL, "{histogram:?}");
    }
    // rates taken as constant fail the same test by far, so it can fail
    let constant = ranks(10, &moving, &EstimateSettings { drift: false, ..learned });
    assert!(chi_square(&constant) > 3.0 * LEVEL, "{constant:?}");
}
