//! The inner loop: spend of every stretch of a tile at one price.
//!
//! A tile is a few hundred stretches of one family, small enough for the nearest cache. The loops over it
//! have neither branches nor calls, so they run on vectors. What a stretch spends depends on its own numbers
//! alone, never on its neighbors: the same bits in any order.

mod lean;
mod roots;

pub(super) use lean::lean;

use super::segment::Kind;
use crate::numeric::elementary::{exp, ln, widest};
use roots::{LANES, approach, finish};

/// Most stretches in a tile.
pub(super) const TILE: usize = 256;

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
                let mut open = false;
                for start in (0..count).step_by(LANES) {
                    let part = start..(start + LANES).min(count);
                    let (c, shape) = (&c[part.clone()], &shape[part.clone()]);
                    open |= approach(c, shape, price.ln, &mut warm[part.clone()], &mut speeds[part]);
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;
    use crate::response::{Curve, hill};

    /// Curves of one kind with their bounds: shapes near 1 and S-shapes among the Hill curves.
    fn curves(kind: Kind, count: u32) -> Vec<(Curve, f64, f64)> {
        let mut random = Stream::new(3, 0);
        let mut drawn = |item: u32| {
            let (a, k) = (random.normal().exp(), 10.0 * random.normal().exp());
            let h = 0.1 + 0.85 * random.uniform();
            let curve = match kind {
                Kind::Power => Curve::Power { a, k, h },
                Kind::Exp => Curve::Exp { a, k },
                Kind::Log => Curve::Log { a, k },
                Kind::Root => Curve::Hill { a, k, h: 1.0 },
                Kind::Hill if item.is_multiple_of(5) => Curve::Hill { a, k, h: 1.0 + 2.0 * random.uniform() },
                Kind::Hill if item.is_multiple_of(7) => Curve::Hill { a, k, h: 1.0 - 1e-6 * random.uniform() },
                Kind::Hill => Curve::Hill { a, k, h },
                Kind::Straight => Curve::Power { a, k, h: 1.0 },
            };
            // S-shaped curves are their own envelope from their inflection at the latest
            let from = match curve {
                Curve::Hill { k, h, .. } if h > 1.0 => k * (1.0 + random.uniform()),
                _ => 0.1 * k * random.uniform(),
            };
            (curve, from, from + 30.0 * k * random.uniform())
        };
        (0..count).map(&mut drawn).collect()
    }

    /// Columns of the curves, as a chunk holds them.
    fn numbers(curves: &[(Curve, f64, f64)]) -> [Vec<f64>; 5] {
        let mut columns = <[Vec<f64>; 5]>::default();
        for (curve, from, to) in curves {
            let (c, k, shape) = match *curve {
                Curve::Power { a, k, h } if h < 1.0 => (ln(a * h / k), k, 1.0 / (1.0 - h)),
                Curve::Power { a, k, .. } => (a / k, 1.0, 1.0),
                Curve::Exp { a, k } => (ln(a / k), k, 1.0),
                Curve::Log { a, k } => (a, k, 1.0),
                Curve::Hill { a, k, h } if hill::is_one(h) => (a / k, k, 1.0),
                Curve::Hill { a, k, h } => (ln(a * h / k), k, h),
                Curve::Points(_) | Curve::Bent(_) => unreachable!("none are drawn"),
            };
            for (column, value) in columns.iter_mut().zip([c, k, shape, *from, *to]) {
                column.push(value);
            }
        }
        columns
    }

    fn columns(numbers: &[Vec<f64>; 5]) -> Columns<'_> {
        let [c, k, shape, from, to] = numbers;
        Columns { c, k, shape, from, to }
    }

    const PRICES: [f64; 7] = [0.0, 1e-9, 3e-4, 0.02, 0.15, 4.0, f64::INFINITY];

    #[test]
    fn every_family_spends_what_its_curve_says() {
        /// Two ways to the same root, each good to a few roundings times how flat the slope is.
        const SAME: f64 = 1e-9;
        for kind in Kind::ALL {
            let curves = curves(kind, 200);
            let numbers = numbers(&curves);
            let (mut warm, mut tile) = (vec![f64::NAN; 200], Tile::default());
            for price in PRICES {
                spends(kind, columns(&numbers), &mut warm, Price::new(price), &mut tile);
                for (at, (curve, from, to)) in curves.iter().enumerate() {
                    let expected = curve.spend_at_marginal(price).max(*from).min(*to);
                    assert!((tile.x[at] - expected).abs() <= SAME * expected, "{curve:?} at {price}: {}", tile.x[at]);
                }
            }
        }
    }

    #[test]
    fn the_speed_is_how_fast_the_spend_falls() {
        /// A difference over 1e-5 is good to about its size.
        const STEP: f64 = 1e-5;
        for kind in Kind::ALL {
            let numbers = numbers(&curves(kind, 200));
            let (mut warm, mut tiles) = (vec![f64::NAN; 200], [Tile::default(), Tile::default()]);
            for (tile, price) in tiles.iter_mut().zip([0.02, 0.02 * (1.0 + STEP)]) {
                spends(kind, columns(&numbers), &mut warm, Price::new(price), tile);
            }
            for at in 0..200 {
                let (before, after) = (tiles[0].x[at], tiles[1].x[at]);
                let inside = tiles[0].speed[at] > 0.0 && tiles[1].speed[at] > 0.0;
                let difference = (before - after) / STEP;
                assert!(!inside || (difference / tiles[0].speed[at] - 1.0).abs() < 1e-2, "{kind:?} {at}");
            }
        }
    }

    #[test]
    fn what_a_stretch_spends_does_not_depend_on_its_neighbors() {
        for kind in Kind::ALL {
            let curves = curves(kind, 200);
            let together = numbers(&curves);
            let (mut warm, mut tile) = (vec![f64::NAN; 200], Tile::default());
            let mut single_warm = warm.clone();
            for price in PRICES {
                spends(kind, columns(&together), &mut warm, Price::new(price), &mut tile);
                for (at, curve) in curves.iter().enumerate() {
                    let (alone, mut single) = (numbers(std::slice::from_ref(curve)), Tile::default());
                    spends(kind, columns(&alone), &mut single_warm[at..=at], Price::new(price), &mut single);
                    assert_eq!(single.x[0].to_bits(), tile.x[at].to_bits(), "{curve:?} at {price}");
                    assert_eq!(single.speed[0].to_bits(), tile.speed[at].to_bits(), "{curve:?} at {price}");
                }
            }
        }
    }

    #[test]
    fn the_prices_tried_before_do_not_matter() {
        /// The root is found to rounding, of which a flat slope makes a few.
        const ROUNDING: f64 = 1e-13;
        let curves: Vec<_> = curves(Kind::Hill, 200)
            .into_iter()
            .filter(|(curve, ..)| !matches!(curve, Curve::Hill { h, .. } if (h - 1.0).abs() < 1e-3))
            .collect();
        let numbers = numbers(&curves);
        let (mut warm, mut cold) = (Tile::default(), Tile::default());
        let mut iterates = vec![f64::NAN; curves.len()];
        for price in [0.02, 5.0, 1e-3, 0.03, 0.021, 0.020_000_1, 0.02] {
            spends(Kind::Hill, columns(&numbers), &mut iterates, Price::new(price), &mut warm);
        }
        spends(Kind::Hill, columns(&numbers), &mut vec![f64::NAN; curves.len()], Price::new(0.02), &mut cold);
        for (at, (curve, ..)) in curves.iter().enumerate() {
            assert!(
                (warm.x[at] - cold.x[at]).abs() <= ROUNDING * cold.x[at],
                "{curve:?}: {} {}",
                warm.x[at],
                cold.x[at]
            );
        }
    }
}
