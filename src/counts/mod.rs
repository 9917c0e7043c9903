//! `Counts`: what was observed, terms × periods, as plain vectors.
//!
//! Owns the observation after reading and before any estimate: the terms in canonical order, the
//! calendar, and the sparse cells. In: aggregated rows from `ingest` (or `simulate`). Out: slices
//! that kernels stream through, sums that reconcile with the input, and the baseline window.
//! It assumes that rows of one term and period were added up exactly before they came here.

mod baseline;
mod fold;
mod groups;
mod reports;
mod signals;
mod simulated;

pub use baseline::Baseline;
pub use fold::{OTHER_TERMS, pool_of};
pub use groups::Groups;
pub use reports::{Arrival, ExportDay, MOST_AGES, ReportSource, Reports, Triangle};
pub use signals::{Shares, Signals};
pub use simulated::{SimulatedCurve, SimulatedLever};

use crate::domain::{Date, Term};
use crate::numeric::sum::{ExactSum, PIECE};
use rayon::prelude::*;
use serde::Serialize;

/// Terms × periods of aggregate counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Terms sorted by key; the index is the term's number everywhere else.
    pub terms: Vec<Term>,
    /// The periods the cells refer to.
    pub calendar: Calendar,
    /// The observed cells.
    pub cells: Cells,
    /// Currency code or sign, if the data names one.
    pub currency: Option<String>,
    /// How late conversions were reported, as far as the data tell.
    pub reports: Reports,
    /// What the platform's simulators say of other bids and budgets.
    pub simulated: Vec<SimulatedCurve>,
}

/// Ordered, non-overlapping periods.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calendar {
    /// What one period is.
    pub unit: PeriodUnit,
    /// The periods, ascending, without gaps from first to last; one period when undated.
    pub periods: Vec<Period>,
    /// Last day the data are known for; `None` when undated.
    pub as_of: Option<Date>,
}

impl Calendar {
    /// `weeks` or `days` where there are several, so that some are more recent than others.
    #[must_use]
    pub fn several(&self) -> Option<&'static str> {
        match self.unit {
            PeriodUnit::Week if self.periods.len() > 1 => Some("weeks"),
            PeriodUnit::Day if self.periods.len() > 1 => Some("days"),
            _ => None,
        }
    }
}

/// What one period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// Seven days.
    #[default]
    Week,
    /// One day.
    Day,
    /// The whole file is one period, of so many days if the user said so.
    Undated {
        /// Length in days, from `--period-days`.
        days: Option<f64>,
    },
}

/// One period, from `start` (included) to `end` (excluded).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First day; `None` when undated.
    pub start: Option<Date>,
    /// Day after the last; `None` when undated.
    pub end: Option<Date>,
    /// Whether the data cover it wholly.
    pub complete: bool,
}

/// Sparse cells in compressed rows: the cells of term `i` are `offsets[i]..offsets[i + 1]`,
/// periods ascending within a term. Measures that the data do not have are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// Length: terms + 1.
    pub offsets: Vec<usize>,
    /// Index into `Calendar::periods`.
    pub period: Vec<u32>,
    /// Ads shown, count.
    pub impressions: Option<Vec<f64>>,
    /// Clicks, count.
    pub clicks: Vec<f64>,
    /// What was paid, account currency.
    pub cost: Option<Vec<f64>>,
    /// Conversions, count, may be fractional.
    pub conversions: Vec<f64>,
    /// Conversion value, account currency.
    pub revenue: Option<Vec<f64>>,
    /// Levers and shares of the auctions.
    pub signals: Signals,
}

/// Sums over all terms and periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Ads shown, count.
    pub impressions: Option<f64>,
    /// Clicks, count.
    pub clicks: f64,
    /// What was paid, account currency.
    pub cost: Option<f64>,
    /// Conversions, count.
    pub conversions: f64,
    /// Conversion value, account currency.
    pub revenue: Option<f64>,
}

impl Cells {
    /// The cells of some periods.
    fn keep(&self, keeps: impl Fn(usize) -> bool) -> Self {
        let keeps = |cell: &usize| keeps(self.period[*cell] as usize);
        let kept: Vec<usize> = (0..self.period.len()).filter(keeps).collect();
        let mut offsets = vec![0];
        for range in self.offsets.windows(2) {
            let within = (range[0]..range[1]).filter(keeps).count();
            offsets.push(offsets[offsets.len() - 1] + within);
        }
        let take = |measure: &[f64]| kept.iter().map(|&cell| measure[cell]).collect::<Vec<f64>>();
        Self {
            offsets,
            period: kept.iter().map(|&cell| self.period[cell]).collect(),
            impressions: self.impressions.as_deref().map(take),
            clicks: take(&self.clicks),
            cost: self.cost.as_deref().map(take),
            conversions: take(&self.conversions),
            revenue: self.revenue.as_deref().map(take),
            signals: self.signals.keep(&kept),
        }
    }

