//! Response curves of the terms with most spend, as small multiples.

use super::super::format::{self, Money};
use super::super::top::top;
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, INK, MUTED, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column, per};
use crate::recommend::Recommendation;

pub(super) const STEM: &str = "curves";
const TERMS: usize = 6;
const POINTS: u32 = 60;
const PANEL: (f64, f64) = (WIDTH / 3.0, 320.0);

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("term", "text", "search term or keyword"),
    column("campaign", "text", "campaign; empty where the data have none"),
    column("point", "text", "curve (as drawn), now, or plan"),
    column("spend", "money a period", "spend"),
    column("clicks", "clicks a period", "expected clicks at that spend"),
];

/// Terms with most spend, now or planned.
fn largest<'a>(run: &Run<'a>) -> Vec<&'a Recommendation> {
    let size = |row: &Recommendation| row.current_spend.max(row.recommended_spend);
    let drawable = |row: &&Recommendation| size(row) > 0.0 && row.index < run.responses.curves.len();
    top(run.plan.rows.iter().filter(drawable), TERMS, size)
}

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let rows = largest(run);
    let title = "Response curves of the largest terms".to_owned();
    let description = format!(
        "Expected clicks against spend, both {}, of the {} with most spend, with the points of today and of the plan.",
        per(run),
        format::counted(rows.len(), "term", "terms")
    );
    let lines = rows.len().div_ceil(3).max(1) as f64;
    let height = PANEL.1.mul_add(lines, 60.0);
    let mut table = Vec::new();
    let svg = canvas::sheet(STEM, &title, &description, height, |canvas| {
        canvas.ring((38.0, 28.0), 8.0, INK)?;
        canvas.text("now", (54.0, 28.0), 16.0, INK, Anchor::Left)?;
        canvas.diamond((124.0, 28.0), 6.5, PLAN)?;
        canvas.text("plan", (140.0, 28.0), 16.0, INK, Anchor::Left)?;
        canvas.text(
            &format!("clicks against spend, {}", per(run)),
            (WIDTH - 24.0, 28.0),
            15.0,
            MUTED,
            Anchor::Right,
        )?;
        if rows.is_empty() {
            canvas.text("no term has spend", (40.0, 120.0), 18.0, MUTED, Anchor::Left)?;
        }
        for (number, row) in rows.iter().enumerate() {
            let corner = ((number % 3) as f64 * PANEL.0, ((number / 3) as f64).mul_add(PANEL.1, 50.0));
            panel(canvas, run, row, corner, money, &mut table)?;
        }
        Ok(())
    })?;
    Ok(Chart { stem: STEM, title, description, svg, columns: COLUMNS, rows: table })
}

fn panel(
    canvas: &canvas::Canvas,
    run: &Run,
    row: &Recommendation,
    (left, top): (f64, f64),
    money: &Money,
    table: &mut Vec<Vec<Cell>>,
) -> Result<(), ReportError> {
    let curve = &run.responses.curves[row.index];
    let widest = 1.6 * row.current_spend.max(row.recommended_spend);
    let drawn: Vec<(f64, f64)> = (0..=POINTS)
        .map(|point| {
            let spend = widest * f64::from(point) / f64::from(POINTS);
            (spend, if spend > 0.0 { curve.value(spend) } else { 0.0 })
        })
        .collect();
    let (x0, x1, y0, y1) = (left + 66.0, left + PANEL.0 - 22.0, top + PANEL.1 - 62.0, top + 46.0);
    let x = Scale::with_zero([widest], x0, x1, 4);
    let y = Scale::with_zero(drawn.iter().map(|point| point.1), y0, y1, 4);
    canvas.bold(&fitted(&row.key.term, 17.0, x1 - x0), (x0, top + 20.0), 16.0, INK, Anchor::Left)?;
    canvas.y_axis(&y, x0, x1, 13.0, format::compact)?;
    canvas.x_axis(&x, y1, y0, 13.0, |tick| money.compact(tick))?;
    let line: Vec<(f64, f64)> = drawn.iter().map(|&(spend, clicks)| (x.at(spend), y.at(clicks))).collect();
    canvas.line(&line, MUTED, 2.5)?;
    let points = [("now", row.current_spend, row.clicks_now), ("plan", row.recommended_spend, row.clicks_plan)];
    canvas.ring((x.at(row.current_spend), y.at(row.clicks_now)), 8.5, INK)?;
    canvas.diamond((x.at(row.recommended_spend), y.at(row.clicks_plan)), 6.5, PLAN)?;
    let elasticity =
        row.elasticity.map_or_else(|| "new term".to_owned(), |value| format!("elasticity {}", format::ratio(value)));
    canvas.text(
        &format!(
            "{elasticity} ({}) · spend {}",
            row.curve_basis,
            row.change_pct.map_or_else(|| money.signed(row.change), format::change)
        ),
        (x0, y0 + 40.0),
        13.5,
        MUTED,
        Anchor::Left,
    )?;
    let all = drawn.iter().map(|&(spend, clicks)| ("curve", spend, clicks)).chain(points);
    table.extend(all.map(|(point, spend, clicks)| {
        vec![
            Cell::text(row.key.term.as_str()),
            Cell::text(row.key.campaign.clone().unwrap_or_default()),
            Cell::text(point),
            Cell::Money(Some(spend)),
            Cell::Count(Some(clicks)),
        ]
    }));
    Ok(())
}
