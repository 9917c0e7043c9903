//! The table of money: now, plan, difference, and how sure it is.

use super::super::Run;
use super::super::format::{self, Money, NONE};
use super::super::top::trifling;
use super::{Cell, Table};
use crate::domain::metrics;
use crate::recommend::Outcome;

/// Now, plan, difference, how sure it is, and the plan's interval.
pub(super) fn outcome(run: &Run, money: &Money) -> Table {
    let summary = &run.plan.summary;
    let per = run.plan.per();
    let level = format::share(summary.level);
    let sure = summary.probability_better.filter(|_| !trifling(run.plan));
    let interval = format!("#{level} interval of the plan");
    let of_difference = format!("#{level} interval of the difference");
    let mut heads = vec!["", "#Now", "#Plan", "#Difference", "#Change"];
    heads.extend(sure.map(|_| of_difference.as_str()));
    heads.extend(sure.map(|_| "#Probability of a gain"));
    heads.push(&interval);
    let mut table = Table::new(format!("Expected outcome per {per}"), &heads);
    let differences = summary.differences.unwrap_or_default();
    let ends = |figure: &dyn Fn(&Outcome) -> Option<f64>| {
        Some((figure(summary.planned_p05.as_ref()?)?, figure(summary.planned_p95.as_ref()?)?))
    };
    let mut add = |(name, unit): (&str, &str),
                   differ: Option<(f64, f64)>,
                   now: Option<f64>,
                   plan: Option<f64>,
                   ends: Option<(f64, f64)>,
                   show: &dyn Fn(f64) -> String,
                   signed: &dyn Fn(f64) -> String| {
        if now.is_none() && plan.is_none() {
            return;
        }
        let difference = now.zip(plan).map(|(now, plan)| plan - now);
        let relative = difference
            .zip(now)
            .and_then(|(difference, now)| (now > 0.0).then_some(()).and_then(|()| metrics::ratio(difference, now)));
        let between = |ends: Option<(f64, f64)>, show: &dyn Fn(f64) -> String| {
            Cell::wrapping(
                ends.map_or_else(|| NONE.to_owned(), |(low, high)| format!("{} to {}", show(low), show(high))),
            )
        };
        let mut row = vec![
            Cell::detailed(name, unit),
            Cell::new(format::or_none(now, show)),
            Cell::new(format::or_none(plan, show)),
            Cell::new(format::or_none(difference, signed)),
            Cell::new(format::or_none(relative, format::change)),
        ];
        if let Some(sure) = sure {
            // the probability is of what is maximized
            let own = name.eq_ignore_ascii_case(summary.objective.name());
            row.push(between(differ, signed));
            row.push(Cell::new(if own { format::probability(sure) } else { NONE.to_owned() }));
        }
        row.push(between(ends, show));
        table.rows.push(row);
    };
    let (now, plan) = (&summary.now, &summary.planned);
    let exact = |amount: f64| money.sum(amount);
    let signed = |amount: f64| money.sum_signed(amount);
    let (spend_now, spend_plan) = (summary.current_spend, summary.spend);
    add(("Spend", ""), None, Some(spend_now), Some(spend_plan), None, &exact, &signed);
    add(
        ("Clicks", ""),
        differences.clicks,
        Some(now.clicks),
        Some(plan.clicks),
        ends(&|outcome| Some(outcome.clicks)),
        &format::count,
        &format::count_signed,
    );
    add(
        ("Conversions", ""),
        differences.conversions,
        Some(now.conversions),
        Some(plan.conversions),
        ends(&|outcome| Some(outcome.conversions)),
        &format::count,
        &format::count_signed,
    );
    let (revenue, profit) = (ends(&|outcome| outcome.revenue), ends(&|outcome| outcome.profit));
    add(("Revenue", ""), differences.revenue, now.revenue, plan.revenue, revenue, &exact, &signed);
    add(("Profit", ""), differences.profit, now.profit, plan.profit, profit, &exact, &signed);
    let (cpa_now, cpa_plan) = (metrics::cpa(spend_now, now.conversions), metrics::cpa(spend_plan, plan.conversions));
    // at a given spend the one falls as the other rises
    let cpa = ends(&|outcome| metrics::cpa(spend_plan, outcome.conversions)).map(|(low, high)| (high, low));
    add(("Cost per conversion", ""), differences.cpa, cpa_now, cpa_plan, cpa, &exact, &signed);
    let roas = |revenue: Option<f64>, spend| revenue.and_then(|revenue| metrics::roas(revenue, spend));
    let ratio_signed = |ratio: f64| format!("{}{}", if ratio >= 0.005 { "+" } else { "" }, format::ratio(ratio));
    add(
        ("Return on ad spend", &format!("revenue per {}", money.one())),
        differences.roas,
        roas(now.revenue, spend_now),
        roas(plan.revenue, spend_plan),
        ends(&|outcome| roas(outcome.revenue, spend_plan)),
        &format::ratio,
        &ratio_signed,
    );
    table
}
