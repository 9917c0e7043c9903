//! How phone numbers are written.
//!
//! In: groups of digits in a text. Out: how many of them are one phone number. It has a country code, an area code that begins
//! with 0, a word such as `call` beside it, or groups that are those of one country and of nothing else.

use super::{FEWEST, is_announced};
use crate::ingest::aliases::fold;
use std::ops::Range;

/// How many groups, from the first on, are a phone number.
pub(super) fn phone(bytes: &[u8], run: &[Range<usize>]) -> Option<usize> {
    let first = run.first()?.clone();
    let plus = first.start > 0 && bytes[first.start - 1] == b'+';
    let start = |digits: &[u8]| bytes[first.clone()].starts_with(digits);
    let digits = |count: usize| run[..count].iter().map(Range::len).sum::<usize>();
    let longest = |fits: &dyn Fn(usize) -> bool| (1..=run.len()).rev().find(|&count| fits(digits(count)));
    if ONE_PIECE.contains(&first.len()) && is_called(bytes, &first) {
        return Some(1);
    }
    if plus {
        return longest(&|digits| (FEWEST..=15).contains(&digits));
    }
    if start(b"00") {
        return longest(&|digits| (10..=17).contains(&digits));
    }
    if start(b"0") {
        // the zero set apart
        if let [1, 2..=5, 6..=8] = run.iter().take(3).map(Range::len).collect::<Vec<_>>().as_slice() {
            return Some(3).filter(|_| (10..=12).contains(&digits(3)));
        }
        // mobile phones of Germany have one digit more, and a three behind the zero and the one
        let is_mobile = |length: usize| length == 12 && [b"015", b"016", b"017"].iter().any(|mobile| start(*mobile));
        // an area code, or a number in one piece
        let area = (2..=6).contains(&first.len());
        return longest(&|digits| (9..=12).contains(&digits)).filter(|&count| {
            if count == 1 { (10..=11).contains(&first.len()) || is_mobile(first.len()) } else { area }
        });
    }
    grouped(bytes, run)
}

/// Numbers without country code or a leading zero, told by their groups.
fn grouped(bytes: &[u8], run: &[Range<usize>]) -> Option<usize> {
    let lengths: Vec<usize> = run.iter().map(Range::len).collect();
    let digit = |group: usize| bytes[run[group].start];
    let country = usize::from(lengths[0] == 1 && digit(0) == b'1');
    let america = lengths[country..].starts_with(&[3, 3, 4]) && (0..2).all(|group| digit(country + group) >= b'2');
    if america && !is_load(bytes, &run[country..country + 3]) {
        return Some(country + 3);
    }
    // mobile phones of Britain and Germany with their country codes
    let second = |starts: &[&[u8]]| {
        run.get(1).is_some_and(|group| starts.iter().any(|start| bytes[group.clone()].starts_with(start)))
    };
    match (&bytes[run[0].clone()], lengths.as_slice()) {
        (b"44", [2, 4, 6, ..]) if second(&[b"7"]) => return Some(3),
        (b"44", [2, 10, ..]) if second(&[b"7"]) => return Some(2),
        (b"49", [2, 3, 7 | 8, ..]) if second(&[b"15", b"16", b"17"]) => return Some(3),
        (b"49", [2, 10 | 11, ..]) if second(&[b"15", b"16", b"17"]) => return Some(2),
        _ => {}
    }
    let spain: [&[usize]; 3] = [&[3, 3, 3], &[3, 2, 2, 2], &[2, 3, 2, 2]];
    let known = spain.iter().find(|groups| lengths.starts_with(groups) && matches!(digit(0), b'6'..=b'9'))?;
    (!is_size(bytes, &run[..known.len()])).then_some(known.len())
}

/// Words beside a phone number, in four languages.
const CALLS: [&[u8]; 24] = [
    b"tel",
    b"telefon",
    b"telefono",
    b"telephone",
    b"telefonnummer",
    b"rufnummer",
    b"phone",
    b"call",
    b"calls",
    b"called",
    b"calling",
    b"whatsapp",
    b"sms",
    b"fax",
    b"mobile",
    b"mobil",
    b"handy",
    b"movil",
    b"llama",
    b"llamar",
    b"appel",
    b"appeler",
    b"anrufen",
    b"anruf",
];

