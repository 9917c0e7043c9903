//! What a week's spends have to keep, the same for every policy.

use crate::domain::Status;
use crate::numeric::sum::ExactSum;

use super::super::observation::Observation;

/// Bounds of every term and the budget of a week, account currency in an average week.
///
/// # Formula
/// ```text
/// funded term:    (1 − c) s ≤ x ≤ (1 + c) s        s: what it is set to now, c: largest change
/// other term:     0 ≤ x ≤ o                        o: half the median spend of the funded terms at the start
/// paused term:    x = 0                            and  Σ x ≤ B, the spend of the account at the start
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SpendLimits {
    /// Least spend. Shape: terms.
    pub lower: Vec<f64>,
    /// Most spend. Shape: terms.
    pub upper: Vec<f64>,
    /// Most that all terms spend together.
    pub budget: f64,
}

impl SpendLimits {
    /// The limits of the next week, from what terms are set to now. Shape of `spend`: terms.
    pub(super) fn new(observation: &Observation, spend: &[f64], budget: f64, max_change: f64, opening: f64) -> Self {
        let bounds = |(term, &spend): (&crate::domain::Term, &f64)| {
            if term.status != Status::Enabled {
                (0.0, 0.0)
            } else if spend > 0.0 {
                ((1.0 - max_change).max(0.0) * spend, (1.0 + max_change) * spend)
            } else {
                (0.0, opening)
            }
        };
        let (lower, upper) = observation.terms.iter().zip(spend).map(bounds).unzip();
        Self { lower, upper, budget }
    }

    /// The spends nearest to what was wanted: cut at the bounds, and scaled down together where they exceed the
    /// budget. Shape of `wanted`: terms.
    #[must_use]
    pub fn within(&self, wanted: &[f64]) -> Vec<f64> {
        let cut = self.scaled(wanted, 1.0);
        if sum(&cut) <= self.budget { cut } else { self.spread(wanted) }
    }

    /// Spends in proportion to the weights as far as the bounds allow, `x = cut(t · weight)`, with the t that
    /// spends the budget. Shape of `weights`: terms, not negative.
    #[must_use]
    pub fn spread(&self, weights: &[f64]) -> Vec<f64> {
        // every term is at a bound at the ends, and the sum rises between them
        let (mut low, mut high) = (0.0, 1.0);
        for (&weight, &upper) in weights.iter().zip(&self.upper) {
            if weight > 0.0 {
                high = f64::max(high, upper / weight);
            }
        }
        if sum(&self.scaled(weights, high)) <= self.budget {
            return self.scaled(weights, high);
        }
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if sum(&self.scaled(weights, middle)) <= self.budget { low = middle } else { high = middle }
        }
        self.scaled(weights, low)
    }

    fn scaled(&self, weights: &[f64], factor: f64) -> Vec<f64> {
        let bounds = self.lower.iter().zip(&self.upper);
        weights.iter().zip(bounds).map(|(weight, (&lower, &upper))| (factor * weight).max(lower).min(upper)).collect()
    }
}

/// Halvings that take any factor to the precision of `f64`, with room for its size.
const BISECTIONS: usize = 200;

/// Order-free sum.
pub(super) fn sum(values: &[f64]) -> f64 {
    values.iter().copied().collect::<ExactSum>().value()
}
