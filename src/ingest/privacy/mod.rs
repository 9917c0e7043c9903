//! Privacy at the door: columns and values that identify people, and what is masked inside texts.
//!
//! In: a column's name, a cell of a column that is not the term, or a text. Out: whether it identifies people,
//! or the masked text. It knows names and shapes, not people: a column of names under a harmless heading
//! passes, and a heading such as `Name` or `Campaign Name` is not taken for a person's.

mod account;
mod columns;
mod iban;
mod mask;
mod names;
mod persons;
mod secret;
mod words;

pub(super) use account::Accounts;
pub(super) use columns::{holds_versions, identifying, judged, may_be_account, may_be_vouched, may_count_people};
pub(super) use mask::mask;
pub(super) use persons::{Persons, may_name_people};

use std::borrow::Cow;

/// What columns of such numbers hold.
const CARD: &str = "a card number";
const PHONE: &str = "a phone number";
const CLICK: &str = "a click id";
/// Seconds since 1970 at which a browser can have got its id: 2005 to 2036.
const MOMENTS: std::ops::Range<u64> = 1_104_537_600..2_100_000_000;
/// Shortest text that can identify anybody, bytes.
const SHORTEST: usize = 6;

/// What columns of hashes hold: of people, or of the rows themselves.
pub(super) const HASH: &str = "a hash or an id of one person or device";

/// What the values of a column may be although they are written like somebody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Versions: four numbers with points are no addresses.
    pub versions: bool,
    /// Keys of rows, as the user says: hashes are nobody's.
    pub hashes: bool,
}

/// What of a person a cell of a column is that is not read.
pub(super) fn beside(cell: &str, allowed: Allowed) -> Option<&'static str> {
    found(cell, allowed).or_else(|| words::has_click_id(cell).then_some(CLICK))
}

/// What of a person a cell is, if anything. Not for terms: those are masked.
pub(super) fn personal(cell: &str) -> Option<&'static str> {
    found(cell, Allowed::default())
}

fn found(cell: &str, allowed: Allowed) -> Option<&'static str> {
    let text = cell.trim();
    if text.len() < SHORTEST {
        return None;
    }
    let count = |wanted: u8| text.bytes().fold(0_usize, |sum, byte| sum + usize::from(byte == wanted));
    if count(b'@') > 0 && mask::has_email(text) {
        Some("an e-mail address")
    } else if !(allowed.versions && count(b':') == 0)
        && (count(b'.') == 3 || count(b':') >= 2)
        && (secret::is_address(text) || is_address_with_port(text))
    {
        Some("an IP address")
    } else if text.starts_with(['+', '0', '(']) && is_dialed(text) {
        Some(PHONE)
    } else if secret::is_click_id(text) {
        Some(CLICK)
    } else if is_browser_id(text) || (!allowed.hashes && secret::is_hash(text)) {
        Some(HASH)
    } else if secret::is_iban(text) {
        Some("a bank account")
    } else if !text.bytes().all(|byte| byte.is_ascii_digit()) && mask::is_card(text) {
        Some(CARD)
    } else {
        None
    }
}

/// What a column holds of which every value is such a number; one of them alone may be an article's or an account's.
pub(super) fn numbered(cell: &str) -> Option<&'static str> {
    let text = cell.trim();
    if text.len() < SHORTEST {
        return None;
    }
    let dialed = || matches!(text.as_bytes()[0], b'+' | b'(' | b'0'..=b'9') && mask::is_phone(text);
    if mask::is_card(text) { Some(CARD) } else { dialed().then_some(PHONE) }
}

/// Whether a column of this name may hold the numbers of accounts, which are written as phones of North America are.
pub(super) fn numbers_accounts(column: &str) -> bool {
    const WORDS: [&str; 7] = ["account", "konto", "compte", "cuenta", "customerid", "kundennummer", "mcc"];
    let name = crate::ingest::aliases::normalize(column);
    may_be_account(column) || name == "cid" || WORDS.iter().any(|word| name.contains(word))
}

/// The same for a cell that is part of what identifies a term, such as a campaign: a name that only holds an address
/// among other words is masked instead.
pub(super) fn wholly_personal(cell: &str) -> Option<&'static str> {
    personal(cell).filter(|_| !mask::has_email(cell) || mask(cell.trim()) == mask::MASKED)
}

/// A cell as a message may show it: masked, wholly where it is somebody's.
pub(super) fn shown(cell: &str) -> Cow<'_, str> {
    if (personal(cell).is_some() || mask::is_card(cell)) && !mask::has_email(cell) {
        Cow::Borrowed(mask::MASKED)
    } else {
        mask(cell)
    }
}

/// `83.149.9.216:443`.
fn is_address_with_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.contains(':')
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && secret::is_address(host)
    })
}

/// What analytics keep in a browser: `GA1.2.1234567890.1234567890`, or the end of it alone, `fb.1.1554763741205.AbCd`.
fn is_browser_id(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(5, '.').collect();
    let number = |part: &str| part.len() >= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    // no number with decimals has so many digits
    let moment = |part: &str| part.len() == 10 && part.parse().is_ok_and(|moment| MOMENTS.contains(&moment));
    match parts.as_slice() {
        [client, second] => (9..=10).contains(&client.len()) && number(client) && moment(second),
        ["GA1" | "ga1", _, client, moment] => number(client) && number(moment),
        ["fb", _, moment, id, ..] => number(moment) && id.len() >= 6,
        _ => false,
    }
}

