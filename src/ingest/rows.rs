//! The rows of one part of the input, with their terms numbered.
//!
//! In: rows that passed the rules. Out: vectors by row, a table of term keys, and tallies for the
//! notes. Parts are read in parallel and merged; nothing in the result depends on how the input was
//! divided, up to the numbering of the terms, which the last step replaces by their order.

use super::attributes::{Attributes, Observed};
use super::error::Refused;
use super::grain::Grain;
use super::owners::Owners;
use super::people::Numbers;
use super::tally::Tally;
use super::totals::{Aside, Wholes};
use super::unmeasured::Unmeasured;
use polars::prelude::{PlHashMap, PlHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Ends each field of a key; UTF-8 never contains it.
pub(super) const END: u8 = 0xff;
/// How many refused cells are kept in full.
const KEPT: usize = 1000;
/// Rows of one chunk, so that memory can be given back chunk by chunk.
const CHUNK: usize = 1 << 20;
/// The measures, in the order of [`Rows::measures`].
pub(super) const MEASURES: usize = 5;
/// Signals of a cell, in the order of [`Rows::signals`]: two levers, then lower and upper ends of three shares.
pub(super) const SIGNALS: usize = 8;
/// The day of a conversion that is not known.
pub(super) const UNDATED: i32 = i32::MIN;
/// Position of each measure.
pub(super) const IMPRESSIONS: usize = 0;
pub(super) const CLICKS: usize = 1;
pub(super) const COST: usize = 2;
pub(super) const CONVERSIONS: usize = 3;
pub(super) const REVENUE: usize = 4;

/// Rows as vectors of one length; the vector of an absent measure is empty.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Number of the file the rows are of.
    pub file: u32,
    pub key: Vec<u32>,
    pub day: Vec<i32>,
    /// Day of the report or of the conversion, or [`UNDATED`]; empty where there is no such column.
    pub report: Vec<i32>,
    pub measures: [Vec<f64>; MEASURES],
    /// NaN where a row has none.
    pub signals: [Vec<f64>; SIGNALS],
}

impl Rows {
    /// Room for the chunk after a full one.
    fn next(&self) -> Self {
        let room = |values: &Vec<f64>| Vec::with_capacity(values.len());
        Self {
            file: self.file,
            key: Vec::with_capacity(CHUNK),
            day: Vec::with_capacity(CHUNK),
            report: Vec::with_capacity(self.report.len()),
            measures: self.measures.each_ref().map(room),
            signals: self.signals.each_ref().map(room),
        }
    }
}

/// First and last line of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines(pub Option<(u64, u64)>);

impl Lines {
    pub(super) fn see(&mut self, line: u64) {
        let (first, last) = self.0.unwrap_or((line, line));
        self.0 = Some((first.min(line), last.max(line)));
    }
}

/// What days the rows are of, where a row, or the whole file, is of several.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    /// First and last day.
    pub ends: Option<(i32, i32)>,
    /// Distinct numbers of days; two are enough to tell that they differ.
    pub lengths: BTreeSet<i32>,
}

impl Spans {
    pub(super) fn see(&mut self, first: i32, last: i32) {
        let (from, until) = self.ends.unwrap_or((first, last));
        self.ends = Some((from.min(first), until.max(last)));
        if self.lengths.len() < 2 {
            self.lengths.insert(last - first + 1);
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some((first, last)) = other.ends {
            let (from, until) = self.ends.unwrap_or((first, last));
            self.ends = Some((from.min(first), until.max(last)));
            self.lengths.extend(&other.lengths);
        }
    }
}

/// One row that passed the rules.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    /// Fields of the key, each closed by [`END`].
    pub key: &'a [u8],
    /// Whether key and label are those of the row before.
    pub repeated: bool,
    pub day: i32,
    pub report: Option<i32>,
    /// How recent its attributes are: of several rows the latest counts.
    pub recency: i64,
    pub measures: [Option<f64>; MEASURES],
    /// `None` where the file has no such column, NaN where the row has no value.
    pub signals: [Option<f64>; SIGNALS],
    pub observed: Option<Observed<'a>>,
}

