//! Conversions of whole periods: forecast with its interval, and what came.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::rule;

pub(super) const STEM: &str = "totals";
const HEIGHT: f64 = 540.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 40.0;
/// Labels along the bottom, at most.
const LABELS: usize = 10;

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("period_start", "date", "first day of the period"),
    column("forecast", "conversions", "conversions expected, over all terms with clicks in it"),
    column("forecast_p05", "conversions", "lower end of the 90% interval of the total"),
    column("forecast_p95", "conversions", "upper end of it"),
    column("actual", "conversions", "conversions that came"),
];

pub(super) fn chart(run: &BacktestRun) -> Result<Chart, ReportError> {
    let folds = &run.backtest.folds;
    let held = folds.iter().filter(|fold| fold.total.is_inside() == Some(true)).count();
    let drawn = folds.iter().filter(|fold| fold.total.is_inside().is_some()).count();
    let title = format!("Conversions by {}, forecast and came", run.unit());
    let description = format!(
        "Conversions expected in each {}, given its clicks, with 90% intervals, against those that came. {held} of {} \
         came within the interval.",
        run.unit(),
        format::counted(drawn, "total", "totals"),
    );
    let svg = canvas::sheet(STEM, &title, &description, HEIGHT, |canvas| {
        let (top, bottom) = (64.0, HEIGHT - 64.0);
        let figures = folds.iter().flat_map(|fold| {
            let total = &fold.total;
            [Some(total.forecast), total.lower, total.upper, Some(total.actual)]
        });
        let scale = Scale::with_zero(figures.flatten(), bottom, top, 6);
        canvas.y_axis(&scale, LEFT, WIDTH - RIGHT, 16.0, format::compact)?;
        rule(canvas, (LEFT, scale.at(0.0)), (WIDTH - RIGHT, scale.at(0.0)))?;
        canvas.text(&format!("conversions a {}", run.unit()), (24.0, 30.0), 16.0, MUTED, Anchor::Left)?;
        let x = WIDTH - RIGHT - 560.0;
        canvas.line(&[(x, 18.0), (x, 42.0)], PLAN, 3.0)?;
        canvas.dot((x, 30.0), 6.5, PLAN)?;
        canvas.text("forecast, with 90% interval", (x + 16.0, 30.0), 16.0, INK, Anchor::Left)?;
        canvas.diamond((x + 300.0, 30.0), 8.0, LESS)?;
        canvas.text("came", (x + 316.0, 30.0), 16.0, INK, Anchor::Left)?;
        let step = (WIDTH - RIGHT - LEFT) / folds.len().max(1) as f64;
        let every = folds.len().div_ceil(LABELS).max(1);
        let shift = (0.14 * step).min(12.0);
        for (number, fold) in folds.iter().enumerate() {
            let x = (number as f64 + 0.5).mul_add(step, LEFT);
            let total = &fold.total;
            if let (Some(low), Some(high)) = (total.lower, total.upper) {
                canvas.line(&[(x - shift, scale.at(low)), (x - shift, scale.at(high))], PLAN, 3.0)?;
            }
            canvas.dot((x - shift, scale.at(total.forecast)), 6.5, PLAN)?;
            canvas.diamond((x + shift, scale.at(total.actual)), 8.0, LESS)?;
            if number % every == 0 {
                let label = fold.start.map(|day| day.to_string()).unwrap_or_default();
                canvas.text(&label, (x, bottom + 22.0), 15.0, MUTED, Anchor::Middle)?;
            }
        }
        Ok(())
    })?;
    let rows = folds
        .iter()
        .map(|fold| {
            let total = &fold.total;
            vec![
                Cell::text(fold.start.map(|day| day.to_string()).unwrap_or_default()),
                Cell::Count(Some(total.forecast)),
                Cell::Count(total.lower),
                Cell::Count(total.upper),
                Cell::Count(Some(total.actual)),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow: None, columns: COLUMNS, rows })
}
