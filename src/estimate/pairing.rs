//! Whether terms that convert better sell for more or for less.
//!
//! In: the posteriors of rates and values, each fitted on its own. Out: a [`Pairing`]: the correlation ρ of the two
//! across the terms of a campaign, a test of it, and, where it matters, the factor for each term by which
//! the expected revenue of a click differs from the product of the means:
//!
//! ```text
//! E[p v] = E[p] E[v] + cov(p, v) = E[p] E[v] · factor
//! ```
//!
//! With u and w the shrunk deviations of a term's log rate and log value from what was expected of it before
//! its data, a² and b² their prior variances, and W, W′ the weights of own data, Var(u) = a²W and Var(w) = b²W′, so
//!
//! ```text
//! xᵢ = uᵢwᵢ/(ab)      ρ̂ = Σ xᵢ / Σ W·W′      z = Σ xᵢ / √Σ xᵢ²
//! ```
//!
//! in which a term that is shrunk away on either side counts for little. Both deviations are first freed of what is
//! common to the terms (those that sold had luck with their rate). ρ̂ is shrunk by its prior N(0, 0.3²).
//!
//! The factor is that of two logarithms, jointly normal with prior covariance ρab, each observed with the error
//! that its weight implies: the mean of p v under the joint posterior over that under ρ = 0. A term
//! without data has the factor e^{ρab + δ}, where δ moves the centers (see `shift`); with much data it goes to 1, as both
//! are then known.
//!
//! # When it is wrong
//! Correlation between campaigns is not looked for: centers are estimated well enough without. Rates with a
//! prior wider than one are far from log-normal. Draws of values carry the factor, so that products of
//! draws have the right mean; their spread is that of independent draws.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::rate::RatePosterior;
use super::value::ValuePosterior;
use crate::domain::Notes;
use crate::numeric::sum::ExactSum;
use serde::Serialize;

/// Two-sided 1% of the normal distribution.
const LIMIT: f64 = 2.576;
/// Full terms' worth of information below which nothing is tested.
const FEWEST: f64 = 10.0;
/// Prior variance of ρ.
const PRIOR: f64 = 0.09;
/// Mean change of a click's expected revenue, over today's clicks, below which it is left out, ratio.
const MATERIAL: f64 = 0.02;

/// Whether rates and values go together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pairing {
    /// Correlation of log rate and log value across the terms of a campaign, shrunk.
    pub correlation: f64,
    /// Its test statistic, standard normal where there is no correlation.
    pub z: f64,
    /// How many terms known through and through would say as much.
    pub information: f64,
    /// Mean absolute change of a click's expected revenue by it, over today's clicks, ratio.
    pub change: f64,
    /// Whether it is used: past the test at 1% and a change of 2%.
    pub is_used: bool,
    /// Factor on the product of the means. Shape: terms; empty where it is not used.
    #[serde(skip)]
    factor: Vec<f64>,
}

impl Pairing {
    /// `E[p v]` over `E[p] E[v]` of a term; exactly 1 where no correlation is used.
    #[must_use]
    pub fn factor(&self, term: usize) -> f64 {
        self.factor.get(term).copied().unwrap_or(1.0)
    }
}

/// Deviations of one term from what was expected of it.
#[derive(Clone, Copy)]
struct Pair {
    /// Shrunk deviation of the log rate over its prior standard deviation, and the weight of own data.
    rate: (f64, f64),
    value: (f64, f64),
    /// Prior standard deviations.
    sd: (f64, f64),
}

/// Tests and, where it is material, uses the correlation; `None` where too little is known. Shape of `clicks`: terms.
pub(super) fn learn(
    rate: &RatePosterior,
    value: &ValuePosterior,
    clicks: &[f64],
    notes: &mut Notes,
) -> Option<Pairing> {
    let pairs: Vec<Pair> = (0..clicks.len()).map(|term| pair(rate, value, term)).collect();
    let tested = test(&pairs)?;
    let mut pairing = Pairing { change: 0.0, is_used: false, factor: Vec::new(), ..tested };
    if pairing.z.abs() <= LIMIT {
        return Some(pairing);
    }
    let shift = shift(&pairs, pairing.correlation);
    let factor: Vec<f64> = pairs.iter().map(|pair| factor(pair, pairing.correlation, shift)).collect();
    let (mut moved, mut all) = (ExactSum::default(), ExactSum::default());
    for (term, factor) in factor.iter().enumerate() {
        let worth = clicks[term] * rate.mean[term] * value.mean[term];
        moved.add(worth * (factor - 1.0).abs());
        all.add(worth);
    }
    let change = moved.value() / all.value();
    pairing.change = if change.is_finite() { change } else { 0.0 };
    pairing.is_used = pairing.change > MATERIAL;
    if pairing.is_used {
        pairing.factor = factor;
        notes.add(
            "rate-value-correlated",
            1,
            format!(
                "rates and values are correlated {:+.2} within campaigns (z = {:.1}): the expected revenue of a click is \
                 not the product of the two means, and differs by {:.1}% on average",
                pairing.correlation,
                pairing.z,
                100.0 * pairing.change
            ),
        );
    } else {
        notes.add(
            "rate-value-correlation-unused",
            1,
            format!(
                "rates and values are correlated {:+.2} within campaigns (z = {:.1}), which is not used: it would change \
                 the expected revenue of a click by {:.1}% on average, below the {:.0}% that matter",
                pairing.correlation,
                pairing.z,
                100.0 * pairing.change,
                100.0 * MATERIAL
            ),
        );
    }
    Some(pairing)
}