/// Everything gathered from one part of the input.
#[derive(Debug, Default)]
pub(super) struct Part {
    numbers: PlHashMap<Box<[u8]>, u32>,
    last: Option<u32>,
    last_key: Vec<u8>,
    /// Number of the label of the row pushed last.
    last_label: Option<u32>,
    /// One a key, if the files have columns for them.
    pub attributes: Vec<Attributes>,
    pub labels: Labels,
    pub rows: Vec<Rows>,
    /// Distinct days, also of rows that are left out.
    pub days: PlHashSet<i32>,
    last_day: Option<i32>,
    pub tally: Tally,
    /// Words of the status column that are not known, with how often.
    pub unknown_status: BTreeMap<String, usize>,
    /// Where each currency was first seen.
    pub currencies: BTreeMap<String, Refused>,
    /// Records that may be totals.
    pub aside: Vec<Aside>,
    /// Whether there were more of them.
    pub aside_full: bool,
    /// What the columns of names hold.
    pub wholes: Wholes,
    /// By column of the file, where it was looked at.
    pub numbered: Vec<Numbers>,
    pub lines: Lines,
    pub spans: Spans,
    pub grain: Grain,
    pub refused: Vec<Refused>,
    pub unmeasured: Unmeasured,
    pub owners: Owners,
    /// The first value that identifies somebody.
    pub person: Option<Person>,
    pub refused_total: u64,
    /// Records below the header, also refused ones.
    pub records: u64,
}

/// Where somebody stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub line: u64,
    /// Number of the column in the file.
    pub column: usize,
    pub what: &'static str,
}

/// Distinct label texts.
#[derive(Debug, Default)]
pub(super) struct Labels {
    numbers: PlHashMap<String, u32>,
    pub texts: Vec<String>,
}

impl Labels {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        // bounded by the number of rows, which is bounded below u32::MAX
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
}

/// Adds to the recency of a row of this report; a report made after the day to look back from is less
/// recent than any other.
pub(super) fn report_recency(report: i32, as_of: Option<i32>) -> i64 {
    if as_of.is_some_and(|as_of| report > as_of) { 0 } else { i64::from(report) << 32 }
}

impl Part {
    /// Records a cell or row that breaks a rule.
    pub(super) fn refuse(&mut self, refused: impl FnOnce() -> Refused) {
        self.refused_total += 1;
        if self.refused.len() < KEPT {
            self.refused.push(refused());
        }
    }

    /// Refuses what turned out to be wrong once the whole file was read.
    pub(super) fn refuse_late(&mut self, cells: Vec<Refused>, total: u64) {
        self.refused_total += total;
        self.refused.extend(cells);
        self.refused.sort_by_key(|cell| cell.line);
        self.refused.truncate(KEPT);
    }

