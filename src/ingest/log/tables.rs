//! Visits → counts by term and period.
//!
//! In: visits in any order. Out: [`Counts`], small terms folded into one. Sums are of whole numbers, so that no order
//! can change a bit. For each term as many visitors are kept as the threshold asks for, as hashes and no longer than
//! it takes to reach it.

use super::LogSettings;
use super::sessions::Visit;
use crate::counts::{Cells, Counts, OTHER_TERMS};
use crate::domain::{Notes, Term, TermKey};
use crate::ingest::calendar::{self, Dated, Known};
use crate::ingest::{IngestError, IngestSettings};
use std::collections::{BTreeMap, BTreeSet};

/// What a term's visits of one day add up to.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    visits: u64,
    purchases: u64,
    /// Millionths of the currency.
    value: i128,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.visits += other.visits;
        self.purchases += other.purchases;
        self.value += other.value;
    }
}

/// One term.
#[derive(Debug, Default)]
struct Counted {
    /// The first visitors, in order, until there are enough.
    visitors: Vec<u64>,
    enough: bool,
    /// In order; most terms have one.
    days: Vec<(i32, Cell)>,
}

/// All terms, by number.
#[derive(Debug)]
pub(super) struct Tables {
    least: usize,
    terms: Vec<Counted>,
    /// First and last day of any hit.
    pub days: Option<(i32, i32)>,
}

impl Tables {
    pub(super) fn new(settings: &LogSettings) -> Self {
        Self { least: settings.min_count as usize, terms: Vec::new(), days: None }
    }

    /// Notes a day that the log covers.
    pub(super) fn see(&mut self, day: i32) {
        self.days = Some(self.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
    }

    /// Counts a visit.
    pub(super) fn add(&mut self, visit: &Visit) {
        let number = visit.term as usize;
        if number >= self.terms.len() {
            self.terms.resize_with(number + 1, Counted::default);
        }
        let term = &mut self.terms[number];
        if !term.enough {
            if let Err(place) = term.visitors.binary_search(&visit.visitor) {
                term.visitors.insert(place, visit.visitor);
            }
            if term.visitors.len() >= self.least {
                (term.enough, term.visitors) = (true, Vec::new());
            }
        }
        let cell = Cell { visits: 1, purchases: visit.purchases, value: visit.value };
        match term.days.binary_search_by_key(&visit.day, |&(day, _)| day) {
            Ok(place) => term.days[place].1.add(cell),
            Err(place) => term.days.insert(place, (visit.day, cell)),
        }
    }

    /// Counts by term and period, terms in order.
    ///
    /// # Errors
    /// None that a log can bring about: the calendar has at least a day.
    pub(super) fn into_counts(
        self,
        texts: &[Box<str>],
        settings: &LogSettings,
        notes: &mut Notes,
    ) -> Result<Counts, IngestError> {
        let (first, last) = self.days.unwrap_or_default();
        let days: Vec<i32> = (first..=last).collect();
        let reading =
            IngestSettings { period: settings.period, week_start: settings.week_start, ..IngestSettings::default() };
        let placement = calendar::place(&days, Dated::Day, Known::default(), &reading, notes)?;
        let few = |term: &&Counted| !term.enough && !term.days.is_empty();
        let visitors: BTreeSet<_> = self.terms.iter().filter(few).flat_map(|term| &term.visitors).collect();
        // so few are no crowd under any name
        let too_few = visitors.len() < self.least;
        let mut folded = 0;
        let mut rows: BTreeMap<&str, BTreeMap<u32, Cell>> = BTreeMap::new();
        for (term, text) in self.terms.iter().zip(texts).filter(|(term, _)| !term.days.is_empty()) {
            folded += usize::from(!term.enough);
            if too_few && !term.enough {
                continue;
            }
            let periods = rows.entry(if term.enough { text } else { OTHER_TERMS }).or_default();
            for &(day, cell) in &term.days {
                periods.entry(placement.period(day)).or_default().add(cell);
            }
        }
        if too_few {
            let message = format!("terms with fewer than {} visitors, and no more together, are left out", self.least);
            notes.add("left-out-terms", folded, message);
        } else {
            let message = format!("terms with fewer than {} visitors are folded into {OTHER_TERMS}", self.least);
            notes.add("folded-terms", folded, message);
        }
        let key = |text: &str| TermKey { term: text.to_owned(), ..TermKey::default() };
        let terms = rows.keys().map(|text| Term { key: key(text), ..Term::default() }).collect();
        let mut cells = Cells { offsets: vec![0], ..Cells::default() };
        let mut revenue = Vec::new();
        for (&period, cell) in rows.values().flatten() {
            cells.period.push(period);
            cells.clicks.push(cell.visits as f64);
            cells.conversions.push(cell.purchases as f64);
            revenue.push(cell.value as f64 / 1e6);
        }
        let mut end = 0;
        cells.offsets.extend(rows.values().map(|periods| {
            end += periods.len();
            end
        }));
        cells.revenue = settings.value.is_some().then_some(revenue);
        Ok(Counts { terms, calendar: placement.calendar, cells, ..Counts::default() })
    }
}
