//! Conversions of the weeks that runs looked back on: forecast at the spend that happened, and what came.

use super::super::ReportError;
use super::super::format;
use super::canvas::{self, Anchor, Canvas, GRID, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::weekly::{Record, Review};

const STEM: &str = "history";
const HEIGHT: f64 = 540.0;
/// Weeks drawn; the table has all.
const DRAWN: usize = 78;

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// To the left and right of the axes.
    sides: [f64; 2],
    top: f64,
    /// Where the vertical axis is named.
    axis: (f64, f64),
    /// The legend: forecast at the spend, forecast given the clicks, what came, and a plan that was held.
    legend: [(f64, f64); 4],
    /// Labels along the bottom, at most.
    labels: usize,
    /// Weeks drawn, at most.
    drawn: usize,
}

const WIDE: Layout = Layout {
    width: WIDTH,
    sides: [100.0, 40.0],
    top: 64.0,
    axis: (24.0, 30.0),
    legend: [(340.0, 30.0), (568.0, 30.0), (956.0, 30.0), (1048.0, 30.0)],
    labels: 10,
    drawn: DRAWN,
};
const PHONE: Layout = Layout {
    width: NARROW,
    sides: [52.0, 12.0],
    top: 132.0,
    axis: (10.0, 112.0),
    legend: [(24.0, 24.0), (24.0, 52.0), (24.0, 80.0), (110.0, 80.0)],
    labels: 3,
    drawn: 26,
};

pub(in crate::report) const COLUMNS: &[ChartColumn] = &[
    column("week", "date", "first day of the week"),
    column("spend", "money", "what was spent on the plan's terms"),
    column("forecast", "conversions", "conversions forecast at that spend, of which so many were reported"),
    column("given_clicks", "conversions", "the same given the clicks that came"),
    column("given_clicks_p05", "conversions", "lower end of its 90% interval"),
    column("given_clicks_p95", "conversions", "upper end of it"),
    column("came", "conversions", "conversions that came"),
    column("held", "text", "whether a guard held the plan made after the week"),
];

/// The chart; `None` where no week has been reviewed yet.
pub(in crate::report) fn chart(records: &[&Record]) -> Result<Option<Chart>, ReportError> {
    let reviewed: Vec<(&Review, bool)> =
        records.iter().filter_map(|record| Some((record.review.as_ref()?, record.held))).collect();
    if reviewed.is_empty() {
        return Ok(None);
    }
    let shown = &reviewed[reviewed.len().saturating_sub(DRAWN)..];
    let evidence: Vec<&Review> = records.iter().filter_map(|record| record.evidence()).collect();
    let evidence = &evidence[evidence.len().saturating_sub(DRAWN)..];
    let held = evidence.iter().filter(|review| review.is_inside() == Some(true)).count();
    let title = "Conversions by week, forecast and came".to_owned();
    let description = format!(
        "Two forecasts of each week's conversions, against those that came: lines at the spend that happened, dots given the clicks \
         that came, with their 90% interval. {held} of {} came within the interval. Rings: weeks after which a guard held the plan.",
        format::counted(evidence.len(), "week", "weeks"),
    );
    let (svg, narrow) =
        canvas::both(STEM, &title, &description, [(&WIDE, HEIGHT), (&PHONE, HEIGHT)], |canvas, layout| {
            // a phone has room for the latest
            draw(canvas, layout, &shown[shown.len().saturating_sub(layout.drawn)..])
        })?;
    let rows = reviewed
        .iter()
        .map(|(review, held)| {
            vec![
                Cell::text(review.week.map(|day| day.to_string()).unwrap_or_default()),
                Cell::Money(Some(review.spend)),
                Cell::Count(Some(review.conversions_forecast)),
                Cell::Count(Some(review.conversions_given_clicks)),
                Cell::Count(review.conversions_p05),
                Cell::Count(review.conversions_p95),
                Cell::Count(Some(review.conversions)),
                Cell::text(if *held { "held" } else { "" }),
            ]
        })
        .collect();
    Ok(Some(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows }))
}

fn draw(canvas: &Canvas, layout: &Layout, shown: &[(&Review, bool)]) -> Result<(), ReportError> {
    let (left, right) = (layout.sides[0], layout.width - layout.sides[1]);
    let (top, bottom) = (layout.top, HEIGHT - 64.0);
    let figures = shown.iter().flat_map(|(review, _)| {
        [
            Some(review.conversions_forecast),
            Some(review.conversions_given_clicks),
            review.conversions_p05,
            review.conversions_p95,
            Some(review.conversions),
        ]
    });
    let scale = Scale::with_zero(figures.flatten(), bottom, top, 6);
    canvas.y_axis(&scale, left, right, 16.0, format::compact)?;
    canvas.line(&[(left, scale.at(0.0)), (right, scale.at(0.0))], GRID, 2.0)?;
    canvas.text("conversions a week", layout.axis, 16.0, MUTED, Anchor::Left)?;
    legend(canvas, layout)?;
    let step = (right - left) / shown.len() as f64;
    let every = shown.len().div_ceil(layout.labels);
    let shift = (0.14 * step).min(12.0);
    for (number, (review, held)) in shown.iter().enumerate() {
        let x = (number as f64 + 0.5).mul_add(step, left);
        if let (Some(low), Some(high)) = (review.conversions_p05, review.conversions_p95) {
            canvas.line(&[(x - shift, scale.at(low)), (x - shift, scale.at(high))], PLAN, 3.0)?;
        }
        canvas.dot((x - shift, scale.at(review.conversions_given_clicks)), 5.5, PLAN)?;
        let (at_spend, half) = (scale.at(review.conversions_forecast), (0.3 * step).clamp(2.0, 12.0));
        canvas.line(&[(x - half, at_spend), (x + half, at_spend)], INK, 3.0)?;
        canvas.diamond((x + shift, scale.at(review.conversions)), 7.0, LESS)?;
        if *held {
            canvas.ring((x + shift, scale.at(review.conversions)), 13.0, LESS)?;
        }
        if number % every == 0 {
            let label = review.week.map(|day| day.to_string()).unwrap_or_default();
            canvas.text(&label, (x, bottom + 22.0), 15.0, MUTED, Anchor::Middle)?;
        }
    }
    Ok(())
}

fn legend(canvas: &Canvas, layout: &Layout) -> Result<(), ReportError> {
    let words = |(x, y): (f64, f64), words: &str| canvas.text(words, (x + 18.0, y), 16.0, INK, Anchor::Left);
    let [spend, clicks, came, ring] = layout.legend;
    canvas.line(&[(spend.0 - 10.0, spend.1), (spend.0 + 10.0, spend.1)], INK, 3.0)?;
    words(spend, "forecast at the spend")?;
    canvas.line(&[(clicks.0, clicks.1 - 12.0), (clicks.0, clicks.1 + 12.0)], PLAN, 3.0)?;
    canvas.dot(clicks, 6.5, PLAN)?;
    words(clicks, "forecast given the clicks, with 90% interval")?;
    canvas.diamond(came, 8.0, LESS)?;
    words(came, "came")?;
    canvas.ring(ring, 11.0, LESS)?;
    words(ring, "and the plan was held")
}
