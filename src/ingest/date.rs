//! Dates as exports write them.
//!
//! In: the text of one cell, and the order of day and month where the column has shown it. Out: the day, or
//! the rule it breaks. Without an order `2/1/2026` is refused: it is the second of January to some and the
//! first of February to others.

use super::aliases::fold;
use crate::domain::Date;
use chrono::Datelike;
use serde::{Deserialize, Serialize};

/// Years that an account can have data for; others are misreadings, and one such cell would stretch
/// the calendar over centuries.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
/// The numbers of their days, see [`number`].
const DAYS: std::ops::RangeInclusive<i32> = 726_468..=767_009;
/// English, German, French and Spanish names as [`fold`] leaves them.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "janner", "janvier", "janv", "enero", "ene"],
    &["feb", "february", "februar", "fevrier", "fevr", "fev", "febrero"],
    &["mar", "march", "marz", "mrz", "mars", "marzo"],
    &["apr", "april", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo"],
    &["jun", "june", "juni", "juin", "junio"],
    &["jul", "july", "juli", "juillet", "juil", "julio"],
    &["aug", "august", "aout", "agosto", "ago"],
    &["sep", "sept", "september", "septembre", "septiembre"],
    &["oct", "october", "okt", "oktober", "octobre", "octubre"],
    &["nov", "november", "novembre", "noviembre"],
    &["dec", "december", "dez", "dezember", "decembre", "diciembre", "dic"],
];
const AMBIGUOUS: &str = "may be day/month or month/day";
const OTHER_ORDER: &str = "is not a date in the order of the column's other dates";
const NO_DATE: &str = "is not a date";

/// Which of day and month comes first in `2/1/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// The second of January.
    DayFirst,
    /// The first of February.
    MonthFirst,
}

/// Three numbers divided by slashes or dashes, the year last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slashed {
    first: u32,
    second: u32,
    year: u32,
    /// Whether the year has two digits, and the first number as many, so that it may be the year.
    short: bool,
}

impl Slashed {
    /// Reads `2/1/2026`, `02-01-26` and the same with a time.
    pub(super) fn read(text: &str) -> Option<Self> {
        let day = without_time(text.trim());
        let [first, second, year] = three(day, '/').or_else(|| three(day, '-'))?;
        let short = first.len() == 2 && year.len() == 2;
        Some(Self { first: digits(first, 1..=2)?, second: digits(second, 1..=2)?, year: year_of(year)?, short })
    }

    /// The day if the year comes first, which only one of two digits can.
    pub(super) fn year_first(self) -> Option<Date> {
        if self.short { ymd(2000 + self.first, self.second, self.year - 2000) } else { None }
    }

    /// The first and the last number.
    pub(super) fn ends(self) -> (u32, u32) {
        (self.first, self.year)
    }

    /// The order, if only one is possible.
    pub(super) fn order(self) -> Option<DateOrder> {
        match (self.first > 12, self.second > 12) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// The day under an order.
    pub(super) fn date(self, order: DateOrder) -> Option<Date> {
        match order {
            DateOrder::DayFirst => ymd(self.year, self.second, self.first),
            DateOrder::MonthFirst => ymd(self.year, self.first, self.second),
        }
    }
}

impl std::fmt::Display for Slashed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self { first, second, year, short: true } => write!(out, "{first:02}/{second:02}/{:02}", year % 100),
            Self { first, second, year, .. } => write!(out, "{first}/{second}/{year}"),
        }
    }
}

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

/// The same for the number of a day, which is not taken apart.
///
/// # Errors
/// The rule broken.
pub(super) fn check_number(day: i32) -> Result<i32, &'static str> {
    if DAYS.contains(&day) { Ok(day) } else { date(day).ok_or("is not a date").and_then(check).map(number) }
}

/// Reads `2024-01-31`, `2024/01/31`, `2024.01.31`, `20240131`, `31.01.2024`, `KW 5 2024`, `31-Jan-21`, `January 31, 2024`,
/// `31. Januar 2024`, and under an order `1/31/2024`; each with or without a time.
///
/// # Errors
/// The rule broken.
pub(super) fn parse(text: &str, order: Option<DateOrder>) -> Result<Date, &'static str> {
    let text = text.trim();
    let day = without_time(text);
    let read = iso(day, '-')
        .or_else(|| iso(day, '/'))
        .or_else(|| iso(day, '.'))
        .or_else(|| compact(day))
        .or_else(|| dotted(day))
        .or_else(|| iso_week(day));
    if let Some(date) = read {
        return check(date);
    }
    if let Some(slashed) = Slashed::read(day) {
        let (by_day, by_month) = (slashed.date(DateOrder::DayFirst), slashed.date(DateOrder::MonthFirst));
        return match (order, by_day, by_month) {
            (_, None, None) => Err(NO_DATE),
            (Some(order), ..) => slashed.date(order).ok_or(OTHER_ORDER).and_then(check),
            (None, Some(date), None) | (None, None, Some(date)) => check(date),
            (None, Some(date), Some(same)) if date == same => check(date),
            (None, ..) => Err(AMBIGUOUS),
        };
    }
    Words::read(day).and_then(Words::date).ok_or(NO_DATE).and_then(check)
}

