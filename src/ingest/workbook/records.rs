//! The records of an XLS workbook, counted before its reader builds the sheets.
//!
//! In: the stream of records and how much memory they may ask for. Out: whether they ask for more. The reader makes a
//! rectangle of all cells between the first and the last of a sheet, reserves what a sheet claims, and copies a shared
//! text for every cell that names it; a few damaged bytes can make that more than any machine has. What is damaged
//! otherwise is left to the reader. Source: Microsoft, [MS-XLS] Excel Binary File Format, sections 2.3 and 2.4.

use super::GROWS;

const END: u16 = 0x000a;
const CONTINUED: u16 = 0x003c;
const SHEET: u16 = 0x0085;
const TEXTS: u16 = 0x00fc;
const DIMENSIONS: u16 = 0x0200;
const FORMULA: u16 = 0x0006;
const NUMBERS: u16 = 0x00bd;
const TEXT: u16 = 0x00fd;
/// Numbers, texts, truths and what formulas yield, one cell each.
const CELLS: [u16; 6] = [0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, TEXT];
/// Bytes of a cell in a rectangle, and of a formula.
const CELL: u64 = 32;
const FORMULA_TEXT: u64 = 24;
/// One sheet may be as large as the format allows, 65,536 rows of 256 columns.
const ALWAYS: u64 = (1 << 24) * CELL + (1 << 28);
/// Cells that a sheet may claim.
const CLAIMED: u64 = 1 << 25;
/// Pieces of the shared texts: shorter ones than these, bytes, are not so many.
const PIECES: usize = 10_000;
const PIECE: usize = 1024;

/// Whether the sheets can be built in `most` bytes.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(stream: &[u8], most: u64) -> Result<(), &'static str> {
    let (mut sheets, mut texts) = (Vec::new(), Vec::new());
    for record in records(stream) {
        match record.kind {
            END => break,
            SHEET => sheets.extend(long(record.data, 0).and_then(|at| usize::try_from(at).ok())),
            TEXTS if record.more.len() > PIECES && stream.len() / record.more.len() < PIECE => return Err(GROWS),
            TEXTS => texts = lengths(record),
            _ => {}
        }
    }
    let (mut left, mut walked) = (most.max(ALWAYS), 0);
    for at in sheets {
        let rest = stream.get(at..).unwrap_or_default();
        let (asked, length) = sheet(rest, &texts)?;
        left = left.checked_sub(asked).ok_or(GROWS)?;
        walked += length;
        // a sheet that is named many times is built as often
        if walked > stream.len() {
            return Err("its sheets are damaged: they lie in each other");
        }
    }
    Ok(())
}

/// Bytes of memory that one sheet asks for, and bytes of its records.
fn sheet(stream: &[u8], texts: &[u64]) -> Result<(u64, usize), &'static str> {
    let (mut cells, mut formulas) = (Area::default(), Area::default());
    let (mut copied, mut length) = (0_u64, 0);
    for record in records(stream) {
        length += record.length();
        let data = record.data;
        let (row, column) = (short(data, 0), short(data, 2));
        match record.kind {
            END => break,
            DIMENSIONS if claimed(data) > CLAIMED => return Err("its sheets are damaged: one claims too many cells"),
            FORMULA => {
                cells.see(row, column);
                formulas.see(row, column);
            }
            NUMBERS => {
                cells.see(row, column);
                cells.see(row, data.len().checked_sub(2).and_then(|end| short(data, end)));
            }
            kind if CELLS.contains(&kind) => {
                cells.see(row, column);
                let text = long(data, 6).filter(|_| kind == TEXT).and_then(|text| usize::try_from(text).ok());
                copied += text.and_then(|text| texts.get(text)).copied().unwrap_or_default();
            }
            _ => {}
        }
    }
    Ok((copied + cells.size() * CELL + formulas.size() * FORMULA_TEXT, length))
}

