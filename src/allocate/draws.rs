//! Draws of what the items may respond: one factor an item and draw, shared shocks included.
//!
//! ```text
//! Π_s(x) = Σᵢ d_is fᵢ(xᵢ)     response of a plan in draw s
//! wᵢ     = Σ_s q_s d_is       what a unit of item i's response is worth if draw s weighs q_s
//! ```
//!
//! Sums over items do not depend on their order or on the number of threads. Wrong when the factors
//! of one draw do not belong together: shuffling them item by item hides what the items share.

use super::AllocateError;
use super::tally::{Scale, Tally};
use rayon::prelude::*;

/// Factors that a task takes at a time.
const BLOCK: usize = 1 << 16;

/// Draws of the factor that multiplies each item's curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// Number of draws.
    pub count: usize,
    /// Shape: items × draws, an item's draws side by side. In draw `s` item `i` responds
    /// `factors[i·count + s] · fᵢ(x)`. No unit; finite, zero or above, about 1 on average.
    pub factors: Vec<f64>,
}

impl Draws {
    /// Checks shape and numbers.
    ///
    /// # Errors
    /// No draws, a length other than items × draws, a factor that is not finite or below zero.
    pub fn check(&self, items: usize) -> Result<(), AllocateError> {
        if self.count == 0 {
            return Err(AllocateError::Unsupported("there are no draws to weigh"));
        }
        if self.factors.len() != items * self.count {
            return Err(AllocateError::Length { field: "factors", found: self.factors.len(), items });
        }
        let bad = |factor: &f64| !(factor.is_finite() && *factor >= 0.0);
        match self.factors.par_iter().with_min_len(BLOCK).position_first(bad) {
            Some(at) => Err(AllocateError::Bound { item: at / self.count, field: "factors", value: self.factors[at] }),
            None => Ok(()),
        }
    }

    /// Response of a plan in each draw; `response` holds each item's response at factor 1.
    ///
    /// Formula: `Π_s = Σᵢ d_is · responseᵢ`. Shape of the result: draws.
    ///
    /// # Errors
    /// As [`Draws::check`].
    pub fn outcomes(&self, response: &[f64]) -> Result<Vec<f64>, AllocateError> {
        self.check(response.len())?;
        Ok(self.sums(response, &self.peaks()))
    }

    /// The factors of one item.
    pub(super) fn of(&self, item: usize) -> &[f64] {
        &self.factors[item * self.count..][..self.count]
    }

    /// Largest factor of each item.
    pub(super) fn peaks(&self) -> Vec<f64> {
        self.each(|factors| factors.iter().copied().fold(0.0, f64::max))
    }

    /// Weight of each item's response where draw `s` weighs `weights[s]`.
    pub(super) fn weigh(&self, weights: &[f64]) -> Vec<f64> {
        // a tail leaves most draws without weight
        let used: Vec<(usize, f64)> = weights.iter().copied().enumerate().filter(|used| used.1 != 0.0).collect();
        self.each(|factors| used.iter().map(|&(draw, weight)| weight * factors[draw]).sum())
    }

    /// As [`Draws::outcomes`], with the largest factors known.
    pub(super) fn sums(&self, response: &[f64], peaks: &[f64]) -> Vec<f64> {
        let greatest = response.iter().zip(peaks).map(|(response, peak)| response * peak).fold(0.0, f64::max);
        let scale = Scale::new(response.len(), greatest);
        let empty = || vec![Tally::default(); self.count];
        let add = |mut tallies: Vec<Tally>, (factors, response): (&[f64], &f64)| {
            if *response > 0.0 {
                for (tally, factor) in tallies.iter_mut().zip(factors) {
                    tally.add(factor * response, scale);
                }
            }
            tallies
        };
        let tallies = if self.factors.len() <= BLOCK {
            self.factors.chunks_exact(self.count).zip(response).fold(empty(), add)
        } else {
            let items = self.factors.par_chunks_exact(self.count).zip(response).with_min_len(self.items_of_a_block());
            items.fold(empty, add).reduce(empty, |mut a, b| {
                for (a, b) in a.iter_mut().zip(b) {
                    *a = a.merge(b);
                }
                a
            })
        };
        tallies.into_iter().map(Tally::value).collect()
    }

    fn each(&self, value: impl Fn(&[f64]) -> f64 + Sync + Send) -> Vec<f64> {
        if self.factors.len() <= BLOCK {
            return self.factors.chunks_exact(self.count).map(value).collect();
        }
        self.factors.par_chunks_exact(self.count).with_min_len(self.items_of_a_block()).map(value).collect()
    }

    fn items_of_a_block(&self) -> usize {
        (BLOCK / self.count).max(1)
    }
}
