//! The cells as a likelihood over time takes them.
//!
//! In: counts and the share of each period's conversions that is already known. Out: for every cell its
//! exposure (clicks that have had their time to convert), and sums by group and period.

use crate::counts::Counts;
use crate::estimate::delay::Delay;
use rayon::prelude::*;

/// Terms of one piece of parallel work: fixed, so that sums do not depend on the number of threads.
pub(super) const PIECE: usize = 512;

/// Cells in compressed rows, as in [`Cells`](crate::counts::Cells).
#[derive(Debug)]
pub(super) struct Panel<'a> {
    /// Shape: terms + 1.
    offsets: &'a [usize],
    /// Period of each cell. Shape: cells.
    period: &'a [u32],
    /// Clicks × share of their conversions that is known. Shape: cells.
    exposure: Vec<f64>,
    /// Conversions known. Shape: cells.
    conversions: &'a [f64],
    /// Relative variance of what is known of each period's completion. Shape: periods.
    pub(super) doubt: Vec<f64>,
    /// Period from which on cells are left out: they look unfinished.
    end: usize,
    /// How many periods there are.
    pub(super) periods: usize,
    /// Group of each term. Shape: terms.
    pub(super) group: &'a [u32],
    /// How many groups there are.
    pub(super) groups: usize,
}

/// Sums of observed and expected conversions. Shape of each: periods.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// Conversions.
    pub(super) observed: Vec<f64>,
    /// Exposure × rate, conversions.
    pub(super) expected: Vec<f64>,
    /// Sum of the squares of the terms' expected conversions.
    pub(super) squares: Vec<f64>,
}

impl Series {
    fn new(periods: usize) -> Self {
        Self { observed: vec![0.0; periods], expected: vec![0.0; periods], squares: vec![0.0; periods] }
    }

    /// Adds another series.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.observed, &other.observed),
            (&mut self.expected, &other.expected),
            (&mut self.squares, &other.squares),
        ];
        for (into, from) in pairs {
            for (into, from) in into.iter_mut().zip(from) {
                *into += from;
            }
        }
    }
}

impl<'a> Panel<'a> {
    pub(super) fn new(counts: &'a Counts, group: &'a [u32], groups: usize, delay: &Delay) -> Self {
        let cells = &counts.cells;
        let completion = &delay.completion;
        let doubt = match &delay.sd {
            Some(sd) => sd.iter().zip(completion).map(|(sd, share)| (sd / share) * (sd / share)).collect(),
            None => vec![0.0; completion.len()],
        };
        let exposure = cells
            .clicks
            .par_iter()
            .zip(&cells.period)
            .map(|(&clicks, &period)| clicks * completion[period as usize])
            .collect();
        Self {
            offsets: &cells.offsets,
            period: &cells.period,
            exposure,
            conversions: &cells.conversions,
            doubt,
            end: counts.calendar.periods.len() - delay.left_out,
            periods: counts.calendar.periods.len(),
            group,
            groups,
        }
    }

    /// How many terms there are.
    pub(super) fn terms(&self) -> usize {
        self.group.len()
    }

    /// How many cells a term has, those that look unfinished among them.
    pub(super) fn size(&self, term: usize) -> usize {
        self.offsets[term + 1] - self.offsets[term]
    }

    /// Cells of a term: period, exposure, conversions.
    pub(super) fn cells(&self, term: usize) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        (self.offsets[term]..self.offsets[term + 1])
            .map(|cell| (self.period[cell] as usize, self.exposure[cell], self.conversions[cell]))
            .take_while(|cell| cell.0 < self.end)
    }

    /// Exposure (times the factor of group and period) and conversions of every term.
    pub(super) fn totals(&self, factor: &[Vec<f64>]) -> Vec<(f64, f64)> {
        (0..self.terms())
            .into_par_iter()
            .map(|term| {
                let factor = &factor[self.group[term] as usize];
                self.cells(term).fold((0.0, 0.0), |(exposure, conversions), (period, here, known)| {
                    (exposure + here * factor[period], conversions + known)
                })
            })
            .collect()
    }

    /// Observed and expected conversions by group and period, at the given rate of every term.
    pub(super) fn series(&self, rate: &[f64]) -> Vec<Series> {
        // terms stand in an order of their own, so their groups' series are gathered piece by piece
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); self.groups];
        for (term, &group) in (0_u32..).zip(self.group) {
            members[group as usize].push(term);
        }
        members
            .par_iter()
            .map(|members| {
                let pieces: Vec<Series> = members
                    .par_chunks(PIECE)
                    .map(|piece| {
                        let mut series = Series::new(self.periods);
                        for &term in piece {
                            for (period, exposure, conversions) in self.cells(term as usize) {
                                let expected = exposure * rate[term as usize];
                                series.observed[period] += conversions;
                                series.expected[period] += expected;
                                series.squares[period] += expected * expected;
                            }
                        }
                        series
                    })
                    .collect();
                let mut total = Series::new(self.periods);
                for piece in &pieces {
                    total.add(piece);
                }
                total
            })
            .collect()
    }
}
