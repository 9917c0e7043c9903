//! What is refused, place by place.
//!
//! In: an error. Out: every cell, column or file at fault with the rule it breaks, for people and machines.

use super::IngestError;
use serde::Serialize;
use std::fmt;

/// What the lines of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Lines of text.
    #[default]
    Line,
    /// Rows of a table that has no lines.
    Row,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Line => "line",
            Self::Row => "row",
        })
    }
}

/// One cell or row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The file, as named on the command line.
    pub file: String,
    /// CSV: the physical line where the record begins, the header being line 1 and line breaks inside
    /// quotes counted. Parquet: the row number, the first row being 1. 0 where the whole file or column is at fault.
    pub line: u64,
    /// What `line` counts.
    pub place: Place,
    /// The column's name in the file; empty where the whole row is at fault.
    pub column: String,
    /// The text found, shortened to 80 characters, e-mail addresses, phone and card numbers masked.
    pub value: String,
    /// The rule broken, as the end of a sentence: `is not a number`.
    pub rule: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if self.line > 0 {
            write!(out, ", {} {}", self.place, self.line)?;
        }
        if !self.column.is_empty() {
            write!(out, ", column `{}`", self.column)?;
        }
        write!(out, ": `{}` {}", self.value, self.rule)
    }
}

/// Cells that an error names itself.
pub(crate) const SHOWN: usize = 5;

/// Of some refused cells the first, as the end of a sentence.
pub(super) fn first_few(refused: &[Refused], total: u64) -> String {
    let lines: Vec<String> = refused.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = total - lines.len() as u64;
    let rest = if more > 0 { format!("; and {more} more (`termwise check` lists them)") } else { String::new() };
    if lines.is_empty() { String::new() } else { format!(": {}{rest}", lines.join("; ")) }
}

impl IngestError {
    /// Every cell, column or file at fault, one a rule broken; the first thousand.
    #[must_use]
    pub fn refused(&self) -> Vec<Refused> {
        let at = |file: &str, line: u64, column: &str, value: &str, rule: &'static str| Refused {
            file: file.into(),
            line,
            place: Place::Line,
            column: column.into(),
            value: value.into(),
            rule,
        };
        match self {
            Self::Refused { refused, .. } => refused.clone(),
            Self::Currencies { cells } => cells.clone(),
            Self::Several { errors } => errors.iter().flat_map(Self::refused).take(1000).collect(),
            Self::MissingColumns { file, missing, .. } | Self::NoTerms { file, missing, .. } => {
                missing.iter().map(|column| at(file, 0, column, "", "is required, and no column holds it")).collect()
            }
            Self::Ambiguous { file, columns, .. } => columns
                .iter()
                .map(|column| at(file, 0, column, "", "is one of several columns for the same thing"))
                .collect(),
            Self::AmbiguousDates { file, column, value, .. } => {
                vec![at(file, 0, column, value, "may be day/month or month/day")]
            }
            Self::LongPeriods { file, column } => vec![at(file, 0, column, "", "is longer than a week")],
            Self::ShortYears { file, column, value, .. } => {
                vec![at(file, 0, column, value, "may have its year first or last")]
            }
            Self::Identifies { file, column } => vec![at(file, 0, column, "", "identifies people")],
            Self::Personal { file, line, place, column, .. } => {
                vec![Refused { place: *place, ..at(file, *line, column, "", "holds what identifies people") }]
            }
            Self::Damaged { file, line, .. } => vec![at(file, *line, "", "", "has damaged bytes")],
            Self::SameContent { second, .. } => vec![at(second, 0, "", "", "holds the same bytes as another file")],
            Self::SameDays { second, what, .. } => {
                vec![at(second, 0, "", what, "is reported by another file, too, and would be counted twice")]
            }
            Self::SameExport { second, what, .. } => {
                vec![at(
                    second,
                    0,
                    "",
                    what,
                    "is reported by another export of the same day, too, and would be added up",
                )]
            }
            Self::ColumnsDiffer { column, without, .. } => {
                vec![at(without, 0, column, "", "is a column of another file, and this one lacks it")]
            }
            Self::NotFound { file } => vec![at(file, 0, "", "", "does not exist")],
            Self::Empty { file } => vec![at(file, 0, "", "", "is empty")],
            Self::HeaderOnly { file } => vec![at(file, 0, "", "", "has a header but no rows")],
            Self::NotATable { file, .. } => vec![at(file, 0, "", "", "is not a table")],
            Self::Packed { file, .. } => vec![at(file, 0, "", "", "cannot be unpacked")],
            Self::Parquet { file, .. } => vec![at(file, 0, "", "", "cannot be read as Parquet")],
            Self::Workbook { file, .. } => vec![at(file, 0, "", "", "cannot be read as a workbook")],
            Self::ColumnType { file, column, found, .. } => {
                vec![at(file, 0, column, found, "is of a type that does not fit")]
            }
            _ => Vec::new(),
        }
    }
}
