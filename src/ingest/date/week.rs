//! Weeks by their number.
//!
//! In: the text of a cell. Out: the Monday of the ISO week that it names, or whether the days beside the number of a week are
//! those of another.

use super::{digits, without_time};
use crate::domain::Date;
use crate::ingest::aliases::fold;
use chrono::{Datelike, Days, Weekday};

/// Whether a text names an ISO week, so that its day is the first of seven.
pub(in crate::ingest) fn is_week(text: &str) -> bool {
    iso_week(without_time(text.trim())).is_some()
}

/// Whether a text is the number of a week, and does not tell of which year: `KW 6`, `Week 6`.
pub(in crate::ingest) fn is_week_without_year(text: &str) -> bool {
    numbered(text).is_some()
}

/// What such a week is called, and its number.
fn numbered(text: &str) -> Option<(String, u32)> {
    let folded = fold(text);
    let (word, number) = folded.split_at(folded.find(|letter: char| letter.is_ascii_digit()).unwrap_or(folded.len()));
    let word = word.trim_end();
    let number = digits(number.trim_end(), 1..=2)?;
    (WEEKS.contains(&word) || word == "week").then(|| (word.to_owned(), number))
}

/// What a week is called, as [`fold`] leaves it.
const WEEKS: [&str; 11] =
    ["w", "kw", "cw", "calendarweek", "isoweek", "kalenderwoche", "woche", "semaine", "semana", "sem", "semanade"];

/// The Monday of an ISO week: `2026-W31`, `2026W31`, `KW 31 2026`, `Semaine 31, 2026`. `Week 31` alone is not one: in
/// English it may begin on a Sunday; neither is `S1 2026`, which is half a year in French.
pub(super) fn iso_week(text: &str) -> Option<Date> {
    let (word, year, week) = of_year(text)?;
    let year = Some(year).filter(|_| WEEKS.contains(&word.as_str()))?;
    Date::from_isoywd_opt(i32::try_from(year).ok()?, week, chrono::Weekday::Mon)
}

/// Whether a text is a week of English calendars with its year, `Week 6 2026`, of which nobody knows on which day it begins.
pub(super) fn is_week_of_any_day(text: &str) -> bool {
    of_year(text).is_some_and(|(word, ..)| matches!(word.as_str(), "week" | "wk"))
}

/// The word, the year and the number of a week.
fn of_year(text: &str) -> Option<(String, u32, u32)> {
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
    Some((word, year?, week?))
}

/// The words of a week that are always those of ISO 8601; what `Week 6` is, or `Semana 6`, differs by country.
const OF_ISO: [&str; 8] = ["w", "kw", "cw", "calendarweek", "isoweek", "kalenderwoche", "woche", "semaine"];

/// Whether a text is the name of a week, and the days from `first` to `last` are those of another: `KW 9` and the second to the
/// eighth of February 2026. Texts that name no week agree with all days.
pub(in crate::ingest) fn names_other_week(text: &str, first: Date, last: Date) -> bool {
    if let Some(monday) = iso_week(text) {
        return ![first, last].iter().any(|day| day.iso_week() == monday.iso_week());
    }
    let Some((word, number)) = numbered(text) else { return false };
    let iso = || [first, last].iter().any(|day| day.iso_week().week() == number);
    let any = || [first, last].iter().any(|&day| numbers(day).contains(&number));
    !iso() && (OF_ISO.contains(&word.as_str()) || !any())
}

/// The numbers that calendars give the week of a day, besides that of ISO 8601: counted from the week of the first of January,
/// or from the first whole week, where weeks begin on Sunday or on Monday.
fn numbers(day: Date) -> [u32; 4] {
    let week = |begin: Weekday| {
        let from = |day: Date| day.weekday().days_since(begin);
        let new_year = day - Days::new(u64::from(day.ordinal0()));
        let with_new_year = (day.ordinal0() + from(new_year)) / 7 + 1;
        [with_new_year, with_new_year - u32::from(from(new_year) > 0)]
    };
    let (sunday, monday) = (week(Weekday::Sun), week(Weekday::Mon));
    [sunday[0], sunday[1], monday[0], monday[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_and_the_days_of_another_are_told() {
        let day = |day: u32| Date::from_ymd_opt(2026, 2, day).unwrap();
        // the sixth ISO week; in English calendars the fifth or sixth
        for (text, other) in [
            ("KW 6", false),
            ("KW 06", false),
            ("KW 5", true),
            ("KW 09", true),
            ("Woche 9", true),
            ("Semaine 6", false),
            ("Semaine 9", true),
            ("Week 5", false),
            ("Week 6", false),
            ("Week 9", true),
            ("Semana 9", true),
            ("KW 6 2026", false),
            ("2026-W09", true),
            ("KW 6 2025", true),
            ("spring", false),
            ("", false),
        ] {
            assert_eq!(names_other_week(text, day(2), day(8)), other, "{text}");
        }
        // weeks that begin on Sunday
        assert!(!names_other_week("Week 6", day(1), day(7)) && names_other_week("Week 7", day(1), day(7)));
        // both ends of a year
        let (first, last) = (Date::from_ymd_opt(2025, 12, 29).unwrap(), Date::from_ymd_opt(2026, 1, 4).unwrap());
        assert!(!names_other_week("KW 1", first, last) && names_other_week("KW 52", first, last));
        assert!(!names_other_week("Week 53", first, last) && !names_other_week("Week 1", first, last));
    }
}
