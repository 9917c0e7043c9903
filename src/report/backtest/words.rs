//! What the page and the terminal say of a backtest in sentences.

use super::BacktestRun;
use super::verdict::{self, Held, Standing};
use crate::backtest::{Measured, Model};
use crate::report::format;
use std::fmt::Write as _;

/// "Backtest, 7 June 2026".
pub(super) fn title(run: &BacktestRun) -> String {
    match run.counts.calendar.as_of {
        Some(date) => format!("Backtest of forecasts, {}", date.format("%-d %B %Y")),
        None => "Backtest of forecasts".to_owned(),
    }
}

/// What was forecast from what, in one line.
pub(super) fn facts(run: &BacktestRun) -> Vec<String> {
    let tested = run.backtest;
    let mut facts = vec![
        format!("{} forecasts", format::whole(tested.forecasts)),
        format::counted(tested.folds.len(), run.unit(), run.units()),
    ];
    if let (Some(first), Some(last)) = (tested.folds.first(), tested.folds.last()) {
        let days = [first.start, last.start].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
        facts.push(format!("{}s beginning {} to {}", run.unit(), days[0], days[1]));
        facts
            .push(format!("first forecast from {} of history", format::counted(first.period, run.unit(), run.units())));
    }
    facts
}

/// The share of ten intervals: `8.9`.
fn of_ten(figure: Measured) -> String {
    format!("{:.1}", 10.0 * figure.value)
}

fn error_of_ten(figure: Measured) -> String {
    figure.standard_error.map_or_else(String::new, |error| {
        let decimals = if error < 0.01 { 2 } else { 1 };
        format!(" (standard error {:.decimals$})", 10.0 * error)
    })
}

/// What the columns of expected coverage are.
pub(super) const EXPECTED: &str =
    "Expected: what intervals of whole counts (mid-P) hold as they are, not randomised, when every forecast is right.";

/// The verdict in a line.
pub(super) fn headline(run: &BacktestRun) -> String {
    let tested = run.backtest;
    if verdict::too_few(tested).is_some() {
        return "Too little data for a verdict".to_owned();
    }
    let shares = (verdict::terms(tested), verdict::clicks(tested), by_clicks(run));
    match shares {
        (Some(Held::TooFew), ..) => "Do not rely on the intervals: they are too narrow".to_owned(),
        (_, Some(Held::TooFew), Some(clicks)) => format!(
            "The intervals of large terms are too narrow: {:.1} of 10 clicks where {:.1} should be",
            10.0 * clicks.held,
            10.0 * clicks.expected
        ),
        (Some(Held::TooMany), ..) => "The intervals hold, and are wider than they need be".to_owned(),
        (_, Some(Held::TooMany), _) => {
            "The intervals hold, and those of large terms are wider than they need be".to_owned()
        }
        _ if verdict::standings(tested).iter().any(|(_, standing)| *standing == Standing::Worse) => {
            "The intervals hold, but a simpler forecast was better".to_owned()
        }
        (Some(_), ..) => match verdict::bias(tested) {
            Some(Held::TooFew) => "The intervals hold; the level of forecasts was too high".to_owned(),
            Some(Held::TooMany) => "The intervals hold; the level of forecasts was too low".to_owned(),
            _ => "The forecasts hold what they promise".to_owned(),
        },
        _ => "Too little data for a verdict".to_owned(),
    }
}

