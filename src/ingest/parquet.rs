//! Parquet tables, batch by batch.
//!
//! In: the bytes of a file. Out: the same parts as from text. Only the columns that are used are
//! decoded, in batches of whole row groups, so that memory holds one batch of strings at a time.

mod decimal;
mod decoded;
mod open;
mod zone;

use super::cell::Record;
use super::delimited::WIDEST;
use super::error::IngestError;
use super::file::{ALWAYS_UNPACKED, EXPANSION, File};
use super::people::Numbers;
use super::plan::Plan;
use super::privacy;
use super::rows::{Part, Person};
use super::rules::Reader;
use decoded::{BatchRow, Cells, Decoded, decode};
use open::{check_frame, guard, problem, reader, row_groups};
use polars::prelude::{ArrowField, DataFrame, DataType, ParallelStrategy, PolarsResult, SerReader};
use polars_arrow::datatypes::ArrowDataType;
use rayon::prelude::*;
use std::ops::Range;
use zone::Zone;

/// Batches have at least this many rows, unless the file has fewer.
const BATCH: usize = 1 << 17;
/// Batches that every thread must have at least, so that all are done at about the same time.
const FEW: usize = 4;
/// Rows of which the accounts are noted, at most.
const LOOKED_AT: usize = 1 << 20;
/// What is wrong with a file that was made to fill memory.
const GROWS: &str = "its texts grow to many times its size, as those of no table do";

/// The name of a column and its type, in words.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub name: String,
    field: ArrowField,
}

impl Typed {
    /// Whether it holds texts.
    pub(super) fn is_text(&self) -> bool {
        use ArrowDataType::{Dictionary, LargeUtf8, Utf8, Utf8View};
        matches!(self.field.dtype(), Utf8 | LargeUtf8 | Utf8View | Dictionary(..))
    }

    /// The zone of its moments, and whether that is known.
    pub(super) fn zone(&self) -> Option<(&str, bool)> {
        match self.field.dtype() {
            ArrowDataType::Timestamp(_, Some(zone)) => Some((zone.as_str(), Zone::of(zone).1)),
            _ => None,
        }
    }

    /// Whether it holds days or moments.
    pub(super) fn is_dated(&self) -> bool {
        matches!(self.field.dtype(), ArrowDataType::Date32 | ArrowDataType::Date64 | ArrowDataType::Timestamp(..))
    }
}

/// The columns of the file.
///
/// # Errors
/// The file is cut short or damaged, or has more columns than any table.
pub(super) fn columns(file: &File) -> Result<Vec<Typed>, IngestError> {
    check_frame(file)?;
    let columns: Vec<Typed> = guard(&file.name, || {
        let schema = reader(file)?.schema()?;
        Ok(schema.iter().map(|(name, field)| Typed { name: name.to_string(), field: field.clone() }).collect())
    })?;
    if columns.len() > WIDEST {
        return Err(problem(file, "it has more than 65,536 columns, as no table does"));
    }
    Ok(columns)
}

/// Reads all rows.
///
/// # Errors
/// The file is damaged, or a column has a type that cannot hold what is wanted.
pub(super) fn read(file: &File, typed: &[Typed], plan: &Plan<'_>) -> Result<Part, IngestError> {
    let (batches, threads) = (batches(file)?, rayon::current_num_threads());
    let parts: Vec<Part> = if batches.len() < FEW * threads {
        read_divided(file, typed, plan, &batches)?
    } else {
        // nobody waits for anybody
        let parts = batches.par_chunks(batches.len().div_ceil(threads)).map(|own| {
            let mut reader = Reader::new(plan);
            let bytes = in_batches(file, typed, plan, own, ParallelStrategy::None, |start, length, columns| {
                for row in 0..length {
                    reader.take((start + row) as u64 + 1, &BatchRow { columns, row });
                }
            })?;
            Ok((reader.part, bytes))
        });
        let parts = parts.collect::<Vec<Result<(Part, u64), IngestError>>>();
        let parts = parts.into_iter().collect::<Result<Vec<(Part, u64)>, IngestError>>()?;
        if parts.iter().map(|(_, bytes)| bytes).sum::<u64>() > most_text(file) {
            return Err(problem(file, GROWS));
        }
        parts.into_iter().map(|(part, _)| part).collect()
    };
    let mut whole = Part::default();
    whole.person = sample(file, typed, plan);
    for part in parts {
        whole.merge(part, 0);
    }
    if let Some(owner) = plan.owner {
        let owners = &mut whole.owners;
        values(file, owner, LOOKED_AT, &mut |account| {
            owners.see(account);
            true
        });
    }
    Ok(whole)
}

