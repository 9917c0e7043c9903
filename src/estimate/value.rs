//! Revenue per conversion: gamma-gamma shrinkage of a term's mean value towards the account's.
//!
//! # Model
//! ```text
//! m̄ᵢ     revenue per conversion of term i, over its yᵢ conversions
//! νᵢ     its own scale                    p, q, γ   hyper-parameters of the account
//!
//! value of one conversion ~ Gamma(p, rate νᵢ)     νᵢ ~ Gamma(q, rate γ)
//! E[vᵢ | m̄ᵢ, yᵢ] = p (γ + yᵢ m̄ᵢ) / (p yᵢ + q − 1)
//! ```
//! Source: Fader and Hardie (2013), "The gamma-gamma model of monetary value", equations 1a, 3 and 5.
//!
//! The hyper-parameters maximize the marginal likelihood times weak priors, in units of the account's
//! revenue per conversion: ln p ~ N(ln 2, 1), ln(q − 2) ~ N(ln 4, 1.5²), ln(pγ / (q − 1)) ~ N(0, 2²). So
//! q > 2 always and every term's value has a finite standard deviation, also before its first conversion.
//!
//! # When it is wrong
//! Values are pooled over the whole account, not by campaign. The hyper-parameters are plugged in, so
//! intervals are somewhat short where only a handful of terms ever sold. Value and rate of a term are
//! taken to be independent.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::search::climb;
use crate::domain::Notes;
use crate::numeric::quantile::gamma_quantile;
use crate::numeric::special::ln_gamma;
use crate::numeric::stream::Stream;
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;

/// Terms beyond which the three hyper-parameters are fitted to a part of them.
const MOST_TERMS: usize = 20_000;

/// What is known of the revenue per conversion. Vectors have the shape: terms.
#[derive(Clone, Debug, PartialEq)]
pub struct ValuePosterior {
    /// Name of the model.
    pub model: &'static str,
    /// Level of the equal-tailed credible intervals.
    pub level: f64,
    /// Posterior mean, account currency per conversion.
    pub mean: Vec<f64>,
    /// Posterior standard deviation, account currency per conversion.
    pub sd: Vec<f64>,
    /// Lower end of the credible interval, account currency per conversion.
    pub lower: Vec<f64>,
    /// Upper end of the credible interval, account currency per conversion.
    pub upper: Vec<f64>,
    /// Mean value of a term about which nothing is known, account currency per conversion.
    pub account_mean: f64,
    /// Hyper-parameter p: shape of the value of a single conversion.
    pub p: f64,
    /// Hyper-parameter q: shape of the spread between terms.
    pub q: f64,
    /// Hyper-parameter γ, account currency.
    pub gamma: f64,
    /// Inverse gamma posterior of each term: shape and scale.
    inverse_gamma: Vec<(f64, f64)>,
}

impl ValuePosterior {
    /// One draw of a term's value.
    pub(super) fn draw(&self, term: usize, stream: &mut Stream) -> f64 {
        let (shape, scale) = self.inverse_gamma[term];
        scale / stream.gamma(shape)
    }
}

/// Terms that say something about the spread of values, in units of the account's mean value.
struct Sample {
    /// Conversions and summed value in those units, by term.
    terms: Vec<(f64, f64)>,
    /// Distinct conversions with how many terms have them.
    distinct: Vec<(f64, f64)>,
}

impl Sample {
    fn new(mut terms: Vec<(f64, f64)>) -> Self {
        terms.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let distinct =
            terms.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).map(|run| (run[0].0, run.len() as f64)).collect();
        Self { terms, distinct }
    }

    /// ln of marginal likelihood times priors at (ln p, ln(q − 2), ln mean).
    ///
    /// # Formula
    /// Fader and Hardie (2013), equation 1a: ln Γ(py + q) − ln Γ(py) − ln Γ(q) + q ln γ
    /// + (py − 1) ln m̄ + py ln y − (py + q) ln(γ + y m̄).
    fn ln_density(&self, at: &[f64; 3]) -> f64 {
        let Hyper { p, q, gamma } = Hyper::at(at);
        let shapes: f64 =
            self.distinct.iter().map(|&(y, count)| count * (ln_gamma(p * y + q) - ln_gamma(p * y) - ln_gamma(q))).sum();
        let chunks: Vec<f64> = self
            .terms
            .par_chunks(4096)
            .map(|chunk| {
                let part = |&(y, sum): &(f64, f64)| {
                    // py ln(y m̄) and not y ln y + ln m̄: the constant −ln m̄ is left out
                    p * y * (sum / (gamma + sum)).ln() + q * (gamma / (gamma + sum)).ln()
                };
                chunk.iter().map(part).sum::<f64>()
            })
            .collect();
        let normal = |x: f64, mean: f64, sd: f64| -0.5 * ((x - mean) / sd) * ((x - mean) / sd);
        shapes
            + chunks.iter().sum::<f64>()
            + normal(at[0], std::f64::consts::LN_2, 1.0)
            + normal(at[1], 2.0 * std::f64::consts::LN_2, 1.5)
            + normal(at[2], 0.0, 2.0)
    }
}

