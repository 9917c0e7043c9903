//! The inner loop: spend of every stretch of a tile at one price.
//!
//! A tile is a few hundred stretches of one family, small enough for the nearest cache. The loops over it
//! have neither branches nor calls, so they run on vectors. What a stretch spends depends on its own numbers
//! alone, never on its neighbors: the same bits in any order.

use super::segment::Kind;
use crate::numeric::elementary::{exp, ln, ln_of_normal, widest};
use crate::response::hill;
use std::f64::consts::LN_2;

/// Most stretches in a tile.
pub(super) const TILE: usize = 256;

/// Halley steps of a whole tile; three or four lead from the first guess to the root, one or two from the
/// root at a price nearby. What is still open then is solved one by one.
const STEPS: usize = 6;

/// A price and its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) value: f64,
    pub(super) ln: f64,
}

impl Price {
    pub(super) fn new(value: f64) -> Self {
        Self { value, ln: ln(value) }
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
}

/// What the stretches of a tile spend.
#[derive(Debug)]
pub(super) struct Tile {
    /// Largest best spend at the price, money.
    pub(super) x: [f64; TILE],
    /// How fast it falls in the log of the price.
    pub(super) speed: [f64; TILE],
}

impl Default for Tile {
    fn default() -> Self {
        Self { x: [0.0; TILE], speed: [0.0; TILE] }
    }
}

/// Puts a spend between the ends of its stretch, where it stands still.
#[allow(clippy::inline_always)] // a call would keep the loop around it from being vectorized
#[inline(always)]
fn clip(x: f64, speed: f64, from: f64, to: f64) -> (f64, f64) {
    let inside = x > from && x < to;
    let end = if x > from { to } else { from };
    (if inside { x } else { end }, if inside { speed } else { 0.0 })
}

/// Fills the tile with what stretches (no more than it holds) spend at a price.
///
/// `warm` carries the iterate of Hill curves from one price to the next; empty for other kinds.
pub(super) fn spends(kind: Kind, columns: Columns<'_>, warm: &mut [f64], price: Price, tile: &mut Tile) {
    widest(
        #[inline(always)]
        || spend_tile(kind, columns, warm, price, tile),
    );
}

#[allow(clippy::inline_always)] // has to be compiled for the caller's vectors
#[inline(always)]
fn spend_tile(kind: Kind, columns: Columns<'_>, warm: &mut [f64], price: Price, tile: &mut Tile) {
    let count = columns.c.len().min(TILE);
    // slices of one length, so that no index is checked in the loops
    let (c, k, shape) = (&columns.c[..count], &columns.k[..count], &columns.shape[..count]);
    let (from, to) = (&columns.from[..count], &columns.to[..count]);
    let (xs, speeds) = (&mut tile.x[..count], &mut tile.speed[..count]);
    if price.value <= 0.0 {
        xs.copy_from_slice(to);
        speeds.fill(0.0);
        return;
    }
    match kind {
        Kind::Straight => {
            for at in 0..count {
                xs[at] = if c[at] >= price.value { to[at] } else { from[at] };
            }
            speeds.fill(0.0);
        }
        Kind::Power => {
            for at in 0..count {
                let x = k[at] * exp((c[at] - price.ln) * shape[at]);
                (xs[at], speeds[at]) = clip(x, shape[at] * x, from[at], to[at]);
            }
        }
        Kind::Exp => {
            for at in 0..count {
                (xs[at], speeds[at]) = clip(k[at] * (c[at] - price.ln), k[at], from[at], to[at]);
            }
        }
        Kind::Log => {
            for at in 0..count {
                let sum = c[at] / price.value;
                (xs[at], speeds[at]) = clip(sum - k[at], sum, from[at], to[at]);
            }
        }
        Kind::Root => {
            for at in 0..count {
                let square = c[at] / price.value;
                let ratio = square.sqrt();
                // √r − 1 without cancellation near 1, nor ∞/∞ far away
                let above = if square < 4.0 { (square - 1.0) / (ratio + 1.0) } else { ratio - 1.0 };
                (xs[at], speeds[at]) = clip(k[at] * above, 0.5 * k[at] * ratio, from[at], to[at]);
            }
        }
        Kind::Hill => {
            let warm = &mut warm[..count];
            if price.ln.is_finite() {
                let open = halley(c, shape, price.ln, warm, speeds);
                if open {
                    finish(columns, price.ln, warm, speeds);
                }
                for at in 0..count {
                    let (h, sigma) = (shape[at], speeds[at]);
                    let x = k[at] * exp(warm[at] / h);
                    // d ln f′/d ln x = (h − 1) − 2 h σ
                    (xs[at], speeds[at]) = clip(x, x / (1.0 - h + 2.0 * h * sigma), from[at], to[at]);
                }
            } else {
                xs.copy_from_slice(from);
                speeds.fill(0.0);
            }
        }
    }
}

/// Steps towards `s = h ln(x/k)` of all stretches, each until it is there; whether any is not there yet.
///
/// The method and its end are those of [`hill::solve`], with two divisions a step:
/// `g/(g′ (1 + g σ(1 − σ)/g′²)) = g g′/(g′² + g σ(1 − σ))`. Leaves `σ(s)` in `sigmas`, and what is not there
/// yet as not a number.
#[allow(clippy::inline_always)] // has to be compiled for the caller's vectors
#[inline(always)]
fn halley(c: &[f64], shape: &[f64], ln_price: f64, warm: &mut [f64], sigmas: &mut [f64]) -> bool {
    let count = c.len();
    let mut rise = [0.0; TILE];
    let mut there = [0_u64; TILE];
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
            // as `hill::start`
            let excess = c[at] - ln_price;
            let (right, left) = (excess / (2.0 - rise[at]), -excess / rise[at]);
            let least = if right < left { right } else { left };
            let least = if least < 0.0 { least } else { 0.0 };
            let start = if excess < 2.0 * LN_2 { least } else { right };
            warm[at] = if warm[at].is_nan() && shape[at] <= 1.0 { start } else { warm[at] };
        }
    }
    for _ in 0..STEPS {
        let mut all = u64::MAX;
        for at in 0..count {
            let s = warm[at];
            let size = s.abs();
            let e = exp(-size);
            let whole = 1.0 + e;
            let sigma = (if s > 0.0 { 1.0 } else { e }) / whole;
            let above = if s > 0.0 { s } else { 0.0 };
            let value = (c[at] - ln_price) + rise[at] * s - 2.0 * (above + ln_of_normal(whole, 0.0));
            let slope = rise[at] - 2.0 * sigma;
            let square = slope * slope;
            let bent = value * (sigma * (1.0 - sigma));
            let safe = bent > -0.5 * square;
            let next = s - value * slope / (square + if safe { bent } else { 0.0 });
            let change = (next - s).abs();
            // the error left is of the order of the cube of the step
            let near = safe && bent < 0.5 * square && change < 2e-6;
            let reached = near || change <= 1e-16 * next.abs();
            let done = there[at];
            warm[at] = if done == 0 { next } else { s };
            sigmas[at] = if done == 0 { sigma } else { sigmas[at] };
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

/// Solves what [`halley`] left open.
#[cold]
#[inline(never)]
fn finish(columns: Columns<'_>, ln_price: f64, warm: &mut [f64], sigmas: &mut [f64]) {
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
