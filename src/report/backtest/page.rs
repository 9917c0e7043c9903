//! `report.html` of a backtest: one self-contained page, from already formatted text.

use super::{BacktestRun, words};
use crate::backtest::{Band, Fold, Measured};
use crate::report::ReportError;
use crate::report::charts::Chart;
use crate::report::charts::heads::Told;
use crate::report::format::{self, Money};
use crate::report::html::{self, Card, Cell, Figure, Table, data};
use serde::Serialize;

const TEMPLATE: &str = concat!(include_str!("../templates/parts.html"), include_str!("../templates/backtest.html"));

/// Everything the template shows.
#[derive(Clone, Debug, Serialize)]
struct Page {
    style: &'static str,
    title: String,
    headline: String,
    verdict: String,
    caution: String,
    facts: Vec<String>,
    cards: Vec<Card>,
    coverage_chart: Option<Figure>,
    coverage: Table,
    bands: Table,
    scores_chart: Option<Figure>,
    models: Table,
    meanings: Vec<(String, String)>,
    totals_chart: Option<Figure>,
    calibration_chart: Option<Figure>,
    periods: Table,
    pit_chart: Option<Figure>,
    slope: String,
    expected: &'static str,
    errors: String,
    notes: Table,
    inputs: Table,
    mapping: Table,
    totals: Table,
    unit: &'static str,
    units: &'static str,
    new_terms: String,
    version: &'static str,
    seed: String,
}

/// The page.
///
/// # Errors
/// [`ReportError::Template`] where the template does not fit what it is given.
pub(super) fn page(run: &BacktestRun, charts: &[Chart]) -> Result<String, ReportError> {
    html::filled_in("backtest.html", TEMPLATE, filled(run, charts))
}

fn filled(run: &BacktestRun, charts: &[Chart]) -> Page {
    let money = Money::new(run.context.currency.as_deref().or(run.counts.currency.as_deref()));
    let told = Told { money: &money, per: "a period", level: "90%" };
    let figure = |stem: &str| charts.iter().find(|chart| chart.stem == stem).map(|chart| html::drawn(chart, &told));
    Page {
        style: html::STYLE,
        title: words::title(run),
        headline: words::headline(run),
        verdict: words::verdict(run),
        caution: words::caution(run),
        facts: words::facts(run),
        cards: cards(run),
        coverage_chart: figure("coverage"),
        coverage: coverage(run),
        bands: bands(run),
        scores_chart: figure("scores"),
        models: models(run),
        meanings: words::models(run),
        totals_chart: figure("totals"),
        calibration_chart: figure("calibration"),
        periods: periods(run),
        pit_chart: figure("pit"),
        slope: run
            .backtest
            .calibration
            .slope
            .map_or_else(|| format::NONE.to_owned(), |slope| with_error(slope, format::score)),
        expected: words::EXPECTED,
        errors: words::errors(run),
        notes: data::notes(&run.notes()),
        inputs: data::inputs(run.context),
        mapping: data::mapping(run.context),
        totals: data::totals(run.context, &money),
        unit: run.unit(),
        units: run.units(),
        new_terms: format::whole(run.backtest.unseen),
        version: run.context.version,
        seed: run.context.seed.to_string(),
    }
}

fn with_error(figure: Measured, show: fn(f64) -> String) -> String {
    figure.standard_error.map_or_else(
        || show(figure.value),
        |error| format!("{} (standard error {})", show(figure.value), format::error(error, show)),
    )
}

/// A figure over its standard error.
fn measured(figure: Option<Measured>, show: fn(f64) -> String) -> Cell {
    match figure {
        Some(Measured { value, standard_error: Some(error) }) => {
            Cell::detailed(show(value), format!("s.e. {}", format::error(error, show)))
        }
        Some(Measured { value, standard_error: None }) => Cell::new(show(value)),
        None => Cell::new(format::NONE),
    }
}

/// What raw coverage would be if forecasts were right.
fn expected(share: Option<f64>) -> Cell {
    Cell::new(format::or_none(share, format::percent_tenths))
}

/// The figures at the head of the page.
fn cards(run: &BacktestRun) -> Vec<Card> {
    let tested = run.backtest;
    let ours = tested.ours();
    let card = |label: &str, figure: Option<Measured>, show: fn(f64) -> String, detail: &str| Card {
        label: label.to_owned(),
        figure: format::or_none(figure.map(|figure| figure.value), show),
        detail: match figure.and_then(|figure| figure.standard_error) {
            Some(error) => format!("standard error {} · {detail}", format::error(error, show)),
            None => detail.to_owned(),
        },
    };
    let row = tested.coverage_of(Band::All, 0.9);
    let expected = format!(
        "as it is; right forecasts of these counts: {}",
        format::or_none(row.and_then(|row| row.expected_raw_clicks), format::percent_tenths)
    );
    let inside = tested.folds.iter().filter_map(|fold| fold.total.is_inside());
    let (drawn, held) = inside.fold((0, 0), |(drawn, held), inside| (drawn + 1, held + usize::from(inside)));
    vec![
        card("90% intervals that held", ours.coverage_90_terms, format::percent_tenths, "by terms; right is 90%"),
        card("The same, by clicks", ours.coverage_90_clicks, format::percent_tenths, &expected),
        card("Came for each one forecast", ours.actual_over_forecast, format::ratio, "conversions; right is 1"),
        Card {
            label: format!("Totals of a {} inside 90%", run.unit()),
            figure: format!("{held} of {drawn}"),
            detail: format!("over all terms; right is about {}", format::observed((0.9 * f64::from(drawn)).round())),
        },
    ]
}

