//! Texts that are somebody's by their shape: addresses of machines, ids of clicks, hashes, bank accounts.
//!
//! In: a text without spaces at its ends. Out: whether it is one of them. Addresses that every home has (the router's,
//! the machine's own) are nobody's.

use std::net::IpAddr;

/// Beginnings of the ids that advertising platforms give to clicks.
const CLICK_IDS: [&str; 9] = ["Cj0KC", "CjwKC", "CjsKC", "ClMKC", "EAIaIQ", "EAMaIQ", "IwAR", "IwZXh0", "0AAAA"];
/// Shortest click id, bytes.
const CLICK_ID: usize = 20;
/// Lengths of hashes in hexadecimal digits: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
const HASHES: [usize; 6] = [32, 40, 56, 64, 96, 128];
/// Digits of a bank account in small letters, at least: a code of an article may fit by chance.
const SMALL_DIGITS: usize = 10;
/// Where the dashes of a UUID stand (RFC 9562).
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// Whether a text is the address of somebody's machine.
pub(super) fn is_address(text: &str) -> bool {
    match text.parse() {
        Ok(IpAddr::V4(address)) => {
            let own = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
            let router = address.is_private() && matches!(address.octets()[3], 0 | 1 | 138 | 254);
            // servers of names that people search for
            let known = matches!(address.octets(), [8, 8, 8, 8] | [8, 8, 4, 4] | [1, 1, 1, 1] | [1, 0, 0, 1]);
            !own && !router && !known
        }
        Ok(IpAddr::V6(address)) => !address.is_loopback() && !address.is_unspecified(),
        Err(_) => false,
    }
}

/// Whether a text is the id of a click.
pub(super) fn is_click_id(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // logs and lists are often in small letters
    let begins = |id: &str| text.get(..id.len()).is_some_and(|head| head.eq_ignore_ascii_case(id));
    // a length of which the reader knows nothing stands third in all of Google's
    let google = matches!(text.as_bytes(), [b'C', b'h'..=b'n', _, b'K', b'C', ..]);
    text.len() >= CLICK_ID && letters && (google || CLICK_IDS.iter().any(|id| begins(id)))
}

/// Whether a text is a UUID or a hash: hexadecimal digits of such a length, with both letters and digits among them.
pub(super) fn is_hash(text: &str) -> bool {
    let bytes = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text).as_bytes();
    let both = || bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    if bytes.len() == 36 {
        let fits =
            |(at, byte): (usize, &u8)| if DASHES.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
        return bytes.iter().enumerate().all(fits) && both();
    }
    if HASHES.contains(&bytes.len()) {
        return bytes.iter().all(u8::is_ascii_hexdigit) && both();
    }
    // SHA-256 in base 64
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    bytes.len() == 44 && bytes[43] == b'=' && bytes[..43].iter().all(base64) && both()
}

/// Whether a text is the number of a bank account: two letters, two check digits, and the rest of ISO 13616.
pub(super) fn is_iban(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if small && (digits < SMALL_DIGITS || text.bytes().any(|byte| byte.is_ascii_uppercase())) {
        return false;
    }
    let bare: Vec<u8> = text.bytes().filter(|&byte| byte != b' ').map(|byte| byte.to_ascii_uppercase()).collect();
    let [a, b, c, d, rest @ ..] = bare.as_slice() else { return false };
    let head = a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit();
    if !head
        || !(11..=30).contains(&rest.len())
        || !rest.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    {
        return false;
    }
    super::iban::is_right(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_hide_nothing() {
        assert!(is_click_id("cjwkcajwabc_defghijklmnopqrstuvwxyz0123") && is_click_id("CjwKCAjw-example-example"));
        assert!(!is_click_id("cjwkc") && !is_click_id("some other words of a term"));
        assert!(is_iban("gb82west12345698765432") && is_iban("GB82WEST12345698765432"));
        assert!(!is_iban("gb82west12345698765433") && !is_iban("Gb82west12345698765432"));
    }

    #[test]
    fn addresses_of_every_home_are_nobodys() {
        for text in ["83.149.9.216", "10.1.2.3", "2001:db8::ff00:42:8329"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["192.168.1.1", "192.168.178.1", "127.0.0.1", "8.8.8.8", "::1", "1.2.3", "999.1.1.1"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
