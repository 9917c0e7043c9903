//! A small table with all cells as text, and the refusal of single cells.
//!
//! In: a path to CSV, TSV or Parquet. Out: names, rows and the line of each row. Wrong only where the
//! file itself is: a record that does not fit the header is refused, not padded.

use crate::domain::unguarded;
use crate::ingest::cell::{Record, shorten};
use crate::ingest::delimited::{ENDLESS, Header, Records, header};
use crate::ingest::error::{IngestError, Place, Refused};
use crate::ingest::file::{File, Kind};
use crate::ingest::parquet;
use std::collections::BTreeMap;
use std::path::Path;

/// The largest number of a table of curves or limits: squares and ratios of such numbers are still numbers.
const LARGEST: f64 = 1e100;
/// The smallest number above zero, for the same reason.
const SMALLEST: f64 = 1e-100;
/// Refused cells beyond these are counted, not kept.
const KEPT: usize = 1000;

/// A small table, all cells as text.
pub(in crate::ingest) struct Sheet {
    pub(in crate::ingest) file: String,
    pub(in crate::ingest) names: Vec<String>,
    pub(in crate::ingest) rows: Vec<Vec<String>>,
    /// Physical line of each row; the row number in a Parquet file.
    pub(in crate::ingest) line: Vec<u64>,
}

/// Where each column that is looked for stands.
pub(in crate::ingest) struct Columns(BTreeMap<&'static str, Option<usize>>);

impl Columns {
    /// Whether the file has the column.
    pub(in crate::ingest) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(Option::is_some)
    }
}

impl Sheet {
    pub(in crate::ingest) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path)?;
        match file.kind {
            Kind::Text => Self::text(&file),
            Kind::Workbook => {
                let looks_like = "a workbook, which is read for reports only";
                Err(IngestError::NotATable { file: file.name, looks_like })
            }
            Kind::Parquet => Self::parquet(&file),
        }
    }

    fn text(file: &File) -> Result<Self, IngestError> {
        let decoded = file.text()?;
        Self::under(&file.name, &decoded.text, &header(&decoded.text))
    }

    /// The rows of a text under its header.
    ///
    /// # Errors
    /// Records that do not fit the header, all of them; none at all.
    pub(in crate::ingest) fn under(file: &str, text: &str, header: &Header) -> Result<Self, IngestError> {
        let mut records = Records::new(&text[header.end..header.until], header.separator);
        let (mut rows, mut line, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(begins) = records.advance() {
            let begins = begins + header.line - 1;
            let cells: Vec<String> = (0..records.width()).map(|column| records.text(column).to_owned()).collect();
            if records.is_open() {
                refused.push(cell(file, begins, "", &cells.join(","), "has a quote that is never closed"));
            } else if records.is_endless() {
                refused.push(cell(file, begins, "", records.text(0), ENDLESS));
            } else if cells.len() != header.names.len() {
                let rule = "has another number of cells than the header";
                refused.push(cell(file, begins, "", &cells.join(","), rule));
            }
            rows.push(cells);
            line.push(begins);
        }
        finish(refused)?;
        Self { file: file.to_owned(), names: header.names.clone(), rows, line }.with_rows()
    }

    /// A small Parquet file.
    ///
    /// # Errors
    /// It is damaged, or has no rows.
    pub(in crate::ingest) fn parquet(file: &File) -> Result<Self, IngestError> {
        let (names, rows) = parquet::texts(file)?;
        let line = (1..=rows.len() as u64).collect();
        Self { file: file.name.clone(), names, rows, line }.with_rows()
    }

    fn with_rows(self) -> Result<Self, IngestError> {
        if self.rows.is_empty() { Err(IngestError::HeaderOnly { file: self.file }) } else { Ok(self) }
    }

    /// Where each wanted column stands; optional ones may stand nowhere.
    ///
    /// # Errors
    /// A required column is absent, or a wanted one stands twice.
    pub(in crate::ingest) fn columns(
        &self,
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Result<Columns, IngestError> {
        let is = |found: &str, name: &str| found.trim().eq_ignore_ascii_case(name);
        let place = |name: &str| self.names.iter().position(|found| is(found, name));
        let missing: Vec<String> =
            required.iter().filter(|name| place(name).is_none()).map(|name| (*name).to_owned()).collect();
        if !missing.is_empty() {
            return Err(IngestError::CurveColumns { file: self.file.clone(), missing, found: self.names.clone() });
        }
        for &canonical in required.iter().chain(optional) {
            let columns: Vec<String> = self.names.iter().filter(|found| is(found, canonical)).cloned().collect();
            if columns.len() > 1 {
                return Err(IngestError::CurveColumnTwice { file: self.file.clone(), column: canonical });
            }
        }
        Ok(Columns(required.iter().chain(optional).map(|&name| (name, place(name))).collect()))
    }

    /// Columns of the file that nobody looks for.
    pub(in crate::ingest) fn unused(&self, columns: &Columns) -> Vec<String> {
        let used: Vec<usize> = columns.0.values().copied().flatten().collect();
        self.names.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, name)| name.clone()).collect()
    }

    /// A cell without white space at its ends; empty where the file has no such column.
    pub(in crate::ingest) fn cell<'s>(&'s self, columns: &Columns, row: usize, name: &str) -> &'s str {
        columns.0.get(name).copied().flatten().map_or("", |column| unguarded(self.rows[row][column].trim()))
    }
}

