//! Beta and gamma distributions, prepared once and evaluated often.
//!
//! In: shapes and rate. Out: distribution function, its complement, density, quantile; mixtures
//! build on the same pieces. All is computed as kernel × (tail / kernel): the kernel is the slope
//! of the distribution function in logit x (beta) or ln x (gamma), in Loader's saddle-point form;
//! the ratio comes from a continued fraction or, for large shapes near the mean, from the uniform
//! expansion. So the Newton steps of the quantiles get their derivatives for nothing.
//!
//! Parameters that are not positive and finite give `NaN`. Wrong when: shapes beyond about 10¹⁴,
//! where x − mean has no digits left; `x` so near to 1 that 1 − x has none.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use std::f64::consts::TAU;

use super::expansion::Expansion;
use super::fraction::{lower_beta, upper_gamma};
use super::special::{deviance, stirling_error};

/// A distribution function at one place, with its derivatives in logit x or ln x.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Logarithm of the kernel.
    pub(super) ln_kernel: f64,
    /// The computed tail over the kernel.
    pub(super) ratio: f64,
    /// Whether the computed tail is the lower one.
    pub(super) below: bool,
    /// Derivative of `ln_kernel`.
    pub(super) drift: f64,
}

impl Place {
    /// The tail asked for, computed or by complement.
    pub(super) fn tail(&self, lower: bool) -> f64 {
        let tail = self.ratio * self.ln_kernel.exp();
        if lower == self.below { tail.min(1.0) } else { (1.0 - tail).max(0.0) }
    }

    /// Logarithm of the tail asked for and its relative slope, kernel over tail.
    pub(super) fn ln_tail(&self, lower: bool) -> (f64, f64) {
        if lower == self.below {
            return (self.ln_kernel + self.ratio.ln(), 1.0 / self.ratio);
        }
        let kernel = self.ln_kernel.exp();
        let tail = self.ratio * kernel;
        ((-tail).ln_1p(), kernel / (1.0 - tail))
    }
}

/// Beta distribution with density xᵃ⁻¹ (1−x)ᵇ⁻¹ / B(a, b) on (0, 1).
#[derive(Clone, Copy, Debug)]
pub struct Beta {
    pub(super) a: f64,
    pub(super) b: f64,
    sum: f64,
    ln_front: f64,
    expansion: Option<Expansion>,
}

impl Beta {
    /// Prepares Beta(a, b); everything asked of it is `NaN` unless both are positive and finite.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Self {
        let sum = a + b;
        let valid = a > 0.0 && b > 0.0 && sum < f64::INFINITY;
        let ln_front = if valid {
            let (small, large) = (a.min(b), a.max(b));
            0.5 * (small * (large / sum) / TAU).ln() + stirling_error(sum) - stirling_error(a) - stirling_error(b)
        } else {
            f64::NAN
        };
        let expansion = if valid { Expansion::beta(a.min(b), a.max(b)) } else { None };
        Self { a, b, sum, ln_front, expansion }
    }

    /// Whether the parameters are positive and finite.
    pub(super) fn is_valid(&self) -> bool {
        !self.ln_front.is_nan()
    }

    /// The expansion, for a first guess of the quantile.
    pub(super) fn expansion(&self) -> Option<&Expansion> {
        self.expansion.as_ref()
    }

    /// ln( a B(a, b) ), the constant of the lower power law F ≈ xᵃ / (a B).
    pub(super) fn ln_lower_constant(&self) -> f64 {
        self.ln_power(self.a, self.b)
    }

    /// ln( b B(a, b) ), the constant of the upper power law.
    pub(super) fn ln_upper_constant(&self) -> f64 {
        self.ln_power(self.b, self.a)
    }

    fn ln_power(&self, near: f64, far: f64) -> f64 {
        // the kernel at the mean is e^front and also pᵃ qᵇ / B
        let ln_far = if far > near { (-near / self.sum).ln_1p() } else { (far / self.sum).ln() };
        near.ln() + near * (near / self.sum).ln() + far * ln_far - self.ln_front
    }

    /// Evaluates at `x`, with `y` = 1 − x, both above zero.
    pub(super) fn at(&self, x: f64, y: f64) -> Place {
        let (a, b, sum) = (self.a, self.b, self.sum);
        // n x − a, from the smaller of x and 1 − x
        let excess = if x <= y { sum * x - a } else { b - sum * y };
        let deviance = deviance(a, sum * x, excess) + deviance(b, sum * y, -excess);
        let ln_kernel = self.ln_front - deviance;
        let place = |ratio, below| Place { ln_kernel, ratio, below, drift: -excess };
        if let Some(expansion) = &self.expansion {
            let below = excess <= 0.0;
            if let Some(ratio) = expansion.ratio(deviance, below == (a <= b)) {
                return place(ratio, below);
            }
        }
        if x * (sum + 2.0) <= a + 1.0 {
            place(lower_beta(a, b * x, x, y), true)
        } else {
            place(lower_beta(b, a * y, y, x), false)
        }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        self.tail(x, true)
    }

    /// Probability of more than `x`, without cancellation.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        self.tail(x, false)
    }

    fn tail(&self, x: f64, lower: bool) -> f64 {
        if x.is_nan() || !self.is_valid() {
            return f64::NAN;
        }
        if x <= 0.0 || x >= 1.0 {
            return if lower == (x >= 1.0) { 1.0 } else { 0.0 };
        }
        self.at(x, 1.0 - x).tail(lower)
    }

    /// Density at `x`.
    #[must_use]
    pub fn pdf(&self, x: f64) -> f64 {
        if x.is_nan() || !self.is_valid() {
            return f64::NAN;
        }
        if x > 0.0 && x < 1.0 {
            let place = self.at(x, 1.0 - x);
            return place.ln_kernel.exp() / (x * (1.0 - x));
        }
        if !(0.0..=1.0).contains(&x) {
            return 0.0;
        }
        let (near, far) = if x > 0.5 { (self.b, self.a) } else { (self.a, self.b) };
        density_at_end(near, far)
    }
}

