//! E-mail addresses, phone and card numbers, addresses of machines and ids of clicks inside a text.
//!
//! In: a text that people typed. Out: the text with each of them replaced by `(masked)`. Phone numbers are
//! told by how they are written: with a country code, with an area code that begins with 0, or grouped as in
//! North America or Spain. Digits in one piece without any of these are an article or an id and stay, unless
//! issuer, length and check digit (Luhn, US patent 2,950,048) are those of a card. A number that is spelled in
//! words passes, and an article number that is written like a phone number does not; neither does a version of four numbers,
//! which is written like an address.

mod phone;

use super::iban::mask_accounts;
use super::words::mask_words;
use phone::phone;
use std::borrow::Cow;
use std::ops::Range;

/// Digits of the last part of a phone number that an extension may touch: `1234x12`, at least.
const LINE: usize = 4;
/// What stands in the place of what was masked.
pub(super) const MASKED: &str = "(masked)";
/// Fewest digits of a phone number; shorter ones are prices, sizes and years.
const FEWEST: usize = 8;

/// Replaces every e-mail address, phone, card and account number, address of a machine and id of a click; borrows where there is none.
pub(in crate::ingest) fn mask(text: &str) -> Cow<'_, str> {
    let plain = plain(text);
    let steps: [fn(&str) -> Cow<'_, str>; 4] = [mask_emails, mask_words, mask_accounts, mask_numbers];
    let masked = steps.iter().fold(None, |masked: Option<String>, step| {
        let next = match step(masked.as_deref().unwrap_or(&plain)) {
            Cow::Owned(next) => Some(next),
            Cow::Borrowed(_) => None,
        };
        next.or(masked)
    });
    masked.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether a text is a card number and nothing else.
pub(super) fn is_card(text: &str) -> bool {
    let bytes = text.trim().as_bytes();
    let written = bytes.len() >= 14 && bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    written && {
        let groups = groups(bytes);
        groups.len() <= 6 && card(bytes, &groups).is_some_and(|count| count == groups.len())
    }
}

/// The text with the dashes, spaces, digits and at signs of other keyboards, and of addresses on the web, as plain ones.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains("%40") {
        return Cow::Borrowed(text);
    }
    let letter = |letter: char| match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => ' ',
        // full width
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    };
    Cow::Owned(text.replace("%40", "@").chars().map(letter).collect())
}

/// Whether there is an e-mail address in a text.
pub(super) fn has_email(text: &str) -> bool {
    matches!(mask_emails(&plain(text)), Cow::Owned(_))
}

/// Whether a text is one phone number and nothing else.
pub(super) fn is_phone(text: &str) -> bool {
    let groups = groups(text.as_bytes());
    groups.len() <= 6 && phone(text.as_bytes(), &groups).is_some_and(|count| count == groups.len())
}

fn mask_emails(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        // `jane @ example.com`: spaces on both sides, or on none
        let apart = before.ends_with(' ') && after.starts_with(' ');
        let space = |text: &str| if apart { text.bytes().take_while(|&byte| byte == b' ').count() } else { 0 };
        let behind = space(after);
        let local = local_length(before, apart);
        let domain = after[behind..].bytes().take_while(|&byte| is_domain(byte)).count();
        let name = after[behind..behind + domain].trim_end_matches(['.', '-']);
        let last = name.rsplit_once('.').map_or("", |(_, last)| last);
        let address =
            local > 0 && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
        let end = at + 1 + if address { behind + name.len() } else { 0 };
        if address {
            masked.push_str(&rest[..at - local]);
            masked.push_str(MASKED);
        } else {
            masked.push_str(&rest[..end]);
        }
        found |= address;
        rest = &rest[end..];
    }
    masked.push_str(rest);
    if found { Cow::Owned(masked) } else { Cow::Borrowed(text) }
}

/// Bytes of the name in front of the at sign; `apart`: whether spaces stand between.
fn local_length(before: &str, apart: bool) -> usize {
    let spaces = if apart { before.len() - before.trim_end_matches(' ').len() } else { 0 };
    let own = &before[..before.len() - spaces];
    let quoted = own.strip_suffix('"').and_then(|inside| Some(own.len() - inside.rfind('"')?));
    let plain = || {
        let length = own.bytes().rev().take_while(|&byte| is_local(byte)).count();
        // quotes around an address are none of its letters
        own[own.len() - length..].trim_start_matches('\'').len()
    };
    match quoted.unwrap_or_else(plain) {
        0 => 0,
        length => length + spaces,
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || !byte.is_ascii()
        || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'!' | b'#' | b'$' | b'*' | b'^' | b'~')
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'.' | b'-')
}

