//! A backtest small enough for every report: few folds, and of a large account a sample of its terms.
//!
//! In: counts, the same settings as a whole backtest, and how many cells may be looked at. Out: a [`Check`]. Terms are drawn by
//! a hash of their keys, so that the sample is the same in every run and large terms are in it as often as small ones. When it
//! is wrong: as a whole backtest, and groups of a sample have fewer terms to learn from, so that its forecasts are a little
//! worse than those of the account.

use super::{Backtest, BacktestError, BacktestSettings, backtest};
use crate::counts::{Cells, Counts};
use std::borrow::Cow;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The forecasts of the last periods against what came.
    pub backtest: Backtest,
    /// Terms that were looked at, count.
    pub terms: usize,
    /// Terms with data in the account, count.
    pub of: usize,
}

/// Backtests the terms whose cells (a term in a period) are `cells` at most, all of them where the account is that small.
///
/// # Errors
/// As [`backtest`].
pub fn check(counts: &Counts, settings: &BacktestSettings, cells: usize) -> Result<Check, BacktestError> {
    let sample = sample(counts, cells);
    let observed = |counts: &Counts| counts.cells.offsets.windows(2).filter(|range| range[0] < range[1]).count();
    Ok(Check { backtest: backtest(&sample, settings)?, terms: observed(&sample), of: observed(counts) })
}

/// As many terms as fit into so many cells, at least one.
fn sample(counts: &Counts, cells: usize) -> Cow<'_, Counts> {
    if counts.cells.period.len() <= cells {
        return Cow::Borrowed(counts);
    }
    let mut order: Vec<(u64, usize)> = counts.terms.iter().map(|term| term.key.stable_hash()).zip(0..).collect();
    order.sort_unstable();
    let mut left = cells;
    let mut kept: Vec<usize> = order
        .into_iter()
        .map(|(_, term)| term)
        .filter(|&term| !counts.cells.of_term(term).is_empty())
        .enumerate()
        .take_while(|&(number, term)| {
            let own = counts.cells.of_term(term).len();
            let fits = own <= left || number == 0;
            left = left.saturating_sub(own);
            fits
        })
        .map(|(_, term)| term)
        .collect();
    kept.sort_unstable();
    Cow::Owned(of_terms(counts, &kept))
}

/// Some terms, ascending, with what a backtest needs of their cells.
fn of_terms(counts: &Counts, kept: &[usize]) -> Counts {
    let own = &counts.cells;
    let cells: Vec<usize> = kept.iter().flat_map(|&term| own.of_term(term)).collect();
    let take = |measure: &[f64]| cells.iter().map(|&cell| measure[cell]).collect::<Vec<f64>>();
    let mut offsets = vec![0];
    for &term in kept {
        offsets.push(offsets[offsets.len() - 1] + own.of_term(term).len());
    }
    Counts {
        terms: kept.iter().map(|&term| counts.terms[term].clone()).collect(),
        calendar: counts.calendar.clone(),
        cells: Cells {
            offsets,
            period: cells.iter().map(|&cell| own.period[cell]).collect(),
            clicks: take(&own.clicks),
            conversions: take(&own.conversions),
            signals: own.signals.keep(&cells),
            ..Cells::default()
        },
        currency: counts.currency.clone(),
        reports: counts.reports.clone(),
        simulated: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
