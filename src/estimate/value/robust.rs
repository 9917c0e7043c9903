//! Orders too large to be believed as a term's usual ones.
//!
//! In: counts and the log-normal model fitted to them. Out: cells whose mean value is beyond what the rest of
//! their term and campaign lets expect, and how much of each is kept.
//!
//! A cell of y orders worth r is cut where all of these hold, with η and V from all but this cell:
//!
//! ```text
//! z = (ln(r/y) + s²/2 − η) / √(V + s²) > z(1 − 0.05/n)     n: cells with orders in the account
//! r/y > 4 e^(η + V/2)
//! kept: y · exp(η − s²/2 + z(0.95) √(V + s²))
//! ```
//!
//! So an account without such orders has a cell cut by chance once in twenty. What was cut is not lost: it is
//! given back to all terms as one factor, as one order says little of which term the next one comes from, and a factor
//! common to all terms moves no budget. Models are fitted again without the cut cells, which then shows smaller
//! ones, at most [`ROUNDS`] times.
//!
//! # When it is wrong
//! Where orders have tails so heavy that most of the revenue is in a few, terms that really differ in them
//! look more alike than they are.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::log_normal::{LogNormal, Node};
use super::orders::{Sample, Sums, Totals};
use crate::counts::{Counts, Groups};
use crate::domain::Notes;
use crate::numeric::special::normal_quantile;
use rayon::prelude::*;

/// Chance that an account of usual orders has any cell cut.
const LEVEL: f64 = 0.05;
/// Tail probability at which a cut cell is kept.
const KEPT: f64 = 0.05;
/// Nothing below so many times the expected mean value is cut, whatever the chances.
const FACTOR: f64 = 4.0;
/// Fits before what is cut stays as it is.
const ROUNDS: usize = 3;
/// Cells named in the note.
const NAMED: usize = 3;

/// A cell that is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) term: usize,
    pub(super) cell: usize,
    /// Revenue as it stands, units.
    pub(super) revenue: f64,
    /// Revenue that enters, units.
    pub(super) kept: f64,
}

/// What the models are fitted to, after cuts, with the log-normal model fitted to it.
pub(super) struct Cleaned {
    pub(super) sample: Sample,
    pub(super) totals: Totals,
    pub(super) log_normal: LogNormal,
    pub(super) cuts: Vec<Cut>,
}

/// Fits, cuts and fits again.
pub(super) fn clean(counts: &Counts, groups: &Groups, sums: &Sums) -> Cleaned {
    let whole = Totals::of(counts, groups, sums);
    let mut cuts: Vec<Cut> = Vec::new();
    let mut sample = Sample::new(counts, groups, sums, &[]);
    let mut totals = whole.clone();
    // of all cells: what is cut here will come again elsewhere
    let relative_variance = sample.relative_variance();
    let mut node = LogNormal::likeliest(&sample, &totals, relative_variance);
    for _ in 0..ROUNDS {
        let found = find(counts, sums, &totals, &node, &cuts);
        let same = found.len() == cuts.len() && found.iter().zip(&cuts).all(|(new, old)| new.cell == old.cell);
        if same {
            break;
        }
        cuts = found;
        totals.revenue.clone_from(&whole.revenue);
        for cut in &cuts {
            totals.revenue[cut.term] -= cut.revenue - cut.kept;
        }
        let cells: Vec<usize> = cuts.iter().map(|cut| cut.cell).collect();
        sample = Sample::new(counts, groups, sums, &cells);
        node = LogNormal::likeliest(&sample, &totals, relative_variance);
    }
    let log_normal = LogNormal::fit(&sample, &totals, relative_variance);
    Cleaned { sample, totals, log_normal, cuts }
}

/// Cells to cut under a fit, in the order of cells; `cuts` are those of the fit.
fn find(counts: &Counts, sums: &Sums, totals: &Totals, node: &Node, cuts: &[Cut]) -> Vec<Cut> {
    let cells = &counts.cells;
    let revenue = cells.revenue.as_deref().unwrap_or_default();
    let with_orders = cells.conversions.iter().filter(|y| **y > 0.0).count().max(1);
    let (limit, kept) = (-normal_quantile(LEVEL / with_orders as f64), -normal_quantile(KEPT));
    let usual: Vec<f64> = node.centers.iter().map(|center| 0.5 * center.mean.exp()).collect();
    let of_term = |term: usize| {
        let group = totals.group[term] as usize;
        let (all_y, all_r) = (totals.orders[term], totals.revenue[term]);
        (cells.offsets[term]..cells.offsets[term + 1])
            .filter_map(|cell| {
                let (y, r) = (cells.conversions[cell], revenue[cell] / sums.unit);
                if !(y > 0.0 && r > 0.0) {
                    return None;
                }
                let entered = cuts.binary_search_by(|cut| cut.cell.cmp(&cell)).map_or(r, |at| cuts[at].kept);
                let (rest_y, rest_r) = ((all_y - y).max(0.0), all_r - entered);
                // the expected mean lies between the campaign's and that of the rest: most cells need no logarithm
                let least = if rest_y > 0.0 { usual[group].min(rest_r.max(0.0) / rest_y) } else { usual[group] };
                if r <= FACTOR * y * least {
                    return None;
                }
                let (mean, variance) = node.term(group, rest_y, rest_r);
                let s2 = node.variances.of_mean(y);
                let sd = (variance + s2).sqrt();
                let z = ((r / y).ln() + 0.5 * s2 - mean) / sd;
                let kept = y * (mean - 0.5 * s2 + kept * sd).exp();
                let is_huge = z > limit && r > FACTOR * y * (mean + 0.5 * variance).exp() && kept < r;
                is_huge.then_some(Cut { term, cell, revenue: r, kept })
            })
            .collect::<Vec<Cut>>()
    };
    (0..counts.terms.len()).into_par_iter().flat_map_iter(of_term).collect()
}

/// Says what was cut, and what became of it. `factor`: what all values are multiplied by.
pub(super) fn note(counts: &Counts, sums: &Sums, cuts: &[Cut], factor: f64, notes: &mut Notes) {
    let mut largest: Vec<&Cut> = cuts.iter().collect();
    largest.sort_by(|a, b| (b.revenue - b.kept).total_cmp(&(a.revenue - a.kept)).then(a.cell.cmp(&b.cell)));
    let name = |cut: &&Cut| {
        let start = counts.calendar.periods.get(counts.cells.period[cut.cell] as usize).and_then(|period| period.start);
        format!(
            "`{}`{}: {:.2} for {} conversions counts as {:.2}",
            counts.terms[cut.term].key.term,
            start.map_or_else(String::new, |start| format!(" from {start}")),
            cut.revenue * sums.unit,
            counts.cells.conversions[cut.cell],
            cut.kept * sums.unit
        )
    };
    let named: Vec<String> = largest.iter().take(NAMED).map(name).collect();
    let more = cuts.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    notes.add(
        "huge-orders",
        cuts.len(),
        format!(
            "orders far beyond what their term and campaign let expect are cut ({}{rest}); what was cut is spread over \
             all terms, up to a fifth of their values: values times {factor:.3}",
            named.join("; ")
        ),
    );
}
