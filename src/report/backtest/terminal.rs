//! A backtest on a terminal: the verdict and two small tables, plain text, at most 79 columns.

use super::{BacktestRun, words};
use crate::backtest::{Band, LEVELS, Measured};
use crate::report::format;
use crate::report::terminal_table::{aligned, wrapped};

/// The verdict, the models and the coverage in plain text, each line ended by a line end.
#[must_use]
pub fn backtest_table(run: &BacktestRun) -> String {
    let tested = run.backtest;
    let mut text = wrapped(&words::verdict(run));
    text.push('\n');
    let head = ["", "log score", "ours better by", "90% held", "by clicks", "came for 1"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for model in &tested.models {
        rows.push(vec![
            run.label(model.model).trim_start_matches("the ").to_owned(),
            figure(model.log_score, format::score),
            model.behind.map_or_else(String::new, |behind| with_error(behind, format::score)),
            figure(model.coverage_90_terms, format::percent_tenths),
            figure(model.coverage_90_clicks, format::percent_tenths),
            figure(model.actual_over_forecast, format::ratio),
        ]);
    }
    text.push_str(&aligned(&rows));
    text.push('\n');
    let head = ["intervals", "terms (PIT)", "terms, raw", "expected", "clicks, raw", "expected"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for level in LEVELS {
        let row = tested.coverage_of(Band::All, level);
        let cell =
            |share: Option<Measured>| share.map_or_else(String::new, |share| with_error(share, format::percent_tenths));
        rows.push(vec![
            format!("of {}", format::share(level)),
            cell(row.and_then(|row| row.terms)),
            cell(row.and_then(|row| row.raw_terms)),
            format::or_none(row.and_then(|row| row.expected_raw_terms), format::percent_tenths),
            cell(row.and_then(|row| row.raw_clicks_inside)),
            format::or_none(row.and_then(|row| row.expected_raw_clicks), format::percent_tenths),
        ]);
    }
    text.push_str(&aligned(&rows));
    text.push_str(&wrapped(words::EXPECTED));
    text.push_str(&wrapped(&format!("± is one standard error. {}", words::errors(run))));
    // plain signs: not every terminal font has the typographic ones
    text.replace('−', "-").replace(format::NONE, "-").replace('’', "'")
}

fn figure(figure: Option<Measured>, show: fn(f64) -> String) -> String {
    format::or_none(figure.map(|figure| figure.value), show)
}

fn with_error(figure: Measured, show: fn(f64) -> String) -> String {
    let error = figure.standard_error.map_or_else(String::new, |error| format!(" ± {}", format::error(error, show)));
    format!("{}{error}", show(figure.value))
}
