//! Calibration: what came against what was forecast, by size of the forecast, on logarithmic axes.

use super::super::super::format;
use super::super::super::{ReportError, backtest::BacktestRun};
use super::super::canvas::{self, Anchor, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::super::scale::Scale;
use super::super::{Cell, Chart, ChartColumn, column};
use super::{ends, whisker};
use crate::backtest::Decile;

pub(super) const STEM: &str = "calibration";

/// Where things stand, logical pixels.
struct Layout {
    height: f64,
    left: f64,
    right: f64,
    /// Size of type.
    size: f64,
}

const WIDE: Layout = Layout { height: 640.0, left: 290.0, right: WIDTH - 290.0, size: 16.0 };
const PHONE: Layout = Layout { height: 460.0, left: 62.0, right: NARROW - 20.0, size: 14.0 };

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term_periods", "term-periods", "forecasts of similar size: a tenth of all"),
    column("mean_forecast", "conversions", "their mean"),
    column("mean_actual", "conversions", "mean of what came"),
    column("mean_actual_se", "conversions", "its standard error"),
];

pub(super) fn chart(run: &BacktestRun) -> Result<Chart, ReportError> {
    let calibration = &run.backtest.calibration;
    let deciles = &calibration.deciles;
    let title = "Right on average, at every size?".to_owned();
    let slope = calibration.slope.map_or_else(String::new, |slope| {
        let error =
            slope.standard_error.map(|error| format!(" (standard error {})", format::error(error, format::score)));
        format!(
            " The slope of all forecasts is {}{}; 1 is right.",
            format::score(slope.value),
            error.unwrap_or_default()
        )
    });
    let description = format!(
        "Mean of what came against mean forecast, for tenths of the forecasts by size. Points on the dashed line are \
         right on average; lines reach two standard errors either side; rings at the edge had no conversion.{slope}"
    );
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, layout.height));
    let draw = |canvas: &canvas::Canvas, layout: &_| draw(canvas, layout, deciles);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let rows = deciles
        .iter()
        .map(|decile| {
            vec![
                Cell::Count(Some(decile.forecasts as f64)),
                Cell::Count(Some(decile.mean_forecast)),
                Cell::Count(Some(decile.mean_actual.value)),
                Cell::Count(decile.mean_actual.standard_error),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

fn draw(canvas: &canvas::Canvas, layout: &Layout, deciles: &[Decile]) -> Result<(), ReportError> {
    let &Layout { height, left, right, size } = layout;
    let (top, bottom) = (50.0, height - 74.0);
    let figures = || {
        let both = deciles.iter().flat_map(|decile| [decile.mean_forecast, decile.mean_actual.value]);
        both.filter(|&figure| figure > 0.0).map(f64::log10)
    };
    let (low, high) = (figures().fold(0.0, f64::min).floor(), figures().fold(0.0, f64::max).ceil());
    let (low, high) = if high > low { (low, high) } else { (low - 1.0, high) };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // powers of ten of an f64
    let ticks = (high - low) as usize;
    let x = Scale::rounded(low, high, left, right, ticks);
    let y = Scale::rounded(low, high, bottom, top, ticks);
    let power = |tick: f64| format::compact(10_f64.powf(tick));
    canvas.y_axis(&y, left, right, size, power)?;
    canvas.x_axis(&x, top, bottom, size, power)?;
    canvas.text("mean forecast, conversions a term", (right, bottom + 48.0), size, MUTED, Anchor::Right)?;
    canvas.text("mean of what came", ((left - 60.0).max(8.0), 24.0), size, MUTED, Anchor::Left)?;
    canvas.dashed((x.at(low), y.at(low)), (x.at(high), y.at(high)), INK)?;
    for decile in deciles {
        let at = x.at(decile.mean_forecast.log10());
        let came = decile.mean_actual;
        if came.value <= 0.0 {
            canvas.ring((at, bottom), 7.0, LESS)?;
            continue;
        }
        let height = |figure: f64| if figure > 0.0 { y.at(figure.log10()) } else { bottom };
        let [from, to] = ends(came).map(height);
        whisker(canvas, (at, from), (at, to), PLAN)?;
        canvas.dot((at, height(came.value)), 7.0, PLAN)?;
    }
    Ok(())
}
