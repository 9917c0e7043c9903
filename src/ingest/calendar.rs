//! Days → periods.
//!
//! In: the distinct days of the data and which column they come from. Out: the calendar, without gaps
//! from first to last, and where each day falls in it.

use super::date::{date, number};
use super::span::Span;
use super::{IngestError, IngestSettings, PeriodChoice};
use crate::counts::{Calendar, Period, PeriodUnit};
use crate::domain::{Date, Notes, counted};
use chrono::{Datelike, Days, Weekday};

/// What the day of a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    /// The start of a week.
    Week,
    /// The day itself, unless all days are weeks apart.
    Day,
    /// Nothing: the file is one period.
    Not,
}

/// A calendar and the way into it.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    pub calendar: Calendar,
    /// Start of the first period, day number.
    first: i32,
    /// Days in a period.
    length: i32,
    /// Days behind its first that show which period a row is of: its middle where weeks begin on several days, so that it counts
    /// where most of its days are.
    middle: i32,
    /// Whether the rows are of weeks, not of days.
    pub weekly: bool,
}

impl Placement {
    /// Takes in that nothing after a day was known when the data were reported.
    pub(super) fn end_on(&mut self, day: Date, notes: &mut Notes) {
        let Some(known) = self.calendar.as_of.filter(|&as_of| day < as_of) else {
            return;
        };
        self.calendar.as_of = Some(day);
        let unended = |period: &&mut Period| period.complete && period.end.is_some_and(|end| end > day + Days::new(1));
        let mut cut = 0;
        for period in self.calendar.periods.iter_mut().filter(unended) {
            period.complete = false;
            cut += 1;
        }
        let message = format!("the data run to {known}, but were reported on {day}: the last week is not complete");
        notes.add("partial-last-week", cut, message);
    }

    /// Whether a day is the first of some period, also of one outside the calendar.
    pub(super) fn begins_period(&self, day: i32) -> bool {
        (day - self.first).rem_euclid(self.length) == 0
    }

    /// The period that a day of the data falls in.
    pub(super) fn period(&self, day: i32) -> u32 {
        u32::try_from((day + self.middle - self.first) / self.length).unwrap_or(0)
    }
}

/// Days from Monday to the weekday of a day number. Day 1 of year 1 was a Monday.
fn from_monday(day: i32) -> i32 {
    (day - 1).rem_euclid(7)
}

fn week_of(day: i32, start: i32) -> i32 {
    day - (from_monday(day) - start).rem_euclid(7)
}

/// What undated rows are known to be of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// From the first to the last day.
    pub span: Option<Span>,
    /// How many days, if fewer than the span has.
    pub days: Option<i64>,
}

/// Lays out the calendar. `days`: all distinct days, ascending, also those after `as_of`; `known`: what is known
/// where they stand for nothing.
///
/// # Errors
/// All days lie after `as_of`.
pub(super) fn place(
    days: &[i32],
    dated: Dated,
    known: Known,
    settings: &IngestSettings,
    notes: &mut Notes,
) -> Result<Placement, IngestError> {
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
        return Ok(undated(known, settings, notes));
    };
    if dated == Dated::Not {
        return Ok(undated(known, settings, notes));
    }
    let day = |number| date(number).unwrap_or_default();
    if let Some(as_of) = settings.as_of.filter(|&as_of| number(as_of) < first) {
        return Err(IngestError::NothingBefore { as_of, first: day(first) });
    }
    let one_weekday = days.iter().all(|&other| from_monday(other) == from_monday(first));
    let weekly = dated == Dated::Week || (days.len() > 1 && one_weekday);
    let configured = i32::try_from(settings.week_start.num_days_from_monday()).unwrap_or(0);
    let week_start = if weekly && one_weekday { from_monday(first) } else { configured };
    note_grain(days, weekly, dated, one_weekday, week_start, settings, notes);

    let by_day = settings.period == PeriodChoice::Day && !weekly;
    let length = if by_day { 1 } else { 7 };
    let middle = if weekly && !one_weekday { 3 } else { 0 };
    let begin = |day| {
        if by_day { day } else { week_of(day + middle, week_start) }
    };
    // the last day the rows themselves cover, and the day the data are known for
    let covered = if weekly { begin(last) + 6 } else { last };
    let as_of = settings.as_of.map_or(covered, number);
    // a weekly row tells nothing of days before its week is over
    if weekly && as_of < begin(first) + 6 && settings.as_of.is_some() {
        return Err(IngestError::NothingBefore { as_of: day(as_of), first: day(begin(first) + 6) });
    }
    let known = covered.min(as_of);
    let last = days.iter().copied().filter(|&day| day <= as_of).max().unwrap_or(first);
    let start = begin(first);
    let complete = |from: i32| from + length <= known + 1 && (weekly || from >= first);
    let periods: Vec<Period> = (0..=(begin(last) - start) / length)
        .map(|step| start + step * length)
        .map(|from| Period { start: date(from), end: date(from + length), complete: complete(from) })
        .collect();
    note_partial(&periods, day(first), day(known), weekly, notes);
    if as_of > covered {
        let message = format!("the data end on {} and the plan is made as of {}", day(covered), day(as_of));
        notes.add("as-of-after-data", usize::try_from(as_of - covered).unwrap_or(0), message);
    }
    let unit = if by_day { PeriodUnit::Day } else { PeriodUnit::Week };
    let calendar = Calendar { unit, periods, as_of: date(as_of) };
    Ok(Placement { calendar, first: start, length, middle, weekly })
}

