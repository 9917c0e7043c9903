//! `Counts` → [`Backtest`]: how good forecasts of the past would have been, made from what was known before.
//!
//! One public entry, [`backtest`]. Pure: no files, no clock, no printing. For each of the last complete periods
//! (a fold) the counts of earlier periods, and nothing else, are estimated as `recommend` would have; every term
//! with clicks in the period is forecast, given those clicks, and scored with the conversions that came. In:
//! counts by period. Out: scores, coverage, calibration and totals, for the forecasts and for
//! simpler ones beside them ([`Model`]).
//!
//! # When it is wrong
//! Clicks of the period are taken as known: how good a forecast of clicks would have been is not asked. A plan that
//! nobody followed cannot be backtested, so nothing here speaks of lift. Terms of one period share what happens in it,
//! so standard errors take the period as the unit ([`Measured`]); with few periods they are rough. Conversions that
//! the platform reports late count against the forecasts of the last periods.

mod baselines;
mod calibration;
mod check;
mod coverage;
mod error;
mod folds;
mod measure;
mod score;
mod totals;

pub use baselines::Model;
pub use calibration::{Calibration, Decile, PitBin};
pub use check::{Check, check};
pub use coverage::{Band, CoverageRow, LEVELS};
pub use error::BacktestError;
pub use folds::Fold;
pub use measure::Measured;
pub use score::Scores;
pub use totals::Total;

use crate::counts::Counts;
use crate::domain::Notes;
use crate::estimate::{Delay, EstimateSettings, completion};
use coverage::Inside;
use measure::{Tally, ratio};
use rayon::prelude::*;

/// Settings of a backtest.
#[derive(Clone, Debug, PartialEq)]
pub struct BacktestSettings {
    /// Folds, at most; the last ones are taken.
    pub folds: usize,
    /// Periods before the first fold, at least; `None` for a third of the complete periods and no fewer than four.
    pub min_train: Option<usize>,
    /// How the rates are estimated.
    pub estimate: EstimateSettings,
    /// Seed of the draws behind intervals of totals, and of what makes coverage of counts exact.
    pub seed: u64,
}

impl Default for BacktestSettings {
    fn default() -> Self {
        Self { folds: 12, min_train: None, estimate: EstimateSettings::default(), seed: 1 }
    }
}

/// One model's scores over all folds. Of one term in one period, a term-period, on average.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelScore {
    /// Whose.
    pub model: Model,
    /// Mean logarithm of the probability of what came, nats; more is better.
    pub log_score: Option<Measured>,
    /// Log score of our forecasts minus this one's, nats; above zero where ours are better.
    pub behind: Option<Measured>,
    /// Mean continuous ranked probability score, conversions; less is better.
    pub crps: Option<Measured>,
    /// Share of term-periods inside the 90% interval, by randomised PIT.
    pub coverage_90_terms: Option<Measured>,
    /// Share of clicks whose term-period is inside the 90% interval, as it is.
    pub coverage_90_clicks: Option<Measured>,
    /// Conversions that came for each one forecast.
    pub actual_over_forecast: Option<Measured>,
    /// The same for each fold. Shape: folds.
    pub by_fold: Vec<FoldScore>,
}

/// One model's scores in one fold; `None` where there is nothing to divide by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FoldScore {
    /// Mean log score, nats.
    pub log_score: Option<f64>,
    /// Mean CRPS, conversions.
    pub crps: Option<f64>,
    /// Share of terms inside the 90% interval, by randomised PIT.
    pub coverage_90_terms: Option<f64>,
    /// The same as it is.
    pub raw_coverage_90_terms: Option<f64>,
    /// The same, weighted by clicks.
    pub coverage_90_clicks: Option<f64>,
    /// Conversions expected.
    pub forecast: f64,
    /// Conversions that came.
    pub actual: f64,
}

/// What came of the forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Fold by fold, in the order of time.
    pub folds: Vec<Fold>,
    /// Ours first, then the simpler ones.
    pub models: Vec<ModelScore>,
    /// How often intervals of our forecasts held, by band and level.
    pub coverage: Vec<CoverageRow>,
    /// Whether our forecasts are right on average, at every size.
    pub calibration: Calibration,
    /// Term-periods that were forecast.
    pub forecasts: usize,
    /// Those of terms that had never had a click before.
    pub unseen: usize,
    /// Whether standard errors take whole folds as the unit; where not, terms are taken as independent.
    pub clustered: bool,
    /// What the reader should know.
    pub notes: Notes,
}

