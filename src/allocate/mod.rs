//! Problem → exact allocation with a certificate.
//!
//! Knows nothing of terms or clicks: items, curves, limits.

mod certificate;
mod price;
mod problem;
mod rounding;

pub use certificate::{AllocationStatus, Certificate};
pub use problem::{AllocateError, Problem};
pub use rounding::{Rounded, round_to_step};

use serde::Serialize;

/// Why an item's spend is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// Interior: its marginal equals the price.
    None,
    /// At its lower bound.
    Lower,
    /// At its upper bound.
    Upper,
    /// Lower and upper bound are equal.
    Fixed,
}

/// The solver's answer. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Spend of each item, money.
    pub spend: Vec<f64>,
    /// Response at that spend, in the curves' units.
    pub response: Vec<f64>,
    /// Slope of the curve at that spend, response per unit of money.
    pub marginal: Vec<f64>,
    /// Which bound holds each item.
    pub binding: Vec<Binding>,
    /// Budget that is not spent, money.
    pub unallocated: f64,
    /// Proof of quality.
    pub certificate: Certificate,
}
