//! `Counts` → `Posterior`: what the data say about conversion rates and values.
//!
//! One public entry, [`estimate`]. Pure: no files, no clock, no printing.

use crate::counts::Counts;
use crate::domain::Notes;
use serde::{Deserialize, Serialize};

/// Likelihood of conversions given clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateModel {
    /// Conversions ~ Poisson(clicks × rate), rate ~ gamma.
    GammaPoisson,
    /// Conversions ~ binomial(clicks, rate), rate ~ beta.
    BetaBinomial,
}

/// Settings of the estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimateSettings {
    /// Likelihood; `None` chooses from the data.
    pub rate_model: Option<RateModel>,
    /// Level of the equal-tailed credible intervals, e.g. 0.90.
    pub level: f64,
}

/// What is known about every term after seeing the counts. All vectors have the shape: terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Conversions per click.
    pub rate: RatePosterior,
    /// Revenue per conversion, account currency; `None` where the data have no revenue.
    pub value: Option<ValuePosterior>,
    /// What the reader should know of the fit.
    pub notes: Notes,
}
