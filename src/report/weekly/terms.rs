//! The stored terms of a run as Parquet: numbers in full precision, keys as they are.

use crate::report::ReportError;
use crate::weekly::{NUMBERS, StoredTerm, TEXTS};
use polars::io::parquet::write::{ParquetCompression, ParquetWriter};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use std::path::PathBuf;

/// The bytes of the table. Columns of a key's part that no term has are absent.
///
/// # Errors
/// [`ReportError::Io`] where they cannot be encoded.
pub(super) fn parquet(terms: &[StoredTerm], name: &str) -> Result<Vec<u8>, ReportError> {
    encode(terms).map_err(|error| ReportError::Io {
        action: "encode",
        path: PathBuf::from(name),
        source: std::io::Error::other(error),
    })
}

fn encode(terms: &[StoredTerm]) -> PolarsResult<Vec<u8>> {
    let texts: Vec<[Option<String>; TEXTS.len()]> = terms.iter().map(StoredTerm::texts).collect();
    let numbers: Vec<[Option<f64>; NUMBERS.len()]> = terms.iter().map(StoredTerm::numbers).collect();
    let mut columns: Vec<Column> = Vec::new();
    for (at, name) in TEXTS.iter().enumerate() {
        let cells: Vec<Option<&str>> = texts.iter().map(|cells| cells[at].as_deref()).collect();
        if cells.iter().any(Option::is_some) {
            columns.push(Series::new((*name).into(), cells).into_column());
        }
    }
    for (at, name) in NUMBERS.iter().enumerate() {
        let cells: Vec<Option<f64>> = numbers.iter().map(|cells| cells[at]).collect();
        columns.push(Series::new((*name).into(), cells).into_column());
    }
    let mut frame = DataFrame::new(terms.len(), columns)?;
    let mut bytes = Vec::new();
    // snappy: every reader has it
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Snappy).finish(&mut frame)?;
    Ok(bytes)
}
