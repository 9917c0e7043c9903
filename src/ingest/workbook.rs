//! Excel and `OpenDocument` workbooks → delimited text.
//!
//! In: the bytes of a workbook. Out: each sheet as comma-separated text, one line a row, so that everything that
//! is known of exports as text (titles, footers, totals, columns) holds for workbooks, and a line is the row
//! number in the sheet. Typed numbers are written so that they can be read one way only; dates as YYYY-MM-DD.

use super::error::IngestError;
use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};
use std::fmt::Write;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sheets may be this large unpacked whatever the file's size, bytes.
const ALWAYS_UNPACKED: u64 = 256 << 20;
/// Above that, this many times the file's size.
const EXPANSION: u64 = 200;
/// Cells of a sheet, at most: a sheet that claims more holds mostly nothing.
const CELLS: usize = 200_000_000;

/// A sheet as text.
#[derive(Debug)]
pub(super) struct Sheet {
    pub name: String,
    pub text: String,
}

/// The sheets that hold anything.
///
/// # Errors
/// A file that is no workbook, or a damaged one.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, IngestError> {
    let problem = |problem: String| IngestError::Workbook { file: file.into(), problem };
    if unpacked(bytes) > ALWAYS_UNPACKED.max((bytes.len() as u64).saturating_mul(EXPANSION)) {
        return Err(problem("it grows to many times its size, as no table does".into()));
    }
    // the reader indexes into what a damaged file claims
    let read = catch_unwind(AssertUnwindSafe(|| sheets(bytes)));
    match read {
        Ok(Ok(sheets)) if sheets.is_empty() => Err(IngestError::Empty { file: file.into() }),
        Ok(Ok(sheets)) => Ok(sheets),
        Ok(Err(error)) => Err(problem(error)),
        Err(_) => Err(problem("its contents are damaged".into())),
    }
}

fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, String> {
    let mut workbook: Sheets<_> = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        // charts have no cells
        let Ok(range) = workbook.worksheet_range(&name) else { continue };
        if range.get_size().0.saturating_mul(range.get_size().1) > CELLS {
            return Err(format!("the sheet `{name}` claims more than {CELLS} cells"));
        }
        let text = text(&range);
        if !text.trim().is_empty() {
            sheets.push(Sheet { name, text });
        }
    }
    Ok(sheets)
}

fn text(range: &Range<Data>) -> String {
    let mut text = String::new();
    let (above, before) = range.start().unwrap_or_default();
    text.extend(std::iter::repeat_n('\n', above as usize));
    for row in range.rows() {
        if row.iter().any(|cell| *cell != Data::Empty) {
            for _ in 0..before {
                text.push(',');
            }
            for (at, cell) in row.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_cell(&mut text, cell);
            }
        }
        text.push('\n');
    }
    text
}

fn write_cell(text: &mut String, cell: &Data) {
    // writing to a string cannot fail
    let _ = match cell {
        Data::Int(number) => write!(text, "{number}"),
        Data::Float(number) => write_number(text, *number),
        Data::Bool(value) => write!(text, "{value}"),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            write!(text, "{year:04}-{month:02}-{day:02}")
        }
        Data::DateTime(duration) => write_number(text, duration.as_f64()),
        Data::String(string) | Data::DateTimeIso(string) | Data::DurationIso(string) => {
            write_string(text, string);
            Ok(())
        }
        Data::Error(error) => write!(text, "{error}"),
        Data::Empty => Ok(()),
    };
}

/// A number whose point is certainly a decimal point.
fn write_number(text: &mut String, number: f64) -> std::fmt::Result {
    let written = number.to_string();
    let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    write!(text, "{written}{}", if decimals == 3 { "0" } else { "" })
}

/// A text on one line, quoted where it has to be.
fn write_string(text: &mut String, string: &str) {
    let one_line = string.replace("\r\n", " ").replace(['\n', '\r'], " ");
    if one_line.contains([',', '"']) || one_line.starts_with(char::is_whitespace) {
        text.push('"');
        text.push_str(&one_line.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&one_line);
    }
}

/// What the directory of a ZIP archive says its files unpack to, bytes; 0 for other files.
fn unpacked(bytes: &[u8]) -> u64 {
    const ENTRY: &[u8] = b"PK\x01\x02";
    if !bytes.starts_with(b"PK") {
        return 0;
    }
    let size = |at: usize| {
        bytes
            .get(at + 24..at + 28)
            .map_or(0, |size| u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]])))
    };
    memchr::memmem::find_iter(bytes, ENTRY).map(size).fold(0, u64::saturating_add)
}