/// A phone number that could not be an article's or an account's: with a country code, or with an area code
/// set apart.
fn is_dialed(text: &str) -> bool {
    let inside = text.strip_prefix('(').unwrap_or(text);
    let apart = inside.bytes().any(|byte| matches!(byte, b' ' | b'-' | b'/' | b')'));
    mask::is_phone(text) && (apart || text.starts_with('+') || text.starts_with("00"))
}

#[cfg(test)]
mod tests {
    use super::{Allowed, HASH, beside, numbered, personal, shown, wholly_personal};

    #[test]
    fn values_that_identify_people() {
        for (cell, what) in [
            ("jane@example.com", "an e-mail address"),
            ("Jane Doe <jane@example.com>", "an e-mail address"),
            ("83.149.9.216", "an IP address"),
            ("2001:db8::ff00:42:8329", "an IP address"),
            ("+49 170 1234567", "a phone number"),
            ("030 1234567", "a phone number"),
            ("CjwKCAjw-example-example-example-xyz", "a click id"),
            ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", "a hash or an id of one person or device"),
            ("d41d8cd98f00b204e9800998ecf8427e", "a hash or an id of one person or device"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "a hash or an id of one person or device"),
            ("DE89 3704 0044 0532 0130 00", "a bank account"),
            ("GB82WEST12345698765432", "a bank account"),
            ("4111 1111 1111 1111", "a card number"),
            ("83.149.9.216:443", "an IP address"),
            ("GA1.2.1234567890.1234567890", "a hash or an id of one person or device"),
            ("fb.1.1554763741205.AbCdEfGhIj", "a hash or an id of one person or device"),
            ("1234567890.1785715200", "a hash or an id of one person or device"),
            ("ClMKCAjwzZmwBhBIEiQA", "a click id"),
            ("CjgKCQjwexample-example", "a click id"),
        ] {
            assert_eq!(personal(cell), Some(what), "{cell}");
        }
    }

    #[test]
    fn names_of_campaigns_are_masked_and_messages_show_nobody() {
        assert_eq!(wholly_personal("Newsletter info@example.com"), None);
        assert_eq!(wholly_personal(" info@example.com"), Some("an e-mail address"));
        assert_eq!(wholly_personal("83.149.9.216"), Some("an IP address"));
        for (cell, text) in [("83.149.9.216", "(masked)"), ("to a@b.org", "to (masked)"), ("1.8", "1.8")] {
            assert_eq!(shown(cell), text, "{cell}");
        }
    }

    #[test]
    fn what_may_stand_in_a_column_of_versions_or_keys() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        let (versions, hashes) = (Allowed { versions: true, hashes: false }, Allowed { versions: false, hashes: true });
        for (cell, allowed, what) in [
            ("4.12.0.1", versions, None),
            ("4.12.0.1", hashes, Some("an IP address")),
            ("2001:db8::ff00:42:8329", versions, Some("an IP address")),
            (md5, hashes, None),
            (md5, versions, Some(HASH)),
            ("jane@example.com", hashes, Some("an e-mail address")),
            ("GA1.2.1234567890.1234567890", hashes, Some(HASH)),
            ("https://a.example/?utm=1&gclid=EAIaIQobChMIabc", hashes, Some("a click id")),
        ] {
            assert_eq!(beside(cell, allowed), what, "{cell}");
        }
    }

    #[test]
    fn what_a_whole_column_of_them_shows() {
        for (cell, what) in [
            ("4111111111111111", Some("a card number")),
            ("01701234567", Some("a phone number")),
            ("555-234-5678", Some("a phone number")),
            ("(555) 234-5678", Some("a phone number")),
            ("612 345 678", Some("a phone number")),
            ("18422920519", None),
            ("0123", None),
            ("2024-01-31", None),
            ("4006381333931", None),
            ("0.0123456789", None),
        ] {
            assert_eq!(numbered(cell), what, "{cell}");
        }
    }

    #[test]
    fn values_of_aggregates() {
        for cell in [
            "",
            "1.8",
            "Brand | DE",
            "10:05:03",
            "2024-01-31",
            "1.234.567",
            "1.234.567.890",
            "123-456-7890",
            "523-456-7890",
            "18422920519",
            "@home",
            "0.0123456789",
            "0123456789",
            "campaign_2024_07",
            "+pool +software",
            // one of these may be an id; a column of them is judged as a whole
            "4111111111111111",
            "12345678901234567890123456789012",
            "DE89 3704 0044 0532 0130 01",
            "10.0.0.1.5",
            "1234567890.0785715200",
            "1234567.1785715200",
            "CjgKCQ",
            "Chicken-Recipes-For-Everybody",
            "abcdefabcdefabcdefabcdefabcdefab",
        ] {
            assert_eq!(personal(cell), None, "{cell}");
        }
    }
}