/// Coverage by level over all term-periods.
pub(super) fn coverage(run: &BacktestRun) -> Table {
    let heads = [
        "Intervals of",
        "#By terms (PIT)",
        "#By terms, as it is",
        "#Expected",
        "#By clicks (PIT)",
        "#By clicks, as it is",
        "#Expected",
    ];
    let mut table = Table::new("Share of intervals that held, by level, with standard errors", &heads);
    table.rows = run
        .backtest
        .coverage
        .iter()
        .filter(|row| row.band == Band::All)
        .map(|row| {
            let share = |share| measured(share, format::percent_tenths);
            vec![
                Cell::new(format::share(row.level)),
                share(row.terms),
                share(row.raw_terms),
                expected(row.expected_raw_terms),
                share(row.clicks_inside),
                share(row.raw_clicks_inside),
                expected(row.expected_raw_clicks),
            ]
        })
        .collect();
    table
}

/// 90% coverage by size of the forecast.
fn bands(run: &BacktestRun) -> Table {
    let heads = [
        "Conversions expected of a term",
        "#Forecasts",
        "#Expected",
        "#Came",
        "#90% held (PIT)",
        "#As it is",
        "#Expected",
        "#By clicks, as it is",
        "#Expected",
    ];
    let mut table = Table::new("90% intervals that held, by size of the forecast, with standard errors", &heads);
    table.rows = run
        .backtest
        .coverage
        .iter()
        .filter(|row| (row.level - 0.9).abs() < 1e-9)
        .map(|row| {
            vec![
                Cell::new(row.band.name()),
                Cell::new(format::whole(row.forecasts)),
                Cell::new(format::count(row.forecast)),
                Cell::new(format::observed(row.actual)),
                measured(row.terms, format::percent_tenths),
                measured(row.raw_terms, format::percent_tenths),
                expected(row.expected_raw_terms),
                measured(row.raw_clicks_inside, format::percent_tenths),
                expected(row.expected_raw_clicks),
            ]
        })
        .collect();
    table
}

/// Ours and the simpler forecasts.
fn models(run: &BacktestRun) -> Table {
    let heads = [
        "Forecasts",
        "#Log score",
        "#termwise better by",
        "#CRPS",
        "#90% held (PIT)",
        "#By clicks, as it is",
        "#Came for each forecast",
    ];
    let mut table = Table::new("Forecasts compared, with standard errors", &heads);
    table.rows = run
        .backtest
        .models
        .iter()
        .map(|model| {
            let behind = match model.behind {
                Some(_) => measured(model.behind, format::score),
                None => Cell::default(),
            };
            vec![
                Cell::new(run.label(model.model)),
                measured(model.log_score, format::score),
                behind,
                measured(model.crps, format::score),
                measured(model.coverage_90_terms, format::percent_tenths),
                measured(model.coverage_90_clicks, format::percent_tenths),
                measured(model.actual_over_forecast, format::ratio),
            ]
        })
        .collect();
    table
}

/// Period by period.
pub(super) fn periods(run: &BacktestRun) -> Table {
    let begins = format!("{} of", if run.unit() == "day" { "Day" } else { "Week" });
    let heads = [
        begins.as_str(),
        "#Terms",
        "#Clicks",
        "#Forecast",
        "#90% interval",
        "#Came",
        "#Came for each forecast",
        "#90% held, terms (PIT)",
    ];
    let mut table = Table::new("Period by period", &heads);
    let ours = run.backtest.ours();
    table.rows = run.backtest.folds.iter().zip(&ours.by_fold).map(|(fold, score)| period(fold, score)).collect();
    table
}

fn period(fold: &Fold, score: &crate::backtest::FoldScore) -> Vec<Cell> {
    let total = &fold.total;
    let interval = total.lower.zip(total.upper);
    let ratio = crate::domain::metrics::ratio(total.actual, total.forecast);
    vec![
        Cell::new(fold.start.map(|day| day.to_string()).unwrap_or_default()),
        Cell::new(format::whole(fold.terms.len())),
        Cell::new(format::observed(total.clicks)),
        Cell::new(format::count(total.forecast)),
        Cell::new(interval.map_or_else(
            || format::NONE.to_owned(),
            |(low, high)| format!("{} to {}", format::count(low), format::count(high)),
        )),
        Cell::detailed(format::observed(total.actual), if total.is_inside() == Some(false) { "outside" } else { "" }),
        Cell::new(format::or_none(ratio, format::ratio)),
        Cell::new(format::or_none(score.coverage_90_terms, format::percent_tenths)),
    ]
}