    /// The cells of a term, ascending by period.
    #[must_use]
    pub fn of_term(&self, term: usize) -> std::ops::Range<usize> {
        self.offsets[term]..self.offsets[term + 1]
    }
}

impl Counts {
    /// Sums of every measure; exact in any order of rows (see [`ExactSum`]).
    #[must_use]
    pub fn totals(&self) -> Totals {
        let sum = |values: &[f64]| ExactSum::of(values).value();
        let cells = &self.cells;
        Totals {
            impressions: cells.impressions.as_deref().map(sum),
            clicks: sum(&cells.clicks),
            cost: cells.cost.as_deref().map(sum),
            conversions: sum(&cells.conversions),
            revenue: cells.revenue.as_deref().map(sum),
        }
    }

    /// Per-term sums of one measure over all periods. Shape of `measure`: cells; of the answer: terms.
    #[must_use]
    pub fn by_term(&self, measure: &[f64]) -> Vec<f64> {
        self.cells
            .offsets
            .par_windows(2)
            .map(|range| measure[range[0]..range[1]].iter().copied().collect::<ExactSum>().value())
            .collect()
    }

    /// Per-period sums of one measure over all terms. Shape of `measure`: cells; of the answer: periods.
    #[must_use]
    pub fn by_period(&self, measure: &[f64]) -> Vec<f64> {
        let periods = self.calendar.periods.len();
        let sums = |(period, values): (&[u32], &[f64])| {
            let mut sums = vec![ExactSum::default(); periods];
            if ExactSum::are_small(values) {
                let mut whole = vec![0.0; periods];
                for (&period, &value) in period.iter().zip(values) {
                    whole[period as usize] += value;
                }
                sums.iter_mut().zip(whole).for_each(|(sum, whole)| sum.add(whole));
            } else {
                for (&period, &value) in period.iter().zip(values) {
                    sums[period as usize].add(value);
                }
            }
            sums
        };
        let join = |mut a: Vec<ExactSum>, b: Vec<ExactSum>| {
            a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b));
            a
        };
        let none = || vec![ExactSum::default(); periods];
        let pieces = self.cells.period.par_chunks(PIECE).zip(measure.par_chunks(PIECE));
        pieces.map(sums).reduce(none, join).iter().map(ExactSum::value).collect()
    }

    /// The first `periods` periods alone: the same terms, and no count of what came later.
    ///
    /// Counts are those of today's reports: conversions that were still to come then are in them, so `as_of` and
    /// what is known of the reporting delay stay today's, too. Attributes of terms (status, levers, labels) are
    /// the latest, as they have no history.
    #[must_use]
    pub fn first_periods(&self, periods: usize) -> Self {
        let periods = periods.min(self.calendar.periods.len());
        let calendar = &self.calendar;
        let mut reports = self.reports.clone();
        reports.ages.truncate(periods);
        Self {
            terms: self.terms.clone(),
            calendar: Calendar {
                unit: calendar.unit,
                periods: calendar.periods[..periods].to_vec(),
                as_of: calendar.as_of,
            },
            cells: self.cells.keep(|period| period < periods),
            currency: self.currency.clone(),
            reports,
            // simulators speak of today
            simulated: Vec::new(),
        }
    }

    /// Adds terms without a single cell, and keeps the terms in order; one that is there already stays as it is.
    pub fn add_terms(&mut self, terms: impl IntoIterator<Item = Term>) {
        for term in terms {
            if let Err(at) = self.terms.binary_search_by(|own| own.key.cmp(&term.key)) {
                self.cells.offsets.insert(at, self.cells.offsets[at]);
                self.terms.insert(at, term);
            }
        }
    }

    /// Takes away what was counted in some periods, which are then not complete. Shape of `left_out`: periods.
    pub fn leave_out(&mut self, left_out: &[bool]) {
        self.cells = self.cells.keep(|period| !left_out[period]);
        for (period, &left_out) in self.calendar.periods.iter_mut().zip(left_out) {
            period.complete &= !left_out;
        }
    }

    /// The same counts without one term.
    ///
    /// # Panics
    /// If `term` is not one of them.
    #[must_use]
    pub fn without(mut self, term: usize) -> Self {
        let cells = self.cells.offsets[term]..self.cells.offsets[term + 1];
        self.terms.remove(term);
        let removed = cells.len();
        self.cells.offsets.remove(term + 1);
        for offset in &mut self.cells.offsets[term + 1..] {
            *offset -= removed;
        }
        self.cells.period.drain(cells.clone());
        let measures = &mut self.cells;
        for measure in [&mut measures.clicks, &mut measures.conversions] {
            measure.drain(cells.clone());
        }
        for measure in [&mut measures.impressions, &mut measures.cost, &mut measures.revenue].into_iter().flatten() {
            measure.drain(cells.clone());
        }
        measures.signals.drain(&cells);
        self
    }
}
