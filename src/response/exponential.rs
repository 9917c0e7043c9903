//! Exponential saturation `a·(1 − e^(−x/k))`: `a` is the ceiling, `k` the spend that gives 63% of it.

use crate::numeric::elementary::{exp, exp_m1};

#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn value(a: f64, k: f64, x: f64) -> f64 {
    // subtracted, so that zero has its usual sign
    a * (0.0 - exp_m1(-x / k))
}

#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn marginal(a: f64, k: f64, x: f64) -> f64 {
    a / k * exp(-x / k)
}

pub(super) fn spend_at_marginal(a: f64, k: f64, price: f64) -> f64 {
    let ratio = a / k / price;
    if ratio <= 1.0 { 0.0 } else { k * ratio.ln() }
}