fn undated(known: Known, settings: &IngestSettings, notes: &mut Notes) -> Placement {
    let reported = known.span.map(|span| known.days.unwrap_or(span.days()) as f64);
    let days = settings.period_days.or(reported);
    let message = match (known.span, days) {
        (Some(Span { first, last }), Some(days)) => {
            format!("the rows carry no date: they are one period of {}, from {first} to {last}", counted(days, "day"))
        }
        (None, Some(days)) => format!("the rows carry no date: they are one period of {days} days"),
        _ => "the rows carry no date: they are one period, and money is per period until `--period-days` says how long it was".into(),
    };
    notes.add("undated", 1, message);
    if settings.as_of.is_some() {
        notes.add("as-of-ignored", 1, "the rows carry no date, so `--as-of` has no effect");
    }
    let (start, last) = (known.span.map(|span| span.first), known.span.map(|span| span.last));
    let end = last.and_then(|last| last.succ_opt());
    let periods = vec![Period { start, end, complete: true }];
    let calendar = Calendar { unit: PeriodUnit::Undated { days }, periods, as_of: last };
    Placement { calendar, first: 0, length: 1, middle: 0, weekly: false }
}

fn note_grain(
    days: &[i32],
    weekly: bool,
    dated: Dated,
    one_weekday: bool,
    week_start: i32,
    settings: &IngestSettings,
    notes: &mut Notes,
) {
    let weekday = |number: i32| Weekday::try_from(u8::try_from(number).unwrap_or(0)).unwrap_or(Weekday::Mon);
    if !weekly {
        return;
    }
    if dated == Dated::Day {
        let message = format!(
            "the dates are whole weeks apart, so each is taken for a week that begins on {}",
            name(weekday(week_start))
        );
        notes.add("weekly-dates", days.len(), message);
    }
    if !one_weekday {
        let moved = days.iter().filter(|&&day| from_monday(day) != week_start).count();
        let message = format!(
            "weeks that begin on other days count in the week from {} that most of their days are in",
            name(settings.week_start)
        );
        notes.add("weeks-moved", moved, message);
    } else if weekday(week_start) != settings.week_start {
        let message = format!("the weeks of the data begin on {}, and so do the periods", name(weekday(week_start)));
        notes.add("week-start-differs", days.len(), message);
    }
    if settings.period == PeriodChoice::Day {
        notes.add("weekly-data", 1, "the rows are weekly and cannot be divided into days");
    }
}

fn note_partial(periods: &[Period], first: Date, known: Date, weekly: bool, notes: &mut Notes) {
    let late = |period: &Period| !weekly && period.start.is_some_and(|start| start < first);
    let cut = |period: &Period| period.end.is_some_and(|end| end > known.succ_opt().unwrap_or(known));
    if periods.first().is_some_and(late) {
        let message = format!("the first week is not complete: the data begin on {first}, a {}", name(first.weekday()));
        notes.add("partial-first-week", 1, message);
    }
    if periods.last().is_some_and(cut) {
        let message = format!("the last week is not complete: the data end on {known}, a {}", name(known.weekday()));
        notes.add("partial-last-week", 1, message);
    }
}

fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