/// Reads the numbers of one table and collects the cells that are none.
pub(in crate::ingest) struct Numbers<'s> {
    pub(in crate::ingest) sheet: &'s Sheet,
    pub(in crate::ingest) columns: &'s Columns,
    pub(in crate::ingest) refused: Vec<Refused>,
}

impl Numbers<'_> {
    /// A finite number, zero or above; `blank` where the cell is empty, NaN where it is refused.
    pub(in crate::ingest) fn number(&mut self, row: usize, name: &'static str, blank: f64) -> f64 {
        self.bounded(row, name, blank, false)
    }

    /// As [`Numbers::number`], and `inf` is a number too.
    pub(in crate::ingest) fn open_ended(&mut self, row: usize, name: &'static str, blank: f64) -> f64 {
        self.bounded(row, name, blank, true)
    }

    fn bounded(&mut self, row: usize, name: &'static str, blank: f64, infinite: bool) -> f64 {
        let text = self.sheet.cell(self.columns, row, name);
        if text.is_empty() {
            return blank;
        }
        match sound(text, infinite) {
            Ok(value) => value,
            Err(rule) => {
                self.refuse(row, name, rule);
                f64::NAN
            }
        }
    }

    /// Refuses a cell.
    pub(in crate::ingest) fn refuse(&mut self, row: usize, name: &'static str, rule: &'static str) {
        let text = self.sheet.cell(self.columns, row, name);
        self.refused.push(cell(&self.sheet.file, self.sheet.line[row], name, text, rule));
    }
}

/// A number that arithmetic can be done with.
///
/// # Errors
/// The rule broken.
pub(in crate::ingest) fn sound(text: &str, infinite: bool) -> Result<f64, &'static str> {
    let Some(value) = text.parse::<f64>().ok().filter(|value| !value.is_nan()) else {
        return Err("is not a number");
    };
    if value < 0.0 {
        Err("is negative, and must be zero or above")
    } else if value > LARGEST {
        // beyond any budget: no bound at all
        if infinite {
            Ok(f64::INFINITY)
        } else if value.is_infinite() {
            Err("is not finite")
        } else {
            Err("is larger than 1e100")
        }
    } else if value > 0.0 && value < SMALLEST {
        Err("is smaller than 1e-100 and not 0")
    } else {
        Ok(value + 0.0) // -0 becomes 0
    }
}

/// The refusal of a cell.
pub(in crate::ingest) fn cell(file: &str, line: u64, column: &str, value: &str, rule: &'static str) -> Refused {
    Refused { file: file.to_owned(), line, place: Place::Line, column: column.to_owned(), value: shorten(value), rule }
}

/// The error for what is refused, if anything is.
///
/// # Errors
/// Something is.
pub(in crate::ingest) fn finish(refused: Vec<Refused>) -> Result<(), IngestError> {
    let total = refused.len() as u64;
    if total == 0 {
        Ok(())
    } else {
        Err(IngestError::Refused { refused: refused.into_iter().take(KEPT).collect(), total })
    }
}
