//! Conversions of the weeks that runs looked back on: forecast at the spend that happened, and what came.

use super::super::ReportError;
use super::super::format;
use super::canvas::{self, Anchor, GRID, INK, LESS, MUTED, PLAN, WIDTH};
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::weekly::{Record, Review};

const STEM: &str = "history";
const HEIGHT: f64 = 540.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 40.0;
/// Labels along the bottom, at most.
const LABELS: usize = 10;
/// Weeks drawn; the table has all.
const DRAWN: usize = 78;

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
    let held = shown.iter().filter(|(review, _)| review.is_inside() == Some(true)).count();
    let title = "Conversions by week, forecast and came".to_owned();
    let description = format!(
        "Two forecasts of each week's conversions, against those that came: lines at the spend that happened, dots given the clicks \
         that came, with their 90% interval. {held} of {} came within the interval. Rings: weeks after which a guard held the plan.",
        format::counted(shown.len(), "week", "weeks"),
    );
    let svg = canvas::sheet(STEM, &title, &description, HEIGHT, |canvas| {
        let (top, bottom) = (64.0, HEIGHT - 64.0);
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
        canvas.y_axis(&scale, LEFT, WIDTH - RIGHT, 16.0, format::compact)?;
        canvas.line(&[(LEFT, scale.at(0.0)), (WIDTH - RIGHT, scale.at(0.0))], GRID, 2.0)?;
        canvas.text("conversions a week", (24.0, 30.0), 16.0, MUTED, Anchor::Left)?;
        let legend = |at: f64, words: &str| canvas.text(words, (at + 18.0, 30.0), 16.0, INK, Anchor::Left);
        let [spend, clicks, came, ring] = [900.0, 672.0, 284.0, 192.0].map(|back| WIDTH - RIGHT - back);
        canvas.line(&[(spend - 10.0, 30.0), (spend + 10.0, 30.0)], INK, 3.0)?;
        legend(spend, "forecast at the spend")?;
        canvas.line(&[(clicks, 18.0), (clicks, 42.0)], PLAN, 3.0)?;
        canvas.dot((clicks, 30.0), 6.5, PLAN)?;
        legend(clicks, "forecast given the clicks, with 90% interval")?;
        canvas.diamond((came, 30.0), 8.0, LESS)?;
        legend(came, "came")?;
        canvas.ring((ring, 30.0), 11.0, LESS)?;
        legend(ring, "and the plan was held")?;
        let step = (WIDTH - RIGHT - LEFT) / shown.len() as f64;
        let every = shown.len().div_ceil(LABELS);
        let shift = (0.14 * step).min(12.0);
        for (number, (review, held)) in shown.iter().enumerate() {
            let x = (number as f64 + 0.5).mul_add(step, LEFT);
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
    Ok(Some(Chart { stem: STEM, title, description, svg, narrow: None, columns: COLUMNS, rows }))
}
