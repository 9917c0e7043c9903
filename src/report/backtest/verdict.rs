//! What the figures of a backtest amount to: rules, no words.

use crate::backtest::{Backtest, Band, CoverageRow, Measured, Model};

/// How far a coverage may be off, whatever its standard error: nobody decides differently for less.
const TOLERANCE: f64 = 0.02;
/// The same for coverage weighted by clicks, which few large terms decide.
const TOLERANCE_CLICKS: f64 = 0.05;
/// Conversions below which nothing is said, neither expected nor come: of ten expected, five to fifteen come nine times out
/// of ten, so that even forecasts twice too high or too low could hardly be told from right ones.
pub(super) const LEAST: f64 = 10.0;
/// A level of forecasts may be off by so much.
const TOLERANCE_BIAS: f64 = 0.05;

/// Whether a share is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// As many as should, within what the data can tell.
    Right,
    /// Fewer: intervals are too narrow.
    TooFew,
    /// More: intervals are wider than they need be.
    TooMany,
}

/// How our forecasts stand to another model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Better,
    Worse,
    /// No difference that the data can show.
    Alike,
}

/// Standard errors from which a difference is one: the 97.5% quantile of Student's t with folds − 1 degrees of freedom,
/// since errors from a few folds are themselves rough (Abramowitz and Stegun 1964, 26.7.5).
fn clear(tested: &Backtest) -> f64 {
    const NORMAL: f64 = 1.96;
    if !tested.clustered {
        return NORMAL;
    }
    let degrees = tested.folds.len() as f64 - 1.0;
    NORMAL + 2.372 / degrees + 2.822 / (degrees * degrees)
}

fn held(figure: Measured, expected: f64, tolerance: f64, clear: f64) -> Held {
    let band = tolerance.max(clear * figure.standard_error.unwrap_or(0.0));
    let away = figure.value - expected;
    if away < -band {
        Held::TooFew
    } else if away > band {
        Held::TooMany
    } else {
        Held::Right
    }
}

/// Conversions expected and come, where both are too few for a verdict.
pub(super) fn too_few(tested: &Backtest) -> Option<[f64; 2]> {
    // many that came where none were expected are a verdict
    Some(tested.conversions()).filter(|[expected, came]| expected.max(*came) < LEAST)
}

/// Coverage of 90% intervals over all term-periods.
pub(super) fn ninety(tested: &Backtest) -> Option<&CoverageRow> {
    tested.coverage_of(Band::All, 0.9)
}

/// 90% intervals, by terms.
pub(super) fn terms(tested: &Backtest) -> Option<Held> {
    Some(held(tested.ours().coverage_90_terms?, 0.9, TOLERANCE, clear(tested)))
}

/// 90% intervals as they are, weighted by clicks, against what they would hold if the forecasts were right.
pub(super) fn clicks(tested: &Backtest) -> Option<Held> {
    Some(held(ninety(tested)?.excess_clicks?, 0.0, TOLERANCE_CLICKS, clear(tested)))
}

/// What came for each conversion forecast.
pub(super) fn bias(tested: &Backtest) -> Option<Held> {
    Some(held(tested.ours().actual_over_forecast?, 1.0, TOLERANCE_BIAS, clear(tested)))
}

/// Every other model, with how ours stands to it.
pub(super) fn standings(tested: &Backtest) -> Vec<(Model, Standing)> {
    let clear = clear(tested);
    let standing = |behind: Option<Measured>| match behind.map(|behind| behind.deviation(0.0)) {
        Some(deviation) if deviation > clear => Standing::Better,
        Some(deviation) if deviation < -clear => Standing::Worse,
        _ => Standing::Alike,
    };
    tested.models[1..].iter().map(|model| (model.model, standing(model.behind))).collect()
}