/// Reads few batches: the rows of each are shared among the threads.
///
/// # Errors
/// As [`read`].
fn read_divided(file: &File, typed: &[Typed], plan: &Plan<'_>, batches: &[Batch]) -> Result<Vec<Part>, IngestError> {
    let mut readers: Vec<Reader<'_>> = (0..rayon::current_num_threads()).map(|_| Reader::new(plan)).collect();
    in_batches(file, typed, plan, batches, ParallelStrategy::Auto, |start, length, cells| {
        let share = length.div_ceil(readers.len()).max(1);
        readers.par_iter_mut().enumerate().for_each(|(number, reader)| {
            let rows = (number * share).min(length)..((number + 1) * share).min(length);
            for row in rows {
                reader.take((start + row) as u64 + 1, &BatchRow { columns: cells, row });
            }
        });
    })?;
    Ok(readers.into_iter().map(|reader| reader.part).collect())
}

/// Calls `see` with the number and the cells of every row.
///
/// # Errors
/// As [`read`].
pub(super) fn walk(
    file: &File,
    typed: &[Typed],
    plan: &Plan<'_>,
    see: &mut dyn FnMut(u64, &dyn Record),
) -> Result<(), IngestError> {
    in_batches(file, typed, plan, &batches(file)?, ParallelStrategy::Auto, |start, length, columns| {
        for row in 0..length {
            see((start + row) as u64 + 1, &BatchRow { columns, row });
        }
    })
    .map(|_| ())
}

