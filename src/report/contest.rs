//! A contest of policies as files: one table of totals, one of weeks, the chart with its data; and the table on a terminal.
//!
//! In: [`Contest`]s. Out: [`Artifact`]s and text. Money is account currency over all weeks played, or up to a week.

use super::charts::{Chart, policies};
use super::csv::Line;
use super::format::{self, Money};
use super::{Artifact, ReportError};
use crate::simulate::policies::{Contest, Policy, PolicySummary, summarize};
use std::fmt::Write as _;

/// Digits of ratios.
const DIGITS: usize = 6;

/// Renders the files: `policies.csv`, `policies_weekly.csv`, `charts/regret.svg`, the same for a phone, and its table.
///
/// # Errors
/// [`ReportError::Chart`] where the chart cannot be drawn, which no data should bring about.
pub fn render_contest(contests: &[Contest], currency: &str) -> Result<Vec<Artifact>, ReportError> {
    let Chart { stem, svg, narrow, .. } = policies::chart(contests, &Money::new(Some(currency)))?;
    let chart = policies::table(contests);
    Ok(vec![
        Artifact::new("policies.csv", totals(contests)),
        Artifact::new("policies_weekly.csv", weeks(contests)),
        Artifact::new(format!("charts/{stem}.svg"), svg),
        Artifact::new(format!("charts/{stem}_phone.svg"), narrow.unwrap_or_default()),
        Artifact::new(format!("charts/{stem}.csv"), chart),
    ])
}

/// One row a scenario and policy.
fn totals(contests: &[Contest]) -> String {
    let mut line = Line::default();
    for name in [
        "scenario",
        "policy",
        "profit_mean",
        "profit_p05",
        "profit_p95",
        "regret_mean",
        "regret_p05",
        "regret_p95",
        "spend_mean",
        "seeds_above_hold",
        "first_lift_promised",
        "first_lift_realized",
        "lift_promised",
        "lift_realized",
    ] {
        line.text(name);
    }
    line.end();
    for row in contests.iter().flat_map(summarize) {
        line.text(row.scenario);
        line.text(row.name);
        for money in [
            row.profit_mean,
            row.profit_p05,
            row.profit_p95,
            row.regret_mean,
            row.regret_p05,
            row.regret_p95,
            row.spend_mean,
        ] {
            line.money(money);
        }
        line.figure(row.seeds_above_hold.map(|seeds| seeds as f64), DIGITS);
        for money in [
            row.lift.map(|lift| lift.first_promised),
            row.lift.map(|lift| lift.first_realized),
            row.lift.map(|lift| lift.promised),
            row.lift.map(|lift| lift.realized),
        ] {
            line.money(money);
        }
        line.end();
    }
    line.finish()
}

/// One row a scenario, policy, seed and week.
fn weeks(contests: &[Contest]) -> String {
    let mut line = Line::default();
    for name in ["scenario", "policy", "seed", "week", "spend", "profit", "cumulative_profit", "promised", "realized"] {
        line.text(name);
    }
    line.end();
    for contest in contests {
        for track in &contest.tracks {
            let mut total = 0.0;
            for (week, (&profit, &spend)) in track.profit.iter().zip(&track.spend).enumerate() {
                total += profit;
                line.text(contest.scenario.name());
                line.text(track.policy.name());
                line.text(&track.seed.to_string());
                line.integer(week + 1);
                for money in [spend, profit, total] {
                    line.money(money);
                }
                line.money(track.promised.get(week).copied());
                line.money(track.realized.get(week).copied());
                line.end();
            }
        }
    }
    line.finish()
}

/// Profit and regret of every policy in a few lines of plain text.
#[must_use]
pub fn contest_table(contests: &[Contest], currency: &str) -> String {
    let money = Money::new(Some(currency));
    let mut text = String::new();
    for contest in contests {
        let rows = summarize(contest);
        let seeds = contest.tracks.iter().filter(|track| track.policy == Policy::Oracle).count();
        let _ = writeln!(
            text,
            "{}: {} (mean [5%, 95%] of {})",
            contest.scenario.name(),
            contest.scenario.sentence(),
            format::counted(seeds, "account", "accounts"),
        );
        for row in &rows {
            let _ = writeln!(text, "{}", line(row, seeds, &money).trim_end());
        }
        text.push('\n');
    }
    text
}

fn line(row: &PolicySummary, seeds: usize, money: &Money) -> String {
    let range = |mean: f64, low: f64, high: f64| {
        format!("{} [{}, {}]", money.compact(mean), money.compact(low), money.compact(high))
    };
    let above = row
        .seeds_above_hold
        .filter(|_| row.name != Policy::Hold.name())
        .map_or_else(String::new, |above| format!("  above hold in {above} of {seeds}"));
    let lift = row.lift.map_or_else(String::new, |lift| {
        format!("  promised/realized {} first, {} all", ratio(lift.first_promised, lift.first_realized), {
            ratio(lift.promised, lift.realized)
        })
    });
    format!(
        "  {:17} profit {:28} regret {:28}{above}{lift}",
        row.name,
        range(row.profit_mean, row.profit_p05, row.profit_p95),
        range(row.regret_mean, row.regret_p05, row.regret_p95),
    )
}

/// A ratio of lifts; none where nothing was won.
fn ratio(promised: f64, realized: f64) -> String {
    if realized > 0.0 { format::ratio(promised / realized) } else { format::NONE.to_owned() }
}
