//! Continued fractions of the incomplete beta and gamma functions: tail divided by kernel.
//!
//! The kernel of Beta(a, b) is xᵃ (1−x)ᵇ / B(a, b), that of Gamma(a) is tᵃ e⁻ᵗ / Γ(a): the slope of
//! the distribution function in logit x or ln t. Good away from the mean of a large shape, where
//! [`super::expansion`] takes over; near it the number of terms grows with the root of the shape.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

/// Terms after which a fraction gives up and is `NaN`; below 200 are used where it is asked.
const MAX_TERMS: u32 = 10_000;

/// Relative change of a convergent that ends the evaluation.
const TOLERANCE: f64 = 4.0 * f64::EPSILON;

/// Evaluates 1 / (b₀ + a₁/(b₁ + a₂/(b₂ + …))); `next(m)` gives (aₘ, bₘ).
///
/// Forward recurrence of numerators and denominators, scaled so that each denominator is one.
fn reciprocal(b0: f64, mut next: impl FnMut(f64) -> (f64, f64)) -> f64 {
    let mut value = 1.0 / b0;
    let mut before = 0.0; // convergent numerator before, in the scale of the last one
    let mut scale = value; // denominator before, in the same scale
    for m in 1..=MAX_TERMS {
        let (a, b) = next(f64::from(m));
        let inverse = 1.0 / (b + a * scale);
        let new = (b * value + a * before) * inverse;
        before = value * inverse;
        scale = inverse;
        let change = new - value;
        value = new;
        if change.abs() <= TOLERANCE * value.abs() {
            return value;
        }
    }
    f64::NAN
}

/// Lower tail of Beta(a, b) over its kernel, for x up to (a + 1) / (a + b + 2).
///
/// `bx` is b·x and `y` is 1 − x. With x = 0, y = 1 and bx = t it is the lower tail of Gamma(a) at t,
/// the limit of large b. Source: Didonato and Morris (1992), Algorithm 708, routine BFRAC.
pub(super) fn lower_beta(a: f64, bx: f64, x: f64, y: f64) -> f64 {
    let lead = a * y - bx + 1.0;
    let mut inverse = 1.0 / (a + 1.0);
    reciprocal(a * lead * inverse, |m| {
        let before = inverse; // 1 / (a + 2m − 1)
        inverse = 1.0 / (a + 2.0 * m + 1.0);
        let rest = m * (bx - m * x) * before;
        let numerator = rest * (a + m - 1.0) * (bx + (a + m - 1.0) * x) * before;
        let denominator = m + rest + (a + m) * (lead + m * (1.0 + y)) * inverse;
        (numerator, denominator)
    })
}

/// Upper tail of Gamma(a) at t over its kernel, for t from a + 1 on.
///
/// Source: Legendre's fraction, Abramowitz and Stegun (1964) 6.5.31, contracted.
pub(super) fn upper_gamma(a: f64, t: f64) -> f64 {
    let b0 = t + 1.0 - a;
    reciprocal(b0, |m| (m * (a - m), b0 + 2.0 * m))
}
