//! Power curve `a·(x/k)ʰ`, `0 < h ≤ 1`: `a` is the response at spend `k`, `h` the elasticity.

use crate::numeric::elementary::{exp, ln};

pub(super) fn value(a: f64, k: f64, h: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if h >= 1.0 {
        a * (x / k)
    } else {
        bent(a, k, h, x)
    }
}

/// Value for `h < 1` and `x > 0`.
#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
fn bent(a: f64, k: f64, h: f64, x: f64) -> f64 {
    a * exp(h * ln(x / k))
}

/// Value and slope for `h < 1` and `x > 0`, for the price of one power.
#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn value_and_marginal(a: f64, k: f64, h: f64, x: f64) -> (f64, f64) {
    let value = bent(a, k, h, x);
    (value, h * (value / x))
}

pub(super) fn marginal(a: f64, k: f64, h: f64, x: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if h >= 1.0 {
        return a / k;
    }
    if x <= 0.0 {
        return f64::INFINITY;
    }
    a * h / k * exp((h - 1.0) * ln(x / k))
}

pub(super) fn spend_at_marginal(a: f64, k: f64, h: f64, price: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if h >= 1.0 {
        return if a / k >= price { f64::INFINITY } else { 0.0 };
    }
    k * exp(ln(a * h / k / price) / (1.0 - h))
}
