//! `Counts` and `Posterior` → one response curve per term.

mod curve;
mod fit;

pub use curve::{Curve, CurveError};
pub use fit::{CurveBasis, ResponseSettings, Responses, respond};
