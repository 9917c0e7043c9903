//! Columns of a batch, decoded.
//!
//! In: a column of polars, and what is wanted of it. Out: its cells, as texts, numbers or days, and the rows that they make.

use super::open::guard;
use super::zone::Zone;
use crate::ingest::cell::{Record, Value};
use crate::ingest::error::IngestError;
use crate::ingest::file::File;
use crate::ingest::plan::Wanted;
use polars::prelude::{
    ChunkCast, Column as Series, DataType, Float64Chunked, Float64Type, Int32Chunked, Int32Type, PolarsDataType,
    PolarsResult, StringChunked, StringType, TimeUnit,
};
use polars_arrow::array::Array;

/// 1970-01-01 as days since the beginning of year 1.
const EPOCH: i32 = 719_163;

/// A column as it was decoded, in one piece.
#[derive(Debug)]
pub(super) enum Decoded {
    Text(StringChunked),
    Number(Float64Chunked),
    Day(Int32Chunked),
    Blank,
}

impl Decoded {
    /// Its cells.
    pub(super) fn cells(&self) -> Cells<'_> {
        match self {
            Self::Text(texts) => Cells::Text(texts.downcast_as_array()),
            Self::Number(numbers) => Cells::Number(numbers.downcast_as_array()),
            Self::Day(days) => Cells::Day(days.downcast_as_array()),
            Self::Blank => Cells::Blank,
        }
    }
}

/// The cells of a column, without the search for the piece that a row is in.
#[derive(Clone, Copy)]
pub(super) enum Cells<'b> {
    Text(&'b <StringType as PolarsDataType>::Array),
    Number(&'b <Float64Type as PolarsDataType>::Array),
    Day(&'b <Int32Type as PolarsDataType>::Array),
    Blank,
}

/// One row of a batch; columns that are not used are blank.
pub(super) struct BatchRow<'b> {
    pub columns: &'b [Cells<'b>],
    pub row: usize,
}

impl Record for BatchRow<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        let row = self.row;
        match self.columns[column] {
            Cells::Text(texts) => texts.get(row).map_or(Value::Blank, Value::Text),
            Cells::Number(numbers) if numbers.validity().is_none_or(|known| known.get_bit(row)) => {
                Value::Number(numbers.value(row))
            }
            Cells::Day(days) if days.validity().is_none_or(|known| known.get_bit(row)) => {
                Value::Day(days.value(row).saturating_add(EPOCH))
            }
            Cells::Number(_) | Cells::Day(_) | Cells::Blank => Value::Blank,
        }
    }

    fn width(&self) -> usize {
        self.columns.len()
    }

    fn repeats(&self, columns: &[usize]) -> bool {
        let Some(before) = self.row.checked_sub(1) else { return false };
        columns.iter().all(|&column| match self.columns.get(column) {
            // a view holds a short text itself, and of a longer one where it stands
            Some(Cells::Text(texts)) => {
                let views = texts.views();
                let known = |row: usize| texts.validity().is_none_or(|known| known.get_bit(row));
                views[self.row].as_u128() == views[before].as_u128() && known(self.row) == known(before)
            }
            // what is not read, and columns that are the same in every row
            Some(Cells::Blank) | None => true,
            Some(Cells::Number(_) | Cells::Day(_)) => false,
        })
    }
}

/// Reads the values of a column as what is wanted of them.
///
/// # Errors
/// It has a type that cannot hold that.
pub(super) fn decode(file: &File, column: &Series, wanted: Wanted) -> Result<Decoded, IngestError> {
    let found = column.dtype().clone();
    let unfit = || IngestError::ColumnType {
        file: file.name.clone(),
        column: column.name().to_string(),
        found: format!("{found:?}").to_lowercase(),
        wanted: match wanted {
            Wanted::Text => "text",
            Wanted::Number => "a number",
            Wanted::Date => "a date",
        },
    };
    let cast = |to: &DataType| guard(&file.name, || column.as_materialized_series().cast(to)).map_err(|_| unfit());
    let text = |series: &polars::prelude::Series| series.str().map(|texts| Decoded::Text(texts.rechunk().into_owned()));
    let decoded = match (wanted, &found) {
        _ if column.null_count() == column.len() => Ok(Decoded::Blank),
        (_, DataType::String) => text(column.as_materialized_series()),
        (Wanted::Text, other) if other.is_integer() => text(&cast(&DataType::String)?),
        (Wanted::Text | Wanted::Number, other) if other.is_primitive_numeric() || other.is_decimal() => {
            cast(&DataType::Float64)?.f64().map(|numbers| Decoded::Number(numbers.rechunk().into_owned()))
        }
        (Wanted::Date, DataType::Datetime(unit, Some(zone))) => {
            local_days(column.as_materialized_series(), *unit, Zone::of(zone).0)
        }
        // a cast of what has a time zone would shift midnight to the day before
        (Wanted::Date, DataType::Date | DataType::Datetime(_, None)) => days(&cast(&DataType::Date)?),
        _ => return Err(unfit()),
    };
    decoded.map_err(|_| unfit())
}

fn days(dates: &polars::prelude::Series) -> PolarsResult<Decoded> {
    let numbers = dates.date()?.physical().cast(&DataType::Int32)?;
    numbers.i32().map(|days| Decoded::Day(days.rechunk().into_owned()))
}

/// The days of moments on the calendar of their zone.
fn local_days(moments: &polars::prelude::Series, unit: TimeUnit, zone: Zone) -> PolarsResult<Decoded> {
    let per_second = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1000,
    };
    let numbers = moments.to_physical_repr().cast(&DataType::Int64)?;
    let day = |moment: Option<i64>| zone.day(moment?.div_euclid(per_second));
    let days: Int32Chunked = numbers.i64()?.iter().map(day).collect();
    Ok(Decoded::Day(days.rechunk().into_owned()))
}
