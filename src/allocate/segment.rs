//! One item as the price search sees it: stretches of the upper concave envelope of its curve between
//! its bounds, each with its own range of spend.
//!
//! Concave curves are their own envelope: one stretch. Where a curve is not concave, or an item gets
//! nothing or at least a minimum, the envelope bridges what lies below it with straight stretches.
//! Where moving money has a price, the envelope is cut at today's spend: what lies above it is worth
//! the price less, what lies below the price more. Along an item the slopes never rise, so the
//! stretches can be filled by price as if they were items of their own.

use super::hull;
use crate::numeric::elementary::{exp, ln, ln_1p};
use crate::response::{Curve, bent, hill};

/// Family of a stretch, which says how its spend follows from the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Constant slope `c`.
    Straight,
    /// `x = k·e^{shape·(ln c − ln p)}`, with `c = a h/k` and `shape = 1/(1 − h)`.
    Power,
    /// `x = k (ln c − ln p)`, with `c = a/k`.
    Exp,
    /// `x = c/p − k`, with `c = a`.
    Log,
    /// Hill with `h = 1`: `x = k (√(c/p) − 1)`, with `c = a/k`.
    Root,
    /// Hill: solved for `s = h ln(x/k)`, with `c = a h/k` and `shape = h`.
    Hill,
}

impl Kind {
    pub(super) const COUNT: usize = 6;
    /// All of them, in order.
    pub(super) const ALL: [Self; Self::COUNT] =
        [Self::Straight, Self::Power, Self::Exp, Self::Log, Self::Root, Self::Hill];

    /// Whether the log of `c` is what counts.
    pub(super) fn takes_log(self) -> bool {
        matches!(self, Self::Power | Self::Exp | Self::Hill)
    }

    /// Log of the slope at a spend; `c` is its log where that is what counts.
    pub(super) fn log_slope(self, c: f64, k: f64, shape: f64, x: f64) -> f64 {
        match self {
            Self::Straight => ln(c),
            Self::Power => c - ln(x / k) / shape,
            Self::Exp => c - x / k,
            Self::Log => ln(c) - ln(k + x),
            Self::Root => ln(c) - 2.0 * ln_1p(x / k),
            Self::Hill if x > 0.0 => hill::log_slope(c, shape, shape * ln(x / k)),
            Self::Hill => f64::INFINITY,
        }
    }
}

/// What a power curve's slope has to be raised to, to give its spend.
#[allow(clippy::inline_always)] // for loops on vectors
#[inline(always)]
pub(super) fn inverse_shape(h: f64) -> f64 {
    1.0 / (1.0 - h)
}

/// Which way money moves on a stretch, seen from today's spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// Today's spend does not matter.
    Either,
    /// At or below today's spend.
    Below,
    /// At or above it.
    Above,
}

/// A stretch of an envelope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    pub(super) side: Side,
    /// Whether the curve runs below it, or the item may not stand on it.
    pub(super) bridge: bool,
    /// Spend where it begins and ends, money.
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) c: f64,
    pub(super) k: f64,
    pub(super) shape: f64,
}

/// Where an item may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Nothing or at least this; 0 for no such limit.
    pub(super) minimum: f64,
}

impl Range {
    /// The range with its minimum worked in where that leaves no gap: below a lower bound it is one
    /// itself, and above the upper bound only nothing remains.
    pub(super) fn new(lower: f64, upper: f64, minimum: f64) -> Self {
        if minimum <= 0.0 {
            Self { lower, upper, minimum: 0.0 }
        } else if lower > 0.0 {
            Self { lower: lower.max(minimum), upper, minimum: 0.0 }
        } else if minimum > upper {
            Self { lower, upper: lower, minimum: 0.0 }
        } else {
            Self { lower, upper, minimum }
        }
    }

    /// Whether an item may stand at `x`.
    pub(super) fn holds(&self, x: f64) -> bool {
        x >= self.lower && x <= self.upper && (x <= 0.0 || x >= self.minimum)
    }
}

impl Segment {
    fn straight(slope: f64, from: f64, to: f64, bridge: bool) -> Self {
        Self { kind: Kind::Straight, side: Side::Either, bridge, from, to, c: slope, k: 1.0, shape: 1.0 }
    }

    /// The curve itself between two spends, where it is concave.
    #[inline]
    fn smooth(curve: &Curve, from: f64, to: f64) -> Option<Self> {
        let (kind, c, k, shape) = match *curve {
            Curve::Power { a, k, h } if h < 1.0 => (Kind::Power, a * h / k, k, inverse_shape(h)),
            Curve::Exp { a, k } => (Kind::Exp, a / k, k, 1.0),
            Curve::Log { a, k } => (Kind::Log, a, k, 1.0),
            Curve::Hill { a, k, h } if hill::is_one(h) => (Kind::Root, a / k, k, 1.0),
            Curve::Hill { a, k, h } => (Kind::Hill, a * h / k, k, h),
            Curve::Power { .. } | Curve::Points(_) | Curve::Bent(_) => return None,
        };
        Some(Self { kind, side: Side::Either, bridge: false, from, to, c, k, shape })
    }

