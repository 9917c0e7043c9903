//! One cell: what it holds and what can be read from it.

use super::date::{self, DateOrder};
use super::number::{self, Kind, Marks, Unit};
use super::privacy;
use super::span;
use std::borrow::Cow;
use std::io::Write;

/// What one cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Blank,
    Text(&'a str),
    Number(f64),
    /// Days since the beginning of year 1.
    Day(i32),
}

/// The cells of one record.
pub(super) trait Record {
    /// The cell of a column of the file.
    fn value(&self, column: usize) -> Value<'_>;
    /// How many cells it has.
    fn width(&self) -> usize;
    /// Whether it is certain, without looking at their texts, that some cells are those of the record before.
    fn repeats(&self, _columns: &[usize]) -> bool {
        false
    }
}

/// A number that may be absent.
///
/// # Errors
/// The rule broken.
pub(super) fn read_number(value: Value<'_>, kind: Kind, marks: Marks) -> Result<Option<f64>, &'static str> {
    match value {
        Value::Blank => Ok(None),
        Value::Text(text) if number::is_blank(text) => Ok(None),
        Value::Text(text) => number::parse(text, kind, marks).map(Some),
        Value::Number(number) => number::check(number).map(Some),
        Value::Day(_) => Err("is a date, not a number"),
    }
}

/// The text of a date read last, as most rows repeat it.
#[derive(Debug, Default)]
pub(super) struct LastDate {
    text: String,
    day: i32,
    /// Whether it is a week, of which `day` is the first.
    pub is_week: bool,
}

/// A day, of a week its first.
pub(super) fn read_date(value: Value<'_>, order: Option<DateOrder>, last: &mut LastDate) -> Result<i32, &'static str> {
    match value {
        Value::Day(day) => date::check_number(day),
        Value::Text(text) if text == last.text && !text.is_empty() => Ok(last.day),
        Value::Text(text) => {
            let span = span::cell(text, order)?;
            (last.day, last.is_week) = (date::number(span.first), span.days() == span::WEEK);
            text.clone_into(&mut last.text);
            Ok(last.day)
        }
        Value::Blank => Err("must not be blank"),
        Value::Number(number) => Err(date::rule_of_number(number)),
    }
}

/// Lower and upper end of a share that may be absent.
///
/// # Errors
/// The rule broken.
pub(super) fn read_share(value: Value<'_>, marks: Marks, unit: Unit) -> Result<Option<(f64, f64)>, &'static str> {
    match value {
        Value::Blank => Ok(None),
        Value::Text(text) if number::is_blank(text) => Ok(None),
        Value::Text(text) => number::parse_share(text, marks, unit).map(Some),
        Value::Number(number) => number::ends_of_share(number, unit).map(Some),
        Value::Day(_) => Err("is a date, not a number"),
    }
}

/// Whether a cell holds no text at all.
pub(super) fn is_blank(value: Value<'_>) -> bool {
    match value {
        Value::Blank => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Whether a cell holds nothing or a dash for nothing.
pub(super) fn is_empty(value: Value<'_>) -> bool {
    match value {
        Value::Blank => true,
        Value::Text(text) => number::is_blank(text),
        _ => false,
    }
}

/// Appends a cell as text: white space at the ends dropped, whole numbers without a point.
pub(super) fn write_text(text: &mut Vec<u8>, value: Value<'_>) {
    // writing to a vector cannot fail
    let _ = match value {
        Value::Blank => Ok(()),
        Value::Text(cell) => text.write_all(cell.trim().as_bytes()),
        Value::Number(number) => write!(text, "{number}"),
        Value::Day(day) => date::date(day).map_or(Ok(()), |date| write!(text, "{date}")),
    };
}

/// A text that may be absent; cells that are not text are written to `buffer`.
pub(super) fn text_of<'a>(value: Value<'a>, buffer: &'a mut Vec<u8>) -> Option<&'a str> {
    let text = match value {
        Value::Text(text) => text.trim(),
        other => {
            write_text(buffer, other);
            std::str::from_utf8(buffer).ok()?
        }
    };
    (!number::is_blank(text)).then_some(text)
}

/// At most 80 characters, e-mail addresses, phone and card numbers masked, on one line.
pub(super) fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    // what a message shows begins long before
    const LOOKED_AT: usize = 4096;
    let masked: Cow<'_, str> = privacy::shown(&text[..text.floor_char_boundary(LOOKED_AT)]);
    let mut short: String =
        masked.chars().take(SHOWN).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if masked.chars().nth(SHOWN).is_some() {
        short.push('\u{2026}');
    }
    short
}
