//! Which days a report is of, from the lines above its header.
//!
//! In: the lines. Out: first and last day, and the order of day and month as far as the lines show it.
//! Reads `January 5, 2026 - February 3, 2026`, `8. Januar 2026 - 6. Februar 2026`, `Report Time:
//! 2/1/2026-2/28/2026`, `Keyword report (Jun 14, 2016)`, `1 - 14 January 2026`. A single day, or week (`KW 6 2026`), counts only
//! where it is the whole line or stands in brackets: other lines say when the report was made.

use super::date::{self, DateOrder, Slashed, Words};
use crate::domain::Date;
use chrono::Days;

/// Days of a week.
pub(super) const WEEK: i64 = 7;
/// What a cell is that names more days than a week, or fewer.
const NO_WEEK: &str = "is a range of days that is neither one day nor one week";
/// What a cell is that names a week, and days of another one.
const OTHER_WEEK: &str = "names a week and days that are those of another week: correct one of the two";

/// First and last day of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: Date,
    pub last: Date,
}

impl Span {
    /// How many days it has.
    pub(super) fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Whether some day is in both.
    pub(super) fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// What divides the ends of a range, the rarer first.
const DIVIDERS: [&str; 9] = [" \u{2013} ", " \u{2014} ", " - ", " to ", " bis ", " au ", " al ", "\u{2013}", "-"];
const BEFORE: [&str; 7] = ["du ", "del ", "vom ", "from ", "Du ", "Del ", "From "];

/// Words before the days that a report is compared with.
const COMPARED: [&str; 4] = [" compared to ", " compared with ", " im Vergleich zu ", " vs. "];

/// The order that dates with slashes in the lines can have only, if they agree.
pub(super) fn order(lines: &[String]) -> Option<DateOrder> {
    let mut orders = lines
        .iter()
        .flat_map(|line| line.split([' ', '-', '(', ')', '\u{2013}']))
        .filter_map(|word| Slashed::read(word)?.order());
    let first = orders.next()?;
    orders.all(|order| order == first).then_some(first)
}

/// The range that the lines name: the first that can be read.
pub(super) fn read(lines: &[String], order: Option<DateOrder>) -> Option<Span> {
    lines.iter().filter(|line| !contradicts(line, order)).find_map(|line| {
        let after = line.split_once(": ").map(|(_, after)| after);
        let inside = line.split_once('(').and_then(|(_, rest)| Some(rest.split_once(')')?.0));
        let ranges = [after, inside, Some(line.as_str())].into_iter().flatten().find_map(|text| range(text, order));
        ranges.or_else(|| {
            let mut single = [inside, Some(line.as_str())].into_iter().flatten();
            single.find_map(|text| Some(one(text, date::parse(text, order).ok()?)))
        })
    })
}

/// Whether a line names a week, and days of another one.
fn contradicts(line: &str, order: Option<DateOrder>) -> bool {
    [Some(line), line.split_once(": ").map(|(_, after)| after)]
        .into_iter()
        .flatten()
        .any(|text| cell(text, order) == Err(OTHER_WEEK))
}

/// The lines that name a week, and days of another one.
pub(super) fn contradictions(lines: &[String], order: Option<DateOrder>) -> Vec<&str> {
    lines.iter().map(String::as_str).filter(|line| contradicts(line, order)).collect()
}

/// A line whose days can be read with the day or with the month first, and differ.
pub(super) fn unclear(lines: &[String]) -> Option<&str> {
    let known = order(lines);
    if read(lines, known).is_some() {
        return None;
    }
    let both = |line: &&String| {
        let read = |order| read(std::slice::from_ref(*line), Some(order));
        let (by_day, by_month) = (read(DateOrder::DayFirst), read(DateOrder::MonthFirst));
        by_day.is_some() && by_month.is_some() && by_day != by_month
    };
    lines.iter().find(both).map(String::as_str)
}

fn range(text: &str, order: Option<DateOrder>) -> Option<Span> {
    let text = text.trim_start_matches(['#', ' ']);
    let text = BEFORE.iter().find_map(|word| text.trim().strip_prefix(word)).unwrap_or(text.trim());
    // what it is compared with is another report's
    let text = COMPARED.iter().find_map(|word| Some(text.split_once(word)?.0)).unwrap_or(text);
    // as ISO 8601 writes ranges
    let of_iso = text
        .split_once('/')
        .filter(|(first, last)| [first, last].iter().all(|day| day.trim().len() == 10 && day.contains('-')));
    if let Some((first, last)) = of_iso {
        return ends(first.trim(), last.trim(), order).filter(|span| span.first <= span.last);
    }
    DIVIDERS.iter().find_map(|divider| {
        text.match_indices(divider).find_map(|(at, _)| {
            let (left, right) = (text[..at].trim(), text[at + divider.len()..].trim());
            ends(left, right, order).filter(|span| span.first <= span.last)
        })
    })
}

/// The days of a cell, which may be a range of one day or one week: `02.02.2026 \u{2013} 08.02.2026`, `Feb 2, 2026 to Feb 8, 2026
/// (Week 6)`, `KW 6 2026`.
///
/// # Errors
/// The rule broken.
pub(super) fn cell(text: &str, order: Option<DateOrder>) -> Result<Span, &'static str> {
    date::parse(text, order).map(|day| one(text, day)).or_else(|rule| {
        let (bare, inside) = text.split_once(" (").unwrap_or((text, ""));
        let inside = inside.trim_end_matches([')', ' ']);
        // `KW 6 (02.02.2026 - 08.02.2026)`: only its days tell the year
        let is_name = date::is_week_without_year(bare) || date::is_week(bare);
        let (bare, name) = if is_name { (inside, bare) } else { (bare, inside) };
        // of a week only one order makes seven days
        let orders = order.map_or_else(|| vec![DateOrder::DayFirst, DateOrder::MonthFirst], |order| vec![order]);
        let spans = orders.into_iter().filter_map(|order| range(bare, Some(order)));
        let (mut found, mut any) = (None, false);
        for span in spans {
            any = true;
            if !matches!(span.days(), 1 | WEEK) {
                continue;
            }
            if found.is_some_and(|found| found != span) {
                return Err(rule);
            }
            found = Some(span);
        }
        match found {
            Some(span) if date::names_other_week(name, span.first, span.last) => Err(OTHER_WEEK),
            found => found.ok_or(if any { NO_WEEK } else { rule }),
        }
    })
}

