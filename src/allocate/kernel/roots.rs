//! Roots of Hill curves' slopes: the spend at which the next unit earns a price.
//!
//! In: prices and stretches, with the roots at the price before. Out: roots good to a few roundings, and what was not found in
//! the steps allowed, which is solved one by one.

use super::Columns;
use crate::numeric::elementary::{exp, ln, ln_of_normal};
use crate::response::hill;
use std::f64::consts::LN_2;

/// Stretches that approach their roots together: few, as the slowest sets the number of steps.
pub(super) const LANES: usize = 64;

/// Steps of such a group; three lead from the first guess to the root, one from the root at a price nearby. What is still
/// open then is solved one by one.
const STEPS: usize = 6;

/// Steps below this follow the series.
const SERIES: f64 = 0.1;
/// Term of the series left out at which a root is there.
const LEFT: f64 = 1e-15;

/// Steps towards `s = h ln(x/k)` of all stretches, each until it is there; whether any is not there yet.
///
/// Far from the root the steps are Halley's, as those of [`hill::solve`]. Near it they follow the series of the inverse of
/// `g = c − ln p + (1 − 1/h) s − 2 ln(1 + eˢ)` to the fifth order (Householder 1970, section 4.4): all its derivatives are
/// polynomials in `σ = 1/(1 + e⁻ˢ)`, so with `y = −g/g′` and `cₙ = g⁽ⁿ⁾/(n! g′)`
///
/// ```text
/// d = y − c₂y² + (2c₂² − c₃)y³ − (5c₂³ − 5c₂c₃ + c₄)y⁴ + (14c₂⁴ − 21c₂²c₃ + 3c₃² + 6c₂c₄ − c₅)y⁵
/// ```
///
/// and one evaluation leads from the root at a price to that at a price half a percent away. Leaves `σ(s)` in `sigmas`, and
/// what is not there yet as not a number.
#[allow(clippy::inline_always)] // has to be compiled for the caller's vectors
#[inline(always)]
pub(super) fn approach(c: &[f64], shape: &[f64], ln_price: f64, warm: &mut [f64], sigmas: &mut [f64]) -> bool {
    let count = c.len();
    let mut rise = [0.0; LANES];
    let mut there = [0_u64; LANES];
    let (shape, warm, sigmas) = (&shape[..count], &mut warm[..count], &mut sigmas[..count]);
    let (rise, there) = (&mut rise[..count], &mut there[..count]);
    let mut fresh = false;
    for at in 0..count {
        rise[at] = 1.0 - 1.0 / shape[at];
        fresh |= warm[at].is_nan();
        // S-shaped curves need care on the way: they are left to the one-by-one search
        there[at] = if shape[at] > 1.0 { u64::MAX } else { 0 };
    }
    if fresh {
        for at in 0..count {
            let start = first(c[at] - ln_price, 1.0 - rise[at]);
            warm[at] = if warm[at].is_nan() && shape[at] <= 1.0 { start } else { warm[at] };
        }
    }
    for _ in 0..STEPS {
        let mut all = u64::MAX;
        for at in 0..count {
            let s = warm[at];
            let e = exp(-s.abs());
            let whole = 1.0 + e;
            let sigma = (if s > 0.0 { 1.0 } else { e }) / whole;
            let above = if s > 0.0 { s } else { 0.0 };
            let value = (c[at] - ln_price) + rise[at] * s - 2.0 * (above + ln_of_normal(whole, 0.0));
            let inverse = 1.0 / (rise[at] - 2.0 * sigma);
            let y = -value * inverse;
            let (spread, lean) = (sigma * (1.0 - sigma), 1.0 - 2.0 * sigma);
            let c2 = -spread * inverse;
            let c3 = c2 * lean * (1.0 / 3.0);
            let c4 = c2 * (1.0 - 6.0 * spread) * (1.0 / 12.0);
            let c5 = c2 * lean * (1.0 - 12.0 * spread) * (1.0 / 60.0);
            let square = c2 * c2;
            let fifth = 14.0 * square * square - 21.0 * square * c3 + 3.0 * c3 * c3 + 6.0 * c2 * c4 - c5;
            let fourth = 5.0 * c2 * (c3 - square) - c4;
            let series = y + y * y * (y * (2.0 * square - c3 + y * (fourth + y * fifth)) - c2);
            let bent = 1.0 + y * c2;
            let halley = if bent > 0.5 { y / bent } else { y };
            let near = y.abs() < SERIES;
            let step = if near { series } else { halley };
            let next = s + step;
            // the error left is below a fifth of this for all but the flattest slopes, where it is that
            let cube = y * y * y;
            let reached = (near && c2.abs() * (cube * cube) <= LEFT) || step.abs() <= 1e-16 * next.abs();
            let done = there[at];
            warm[at] = if done == 0 { next } else { s };
            let moved = sigma + spread * step * (1.0 + step * (0.5 * lean + step * (1.0 - 6.0 * spread) * (1.0 / 6.0)));
            sigmas[at] = if done == 0 { moved } else { sigmas[at] };
            there[at] = done | if reached { u64::MAX } else { 0 };
            all &= there[at];
        }
        if all == u64::MAX {
            break;
        }
    }
    let mut open = false;
    for at in 0..count {
        let left = there[at] == 0 || shape[at] > 1.0 || !warm[at].is_finite();
        sigmas[at] = if left { f64::NAN } else { sigmas[at] };
        open |= left;
    }
    open
}

/// A first guess at the root for `h < 1`, with `m = 1/h`: where `e − m s = √(s² + (2 ln 2)²)`, which is `ln(1 + eˢ)` at its
/// middle and both its ends.
#[allow(clippy::inline_always)] // has to be compiled for the caller's vectors
#[inline(always)]
fn first(excess: f64, m: f64) -> f64 {
    const SQUARE: f64 = 4.0 * LN_2 * LN_2;
    let (bend, product) = ((m - 1.0) * (m + 1.0), m * excess);
    let root = (excess * excess + bend * SQUARE).sqrt();
    // without cancellation on either side
    let right = excess > 0.0;
    let above = if right { excess * excess - SQUARE } else { product - root };
    above / if right { product + root } else { bend }
}

/// Solves what [`approach`] left open.
#[cold]
#[inline(never)]
pub(super) fn finish(columns: Columns<'_>, ln_price: f64, warm: &mut [f64], sigmas: &mut [f64]) {
    let Columns { c, k, shape, from, .. } = columns;
    for (at, sigma) in sigmas.iter_mut().enumerate().filter(|(_, sigma)| sigma.is_nan()) {
        let (excess, h) = (c[at] - ln_price, shape[at]);
        let mut least = f64::NEG_INFINITY;
        if h > 1.0 {
            // the root lies right of where the stretch begins, if there is one at all
            least = (h * ln(from[at] / k[at])).max(hill::inflection(h));
            if hill::log_slope(excess, h, least) <= 0.0 {
                (warm[at], *sigma) = (f64::NEG_INFINITY, 1.0);
                continue;
            }
        }
        let warmed = warm[at].is_finite() && warm[at] > least;
        let start = if warmed { warm[at] } else { hill::start(excess, h) };
        let s = hill::solve(excess, h, start);
        warm[at] = s;
        *sigma = 1.0 / (1.0 + exp(-s));
    }
}
