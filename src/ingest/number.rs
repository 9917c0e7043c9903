//! Numbers as people and spreadsheets write them.
//!
//! In: the text of one cell. Out: the number, or the rule it breaks. Reads `1234.5`, `1,234.50`,
//! `$1,188`, `12 %`, ` 3 `. Never guesses: `4,88` and `0,125` may be decimal commas and are refused,
//! and so is every comma between digits in a file whose cells are separated by semicolons.

/// What the cells of a column hold, which decides what may stand in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A count or an amount of money: a percent sign is refused.
    Amount,
    /// A ratio: `30%` is 0.3.
    Ratio,
}

/// The largest count or amount of one cell: sums of millions of such cells still add up exactly.
const LARGEST: f64 = 1e12;
/// Powers of ten that an `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The rule that a count or amount keeps whatever its source: finite, not negative, not absurd.
///
/// # Errors
/// The rule broken.
pub(super) fn check(value: f64) -> Result<f64, &'static str> {
    if !value.is_finite() {
        Err("must be a finite number")
    } else if value < 0.0 {
        Err("must not be negative")
    } else if value > LARGEST {
        Err("is larger than 1e12")
    } else {
        Ok(value + 0.0) // -0 becomes 0
    }
}

/// Whether a cell holds nothing: empty, or one of the dashes that platforms print for "no value".
pub(super) fn is_blank(text: &str) -> bool {
    matches!(text.trim(), "" | "-" | "--" | "\u{2013}" | "\u{2014}")
}

/// Reads one number that must be finite and not negative. `comma` says whether commas may group
/// thousands in this file.
///
/// # Errors
/// The rule broken.
pub(super) fn parse(text: &str, kind: Kind, comma: bool) -> Result<f64, &'static str> {
    if let Some(value) = plain(text.as_bytes()) {
        return check(value);
    }
    let mut rest = text.trim();
    let mut percent = false;
    if let Some(before) = rest.strip_suffix('%') {
        (rest, percent) = (before.trim_end(), true);
    }
    let mut negative = false;
    if let Some(after) = rest.strip_prefix(['-', '\u{2212}']) {
        (rest, negative) = (after.trim_start(), true);
    } else if let Some(after) = rest.strip_prefix('+') {
        rest = after;
    }
    rest = rest.strip_prefix(SIGNS).or_else(|| rest.strip_suffix(SIGNS)).unwrap_or(rest).trim();
    if let Some(after) = rest.strip_prefix('-') {
        (rest, negative) = (after, true);
    }
    if rest.contains(',') && !(comma && groups_thousands(rest)) {
        let digits = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b'.');
        return Err(if digits { "has a comma that may be a decimal comma" } else { "is not a number" });
    }
    let value = if rest.contains(',') { read(&rest.replace(',', "")) } else { read(rest) }?;
    let value = check(if negative { -value } else { value })?;
    match (percent, kind) {
        (false, _) => Ok(value),
        (true, Kind::Ratio) => Ok(value / 100.0),
        (true, Kind::Amount) => Err("is a percentage where a count or an amount is expected"),
    }
}

/// Reads a share of the auctions as lower and upper end: `< 10%` is 0 to 0.1, `> 90%` is 0.9 to 1, and so are the
/// numbers that platforms write for them, 0.0999 and 0.9001. A number above 1 is in percent.
///
/// # Errors
/// The rule broken.
pub(super) fn parse_share(text: &str, comma: bool) -> Result<(f64, f64), &'static str> {
    let text = text.trim();
    let number = |text: &str| match parse(text.trim(), Kind::Ratio, comma)? {
        value if text.contains('%') && value > 1.0 => Err(NO_SHARE),
        value => share(value),
    };
    if let Some(most) = text.strip_prefix('<') {
        return Ok((0.0, number(most)?));
    }
    if let Some(least) = text.strip_prefix('>') {
        return Ok((number(least)?, 1.0));
    }
    ends_of_share(number(text)?)
}

/// The interval that a number stands for.
///
/// # Errors
/// The rule broken.
pub(super) fn ends_of_share(value: f64) -> Result<(f64, f64), &'static str> {
    let value = share(check(value)?)?;
    if (value - 0.0999).abs() < 1e-9 {
        Ok((0.0, 0.1))
    } else if (value - 0.9001).abs() < 1e-9 {
        Ok((0.9, 1.0))
    } else {
        Ok((value, value))
    }
}

