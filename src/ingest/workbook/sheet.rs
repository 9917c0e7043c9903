//! The cells of a sheet → delimited text.
//!
//! In: cells with their places, in any order. Out: comma-separated text, one line a row of the sheet. Only what is there is
//! kept: a sheet with one cell at its far end is small. A cell that stands alone in its row does not widen the table.

use std::ops::Range;

/// Rows and columns of a sheet, at most, as Excel has them.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;
/// Cells of a sheet, at most.
const CELLS: usize = 100_000_000;
/// Commas that fill rows up, at most, and for each cell.
const FILLING: usize = 1 << 26;
const FILLING_A_CELL: usize = 16;

/// The cells of one sheet.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: String,
    /// Row, column and place in the text.
    cells: Vec<(u32, u32, Range<usize>)>,
}

impl Cells {
    /// Adds a cell whose text `write` appends, if it writes any.
    ///
    /// # Errors
    /// A place that no sheet has, or more cells than are read.
    pub(super) fn add(&mut self, (row, column): (u32, u32), write: impl FnOnce(&mut String)) -> Result<(), String> {
        let start = self.text.len();
        write(&mut self.text);
        if self.text.len() == start {
            return Ok(());
        }
        if row >= ROWS || column >= COLUMNS {
            let (row, column) = (u64::from(row) + 1, u64::from(column) + 1);
            return Err(format!("a cell in row {row} and column {column} lies beyond what a sheet can hold"));
        }
        if self.cells.len() == CELLS {
            return Err(format!("has more than {CELLS} cells"));
        }
        self.cells.push((row, column, start..self.text.len()));
        Ok(())
    }

    /// The text, all rows of the table equally wide.
    pub(super) fn into_text(self) -> String {
        let Self { text, mut cells } = self;
        if !cells.is_sorted_by_key(|&(row, column, _)| (row, column)) {
            cells.sort_by_key(|&(row, column, _)| (row, column));
        }
        let rows = || cells.chunk_by(|a, b| a.0 == b.0);
        let end = |row: &[(u32, u32, Range<usize>)]| row.last().map_or(0, |cell| cell.1 as usize + 1);
        let several = rows().filter(|row| row.len() > 1).map(end).max();
        let widest = several.or_else(|| rows().map(end).max()).unwrap_or(0);
        let most = FILLING.max(cells.len().saturating_mul(FILLING_A_CELL));
        let count = rows().count();
        // beyond it some rows only are so wide, and are refused
        let width = if widest.saturating_mul(count) <= most { widest } else { most / count };
        let mut whole = String::with_capacity(text.len() + width.saturating_mul(count));
        let mut line = 0;
        for row in rows() {
            let at = row.first().map_or(0, |cell| cell.0);
            whole.extend(std::iter::repeat_n('\n', (at - line) as usize));
            line = at;
            let mut written = 0;
            for (place, (_, column, cell)) in row.iter().enumerate() {
                if row.get(place + 1).is_some_and(|next| next.1 == *column) {
                    // a cell that is written twice: the later one stands
                    continue;
                }
                whole.extend(std::iter::repeat_n(',', *column as usize - written));
                written = *column as usize;
                whole.push_str(&text[cell.clone()]);
            }
            whole.extend(std::iter::repeat_n(',', width.saturating_sub(written + 1)));
        }
        whole.push('\n');
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cells: &[(u32, u32, &str)]) -> String {
        let mut all = Cells::default();
        for &(row, column, cell) in cells {
            all.add((row, column), |text| text.push_str(cell)).unwrap();
        }
        all.into_text()
    }

    #[test]
    fn cells_stand_in_their_rows() {
        let table = [(2, 0, "a"), (2, 2, "b"), (1, 1, "t"), (4, 1, "x"), (4, 1, "y"), (4, 2, "z"), (0, 0, "")];
        assert_eq!(text(&table), "\n,t,\na,,b\n\n,y,z\n");
        assert_eq!(text(&[]), "\n");
    }

    #[test]
    fn a_cell_far_away_costs_nothing() {
        let far = text(&[(0, 0, "a"), (0, 1, "b"), (1, 0, "1"), (ROWS - 1, COLUMNS - 1, "x")]);
        assert!(far.starts_with("a,b\n1,\n") && far.ends_with(",x\n"));
        assert_eq!(far.len(), 6 + (ROWS as usize - 2) + COLUMNS as usize - 1 + 2);
        for place in [(ROWS, 0), (u32::MAX, 3), (0, COLUMNS)] {
            let error = Cells::default().add(place, |text| text.push('x')).unwrap_err();
            assert!(error.contains("beyond what a sheet can hold"), "{error}");
        }
    }
}