/// The date without a time of day behind it.
fn without_time(text: &str) -> &str {
    text.split_once(['T', ' ']).filter(|(_, time)| is_time(time)).map_or(text, |(day, _)| day)
}

fn is_time(text: &str) -> bool {
    let zones = ["Z", "UTC", "(GMT)", "GMT"];
    let zone = || zones.iter().find_map(|zone| text.strip_suffix(zone));
    // the day as it is written, wherever it was written
    let text = zone().or_else(|| without_offset(text)).unwrap_or(text).trim_end();
    let halves = ["AM", "PM", "am", "pm"];
    let text = halves.iter().find_map(|half| text.strip_suffix(half)).unwrap_or(text).trim_end();
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.')
}

/// Without `+02:00` or `-0500` at the end.
fn without_offset(text: &str) -> Option<&str> {
    let (time, offset) = text.rsplit_once(['+', '-'])?;
    let digits = offset.replace(':', "");
    (digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(time)
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let right = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

/// A year of four digits, or of two in this century.
fn year_of(text: &str) -> Option<u32> {
    digits(text, 4..=4).or_else(|| Some(2000 + digits(text, 2..=2)?))
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

/// Whether a text names an ISO week, so that its day is the first of seven.
pub(super) fn is_week(text: &str) -> bool {
    iso_week(without_time(text.trim())).is_some()
}

/// Whether a text is the number of a week, and does not tell of which year: `KW 6`, `Week 6`.
pub(super) fn is_week_without_year(text: &str) -> bool {
    let folded = fold(text);
    let (word, number) = folded.split_at(folded.find(|letter: char| letter.is_ascii_digit()).unwrap_or(folded.len()));
    let word = word.trim_end();
    (WEEKS.contains(&word) || word == "week") && digits(number.trim_end(), 1..=2).is_some()
}

/// What a week is called, as [`fold`] leaves it.
const WEEKS: [&str; 9] = ["w", "kw", "isoweek", "kalenderwoche", "woche", "semaine", "semana", "sem", "semanade"];

/// The Monday of an ISO week: `2026-W31`, `2026W31`, `KW 31 2026`, `Semaine 31, 2026`. `Week 31` alone is not one: in
/// English it may begin on a Sunday; neither is `S1 2026`, which is half a year in French.
fn iso_week(text: &str) -> Option<Date> {
    let folded = fold(text);
    let (mut word, mut year, mut week) = (String::new(), None, None);
    let parts = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    for part in parts {
        let mut rest = part;
        while !rest.is_empty() {
            let is_digit = rest.starts_with(|letter: char| letter.is_ascii_digit());
            let length = rest.find(|letter: char| letter.is_ascii_digit() != is_digit).unwrap_or(rest.len());
            let (piece, behind) = rest.split_at(length);
            rest = behind;
            if !is_digit {
                word.push_str(piece);
            } else if let Some(number) = digits(piece, 4..=4).filter(|_| year.is_none()) {
                year = Some(number);
            } else if let Some(number) = digits(piece, 1..=2).filter(|_| week.is_none()) {
                week = Some(number);
            } else {
                return None;
            }
        }
    }
    let year = year.filter(|_| WEEKS.contains(&word.as_str()))?;
    Date::from_isoywd_opt(i32::try_from(year).ok()?, week?, chrono::Weekday::Mon)
}

fn compact(text: &str) -> Option<Date> {
    digits(text, 8..=8)?;
    ymd(digits(&text[..4], 4..=4)?, digits(&text[4..6], 2..=2)?, digits(&text[6..], 2..=2)?)
}

fn dotted(text: &str) -> Option<Date> {
    let [day, month, year] = three(text, '.')?;
    ymd(year_of(year)?, digits(month, 1..=2)?, digits(day, 1..=2)?)
}

/// Whether a word is a day of the week in English, as spreadsheets write before a date.
fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.iter().any(|day| *day == word || day[..3] == *word)
}

/// A date in words, of which parts may be missing: `5 - 11 January 2026` says month and year once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<u32>,
}

impl Words {
    /// Reads `January 5, 2026`, `5. Januar 2026`, `5 de enero de 2026`, `31-Jan-21`, or a part of it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = Self::default();
        let folded = fold(text);
        let parts = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
        for part in parts {
            let day = part.strip_suffix("er").or_else(|| part.strip_suffix("st")).unwrap_or(part);
            let month = || MONTHS.iter().position(|names| names.contains(&part));
            if let Some(year) = digits(part, 4..=4).filter(|_| words.year.is_none()) {
                words.year = Some(year);
            } else if let Some(day) = digits(day, 1..=2).filter(|_| words.day.is_none()) {
                words.day = Some(day);
            } else if let Some(year) = digits(part, 2..=2).filter(|_| words.year.is_none() && words.month.is_some()) {
                words.year = Some(2000 + year);
            } else if let Some(month) = month().filter(|_| words.month.is_none()) {
                words.month = Some(u32::try_from(month).ok()? + 1);
            } else if !matches!(part, "de" | "del") && !is_weekday(part) {
                return None;
            }
        }
        (words.day.is_some()).then_some(words)
    }

    /// What one lacks, taken from the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self { day: self.day, month: self.month.or(other.month), year: self.year.or(other.year) }
    }

    /// The day, if nothing is missing.
    pub(super) fn date(self) -> Option<Date> {
        ymd(self.year?, self.month?, self.day?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_days_are_those_of_the_years() {
        for (year, month, day) in [(1990, 1, 1), (2100, 12, 31)] {
            let number = number(ymd(year, month, day).unwrap());
            let outside = if year == 1990 { number - 1 } else { number + 1 };
            assert!(DAYS.contains(&number) && !DAYS.contains(&outside));
            assert_eq!(check_number(number), Ok(number));
            assert_eq!(check_number(outside), Err("has a year outside 1990 to 2100"));
        }
        assert_eq!(check_number(i32::MAX), Err("is not a date"));
    }

    #[test]
    fn every_known_spelling_is_the_same_day() {
        for text in [
            "2021-05-03",
            "2021/05/03",
            "20210503",
            "03.05.2021",
            "3.5.2021",
            "3.5.21",
            "3-May-21",
            "03-MAY-2021",
            "2021-05-03T00:00:00",
            "2021-05-03 00:00:00 UTC",
            "May 3, 2021",
            "3. Mai 2021",
            "3 de mayo de 2021",
            "3 mai 2021",
            "2021-W18",
            "2021W18",
            "KW 18 2021",
            "KW18/2021",
            "2021 KW 18",
            "W18 2021",
            "Semaine 18, 2021",
            "Sem. 18 2021",
            "Semana 18 de 2021",
            "2021.05.03",
            "Mon, May 3, 2021",
            "2021-05-03T00:00:00+02:00",
            "2021-05-03 00:00:00-0500",
        ] {
            assert_eq!(parse(text, None), Ok(Date::from_ymd_opt(2021, 5, 3).unwrap()), "{text}");
        }
        assert_eq!(parse(" 2024-02-29 00:00:00.000 ", None), Ok(Date::from_ymd_opt(2024, 2, 29).unwrap()));
        assert_eq!(parse("1er mars 2024", None), Ok(Date::from_ymd_opt(2024, 3, 1).unwrap()));
    }

    #[test]
    fn slashes_need_an_order_unless_only_one_is_possible() {
        let day = |month, day| Ok(Date::from_ymd_opt(2026, month, day).unwrap());
        assert_eq!(parse("2/1/2026", None), Err(AMBIGUOUS));
        assert_eq!(parse("2/1/2026", Some(DateOrder::MonthFirst)), day(2, 1));
        assert_eq!(parse("02/01/26", Some(DateOrder::DayFirst)), day(1, 2));
        assert_eq!(parse("2-1-2026", Some(DateOrder::DayFirst)), day(1, 2));
        assert_eq!(parse("2/28/2026 10:15:00 PM (GMT)", None), day(2, 28));
        assert_eq!(parse("28/2/2026", None), day(2, 28));
        assert_eq!(parse("3/3/2026", None), day(3, 3));
        assert_eq!(parse("28/2/2026", Some(DateOrder::MonthFirst)), Err(OTHER_ORDER));
        assert_eq!(parse("30/30/2026", None), Err(NO_DATE));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "2023-02-29",
            "20241331",
            "Err:509",
            "31-Foo-21",
            "2024-W60",
            "2024-W5x",
            "Week 18 2021",
            "KW 18",
            "KW 54 2021",
            "KW 18 2021 3",
            "S1 2026",
            "2026 S2",
            "18 2021",
            "5-2021-05",
            "x-y-z",
            "5",
            "May",
        ] {
            assert_eq!(parse(text, None), Err(NO_DATE), "{text}");
        }
        assert_eq!(parse("0021-05-03", None), Err("has a year outside 1990 to 2100"));
        assert_eq!(parse("9999-12-31", None), Err("has a year outside 1990 to 2100"));
    }

    #[test]
    fn halves_of_a_range_complete_each_other() {
        let (left, right) = (Words::read("January 5").unwrap(), Words::read("11, 2026").unwrap());
        assert_eq!(left.or(right).date(), Date::from_ymd_opt(2026, 1, 5));
        assert_eq!(right.or(left).date(), Date::from_ymd_opt(2026, 1, 11));
    }
}
