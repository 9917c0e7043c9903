//! Numbers as people and spreadsheets write them.
//!
//! In: the text of one cell and the marks of its column. Out: the number, or the rule it breaks. Reads
//! `1234.5`, `1,234.50`, `1.234,50`, `1 234,5`, `1'234.5`, `12,34,567`, `$1,188`, `USD 5`, `12 %`. Never
//! guesses from one cell: `1.234` is 1234 in a column with decimal commas and 1.234 in one with decimal
//! points, and which it is the whole column has to show (see `evidence`).

use super::money;

/// What the cells of a column hold, which decides what may stand in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A count or an amount of money: a percent sign is refused.
    Amount,
    /// A ratio: `30%` is 0.3.
    Ratio,
}

/// What points and commas mean in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// `1,234.5`.
    Point,
    /// `1.234,5`.
    Comma,
    /// Not known yet: neither is read.
    Open,
}

/// What shares of the auctions are in where no sign says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Hundredths.
    Percent,
    /// None above 1.
    Ratio,
    /// Nothing is known of the column: above 1 it is in hundredths.
    ByValue,
}

/// What one number's marks say by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// No mark.
    Whole,
    /// The decimal mark is a point: `1.5`, `1,234.5`, `1,234,567`.
    Point,
    /// The decimal mark is a comma: `1,5`, `1.234,5`, `1.234.567`.
    Comma,
    /// `1.234`.
    EitherPoint,
    /// `1,234`.
    EitherComma,
    /// Not a number.
    Wrong,
}

/// The largest count or amount of one cell: sums of millions of such cells still add up exactly.
const LARGEST: f64 = 1e12;
/// Powers of ten that an `f64` holds exactly.
pub(super) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
const NO_NUMBER: &str = "is not a number";

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

/// What platforms print for "no value".
pub(super) const BLANKS: [&str; 7] = ["", "-", "--", "\u{2013}", "\u{2014}", "null", "NULL"];
/// What databases and data frames write for it.
const NULLS: [&str; 11] =
    ["\\N", "None", "(null)", "(NULL)", "(Null)", "<null>", "<NULL>", "<NA>", "Null", "nan", "NaN"];

/// Whether a cell holds nothing: empty, or one of the dashes and words that platforms print for "no value".
pub(super) fn is_blank(text: &str) -> bool {
    // most cells are longer and begin with a letter
    if text.len() > 4 && text.as_bytes()[0].is_ascii_alphanumeric() {
        return false;
    }
    let text = text.trim();
    text.len() <= 6 && (BLANKS.contains(&text) || NULLS.contains(&text))
}

/// Reads one number that must be finite and not negative.
///
/// # Errors
/// The rule broken.
pub(super) fn parse(text: &str, kind: Kind, marks: Marks) -> Result<f64, &'static str> {
    if let Some((value, pointed)) = plain(text.as_bytes())
        && (!pointed || marks == Marks::Point)
    {
        return check(value);
    }
    let parts = Parts::of(text);
    let value = read(parts.core, marks)?;
    let value = check(if parts.negative { -value } else { value })?;
    match (parts.percent, kind) {
        (false, _) => Ok(value),
        (true, Kind::Ratio) => Ok(value / 100.0),
        (true, Kind::Amount) => Err("is a percentage where a count or an amount is expected"),
    }
}

/// Reads a share of the auctions as lower and upper end: `< 10%` is 0 to 0.1, `> 90%` is 0.9 to 1, and so are the
/// numbers that platforms write for them, 0.0999 and 0.9001. What a number without a sign is in says `unit`.
///
/// # Errors
/// The rule broken.
pub(super) fn parse_share(text: &str, marks: Marks, unit: Unit) -> Result<(f64, f64), &'static str> {
    let text = text.trim();
    let number = |text: &str| match parse(text.trim(), Kind::Ratio, marks)? {
        value if text.contains('%') => share(value, Unit::Ratio),
        value => share(value, unit),
    };
    if let Some(most) = text.strip_prefix('<') {
        return Ok((0.0, number(most)?));
    }
    if let Some(least) = text.strip_prefix('>') {
        return Ok((number(least)?, 1.0));
    }
    Ok(censored(number(text)?))
}

/// Whether a text is a number above 1 without a sign, whatever its decimal mark.
pub(super) fn is_above_one(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['<', '>']).trim_start();
    text.replacen(',', ".", 1).parse().is_ok_and(|value: f64| value > 1.0)
}

/// The interval that a number stands for.
///
/// # Errors
/// The rule broken.
pub(super) fn ends_of_share(value: f64, unit: Unit) -> Result<(f64, f64), &'static str> {
    share(check(value)?, unit).map(censored)
}

/// The interval that a share stands for.
fn censored(value: f64) -> (f64, f64) {
    if (value - 0.0999).abs() < 1e-9 {
        (0.0, 0.1)
    } else if (value - 0.9001).abs() < 1e-9 {
        (0.9, 1.0)
    } else {
        (value, value)
    }
}

fn share(value: f64, unit: Unit) -> Result<f64, &'static str> {
    match (unit, value) {
        (Unit::Ratio | Unit::ByValue, 0.0..=1.0) => Ok(value),
        (Unit::Percent, 0.0..=100.0) | (Unit::ByValue, 1.0..=100.0) => Ok(value / 100.0),
        _ => Err(NO_SHARE),
    }
}

