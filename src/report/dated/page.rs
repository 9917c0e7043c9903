//! The weeks on the page and on a terminal.

use super::super::charts::Chart;
use super::super::charts::heads::Told;
use super::super::format::{self, Money};
use super::super::formats::Block;
use super::super::html::{Cell, Figure, Table, drawn};
use super::super::terminal_table::aligned;
use super::super::{Run, html};
use super::columns::budgets;
use crate::domain::{Date, Objective, metrics};
use crate::recommend::{Dated, DatedWeek, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

/// The part of the page.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct Weeks {
    words: Vec<String>,
    chart: Option<Figure>,
    each: Table,
    budgets: Table,
    months: Table,
    limits: Table,
}

/// Weeks whose daily budgets the page shows; the table has all.
const BUDGET_WEEKS: usize = 8;
/// Campaigns whose daily budgets the page shows, the largest first.
const BUDGET_ROWS: usize = 40;

/// `None` where the plan is of one week.
pub(in super::super) fn weeks(run: &Run, charts: &[Chart], money: &Money) -> Option<Weeks> {
    let dated = run.plan.dated.as_ref()?;
    let mut months = Table::new("Months", &["Month", "Days planned", "#Spend"]);
    months.rows = (dated.months.iter())
        .map(|month| {
            vec![
                Cell::new(month.start.format("%B %Y").to_string()),
                Cell::new(days(month.start, month.end)),
                Cell::new(money.sum(month.spend)),
            ]
        })
        .collect();
    let level = format::share(run.plan.summary.level);
    let told = Told { money, per: "a week", level: &level };
    Some(Weeks {
        words: words(run, dated, money),
        chart: charts.iter().find(|chart| chart.stem == "weeks").map(|chart| drawn(chart, &told)),
        each: table(run, dated, money),
        budgets: daily(run, dated, money),
        months,
        limits: html::limit_table(&dated.limits, run.plan.summary.objective, money),
    })
}

fn days(first: Date, last: Date) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// The weeks in words and a table; nothing where the plan is of one week.
pub(in super::super) fn blocks(run: &Run, money: &Money) -> Vec<Block> {
    let Some(dated) = &run.plan.dated else { return Vec::new() };
    vec![
        Block::Head(2, "Week by week".to_owned()),
        Block::Words(words(run, dated, money).join(" ")),
        Block::Table(table(run, dated, money)),
        Block::Table(daily(run, dated, money)),
    ]
}

/// What the weeks come to, in sentences.
fn words(run: &Run, dated: &Dated, money: &Money) -> Vec<String> {
    let objective = run.plan.summary.objective;
    let level = format::share(run.plan.summary.level);
    let mut words = vec![format!(
        "{} planned together, {}: {}.",
        if dated.weeks.len() == 1 { "1 week is".to_owned() } else { format!("{} weeks are", dated.weeks.len()) },
        days(dated.weeks[0].span.start, dated.span.end),
        money.sum(dated.spend)
    )];
    if dated.pace.days_gone > 0 {
        let ratio = dated.pace.ratio.map_or_else(String::new, |ratio| {
            format!(
                ", {} of what the same money a day would have spent in its {} days",
                format::share(ratio),
                dated.pace.days_gone
            )
        });
        words.push(format!(
            "Of a total of {} from {}, {} is spent{ratio}.",
            money.sum(dated.total),
            dated.span.start,
            money.sum(dated.pace.spent)
        ));
    }
    if dated.unallocated >= 0.005 {
        words.push(format!("{} stay unspent: more would lose money, or limits hold it.", money.sum(dated.unallocated)));
    }
    let show = |figure: f64| show(objective, money, figure);
    if let Some(planned) = dated.planned.of(objective) {
        let ends = |outcome: &Option<Outcome>| outcome.as_ref().and_then(|outcome| outcome.of(objective));
        let band = ends(&dated.planned_p05).zip(ends(&dated.planned_p95));
        let band =
            band.map_or_else(String::new, |(low, high)| format!(" ({level} interval {} to {})", show(low), show(high)));
        words.push(format!("Expected {} over all weeks: {}{band}.", objective.name(), show(planned)));
        if let Some(even) = dated.even.and_then(|even| even.of(objective)) {
            // rounding to cents moves either by a little
            let same = (even - planned).abs() <= 1e-4 * planned.abs();
            let bring = if same { "as much".to_owned() } else { show(even) };
            words.push(format!("The same money on every day would bring {bring}."));
        }
    }
    words.push(
        "Limits in money hold in each week, a shorter week by its days; shares and targets hold over all weeks together. The \
         rest of this page is about the first week."
            .to_owned(),
    );
    words
}

fn show(objective: Objective, money: &Money, figure: f64) -> String {
    if objective == Objective::Conversions { format::count(figure) } else { money.short(figure) }
}

