//! `Counts` and `Posterior` → one response curve per term.

mod at_price;
mod at_spend;
mod batch;
pub(crate) mod bent;
mod curve;
mod demand;
mod drawn;
mod elasticity;
mod exponential;
mod fit;
mod headroom;
pub(crate) mod hill;
mod logarithmic;
mod points;
mod power;
mod what_if;

pub use at_spend::{AtSpend, Searches};
pub(crate) use batch::Batch;
pub use bent::Stretch;
pub use curve::{Curve, CurveError};
pub use demand::{Demand, start_of_week};
pub(crate) use elasticity::SPENT;
pub use elasticity::{ElasticityEvidence, ElasticitySd};
pub use fit::{CurveBasis, ResponseSettings, Responses, respond};
pub use headroom::{CampaignRoom, Headroom, LeverChoice};
