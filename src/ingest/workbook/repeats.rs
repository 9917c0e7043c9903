//! Cells and rows of an `OpenDocument` sheet that stand for many.
//!
//! In: the bytes of its contents, piece by piece. Out: how much memory its repeated cells and rows ask for. One cell may be
//! said to repeat over all columns and rows, and the reader makes a copy for each. Source: OASIS, Open Document Format for
//! Office Applications 1.3, sections 19.675 and 19.677.

const ROW: &[u8] = b"table:table-row";
const CELLS: [&[u8]; 2] = [b"table:table-cell", b"table:covered-table-cell"];
const ROWS_REPEATED: &[u8] = b"table:number-rows-repeated";
const COLUMNS_REPEATED: &[u8] = b"table:number-columns-repeated";
/// Rows and columns of a sheet, at most, as the reader takes them.
const ROWS: u64 = 1 << 20;
const COLUMNS: u64 = 1 << 14;
/// Bytes that a cell takes, with the place of its formula.
const CELL: u64 = 56;
/// Bytes of a tag that are looked at.
const TAG: usize = 1 << 16;

/// What the contents said so far.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    state: State,
    tag: Vec<u8>,
    row: Row,
    /// Columns that the cell stands for, while it is open.
    cell: Option<u64>,
    /// Bytes in the cell.
    letters: u64,
    /// Whether the cell has a value in its tag.
    filled: bool,
    /// Rows without cells since the last with some, and the most cells of a row.
    empty: u64,
    widest: u64,
    asked: u64,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Tag,
    Quote(u8),
    Comment,
}

/// The row that is read.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// Rows that it stands for.
    times: u64,
    cells: u64,
    /// Empty cells since the last with a value.
    empty: u64,
    /// Bytes of its cells, and of each of them once.
    bytes: u64,
    own: u64,
}

impl Repeats {
    /// Bytes of memory that the repetitions ask for.
    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// Takes the next bytes of the contents.
    pub(super) fn see(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match (self.state, byte) {
                (State::Text, b'<') => {
                    self.tag.clear();
                    self.state = State::Tag;
                }
                (State::Text, _) => self.letters += u64::from(self.cell.is_some()),
                (State::Tag, b'>') => {
                    self.state = State::Text;
                    self.end_tag();
                }
                (State::Comment, b'>') if self.tag.ends_with(b"--") => self.state = State::Text,
                (State::Comment, _) => {
                    // only its end is of interest
                    self.tag.drain(..self.tag.len().saturating_sub(1));
                    self.tag.push(byte);
                }
                (state, _) => {
                    if self.tag.len() < TAG {
                        self.tag.push(byte);
                    }
                    self.state = match (state, byte) {
                        (State::Tag, b'"' | b'\'') => State::Quote(byte),
                        (State::Quote(quote), _) if quote == byte => State::Tag,
                        (State::Tag, _) if self.tag == b"!--" => State::Comment,
                        _ => state,
                    };
                }
            }
        }
    }

    fn end_tag(&mut self) {
        let tag = std::mem::take(&mut self.tag);
        let closed = tag.ends_with(b"/");
        let end = tag.iter().skip(1).position(|&byte| byte.is_ascii_whitespace() || byte == b'/');
        let name = &tag[..end.map_or(tag.len(), |end| end + 1)];
        match name.strip_prefix(b"/") {
            Some(ROW) => self.end_row(),
            Some(name) if CELLS.contains(&name) => self.end_cell(),
            None if name == ROW => {
                self.row = Row { times: repeated(&tag, ROWS_REPEATED).min(ROWS), ..Row::default() };
                if closed {
                    self.end_row();
                }
            }
            None if CELLS.contains(&name) => {
                self.cell = Some(repeated(&tag, COLUMNS_REPEATED).min(COLUMNS));
                self.letters = 0;
                self.filled = memchr::memmem::find(&tag, b"office:").is_some()
                    || memchr::memmem::find(&tag, b"table:formula").is_some();
                if self.filled {
                    self.letters = tag.len() as u64;
                }
                if closed {
                    self.end_cell();
                }
            }
            _ => {}
        }
        self.tag = tag;
    }

    fn end_cell(&mut self) {
        let Some(times) = self.cell.take() else { return };
        self.row.own = self.row.own.saturating_add(CELL + self.letters);
        if !self.filled && self.letters == 0 {
            self.row.empty += times;
            return;
        }
        let cells = (self.row.empty.saturating_add(times)).min(COLUMNS);
        let bytes = cells * CELL + times.saturating_mul(self.letters);
        self.row.bytes = self.row.bytes.saturating_add(bytes);
        self.row.cells = self.row.cells.saturating_add(cells);
        self.row.empty = 0;
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if row.cells == 0 {
            self.empty = self.empty.saturating_add(row.times).min(ROWS);
            return;
        }
        self.widest = self.widest.max(row.cells);
        let between = std::mem::take(&mut self.empty).saturating_mul(self.widest).saturating_mul(CELL);
        let more = row.times.saturating_mul(row.bytes).saturating_sub(row.own);
        self.asked = self.asked.saturating_add(between).saturating_add(more);
    }
}

/// How often something stands, by an attribute of its tag.
fn repeated(tag: &[u8], attribute: &[u8]) -> u64 {
    let value = memchr::memmem::find(tag, attribute).and_then(|at| {
        let rest = tag[at + attribute.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let (quote, rest) = rest.split_first()?;
        rest.split(|byte| byte == quote).next()
    });
    value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(content: &str) -> u64 {
        let mut whole = Repeats::default();
        whole.see(content.as_bytes());
        let mut pieces = Repeats::default();
        for piece in content.as_bytes().chunks(3) {
            pieces.see(piece);
        }
        assert_eq!(whole.asked(), pieces.asked());
        whole.asked()
    }

    #[test]
    fn what_repeats_is_counted_and_what_stands_once_is_not() {
        let cell = |columns: u32, text: &str| {
            format!(
                "<table:table-cell table:number-columns-repeated=\"{columns}\"><text:p>{text}</text:p></table:table-cell>"
            )
        };
        let row = |rows: u32, cells: &str| {
            format!("<table:table-row table:number-rows-repeated='{rows}'>{cells}</table:table-row>")
        };
        assert_eq!(asked(&row(1, &cell(1, "bed").repeat(3)).repeat(5)), 0);
        // empty cells and rows behind the last
        let empty = "<table:table-cell table:number-columns-repeated=\"16380\"/>";
        assert_eq!(asked(&(row(1, &(cell(1, "bed") + empty)) + &row(1_048_575, empty))), 0);
        assert_eq!(asked(&row(1, &cell(3, "bed"))), 2 * (CELL + 3));
        assert_eq!(asked(&row(4, &cell(1, "bed"))), 3 * (CELL + 3));
        assert_eq!(asked(&(row(1, &cell(1, "a")) + &row(9, empty) + &row(1, &cell(1, "a")))), 9 * CELL);
        let long = "x".repeat(1000);
        assert!(asked(&row(u32::MAX, &cell(u32::MAX, &long))) > 1 << 40);
        // marks inside of quotes and comments
        let hidden =
            "<!-- it's > <a> --><table:table-cell office:string-value='>' table:number-columns-repeated=\"2\" />";
        assert!(asked(&row(1, hidden)) > CELL);
    }
}
