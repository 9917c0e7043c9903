//! The frontier: the best outcome for each budget, with today and the plan.

use super::super::format::{self, Money};
use super::super::{ReportError, Run};
use super::canvas::{self, Anchor, INK, LESS, MUTED, NARROW, PLAN, WIDTH};
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column, per};
use crate::domain::Objective;
use crate::recommend::{FrontierKind, FrontierPoint, Outcome};
use plotters::style::Color as _;
use std::fmt::Write as _;

pub(super) const STEM: &str = "frontier";
const HEIGHT: f64 = 620.0;
/// Pixels to the left and right of the axes, and width: of the sheet, and of that for a phone.
const WIDE: [f64; 3] = [110.0, 40.0, WIDTH];
const PHONE: [f64; 3] = [62.0, 16.0, NARROW];

pub(super) const COLUMNS: &[ChartColumn] = &[
    column("point", "text", "frontier, now, plan, or a point that stands out: profit maximum, target ROAS, target CPA"),
    column("budget", "money a period", "budget; for now the current spend"),
    column("spend", "money a period", "spend"),
    column("objective", "objective", "expected figure of what is maximized"),
    column("objective_p05", "objective", "lower end of its {level} interval; empty where not computed"),
    column("objective_p95", "objective", "upper end of its {level} interval; empty where not computed"),
];

