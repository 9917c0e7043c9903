//! What a comparison of scenarios says in words.

use super::ScenarioRun;
use crate::domain::Objective;
use crate::report::format::{self, Money};
use crate::scenario::{Compared, Figure};

/// Title of the page.
pub(super) fn title(run: &ScenarioRun) -> String {
    match run.counts.calendar.as_of {
        Some(day) => format!("Scenarios, data to {day}"),
        None => "Scenarios".to_owned(),
    }
}

/// A figure of an objective.
pub(super) fn figure(objective: Objective, figure: f64, money: &Money) -> String {
    match objective {
        Objective::Conversions => format::count(figure),
        Objective::Revenue | Objective::Profit => money.short(figure),
    }
}

/// A difference of an objective, with its sign.
pub(super) fn signed(objective: Objective, figure: f64, money: &Money) -> String {
    match objective {
        Objective::Conversions => format::count_signed(figure),
        Objective::Revenue | Objective::Profit => money.short_signed(figure),
    }
}

/// The head of the page: the scenario that differs most from the base.
pub(super) fn headline(run: &ScenarioRun, money: &Money) -> String {
    let plans = &run.comparison.plans[1..];
    let most = |sign: f64| {
        plans
            .iter()
            .filter_map(|plan| Some((plan, plan.difference.mean?)))
            .filter(|(_, difference)| difference * sign > 0.0)
            .max_by(|one, other| (sign * one.1).total_cmp(&(sign * other.1)))
    };
    let said = |(plan, difference): (&Compared, f64)| {
        format!(
            "{}: {} {}",
            format::shorten(&plan.name, 48),
            signed(plan.difference_of, difference, money),
            plan.difference_of.name()
        )
    };
    let count = format::counted(plans.len(), "scenario", "scenarios");
    match (most(1.0), most(-1.0)) {
        (Some(up), Some(down)) => format!("{count}, from {} to {}", said(down), said(up)),
        (Some(only), None) | (None, Some(only)) => format!("{count}; the largest difference is {}", said(only)),
        (None, None) => count,
    }
}

/// What the figures are.
pub(super) fn lead(run: &ScenarioRun) -> String {
    format!(
        "Every scenario is planned from the same estimates, exactly, under its own budget, limits and suppositions. Differences \
         are to the base plan, a {}, from the same {} in both plans.",
        run.per(),
        run.comparison.draws.map_or_else(
            || "estimates (no intervals: the account is too large to hold draws)".to_owned(),
            |draws| format!("{draws} posterior draws, so that their intervals are narrower than those of the plans")
        ),
    )
}

/// Why plans that spend less than the base plan earn more profit; empty where none does.
pub(super) fn less_is_more(run: &ScenarioRun, money: &Money) -> String {
    let base = run.base();
    let profit = base.profit.mean.unwrap_or(f64::NAN);
    // where the world is another one, spend is not the reason
    let same_world = |plan: &Compared| plan.kept.is_some_and(|kept| (kept - profit).abs() <= 0.005);
    let all = run.comparison.plans[1..].iter().filter(|plan| {
        plan.difference_of == Objective::Profit
            && plan.spend < base.spend - 0.005
            && plan.difference.mean.is_some_and(|more| more >= 0.005)
            && same_world(plan)
    });
    let names: Vec<String> = all.map(|plan| format!("“{}”", format::shorten(&plan.name, 48))).collect();
    if names.is_empty() {
        return String::new();
    }
    let unspent = if base.unallocated >= 0.005 {
        format!(
            " For the same reason the base plan leaves {} of its own budget unspent.",
            money.short(base.unallocated)
        )
    } else {
        String::new()
    };
    format!(
        "Less money and more profit: {} {} less than the base plan and earn{} more. A budget pays up to the point where marginal \
         ROAS × margin is 1, where the next unit of money brings back just what it costs; the base plan holds terms beyond that \
         point, because their lower change limits keep them there. Those limits move with the budget (a share of today’s spend, \
         times the budget over today’s total where that is smaller), so that a smaller budget lets such terms be cut further.{unspent}",
        names.join(", "),
        if names.len() == 1 { "spends" } else { "spend" },
        if names.len() == 1 { "s" } else { "" },
    )
}

/// What it is not.
pub(super) fn caution() -> &'static str {
    "A factor on prices, searches, rates or values is a supposition of whoever wrote it, not a forecast: intervals hold what is \
     uncertain about the account, not whether the supposition comes true."
}

/// Facts under the head.
pub(super) fn facts(run: &ScenarioRun, money: &Money) -> Vec<String> {
    let base = run.base();
    vec![
        format::counted(run.counts.terms.len(), "term", "terms"),
        format!("base: {} for {} a {}", base.objective.name(), money.exact(base.budget), run.per()),
        format!("{} intervals", format::share(run.comparison.level)),
    ]
}

/// Limits that hold a plan, each with what a unit of it is worth.
pub(super) fn binding(plan: &Compared) -> Vec<String> {
    plan.limits
        .iter()
        .filter(|limit| !limit.binds.is_empty())
        .map(|limit| {
            let name = if limit.name.is_empty() { String::new() } else { format!(" {}", limit.name) };
            let worth = limit.worth.map_or_else(String::new, |worth| {
                format!(" (one more: {})", format::significant_trimmed(worth, 3).replace('−', "-"))
            });
            format!("{}{name}, {}{worth}", limit.kind, limit.binds)
        })
        .collect()
}

/// An interval in words; empty where there is none.
pub(super) fn interval(figure: &Figure, show: impl Fn(f64) -> String) -> String {
    let ends = figure.lower.zip(figure.upper);
    ends.map_or_else(String::new, |(lower, upper)| format!("{} to {}", show(lower), show(upper)))
}