impl Backtest {
    /// Our own scores.
    ///
    /// # Panics
    /// Never: a backtest always has them.
    #[must_use]
    pub fn ours(&self) -> &ModelScore {
        &self.models[0]
    }

    /// The row of a band and level.
    #[must_use]
    pub fn coverage_of(&self, band: Band, level: f64) -> Option<&CoverageRow> {
        self.coverage.iter().find(|row| row.band == band && (row.level - level).abs() < 1e-9)
    }

    /// Conversions expected of all term-periods, and how many came.
    #[must_use]
    pub fn conversions(&self) -> [f64; 2] {
        self.ours()
            .by_fold
            .iter()
            .fold([0.0; 2], |[expected, came], fold| [expected + fold.forecast, came + fold.actual])
    }
}

/// Rows (terms of a fold) beyond which folds come one after another: each is a whole fit in memory.
const TOGETHER: usize = 50_000;

/// Forecasts past periods from the periods before them and scores the forecasts.
///
/// The same counts and settings give the same figures for any number of threads, and nothing in a fold depends on
/// what came after it, but for reports: earlier periods are as they are reported today, and so is the delay. Where
/// conversions are reported late, a note says so.
///
/// # Errors
/// [`BacktestError`] for data without dates, too few complete periods, no clicks to forecast for, and
/// whatever the estimates refuse.
pub fn backtest(counts: &Counts, settings: &BacktestSettings) -> Result<Backtest, BacktestError> {
    let origins = folds::origins(counts, settings)?;
    let delay = completion(counts, &settings.estimate.delay);
    let finished = counts.calendar.periods.len() - delay.left_out;
    // weeks that look unfinished can't be held against a forecast, unless there are no others
    let some: Vec<usize> = origins.iter().copied().filter(|&period| period < finished).collect();
    let origins = if some.is_empty() { origins } else { some };
    let run = |&period: &usize| folds::run(counts, period, delay.completion[period], settings);
    let folds: Vec<Fold> = if counts.terms.len() > TOGETHER {
        origins.iter().map(run).collect::<Result<_, _>>()?
    } else {
        origins.par_iter().map(run).collect::<Result<_, _>>()?
    };
    let forecasts = folds.iter().map(|fold| fold.terms.len()).sum();
    if forecasts == 0 {
        return Err(BacktestError::NothingToForecast { periods: folds.len() });
    }
    let unseen = folds.iter().map(|fold| fold.unseen.iter().filter(|&&unseen| unseen).count()).sum();
    Ok(Backtest {
        models: Model::ALL.iter().enumerate().map(|(number, &model)| scores(&folds, number, model)).collect(),
        coverage: coverage::rows(&folds),
        calibration: calibration::calibration(&folds),
        forecasts,
        unseen,
        clustered: measure::is_clustered(folds.len()),
        notes: notes(counts, &folds, unseen, &delay),
        folds,
    })
}

/// One model over all folds.
fn scores(folds: &[Fold], number: usize, model: Model) -> ModelScore {
    let over = |pair: &dyn Fn(&Fold, usize) -> (f64, f64)| {
        let tallies: Vec<Tally> =
            folds.iter().map(|fold| (0..fold.terms.len()).map(|row| pair(fold, row)).collect()).collect();
        (ratio(&tallies), tallies)
    };
    let one = |inside: bool| f64::from(u8::from(inside));
    let level = coverage::NINETY;
    let (log_score, log_by_fold) = over(&|fold, row| (fold.scores[number].log_score[row], 1.0));
    let (_, differences) = over(&|fold, row| (fold.scores[0].log_score[row] - fold.scores[number].log_score[row], 1.0));
    let behind = measure::difference(&differences);
    let (crps, crps_by_fold) = over(&|fold, row| (fold.scores[number].crps[row], 1.0));
    let (terms, terms_by_fold) = over(&|fold, row| (one(fold.scores[number].inside(row, level, Inside::Pit)), 1.0));
    let (_, raw_by_fold) = over(&|fold, row| (one(fold.scores[number].inside(row, level, Inside::Raw)), 1.0));
    let (clicks, clicks_by_fold) = over(&|fold, row| {
        let weight = fold.clicks[row];
        (weight * one(fold.scores[number].inside(row, level, Inside::Raw)), weight)
    });
    let (bias, sums) = over(&|fold, row| (fold.actual[row], fold.scores[number].mean[row]));
    let by_fold = (0..folds.len())
        .map(|fold| FoldScore {
            log_score: log_by_fold[fold].mean(),
            crps: crps_by_fold[fold].mean(),
            coverage_90_terms: terms_by_fold[fold].mean(),
            raw_coverage_90_terms: raw_by_fold[fold].mean(),
            coverage_90_clicks: clicks_by_fold[fold].mean(),
            forecast: sums[fold].below,
            actual: sums[fold].above,
        })
        .collect();
    ModelScore {
        model,
        log_score,
        behind: behind.filter(|_| number > 0),
        crps,
        coverage_90_terms: terms,
        coverage_90_clicks: clicks,
        actual_over_forecast: bias,
        by_fold,
    }
}

