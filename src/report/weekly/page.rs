//! `weekly.html`: what was found, what came of the last plan, and the history; one self-contained page.

use super::{WeeklyRun, diff, lift, words};
use crate::report::ReportError;
use crate::report::charts::Chart;
use crate::report::charts::heads::Told;
use crate::report::format;
use crate::report::html::{self, Card, Cell, Figure, Table, content};
use crate::weekly::{Record, Review};
use serde::Serialize;

const TEMPLATE: &str = concat!(include_str!("../templates/parts.html"), include_str!("../templates/weekly.html"));

/// Runs on the page, the newest; the CSV has all.
const RUNS: usize = 60;

/// Everything the template shows.
#[derive(Clone, Debug, Serialize)]
struct Page {
    style: &'static str,
    title: String,
    headline: String,
    lead: String,
    cards: Vec<Card>,
    findings: Table,
    review: Table,
    lift: String,
    corrected: String,
    drawn: Table,
    changed: Option<Changed>,
    history: Option<Figure>,
    runs: Table,
    notes: Table,
    inputs: Table,
    mapping: Table,
    totals: Table,
    run: String,
    planned: bool,
    version: &'static str,
}

/// The plan against the one before.
#[derive(Clone, Debug, Serialize)]
struct Changed {
    lead: String,
    unexplained: String,
    causes: Table,
    chart: Option<Figure>,
    largest: Table,
}

/// The page.
///
/// # Errors
/// [`ReportError::Template`] where the template does not fit what it is given.
pub(super) fn page(run: &WeeklyRun, [history, changed]: [Option<&Chart>; 2]) -> Result<String, ReportError> {
    let (record, money) = (run.record, run.money());
    let as_of = record.as_of.map(|day| day.to_string()).unwrap_or_default();
    let told = Told { money: &money, per: "a week", level: "90%" };
    let notes = run.plan.as_ref().map_or_else(|| run.context.notes.clone(), crate::report::Run::notes);
    let page = Page {
        style: html::STYLE,
        title: format!("Weekly run, data to {as_of}"),
        headline: words::headline(run),
        lead: words::lead(run),
        cards: cards(run),
        findings: findings(record),
        review: record.review.as_ref().map(|review| reviewed(run, review)).unwrap_or_default(),
        lift: format!("{}.", lift::sentence(record, &money)),
        corrected: lift::corrected(record, &money).map_or_else(String::new, |corrected| format!("{corrected}.")),
        drawn: lift::drawn_table(run),
        changed: record.diff.as_ref().map(|compared| Changed {
            lead: diff::lead(compared, &money),
            unexplained: compared
                .unexplained
                .as_ref()
                .map_or_else(String::new, |why| format!("{}.", words::capital(&format::clean(why)))),
            causes: diff::causes_table(compared, &money),
            chart: changed.map(|chart| html::drawn(chart, &told)),
            largest: diff::page_table(run),
        }),
        history: history.map(|chart| html::drawn(chart, &told)),
        runs: runs(run),
        notes: content::notes(&notes),
        inputs: content::inputs(run.context),
        mapping: content::mapping(run.context),
        totals: content::totals(run.context, &money),
        run: record.id.clone(),
        planned: run.plan.is_some(),
        version: run.context.version,
    };
    html::filled_in("weekly.html", TEMPLATE, page)
}

/// The week in large figures.
fn cards(run: &WeeklyRun) -> Vec<Card> {
    let (record, money) = (run.record, run.money());
    let card = |label: &str, figure: String, detail: String| Card { label: label.to_owned(), figure, detail };
    let review = record.review.as_ref();
    let plan = record.plan.as_ref();
    vec![
        card(
            "Spend planned, a week",
            format::or_none(plan.map(|plan| plan.spend), |spend| money.short(spend)),
            plan.map_or_else(
                || "no plan was made".to_owned(),
                |plan| format!("now {}", money.short(plan.current_spend)),
            ),
        ),
        card(
            "Last week's spend",
            format::or_none(record.week.and_then(|week| week.cost), |cost| money.short(cost)),
            review.map_or_else(String::new, |review| format!("{} were planned", money.short(review.spend_planned))),
        ),
        card(
            "Conversions for each one forecast",
            format::or_none(record.promise_ratio(), format::ratio),
            review.map_or_else(String::new, |review| {
                format!("{} of {}", format::count(review.conversions), format::count(review.conversions_forecast))
            }),
        ),
        card(
            "Plan followed",
            format::or_none(review.and_then(|review| review.adoption), format::share),
            review.and_then(|review| review.adoption_error).map_or_else(
                || "of the planned moves".to_owned(),
                |error| format!("of the planned moves, standard error {}", format::share(error)),
            ),
        ),
        card(
            "Lift realised over promised",
            format::or_none(record.lift_realised_over_promised, format::ratio),
            lift::detail(record),
        ),
    ]
}

