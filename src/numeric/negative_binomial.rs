//! The negative binomial distribution of a count, by its mean and shape, and scores of forecasts with it.
//!
//! ```text
//! P(y) = Γ(y + s) / (Γ(s) y!) · (s / (s + m))ˢ (m / (s + m))ʸ        mean m, variance m + m²/s
//! ```
//! An infinite shape, or one beyond 10¹², is the Poisson distribution. In: mean, shape, and a count that need not be
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
/// Steps of a walk along the support, at most.
const LONGEST_WALK: u32 = 1 << 16;
/// Standard deviations that a walk has to span: the tail of a shape near zero is that long.
const SPAN: f64 = 30.0;
/// Mass that a walk leaves out at the upper end.
const LEFT_OUT: f64 = 1e-13;

/// A negative binomial or, with an infinite shape, a Poisson distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    mean: f64,
    shape: f64,
}

impl NegativeBinomial {
    /// The distribution with this mean and shape; a mean that is not positive is taken as 10⁻³⁰⁰.
    #[must_use]
    pub fn new(mean: f64, shape: f64) -> Self {
        let shape = if shape > POISSON_FROM { f64::INFINITY } else { shape };
        Self { mean: mean.max(1e-300), shape }
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

    /// The smallest whole counts whose probability of not being exceeded reaches each of `levels`, ascending.
    #[must_use]
    pub fn quantiles<const N: usize>(&self, levels: [f64; N]) -> [f64; N] {
        let Some(steps) = self.steps() else {
            let (shape, rate) = self.gamma();
            return levels.map(|level| super::quantile::gamma_quantile(level, shape, rate).round());
        };
        let mut quantiles = [f64::NAN; N];
        let mut found = 0;
        let mut last = steps.at;
        for (k, below) in steps {
            while found < N && below >= levels[found] {
                quantiles[found] = k;
                found += 1;
            }
            last = k;
        }
        quantiles[found..].fill(last);
        quantiles
    }

    /// Probability of each equal-tailed interval of whole counts, its ends included: what such an interval holds when
    /// the distribution is right. Never below its level, and the further above it the smaller the counts.
    ///
    /// # Formula
    /// ```text
    /// F(h) − F(l − 1),   l = min{k: F(k) ≥ (1 − level)/2},   h = min{k: F(k) ≥ (1 + level)/2}
    /// ```
    #[must_use]
    pub fn interval_mass<const N: usize>(&self, levels: [f64; N]) -> [f64; N] {
        let Some(steps) = self.steps() else {
            let tails = levels.map(|level| 0.5 * (1.0 - level));
            let ends = tails.map(|tail| self.quantiles([tail, 1.0 - tail]));
            return ends.map(|[low, high]| self.cdf(high) - self.cdf(low - 1.0));
        };
        // F just below the lower end, and at the upper end
        let mut ends = [(f64::NAN, f64::NAN); N];
        let mut before = 0.0;
        for (_, below) in steps {
            for ((low, high), level) in ends.iter_mut().zip(levels) {
                let tail = 0.5 * (1.0 - level);
                if low.is_nan() && below >= tail {
                    *low = before;
                }
                if high.is_nan() && below >= 1.0 - tail {
                    *high = below;
                }
            }
            before = below;
        }
        // a level so high that the walk stopped short of it holds everything
        ends.map(|(low, high)| if high.is_nan() { 1.0 - low.max(0.0) } else { high - low })
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
        let ratio = self.of.ratio(self.at);
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
