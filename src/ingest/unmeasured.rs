//! Blank cells of the conversions.
//!
//! In: the cells of the column as they are read. Out: whether its blanks are zeros. A platform or a pivot table that leaves
//! zeros blank never writes one, so blanks are zeros where the column has numbers and no zero; where it has zeros, or nothing
//! at all, a blank may be what was not measured, which is no zero, and is refused.

use super::error::Refused;

/// How many cells are kept in full.
const KEPT: usize = 1000;

/// What was seen of a file's conversions.
#[derive(Debug, Default)]
pub(super) struct Unmeasured {
    /// The blank cells, as refused ones.
    cells: Vec<Refused>,
    total: u64,
    numbers: u64,
    zeros: u64,
}

impl Unmeasured {
    /// Sees a number.
    pub(super) fn see(&mut self, number: f64) {
        if number > 0.0 {
            self.numbers += 1;
        } else {
            self.zeros += 1;
        }
    }

    /// Sees a blank cell.
    pub(super) fn miss(&mut self, cell: impl FnOnce() -> Refused) {
        self.total += 1;
        if self.cells.len() < KEPT {
            self.cells.push(cell());
        }
    }

    /// How many blank cells are zeros.
    ///
    /// # Errors
    /// They are not: some of them, and how many there are.
    pub(super) fn settle(self) -> Result<usize, (Vec<Refused>, u64)> {
        if self.total == 0 || (self.numbers > 0 && self.zeros == 0) {
            return Ok(usize::try_from(self.total).unwrap_or(usize::MAX));
        }
        Err((self.cells, self.total))
    }

    /// Takes in what was seen further down.
    pub(super) fn merge(&mut self, later: Self) {
        let room = KEPT - self.cells.len();
        self.cells.extend(later.cells.into_iter().take(room));
        self.total += later.total;
        self.numbers += later.numbers;
        self.zeros += later.zeros;
    }

    /// Adds to all line numbers.
    pub(super) fn move_down(&mut self, lines: u64) {
        for cell in &mut self.cells {
            cell.line += lines;
        }
    }
}
