//! The folds: which periods are forecast, what was known before each, and the forecasts of one.

use super::baselines::{Known, Model, RawRates};
use super::coverage::LEVELS;
use super::totals::{self, Total};
use super::{BacktestError, BacktestSettings, Scores};
use crate::counts::{Counts, PeriodUnit};
use crate::domain::{Date, Notes, stable_hash};
use crate::estimate::{Drift, EstimateSettings, estimate};
use crate::numeric::negative_binomial::NegativeBinomial;
use crate::numeric::stream::Stream;
use rayon::prelude::*;

/// Periods before the first fold, at least: fewer tell nothing of how rates move.
const FEWEST_TRAIN: usize = 4;

/// One period, forecast from the periods before it. Rows are the terms with clicks in it, in the order of terms;
/// vectors have the shape: rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// Number of the period in the calendar, which is also how many periods came before.
    pub period: usize,
    /// Its first day.
    pub start: Option<Date>,
    /// Term of each row, index into the counts' terms.
    pub terms: Vec<u32>,
    /// Clicks in the period, known to the forecast.
    pub clicks: Vec<f64>,
    /// Conversions in the period.
    pub actual: Vec<f64>,
    /// Whether the term had no click before.
    pub unseen: Vec<bool>,
    /// Forecasts and scores by model. Shape: as [`Model::ALL`].
    pub scores: Vec<Scores>,
    /// Probability that our forecasts give to their own intervals as they are, whole counts: what those would hold if
    /// the forecasts were right. Shape: rows × [`LEVELS`].
    pub interval_mass: Vec<[f64; LEVELS.len()]>,
    /// Sum over the rows, with its interval.
    pub total: Total,
    /// How rates were found to move; `None` where they were taken to stand still.
    pub drift: Option<Drift>,
    /// Terms with conversions in the period and no clicks, which are no rows.
    pub unclicked_terms: usize,
    /// Notes of the fit.
    pub notes: Notes,
}

/// The periods to forecast, ascending.
pub(super) fn origins(counts: &Counts, settings: &BacktestSettings) -> Result<Vec<usize>, BacktestError> {
    if settings.folds == 0 {
        return Err(BacktestError::Setting { field: "folds", value: 0, least: 1 });
    }
    if settings.min_train == Some(0) {
        return Err(BacktestError::Setting { field: "min_train", value: 0, least: 1 });
    }
    let calendar = &counts.calendar;
    if matches!(calendar.unit, PeriodUnit::Undated { .. }) {
        return Err(BacktestError::Undated);
    }
    let complete = calendar.periods.iter().filter(|period| period.complete).count();
    let min_train = settings.min_train.unwrap_or_else(|| complete.div_ceil(3).max(FEWEST_TRAIN));
    let fit: Vec<usize> =
        (min_train..calendar.periods.len()).filter(|&period| calendar.periods[period].complete).collect();
    if fit.is_empty() {
        return Err(BacktestError::TooShort { complete, min_train, unit: calendar.unit });
    }
    Ok(fit[fit.len().saturating_sub(settings.folds)..].to_vec())
}

/// Clicks and conversions of each term in one period. Shape: terms; zeros where it has no cell.
fn cells_of(counts: &Counts, period: usize) -> Vec<(f64, f64)> {
    let cells = &counts.cells;
    let of_term = |range: &[usize]| {
        let periods = &cells.period[range[0]..range[1]];
        let found = periods.binary_search_by(|&at| (at as usize).cmp(&period));
        found.map_or((0.0, 0.0), |at| (cells.clicks[range[0] + at], cells.conversions[range[0] + at]))
    };
    cells.offsets.windows(2).map(of_term).collect()
}

/// What was known before the period: the counts of earlier periods, and which terms there were.
struct Past {
    counts: Counts,
    /// Term of the whole counts behind each term of the past.
    terms: Vec<usize>,
}

