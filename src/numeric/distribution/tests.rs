#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use approx::assert_relative_eq;

use super::*;
use crate::numeric::expansion::Expansion;

/// Shapes on both sides of every switch of method.
const SHAPES: [f64; 16] = [0.01, 0.3, 1.0, 2.5, 9.0, 29.0, 31.0, 99.0, 101.0, 149.0, 151.0, 500.0, 3e3, 5e4, 1e6, 1e8];

fn places() -> impl Iterator<Item = f64> {
    (-80..=80).map(|i| 0.1 * f64::from(i))
}

#[test]
fn tails_of_the_beta_add_up_to_one_and_grow() {
    for a in SHAPES {
        for b in SHAPES {
            let beta = Beta::new(a, b);
            let (mean, sd) = (a / (a + b), (a * b / (a + b + 1.0)).sqrt() / (a + b));
            let mut last = 0.0;
            for x in places().map(|z| mean + z * sd).filter(|x| *x > 0.0 && *x < 1.0) {
                let (cdf, sf) = (beta.cdf(x), beta.sf(x));
                assert_relative_eq!(cdf + sf, 1.0, max_relative = 1e-12);
                assert!(cdf >= last * (1.0 - 1e-11), "{a} {b} {x}: {cdf} after {last}");
                last = cdf;
            }
        }
    }
}

#[test]
fn tails_of_the_gamma_add_up_to_one_and_grow() {
    for shape in SHAPES {
        let gamma = Gamma::new(shape, 2.0);
        let mut last = 0.0;
        for x in places().map(|z| 0.5 * (shape + z * shape.sqrt())).filter(|x| *x > 0.0) {
            let (cdf, sf) = (gamma.cdf(x), gamma.sf(x));
            assert_relative_eq!(cdf + sf, 1.0, max_relative = 1e-12);
            assert!(cdf >= last * (1.0 - 1e-11), "{shape} {x}: {cdf} after {last}");
            last = cdf;
        }
    }
}

#[test]
fn beta_mirrors_when_its_shapes_are_swapped() {
    for (a, b) in [(0.3, 5.0), (40.0, 70.0), (500.0, 200.0), (1e6, 3e6)] {
        for x in [0.125, 0.25, 0.5, 0.75] {
            assert_relative_eq!(Beta::new(a, b).cdf(x), Beta::new(b, a).sf(1.0 - x), max_relative = 1e-13);
        }
    }
}

#[test]
fn expansion_and_fraction_agree_where_both_hold() {
    for (a, b) in [(101.0, 101.0), (160.0, 1e5), (450.0, 1e3), (2.5e3, 1e8), (5e4, 6e4)] {
        let (beta, expansion) = (Beta::new(a, b), Expansion::beta(a, b).unwrap());
        let sd = (a * b / (a + b + 1.0)).sqrt() / (a + b);
        for z in [-6.0, -3.0, -1.0, -0.1, 0.0] {
            let x: f64 = a / (a + b) + z * sd;
            let excess = (a + b) * x - a;
            let distance = deviance(a, a + excess, excess) + deviance(b, b - excess, -excess);
            let expected = lower_beta(a, b * x, x, 1.0 - x);
            if let Some(ratio) = expansion.ratio(distance, true) {
                // z² units in the last place come from x itself
                assert_relative_eq!(ratio, expected, max_relative = 1e-12);
            }
            assert_relative_eq!(beta.at(x, 1.0 - x).ratio, expected, max_relative = 1e-12);
        }
    }
    for shape in [31.0, 200.0, 1e4] {
        let expansion = Expansion::gamma(shape).unwrap();
        for z in [0.2_f64, 1.0, 3.0] {
            let t = shape + 1.0 + z * shape.sqrt();
            let ratio = expansion.ratio(deviance(shape, t, t - shape), false).unwrap();
            assert_relative_eq!(ratio, upper_gamma(shape, t), max_relative = 1e-12);
        }
    }
}

#[test]
fn density_is_the_slope_of_the_distribution_function() {
    for (a, b, x) in [(0.5, 3.0, 0.01), (3.0, 300.0, 0.01), (200.0, 900.0, 0.18)] {
        let beta = Beta::new(a, b);
        let h = 1e-5 * x;
        let slope = (beta.cdf(x + h) - beta.cdf(x - h)) / (2.0 * h);
        // central difference: h² of the third derivative
        assert_relative_eq!(beta.pdf(x), slope, max_relative = 1e-6);
        let gamma = Gamma::new(a, b);
        let slope = (gamma.cdf(x + h) - gamma.cdf(x - h)) / (2.0 * h);
        assert_relative_eq!(gamma.pdf(x), slope, max_relative = 1e-6);
    }
}

#[test]
fn closed_forms_are_met() {
    for x in [1e-9, 0.1, 0.7] {
        assert_relative_eq!(Beta::new(1.0, 1.0).cdf(x), x, max_relative = 1e-14);
        assert_relative_eq!(Beta::new(3.0, 1.0).cdf(x), x.powi(3), max_relative = 1e-14);
        assert_relative_eq!(Beta::new(1.0, 50.0).cdf(x), -(50.0 * (-x).ln_1p()).exp_m1(), max_relative = 1e-13);
        assert_relative_eq!(Gamma::new(1.0, 4.0).cdf(x), -(-4.0 * x).exp_m1(), max_relative = 1e-13);
    }
}

#[test]
fn ends_of_the_support_and_bad_parameters() {
    let beta = Beta::new(1.0, 4.0);
    assert_eq!([beta.cdf(0.0), beta.cdf(1.0), beta.sf(-1.0), beta.sf(2.0)], [0.0, 1.0, 1.0, 0.0]);
    assert_eq!([beta.pdf(0.0), beta.pdf(1.0), beta.pdf(1.5)], [4.0, 0.0, 0.0]);
    assert_eq!(Beta::new(0.5, 4.0).pdf(0.0), f64::INFINITY);
    let gamma = Gamma::new(2.0, 4.0);
    assert_eq!([gamma.cdf(0.0), gamma.cdf(f64::INFINITY), gamma.sf(-1.0)], [0.0, 1.0, 1.0]);
    assert_eq!([gamma.pdf(0.0), gamma.pdf(-1.0), gamma.pdf(f64::INFINITY)], [0.0, 0.0, 0.0]);
    for (first, second) in [(0.0, 1.0), (1.0, -2.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert!(Beta::new(first, second).cdf(0.5).is_nan());
        assert!(Gamma::new(first, second).sf(0.5).is_nan());
    }
}