/// Digits of a phone number in one piece, which only a word beside it tells from an article's.
const ONE_PIECE: std::ops::RangeInclusive<usize> = 9..=13;
/// More words of calls, without accents, that stand beside a number in one piece.
const CALLS_BESIDE: [&str; 12] = [
    "fon",
    "mobilnummer",
    "handynummer",
    "phonenumber",
    "cell",
    "cellphone",
    "portable",
    "ring",
    "celular",
    "telefonieren",
    "wa",
    "viber",
];
/// What may stand between such a word and the number.
const BETWEEN: [&str; 22] = [
    "number", "nummer", "num", "no", "nr", "me", "us", "at", "on", "is", "le", "la", "el", "al", "au", "a", "unter",
    "ist", "mich", "es", "n", "by",
];

/// Whether the word before a number, or behind it, is one of calls: `call me on 491711234567`, `6031234567 whatsapp`.
fn is_called(bytes: &[u8], number: &Range<usize>) -> bool {
    let words = |part: &[u8]| -> Vec<String> {
        let folded = fold(&String::from_utf8_lossy(part));
        folded
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let is_call =
        |word: &String| CALLS.iter().any(|call| call == &word.as_bytes()) || CALLS_BESIDE[..].contains(&word.as_str());
    let before = words(&bytes[..number.start]);
    let said = before.iter().rev().find(|word| !BETWEEN.contains(&word.as_str()));
    said.is_some_and(is_call) || words(&bytes[number.end..]).first().is_some_and(is_call)
}

/// Whether three groups that are written as a phone number of America are sides of a thing: multiples of ten between spaces, beside words
/// of which none is one of calls: `600 800 1200 pallet`.
fn is_load(bytes: &[u8], run: &[Range<usize>]) -> bool {
    let spaced = run.windows(2).all(|pair| &bytes[pair[0].end..pair[1].start] == b" ");
    let round = run.iter().all(|group| bytes[group.end - 1] == b'0');
    let mut words = bytes.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()).peekable();
    let has_words = words.peek().is_some();
    spaced && round && has_words && !words.any(|word| CALLS.iter().any(|call| word.eq_ignore_ascii_case(call)))
}

/// Whether three groups of three digits, or other groups of Spain's, are the sides of a thing: `815 405 905`, `615 405 905 mm`.
///
/// Sides are written as Spain writes phone numbers, so what stands around them decides. A word of calls makes it a phone number, a unit a size.
/// Without either, numbers that begin with 8 are sizes, as hardly any phone has them; so are three multiples of ten, and three
/// of five beside other words, which one phone number of 125 is. Nine digits alone are a phone number that
/// somebody looks up.
fn is_size(bytes: &[u8], run: &[Range<usize>]) -> bool {
    const UNITS: [&[u8]; 5] = [b"mm", b"cm", b"zoll", b"inch", b"in"];
    let behind = run.last().map_or(&[][..], |last| &bytes[last.end..]).trim_ascii_start();
    let unit = behind.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    if UNITS.iter().any(|known| unit.eq_ignore_ascii_case(known)) {
        return true;
    }
    // `tel 650 400 300`
    let mut words = bytes.split(|byte| !byte.is_ascii_alphabetic());
    let is_called = run.first().is_some_and(|first| is_announced(&bytes[..first.start]))
        || words.any(|word| CALLS.iter().any(|call| word.eq_ignore_ascii_case(call)));
    if is_called || run.len() != 3 || run.iter().any(|group| group.len() != 3) {
        return false;
    }
    let ends = |digits: &[u8]| run.iter().all(|group| digits.contains(&bytes[group.end - 1]));
    let is_alone = !bytes.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    bytes[run[0].start] == b'8' || ends(b"0") || (!is_alone && ends(b"05"))
}
