//! Delimited text, record by record.
//!
//! In: text. Out: records with their cells and the physical line each begins at. Follows RFC 4180
//! (Shafranovich, 2005) and is lenient in one place: a quote opens a quoted cell only at the cell's
//! beginning, elsewhere it is a letter, so that `5" pipe` is a term. Records end at line feeds, with
//! or without carriage return; lines without any text are passed over.

use super::cell::{Record, Value};
use super::file;
use super::number;
use super::plan::Plan;
use super::rows::Part;
use super::rules::Reader;
use rayon::prelude::*;

/// The separators that are tried on a header in the first line, commas first.
const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];
/// Names of columns are cut off here, bytes: a text without line feeds is all header.
const NAME: usize = 1000;
/// A record may be this long, bytes and cells: what is longer is no table.
const LONGEST: usize = 16 << 20;
pub(super) const WIDEST: usize = 1 << 16;
/// Text below this size is read in one piece, bytes.
const PIECE: usize = 4 << 20;

/// The rule that a record without end breaks.
pub(super) const ENDLESS: &str = "is longer than 16 MiB or has more than 65,536 cells, as no row of a table is";

/// A cell: a range of the text, or of the unescaped copies.
#[derive(Clone, Copy, Debug)]
struct Cell {
    start: usize,
    end: usize,
    copied: bool,
}

/// Splits text into records.
#[derive(Debug)]
pub(super) struct Records<'t> {
    text: &'t str,
    separator: u8,
    at: usize,
    line: u64,
    cells: Vec<Cell>,
    /// Cells whose doubled quotes were undone.
    copies: String,
    /// The record's own range of the text.
    range: (usize, usize),
    /// Whether a quote was still open when the text ended.
    open: bool,
    /// Whether a quoted cell goes over a line's end and letters stand behind its closing quote, as where that is the opening one of
    /// a cell further down.
    torn: bool,
    /// Line ends, separators, numbers and blanks between them in quoted cells that go over a line's end.
    within: [u64; 4],
    /// Whether the record was longer than any is read.
    endless: bool,
}

impl<'t> Records<'t> {
    pub(super) fn new(text: &'t str, separator: u8) -> Self {
        let (cells, copies) = (Vec::new(), String::new());
        let range = (0, 0);
        Self {
            text,
            separator,
            at: 0,
            line: 1,
            cells,
            copies,
            range,
            open: false,
            torn: false,
            within: [0; 4],
            endless: false,
        }
    }

    /// Whether a quoted cell holds whole rows of so many cells: as many separators as they have, and numbers among them, or, where rows have
    /// three cells or more, cells with nothing in them. A comment of several lines holds neither.
    fn swallows(&self, width: usize) -> bool {
        let [lines, separators, numbers, blanks] = self.within;
        let between = (width as u64).saturating_sub(1);
        let cells = if between > 1 { numbers + blanks } else { numbers };
        lines > 0 && between > 0 && separators == lines * between && cells >= lines * between.min(2)
    }

