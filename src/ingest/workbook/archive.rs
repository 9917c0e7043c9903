//! What a ZIP archive holds, measured and not believed.
//!
//! In: the bytes of an archive. Out: the names of its files, what they unpack to, and what the repeated cells of an
//! `OpenDocument` sheet ask for. The directory of an archive may
//! claim anything, so that every file is unpacked once, to nowhere, and its bytes are counted up to a limit.

use super::repeats::Repeats;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// Begins each file in an archive.
const LOCAL: &[u8] = b"PK\x03\x04";
/// Bytes of such a beginning up to the name.
const HEAD: usize = 30;
/// The method of files that are packed; all others stand as they are or cannot be read.
const DEFLATE: u16 = 8;
/// Where `OpenDocument` keeps its sheets.
const CONTENT: &[u8] = b"content.xml";

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// Names as far as they are UTF-8.
    pub names: Vec<String>,
    /// Bytes of all files unpacked; counted up to one beyond the limit.
    pub unpacked: u64,
    /// Bytes of memory for cells that repeat.
    pub repeated: u64,
}

/// Measures an archive up to `most` bytes; other files hold nothing.
pub(super) fn measure(bytes: &[u8], most: u64) -> Archive {
    let mut archive = Archive::default();
    if !bytes.starts_with(b"PK") {
        return archive;
    }
    for at in memchr::memmem::find_iter(bytes, LOCAL) {
        let short =
            |from: usize| bytes.get(at + from..at + from + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]));
        let (method, name, extra) = (short(8), usize::from(short(26)), usize::from(short(28)));
        let Some(name) = bytes.get(at + HEAD..at + HEAD + name) else { continue };
        let data = bytes.get(at + HEAD + name.len() + extra..).unwrap_or_default();
        archive.names.extend(std::str::from_utf8(name).map(str::to_owned));
        let left = (most + 1).saturating_sub(archive.unpacked);
        let mut repeats = Repeats::default();
        let mut see = |bytes: &[u8]| {
            if name == CONTENT {
                repeats.see(bytes);
            }
        };
        if method == DEFLATE {
            archive.unpacked += length(DeflateDecoder::new(data).take(left), &mut see);
        } else if name == CONTENT {
            let size =
                bytes.get(at + 18..at + 22).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            archive.unpacked += length(data.take(left.min(u64::from(size))), &mut see);
        }
        archive.repeated = archive.repeated.saturating_add(repeats.asked());
        if archive.unpacked > most {
            break;
        }
    }
    archive
}

/// Bytes that can be read; `see` is given them.
fn length(mut packed: impl Read, see: &mut dyn FnMut(&[u8])) -> u64 {
    let mut buffer = vec![0_u8; 1 << 16];
    let mut length = 0;
    // what is damaged ends here, and is told where it is read
    while let Ok(read @ 1..) = packed.read(&mut buffer) {
        see(&buffer[..read]);
        length += read as u64;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// One file, with a size in its beginning that is not its own.
    fn archive(content: &[u8], claimed: u32) -> Vec<u8> {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(content).unwrap();
        let mut bytes = LOCAL.to_vec();
        bytes.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(claimed.to_le_bytes());
        bytes.extend(claimed.to_le_bytes());
        bytes.extend([5, 0, 0, 0]);
        bytes.extend(b"a.csv");
        bytes.extend(packed.finish().unwrap());
        bytes
    }

    #[test]
    fn what_is_inside_counts_and_not_what_is_claimed() {
        let bytes = archive(&vec![b'0'; 100_000], 10);
        let found = measure(&bytes, 1 << 20);
        assert_eq!((found.names.as_slice(), found.unpacked), (["a.csv".to_owned()].as_slice(), 100_000));
        assert_eq!(measure(&bytes, 5000).unpacked, 5001);
        assert_eq!(measure(&bytes[..bytes.len() - 3], 1 << 20).names.len(), 1);
        assert_eq!(measure(b"a,b\n", 1).unpacked, 0);
    }
}
