//! Orders too large to be believed as a term's usual ones.
//!
//! In: counts and the log-normal model fitted to them. Out: cells whose mean value is beyond what the rest of
//! their term and campaign lets expect, and how much of each is kept.
//!
//! A cell of y orders worth r is cut where all of these hold, with η and V from all but this cell:
//!
//! ```text
//! z = (ln(r/y) + s²/2 − η) / √(V + s²) > t(1 − 0.05/n)     n: cells with orders of some value in the account
//! r/y > 4 e^(η + V/2)
//! kept: y · exp(η − s²/2 + z(0.95) √(V + s²))
//! ```
//!
//! t is Student's quantile with n − 1 degrees of freedom: what is usual is known from n cells, and of eight orders none is
//! surprising at three times the others. Conversions that brought nothing (payments that come later, leads) say nothing
//! of how large an order is: "the rest" is the rest of the orders of some value, and the campaign's level, which is one a
//! conversion, is taken for one such order (times the account's conversions over those of some value).
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
use super::orders::{Entry, Sample, Sums, Totals};
use crate::counts::{Counts, Groups};
use crate::domain::{Notes, counted, quoted};
use crate::numeric::quantile::beta_quantile;
use crate::numeric::special::normal_quantile;
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;

/// Chance that an account of usual orders has any cell cut.
const LEVEL: f64 = 0.05;
/// Tail probability at which a cut cell is kept.
const KEPT: f64 = 0.05;
/// Nothing below so many times the expected mean value is cut, whatever the chances.
const FACTOR: f64 = 4.0;
/// Up to how many times what is kept of it a cut cell says how large orders are still to come: with 6 intervals hold too
/// little where orders are Pareto of index 1.8; 8 to 40 do as well as each other.
const LIKELY: f64 = 12.0;
/// Fits before what is cut stays as it is.
const ROUNDS: usize = 3;
/// Cells with orders below which none is called far beyond the others.
const FEWEST: usize = 4;
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
    let mut sample = Sample::new(counts, groups, sums, |_| Entry::Whole);
    let mut totals = whole.clone();
    let mut node = LogNormal::likeliest(&sample, &totals, sample.relative_variance());
    for _ in 0..ROUNDS {
        let found = find(counts, sums, &totals, &node, &cuts);
        let same = found.len() == cuts.len() && found.iter().zip(&cuts).all(|(new, old)| new.cell == old.cell);
        // what is kept of a cell is told by the fit without it: one it is part of takes it for usual
        cuts = found;
        totals.revenue.clone_from(&whole.revenue);
        for cut in &cuts {
            totals.revenue[cut.term] -= cut.revenue - cut.kept;
        }
        if same {
            break;
        }
        let cells: Vec<usize> = cuts.iter().map(|cut| cut.cell).collect();
        let entry = |cell: usize| if cells.binary_search(&cell).is_ok() { Entry::LeftOut } else { Entry::Whole };
        sample = Sample::new(counts, groups, sums, entry);
        // nor is it usual how far the cut cells are from the rest of their term
        node = LogNormal::likeliest(&sample, &totals, sample.relative_variance());
    }
    let relative_variance = if cuts.is_empty() {
        sample.relative_variance()
    } else {
        // of all cells: what is cut here will come again elsewhere, but one order is no sign of others of any size
        let entry = |cell: usize| {
            let cut = cuts.binary_search_by_key(&cell, |cut| cut.cell).map(|at| cuts[at]);
            cut.map_or(Entry::Whole, |cut| Entry::As(cut.revenue.min(LIKELY * cut.kept)))
        };
        Sample::new(counts, groups, sums, entry).relative_variance()
    };
    let log_normal = LogNormal::fit(&sample, &totals, relative_variance);
    Cleaned { sample, totals, log_normal, cuts }
}

/// Student's quantile at 1 − `tail`, `tail` below a half, from the beta distribution: t² = ν (1 − x)/x where x is the
/// quantile of Beta(ν/2, ½) at twice the tail (Abramowitz and Stegun 1964, 26.7.1).
fn student_quantile(tail: f64, freedom: f64) -> f64 {
    // beyond this the two differ by less than a ten-thousandth, and the beta distribution is a needle
    if freedom > 1e5 {
        return -normal_quantile(tail);
    }
    let x = beta_quantile(2.0 * tail, 0.5 * freedom, 0.5);
    (freedom * (1.0 - x) / x).sqrt()
}

