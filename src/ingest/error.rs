//! What stops the reading of input.

mod hint;
mod refused;

pub(crate) use refused::SHOWN;
use refused::first_few;
pub use refused::{Place, Refused};

use super::cell::shorten;
use crate::domain::Date;
use std::fmt::Write;

/// Why the input cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No file was named.
    #[error("no input file was given")]
    NoInput,
    /// A pattern is malformed.
    #[error("the pattern `{pattern}` cannot be understood: {problem}")]
    Pattern {
        /// As typed.
        pattern: String,
        /// What the pattern reader said.
        problem: String,
    },
    /// A pattern matches no file.
    #[error("no file matches `{pattern}`")]
    NoMatch {
        /// As typed.
        pattern: String,
    },
    /// A folder holds no table.
    #[error("the folder `{folder}` holds no table")]
    NoTables {
        /// As typed.
        folder: String,
    },
    /// The file does not exist.
    #[error("`{file}` does not exist")]
    NotFound {
        /// The file.
        file: String,
    },
    /// The path is a directory.
    #[error("`{file}` is a directory")]
    IsDirectory {
        /// The path.
        file: String,
    },
    /// The operating system refused.
    #[error("`{file}` cannot be opened: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the operating system said.
        problem: String,
    },
    /// The file holds no bytes, or white space only.
    #[error("`{file}` is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// The file has a header and nothing below it.
    #[error("`{file}` has a header but no rows")]
    HeaderOnly {
        /// The file.
        file: String,
    },
    /// Text whose bytes are not of the encoding it is in.
    #[error("`{file}` has damaged {encoding} at byte {offset} (line {line})")]
    Damaged {
        /// The file.
        file: String,
        /// Byte offset from the beginning of the file, the first byte being 0.
        offset: u64,
        /// Physical line of that byte.
        line: u64,
        /// The encoding it seems to be in.
        encoding: &'static str,
    },
    /// Compressed data that cannot be unpacked.
    #[error("`{file}` cannot be unpacked: {problem}")]
    Packed {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A workbook that cannot be read.
    #[error("`{file}` cannot be read as a workbook: {problem}")]
    Workbook {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The bytes are not a table of any kind read here.
    #[error("`{file}` is not a CSV, TSV, Parquet or Excel table: it looks like {looks_like}")]
    NotATable {
        /// The file.
        file: String,
        /// What it seems to be.
        looks_like: &'static str,
    },
    /// A Parquet file that cannot be decoded.
    #[error("`{file}` cannot be read as Parquet: {problem}")]
    Parquet {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A Parquet column of a type that cannot hold what is wanted.
    #[error("`{file}`, column `{column}`: a column of type {found} cannot be read as {wanted}")]
    ColumnType {
        /// The file.
        file: String,
        /// The column's name in the file.
        column: String,
        /// The type in the file.
        found: String,
        /// What it is wanted for.
        wanted: &'static str,
    },
    /// Required columns are absent.
    #[error("`{file}` has no column for {}; its columns are {}", list(missing), list(found))]
    MissingColumns {
        /// The file.
        file: String,
        /// Canonical names of what is missing.
        missing: Vec<&'static str>,
        /// The columns it has.
        found: Vec<String>,
    },
    /// A report of something else than terms.
    #[error("`{file}` is not a report of keywords or search terms{}: no column holds them; its columns are {}",
        level.map_or_else(String::new, |level| format!(" but of {}s", level.replace('_', " "))), list(found))]
    NoTerms {
        /// The file.
        file: String,
        /// Canonical name of the finest level it has.
        level: Option<&'static str>,
        /// Canonical names of what is missing, the term first.
        missing: Vec<&'static str>,
        /// The columns it has.
        found: Vec<String>,
    },
    /// No simulator of bids or budgets.
    #[error(
        "`{file}` is not a table of a bid or budget simulator: it lacks {}; its columns are {}",
        list(missing),
        list(found)
    )]
    NoSimulator {
        /// The file.
        file: String,
        /// Canonical names of what is missing.
        missing: Vec<&'static str>,
        /// The columns it has.
        found: Vec<String>,
    },
    /// Dates that can be read with the day or with the month first.
    #[error("`{file}`, column `{column}`: `{value}` may be {day_first} or {month_first}, and no other date decides it")]
    AmbiguousDates {
        /// The file.
        file: String,
        /// The column's name in the file.
        column: String,
        /// A date of the column.
        value: String,
        /// The day if the day comes first.
        day_first: Date,
        /// The day if the month comes first.
        month_first: Date,
    },
    /// Rows of months or quarters.
    #[error(
        "`{file}`: the rows are dated by `{column}` alone, and no month, quarter or year can be divided into weeks"
    )]
    LongPeriods {
        /// The file.
        file: String,
        /// The column's name in the file.
        column: String,
    },
    /// Years of two digits that may stand first or last.
    #[error("`{file}`, column `{column}`: `{value}` may be {year_first} or {year_last}, as its year has two digits")]
    ShortYears {
        /// The file.
        file: String,
        /// The column's name in the file.
        column: String,
        /// A date of the column.
        value: String,
        /// The day if the year comes first.
        year_first: Date,
        /// The day if the year comes last.
        year_last: Date,
    },
    /// Several columns claim to be the same thing and none has the better name.
    #[error("`{file}`: the columns {} could each be {canonical}", list(columns))]
    Ambiguous {
        /// The file.
        file: String,
        /// Canonical name.
        canonical: &'static str,
        /// Names in the file.
        columns: Vec<String>,
    },
    /// A mapping onto a name that is not canonical.
    #[error("`{column}` is mapped to `{target}`, which is not a column termwise knows")]
    UnknownTarget {
        /// Source column.
        column: String,
        /// The unknown name.
        target: String,
    },
    /// A mapping of a column that no file has.
    #[error("the mapping names the column `{column}`, which no input file has")]
    UnknownSource {
        /// Source column.
        column: String,
    },
    /// A key column that cannot be one.
    #[error("`{name}` cannot be part of the term key")]
    UnknownKey {
        /// As configured.
        name: String,
    },
    /// A column that one file has and another lacks.
    #[error("`{with}` has a column for {column} and `{without}` has none")]
    ColumnsDiffer {
        /// Canonical name.
        column: &'static str,
        /// A file that has it.
        with: String,
        /// A file that lacks it.
        without: String,
    },
    /// Two inputs hold the same bytes.
    #[error("`{first}` and `{second}` hold the same bytes and would be counted twice")]
    SameContent {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// Two files report the same days.
    #[error("`{first}` and `{second}` both report {what}, which would be counted twice")]
    SameDays {
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// What they share, as the object of a sentence.
        what: String,
    },
    /// Two files that were exported on the same day and report the same terms and days.
    #[error(
        "`{first}` and `{second}` are exports of the same day, {day}, and both report {what}, which would be added up"
    )]
    SameExport {
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// The last day in both.
        day: String,
        /// What they share, as the object of a sentence.
        what: String,
    },
    /// More than one currency.
    #[error("the input has amounts in {}", list(&cells.iter().map(|cell| cell.value.as_str()).collect::<Vec<_>>()))]
    Currencies {
        /// The first cell of each, sorted by currency.
        cells: Vec<Refused>,
    },
    /// Several things at once.
    #[error("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several {
        /// Two or more, in the order of files.
        errors: Vec<IngestError>,
    },
    /// A column that identifies people.
    #[error("`{file}`, column `{column}`: identifies people, and termwise works on aggregates alone")]
    Identifies {
        /// The file.
        file: String,
        /// The column's name in the file.
        column: String,
    },
    /// A value that identifies somebody.
    #[error("`{file}`, {place} {line}, column `{column}`: holds {what}, and termwise works on aggregates alone")]
    Personal {
        /// The file.
        file: String,
        /// As in [`Refused::line`].
        line: u64,
        /// What `line` counts.
        place: Place,
        /// The column's name in the file.
        column: String,
        /// What it holds: `an e-mail address`.
        what: &'static str,
    },
    /// All rows lie after the day to look back from.
    #[error("no row is dated on or before {as_of}; the first is of {first}")]
    NothingBefore {
        /// The day asked for.
        as_of: Date,
        /// First day in the data.
        first: Date,
    },
    /// The length of an undated period is not a positive number of days.
    #[error("a period of {days} days is not possible")]
    PeriodDays {
        /// As configured.
        days: f64,
    },
    /// Cells that cannot be read.
    #[error("{total} {} cannot be read{}", if *total == 1 { "cell" } else { "cells" }, first_few(refused, *total))]
    Refused {
        /// The first thousand, in the order of files and lines.
        refused: Vec<Refused>,
        /// How many there are in all.
        total: u64,
    },
    /// A curve table without the columns it needs.
    #[error("`{file}` has no column {}; its columns are {}", list(missing), list(found))]
    CurveColumns {
        /// The file.
        file: String,
        /// What is missing.
        missing: Vec<String>,
        /// The columns it has.
        found: Vec<String>,
    },
    /// A column of a curve table that stands twice.
    #[error("`{file}` has the column `{column}` more than once")]
    CurveColumnTwice {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A curve whose parameters do not fit its family.
    #[error("`{file}`, line {line}, id `{id}`: {problem}")]
    Curve {
        /// The file.
        file: String,
        /// Physical line.
        line: u64,
        /// Identifier of the curve.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// More rows than can be numbered.
    #[error("more than {limit} rows")]
    TooManyRows {
        /// The most that can be held.
        limit: u64,
    },
    /// Access logs.
    #[error(transparent)]
    Log(#[from] super::log::LogError),
    /// The counts do not add up to the rows: a fault of the program.
    #[error("{measure} adds up to {cells} by term and to {rows} by row")]
    DoesNotReconcile {
        /// Canonical name.
        measure: &'static str,
        /// Sum over the rows.
        rows: f64,
        /// Sum over the cells.
        cells: f64,
    },
}

/// Names in backticks, shortened and masked, separated by commas, at most thirty.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 30;
    let mut text =
        names.iter().take(SHOWN).map(|name| format!("`{}`", shorten(name.as_ref()))).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        // writing to a string cannot fail
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
