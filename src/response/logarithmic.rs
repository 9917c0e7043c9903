//! Logarithmic curve `a·ln(1 + x/k)`: slope `a/k` at the start, no ceiling.

use crate::numeric::elementary::ln_1p;

#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn value(a: f64, k: f64, x: f64) -> f64 {
    a * ln_1p(x / k)
}

#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn marginal(a: f64, k: f64, x: f64) -> f64 {
    a / (k + x)
}

pub(super) fn spend_at_marginal(a: f64, k: f64, price: f64) -> f64 {
    let r = a / k / price - 1.0;
    if r <= 0.0 { 0.0 } else { k * r }
}
