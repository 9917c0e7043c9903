//! The likelihood of one campaign's counts, given its mean rate μ and the shared strength κ.
//!
//! It depends on the counts only through the multisets of conversions, misses and clicks, so a
//! million terms cost what their distinct values cost.
//!
//! ```text
//! t    ln(μ / (1 − μ)) for beta-binomial, ln μ for gamma-Poisson
//! κ    pseudo-clicks behind a term's prior
//! l    log-likelihood of all terms of the campaign; constants that depend on the data alone are left out
//! ```

#![allow(clippy::suboptimal_flops)] // see `rising`

use super::histogram::{Histogram, histogram};
use super::rising::{Jet, ln_rising, rising};
use crate::estimate::RateModel;

/// What the likelihood of one campaign needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// Conversions above zero.
    conversions: Histogram,
    /// Clicks minus conversions, above zero (beta-binomial only).
    misses: Histogram,
    /// Clicks above zero.
    clicks: Histogram,
    /// The same, weighted by the terms' conversions (gamma-Poisson only).
    converted: Histogram,
    /// Largest number of clicks of a term, 0 without any.
    most_clicks: f64,
    /// c of a factor exp(−c / μκ) on the prior, which keeps terms from being told apart by no conversions at all.
    bound: f64,
    /// Terms with conversions: the slope of l in t far to the left.
    pub(super) with_conversions: f64,
    /// Terms with misses: minus the slope of l in t far to the right (beta-binomial only).
    pub(super) with_misses: f64,
}

/// One of the two likelihoods with its transformation of the mean rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Family(pub(super) RateModel);

impl Family {
    pub(super) fn is_beta(self) -> bool {
        self.0 == RateModel::BetaBinomial
    }

    /// Mean rate μ and, for beta-binomial, 1 − μ (otherwise 1) at `t`.
    pub(super) fn mean(self, t: f64) -> (f64, f64) {
        if self.is_beta() { (1.0 / (1.0 + (-t).exp()), 1.0 / (1.0 + t.exp())) } else { (t.exp(), 1.0) }
    }

    /// `t` at the mode of [`Self::ln_kernel`], within what `f64` can tell apart from rates 0 and 1.
    pub(super) fn location(shape: f64, other: f64) -> f64 {
        (shape / other).ln().clamp(-60.0, 40.0)
    }

    /// The prior of a campaign's mean with mean at `t0` and strength e^`ln_strength`: (a, b) of beta or
    /// (shape, rate) of gamma.
    pub(super) fn prior(self, t0: f64, ln_strength: f64) -> (f64, f64) {
        let (mean, complement) = self.mean(t0);
        let strength = ln_strength.exp();
        (mean * strength, complement * strength)
    }

    /// ln of the density of t₀: uniform on the account's mean rate, or exponential with mean one.
    pub(super) fn ln_prior_mean(self, t0: f64) -> f64 {
        self.ln_kernel(t0, 1.0, 1.0)
    }

    /// Logarithm of the density of t without its normalization: shape · ln μ + b · ln(1 − μ), or
    /// shape · ln μ − rate · μ.
    pub(super) fn ln_kernel(self, t: f64, shape: f64, other: f64) -> f64 {
        let (first, second) = self.logs(t);
        shape * first + other * second
    }

    /// What the shape and the other parameter are multiplied with in [`Self::ln_kernel`].
    pub(super) fn logs(self, t: f64) -> (f64, f64) {
        if self.is_beta() {
            // ln μ = −ln(1 + e⁻ᵗ), ln(1 − μ) = −ln(1 + eᵗ)
            let tail = (-t.abs()).exp().ln_1p();
            (-tail - (-t).max(0.0), -tail - t.max(0.0))
        } else {
            (t, -t.exp())
        }
    }

    /// ln of ∫ kernel(shape + A, other + B) dt / ∫ kernel(shape, other) dt.
    pub(super) fn ln_growth(self, shape: f64, other: f64, a: f64, b: f64) -> f64 {
        if self.is_beta() {
            ln_rising(shape, a) + ln_rising(other, b) - ln_rising(shape + other, a + b)
        } else {
            ln_rising(shape, a) + shape * other.ln() - (shape + a) * (other + b).ln()
        }
    }

    /// −ln ∫ kernel dt.
    pub(super) fn ln_norm(self, shape: f64, other: f64) -> f64 {
        use crate::numeric::special::{ln_beta, ln_gamma};
        if self.is_beta() { -ln_beta(shape, other) } else { shape * other.ln() - ln_gamma(shape) }
    }
}

impl Group {
    /// From the (clicks, conversions) of the campaign's terms.
    pub(super) fn new(family: Family, terms: &[(f64, f64)], bound: f64) -> Self {
        let conversions = histogram(terms.iter().map(|term| (term.1, 1.0)));
        let clicks = histogram(terms.iter().map(|term| (term.0, 1.0)));
        let (misses, converted) = if family.is_beta() {
            (histogram(terms.iter().map(|term| (term.0 - term.1, 1.0))), Vec::new())
        } else {
            (Vec::new(), histogram(terms.iter().copied()))
        };
        let most_clicks = terms.iter().map(|term| term.0).fold(0.0, f64::max);
        // a campaign without clicks leaves its prior alone
        let bound = if clicks.is_empty() { 0.0 } else { bound };
        let count = |values: &Histogram| values.iter().map(|value| value.1).sum();
        Self {
            with_conversions: count(&conversions),
            with_misses: count(&misses),
            conversions,
            misses,
            clicks,
            converted,
            most_clicks,
            bound,
        }
    }

    /// Whether the campaign has no clicks at all.
    pub(super) fn is_empty(&self) -> bool {
        self.clicks.is_empty()
    }

