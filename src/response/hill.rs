//! Hill curve `a·xʰ / (kʰ + xʰ)`: `a` is the ceiling, `k` the spend that gives half of it.
//!
//! Concave for `h ≤ 1`; for `h > 1` S-shaped with the inflection at `xʰ = kʰ (h − 1)/(h + 1)`
//! (Hill 1910). With `s = h ln(x/k)` the slope is
//!
//! ```text
//! ln f′ = ln(a h / k) + (1 − 1/h) s − 2 ln(1 + eˢ)
//! ```
//!
//! which is concave in `s`, so Newton's method from the right of the root never steps past it.

use std::f64::consts::LN_2;

/// Cap on Newton steps; fewer than ten are used unless `h` is within 1e-6 of 1 and the spend
/// many orders of magnitude below `k`.
const MAX_STEPS: usize = 200;

pub(super) fn value(a: f64, k: f64, h: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    a / (1.0 + (k / x).powf(h))
}

pub(super) fn marginal(a: f64, k: f64, h: f64, x: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if is_one(h) {
        let stretch = 1.0 + x / k;
        return a / k / stretch / stretch;
    }
    if x <= 0.0 {
        return if h < 1.0 { f64::INFINITY } else { 0.0 };
    }
    let inverse = (k / x).powf(h);
    // q/(1+q)² in a form that neither overflows nor underflows early
    a * h / x / (inverse + 2.0 + inverse.recip())
}

/// Value and slope for the price of one power.
pub(super) fn value_and_marginal(a: f64, k: f64, h: f64, x: f64) -> (f64, f64) {
    if a <= 0.0 || x <= 0.0 || is_one(h) {
        return (value(a, k, h, x), marginal(a, k, h, x));
    }
    let inverse = (k / x).powf(h);
    (a / (1.0 + inverse), a * h / x / (inverse + 2.0 + inverse.recip()))
}

pub(super) fn spend_at_marginal(a: f64, k: f64, h: f64, price: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if is_one(h) {
        // √(1+r) − 1 without cancellation
        let r = a / k / price - 1.0;
        return if r <= 0.0 { 0.0 } else { k * (r / ((1.0 + r).sqrt() + 1.0)) };
    }
    let excess = (a * h / k).ln() - price.ln();
    if h > 1.0 && log_slope(excess, h, inflection(h)) < 0.0 {
        return 0.0;
    }
    let s = solve(excess, h, start(excess, h));
    k * (s / h).exp()
}

/// Whether `h` is exactly one, where the closed form holds.
#[allow(clippy::float_cmp)] // exactly one is meant: any other shape takes the iteration
pub(crate) fn is_one(h: f64) -> bool {
    h == 1.0
}

/// `s` at which the slope is greatest, for `h > 1`.
pub(crate) fn inflection(h: f64) -> f64 {
    ((h - 1.0) / (h + 1.0)).ln()
}

/// `excess + (1 − 1/h) s − 2 ln(1 + eˢ)`: the log of slope over price, with `excess = ln(a h/(k price))`.
pub(crate) fn log_slope(excess: f64, h: f64, s: f64) -> f64 {
    (1.0 - 1.0 / h).mul_add(s, (-2.0_f64).mul_add(softplus(s), excess))
}

/// A point at or right of the root of [`log_slope`], from its two asymptotes.
pub(crate) fn start(excess: f64, h: f64) -> f64 {
    let right = excess / (1.0 + 1.0 / h);
    if h > 1.0 {
        return right.max(inflection(h));
    }
    let left = excess / (1.0 / h - 1.0);
    if excess < 2.0 * LN_2 { right.min(left).min(0.0) } else { right }
}

/// Root of [`log_slope`] from `start`, by Halley's method (Halley 1694) with Newton's where the
/// curvature makes it unsafe; at most one step leads to the right of the root, from where the way is
/// monotone.
#[allow(clippy::imprecise_flops, clippy::suboptimal_flops)] // only the absolute error counts here, and speed
pub(crate) fn solve(excess: f64, h: f64, start: f64) -> f64 {
    let rise = 1.0 - 1.0 / h;
    let mut s = start;
    for step in 0..MAX_STEPS {
        let e = (-s.abs()).exp();
        let whole = 1.0 + e;
        let sigma = if s > 0.0 { 1.0 } else { e } / whole;
        let value = excess + rise * s - 2.0 * (s.max(0.0) + whole.ln());
        let slope = rise - 2.0 * sigma;
        let newton = value / slope;
        // 1 − g g″ / (2 g′²) with g″ = −2σ(1 − σ)
        let bend = 1.0 + newton / slope * (sigma * (1.0 - sigma));
        let halley = bend > 0.5;
        let next = s - if halley { newton / bend } else { newton };
        let change = (next - s).abs();
        if !next.is_finite() {
            break;
        }
        // a small step to the right after the first corrects the last one: the root is reached
        let back = step > 0 && next >= s && change < 1e-9;
        s = next;
        if back {
            break;
        }
        // the error left is of the order of the cube of the step
        if change <= 1e-16 * s.abs() || (halley && bend < 1.5 && change < 2e-6) {
            break;
        }
    }
    s
}

#[allow(clippy::imprecise_flops)] // only the absolute error counts here, and speed
fn softplus(s: f64) -> f64 {
    s.max(0.0) + (1.0 + (-s.abs()).exp()).ln()
}
