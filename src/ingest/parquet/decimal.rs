//! Columns of decimals in Parquet, as warehouses keep money, and of integers of 8 and 16 bits.
//!
//! In: the bytes of a file, some of its row groups and one column. Out: its values as the nearest `f64`. They are decoded
//! by the reader below the tables, because tables of these types would need most of polars a second time.

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
use polars_arrow::types::NativeType;
use std::any::Any;
use std::io::Cursor;
use std::ops::Range;

/// Digits behind the point, if the column is one that tables do not hold: decimals that fit in 128 bits, and small integers.
pub(super) fn scale(field: &ArrowField) -> Option<usize> {
    match field.dtype() {
        ArrowDataType::UInt8 | ArrowDataType::UInt16 | ArrowDataType::Int8 | ArrowDataType::Int16 => Some(0),
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

/// Adds the values of an array of `T`; whether it is one.
fn extend<T: NativeType + Into<f64>>(values: &mut Vec<Option<f64>>, array: &dyn Any) -> bool {
    let numbers = array.downcast_ref::<PrimitiveArray<T>>();
    values.extend(
        numbers.into_iter().flat_map(|numbers| numbers.iter().map(|number| number.map(|&number| number.into()))),
    );
    numbers.is_some()
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
            let array = array.as_any();
            // below 2^53 both are exact, and the quotient is the nearest f64
            if let Some(numbers) = array.downcast_ref::<PrimitiveArray<i128>>() {
                values.extend(numbers.iter().map(|number| number.map(|&number| number as f64 / divisor)));
            } else if !(extend::<u8>(&mut values, array)
                || extend::<u16>(&mut values, array)
                || extend::<i8>(&mut values, array)
                || extend::<i16>(&mut values, array))
            {
                return Err(damaged());
            }
        }
    }
    Ok(Float64Chunked::from_iter_options(PlSmallStr::EMPTY, values.into_iter()))
}
