//! Quantiles of the beta and gamma distributions and the root search they share with mixtures.
//!
//! In: a probability and a prepared distribution. Out: the quantile, relative error below 10⁻⁹
//! (measured 10⁻¹²) for shapes from 0.003 to 3·10⁸ and probabilities from 10⁻¹⁰ to 1 − 10⁻¹⁰.
//!
//! The search is for a root of ln F − ln p (lower half) or ln q − ln S (upper half) in u = logit x
//! or ln x. Both tails are log-concave in u, so Newton's method converges from anywhere, and since
//! slope and curvature come with the tail, the steps are Halley's. A bracket and a limit on the
//! step guard mixtures, which are not log-concave; the search is capped and gives `NaN` at the cap.
//!
//! Not representable: quantiles below about 10⁻³⁰⁰, which tiny shapes have, come out as 0 or
//! subnormal; beta quantiles nearer to 1 than 10⁻¹⁶ come out as 1.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use super::distribution::{Beta, Gamma};
use super::special::normal_quantile;

/// Error allowed in logit x or ln x for one distribution.
const TOLERANCE: f64 = 1e-13;

/// Evaluations after which a search gives up; 3 are usual, 5 the most seen.
const MAX_EVALUATIONS: usize = 200;

/// Bounds of the search in logit x or ln x: beyond them x or 1 − x is not a normal number.
const BOUND: f64 = 700.0;

/// Quantile of Beta(a, b); 0 at p = 0, 1 at p = 1, `NaN` for invalid input.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).quantile(p)
}

/// Quantile of Gamma(shape, rate); 0 at p = 0, ∞ at p = 1, `NaN` for invalid input.
#[must_use]
pub fn gamma_quantile(p: f64, shape: f64, rate: f64) -> f64 {
    Gamma::new(shape, rate).quantile(p)
}

/// Quantile of the mixture Σ wᵢ Beta(aᵢ, bᵢ), relative error below 10⁻⁷; see [`BetaMixture`](super::mixture::BetaMixture).
#[must_use]
pub fn beta_mixture_quantile(p: f64, weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
    super::mixture::BetaMixture::new(weights, a, b).quantile(p)
}

/// Quantile of the mixture Σ wᵢ Gamma(shapeᵢ, rateᵢ), relative error below 10⁻⁷; see [`GammaMixture`](super::mixture::GammaMixture).
#[must_use]
pub fn gamma_mixture_quantile(p: f64, weights: &[f64], shape: &[f64], rate: &[f64]) -> f64 {
    super::mixture::GammaMixture::new(weights, shape, rate).quantile(p)
}

/// Logarithm of a tail and its first two derivatives in u.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogTail {
    /// ln F or ln S.
    pub(super) ln_tail: f64,
    /// Kernel over tail.
    pub(super) slope: f64,
    /// Derivative of the logarithm of the kernel.
    pub(super) drift: f64,
}

/// Which tail a probability is measured in, and its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// Whether the smaller tail is the lower one.
    pub(super) lower: bool,
    /// Logarithm of the probability of that tail.
    pub(super) ln_tail: f64,
}

impl Target {
    /// The smaller of p and 1 − p, for 0 < p < 1.
    pub(super) fn new(p: f64) -> Self {
        let lower = p <= 0.5;
        Self { lower, ln_tail: if lower { p.ln() } else { (-p).ln_1p() } }
    }

