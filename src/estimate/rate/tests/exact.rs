//! Means, deviations and tails against integrals on wide and fine lattices, written down from the densities.

use super::*;
use crate::numeric::special::{beta_cdf, gamma_cdf, ln_beta, ln_gamma};
use approx::assert_relative_eq;

/// ln of the marginal likelihood of one term, written down from the densities.
fn ln_marginal(model: RateModel, mean: f64, strength: f64, (n, y): (f64, f64)) -> f64 {
    let a = mean * strength;
    match model {
        RateModel::BetaBinomial => {
            let b = (1.0 - mean) * strength;
            ln_beta(a + y, b + n - y) - ln_beta(a, b)
        }
        RateModel::GammaPoisson => a * strength.ln() - ln_gamma(a) + ln_gamma(a + y) - (a + y) * (strength + n).ln(),
    }
}

/// Mean and ln density (with respect to t) of the prior with the given shape parameters.
fn ln_prior(model: RateModel, t: f64, a: f64, b: f64) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => {
            let mean = 1.0 / (1.0 + (-t).exp());
            (mean, a * mean.ln() + b * (1.0 - mean).ln() - ln_beta(a, b))
        }
        RateModel::GammaPoisson => (t.exp(), a * t - b * t.exp() + a * b.ln() - ln_gamma(a)),
    }
}

fn conditional(model: RateModel, mean: f64, strength: f64, (n, y): (f64, f64)) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => (mean * strength + y, (1.0 - mean) * strength + n - y),
        RateModel::GammaPoisson => (mean * strength + y, strength + n),
    }
}

fn conditional_moments(model: RateModel, (a, b): (f64, f64)) -> (f64, f64) {
    match model {
        RateModel::BetaBinomial => (a / (a + b), a * b / (a + b).powi(2) / (a + b + 1.0)),
        RateModel::GammaPoisson => (a / b, a / b / b),
    }
}

fn conditional_cdf(model: RateModel, x: f64, (a, b): (f64, f64)) -> f64 {
    match model {
        RateModel::BetaBinomial => beta_cdf(x, a, b),
        RateModel::GammaPoisson => gamma_cdf(x, a, b),
    }
}

/// Mean, sd and the probabilities below `at` of a term under a weighted list of (weight, μ, κ).
fn brute_summary(model: RateModel, hyper: &[(f64, f64, f64)], term: (f64, f64), at: [f64; 2]) -> (f64, f64, [f64; 2]) {
    let total: f64 = hyper.iter().map(|point| point.0).sum();
    let (mut first, mut second, mut below) = (0.0, 0.0, [0.0; 2]);
    for &(weight, mean, strength) in hyper.iter().filter(|point| point.0 > 1e-13 * total) {
        let parameters = conditional(model, mean, strength, term);
        let (m, v) = conditional_moments(model, parameters);
        first += weight * m / total;
        second += weight * (v + m * m) / total;
        for k in 0..2 {
            below[k] += weight * conditional_cdf(model, at[k], parameters) / total;
        }
    }
    (first, (second - first * first).sqrt(), below)
}

#[test]
fn single_campaign_agrees_with_brute_force() {
    let terms = [(40.0, 3.0), (1200.0, 25.0), (0.0, 0.0), (7.0, 0.0), (300.0, 21.0), (90.0, 2.0)];
    for model in MODELS {
        let posterior = fitted(model, &flat(&terms));
        // wide and fine: 0.12 in t and 0.15 in ln κ are far below every width, tails end at e⁻²⁵
        let mut hyper = Vec::new();
        let mut top = f64::NEG_INFINITY;
        for i in 0..160 {
            let t = -14.0 + 0.12 * f64::from(i);
            for j in 0..400 {
                let u = -26.0 + 0.15 * f64::from(j);
                let (mean, prior) = ln_prior(model, t, 1.0, 1.0);
                let strength = f64::exp(u);
                let mut ln = prior + ln_prior_strength(u);
                for &term in &terms {
                    ln += ln_marginal(model, mean, strength, term);
                }
                top = top.max(ln);
                hyper.push((ln, mean, strength));
            }
        }
        for point in &mut hyper {
            point.0 = (point.0 - top).exp();
        }
        hyper.retain(|point| point.0 > 1e-11);
        for (i, &term) in terms.iter().enumerate() {
            let at = [posterior.lower[i], posterior.upper[i]];
            let (mean, sd, below) = brute_summary(model, &hyper, term, at);
            assert_relative_eq!(posterior.mean[i], mean, max_relative = 2e-6);
            // gamma-Poisson without data: the variance has a 1/κ in it, so the tails of κ count for more
            assert_relative_eq!(posterior.sd[i], sd, max_relative = 2e-5);
            // ends are found to 1e-5 of themselves
            assert_relative_eq!(below[0], 0.05, epsilon = 4e-6);
            assert_relative_eq!(below[1], 0.95, epsilon = 4e-6);
        }
    }
}

