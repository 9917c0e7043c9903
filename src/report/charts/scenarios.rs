//! Scenarios against the base plan: the difference of each, with its interval.

use super::super::format::{self, Money};
use super::super::{ReportError, scenarios::ScenarioRun};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NARROW, NOW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::domain::Objective;
use crate::recommend::Outcome;
use crate::scenario::Compared;

const STEM: &str = "differences";

/// Where things stand, logical pixels.
struct Layout {
    width: f64,
    /// To the left and right of the axes.
    sides: [f64; 2],
    /// Height of a row.
    row: f64,
    /// Whether names stand above their rows instead of beside them.
    above: bool,
}

const WIDE: Layout = Layout { width: WIDTH, sides: [380.0, 190.0], row: 44.0, above: false };
const PHONE: Layout = Layout { width: NARROW, sides: [20.0, 20.0], row: 52.0, above: true };
/// Scenarios drawn, the largest differences first; the table has all.
const DRAWN: usize = 30;

const COLUMNS: &[ChartColumn] = &[
    column("scenario", "text", "name of the scenario"),
    column("difference", "base objective", "expected figure of the base plan's objective, less that of the base plan"),
    column("difference_p05", "base objective", "lower end of its {level} interval; empty where not computed"),
    column("difference_p95", "base objective", "upper end of its {level} interval; empty where not computed"),
    column(
        "probability_more",
        "probability",
        "that it is above that of the base plan; empty where the two are one plan",
    ),
];

/// The name and the columns of every chart, for the data dictionary.
pub(in super::super) fn tables() -> [(&'static str, &'static [ChartColumn]); 2] {
    [(STEM, COLUMNS), (super::frontier::STEM, super::frontier::COLUMNS)]
}

/// Draws all of them.
pub(in super::super) fn draw(run: &ScenarioRun) -> Result<Vec<Chart>, ReportError> {
    let money = Money::new(run.currency());
    Ok(vec![chart(run, &money)?, frontier(run, &money)?])
}

/// The frontier of the base plan.
fn frontier(run: &ScenarioRun, money: &Money) -> Result<Chart, ReportError> {
    let base = run.base();
    let (objective, figure) = (base.objective, base.figure(base.objective));
    let planned = Outcome {
        clicks: base.clicks.mean.unwrap_or_default(),
        conversions: base.conversions.mean.unwrap_or_default(),
        revenue: base.revenue.mean,
        profit: base.profit.mean,
    };
    let line = super::frontier::Line {
        objective,
        frontier: &run.comparison.frontiers.account,
        now: (base.current_spend, &base.now),
        plan: (base.budget, base.spend, &planned),
        ends: [figure.lower, figure.upper],
        level: run.comparison.level,
        per: if run.per() == "week" { "a week" } else { "a period" },
    };
    super::frontier::of_line(&line, money)
}

fn chart(run: &ScenarioRun, money: &Money) -> Result<Chart, ReportError> {
    let plans = &run.comparison.plans[1..];
    let objective = run.base().objective;
    let mut drawn: Vec<usize> = (0..plans.len()).filter(|&at| plans[at].difference.mean.is_some()).collect();
    let size = |at: usize| plans[at].difference.mean.map_or(0.0, f64::abs);
    drawn.sort_by(|&one, &other| size(other).total_cmp(&size(one)).then(one.cmp(&other)));
    drawn.truncate(DRAWN);
    drawn.sort_by(|&one, &other| {
        let mean = |at: usize| plans[at].difference.mean.unwrap_or(0.0);
        mean(other).total_cmp(&mean(one)).then(one.cmp(&other))
    });
    let level = format::share(run.comparison.level);
    let title = format!("{} of each scenario against the base plan", objective.name());
    let description = format!(
        "Expected {} a {} of each scenario less those of the base plan; lines are {level} intervals of the difference, from the \
         same posterior draws in both plans. Right of zero a scenario brings more.{}",
        objective.name(),
        run.per(),
        if plans.len() > DRAWN {
            format!(" The {DRAWN} largest differences of {}.", format::whole(plans.len()))
        } else {
            String::new()
        },
    );
    let axis = format!("{} a {}, scenario less base", objective.name(), run.per());
    let drawn: Vec<&Compared> = drawn.into_iter().map(|at| &plans[at]).collect();
    let layouts = [&WIDE, &PHONE].map(|layout| (layout, layout.height(drawn.len())));
    let (svg, narrow) = canvas::both(STEM, &title, &description, layouts, |canvas, layout| {
        layout.draw(canvas, &drawn, (objective, money), &axis)
    })?;
    let cell = |figure| match objective {
        Objective::Conversions => Cell::Count(figure),
        Objective::Revenue | Objective::Profit => Cell::Money(figure),
    };
    let rows = plans
        .iter()
        .map(|plan| {
            vec![
                Cell::text(plan.name.as_str()),
                cell(plan.difference.mean),
                cell(plan.difference.lower),
                cell(plan.difference.upper),
                Cell::Rate(plan.probability_more),
            ]
        })
        .collect();
    Ok(Chart { stem: STEM, title, description, svg, narrow, columns: COLUMNS, rows })
}

