//! Our forecasts against simpler ones: how much better the log score is.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::{ends, pair, rule, whisker};

pub(super) const STEM: &str = "scores";

/// Where things stand, logical pixels.
struct Layout {
    left: f64,
    right: f64,
    /// Where log scores end.
    edge: f64,
    row: f64,
    /// Whether a row's name stands above its line instead of beside it.
    above: bool,
    ticks: usize,
}

const WIDE: Layout =
    Layout { left: 330.0, right: WIDTH - 210.0, edge: WIDTH - 24.0, row: 62.0, above: false, ticks: 6 };
const PHONE: Layout =
    Layout { left: 20.0, right: NARROW - 24.0, edge: NARROW - 24.0, row: 74.0, above: true, ticks: 3 };

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("model", "text", "whose forecasts"),
    column("log_score", "nats", "mean logarithm of the probability of what came, a term and period; more is better"),
    column("log_score_se", "nats", "its standard error"),
    column("ours_better_by", "nats", "log score of termwise minus this one's; above zero where termwise is better"),
    column("ours_better_by_se", "nats", "its standard error"),
    column("crps", "conversions", "mean continuous ranked probability score; less is better"),
    column("crps_se", "conversions", "its standard error"),
    column("coverage_90_terms", "share", "90% intervals that held, by randomised PIT"),
    column("coverage_90_terms_se", "share", "its standard error"),
    column("raw_coverage_90_clicks", "share", "the same weighted by clicks, not randomised"),
    column("raw_coverage_90_clicks_se", "share", "its standard error"),
    column("actual_over_forecast", "ratio", "conversions that came for each one forecast"),
    column("actual_over_forecast_se", "ratio", "its standard error"),
];

pub(super) fn chart(run: &BacktestRun) -> Result<Chart, ReportError> {
    let models = &run.backtest.models;
    let title = "Better than simpler forecasts".to_owned();
    let description =
        "How much higher the log score of termwise is than that of simpler forecasts, a term and period. Right \
                       of zero termwise is better; lines reach two standard errors either side, so a line that crosses \
                       zero is no difference that the data can show."
            .to_owned();
    let others = &models[1..];
    let height = |layout: &Layout| layout.row.mul_add(others.len() as f64, 150.0);
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, height(layout)));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        let &Layout { left, right, edge, row, above, ticks } = layout;
        let (top, bottom) = (70.0, height(layout) - 70.0);
        let reached = others.iter().filter_map(|model| model.behind).flat_map(ends);
        let scale = Scale::with_zero(reached, left, right, ticks);
        canvas.x_axis(&scale, top - 10.0, bottom, 15.0, |tick| format::significant_trimmed(tick, 3))?;
        rule(canvas, (scale.at(0.0), top - 10.0), (scale.at(0.0), bottom))?;
        canvas.text(
            "nats a forecast by which termwise is better",
            (right, bottom + 44.0),
            15.0,
            MUTED,
            Anchor::Right,
        )?;
        let (beside, anchor) = if above { (left + 6.0, Anchor::Left) } else { (left - 16.0, Anchor::Right) };
        canvas.text("compared with", (beside, 30.0), 15.0, MUTED, anchor)?;
        canvas.text("log score", (edge, 30.0), 15.0, MUTED, Anchor::Right)?;
        for (number, model) in others.iter().enumerate() {
            let y = (number as f64 + if above { 0.72 } else { 0.5 }).mul_add(row, top);
            let named = if above { y - 28.0 } else { y };
            canvas.text(&run.label(model.model), (beside, named), 16.0, INK, anchor)?;
            let score = format::or_none(model.log_score.map(|score| score.value), format::score);
            canvas.text(&score, (edge, named), 16.0, INK, Anchor::Right)?;
            if let Some(behind) = model.behind {
                let color = if behind.value < 0.0 { LESS } else { PLAN };
                let [from, to] = ends(behind).map(|end| scale.at(end));
                whisker(canvas, (from, y), (to, y), color)?;
                canvas.dot((scale.at(behind.value), y), 7.0, color)?;
            }
        }
        let ours = format::or_none(run.backtest.ours().log_score.map(|score| score.value), format::score);
        canvas.text(
            &format!("termwise: {ours}"),
            (edge, if above { 50.0 } else { bottom + 18.0 }),
            16.0,
            MUTED,
            Anchor::Right,
        )
    })?;
    let rows = models
        .iter()
        .map(|model| {
            let cells = [
                pair(model.log_score, Cell::Score),
                pair(model.behind, Cell::Score),
                pair(model.crps, Cell::Score),
                pair(model.coverage_90_terms, Cell::Rate),
                pair(model.coverage_90_clicks, Cell::Rate),
                pair(model.actual_over_forecast, Cell::Score),
            ];
            std::iter::once(Cell::text(model.model.name())).chain(cells.into_iter().flatten()).collect()
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}
