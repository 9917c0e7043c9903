//! Power curve `a·(x/k)ʰ`, `0 < h ≤ 1`: `a` is the response at spend `k`, `h` the elasticity.

pub(super) fn value(a: f64, k: f64, h: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    a * (x / k).powf(h)
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
    a * h / k * (x / k).powf(h - 1.0)
}

pub(super) fn spend_at_marginal(a: f64, k: f64, h: f64, price: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if h >= 1.0 {
        return if a / k >= price { f64::INFINITY } else { 0.0 };
    }
    k * (a * h / k / price).powf(1.0 / (1.0 - h))
}
