//! Rows by term → cells.
//!
//! In: rows in chunks, with the place of each one's term. Out: cells as compressed rows. Rows of one term and
//! period are added exactly, so that neither the order of rows nor the division of the input can change a bit.
//! Most rows are a cell of their own and stay where they are; terms are shared among the threads.

use super::calendar::Placement;
use super::reports::Repeats;
use super::rows::{CLICKS, IMPRESSIONS, MEASURES, Rows, SIGNALS};
use crate::counts::{Cells, Shares, Signals};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;
use std::ops::Range;

/// Positions of the impression share's ends among the signals.
const IMPRESSION_SHARE: Range<usize> = 2..4;
/// Pieces that the terms are shared out in; terms differ in their rows, so there are more than threads.
const PIECES: usize = 64;

/// Rows ordered by term, in any order within a term.
#[derive(Debug)]
pub(super) struct Sorted {
    /// Length: terms + 1.
    pub offsets: Vec<usize>,
    pub day: Vec<i32>,
    /// Number of the file; empty where there is one only.
    pub file: Vec<u32>,
    /// As in [`Rows::report`].
    pub report: Vec<i32>,
    pub measures: [Vec<f64>; MEASURES],
    /// As in [`Rows::signals`].
    pub signals: [Vec<f64>; SIGNALS],
}

impl Sorted {
    /// Counting sort by term; gives the chunks' memory back as it goes.
    pub(super) fn new(chunks: Vec<Rows>, place: &[u32], terms: usize, has: [bool; MEASURES]) -> Self {
        let mut offsets = vec![0_usize; terms + 1];
        for key in chunks.iter().flat_map(|chunk| &chunk.key) {
            offsets[place[*key as usize] as usize + 1] += 1;
        }
        for term in 0..terms {
            offsets[term + 1] += offsets[term];
        }
        let rows = offsets[terms];
        let mut next = offsets.clone();
        let mut day = vec![0_i32; rows];
        let several = chunks.windows(2).any(|pair| pair[0].file != pair[1].file);
        let mut file = vec![0_u32; if several { rows } else { 0 }];
        let reported = chunks.iter().any(|chunk| !chunk.report.is_empty());
        let mut report = vec![0_i32; if reported { rows } else { 0 }];
        let mut measures = has.map(|has| vec![0.0_f64; if has { rows } else { 0 }]);
        let mut signals: [Vec<f64>; SIGNALS] = std::array::from_fn(|signal| {
            let has = chunks.iter().any(|chunk| chunk.signals[signal].iter().any(|value| !value.is_nan()));
            vec![f64::NAN; if has { rows } else { 0 }]
        });
        for chunk in chunks {
            let at: Vec<usize> = chunk
                .key
                .iter()
                .map(|&key| {
                    let slot = &mut next[place[key as usize] as usize];
                    *slot += 1;
                    *slot - 1
                })
                .collect();
            let mut columns: Vec<(&mut Vec<f64>, &Vec<f64>)> = measures.iter_mut().zip(&chunk.measures).collect();
            columns.extend(signals.iter_mut().zip(&chunk.signals).filter(|(to, _)| !to.is_empty()));
            columns.into_par_iter().for_each(|(to, from)| scatter(&at, from, to));
            scatter(&at, &chunk.day, &mut day);
            scatter(&at, &chunk.report, &mut report);
            if several {
                for &at in &at {
                    file[at] = chunk.file;
                }
            }
        }
        Self { offsets, day, file, report, measures, signals }
    }

    /// Adds up the rows of each term and period, in place; also how many rows were added to another row
    /// of the same term and day, and which of those repeat a count.
    pub(super) fn merge(mut self, placement: &Placement) -> (Cells, usize, Repeats) {
        let merged: Vec<Merged> =
            self.pieces().into_par_iter().map(|(piece, starts)| piece.merge(&starts, placement)).collect();
        let mut offsets = vec![0_usize];
        let (mut added, mut repeats) = (0, Repeats::default());
        let mut moves = Vec::with_capacity(merged.len());
        let mut write = 0;
        for piece in &merged {
            moves.push((piece.start..piece.start + piece.period.len(), write));
            offsets.extend(piece.ends.iter().map(|end| write + end));
            write += piece.period.len();
            added += piece.added;
            repeats.add(piece.repeats);
        }
        let period = merged.into_iter().map(|piece| piece.period).collect::<Vec<_>>().concat();
        let columns: Vec<&mut Vec<f64>> = self.measures.iter_mut().chain(&mut self.signals).collect();
        columns.into_par_iter().filter(|values| !values.is_empty()).for_each(|values| {
            for (cells, to) in &moves {
                if cells.start != *to {
                    values.copy_within(cells.clone(), *to);
                }
            }
            values.truncate(write);
            values.shrink_to_fit();
        });
        let [impressions, clicks, cost, conversions, revenue] = self.measures;
        let optional = |values: Vec<f64>| (!values.is_empty()).then_some(values);
        let (impressions, cost, revenue) = (optional(impressions), optional(cost), optional(revenue));
        let [max_cpc, campaign_budget, share, share_most, budget, budget_most, rank, rank_most] = self.signals;
        let shares = |lower: Vec<f64>, upper: Vec<f64>| (!lower.is_empty()).then_some(Shares { lower, upper });
        let signals = Signals {
            max_cpc: optional(max_cpc),
            campaign_budget: optional(campaign_budget),
            impression_share: shares(share, share_most),
            lost_to_budget: shares(budget, budget_most),
            lost_to_rank: shares(rank, rank_most),
        };
        (Cells { offsets, period, impressions, clicks, cost, conversions, revenue, signals }, added, repeats)
    }

