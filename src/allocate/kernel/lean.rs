//! Spends at a price next to one where they are known.

use super::Columns;
use crate::allocate::segment::Kind;
use crate::numeric::elementary::widest;

/// Spends of stretches a small step of the log of the price away from a price where they are known, with how fast they
/// fall: along slope and bend, within the stretches.
///
/// ```text
/// x(λeᵗ) ≈ x − t s + ½ t² b,   s = −dx/d ln λ,   b = −ds/d ln λ
/// ```
///
/// `b` is `s shape` for power curves, 0 for exponential, `s` for logarithmic ones, `s/2` for Hill curves with `h = 1`. For
/// others `s = x/D` with `D = 1 − h + 2hσ`, so `b = s/D (1 − 2h²σ(1 − σ)/D)`.
pub(in crate::allocate) fn lean(
    kind: Kind,
    columns: Columns<'_>,
    known: (&[f64], &[f64]),
    step: f64,
    spends: &mut [f64],
) {
    match kind {
        Kind::Straight | Kind::Exp => lean_by(
            columns,
            known,
            step,
            spends,
            #[inline(always)]
            |_, _, _| 0.0,
        ),
        Kind::Power => lean_by(
            columns,
            known,
            step,
            spends,
            #[inline(always)]
            |_, speed, shape| speed * shape,
        ),
        Kind::Log => lean_by(
            columns,
            known,
            step,
            spends,
            #[inline(always)]
            |_, speed, _| speed,
        ),
        Kind::Root => lean_by(
            columns,
            known,
            step,
            spends,
            #[inline(always)]
            |_, speed, _| 0.5 * speed,
        ),
        Kind::Hill => lean_by(
            columns,
            known,
            step,
            spends,
            #[inline(always)]
            |x, speed, h| {
                let flat = x / speed;
                let odds = flat - 1.0 + h;
                // 2 h² σ (1 − σ) with 2 h σ = D − 1 + h
                let bend = speed / flat * (1.0 - odds * (h - 0.5 * odds) / flat);
                if speed > 0.0 { bend } else { 0.0 }
            },
        ),
    }
}

#[allow(clippy::inline_always)] // each use has its own loop
#[inline(always)]
fn lean_by(
    columns: Columns<'_>,
    known: (&[f64], &[f64]),
    step: f64,
    spends: &mut [f64],
    bend: impl Fn(f64, f64, f64) -> f64,
) {
    widest(
        #[inline(always)]
        || {
            let count = spends.len();
            let (from, to, shape) = (&columns.from[..count], &columns.to[..count], &columns.shape[..count]);
            let (x, speed, spends) = (&known.0[..count], &known.1[..count], &mut spends[..count]);
            for at in 0..count {
                let moved = x[at] - step * (speed[at] - 0.5 * step * bend(x[at], speed[at], shape[at]));
                let moved = if moved > from[at] { moved } else { from[at] };
                spends[at] = if moved < to[at] { moved } else { to[at] };
            }
        },
    );
}
