//! Clicks at one spend for many draws of what is not known: the value of a [`Headroom`]'s curve without the curve.
//!
//! # Formula
//! ```text
//! r = x / (d x₀),  s end of the straight stretch, m end of what is trusted (at least s), ε elasticity, σ caution
//! r ≤ s:       v = r                          (nothing where bids move the spend)
//! s < r ≤ m:   v = s (r / s)^ε                (r^ε where bids move the spend)
//! m < r:       v = s (m / s)^ε (r / m)^(ε − σ)
//! clicks = d Q₀ · min(v, ceiling)             d searches over those expected
//! slope  = Q₀ / x₀ · v′(r)                    v′ = 1, ε v / r, (ε − σ) v / r; 0 from the ceiling on
//! ```
//! All logarithms but that of d are taken once.

#![allow(clippy::inline_always)] // a call would keep the loop from being vectorized

use super::headroom::{Headroom, LEAST};
use crate::numeric::elementary::{exp, widest};

/// A spend, ready to be valued under many elasticities.
#[derive(Clone, Copy, Debug)]
pub struct AtSpend {
    clicks: f64,
    spend: f64,
    caution: f64,
    /// Spend over today's, ratio, and its logarithm.
    ratio: f64,
    log_ratio: f64,
    /// End of the straight stretch, ratio, and the logarithm of where the bend begins.
    straight: f64,
    log_bend: f64,
    /// Logarithm of the end of what is trusted, ratio.
    log_seen: f64,
}

impl Headroom {
    /// This curve at one spend, money a week.
    #[must_use]
    pub fn at_spend(&self, spend: f64) -> AtSpend {
        let ratio = spend / self.spend;
        let straight = self.straight.unwrap_or(0.0);
        let seen = if self.caution > 0.0 { self.seen.max(straight) } else { f64::INFINITY };
        AtSpend {
            clicks: self.clicks,
            spend: self.spend,
            caution: self.caution,
            ratio,
            log_ratio: ratio.ln(),
            straight,
            log_bend: if straight > 0.0 { straight.ln() } else { 0.0 },
            log_seen: seen.ln(),
        }
    }
}

/// Searches over those expected in every draw, with their logarithms. Shape of both: draws.
#[derive(Clone, Debug)]
pub struct Searches {
    /// Ratio.
    pub ratio: Vec<f64>,
    log: Vec<f64>,
}

impl Searches {
    /// Draws of searches, ratio.
    #[must_use]
    pub fn new(ratio: Vec<f64>) -> Self {
        Self { log: ratio.iter().map(|ratio| ratio.ln()).collect(), ratio }
    }
}

impl AtSpend {
    /// Clicks a week in every draw, written to `into`. Shape of `elasticity`, `ceiling` (ratio, as
    /// [`Headroom::ceiling_at`] gives it) and `into`: draws.
    pub fn clicks(&self, elasticity: &[f64], ceiling: &[f64], searches: &Searches, into: &mut [f64]) {
        if self.ratio <= 0.0 {
            into.fill(0.0);
            return;
        }
        widest(
            #[inline(always)]
            || self.all(elasticity, ceiling, searches, into),
        );
    }

    /// Clicks that the next unit of money brings, from the right at a joint, in every draw. Shapes as for [`Self::clicks`].
    pub(super) fn slopes(&self, elasticity: &[f64], ceiling: &[f64], searches: &Searches, into: &mut [f64]) {
        if self.ratio <= 0.0 {
            for (into, &elasticity) in into.iter_mut().zip(elasticity) {
                let is_line = self.straight > 0.0 || elasticity >= 1.0;
                *into = if is_line { self.clicks / self.spend } else { f64::INFINITY };
            }
            return;
        }
        widest(
            #[inline(always)]
            || {
                let drawn = elasticity.iter().zip(ceiling).zip(searches.ratio.iter().zip(&searches.log));
                for (into, ((&elasticity, &ceiling), (&more, &log_more))) in into.iter_mut().zip(drawn) {
                    let (value, ratio, bend) = self.value(elasticity, (more, log_more));
                    let slope = bend * value / ratio;
                    *into = if value < ceiling { self.clicks / self.spend * slope } else { 0.0 };
                }
            },
        );
    }

    /// Comparisons instead of `min` and `max`, both sides of a choice computed, and sums and products one after another: so
    /// that the loop becomes vector instructions, which give the same bits everywhere.
    #[inline(always)]
    fn all(&self, elasticity: &[f64], ceiling: &[f64], searches: &Searches, into: &mut [f64]) {
        let drawn = elasticity.iter().zip(ceiling).zip(searches.ratio.iter().zip(&searches.log));
        for (into, ((&elasticity, &ceiling), (&more, &log_more))) in into.iter_mut().zip(drawn) {
            let (value, ..) = self.value(elasticity, (more, log_more));
            *into = more * self.clicks * lesser(value, ceiling);
        }
    }

    /// Clicks without a ceiling and spend, ratios to those of today in a draw, and the elasticity there. `more` is searches over
    /// those expected, and its logarithm.
    #[inline(always)]
    #[allow(clippy::manual_clamp, clippy::suboptimal_flops)] // see above
    fn value(&self, elasticity: f64, (more, log_more): (f64, f64)) -> (f64, f64, f64) {
        let Self { caution, ratio, log_ratio, straight, log_bend, log_seen, .. } = *self;
        let log_ratio = log_ratio - log_more;
        let trusted = greater(elasticity, LEAST);
        let cautious = lesser(greater(elasticity - caution, LEAST), trusted);
        let (within, beyond) = (lesser(log_ratio, log_seen), greater(log_ratio - log_seen, 0.0));
        let bent = exp(log_bend + trusted * (within - log_bend) + cautious * beyond);
        let ratio = ratio / more;
        let bend = if log_ratio < log_seen { trusted } else { cautious };
        if ratio <= straight { (ratio, ratio, if ratio < straight { 1.0 } else { bend }) } else { (bent, ratio, bend) }
    }
}

#[inline(always)]
pub(super) fn greater(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[inline(always)]
pub(super) fn lesser(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}
