//! `Counts` and `Posterior` → one response curve per term.

mod batch;
mod curve;
mod elasticity;
mod exponential;
mod fit;
pub(crate) mod hill;
mod logarithmic;
mod points;
mod power;

pub(crate) use batch::Batch;
pub use curve::{Curve, CurveError};
pub use elasticity::{ElasticityEvidence, ElasticitySd};
pub use fit::{CurveBasis, ResponseSettings, Responses, respond};