/// Gamma distribution with density proportional to xˢʰᵃᵖᵉ⁻¹ e^(−rate x) on (0, ∞).
#[derive(Clone, Copy, Debug)]
pub struct Gamma {
    pub(super) shape: f64,
    pub(super) rate: f64,
    ln_front: f64,
    expansion: Option<Expansion>,
}

impl Gamma {
    /// Prepares Gamma(shape, rate); everything asked of it is `NaN` unless both are positive and finite.
    #[must_use]
    pub fn new(shape: f64, rate: f64) -> Self {
        let valid = shape > 0.0 && shape < f64::INFINITY && rate > 0.0 && rate < f64::INFINITY;
        let ln_front = if valid { 0.5 * (shape / TAU).ln() - stirling_error(shape) } else { f64::NAN };
        let expansion = if valid { Expansion::gamma(shape) } else { None };
        Self { shape, rate, ln_front, expansion }
    }

    /// Whether the parameters are positive and finite.
    pub(super) fn is_valid(&self) -> bool {
        !self.ln_front.is_nan()
    }

    /// The expansion, for a first guess of the quantile.
    pub(super) fn expansion(&self) -> Option<&Expansion> {
        self.expansion.as_ref()
    }

    /// ln Γ(shape + 1), the constant of the lower power law F ≈ t^shape / Γ(shape + 1).
    pub(super) fn ln_lower_constant(&self) -> f64 {
        self.shape * self.shape.ln() - self.shape - self.ln_front + self.shape.ln()
    }

    /// Evaluates at `t` = rate · x, above zero.
    pub(super) fn at(&self, t: f64) -> Place {
        let a = self.shape;
        let excess = t - a;
        let deviance = deviance(a, t, excess);
        let ln_kernel = self.ln_front - deviance;
        let place = |ratio, below| Place { ln_kernel, ratio, below, drift: -excess };
        if let Some(expansion) = &self.expansion {
            let below = excess <= 0.0;
            if let Some(ratio) = expansion.ratio(deviance, below) {
                return place(ratio, below);
            }
        }
        // the lower fraction begins with 1 − excess
        if excess <= 0.5 { place(lower_beta(a, t, 0.0, 1.0), true) } else { place(upper_gamma(a, t), false) }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        self.tail(x, true)
    }

    /// Probability of more than `x`, without cancellation.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        self.tail(x, false)
    }

    fn tail(&self, x: f64, lower: bool) -> f64 {
        if x.is_nan() || !self.is_valid() {
            return f64::NAN;
        }
        let t = x * self.rate;
        if t <= 0.0 || t >= f64::MAX {
            return if lower == (t > 0.0) { 1.0 } else { 0.0 };
        }
        self.at(t).tail(lower)
    }

    /// Density at `x`.
    #[must_use]
    pub fn pdf(&self, x: f64) -> f64 {
        if x.is_nan() || !self.is_valid() {
            return f64::NAN;
        }
        let t = x * self.rate;
        if t > 0.0 && t < f64::MAX {
            return (self.ln_front - deviance(self.shape, t, t - self.shape)).exp() / x;
        }
        if x < 0.0 || t > 0.0 {
            return 0.0;
        }
        density_at_end(self.shape, self.rate)
    }
}

/// Density at an end of the support where it goes as distance^(power − 1).
fn density_at_end(power: f64, at_one: f64) -> f64 {
    if power < 1.0 {
        f64::INFINITY
    } else if power > 1.0 {
        0.0
    } else {
        at_one
    }
}

#[cfg(test)]
mod tests;
