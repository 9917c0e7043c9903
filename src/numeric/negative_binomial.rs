//! The negative binomial distribution of a count, by its mean and shape, and scores of forecasts with it.
//!
//! ```text
//! P(y) = Γ(y + s) / (Γ(s) y!) · (s / (s + m))ˢ (m / (s + m))ʸ        mean m, variance m + m²/s
//! ```
//! An infinite shape, or one beyond ±10¹², is the Poisson distribution. A negative shape −N is the binomial distribution of N
//! trials, the same formulas continued to variances below the mean; N is rounded up, to more variance. A count beyond N,
//! which it excludes, is given a hundredth of its Poisson probability, so that no score is infinite. In: mean, shape, and a count that need not be
//! whole: probabilities of fractional counts are the same formulas with gamma functions, so they are a quasi-likelihood
//! and don't sum to one. Mass and distribution function are good to 10⁻¹² relative; scores and quantiles come from
//! a walk along the support and, where that would take more than `LONGEST_WALK` steps, from the gamma distribution
//! with the same mean and variance.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use super::special::{beta_cdf, beta_sf, deviance, gamma_cdf, gamma_sf, ln_beta, stirling_error};
use std::f64::consts::TAU;

/// Shapes beyond this are those of a Poisson count.
const POISSON_FROM: f64 = 1e12;
/// Factor on the Poisson probability of a count that a binomial distribution excludes.
const BEYOND: f64 = 0.01;
/// Steps of a walk along the support, at most.
const LONGEST_WALK: u32 = 1 << 16;
/// Standard deviations that a walk has to span: the tail of a shape near zero is that long.
const SPAN: f64 = 30.0;
/// Mass that a walk leaves out at the upper end.
const LEFT_OUT: f64 = 1e-13;

/// An interval of whole counts, its ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountInterval {
    /// Smallest count.
    pub low: f64,
    /// Largest count.
    pub high: f64,
    /// Probability of all its counts together: what such intervals hold when the distribution is right.
    pub mass: f64,
}

/// A negative binomial or, with an infinite shape, a Poisson distribution or, with a negative one, a binomial one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    mean: f64,
    shape: f64,
}

impl NegativeBinomial {
    /// The distribution with this mean and shape; a mean that is not positive is taken as 10⁻³⁰⁰.
    #[must_use]
    pub fn new(mean: f64, shape: f64) -> Self {
        let mean = mean.max(1e-300);
        let shape = match shape {
            shape if shape.abs() > POISSON_FROM => f64::INFINITY,
            // no fewer trials than that a trial may fail
            shape if shape < 0.0 => -(-shape).ceil().max(mean.floor() + 1.0),
            shape => shape,
        };
        Self { mean, shape }
    }

