//! Logarithmic curve `a·ln(1 + x/k)`: slope `a/k` at the start, no ceiling.

pub(super) fn value(a: f64, k: f64, x: f64) -> f64 {
    a * (x / k).ln_1p()
}

pub(super) fn marginal(a: f64, k: f64, x: f64) -> f64 {
    a / (k + x)
}

pub(super) fn spend_at_marginal(a: f64, k: f64, price: f64) -> f64 {
    let r = a / k / price - 1.0;
    if r <= 0.0 { 0.0 } else { k * r }
}