/// One sentence of verdict: intervals, simpler forecasts, level. Of forecasts, never of lift.
pub(super) fn verdict(run: &BacktestRun) -> String {
    if let Some([expected, came]) = verdict::too_few(run.backtest) {
        return format!(
            "No verdict: over {} {} conversions were expected and {} came, and below {} even forecasts twice too high can't be \
             told from right ones.",
            format::counted(run.backtest.folds.len(), run.unit(), run.units()),
            format::count(expected),
            format::observed(came),
            format::observed(verdict::LEAST),
        );
    }
    let parts = [intervals(run), comparison(run), level(run)];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// 90% intervals as they are, weighted by clicks: what they held and what they would have.
struct ByClicks {
    held: f64,
    expected: f64,
    /// The difference, with its standard error.
    excess: Measured,
}

fn by_clicks(run: &BacktestRun) -> Option<ByClicks> {
    let row = verdict::ninety(run.backtest)?;
    let held = row.raw_clicks_inside?.value;
    Some(ByClicks { held, expected: row.expected_raw_clicks?, excess: row.excess_clicks? })
}

fn intervals(run: &BacktestRun) -> Option<String> {
    let ours = run.backtest.ours();
    let terms = ours.coverage_90_terms?;
    let mut text = format!("of 10 intervals that should hold 9, {} did{}", of_ten(terms), error_of_ten(terms));
    if let Some(clicks) = by_clicks(run) {
        let (held, expected) = (10.0 * clicks.held, 10.0 * clicks.expected);
        let _ = write!(text, ", weighted by clicks {held:.1} where right forecasts of such counts hold {expected:.1}");
        text += &error_of_ten(clicks.excess);
    }
    text += match (verdict::terms(run.backtest), verdict::clicks(run.backtest)) {
        (Some(Held::TooFew), _) => ", so they are too narrow",
        (_, Some(Held::TooFew)) => ", so those of large terms are too narrow",
        (Some(Held::TooMany), _) => ", so they are wider than they need be",
        (_, Some(Held::TooMany)) => ", so those of large terms are wider than they need be",
        _ => "",
    };
    Some(text)
}

fn comparison(run: &BacktestRun) -> Option<String> {
    let standings = verdict::standings(run.backtest);
    let named = |wanted: Standing| -> Vec<String> {
        standings.iter().filter(|(_, standing)| *standing == wanted).map(|&(model, _)| run.label(model)).collect()
    };
    let (better, alike, worse) = (named(Standing::Better), named(Standing::Alike), named(Standing::Worse));
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(format!("better than {}", listed(&better)));
    }
    if !worse.is_empty() {
        parts.push(format!("worse than {}", listed(&worse)));
    }
    if !alike.is_empty() {
        parts.push(format!("about as good as {}", listed(&alike)));
    }
    (!parts.is_empty()).then(|| format!("forecasts were {}", listed(&parts)))
}

fn level(run: &BacktestRun) -> Option<String> {
    let bias = run.backtest.ours().actual_over_forecast?;
    let error = bias
        .standard_error
        .map_or_else(String::new, |error| format!(" (standard error {})", format::error(error, format::ratio)));
    Some(format!(
        "over {} {} conversions came for each one forecast{error}",
        format::counted(run.backtest.folds.len(), run.unit(), run.units()),
        format::ratio(bias.value),
    ))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} and {end}", first.join(", ")),
    }
}

/// What the page must not be taken for.
pub(super) fn caution(run: &BacktestRun) -> String {
    format!(
        "This speaks of forecasts of conversions, given the clicks of each {}, and not of lift: a plan that nobody followed \
         cannot be backtested. What moving money adds is known only from campaigns that were held back at random.",
        run.unit()
    )
}

/// What standard errors rest on.
pub(super) fn errors(run: &BacktestRun) -> String {
    if run.backtest.clustered {
        format!(
            "Standard errors take the {} as the unit, {} of them: the terms of a {} share what happens in it.",
            run.unit(),
            run.backtest.folds.len(),
            run.unit()
        )
    } else {
        format!(
            "With {} standard errors take terms as independent; they are too small, since the terms of a {} share what happens in it.",
            format::counted(run.backtest.folds.len(), run.unit(), run.units()),
            run.unit()
        )
    }
}

/// The simpler forecasts, each with its distribution: name and meaning.
pub(super) fn models(run: &BacktestRun) -> Vec<(String, String)> {
    let meaning = |model: Model| {
        match model {
        Model::Termwise => "shrunk rates that move as the data say; negative binomial".to_owned(),
        Model::RawRate => "the term’s conversions over its clicks in all of its past; Poisson. A rate without conversions is taken to have half of one; a term without clicks has the account’s rate".to_owned(),
        Model::LastPeriods => format!("the same over the last four {}, or over all of the past where those have no clicks; Poisson", run.units()),
        Model::GroupMean => "the campaign’s conversions over its clicks; Poisson".to_owned(),
        Model::StaticShrinkage => "shrunk as ours, with rates that stand still; negative binomial".to_owned(),
    }
    };
    Model::ALL.into_iter().map(|model| (run.label(model), meaning(model))).collect()
}
