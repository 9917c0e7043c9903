//! How conversions of a period became known as it aged.
//!
//! Owns the reporting triangle of the whole account: click period × age of the report → conversions
//! known. In: successive exports of the same periods, or conversions with the day they happened on.
//! Out: [`Reports`], from which the share still to be reported can be estimated. The age of a period
//! is the number of whole periods since its end, 0 at its end. Where the newest report was made
//! between two ends of periods, every age means so many days later; a report of another day counts
//! for the nearest age. Wrong where an export that begins before a period leaves rows of it out.

use super::Calendar;
use crate::domain::Date;
use crate::numeric::sum::ExactSum;
use serde::Serialize;

/// Ages that are kept; later reports say nothing.
pub const MOST_AGES: usize = 400;

/// What is known of the reports behind the counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reports {
    /// Where it is known from; `None` where each count has one report and no lag.
    pub source: Option<ReportSource>,
    /// Day of the newest report that is counted.
    pub known_on: Option<Date>,
    /// Age of the report each period is counted from, whole periods since its end; 0 for a period that
    /// had not ended. Shape: periods; empty where `source` is `None`.
    pub ages: Vec<u32>,
    /// Conversions by click period and age.
    pub triangle: Triangle,
}

/// Where the triangle is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportSource {
    /// The same periods were exported several times.
    Exports,
    /// Rows carry the day of the click and the day of the conversion.
    ConversionDates,
}

/// One export of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportDay {
    /// Last day it knows of.
    pub reported_on: Date,
    /// First day it has rows of.
    pub covers_from: Date,
}

/// Conversions of a click period by the day they were known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Click period, index into the calendar.
    pub period: u32,
    /// Last day of the time in which they happened.
    pub known_on: Date,
    /// Conversions, count.
    pub conversions: f64,
}

/// Cumulative conversions by click period and age of the report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Triangle {
    ages: usize,
    /// Shape: periods × ages.
    known: Vec<Option<f64>>,
}

impl Triangle {
    /// Without any report yet.
    #[must_use]
    pub fn new(periods: usize, ages: usize) -> Self {
        Self { ages, known: vec![None; periods * ages] }
    }

    /// How many ages there are.
    #[must_use]
    pub fn ages(&self) -> usize {
        self.ages
    }

    /// How many click periods there are.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.known.len().checked_div(self.ages).unwrap_or(0)
    }

    /// Conversions of a click period known at an age; `None` where there is no such report.
    #[must_use]
    pub fn known(&self, period: usize, age: usize) -> Option<f64> {
        if age < self.ages { self.known.get(period * self.ages + age).copied().flatten() } else { None }
    }

    /// Sets what was known of a click period at an age; an age beyond the last is left out.
    pub fn set(&mut self, period: usize, age: usize, conversions: f64) {
        if age < self.ages
            && let Some(known) = self.known.get_mut(period * self.ages + age)
        {
            *known = Some(conversions);
        }
    }

    /// Halves all counts: those of an account whose total row was counted as a term.
    pub fn halve(&mut self) {
        for known in self.known.iter_mut().flatten() {
            *known /= 2.0;
        }
    }
}

impl Calendar {
    /// Age of each period on the day the data are known for; `None` for undated data. Shape: periods.
    #[must_use]
    pub fn ages(&self) -> Vec<Option<u32>> {
        let Some(as_of) = self.as_of else {
            return vec![None; self.periods.len()];
        };
        self.spans().into_iter().map(|span| span.map(|span| span.age(as_of))).collect()
    }

    fn spans(&self) -> Vec<Option<Span>> {
        let span = |start: Date, end: Date| Span { start, end, days: (end - start).num_days().max(1) };
        self.periods.iter().map(|period| Some(span(period.start?, period.end?))).collect()
    }
}

/// A dated period.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Date,
    end: Date,
    days: i64,
}

impl Span {
    /// Days from the end of the period to the end of a day.
    fn days_after(&self, day: Date) -> i64 {
        (day - self.end).num_days() + 1
    }

