//! Finite mixtures of beta or of gamma distributions: distribution function and quantile.
//!
//! In: weights (any positive scale) and parameters, one per component. Out: tails and quantiles.
//! A quantile starts at that of the single distribution with the mixture's mean and variance and
//! takes safeguarded Halley steps on the mixture; two or three evaluations of every component are
//! usual. Relative error below 10⁻⁷ (of x, and where the density is not zero over a wide gap).
//! Quantiles below 10⁻³⁰⁴ (gamma: of the mean) come out as that bound.
//! Lists of unequal length, no positive weight or an invalid component give `NaN`.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use super::distribution::{Beta, Gamma, Place};
use super::quantile::{LogTail, Target, end_of_support, logistic};
use super::special::normal_quantile;

/// Error aimed at in logit x or ln x; a hundredth of what is promised.
const TOLERANCE: f64 = 1e-9;

/// Mixture Σ wᵢ Beta(aᵢ, bᵢ).
#[derive(Clone, Debug)]
pub struct BetaMixture {
    parts: Vec<(f64, Beta)>,
}

/// Mixture Σ wᵢ Gamma(shapeᵢ, rateᵢ).
#[derive(Clone, Debug)]
pub struct GammaMixture {
    parts: Vec<(f64, Gamma)>,
}

/// Weights scaled to one, components of weight zero left out; empty if anything is invalid.
fn prepare<D>(
    weights: &[f64],
    first: &[f64],
    second: &[f64],
    new: impl Fn(f64, f64) -> D,
    valid: impl Fn(&D) -> bool,
) -> Vec<(f64, D)> {
    let total: f64 = weights.iter().sum();
    let same_length = weights.len() == first.len() && weights.len() == second.len();
    let positive = total > 0.0 && total < f64::INFINITY && weights.iter().all(|&w| w >= 0.0);
    if !(same_length && positive) {
        return Vec::new();
    }
    let parts: Vec<(f64, D)> = (weights.iter().zip(first).zip(second))
        .filter(|((w, _), _)| **w > 0.0)
        .map(|((w, &a), &b)| (w / total, new(a, b)))
        .collect();
    if parts.iter().all(|(_, part)| valid(part)) { parts } else { Vec::new() }
}

/// Logarithm of a tail of the mixture with derivatives, from its components at one place.
fn log_tail(places: impl Iterator<Item = (f64, Place)>, lower: bool) -> LogTail {
    let (mut tail, mut kernel, mut change) = (0.0, 0.0, 0.0);
    for (weight, place) in places {
        let part = weight * place.ln_kernel.exp();
        tail += if lower == place.below { part * place.ratio } else { weight - part * place.ratio };
        kernel += part;
        if part > 0.0 {
            change += part * place.drift;
        }
    }
    let tail = tail.max(0.0);
    LogTail { ln_tail: tail.ln(), slope: kernel / tail, drift: change / kernel }
}

/// Mean and variance of the mixture from those of its components.
fn moments<D>(parts: &[(f64, D)], moments: impl Fn(&D) -> (f64, f64)) -> (f64, f64) {
    let mean: f64 = parts.iter().map(|(w, part)| w * moments(part).0).sum();
    let variance = parts.iter().map(|(w, part)| {
        let (m, v) = moments(part);
        w * (v + (m - mean) * (m - mean))
    });
    (mean, variance.sum())
}

impl BetaMixture {
    /// Prepares the mixture; invalid input makes all answers `NaN`.
    #[must_use]
    pub fn new(weights: &[f64], a: &[f64], b: &[f64]) -> Self {
        Self { parts: prepare(weights, a, b, Beta::new, Beta::is_valid) }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        sum_or_nan(&self.parts, |part| part.cdf(x))
    }

    /// Probability of more than `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        sum_or_nan(&self.parts, |part| part.sf(x))
    }

    /// Quantile; 0 at p = 0, 1 at p = 1, `NaN` for invalid input.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.quantile_within(p, TOLERANCE)
    }

    /// The same with an error of some `tolerance` in logit x.
    #[must_use]
    pub fn quantile_within(&self, p: f64, tolerance: f64) -> f64 {
        if let Some(end) = end_of_support(p, !self.parts.is_empty(), 1.0) {
            return end;
        }
        if let [(_, single)] = self.parts[..] {
            return single.quantile(p);
        }
        let (mean, variance) = moments(&self.parts, |part| {
            let mean = part.a / (part.a + part.b);
            (mean, mean * (1.0 - mean) / (part.a + part.b + 1.0))
        });
        let strength = (mean * (1.0 - mean) / variance - 1.0).max(f64::MIN_POSITIVE);
        let single = Beta::new(mean * strength, (1.0 - mean) * strength);
        let start = if tolerance > TOLERANCE { single.logit_near(p) } else { single.logit_quantile(p) };
        let start = if start.is_nan() { (mean / (1.0 - mean)).ln() } else { start };
        let target = Target::new(p);
        let logit = target.solve(start, tolerance, |u| {
            let (x, y) = logistic(u);
            log_tail(self.parts.iter().map(|(w, part)| (*w, part.at(x, y))), target.lower)
        });
        logistic(logit).0
    }
}

impl GammaMixture {
    /// Prepares the mixture; invalid input makes all answers `NaN`.
    #[must_use]
    pub fn new(weights: &[f64], shape: &[f64], rate: &[f64]) -> Self {
        Self { parts: prepare(weights, shape, rate, Gamma::new, Gamma::is_valid) }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        sum_or_nan(&self.parts, |part| part.cdf(x))
    }

    /// Probability of more than `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        sum_or_nan(&self.parts, |part| part.sf(x))
    }

    /// Quantile; 0 at p = 0, ∞ at p = 1, `NaN` for invalid input.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.quantile_within(p, TOLERANCE)
    }

    /// The same with a relative error of some `tolerance`.
    #[must_use]
    pub fn quantile_within(&self, p: f64, tolerance: f64) -> f64 {
        if let Some(end) = end_of_support(p, !self.parts.is_empty(), f64::INFINITY) {
            return end;
        }
        if let [(_, single)] = self.parts[..] {
            return single.quantile(p);
        }
        let (mean, variance) =
            moments(&self.parts, |part| (part.shape / part.rate, part.shape / part.rate / part.rate));
        // in units of the mean, so that the search is the same for any currency
        let shape = mean / variance * mean;
        let start = match cube_root(p, shape).filter(|_| tolerance > TOLERANCE) {
            Some(near) => near,
            None => Gamma::new(shape, 1.0).ln_quantile(p) - shape.ln(),
        };
        let start = if start.is_nan() { 0.0 } else { start };
        let target = Target::new(p);
        let ln_x = target.solve(start, tolerance, |u| {
            let x = u.exp() * mean;
            log_tail(self.parts.iter().map(|(w, part)| (*w, part.at(x * part.rate))), target.lower)
        });
        ln_x.exp() * mean
    }
}

/// ln of the quantile of Gamma(shape, shape) to some three digits, by the normal law of its cube root; `None`
/// where that is no use.
///
/// Source: Wilson and Hilferty (1931), "The distribution of chi-square".
fn cube_root(p: f64, shape: f64) -> Option<f64> {
    let root = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(p) / (3.0 * shape.sqrt());
    (shape > 0.5 && root > 0.2).then(|| 3.0 * root.ln())
}

fn sum_or_nan<D>(parts: &[(f64, D)], value: impl Fn(&D) -> f64) -> f64 {
    if parts.is_empty() {
        return f64::NAN;
    }
    parts.iter().map(|(w, part)| w * value(part)).sum()
}

#[cfg(test)]
mod tests;
