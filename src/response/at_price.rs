//! Best spend at one price for many draws of what is not known: the inverse of the slope of a [`Headroom`]'s curve without
//! the curve.
//!
//! # Formula
//! ```text
//! p price of money, w worth of a click, c = p x₀ / (w Q₀),  r = x / (d x₀), s, m, ε, σ as in `at_spend`
//! straight stretch:   r ≥ s where c ≤ 1, else r = 0                         (nothing where bids move the spend)
//! bent stretch:       ln r = ln s + (ln ε − ln c) / (1 − ε)                 from s to m  (ln s = 0 where bids move it)
//! beyond:             ln r = ln m + (ln (ε − σ) + ln (v_m / m) − ln c) / (1 − (ε − σ)),   v_m = s (m / s)^ε
//! r is at most where v reaches the ceiling;   x = d x₀ r
//! ```
//! In logarithms throughout: spends within a few units in the last place of those of the curve.

#![allow(clippy::inline_always)] // a call would keep the loop from being vectorized

use super::at_spend::{Searches, greater, lesser};
use super::headroom::{Headroom, LEAST};
use crate::numeric::elementary::{exp, ln, widest};

/// A price of money, ready to be answered under many elasticities.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtPrice {
    /// The price in clicks of today's price, a click worth one.
    relative: f64,
    spend: f64,
    caution: f64,
    straight: f64,
    log_bend: f64,
    log_seen: f64,
}

impl Headroom {
    /// This curve at a price above zero, worth per unit of money.
    pub(super) fn at_price(&self, price: f64) -> AtPrice {
        let straight = self.straight.unwrap_or(0.0);
        let seen = if self.caution > 0.0 { self.seen.max(straight) } else { f64::INFINITY };
        AtPrice {
            relative: price * self.spend / self.clicks,
            spend: self.spend,
            caution: self.caution,
            straight,
            log_bend: if straight > 0.0 { straight.ln() } else { 0.0 },
            log_seen: seen.ln(),
        }
    }
}

impl AtPrice {
    /// Largest spend, money a week, whose slope is at least the price, in every draw, written to `into`. Shape of `worth` (of a
    /// click, above zero), `elasticity`, `ceiling` (ratio) and `into`: draws.
    pub(super) fn spends(
        &self,
        worth: &[f64],
        (elasticity, ceiling): (&[f64], &[f64]),
        searches: &Searches,
        into: &mut [f64],
    ) {
        widest(
            #[inline(always)]
            || {
                let draws = elasticity.iter().zip(ceiling).zip(worth.iter().zip(&searches.ratio));
                for (into, ((&elasticity, &ceiling), (&worth, &more))) in into.iter_mut().zip(draws) {
                    *into = more * self.spend * self.ratio(worth, elasticity, ceiling);
                }
            },
        );
    }

    /// Both sides of every choice are computed, so that the loop becomes vector instructions.
    #[inline(always)]
    fn ratio(&self, worth: f64, elasticity: f64, ceiling: f64) -> f64 {
        let Self { relative, caution, straight, log_bend, log_seen, .. } = *self;
        let price = relative / worth;
        let log_price = ln(price);
        let trusted = greater(elasticity, LEAST);
        let cautious = lesser(greater(elasticity - caution, LEAST), trusted);
        let log_at_seen = log_bend + trusted * (log_seen - log_bend);
        let bent = log_bend + over(ln(trusted) - log_price, 1.0 - trusted);
        let within = lesser(if straight > 0.0 { greater(bent, log_bend) } else { bent }, log_seen);
        let beyond = log_seen + over(ln(cautious) + log_at_seen - log_seen - log_price, 1.0 - cautious);
        // where all is trusted there is nothing beyond
        let log = if log_seen < f64::INFINITY && beyond > log_seen { beyond } else { within };
        let log_ceiling = ln(ceiling);
        let below = log_bend + (log_ceiling - log_bend) / trusted;
        let above = log_seen + (log_ceiling - log_at_seen) / cautious;
        let full = if log_ceiling <= log_at_seen { below } else { above };
        let full = if ceiling <= straight { log_ceiling } else { full };
        let ratio = exp(lesser(log, full));
        if straight > 0.0 && price > 1.0 { 0.0 } else { ratio }
    }
}

/// `gain / bend`; a straight line, without bend, is followed for ever or not at all.
#[inline(always)]
fn over(gain: f64, bend: f64) -> f64 {
    let forever = if gain >= 0.0 { f64::INFINITY } else { f64::NEG_INFINITY };
    if bend > 0.0 { gain / bend } else { forever }
}
