//! Columns of decimals in Parquet, as warehouses keep money.
//!
//! In: the bytes of a file, some of its row groups and one column. Out: its values as the nearest `f64`. They are decoded
//! by the reader below the tables, because a table of decimals would need most of polars a second time.

use super::open::guard;
use crate::ingest::error::IngestError;
use crate::ingest::file::File;
use crate::ingest::number::POWERS;
use polars::prelude::{
    _internal, ArrowField, Float64Chunked, NewChunkedArray, ParquetReader, PlSmallStr, PolarsError, PolarsResult,
    SerReader,
};
use polars_arrow::array::PrimitiveArray;
use polars_arrow::datatypes::ArrowDataType;
use std::io::Cursor;
use std::ops::Range;

/// Digits behind the point, if the column is one of decimals that fit in 128 bits.
pub(super) fn scale(field: &ArrowField) -> Option<usize> {
    match field.dtype() {
        ArrowDataType::Decimal(_, scale) | ArrowDataType::Decimal32(_, scale) | ArrowDataType::Decimal64(_, scale) => {
            Some(*scale)
        }
        _ => None,
    }
}

/// The values of one column in some row groups, in order.
///
/// # Errors
/// The file is damaged.
pub(super) fn values(file: &File, groups: Range<usize>, field: &ArrowField) -> Result<Float64Chunked, IngestError> {
    guard(&file.name, || decode(&file.bytes, groups, field))
}

fn decode(bytes: &[u8], groups: Range<usize>, field: &ArrowField) -> PolarsResult<Float64Chunked> {
    let damaged = || PolarsError::ComputeError("its decimals are damaged".into());
    let divisor = scale(field).and_then(|scale| POWERS.get(scale)).copied().ok_or_else(damaged)?;
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let metadata = reader.get_metadata()?;
    let mut values: Vec<Option<f64>> = Vec::new();
    for group in metadata.row_groups.get(groups).ok_or_else(damaged)? {
        let mut columns = group.columns_under_root_iter(&field.name).ok_or_else(damaged)?;
        let column = columns.next().filter(|_| columns.len() == 0).ok_or_else(damaged)?;
        let range = column.byte_range();
        let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
        let chunk = start.ok().zip(end.ok()).and_then(|(start, end)| bytes.get(start..end)).ok_or_else(damaged)?;
        let (arrays, _) = _internal::to_deserializer(vec![(column, chunk.to_vec().into())], field.clone(), None)?;
        for array in &arrays {
            let numbers = array.as_any().downcast_ref::<PrimitiveArray<i128>>().ok_or_else(damaged)?;
            // below 2^53 both are exact, and the quotient is the nearest f64
            values.extend(numbers.iter().map(|number| number.map(|&number| number as f64 / divisor)));
        }
    }
    Ok(Float64Chunked::from_iter_options(PlSmallStr::EMPTY, values.into_iter()))
}
