//! Words of a text that are somebody's by their shape: addresses of machines, ids of clicks, hashes, bank accounts.
//!
//! In: a text that people typed. Out: the text with each of them replaced, also where it is the value of a web address's
//! parameter (`gclid=…`).

use super::mask::MASKED;
use super::secret;
use std::borrow::Cow;
use std::ops::Range;

/// Names of the ids that platforms add to web addresses.
const ID_NAMES: [&str; 12] = [
    "gclid",
    "wbraid",
    "gbraid",
    "fbclid",
    "msclkid",
    "dclid",
    "ttclid",
    "twclid",
    "yclid",
    "li_fat_id",
    "_ga",
    "client_id",
];
/// Of these the ones that are never a name of something else.
const CLICKS: std::ops::Range<usize> = 0..9;
/// Shortest word that can be somebody's, bytes: `1.2.3.4`.
const SHORTEST: usize = 7;
/// Shortest value of a parameter that is.
const VALUE: usize = 6;
/// Shortest id of a click in a web address.
const CLICK: usize = 10;

/// Whether a web address carries the id of a click: `?gclid=…` with a value, and no pattern such as `{gclid}` for one.
pub(super) fn has_click_id(text: &str) -> bool {
    text.contains('=')
        && text.split(is_apart).filter_map(|word| word.split_once('=')).any(|(name, value)| {
            let id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%');
            value.len() >= CLICK
                && value.bytes().all(id)
                && value.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
                && ID_NAMES[CLICKS].iter().any(|known| name.eq_ignore_ascii_case(known))
        })
}

/// Masks them; borrows where there is none.
pub(super) fn mask_words(text: &str) -> Cow<'_, str> {
    // most terms have none of these
    if text.len() < SHORTEST
        || !text.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'=' | b':' | b'_' | b'-'))
    {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let (mut copied, mut from) = (0, 0);
    while from < text.len() {
        let length = text[from..].find(is_apart).unwrap_or(text.len() - from);
        if let Some(own) = secret_in(&text[from..from + length]) {
            masked.push_str(&text[copied..from + own.start]);
            masked.push_str(MASKED);
            copied = from + own.end;
        }
        from += length + text[from + length..].chars().next().map_or(0, char::len_utf8);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

fn is_apart(letter: char) -> bool {
    let mark =
        matches!(letter, '?' | '&' | '/' | '"' | '\'' | '(' | ')' | '[' | ']' | ',' | ';' | '<' | '>' | '|' | '#');
    letter.is_whitespace() || mark
}

/// The part of a word that is somebody's.
fn secret_in(word: &str) -> Option<Range<usize>> {
    if word.len() < SHORTEST {
        return None;
    }
    let start = word.find('=').map_or(0, |at| at + 1);
    let name = word[..start].trim_end_matches('=');
    if word.len() - start >= VALUE && ID_NAMES.iter().any(|id| name.eq_ignore_ascii_case(id)) {
        return Some(start..word.len());
    }
    let is_mark = |letter: char| matches!(letter, '.' | ':' | '!' | '{' | '}' | '+' | '*');
    let end = word.trim_end_matches(is_mark).len();
    let first = word.len() - word[start..].trim_start_matches(is_mark).len();
    let bare = word.get(first..end)?;
    // a port may stand behind an address
    let host = bare.rsplit_once(':').filter(|(host, _)| host.contains('.')).map_or(bare, |(host, _)| host);
    let whole = secret::is_address(bare) || secret::is_click_id(bare) || secret::is_hash(bare) || secret::is_iban(bare);
    if whole { Some(first..end) } else { secret::is_address(host).then(|| first..first + host.len()) }
}

#[cfg(test)]
mod tests {
    use super::{has_click_id, mask_words};

    #[test]
    fn web_addresses_that_carry_a_click() {
        for id in ["gclid=EAIaIQobChMI-x_y", "wbraid=ClMKCAjwzZmwBhBIEiQA", "FBCLID=IwAR0abcdefgh"] {
            assert!(has_click_id(&format!("https://shop.example/a?utm=1&{id}#top")), "{id}");
        }
        assert!(has_click_id("msclkid=0123456789abcdef0123456789abcdef"));
        for text in ["{lpurl}?gclid={gclid}", "?gclid=", "?gclid=test", "?page=0123456789abcdef", "gclid 0123456789abc"]
        {
            assert!(!has_click_id(text), "{text}");
        }
    }

    #[test]
    fn secrets_among_words_are_masked() {
        for (text, masked) in [
            ("who is 83.149.9.216", "who is (masked)"),
            ("83.149.9.216:8080 login", "(masked):8080 login"),
            ("http://83.149.9.216/admin", "http://(masked)/admin"),
            ("ping 2001:db8::ff00:42:8329.", "ping (masked)."),
            ("shoes CjwKCAjw-example-example-xyz", "shoes (masked)"),
            ("shop?gclid=EAIaIQobChMI-x&utm=1", "shop?gclid=(masked)&utm=1"),
            ("msclkid=0123456789abc", "msclkid=(masked)"),
            ("find d41d8cd98f00b204e9800998ecf8427e", "find (masked)"),
            ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", "(masked)"),
            ("pay GB82WEST12345698765432", "pay (masked)"),
            ("\u{fc}ber 83.149.9.216\u{a0}x", "\u{fc}ber (masked)\u{a0}x"),
        ] {
            assert_eq!(mask_words(text), masked, "{text}");
        }
        for text in [
            "192.168.1.1 login",
            "8.8.8.8 dns",
            "version 1.2.3",
            "10:05:03",
            "2024-01-31",
            "a=b",
            "1.234.567",
            "size=100000",
            "cjwkc shoes",
            "=",
            "==:",
            "::::::::",
        ] {
            assert_eq!(mask_words(text), text);
        }
    }
}
