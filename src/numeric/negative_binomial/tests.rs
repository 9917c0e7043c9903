#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounds of enumerations

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
fn a_negative_shape_is_a_binomial_distribution() {
    for (trials, p) in [(1.0, 0.4), (3.0, 0.9), (12.0, 0.3), (400.0, 0.55)] {
        let count = NegativeBinomial::new(trials * p, -trials);
        let (mut below, mut mass, mut mean, mut square) = (0.0, (1.0 - p).powf(trials), 0.0, 0.0);
        let mut y = 0.0;
        while y <= trials {
            below += mass;
            assert_relative_eq!(count.ln_mass(y).exp(), mass, max_relative = 1e-9);
            assert_relative_eq!(count.cdf(y), below, max_relative = 1e-9);
            assert_relative_eq!(count.sf(y), 1.0 - below, epsilon = 1e-9);
            mean += y * mass;
            square += y * y * mass;
            mass *= (trials - y) / (y + 1.0) * p / (1.0 - p);
            y += 1.0;
        }
        assert_relative_eq!(mean, trials * p, max_relative = 1e-9);
        assert_relative_eq!(count.sd(), (square - mean * mean).sqrt(), max_relative = 1e-6);
        for y in [0.0, 1.0, (trials * p).round(), trials, trials + 2.0] {
            let square = |k: f64| (count.cdf(k) - f64::from(u8::from(k >= y))).powi(2);
            let score: f64 = (0..trials as u32 + 5).map(|k| square(f64::from(k))).sum();
            assert_relative_eq!(count.crps(y), score, max_relative = 1e-9, epsilon = 1e-12);
        }
        let [ninety] = count.intervals([0.9]);
        let middle = |y: f64| 0.5 * (count.cdf(y) + count.cdf(y - 1.0));
        assert!((0.05..=0.95).contains(&middle(ninety.low)) && (0.05..=0.95).contains(&middle(ninety.high)));
        // excluded, and no infinite score all the same
        assert!(count.ln_mass(trials + 1.0) < -4.0 && count.ln_mass(trials + 1.0).is_finite());
    }
    // trials are rounded up, and never fewer than could fail
    assert_eq!(NegativeBinomial::new(2.0, -3.4), NegativeBinomial::new(2.0, -4.0));
    assert!(NegativeBinomial::new(3.0, -3.0).ln_mass(2.0).is_finite());
}

#[test]
fn a_mean_of_zero_expects_nothing() {
    let count = NegativeBinomial::new(0.0, 2.0);
    assert_eq!(count.cdf(0.0), 1.0);
    assert!(count.ln_mass(1.0) < -600.0 && count.ln_mass(1.0).is_finite());
    assert_eq!(count.intervals([0.9]), [CountInterval { low: 0.0, high: 0.0, mass: 1.0 }]);
}

#[test]
fn intervals_are_as_by_hand() {
    // Poisson of mean 2: F = 0.1353, 0.4060, 0.6767, 0.8571, 0.9473, 0.9834, so the middles of the steps are 0.0677,
    // 0.2707, 0.5413, 0.7669, 0.9022, 0.9654
    let [half, ninety] = NegativeBinomial::new(2.0, f64::INFINITY).intervals([0.5, 0.9]);
    let zero = (-2.0_f64).exp();
    assert_eq!(([half.low, half.high], [ninety.low, ninety.high]), ([1.0, 2.0], [0.0, 4.0]));
    assert_relative_eq!(half.mass, zero * (2.0 + 2.0), max_relative = 1e-12);
    assert_relative_eq!(ninety.mass, zero * (1.0 + 2.0 + 2.0 + 8.0 / 6.0 + 16.0 / 24.0), max_relative = 1e-12);
    // next to nothing: zero alone, which nearly always comes
    let [small] = NegativeBinomial::new(0.01, f64::INFINITY).intervals([0.9]);
    assert_eq!([small.low, small.high], [0.0, 0.0]);
    assert_relative_eq!(small.mass, (-0.01_f64).exp(), max_relative = 1e-12);
}

#[test]
fn intervals_are_those_of_enumeration() {
    let levels = [0.5, 0.8, 0.9, 0.95];
    for m in MEANS {
        for s in SHAPES {
            let count = NegativeBinomial::new(m, s);
            if count.steps().is_none() {
                continue;
            }
            for (level, interval) in levels.into_iter().zip(count.intervals(levels)) {
                let tail = 0.5 * (1.0 - level);
                let (mut held, mut mass, mut below) = (Vec::new(), 0.0, 0.0);
                // beyond 40 standard deviations there is less than rounding
                for k in 0..(m + 40.0 * count.sd() + 60.0) as u32 {
                    let k = f64::from(k);
                    let at = count.ln_mass(k).exp();
                    // a whisker beside the tie itself either is right
                    if below + 0.5 * at >= tail && below + 0.5 * at <= 1.0 - tail {
                        held.push(k);
                        mass += at;
                    }
                    below += at;
                }
                assert_eq!([interval.low, interval.high], [held[0], held[held.len() - 1]], "{m} {s} {level}");
                assert_eq!(interval.high - interval.low + 1.0, held.len() as f64);
                assert_relative_eq!(interval.mass, mass, epsilon = 1e-9);
            }
        }
    }
}

#[test]
fn intervals_hold_about_their_level() {
    // over means of every size from a few conversions on: usual ends would hold 0.93 of them
    let means: Vec<f64> = (0..400).map(|step| 3.0 * 1.01_f64.powi(step)).collect();
    for shape in [4.0, 50.0, f64::INFINITY] {
        let masses = means.iter().map(|&mean| NegativeBinomial::new(mean, shape).intervals([0.9])[0].mass);
        let average = masses.sum::<f64>() / means.len() as f64;
        assert!((average - 0.9).abs() < 0.01, "{shape}: {average}");
    }
    // beyond the longest walk counts are so large that whole ends make no difference
    let [large] = NegativeBinomial::new(1e9, 50.0).intervals([0.9]);
    assert!((large.mass - 0.9).abs() < 1e-3, "{large:?}");
    assert!((NegativeBinomial::new(1e9, 50.0).cdf(large.low) - 0.05).abs() < 1e-3);
}
