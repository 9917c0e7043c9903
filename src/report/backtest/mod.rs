//! A backtest as files: tables, charts with their data, one HTML page, JSON and a data dictionary.
//!
//! In: a [`BacktestRun`]. Out: the same kinds of [`Artifact`]s as for a plan, made by the same means. Whether
//! an interval held or a simpler forecast won is decided in `verdict`, once, and said in words by `words`.

pub(super) mod brief;
mod columns;
mod dictionary;
mod page;
mod terminal;
mod verdict;
mod words;

pub use terminal::backtest_table;

use super::charts::{self, Chart};
use super::{Artifact, ReportError, RunContext, SummaryBuilder, complete};
use crate::backtest::{Backtest, Band, CoverageRow, Measured, Model};
use crate::counts::{Counts, PeriodUnit};
use crate::domain::Notes;
use serde_json::{Map, Value, json};

/// Everything the report of a backtest is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct BacktestRun<'a> {
    /// The run itself.
    pub context: &'a RunContext,
    /// What was observed.
    pub counts: &'a Counts,
    /// What came of the forecasts.
    pub backtest: &'a Backtest,
}

impl BacktestRun<'_> {
    /// What one period is called.
    pub(super) fn unit(&self) -> &'static str {
        match self.counts.calendar.unit {
            PeriodUnit::Week => "week",
            PeriodUnit::Day => "day",
            PeriodUnit::Undated { .. } => "period",
        }
    }

    /// What several are called.
    pub(super) fn units(&self) -> &'static str {
        match self.counts.calendar.unit {
            PeriodUnit::Week => "weeks",
            PeriodUnit::Day => "days",
            PeriodUnit::Undated { .. } => "periods",
        }
    }

    /// A model's forecasts as people call them.
    pub(super) fn label(&self, model: Model) -> String {
        match model {
            Model::Termwise => "termwise".to_owned(),
            Model::RawRate => "raw rates".to_owned(),
            Model::LastPeriods => format!("the last four {}", self.units()),
            Model::GroupMean => "group means".to_owned(),
            Model::StaticShrinkage => "still rates".to_owned(),
        }
    }

    /// Notes of reading and of the backtest, each once.
    #[must_use]
    pub fn notes(&self) -> Notes {
        let mut all = Notes::default();
        for note in self.context.notes.0.iter().chain(&self.backtest.notes.0) {
            if !all.0.contains(note) {
                all.0.push(note.clone());
            }
        }
        all
    }
}

/// The summary of a backtest. `outputs` are the paths written.
#[must_use]
pub fn backtest_summary(run: &BacktestRun, outputs: &[String]) -> Value {
    let context = run.context;
    SummaryBuilder::new(context.version, &context.command)
        .counts(run.counts)
        .currency(context.currency.as_deref())
        .totals(&context.totals, context.hidden_terms.as_ref())
        .mapping(&context.mapping)
        .with("backtest", figures(run))
        .notes(&run.notes())
        .outputs(outputs)
        .build()
}

/// What came of the forecasts.
fn figures(run: &BacktestRun) -> Value {
    let tested = run.backtest;
    let ours = tested.ours();
    let value = |figure: Option<Measured>| figure.map(|figure| figure.value);
    let error = |figure: Option<Measured>| figure.and_then(|figure| figure.standard_error);
    let all = tested.coverage_of(Band::All, 0.9);
    let baselines: Map<String, Value> =
        tested.models[1..].iter().map(|model| (model.model.name().to_owned(), json!(value(model.log_score)))).collect();
    let ahead: Map<String, Value> = tested.models[1..]
        .iter()
        .map(|model| (model.model.name().to_owned(), json!({"value": value(model.behind), "se": error(model.behind)})))
        .collect();
    let held = tested.folds.iter().filter_map(|fold| fold.total.is_inside());
    let coverage: Vec<Value> =
        tested.coverage.iter().filter(|row| row.band == Band::All).map(coverage_summary).collect();
    json!({
        "folds": tested.folds.len(),
        "first_fold": tested.folds.first().and_then(|fold| fold.start),
        "last_fold": tested.folds.last().and_then(|fold| fold.start),
        "term_periods": tested.forecasts,
        "new_terms": tested.unseen,
        "coverage_90_terms": value(ours.coverage_90_terms),
        "coverage_90_terms_se": error(ours.coverage_90_terms),
        "coverage_90_clicks": value(ours.coverage_90_clicks),
        "coverage_90_clicks_se": error(ours.coverage_90_clicks),
        "raw_coverage_90_terms": value(all.and_then(|row| row.raw_terms)),
        "raw_coverage_90_terms_se": error(all.and_then(|row| row.raw_terms)),
        "expected_raw_coverage_90_terms": all.and_then(|row| row.expected_raw_terms),
        "expected_raw_coverage_90_clicks": all.and_then(|row| row.expected_raw_clicks),
        "pit_coverage_90_clicks": value(all.and_then(|row| row.clicks_inside)),
        "pit_coverage_90_clicks_se": error(all.and_then(|row| row.clicks_inside)),
        "coverage": coverage,
        "log_score": value(ours.log_score),
        "log_score_se": error(ours.log_score),
        "crps": value(ours.crps),
        "baselines": baselines,
        "better_by": ahead,
        "actual_over_forecast": value(ours.actual_over_forecast),
        "actual_over_forecast_se": error(ours.actual_over_forecast),
        "calibration_slope": value(tested.calibration.slope),
        "calibration_slope_se": error(tested.calibration.slope),
        "totals_inside_90": held.filter(|&inside| inside).count(),
        "errors_by_period": tested.clustered,
        "verdict": words::verdict(run),
        // a plan that nobody followed cannot be backtested
        "lift_realised_over_promised": null,
    })
}

/// Coverage at one level: by randomised PIT, as it is, and as it would be if the forecasts were right.
fn coverage_summary(row: &CoverageRow) -> Value {
    let pair = |figure: Option<Measured>| json!({"value": figure.map(|figure| figure.value), "se": figure.and_then(|figure| figure.standard_error)});
    let raw = |figure: Option<Measured>, expected: Option<f64>, excess: Option<Measured>| {
        let mut said = pair(figure);
        said["expected"] = json!(expected);
        said["excess_se"] = json!(excess.and_then(|excess| excess.standard_error));
        said
    };
    json!({
        "level": row.level,
        "terms": pair(row.terms),
        "clicks": pair(row.clicks_inside),
        "raw_terms": raw(row.raw_terms, row.expected_raw_terms, row.excess_terms),
        "raw_clicks": raw(row.raw_clicks_inside, row.expected_raw_clicks, row.excess_clicks),
    })
}

/// Renders every file of a backtest's report, in the order of names. Pure: no files, no clock.
///
/// The same run gives the same bytes, except for `timings.json`.
///
/// # Errors
/// [`ReportError::Chart`] or [`ReportError::Template`] where a chart or the page cannot be drawn,
/// which no data should bring about.
pub fn render_backtest(run: &BacktestRun) -> Result<Vec<Artifact>, ReportError> {
    let charts: Vec<Chart> = charts::backtest::draw(run)?;
    let mut artifacts = columns::artifacts(run);
    artifacts.push(Artifact::new("report.html", page::page(run, &charts)?));
    artifacts.push(Artifact::new("DATA_DICTIONARY.md", dictionary::markdown(run)));
    Ok(complete(artifacts, &charts, run.context, run.counts, |outputs| backtest_summary(run, outputs)))
}

#[cfg(test)]
mod tests;