    /// Pieces of whole terms, each with where its terms begin and the last one ends, counted from the piece's start.
    fn pieces(&mut self) -> Vec<(Piece<'_>, Vec<usize>)> {
        let terms = self.offsets.len() - 1;
        let size = terms.div_ceil(PIECES).max(1);
        let own = |first: usize| &self.offsets[first..=(first + size).min(terms)];
        let starts: Vec<&[usize]> = (0..terms).step_by(size).map(own).collect();
        let lengths: Vec<usize> = starts.iter().map(|starts| starts[starts.len() - 1] - starts[0]).collect();
        let mut measures = self.measures.each_mut().map(|values| cut(values, &lengths));
        let mut signals = self.signals.each_mut().map(|values| cut(values, &lengths));
        let piece = |(starts, length): (&[usize], usize)| {
            let start = starts[0];
            let measures = measures.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            let signals = signals.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            let piece = Piece { start, day: &self.day[start..start + length], measures, signals };
            (piece, starts.iter().map(|offset| offset - start).collect())
        };
        starts.into_iter().zip(lengths.iter().copied()).map(piece).collect()
    }
}

/// Pieces of these lengths, one after another; all empty where there are no values.
fn cut<'v>(values: &'v mut [f64], lengths: &[usize]) -> std::vec::IntoIter<&'v mut [f64]> {
    let mut rest = values;
    let mut pieces = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let (piece, after) = rest.split_at_mut(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.into_iter()
}

fn scatter<T: Copy>(at: &[usize], from: &[T], to: &mut [T]) {
    for (&at, &value) in at.iter().zip(from) {
        to[at] = value;
    }
}

/// The rows of some terms.
struct Piece<'s> {
    /// Number of the first row.
    start: usize,
    day: &'s [i32],
    measures: [&'s mut [f64]; MEASURES],
    signals: [&'s mut [f64]; SIGNALS],
}

/// What became of a piece; its cells stand at its beginning.
struct Merged {
    start: usize,
    /// Of each cell.
    period: Vec<u32>,
    /// Of each term: how many cells there are up to its last.
    ends: Vec<usize>,
    added: usize,
    repeats: Repeats,
}

impl Piece<'_> {
    fn merge(mut self, starts: &[usize], placement: &Placement) -> Merged {
        let period = Vec::with_capacity(self.day.len());
        let ends = Vec::with_capacity(starts.len());
        let mut merged = Merged { start: self.start, period, ends, added: 0, repeats: Repeats::default() };
        let mut order: Vec<usize> = Vec::new();
        let mut groups: Vec<Range<usize>> = Vec::new();
        for range in starts.windows(2) {
            let write = merged.period.len();
            order.clear();
            order.extend(range[0]..range[1]);
            let is_sorted = self.day[range[0]..range[1]].is_sorted();
            if !is_sorted {
                order.sort_unstable_by_key(|&row| self.day[row]);
            }
            let added = order.windows(2).filter(|pair| self.day[pair[0]] == self.day[pair[1]]).count();
            if added > 0 {
                merged.added += added;
                // the rows of this term are still in their place
                merged.repeats.see(&order, self.day, self.measures[CLICKS]);
            }
            groups.clear();
            for (place, &row) in order.iter().enumerate() {
                let period = placement.period(self.day[row]);
                match groups.last_mut() {
                    Some(group) if merged.period.last() == Some(&period) => group.end = place + 1,
                    _ => {
                        groups.push(place..place + 1);
                        merged.period.push(period);
                    }
                }
            }
            if !is_sorted || groups.len() < order.len() || write < range[0] {
                self.add_up(&order, &groups, write);
            }
            merged.ends.push(merged.period.len());
        }
        merged
    }

    /// Writes the cells of one term: a group of rows in `order` each, from `write` on, which is never beyond the
    /// term's own rows.
    fn add_up(&mut self, order: &[usize], groups: &[Range<usize>], write: usize) {
        let mut own: Vec<f64> = Vec::with_capacity(groups.len());
        // before the measures: impressions, by which they are weighted, are still by row
        let impressions = Some(&*self.measures[IMPRESSIONS]).filter(|values| !values.is_empty());
        for (signal, values) in self.signals.iter_mut().enumerate().filter(|(_, values)| !values.is_empty()) {
            let mean = if IMPRESSION_SHARE.contains(&signal) { Cells::joint_share } else { Cells::mean_signal };
            own.clear();
            own.extend(groups.iter().map(|group| mean(values, impressions, &order[group.clone()])));
            values[write..write + own.len()].copy_from_slice(&own);
        }
        for values in self.measures.iter_mut().filter(|values| !values.is_empty()) {
            own.clear();
            own.extend(groups.iter().map(|group| match &order[group.clone()] {
                [row] => values[*row],
                rows => rows.iter().map(|&row| values[row]).collect::<ExactSum>().value(),
            }));
            values[write..write + own.len()].copy_from_slice(&own);
        }
    }
}
