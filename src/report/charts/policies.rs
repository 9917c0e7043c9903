//! Regret of policies week by week: one panel a scenario, one line a policy.

use super::super::ReportError;
use super::super::csv::Line;
use super::super::format::{self, Money};
use super::canvas::{self, Anchor, Canvas, INK, LESS, MUTED, NOW, PLAN, WIDTH};
use super::scale::Scale;
use super::{Chart, ChartColumn, column};
use crate::simulate::policies::{Contest, Policy};
use plotters::style::RGBColor;

const STEM: &str = "regret";
/// A panel's size, logical pixels.
const PANEL: f64 = 420.0;
const TOP: f64 = 60.0;
/// From one name at the end of a line to the next.
const NAME: f64 = 18.0;

const COLUMNS: &[ChartColumn] = &[
    column("scenario", "text", "how the account stands at the start"),
    column("policy", "text", "who plays"),
    column("week", "count", "weeks played"),
    column("regret", "money", "oracle's profit less this policy's up to the end of the week, mean over seeds"),
];

/// A policy's color: the program's own blue, the others apart by their names.
fn color(policy: Policy) -> RGBColor {
    match policy {
        Policy::Termwise | Policy::TermwiseExplore | Policy::TermwiseMeasured => PLAN,
        Policy::Greedy => LESS,
        Policy::Proportional => RGBColor(0x00, 0x9e, 0x73),
        Policy::Equal => RGBColor(0xcc, 0x79, 0xa7),
        Policy::Hold | Policy::Oracle => NOW,
    }
}

/// Policies of a contest but for the oracle, with their mean cumulative regret by week.
fn regrets(contest: &Contest) -> Vec<(Policy, Vec<f64>)> {
    let best = contest.cumulative(Policy::Oracle);
    Policy::ALL
        .into_iter()
        .filter(|&policy| policy != Policy::Oracle && contest.tracks.iter().any(|track| track.policy == policy))
        .map(|policy| {
            let own = contest.cumulative(policy);
            (policy, best.iter().zip(own).map(|(best, own)| best - own).collect())
        })
        .collect()
}

/// Draws the panels, two side by side.
pub(in super::super) fn chart(contests: &[Contest], money: &Money) -> Result<Chart, ReportError> {
    let title = "Regret of policies against the oracle".to_owned();
    let description = "Cumulative profit of an oracle that knows the true rates, values and curves, less that of each \
                       policy under the same limits, by week; mean over seeds. Lower is better."
        .to_owned();
    let rows = contests.len().div_ceil(2).max(1);
    let columns = if contests.len() > 1 { 2.0 } else { 1.0 };
    let svg = canvas::sheet(STEM, &title, &description, rows as f64 * PANEL, |canvas| {
        for (number, contest) in contests.iter().enumerate() {
            let width = WIDTH / columns;
            let corner = ((number % 2) as f64 * width, (number / 2) as f64 * PANEL);
            panel(canvas, corner, width, contest, money)?;
        }
        Ok(())
    })?;
    Ok(Chart { stem: STEM, title, description, svg, columns: COLUMNS, rows: Vec::new() })
}

/// The table of what is shown.
pub(in super::super) fn table(contests: &[Contest]) -> String {
    let mut line = Line::default();
    for column in COLUMNS {
        line.text(column.name);
    }
    line.end();
    for contest in contests {
        for (policy, regret) in regrets(contest) {
            for (week, regret) in regret.into_iter().enumerate() {
                line.text(contest.scenario.name());
                line.text(policy.name());
                line.integer(week + 1);
                line.money(regret);
                line.end();
            }
        }
    }
    line.finish()
}

fn panel(canvas: &Canvas, (x, y): (f64, f64), width: f64, contest: &Contest, money: &Money) -> Result<(), ReportError> {
    let lines = regrets(contest);
    let (left, right, top, bottom) = (x + 90.0, x + width - 160.0, y + TOP, y + PANEL - 50.0);
    let weeks = lines.first().map_or(1, |(_, regret)| regret.len());
    let down = Scale::with_zero(lines.iter().flat_map(|(_, regret)| regret.iter().copied()), bottom, top, 5);
    let across = Scale::rounded(0.0, weeks as f64, left, right, 5);
    canvas.bold(contest.scenario.name(), (left, y + 24.0), 18.0, INK, Anchor::Left)?;
    canvas.text(contest.scenario.sentence(), (left, y + 44.0), 13.0, MUTED, Anchor::Left)?;
    canvas.y_axis(&down, left, right, 14.0, |tick| money.compact(tick))?;
    canvas.x_axis(&across, top, bottom, 14.0, format::compact)?;
    canvas.text("weeks", (right, bottom + 36.0), 14.0, MUTED, Anchor::Right)?;
    canvas.line(&[(left, down.at(0.0)), (right, down.at(0.0))], INK, 1.0)?;
    let mut names: Vec<(f64, Policy)> = Vec::new();
    for (policy, regret) in &lines {
        let points: Vec<(f64, f64)> = std::iter::once((across.at(0.0), down.at(0.0)))
            .chain((1..).zip(regret).map(|(week, &regret): (u32, _)| (across.at(f64::from(week)), down.at(regret))))
            .collect();
        let thick = if *policy == Policy::Termwise { 3.5 } else { 2.0 };
        canvas.line(&points, color(*policy), thick)?;
        names.push((points[points.len() - 1].1, *policy));
    }
    for (at, policy) in apart(names) {
        canvas.text(policy.name(), (right + 8.0, at), 14.0, color(policy), Anchor::Left)?;
    }
    Ok(())
}

/// Names from the lowest line up, each at its line or as far above it as those below need.
fn apart(mut names: Vec<(f64, Policy)>) -> Vec<(f64, Policy)> {
    names.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut below = f64::INFINITY;
    for (at, _) in &mut names {
        *at = at.min(below - NAME);
        below = *at;
    }
    names
}
