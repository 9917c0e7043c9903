//! Forecasts against what came: log score, ranked score, and where the outcome falls in the forecast.
//!
//! # Formula
//! ```text
//! log score   ln P(y)                                              Good (1952); Gneiting and Raftery (2007), section 4.1
//! CRPS        Σ_k (F(k) − 1{k ≥ y})²                               Gneiting and Raftery (2007), section 4.2
//! PIT         F(y − 1) + u P(y),   u ~ uniform(0, 1)               Czado, Gneiting and Held (2009), equation 1
//! ```
//! If the forecasts are right the randomised PIT is uniform, so the share of PITs within ½ ± level/2 is the level. Without
//! `u`, the interval of a count that is mostly zero holds more than its level, however good the forecast is. `u` comes
//! from a stream of the seed, the term's key and the period, the same for all models.
//!
//! Fractional outcomes: `ln P` and `F` are continued by gamma functions. The ranked score needs no such thing. An interval
//! of whole counts holds a fractional outcome when it holds the nearest whole count: 0.02 conversions are no miss of the
//! interval from 0 to 0.

use super::coverage::{Inside, LEVELS};
use crate::estimate::CountForecast;
use crate::numeric::negative_binomial::NegativeBinomial;

/// One model's forecasts in one fold and their scores. All vectors have the shape: rows of the fold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Expected conversions.
    pub mean: Vec<f64>,
    /// Shape of the negative binomial; infinite for a Poisson forecast.
    pub shape: Vec<f64>,
    /// Logarithm of the probability of what came, nats.
    pub log_score: Vec<f64>,
    /// Continuous ranked probability score, conversions.
    pub crps: Vec<f64>,
    /// Randomised probability integral transform, 0 to 1.
    pub pit: Vec<f64>,
    /// Largest tail probability with which an equal-tailed interval of whole counts still holds the outcome.
    widest_tail: Vec<f64>,
}

impl Scores {
    /// Scores forecasts. Shapes: rows; `uniform` is what makes the PIT uniform.
    pub(super) fn new(forecasts: &[CountForecast], actual: &[f64], uniform: &[f64]) -> Self {
        let mut scores = Self::default();
        for ((forecast, &actual), &uniform) in forecasts.iter().zip(actual).zip(uniform) {
            let count = NegativeBinomial::new(forecast.mean, forecast.shape);
            scores.mean.push(forecast.mean);
            scores.shape.push(forecast.shape);
            scores.log_score.push(count.ln_mass(actual));
            scores.crps.push(count.crps(actual));
            let (below, at) =
                if actual > 0.0 { (count.cdf(actual - 1.0), count.cdf(actual)) } else { (0.0, count.cdf(0.0)) };
            scores.pit.push((at - below).mul_add(uniform, below));
            // y is not below the lower end where F(y) reaches the tail, nor above the upper end where 1 − F(y − 1) exceeds it
            let whole = actual.round();
            scores.widest_tail.push(count.cdf(whole).min(count.sf(whole - 1.0)));
        }
        scores
    }

    /// Whether the outcome of a row lies in the equal-tailed interval of the level with this number in [`LEVELS`].
    #[must_use]
    pub fn inside(&self, row: usize, level: usize, how: Inside) -> bool {
        let level = LEVELS[level];
        match how {
            Inside::Pit => (self.pit[row] - 0.5).abs() <= 0.5 * level,
            Inside::Raw => self.widest_tail[row] > 0.5 * (1.0 - level) - 1e-12,
        }
    }

    /// Ends of the 90% interval of a row, whole conversions.
    #[must_use]
    pub fn interval_90(&self, row: usize) -> [f64; 2] {
        NegativeBinomial::new(self.mean[row], self.shape[row]).quantiles([0.05, 0.95])
    }
}