    /// Whether the slope is constant.
    pub(super) fn is_straight(&self) -> bool {
        self.kind == Kind::Straight
    }

    /// Slope at a spend within it, response per unit of money.
    pub(super) fn slope(&self, x: f64) -> f64 {
        if self.is_straight() {
            return self.c;
        }
        let c = if self.kind.takes_log() { ln(self.c) } else { self.c };
        exp(self.kind.log_slope(c, self.k, self.shape, x))
    }

    /// Cuts it at today's spend, if there is one.
    pub(super) fn cut(self, today: Option<f64>, mut each: impl FnMut(Self)) {
        let Some(today) = today else {
            each(self);
            return;
        };
        if today >= self.to {
            each(Self { side: Side::Below, ..self });
        } else if today <= self.from {
            each(Self { side: Side::Above, ..self });
        } else {
            each(Self { side: Side::Below, to: today, ..self });
            each(Self { side: Side::Above, from: today, ..self });
        }
    }
}

/// Whether the curve is worth nothing at any spend.
#[inline]
fn is_flat(curve: &Curve) -> bool {
    match curve {
        Curve::Hill { a, .. } | Curve::Power { a, .. } | Curve::Exp { a, .. } | Curve::Log { a, .. } => *a <= 0.0,
        Curve::Points(points) => points.last().is_none_or(|point| point.1 <= 0.0),
        Curve::Bent(stretches) => stretches.first().is_none_or(|stretch| stretch.a <= 0.0),
    }
}

/// The stretches of a bent curve between two spends.
fn stretches(stretches: &[bent::Stretch], lower: f64, upper: f64) -> impl Iterator<Item = Segment> {
    bent::between(stretches, lower, upper).map(|(from, to, stretch)| match stretch {
        Some(bent::Stretch { a, k, h, .. }) => {
            let curve = Curve::Power { a, k, h };
            Segment::smooth(&curve, from, to).unwrap_or_else(|| Segment::straight(a / k, from, to, false))
        }
        None => Segment::straight(0.0, from, to, false),
    })
}

/// The envelope of a curve on a range: the one stretch of most items, or `None` where it needs
/// [`envelope`]. The range must not be a single spend.
#[inline]
pub(super) fn simple(curve: &Curve, range: Range) -> Option<Segment> {
    if range.minimum > 0.0 {
        return None;
    }
    let (lower, upper) = (range.lower, range.upper);
    if is_flat(curve) {
        return Some(Segment::straight(0.0, lower, upper, false));
    }
    match *curve {
        Curve::Power { a, k, h } if h >= 1.0 => Some(Segment::straight(a / k, lower, upper, false)),
        Curve::Hill { k, h, .. } if h > 1.0 && lower < hull::inflection(k, h) => None,
        Curve::Bent(ref bent) => {
            let mut found = stretches(bent, lower, upper);
            found.next().filter(|_| found.next().is_none())
        }
        _ => Segment::smooth(curve, lower, upper),
    }
}

/// The envelope of any curve on a range of more than one spend: stretches in order, added to `pieces`.
pub(super) fn envelope(curve: &Curve, range: Range, pieces: &mut Vec<Segment>) {
    if let Some(segment) = simple(curve, range) {
        pieces.push(segment);
        return;
    }
    let Range { lower, upper, minimum } = range;
    let straight = |slope, from, to, bridge| Segment::straight(slope, from, to, bridge);
    match *curve {
        _ if is_flat(curve) => {
            pieces.push(straight(0.0, lower, minimum, true));
            pieces.push(straight(0.0, minimum, upper, false));
        }
        Curve::Points(ref points) => hull::of_points(points, range, |slope, from, to, bridge| {
            pieces.push(straight(slope, from, to, bridge));
        }),
        Curve::Power { a, k, h } if h >= 1.0 => {
            pieces.push(straight(a / k, lower, minimum, true));
            pieces.push(straight(a / k, minimum, upper, false));
        }
        _ => {
            let knee = match *curve {
                Curve::Hill { k, h, .. } if h > 1.0 => hull::tangent(curve, hull::inflection(k, h), lower, upper),
                _ => lower,
            };
            let knee = knee.max(minimum);
            let slope = (curve.value(knee) - curve.value(lower)) / (knee - lower);
            if lower < knee {
                pieces.push(straight(slope, lower, knee, true));
            }
            match curve {
                _ if knee >= upper => {}
                Curve::Bent(bent) => pieces.extend(stretches(bent, knee, upper)),
                _ => pieces.extend(Segment::smooth(curve, knee, upper)),
            }
        }
    }
    // a minimum at the upper bound leaves an empty stretch
    pieces.retain(|segment| segment.from < segment.to);
}