/// Decodes the columns that are used, batch by batch: first row, number of rows, cells. How many bytes of text they hold.
fn in_batches(
    file: &File,
    typed: &[Typed],
    plan: &Plan<'_>,
    batches: &[Batch],
    strategy: ParallelStrategy,
    mut see: impl FnMut(usize, usize, &[Cells<'_>]),
) -> Result<u64, IngestError> {
    let is_decimal = |at: &usize| decimal::scale(&typed[*at].field).is_some();
    let (decimals, columns): (Vec<usize>, Vec<usize>) = plan.columns().into_iter().partition(is_decimal);
    let most = most_text(file);
    let mut left = most;
    for &Batch { start, length, ref groups } in batches {
        let frame = guard(&file.name, || {
            reader(file)?
                .with_projection(Some(columns.clone()))
                .with_slice(Some((start, length)))
                .read_parallel(strategy)
                .set_rechunk(true)
                .finish()
        })?;
        // a damaged footer can yield columns that are shorter than the table says
        let whole = frame.columns().iter().all(|column| column.len() == length);
        if !whole || frame.height() != length {
            return Err(problem(file, "it has fewer rows than its footer says"));
        }
        left = texts_within(file, &frame, left)?;
        let mut decoded: Vec<Option<Decoded>> = (0..plan.width).map(|_| None).collect();
        for (&at, column) in columns.iter().zip(frame.columns()) {
            decoded[at] = Some(decode(file, column, plan.wanted(at))?);
        }
        drop::<DataFrame>(frame);
        for &at in &decimals {
            let values = decimal::values(file, groups.clone(), &typed[at].field)?;
            if values.len() != length {
                return Err(problem(file, "it has fewer rows than its footer says"));
            }
            decoded[at] = Some(Decoded::Number(values));
        }
        let cells: Vec<Cells<'_>> =
            decoded.iter().map(|column| column.as_ref().map_or(Cells::Blank, Decoded::cells)).collect();
        see(start, length, &cells);
    }
    Ok(most - left)
}

/// Somebody in the columns that are not read: in every row of a file of moderate size, in the first rows of each piece of a
/// larger one. What cannot be decoded is not looked at.
fn sample(file: &File, typed: &[Typed], plan: &Plan<'_>) -> Option<Person> {
    /// Rows up to which all are looked at; decoding them takes a fraction of a second.
    const MODERATE: usize = 1 << 18;
    const ROWS: usize = 1000;
    // amounts, which the table cannot hold
    let is_decimal = |at: &usize| decimal::scale(&typed[*at].field).is_some();
    let unread: Vec<usize> = plan.unread.iter().copied().filter(|at| !is_decimal(at)).collect();
    let batches = batches(file).ok().filter(|_| !unread.is_empty())?;
    let most = if batches.iter().map(|batch| batch.length).sum::<usize>() > MODERATE { ROWS } else { MODERATE };
    let mut numbers = vec![Numbers::Unseen; unread.len()];
    let mut left = most_text(file);
    for Batch { start, length, .. } in batches {
        let slice = Some((start, length.min(most)));
        let frame =
            guard(&file.name, || reader(file)?.with_projection(Some(unread.clone())).with_slice(slice).finish())
                .ok()?;
        left = texts_within(file, &frame, left).ok()?;
        let found = unread.iter().zip(&mut numbers).zip(frame.columns()).filter_map(|((&column, numbers), values)| {
            let values = values.as_materialized_series();
            let digits =
                if values.dtype().is_integer() { values.cast(&DataType::String).ok()? } else { values.clone() };
            let texts = digits.str().ok()?;
            let allowed = plan.allowed[column];
            *numbers = (1 + start as u64..).zip(texts.iter()).fold(*numbers, |numbers, (line, text)| {
                text.filter(|_| numbers != Numbers::Not).map_or(numbers, |text| numbers.and(Numbers::of(text, line)))
            });
            let person = |(line, text): (u64, Option<&str>)| privacy::beside(text?, allowed).map(|what| (line, what));
            let (line, what) = (1 + start as u64..).zip(texts.iter()).find_map(person)?;
            Some(Person { line, column, what })
        });
        let found = found.min_by_key(|person| person.line);
        if found.is_some() {
            return found;
        }
    }
    let numbered =
        |(&column, numbers): (&usize, Numbers)| numbers.first().map(|(what, line)| Person { line, column, what });
    unread.iter().zip(numbers).filter_map(numbered).min_by_key(|person| person.line)
}

/// Calls `see` with the first so many values of a column as text, until it wants no more; those that cannot be decoded are
/// not seen.
pub(super) fn values(file: &File, column: usize, most: usize, see: &mut dyn FnMut(&str) -> bool) {
    // what cannot be decoded here is refused where it is read
    let _ = guard(&file.name, || {
        let mut left = most_text(file);
        for Batch { start, length, .. } in batches(file).unwrap_or_default() {
            let length = length.min(most.saturating_sub(start));
            if length == 0 {
                break;
            }
            let slice = Some((start, length));
            let frame = reader(file)?.with_projection(Some(vec![column])).with_slice(slice).finish()?;
            let (Some(values), Ok(rest)) = (frame.columns().first(), texts_within(file, &frame, left)) else { break };
            left = rest;
            let texts = values.cast(&DataType::String)?;
            if !texts.str()?.iter().all(|text| see(text.unwrap_or_default())) {
                break;
            }
        }
        Ok(())
    });
}

/// Bytes of text that a file may hold: its dictionaries may repeat one text in every row.
fn most_text(file: &File) -> u64 {
    ALWAYS_UNPACKED.max(file.size.saturating_mul(EXPANSION))
}

/// What is left of so many bytes of text after those of a table.
///
/// # Errors
/// They are more.
fn texts_within(file: &File, frame: &DataFrame, left: u64) -> Result<u64, IngestError> {
    let mut bytes = 0;
    for texts in frame.columns().iter().filter_map(|column| column.as_materialized_series().str().ok()) {
        bytes += texts.downcast_iter().map(|piece| piece.total_bytes_len() as u64).sum::<u64>();
    }
    left.checked_sub(bytes).ok_or_else(|| problem(file, GROWS))
}

/// Rows that are decoded together, and the row groups they are.
struct Batch {
    start: usize,
    length: usize,
    groups: Range<usize>,
}

/// The rows in batches of whole row groups.
fn batches(file: &File) -> Result<Vec<Batch>, IngestError> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut start = 0_usize;
    for (number, rows) in row_groups(file)?.into_iter().enumerate() {
        match batches.last_mut() {
            Some(batch) if batch.length < BATCH => {
                batch.length += rows;
                batch.groups.end = number + 1;
            }
            _ => batches.push(Batch { start, length: rows, groups: number..number + 1 }),
        }
        start = start.checked_add(rows).ok_or_else(|| problem(file, "its footer is damaged"))?;
    }
    batches.retain(|batch| batch.length > 0);
    Ok(batches)
}

/// Names and rows of a small table, every cell as text that reads back as the same value.
///
/// # Errors
/// The file is cut short or damaged.
pub(super) fn texts(file: &File) -> Result<(Vec<String>, Vec<Vec<String>>), IngestError> {
    check_frame(file)?;
    row_groups(file)?;
    let frame = guard(&file.name, || reader(file)?.finish())?;
    texts_within(file, &frame, most_text(file))?;
    let columns = guard(&file.name, || {
        frame
            .columns()
            .iter()
            .map(|column| {
                let cells: Vec<String> = if column.dtype().is_float() {
                    let numbers = column.cast(&DataType::Float64)?;
                    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
                    numbers.f64()?.iter().map(number).collect()
                } else {
                    let texts = column.cast(&DataType::String)?;
                    texts.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
                };
                Ok((column.name().to_string(), cells))
            })
            .collect::<PolarsResult<Vec<(String, Vec<String>)>>>()
    })?;
    let height = columns.first().map_or(0, |(_, cells)| cells.len());
    if columns.iter().any(|(_, cells)| cells.len() != height) {
        return Err(problem(file, "its columns differ in length"));
    }
    let rows = (0..height).map(|row| columns.iter().map(|(_, cells)| cells[row].clone()).collect()).collect();
    Ok((columns.into_iter().map(|(name, _)| name).collect(), rows))
}
