//! How often intervals held: by level, and the 90% intervals by size of the forecast.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, Canvas, GRID, INK, LESS, MUTED, NARROW, NOW, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::{ends, pair, whisker};
use crate::backtest::{Band, CoverageRow, LEVELS, Measured};

pub(super) const STEM: &str = "coverage";

/// Where things stand, logical pixels.
struct Layout {
    height: f64,
    /// The panel by level: left, right, top and bottom of its axes.
    level: [f64; 4],
    /// The panel by size of the forecast.
    size: [f64; 4],
    /// The parts of the legend.
    legend: [(f64, f64); 5],
    ticks: usize,
}

const WIDE: Layout = Layout {
    height: 560.0,
    level: [110.0, 600.0, 110.0, 500.0],
    size: [830.0, WIDTH - 40.0, 110.0, 500.0],
    legend: [(70.0, 30.0), (270.0, 30.0), (620.0, 30.0), (830.0, 30.0), (1090.0, 30.0)],
    ticks: 6,
};
const PHONE: Layout = Layout {
    height: 1060.0,
    level: [66.0, NARROW - 24.0, 200.0, 500.0],
    size: [142.0, NARROW - 24.0, 610.0, 1000.0],
    legend: [(18.0, 24.0), (18.0, 52.0), (18.0, 80.0), (18.0, 108.0), (18.0, 136.0)],
    ticks: 3,
};

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("band", "text", "conversions expected of a term in a period, or new terms: without a click before"),
    column("level", "share", "level of the intervals"),
    column("term_periods", "term-periods", "forecasts in the band"),
    column("terms", "share", "forecasts whose interval held, by randomised PIT"),
    column("terms_se", "share", "its standard error"),
    column("raw_terms", "share", "the same as it is, not randomised (mid-P): tiny counts hold more than their level"),
    column("raw_terms_se", "share", "its standard error"),
    column("raw_clicks", "share", "clicks of the forecasts whose interval held, as it is"),
    column("raw_clicks_se", "share", "its standard error"),
    column("expected_raw_terms", "share", "what `raw_terms` would be if the forecasts were right"),
    column("expected_raw_clicks", "share", "what `raw_clicks` would be if the forecasts were right"),
];

pub(super) fn chart(run: &BacktestRun) -> Result<Chart, ReportError> {
    let rows = &run.backtest.coverage;
    let title = "How often intervals held what came".to_owned();
    let description =
        "By level: the share of intervals that held, for intervals that should hold 50, 80, 90 and 95% (black \
                       marks). By size: the same for 90% intervals, by how many conversions were expected of a term. \
                       Lines reach two standard errors either side; gray marks show what intervals of whole counts hold \
                       as they are when forecasts are right."
            .to_owned();
    let layouts = [(&WIDE, WIDE.height), (&PHONE, PHONE.height)];
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        legend(canvas, layout.legend)?;
        let all: Vec<&CoverageRow> = rows.iter().filter(|row| row.band == Band::All).collect();
        let level = |row: &CoverageRow| (format::share(row.level), String::new());
        panel(canvas, (layout.level, layout.ticks), &all, "intervals of", level)?;
        let ninety: Vec<&CoverageRow> =
            rows.iter().filter(|row| row.band != Band::All && (row.level - LEVELS[2]).abs() < 1e-9).collect();
        panel(canvas, (layout.size, layout.ticks), &ninety, "conversions expected", |row| {
            (row.band.name().to_owned(), format!("{} forecasts", format::whole(row.forecasts)))
        })
    })?;
    let table = rows
        .iter()
        .map(|row| {
            let lead =
                [Cell::text(row.band.name()), Cell::Rate(Some(row.level)), Cell::Count(Some(row.forecasts as f64))];
            let shares = [row.terms, row.raw_terms, row.raw_clicks_inside];
            let expected = [row.expected_raw_terms, row.expected_raw_clicks].map(Cell::Rate);
            let shares = shares.into_iter().flat_map(|share| pair(share, Cell::Rate));
            lead.into_iter().chain(shares).chain(expected).collect()
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows: table })
}

