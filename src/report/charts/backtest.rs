//! The charts of a backtest, each an SVG with the table of what it shows.

mod calibration;
mod coverage;
mod pit;
mod scores;
mod totals;

use super::super::ReportError;
use super::super::backtest::BacktestRun;
use super::canvas::{Canvas, INK};
use super::{Cell, Chart, ChartColumn};
use crate::backtest::Measured;
use plotters::style::RGBColor;

/// How often intervals held, alone.
pub(in super::super) fn of_coverage(run: &BacktestRun) -> Result<Chart, ReportError> {
    coverage::chart(run)
}

/// The name and the columns of that one, for the data dictionary.
pub(in super::super) const COVERAGE: (&str, &[ChartColumn]) = (coverage::STEM, coverage::COLUMNS);

/// Draws all of them.
pub(in super::super) fn draw(run: &BacktestRun) -> Result<Vec<Chart>, ReportError> {
    Ok(vec![
        coverage::chart(run)?,
        scores::chart(run)?,
        totals::chart(run)?,
        calibration::chart(run)?,
        pit::chart(run)?,
    ])
}

/// The name and the columns of every chart, for the data dictionary.
pub(in super::super) fn tables() -> [(&'static str, &'static [ChartColumn]); 5] {
    [
        (coverage::STEM, coverage::COLUMNS),
        (scores::STEM, scores::COLUMNS),
        (totals::STEM, totals::COLUMNS),
        (calibration::STEM, calibration::COLUMNS),
        (pit::STEM, pit::COLUMNS),
    ]
}

/// Two standard errors either side; the figure alone where there is none.
fn ends(figure: Measured) -> [f64; 2] {
    let reach = 2.0 * figure.standard_error.unwrap_or(0.0);
    [figure.value - reach, figure.value + reach]
}

/// A thin line between two points, for what two standard errors reach.
fn whisker(canvas: &Canvas, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Result<(), ReportError> {
    canvas.line(&[from, to], color, 2.5)
}

/// A figure and its standard error.
fn pair(figure: Option<Measured>, cell: fn(Option<f64>) -> Cell) -> [Cell; 2] {
    [cell(figure.map(|figure| figure.value)), cell(figure.and_then(|figure| figure.standard_error))]
}

/// The line of an axis at zero or another mark.
fn rule(canvas: &Canvas, from: (f64, f64), to: (f64, f64)) -> Result<(), ReportError> {
    canvas.line(&[from, to], INK, 1.0)
}