/// The days of a text that is read as one day: seven where it names a week.
fn one(text: &str, first: Date) -> Span {
    let last = if date::is_week(text) { first + Days::new(6) } else { first };
    Span { first, last }
}

/// The two ends, each complete or completed by the other.
fn ends(left: &str, right: &str, order: Option<DateOrder>) -> Option<Span> {
    if let (Ok(first), Ok(last)) = (date::parse(left, order), date::parse(right, order)) {
        return Some(Span { first, last: one(right, last).last });
    }
    let (left, right) = (Words::read(left)?, Words::read(right)?);
    let (first, last) = (left.or(right).date()?, right.or(left).date()?);
    Some(Span { first: date::check(first).ok()?, last: date::check(last).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(lines: &[&str]) -> Option<(String, String)> {
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        read(&lines, order(&lines)).map(|span| (span.first.to_string(), span.last.to_string()))
    }

    #[test]
    fn ranges_as_reports_write_them() {
        let expected = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        for (line, first, last) in [
            ("January 5, 2026 - February 3, 2026", "2026-01-05", "2026-02-03"),
            ("8. Januar 2026 - 6. Februar 2026", "2026-01-08", "2026-02-06"),
            ("Report Time: 2/1/2026-2/28/2026", "2026-02-01", "2026-02-28"),
            ("28/1/2026 - 3/2/2026", "2026-01-28", "2026-02-03"),
            ("2026-02-02/2026-02-08", "2026-02-02", "2026-02-08"),
            ("Keyword report (Jun 14, 2016)", "2016-06-14", "2016-06-14"),
            ("Keyword report (Jun 1, 2016-Jun 14, 2016)", "2016-06-01", "2016-06-14"),
            ("1 - 14 January 2026", "2026-01-01", "2026-01-14"),
            ("Jan 5 \u{2013} 11, 2026", "2026-01-05", "2026-01-11"),
            ("du 5 janvier 2026 au 3 f\u{e9}vrier 2026", "2026-01-05", "2026-02-03"),
            ("5 de enero de 2026 - 3 de febrero de 2026", "2026-01-05", "2026-02-03"),
            ("2026-01-05 - 2026-01-11", "2026-01-05", "2026-01-11"),
            ("2026-01-05-2026-01-11", "2026-01-05", "2026-01-11"),
            ("# 20260803-20260809", "2026-08-03", "2026-08-09"),
            ("KW 6 2026", "2026-02-02", "2026-02-08"),
            ("2026-W06", "2026-02-02", "2026-02-08"),
            ("Semaine 6 2026", "2026-02-02", "2026-02-08"),
            ("Keyword-Bericht (KW 6 2026)", "2026-02-02", "2026-02-08"),
            ("KW 6 2026 - KW 9 2026", "2026-02-02", "2026-03-01"),
            ("August 3, 2026 - August 9, 2026 compared to July 27, 2026 - August 2, 2026", "2026-08-03", "2026-08-09"),
        ] {
            assert_eq!(span(&["A title", line]), expected(first, last), "{line}");
        }
    }

    #[test]
    fn a_cell_may_be_a_week() {
        let parse = |text: &str| cell(text, None).map(|span| span.first.to_string());
        for text in [
            "2026-02-02",
            "02.02.2026 \u{2013} 08.02.2026",
            "02.02.2026-08.02.2026",
            "2026-02-02 - 2026-02-08",
            "2026-02-02 to 2026-02-08",
            "Feb 2, 2026 to Feb 8, 2026 (Week 6)",
            "Feb 2 - 8, 2026",
            "2. - 8. Februar 2026",
            "KW 06 (02.02.2026 - 08.02.2026)",
            "KW 6 2026 (02.02.2026 - 08.02.2026)",
            "02.02.2026 - 08.02.2026 (KW 6)",
            "Week 6 (Feb 2, 2026 - Feb 8, 2026)",
            "Semana 6 de 2026",
            "02/02/2026 - 08/02/2026",
            "2/2/2026 - 2/8/2026",
            "2026-02-02 - 2026-02-02",
        ] {
            assert_eq!(parse(text).as_deref(), Ok("2026-02-02"), "{text}");
        }
        for text in [
            "KW 09 (02.02.2026 - 08.02.2026)",
            "KW 9 2026 (02.02.2026 - 08.02.2026)",
            "Week 9 (Feb 2, 2026 - Feb 8, 2026)",
            "Feb 2, 2026 to Feb 8, 2026 (Week 9)",
            "02.02.2026 - 08.02.2026 (KW 9)",
        ] {
            assert_eq!(parse(text), Err(OTHER_WEEK), "{text}");
        }
        assert_eq!(parse("2026-02-02 - 2026-02-09"), Err(NO_WEEK));
        assert_eq!(parse("2026-02-08 - 2026-02-02"), Err("is not a date"));
        assert_eq!(parse("Week 6 (spring)"), Err("is not a date"));
        assert_eq!(parse("Total - all"), Err("is not a date"));
        assert_eq!(cell("02/02/2026 - 08/02/2026", Some(DateOrder::MonthFirst)), Err(NO_WEEK));
        let days = |text: &str| cell(text, None).map(Span::days);
        for text in ["KW 6 2026", "2026-W06", "2026-02-02 - 2026-02-08", "Feb 2, 2026 to Feb 8, 2026 (Week 6)"] {
            assert_eq!(days(text), Ok(WEEK), "{text}");
        }
        assert_eq!((days("2026-02-02"), days("2026-02-02 - 2026-02-02")), (Ok(1), Ok(1)));
    }

    #[test]
    fn other_lines_name_no_range() {
        for line in [
            "S1 2026",
            "Created on 5 January 2026",
            "Last Completed Available Day: 3/1/2026 10:15:00 PM (GMT)",
            "Rows: 60",
        ] {
            assert_eq!(span(&[line]), None, "{line}");
        }
        // either order
        assert_eq!(span(&["2/1/2026 - 3/4/2026"]), None);
        let lines = |line: &str| vec!["A title".to_owned(), line.to_owned()];
        assert_eq!(unclear(&lines("2/1/2026 - 3/4/2026")), Some("2/1/2026 - 3/4/2026"));
        assert_eq!(unclear(&lines("2/1/2026 - 28/2/2026")), None);
        assert_eq!(unclear(&lines("Rows: 60")), None);
    }
}