/// Cells to cut under a fit, in the order of cells; `cuts` are those of the fit.
fn find(counts: &Counts, sums: &Sums, totals: &Totals, node: &Node, cuts: &[Cut]) -> Vec<Cut> {
    let cells = &counts.cells;
    let revenue = cells.revenue.as_deref().unwrap_or_default();
    let is_order = |cell: usize| cells.conversions[cell] > 0.0 && revenue[cell] > 0.0;
    let (mut all, mut of_value, mut with_orders) = (ExactSum::default(), ExactSum::default(), 0_usize);
    for (cell, &y) in cells.conversions.iter().enumerate().filter(|(_, y)| **y > 0.0) {
        all.add(y);
        if is_order(cell) {
            of_value.add(y);
            with_orders += 1;
        }
    }
    if with_orders < FEWEST {
        return Vec::new();
    }
    let per_order = all.value() / of_value.value();
    let (limit, kept) =
        (student_quantile(LEVEL / with_orders as f64, with_orders as f64 - 1.0), -normal_quantile(KEPT));
    let usual: Vec<f64> = node.centers.iter().map(|center| 0.5 * per_order * center.mean.exp()).collect();
    let of_term = |term: usize| {
        let group = totals.group[term] as usize;
        let range = cells.offsets[term]..cells.offsets[term + 1];
        let entered = |cell: usize| {
            cuts.binary_search_by(|cut| cut.cell.cmp(&cell)).map_or(revenue[cell] / sums.unit, |at| cuts[at].kept)
        };
        let (all_y, all_r) = range
            .clone()
            .filter(|&cell| is_order(cell))
            .fold((0.0, 0.0), |(y, r), cell| (y + cells.conversions[cell], r + entered(cell)));
        range
            .filter_map(|cell| {
                if !is_order(cell) {
                    return None;
                }
                let (y, r, entered) = (cells.conversions[cell], revenue[cell] / sums.unit, entered(cell));
                let (rest_y, rest_r) = ((all_y - y).max(0.0), all_r - entered);
                // the expected mean lies between the campaign's and that of the rest: most cells need no logarithm
                let least = if rest_y > 0.0 { usual[group].min(rest_r.max(0.0) / rest_y) } else { usual[group] };
                if r <= FACTOR * y * least {
                    return None;
                }
                // the model speaks of conversions, what is compared are orders of some value
                let (mean, variance) = node.term(group, rest_y, rest_r / per_order);
                let mean = mean + per_order.ln();
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

/// Says what was cut, and what became of it. `factor`: what is expected for all that was sold, over what was left of its
/// revenue after the cuts.
pub(super) fn note(counts: &Counts, sums: &Sums, cuts: &[Cut], factor: f64, notes: &mut Notes) {
    let mut largest: Vec<&Cut> = cuts.iter().collect();
    largest.sort_by(|a, b| (b.revenue - b.kept).total_cmp(&(a.revenue - a.kept)).then(a.cell.cmp(&b.cell)));
    let name = |cut: &&Cut| {
        let start = counts.calendar.periods.get(counts.cells.period[cut.cell] as usize).and_then(|period| period.start);
        format!(
            "{}{}: {:.2} for {} counts as {:.2}",
            quoted(&counts.terms[cut.term].key.term),
            start.map_or_else(String::new, |start| format!(" from {start}")),
            cut.revenue * sums.unit,
            counted(counts.cells.conversions[cut.cell], "conversion"),
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
             all terms, up to a fifth of their values: values together times {factor:.3}",
            named.join("; ")
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::student_quantile;
    use approx::assert_relative_eq;

    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        // Abramowitz and Stegun (1964), table 26.10
        let cases = [(0.005, 1.0, 63.657), (0.025, 5.0, 2.571), (0.0005, 30.0, 3.646), (0.01, 120.0, 2.358)];
        for (tail, freedom, quantile) in cases {
            assert_relative_eq!(student_quantile(tail, freedom), quantile, max_relative = 3e-4);
        }
        assert_relative_eq!(student_quantile(1e-9, 9e4), student_quantile(1e-9, 1.1e5), max_relative = 1e-3);
    }
}