fn notes(counts: &Counts, folds: &[Fold], unseen: usize, delay: &Delay) -> Notes {
    let mut notes = delay.notes.clone();
    notes.add(
        "reported-since",
        usize::from(delay.completion.iter().any(|&share| share < 1.0)),
        "every forecast is made from earlier weeks as they are reported today: conversions that were still to come then are \
         in them, and the delay is the one measured since. A forecast made at the time knew less, so expect somewhat more \
         error than is shown here",
    );
    notes.add(
        "incomplete-periods",
        counts.calendar.periods.iter().filter(|period| !period.complete).count(),
        "periods that the data do not cover wholly are not forecast",
    );
    notes.add("unseen-terms", unseen, "forecasts are for terms without a click before: their campaign's rate alone");
    notes.add(
        "conversions-without-clicks",
        folds.iter().map(|fold| fold.unclicked_terms).sum(),
        "term-periods have conversions but no clicks; they are not forecast and not scored",
    );
    let fractional = folds.iter().flat_map(|fold| &fold.actual).filter(|actual| actual.fract() > 0.0).count();
    notes.add(
        "fractional-conversions",
        fractional,
        "fractional outcomes are scored with gamma functions in place of factorials, comparable between models, but no \
         probabilities; intervals of whole counts hold those whose nearest whole count they hold",
    );
    notes.add(
        "few-folds",
        usize::from(!measure::is_clustered(folds.len())),
        "fewer than four folds: standard errors take terms as independent and are too small",
    );
    if let Some(message) = lone_outcome(counts, folds) {
        notes.add("lone-outcome", 1, message);
    }
    let mut seen: Vec<&str> = Vec::new();
    for note in folds.iter().flat_map(|fold| &fold.notes.0) {
        if note.code == "drift-not-converged" && !seen.contains(&note.code) {
            seen.push(note.code);
            notes.0.push(note.clone());
        }
    }
    notes
}

/// Term-periods from which one that outweighs all others is told.
const FEWEST_FOR_LONE: usize = 20;

/// The outcome that is half of the log score or more: a cell like that is an error more often than not.
fn lone_outcome(counts: &Counts, folds: &[Fold]) -> Option<String> {
    let rows = || folds.iter().flat_map(|fold| (0..fold.terms.len()).map(move |row| (fold, row)));
    let score = |&(fold, row): &(&Fold, usize)| fold.scores[0].log_score[row];
    let total: f64 = rows().map(|row| score(&row)).sum();
    let worst = rows().min_by(|one, other| score(one).total_cmp(&score(other)))?;
    if rows().count() < FEWEST_FOR_LONE || score(&worst) > 0.5 * total {
        return None;
    }
    let (fold, row) = worst;
    Some(format!(
        "one outcome is more than half of the log score: `{}` with {} conversions on {} clicks in the period of {}, where \
         {:.1} were expected; is that count right?",
        counts.terms[fold.terms[row] as usize].key.term,
        fold.actual[row],
        fold.clicks[row],
        fold.start.map(|day| day.to_string()).unwrap_or_default(),
        fold.scores[0].mean[row],
    ))
}

#[cfg(test)]
mod tests;
