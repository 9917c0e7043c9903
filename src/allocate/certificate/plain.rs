//! What items leave open that one price serves and whose curves are their envelopes, all at once.

use crate::numeric::elementary::widest;

/// What a bound may leave open that looks at the slope alone, as a share of what the item's money costs: a few roundings
/// of the slope need no closer look.
const ENOUGH: f64 = 1e-14;
/// Rows of items that run side by side.
const ROWS: usize = 16;

/// Items of a chunk in order; all of one length.
#[derive(Clone, Copy)]
pub(super) struct Items<'a> {
    pub(super) spend: &'a [f64],
    pub(super) lower: &'a [f64],
    pub(super) upper: &'a [f64],
    /// Slopes at the spends, and responses.
    pub(super) marginal: &'a [f64],
    pub(super) response: &'a [f64],
    /// No plan within the budget gives an item more, money.
    pub(super) most: f64,
}

/// The greatest of what the items leave open and have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Greatest {
    pub(super) gap: f64,
    pub(super) response: f64,
    pub(super) residual: f64,
    pub(super) violation: f64,
}

/// Writes an upper bound of what each item could earn more at a price, not a number where the bound at hand is too wide;
/// whether there are such items, and the greatest of all others.
///
/// ```text
/// max f(y) − f(x) − p (y − x) ≤ (g − p)(u − x) for a slope g ≥ p, (p − g)(x − l) for g ≤ p
/// ```
///
/// by concavity. At a price that was found to the last digits this is rounding already, so no best spend has to be
/// looked for. Each item is judged by itself, whatever stands beside it.
pub(super) fn bound(items: Items<'_>, price: f64, gaps: &mut [f64]) -> (bool, Greatest) {
    let mut rows = [[0.0_f64; ROWS]; 4];
    let mut wide = [0_u64; ROWS];
    widest(
        #[inline(always)]
        || {
            let Items { spend, lower, upper, marginal, response, most } = items;
            let parts = spend.chunks(ROWS).zip(lower.chunks(ROWS)).zip(upper.chunks(ROWS));
            let parts = parts.zip(marginal.chunks(ROWS)).zip(response.chunks(ROWS)).zip(gaps.chunks_mut(ROWS));
            for (((((spend, lower), upper), marginal), response), gaps) in parts {
                let count = spend.len();
                let (lower, upper, marginal) = (&lower[..count], &upper[..count], &marginal[..count]);
                let (response, gaps) = (&response[..count], &mut gaps[..count]);
                for at in 0..count {
                    let (x, slope) = (spend[at], marginal[at]);
                    let over = slope > price;
                    let end = if upper[at] < most { upper[at] } else { most };
                    let room = if over { end - x } else { x - lower[at] };
                    let away = if over { slope - price } else { price - slope };
                    // an infinite slope without room is no gap
                    let moves = room > 0.0;
                    let gap = if moves { away * room } else { 0.0 };
                    let near = gap <= ENOUGH * price * x;
                    wide[at] |= u64::from(!near);
                    gaps[at] = if near { gap } else { f64::NAN };
                    let size = if over { slope } else { price };
                    let residual = if moves { away / size } else { 0.0 };
                    let residual = if residual <= 1.0 { residual } else { 1.0 };
                    let (below, above) = (lower[at] - x, x - upper[at]);
                    let violation = if below > above { below } else { above };
                    for (row, value) in rows.iter_mut().zip([gaps[at], response[at], residual, violation]) {
                        row[at] = if value > row[at] { value } else { row[at] };
                    }
                }
            }
        },
    );
    let [gap, response, residual, violation] = rows.map(|row| row.into_iter().fold(0.0, f64::max));
    (wide.iter().any(|wide| *wide > 0), Greatest { gap, response, residual, violation })
}
