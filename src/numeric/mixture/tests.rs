#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use approx::assert_relative_eq;

use super::*;

/// A hundredth of the relative error promised, in x.
const RELATIVE: f64 = 1e-8;

/// Root of the mixture's distribution function by plain bisection in ln x.
fn bisect(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-300.0_f64, 60.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if cdf(middle.exp()) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.exp()
}

#[test]
fn quantiles_of_smooth_lumpy_and_wide_mixtures_match_bisection() {
    let smooth: (Vec<f64>, Vec<f64>, Vec<f64>) = (
        (0..30).map(|i| 1.0 + f64::from(i % 7)).collect(),
        (0..30).map(|i| 3.0 + 0.2 * f64::from(i)).collect(),
        (0..30).map(|i| 150.0 + 9.0 * f64::from(i)).collect(),
    );
    let lumpy = (vec![0.5, 0.5], vec![100.0, 9_000.0], vec![9_900.0, 1_000.0]);
    let wide = (vec![0.9, 0.0, 0.1], vec![0.05, 1.0, 4e4], vec![30.0, 1.0, 1e8]);
    for (weights, first, second) in [smooth, lumpy, wide] {
        let beta = BetaMixture::new(&weights, &first, &second);
        let gamma = GammaMixture::new(&weights, &first, &second);
        for p in [1e-6, 0.01, 0.05, 0.25, 0.4999, 0.5001, 0.9, 0.95, 0.99, 1.0 - 1e-6] {
            assert_relative_eq!(beta.quantile(p), bisect(p, |x| beta.cdf(x)), max_relative = RELATIVE);
            assert_relative_eq!(gamma.quantile(p), bisect(p, |x| gamma.cdf(x)), max_relative = RELATIVE);
        }
    }
}

#[test]
fn equal_components_are_the_component() {
    let (w, a, b) = ([2.0, 3.0], [4.0, 4.0], [50.0, 50.0]);
    for p in [0.05, 0.5, 0.95] {
        let beta = BetaMixture::new(&w, &a, &b).quantile(p);
        assert_relative_eq!(beta, Beta::new(4.0, 50.0).quantile(p), max_relative = RELATIVE);
        let gamma = GammaMixture::new(&w, &a, &b).quantile(p);
        assert_relative_eq!(gamma, Gamma::new(4.0, 50.0).quantile(p), max_relative = RELATIVE);
    }
}

#[test]
fn few_evaluations_are_enough_for_a_smooth_mixture() {
    let parts: Vec<(f64, Beta)> =
        (0..30).map(|i| (1.0 / 30.0, Beta::new(2.0 + 0.1 * f64::from(i), 90.0 + f64::from(i)))).collect();
    for p in [0.05, 0.95] {
        let target = Target::new(p);
        let mut count = 0;
        let start = Beta::new(3.4, 100.0).logit_quantile(p);
        target.solve(start, TOLERANCE, |u| {
            count += 1;
            let (x, y) = logistic(u);
            log_tail(parts.iter().map(|(w, part)| (*w, part.at(x, y))), target.lower)
        });
        assert!(count <= 4, "{count}");
    }
}

#[test]
fn bad_input_is_not_a_number() {
    for (w, a, b) in [
        (vec![1.0], vec![1.0, 2.0], vec![1.0]),
        (vec![], vec![], vec![]),
        (vec![0.0], vec![1.0], vec![1.0]),
        (vec![1.0, -0.1], vec![1.0, 1.0], vec![1.0, 1.0]),
        (vec![1.0, 1.0], vec![1.0, 0.0], vec![1.0, 1.0]),
    ] {
        assert!(BetaMixture::new(&w, &a, &b).quantile(0.5).is_nan());
        assert!(GammaMixture::new(&w, &a, &b).quantile(0.5).is_nan());
        assert!(BetaMixture::new(&w, &a, &b).cdf(0.5).is_nan());
    }
}
