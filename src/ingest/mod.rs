//! Files → [`Counts`]. Access logs have a room of their own, `log`.
//!
//! Owns the reading of CSV, TSV, Parquet and Excel tables of aggregate counts: which column is which, what a
//! number or a date is, what cannot be read, and how rows become terms × periods. In: paths and
//! settings. Out: counts in canonical order, which do not depend on the order of rows or files, with
//! the mapping, the files' fingerprints and notes. Where the same rows were reported several times the
//! newest report counts, and the others say how late conversions become known. What stands around the rows
//! of a platform's report (titles, dates, totals, copyright) is told from them by its structure.
//!
//! Nothing is dropped silently: a row is counted, refused with file and line, or left out with a
//! note. Delimited text is split here rather than by polars, because a row must be refused with its
//! physical line, and because a stray quote inside a term (`5" pipe`) must not swallow the next lines.

mod aliases;
mod assemble;
mod attributes;
mod batch;
mod calendar;
mod caught;
mod cell;
mod curves;
mod date;
mod dating;
mod decisions;
mod delimited;
mod encoding;
mod entities;
mod error;
mod evidence;
mod file;
mod folder;
mod grain;
mod layout;
mod log;
mod money;
mod names;
mod number;
mod overlap;
mod owners;
mod pages;
mod parquet;
mod people;
mod plain;
mod plan;
mod privacy;
mod quality;
mod reports;
mod rows;
mod rules;
mod schema;
mod simulator;
mod sorted;
mod source;
mod span;
mod sql;
mod summary;
mod tally;
mod text;
mod total;
mod totals;
mod unmeasured;
mod workbook;

pub use curves::{CurveTable, ItemState, LimitCell, LimitTable, read_classes, read_curves, read_groups};
pub use date::DateOrder;
pub use decisions::read_decisions;
pub(crate) use error::SHOWN;
pub use error::{IngestError, Place, Refused};
#[cfg(feature = "cli")]
pub use folder::{expand, expand_files};
pub use log::{LogError, LogSettings, Logged, read_logs};
pub use plain::{PlainTable, read_plain};
pub use simulator::{Simulators, read_simulators};
pub use sql::{Dialect, SqlError, SqlSettings, sql};
pub use totals::{Compared, FileTotal};

use crate::counts::{Calendar, Counts, Totals};
use crate::domain::{Date, Notes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How to read the input.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestSettings {
    /// What a term is where a file has both keyword and search term.
    pub unit: TermUnit,
    /// What a period is where rows are daily.
    pub period: PeriodChoice,
    /// First day of a week, for daily rows and for weeks that do not agree among themselves.
    pub week_start: chrono::Weekday,
    /// The day to look back from; later rows are left out. `None`: the last day in the data.
    pub as_of: Option<Date>,
    /// First and last days of spans whose rows are not read, whatever stands in them.
    pub unread: Vec<(Date, Date)>,
    /// Length of the one period of undated data, days.
    pub period_days: Option<f64>,
    /// Source column → canonical column, before all aliases; `ignore` leaves a column out.
    pub map: BTreeMap<String, String>,
    /// Whether the day or the month comes first in dates such as `2/1/2026`; `None`: as the data show.
    pub date_order: Option<DateOrder>,
    /// Whether files that overlap are successive exports of one account, each made on the last day it has.
    pub exports: bool,
    /// Which of `match_type`, `campaign`, `ad_group` and `channel` belong to the term key; `None`: all
    /// that are present.
    pub key: Option<Vec<String>>,
    /// Clicks that a term needs to be named; smaller ones are folded into one. 0: all are named.
    pub min_count: u32,
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self {
            unit: TermUnit::Keyword,
            period: PeriodChoice::Week,
            week_start: chrono::Weekday::Mon,
            as_of: None,
            unread: Vec::new(),
            period_days: None,
            map: BTreeMap::new(),
            date_order: None,
            exports: false,
            key: None,
            min_count: 0,
        }
    }
}

