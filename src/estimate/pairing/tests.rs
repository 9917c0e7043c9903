#![allow(clippy::unwrap_used)]

use super::*;
use crate::counts::{Calendar, Cells, Counts, Period, PeriodUnit};
use crate::domain::{Term, TermKey};
use crate::estimate::{EstimateSettings, Posterior, estimate};
use crate::numeric::stream::Stream;
use approx::assert_relative_eq;

const SD: (f64, f64) = (0.6, 0.4);

/// An account whose log rates and log values have a correlation; true rate × value of every term beside it.
fn account(terms: usize, correlation: f64, seed: u64) -> (Counts, Vec<f64>) {
    let mut stream = Stream::new(seed, 9);
    let mut cells = Cells { offsets: vec![0], ..Cells::default() };
    let (mut revenue, mut truth, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..terms {
        let (x, z) = (stream.normal(), stream.normal());
        let rate = 0.03 * (SD.0 * x).exp();
        let value = 50.0 * (SD.1 * (correlation * x + (1.0 - correlation * correlation).sqrt() * z)).exp();
        let clicks = (5.0 + stream.normal()).exp().round();
        let y = stream.poisson(clicks * rate);
        let (mut sum, mut left) = (0.0, y);
        while left > 0.0 {
            sum += value * (0.6 * stream.normal() - 0.18).exp();
            left -= 1.0;
        }
        cells.period.push(0);
        cells.clicks.push(clicks);
        cells.conversions.push(y);
        revenue.push(sum);
        cells.offsets.push(cells.period.len());
        truth.push(rate * value);
        keys.push(TermKey { term: format!("term {i:05}"), ..TermKey::default() });
    }
    cells.revenue = Some(revenue);
    let counts = Counts {
        terms: keys.into_iter().map(|key| Term { key, ..Term::default() }).collect(),
        calendar: Calendar {
            unit: PeriodUnit::Undated { days: None },
            periods: vec![Period::default()],
            ..Calendar::default()
        },
        cells,
        ..Counts::default()
    };
    (counts, truth)
}

fn fitted(counts: &Counts) -> Posterior {
    estimate(counts, &EstimateSettings::default()).unwrap()
}

/// Σ of expected revenue a click over its truth, without and with the factor.
fn ratios(posterior: &Posterior, truth: &[f64]) -> (f64, f64) {
    let value = posterior.value.as_ref().unwrap();
    let product = |i: usize| posterior.rate.mean[i] * value.mean[i];
    let all: f64 = truth.iter().sum();
    let apart = (0..truth.len()).map(product).sum::<f64>() / all;
    (apart, (0..truth.len()).map(|i| product(i) * posterior.pair_factor(i)).sum::<f64>() / all)
}

#[test]
fn finds_and_uses_a_correlation() {
    for correlation in [-0.6, 0.6] {
        let (mut apart, mut together, mut found) = (0.0, 0.0, 0.0);
        for seed in 0..4 {
            let (counts, truth) = account(3000, correlation, 50 + seed);
            let posterior = fitted(&counts);
            let pairing = posterior.pairing.as_ref().unwrap();
            assert!(pairing.is_used && pairing.z.abs() > 5.0);
            assert!(posterior.notes.0.iter().any(|note| note.code == "rate-value-correlated"));
            let ratios = ratios(&posterior, &truth);
            apart += ratios.0 / 4.0;
            together += ratios.1 / 4.0;
            found += pairing.correlation / 4.0;
        }
        assert_relative_eq!(found, correlation, epsilon = 0.15);
        // apart, the expected revenue of all terms is off by 2 to 4 hundredths, against the sign of the correlation;
        // the mean of four such sums has a standard error of half a hundredth
        assert!((apart - 1.0) * correlation < -0.01, "{correlation}: {apart}");
        assert_relative_eq!(together, 1.0, epsilon = 0.02);
        assert!((together - 1.0).abs() < (apart - 1.0).abs(), "{correlation}: {apart}, {together}");
    }
}

#[test]
fn draws_of_the_product_agree_in_mean() {
    let (counts, _) = account(400, -0.8, 3);
    let posterior = fitted(&counts);
    assert!(posterior.pairing.as_ref().unwrap().is_used);
    let n = 3000;
    let draws = posterior.draws(&counts, n, 4);
    let drawn = draws.value.as_ref().unwrap();
    let mut ratio = 0.0;
    for term in 0..400 {
        let product: f64 = (term * n..(term + 1) * n).map(|at| draws.rate[at] * drawn[at]).sum::<f64>() / n as f64;
        let expected = posterior.rate.mean[term] * posterior.value.as_ref().unwrap().mean[term];
        ratio += product / expected / posterior.pair_factor(term) / 400.0;
    }
    assert_relative_eq!(ratio, 1.0, epsilon = 0.01);
}

#[test]
fn without_correlation_nothing_changes() {
    let mut used = 0;
    for seed in 0..30 {
        let (counts, _) = account(400, 0.0, 100 + seed);
        let posterior = fitted(&counts);
        let is_used = posterior.pairing.as_ref().is_some_and(|pairing| pairing.is_used);
        used += usize::from(is_used);
        if !is_used {
            assert!((0..400).all(|term| posterior.pair_factor(term).to_bits() == 1.0_f64.to_bits()));
        }
    }
    // one in a hundred by construction
    assert!(used <= 2, "{used} of 30");
}

#[test]
fn factor_is_that_of_the_joint_posterior() {
    let (a, b, correlation) = (0.5, 0.4, 0.7);
    let pair = Pair { rate: (0.4 * 0.3 / a, 0.3), value: (0.6 * 0.8 / b, 0.8), sd: (a, b) };
    // E[p v] by quadrature over the two logarithms, with observations 0.4 and 0.6
    let (noise_p, noise_v) = (a * a * (1.0 / 0.3 - 1.0), b * b * (1.0 / 0.8 - 1.0));
    let mean = |rho: f64| {
        let (mut mass, mut moment) = (0.0, 0.0);
        for i in -200..=200 {
            for j in -200..=200 {
                let (x, y) = (f64::from(i) * 0.02, f64::from(j) * 0.02);
                let (s, t) = (x / a, y / b);
                let prior = -(s * s - 2.0 * rho * s * t + t * t) / (2.0 * (1.0 - rho * rho));
                let data = -0.5 * ((x - 0.4_f64).powi(2) / noise_p + (y - 0.6_f64).powi(2) / noise_v);
                let weight = (prior + data).exp();
                mass += weight;
                moment += weight * (x + y).exp();
            }
        }
        moment / mass
    };
    assert_relative_eq!(factor(&pair, correlation, 0.0), mean(correlation) / mean(0.0), max_relative = 1e-6);
    assert_relative_eq!(factor(&pair, 0.0, 0.0), 1.0, max_relative = 1e-12);
    let unknown = Pair { rate: (0.0, 0.0), value: (0.0, 0.0), sd: (a, b) };
    assert_relative_eq!(factor(&unknown, correlation, 0.0), (correlation * a * b).exp(), max_relative = 1e-12);
}
