//! Scenarios against the base plan: the difference of each, with its interval.

use super::super::format::{self, Money};
use super::super::{ReportError, scenarios::ScenarioRun};
use super::canvas::{self, Anchor, INK, LESS, MUTED, NOW, PLAN, WIDTH};
use super::label::fitted;
use super::scale::Scale;
use super::{Cell, Chart, ChartColumn, column};
use crate::domain::Objective;
use crate::recommend::Outcome;

const STEM: &str = "differences";
const LEFT: f64 = 380.0;
const RIGHT: f64 = 190.0;
const ROW: f64 = 44.0;
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
    let height = ROW.mul_add(drawn.len().max(1) as f64, 130.0);
    let show = |figure: f64| match objective {
        Objective::Conversions => format::count_signed(figure),
        Objective::Revenue | Objective::Profit => money.short_signed(figure),
    };
    let svg = canvas::sheet(STEM, &title, &description, height, |canvas| {
        let (top, bottom) = (60.0, height - 60.0);
        let reached = drawn.iter().flat_map(|&at| {
            let difference = plans[at].difference;
            [difference.mean, difference.lower, difference.upper].into_iter().flatten()
        });
        let scale = Scale::with_zero(reached, LEFT, WIDTH - RIGHT, 6);
        canvas.x_axis(&scale, top - 8.0, bottom, 15.0, |tick| match objective {
            Objective::Conversions => format::compact(tick),
            Objective::Revenue | Objective::Profit => money.compact(tick),
        })?;
        canvas.line(&[(scale.at(0.0), top - 8.0), (scale.at(0.0), bottom)], INK, 1.0)?;
        let axis = format!("{} a {}, scenario less base", objective.name(), run.per());
        canvas.text(&axis, (WIDTH - RIGHT, bottom + 42.0), 15.0, MUTED, Anchor::Right)?;
        canvas.text("scenario", (LEFT - 16.0, 26.0), 15.0, MUTED, Anchor::Right)?;
        canvas.text("difference", (WIDTH - 24.0, 26.0), 15.0, MUTED, Anchor::Right)?;
        for (row, &at) in drawn.iter().enumerate() {
            let plan = &plans[at];
            let y = (row as f64 + 0.5).mul_add(ROW, top);
            canvas.text(&fitted(&plan.name, 16.0, LEFT - 40.0), (LEFT - 16.0, y), 16.0, INK, Anchor::Right)?;
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
            canvas.text(&show(mean), (WIDTH - 24.0, y), 16.0, INK, Anchor::Right)?;
        }
        Ok(())
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
    Ok(Chart { stem: STEM, title, description, svg, narrow: None, columns: COLUMNS, rows })
}
