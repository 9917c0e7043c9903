//! Upper concave envelopes between two bounds.

use super::item::Piece;
use crate::response::{Curve, hill};

/// Cap on the bisection for the tangent point: the exponents and digits of two spends.
const MAX_STEPS: usize = 200;

/// Envelope of a curve of points on `[lower, upper]`: straight pieces, steepest first.
pub(super) fn of_points(points: &[(f64, f64)], lower: f64, upper: f64, pieces: &mut Vec<Piece>) {
    let curve = |x: f64| {
        let at = points.partition_point(|point| point.0 <= x);
        let from = if at == 0 { (0.0, 0.0) } else { points[at - 1] };
        match points.get(at) {
            Some(to) if x > from.0 => ((x - from.0) / (to.0 - from.0)).mul_add(to.1 - from.1, from.1),
            _ => from.1,
        }
    };
    let start = (lower, curve(lower));
    let first = pieces.len();
    let inside = points.iter().copied().filter(|point| point.0 > lower && point.0 < upper);
    let mut before = start;
    for (spend, value) in inside.chain(std::iter::once((upper, curve(upper)))) {
        let mut piece = Piece { slope: (value - before.1) / (spend - before.0), end: spend, value, bridge: false };
        // Graham's scan: pieces that are less steep than what follows give way to a straight line
        while pieces.len() > first && pieces[pieces.len() - 1].slope <= piece.slope {
            let Some(hidden) = pieces.pop() else { break };
            let from = pieces[first..].last().map_or(start, |piece| (piece.end, piece.value));
            piece.bridge |= hidden.bridge || hidden.slope < piece.slope;
            piece.slope = (value - from.1) / (spend - from.0);
        }
        pieces.push(piece);
        before = (spend, value);
    }
}

/// Envelope of an S-shaped Hill curve on `[lower, upper]`: the spend from where the curve is its own
/// envelope, and the straight piece before it, if any.
///
/// The tangent from `(lower, f(lower))` touches at `t` with `f′(t)(t − lower) = f(t) − f(lower)`.
pub(super) fn of_s_curve(curve: &Curve, k: f64, h: f64, lower: f64, upper: f64) -> (f64, Option<Piece>) {
    let inflection = k * (hill::inflection(h) / h).exp();
    if lower >= inflection {
        return (lower, None);
    }
    let base = curve.value(lower);
    // the chord steepens as long as the curve is steeper than it
    let steepens = |x: f64| curve.marginal(x) * (x - lower) > curve.value(x) - base;
    let bridge = |end: f64| {
        let value = curve.value(end);
        Some(Piece { slope: (value - base) / (end - lower), end, value, bridge: true })
    };
    if inflection >= upper || steepens(upper) {
        return (upper, bridge(upper));
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
    (far, bridge(far))
}
