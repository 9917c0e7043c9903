//! One campaign explained.

use super::ExplainError;
use super::stored::{Row, Stored};
use super::term::plain;
use crate::report::format::{self, Money};
use crate::report::terminal_table::{aligned, wrapped};
use serde_json::{Value, json};

/// Terms named, the largest moves.
const SHOWN: usize = 8;

/// Text and figures of a row of `campaigns.csv`.
pub(super) fn explain(stored: &Stored, row: &Row) -> Result<(String, Value), ExplainError> {
    let money = Money::new(stored.summary["currency"].as_str());
    let per = stored.plan_text("per").unwrap_or("week");
    let name = row.text("campaign").unwrap_or_default();
    let of_campaign = |other: &Row| {
        other.text("campaign") == Some(name)
            && row.text("channel").is_none_or(|channel| other.text("channel") == Some(channel))
    };
    let mut terms = stored.rows("recommendations.csv", of_campaign)?;
    let change = |row: &Row| row.number("change").unwrap_or(0.0);
    terms.sort_by(|one, other| change(other).abs().total_cmp(&change(one).abs()));
    let limits = stored.rows("limits.csv", |limit| limit.text("name") == Some(name))?;

    let exact = |column: &str| format::or_none(row.number(column), |amount| money.exact(amount));
    let mut text = wrapped(&format!("Campaign {}", format::clean(name)));
    text += &wrapped(&format!(
        "From {} to {} a {per} ({}): of {} terms {} are raised and {} cut.",
        exact("current_spend"),
        exact("recommended_spend"),
        format::or_none(row.number("change_pct"), format::change),
        format::or_none(row.number("terms"), format::observed),
        format::or_none(row.number("raised"), format::observed),
        format::or_none(row.number("cut"), format::observed),
    ));
    text += &a_day(row, &money);
    let mut rows = vec![["", "now", "plan"].map(str::to_owned).to_vec()];
    for (name, now, plan) in [
        ("clicks", "clicks_now", "clicks_plan"),
        ("conversions", "conversions_now", "conversions_plan"),
        ("revenue", "revenue_now", "revenue_plan"),
        ("profit", "profit_now", "profit_plan"),
    ] {
        let show = |figure: f64| {
            if matches!(name, "clicks" | "conversions") { format::count(figure) } else { money.short(figure) }
        };
        if let (Some(now), Some(plan)) = (row.number(now), row.number(plan)) {
            rows.push(vec![name.to_owned(), show(now), show(plan)]);
        }
    }
    text += &aligned(&rows);
    for limit in &limits {
        let worth = limit.number("worth").map_or_else(String::new, |worth| {
            format!("; one unit of money more in it is worth {}", format::significant_trimmed(worth, 3))
        });
        let binds = limit
            .text("binds")
            .map_or_else(|| "does not hold it".to_owned(), |side| format!("holds it ({side}){worth}"));
        text += &wrapped(&format!(
            "The {} of {} {binds}.",
            limit.text("kind").unwrap_or("limit"),
            limit.text("source").unwrap_or("the config")
        ));
    }
    let moved: Vec<&Row> = terms.iter().filter(|row| change(row).abs() >= 0.005).take(SHOWN).collect();
    if !moved.is_empty() {
        text += "\nLargest moves\n";
        let mut rows = vec![["term", "now", "plan", "limit that holds it"].map(str::to_owned).to_vec()];
        rows.extend(moved.iter().map(|row| {
            vec![
                format::name(row.text("term").unwrap_or_default(), 30),
                format::or_none(row.number("current_spend"), |amount| Money::default().exact(amount)),
                format::or_none(row.number("recommended_spend"), |amount| Money::default().exact(amount)),
                format::shorten(row.text("binding").unwrap_or_default(), 24),
            ]
        }));
        text += &aligned(&rows);
    }
    let figures = [
        "terms",
        "raised",
        "cut",
        "current_spend",
        "recommended_spend",
        "change_pct",
        "daily_budget_set",
        "daily_budget_now",
        "daily_budget_plan",
        "daily_budget_to_set",
        "clicks_now",
        "clicks_plan",
        "conversions_now",
        "conversions_plan",
        "revenue_now",
        "revenue_plan",
        "profit_now",
        "profit_plan",
    ];
    let mut value: Value = figures
        .iter()
        .map(|column| ((*column).to_owned(), json!(row.number(column))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    value["campaign"] = json!(name);
    value["channel"] = json!(row.text("channel"));
    value["largest_moves"] = moved.iter().map(|row| json!({"term": row.text("term"), "change": change(row)})).collect();
    Ok((plain(&text), value))
}

/// Spends and budgets a day; empty where the run does not know them.
fn a_day(row: &Row, money: &Money) -> String {
    let exact = |column: &str| format::or_none(row.number(column), |amount| money.exact(amount));
    let Some(plan) = row.number("daily_budget_plan") else { return String::new() };
    let set = row.number("daily_budget_set").map_or_else(String::new, |set| format!(", set to {}", money.exact(set)));
    wrapped(&format!(
        "A day: {} now{set}; {} under the plan, budget to set {}.",
        exact("daily_budget_now"),
        money.exact(plan),
        exact("daily_budget_to_set")
    ))
}
