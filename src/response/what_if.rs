//! The same curves in another world: more or fewer searches, dearer or cheaper clicks, another week.
//!
//! In: [`Responses`] and a factor a term. Out: [`Responses`] through which plans are made as through any other. Spend now
//! stays what it is: it is what was paid, in this world. Wrong where a change in searches or prices changes how clicks
//! answer to money, too; elasticities and impression shares are kept.
//!
//! # Formula
//! ```text
//! searches times d, price of a click times c:   Q'(x) = d · Q(x / (c d))
//! ```
//! Today's bids then bring d times the clicks at c d times the cost, and every point of the curve moves with them.

use super::demand::demand;
use super::{Curve, Responses};
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::Date;

impl Responses {
    /// The same with searches and prices of clicks times a factor. Shape of both: terms, ratio, above zero.
    #[must_use]
    pub fn what_if(&self, searches: &[f64], cpc: &[f64]) -> Self {
        let mut other = self.clone();
        for term in 0..self.curves.len() {
            let (more, dearer) = (searches[term], cpc[term]);
            let cost = more * dearer;
            other.free_clicks[term] *= more;
            other.demand_index[term] *= more;
            if let (Some(room), Some(elasticity)) = (&mut other.headroom[term], self.elasticity[term]) {
                room.spend *= cost;
                room.clicks *= more;
                other.curves[term] = room.curve(elasticity, room.point());
            } else if let Curve::Exp { a, k } = other.curves[term] {
                other.curves[term] = Curve::Exp { a: a * more, k: k * cost };
            }
            other.current_clicks[term] = other.clicks(term, self.current_spend[term]);
        }
        for room in &mut other.rooms {
            // what the campaign's own terms cost more or less, each by its spend
            let (mut before, mut after) = (0.0, 0.0);
            for &term in &room.members {
                let spend = self.current_spend[term as usize];
                before += spend;
                after += spend * searches[term as usize] * cpc[term as usize];
            }
            if before > 0.0 {
                room.spend *= after / before;
            }
        }
        other
    }

    /// The same with other elasticities, through the same points of today; terms without spend keep their curves.
    #[must_use]
    pub fn bent(&self, elasticity: impl Fn(usize, f64) -> f64) -> Self {
        let mut other = self.clone();
        for term in 0..self.curves.len() {
            if let (Some(room), Some(own)) = (&self.headroom[term], self.elasticity[term]) {
                let own = elasticity(term, own);
                other.elasticity[term] = Some(own);
                other.curves[term] = room.curve(own, room.point());
                other.current_clicks[term] = other.clicks(term, self.current_spend[term]);
            }
        }
        other
    }

    /// The same for a part of a week, with everything that is per week by its days: `share` is days over seven.
    #[must_use]
    pub fn part_of_week(&self, share: f64) -> Self {
        if (share - 1.0).abs() <= 0.0 {
            return self.clone();
        }
        let terms = self.curves.len();
        let mut other = self.what_if(&vec![share; terms], &vec![1.0; terms]);
        other.demand_index.clone_from(&self.demand_index);
        for term in 0..terms {
            other.current_spend[term] *= share;
            other.cap[term] = self.cap[term].map(|cap| cap * share);
            other.current_clicks[term] = other.clicks(term, other.current_spend[term]);
        }
        other
    }

    /// The same for the week of another day, as earlier years tell its season; `counts` and `baseline` must be those that
    /// the curves were made from.
    #[must_use]
    pub fn in_week(&self, counts: &Counts, baseline: &Baseline, day: Date) -> Self {
        let groups = Groups::by_campaign(counts);
        let wanted = demand(counts, baseline, &groups, Some(day));
        let of_group = |&group: &u32| wanted.of(group as usize) / self.demand.of(group as usize);
        let searches: Vec<f64> = groups.of_term.iter().map(of_group).collect();
        let mut other = self.what_if(&searches, &vec![1.0; searches.len()]);
        other.demand = wanted;
        other
    }
}