impl IngestSettings {
    /// What the user mapped a source column to; an exact name goes before one that differs in case,
    /// spaces or punctuation.
    fn target_of(&self, column: &str) -> Option<&str> {
        let exact = self.map.get(column.trim());
        let normal = || {
            let wanted = aliases::normalize(column);
            self.map.iter().find(|(source, _)| aliases::normalize(source) == wanted).map(|(_, target)| target)
        };
        if self.map.is_empty() { None } else { exact.or_else(normal).map(String::as_str) }
    }
}

/// What a term is where a file has both keyword and search term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TermUnit {
    /// The keyword the advertiser bids on.
    #[default]
    Keyword,
    /// What the searcher typed.
    SearchTerm,
}

/// What a period is where rows are daily.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeriodChoice {
    /// Days are added up to weeks.
    #[default]
    Week,
    /// Days stay days.
    Day,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingested {
    /// Terms × periods.
    pub counts: Counts,
    /// What each source column was taken for, files in the order given, columns as in the file.
    pub mapping: Vec<MappedColumn>,
    /// The files, in the order given.
    pub files: Vec<InputFile>,
    /// Rows below the headers in all files, including those left out with a note.
    pub rows: u64,
    /// What a reader should know about the data.
    pub notes: Notes,
    /// Exact sums over the rows that are counted.
    pub totals: Totals,
    /// Sums over what the platform does not show term by term, if it says so.
    pub hidden: Option<Totals>,
    /// The totals that the files give themselves, against their rows.
    pub file_totals: Vec<FileTotal>,
}

/// What one source column was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappedColumn {
    /// The file, as given.
    pub file: String,
    /// The column's name in the file.
    pub column: String,
    /// Canonical name; `None` where the column is not used.
    #[serde(rename = "as")]
    pub mapped_to: Option<&'static str>,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// As given.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows below the header.
    pub rows: u64,
    /// Size, bytes.
    pub bytes: u64,
}

/// Reads files into counts.
///
/// # Errors
/// A file that cannot be read, columns that cannot be told, cells that break a rule (all of them are
/// collected), or data that identifies people.
pub fn read(inputs: &[PathBuf], settings: &IngestSettings) -> Result<Ingested, IngestError> {
    read_noting(inputs, settings).map_err(|(error, _)| error)
}

/// The same; what was noted until the input was refused goes with the error.
///
/// # Errors
/// As [`read`].
pub fn read_noting(inputs: &[PathBuf], settings: &IngestSettings) -> Result<Ingested, (IngestError, Notes)> {
    let none = |error: IngestError| (error, Notes::default());
    if let Some(days) = settings.period_days.filter(|days| !(days.is_finite() && *days > 0.0)) {
        return Err(none(IngestError::PeriodDays { days }));
    }
    let mut gathered = batch::Gathered::new(settings).map_err(none)?;
    for path in distinct(inputs) {
        gathered.read(path, settings).map_err(none)?;
    }
    gathered.finish(settings)
}

/// The calendar of files as far as their days can be read, whatever else is wrong with them; `None` without a day.
#[must_use]
pub fn calendar_of(inputs: &[PathBuf], settings: &IngestSettings) -> Option<Calendar> {
    let mut gathered = batch::Gathered::new(settings).ok()?;
    for path in distinct(inputs) {
        gathered.read(path, settings).ok()?;
    }
    let (_, placement) = assemble::place(&mut gathered, settings, &mut Notes::default()).ok()?;
    Some(placement.calendar).filter(|calendar| calendar.periods.iter().any(|period| period.start.is_some()))
}

/// The paths, each once, in the order given.
fn distinct(inputs: &[PathBuf]) -> Vec<&Path> {
    let mut seen = std::collections::BTreeSet::new();
    inputs.iter().map(PathBuf::as_path).filter(|path| seen.insert(*path)).collect()
}

#[cfg(test)]
mod tests;
