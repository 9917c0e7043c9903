//! Dates as exports write them.
//!
//! In: the text of one cell. Out: the day, or the rule it breaks. `2/1/2026` is refused because it
//! is the second of January to some and the first of February to others.

use crate::domain::Date;
use chrono::Datelike;

/// Years that an account can have data for; others are misreadings, and one such cell would stretch
/// the calendar over centuries.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A day as a number that sorts and subtracts: days since the beginning of year 1.
pub(super) fn number(date: Date) -> i32 {
    date.num_days_from_ce()
}

/// The date of a day number.
pub(super) fn date(number: i32) -> Option<Date> {
    Date::from_num_days_from_ce_opt(number)
}

/// Checks the year.
///
/// # Errors
/// The rule broken.
pub(super) fn check(date: Date) -> Result<Date, &'static str> {
    if YEARS.contains(&date.year()) { Ok(date) } else { Err("has a year outside 1990 to 2100") }
}

/// Reads `2024-01-31` (with or without a time), `2024/01/31`, `31.01.2024`, `31-Jan-21` and
/// `31-Jan-2021`.
///
/// # Errors
/// The rule broken.
pub(super) fn parse(text: &str) -> Result<Date, &'static str> {
    let text = text.trim();
    let day = text.split_once(['T', ' ']).filter(|(_, time)| is_time(time)).map_or(text, |(day, _)| day);
    let read = iso(day, '-').or_else(|| iso(day, '/')).or_else(|| german(day)).or_else(|| with_month_name(day));
    read.ok_or("is not a date").and_then(check)
}

fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.')
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let right = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

fn three(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = text.split(separator);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

fn ymd(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn iso(text: &str, separator: char) -> Option<Date> {
    let [year, month, day] = three(text, separator)?;
    ymd(digits(year, 4..=4)?, digits(month, 1..=2)?, digits(day, 1..=2)?)
}

fn german(text: &str) -> Option<Date> {
    let [day, month, year] = three(text, '.')?;
    ymd(digits(year, 4..=4)?, digits(month, 1..=2)?, digits(day, 1..=2)?)
}

fn with_month_name(text: &str) -> Option<Date> {
    let [day, month, year] = three(text, '-')?;
    let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name))?;
    let year = digits(year, 4..=4).or_else(|| Some(2000 + digits(year, 2..=2)?))?;
    ymd(year, u32::try_from(month).ok()? + 1, digits(day, 1..=2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_spelling_is_the_same_day() {
        for text in
            ["2021-05-03", "2021/05/03", "03.05.2021", "3.5.2021", "3-May-21", "03-MAY-2021", "2021-05-03T00:00:00"]
        {
            assert_eq!(parse(text), Ok(Date::from_ymd_opt(2021, 5, 3).unwrap()), "{text}");
        }
        assert_eq!(parse(" 2024-02-29 00:00:00.000 "), Ok(Date::from_ymd_opt(2024, 2, 29).unwrap()));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "2/1/2026", "2023-02-29", "20240131", "Err:509", "31-Mai-21", "2024-W05", "5-2021-05", "x-y-z"]
        {
            assert_eq!(parse(text), Err("is not a date"), "{text}");
        }
        assert_eq!(parse("0021-05-03"), Err("has a year outside 1990 to 2100"));
        assert_eq!(parse("9999-12-31"), Err("has a year outside 1990 to 2100"));
    }
}
