//! One file: its bytes, its fingerprint, and what kind of table it is.
//!
//! In: a path. Out: the bytes, the kind, told by content and not by the name, and for text the proof
//! that it is UTF-8.

use super::error::IngestError;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::Path;

/// A file in memory.
#[derive(Debug)]
pub(super) struct File {
    /// As given.
    pub name: String,
    pub bytes: Vec<u8>,
    pub sha256: String,
    pub kind: Kind,
}

/// What a file's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Delimited text.
    Text,
    Parquet,
}

/// The first bytes of files that are sometimes taken for tables.
const KNOWN: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a spreadsheet workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet workbook (XLS)"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
];
const MARK: &[u8] = b"\xef\xbb\xbf";

impl File {
    /// Reads a file and tells its kind.
    ///
    /// # Errors
    /// Absent, a directory, not readable, empty, or no table at all.
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(IngestError::IsDirectory { file: name });
        }
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => IngestError::NotFound { file: name.clone() },
            ErrorKind::IsADirectory => IngestError::IsDirectory { file: name.clone() },
            _ => IngestError::Unreadable { file: name.clone(), problem: error.to_string() },
        })?;
        let kind = kind(&name, &bytes)?;
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        Ok(Self { name, bytes, sha256, kind })
    }

    /// The text, without its byte order mark.
    ///
    /// # Errors
    /// The bytes are not UTF-8.
    pub(super) fn text(&self) -> Result<&str, IngestError> {
        let mark = if self.bytes.starts_with(MARK) { MARK.len() } else { 0 };
        std::str::from_utf8(&self.bytes[mark..])
            .map_err(|error| not_utf8(&self.name, &self.bytes, mark + error.valid_up_to(), "not valid UTF-8"))
    }
}

fn kind(name: &str, bytes: &[u8]) -> Result<Kind, IngestError> {
    let not_a_table = |looks_like| IngestError::NotATable { file: name.into(), looks_like };
    if bytes.strip_prefix(MARK).unwrap_or(bytes).trim_ascii().is_empty() {
        return Err(IngestError::Empty { file: name.into() });
    }
    if bytes.starts_with(b"PAR1") {
        return Ok(Kind::Parquet);
    }
    if let Some(&(_, looks_like)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(not_a_table(looks_like));
    }
    match bytes {
        [0xff, 0xfe, ..] => Err(not_utf8(name, bytes, 0, "UTF-16 (little-endian)")),
        [0xfe, 0xff, ..] => Err(not_utf8(name, bytes, 0, "UTF-16 (big-endian)")),
        _ if bytes.contains(&0) => Err(not_a_table("binary data")),
        _ => Ok(Kind::Text),
    }
}

fn not_utf8(name: &str, bytes: &[u8], offset: usize, encoding: &'static str) -> IngestError {
    let breaks = line_feeds(&bytes[..offset]);
    IngestError::NotUtf8 { file: name.into(), offset: offset as u64, line: breaks + 1, encoding }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// How many line feeds there are.
pub(super) fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}
