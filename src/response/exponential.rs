//! Exponential saturation `a·(1 − e^(−x/k))`: `a` is the ceiling, `k` the spend that gives 63% of it.

pub(super) fn value(a: f64, k: f64, x: f64) -> f64 {
    -a * (-x / k).exp_m1()
}

pub(super) fn marginal(a: f64, k: f64, x: f64) -> f64 {
    a / k * (-x / k).exp()
}

pub(super) fn spend_at_marginal(a: f64, k: f64, price: f64) -> f64 {
    let ratio = a / k / price;
    if ratio <= 1.0 { 0.0 } else { k * ratio.ln() }
}
