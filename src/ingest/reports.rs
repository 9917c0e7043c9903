//! What the rows say of how late conversions are reported.
//!
//! In: rows by term with the day of their report, or of their conversion. Out: the rows that count, and
//! the reporting triangle. Of several reports of one term and day the newest counts, the older ones only
//! show how the count grew; of conversions with their own day all count, as far as they were known on
//! the day to look back from. Nothing depends on the order of rows or files.

use super::IngestSettings;
use super::calendar::Placement;
use super::date::{date, number};
use super::rows::{CLICKS, CONVERSIONS, REVENUE, UNDATED};
use super::sorted::Sorted;
use crate::counts::{Arrival, ExportDay, Reports};
use crate::domain::Notes;
use crate::numeric::sum::ExactSum;
use std::collections::BTreeMap;

/// What the second day of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The day of the report.
    Reports,
    /// The last day of the row's file, which is taken for the day of the report; of weekly rows the last
    /// week's first day.
    LastDays,
    /// The day of the conversion, or the first of its week.
    Conversions,
}

/// Days from the first to the last of a week.
const REST_OF_WEEK: i32 = 6;

/// Reduces the rows to those that count, and says what the others show. Exports made before the
/// data end move the calendar's last day.
pub(super) fn settle(
    basis: Basis,
    sorted: &mut Sorted,
    placement: &mut Placement,
    settings: &IngestSettings,
    notes: &mut Notes,
) -> Reports {
    let as_of = settings.as_of.map_or(i32::MAX, number);
    match basis {
        Basis::Conversions => conversions(sorted, placement, as_of, notes),
        Basis::Reports | Basis::LastDays => {
            if basis == Basis::LastDays && placement.weekly {
                for report in &mut sorted.report {
                    *report += REST_OF_WEEK;
                }
            }
            let reports = exports(sorted, placement, as_of, notes);
            if let Some(day) = reports.known_on {
                placement.end_on(day, notes);
            }
            reports
        }
    }
}

/// Keeps the newest report of every term and day.
fn exports(sorted: &mut Sorted, placement: &Placement, as_of: i32, notes: &mut Notes) -> Reports {
    // first day of each report that was made in time
    let mut begins: BTreeMap<i32, i32> = BTreeMap::new();
    for (&report, &day) in sorted.report.iter().zip(&sorted.day).filter(|(report, _)| **report <= as_of) {
        let first = begins.entry(report).or_insert(day);
        *first = day.min(*first);
    }
    let numbers: BTreeMap<i32, usize> = begins.keys().copied().zip(0..).collect();
    let periods = placement.calendar.periods.len();
    // what each report adds to what was known before; shape: reports × periods
    let mut changes = vec![ExactSum::default(); numbers.len() * periods];
    let rows = sorted.day.len();
    let mut kept: Vec<usize> = Vec::with_capacity(rows);
    let mut offsets = vec![0];
    let mut order: Vec<usize> = Vec::new();
    let mut late = 0;
    for range in sorted.offsets.windows(2) {
        order.clear();
        order.extend(range[0]..range[1]);
        order.sort_unstable_by_key(|&row| (sorted.day[row], sorted.report[row]));
        for of_day in order.chunk_by(|&a, &b| sorted.day[a] == sorted.day[b]) {
            let mut counted: &[usize] = &[];
            let mut before = 0.0;
            for report in of_day.chunk_by(|&a, &b| sorted.report[a] == sorted.report[b]) {
                let Some(&number) = numbers.get(&sorted.report[report[0]]) else {
                    // of reports made later the first is the nearest to what was known
                    if counted.is_empty() {
                        counted = report;
                        late += 1;
                    }
                    break;
                };
                let sum: ExactSum = report.iter().map(|&row| sorted.measures[CONVERSIONS][row]).collect();
                let change = &mut changes[number * periods + placement.period(sorted.day[report[0]]) as usize];
                change.merge(sum);
                change.add(-before);
                (before, counted) = (sum.value(), report);
            }
            kept.extend_from_slice(counted);
        }
        offsets.push(kept.len());
    }
    notes.add(
        "rows-superseded",
        rows - kept.len(),
        "rows of earlier reports are not counted; they show how late conversions are reported",
    );
    let message = "terms and dates were first reported after the day to look back from, and count as first reported";
    notes.add("reported-after-as-of", late, message);
    sorted.offsets = offsets;
    sorted.day = kept.iter().map(|&row| sorted.day[row]).collect();
    sorted.report = Vec::new();
    for measure in sorted.measures.iter_mut().chain(&mut sorted.signals).filter(|measure| !measure.is_empty()) {
        *measure = kept.iter().map(|&row| measure[row]).collect();
    }
    let mut known = vec![ExactSum::default(); periods];
    let mut days = Vec::with_capacity(begins.len());
    let mut by_report = Vec::with_capacity(begins.len());
    for ((&report, &first), of_report) in begins.iter().zip(changes.chunks(periods.max(1))) {
        for (known, change) in known.iter_mut().zip(of_report) {
            known.merge(*change);
        }
        // both were read as dates
        let (Some(reported_on), Some(covers_from)) = (date(report), date(first)) else { continue };
        days.push(ExportDay { reported_on, covers_from });
        by_report.push(known.iter().map(ExactSum::value).collect());
    }
    Reports::from_exports(&placement.calendar, &days, &by_report)
}

