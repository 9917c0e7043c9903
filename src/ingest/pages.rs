//! Page headers of a Parquet file, checked before decoding.
//!
//! In: the bytes of a column chunk and how many values it should hold. Out: whether its page headers
//! claim no more than that. A damaged header can claim 2⁶⁰ values, and a decoder that reserves memory
//! for them ends the process, which no guard can catch. Source: Apache Parquet format, `PageHeader`;
//! Apache Thrift compact protocol.

/// How deep structures may lie in each other; page headers need four.
const DEPTH: usize = 8;
/// A compressed page cannot hold more than this many times its size, so claims beyond it are damage.
const EXPANSION: i64 = 1 << 20;

/// What one page header claims.
#[derive(Clone, Copy, Debug, Default)]
struct Claim {
    uncompressed: i64,
    compressed: i64,
    values: i64,
    dictionary: bool,
}

/// Whether the pages of a column chunk fit their claims.
pub(super) fn fit(chunk: &[u8], values: i64) -> bool {
    let mut rest = chunk;
    let mut left = values;
    while !rest.is_empty() && left > 0 {
        let mut header = Header { rest };
        let mut claim = Claim::default();
        if header.structure(&mut claim, 0, 0).is_none() {
            return false;
        }
        let Ok(size) = usize::try_from(claim.compressed) else {
            return false;
        };
        let Some(after) = header.rest.get(size..) else {
            return false;
        };
        let expands = claim.uncompressed > claim.compressed.saturating_add(1).saturating_mul(EXPANSION);
        // every value of a dictionary takes a byte or more
        let most = if claim.dictionary { claim.uncompressed } else { left };
        if claim.uncompressed < 0 || expands || !(0..=most).contains(&claim.values) {
            return false;
        }
        left -= if claim.dictionary { 0 } else { claim.values };
        rest = after;
    }
    true
}

/// Reads the compact protocol.
struct Header<'b> {
    rest: &'b [u8],
}

impl Header<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Reads a structure. `parent` is the field of the page header it stands in, 0 for the header.
    fn structure(&mut self, claim: &mut Claim, parent: i64, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            let step = i64::from(head >> 4);
            field = if step == 0 { self.signed()? } else { field + step };
            match (head & 15, parent) {
                (5 | 6, 0) => match (field, self.signed()?) {
                    (2, size) => claim.uncompressed = size,
                    (3, size) => claim.compressed = size,
                    _ => {}
                },
                // data page, dictionary page and second version of the data page: values come first
                (5, 5 | 7 | 8) if depth == 1 => {
                    let number = self.signed()?;
                    if field == 1 {
                        claim.values = number;
                        claim.dictionary = parent == 7;
                    }
                }
                (kind, _) => {
                    self.value(kind, claim, if parent == 0 { field } else { -1 }, depth)?;
                }
            }
        }
    }

    fn value(&mut self, kind: u8, claim: &mut Claim, field: i64, depth: usize) -> Option<()> {
        match kind {
            1 | 2 => Some(()),
            3 => self.skip(1),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.skip(8),
            8 => {
                let length = self.unsigned()?;
                self.skip(length)
            }
            12 => self.structure(claim, field, depth + 1),
            // page headers have no lists, sets or maps
            _ => None,
        }
    }
}
