#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use approx::assert_relative_eq;

use super::*;

const PROBABILITIES: [f64; 13] =
    [1e-10, 1e-7, 1e-4, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0 - 1e-4, 1.0 - 1e-7, 1.0 - 1e-10];

const SHAPES: [f64; 14] = [0.01, 0.05, 0.4, 1.0, 1.1, 3.0, 12.0, 29.9, 60.0, 130.0, 900.0, 4e4, 1e6, 1e8];

/// The accuracy promised is 1e-9; what is reached is held here, so that a loss is noticed.
const RELATIVE: f64 = 2e-12;

/// Rows of a table of four columns after its note and its header.
fn rows(table: &'static str) -> impl Iterator<Item = [f64; 4]> {
    table.lines().skip(2).map(|line| {
        let mut numbers = line.split(',').map(|number| number.parse().unwrap());
        std::array::from_fn(|_| numbers.next().unwrap())
    })
}

fn check(table: &'static str, quantile: fn(f64, f64, f64) -> f64) {
    for [p, first, second, expected] in rows(table) {
        let found = quantile(p, first, second);
        let error = (found / expected - 1.0).abs();
        assert!(error < RELATIVE, "p {p}, {first}, {second}: {found} for {expected}, off by {error:e}");
    }
}

#[test]
fn beta_quantiles_match_the_reference() {
    check(include_str!("../../../tests/golden/beta_quantile.csv"), beta_quantile);
}

#[test]
fn gamma_quantiles_match_the_reference() {
    check(include_str!("../../../tests/golden/gamma_quantile.csv"), gamma_quantile);
}

#[test]
fn distribution_function_of_the_quantile_is_the_probability_and_order_is_kept() {
    for a in SHAPES {
        for b in SHAPES {
            let (beta, mut last) = (Beta::new(a, b), 0.0);
            for p in PROBABILITIES {
                let x = beta.quantile(p);
                assert!(x >= last && x <= 1.0, "{a} {b} {p}: {x} after {last}");
                last = x;
                if x > 1e-300 && x < 0.99 {
                    // rounding of x moves the tail by up to the slope of its logarithm
                    let slope = x * beta.pdf(x) / p.min(1.0 - p);
                    let error = if p < 0.5 { beta.cdf(x) / p } else { beta.sf(x) / (1.0 - p) } - 1.0;
                    assert!(error.abs() < 1e-12 * (1.0 + slope), "{a} {b} {p}: {x} off by {error:e}");
                }
            }
        }
        let (gamma, mut last) = (Gamma::new(a, 1e-3), 0.0);
        for p in PROBABILITIES {
            let x = gamma.quantile(p);
            assert!(x >= last && x.is_finite(), "{a} {p}: {x} after {last}");
            last = x;
            if x > 1e-300 {
                let slope = x * gamma.pdf(x) / p.min(1.0 - p);
                let error = if p < 0.5 { gamma.cdf(x) / p } else { gamma.sf(x) / (1.0 - p) } - 1.0;
                assert!(error.abs() < 1e-12 * (1.0 + slope), "{a} {p}: {x} off by {error:e}");
            }
        }
    }
}

#[test]
fn beta_quantiles_mirror_when_shapes_are_swapped() {
    for (a, b) in [(0.4, 0.9), (3.0, 8.0), (45.0, 30.0), (2e3, 5e3)] {
        for p in [0.0625, 0.25, 0.5, 0.75] {
            let (x, y) = (beta_quantile(p, a, b), beta_quantile(1.0 - p, b, a));
            assert_relative_eq!(x + y, 1.0, max_relative = 1e-14);
        }
    }
}

#[test]
fn few_evaluations_are_enough() {
    let mut most = 0;
    for a in SHAPES {
        for b in SHAPES {
            let beta = Beta::new(a, b);
            for p in PROBABILITIES {
                let target = Target::new(p);
                let mut count = 0;
                target.solve(beta.logit_near(p), TOLERANCE, |u| {
                    count += 1;
                    let (x, y) = logistic(u);
                    let place = beta.at(x, y);
                    let (ln_tail, slope) = place.ln_tail(target.lower);
                    LogTail { ln_tail, slope, drift: place.drift }
                });
                if beta.quantile(p) > 0.0 && beta.quantile(p) < 1.0 {
                    most = most.max(count);
                }
            }
        }
    }
    assert!(most <= 6, "{most}");
}

#[test]
fn ends_and_bad_input() {
    assert_eq!([beta_quantile(0.0, 2.0, 3.0), beta_quantile(1.0, 2.0, 3.0)], [0.0, 1.0]);
    assert_eq!([gamma_quantile(0.0, 2.0, 3.0), gamma_quantile(1.0, 2.0, 3.0)], [0.0, f64::INFINITY]);
    for (p, first, second) in
        [(-0.1, 1.0, 1.0), (1.1, 1.0, 1.0), (f64::NAN, 1.0, 1.0), (0.5, 0.0, 1.0), (0.5, 1.0, f64::NAN)]
    {
        assert!(beta_quantile(p, first, second).is_nan());
        assert!(gamma_quantile(p, first, second).is_nan());
    }
}

#[test]
fn quantiles_too_small_for_a_float_are_zero() {
    assert_eq!(beta_quantile(1e-10, 0.01, 5.0), 0.0);
    assert_eq!(gamma_quantile(1e-10, 0.01, 5.0), 0.0);
}