#[derive(Clone, Copy)]
struct Hyper {
    p: f64,
    q: f64,
    gamma: f64,
}

impl Hyper {
    /// From (ln p, ln(q − 2), ln of the mean value pγ / (q − 1)).
    fn at(at: &[f64; 3]) -> Self {
        let p = at[0].clamp(-12.0, 12.0).exp();
        let excess = at[1].clamp(-20.0, 20.0).exp();
        Self { p, q: 2.0 + excess, gamma: at[2].clamp(-50.0, 50.0).exp() * (1.0 + excess) / p }
    }
}

/// Fits the values; `None` where no term has both conversions and revenue.
pub(super) fn fit(conversions: &[f64], revenue: &[f64], level: f64, notes: &mut Notes) -> Option<ValuePosterior> {
    let count = |test: fn(f64, f64) -> bool| conversions.iter().zip(revenue).filter(|(y, r)| test(**y, **r)).count();
    notes.add(
        "value-without-conversions",
        count(|y, r| y <= 0.0 && r > 0.0),
        "terms have revenue but no conversions; their revenue does not enter the value per conversion",
    );
    notes.add(
        "conversions-without-value",
        count(|y, r| y > 0.0 && r <= 0.0),
        "terms have conversions but no revenue; a value of zero lowers their own estimate but does not enter the \
         spread between terms",
    );
    let usable: Vec<(f64, f64)> =
        conversions.iter().zip(revenue).filter(|(y, r)| **y > 0.0 && **r > 0.0).map(|(y, r)| (*y, *r)).collect();
    if usable.is_empty() {
        notes.add("no-value", 1, "no term has both conversions and revenue: there is no value per conversion");
        return None;
    }
    let total = |part: fn(&(f64, f64)) -> f64| usable.iter().map(part).collect::<ExactSum>().value();
    let unit = total(|term| term.1) / total(|term| term.0);
    // terms are in the order of their keys, which says nothing of their values
    let every = usable.len().div_ceil(MOST_TERMS);
    let sample = Sample::new(usable.iter().step_by(every).map(|&(y, r)| (y, r / unit)).collect());
    if every > 1 {
        notes.add(
            "value-sampled",
            sample.terms.len(),
            format!(
                "the spread of values between terms was fitted to {} of {} terms",
                sample.terms.len(),
                usable.len()
            ),
        );
    }
    let start = [std::f64::consts::LN_2, 2.0 * std::f64::consts::LN_2, 0.0];
    let peak = climb(|at| sample.ln_density(at), start, [0.7, 1.0, 0.5], 1e-4);
    notes.add(
        "value-not-converged",
        usize::from(!peak.converged),
        "the fit of the value per conversion stopped before it settled",
    );
    let Hyper { p, q, gamma } = Hyper::at(&peak.x);
    Some(posterior(conversions, revenue, level, Hyper { p, q, gamma: gamma * unit }))
}

fn posterior(conversions: &[f64], revenue: &[f64], level: f64, hyper: Hyper) -> ValuePosterior {
    let Hyper { p, q, gamma } = hyper;
    let tail = 0.5 * (1.0 - level);
    // a term's shape depends on its conversions alone, and those are few distinct numbers
    let mut distinct: Vec<f64> = conversions.iter().map(|y| y.max(0.0)).collect();
    distinct.par_sort_unstable_by(f64::total_cmp);
    distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let quantiles: Vec<(f64, f64)> = distinct
        .par_iter()
        .map(|&y| {
            let shape = p * y + q;
            (gamma_quantile(1.0 - tail, shape, 1.0), gamma_quantile(tail, shape, 1.0))
        })
        .collect();
    let summaries: Vec<_> = conversions
        .par_iter()
        .zip(revenue)
        .map(|(&y, &r)| {
            // revenue without conversions says nothing of the value of one
            let (y, r) = if y > 0.0 { (y, r.max(0.0)) } else { (0.0, 0.0) };
            let (shape, scale) = (p * y + q, p * (gamma + r));
            let mean = scale / (shape - 1.0);
            let sd = mean / (shape - 2.0).sqrt();
            let (high, low) = quantiles[distinct.partition_point(|x| *x < y)];
            let (lower, upper) = (scale / high, scale / low);
            (mean, sd, lower, upper, (shape, scale))
        })
        .collect();
    ValuePosterior {
        model: "gamma-gamma",
        level,
        mean: summaries.iter().map(|term| term.0).collect(),
        sd: summaries.iter().map(|term| term.1).collect(),
        lower: summaries.iter().map(|term| term.2).collect(),
        upper: summaries.iter().map(|term| term.3).collect(),
        account_mean: p * gamma / (q - 1.0),
        p,
        q,
        gamma,
        inverse_gamma: summaries.iter().map(|term| term.4).collect(),
    }
}

#[cfg(test)]
mod tests;
