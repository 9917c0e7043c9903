//! Numbers become text here and nowhere else in the report; names do in `names`.
//!
//! In: figures and names as the stages computed them. Out: text for people (thousands separators,
//! currency, a typographic minus) and for tables that machines read (plain decimals, no separators).
//! A figure that was not computed is a dash for people and an empty cell for machines, never 0.

mod money;
mod names;

pub(super) use money::Money;
pub(super) use names::{clean, name, shorten, whole_name, width};

/// What stands where a figure was not computed.
pub(super) const NONE: &str = "–";

/// An expected count: whole from 100 on, else three digits or so: `1,234`, `56.7`, `8.91`, `0.0456`.
pub(super) fn count(number: f64) -> String {
    let size = number.abs();
    // a billionth of a click is none
    let decimals = if !(1e-9..99.95).contains(&size) {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.1 {
        2
    } else {
        decimals_for(size, 2)
    };
    signed_digits(number, decimals, false)
}

/// An expected count, always with a sign.
pub(super) fn count_signed(number: f64) -> String {
    let text = count(number);
    if number > 0.0 && text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') {
        format!("+{text}")
    } else {
        text
    }
}

/// A count as it was observed: whole numbers without decimals, fractions with up to two.
pub(super) fn observed(number: f64) -> String {
    signed_digits(number, if number.fract() == 0.0 { 0 } else { 2 }, false)
}

/// A whole number with thousands separators.
pub(super) fn whole(number: usize) -> String {
    signed_digits(number as f64, 0, false)
}

/// A rate in percent with three digits: `2.34%`, `0.0123%`, `100%`.
pub(super) fn percent(ratio: f64) -> String {
    let scaled = 100.0 * ratio;
    let size = scaled.abs();
    let decimals = if size >= 99.95 || size == 0.0 { 0 } else { decimals_for(size, 3).min(6) };
    format!("{}%", signed_digits(scaled, decimals, false))
}

/// A share in percent with one decimal, as shares with errors want: `89.9%`, `0.5%`.
pub(super) fn percent_tenths(ratio: f64) -> String {
    format!("{}%", signed_digits(100.0 * ratio, 1, false))
}

/// A rate in percent for axes, without trailing zeros: `2.5%`, `10%`.
pub(super) fn percent_tick(ratio: f64) -> String {
    let mut text = signed_digits(100.0 * ratio, 6, false);
    trim_zeros(&mut text);
    text + "%"
}

/// A share in whole percent: `71%`; what rounds away is said: `<1%`, `>99%`.
pub(super) fn share(ratio: f64) -> String {
    if !ratio.is_finite() {
        NONE.to_owned()
    } else if ratio > 0.0 && ratio <= 0.005 {
        "<1%".to_owned()
    } else if (0.995..1.0).contains(&ratio) {
        ">99%".to_owned()
    } else {
        format!("{}%", signed_digits(100.0 * ratio, 0, false))
    }
}

/// A probability from a few hundred draws, in whole percent: never `0%` or `100%`, which no draws can show.
pub(super) fn probability(p: f64) -> String {
    if p.is_finite() { share(p.clamp(1e-9, 1.0 - 1e-9)) } else { NONE.to_owned() }
}

/// A relative change in percent, always with a sign: `+12.3%`, `−30.0%`, `+150%`.
pub(super) fn change(ratio: f64) -> String {
    let scaled = 100.0 * ratio;
    let decimals = usize::from(scaled.abs() < 99.95);
    if scaled.abs() < 0.05 { "0%".to_owned() } else { format!("{}%", signed_digits(scaled, decimals, true)) }
}

/// A ratio such as ROAS: two decimals.
pub(super) fn ratio(number: f64) -> String {
    signed_digits(number, if number.abs() >= 99.5 { 0 } else { 2 }, false)
}

/// A score or another ratio of which the third decimal counts.
pub(super) fn score(number: f64) -> String {
    signed_digits(number, 3, false)
}

/// A standard error, shown as its figure is; with more decimals where those would all be zeros.
pub(super) fn error(size: f64, show: fn(f64) -> String) -> String {
    let text = show(size);
    if size.is_nan() || size <= 0.0 || text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        text
    } else if text.ends_with('%') {
        format!("{}%", significant(100.0 * size, 1))
    } else {
        significant(size, 1)
    }
}

