//! The verdict in words, and a report of an account that is nearly empty.

use super::*;
use crate::backtest::{BacktestSettings, Measured, backtest};
use crate::simulate::{SimulateSettings, simulate};
use std::sync::OnceLock;

/// A small account, backtested once for all tests.
fn tested() -> (Counts, Backtest) {
    static TESTED: OnceLock<(Counts, Backtest)> = OnceLock::new();
    let make = || {
        let settings = SimulateSettings { terms: 20, campaigns: Some(1), weeks: 14, ..SimulateSettings::default() };
        let counts = simulate(&settings).unwrap().observation.to_counts();
        let tested = backtest(&counts, &BacktestSettings { folds: 6, ..BacktestSettings::default() }).unwrap();
        (counts, tested)
    };
    TESTED.get_or_init(make).clone()
}

fn measured(value: f64, error: f64) -> Option<Measured> {
    Some(Measured { value, standard_error: Some(error) })
}

/// 90% intervals of forecasts that would hold 91.2% of clicks as they are held this share.
fn clicks(tested: &mut Backtest, share: f64, error: f64) {
    let row = tested.coverage.iter_mut().find(|row| row.band == Band::All && row.level == 0.9).unwrap();
    row.raw_clicks_inside = measured(share, error);
    row.expected_raw_clicks = Some(0.912);
    row.excess_clicks = measured(share - 0.912, error);
}

/// Headline and verdict of a backtest with these figures.
fn said(change: impl Fn(&mut Backtest)) -> (String, String) {
    let (counts, mut tested) = tested();
    for model in &mut tested.models {
        model.coverage_90_terms = measured(0.893, 0.008);
        model.actual_over_forecast = measured(1.02, 0.03);
    }
    for model in &mut tested.models[1..] {
        model.behind = measured(0.1, 0.01);
    }
    clicks(&mut tested, 0.874, 0.02);
    change(&mut tested);
    let run = BacktestRun { context: &RunContext::default(), counts: &counts, backtest: &tested };
    (words::headline(&run), words::verdict(&run))
}

#[test]
fn good_forecasts_are_said_to_be_good() {
    let (headline, verdict) = said(|_| {});
    assert_eq!(headline, "The forecasts hold what they promise");
    assert_eq!(
        verdict,
        "Of 10 intervals that should hold 9, 8.9 did (standard error 0.08), weighted by clicks 8.7 where right \
         forecasts of such counts hold 9.1 (standard error 0.2); forecasts were better than raw rates, the last four weeks, group means and still rates; over 6 weeks 1.02 \
         conversions came for each one forecast (standard error 0.03)."
    );
}

#[test]
fn bad_ones_are_said_to_be_bad() {
    let (headline, verdict) = said(|tested| tested.models[0].coverage_90_terms = measured(0.78, 0.01));
    assert!(headline.contains("too narrow") && verdict.contains("so they are too narrow"), "{headline} {verdict}");
    let (headline, verdict) = said(|tested| clicks(tested, 0.6, 0.02));
    assert!(headline.contains("large terms") && verdict.contains("those of large terms are too narrow"));
    assert!(headline.contains("6.0 of 10 clicks where 9.1 should be"), "{headline}");
    // far beyond 0.9, and right for counts that are this small
    assert!(!said(|tested| clicks(tested, 0.955, 0.002)).1.contains("wider"));
    let (headline, verdict) = said(|tested| clicks(tested, 0.99, 0.002));
    assert!(headline.contains("large terms are wider") && verdict.contains("wider than they need be"));
    let (headline, verdict) = said(|tested| tested.models[0].coverage_90_terms = measured(0.97, 0.005));
    assert!(headline.contains("wider") && verdict.contains("wider than they need be"));
    let (headline, verdict) = said(|tested| {
        tested.models[1].behind = measured(-0.1, 0.01);
        tested.models[4].behind = measured(0.001, 0.01);
    });
    assert!(headline.contains("a simpler forecast was better"), "{headline}");
    assert!(verdict.contains("worse than raw rates") && verdict.contains("about as good as still rates"), "{verdict}");
    let (headline, _) = said(|tested| tested.models[0].actual_over_forecast = measured(0.7, 0.02));
    assert!(headline.contains("too high"), "{headline}");
}

#[test]
fn next_to_nothing_expected_is_no_verdict() {
    let scaled = |expected: f64, came: f64| {
        said(|tested| {
            let folds = tested.folds.len() as f64;
            for fold in &mut tested.models[0].by_fold {
                (fold.forecast, fold.actual) = (expected / folds, came / folds);
            }
        })
    };
    let (headline, verdict) = scaled(0.1, 0.0);
    assert_eq!(headline, "Too little data for a verdict");
    assert!(verdict.starts_with("No verdict: over 6 weeks 0.10 conversions were expected and 0 came"), "{verdict}");
    // what nobody expected is a verdict, and so is what did not come
    for (expected, came) in [(0.1, 12.0), (12.0, 0.0)] {
        assert_ne!(scaled(expected, came).0, "Too little data for a verdict");
    }
}

#[test]
fn few_folds_ask_for_clearer_differences() {
    // two and a half standard errors: clear with many folds, not with six
    let (_, verdict) = said(|tested| tested.models[1].behind = measured(0.025, 0.01));
    assert!(verdict.contains("about as good as raw rates"), "{verdict}");
}

#[test]
fn files_are_the_same_each_time_and_nothing_is_fetched() {
    let (counts, tested) = tested();
    let run = BacktestRun { context: &RunContext::default(), counts: &counts, backtest: &tested };
    let (one, two) = (render_backtest(&run).unwrap(), render_backtest(&run).unwrap());
    assert_eq!(one, two);
    for artifact in one {
        let text = String::from_utf8(artifact.bytes).unwrap();
        assert!(!text.contains("NaN") && !text.contains("inf,"), "{}", artifact.name);
        if artifact.name == "report.html" {
            assert!(!text.contains("https://") && !text.contains("<script"));
            assert!(text.contains("of lift"));
        }
    }
}

#[test]
fn a_single_term_with_next_to_nothing_is_reported() {
    let settings = SimulateSettings { terms: 1, weeks: 6, ..SimulateSettings::default() };
    let mut counts = simulate(&settings).unwrap().observation.to_counts();
    counts.cells.conversions.fill(0.0);
    if counts.cells.clicks.iter().all(|&clicks| clicks <= 0.0) {
        counts.cells.clicks.fill(1.0);
    }
    counts.cells.clicks.iter_mut().for_each(|clicks| *clicks = clicks.max(1.0));
    let tested = backtest(&counts, &BacktestSettings::default()).unwrap();
    assert_eq!(tested.calibration.slope, None);
    let run = BacktestRun { context: &RunContext::default(), counts: &counts, backtest: &tested };
    let files = render_backtest(&run).unwrap();
    assert!(files.iter().any(|file| file.name == "charts/calibration.svg"));
    assert!(backtest_table(&run).lines().all(|line| crate::report::format::width(line) <= 79));
}
