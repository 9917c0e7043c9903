//! Counts as the canonical table: one row per term and period, as this program reads it.
//!
//! In: counts whose terms have no other key than their text. Out: CSV, or Parquet with dates as days and counts as
//! doubles. Columns that the counts do not have are absent.

use super::ReportError;
use super::account::days;
use super::csv::Line;
use crate::counts::{Counts, PeriodUnit};
use crate::domain::Date;
use polars::io::parquet::write::{ParquetCompression, ParquetWriter};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};
use std::path::Path;

/// A measure's name and cells.
type Measure<'c> = (&'static str, &'c [f64]);

/// The rows as CSV.
#[must_use]
pub fn counts_csv(counts: &Counts) -> String {
    let measures = measures(counts);
    let mut line = Line::with_capacity(48 * counts.cells.period.len());
    for name in ["term", period_name(counts)].into_iter().chain(measures.iter().map(|(name, _)| *name)) {
        line.text(name);
    }
    line.end();
    for (term, cell) in rows(counts) {
        line.text(&counts.terms[term].key.term);
        line.text(&start(counts, cell).to_string());
        for (_, values) in &measures {
            line.full(values[cell]);
        }
        line.end();
    }
    line.finish()
}

/// The rows as the bytes of a Parquet file. `out`: where they will go, for messages.
///
/// # Errors
/// [`ReportError::Io`] where they cannot be encoded.
pub fn counts_parquet(counts: &Counts, out: &Path) -> Result<Vec<u8>, ReportError> {
    encode(counts).map_err(|error| ReportError::Io {
        action: "encode",
        path: out.to_owned(),
        source: std::io::Error::other(error),
    })
}

fn encode(counts: &Counts) -> PolarsResult<Vec<u8>> {
    let terms: Vec<&str> = rows(counts).map(|(term, _)| counts.terms[term].key.term.as_str()).collect();
    let starts: Vec<i32> = rows(counts).map(|(_, cell)| days(start(counts, cell))).collect();
    let mut columns: Vec<Column> = vec![
        Series::new("term".into(), terms).into_column(),
        Series::new(period_name(counts).into(), starts).cast(&DataType::Date)?.into_column(),
    ];
    columns.extend(measures(counts).into_iter().map(|(name, values)| Series::new(name.into(), values).into_column()));
    let mut frame = DataFrame::new(counts.cells.period.len(), columns)?;
    let mut bytes = Vec::new();
    // snappy: every reader has it
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Snappy).finish(&mut frame)?;
    Ok(bytes)
}

fn period_name(counts: &Counts) -> &'static str {
    if counts.calendar.unit == PeriodUnit::Day { "date" } else { "week" }
}

/// Number of the term, number of the cell.
fn rows(counts: &Counts) -> impl Iterator<Item = (usize, usize)> + '_ {
    (0..counts.terms.len()).flat_map(|term| counts.cells.of_term(term).map(move |cell| (term, cell)))
}

fn start(counts: &Counts, cell: usize) -> Date {
    counts.calendar.periods[counts.cells.period[cell] as usize].start.unwrap_or_default()
}

fn measures(counts: &Counts) -> Vec<Measure<'_>> {
    let cells = &counts.cells;
    [
        ("impressions", cells.impressions.as_deref()),
        ("clicks", Some(cells.clicks.as_slice())),
        ("cost", cells.cost.as_deref()),
        ("conversions", Some(cells.conversions.as_slice())),
        ("revenue", cells.revenue.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, values)| Some((name, values?)))
    .collect()
}
