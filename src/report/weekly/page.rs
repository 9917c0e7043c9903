//! `weekly.html`: what was found, what came of the last plan, and the history; one self-contained page.

use super::{WeeklyRun, diff, lift, words};
use crate::numeric::sum::ExactSum;
use crate::report::ReportError;
use crate::report::charts::Chart;
use crate::report::charts::heads::Told;
use crate::report::format;
use crate::report::html::{self, Card, Cell, Figure, Table, data};
use crate::weekly::{Record, Review};
use serde::Serialize;

const TEMPLATE: &str = concat!(include_str!("../templates/parts.html"), include_str!("../templates/weekly.html"));

/// Level of the intervals that reviews have.
const LEVEL: f64 = 0.9;

/// Runs on the page, the newest; the CSV has all.
const RUNS: usize = 60;

/// What is said where the week is no evidence.
const NO_EVIDENCE: &str = "no evidence, as a guard found the week's figures not what they seem";

/// Everything the template shows.
#[derive(Clone, Debug, Serialize)]
struct Page {
    style: &'static str,
    title: String,
    headline: String,
    lead: String,
    cards: Vec<Card>,
    findings: Table,
    apart: Table,
    review: Table,
    forecasts: Table,
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
        apart: apart(record),
        forecasts: forecasts(run),
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
        notes: data::notes(&notes),
        inputs: data::inputs(run.context),
        mapping: data::mapping(run.context),
        totals: data::totals(run.context, &money),
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
            "Last week's spend, all terms",
            format::or_none(record.week.and_then(|week| week.cost), |cost| money.short(cost)),
            review.map_or_else(String::new, |review| {
                format!(
                    "{} of it on the plan's terms, {} planned",
                    money.short(review.spend),
                    money.short(review.spend_planned)
                )
            }),
        ),
        card(
            "Conversions for each one forecast",
            format::or_none(record.promise_ratio(), format::ratio),
            review.map_or_else(String::new, |review| {
                let counts =
                    format!("{} of {}", format::count(review.conversions), format::count(review.conversions_forecast));
                if record.evidence().is_some() { counts } else { format!("{counts}: {NO_EVIDENCE}") }
            }),
        ),
        card(
            "Plan followed",
            format::or_none(record.adoption(), format::share),
            if review.is_some() && record.followed().is_none() {
                NO_EVIDENCE.to_owned()
            } else {
                adopted(record.followed())
            },
        ),
        card(
            "Lift realised over promised",
            format::or_none(record.lift_realised_over_promised, format::ratio),
            lift::detail(record),
        ),
    ]
}

/// What the figure of adoption is of.
fn adopted(review: Option<&Review>) -> String {
    let error = review.and_then(|review| review.adoption_error);
    let error = error.map_or_else(String::new, |error| format!(", standard error {}", format::share(error)));
    let against = review.is_some_and(Review::moved_against);
    let against = if against { ": below 0, spends moved against the plan" } else { "" };
    format!("of the planned moves{error}{against}")
}

/// Weeks that the plan does without.
fn apart(record: &Record) -> Table {
    let heads = ["Week begun", "Held by", "It counts again"];
    let mut table = Table::new("Earlier weeks that were held, and that plans do without", &heads);
    table.rows = record
        .apart
        .iter()
        .map(|apart| {
            let names: Vec<&str> = apart.guards.iter().map(|guard| guard.name()).collect();
            let flags: Vec<String> = names.iter().map(|name| format!("--accept {name}")).collect();
            vec![
                Cell::new(apart.week.map(|day| day.to_string()).unwrap_or_default()),
                Cell::detailed(names.join(", "), if apart.late { "arrived late" } else { "" }),
                Cell::new(format!("once its data are put right, or with --as-of {} {}", apart.as_of, flags.join(" "))),
            ]
        })
        .collect();
    table
}

/// What all plans so far forecast, against what came: weeks that measure a forecast.
fn forecasts(run: &WeeklyRun) -> Table {
    let reviews: Vec<&Review> = run.past.iter().chain([run.record]).filter_map(Record::evidence).collect();
    let mut table = Table::new(
        format!("Forecasts of {}, each made before its week", format::counted(reviews.len(), "week", "weeks")),
        &["", "#Wanted", "#Came to"],
    );
    if reviews.is_empty() {
        return table;
    }
    let sum = |of: &dyn Fn(&Review) -> f64| reviews.iter().map(|review| of(review)).collect::<ExactSum>().value();
    let (forecast, came) = (sum(&|review| review.conversions_forecast), sum(&|review| review.conversions));
    let mut row = |name: &str, detail: String, wanted: String, figure: Option<f64>, show: &dyn Fn(f64) -> String| {
        let figure = Cell::new(format::or_none(figure, show));
        table.rows.push(vec![Cell::detailed(name, detail), Cell::new(wanted), figure]);
    };
    row(
        "Conversions that came for each one forecast",
        format!("{} of {}, at the spend that happened", format::count(came), format::count(forecast)),
        format::ratio(1.0),
        (forecast > 0.0).then(|| came / forecast),
        &format::ratio,
    );
    let given = sum(&|review| review.conversions_given_clicks);
    row(
        "The same given the clicks that came",
        format!("{} of {}", format::count(came), format::count(given)),
        format::ratio(1.0),
        (given > 0.0).then(|| came / given),
        &format::ratio,
    );
    let inside: Vec<bool> = reviews.iter().filter_map(|review| review.is_inside()).collect();
    let held = inside.iter().filter(|inside| **inside).count();
    row(
        "Weeks whose conversions lay in their 90% interval",
        format!("{} of {}, given the clicks", format::whole(held), format::whole(inside.len())),
        format::percent_tenths(LEVEL),
        (!inside.is_empty()).then(|| held as f64 / inside.len() as f64),
        &format::percent_tenths,
    );
    let terms: usize = reviews.iter().map(|review| review.forecasts).sum();
    let covered = sum(&|review| review.coverage_90_terms.unwrap_or(0.0) * review.forecasts as f64);
    row(
        "Terms in their 90% interval, week by week",
        format!("{} with clicks, by randomised PIT", format::counted(terms, "term in a week", "terms in weeks")),
        format::percent_tenths(LEVEL),
        (terms > 0).then(|| covered / terms as f64),
        &format::percent_tenths,
    );
    table
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
        "Week of {} against the plan of {}; {} of the week's conversions are reported by now{}",
        review.week.map(|day| day.to_string()).unwrap_or_default(),
        review.plan,
        format::share(review.reported),
        if run.record.evidence().is_none() { format!("; {NO_EVIDENCE}") } else { String::new() },
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
    row("Spend on the plan's terms", Some(review.spend_planned), Some(review.spend), &exact, "planned".to_owned());
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
    if review.unplanned_spend > 0.0 {
        let detail = "not in the rows above: the plan did not know them".to_owned();
        row("Spend on terms without a plan", None, Some(review.unplanned_spend), &exact, detail);
    }
    let all = run.record.week.and_then(|week| week.cost);
    row("Spend of the week, all terms", None, all, &exact, "all of these together".to_owned());
    let held = format::or_none(review.coverage_90_terms, format::percent_tenths);
    let terms = format::counted(review.forecasts, "term with clicks", "terms with clicks");
    table.rows.push(vec![
        Cell::detailed("Terms inside their 90% interval", terms),
        Cell::new(format::percent_tenths(LEVEL)),
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
                Cell::new(format::or_none(record.adoption(), format::share)),
            ]
        })
        .collect();
    table
}
