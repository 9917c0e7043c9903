//! Simulation-based calibration: where true rates rank among posterior draws.
//!
//! If the posterior is right, ranks are uniform (Talts, Betancourt, Simpson, Vehtari and Gelman 2018). The simulator
//! draws rates from distributions of its own, close to the model's but not the same, so the test is of the whole
//! estimate and not of its algebra.

use super::*;
use crate::simulate::{SimulateSettings, simulate};

const DRAWS: usize = 19;

/// Ranks of all terms of some accounts. Shape: draws + 1.
fn ranks(accounts: u64, settings: &SimulateSettings) -> [f64; DRAWS + 1] {
    let mut histogram = [0.0; DRAWS + 1];
    for seed in 0..accounts {
        let simulated = simulate(&SimulateSettings { seed, ..settings.clone() }).unwrap();
        let counts = simulated.observation.to_counts();
        let posterior = estimate(&counts, &EstimateSettings::default()).unwrap();
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
    let moving = SimulateSettings { drift: 0.03, common_drift: 0.02, group_drift: 0.02, ..still.clone() };
    for (name, settings) in [("still", still), ("moving", moving)] {
        let histogram = ranks(60, &settings);
        let statistic = chi_square(&histogram);
        println!("{name} {statistic:.1} {histogram:?}");
    }
}
