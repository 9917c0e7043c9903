//! One item as the price search sees it: spend as a function of the price, on the upper concave
//! envelope of its curve between its bounds.
//!
//! Concave curves are their own envelope. For the others the envelope bridges the convex parts with
//! straight pieces, at most one for an S-curve (from the lower bound to the tangent point).

use super::hull;
use crate::response::{Curve, hill};

/// A straight piece of an envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Response per unit of money.
    pub(super) slope: f64,
    /// Spend where it ends, money.
    pub(super) end: f64,
    /// Envelope's value where it ends, response.
    pub(super) value: f64,
    /// Whether the curve runs below it.
    pub(super) bridge: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fixed,
    Straight,
    Power,
    Exp,
    Log,
    Hill,
}

/// An item. Pieces come first, then, unless `Straight`, the smooth tail from `knee` to `upper`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    kind: Kind,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Start of the smooth tail, money.
    knee: f64,
    /// Log of the slope's scale, and for `Log` the scale itself.
    c: f64,
    k: f64,
    /// Power: 1/(1 − h); hill: h.
    shape: f64,
    /// Hill: log of the slope at `knee` and at `upper`.
    top: f64,
    bottom: f64,
    first: u32,
    last: u32,
}

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

impl Item {
    /// An item that never earns anything.
    fn flat(lower: f64, upper: f64) -> Self {
        Self {
            kind: if lower < upper { Kind::Straight } else { Kind::Fixed },
            lower,
            upper,
            knee: lower,
            c: 0.0,
            k: 1.0,
            shape: 1.0,
            top: f64::INFINITY,
            bottom: f64::NEG_INFINITY,
            first: 0,
            last: 0,
        }
    }

    /// Stands in for an item that is prepared later.
    pub(super) fn postponed() -> Self {
        Self::flat(f64::NAN, f64::NAN)
    }

    pub(super) fn is_postponed(&self) -> bool {
        self.lower.is_nan()
    }

    /// Prepares an item whose curve needs no pieces; `None` if it does.
    pub(super) fn smooth(curve: &Curve, lower: f64, upper: f64) -> Option<Self> {
        let mut item = Self::flat(lower, upper);
        if item.kind == Kind::Fixed {
            return Some(item);
        }
        match *curve {
            Curve::Hill { a, .. } | Curve::Power { a, .. } | Curve::Exp { a, .. } | Curve::Log { a, .. }
                if a <= 0.0 => {}
            Curve::Power { h, .. } if h >= 1.0 => return None,
            Curve::Power { a, k, h } => {
                item.kind = Kind::Power;
                (item.c, item.k, item.shape) = ((a * h / k).ln(), k, 1.0 / (1.0 - h));
            }
            Curve::Exp { a, k } => {
                item.kind = Kind::Exp;
                (item.c, item.k) = ((a / k).ln(), k);
            }
            Curve::Log { a, k } => {
                item.kind = Kind::Log;
                (item.c, item.k) = (a, k);
            }
            Curve::Hill { h, .. } if h > 1.0 => return None,
            Curve::Hill { a, k, h } => item.set_hill(a, k, h, lower),
            Curve::Points(_) => return None,
        }
        Some(item)
    }

    /// Prepares any item, with its pieces added to `pieces`.
    pub(super) fn new(curve: &Curve, lower: f64, upper: f64, pieces: &mut Vec<Piece>) -> Self {
        if let Some(item) = Self::smooth(curve, lower, upper) {
            return item;
        }
        let mut item = Self::flat(lower, upper);
        item.first = index(pieces.len());
        match *curve {
            Curve::Points(ref points) => hull::of_points(points, lower, upper, pieces),
            Curve::Hill { a, k, h } => {
                let (knee, bridge) = hull::of_s_curve(curve, k, h, lower, upper);
                pieces.extend(bridge);
                if knee < upper {
                    item.set_hill(a, k, h, knee);
                }
            }
            _ => pieces.push(Piece {
                slope: curve.marginal(lower),
                end: upper,
                value: curve.value(upper),
                bridge: false,
            }),
        }
        item.last = index(pieces.len());
        item
    }

    fn set_hill(&mut self, a: f64, k: f64, h: f64, knee: f64) {
        self.kind = Kind::Hill;
        (self.c, self.k, self.shape, self.knee) = ((a * h / k).ln(), k, h, knee);
        let log_slope = |x: f64| {
            if x > 0.0 {
                hill::log_slope(self.c, h, h * (x / k).ln())
            } else if hill::is_one(h) {
                self.c
            } else {
                f64::INFINITY
            }
        };
        (self.top, self.bottom) = (log_slope(knee), log_slope(self.upper));
    }