/// Cells that a sheet claims, counted as its reader does.
fn claimed(data: &[u8]) -> u64 {
    let wide = data.len() == 14;
    let row = |at: usize| if wide { long(data, 2 * at).unwrap_or(0) } else { short(data, at).map_or(0, u32::from) };
    let column = |at: usize| short(data, if wide { 8 + at } else { 4 + at }).map_or(0, u32::from);
    let (first, last, left, right) = (row(0), row(2), column(0), column(2));
    let left = if left > 0xff || right < left { 0 } else { left };
    if last == 0 || right == 0 {
        return 1;
    }
    u64::from(last.wrapping_sub(first)) * u64::from(right.wrapping_sub(left))
}

/// The rectangle of some cells.
#[derive(Default)]
struct Area(Option<[u16; 4]>);

impl Area {
    fn see(&mut self, row: Option<u16>, column: Option<u16>) {
        let (Some(row), Some(column)) = (row, column) else { return };
        let [top, bottom, left, right] = self.0.unwrap_or([row, row, column, column]);
        self.0 = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
    }

    fn size(&self) -> u64 {
        let span = |first: u16, last: u16| u64::from(last - first) + 1;
        self.0.map_or(0, |[top, bottom, left, right]| span(top, bottom) * span(left, right))
    }
}

/// A record with the records that continue it.
struct Record<'s> {
    kind: u16,
    data: &'s [u8],
    more: Vec<&'s [u8]>,
}

impl Record<'_> {
    /// Bytes in the stream.
    fn length(&self) -> usize {
        4 * (1 + self.more.len()) + self.data.len() + self.more.iter().map(|more| more.len()).sum::<usize>()
    }
}

/// The records of a stream, up to the first that is cut short.
fn records(stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (kind, length) = head(rest)?;
        let (data, mut after) = rest[4..].split_at(length);
        let mut more = Vec::new();
        while let Some((CONTINUED, length)) = head(after) {
            let (piece, next) = after[4..].split_at(length);
            more.push(piece);
            after = next;
        }
        rest = after;
        Some(Record { kind, data, more })
    })
}

/// The kind of the next record and the length of its data, if it is whole.
fn head(stream: &[u8]) -> Option<(u16, usize)> {
    let (kind, length) = (short(stream, 0)?, usize::from(short(stream, 2)?));
    (stream.len() >= 4 + length).then_some((kind, length))
}

/// Letters of the shared texts, as far as they can be read.
fn lengths(record: Record<'_>) -> Vec<u64> {
    let mut lengths = Vec::new();
    let mut texts = Texts { data: record.data.get(8..).unwrap_or_default(), more: record.more.into_iter() };
    while !texts.data.is_empty() || texts.go_on() {
        match texts.length() {
            Some(length) => lengths.push(length),
            None => break,
        }
    }
    lengths
}

/// Shared texts, of which one may go on in the record that follows.
struct Texts<'s> {
    data: &'s [u8],
    more: std::vec::IntoIter<&'s [u8]>,
}