    /// Root in u from `start`, to `tolerance` in u; `NaN` at the cap of evaluations.
    pub(super) fn solve(&self, start: f64, tolerance: f64, mut evaluate: impl FnMut(f64) -> LogTail) -> f64 {
        let (mut low, mut high) = (-BOUND, BOUND);
        let mut u = start.clamp(low, high);
        let mut stride = 4.0;
        for count in 1..=MAX_EVALUATIONS {
            let tail = evaluate(u);
            let (gap, curvature) = if self.lower {
                (tail.ln_tail - self.ln_tail, tail.drift - tail.slope)
            } else {
                (self.ln_tail - tail.ln_tail, tail.drift + tail.slope)
            };
            if gap.is_nan() {
                return f64::NAN;
            }
            if gap > 0.0 {
                high = u;
            } else {
                low = u;
            }
            let newton = -gap / tail.slope;
            let correction = 1.0 + 0.5 * newton * curvature;
            let mut step = if (0.5..2.0).contains(&correction) { newton / correction } else { newton };
            // the error left by Halley's step is of third order in it
            let order = step.abs() * curvature.abs().max(tail.slope);
            if step.abs() <= f64::EPSILON * u.abs() || (order < 0.3 && order * order * step.abs() < tolerance) {
                return (u + step).clamp(low, high);
            }
            if step.is_nan() || step.abs() > stride {
                step = stride.copysign(-gap);
                stride *= 4.0;
            }
            let next = u + step;
            // every fourth late step halves the bracket, whatever Newton says
            u = if low < next && next < high && (count < 12 || count % 4 != 0) { next } else { 0.5 * (low + high) };
            if high - low <= f64::EPSILON * u.abs() {
                return u;
            }
        }
        f64::NAN
    }
}

/// The answer where the distribution function is 0 or 1 or the input is no probability.
pub(super) fn end_of_support(p: f64, valid: bool, last: f64) -> Option<f64> {
    if !valid || !(0.0..=1.0).contains(&p) {
        Some(f64::NAN)
    } else if p <= 0.0 {
        Some(0.0)
    } else if p >= 1.0 {
        Some(last)
    } else {
        None
    }
}

/// ln x of a power law F = xᵃ / constant where it is exact to 10⁻¹⁶, x being below `far` e⁻³⁷.
fn power_law(ln_p: f64, ln_constant: f64, a: f64, far: f64) -> Option<f64> {
    let ln_x = (ln_p + ln_constant) / a;
    (ln_x + far.max(1.0).ln() < -37.0).then_some(ln_x)
}

impl Beta {
    /// Quantile; 0 at p = 0, 1 at p = 1, `NaN` for invalid input.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if let Some(end) = end_of_support(p, self.is_valid(), 1.0) {
            return end;
        }
        if self.expansion().is_none() {
            if let Some(ln_x) = power_law(p.ln(), self.ln_lower_constant(), self.a, self.b) {
                return ln_x.exp();
            }
            if let Some(ln_y) = power_law((-p).ln_1p(), self.ln_upper_constant(), self.b, self.a) {
                return -ln_y.exp_m1();
            }
        }
        logistic(self.logit_quantile(p)).0
    }

    /// Quantile on the logit scale, for 0 < p < 1.
    pub(super) fn logit_quantile(&self, p: f64) -> f64 {
        let target = Target::new(p);
        target.solve(self.logit_near(p), TOLERANCE, |u| {
            let (x, y) = logistic(u);
            let place = self.at(x, y);
            let (ln_tail, slope) = place.ln_tail(target.lower);
            LogTail { ln_tail, slope, drift: place.drift }
        })
    }

    /// First guess of the logit of the quantile, for 0 < p < 1.
    pub(super) fn logit_near(&self, p: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        let z = normal_quantile(p);
        if a > b {
            // guess on the side of the smaller shape
            return -start_beta(b, a, 1.0 - p, -z, self.expansion().and_then(|e| e.start(-z)), || {
                (self.ln_upper_constant(), self.ln_lower_constant())
            });
        }
        start_beta(a, b, p, z, self.expansion().and_then(|e| e.start(z)), || {
            (self.ln_lower_constant(), self.ln_upper_constant())
        })
    }
}

