//! The cells of a sheet → delimited text.
//!
//! In: cells with their places, in any order. Out: comma-separated text, one line a row of the sheet. Only what is there is
//! kept: a sheet with one cell at its far end is small. A cell that stands alone in its row does not widen the table. Typed
//! numbers in a column of numbers that are also typed as text have no decimal mark, so that those of the texts decide.

use crate::ingest::number::{self, Shape};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Rows and columns of a sheet, at most, as Excel has them.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;
/// Cells of a sheet, at most.
const CELLS: usize = 100_000_000;
/// No number is longer, bytes.
const NUMBER: usize = 100;
/// Commas that fill rows up, at most, and for each cell.
const FILLING: usize = 1 << 26;
const FILLING_A_CELL: usize = 16;

/// The cells of one sheet.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// Bytes of text, at most.
    most: usize,
    text: String,
    all: Vec<Cell>,
    columns: BTreeMap<u32, Column>,
}

/// One cell.
#[derive(Debug)]
struct Cell {
    row: u32,
    column: u32,
    /// Its place in the text.
    place: Range<usize>,
    /// Whether it is a typed number with decimals.
    typed: bool,
}

/// What stands in a column.
#[derive(Debug, Default)]
struct Column {
    /// Typed numbers with decimals.
    typed: usize,
    /// Numbers written as text, with marks.
    marked: usize,
    /// What is no number.
    others: usize,
}

impl Cells {
    /// No cells yet, of which `most` bytes of text are taken.
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Adds a cell whose text `write` appends, if it writes any, and tells whether it is a typed number.
    ///
    /// # Errors
    /// A place that no sheet has, or more cells or more text than are read.
    pub(super) fn add(
        &mut self,
        (row, column): (u32, u32),
        write: impl FnOnce(&mut String) -> bool,
    ) -> Result<(), String> {
        let start = self.text.len();
        let typed = write(&mut self.text);
        if self.text.len() == start {
            return Ok(());
        }
        if row >= ROWS || column >= COLUMNS {
            let (row, column) = (u64::from(row) + 1, u64::from(column) + 1);
            return Err(format!("a cell in row {row} and column {column} lies beyond what a sheet can hold"));
        }
        if self.text.len() > self.most {
            return Err(super::GROWS.into());
        }
        if self.all.len() == CELLS {
            return Err(format!("has more than {CELLS} cells"));
        }
        let typed = typed && self.text[start..].contains('.');
        self.all.push(Cell { row, column, place: start..self.text.len(), typed });
        self.see(column, start, typed);
        Ok(())
    }

    /// Counts the cell that was written last.
    fn see(&mut self, column: u32, start: usize, typed: bool) {
        let text = &self.text[start..];
        let known = self.columns.entry(column).or_default();
        if typed {
            known.typed += 1;
            return;
        }
        let shape = if text.len() > NUMBER { Shape::Wrong } else { number::shape_of(text.trim_matches('"')) };
        match shape {
            Shape::Whole => {}
            Shape::Wrong => known.others += 1,
            _ => known.marked += 1,
        }
    }

    /// Columns of numbers of which some are typed and some are text: the marks of the texts are not the typed ones'.
    fn mixed(&self) -> BTreeSet<u32> {
        let is_mixed =
            |known: &Column| known.typed > 0 && known.marked > 0 && known.others < known.typed + known.marked;
        self.columns.iter().filter(|(_, known)| is_mixed(known)).map(|(&column, _)| column).collect()
    }

    /// The text, all rows of the table equally wide.
    pub(super) fn into_text(self) -> String {
        let mixed = self.mixed();
        let Self { text, all: mut cells, .. } = self;
        if !cells.is_sorted_by_key(|cell| (cell.row, cell.column)) {
            cells.sort_by_key(|cell| (cell.row, cell.column));
        }
        let rows = || cells.chunk_by(|a, b| a.row == b.row);
        let end = |row: &[Cell]| row.last().map_or(0, |cell| cell.column as usize + 1);
        let several = rows().filter(|row| row.len() > 1).map(end).max();
        let widest = several.or_else(|| rows().map(end).max()).unwrap_or(0);
        let most = FILLING.max(cells.len().saturating_mul(FILLING_A_CELL));
        let count = rows().count();
        // beyond it some rows only are so wide, and are refused
        let width = if widest.saturating_mul(count) <= most { widest } else { most / count };
        let mut whole = String::with_capacity(text.len() + width.saturating_mul(count));
        let mut line = 0;
        for row in rows() {
            let at = row.first().map_or(0, |cell| cell.row);
            whole.extend(std::iter::repeat_n('\n', (at - line) as usize));
            line = at;
            let mut written = 0;
            for (number, Cell { column, place, typed, .. }) in row.iter().enumerate() {
                if row.get(number + 1).is_some_and(|next| next.column == *column) {
                    // a cell that is written twice: the later one stands
                    continue;
                }
                whole.extend(std::iter::repeat_n(',', *column as usize - written));
                written = *column as usize;
                let cell = &text[place.clone()];
                if *typed && mixed.contains(column) {
                    whole.push_str(&without_point(cell));
                } else {
                    whole.push_str(cell);
                }
            }
            whole.extend(std::iter::repeat_n(',', width.saturating_sub(written + 1)));
        }
        whole.push('\n');
        whole
    }
}

/// A decimal number as a whole one and a power of ten: `5.5` is `55e-1`.
fn without_point(number: &str) -> String {
    number
        .split_once('.')
        .map_or_else(|| number.to_owned(), |(whole, decimals)| format!("{whole}{decimals}e-{}", decimals.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cells: &[(u32, u32, &str)]) -> String {
        let mut all = Cells::new(usize::MAX);
        for &(row, column, cell) in cells {
            all.add((row, column), |text| {
                text.push_str(cell);
                false
            })
            .unwrap();
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
            let error = Cells::new(usize::MAX)
                .add(place, |text| {
                    text.push('x');
                    false
                })
                .unwrap_err();
            assert!(error.contains("beyond what a sheet can hold"), "{error}");
        }
    }

    #[test]
    fn typed_numbers_leave_the_marks_to_the_texts() {
        let column = |cells: &[(&str, bool)]| {
            let mut all = Cells::new(usize::MAX);
            for (row, &(cell, typed)) in (0..).zip(cells) {
                let write = |text: &mut String| {
                    text.push_str(cell);
                    typed
                };
                all.add((row, 0), write).unwrap();
            }
            all.into_text()
        };
        let cost = ("Cost", false);
        assert_eq!(column(&[cost, ("5.5", true), ("\"4,34\"", false)]), "Cost\n55e-1\n\"4,34\"\n");
        assert_eq!(column(&[cost, ("0.05", true), ("7", true), ("1.234", false)]), "Cost\n005e-2\n7\n1.234\n");
        // one kind alone, and terms among which there are a few numbers
        assert_eq!(column(&[cost, ("5.5", true), ("4", false)]), "Cost\n5.5\n4\n");
        assert_eq!(
            column(&[cost, ("7.5", true), ("7,5", false), ("a", false), ("b", false)]),
            "Cost\n7.5\n7,5\na\nb\n"
        );
    }
}
