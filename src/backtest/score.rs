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
//! The intervals of whole counts are mid-P intervals ([`NegativeBinomial::intervals`]): a count is inside where
//! `F(y − 1) + P(y)/2` is within ½ ± level/2.
//!
//! Fractional outcomes: `ln P` and `F` are continued by gamma functions. The ranked score needs no such thing. An interval
//! of whole counts holds a fractional outcome when it holds the nearest whole count: 0.02 conversions are no miss of the
//! interval from 0 to 0.

use super::coverage::{Inside, LEVELS, NINETY};
use crate::estimate::CountForecast;
use crate::numeric::negative_binomial::{CountInterval, NegativeBinomial};

/// One model's forecasts in one fold and their scores. All vectors have the shape: rows of the fold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Expected conversions.
    pub mean: Vec<f64>,
    /// Shape of the negative binomial; infinite for a Poisson forecast, negative for a binomial one.
    pub shape: Vec<f64>,
    /// Logarithm of the probability of what came, nats.
    pub log_score: Vec<f64>,
    /// Continuous ranked probability score, conversions.
    pub crps: Vec<f64>,
    /// Randomised probability integral transform, 0 to 1.
    pub pit: Vec<f64>,
    /// Mid-P of the nearest whole count: the probability of less, and half of its own.
    middle: Vec<f64>,
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
            let whole = actual.round();
            let [below, at] =
                if actual.fract() > 0.0 { [count.cdf(whole - 1.0), count.cdf(whole)] } else { [below, at] };
            scores.middle.push(0.5 * (below + at));
        }
        scores
    }

    /// Whether the outcome of a row lies in the interval of the level with this number in [`LEVELS`].
    #[must_use]
    pub fn inside(&self, row: usize, level: usize, how: Inside) -> bool {
        let place = match how {
            Inside::Pit => self.pit[row],
            Inside::Raw => self.middle[row],
        };
        (place - 0.5).abs() <= 0.5 * LEVELS[level]
    }

    /// Ends of the 90% interval of a row, whole conversions.
    #[must_use]
    pub fn interval_90(&self, row: usize) -> [f64; 2] {
        let [CountInterval { low, high, .. }] =
            NegativeBinomial::new(self.mean[row], self.shape[row]).intervals([LEVELS[NINETY]]);
        [low, high]
    }
}
