//! Conversions of whole periods: forecast with its interval, and what came.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::rule;

pub(super) const STEM: &str = "totals";

/// Where things stand, logical pixels.
struct Layout {
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    /// Size of type.
    size: f64,
    /// The legend: forecast, and what came.
    legend: [(f64, f64); 2],
    /// Labels along the bottom, at most.
    labels: usize,
}

const WIDE: Layout = Layout {
    height: 540.0,
    left: 100.0,
    right: WIDTH - 40.0,
    top: 64.0,
    size: 16.0,
    legend: [(WIDTH - 600.0, 30.0), (WIDTH - 300.0, 30.0)],
    labels: 10,
};
const PHONE: Layout = Layout {
    height: 440.0,
    left: 56.0,
    right: NARROW - 12.0,
    top: 84.0,
    size: 14.0,
    legend: [(18.0, 54.0), (270.0, 54.0)],
    labels: 3,
};

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
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, layout.height));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        let &Layout { left, right, top, size, legend: [forecast, came], labels, .. } = layout;
        let bottom = layout.height - 64.0;
        let figures = folds.iter().flat_map(|fold| {
            let total = &fold.total;
            [Some(total.forecast), total.lower, total.upper, Some(total.actual)]
        });
        let scale = Scale::with_zero(figures.flatten(), bottom, top, 6);
        canvas.y_axis(&scale, left, right, size, format::compact)?;
        rule(canvas, (left, scale.at(0.0)), (right, scale.at(0.0)))?;
        let unit = format!("conversions a {}", run.unit());
        canvas.text(&unit, (left.min(24.0).min(forecast.0), 26.0), size, MUTED, Anchor::Left)?;
        let (x, y) = forecast;
        canvas.line(&[(x, y - 12.0), (x, y + 12.0)], PLAN, 3.0)?;
        canvas.dot(forecast, 6.5, PLAN)?;
        canvas.text("forecast, with 90% interval", (x + 16.0, y), size, INK, Anchor::Left)?;
        canvas.diamond(came, 8.0, LESS)?;
        canvas.text("came", (came.0 + 16.0, y), size, INK, Anchor::Left)?;
        let step = (right - left) / folds.len().max(1) as f64;
        let every = folds.len().div_ceil(labels).max(1);
        let shift = (0.14 * step).min(12.0);
        for (number, fold) in folds.iter().enumerate() {
            let x = (number as f64 + 0.5).mul_add(step, left);
            let total = &fold.total;
            if let (Some(low), Some(high)) = (total.lower, total.upper) {
                canvas.line(&[(x - shift, scale.at(low)), (x - shift, scale.at(high))], PLAN, 3.0)?;
            }
            let mark = (0.3 * step).clamp(3.5, 8.0);
            canvas.dot((x - shift, scale.at(total.forecast)), mark.min(6.5), PLAN)?;
            canvas.diamond((x + shift, scale.at(total.actual)), mark, LESS)?;
            if number % every == 0 {
                let label = fold.start.map(|day| day.to_string()).unwrap_or_default();
                // a label at the edge keeps within the sheet
                let x = x.clamp(46.0, right - 34.0);
                canvas.text(&label, (x, bottom + 22.0), size - 1.0, MUTED, Anchor::Middle)?;
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
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}
