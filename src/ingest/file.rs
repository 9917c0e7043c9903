//! One file: its bytes, its fingerprint, and what kind of table it is.
//!
//! In: a path, or `-` for standard input. Out: the bytes, unpacked where they were compressed, and the
//! kind, told by content and not by the name. The fingerprint is of the bytes as they are stored.

use super::encoding::{self, Decoded, MARK};
use super::error::IngestError;
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// Unpacked data may be this large whatever their packed size, bytes.
pub(super) const ALWAYS_UNPACKED: u64 = 256 << 20;
/// Above that, this many times the packed size: tables shrink by 5 to 50, what was made to fill memory by 1,000.
pub(super) const EXPANSION: u64 = 200;

/// The same of a file that is packed as a whole, bytes and times: what is read of small rows takes ten times their text.
const ALWAYS_READ: u64 = 64 << 20;
const SHRINKS: u64 = 100;
/// Of the memory that is free, a text may take one part of so many: its rows take the rest.
const ROOM: u64 = 4;

/// A file in memory.
#[derive(Debug)]
pub(super) struct File {
    /// As given.
    pub name: String,
    /// Unpacked.
    pub bytes: Vec<u8>,
    /// Size as stored, bytes.
    pub size: u64,
    pub sha256: String,
    pub kind: Kind,
}

/// What a file's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Delimited text.
    Text,
    Parquet,
    /// XLSX, XLSB, ODS or XLS.
    Workbook,
}

/// How bytes are packed.
#[derive(Clone, Copy)]
enum Packed {
    Gzip,
    Zstandard,
}

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTANDARD: &[u8] = b"\x28\xb5\x2f\xfd";
const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";
/// A first line that is looked at, bytes.
const LINE: usize = 4096;
/// Text has an end of a line within so many bytes.
const LONGEST: usize = 16 << 20;
/// What a text without one looks like.
pub(super) const ENDLESS: &str = "text without lines, of which one is longer than 16 MiB or has more than 65,536 cells";
/// What those look like that begin as [`PAGES`].
pub(super) const HTML: &str = "a page of HTML, whatever its name says";
/// How pages of the web begin, which some tools save under the name of a workbook, in small letters.
const PAGES: [&[u8]; 8] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<meta", b"<table", b"<style", b"<div"];
/// The first bytes of files that are sometimes taken for tables.
const KNOWN: [(&[u8], &str); 4] = [
    (b"BZh", "bzip2-compressed data"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
];

impl File {
    /// Reads a file and tells its kind.
    ///
    /// # Errors
    /// Absent, a directory, not readable, damaged, empty, or no table at all.
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        let stored =
            if name == STANDARD_INPUT { all(&name, std::io::stdin().lock(), 0, LONGEST) } else { stored(path, &name) }?;
        let size = stored.len() as u64;
        let (sha256, bytes) = rayon::join(
            || hexadecimal(&Sha256::digest(&stored)),
            || is_packed(&stored).map(|packed| unpack(&name, &stored, packed, ALWAYS_READ, free())).transpose(),
        );
        let bytes = bytes?.unwrap_or(stored);
        let kind = kind(&name, &bytes)?;
        Ok(Self { name, bytes, size, sha256, kind })
    }

    /// The text and the encoding it was in.
    ///
    /// # Errors
    /// The bytes are of no encoding that tables are written in.
    pub(super) fn text(&self) -> Result<Decoded<'_>, IngestError> {
        encoding::decode(&self.name, &self.bytes)
    }
}

/// Everything that can be read, about `size` bytes; a text with a line that has no end is given up before it fills memory.
fn all(name: &str, mut reader: impl Read, size: u64, longest: usize) -> Result<Vec<u8>, IngestError> {
    let unreadable = |problem: String| IngestError::Unreadable { file: name.into(), problem };
    let mut bytes = Vec::new();
    let mut is_text = None;
    loop {
        let from = bytes.len();
        let mut piece = reader.by_ref().take(longest as u64);
        let read = piece.read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        if read < longest {
            return Ok(bytes);
        }
        // what is packed, a page or no table at all is told by its beginning
        let is_text =
            *is_text.get_or_insert_with(|| is_packed(&bytes).is_none() && kind(name, &bytes) == Ok(Kind::Text));
        if is_text && memchr::memrchr2(b'\n', b'\r', &bytes[from..]).is_none() {
            return Err(IngestError::NotATable { file: name.into(), looks_like: ENDLESS });
        }
        if from == 0 {
            let rest = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(read);
            // one byte more shows the end
            bytes.try_reserve_exact(rest.saturating_add(1)).map_err(|error| unreadable(error.to_string()))?;
        }
    }
}

fn stored(path: &Path, name: &str) -> Result<Vec<u8>, IngestError> {
    if path.is_dir() {
        return Err(IngestError::IsDirectory { file: name.into() });
    }
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => IngestError::NotFound { file: name.into() },
        ErrorKind::IsADirectory => IngestError::IsDirectory { file: name.into() },
        _ => IngestError::Unreadable { file: name.into(), problem: error.to_string() },
    })?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    all(name, file, size, LONGEST)
}

/// How bytes are packed, if they are.
fn is_packed(bytes: &[u8]) -> Option<Packed> {
    if bytes.starts_with(GZIP) { Some(Packed::Gzip) } else { bytes.starts_with(ZSTANDARD).then_some(Packed::Zstandard) }
}

