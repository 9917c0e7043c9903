//! Piecewise linear curve through points (spend, response), as bid simulators give them.
//!
//! The curve starts at the origin: where the first point has spend above zero, the line from (0, 0)
//! to it is the first piece. Beyond the last point the response stays flat. Between points nothing
//! is smoothed, so the slope jumps at each; the slope *at* a point is the one to its right.

/// A linear piece.
#[derive(Clone, Copy)]
struct Piece {
    from: (f64, f64),
    to: (f64, f64),
}

impl Piece {
    fn slope(self) -> f64 {
        (self.to.1 - self.from.1) / (self.to.0 - self.from.0)
    }
}

fn pieces(points: &[(f64, f64)]) -> impl DoubleEndedIterator<Item = Piece> {
    (0..points.len())
        .map(|at| Piece { from: if at == 0 { (0.0, 0.0) } else { points[at - 1] }, to: points[at] })
        .filter(|piece| piece.to.0 > piece.from.0)
}

pub(super) fn value(points: &[(f64, f64)], x: f64) -> f64 {
    let at = points.partition_point(|point| point.0 <= x);
    let from = if at == 0 { (0.0, 0.0) } else { points[at - 1] };
    match points.get(at) {
        Some(&to) if x > from.0 => {
            let share = (x - from.0) / (to.0 - from.0);
            share.mul_add(to.1 - from.1, from.1)
        }
        _ => from.1,
    }
}

pub(super) fn marginal(points: &[(f64, f64)], x: f64) -> f64 {
    let at = points.partition_point(|point| point.0 <= x);
    let from = if at == 0 { (0.0, 0.0) } else { points[at - 1] };
    points.get(at).map_or(0.0, |&to| Piece { from, to }.slope())
}

pub(super) fn spend_at_marginal(points: &[(f64, f64)], price: f64) -> f64 {
    pieces(points).rev().find(|piece| piece.slope() >= price).map_or(0.0, |piece| piece.to.0)
}

pub(super) fn is_concave(points: &[(f64, f64)]) -> bool {
    let slopes = pieces(points).map(Piece::slope);
    let next = pieces(points).map(Piece::slope).skip(1);
    slopes.zip(next).all(|(before, after)| after <= before)
}
