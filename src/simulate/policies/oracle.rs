//! The best plan of a week by the truth.

use super::{PolicyError, SpendLimits};
use crate::allocate::{AllocatorSettings, Problem, allocate};
use crate::simulate::Truth;

/// Maximizes the expected profit of an average week at this week's true rates.
///
/// ```text
/// max Σ mᵢ pᵢ vᵢ Qᵢ(xᵢ) − xᵢ     subject to the limits
/// ```
/// One week at a time: what a spend of this week makes possible in the next, through limits on changes, is not
/// looked ahead to. Without a margin, revenue is maximized.
///
/// # Errors
/// [`PolicyError::Allocate`] where limits contradict each other.
pub(super) fn best(truth: &Truth, limits: &SpendLimits) -> Result<Vec<f64>, PolicyError> {
    // beyond the last click money buys nothing
    let bounds = limits.lower.iter().zip(&limits.upper).enumerate();
    let upper = bounds.map(|(term, (&lower, &upper))| upper.min(truth.full_spend(term).max(lower)));
    let curves = truth.click_curves().into_iter().enumerate();
    let problem = Problem {
        curves: curves.map(|(term, curve)| curve.scaled(truth.value_per_click(term))).collect(),
        lower: limits.lower.clone(),
        upper: upper.collect(),
        budget: limits.budget,
        price_floor: if truth.margin.is_some() { 1.0 } else { 0.0 },
        ..Problem::default()
    };
    Ok(limits.within(&allocate(&problem, &AllocatorSettings::default())?.spend))
}