fn share(value: f64) -> Result<f64, &'static str> {
    match value {
        0.0..=1.0 => Ok(value),
        1.0..=100.0 => Ok(value / 100.0),
        _ => Err(NO_SHARE),
    }
}

const NO_SHARE: &str = "is not a share between 0 and 1 (write 0.35 or 35%)";

const SIGNS: [char; 4] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}'];

/// Digits with at most one point, the usual case, without any allocation or second look.
fn plain(bytes: &[u8]) -> Option<f64> {
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut decimals = None;
    for &byte in bytes {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                decimals = decimals.map(|count: usize| count + 1);
            }
            b'.' if decimals.is_none() && bytes.len() > 1 => decimals = Some(0),
            _ => return None,
        }
    }
    // at most 16 bytes: with a point at most 15 digits, without one at most 16; both operands of
    // the division are exact below 2^53, so the quotient is the nearest f64
    (mantissa < 1 << 53).then(|| mantissa as f64 / POWERS[decimals.unwrap_or(0)])
}

/// Rust's own reader, less the words it knows (`inf`, `nan`, `infinity`).
fn read(text: &str) -> Result<f64, &'static str> {
    if matches!(text.to_ascii_lowercase().as_str(), "nan" | "inf" | "infinity") {
        return Err("must be a finite number");
    }
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !numeric {
        return Err("is not a number");
    }
    text.parse().map_err(|_| "is not a number")
}

/// Whether every comma closes a group of exactly three digits and the first group is not zero,
/// as in `1,234` and `12,345,678.90`; `0,125` is not.
fn groups_thousands(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = &text[whole.len()..];
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && digits(group))
        && !fraction.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Result<f64, &'static str> {
        parse(text, Kind::Amount, true)
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (text, value) in [
            ("0", 0.0),
            ("1234.5", 1234.5),
            ("1,234.50", 1234.5),
            ("$1,188", 1188.0),
            ("12 \u{20ac}", 12.0),
            ("\u{a3}3.20", 3.2),
            (" 7 ", 7.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-0", 0.0),
            ("12,345,678.9", 12_345_678.9),
            ("0.1", 0.1),
            ("9007199254.740993", 9_007_199_254.740_993),
        ] {
            assert_eq!(amount(text), Ok(value), "{text}");
        }
        assert_eq!(parse("30 %", Kind::Ratio, true), Ok(0.3));
    }

    #[test]
    fn shares_that_are_cut_off_are_intervals() {
        for (text, ends) in [
            ("45%", (0.45, 0.45)),
            ("0.45", (0.45, 0.45)),
            ("45", (0.45, 0.45)),
            ("< 10%", (0.0, 0.1)),
            ("> 90%", (0.9, 1.0)),
            ("0.0999", (0.0, 0.1)),
            ("0.9001", (0.9, 1.0)),
            ("100%", (1.0, 1.0)),
        ] {
            assert_eq!(parse_share(text, true), Ok(ends), "{text}");
        }
        assert!(parse_share("250%", true).is_err() && parse_share("-3%", true).is_err());
    }

    #[test]
    fn doubtful_numbers_are_refused() {
        for text in ["4,88", "0,125", "1,23,456", "1.234,50", "1234,567", ",123", "1,234,"] {
            assert_eq!(amount(text), Err("has a comma that may be a decimal comma"), "{text}");
        }
        for text in ["abc", "1 2", "1.2.3", "Err:509", "=1+2", ".", "e", "0x10", "$", "\u{ff11}"] {
            assert_eq!(amount(text), Err("is not a number"), "{text}");
        }
        for text in ["NaN", "inf", "-inf", "Infinity", "1e999"] {
            assert_eq!(amount(text), Err("must be a finite number"), "{text}");
        }
        for text in ["-1", "-$5", "$-5", "\u{2212}3"] {
            assert_eq!(amount(text), Err("must not be negative"), "{text}");
        }
        assert_eq!(amount("12%"), Err("is a percentage where a count or an amount is expected"));
        assert_eq!(amount("2e12"), Err("is larger than 1e12"));
        assert!(parse("1,188", Kind::Amount, false).is_err());
    }

    #[test]
    fn plain_numbers_equal_the_standard_reader() {
        for text in ["0.1", "123456.789", "99999999999999", "0.000000000001", "4503599627370.49", "8.07"] {
            assert_eq!(plain(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }
}
