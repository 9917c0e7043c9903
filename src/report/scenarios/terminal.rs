//! Scenarios on a terminal: one line each, plain text, at most 79 columns.

use super::{ScenarioRun, words};
use crate::domain::Objective;
use crate::report::format::{self, Money};
use crate::report::terminal_table::{aligned, wrapped};
use std::fmt::Write as _;

/// Scenarios shown; the CSV has all.
const SHOWN: usize = 40;

/// The comparison in plain text, each line ended by a line end.
#[must_use]
pub fn scenario_table(run: &ScenarioRun) -> String {
    let money = Money::default();
    let base = run.base();
    let objective = base.objective;
    let level = format::share(run.comparison.level);
    let heads = ["scenario", "spend", "conv.", objective.name(), "to base", &level, "more"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for plan in run.comparison.plans.iter().take(SHOWN) {
        let show = |figure: f64| words::figure(objective, figure, &money);
        let signed = |figure: f64| words::signed(objective, figure, &money);
        let own = plan.figure(objective).mean;
        rows.push(vec![
            format::shorten(&plan.name, 26),
            money.short(plan.spend),
            format::or_none(plan.conversions.mean, format::count),
            format::or_none(own, show),
            plan.difference.mean.map_or_else(String::new, signed),
            words::interval(&plan.difference, signed),
            plan.probability_more.map_or_else(String::new, format::probability),
        ]);
    }
    if objective == Objective::Conversions {
        for row in &mut rows {
            row.remove(2);
        }
    }
    let mut text = aligned(&rows);
    let more = run.comparison.plans.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "and {} in scenarios.csv", format::counted(more, "scenario more", "scenarios more"));
    }
    let unit = run.currency().map_or_else(String::new, |unit| format!(" in {unit}"));
    text.push_str(&wrapped(&format!(
        "Money{unit}, all figures a {}; `more`: probability of more {} than in the base plan.",
        run.per(),
        objective.name()
    )));
    // plain signs: not every terminal font has the typographic ones
    text.replace('−', "-").replace(format::NONE, "-").replace('\u{a0}', " ")
}
