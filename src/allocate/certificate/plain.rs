//! What items leave open that one price serves and whose curves are their envelopes, all at once.

use crate::allocate::tally::Scale;
use crate::numeric::elementary::widest;

/// What a bound may leave open that looks at the slope alone, as a share of what the item's money costs: a few roundings
/// of the slope need no closer look.
const ENOUGH: f64 = 1e-14;
/// Rows of items that run side by side.
const ROWS: usize = 16;

/// Scratch of a chunk, in the order of its stretches.
#[derive(Default)]
pub(super) struct Stretches {
    pub(super) spend: Vec<f64>,
    pub(super) response: Vec<f64>,
    pub(super) marginal: Vec<f64>,
    pub(super) gap: Vec<f64>,
}

impl Stretches {
    /// Takes in spends and makes room for what follows from them.
    pub(super) fn take(&mut self, spends: impl Iterator<Item = f64>) {
        self.spend.clear();
        self.spend.extend(spends);
        for column in [&mut self.response, &mut self.marginal, &mut self.gap] {
            column.resize(self.spend.len(), 0.0);
        }
    }
}

/// For sums of gaps that are rounding, of so many items that no more than `most` is spent on.
pub(super) fn near_scale(count: usize, price: f64, most: f64) -> Scale {
    Scale::new(count, ENOUGH * price * most)
}

/// Items of a chunk in the order of their stretches; all of one length.
#[derive(Clone, Copy)]
pub(super) struct Items<'a> {
    pub(super) spend: &'a [f64],
    /// Bounds; no plan within the budget gives an item more.
    pub(super) from: &'a [f64],
    pub(super) to: &'a [f64],
    /// Slopes at the spends, and responses.
    pub(super) marginal: &'a [f64],
    pub(super) response: &'a [f64],
}

/// The greatest of what the items leave open and have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Greatest {
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
    let mut rows = [[0.0_f64; ROWS]; 3];
    let mut wide = [0_u64; ROWS];
    widest(
        #[inline(always)]
        || {
            let Items { spend, from, to, marginal, response } = items;
            let parts = spend.chunks(ROWS).zip(from.chunks(ROWS)).zip(to.chunks(ROWS));
            let parts = parts.zip(marginal.chunks(ROWS)).zip(response.chunks(ROWS)).zip(gaps.chunks_mut(ROWS));
            for (((((spend, from), to), marginal), response), gaps) in parts {
                let count = spend.len();
                let (from, to, marginal) = (&from[..count], &to[..count], &marginal[..count]);
                let (response, gaps) = (&response[..count], &mut gaps[..count]);
                for at in 0..count {
                    let (x, slope) = (spend[at], marginal[at]);
                    let over = slope > price;
                    let room = if over { to[at] - x } else { x - from[at] };
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
                    let (below, above) = (from[at] - x, x - to[at]);
                    let violation = if below > above { below } else { above };
                    for (row, value) in rows.iter_mut().zip([response[at], residual, violation]) {
                        row[at] = if value > row[at] { value } else { row[at] };
                    }
                }
            }
        },
    );
    let [response, residual, violation] = rows.map(|row| row.into_iter().fold(0.0, f64::max));
    (wide.iter().any(|wide| *wide > 0), Greatest { response, residual, violation })
}
