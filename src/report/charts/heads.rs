//! Heads of the tables under charts: what a column is in words, with its unit and the level of its interval.
//!
//! In: a column of a chart and its cells. Out: text for people; files keep the column's own name. A column without words
//! here is headed by its name, which the tests refuse.

use super::super::format::Money;
use super::{Cell, Chart, ChartColumn};

/// What heads need to know beside the column.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Told<'a> {
    pub(in super::super) money: &'a Money,
    /// `a week`.
    pub(in super::super) per: &'a str,
    /// Level of intervals: `90%`.
    pub(in super::super) level: &'a str,
}

/// Columns of a chart that have a cell at all: where they stand and their heads.
pub(in super::super) fn heads(chart: &Chart, told: &Told) -> Vec<(usize, String)> {
    let of = |at: usize| chart.rows.iter().map(move |row| &row[at]);
    (0..chart.columns.len())
        .filter(|&at| of(at).any(|cell| !cell.is_empty()))
        .map(|at| {
            let money = of(at).any(|cell| matches!(cell, Cell::Money(_)));
            (at, head(chart.stem, &chart.columns[at], money, told))
        })
        .collect()
}

/// A column's name without what it says of an interval, and that.
fn stripped(name: &str) -> (&str, &str) {
    match name.rsplit_once('_') {
        Some((name, end @ ("p05" | "p95" | "se"))) => (name, end),
        _ => (name, ""),
    }
}

/// The head of a column; `money` says whether its cells are amounts.
fn head(stem: &str, column: &ChartColumn, money: bool, told: &Told) -> String {
    let (name, end) = stripped(column.name);
    let mut text = words(stem, name).map_or_else(|| name.to_owned(), str::to_owned);
    text = match end {
        "p05" => format!("{text}, lower end of the {} interval", told.level),
        "p95" => format!("{text}, upper end of the {} interval", told.level),
        "se" => format!("{text}, standard error"),
        _ => text,
    };
    let unit = unit(column.unit, money, told);
    if unit.is_empty() { text } else { format!("{text}, {unit}") }
}

/// A unit in words.
fn unit(unit: &str, money: bool, told: &Told) -> String {
    let coin = if told.money.unit().is_empty() { "money" } else { told.money.unit() };
    match unit {
        "text" | "date" | "share" | "probability" => String::new(),
        "objective" | "base objective" if money => format!("{coin} {}", told.per),
        "objective" | "base objective" => format!("conversions {}", told.per),
        "objective per money" => format!("per {}", told.money.one()),
        _ => unit.replace("money", coin).replace("a period", told.per),
    }
}

/// What a column is called.
fn words(stem: &str, name: &str) -> Option<&'static str> {
    Some(match (stem, name) {
        ("pit", "terms") => "Forecasts that fell here",
        ("pit", "clicks") => "The same, weighted by clicks",
        (_, name) => named(name)?,
    })
}

fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "term" => "Term",
        "campaign" => "Campaign",
        "ad_group" => "Ad group",
        "match_type" => "Match type",
        "channel" => "Channel",
        "action" => "Action",
        "current_spend" => "Spend now",
        "recommended_spend" => "Spend planned",
        "change" => "Change of spend",
        "by" => "Told by",
        "part" => "Part",
        "count" => "How many",
        "gain" => "Change",
        "from" => "Bar begins at",
        "to" => "Bar ends at",
        "shown_as" => "Shown as",
        "clicks" => "Clicks",
        "clicks_seen" => "Clicks as counted",
        "spend_seen" => "Spend as counted",
        "demand" => "Searches of the planned week over this one’s",
        "cvr_raw" => "Rate as counted",
        "cvr_mean" => "Rate as estimated",
        "cvr" => "Rate",
        "own_data_weight" => "Own data",
        "point" => "Point",
        "spend" => "Spend",
        "marginal_return" => "Next unit of money returns",
        "week" => "Week from",
        "budget" => "Budget",
        "objective" => "Expected outcome",
        "even_spend" => "Spend, same money a day",
        "demand_index" => "Searches over the baseline weeks’",
        "new_data" => "From new data",
        "drift" => "From another speed of drift",
        "delay" => "From another reporting delay",
        "prior" => "From another prior",
        "config" => "From other settings",
        "limits" => "From other limits",
        "forecast" => "Forecast at that spend",
        "given_clicks" => "Forecast given the clicks",
        "came" | "actual" => "Came",
        "held" => "Plan held",
        "band" => "Conversions expected",
        "level" => "Level",
        "term_periods" => "Forecasts",
        "terms" => "Held, exact for counts (PIT)",
        "raw_terms" => "Held, as it is",
        "raw_clicks" => "Held, weighted by clicks",
        "expected_raw_terms" => "Held as it is, if forecasts are right",
        "expected_raw_clicks" => "Held by clicks, if forecasts are right",
        "pit_from" => "From",
        "pit_to" => "To",
        "mean_forecast" => "Mean forecast",
        "mean_actual" => "Mean of what came",
        "model" => "Model",
        "log_score" => "Log score",
        "ours_better_by" => "Better by",
        "crps" => "CRPS",
        "coverage_90_terms" => "90% intervals that held, by terms",
        "raw_coverage_90_clicks" => "90% intervals that held, by clicks",
        "actual_over_forecast" => "Came for each one forecast",
        "period_start" => "Period from",
        "scenario" => "Scenario",
        "difference" => "Difference to base",
        "probability_more" => "Probability of more",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{head, stripped, words};
    use crate::report::charts::heads::Told;
    use crate::report::charts::{ChartColumn, backtest, column, scenarios, tables, weeks};
    use crate::report::format::Money;

    #[test]
    fn every_column_has_words_and_units_are_those_of_the_page() {
        let (scenarios, backtest) = (scenarios::tables(), backtest::tables());
        let weeks = [(weeks::STEM, weeks::COLUMNS)];
        let all = tables().into_iter().chain(scenarios).chain(backtest).chain(weeks);
        #[cfg(feature = "tables")]
        let all = all.chain([("diff", super::super::diff::COLUMNS), ("history", super::super::weekly::COLUMNS)]);
        for (stem, columns) in all {
            for column in columns {
                assert!(words(stem, stripped(column.name).0).is_some(), "{stem}: {}", column.name);
            }
        }
        let euro = Money::new(Some("EUR"));
        let told = Told { money: &euro, per: "a week", level: "90%" };
        let of = |column: &ChartColumn, money| head("gains", column, money, &told);
        assert_eq!(of(&column("current_spend", "money a period", ""), true), "Spend now, € a week");
        assert_eq!(of(&column("gain_p05", "objective", ""), true), "Change, lower end of the 90% interval, € a week");
        assert_eq!(of(&column("gain", "objective", ""), false), "Change, conversions a week");
        assert_eq!(
            of(&column("marginal_return", "objective per money", ""), false),
            "Next unit of money returns, per €1"
        );
    }
}
