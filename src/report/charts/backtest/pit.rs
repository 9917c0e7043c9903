//! The PIT histogram: where in their forecasts the outcomes fell.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::{ends, pair, rule, whisker};
use plotters::style::Color as _;

pub(super) const STEM: &str = "pit";

/// Where things stand, logical pixels.
struct Layout {
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    /// Size of type.
    size: f64,
    /// The legend: by terms, by clicks, right forecasts.
    legend: [(f64, f64); 3],
    /// Labels of bins are left out but for each of so many.
    every: usize,
}

const WIDE: Layout = Layout {
    height: 500.0,
    left: 100.0,
    right: WIDTH - 40.0,
    top: 64.0,
    size: 16.0,
    legend: [(WIDTH - 660.0, 30.0), (WIDTH - 500.0, 30.0), (WIDTH - 290.0, 30.0)],
    every: 1,
};
const PHONE: Layout = Layout {
    height: 460.0,
    left: 56.0,
    right: NARROW - 16.0,
    top: 120.0,
    size: 14.0,
    legend: [(16.0, 54.0), (160.0, 54.0), (16.0, 82.0)],
    every: 2,
};

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
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, layout.height));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        let &Layout { left, right, top, size, legend: [by_terms, by_clicks, even], every, .. } = layout;
        let bottom = layout.height - 70.0;
        let figures = bins.iter().flat_map(|bin| bin.terms.into_iter().chain(bin.clicks)).flat_map(ends);
        let scale = Scale::with_zero(figures.chain([0.15]), bottom, top, 5);
        canvas.y_axis(&scale, left, right, size, format::percent_tick)?;
        canvas.text("share of forecasts", (16.0, 26.0), size, MUTED, Anchor::Left)?;
        let name =
            |text: &str, (x, y): (f64, f64), shift: f64| canvas.text(text, (x + shift, y), size, INK, Anchor::Left);
        canvas.bar((by_terms.0, by_terms.1 - 8.0), (by_terms.0 + 26.0, by_terms.1 + 8.0), light())?;
        name("by terms", by_terms, 36.0)?;
        canvas.diamond(by_clicks, 8.0, LESS)?;
        name("weighted by clicks", by_clicks, 16.0)?;
        canvas.dashed(even, (even.0 + 40.0, even.1), INK)?;
        name("right forecasts", even, 50.0)?;
        let width = (right - left) / bins.len().max(1) as f64;
        // bars and whiskers keep apart in narrow bins
        let (gap, beside) = ((0.08 * width).min(4.0), (0.2 * width).min(14.0));
        for (number, bin) in bins.iter().enumerate() {
            let from = (number as f64).mul_add(width, left);
            let middle = 0.5f64.mul_add(width, from);
            if let Some(terms) = bin.terms {
                canvas.bar((from + gap, scale.at(terms.value)), (from + width - gap, scale.at(0.0)), light())?;
                let [low, high] = ends(terms).map(|end| scale.at(end));
                whisker(canvas, (middle - beside, low), (middle - beside, high), PLAN)?;
            }
            if let Some(clicks) = bin.clicks {
                let [low, high] = ends(clicks).map(|end| scale.at(end));
                whisker(canvas, (middle + beside, low), (middle + beside, high), LESS)?;
                canvas.diamond((middle + beside, scale.at(clicks.value)), (0.2 * width).clamp(4.0, 8.0), LESS)?;
            }
            if number % every == 0 {
                canvas.text(&format::ratio(bin.from), (from, bottom + 20.0), size - 1.0, MUTED, Anchor::Middle)?;
            }
        }
        canvas.text(&format::ratio(1.0), (right, bottom + 20.0), size - 1.0, MUTED, Anchor::Middle)?;
        canvas.text("less than forecast", (left, bottom + 50.0), size, MUTED, Anchor::Left)?;
        canvas.text("more than forecast", (right, bottom + 50.0), size, MUTED, Anchor::Right)?;
        rule(canvas, (left, bottom), (right, bottom))?;
        canvas.dashed((left, scale.at(0.1)), (right, scale.at(0.1)), INK)
    })?;
    let rows = bins
        .iter()
        .map(|bin| {
            let lead = [Cell::Score(Some(bin.from)), Cell::Score(Some(bin.to))];
            lead.into_iter().chain(pair(bin.terms, Cell::Rate)).chain(pair(bin.clicks, Cell::Rate)).collect()
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

/// The color of the bars: lighter than what is drawn over them.
fn light() -> plotters::style::RGBColor {
    let mixed = |channel: u8| u8::try_from((u16::from(channel) + 2 * 255) / 3).unwrap_or(255);
    let (red, green, blue) = PLAN.rgb();
    plotters::style::RGBColor(mixed(red), mixed(green), mixed(blue))
}
