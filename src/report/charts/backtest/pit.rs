//! The PIT histogram: where in their forecasts the outcomes fell.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::{ends, pair, rule, whisker};
use plotters::style::Color as _;

pub(super) const STEM: &str = "pit";
const HEIGHT: f64 = 500.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 40.0;

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("pit_from", "probability", "from here: 0 is far below the forecast"),
    column("pit_to", "probability", "to here: 1 is far above the forecast"),
    column("terms", "share", "forecasts whose outcome fell here; a tenth where forecasts are right"),
    column("terms_se", "share", "its standard error"),
    column("clicks", "share", "the same weighted by clicks"),
    column("clicks_se", "share", "its standard error"),
];

pub(super) fn chart(run: &BacktestRun) -> Result<Chart, ReportError> {
    let bins = &run.backtest.calibration.pit;
    let title = "Where outcomes fell in their forecasts".to_owned();
    let description =
        "Share of outcomes by the probability that the forecast gave to less (randomised for counts). Right \
                       forecasts give even bars. High at both ends: intervals are too narrow; high in the middle: too \
                       wide; high on the right: forecasts are too low. Lines reach two standard errors either side."
            .to_owned();
    let svg = canvas::sheet(STEM, &title, &description, HEIGHT, |canvas| {
        let (top, bottom) = (64.0, HEIGHT - 70.0);
        let figures = bins.iter().flat_map(|bin| bin.terms.into_iter().chain(bin.clicks)).flat_map(ends);
        let scale = Scale::with_zero(figures.chain([0.15]), bottom, top, 5);
        canvas.y_axis(&scale, LEFT, WIDTH - RIGHT, 16.0, format::percent_tick)?;
        canvas.text("share of forecasts", (24.0, 30.0), 16.0, MUTED, Anchor::Left)?;
        let x = WIDTH - RIGHT - 620.0;
        canvas.bar((x, 22.0), (x + 26.0, 38.0), light())?;
        canvas.text("by terms", (x + 36.0, 30.0), 16.0, INK, Anchor::Left)?;
        canvas.diamond((x + 160.0, 30.0), 8.0, LESS)?;
        canvas.text("weighted by clicks", (x + 176.0, 30.0), 16.0, INK, Anchor::Left)?;
        canvas.dashed((x + 370.0, 30.0), (x + 410.0, 30.0), INK)?;
        canvas.text("right forecasts", (x + 420.0, 30.0), 16.0, INK, Anchor::Left)?;
        let width = (WIDTH - RIGHT - LEFT) / bins.len().max(1) as f64;
        for (number, bin) in bins.iter().enumerate() {
            let from = (number as f64).mul_add(width, LEFT);
            let middle = 0.5f64.mul_add(width, from);
            if let Some(terms) = bin.terms {
                canvas.bar((from + 4.0, scale.at(terms.value)), (from + width - 4.0, scale.at(0.0)), light())?;
                let [low, high] = ends(terms).map(|end| scale.at(end));
                whisker(canvas, (middle - 14.0, low), (middle - 14.0, high), PLAN)?;
            }
            if let Some(clicks) = bin.clicks {
                let [low, high] = ends(clicks).map(|end| scale.at(end));
                whisker(canvas, (middle + 14.0, low), (middle + 14.0, high), LESS)?;
                canvas.diamond((middle + 14.0, scale.at(clicks.value)), 8.0, LESS)?;
            }
            canvas.text(&format::ratio(bin.from), (from, bottom + 20.0), 15.0, MUTED, Anchor::Middle)?;
        }
        canvas.text(&format::ratio(1.0), (WIDTH - RIGHT, bottom + 20.0), 15.0, MUTED, Anchor::Middle)?;
        canvas.text("less than forecast", (LEFT, bottom + 50.0), 16.0, MUTED, Anchor::Left)?;
        canvas.text("more than forecast", (WIDTH - RIGHT, bottom + 50.0), 16.0, MUTED, Anchor::Right)?;
        rule(canvas, (LEFT, bottom), (WIDTH - RIGHT, bottom))?;
        canvas.dashed((LEFT, scale.at(0.1)), (WIDTH - RIGHT, scale.at(0.1)), INK)
    })?;
    let rows = bins
        .iter()
        .map(|bin| {
            let lead = [Cell::Score(Some(bin.from)), Cell::Score(Some(bin.to))];
            lead.into_iter().chain(pair(bin.terms, Cell::Rate)).chain(pair(bin.clicks, Cell::Rate)).collect()
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow: None, columns: COLUMNS, rows })
}

/// The color of the bars: lighter than what is drawn over them.
fn light() -> plotters::style::RGBColor {
    let mixed = |channel: u8| u8::try_from((u16::from(channel) + 2 * 255) / 3).unwrap_or(255);
    let (red, green, blue) = PLAN.rgb();
    plotters::style::RGBColor(mixed(red), mixed(green), mixed(blue))
}
