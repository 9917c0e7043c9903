//! How good forecasts were, on the page of a plan: the verdict of a small backtest, its figures and one chart.

use super::{BacktestRun, figures, page, words};
use crate::report::charts::heads::Told;
use crate::report::charts::{self, Chart};
use crate::report::format::{self, Money};
use crate::report::html::{Figure, Table, drawn};
use crate::report::{Forecasts, ReportError, Run};
use serde::Serialize;
use serde_json::{Value, json};

/// What the section says.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Brief {
    headline: String,
    verdict: String,
    /// What was tested, and what a whole backtest adds; or why nothing was.
    scope: String,
    caution: String,
    coverage: Table,
    chart: Option<Figure>,
    periods: Table,
    unit: &'static str,
}

/// The backtest of a plan's account, where there is one.
fn tested<'a>(run: &Run<'a>) -> Option<BacktestRun<'a>> {
    match &run.context.forecasts {
        Forecasts::Tested(check) => {
            Some(BacktestRun { context: run.context, counts: run.counts, backtest: &check.backtest })
        }
        Forecasts::Untested | Forecasts::Impossible(_) => None,
    }
}

/// Its chart.
///
/// # Errors
/// [`ReportError::Chart`] where it cannot be drawn.
pub(in crate::report) fn chart(run: &Run) -> Result<Option<Chart>, ReportError> {
    tested(run).map(|tested| charts::backtest::of_coverage(&tested)).transpose()
}

/// Its figures, as `termwise backtest` writes them, and what was looked at; `None` where there is none.
pub(in crate::report) fn summary(run: &Run) -> Option<Value> {
    let Forecasts::Tested(check) = &run.context.forecasts else { return None };
    let mut value = figures(&tested(run)?);
    (value["terms"], value["of_terms"]) = (json!(check.terms), json!(check.of));
    Some(value)
}

/// The section.
pub(in crate::report) fn brief(run: &Run, charts: &[Chart], money: &Money) -> Brief {
    let (scope, tested) = (scope(run), tested(run));
    let Some(tested) = tested else {
        return Brief {
            headline: String::new(),
            verdict: String::new(),
            scope,
            caution: String::new(),
            coverage: Table::default(),
            chart: None,
            periods: Table::default(),
            unit: "",
        };
    };
    let mut coverage = page::coverage(&tested);
    // the levels that plans are read with
    coverage.rows.retain(|row| matches!(row[0].words().0, "80%" | "90%"));
    let told = Told { money, per: run.plan.a_period(), level: "90%" };
    Brief {
        headline: words::headline(&tested),
        verdict: words::verdict(&tested),
        scope,
        caution: words::caution(&tested),
        coverage,
        chart: charts.iter().find(|chart| chart.stem == "coverage").map(|chart| drawn(chart, &told)),
        periods: page::periods(&tested),
        unit: tested.unit(),
    }
}

fn scope(run: &Run) -> String {
    let check = match &run.context.forecasts {
        Forecasts::Untested if run.context.command == "weekly" => {
            return "What earlier plans forecast is held against what came, week by week, on weekly.html.".to_owned();
        }
        Forecasts::Untested => {
            return "Forecasts were not tested in this run. “termwise backtest” with the same files forecasts past weeks from \
                    what was known before each, and says how often intervals held."
                .to_owned();
        }
        Forecasts::Impossible(why) => {
            return format!("How good forecasts are on this account cannot be told yet: {}.", format::clean(why));
        }
        Forecasts::Tested(check) => check,
    };
    let folds = check.backtest.folds.len();
    let terms = if check.terms < check.of {
        format!(
            "{} of {} terms, drawn by a hash of their names so that a report takes no longer than it has to",
            format::whole(check.terms),
            format::whole(check.of)
        )
    } else {
        format!("all {}", format::counted(check.of, "term", "terms"))
    };
    let unit = tested(run).map_or(["week", "weeks"], |tested| [tested.unit(), tested.units()]);
    format!(
        "Tested are the last {}, each forecast from what was known before it, on {terms}. “termwise backtest” tests more {} on \
         all terms, and compares with simpler forecasts one by one.",
        format::counted(folds, unit[0], unit[1]),
        unit[1]
    )
}
