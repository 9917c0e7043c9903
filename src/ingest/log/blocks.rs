//! A log as blocks of whole lines, unpacked where it is gzip.
//!
//! In: a path, or standard input. Out: blocks of about a mebibyte that end with a line, one after another, so that
//! memory does not depend on the size of the log. A line that does not end is skipped, and ends the run when it
//! goes on; so do gzip data that unpack to far more than any log would.

use super::error::LogError;
use crate::ingest::IngestError;
use flate2::bufread::MultiGzDecoder;
use memchr::{memchr, memchr_iter, memrchr};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Size of a block, bytes.
const BLOCK: usize = 1 << 20;
/// Bytes of one line that are skipped before it is taken for endless.
const ENDLESS: u64 = 64 << 20;
/// How many times its packed size a log may have: ordinary ones have 10 to 40, and the most that gzip can do is 1030.
const EXPANSION: u64 = 400;
/// Unpacked bytes from which the expansion is looked at.
const UNPACKED: u64 = 64 << 20;
const GZIP: &[u8] = b"\x1f\x8b";

/// Some whole lines.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub bytes: Vec<u8>,
    /// Physical line of the first.
    pub first_line: u64,
    /// Whether the line before it was skipped as too long.
    pub skipped: bool,
}

/// A log that is read block by block.
pub(super) struct Blocks {
    /// As given.
    pub name: String,
    source: Box<dyn Read + Send>,
    /// Bytes of the file itself that were read, if it is packed.
    packed: Option<Arc<AtomicU64>>,
    unpacked: u64,
    /// The beginning of the next line.
    rest: Vec<u8>,
    /// Memory of blocks that were read.
    spare: Vec<Vec<u8>>,
    line: u64,
    ended: bool,
}

