//! What curves say in posterior draws, all draws of a term at once.
//!
//! In: elasticities, ceilings and searches of each draw. Out: clicks, slopes, and best spends at a price, the same as those of the
//! curves of the draws, which need not be made for it. Terms without spend have one curve in all draws.

use super::fit::Responses;
use super::{Curve, Searches};

impl Responses {
    /// The curve of a term for an elasticity other than the point, a place of its impression share within what is known
    /// of it (0 lowest, 1 highest), and searches over those expected (ratio); terms without spend keep theirs.
    #[must_use]
    pub fn drawn(&self, term: usize, elasticity: f64, place: f64, demand: f64) -> Curve {
        match &self.headroom[term] {
            Some(headroom) => headroom.at(demand).curve(elasticity, headroom.ceiling_at(place)),
            None => self.curves[term].clone(),
        }
    }

    /// Clicks a week of a term at a spend in every draw, free ones included, written to `into`: what [`Self::drawn`] gives, without
    /// the curves. Shape of elasticities, ceilings (ratio; not read for terms without spend) and `into`: draws.
    pub fn clicks_drawn(
        &self,
        term: usize,
        spend: f64,
        (elasticity, ceiling): (&[f64], &[f64]),
        searches: &Searches,
        into: &mut [f64],
    ) {
        let free = self.free_clicks[term];
        let Some(room) = &self.headroom[term] else {
            into.fill(free + self.curves[term].value(spend));
            return;
        };
        room.at_spend(spend).clicks(elasticity, ceiling, searches, into);
        if free > 0.0 {
            for clicks in into {
                *clicks += free;
            }
        }
    }

    /// Clicks that the next unit of money brings a term at a spend in every draw, written to `into`. Shapes as for
    /// [`Self::clicks_drawn`].
    pub fn slopes_drawn(
        &self,
        term: usize,
        spend: f64,
        (elasticity, ceiling): (&[f64], &[f64]),
        searches: &Searches,
        into: &mut [f64],
    ) {
        match &self.headroom[term] {
            Some(room) => room.at_spend(spend).slopes(elasticity, ceiling, searches, into),
            None => into.fill(self.curves[term].marginal(spend)),
        }
    }

    /// Largest spend of a term, money a week, whose next unit earns at least `price` in every draw, written to `into`: zero where
    /// a click is worth nothing, infinite where the price is not above zero. Shape of `worth` (of a click), elasticities,
    /// ceilings and `into`: draws.
    pub fn spends_drawn(
        &self,
        (term, price): (usize, f64),
        worth: &[f64],
        (elasticity, ceiling): (&[f64], &[f64]),
        searches: &Searches,
        into: &mut [f64],
    ) {
        if price <= 0.0 {
            into.fill(f64::INFINITY);
            return;
        }
        match &self.headroom[term] {
            Some(room) => room.at_price(price).spends(worth, (elasticity, ceiling), searches, into),
            None => {
                for (into, worth) in into.iter_mut().zip(worth) {
                    *into = if *worth > 0.0 { self.curves[term].spend_at_marginal(price / worth) } else { 0.0 };
                }
            }
        }
        for (into, worth) in into.iter_mut().zip(worth) {
            *into = if *worth > 0.0 { *into } else { 0.0 };
        }
    }
}