    /// Whole periods since the end, 0 before it.
    fn age(&self, day: Date) -> u32 {
        u32::try_from(self.days_after(day).div_euclid(self.days).max(0)).unwrap_or(u32::MAX)
    }
}

impl Reports {
    /// From successive exports. `exports`: ascending by day; `known`: conversions of each click
    /// period as known at each export (shape: exports × periods).
    ///
    /// A period belongs to an export that begins before it, or where the data begin, and was made after
    /// its end.
    #[must_use]
    pub fn from_exports(calendar: &Calendar, exports: &[ExportDay], known: &[Vec<f64>]) -> Self {
        let spans = calendar.spans();
        let (Some(newest), Some(Some(last))) = (exports.last(), spans.last()) else {
            return Self::default();
        };
        let phase = last.days_after(newest.reported_on).rem_euclid(last.days);
        let begin = exports.iter().map(|export| export.covers_from).min();
        // age and days off it of each export that has the period
        let seen = |span: &Span| {
            let (span, begin) = (*span, begin.map_or(span.start, |begin| begin.max(span.start)));
            exports.iter().enumerate().filter_map(move |(number, export)| {
                let days = span.days_after(export.reported_on);
                let age = (2 * (days - phase) + span.days).div_euclid(2 * span.days).max(0);
                let off = (days - phase - age * span.days).abs();
                (days >= 0 && export.covers_from <= begin).then_some((number, age, off))
            })
        };
        let oldest = spans.iter().flatten().flat_map(&seen).map(|(_, age, _)| age).max();
        let width = oldest.map_or(0, |age| usize::try_from(age).map_or(MOST_AGES, |age| (age + 1).min(MOST_AGES)));
        let mut triangle = Triangle::new(spans.len(), width);
        let mut ages = vec![0_u32; spans.len()];
        let mut nearest = vec![i64::MAX; width];
        for (period, span) in spans.iter().enumerate() {
            nearest.fill(i64::MAX);
            for (number, age, off) in span.iter().flat_map(&seen) {
                ages[period] = u32::try_from(age).unwrap_or(u32::MAX);
                let place = usize::try_from(age).unwrap_or(usize::MAX);
                if let Some(least) = nearest.get_mut(place).filter(|least| off < **least) {
                    *least = off;
                    triangle.set(period, place, known[number][period]);
                }
            }
        }
        Self { source: Some(ReportSource::Exports), known_on: Some(newest.reported_on), ages, triangle }
    }

    /// From conversions with their dates, all that were known on a day. An arrival of a later day, or of a
    /// period that had not ended, is not in the triangle.
    #[must_use]
    pub fn from_lags(calendar: &Calendar, known_on: Date, arrivals: &[Arrival]) -> Self {
        let spans = calendar.spans();
        let Some(Some(last)) = spans.last() else {
            return Self::default();
        };
        let phase = last.days_after(known_on).rem_euclid(last.days);
        let ages: Vec<u32> = spans.iter().map(|span| span.map_or(0, |span| span.age(known_on))).collect();
        let width = ages.iter().max().map_or(0, |&oldest| (oldest as usize + 1).min(MOST_AGES));
        let mut arrived = vec![ExactSum::default(); spans.len() * width];
        for arrival in arrivals {
            let period = arrival.period as usize;
            let Some(Some(span)) = spans.get(period) else { continue };
            let late = span.days_after(arrival.known_on) - phase;
            // the first age whose reports know of it
            let age = usize::try_from((late + span.days - 1).div_euclid(span.days).max(0)).unwrap_or(usize::MAX);
            if age < width {
                arrived[period * width + age].add(arrival.conversions);
            }
        }
        let mut triangle = Triangle::new(spans.len(), width);
        for (period, span) in spans.iter().enumerate() {
            if span.is_none_or(|span| span.days_after(known_on) < 0) {
                continue;
            }
            let mut sum = ExactSum::default();
            for age in 0..width.min(ages[period] as usize + 1) {
                sum.merge(arrived[period * width + age]);
                triangle.set(period, age, sum.value());
            }
        }
        Self { source: Some(ReportSource::ConversionDates), known_on: Some(known_on), ages, triangle }
    }
}

#[cfg(test)]
mod tests;