impl Blocks {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// Absent, a directory, or not readable.
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        let file: Box<dyn Read + Send> = if name == "-" {
            Box::new(std::io::stdin())
        } else if path.is_dir() {
            return Err(IngestError::IsDirectory { file: name });
        } else {
            Box::new(File::open(path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => IngestError::NotFound { file: name.clone() },
                _ => IngestError::Unreadable { file: name.clone(), problem: error.to_string() },
            })?)
        };
        Self::new(name, file)
    }

    fn new(name: String, file: Box<dyn Read + Send>) -> Result<Self, IngestError> {
        let read = Arc::new(AtomicU64::new(0));
        let mut buffered = BufReader::with_capacity(BLOCK / 4, Counted { inner: file, read: Arc::clone(&read) });
        let unreadable =
            |error: std::io::Error| IngestError::Unreadable { file: name.clone(), problem: error.to_string() };
        let is_packed = buffered.fill_buf().map_err(unreadable)?.starts_with(GZIP);
        let source: Box<dyn Read + Send> =
            if is_packed { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) };
        let packed = is_packed.then_some(read);
        Ok(Self { name, source, packed, unpacked: 0, rest: Vec::new(), spare: Vec::new(), line: 1, ended: false })
    }

    /// Takes back blocks that were read.
    pub(super) fn recycle(&mut self, blocks: Vec<Block>) {
        self.spare.extend(blocks.into_iter().map(|block| block.bytes));
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// The data are damaged, or hold a line or a repetition without end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, IngestError> {
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut skipped = false;
        let mut dropped = 0;
        loop {
            self.fill(&mut bytes)?;
            if self.ended {
                break;
            }
            // what is longer than a block is no line, and its end is looked for
            if let Some(end) = memrchr(b'\n', &bytes) {
                self.rest.extend_from_slice(&bytes[end + 1..]);
                bytes.truncate(end + 1);
                break;
            }
            dropped += bytes.len() as u64;
            bytes.clear();
            skipped = true;
            if dropped > ENDLESS {
                let (file, line) = (self.name.clone(), self.line);
                return Err(LogError::Endless { file, line, mebibytes: ENDLESS >> 20 }.into());
            }
        }
        if skipped {
            let end = memchr(b'\n', &bytes).map_or(bytes.len(), |end| end + 1);
            self.line += u64::from(end > 0 && bytes[end - 1] == b'\n');
            bytes.drain(..end);
        }
        if bytes.is_empty() && !skipped {
            return Ok(None);
        }
        let first_line = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Block { bytes, first_line, skipped }))
    }

    /// Reads until the block is full or the log has ended.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<(), IngestError> {
        let start = bytes.len();
        bytes.resize(BLOCK.max(start + 1), 0);
        let mut end = start;
        while end < bytes.len() && !self.ended {
            match self.source.read(&mut bytes[end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let (file, problem) = (self.name.clone(), error.to_string());
                    return Err(if self.packed.is_some() {
                        IngestError::Packed { file, problem: format!("its data are damaged or cut short ({problem})") }
                    } else {
                        IngestError::Unreadable { file, problem }
                    });
                }
            }
        }
        bytes.truncate(end);
        self.unpacked += (end - start) as u64;
        let packed = self.packed.as_ref().map(|packed| packed.load(Ordering::Relaxed));
        if packed.is_some_and(|packed| self.unpacked > UNPACKED.max(packed.saturating_mul(EXPANSION))) {
            return Err(LogError::Bomb { file: self.name.clone(), times: EXPANSION }.into());
        }
        Ok(())
    }
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn blocks(bytes: Vec<u8>) -> Blocks {
        Blocks::new("log".to_owned(), Box::new(std::io::Cursor::new(bytes))).unwrap()
    }

    #[test]
    fn blocks_are_whole_lines_and_nothing_is_lost() {
        let text: String = (0..200_000).map(|line| format!("line {line} of some\n")).collect();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        for bytes in [text.clone().into_bytes(), packed.finish().unwrap()] {
            let (mut blocks, mut whole, mut count) = (blocks(bytes), Vec::new(), 0);
            while let Some(block) = blocks.next().unwrap() {
                assert_eq!(block.first_line, 1 + memchr_iter(b'\n', &whole).count() as u64);
                assert_eq!(block.bytes.last(), Some(&b'\n'));
                whole.extend(block.bytes);
                count += 1;
            }
            assert!(count > 2, "{count}");
            assert_eq!(whole, text.as_bytes());
        }
    }

    #[test]
    fn a_line_longer_than_a_block_is_skipped() {
        let mut bytes = b"first\n".to_vec();
        bytes.extend(vec![b'x'; 3 * BLOCK]);
        bytes.extend(b"\nlast");
        let (mut blocks, mut seen) = (blocks(bytes), Vec::new());
        while let Some(block) = blocks.next().unwrap() {
            seen.push((String::from_utf8(block.bytes).unwrap(), block.first_line, block.skipped));
        }
        assert_eq!(seen, [("first\n".to_owned(), 1, false), ("last".to_owned(), 3, true)]);
    }

    #[test]
    fn what_has_no_end_is_refused_in_bounded_memory() {
        let endless = Box::new(std::io::repeat(b'x'));
        let error = Blocks::new("log".to_owned(), endless).unwrap().next().unwrap_err();
        assert!(matches!(error, IngestError::Log(LogError::Endless { line: 1, .. })), "{error}");
    }

    #[test]
    fn gzip_bombs_and_cut_files_are_refused() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..80 {
            packed.write_all(&b"\n".repeat(1 << 20)).unwrap();
        }
        let bomb = packed.finish().unwrap();
        let all = |bytes: Vec<u8>| {
            let mut blocks = blocks(bytes);
            loop {
                match blocks.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(error) => return Some(error),
                }
            }
        };
        let cut = bomb[..bomb.len() / 4].to_vec();
        assert!(matches!(all(bomb), Some(IngestError::Log(LogError::Bomb { .. }))));
        assert!(matches!(all(cut), Some(IngestError::Packed { problem, .. }) if problem.contains("cut short")));
    }
}