/// What the terms of three campaigns are drawn from: weighted (weight, μ, κ) of each campaign on wide and fine lattices.
///
/// `bound`: c of the factor exp(−c / μκ) of every campaign; `shift` keeps the likelihoods in range; then the ends of the
/// lattices: least t of campaigns and account, largest ln κ.
fn brute_hyper(
    model: RateModel,
    terms: &[(u32, f64, f64)],
    (bound, shift): (f64, f64),
    (lowest, lowest_account, largest): (f64, f64, f64),
) -> Vec<Vec<(f64, f64, f64)>> {
    let range = |from: f64, to: f64, step: f64| {
        let at = move |i: u32| from + step * f64::from(i);
        (0..1000).map(at).filter(|&x| x < to).collect::<Vec<f64>>()
    };
    let times = range(lowest, 3.0, 0.02);
    let outer: Vec<(f64, f64)> = range(lowest_account, 1.7, 0.3)
        .into_iter()
        .flat_map(|t0| range(-0.7, 11.8, 0.6).into_iter().map(move |u| (t0, u)))
        .collect();
    let strengths: Vec<f64> = range(-7.0, largest, 0.6).into_iter().map(f64::exp).collect();
    let priors: Vec<Vec<f64>> = outer
        .iter()
        .map(|&(t0, u)| {
            let (mean, _) = ln_prior(model, t0, 1.0, 1.0);
            let a = mean * u.exp();
            let b = if model == RateModel::BetaBinomial { (1.0 - mean) * u.exp() } else { u.exp() };
            let mut prior: Vec<f64> = times.iter().map(|&t| ln_prior(model, t, a, b).1.exp()).collect();
            // all that lies below the first node, where every likelihood is flat or nothing
            prior[0] += conditional_cdf(model, ln_prior(model, times[0], 1.0, 1.0).0, (a, b)) / 0.02;
            prior
        })
        .collect();
    let mut hyper: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); 3];
    for &strength in &strengths {
        let likelihood: Vec<Vec<f64>> = (0..3)
            .map(|c| {
                let ln = |t: f64| {
                    let mean = ln_prior(model, t, 1.0, 1.0).0;
                    let own = terms.iter().filter(|term| term.0 == c);
                    let sum: f64 = own.map(|term| ln_marginal(model, mean, strength, (term.1, term.2))).sum();
                    sum - bound / (mean * strength)
                };
                times.iter().map(|&t| (ln(t) + shift).exp()).collect()
            })
            .collect();
        let mut mass = vec![vec![0.0; times.len()]; 3];
        for (prior, &(t0, u)) in priors.iter().zip(&outer) {
            let z: Vec<f64> = likelihood.iter().map(|row| row.iter().zip(prior).map(|(l, p)| l * p).sum()).collect();
            let (_, prior_t0) = ln_prior(model, t0, 1.0, 1.0);
            let weight = (prior_t0 - 0.5 * ((u - 200_f64.ln()) / 1.5).powi(2)).exp()
                * ln_prior_strength(strength.ln()).exp()
                * z.iter().product::<f64>();
            for c in 0..3 {
                for j in 0..times.len() {
                    mass[c][j] += weight / z[c].max(1e-250) * prior[j] * likelihood[c][j];
                }
            }
        }
        for c in 0..3 {
            let means = times.iter().map(|&t| ln_prior(model, t, 1.0, 1.0).0);
            hyper[c].extend(mass[c].iter().zip(means).map(|(&w, mean)| (w, mean, strength)));
        }
    }
    hyper
}

#[test]
fn several_campaigns_agree_with_brute_force() {
    let terms = [(0, 60.0, 4.0), (0, 400.0, 13.0), (1, 150.0, 1.0), (1, 900.0, 40.0), (2, 20.0, 0.0)];
    for model in MODELS {
        let posterior = fitted(model, &grouped(&terms, 3));
        let hyper = brute_hyper(model, &terms, (0.0, 240.0), (-10.0, -9.0, 14.5));
        for (i, &(c, n, y)) in terms.iter().enumerate() {
            let at = [posterior.lower[i], posterior.upper[i]];
            let (mean, sd, below) = brute_summary(model, &hyper[c as usize], (n, y), at);
            assert_relative_eq!(posterior.mean[i], mean, max_relative = 2e-4);
            assert_relative_eq!(posterior.sd[i], sd, max_relative = 1e-3);
            assert_relative_eq!(below[0], 0.05, epsilon = 2e-4);
            assert_relative_eq!(below[1], 0.95, epsilon = 2e-4);
        }
    }
}

#[test]
fn several_campaigns_without_conversions_agree_with_brute_force() {
    let terms = [(0, 60.0, 0.0), (0, 400.0, 0.0), (1, 150.0, 0.0), (1, 90.0, 0.0), (2, 20.0, 0.0)];
    for model in MODELS {
        let posterior = fitted(model, &grouped(&terms, 3));
        let hyper = brute_hyper(model, &terms, (BOUND, 0.0), (-16.0, -15.0, 22.0));
        for (i, &(c, n, y)) in terms.iter().enumerate() {
            let at = [posterior.lower[i], posterior.upper[i]];
            let (mean, sd, below) = brute_summary(model, &hyper[c as usize], (n, y), at);
            assert_relative_eq!(posterior.mean[i], mean, max_relative = 1e-3);
            assert_relative_eq!(posterior.sd[i], sd, max_relative = 1e-3);
            assert_relative_eq!(below[0], 0.05, epsilon = 1e-3);
            assert_relative_eq!(below[1], 0.95, epsilon = 5e-4);
        }
    }
}
