//! What the figures of a backtest amount to: rules, no words.

use crate::backtest::{Backtest, Measured, Model};

/// How far a coverage may be off, whatever its standard error: nobody decides differently for less.
const TOLERANCE: f64 = 0.02;
/// The same for coverage weighted by clicks, which few large terms decide.
const TOLERANCE_CLICKS: f64 = 0.05;
/// Standard errors from which a difference is one.
const CLEAR: f64 = 2.0;
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

fn held(figure: Measured, expected: f64, tolerance: f64) -> Held {
    let band = tolerance.max(CLEAR * figure.standard_error.unwrap_or(0.0));
    let away = figure.value - expected;
    if away < -band {
        Held::TooFew
    } else if away > band {
        Held::TooMany
    } else {
        Held::Right
    }
}

/// 90% intervals, by terms.
pub(super) fn terms(tested: &Backtest) -> Option<Held> {
    Some(held(tested.ours().coverage_90_terms?, 0.9, TOLERANCE))
}

/// 90% intervals, weighted by clicks.
pub(super) fn clicks(tested: &Backtest) -> Option<Held> {
    Some(held(tested.ours().coverage_90_clicks?, 0.9, TOLERANCE_CLICKS))
}

/// What came for each conversion forecast.
pub(super) fn bias(tested: &Backtest) -> Option<Held> {
    Some(held(tested.ours().actual_over_forecast?, 1.0, TOLERANCE_BIAS))
}

/// Every other model, with how ours stands to it.
pub(super) fn standings(tested: &Backtest) -> Vec<(Model, Standing)> {
    let standing = |behind: Option<Measured>| match behind.map(|behind| behind.deviation(0.0)) {
        Some(deviation) if deviation > CLEAR => Standing::Better,
        Some(deviation) if deviation < -CLEAR => Standing::Worse,
        _ => Standing::Alike,
    };
    tested.models[1..].iter().map(|model| (model.model, standing(model.behind))).collect()
}