    /// Largest best spend at a price above zero, and how fast it falls in the log of the price.
    ///
    /// `warm` carries the iterate of Hill curves from one price to the next.
    pub(super) fn spend(&self, price: Price, pieces: &[Piece], warm: &mut f64) -> (f64, f64) {
        let (x, speed) = match self.kind {
            Kind::Fixed => return (self.lower, 0.0),
            Kind::Straight => return (self.end_of_pieces(price, pieces), 0.0),
            Kind::Power => {
                let x = self.k * ((self.c - price.ln) * self.shape).exp();
                (x, self.shape * x)
            }
            Kind::Exp => (self.k * (self.c - price.ln), self.k),
            Kind::Log => {
                let sum = self.c / price.value;
                (sum - self.k, sum)
            }
            Kind::Hill => {
                if price.ln > self.top {
                    return (self.end_of_pieces(price, pieces), 0.0);
                }
                if price.ln <= self.bottom {
                    return (self.upper, 0.0);
                }
                self.hill(price, warm)
            }
        };
        if x > self.knee { if x < self.upper { (x, speed) } else { (self.upper, 0.0) } } else { (self.knee, 0.0) }
    }

    fn hill(&self, price: Price, warm: &mut f64) -> (f64, f64) {
        let h = self.shape;
        let excess = self.c - price.ln;
        if hill::is_one(h) {
            let ratio = (0.5 * excess).exp();
            return (self.k * (ratio - 1.0), 0.5 * self.k * ratio);
        }
        let start = if warm.is_nan() { hill::start(excess, h) } else { *warm };
        let s = hill::solve(excess, h, start);
        *warm = s;
        let x = self.k * (s / h).exp();
        let sigma = 1.0 / (1.0 + (-s).exp());
        // d ln f′/d ln x = (h − 1) − 2 h σ
        (x, x / (2.0 * h).mul_add(sigma, 1.0 - h))
    }

    fn end_of_pieces(&self, price: Price, pieces: &[Piece]) -> f64 {
        let own = self.pieces(pieces);
        let steep = own.partition_point(|piece| piece.slope >= price.value);
        if steep == 0 { self.lower } else { own[steep - 1].end }
    }

    /// The straight pieces, steepest first.
    pub(super) fn pieces<'p>(&self, pieces: &'p [Piece]) -> &'p [Piece] {
        &pieces[self.first as usize..self.last as usize]
    }

    /// The bridge over spend `x`, if the curve runs below the envelope there.
    pub(super) fn bridge(&self, x: f64, pieces: &[Piece]) -> Option<Piece> {
        let own = self.pieces(pieces);
        let at = own.partition_point(|piece| piece.end <= x);
        let begin = if at == 0 { self.lower } else { own[at - 1].end };
        own.get(at).copied().filter(|piece| piece.bridge && x > begin)
    }

    /// Whether a bridge lies anywhere between two spends.
    pub(super) fn bridged(&self, from: f64, to: f64, pieces: &[Piece]) -> bool {
        let own = self.pieces(pieces);
        let at = own.partition_point(|piece| piece.end <= from);
        own.get(at).is_some_and(|piece| piece.bridge && piece.end <= to)
    }

    /// A number that depends on the item alone, to draw samples that do not depend on the order.
    pub(super) fn hash(&self) -> u64 {
        let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
        for number in [self.c, self.k, self.shape, self.lower, self.upper] {
            // splitmix64's mixing step (Steele, Lea and Flood 2014)
            hash = (hash ^ number.to_bits()).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            hash ^= hash >> 29;
        }
        hash
    }

    /// Whether the bounds leave a choice.
    pub(super) fn is_free(&self) -> bool {
        self.kind != Kind::Fixed
    }

    /// Log of the envelope's slope to the right of `x`.
    pub(super) fn log_slope(&self, x: f64, pieces: &[Piece]) -> f64 {
        if let Some(slope) = self.straight_slope(x, pieces) {
            return slope.ln();
        }
        match self.kind {
            Kind::Fixed | Kind::Straight => f64::NEG_INFINITY,
            Kind::Power => self.c - (x / self.k).ln() / self.shape,
            Kind::Exp => self.c - x / self.k,
            Kind::Log => self.c.ln() - (self.k + x).ln(),
            Kind::Hill => hill::log_slope(self.c, self.shape, self.shape * (x / self.k).ln()),
        }
    }

    /// Slope of the envelope to the right of `x`, where it is straight there.
    pub(super) fn straight_slope(&self, x: f64, pieces: &[Piece]) -> Option<f64> {
        let own = self.pieces(pieces);
        own.get(own.partition_point(|piece| piece.end <= x)).map(|piece| piece.slope)
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
