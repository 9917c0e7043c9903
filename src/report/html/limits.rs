//! What the page says of limits, targets, risk and exploration.

use super::super::Run;
use super::super::format::{self, Money, NONE};
use super::{Cell, Table};
use crate::domain::Objective;
use crate::recommend::{GoalKind, LimitRow, RiskKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Limits that hold terms, by how much money they hold.
pub(super) fn limits(run: &Run, money: &Money) -> Table {
    let mut table = Table::new("Limits that hold", &["Limit", "#Terms", "#Spend now", "#Spend planned"]);
    let mut held: BTreeMap<&str, (usize, f64, f64)> = BTreeMap::new();
    for row in run.plan.rows.iter().filter(|row| !row.binding.is_empty()) {
        let entry = held.entry(&*row.binding).or_default();
        *entry = (entry.0 + 1, entry.1 + row.current_spend, entry.2 + row.recommended_spend);
    }
    let mut held: Vec<_> = held.into_iter().collect();
    held.sort_by_key(|(_, held)| Reverse(held.0));
    table.rows = held
        .into_iter()
        .map(|(limit, (terms, now, plan))| {
            vec![
                Cell::new(limit),
                Cell::new(format::whole(terms)),
                Cell::new(money.exact(now)),
                Cell::new(money.exact(plan)),
            ]
        })
        .collect();
    table
}

/// Limits that terms share: where the plan stands in each, and what it is worth to relax it.
pub(super) fn shared(run: &Run, money: &Money) -> Table {
    // the budget alone is told of above
    let rows = &run.plan.limits;
    limit_table(if rows.iter().all(|row| row.kind == "budget") { &[] } else { rows }, money)
}

/// Limits, where the plan stands in each, and what it is worth to relax it.
pub(in super::super) fn limit_table(rows: &[LimitRow], money: &Money) -> Table {
    /// Longer tables are not read on a page; the CSV has the rest.
    const LONGEST: usize = 60;
    let heads = ["Limit", "#Lower", "#Upper", "#Now", "#Planned", "Binds", "#Worth of relaxing by one", "#Gap"];
    let mut table = Table::new("Limits that terms share", &heads);
    table.rows = rows.iter().take(LONGEST).map(|row| shared_row(row, money)).collect();
    table
}

fn shared_row(row: &LimitRow, money: &Money) -> Vec<Cell> {
    let amount =
        |amount: f64| if row.unit == "money" { money.exact(amount) } else { format::significant_trimmed(amount, 6) };
    let limit = |limit: Option<f64>, given: &str| {
        let detail = if given == "money" || given == "target" { "" } else { given };
        Cell::detailed(format::or_none(limit, amount), detail)
    };
    let name =
        if row.name.is_empty() { row.kind.to_owned() } else { format!("{}: {}", row.kind, format::clean(&row.name)) };
    vec![
        Cell::detailed(name, row.source.replace('`', "")),
        limit(row.lower, &row.lower_given),
        limit(row.upper, &row.upper_given),
        Cell::new(format::or_none(row.now, amount)),
        Cell::new(format::or_none(row.planned, amount)),
        Cell::new(if row.binds.is_empty() { NONE } else { row.binds }),
        Cell::new(format::or_none(row.worth, |worth| format::significant_trimmed(worth, 4))),
        Cell::new(format::or_none(row.gap, |gap| format::significant(gap, 2))),
    ]
}

/// Target, risk and exploration in sentences; none where nothing of the kind is asked for.
pub(super) fn asked(run: &Run, money: &Money) -> Vec<String> {
    let summary = &run.plan.summary;
    let figure = |figure: f64| match summary.objective {
        Objective::Conversions => format!("{} conversions", format::count(figure)),
        Objective::Revenue | Objective::Profit => money.exact(figure),
    };
    let mut words = Vec::new();
    let goal = &summary.goal;
    if let (Some(target), Some(planned)) = (goal.target, goal.planned) {
        words.push(match goal.kind {
            GoalKind::TargetRoas => format!(
                "The plan has to return {} in revenue for each unit of money, on average over all that the account spends and earns, and returns {}.",
                format::ratio(target),
                format::ratio(planned)
            ),
            GoalKind::TargetCpa => format!(
                "A conversion may cost {} on average over all that the account spends, and costs {}.",
                money.exact(target),
                money.exact(planned)
            ),
            GoalKind::WantedConversions | GoalKind::MostResponse => format!(
                "The plan is the least spend that brings {} conversions; {} are expected.",
                format::count(target),
                format::count(planned)
            ),
        });
    }
    if let Some(least) = goal.min_marginal_return {
        words.push(format!(
            "Money is spent only where its last unit returns at least {}, in the objective’s units.",
            format::significant_trimmed(least, 4)
        ));
    }
    if let (Some(plan), Some(expected)) = (summary.risk.plan, summary.risk.expected_plan) {
        let tail = summary.risk.tail.map(format::share).unwrap_or_default();
        let kind = match summary.risk.kind {
            RiskKind::TailMean => "the mean of the worst draws",
            RiskKind::MeanVariance => "the mean less a price for the variance",
            RiskKind::Expected => "the mean",
        };
        words.push(format!(
            "The plan maximizes {kind} over posterior draws. It expects {}, and {} in the worst {tail} of them; the plan with the highest expectation expects {}, and {} in its worst {tail}.",
            figure(plan.mean),
            figure(plan.tail_mean),
            figure(expected.mean),
            figure(expected.tail_mean)
        ));
    }
    if let Some(exploration) = &summary.exploration {
        words.push(format!(
            "{} of the budget is exploration: it follows one posterior draw (number {}) instead of the expectation, so that {} get more than they are expected to be worth and {} goes elsewhere. It is expected to cost {} a {}; knowing all rates and values would add {}, the most that learning can buy.",
            format::share(exploration.share),
            exploration.draw,
            format::counted(exploration.terms, "term", "terms"),
            money.exact(exploration.moved),
            figure(exploration.expected_cost),
            run.plan.per(),
            figure(exploration.perfect_information)
        ));
    }
    if summary.step > 0.01 {
        words.push(format!("Spends are multiples of {}.", money.exact(summary.step)));
    }
    words
}
