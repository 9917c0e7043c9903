//! The sectors of a compound file, in which XLS is kept, followed before its reader does.
//!
//! In: the bytes of a file. Out: the stream of the workbook in it, once its chains of sectors end. The reader of workbooks follows each chain to its end,
//! so that one which leads back to itself would fill memory for ever. Every sector belongs to one chain: what is followed is
//! bounded by the number of sectors. What is damaged otherwise is left to that reader. Source: Microsoft, [MS-CFB] Compound
//! File Binary File Format, sections 2.2 to 2.6.

const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Bytes of the header, whatever the sectors have.
const HEADER: usize = 512;
/// Numbers from here on are no sectors but marks.
const MARKS: u32 = 0xffff_fffa;
const NO_FAT: u32 = 0xffff_fffc;
const END: u32 = 0xffff_fffe;
/// Streams below this size lie in the mini stream, bytes.
const MINI: u64 = 4096;
/// Bytes of an entry of the directory.
const ENTRY: usize = 128;
/// Sectors of the mini FAT, at most: small streams of 32 MiB in all. The reader reserves memory for each.
const MINI_FAT: u32 = 1 << 12;

/// Bytes of a sector of the mini stream.
const MINI_SECTOR: usize = 64;
/// Names of the workbook, the first that there is.
const NAMES: [&str; 4] = ["Workbook", "Book", "WORKBOOK", "BOOK"];

/// What is wrong with the chains.
const ENDLESS: &str = "its sectors are damaged: a chain of them has no end";

/// The workbook in a compound file whose chains all end; nothing where there is none, and of other files.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn workbook(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    if !bytes.starts_with(SIGNATURE) || bytes.len() < HEADER {
        return Ok(Vec::new());
    }
    let size = match bytes[30..32] {
        [9, 0] => 512,
        [12, 0] => 4096,
        _ => return Ok(Vec::new()),
    };
    let body = bytes.get(size..).unwrap_or_default();
    let mut sectors = Sectors { body, size, left: body.len().div_ceil(size) + 1 };
    let most = u32::try_from(sectors.left).unwrap_or(MARKS);
    let mini_sectors = number(bytes, 64);
    if number(bytes, 44) > most || mini_sectors > most.min(MINI_FAT) {
        return Err("its header is damaged: it claims more sectors than the file has");
    }
    let fat = sectors.fat(bytes)?;
    let directory = sectors.follow(&fat, number(bytes, 48), u64::MAX)?;
    let mini_fat = match mini_sectors {
        0 => Vec::new(),
        some => numbers(&sectors.follow(&fat, number(bytes, 60), u64::from(some) * size as u64)?),
    };
    let mut mini_stream = Vec::new();
    let mut found: [Option<Vec<u8>>; NAMES.len()] = Default::default();
    for (at, entry) in directory.chunks_exact(ENTRY).enumerate() {
        let (start, low, high) = (number(entry, 116), number(entry, 120), number(entry, 124));
        // small sectors have files of less than 4 GiB, and something else there
        let length = u64::from(low) | if size > HEADER { u64::from(high) << 32 } else { 0 };
        let name = NAMES.iter().position(|name| is_named(entry, name));
        let stream = if at == 0 && mini_sectors > 0 {
            mini_stream = sectors.follow(&fat, start, length)?;
            continue;
        } else if length >= MINI {
            sectors.follow(&fat, start, length)?
        } else if name.is_some() {
            // as many as there are bytes, so that none is followed for ever
            let mut small = Sectors { body: &mini_stream, size: MINI_SECTOR, left: MINI_SECTOR };
            small.follow(&mini_fat, start, length)?
        } else {
            continue;
        };
        if let Some(name) = name {
            found[name].get_or_insert(stream);
        }
    }
    Ok(found.into_iter().flatten().next().unwrap_or_default())
}

/// Whether an entry of the directory has a name.
fn is_named(entry: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    entry.starts_with(&wide)
}

/// Bytes as numbers of four each.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    (0..bytes.len() / 4).map(|at| number(bytes, 4 * at)).collect()
}