    /// Standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        (self.mean + self.mean * self.mean / self.shape).sqrt()
    }

    /// Logarithm of the mass at `y`, by saddle-point expansion: no digits are lost for large counts or shapes.
    ///
    /// Source: Loader (2000), "Fast and accurate computation of binomial probabilities".
    #[must_use]
    pub fn ln_mass(&self, y: f64) -> f64 {
        let (m, s) = (self.mean, self.shape);
        if s.is_infinite() {
            if y <= 0.0 {
                return -m;
            }
            return -0.5 * (TAU * y).ln() - stirling_error(y) - deviance(y, m, m - y);
        }
        if y <= 0.0 {
            return -s * (m / s).ln_1p();
        }
        if s < 0.0 {
            if y > -s {
                return Self::new(m, f64::INFINITY).ln_mass(y) + BEYOND.ln();
            }
            let choices = -(1.0 - s).ln() - ln_beta(1.0 - s - y, y + 1.0);
            return choices + y * (m / -s).ln() + (-s - y) * (m / s).ln_1p();
        }
        // s/(s + y) times the binomial mass of s successes in s + y trials of probability s/(s + m)
        let n = s + y;
        let excess = s * (y - m) / (s + m);
        let constant = stirling_error(n) - stirling_error(s) - stirling_error(y);
        let deviances = deviance(s, n * (s / (s + m)), excess) + deviance(y, n * (m / (s + m)), -excess);
        constant - deviances - 0.5 * (TAU * y * (n / s)).ln()
    }

    /// Probability of at most `y`: the regularized incomplete beta or gamma function.
    #[must_use]
    pub fn cdf(&self, y: f64) -> f64 {
        let (m, s) = (self.mean, self.shape);
        if y <= -1.0 {
            0.0
        } else if s.is_infinite() {
            gamma_sf(m, y + 1.0, 1.0)
        } else if s < 0.0 {
            if y >= -s { 1.0 } else { beta_sf(m / -s, y + 1.0, -s - y) }
        } else {
            beta_sf(m / (s + m), y + 1.0, s)
        }
    }

    /// Probability of more than `y`, without cancellation.
    #[must_use]
    pub fn sf(&self, y: f64) -> f64 {
        let (m, s) = (self.mean, self.shape);
        if y <= -1.0 {
            1.0
        } else if s.is_infinite() {
            gamma_cdf(m, y + 1.0, 1.0)
        } else if s < 0.0 {
            if y >= -s { 0.0 } else { beta_cdf(m / -s, y + 1.0, -s - y) }
        } else {
            beta_cdf(m / (s + m), y + 1.0, s)
        }
    }

    /// Continuous ranked probability score of the outcome `y`, in counts; less is better.
    ///
    /// # Formula
    /// ```text
    /// ∫ (F(x) − 1{x ≥ y})² dx = Σ_k (F(k) − 1{k ≥ y})²     for a whole y
    /// ```
    /// Source: Matheson and Winkler (1976); Gneiting and Raftery (2007), section 4.2. For the gamma distribution that
    /// stands in where the support is too long: Scheuerer and Möller (2015), appendix.
    #[must_use]
    pub fn crps(&self, y: f64) -> f64 {
        let Some(steps) = self.steps() else { return self.gamma_crps(y) };
        let whole = y.floor();
        // below the first step the distribution function is zero
        let mut sum = (steps.at - y).max(0.0);
        let mut end = steps.at;
        for (k, below) in steps {
            let above = 1.0 - below;
            sum += if k < whole {
                below * below
            } else if k > whole {
                above * above
            } else {
                (y - whole) * below * below + (1.0 - (y - whole)) * above * above
            };
            end = k + 1.0;
        }
        // beyond the last one it is one
        sum + (y - end).max(0.0)
    }

    /// The mid-P interval of each level: the whole counts that have at most `(1 - level) / 2` beyond them on either side,
    /// where half of a count's own probability lies beyond it. Never empty for levels of a half or more.
    ///
    /// # Formula
    /// ```text
    /// {k: (1 − level)/2 ≤ F(k − 1) + P(k)/2 ≤ (1 + level)/2}
    /// ```
    /// The usual ends, where all of a count's probability is its own, hold their level at least and far more of small
    /// counts; these hold it about, sometimes more and sometimes less. Where most of the probability lies in one count
    /// no interval can hold less than that. Source: Lancaster (1961), "Significance tests in discrete distributions"; Berry
    /// and Armitage (1995), "Mid-P confidence intervals: a brief review".
    #[must_use]
    pub fn intervals<const N: usize>(&self, levels: [f64; N]) -> [CountInterval; N] {
        let tails = levels.map(|level| 0.5 * (1.0 - level));
        let Some(steps) = self.steps() else {
            // the middle of a step is where the gamma distribution runs through it
            let (shape, rate) = self.gamma();
            let end = |level: f64| super::quantile::gamma_quantile(level, shape, rate);
            return tails.map(|tail| {
                let (low, high) = (end(tail).ceil(), end(1.0 - tail).floor());
                CountInterval { low, high, mass: self.cdf(high) - self.cdf(low - 1.0) }
            });
        };
        let mut intervals = [CountInterval { low: f64::NAN, high: f64::NAN, mass: f64::NAN }; N];
        let mut before_low = [0.0; N];
        let mut before = 0.0;
        for (k, below) in steps {
            let middle = 0.5 * (before + below);
            for ((interval, before_low), tail) in intervals.iter_mut().zip(&mut before_low).zip(tails) {
                if interval.low.is_nan() && middle >= tail {
                    (interval.low, *before_low) = (k, before);
                    (interval.high, interval.mass) = (k, below - before);
                } else if !interval.low.is_nan() && middle <= 1.0 - tail {
                    (interval.high, interval.mass) = (k, below - *before_low);
                }
            }
            before = below;
        }
        intervals
    }

    /// Shape and rate of the gamma distribution with the same mean and variance.
    fn gamma(&self) -> (f64, f64) {
        let shape = self.mean / (1.0 + self.mean / self.shape);
        (shape, shape / self.mean)
    }

    fn gamma_crps(&self, y: f64) -> f64 {
        let (shape, rate) = self.gamma();
        let below = 2.0 * gamma_cdf(y, shape, rate) - 1.0;
        let lifted = 2.0 * gamma_cdf(y, shape + 1.0, rate) - 1.0;
        y * below - self.mean * lifted - (-ln_beta(0.5, shape)).exp() / rate
    }

    /// Mass at `k + 1` over mass at `k`.
    fn ratio(&self, k: f64) -> f64 {
        let (m, s) = (self.mean, self.shape);
        if s.is_infinite() { m / (k + 1.0) } else { (k + s) * (m / (s + m)) / (k + 1.0) }
    }

    /// The support with its distribution function, from the first count that matters.
    fn steps(&self) -> Option<Steps> {
        if SPAN * self.sd() > f64::from(LONGEST_WALK) {
            return None;
        }
        let mode = if self.shape.is_infinite() {
            self.mean.floor()
        } else {
            (self.mean * (1.0 - 1.0 / self.shape)).floor().max(0.0)
        };
        let (mut at, mut mass) = (mode, self.ln_mass(mode).exp());
        // down from the mode: from zero up, the first mass of a large mean is no number
        while at > 0.0 && mass > 1e-20 {
            mass /= self.ratio(at - 1.0);
            at -= 1.0;
        }
        Some(Steps { of: *self, mode, at, mass, below: 0.0, left: LONGEST_WALK })
    }
}

/// Counts in ascending order, each with the probability of not exceeding it.
struct Steps {
    of: NegativeBinomial,
    mode: f64,
    at: f64,
    mass: f64,
    below: f64,
    left: u32,
}

impl Iterator for Steps {
    type Item = (f64, f64);

    fn next(&mut self) -> Option<Self::Item> {
        let ratio = self.of.ratio(self.at).max(0.0);
        let is_over = self.at > self.mode && ratio < 1.0 && self.mass < LEFT_OUT * (1.0 - ratio);
        if is_over || self.left == 0 {
            return None;
        }
        self.left -= 1;
        self.below = (self.below + self.mass).min(1.0);
        let step = (self.at, self.below);
        self.mass *= ratio;
        self.at += 1.0;
        Some(step)
    }
}

#[cfg(test)]
mod tests;
