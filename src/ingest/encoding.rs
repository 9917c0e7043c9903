//! Bytes → text.
//!
//! In: the bytes of a text file. Out: its text without byte order mark, and the encoding: UTF-8 and UTF-16
//! with or without a mark, else Windows-1252. Text that is valid UTF-8 is borrowed, not copied. Bytes
//! that are damaged UTF-8 or UTF-16 are refused, as a guess would change terms.

use super::error::IngestError;
use super::file::line_feeds;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes looked at to tell UTF-16 without a mark.
const HEAD: usize = 4096;
/// Zeros in every other byte, at least, and one in so many bytes: numbers and separators stand between terms of any script.
const FEWEST: usize = 8;
const SHARE: usize = 40;
/// Bytes that Windows-1252 does not have.
const ABSENT: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// Text with the name of its encoding.
#[derive(Debug)]
pub(super) struct Decoded<'b> {
    pub text: Cow<'b, str>,
    /// `None` for UTF-8.
    pub encoding: Option<&'static str>,
}

/// Decodes a text file.
///
/// # Errors
/// Binary data, and text that is damaged.
pub(super) fn decode<'b>(name: &str, bytes: &'b [u8]) -> Result<Decoded<'b>, IngestError> {
    let (body, wide) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, Some(UTF_16LE)),
        [0xfe, 0xff, rest @ ..] => (rest, Some(UTF_16BE)),
        _ => (bytes.strip_prefix(MARK).unwrap_or(bytes), unmarked(bytes)),
    };
    if let Some(encoding) = wide {
        return utf16(name, bytes, body, encoding);
    }
    if memchr::memchr(0, body).is_some() {
        return Err(IngestError::NotATable { file: name.into(), looks_like: "binary data" });
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Decoded { text: Cow::Borrowed(text), encoding: None }),
        Err(error) => windows(name, body, error.valid_up_to(), bytes.len() - body.len()),
    }
}

/// UTF-16 without a mark: Latin letters, digits and separators have a zero in every other byte.
fn unmarked(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD) & !1];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // other scripts have zeros in neither byte, and a few characters have them in the other
    let telling =
        |zeros: usize, others: usize| zeros >= FEWEST && zeros > head.len() / SHARE && others < zeros.div_ceil(10);
    match (telling(odd, even), telling(even, odd)) {
        (true, _) => Some(UTF_16LE),
        (_, true) => Some(UTF_16BE),
        _ => None,
    }
}

fn utf16<'b>(
    name: &str,
    bytes: &[u8],
    body: &'b [u8],
    encoding: &'static Encoding,
) -> Result<Decoded<'b>, IngestError> {
    let (text, damaged) = encoding.decode_without_bom_handling(body);
    let label = if encoding == UTF_16LE { "UTF-16 (little-endian)" } else { "UTF-16 (big-endian)" };
    if damaged {
        let before = text.split('\u{fffd}').next().unwrap_or_default();
        let offset = bytes.len() - body.len() + 2 * before.encode_utf16().count();
        let line = line_feeds(before.as_bytes()) + 1;
        return Err(IngestError::Damaged { file: name.into(), offset: offset as u64, line, encoding: label });
    }
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(IngestError::NotATable { file: name.into(), looks_like: "binary data" });
    }
    Ok(Decoded { text, encoding: Some(label) })
}

/// Text that is not UTF-8. Where characters of several bytes come before the fault it is damaged UTF-8:
/// text in Windows-1252 hardly ever looks like them.
fn windows<'b>(name: &str, body: &'b [u8], fault: usize, mark: usize) -> Result<Decoded<'b>, IngestError> {
    let was_utf8 = mark > 0 || !body[..fault].is_ascii();
    let absent = body.iter().position(|byte| ABSENT.contains(byte));
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n' | 0x0c | 0x1a);
    if !was_utf8 && absent.is_none() && !body.iter().any(control) {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(body);
        return Ok(Decoded { text, encoding: Some("Windows-1252") });
    }
    let offset = if was_utf8 { fault } else { absent.unwrap_or(fault) };
    let line = line_feeds(&body[..offset]) + 1;
    let encoding = if was_utf8 { "UTF-8" } else { "text" };
    Err(IngestError::Damaged { file: name.into(), offset: (mark + offset) as u64, line, encoding })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Option<&'static str>) {
        let decoded = decode("a.csv", bytes).unwrap();
        (decoded.text.into_owned(), decoded.encoding)
    }

    fn wide(text: &str, little: bool, mark: bool) -> Vec<u8> {
        let order = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        let mark = if mark { vec![0xfeff_u16] } else { Vec::new() };
        mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[test]
    fn one_text_in_every_encoding() {
        let written = "Begriff\tKlicks\nb\u{fc}ro \u{1f600}\t3\n";
        assert_eq!(text(written.as_bytes()), (written.to_owned(), None));
        assert_eq!(text(&[MARK, written.as_bytes()].concat()), (written.to_owned(), None));
        for mark in [true, false] {
            assert_eq!(text(&wide(written, true, mark)), (written.to_owned(), Some("UTF-16 (little-endian)")));
            assert_eq!(text(&wide(written, false, mark)), (written.to_owned(), Some("UTF-16 (big-endian)")));
        }
        // hardly a Latin letter among them
        let russian = "\u{437}\u{430}\u{43f}\u{440}\u{43e}\u{441}\t\u{43a}\u{43b}\u{438}\u{43a}\u{438}\n".repeat(4)
            + "1\t2\n3\t4\n";
        for little in [true, false] {
            assert_eq!(text(&wide(&russian, little, false)).0, russian);
        }
        assert_eq!(text(b"m\xfcller \x80 5"), ("m\u{fc}ller \u{20ac} 5".to_owned(), Some("Windows-1252")));
    }

    #[test]
    fn damage_is_refused_where_it_is() {
        let mut cut = wide("ab\ncd", true, true);
        cut.pop();
        let error = decode("a.csv", &cut).unwrap_err();
        assert!(matches!(error, IngestError::Damaged { line: 2, offset: 10, .. }), "{error:?}");
        let error = decode("a.csv", b"b\xc3\xbcro\nm\xfcller").unwrap_err();
        assert!(matches!(error, IngestError::Damaged { line: 2, offset: 7, encoding: "UTF-8", .. }), "{error:?}");
        assert!(matches!(decode("a.csv", b"a\0b"), Err(IngestError::NotATable { .. })));
        assert!(matches!(decode("a.csv", b"a\xfcb\x01\x02"), Err(IngestError::Damaged { .. })));
    }
}