fn pair(rate: &RatePosterior, value: &ValuePosterior, term: usize) -> Pair {
    let expected = rate.prior_mean(term).max(1e-300);
    let variances = ((1.0 / (rate.strength * expected).max(1e-12)).ln_1p(), value.prior_variance());
    let weights = (rate.own_data_weight[term].clamp(0.0, 1.0), value.own_data_weight[term]);
    // the logarithm of a mean is half a variance above the mean of the logarithm
    let deviation = |mean: f64, expected: f64, variance: f64, weight: f64| {
        let deviation = (mean / expected).ln() + 0.5 * variance * weight;
        if weight > 0.0 && deviation.is_finite() { (deviation / variance.sqrt(), weight) } else { (0.0, 0.0) }
    };
    Pair {
        rate: deviation(rate.mean[term], expected, variances.0, weights.0),
        value: deviation(value.mean[term], value.expected(term), variances.1, weights.1),
        sd: (variances.0.sqrt(), variances.1.sqrt()),
    }
}

/// ρ̂, z and the information behind them.
fn test(pairs: &[Pair]) -> Option<Pairing> {
    let informed = || pairs.iter().filter(|pair| pair.rate.1 > 0.0 && pair.value.1 > 0.0);
    let sum = |part: &dyn Fn(&Pair) -> f64| informed().map(part).collect::<ExactSum>().value();
    let information = sum(&|pair| pair.rate.1 * pair.value.1);
    if information < FEWEST {
        return None;
    }
    let common = |side: fn(&Pair) -> (f64, f64)| {
        sum(&|pair| side(pair).0 * side(pair).1) / sum(&|pair| side(pair).1 * side(pair).1)
    };
    let (rate, value) = (common(|pair| pair.rate), common(|pair| pair.value));
    let product = |pair: &Pair| (pair.rate.0 - pair.rate.1 * rate) * (pair.value.0 - pair.value.1 * value);
    let (first, second) = (sum(&product), sum(&|pair| product(pair).powi(2)));
    let z = first / second.sqrt();
    let correlation = (first / (information + 1.0 / PRIOR)).clamp(-0.95, 0.95);
    z.is_finite().then_some(Pairing { correlation, z, information, change: 0.0, is_used: false, factor: Vec::new() })
}

/// How far the centers of values move under the correlation, in logarithms.
///
/// Terms that sold are those with the better rates, so with ρ > 0 also those with the higher values, and centers that
/// were learned from them are too high for the others: δ = Σ ω (w/W′ − ρ(b/a)u) / Σ ω, with the residual precision
/// ω = W′/(b² (1 − ρ²W·W′)).
fn shift(pairs: &[Pair], correlation: f64) -> f64 {
    let (mut sum, mut all) = (ExactSum::default(), ExactSum::default());
    for pair in pairs.iter().filter(|pair| pair.value.1 > 0.0) {
        let ((u, wp), (w, wv), b) = (pair.rate, pair.value, pair.sd.1);
        let left = 1.0 - correlation * correlation * wp * wv;
        sum.add(b * (w - wv * correlation * u) / left);
        all.add(wv / left);
    }
    // what centers are off by without any correlation is not for this to mend
    let plain = || pairs.iter().filter(|pair| pair.value.1 > 0.0);
    let off = plain().map(|pair| pair.sd.1 * pair.value.0).collect::<ExactSum>().value()
        / plain().map(|pair| pair.value.1).collect::<ExactSum>().value();
    let shift = sum.value() / all.value() - off;
    if shift.is_finite() { shift } else { 0.0 }
}

/// Mean of p v under the joint posterior over the product of the means under ρ = 0.
///
/// Sum of two jointly normal logarithms with prior covariance C = ρab: with G = (a² + C, b² + C), data y = (u/W, w/W′)
/// of variances A = a²/W and B = b²/W′, mean G M⁻¹ y and variance a² + b² + 2C − G M⁻¹ G, where
/// M = [[A, C], [C, B]]. Written out and multiplied by W·W′, so that a term without data divides by nothing.
fn factor(pair: &Pair, correlation: f64, shift: f64) -> f64 {
    let (a, b) = pair.sd;
    let (a2, b2, joint) = (a * a, b * b, correlation * a * b);
    let ((u, wp), (w, wv)) = ((pair.rate.0 * a, pair.rate.1), (pair.value.0 * b - pair.value.1 * shift, pair.value.1));
    let (g, h) = (a2 + joint, b2 + joint);
    let determinant = a2 * b2 * (1.0 - correlation * correlation * wp * wv);
    let mean = (g * (b2 * u - joint * wp * w) + h * (a2 * w - joint * wv * u)) / determinant;
    let explained = (g * g * b2 * wp - 2.0 * g * h * joint * wp * wv + h * h * a2 * wv) / determinant;
    let variance = a2 + b2 + 2.0 * joint - explained;
    let apart = a2 * (1.0 - wp) + b2 * (1.0 - wv);
    let alone = u + pair.value.0 * b;
    let factor = (mean + shift - alone + 0.5 * (variance - apart)).exp();
    if factor.is_finite() { factor } else { 1.0 }
}

#[cfg(test)]
mod tests;
