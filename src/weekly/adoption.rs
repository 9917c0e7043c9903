//! How much of a plan was followed, and how surely that is known.
//!
//! In: of each term its campaign, the planned move, its spend when the plan was made and the move that was made. Out: the share of
//! the moves that was made, with a standard error.
//!
//! # Formula
//! ```text
//! yᵢ = α dᵢ + β cᵢ + eᵢ     d planned move, c spend before, y move made; least squares with weights 1 / (2 cᵢ + dᵢ)
//! se(α)² = (G − 1) / G Σ (α₋g − α)²     α₋g without campaign g of G (jackknife: Tukey 1958; Bell and McCaffrey 2002, for clusters)
//! ```
//! Terms of a campaign share demand and its budget, and a few large terms carry most of the money: errors that took each term
//! by itself and all alike told a third of the true scatter. With fewer than five campaigns each term is left out by itself.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::numeric::sum::ExactSum;
use std::collections::BTreeMap;

/// Sums of products: dd, dc, cc, dy, cy.
type Moments = [f64; 5];

/// Least share of the planned moves' squares that a common factor does not explain.
const TOLD_APART: f64 = 0.02;
/// Campaigns from which they, not terms, are left out.
const CAMPAIGNS: usize = 5;

/// What is summed for the regression.
#[derive(Default)]
pub(super) struct Adopted {
    by_campaign: BTreeMap<Option<String>, [ExactSum; 5]>,
    by_term: Vec<Moments>,
}

impl Adopted {
    pub(super) fn add(&mut self, campaign: Option<&str>, planned: f64, current: f64, made: f64) {
        let weight = 2.0 * current + planned;
        if weight > 0.0 {
            let products = [planned * planned, planned * current, current * current, planned * made, current * made];
            let products = products.map(|product| product / weight);
            let sums = self.by_campaign.entry(campaign.map(str::to_owned)).or_default();
            for (sum, product) in sums.iter_mut().zip(products) {
                sum.add(product);
            }
            self.by_term.push(products);
        }
    }

    /// The share and its standard error; `None` where nothing was to be moved.
    pub(super) fn solve(&self) -> Option<(f64, Option<f64>)> {
        let mut all = [ExactSum::default(); 5];
        for sums in self.by_campaign.values() {
            for (all, sum) in all.iter_mut().zip(sums) {
                all.merge(*sum);
            }
        }
        let all = all.map(|sum| sum.value());
        // a hundredth of a cent a week is no move
        if all[0] <= 1e-4 {
            return None;
        }
        let Some(share) = share(&all) else { return Some((all[3] / all[0], None)) };
        let campaigns = || self.by_campaign.values().map(|sums| sums.map(|sum| sum.value())).collect();
        let parts: Vec<Moments> = if self.by_campaign.len() < CAMPAIGNS { self.by_term.clone() } else { campaigns() };
        Some((share, error(&all, &parts, share)))
    }
}

/// The share; `None` where moves cannot be told from a common change.
fn share([dd, dc, cc, dy, cy]: &Moments) -> Option<f64> {
    let apart = if *cc > 0.0 { 1.0 - dc * dc / (dd * cc) } else { 0.0 };
    (apart >= TOLD_APART).then(|| (dy * cc - cy * dc) / (dd * cc - dc * dc))
}

/// Standard error of the share by leaving out each part; `None` where the others alone do not tell it.
fn error(all: &Moments, parts: &[Moments], whole: f64) -> Option<f64> {
    if parts.len() < 3 {
        return None;
    }
    let mut squares = ExactSum::default();
    for part in parts {
        let rest: Moments = std::array::from_fn(|at| all[at] - part[at]);
        squares.add((share(&rest)? - whole).powi(2));
    }
    let count = parts.len() as f64;
    let error = ((count - 1.0) / count * squares.value()).sqrt();
    Some(error).filter(|error| error.is_finite() && *error > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    #[test]
    fn the_error_is_that_of_accounts_whose_campaigns_move_together() {
        // nobody follows; demand of campaigns moves by a tenth, that of terms by another; sizes differ a hundredfold
        let mut stream = Stream::new(11, 4);
        let (mut inside, mut squares, mut told) = (0, 0.0, 0.0);
        let accounts = 400;
        for _ in 0..accounts {
            let mut adopted = Adopted::default();
            for campaign in 0..16 {
                let shared = 0.1 * stream.normal();
                for _ in 0..12 {
                    let current = (1.2 * stream.normal()).exp() * 50.0;
                    let planned = current * if stream.uniform() < 0.5 { 0.3 } else { -0.3 };
                    let made = current * (shared + 0.1 * stream.normal());
                    adopted.add(Some(&campaign.to_string()), planned, current, made);
                }
            }
            let (share, error) = adopted.solve().unwrap();
            let error = error.unwrap();
            inside += u32::from(share.abs() < 1.753 * error);
            squares += share * share;
            told += error * error;
        }
        let accounts = f64::from(accounts);
        // Student's t with 15 degrees: 90%, within four standard errors; the error is cautious, as the jackknife is
        assert!((0.84..0.97).contains(&(f64::from(inside) / accounts)), "{inside}");
        assert!((0.8..1.5).contains(&(told / squares)), "{}", told / squares);
    }
}