/// `digits` significant digits in plain notation; scientific only where plain would not fit a cell.
pub(super) fn significant(number: f64, digits: usize) -> String {
    let size = number.abs();
    if !number.is_finite() {
        NONE.to_owned()
    } else if size != 0.0 && !(1e-9..1e15).contains(&size) {
        format!("{number:.*e}", digits.saturating_sub(1)).replace('-', "−")
    } else {
        signed_digits(number, decimals_for(size, digits), false)
    }
}

/// As [`significant`], without trailing zeros.
pub(super) fn significant_trimmed(number: f64, digits: usize) -> String {
    let mut text = significant(number, digits);
    if !text.contains('e') {
        trim_zeros(&mut text);
    }
    text
}

/// For axes: `950`, `1.2k`, `3M`.
pub(super) fn compact(number: f64) -> String {
    let (scaled, unit) = match number.abs() {
        size if size >= 999.5e6 => (number / 1e9, "B"),
        size if size >= 999.5e3 => (number / 1e6, "M"),
        size if size >= 999.5 => (number / 1e3, "k"),
        _ => (number, ""),
    };
    let mut text = signed_digits(scaled, decimals_for(scaled.abs(), 3).min(8), false);
    trim_zeros(&mut text);
    text + unit
}

/// `one` or `many` after the number: `1 term`, `1,200 terms`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", whole(number), if number == 1 { one } else { many })
}

/// Words with a capital first letter, as a sentence begins.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The same words with a small first letter, as they go on after a colon.
pub(super) fn uncapital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A figure or the dash.
pub(super) fn or_none(figure: Option<f64>, show: impl Fn(f64) -> String) -> String {
    figure.filter(|figure| figure.is_finite()).map_or_else(|| NONE.to_owned(), show)
}

/// Decimals that give `digits` significant digits, 0 to 12.
pub(super) fn decimals_for(size: f64, digits: usize) -> usize {
    if size <= 0.0 || !size.is_finite() {
        return 0;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 0..=12
    let decimals = (digits as f64 - 1.0 - size.log10().floor()).clamp(0.0, 12.0) as usize;
    decimals
}

fn trim_zeros(text: &mut String) {
    if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
}

fn signed_digits(number: f64, decimals: usize, plus: bool) -> String {
    if !number.is_finite() {
        return NONE.to_owned();
    }
    let digits = grouped(number.abs(), decimals);
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = match (zero, number < 0.0, plus) {
        (true, _, _) | (false, false, false) => "",
        (false, true, _) => "−",
        (false, false, true) => "+",
    };
    format!("{sign}{digits}")
}

/// Decimals and thousands separators of a number that is not negative.
fn grouped(size: f64, decimals: usize) -> String {
    let plain = format!("{size:.decimals$}");
    let (integer, fraction) = plain.split_once('.').map_or((plain.as_str(), ""), |parts| parts);
    let mut text = String::with_capacity(plain.len() + integer.len() / 3 + 1);
    for (position, digit) in integer.chars().enumerate() {
        if position > 0 && (integer.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_counts_keep_three_digits() {
        assert_eq!(percent(0.023_4), "2.34%");
        assert_eq!(percent(0.000_012_3), "0.00123%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.0), "0%");
        assert_eq!(count(1234.4), "1,234");
        assert_eq!(count(56.74), "56.7");
        assert_eq!(count(0.0), "0");
        assert_eq!(count_signed(8.912), "+8.91");
        assert_eq!(count_signed(-8.912), "−8.91");
        assert_eq!(percent_tenths(0.899_4), "89.9%");
        assert_eq!(score(-1.21949), "−1.219");
        assert_eq!((error(0.004, score), error(0.000_43, score)), ("0.004".to_owned(), "0.0004".to_owned()));
        assert_eq!(error(0.000_2, percent_tenths), "0.02%");
        assert_eq!(share(0.999), ">99%");
        assert_eq!(share(0.001), "<1%");
        assert_eq!(change(0.3), "+30.0%");
        assert_eq!(change(-0.123), "−12.3%");
        assert_eq!(change(0.0001), "0%");
        assert_eq!(compact(999.0), "999");
        assert_eq!(percent_tick(0.150_000_000_000_000_02), "15%");
        assert_eq!(significant_trimmed(1.310, 4), "1.31");
        assert_eq!(compact(1_200_000.0), "1.2M");
        assert_eq!(significant(1e-12, 3), "1.00e−12");
    }
}
