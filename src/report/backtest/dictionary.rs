//! `DATA_DICTIONARY.md` of a backtest, from the lists that the files are made from.

use super::{BacktestRun, columns};
use crate::report::dictionary::{CONVENTIONS, heading, keys, row, section};
use crate::report::{charts, format};
use std::fmt::Write as _;

/// Level that meanings speak of.
const LEVEL: f64 = 0.9;

/// Keys of the JSON files: file, key, meaning.
const KEYS: &[(&str, &str, &str)] = &[
    (
        "summary.json",
        "version, command, as_of, terms, weeks, first_week, last_week, totals, mapping",
        "the run and its data",
    ),
    ("summary.json", "backtest.folds, first_fold, last_fold", "periods that were forecast, each from those before it"),
    ("summary.json", "backtest.term_periods, new_terms", "forecasts made; those of terms without a click before"),
    (
        "summary.json",
        "backtest.coverage_90_terms, coverage_90_clicks, raw_coverage_90_terms",
        "share of 90% intervals that held: by terms with randomised PIT, weighted by clicks as it is, by terms as it is; `_se` is the standard error",
    ),
    (
        "summary.json",
        "backtest.expected_raw_coverage_90_terms, expected_raw_coverage_90_clicks",
        "what `raw_coverage_90_terms` and `coverage_90_clicks` would be if the forecasts were right: the probability that they give to their own intervals of whole counts",
    ),
    ("summary.json", "backtest.pit_coverage_90_clicks", "share of clicks inside 90% intervals by randomised PIT"),
    (
        "summary.json",
        "backtest.coverage",
        "the same at each level: `terms` and `clicks` by randomised PIT, `raw_terms` and `raw_clicks` as they are, with `expected` and the standard error of the difference, `excess_se`",
    ),
    (
        "summary.json",
        "backtest.log_score, crps",
        "mean log score (nats, more is better) and CRPS (conversions, less is better) of a forecast",
    ),
    ("summary.json", "backtest.baselines", "log scores of simpler forecasts of the same term-periods"),
    (
        "summary.json",
        "backtest.better_by",
        "log score of termwise minus that of the simpler forecast, with standard error",
    ),
    ("summary.json", "backtest.actual_over_forecast", "conversions that came for each one forecast"),
    ("summary.json", "backtest.calibration_slope", "slope of what came in the logarithm of the forecast; 1 is right"),
    ("summary.json", "backtest.totals_inside_90", "periods whose total fell in its 90% interval"),
    (
        "summary.json",
        "backtest.errors_by_period",
        "whether standard errors take whole periods as the unit (four or more)",
    ),
    ("summary.json", "backtest.verdict", "the verdict in a sentence"),
    ("summary.json", "backtest.lift_realised_over_promised", "null: a plan that nobody followed cannot be backtested"),
    (
        "manifest.json",
        "program, version, command, seed, settings, inputs, outputs",
        "what computed the files from what, with hashes",
    ),
    ("timings.json", "stages, seconds", "seconds of each stage; the only file that may differ between two runs"),
];

/// The dictionary of a backtest's files.
pub(super) fn markdown(run: &BacktestRun) -> String {
    let mut text = String::from("# Data dictionary\n\n");
    let _ = write!(
        text,
        "A period is a {}. Shares are ratios (0.05 = 5%). Scores are of one term in one period, a term-period, on average. An empty \
         cell is a figure that was not computed or does not apply, never zero. Standard errors: {}\n\n{CONVENTIONS}",
        run.unit(),
        super::words::errors(run),
    );
    section(&mut text, LEVEL, "backtest.csv", "one row per period and model: its scores", &columns::scores());
    section(
        &mut text,
        LEVEL,
        "forecasts.csv",
        "one row per period and term with clicks in it: the forecast and what came",
        &columns::forecasts(columns::presence(run)),
    );
    section(
        &mut text,
        LEVEL,
        "coverage.csv",
        "one row per band and level: how often intervals held",
        &columns::coverage(),
    );
    section(&mut text, LEVEL, "calibration.csv", "whether forecasts are right on average", &columns::calibration());
    section(
        &mut text,
        LEVEL,
        "totals.csv",
        "one row per period: its total, and how rates were found to move",
        &columns::totals(),
    );
    for (stem, columns) in charts::backtest::tables() {
        heading(&mut text, &format!("charts/{stem}.csv"), &format!("the figures that `charts/{stem}.svg` shows"));
        for column in columns {
            row(&mut text, LEVEL, column.name, column.unit, column.meaning);
        }
    }
    let _ = write!(text, "\n## Models\n\n| model | forecast and its distribution |\n| --- | --- |\n");
    for (name, meaning) in super::words::models(run) {
        let _ = writeln!(text, "| {name} | {} |", format::clean(&meaning));
    }
    keys(&mut text, KEYS);
    text
}
