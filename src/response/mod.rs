//! `Counts` and `Posterior` → one response curve per term.

mod curve;
pub(crate) mod exponential;
mod fit;
pub(crate) mod hill;
pub(crate) mod logarithmic;
pub(crate) mod points;
pub(crate) mod power;

pub use curve::{Curve, CurveError};
pub use fit::{CurveBasis, ResponseSettings, Responses, respond};