    /// The largest number of clicks of a term; `None` without any.
    pub(super) fn most_clicks(&self) -> Option<f64> {
        (self.most_clicks > 0.0).then_some(self.most_clicks)
    }

    /// Fixes the strength κ: the part of l that depends on κ alone, and the factor of μκ.
    pub(super) fn at(&self, family: Family, strength: f64) -> AtStrength<'_> {
        let (mut constant, mut exposure) = (0.0, 0.0);
        for &(clicks, terms) in &self.clicks {
            if family.is_beta() {
                constant -= terms * ln_rising(strength, clicks);
            } else {
                exposure += terms * (clicks / strength).ln_1p();
            }
        }
        for &(clicks, conversions) in &self.converted {
            constant -= conversions * (strength + clicks).ln();
        }
        AtStrength { group: self, family, strength, constant, exposure }
    }
}

/// A campaign's log-likelihood at one strength, as a function of t.
pub(super) struct AtStrength<'a> {
    group: &'a Group,
    family: Family,
    strength: f64,
    constant: f64,
    exposure: f64,
}

/// The pair (A, B) and constant with which l(t) ≈ constant + A ln μ + B ln(1 − μ), or A ln μ − B μ:
/// the conversions and misses (or clicks) that the campaign is worth as evidence on its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    pub(super) success: f64,
    pub(super) failure: f64,
    pub(super) constant: f64,
}

impl AtStrength<'_> {
    /// l and its derivatives in t.
    ///
    /// # Formula
    /// Beta-binomial: Σ ln B(μκ + y, (1 − μ)κ + n − y) − ln B(μκ, (1 − μ)κ). Gamma-Poisson:
    /// Σ ln Γ(μκ + y) − ln Γ(μκ) + μκ ln(κ / (κ + n)) − y ln(κ + n).
    pub(super) fn jet(&self, t: f64) -> Jet {
        if self.group.is_empty() {
            return Jet::default();
        }
        let bound = self.bound(t);
        let (mean, complement) = self.family.mean(t);
        let sum = |parameter: f64, values: &Histogram| {
            let parameter = parameter.max(1e-300);
            values.iter().fold(Jet::default(), |total, &(value, count)| {
                let jet = rising(parameter, value);
                Jet {
                    value: total.value + count * jet.value,
                    first: total.first + count * jet.first,
                    second: total.second + count * jet.second,
                }
            })
        };
        let shape = mean * self.strength;
        let success = sum(shape, &self.group.conversions);
        if self.family.is_beta() {
            let failure = sum(complement * self.strength, &self.group.misses);
            let turn = shape * complement;
            let gradient = success.first - failure.first;
            Jet {
                value: self.constant + success.value + failure.value - bound - self.group.bound / self.strength,
                first: turn * gradient + bound,
                second: turn * ((complement - mean) * gradient + turn * (success.second + failure.second)) - bound,
            }
        } else {
            let gradient = shape * (success.first - self.exposure);
            Jet {
                value: self.constant + success.value - shape * self.exposure - bound,
                first: gradient + bound,
                second: gradient + shape * shape * success.second - bound,
            }
        }
    }

    /// c / (κ eᵗ): what the bound takes of l, and gives to its slope.
    fn bound(&self, t: f64) -> f64 {
        if self.group.bound > 0.0 { self.group.bound / self.strength * (-t).exp() } else { 0.0 }
    }

    /// l alone.
    pub(super) fn value(&self, t: f64) -> f64 {
        let bound = self.bound(t);
        let (mean, complement) = self.family.mean(t);
        let sum = |parameter: f64, values: &Histogram| {
            let parameter = parameter.max(1e-300);
            values.iter().map(|&(value, count)| count * ln_rising(parameter, value)).sum::<f64>()
        };
        let shape = mean * self.strength;
        let success = sum(shape, &self.group.conversions);
        if self.family.is_beta() {
            let failure = sum(complement * self.strength, &self.group.misses);
            self.constant + success + failure - bound - self.group.bound / self.strength
        } else {
            self.constant + success - shape * self.exposure - bound
        }
    }

    /// Matches value, slope and curvature of l at the mode of l + ln prior, searched from `start`.
    /// Gives the evidence and the mode.
    pub(super) fn evidence(&self, shape: f64, other: f64, start: f64) -> (Evidence, f64) {
        if self.group.is_empty() {
            return (Evidence::default(), Family::location(shape, other));
        }
        let prior_total = if self.family.is_beta() { shape + other } else { other };
        let mut t = start;
        let mut jet = self.jet(t);
        for _ in 0..12 {
            let (mean, complement) = self.family.mean(t);
            let slope = jet.first + shape - prior_total * mean;
            let bend = (-jet.second).max(0.0) + prior_total * mean * complement;
            let step = (slope / bend.max(1e-12)).clamp(-1.5, 1.5);
            // a hundredth of the width is all that matching needs
            if step * step * bend < 1e-4 || step.abs() < 1e-9 {
                break;
            }
            t = (t + step).clamp(-60.0, 40.0);
            jet = self.jet(t);
        }
        let (mean, complement) = self.family.mean(t);
        let (success, failure) = if self.family.is_beta() {
            let total = (-jet.second).max(0.0) / (mean * complement).max(1e-300);
            let success = jet.first + total * mean;
            (success.max(0.0), (total - success).max(0.0))
        } else {
            ((jet.first - jet.second).max(0.0), (-jet.second / mean).max(0.0))
        };
        let constant = jet.value - self.family.ln_kernel(t, success, failure);
        (Evidence { success, failure, constant }, t)
    }
}
