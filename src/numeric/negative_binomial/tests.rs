use super::*;
use crate::numeric::special::ln_gamma;
use approx::assert_relative_eq;

const SHAPES: [f64; 6] = [0.05, 0.7, 3.0, 250.0, 1e7, f64::INFINITY];
const MEANS: [f64; 5] = [0.003, 0.6, 7.5, 120.0, 1500.0];

/// The textbook formula.
fn plain(m: f64, s: f64, y: f64) -> f64 {
    if s.is_infinite() {
        return y * m.ln() - m - ln_gamma(y + 1.0);
    }
    ln_gamma(y + s) - ln_gamma(s) - ln_gamma(y + 1.0) - s * (m / s).ln_1p() + y * (m / (s + m)).ln()
}

#[test]
fn mass_agrees_with_the_textbook_formula() {
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            for y in [0.0, 0.25, 1.0, 2.0, 17.0, 130.0, 1480.0] {
                // the textbook formula itself loses digits at large shapes
                let lost = if s.is_infinite() { 0.0 } else { 1e-15 * s * s.ln().abs() };
                let expected = plain(m, s, y);
                assert!((count.ln_mass(y) - expected).abs() <= 1e-12 * expected.abs().max(1.0) + lost, "{m} {s} {y}");
            }
        }
    }
}

#[test]
fn a_huge_shape_is_a_poisson_count() {
    for y in [0.0, 3.0, 40.0] {
        let (poisson, nearly) = (NegativeBinomial::new(7.0, f64::INFINITY), NegativeBinomial::new(7.0, 1e11));
        assert_relative_eq!(nearly.ln_mass(y), poisson.ln_mass(y), max_relative = 1e-8);
        assert_relative_eq!(nearly.cdf(y), poisson.cdf(y), max_relative = 1e-8);
    }
}

#[test]
fn distribution_function_sums_the_masses() {
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            let mut sum = 0.0;
            for y in (0..2000).map(f64::from) {
                sum += count.ln_mass(y).exp();
                if y < 40.0 || y % 97.0 == 0.0 {
                    assert_relative_eq!(count.cdf(y), sum, max_relative = 1e-9, epsilon = 1e-13);
                    assert_relative_eq!(count.sf(y), 1.0 - sum, epsilon = 1e-10);
                }
            }
        }
    }
}

/// Σ (F(k) − 1{k ≥ y})², term by term, with the interval that holds a fractional outcome cut in two.
fn brute(count: NegativeBinomial, y: f64, most: u32) -> f64 {
    let (mut below, mut score) = (0.0, 0.0);
    for k in 0..most {
        let k = f64::from(k);
        below += count.ln_mass(k).exp();
        let before = (y - k).clamp(0.0, 1.0);
        score += before * below * below + (1.0 - before) * (1.0 - below) * (1.0 - below);
    }
    score
}

#[test]
fn ranked_score_agrees_with_brute_force() {
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            if count.sd() > 400.0 {
                continue;
            }
            for y in [0.0, 0.3, 1.0, 6.0, 110.0, 1600.0, 2500.0] {
                let most = if count.sd() < 30.0 { 4000 } else { 20_000 };
                assert_relative_eq!(count.crps(y), brute(count, y, most), max_relative = 1e-9, epsilon = 1e-11);
            }
        }
    }
}

#[test]
fn ranked_score_of_long_supports_is_that_of_a_gamma() {
    // just beyond the longest walk, where the approximation is at its worst
    for (m, s) in [(6000.0, 7.0), (3000.0, 1.6)] {
        let count = NegativeBinomial::new(m, s);
        assert!(count.steps().is_none());
        for y in [0.0, 900.0, 5500.0, 12_000.0] {
            assert_relative_eq!(count.crps(y), brute(count, y, 120_000), max_relative = 2e-3);
        }
    }
    let (m, s) = (5e6_f64, f64::INFINITY);
    // a normal forecast at its mean: sd (√2 − 1)/√π (Gneiting and Raftery 2007, equation 5)
    let normal = m.sqrt() * (std::f64::consts::SQRT_2 - 1.0) / std::f64::consts::PI.sqrt();
    assert_relative_eq!(NegativeBinomial::new(m, s).crps(m), normal, max_relative = 1e-3);
}

#[test]
fn quantiles_are_the_first_counts_that_reach_the_level() {
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            let levels = [0.05, 0.25, 0.5, 0.95];
            for (level, quantile) in levels.into_iter().zip(count.quantiles(levels)) {
                assert!(count.cdf(quantile) >= level - 1e-11, "{m} {s} {level}: {quantile}");
                assert!(quantile <= 0.0 || count.cdf(quantile - 1.0) < level + 1e-11, "{m} {s} {level}: {quantile}");
            }
        }
    }
    let [low, high] = NegativeBinomial::new(1e7, 400.0).quantiles([0.05, 0.95]);
    let count = NegativeBinomial::new(1e7, 400.0);
    assert!((count.cdf(low) - 0.05).abs() < 1e-4 && (count.cdf(high) - 0.95).abs() < 1e-4);
}

#[test]
fn a_mean_of_zero_expects_nothing() {
    let count = NegativeBinomial::new(0.0, 2.0);
    assert_eq!(count.cdf(0.0), 1.0);
    assert!(count.ln_mass(1.0) < -600.0 && count.ln_mass(1.0).is_finite());
    assert_eq!(count.quantiles([0.05, 0.95]), [0.0, 0.0]);
}

#[test]
fn interval_mass_is_as_by_hand() {
    // Poisson of mean 2: F = 0.1353, 0.4060, 0.6767, 0.8571, 0.9473, 0.9834, so the 90% interval is 0 to 5, the 50%
    // interval 1 to 3
    let [half, ninety] = NegativeBinomial::new(2.0, f64::INFINITY).interval_mass([0.5, 0.9]);
    let zero = (-2.0_f64).exp();
    assert_relative_eq!(half, zero * (2.0 + 2.0 + 8.0 / 6.0), max_relative = 1e-12);
    assert_relative_eq!(
        ninety,
        zero * (1.0 + 2.0 + 2.0 + 8.0 / 6.0 + 16.0 / 24.0 + 32.0 / 120.0),
        max_relative = 1e-12
    );
    // next to nothing: zero alone, which nearly always comes
    let [mass] = NegativeBinomial::new(0.01, f64::INFINITY).interval_mass([0.9]);
    assert_relative_eq!(mass, (-0.01_f64).exp(), max_relative = 1e-12);
}

#[test]
fn interval_mass_is_that_between_the_quantiles() {
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            for (level, mass) in [0.5, 0.8, 0.9, 0.95].into_iter().zip(count.interval_mass([0.5, 0.8, 0.9, 0.95])) {
                let tail = 0.5 * (1.0 - level);
                let [low, high] = count.quantiles([tail, 1.0 - tail]);
                // what a walk leaves out, and the rounding of some thousand additions
                assert!((mass - (count.cdf(high) - count.cdf(low - 1.0))).abs() < 1e-10, "{m} {s} {level}");
                assert!(mass >= level - 1e-10 && mass <= 1.0 + 1e-12, "{m} {s} {level}: {mass}");
            }
        }
    }
    // beyond the longest walk counts are so large that whole ends make no difference
    let [mass] = NegativeBinomial::new(1e9, 50.0).interval_mass([0.9]);
    assert!((mass - 0.9).abs() < 1e-3, "{mass}");
}