impl Past {
    /// Terms that first appear later are left out, even their names.
    fn new(counts: &Counts, period: usize, current: &[(f64, f64)]) -> Self {
        let mut past = counts.first_periods(period);
        // conversions alone are forecast: values need not be estimated
        past.cells.revenue = None;
        let offsets = std::mem::take(&mut past.cells.offsets);
        let is_known = |term: usize| offsets[term] < offsets[term + 1] || current[term].0 > 0.0;
        let terms: Vec<usize> = (0..past.terms.len()).filter(|&term| is_known(term)).collect();
        let mut number = 0;
        past.terms.retain(|_| {
            number += 1;
            is_known(number - 1)
        });
        // the terms left out have no cells
        past.cells.offsets = terms.iter().map(|&term| offsets[term]).chain(offsets.last().copied()).collect();
        Self { counts: past, terms }
    }
}

/// Forecasts one period from those before it, and scores the forecasts. `reported` is the share of that period's
/// conversions that is counted by now: the rest can't be held against a forecast.
pub(super) fn run(
    counts: &Counts,
    period: usize,
    reported: f64,
    settings: &BacktestSettings,
) -> Result<Fold, BacktestError> {
    let current = cells_of(counts, period);
    let past = Past::new(counts, period, &current);
    let start = counts.calendar.periods[period].start;
    if past.terms.is_empty() {
        return Ok(empty(period, start, &current));
    }
    let posterior = estimate(&past.counts, &settings.estimate)?;
    let still = estimate(&past.counts, &EstimateSettings { drift: false, ..settings.estimate.clone() })?;
    let raw = RawRates::new(&past.counts);
    let clicked = past.counts.by_term(&past.counts.cells.clicks);
    // rows, as terms of the past
    let rows: Vec<usize> = (0..past.terms.len()).filter(|&term| current[past.terms[term]].0 > 0.0).collect();
    let clicks: Vec<f64> = rows.iter().map(|&term| current[past.terms[term]].0).collect();
    let exposure: Vec<f64> = clicks.iter().map(|clicks| clicks * reported).collect();
    let actual: Vec<f64> = rows.iter().map(|&term| current[past.terms[term]].1).collect();
    let date = start.map(|day| day.to_string()).unwrap_or_default();
    let purpose = stable_hash(&["randomised pit", &date]);
    let uniform: Vec<f64> = rows
        .par_iter()
        .map(|&term| Stream::new(settings.seed, past.counts.terms[term].key.stable_hash() ^ purpose).uniform())
        .collect();
    let known = Known { posterior: &posterior, still: &still, raw: &raw };
    let scores: Vec<Scores> = Model::ALL
        .par_iter()
        .map(|&model| {
            let forecasts: Vec<_> =
                rows.iter().zip(&exposure).map(|(&term, &clicks)| known.forecast(model, term, clicks)).collect();
            Scores::new(&forecasts, &actual, &uniform)
        })
        .collect();
    let interval_mass = scores[0]
        .mean
        .par_iter()
        .zip(&scores[0].shape)
        .map(|(&mean, &shape)| NegativeBinomial::new(mean, shape).intervals(LEVELS).map(|interval| interval.mass))
        .collect();
    let seed = settings.seed ^ stable_hash(&["totals", &date]);
    let total = totals::total(&posterior, &past.counts, &rows, &exposure, &actual, &scores[0].mean, seed);
    // those that came, not those that have had their time to convert
    let total = Total { clicks: clicks.iter().sum(), ..total };
    let mut notes = Notes::default();
    notes.extend(posterior.notes);
    Ok(Fold {
        period,
        start,
        terms: rows.iter().map(|&term| u32::try_from(past.terms[term]).unwrap_or(u32::MAX)).collect(),
        unseen: rows.iter().map(|&term| clicked[term] <= 0.0).collect(),
        clicks,
        actual,
        scores,
        interval_mass,
        total,
        drift: posterior.drift,
        unclicked_terms: unclicked(&current),
        notes,
    })
}

fn unclicked(current: &[(f64, f64)]) -> usize {
    current.iter().filter(|(clicks, conversions)| *clicks <= 0.0 && *conversions > 0.0).count()
}

/// A fold without anything known before it or clicked in it.
fn empty(period: usize, start: Option<Date>, current: &[(f64, f64)]) -> Fold {
    Fold {
        period,
        start,
        terms: Vec::new(),
        clicks: Vec::new(),
        actual: Vec::new(),
        unseen: Vec::new(),
        scores: vec![Scores::default(); Model::ALL.len()],
        interval_mass: Vec::new(),
        total: Total::default(),
        drift: None,
        unclicked_terms: unclicked(current),
        notes: Notes::default(),
    }
}
