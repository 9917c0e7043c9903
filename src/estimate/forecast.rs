//! Forecasts of a term's conversions in the next period, given its clicks.
//!
//! # Formula
//! ```text
//! y | n ~ negative binomial, mean n m, shape s       m    posterior mean of the rate
//! 1/s = v + φ + v φ − (1 − ψ)/(n m)                  v    relative variance of the rate's posterior,
//!                                                         with what terms share in that period
//!                                                    φ    relative variance of a term's own noise in a period
//!                                                    ψ    variance of a count over its mean, given its rate
//! ```
//! With ψ below 1 the variance may be below the mean: then s is negative, and the count binomial with −s trials.
//!
//! The posterior, a mixture of gammas, is taken as the gamma with its mean and variance.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::Posterior;

/// A negative binomial forecast of a count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountForecast {
    /// Expected count.
    pub mean: f64,
    /// Shape: the relative variance of the mean is its reciprocal; infinite for a Poisson count, negative for a count with less
    /// variance than that (see [`NegativeBinomial`](crate::numeric::negative_binomial::NegativeBinomial)).
    pub shape: f64,
}

impl Posterior {
    /// Conversions of `term` on `clicks` clicks in the next period, all of them reported.
    #[must_use]
    pub fn forecast(&self, term: usize, clicks: f64) -> CountForecast {
        let (mean, sd) = (self.rate.mean[term], self.rate.sd[term]);
        let relative = sd / mean;
        let (own, noise) = (relative * relative, self.drift.as_ref().map_or(0.0, |drift| drift.own_noise.powi(2)));
        let mean = clicks * mean;
        let beyond_poisson = own + noise + own * noise - (1.0 - self.scatter) / mean.max(f64::MIN_POSITIVE);
        CountForecast { mean, shape: 1.0 / beyond_poisson }
    }
}