/// Leaves out conversions that were not known on the day to look back from.
fn conversions(sorted: &mut Sorted, placement: &Placement, as_of: i32, notes: &mut Notes) -> Reports {
    let dated = || sorted.report.iter().copied().filter(|&day| day != UNDATED);
    let weekly = placement.weekly && dated().all(|day| placement.begins_period(day));
    let rest = if weekly { REST_OF_WEEK } else { 0 };
    let last = dated().max().map(|day| day + rest);
    let covered = placement.calendar.as_of.map(number);
    let known_on = if as_of < i32::MAX { Some(as_of) } else { last.max(covered) };
    let mut arrivals = Vec::new();
    let (mut later, mut unknown) = (0, 0);
    for row in 0..sorted.day.len() {
        let conversions = sorted.measures[CONVERSIONS][row];
        let day = sorted.report[row];
        if conversions <= 0.0 {
            continue;
        }
        if day == UNDATED {
            unknown += 1;
        } else if day + rest > as_of {
            later += 1;
            sorted.measures[CONVERSIONS][row] = 0.0;
            if let Some(revenue) = sorted.measures[REVENUE].get_mut(row) {
                *revenue = 0.0;
            }
        } else if let Some(known_on) = date(day + rest) {
            arrivals.push(Arrival { period: placement.period(sorted.day[row]), known_on, conversions });
        }
    }
    let message =
        "rows have conversions dated after the day to look back from: they are left out, their clicks are not";
    notes.add("converted-after-as-of", later, message);
    notes.add(
        "conversion-undated",
        unknown,
        "rows have conversions without a date: counted, but their lag is not known",
    );
    let message = "terms and dates have the same clicks on every conversion's row, and they were added up: a join \
                   repeats them so; give the clicks once, and 0 on the other rows";
    let mut repeats = Repeats::default();
    let mut order: Vec<usize> = Vec::new();
    for range in sorted.offsets.windows(2) {
        order.clear();
        order.extend(range[0]..range[1]);
        order.sort_unstable_by_key(|&row| sorted.day[row]);
        repeats.see(&order, &sorted.day, &sorted.measures[CLICKS]);
    }
    notes.add("clicks-repeated", repeats.count(), message);
    sorted.report = Vec::new();
    known_on.and_then(date).map_or_else(Reports::default, |day| Reports::from_lags(&placement.calendar, day, &arrivals))
}

/// Clicks below this are the same by chance too often.
const TELLING: f64 = 10.0;

/// Terms and days with several rows: how many there are, and how many have the same clicks on each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Repeats {
    several: usize,
    same: usize,
}

impl Repeats {
    /// Takes in the rows of one term, `order` being sorted by day.
    pub(super) fn see(&mut self, order: &[usize], day: &[i32], clicks: &[f64]) {
        for rows in order.chunk_by(|&a, &b| day[a] == day[b]).filter(|rows| rows.len() > 1) {
            if rows.iter().any(|&row| clicks[row] >= TELLING) {
                self.several += 1;
                self.same += usize::from(rows.iter().all(|&row| clicks[row].to_bits() == clicks[rows[0]].to_bits()));
            }
        }
    }

    /// Takes in those of other terms.
    pub(super) fn add(&mut self, other: Self) {
        self.several += other.several;
        self.same += other.same;
    }

    /// How many repeat a count rather than divide it: none unless most of them do.
    pub(super) fn count(self) -> usize {
        if 2 * self.same > self.several { self.same } else { 0 }
    }
}
