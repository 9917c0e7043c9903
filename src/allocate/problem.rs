//! The problem: items with curves and bounds, one budget; checked before anything is computed.

use super::tally::Scale;
use super::workspace::CHUNK;
use crate::response::{Curve, CurveError};
use rayon::prelude::*;

/// Bounds that exceed the budget by this share of it are rounding, not a contradiction.
const ROUNDING: f64 = 1e-12;

/// What to allocate. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Response curve of each item.
    pub curves: Vec<Curve>,
    /// Least spend of each item, money.
    pub lower: Vec<f64>,
    /// Most spend of each item, money; may be infinite.
    pub upper: Vec<f64>,
    /// Money to spend.
    pub budget: f64,
    /// Spend only while the marginal is at least this, response per unit of money.
    ///
    /// 0 spends as far as the limits allow; with responses in money, 1 maximizes profit.
    pub price_floor: f64,
}

/// Why a problem cannot be solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AllocateError {
    /// Vectors of different lengths.
    #[error("`{field}` has {found} entries for {items} items")]
    Length {
        /// The vector.
        field: &'static str,
        /// Its length.
        found: usize,
        /// Number of curves.
        items: usize,
    },
    /// A number that is not one, infinite or negative.
    #[error("`{field}` is {value}, and must be finite and zero or above")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A bound that is not a number, or negative.
    #[error("`{field}` of item {} is {value}, and must be a number, zero or above", item + 1)]
    Bound {
        /// Index of the item, from 0.
        item: usize,
        /// `lower` or `upper`.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// Bounds that cross.
    #[error("`lower` of item {} is {lower}, above its `upper` {upper}", item + 1)]
    BoundsCross {
        /// Index of the item, from 0.
        item: usize,
        /// Lower bound, money.
        lower: f64,
        /// Upper bound, money.
        upper: f64,
    },
    /// A curve with unusable parameters.
    #[error("the curve of item {}", item + 1)]
    Curve {
        /// Index of the item, from 0.
        item: usize,
        /// What is wrong with it.
        source: CurveError,
    },
    /// The lower bounds alone need more than the budget.
    #[error("the lower bounds of {items} items need {least}, and the budget is {budget}")]
    Infeasible {
        /// Sum of the lower bounds, money.
        least: f64,
        /// The budget, money.
        budget: f64,
        /// Items with a lower bound above zero.
        items: usize,
    },
}

impl AllocateError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Infeasible { least, budget, .. } => Some(format!(
                "raise the budget to {least}, or lower every lower bound to {:.4} of what it is",
                // rounded down, so that the factor as printed is low enough
                (budget / least * 1e4).floor() / 1e4
            )),
            Self::BoundsCross { .. } => Some("raise `upper` or lower `lower`".to_owned()),
            Self::Curve { source, .. } => source.hint(),
            Self::Length { .. } | Self::Value { .. } | Self::Bound { .. } => None,
        }
    }
}

impl Problem {
    /// No item can take more than the budget; twice that keeps the cap from ever binding.
    pub(super) fn cap(&self, item: usize) -> f64 {
        self.upper[item].min((2.0 * self.budget).max(self.lower[item]))
    }

    /// Checks everything, and gives the scale for sums of spends.
    pub(super) fn check(&self) -> Result<Scale, AllocateError> {
        let items = self.curves.len();
        for (field, found) in [("lower", self.lower.len()), ("upper", self.upper.len())] {
            if found != items {
                return Err(AllocateError::Length { field, found, items });
            }
        }
        for (field, value) in [("budget", self.budget), ("price_floor", self.price_floor)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(AllocateError::Value { field, value });
            }
        }
        let first = if items <= CHUNK {
            (0..items).find_map(|item| self.check_item(item).err())
        } else {
            (0..items).into_par_iter().with_min_len(CHUNK).find_map_first(|item| self.check_item(item).err())
        };
        if let Some(error) = first {
            return Err(error);
        }
        let greatest = self.lower.iter().copied().fold(0.0, f64::max);
        let scale = Scale::new(items, greatest.max(2.0 * self.budget));
        let least = scale.total(&self.lower);
        if least > self.budget * (1.0 + ROUNDING) {
            let items = self.lower.iter().filter(|lower| **lower > 0.0).count();
            return Err(AllocateError::Infeasible { least, budget: self.budget, items });
        }
        Ok(scale)
    }

    fn check_item(&self, item: usize) -> Result<(), AllocateError> {
        let (lower, upper) = (self.lower[item], self.upper[item]);
        if !(lower.is_finite() && lower >= 0.0) {
            return Err(AllocateError::Bound { item, field: "lower", value: lower });
        }
        if upper.is_nan() || upper < 0.0 {
            return Err(AllocateError::Bound { item, field: "upper", value: upper });
        }
        if lower > upper {
            return Err(AllocateError::BoundsCross { item, lower, upper });
        }
        self.curves[item].validate().map_err(|source| AllocateError::Curve { item, source })
    }
}
