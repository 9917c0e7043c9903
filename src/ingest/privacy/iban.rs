//! Numbers of bank accounts among the words of a text.
//!
//! In: a text that people typed. Out: the text with each number masked, written in one piece or in groups, in capitals or not.
//! Country, length and check digits decide (ISO 13616, ISO 7064 MOD 97-10): of texts that fit otherwise one in 97 is a number of
//! something else.

use super::mask::MASKED;
use std::borrow::Cow;

/// Digits of a number that may stand in small letters, at least: a code of an article may fit by chance.
const DIGITS: usize = 10;
/// Letters and digits of a number by country, as SWIFT's registry has them.
const LENGTHS: [(&[u8; 2], usize); 78] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"ST", 25),
    (b"SV", 28),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"XK", 20),
];

/// Masks them; borrows where there is none.
pub(super) fn mask_accounts(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < DIGITS {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        let begins = at == 0 || !is_of_word(bytes[at - 1]);
        match begins.then(|| end_of(bytes, at)).flatten() {
            Some(end) => {
                masked.push_str(&text[copied..at]);
                masked.push_str(MASKED);
                (copied, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// Whether the check digits of a number are right; `bare`: its letters, as capitals, and digits alone.
pub(super) fn is_right(bare: &[u8]) -> bool {
    let moved = bare[4..].iter().chain(&bare[..4]);
    let remainder = moved.fold(0_u32, |remainder, &byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        letter => (remainder * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    remainder == 1
}

/// Letters beyond ASCII belong to words, too.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Where the number ends that begins here.
fn end_of(bytes: &[u8], start: usize) -> Option<usize> {
    let head = bytes.get(start..start + 2)?;
    let country = [head[0].to_ascii_uppercase(), head[1].to_ascii_uppercase()];
    let (_, length) = LENGTHS.iter().find(|(known, _)| **known == country)?;
    let mut bare = Vec::with_capacity(*length);
    let mut at = start;
    while bare.len() < *length {
        let byte = *bytes.get(at)?;
        if byte.is_ascii_alphanumeric() {
            bare.push(byte.to_ascii_uppercase());
        } else if !matches!(byte, b' ' | b'-' | b'.' | b'_')
            || matches!(bytes.get(at..at + 3), Some([a, b, c]) if a == b && b == c)
        {
            return None;
        }
        at += 1;
    }
    let ends = bytes.get(at).is_none_or(|&byte| !is_of_word(byte));
    let digits = bare.iter().filter(|byte| byte.is_ascii_digit()).count();
    let checked = bare[2].is_ascii_digit() && bare[3].is_ascii_digit();
    (ends && checked && digits >= DIGITS && is_right(&bare)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::mask_accounts;

    #[test]
    fn accounts_are_masked_however_they_are_written() {
        // the examples of SWIFT's registry
        for account in [
            "DE89 3704 0044 0532 0130 00",
            "GB29 NWBK 6016 1331 9268 19",
            "FR14 2004 1010 0505 0001 3M02 606",
            "ES91 2100 0418 4502 0005 1332",
            "IT60 X054 2811 1010 0000 0123 456",
            "NL91 ABNA 0417 1643 00",
            "AT61 1904 3002 3457 3201",
            "CH93 0076 2011 6238 5295 7",
            "BE68 5390 0754 7034",
            "PL61 1090 1014 0000 0712 1981 2874",
            "NO93 8601 1117 947",
            "IE29 AIBK 9311 5212 3456 78",
            "PT50 0002 0123 1234 5678 9015 4",
            "SE45 5000 0000 0583 9825 7466",
        ] {
            let written =
                [account.to_owned(), account.replace(' ', ""), account.replace(' ', "-"), account.replacen(' ', "", 2)];
            for text in written.iter().flat_map(|text| [text.clone(), text.to_lowercase()]) {
                assert_eq!(mask_accounts(&text), "(masked)", "{text}");
                assert_eq!(
                    mask_accounts(&format!("\u{fc}ber {text} \u{fc}berweisung")),
                    "\u{fc}ber (masked) \u{fc}berweisung"
                );
                // another digit, one digit more, one less
                let last = if text.ends_with('0') { '1' } else { '0' };
                let other = format!("{}{last}", &text[..text.len() - 1]);
                for text in [other, format!("{text}1"), text[..text.len() - 1].to_owned(), format!("a{text}")] {
                    assert_eq!(mask_accounts(&text), text);
                }
            }
        }
        assert_eq!(
            mask_accounts("iban:de89 3704 0044 0532 0130 00, gb29nwbk60161331926819"),
            "iban:(masked), (masked)"
        );
    }

    #[test]
    fn sizes_and_parts_stay() {
        for text in [
            "de 89 3704 0044",
            "no 12 bolt 100 200 300",
            "es 2100 0418 4502 0005 1332 1",
            "it equipment 1000 2000 3000 4000 500",
            "se 2026 10 12 14 16 18 20 22 24 26",
            "fr4 pcb 1600 1200 1000 800 600 400 20",
            "de89 3704 0044 0532 0130 01",
        ] {
            assert_eq!(mask_accounts(text), text);
        }
    }
}