impl Texts<'_> {
    fn go_on(&mut self) -> bool {
        let Some(data) = self.more.next() else { return false };
        self.data = data;
        true
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.data = self.data.get(bytes..)?;
        Some(())
    }

    /// The letters of the next text.
    fn length(&mut self) -> Option<u64> {
        if self.data.is_empty() {
            return Some(0);
        }
        let letters = short(self.data, 0)?;
        let flags = *self.data.get(2)?;
        self.skip(3)?;
        let mut behind = 0;
        if flags & 8 != 0 {
            behind += 4 * usize::from(short(self.data, 0)?);
            self.skip(2)?;
        }
        if flags & 4 != 0 {
            behind += usize::try_from(long(self.data, 0)?).ok()?;
            self.skip(4)?;
        }
        let (mut left, mut wide) = (usize::from(letters), flags & 1 != 0);
        while left > 0 {
            let width = if wide { 2 } else { 1 };
            let taken = left.min(self.data.len() / width);
            self.skip(taken * width)?;
            left -= taken;
            if left > 0 {
                wide = self.go_on().then(|| self.data.first()).flatten()? & 1 != 0;
                self.skip(1)?;
            }
        }
        while behind > 0 {
            if self.data.is_empty() && !self.go_on() {
                return None;
            }
            let taken = behind.min(self.data.len());
            self.skip(taken)?;
            behind -= taken;
        }
        Some(u64::from(letters))
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(short(bytes, at)?) | u32::from(short(bytes, at + 2)?) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    fn texts(letters: u16) -> Vec<u8> {
        let half = usize::from(letters / 2);
        let first = [&[0; 8][..], &letters.to_le_bytes(), &[0], &vec![b'x'; usize::from(letters) - half]].concat();
        [record(TEXTS, &first), record(CONTINUED, &[&[0][..], &vec![b'x'; half]].concat())].concat()
    }

    /// One sheet of these records, named so many times.
    fn book(letters: u16, sheet: &[u8], times: usize) -> Vec<u8> {
        let texts = texts(letters);
        let start = times * 10 + texts.len() + 4;
        let mut data = u32::try_from(start).unwrap().to_le_bytes().to_vec();
        data.extend([0, 0]);
        [record(SHEET, &data).repeat(times), texts, record(END, &[]), sheet.to_vec(), record(END, &[])].concat()
    }

    fn cell(row: u16, column: u16) -> Vec<u8> {
        let place = [row.to_le_bytes(), column.to_le_bytes()].concat();
        record(TEXT, &[&place[..], &[0; 6]].concat())
    }

    #[test]
    fn what_a_workbook_asks_for_is_bounded() {
        let most = 1 << 20;
        assert_eq!(check(&book(5, &cell(0, 0), 1), most), Ok(()));
        // one sheet of the format's full size, and one beyond it
        assert_eq!(check(&book(5, &[cell(0, 0), cell(65_535, 255)].concat(), 1), most), Ok(()));
        assert_eq!(check(&book(5, &[cell(0, 0), cell(65_535, 65_535)].concat(), 1), most), Err(GROWS));
        // a long text in very many cells
        assert_eq!(check(&book(60_000, &cell(0, 0).repeat(1000), 1), most), Ok(()));
        assert_eq!(check(&book(60_000, &cell(0, 0).repeat(20_000), 1), most), Err(GROWS));
        assert_eq!(check(&book(60_000, &cell(0, 0).repeat(20_000), 1), 1 << 31), Ok(()));
        assert!(check(&book(5, &cell(0, 0).repeat(1000), 100), most).is_err_and(|wrong| wrong.contains("each other")));
    }

    #[test]
    fn what_a_sheet_claims_is_bounded() {
        let claim = |rows: [u32; 2], columns: [u16; 2]| {
            let rows = rows.map(u32::to_le_bytes).concat();
            record(DIMENSIONS, &[&rows[..], &columns.map(u16::to_le_bytes).concat(), &[0; 2]].concat())
        };
        let is_read = |rows, columns| check(&book(5, &claim(rows, columns), 1), 0).is_ok();
        assert!(is_read([0, 65_536], [0, 256]) && is_read([0, 0], [0, 0]) && is_read([3, 4], [9, 2]));
        assert!(!is_read([0, u32::MAX], [0, 9]) && !is_read([7, 3], [0, 9]) && !is_read([0, 65_536], [0, 60_000]));
    }

    #[test]
    fn what_is_cut_short_is_left_to_the_reader() {
        let whole = book(60_000, &cell(0, 0).repeat(3), 1);
        for end in (0..whole.len()).step_by(7) {
            assert_eq!(check(&whole[..end], 0), Ok(()));
        }
        let texts = lengths(records(&texts(60_000)).next().unwrap());
        assert_eq!(texts, [60_000]);
    }
}
