//! Upper concave envelopes between two bounds.

use super::segment::Range;
use crate::response::{Curve, hill};

/// Cap on the bisection for the tangent point: the exponents and digits of two spends.
const MAX_STEPS: usize = 200;

/// A straight piece from the point before it.
#[derive(Clone, Copy)]
struct Piece {
    slope: f64,
    end: f64,
    value: f64,
    bridge: bool,
}

/// Envelope of a curve of points on a range: straight pieces `(slope, from, to, bridge)`, steepest first.
pub(super) fn of_points(points: &[(f64, f64)], range: Range, mut each: impl FnMut(f64, f64, f64, bool)) {
    let curve = |x: f64| {
        let at = points.partition_point(|point| point.0 <= x);
        let from = if at == 0 { (0.0, 0.0) } else { points[at - 1] };
        match points.get(at) {
            Some(to) if x > from.0 => ((x - from.0) / (to.0 - from.0)).mul_add(to.1 - from.1, from.1),
            _ => from.1,
        }
    };
    let Range { lower, upper, minimum } = range;
    let start = (lower, curve(lower));
    let first = lower.max(minimum);
    let inside = points.iter().copied().filter(|point| point.0 > first && point.0 < upper);
    let least = (minimum > lower && minimum < upper).then(|| (minimum, curve(minimum)));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before = start;
    for (spend, value) in least.into_iter().chain(inside).chain(std::iter::once((upper, curve(upper)))) {
        let bridge = minimum > 0.0 && pieces.is_empty();
        let mut piece = Piece { slope: (value - before.1) / (spend - before.0), end: spend, value, bridge };
        // Graham's scan: pieces that are less steep than what follows give way to a straight line
        while let Some(hidden) = pieces.pop_if(|last| last.slope <= piece.slope) {
            let from = pieces.last().map_or(start, |piece| (piece.end, piece.value));
            piece.bridge |= hidden.bridge || hidden.slope < piece.slope;
            piece.slope = (value - from.1) / (spend - from.0);
        }
        pieces.push(piece);
        before = (spend, value);
    }
    let mut from = lower;
    for piece in pieces {
        each(piece.slope, from, piece.end, piece.bridge);
        from = piece.end;
    }
}

/// Spend at which an S-shaped Hill curve is steepest.
pub(super) fn inflection(k: f64, h: f64) -> f64 {
    k * (hill::inflection(h) / h).exp()
}

/// The spend from where an S-shaped curve is its own envelope on `[lower, upper]`, `lower` before its
/// inflection.
///
/// The tangent from `(lower, f(lower))` touches at `t` with `f′(t)(t − lower) = f(t) − f(lower)`.
pub(super) fn tangent(curve: &Curve, inflection: f64, lower: f64, upper: f64) -> f64 {
    if lower >= inflection {
        return lower;
    }
    let base = curve.value(lower);
    // the chord steepens as long as the curve is steeper than it
    let steepens = |x: f64| curve.marginal(x) * (x - lower) > curve.value(x) - base;
    if inflection >= upper || steepens(upper) {
        return upper;
    }
    let (mut near, mut far) = (inflection, upper);
    for _ in 0..MAX_STEPS {
        // halve the digits first where the two are orders of magnitude apart
        let middle = if far > 4.0 * near { (near * far).sqrt() } else { f64::midpoint(near, far) };
        if middle <= near || middle >= far {
            break;
        }
        if steepens(middle) {
            near = middle;
        } else {
            far = middle;
        }
    }
    far
}
