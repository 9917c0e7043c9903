//! Texts that are written as dates, whether or not there is such a day.
//!
//! In: the text of a cell. Out: whether it is digits and the marks of dates alone, grouped as a day, a moment or a range of days
//! is. A message may show these: a number of a phone, a card or a person is grouped in another way.

use super::{is_week, is_week_without_year};
use std::ops::RangeInclusive;

/// Longest text that is looked at, bytes: two days with their divider.
const LONGEST: usize = 25;

/// Whether a text is written as a day, with or without a time, or as a range of two days, beside the name of a week or not.
pub(in crate::ingest) fn is_written_as_one(text: &str) -> bool {
    let is_name = |name: &str| name.len() <= LONGEST && (is_week(name) || is_week_without_year(name));
    match text.trim().strip_suffix(')').and_then(|text| text.split_once(" (")) {
        Some((bare, inside)) => (is_name(bare) && is_days(inside)) || (is_days(bare) && is_name(inside)),
        None => is_days(text),
    }
}

fn is_days(text: &str) -> bool {
    let text = text.trim();
    if text.len() > LONGEST {
        return false;
    }
    let ends = [" - ", " \u{2013} ", "\u{2013}"].iter().find_map(|divider| text.split_once(divider));
    match ends {
        Some((first, last)) => is_day(first.trim()) && is_day(last.trim()),
        None => match text.split_once(['T', ' ']) {
            Some((day, time)) => is_day(day) && is_time(time),
            None => is_day(text),
        },
    }
}

/// Three groups of digits between the same marks, of which one may be a year: `2026-13-45`, `31.02.26`.
fn is_day(text: &str) -> bool {
    ['-', '.', '/'].into_iter().any(|mark| {
        let groups: Vec<&str> = text.split(mark).collect();
        let [first, second, third] = groups.as_slice() else { return false };
        let of = |group: &str, lengths: RangeInclusive<usize>| {
            lengths.contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
        };
        let year = |group: &str| of(group, 4..=4) || of(group, 2..=2);
        of(second, 1..=2) && ((year(first) && of(third, 1..=2)) || (of(first, 1..=2) && year(third)))
    })
}

/// `10:15`, `10:15:00`, `10:15:00Z`.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.trim_end_matches('Z').split(':').collect();
    matches!(parts.len(), 2 | 3)
        && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_written_as_one;

    #[test]
    fn days_that_are_none_are_shown_and_numbers_of_people_are_not() {
        for text in [
            "2026-13-45",
            "0026-01-05",
            "31.02.2026",
            "08.13.2026 - 14.13.2026",
            "00/00/0000",
            "0000-00-00 00:00:00",
            "2026-02-30T10:15:00Z",
            "32/1/26",
            "KW 09 (02.02.2026 - 08.02.2026)",
            "02.02.2026 - 08.02.2026 (KW 9)",
        ] {
            assert!(is_written_as_one(text), "{text}");
        }
        for text in [
            "",
            "030 1234567",
            "+49-30-1234",
            "06.12.34.56.78",
            "555-234-5678",
            "4111 1111 1111 1111",
            "4111-1111-1111",
            "01711234567",
            "01234567",
            "900 10 20 30",
            "KW 9 (030 1234567)",
            "01-23-45 67 89",
            "2026-01-05 jane@example.com",
        ] {
            assert!(!is_written_as_one(text), "{text}");
        }
    }
}
