//! Planned spend of every week, against the same money on every day.

use super::super::format::Money;
use super::super::{ReportError, Run, format};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::recommend::Dated;

pub(super) const STEM: &str = "weeks";
/// Pixels to the left and right of the axes, and width: of the sheet, and of that for a phone.
const WIDE: [f64; 3] = [110.0, 40.0, WIDTH];
const PHONE: [f64; 3] = [58.0, 12.0, NARROW];
const HEIGHT: f64 = 460.0;

pub(in super::super) const COLUMNS: &[ChartColumn] = &[
    column("week", "text", "first day of the week"),
    column("spend", "money", "spend planned in the week"),
    column("even_spend", "money", "spend of the week where every day gets the same"),
    column("demand_index", "ratio", "searches over those in the baseline weeks"),
];

/// `None` where the plan is of one week.
pub(super) fn chart(run: &Run, money: &Money) -> Result<Option<Chart>, ReportError> {
    run.plan.dated.as_ref().map(|dated| of(dated, money)).transpose()
}

fn of(dated: &Dated, money: &Money) -> Result<Chart, ReportError> {
    let title = "Spend by week".to_owned();
    let largest = dated.weeks.iter().max_by(|one, other| one.total.total_cmp(&other.total));
    let description = largest.map_or_else(String::new, |largest| {
        format!(
            "Planned spend of {}. The most is planned in the week of {}: {}, where the same money a day would be {}.",
            format::counted(dated.weeks.len(), "week", "weeks"),
            largest.span.start,
            money.sum(largest.total),
            money.sum(largest.even)
        )
    });
    let layouts = [(&WIDE, HEIGHT), (&PHONE, HEIGHT)];
    let draw = |canvas: &canvas::Canvas, layout: &_| draw(canvas, layout, dated, money);
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, draw)?;
    let rows = (dated.weeks.iter())
        .map(|week| {
            vec![
                Cell::text(week.span.start.to_string()),
                Cell::Money(Some(week.total)),
                Cell::Money(Some(week.even)),
                Cell::Score(Some(week.demand)),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

fn draw(canvas: &Canvas, [left, right, width]: &[f64; 3], dated: &Dated, money: &Money) -> Result<(), ReportError> {
    let (left, right) = (*left, width - right);
    let (top, bottom) = (64.0, HEIGHT - 84.0);
    let figures = dated.weeks.iter().flat_map(|week| [week.total, week.even]);
    let scale = Scale::with_zero(figures, bottom, top, 5);
    canvas.y_axis(&scale, left, right, 15.0, |tick| money.compact(tick))?;
    canvas.bar((left, 22.0), (left + 22.0, 36.0), PLAN)?;
    canvas.text("planned", (left + 30.0, 29.0), 16.0, INK, Anchor::Left)?;
    canvas.line(&[(left + 130.0, 29.0), (left + 152.0, 29.0)], LESS, 4.0)?;
    canvas.text("same money a day", (left + 160.0, 29.0), 16.0, INK, Anchor::Left)?;
    let slot = (right - left) / dated.weeks.len().max(1) as f64;
    let half = (slot * 0.36).min(46.0);
    // a label needs some 80 pixels
    let every = (86.0 / slot).ceil().max(1.0);
    for (at, week) in dated.weeks.iter().enumerate() {
        let x = (at as f64 + 0.5).mul_add(slot, left);
        canvas.bar((x - half, scale.at(week.total)), (x + half, bottom), PLAN)?;
        let even = scale.at(week.even);
        let reach = half + (0.08 * slot).min(4.0);
        canvas.line(&[(x - reach, even), (x + reach, even)], LESS, 3.0)?;
        if at as f64 % every < 0.5 {
            canvas.text(&week.span.start.to_string(), (x, bottom + 20.0), 14.0, INK, Anchor::Middle)?;
            let demand = format!("demand {}", format::change(week.demand - 1.0));
            if slot * every >= 110.0 {
                canvas.text(&demand, (x, bottom + 40.0), 13.0, MUTED, Anchor::Middle)?;
            }
        }
    }
    canvas.text("first day of the week", (right, bottom + 66.0), 15.0, MUTED, Anchor::Right)?;
    canvas.line(&[(left, bottom), (right, bottom)], INK, 1.0)
}