/// Four bytes as a number; beyond the end a mark.
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(u32::MAX, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// The sectors behind the header.
struct Sectors<'b> {
    body: &'b [u8],
    size: usize,
    /// How many may still be followed.
    left: usize,
}

impl<'b> Sectors<'b> {
    /// One sector, the last of a file perhaps cut short. Counts what is followed.
    fn take(&mut self, sector: u32) -> Result<&'b [u8], &'static str> {
        self.left = self.left.checked_sub(1).ok_or(ENDLESS)?;
        let start = usize::try_from(sector).ok().and_then(|sector| sector.checked_mul(self.size));
        let rest = start.and_then(|start| self.body.get(start..)).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or("it is cut short")?;
        Ok(&rest[..rest.len().min(self.size)])
    }

    /// The file allocation table: which sector follows each.
    fn fat(&mut self, header: &[u8]) -> Result<Vec<u32>, &'static str> {
        let mut places = numbers(&header[76..HEADER]);
        let mut next = number(header, 68);
        while next < MARKS {
            let sector = self.take(next)?;
            places.extend(numbers(sector));
            next = places.pop().unwrap_or(END);
        }
        let mut fat = Vec::new();
        for place in places.into_iter().filter(|&place| place < NO_FAT) {
            let sector = self.take(place)?;
            fat.extend(numbers(sector));
        }
        Ok(fat)
    }

    /// The bytes of a chain, `length` of them at most.
    fn follow(&mut self, fat: &[u32], start: u32, length: u64) -> Result<Vec<u8>, &'static str> {
        let (mut next, mut bytes) = (start, Vec::new());
        while next != END && (bytes.len() as u64) < length {
            let sector = self.take(next)?;
            bytes.extend_from_slice(sector);
            let Some(&after) = usize::try_from(next).ok().and_then(|next| fat.get(next)) else { break };
            next = after;
        }
        bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKBOOK: &[u8] = include_bytes!("../tests/keywords.xls");

    /// The workbook with another number at a place.
    fn with(at: usize, value: u32) -> Vec<u8> {
        let mut bytes = WORKBOOK.to_vec();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    }

    #[test]
    fn chains_that_lead_back_are_told() {
        assert_eq!(workbook(WORKBOOK).map(|stream| stream.len() > 1000), Ok(true));
        let place = |sector: u32| HEADER + HEADER * sector as usize;
        let fat = place(number(WORKBOOK, 76));
        let directory = number(WORKBOOK, 48);
        let stream = (0..1000)
            .map(|entry| place(directory) + ENTRY * entry)
            .find(|&entry| u64::from(number(WORKBOOK, entry + 120)) >= MINI)
            .unwrap();
        let start = number(WORKBOOK, stream + 116);
        for (what, at, value) in [
            ("directory", fat + 4 * directory as usize, directory),
            ("stream", fat + 4 * start as usize + 4, start),
            ("DIFAT", 68, 0),
        ] {
            let mut bytes = with(at, value);
            if what == "DIFAT" {
                // the last number of the sector leads on to itself
                bytes[place(0) + HEADER - 4..place(1)].copy_from_slice(&[0; 4]);
            }
            if what == "stream" {
                bytes[stream + 120..stream + 124].copy_from_slice(&u32::MAX.to_le_bytes());
            }
            assert_eq!(workbook(&bytes), Err(ENDLESS), "{what}");
        }
        for end in [HEADER, HEADER + 1, WORKBOOK.len() / 2] {
            assert!(workbook(&WORKBOOK[..end]).is_err(), "{end}");
        }
        for at in [44, 64] {
            assert!(workbook(&with(at, 1 << 30)).is_err_and(|problem| problem.contains("header")), "{at}");
        }
    }

    #[test]
    fn other_files_are_left_to_their_reader() {
        for bytes in [&WORKBOOK[..100], b"PK\x03\x04", b""] {
            assert_eq!(workbook(bytes), Ok(Vec::new()));
        }
    }
}