const NO_SHARE: &str = "is not a share between 0 and 1 (write 0.35 or 35%)";

/// What a cell's marks say by themselves; [`Shape::Wrong`] where it holds no number.
pub(super) fn shape_of(text: &str) -> Shape {
    let text = text.trim().trim_start_matches(['<', '>']);
    match plain(text.as_bytes()) {
        Some((_, false)) => Shape::Whole,
        _ => shape(Parts::of(text).core),
    }
}

/// A number without what stands around it.
struct Parts<'t> {
    core: &'t str,
    negative: bool,
    percent: bool,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Self {
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
        rest = money::strip(rest);
        if let Some(after) = rest.strip_prefix('-') {
            (rest, negative) = (after, true);
        }
        Self { core: rest, negative, percent }
    }
}

/// Digits with at most one point, the usual case, without any allocation or second look; also whether
/// there was a point.
fn plain(bytes: &[u8]) -> Option<(f64, bool)> {
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
    (mantissa < 1 << 53).then(|| (mantissa as f64 / POWERS[decimals.unwrap_or(0)], decimals.is_some()))
}

/// Reads digits with marks.
fn read(core: &str, marks: Marks) -> Result<f64, &'static str> {
    if matches!(core.to_ascii_lowercase().as_str(), "nan" | "inf" | "infinity") {
        return Err("must be a finite number");
    }
    let joined = join_groups(core);
    let text = joined.as_deref().unwrap_or(core);
    let comma = match (shape(text), marks) {
        (Shape::Wrong, _) => return Err(NO_NUMBER),
        (Shape::Whole, _) => false,
        (_, Marks::Open) => return Err("has a mark that may be a decimal mark or group thousands"),
        (Shape::Point, Marks::Comma) => return Err("has a decimal point, and the column has decimal commas"),
        (Shape::Comma, Marks::Point) => return Err("has a decimal comma, and the column has decimal points"),
        (_, Marks::Point) => false,
        (_, Marks::Comma) => true,
    };
    let plain = if comma { text.replace('.', "").replace(',', ".") } else { text.replace(',', "") };
    plain.parse().map_err(|_| NO_NUMBER)
}

/// Without the spaces and apostrophes that group thousands; `None` where there are none, or where they do not.
fn join_groups(core: &str) -> Option<String> {
    let is_space = |letter: char| matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}');
    if !core.contains(is_space) {
        return None;
    }
    let mut groups = core.split(is_space);
    let first = groups.next()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut joined = first.to_owned();
    let mut open = (1..=3).contains(&first.len()) && digits(first);
    for group in groups {
        let whole = group.find(['.', ',']).unwrap_or(group.len());
        if !open || whole != 3 || !digits(&group[..whole]) {
            return None;
        }
        open = whole == group.len();
        joined.push_str(group);
    }
    Some(joined)
}

/// What the marks of a number say.
fn shape(core: &str) -> Shape {
    let joined = join_groups(core);
    let text = joined.as_deref().unwrap_or(core);
    let (text, power) = match text.split_once(['e', 'E']) {
        Some((before, power)) => (before, Some(power.strip_prefix(['+', '-']).unwrap_or(power))),
        None => (text, None),
    };
    let digit = |byte: u8| byte.is_ascii_digit();
    let has_digit = text.bytes().any(digit) && power.is_none_or(|power| !power.is_empty() && power.bytes().all(digit));
    if !has_digit || !text.bytes().all(|byte| digit(byte) || byte == b'.' || byte == b',') {
        return Shape::Wrong;
    }
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let either = power.is_none() && text.len() > 4 && groups_thousands(text);
    match (points, commas) {
        (0, 0) => Shape::Whole,
        (1, 0) if either => Shape::EitherPoint,
        (0, 1) if either => Shape::EitherComma,
        (1, 0) => Shape::Point,
        (0, 1) => Shape::Comma,
        (_, 0) if groups_thousands(text) => Shape::Comma,
        (0, _) if groups_thousands(text) || groups_lakhs(text) => Shape::Point,
        _ => both(text),
    }
}

/// Points and commas: the last mark is the decimal one, and the others group.
fn both(text: &str) -> Shape {
    let Some(last) = text.rfind(['.', ',']) else { return Shape::Wrong };
    let (whole, mark) = (&text[..last], &text[last..=last]);
    let groups = !whole.contains(mark) && (groups_thousands(whole) || (mark == "." && groups_lakhs(whole)));
    match (groups, mark) {
        (true, ".") => Shape::Point,
        (true, _) => Shape::Comma,
        (false, _) => Shape::Wrong,
    }
}

/// Whether every mark closes a group of exactly three digits and the first group is not zero,
/// as in `1,234` and `12.345.678`; `0,125` is not. One kind of mark.
fn groups_thousands(text: &str) -> bool {
    let mut groups = text.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3)
        && !(text.contains('.') && text.contains(','))
}

/// Whether the commas group as in India: `12,34,567`.
fn groups_lakhs(text: &str) -> bool {
    let groups: Vec<&str> = text.split(',').collect();
    let Some((last, [first, middle @ ..])) = groups.split_last() else { return false };
    !text.contains('.')
        && last.len() == 3
        && (1..=2).contains(&first.len())
        && !first.starts_with('0')
        && middle.iter().all(|group| group.len() == 2)
}

#[cfg(test)]
mod tests;
