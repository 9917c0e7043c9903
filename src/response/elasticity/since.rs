//! What moves of bids within the baseline weeks make of their mean: what a term spends at today's bid.
//!
//! # Formula
//! ```text
//! spend of a week ∝ e^(γ / (1 − ε) · log bid),     M = mean over the baseline weeks of e^(γ / (1 − ε) · (log bid − log bid now))
//! spend at today's bid = baseline spend / M
//! ```
//! with γ the answer of the price of a click to the bid. Out: M of each term, 1 where its bid stood still or is not known.
//! Wrong where something else than the bid held the spend in these weeks.

use super::track::Track;
use crate::counts::{Baseline, Counts};
use rayon::prelude::*;

/// Largest factor between spends at two bids: a bid that is moved further says little of what comes of it.
const LARGEST: f64 = 4.0;

/// M of the formula. Shape of `elasticity`, and of the answer: terms.
pub(in crate::response) fn since_moved(
    counts: &Counts,
    baseline: &Baseline,
    elasticity: &[f64],
    price_response: f64,
) -> Vec<f64> {
    if counts.cells.signals.max_cpc.is_none() {
        return vec![1.0; elasticity.len()];
    }
    let of = |(term, elasticity): (usize, &f64)| {
        let Some(track) = Track::of(counts, term) else { return 1.0 };
        let last = track.bid.last().copied().unwrap_or_default();
        let now = counts.terms[term].levers.max_cpc.filter(|&bid| bid > 0.0).map_or(last, f64::ln);
        let answer = price_response / (1.0 - elasticity.min(0.95));
        let weeks = (0..track.bid.len()).filter(|at| baseline.inside.get(track.first + at) == Some(&true));
        let (sum, count) = weeks.fold((0.0, 0.0), |(sum, count), at| {
            let factor = (answer * (track.bid[at] - now)).exp().clamp(1.0 / LARGEST, LARGEST);
            (sum + factor, count + 1.0)
        });
        if count > 0.0 { sum / count } else { 1.0 }
    };
    elasticity.par_iter().enumerate().map(of).collect()
}