/// First guess for Beta with a ≤ b.
fn start_beta(a: f64, b: f64, p: f64, z: f64, u: Option<f64>, constants: impl Fn() -> (f64, f64)) -> f64 {
    if let Some(u) = u {
        return (a * (1.0 + u) / (b - a * u)).ln();
    }
    // a good guess between similar shapes; far too large in the upper tail for a near 1 and large b
    if a > 2.0 && b < 4.0 * a {
        // Abramowitz and Stegun (1964) 26.5.22, after Carter (1947)
        let (ra, rb) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let h = 2.0 / (ra + rb);
        let l = (z * z - 3.0) / 6.0;
        if h + l > 0.0 {
            let w = z * (h + l).sqrt() / h + (rb - ra) * (-(l + 5.0 / 6.0 - 2.0 / (3.0 * h)));
            return (a / b).ln() + 2.0 * w;
        }
    }
    let (lower, upper) = constants();
    if b > 1.0 {
        // x ≈ 1 − exp(−t / (b + (a − 1)/2)) with t of Gamma(a): Wise (1950)
        let ln_t = start_gamma(a, p, z, lower + a * (b + 0.5 * (a - 1.0)).ln());
        let ln_rate = ln_t - (b + 0.5 * (a - 1.0)).ln();
        return if ln_rate < -30.0 { ln_rate } else { ln_rate.exp().min(BOUND).exp_m1().ln() };
    }
    // the power law of the nearer end
    let (ln_x, ln_y) = ((p.ln() + lower) / a, ((-p).ln_1p() + upper) / b);
    if ln_x < ln_y { ln_x.min(0.0) } else { -ln_y.min(0.0) }
}

/// First guess of ln t for Gamma(a): t = rate · x.
fn start_gamma(a: f64, p: f64, z: f64, ln_constant: f64) -> f64 {
    let ln_t = (p.ln() + ln_constant) / a;
    let t = ln_t.exp();
    if t < 0.3 * (a + 1.0) {
        // power law and the next term of the series
        return ln_t + t / (a + 1.0);
    }
    // Wilson and Hilferty (1931)
    let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
    if a > 0.5 && cube > 0.2 {
        return a.ln() + 3.0 * cube.ln();
    }
    if a > 1.0 {
        return ln_t.min(a.ln());
    }
    // S ≈ t^(a−1) e⁻ᵗ / Γ(a)
    let tail = -((-p).ln_1p() + ln_constant - a.ln());
    (tail + (a - 1.0) * tail.max(1.0).ln()).max(0.5).ln()
}

impl Gamma {
    /// Quantile; 0 at p = 0, ∞ at p = 1, `NaN` for invalid input.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if let Some(end) = end_of_support(p, self.is_valid(), f64::INFINITY) {
            return end;
        }
        if self.expansion().is_none()
            && let Some(ln_t) = power_law(p.ln(), self.ln_lower_constant(), self.shape, 1.0)
        {
            return (ln_t - self.rate.ln()).exp();
        }
        self.ln_quantile(p).exp() / self.rate
    }

    /// Logarithm of rate · quantile, for 0 < p < 1.
    pub(super) fn ln_quantile(&self, p: f64) -> f64 {
        let z = normal_quantile(p);
        let start = match self.expansion().and_then(|e| e.start(z)) {
            Some(u) => (self.shape * (1.0 + u)).ln(),
            None => start_gamma(self.shape, p, z, self.ln_lower_constant()),
        };
        let target = Target::new(p);
        target.solve(start, TOLERANCE, |u| {
            let place = self.at(u.exp());
            let (ln_tail, slope) = place.ln_tail(target.lower);
            LogTail { ln_tail, slope, drift: place.drift }
        })
    }
}

/// x and 1 − x of a logit.
pub(super) fn logistic(u: f64) -> (f64, f64) {
    let e = (-u.abs()).exp();
    let (large, small) = (1.0 / (1.0 + e), e / (1.0 + e));
    if u < 0.0 { (small, large) } else { (large, small) }
}

#[cfg(test)]
mod tests;