    /// Notes a day that the data have.
    pub(super) fn see(&mut self, day: i32) {
        if self.last_day != Some(day) {
            self.days.insert(day);
            self.last_day = Some(day);
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &Row<'_>) {
        let key = match self.last {
            Some(last) if row.repeated => last,
            _ => self.key_number(row.key),
        };
        if let Some(observed) = &row.observed {
            if !row.repeated {
                self.last_label = observed.label.map(|text| self.labels.number(text));
            }
            let label = self.last_label;
            let at = key as usize;
            if at >= self.attributes.len() {
                self.attributes.resize_with(at + 1, Attributes::default);
            }
            self.attributes[at].see(row.recency, observed, label, &self.labels.texts);
        }
        if self.rows.last().is_none_or(|rows| rows.key.len() >= CHUNK) {
            let next = self.rows.last().map_or_else(Rows::default, Rows::next);
            self.rows.push(next);
        }
        if let Some(rows) = self.rows.last_mut() {
            rows.key.push(key);
            rows.day.push(row.day);
            let keep = |(vector, value): (&mut Vec<f64>, Option<f64>)| vector.extend(value);
            rows.measures.iter_mut().zip(row.measures).for_each(keep);
            rows.signals.iter_mut().zip(row.signals).for_each(keep);
            if let Some(report) = row.report {
                rows.report.push(report);
            }
        }
        self.tally.see_measures(&row.measures);
    }

    /// Exports are mostly sorted by term, so the last key is tried before the table.
    fn key_number(&mut self, key: &[u8]) -> u32 {
        if let Some(last) = self.last.filter(|_| self.last_key == key) {
            return last;
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = match self.numbers.get(key) {
            Some(&number) => number,
            None => *self.numbers.entry(key.into()).or_insert(next),
        };
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        self.last = Some(number);
        number
    }

    /// Appends a later part; `lines` is added to its line numbers.
    pub(super) fn merge(&mut self, mut later: Self, lines: u64) {
        later.move_down(lines);
        later.person = self.person.into_iter().chain(later.person).min_by_key(|person| person.line);
        if self.records == 0 && self.tally.blank_rows == 0 && self.aside.is_empty() && self.numbered.is_empty() {
            *self = later;
            return;
        }
        let label: Vec<u32> = later.labels.texts.iter().map(|text| self.labels.number(text)).collect();
        let mut number = vec![0; later.numbers.len()];
        for (key, old) in later.numbers.drain() {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            number[old as usize] = *self.numbers.entry(key).or_insert(next);
        }
        if !later.attributes.is_empty() && self.attributes.len() < self.numbers.len() {
            self.attributes.resize_with(self.numbers.len(), Attributes::default);
        }
        for (attributes, &key) in later.attributes.iter().zip(&number) {
            self.attributes[key as usize].merge(attributes, Some(&label), &self.labels.texts);
        }
        for mut rows in later.rows {
            for key in &mut rows.key {
                *key = number[*key as usize];
            }
            self.rows.push(rows);
        }
        self.last = None;
        self.days.extend(later.days);
        self.tally.add(&later.tally);
        for (word, count) in later.unknown_status {
            *self.unknown_status.entry(word).or_default() += count;
        }
        for (code, first) in later.currencies {
            self.currencies.entry(code).or_insert(first);
        }
        self.person = later.person;
        self.aside.extend(later.aside);
        self.aside_full |= later.aside_full;
        self.wholes.add(later.wholes);
        self.numbered.resize(self.numbered.len().max(later.numbered.len()), Numbers::Unseen);
        for (own, numbers) in self.numbered.iter_mut().zip(later.numbered) {
            *own = own.and(numbers);
        }
        if let Some((first, last)) = later.lines.0 {
            self.lines.see(first);
            self.lines.see(last);
        }
        self.spans.merge(&later.spans);
        self.grain.merge(later.grain);
        let room = KEPT - self.refused.len();
        self.refused.extend(later.refused.into_iter().take(room));
        self.unmeasured.merge(later.unmeasured);
        self.owners.merge(later.owners);
        self.refused_total += later.refused_total;
        self.records += later.records;
    }

    /// Adds to all line numbers.
    fn move_down(&mut self, lines: u64) {
        for refused in self.refused.iter_mut().chain(self.currencies.values_mut()) {
            refused.line += lines;
        }
        self.unmeasured.move_down(lines);
        self.grain.move_down(lines);
        for aside in &mut self.aside {
            aside.line += lines;
        }
        for numbers in &mut self.numbered {
            numbers.move_down(lines);
        }
        if let Some(person) = &mut self.person {
            person.line += lines;
        }
        self.lines.0 = self.lines.0.map(|(first, last)| (first + lines, last + lines));
    }

    /// Numbers the file that all rows are of.
    pub(super) fn of_file(&mut self, file: u32) {
        for rows in &mut self.rows {
            rows.file = file;
        }
    }

    /// Gives all rows one day.
    pub(super) fn date_all(&mut self, day: i32) {
        self.days = std::iter::once(day).collect();
        self.last_day = Some(day);
        for rows in &mut self.rows {
            rows.day.fill(day);
        }
    }

    /// Dates all rows as reported on the last day there is, which is the last week's first in weekly data.
    pub(super) fn report_on_last_day(&mut self, as_of: Option<i32>) {
        let Some(last) = self.days.iter().copied().max() else {
            return;
        };
        for rows in &mut self.rows {
            rows.report = vec![last; rows.day.len()];
        }
        for attributes in &mut self.attributes {
            attributes.reported(report_recency(last, as_of));
        }
    }

    /// Gives up the keys, by number.
    pub(super) fn take_keys(&mut self) -> Vec<Box<[u8]>> {
        let mut keys = vec![Box::default(); self.numbers.len()];
        for (key, number) in self.numbers.drain() {
            keys[number as usize] = key;
        }
        keys
    }
}
