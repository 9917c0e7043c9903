//! The inner loop: spend of every stretch of a block at one price.

use super::segment::Kind;
use crate::response::hill;

/// A price and its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) value: f64,
    pub(super) ln: f64,
}

impl Price {
    pub(super) fn new(value: f64) -> Self {
        Self { value, ln: value.ln() }
    }
}

/// Stretches of one kind, as columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    pub(super) c: &'a [f64],
    pub(super) k: &'a [f64],
    pub(super) shape: &'a [f64],
    pub(super) from: &'a [f64],
    pub(super) to: &'a [f64],
    /// Log of the slope where each begins and ends.
    pub(super) top: &'a [f64],
    pub(super) bottom: &'a [f64],
}

/// Calls `each` with the index, the largest best spend at a price and how fast it falls in the log of
/// the price, for every stretch.
///
/// `warm` carries the iterate of Hill curves from one price to the next.
#[inline]
pub(super) fn spends(
    kind: Kind,
    columns: Columns<'_>,
    warm: &mut [f64],
    price: Price,
    mut each: impl FnMut(usize, f64, f64),
) {
    let Columns { c, k, shape, from, to, top, bottom } = columns;
    let count = c.len();
    if price.value <= 0.0 {
        (0..count).for_each(|at| each(at, to[at], 0.0));
        return;
    }
    let clip = |at: usize, x: f64, speed: f64| {
        if x > from[at] { if x < to[at] { (x, speed) } else { (to[at], 0.0) } } else { (from[at], 0.0) }
    };
    match kind {
        Kind::Straight => {
            for at in 0..count {
                each(at, if c[at] >= price.value { to[at] } else { from[at] }, 0.0);
            }
        }
        Kind::Power => {
            for at in 0..count {
                let (x, speed) = if price.ln >= top[at] {
                    (from[at], 0.0)
                } else if price.ln <= bottom[at] {
                    (to[at], 0.0)
                } else {
                    let x = k[at] * ((c[at] - price.ln) * shape[at]).exp();
                    clip(at, x, shape[at] * x)
                };
                each(at, x, speed);
            }
        }
        Kind::Exp => {
            for at in 0..count {
                let (x, speed) = clip(at, k[at] * (c[at] - price.ln), k[at]);
                each(at, x, speed);
            }
        }
        Kind::Log => {
            for at in 0..count {
                let sum = c[at] / price.value;
                let (x, speed) = clip(at, sum - k[at], sum);
                each(at, x, speed);
            }
        }
        Kind::Root => {
            for at in 0..count {
                let square = c[at] / price.value;
                let ratio = square.sqrt();
                // √r − 1 without cancellation near 1, nor ∞/∞ far away
                let above = if square < 4.0 { (square - 1.0) / (ratio + 1.0) } else { ratio - 1.0 };
                let x = k[at] * above;
                let (x, speed) = clip(at, x, 0.5 * k[at] * ratio);
                each(at, x, speed);
            }
        }
        Kind::Hill => {
            for at in 0..count {
                let (x, speed) = if price.ln >= top[at] {
                    (from[at], 0.0)
                } else if price.ln <= bottom[at] {
                    (to[at], 0.0)
                } else {
                    let (x, speed) = hill_spend(c[at] - price.ln, k[at], shape[at], &mut warm[at]);
                    clip(at, x, speed)
                };
                each(at, x, speed);
            }
        }
    }
}

fn hill_spend(excess: f64, k: f64, h: f64, warm: &mut f64) -> (f64, f64) {
    let start = if warm.is_nan() { hill::start(excess, h) } else { *warm };
    let s = hill::solve(excess, h, start);
    *warm = s;
    let x = k * (s / h).exp();
    let sigma = 1.0 / (1.0 + (-s).exp());
    // d ln f′/d ln x = (h − 1) − 2 h σ
    (x, x / (2.0 * h).mul_add(sigma, 1.0 - h))
}