/// One point of the chart: name, budget, spend, figure, and its interval.
type Point = (&'static str, f64, f64, Option<f64>, Option<f64>, Option<f64>);

/// What the chart is drawn from.
pub(super) struct Line<'a> {
    pub(super) objective: Objective,
    /// The line, then points that stand out.
    pub(super) frontier: &'a [FrontierPoint],
    /// Spend and outcome now.
    pub(super) now: (f64, &'a Outcome),
    /// Budget, spend, outcome of the plan, and ends of its interval.
    pub(super) plan: (f64, f64, &'a Outcome),
    pub(super) ends: [Option<f64>; 2],
    pub(super) level: f64,
    /// `a week` or `a period`.
    pub(super) per: &'static str,
}

pub(super) fn chart(run: &Run, money: &Money) -> Result<Chart, ReportError> {
    let summary = &run.plan.summary;
    let end = |outcome: Option<&Outcome>| outcome.and_then(|outcome| outcome.of(summary.objective));
    let line = Line {
        objective: summary.objective,
        frontier: &run.plan.frontier,
        now: (summary.current_spend, &summary.now),
        plan: (summary.budget, summary.spend, &summary.planned),
        ends: [end(summary.planned_p05.as_ref()), end(summary.planned_p95.as_ref())],
        level: summary.level,
        per: per(run),
    };
    of_line(&line, money)
}

/// The chart of a frontier.
pub(super) fn of_line(line: &Line, money: &Money) -> Result<Chart, ReportError> {
    let objective = line.objective;
    let point = |name: &'static str, point: &FrontierPoint| {
        (name, point.budget, point.spend, point.outcome.of(objective), point.objective_p05, point.objective_p95)
    };
    let of_line = |point: &&FrontierPoint| point.kind == FrontierKind::Budget;
    let mut points: Vec<Point> = line.frontier.iter().filter(of_line).map(|one| point("frontier", one)).collect();
    let curve = points.len();
    let ((now_spend, now), (budget, spend, planned)) = (line.now, line.plan);
    points.push(("now", now_spend, now_spend, now.of(objective), None, None));
    points.push(("plan", budget, spend, planned.of(objective), line.ends[0], line.ends[1]));
    let standing: Vec<Point> =
        line.frontier.iter().filter(|point| !of_line(point)).map(|one| point(one.kind.name(), one)).collect();
    let title = format!("Best {} for each budget", objective.name());
    let show = |figure: f64| match objective {
        Objective::Conversions => format::count(figure),
        Objective::Revenue | Objective::Profit => money.short(figure),
    };
    let mut description = format!(
        "Expected {} against budget, both {}. Now: {} at {}; plan: {} at {}. Change limits are ignored along the line.",
        objective.name(),
        line.per,
        format::or_none(now.of(objective), show),
        money.short(now_spend),
        format::or_none(planned.of(objective), show),
        money.short(spend),
    );
    for &(name, _, spend, figure, ..) in &standing {
        let _ = write!(
            description,
            " {}: {} at {}.",
            format::capital(name),
            format::or_none(figure, show),
            money.short(spend)
        );
    }
    points.extend(standing);
    let layouts = [(&WIDE, HEIGHT), (&PHONE, HEIGHT)];
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, size| {
        draw(canvas, *size, line, (&points, curve), money)
    })?;
    let cell = |figure| match objective {
        Objective::Conversions => Cell::Count(figure),
        Objective::Revenue | Objective::Profit => Cell::Money(figure),
    };
    let rows = points
        .into_iter()
        .map(|(point, budget, spend, figure, low, high)| {
            vec![
                Cell::text(point),
                Cell::Money(Some(budget)),
                Cell::Money(Some(spend)),
                cell(figure),
                cell(low),
                cell(high),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

fn draw(
    canvas: &canvas::Canvas,
    size: [f64; 3],
    line: &Line,
    (points, curve): (&[Point], usize),
    money: &Money,
) -> Result<(), ReportError> {
    let objective = line.objective;
    let [left, right, width] = size;
    let (right, wide) = (width - right, width > NARROW);
    let (top, bottom) = (if wide { 64.0 } else { 118.0 }, HEIGHT - 70.0);
    let x = Scale::with_zero(points.iter().map(|point| point.1), left, right, if wide { 7 } else { 3 });
    let figures = points.iter().flat_map(|point| [point.3, point.4, point.5]).flatten();
    let y = Scale::with_zero(figures, bottom, top, 6);
    canvas.y_axis(&y, left, right, 16.0, |tick| match objective {
        Objective::Conversions => format::compact(tick),
        Objective::Revenue | Objective::Profit => money.compact(tick),
    })?;
    canvas.x_axis(&x, top, bottom, 16.0, |tick| money.compact(tick))?;
    canvas.line(&[(left, y.at(0.0)), (right, y.at(0.0))], INK, 1.0)?;
    canvas.text(&format!("budget {}", line.per), (right, bottom + 48.0), 16.0, MUTED, Anchor::Right)?;
    let label = format!("expected {} {}", objective.name(), line.per);
    canvas.text(&label, (if wide { 24.0 } else { 10.0 }, if wide { 30.0 } else { 92.0 }), 16.0, MUTED, Anchor::Left)?;
    let frontier = &points[..curve];
    let lower = frontier.iter().filter_map(|point| Some((x.at(point.1), y.at(point.4?))));
    let upper = frontier.iter().filter_map(|point| Some((x.at(point.1), y.at(point.5?))));
    let band: Vec<(f64, f64)> = lower.chain(upper.collect::<Vec<_>>().into_iter().rev()).collect();
    canvas.shape(&band, PLAN.mix(0.14))?;
    let drawn: Vec<(f64, f64)> = frontier.iter().filter_map(|point| Some((x.at(point.1), y.at(point.3?)))).collect();
    canvas.line(&drawn, PLAN, 3.0)?;
    let legend_at = if wide {
        [(right - 560.0, 30.0), (right - 480.0, 30.0), (right - 300.0, 30.0)]
    } else {
        [(18.0, 24.0), (90.0, 24.0), (10.0, 54.0)]
    };
    legend(canvas, line, !band.is_empty(), legend_at)?;
    for &(name, _, spend, figure, low, high) in &points[curve..] {
        let Some(figure) = figure else { continue };
        let at = (x.at(spend), y.at(figure));
        if let (Some(low), Some(high)) = (low, high) {
            canvas.line(&[(at.0, y.at(low)), (at.0, y.at(high))], INK, 2.0)?;
        }
        match name {
            "now" => canvas.ring(at, 8.0, LESS)?,
            "plan" => canvas.diamond(at, 10.0, INK)?,
            standing => {
                // named where it stands, below the line, away from the edge that is near
                canvas.dot(at, 6.0, PLAN)?;
                let left = at.0 < if wide { 0.75 } else { 0.6 } * width;
                let (shift, anchor) = if left { (12.0, Anchor::Left) } else { (-12.0, Anchor::Right) };
                canvas.text(standing, (at.0 + shift, at.1 + 22.0), 15.0, INK, anchor)?;
            }
        }
    }
    Ok(())
}

fn legend(canvas: &canvas::Canvas, line: &Line, band: bool, at: [(f64, f64); 3]) -> Result<(), ReportError> {
    let level = format::share(line.level);
    let [now, plan, best] = at;
    canvas.ring(now, 7.0, LESS)?;
    canvas.text("now", (now.0 + 15.0, now.1), 16.0, INK, Anchor::Left)?;
    canvas.diamond(plan, 9.0, INK)?;
    canvas.text("plan, within limits", (plan.0 + 16.0, plan.1), 16.0, INK, Anchor::Left)?;
    canvas.line(&[best, (best.0 + 36.0, best.1)], PLAN, 3.0)?;
    let label =
        if band { format!("best, no change limits, {level} band") } else { "best, no change limits".to_owned() };
    canvas.text(&label, (best.0 + 44.0, best.1), 16.0, INK, Anchor::Left)
}
