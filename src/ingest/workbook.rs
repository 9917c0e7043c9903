//! Excel and `OpenDocument` workbooks → delimited text.
//!
//! In: the bytes of a workbook. Out: each sheet as comma-separated text, one line a row, so that everything that
//! is known of exports as text (titles, footers, totals, columns) holds for workbooks, and a line is the row
//! number in the sheet. Typed numbers are written so that they can be read one way only; dates as YYYY-MM-DD.

mod archive;
mod compound;
mod records;
mod repeats;
mod sheet;

use super::caught;
use super::error::IngestError;
use super::file::{ALWAYS_UNPACKED, EXPANSION};
use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};
use sheet::Cells;
use std::fmt::Write;
use std::io::{Cursor, Read, Seek};

/// What is wrong with a workbook that was made to fill memory.
const GROWS: &str = "it grows to many times its size, as no table does";
/// Numbers that a spreadsheet cannot hold to the last digit.
const ROUNDED: f64 = 1e15;
/// Files of which every workbook in a ZIP archive has one.
const PARTS: [&str; 3] = ["xl/", "content.xml", "[Content_Types].xml"];

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
    let most = ALWAYS_UNPACKED.max((bytes.len() as u64).saturating_mul(EXPANSION));
    let archive = archive::measure(bytes, most);
    if archive.unpacked > most || archive.repeated > most {
        return Err(problem(GROWS.into()));
    }
    let names = &archive.names;
    if !names.is_empty() && !names.iter().any(|name| PARTS.iter().any(|part| name.starts_with(part))) {
        return Err(IngestError::NotATable { file: file.into(), looks_like: "a ZIP archive and no workbook" });
    }
    let stream = compound::workbook(bytes).map_err(|wrong| problem(wrong.into()))?;
    records::check(&stream, most).map_err(|wrong| problem(wrong.into()))?;
    drop(stream);
    // the reader indexes into what a damaged file claims
    match caught::quietly(|| sheets(bytes, usize::try_from(most).unwrap_or(usize::MAX))) {
        Some(Ok(sheets)) if sheets.is_empty() => Err(IngestError::Empty { file: file.into() }),
        Some(Ok(sheets)) => Ok(sheets),
        Some(Err(error)) => Err(problem(error)),
        None => Err(problem("its contents are damaged".into())),
    }
}

/// All sheets, with texts of `most` bytes together: one text may be named by any number of cells.
fn sheets(bytes: &[u8], most: usize) -> Result<Vec<Sheet>, String> {
    let mut left = most;
    let mut workbook: Sheets<_> = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        let of_sheet = |problem: String| format!("the sheet `{name}`: {problem}");
        let Some(text) = text(&mut workbook, &name, left).map_err(of_sheet)? else { continue };
        left = left.saturating_sub(text.len());
        if !text.trim().is_empty() {
            sheets.push(Sheet { name, text });
        }
    }
    Ok(sheets)
}

/// The text of a sheet; charts have none.
///
/// The two formats of Excel that name the place of each cell are read cell by cell: one cell at the far end would make
/// a range of billions. The others are read as ranges, whose size their reader limits.
fn text<R: Read + Seek>(workbook: &mut Sheets<R>, name: &str, most: usize) -> Result<Option<String>, String> {
    let mut cells = Cells::new(most);
    match workbook {
        Sheets::Xlsx(workbook) => {
            let Ok(mut reader) = workbook.worksheet_cells_reader(name) else { return Ok(None) };
            while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
                cells.add(cell.get_position(), |text| write_cell(text, &cell.get_value().clone().into()))?;
            }
        }
        Sheets::Xlsb(workbook) => {
            let Ok(mut reader) = workbook.worksheet_cells_reader(name) else { return Ok(None) };
            while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
                cells.add(cell.get_position(), |text| write_cell(text, &cell.get_value().clone().into()))?;
            }
        }
        other => {
            let Ok(range) = other.worksheet_range(name) else { return Ok(None) };
            add_range(&mut cells, &range)?;
        }
    }
    Ok(Some(cells.into_text()))
}

fn add_range(cells: &mut Cells, range: &Range<Data>) -> Result<(), String> {
    let (above, before) = range.start().unwrap_or_default();
    for (row, cells_of_row) in (above..).zip(range.rows()) {
        for (column, cell) in (before..).zip(cells_of_row) {
            cells.add((row, column), |text| write_cell(text, cell))?;
        }
    }
    Ok(())
}

/// Writes what a cell holds; whether it is a typed number.
fn write_cell(text: &mut String, cell: &Data) -> bool {
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
    matches!(cell, Data::Float(_))
}

/// A number whose point is certainly a decimal point.
fn write_number(text: &mut String, number: f64) -> std::fmt::Result {
    // a spreadsheet keeps 15 digits: an id of more is written so that it is known as one that was rounded
    if number.abs() >= ROUNDED {
        let written = format!("{number:E}");
        let (mantissa, power) = written.split_once('E').unwrap_or((&written, "0"));
        let point = if mantissa.contains('.') { "" } else { ".0" };
        return write!(text, "{mantissa}{point}E+{power}");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_are_read_one_way_only_and_long_ids_are_known_as_rounded() {
        let written = |number: f64| {
            let mut text = String::new();
            write_number(&mut text, number).unwrap();
            text
        };
        assert_eq!(
            (written(1.234).as_str(), written(0.5).as_str(), written(1234.0).as_str()),
            ("1.2340", "0.5", "1234")
        );
        assert_eq!(written(12_345_678_901_234_567.0), "1.2345678901234568E+16");
        assert_eq!((written(1e15).as_str(), written(999_999_999_999_999.0).as_str()), ("1.0E+15", "999999999999999"));
    }
}