fn mask_numbers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < FEWEST {
        return Cow::Borrowed(text);
    }
    let groups = groups(bytes);
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < groups.len() {
        let run = &groups[at..at + joined(bytes, &groups[at..])];
        if is_date(bytes, run) {
            at += 3;
            continue;
        }
        let Some(count) = card(bytes, run).or_else(|| phone(bytes, run)) else {
            at += 1;
            continue;
        };
        masked.push_str(&text[copied..opening(bytes, run[0].start)]);
        masked.push_str(MASKED);
        copied = extended(text, run[count - 1].end);
        at += count;
        // the extension's digits are gone
        while groups.get(at).is_some_and(|group| group.start < copied) {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// Pieces of digits that no letter touches.
fn groups(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
        let touched = letter(at.checked_sub(1).and_then(|before| bytes.get(before))) && !is_announced(&bytes[..at]);
        let extended = length >= LINE && extension(&bytes[at + length..]).is_some();
        if !touched && (extended || !letter(bytes.get(at + length))) {
            groups.push(at..at + length);
        }
        at += length;
    }
    groups
}

/// Where the extension behind a phone number ends: `ext. 12`, `x12`, `Durchwahl 3`; as given without one.
fn extended(text: &str, end: usize) -> usize {
    extension(&text.as_bytes()[end..]).map_or(end, |length| end + length)
}

/// Bytes of the extension that a text begins with.
fn extension(text: &[u8]) -> Option<usize> {
    const WORDS: [&[u8]; 8] =
        [b"extension", b"ext", b"x", b"durchwahl", b"dw", b"poste", b"extensi\xc3\xb3n", b"anexo"];
    const DIGITS: std::ops::RangeInclusive<usize> = 1..=6;
    let between =
        |from: usize, marks: &[u8]| from + text[from..].iter().take_while(|byte| marks.contains(byte)).count();
    let start = between(0, b" ,;(-");
    let begins = |word: &&&[u8]| text[start..].get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let word = WORDS.iter().find(begins)?;
    let digits = between(start + word.len(), b" .:#");
    let count = text[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = digits + count;
    let goes_on = text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    (DIGITS.contains(&count) && !goes_on)
        .then(|| end + usize::from(text[..start].contains(&b'(') && text.get(end) == Some(&b')')))
}

/// Whether a text ends with a word that a number of a phone or card follows: `tel0171…`.
fn is_announced(before: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"tel", b"phone", b"fon", b"telefon", b"handy", b"mobil", b"mobile", b"card", b"karte"];
    let length = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &before[before.len() - length..];
    let starts = before.len() == length || before[before.len() - length - 1].is_ascii();
    starts && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether three groups are a date: `05.01.2026`, `2026-01-05`.
fn is_date(bytes: &[u8], run: &[Range<usize>]) -> bool {
    let [a, b, c, ..] = run else { return false };
    let number = |group: &Range<usize>| {
        bytes[group.clone()]
            .iter()
            .fold(0_u32, |number, &digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
    };
    let marks = [&bytes[a.end..b.start], &bytes[b.end..c.start]];
    let is_mark = marks[0] == marks[1] && matches!(marks[0], b"." | b"/" | b"-");
    let short = |group: &Range<usize>| group.len() <= 2 && (1..=31).contains(&number(group));
    let year = |group: &Range<usize>| group.len() == 4 && (1900..=2099).contains(&number(group));
    is_mark && short(b) && ((short(a) && year(c)) || (year(a) && short(c))) && (number(b) <= 12 || number(a) <= 12)
}

/// How many groups from the first on are written as one number.
fn joined(bytes: &[u8], groups: &[Range<usize>]) -> usize {
    /// More groups than any number is written in.
    const MOST: usize = 8;
    let between = |pair: &[Range<usize>]| &bytes[pair[0].end..pair[1].start];
    let apart = |pair: &[Range<usize>]| {
        let mark = between(pair);
        !matches!(
            mark,
            b" " | b"-" | b"." | b"/" | b"_" | b"  " | b" - " | b" / " | b") " | b")" | b" (" | b")-" | b"("
        )
    };
    let groups = &groups[..groups.len().min(MOST)];
    groups.windows(2).position(apart).map_or(groups.len(), |position| position + 1)
}

/// Where the number begins whose digits begin at `start`: a plus sign or a bracket belongs to it.
fn opening(bytes: &[u8], start: usize) -> usize {
    let signs = bytes[..start].iter().rev().take_while(|byte| matches!(byte, b'+' | b'(')).count();
    start - signs
}

/// How many groups, from the first on, are a card number.
fn card(bytes: &[u8], run: &[Range<usize>]) -> Option<usize> {
    (1..=run.len()).find(|&count| {
        let groups = &run[..count];
        let lengths: Vec<usize> = groups.iter().map(Range::len).collect();
        let digits: usize = lengths.iter().sum();
        let written = match lengths.as_slice() {
            [_] | [4, 6, 4 | 5] | [6, 10] | [8, 8] => true,
            [fours @ .., last] => fours.iter().all(|&length| length == 4) && *last <= 4,
            [] => false,
        };
        let number: Vec<u8> = groups.iter().flat_map(|group| &bytes[group.clone()]).map(|digit| digit - b'0').collect();
        (14..=19).contains(&digits) && written && is_issued(&number) && luhn(&number)
    })
}

/// Whether a card company issues numbers of this beginning and length.
fn is_issued(number: &[u8]) -> bool {
    let prefix = number.iter().take(6).fold(0_u32, |prefix, &digit| prefix * 10 + u32::from(digit));
    match number.len() {
        14 => matches!(prefix / 1000, 300..=305) || matches!(prefix / 10_000, 36 | 38 | 39),
        15 => matches!(prefix / 10_000, 34 | 37),
        16 => {
            matches!(prefix / 100_000, 4)
                || matches!(prefix / 10_000, 51..=55 | 62 | 65)
                || matches!(prefix / 1000, 644..=649)
                || matches!(prefix / 100, 2221..=2720 | 3528..=3589 | 6011)
                || matches!(prefix / 100, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
        }
        17..=19 => matches!(prefix / 10_000, 62) || (number.len() == 19 && matches!(prefix / 100_000, 4)),
        _ => false,
    }
}

fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            let doubled = u32::from(digit) * if place % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests;
