//! Whether recent orders are worth something else than earlier ones.
//!
//! In: a sample of cells, and the variances of the log-normal model. Out: the change, where a test at the level
//! of 1% finds one of a tenth or more. Within each term the mean value of the last third of the periods is compared with that of
//! the earlier ones, so that terms that come and go change nothing:
//! dᵢ = Δ(ln m̄ + s²/2), weighted by wᵢ = 1/(s² then + s² now), at most twice the mean weight,
//!
//! ```text
//! d = Σ wᵢ dᵢ / Σ wᵢ        z = Σ wᵢ dᵢ / √(Σ wᵢ² (dᵢ − d)²)
//! ```
//!
//! The variance is taken from the differences themselves, as terms may move on their own.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::log_normal::Variances;
use super::orders::Sample;
use crate::counts::Counts;
use crate::domain::Notes;

/// Two-sided 1% of the normal distribution.
const LIMIT: f64 = 2.576;
/// Terms with orders on both sides below which nothing is tested.
const FEWEST: usize = 12;
/// Relative changes below this are not worth a note.
const MENTIONED: f64 = 0.1;

/// A change of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// First period of the recent ones.
    pub(super) from: u32,
    /// Recent values over earlier ones.
    pub(super) ratio: f64,
    /// Terms compared.
    pub(super) terms: usize,
}

/// The change of values, if the test finds one.
pub(super) fn change(sample: &Sample, variances: Variances) -> Option<Change> {
    let (first, last) =
        (sample.cells.iter().map(|cell| cell.period).min()?, sample.cells.iter().map(|cell| cell.period).max()?);
    let from = last + 1 - (last + 1 - first) / 3;
    let mut compared: Vec<(f64, f64)> = Vec::new();
    for index in 0..sample.len() {
        let mut sides = [(0.0, 0.0); 2];
        for cell in sample.term(index) {
            let side = &mut sides[usize::from(cell.period >= from)];
            side.0 += cell.orders;
            side.1 += cell.revenue;
        }
        if sides.iter().all(|side| side.0 > 0.0) {
            let [(old, old_s2), (new, new_s2)] = sides.map(|(y, r)| {
                let s2 = variances.of_mean(y);
                ((r / y).ln() + 0.5 * s2, s2)
            });
            compared.push((new - old, 1.0 / (old_s2 + new_s2)));
        }
    }
    if compared.len() < FEWEST {
        return None;
    }
    // a term that dominates has no other to be judged by
    let most = compared.iter().map(|pair| pair.1).sum::<f64>() * 2.0 / compared.len() as f64;
    let weights = || compared.iter().map(|&(d, w)| (d, w.min(most)));
    let weight: f64 = weights().map(|pair| pair.1).sum();
    let mean = weights().map(|(d, w)| w * d).sum::<f64>() / weight;
    let error = weights().map(|(d, w)| (w * (d - mean)).powi(2)).sum::<f64>().sqrt() / weight;
    let is_change = mean.abs() > LIMIT * error && mean.exp_m1().abs() > MENTIONED;
    is_change.then(|| Change { from, ratio: mean.exp(), terms: compared.len() })
}

/// Says that values moved.
pub(super) fn note(counts: &Counts, change: Change, notes: &mut Notes) {
    let start = counts.calendar.periods.get(change.from as usize).and_then(|period| period.start);
    let since = start.map_or_else(|| "in the last third of the periods".to_owned(), |start| format!("from {start} on"));
    let (percent, direction) = (100.0 * (change.ratio - 1.0).abs(), if change.ratio > 1.0 { "more" } else { "less" });
    notes.add(
        "values-changed",
        change.terms,
        format!(
            "terms compared with their own earlier orders: a conversion is worth {percent:.0}% {direction} {since}; values are \
             averages over all periods"
        ),
    );
}