    /// Moves to the next record; the line it begins at, or `None` at the end.
    pub(super) fn advance(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                }
                b'\r' if matches!(bytes.get(self.at + 1), None | Some(b'\n')) => self.at += 1,
                _ => break,
            }
        }
        let begins = self.line;
        let start = self.at;
        self.cells.clear();
        self.copies.clear();
        (self.open, self.torn, self.within) = (false, false, [0; 4]);
        let end = self.text.floor_char_boundary(start.saturating_add(LONGEST));
        let within = &bytes[..end];
        while self.cell(within) && self.cells.len() <= WIDEST {}
        let is_cut = self.at == end && bytes.get(end).is_some_and(|&next| self.open || next != b'\n');
        self.endless = is_cut || self.cells.len() > WIDEST;
        self.range = (start, self.at);
        if self.endless {
            // of what was in quotes nothing is known that follows
            let next = memchr::memchr(b'\n', &bytes[self.at..]).filter(|_| !self.open);
            self.at = next.map_or(bytes.len(), |length| self.at + length);
        }
        if self.at < bytes.len() {
            self.at += 1;
            self.line += 1;
        }
        Some(begins)
    }

    /// Reads one cell; whether another follows in this record. Leaves `at` on the line feed or the end.
    fn cell(&mut self, bytes: &[u8]) -> bool {
        if bytes.get(self.at) == Some(&b'"') {
            self.quoted(bytes);
        } else {
            let start = self.at;
            let length = bytes[start..].iter().position(|&byte| byte == self.separator || byte == b'\n');
            let stop = length.map_or(bytes.len(), |length| start + length);
            self.at = stop;
            let end = if stop > start && bytes[stop - 1] == b'\r' && bytes.get(stop) != Some(&self.separator) {
                stop - 1
            } else {
                stop
            };
            self.cells.push(Cell { start, end, copied: false });
        }
        let more = bytes.get(self.at) == Some(&self.separator);
        self.at += usize::from(more);
        more
    }

    fn quoted(&mut self, bytes: &[u8]) {
        let mut from = self.at + 1;
        let start = from;
        let copy = self.copies.len();
        let mut copied = false;
        let stop = loop {
            let Some(quote) = bytes[from..].iter().position(|&byte| byte == b'"') else {
                self.open = true;
                break bytes.len();
            };
            let quote = from + quote;
            if bytes.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            self.copies.push_str(&self.text[from..=quote]);
            copied = true;
            from = quote + 2;
        };
        let lines = file::line_feeds(&bytes[start..stop]);
        self.line += lines;
        // letters between the closing quote and the separator stay part of the cell
        let after = (stop + 1).min(bytes.len());
        let length = bytes[after..].iter().position(|&byte| byte == self.separator || byte == b'\n');
        self.at = length.map_or(bytes.len(), |length| after + length);
        let rest = self.text[after..self.at].trim_end_matches('\r');
        self.torn |= lines > 0 && !rest.trim().is_empty();
        if lines > 0 {
            let parts = || self.text[start..stop].split([char::from(self.separator), '\n']);
            let numbers = parts().filter(|part| is_number(part)).count() as u64;
            let blanks = parts().filter(|part| number::is_blank(part)).count() as u64;
            let more = [lines, parts().count() as u64 - 1 - lines, numbers, blanks];
            self.within.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        if copied || !rest.is_empty() {
            self.copies.push_str(&self.text[from..stop]);
            self.copies.push_str(rest);
            self.cells.push(Cell { start: copy, end: self.copies.len(), copied: true });
        } else {
            self.cells.push(Cell { start, end: stop, copied: false });
        }
    }

    /// The text of a cell; empty beyond the last.
    pub(super) fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| {
            if cell.copied { &self.copies[cell.start..cell.end] } else { &self.text[cell.start..cell.end] }
        })
    }

    /// Where the record begins, bytes.
    pub(super) fn start(&self) -> usize {
        self.range.0
    }

    /// Whether a quote of this record was still open when the text ended.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether this record is longer than any is read, so that its end is missing.
    pub(super) fn is_endless(&self) -> bool {
        self.endless
    }

    /// The record as it stands in the file.
    fn raw(&self) -> &'t str {
        &self.text[self.range.0..self.range.1]
    }
}

impl Record for Records<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        match self.text(column) {
            "" => Value::Blank,
            text => Value::Text(text),
        }
    }

    fn width(&self) -> usize {
        self.cells.len()
    }
}

/// The header of delimited text.
#[derive(Debug)]
pub(super) struct Header {
    pub separator: u8,
    pub names: Vec<String>,
    /// Where the rows begin and end, bytes.
    pub end: usize,
    pub until: usize,
    /// Physical line of the first row.
    pub line: u64,
    /// Whether it is longer than any is read.
    pub endless: bool,
}

impl Header {
    /// Reads the first record with any text in it.
    pub(super) fn read(text: &str, separator: u8) -> Self {
        let mut records = Records::new(text, separator);
        records.advance();
        let name = |column| match records.text(column).trim() {
            "" => format!("(column {})", column + 1),
            name => name[..name.floor_char_boundary(NAME)].to_owned(),
        };
        let names = (0..records.width()).map(name).collect();
        let endless = records.is_endless();
        Self { separator, names, end: records.at, until: text.len(), line: records.line, endless }
    }
}

