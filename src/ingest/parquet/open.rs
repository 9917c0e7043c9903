//! Parquet files, opened with care.
//!
//! In: the bytes of a file. Out: a reader of it, once it is certain that the file is whole and claims no more than it can
//! hold. Columns that a writer kept as a dictionary of texts are read as the texts they are: as a dictionary of polars' own
//! their texts would be gone through for every row, and copied.

use crate::ingest::caught;
use crate::ingest::error::IngestError;
use crate::ingest::file::File;
use crate::ingest::pages;
use polars::prelude::{ParquetReader, PolarsError, PolarsResult, SerReader};
use polars_arrow::datatypes::ArrowDataType;
use std::io::Cursor;
use std::sync::Arc;

const MAGIC: &[u8] = b"PAR1";
/// Where writers keep the types that their columns had in memory.
const SCHEMA: &str = "ARROW:schema";

/// A reader of a whole file.
///
/// # Errors
/// The file is damaged.
pub(super) fn reader(file: &File) -> PolarsResult<ParquetReader<Cursor<&[u8]>>> {
    let mut reader = ParquetReader::new(Cursor::new(file.bytes.as_slice()));
    if reader.schema()?.iter_values().all(|field| !matches!(field.dtype(), ArrowDataType::Dictionary(..))) {
        return Ok(reader);
    }
    let mut metadata = Arc::clone(reader.get_metadata()?);
    let own = Arc::make_mut(&mut metadata);
    own.key_value_metadata = own.key_value_metadata.take().map(|mut pairs| {
        pairs.retain(|pair| pair.key != SCHEMA);
        pairs
    });
    let mut reader = ParquetReader::new(Cursor::new(file.bytes.as_slice()));
    reader.set_metadata(metadata);
    Ok(reader)
}

/// Rows of each row group, once it is certain that no page claims more than it can hold.
///
/// # Errors
/// The file is damaged.
pub(super) fn row_groups(file: &File) -> Result<Vec<usize>, IngestError> {
    guard(&file.name, || {
        let mut reader = reader(file)?;
        let mut groups = Vec::new();
        for group in &reader.get_metadata()?.row_groups {
            for column in group.parquet_columns() {
                let range = column.byte_range();
                let bytes = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                let chunk = bytes.and_then(|(start, end)| file.bytes.get(start..end));
                if !chunk.is_some_and(|chunk| pages::fit(chunk, column.num_values())) {
                    return Err(PolarsError::ComputeError("its pages are damaged".into()));
                }
            }
            groups.push(group.num_rows());
        }
        Ok(groups)
    })
}

/// Magic at both ends and a footer that fits: what a file that was cut short lacks.
pub(super) fn check_frame(file: &File) -> Result<(), IngestError> {
    let bytes = &file.bytes;
    let Some([a, b, c, d, end @ ..]) = bytes.len().checked_sub(8).map(|at| &bytes[at..]) else {
        return Err(problem(file, "it is cut short"));
    };
    if end == b"PARE" {
        return Err(problem(file, "it is encrypted"));
    }
    let footer = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    if end != MAGIC || bytes.len() < footer.saturating_add(12) {
        return Err(problem(file, "it is cut short"));
    }
    Ok(())
}

pub(super) fn problem(file: &File, problem: &str) -> IngestError {
    IngestError::Parquet { file: file.name.clone(), problem: problem.into() }
}

/// Runs a decoder; its errors and, as a last resort, its panics become one typed error.
pub(super) fn guard<T>(file: &str, work: impl FnOnce() -> Result<T, PolarsError>) -> Result<T, IngestError> {
    let damaged = |problem: String| IngestError::Parquet { file: file.into(), problem };
    match caught::quietly(work) {
        Some(result) => {
            result.map_err(|error| damaged(error.to_string().lines().next().unwrap_or_default().to_lowercase()))
        }
        None => Err(damaged("its contents are damaged".into())),
    }
}