fn panel(
    canvas: &Canvas,
    ([left, right, top, bottom], ticks): ([f64; 4], usize),
    rows: &[&CoverageRow],
    heading: &str,
    label: impl Fn(&CoverageRow) -> (String, String),
) -> Result<(), ReportError> {
    let shown = |row: &CoverageRow| [row.terms, row.raw_terms, row.raw_clicks_inside];
    let figures = rows.iter().flat_map(|row| shown(row).into_iter().flatten());
    let lowest = figures.map(|figure| ends(figure)[0]).chain(rows.iter().map(|row| row.level)).fold(0.8, f64::min);
    let scale = Scale::rounded(lowest.max(0.0), 1.0, left, right, ticks);
    canvas.x_axis(&scale, top - 12.0, bottom, 15.0, format::percent_tick)?;
    canvas.text("intervals that held", (right, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
    let (at, anchor) = if left < 160.0 { (10.0, Anchor::Left) } else { (left - 16.0, Anchor::Right) };
    canvas.text(heading, (at, top - 30.0), 15.0, MUTED, anchor)?;
    let step = (bottom - top) / rows.len().max(1) as f64;
    for (number, row) in rows.iter().enumerate() {
        let y = (number as f64 + 0.5).mul_add(step, top);
        let (name, detail) = label(row);
        let shift = if detail.is_empty() { 0.0 } else { 9.0 };
        canvas.text(&name, (left - 16.0, y - shift), 16.0, INK, Anchor::Right)?;
        canvas.text(&detail, (left - 16.0, y + 11.0), 13.0, MUTED, Anchor::Right)?;
        if number > 0 {
            let edge = y - 0.5 * step;
            canvas.line(&[(left, edge), (right, edge)], GRID, 1.0)?;
        }
        let nominal = scale.at(row.level);
        canvas.line(&[(nominal, y - 0.42 * step), (nominal, y + 0.42 * step)], INK, 2.5)?;
        let gap = (0.24 * step).min(22.0);
        let at = |figure: Measured| scale.at(figure.value.max(scale.low));
        let reach = |figure: Measured| ends(figure).map(|end| scale.at(end));
        if let Some(terms) = row.terms {
            let [from, to] = reach(terms);
            whisker(canvas, (from, y - gap), (to, y - gap), PLAN)?;
            canvas.dot((at(terms), y - gap), 7.0, PLAN)?;
        }
        if let Some(raw) = row.raw_terms {
            canvas.ring((at(raw), y), 6.0, NOW)?;
        }
        // what the figure above or below it would be if the forecasts were right
        for (expected, y) in [(row.expected_raw_terms, y), (row.expected_raw_clicks, y + gap)] {
            if let Some(expected) = expected {
                let x = scale.at(expected.max(scale.low));
                canvas.line(&[(x, y - 0.4 * gap), (x, y + 0.4 * gap)], MUTED, 2.0)?;
            }
        }
        if let Some(clicks) = row.raw_clicks_inside {
            let [from, to] = reach(clicks);
            whisker(canvas, (from, y + gap), (to, y + gap), LESS)?;
            canvas.diamond((at(clicks), y + gap), 8.0, LESS)?;
        }
    }
    Ok(())
}

fn legend(canvas: &Canvas, at: [(f64, f64); 5]) -> Result<(), ReportError> {
    let [level, exact, raw, clicks, expected] = at;
    let name = |text: &str, at: (f64, f64)| canvas.text(text, (at.0 + 14.0, at.1), 16.0, INK, Anchor::Left);
    canvas.line(&[(level.0, level.1 - 11.0), (level.0, level.1 + 11.0)], INK, 2.5)?;
    name("what should hold", level)?;
    canvas.dot(exact, 7.0, PLAN)?;
    name("by terms, made exact for counts (PIT)", exact)?;
    canvas.ring(raw, 6.0, NOW)?;
    name("by terms, as it is", raw)?;
    canvas.diamond(clicks, 8.0, LESS)?;
    name("weighted by clicks, as it is", clicks)?;
    canvas.line(&[(expected.0, expected.1 - 6.0), (expected.0, expected.1 + 6.0)], MUTED, 2.0)?;
    name("expected, as it is", expected)
}
