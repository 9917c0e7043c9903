//! Dates as exports write them.
//!
//! In: the text of one cell, and the order of day and month where the column has shown it. Out: the day, or
//! the rule it breaks. Without an order `2/1/2026` is refused: it is the second of January to some and the
//! first of February to others.

mod shape;
mod week;

use super::aliases::fold;
use crate::domain::Date;
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use week::iso_week;

pub(super) use shape::is_written_as_one;
pub(super) use week::{is_week, is_week_without_year, names_other_week};

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
/// A week of English calendars.
const NO_DAY: &str = "is the number of a week, which begins on Sunday, Monday or the first of January, by country: write its first day, as \
     in 2026-02-02";
/// Days as spreadsheets keep them.
const SERIAL: &str = "is a number, as spreadsheets keep days in (46055 is 2026-02-02): format the column as a date, and save the file \
     again";
/// Why a number is no day.
pub(in crate::ingest) fn rule_of_number(number: f64) -> &'static str {
    let (first, last) = (f64::from(*SERIALS.start()), f64::from(*SERIALS.end()));
    if (first..=last).contains(&number) { SERIAL } else { NO_DATE }
}

/// Of the years 2000 to 2064.
const SERIALS: std::ops::RangeInclusive<u32> = 36_526..=60_000;

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
    let rule = || match digits(day.split_once('.').map_or(day, |(day, _)| day), 5..=5) {
        Some(serial) if SERIALS.contains(&serial) => SERIAL,
        _ if week::is_week_of_any_day(day) => NO_DAY,
        _ => NO_DATE,
    };
    Words::read(day).and_then(Words::date).ok_or_else(rule).and_then(check)
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
mod tests;
