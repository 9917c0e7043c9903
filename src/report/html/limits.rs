//! What the page says of limits, targets, risk and exploration.

use super::super::Run;
use super::super::format::{self, Money, NONE};
use super::{Cell, Table};
use crate::domain::Objective;
use crate::recommend::{GoalKind, LimitRow, RiskKind};

/// Limits that hold the plan, each with what one more unit of money in it would be worth; terms without room, too.
pub(super) fn limits(run: &Run, money: &Money) -> Table {
    let worth = format!("#{} more is worth, {}", format::capital(&money.a_unit()), unit(run, money));
    let heads = ["Limit", "Side", "#Terms", "#Spend now", "#Spend planned", &worth];
    let mut table = Table::new("Limits that hold, and their price", &heads);
    let plan = run.plan;
    // more of a budget that does not hold the plan is worth something where change limits are relative to it
    let worthy = |row: &LimitRow| row.kind == "budget" && row.worth.is_some_and(|worth| worth.abs() >= 5e-4);
    let shared = plan.limits.iter().filter(|row| !row.binds.is_empty() || worthy(row));
    table.rows = shared.chain(&plan.held).take(LONGEST).map(|row| priced(row, money)).collect();
    table
}

/// What the worth of a limit is counted in.
pub(super) fn unit(run: &Run, money: &Money) -> String {
    format!("{} {}", money.objective(run.plan.summary.objective), run.plan.a_period())
}

fn priced(row: &LimitRow, money: &Money) -> Vec<Cell> {
    let amount =
        |amount: f64| if row.unit == "money" { money.sum(amount) } else { format::significant_trimmed(amount, 6) };
    // at a kink less may earn more, too
    let lesser = row.worth_less.filter(|less| *less < -5e-4 && row.worth.is_some_and(|more| more > 0.0)).map(|less| {
        let gains = format::significant_trimmed(-less, 4);
        format!(
            "through the change limits, which grow with it; {} less gains {gains}, too, through those that shrink",
            money.a_unit()
        )
    });
    // a target gives way in its own measure
    let detail = match row.kind {
        "budget" if lesser.is_some() => lesser.as_deref().unwrap_or_default(),
        "budget" if row.binds.is_empty() => "through the change limits, which grow with it",
        _ => worth_of(row),
    };
    vec![
        Cell::marked(name(row)).below(&row.source),
        Cell::new(match row.binds {
            "both" => "lower and upper",
            "" => NONE,
            side => side,
        }),
        Cell::new(row.terms.map_or_else(|| NONE.to_owned(), format::whole)),
        Cell::new(format::or_none(row.now, amount)),
        Cell::new(format::or_none(row.planned, amount)),
        Cell::detailed(format::or_none(row.worth, |worth| format::significant_trimmed(worth, 4)), detail),
    ]
}

fn name(row: &LimitRow) -> String {
    if row.name.is_empty() { row.kind.to_owned() } else { format!("{}: {}", row.kind, format::clean(&row.name)) }
}

/// Longer tables are not read on a page; the CSV has the rest.
const LONGEST: usize = 60;

/// Limits that terms share: where the plan stands in each, and what it is worth to relax it.
pub(super) fn shared(run: &Run, money: &Money) -> Table {
    // the budget alone is told of above
    let rows = &run.plan.limits;
    let rows = if rows.iter().all(|row| row.kind == "budget") { &[] } else { &rows[..] };
    let summary = &run.plan.summary;
    let mut table = limit_table(rows, summary.objective, money);
    // a figure that is not there has a reason
    let why = match summary.goal.kind {
        GoalKind::WantedConversions => "the volume has the price",
        _ if run.plan.dated.is_some() => "not computed over several weeks",
        _ if summary.risk.plan.is_some() || summary.exploration.is_some() => "not computed with risk or exploration",
        _ => "",
    };
    for (row, cells) in rows.iter().zip(&mut table.rows).filter(|(row, _)| row.kind == "budget" && row.worth.is_none())
    {
        cells[WORTH] = worth(row, why);
    }
    table
}

/// The column of a limit's worth in the table of limits that terms share.
const WORTH: usize = 6;

/// A worth, and what has to be said of it.
fn worth(row: &LimitRow, why: &str) -> Cell {
    Cell::detailed(format::or_none(row.worth, |worth| format::significant_trimmed(worth, 4)), why)
}

/// What a worth that is not of a unit of money is of.
fn worth_of(row: &LimitRow) -> &'static str {
    match row.kind {
        "target CPA" => "for one conversion short",
        "wanted conversions" => "money for one conversion",
        _ if row.unit != "money" => "for revenue short of it",
        _ => "",
    }
}

/// Limits, where the plan stands in each, and what it is worth to relax it.
pub(in super::super) fn limit_table(rows: &[LimitRow], objective: Objective, money: &Money) -> Table {
    let worth = format!("#{} more is worth, {}", format::capital(&money.a_unit()), money.objective(objective));
    let heads = ["Limit", "#Lower", "#Upper", "#Now", "#Planned", "Binds", &worth, "#Gap, ratio"];
    let mut table = Table::new("Limits that terms share", &heads);
    table.rows = rows.iter().take(LONGEST).map(|row| shared_row(row, money)).collect();
    table
}

fn shared_row(row: &LimitRow, money: &Money) -> Vec<Cell> {
    let amount =
        |amount: f64| if row.unit == "money" { money.sum(amount) } else { format::significant_trimmed(amount, 6) };
    let limit = |limit: Option<f64>, given: &str| {
        let detail = if given == "money" || given == "target" { "" } else { given };
        Cell::detailed(format::or_none(limit, amount), detail)
    };
    vec![
        Cell::marked(name(row)).below(&row.source),
        limit(row.lower, &row.lower_given),
        limit(row.upper, &row.upper_given),
        Cell::new(format::or_none(row.now, amount)),
        Cell::new(format::or_none(row.planned, amount)),
        Cell::new(if row.binds.is_empty() { NONE } else { row.binds }),
        worth(row, if row.worth.is_some() { worth_of(row) } else { "" }),
        Cell::new(format::or_none(row.gap, |gap| format::significant(gap, 2))),
    ]
}

/// Target, risk and exploration in sentences; none where nothing of the kind is asked for.
pub(super) fn asked(run: &Run, money: &Money) -> Vec<String> {
    let summary = &run.plan.summary;
    let figure = |figure: f64| match summary.objective {
        Objective::Conversions => format!("{} conversions", format::count(figure)),
        Objective::Revenue | Objective::Profit => money.sum(figure),
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
            money.sum(exploration.moved),
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