fn findings(record: &Record) -> Table {
    let mut table = Table::new("What guards found", &["Guard", "What", "#Figure", "#Limit", "Answer"]);
    let figure = |figure: Option<f64>| format::or_none(figure, |figure| format::significant_trimmed(figure, 3));
    table.rows = record
        .findings
        .iter()
        .map(|finding| {
            vec![
                Cell::new(finding.guard.name()),
                Cell::new(format::shorten(&finding.message, 400)),
                Cell::new(figure(finding.figure)),
                Cell::new(figure(finding.limit)),
                Cell::new(if finding.accepted { "accepted" } else { "held the plan" }),
            ]
        })
        .collect();
    table
}

fn reviewed(run: &WeeklyRun, review: &Review) -> Table {
    let money = run.money();
    let caption = format!(
        "Week of {} against the plan of {}; {} of the week's conversions are reported by now",
        review.week.map(|day| day.to_string()).unwrap_or_default(),
        review.plan,
        format::share(review.reported),
    );
    let mut table = Table::new(caption, &["", "#Forecast or planned", "#Came", "#Came over forecast"]);
    let mut row =
        |name: &str, forecast: Option<f64>, came: Option<f64>, show: &dyn Fn(f64) -> String, detail: String| {
            let ratio =
                forecast.zip(came).filter(|(forecast, _)| *forecast > 0.0).map(|(forecast, came)| came / forecast);
            table.rows.push(vec![
                Cell::new(name),
                Cell::detailed(format::or_none(forecast, show), detail),
                Cell::new(format::or_none(came, show)),
                Cell::new(format::or_none(ratio, format::ratio)),
            ]);
        };
    let exact = |amount: f64| money.exact(amount);
    let interval = match (review.conversions_p05, review.conversions_p95) {
        (Some(lower), Some(upper)) => format!("{} to {}, 90%", format::count(lower), format::count(upper)),
        _ => String::new(),
    };
    row("Spend", Some(review.spend_planned), Some(review.spend), &exact, "planned".to_owned());
    row("Clicks", Some(review.clicks_forecast), Some(review.clicks), &format::count, "at the spend".to_owned());
    let at_spend = "at the spend".to_owned();
    row("Conversions", Some(review.conversions_forecast), Some(review.conversions), &format::count, at_spend);
    row(
        "Conversions given the clicks",
        Some(review.conversions_given_clicks),
        Some(review.conversions),
        &format::count,
        interval,
    );
    row("Revenue", review.revenue_forecast, review.revenue, &exact, "at the spend".to_owned());
    if review.paused_spend > 0.0 || review.paused_conversions > 0.0 {
        let detail = || "not in the rows above: the plan said nothing of them".to_owned();
        row("Spend on terms that were paused", None, Some(review.paused_spend), &exact, detail());
        row("Conversions of them", None, Some(review.paused_conversions), &format::count, detail());
    }
    let held = format::or_none(review.coverage_90_terms, format::percent_tenths);
    let terms = format::counted(review.forecasts, "term with clicks", "terms with clicks");
    table.rows.push(vec![
        Cell::detailed("Terms inside their 90% interval", terms),
        Cell::new(format::percent_tenths(0.9)),
        Cell::new(held),
        Cell::new(format::NONE),
    ]);
    table
}

fn runs(run: &WeeklyRun) -> Table {
    let money = run.money();
    let heads = ["Run", "Guards", "#Spend", "#Conversions", "#Forecast", "#Came over forecast", "#Followed"];
    let mut table = Table::new("Runs, the newest first", &heads);
    let records = run.past.iter().chain([run.record]).rev().take(RUNS);
    table.rows = records
        .map(|record| {
            let review = record.review.as_ref();
            vec![
                Cell::detailed(record.id.as_str(), if record.held { "held" } else { "" }),
                Cell::new(super::history::guards(record)),
                Cell::new(format::or_none(record.week.and_then(|week| week.cost), |cost| money.short(cost))),
                Cell::new(format::or_none(record.week.map(|week| week.conversions), format::count)),
                Cell::new(format::or_none(review.map(|review| review.conversions_forecast), format::count)),
                Cell::new(format::or_none(record.promise_ratio(), format::ratio)),
                Cell::new(format::or_none(review.and_then(|review| review.adoption), format::share)),
            ]
        })
        .collect();
    table
}