/// Memory that is free, bytes, where the system says it.
fn free() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Unpacks gzip and Zstandard; so many bytes always, and beyond them as long as the growth is that of a table and the memory that is
/// free has room for its rows.
fn unpack(name: &str, stored: &[u8], packed: Packed, always: u64, free: Option<u64>) -> Result<Vec<u8>, IngestError> {
    let grown = always.max((stored.len() as u64).saturating_mul(SHRINKS));
    let room = free.map_or(u64::MAX, |free| free / ROOM);
    let most = grown.min(room);
    let mut bytes = Vec::new();
    let read = match packed {
        Packed::Gzip => flate2::read::MultiGzDecoder::new(stored).take(most + 1).read_to_end(&mut bytes),
        Packed::Zstandard => zstd::stream::read::Decoder::with_buffer(stored)
            .and_then(|decoder| decoder.take(most + 1).read_to_end(&mut bytes)),
    };
    if let Err(error) = read {
        return Err(IngestError::Packed { file: name.into(), problem: error.to_string().to_lowercase() });
    }
    if bytes.len() as u64 > most {
        let (megabytes, size) = (most >> 20, stored.len() >> 10);
        let problem = if most < grown {
            format!(
                "it grows from {size} KiB to more than {megabytes} MiB, which the memory that is free has no room for: give it in parts"
            )
        } else {
            format!(
                "it grows from {size} KiB to more than {megabytes} MiB, over {SHRINKS} times its size, as no table does: unpack it, look at it, and \
                 give it unpacked if it is one"
            )
        };
        return Err(IngestError::Packed { file: name.into(), problem });
    }
    Ok(bytes)
}

fn kind(name: &str, bytes: &[u8]) -> Result<Kind, IngestError> {
    let is_wide_mark = matches!(bytes, [0xff, 0xfe] | [0xfe, 0xff]);
    if is_wide_mark || bytes.strip_prefix(MARK).unwrap_or(bytes).trim_ascii().is_empty() {
        return Err(IngestError::Empty { file: name.into() });
    }
    if bytes.starts_with(b"PAR1") {
        return Ok(Kind::Parquet);
    }
    if bytes.starts_with(ZIP) || bytes.starts_with(COMPOUND) {
        return Ok(Kind::Workbook);
    }
    let known = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|&(_, looks_like)| looks_like);
    let known = known.or_else(|| markup(bytes));
    match known.or_else(|| is_log(bytes).then_some("an access log, which `termwise aggregate` counts")) {
        Some(looks_like) => Err(IngestError::NotATable { file: name.into(), looks_like }),
        None => Ok(Kind::Text),
    }
}

/// What a text in tags is.
fn markup(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes).trim_ascii_start();
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
    if begins(b"<?xml") {
        return Some("an XML document, as old spreadsheets save");
    }
    PAGES.iter().any(|page| begins(page)).then_some(HTML)
}

/// Whether the first line is one of an access log: a time in brackets, then a request in quotes.
fn is_log(bytes: &[u8]) -> bool {
    let line = bytes[..bytes.len().min(LINE)].split(|&byte| byte == b'\n').next().unwrap_or_default();
    [&b"] \""[..], b" HTTP/"].iter().all(|part| memchr::memmem::find(line, part).is_some())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// How many line feeds there are.
pub(super) fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_out_of_all_proportion_is_refused() {
        let zeros = vec![b'0'; 1 << 20];
        let packed = zstd::encode_all(zeros.as_slice(), 0).unwrap();
        assert_eq!(unpack("a.zst", &packed, Packed::Zstandard, 1 << 20, None).unwrap(), zeros);
        let error = unpack("a.zst", &packed, Packed::Zstandard, 1000, None).unwrap_err();
        assert!(matches!(&error, IngestError::Packed { problem, .. } if problem.contains("100 times")), "{error:?}");
        // little memory
        let error = unpack("a.zst", &packed, Packed::Zstandard, 1 << 20, Some(1 << 20)).unwrap_err();
        assert!(matches!(&error, IngestError::Packed { problem, .. } if problem.contains("in parts")), "{error:?}");
    }

    #[test]
    fn a_first_line_without_end_is_given_up_at_once() {
        /// Reads for ever, and counts what was read.
        struct Endless(u64);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                buffer.fill(b'x');
                self.0 += buffer.len() as u64;
                assert!(self.0 < 1 << 20, "read on");
                Ok(buffer.len())
            }
        }
        let error = all("-", Endless(0), 0, 1000).unwrap_err();
        assert!(matches!(error, IngestError::NotATable { looks_like: ENDLESS, .. }), "{error:?}");
        let whole = |bytes: &[u8]| all("-", bytes, 0, 1000).unwrap().len();
        assert_eq!(whole(&[b'x'; 999]), 999);
        // lines, also of the old Macintosh, and what is packed
        assert_eq!(whole(&[b'\r'; 2000]), 2000);
        assert_eq!(whole(&[GZIP, &[b'x'; 2000]].concat()), 2002);
        assert_eq!(whole(&b"a,1\n".repeat(1000)), 4000);
        // a line that has an end is followed by one that has none
        let error = all("-", b"term,clicks\na,1\n".chain(Endless(0)), 0, 1000).unwrap_err();
        assert!(matches!(error, IngestError::NotATable { looks_like: ENDLESS, .. }), "{error:?}");
    }

    #[test]
    fn pages_are_told_from_tables() {
        for text in ["<html><table>", "\u{feff} \n<!DOCTYPE HTML>", "<TABLE border=1>"] {
            let error = kind("a.xls", text.as_bytes()).unwrap_err();
            assert!(matches!(error, IngestError::NotATable { looks_like: HTML, .. }), "{text}: {error:?}");
        }
        assert!(kind("a.xls", b"<?xml version=\"1.0\"?><Workbook>").is_err());
        assert_eq!(kind("a.csv", b"<term>,clicks\n"), Ok(Kind::Text));
    }
}