fn table(run: &Run, dated: &Dated, money: &Money) -> Table {
    let profit = run.plan.summary.planned.profit.is_some();
    let level = format::share(run.plan.summary.level);
    let [conversions, profits] = ["Conversions", "Profit"].map(|name| format!("#{name}, {level} interval"));
    let mut heads = vec!["Week", "#Demand", "#Spend", "#Spent so far", &conversions, "#CPA"];
    heads.extend(profit.then_some(profits.as_str()));
    let mut table = Table::new("Weeks", &heads);
    let mut so_far = dated.pace.spent;
    for week in &dated.weeks {
        so_far += week.total;
        let held = match week.binds {
            "" => format!("even {}", money.sum(week.even)),
            end => format!("held by its {end} limit"),
        };
        let demand = if week.years == 0 { "assumed".to_owned() } else { String::new() };
        let band = week.planned_p05.zip(week.planned_p95);
        let of = |figure: fn(&Outcome) -> Option<f64>, show: &dyn Fn(f64) -> String| {
            let ends = band.and_then(|(low, high)| figure(&low).zip(figure(&high)));
            ends.map_or_else(String::new, |(low, high)| format!("{} to {}", show(low), show(high)))
        };
        let mut row = vec![
            Cell::detailed(days(week.span.start, week.span.end), week.span.iso()),
            Cell::detailed(format::change(week.demand - 1.0), demand),
            Cell::detailed(money.sum(week.total), held),
            Cell::new(money.sum(so_far)),
            Cell::detailed(
                format::count(week.planned.conversions),
                of(|outcome| Some(outcome.conversions), &format::count),
            ),
            Cell::new(format::or_none(metrics::cpa(week.total, week.planned.conversions), |cpa| money.sum(cpa))),
        ];
        if profit {
            let exact = |amount: f64| money.short(amount);
            row.push(Cell::detailed(format::or_none(week.planned.profit, exact), of(|outcome| outcome.profit, &exact)));
        }
        table.rows.push(row);
    }
    table
}

/// Daily budgets: campaigns down, weeks across.
fn daily(run: &Run, dated: &Dated, money: &Money) -> Table {
    let heads: Vec<String> = std::iter::once("Campaign".to_owned())
        .chain(dated.weeks.iter().take(BUDGET_WEEKS).map(|week| format!("#from {}", week.span.start)))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new("Daily budgets to set", &heads);
    let mut campaigns: BTreeMap<Option<String>, (f64, Vec<f64>)> = BTreeMap::new();
    for row in budgets(run, dated) {
        let own = campaigns.entry(row.campaign.clone()).or_default();
        own.0 += row.spend;
        own.1.push(row.daily());
    }
    let mut rows: Vec<_> = campaigns.into_iter().collect();
    // stable: equal spends in the order of names
    rows.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    table.rows = (rows.into_iter().take(BUDGET_ROWS))
        .map(|(campaign, (_, days))| {
            let name = campaign.as_deref().filter(|name| !name.is_empty()).unwrap_or("(whole account)");
            std::iter::once(Cell::new(format::clean(name)))
                .chain(days.iter().take(BUDGET_WEEKS).map(|day| Cell::new(money.sum(*day))))
                .collect()
        })
        .collect();
    table
}

/// The weeks on a terminal; empty where the plan is of one week.
pub(in super::super) fn terminal(dated: &Dated, money: &Money) -> String {
    /// Weeks shown; the table has all.
    const SHOWN: usize = 14;
    let profit = dated.planned.profit.is_some();
    let mut head: Vec<String> = ["week", "days", "demand", "spend", "conv."].map(str::to_owned).to_vec();
    head.extend(profit.then(|| "profit".to_owned()));
    let row = |name: String, days: u32, demand: String, spend: f64, outcome: &Outcome| {
        let mut cells = vec![name, days.to_string(), demand, money.sum(spend), format::count(outcome.conversions)];
        cells.extend(profit.then(|| format::or_none(outcome.profit, |profit| money.short(profit))));
        cells
    };
    let of_week = |week: &DatedWeek| {
        let demand = format::change(week.demand - 1.0);
        row(week.span.start.to_string(), week.span.days(), demand, week.total, &week.planned)
    };
    let mut rows = vec![head];
    rows.extend(dated.weeks.iter().take(SHOWN).map(of_week));
    if dated.weeks.len() > SHOWN {
        let mut cells = vec![format!("{} more", dated.weeks.len() - SHOWN)];
        cells.resize(rows[0].len(), String::new());
        rows.push(cells);
    }
    rows.push(row("all".to_owned(), dated.pace.days_left, String::new(), dated.spend, &dated.planned));
    aligned(&rows)
}
