//! Clicks at one spend for many draws of what is not known: the value of a [`Headroom`]'s curve without the curve.
//!
//! # Formula
//! ```text
//! r = x / (d x₀),  s end of the straight stretch, m end of what is trusted (at least s), ε elasticity, σ caution
//! r ≤ s:       v = r                          (nothing where bids move the spend)
//! s < r ≤ m:   v = s (r / s)^ε                (r^ε where bids move the spend)
//! m < r:       v = s (m / s)^ε (r / m)^(ε − σ)
//! clicks = d Q₀ · min(v, ceiling)             d searches over those expected
//! ```
//! All logarithms but that of d are taken once.

use super::headroom::{Headroom, LEAST};

/// A spend, ready to be valued under many elasticities.
#[derive(Clone, Copy, Debug)]
pub struct AtSpend {
    clicks: f64,
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
            caution: self.caution,
            ratio,
            log_ratio: ratio.ln(),
            straight,
            log_bend: if straight > 0.0 { straight.ln() } else { 0.0 },
            log_seen: seen.ln(),
        }
    }
}

impl AtSpend {
    /// Clicks a week for an elasticity, a ceiling (ratio) and searches over those expected (ratio).
    #[must_use]
    pub fn clicks(&self, elasticity: f64, ceiling: f64, demand: f64) -> f64 {
        let trusted = elasticity.max(LEAST);
        let ratio = self.ratio / demand;
        if ratio <= self.straight {
            return demand * self.clicks * ratio.min(ceiling);
        }
        let shift = if demand == 1.0 { 0.0 } else { demand.ln() };
        let log_ratio = self.log_ratio - shift;
        let log = if log_ratio <= self.log_seen {
            trusted.mul_add(log_ratio - self.log_bend, self.log_bend)
        } else {
            let cautious = (elasticity - self.caution).clamp(LEAST, trusted);
            let seen = trusted.mul_add(self.log_seen - self.log_bend, self.log_bend);
            cautious.mul_add(log_ratio - self.log_seen, seen)
        };
        demand * self.clicks * log.exp().min(ceiling)
    }
}