impl Layout {
    fn height(&self, rows: usize) -> f64 {
        self.row.mul_add(rows.max(1) as f64, 130.0)
    }

    fn draw(
        &self,
        canvas: &Canvas,
        drawn: &[&Compared],
        (objective, money): (Objective, &Money),
        axis: &str,
    ) -> Result<(), ReportError> {
        let show = |figure: f64| match objective {
            Objective::Conversions => format::count_signed(figure),
            Objective::Revenue | Objective::Profit => money.short_signed(figure),
        };
        let (left, right) = (self.sides[0], self.width - self.sides[1]);
        let edge = if self.above { 10.0 } else { 24.0 };
        let (top, bottom) = (60.0, self.height(drawn.len()) - 60.0);
        let reached = drawn.iter().flat_map(|plan| {
            let difference = plan.difference;
            [difference.mean, difference.lower, difference.upper].into_iter().flatten()
        });
        let scale = Scale::with_zero(reached, left, right, if self.above { 3 } else { 6 });
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, |tick| match objective {
            Objective::Conversions => format::compact(tick),
            Objective::Revenue | Objective::Profit => money.compact(tick),
        })?;
        canvas.line(&[(scale.at(0.0), top - 8.0), (scale.at(0.0), bottom)], INK, 1.0)?;
        canvas.text(axis, (right, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
        let (heading, anchor) = if self.above { (edge, Anchor::Left) } else { (left - 16.0, Anchor::Right) };
        canvas.text("scenario", (heading, 26.0), 15.0, MUTED, anchor)?;
        canvas.text("difference", (self.width - edge, 26.0), 15.0, MUTED, Anchor::Right)?;
        for (row, plan) in drawn.iter().enumerate() {
            let middle = (row as f64 + 0.5).mul_add(self.row, top);
            let (y, words) = if self.above { (middle + 14.0, middle - 8.0) } else { (middle, middle) };
            let room = if self.above { self.width - 130.0 } else { left - 40.0 };
            canvas.text(&fitted(&plan.name, 16.0, room), (heading, words), 16.0, INK, anchor)?;
            let mean = plan.difference.mean.unwrap_or(0.0);
            let color = match mean {
                more if more > 0.0 => PLAN,
                less if less < 0.0 => LESS,
                _ => NOW,
            };
            if let (Some(lower), Some(upper)) = (plan.difference.lower, plan.difference.upper) {
                canvas.line(&[(scale.at(lower), y), (scale.at(upper), y)], color, 2.5)?;
            }
            // filled above, a ring below: not by color alone
            if mean < 0.0 {
                canvas.ring((scale.at(mean), y), 7.0, color)?;
            } else {
                canvas.dot((scale.at(mean), y), 7.0, color)?;
            }
            canvas.text(&show(mean), (self.width - edge, words), 16.0, INK, Anchor::Right)?;
        }
        Ok(())
    }
}