/// Reads the header of a table that begins with it. The separator is the one that divides it into most cells.
pub(super) fn header(text: &str) -> Header {
    let mut best = Header::read(text, SEPARATORS[0]);
    for separator in SEPARATORS {
        let other = Header::read(text, separator);
        if other.names.len() > best.names.len() {
            best = other;
        }
    }
    best
}

/// Reads all rows below the header. Text without quotes is divided at line feeds and read in
/// parallel; with quotes a line feed may lie inside a cell, so it is read in one piece.
pub(super) fn read(text: &str, header: &Header, plan: &Plan<'_>) -> Part {
    let pieces = pieces(&text[header.end..header.until]);
    let parts: Vec<(Part, u64)> = pieces.par_iter().map(|piece| read_piece(piece, header, plan)).collect();
    let mut whole = Part::default();
    let mut lines = header.line - 1;
    for (part, breaks) in parts {
        whole.merge(part, lines);
        lines += breaks;
    }
    whole
}

/// The rows in pieces that can be read apart.
pub(super) fn pieces(rows: &str) -> Vec<&str> {
    if memchr::memchr(b'"', rows.as_bytes()).is_some() { vec![rows] } else { divide(rows) }
}

/// One piece a thread, of roughly equal size, each ending with a line feed.
fn divide(text: &str) -> Vec<&str> {
    let size = PIECE.max(text.len() / rayon::current_num_threads() + 1);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let Some(length) = rest.as_bytes()[size..].iter().position(|&byte| byte == b'\n') else {
            break;
        };
        let (piece, tail) = rest.split_at(size + length + 1);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

/// A record that holds others by a quote too many.
const TORN: &str = "has a quote that is closed on another line only, with other rows or letters behind it: a quote is missing, or is one too many";

/// Whether a text is a number as tables have it: digits with marks.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || b".,-+% '".contains(&byte))
}

/// Reads one piece; also the number of line feeds in it.
fn read_piece(piece: &str, header: &Header, plan: &Plan<'_>) -> (Part, u64) {
    let mut records = Records::new(piece, header.separator);
    let mut reader = Reader::new(plan);
    while let Some(line) = records.advance() {
        let blank = || (0..records.width()).all(|column| records.text(column).trim().is_empty());
        if records.open {
            reader.refuse_record(line, records.raw(), "has a quote that is never closed");
        } else if records.torn || records.swallows(header.names.len()) {
            reader.refuse_record(line, records.raw(), TORN);
        } else if records.endless {
            reader.refuse_record(line, records.raw(), ENDLESS);
        } else if records.width() == header.names.len() {
            reader.take(line, &records);
        } else if blank() {
            reader.part.tally.blank_rows += 1;
        } else if records.width() > header.names.len() {
            // of a stray cell its place is empty
            let text = records.raw().trim_matches(char::from(header.separator));
            reader.refuse_record(line, text, "has more cells than the header");
        } else {
            reader.refuse_record(line, records.raw(), "has fewer cells than the header");
        }
    }
    (reader.part, records.line - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines and cells of the records, and whether each has an end.
    fn records(text: &str) -> Vec<(u64, usize, bool)> {
        let mut records = Records::new(text, b',');
        std::iter::from_fn(|| records.advance().map(|line| (line, records.width(), !records.is_endless()))).collect()
    }

    #[test]
    fn a_record_without_end_is_cut_and_the_next_ones_are_read() {
        let wide = ",".repeat(3 * WIDEST);
        assert_eq!(records(&format!("a,b\n{wide}\nc,d\n")), [(1, 2, true), (2, WIDEST + 1, false), (3, 2, true)]);
        let long = "\u{e9}x".repeat(LONGEST);
        assert_eq!(records(&format!("a\n{long}\nb\n")), [(1, 1, true), (2, 1, false), (3, 1, true)]);
        let most = "x".repeat(LONGEST);
        assert_eq!(records(&format!("{most}\nb")), [(1, 1, true), (2, 1, true)]);
        // what follows an open quote is inside it
        let open = records(&format!("a\n\"{}", "b,c\n".repeat(LONGEST / 2)));
        assert_eq!(open[..2], [(1, 1, true), (2, 1, false)]);
        assert_eq!(open.len(), 2);
        assert!(header(&wide).endless && !header("a,b\n").endless);
    }
}
