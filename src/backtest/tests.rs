#![allow(clippy::suboptimal_flops)] // formulas as they are written

mod causality;
mod scores;

use super::*;
use crate::counts::{Calendar, Cells, Period, PeriodUnit};
use crate::domain::{Date, Term, TermKey};
use crate::estimate::DelaySettings;
use crate::numeric::stream::Stream;
use crate::simulate::{SimulateSettings, simulate};
use chrono::Days;

/// Weeks from a Monday on. Shape of `cells`: terms × periods of clicks and conversions; no clicks, no cell.
fn weekly(cells: &[Vec<(f64, f64)>]) -> Counts {
    let monday = Date::from_ymd_opt(2024, 1, 1).unwrap();
    let week = |number: u64| Period {
        start: Some(monday + Days::new(7 * number)),
        end: Some(monday + Days::new(7 * number + 7)),
        complete: true,
    };
    let key = |i: usize| TermKey {
        term: format!("term {i:05}"),
        campaign: Some(format!("campaign {}", i % 3)),
        ..TermKey::default()
    };
    let mut counts = Counts {
        terms: (0..cells.len()).map(|i| Term { key: key(i), ..Term::default() }).collect(),
        calendar: Calendar {
            unit: PeriodUnit::Week,
            periods: (0..cells[0].len() as u64).map(week).collect(),
            as_of: Some(monday + Days::new(7 * cells[0].len() as u64 - 1)),
        },
        cells: Cells { offsets: vec![0], ..Cells::default() },
        ..Counts::default()
    };
    for term in cells {
        for (period, &(clicks, conversions)) in (0..).zip(term) {
            if clicks > 0.0 || conversions > 0.0 {
                counts.cells.period.push(period);
                counts.cells.clicks.push(clicks);
                counts.cells.conversions.push(conversions);
            }
        }
        counts.cells.offsets.push(counts.cells.clicks.len());
    }
    counts
}

/// Gamma-Poisson terms whose rates never move.
fn still(terms: usize, weeks: usize, seed: u64) -> Vec<Vec<(f64, f64)>> {
    (0..terms as u64)
        .map(|term| {
            let mut stream = Stream::new(seed, term);
            let rate = 0.04 * stream.gamma(3.0) / 3.0;
            let size = (1.5 * stream.normal() + 3.0).exp();
            (0..weeks)
                .map(|_| {
                    let clicks = stream.poisson(size);
                    (clicks, stream.poisson(clicks * rate))
                })
                .collect()
        })
        .collect()
}

#[test]
fn intervals_of_still_rates_hold_their_level() {
    let tested = backtest(&weekly(&still(300, 30, 5)), &BacktestSettings::default()).unwrap();
    assert_eq!(tested.folds.len(), 12);
    for (level, row) in LEVELS.into_iter().map(|level| (level, tested.coverage_of(Band::All, level).unwrap())) {
        let terms = row.terms.unwrap();
        assert!((terms.value - level).abs() < 0.025, "{level}: {terms:?}");
        assert!(row.raw_terms.unwrap().value >= terms.value - 0.01);
        assert!(row.raw_clicks_inside.unwrap().value > level - 0.04, "{level}: {row:?}");
    }
    let ours = tested.ours();
    let bias = ours.actual_over_forecast.unwrap();
    assert!((bias.value - 1.0).abs() < 0.05, "{bias:?}");
    assert!((tested.calibration.slope.unwrap().value - 1.0).abs() < 0.05);
    for bin in &tested.calibration.pit {
        assert!((bin.terms.unwrap().value - 0.1).abs() < 0.025, "{bin:?}");
    }
    let held = tested.folds.iter().filter(|fold| fold.total.is_inside() == Some(true)).count();
    assert!(held >= 9, "{held} of 12 totals inside");
    // nothing moves, so the still model may be as good; the raw ones may not
    for model in &tested.models[1..4] {
        assert!(model.behind.unwrap().deviation(0.0) > 2.0, "{:?} {:?}", model.model, model.behind);
    }
    assert!(tested.models[4].behind.unwrap().value.abs() < 0.01);
}

#[test]
fn a_simulated_account_is_covered() {
    let settings = SimulateSettings { terms: 250, weeks: 40, drift: 0.0, ..SimulateSettings::default() };
    let counts = simulate(&settings).unwrap().observation.to_counts();
    let tested = backtest(&counts, &BacktestSettings::default()).unwrap();
    let terms = tested.ours().coverage_90_terms.unwrap();
    assert!((0.87..=0.93).contains(&terms.value), "{terms:?}");
    let clicks = tested.ours().coverage_90_clicks.unwrap();
    assert!((0.85..=0.97).contains(&clicks.value), "{clicks:?}");
}

/// Thin terms over eight weeks, a conversion for every other click; `once`: no click converts twice.
fn marketplace(seed: u64, once: bool) -> Counts {
    let term = |term: u64| {
        let mut stream = Stream::new(seed, term);
        let rate = if once { (0.48 + 0.12 * stream.normal()).clamp(0.05, 0.95) } else { 0.04 * stream.gamma(12.0) };
        let size = (stream.normal() + 1.2).exp();
        let week = |_| {
            let clicks = stream.poisson(size);
            (clicks, if once { stream.binomial(clicks, rate) } else { stream.poisson(clicks * rate) })
        };
        (0..8).map(week).collect()
    };
    weekly(&(0..105).map(term).collect::<Vec<_>>())
}

#[test]
fn thin_accounts_with_high_rates_are_covered() {
    for once in [true, false] {
        let shares = (0..12).map(|seed| {
            let tested = backtest(&marketplace(seed, once), &BacktestSettings::default()).unwrap();
            let row = tested.coverage_of(Band::All, 0.9).unwrap();
            [row.terms.unwrap().value, row.raw_clicks_inside.unwrap().value]
        });
        let [terms, clicks] =
            shares.fold([0.0; 2], |sum, [terms, clicks]| [sum[0] + terms / 12.0, sum[1] + clicks / 12.0]);
        // some 3,600 term-weeks: a standard error of 0.005 by terms, of 0.01 by clicks
        assert!((0.88..0.94).contains(&terms), "once {once}: {terms} of terms");
        assert!((0.86..0.95).contains(&clicks), "once {once}: {clicks} of clicks");
    }
}

#[test]
fn late_reports_are_told_and_leave_the_clicks_as_they_came() {
    let counts = marketplace(1, true);
    let late = DelaySettings::with_table(vec![0.5, 0.8, 1.0]).unwrap();
    let estimate = EstimateSettings { delay: late, ..EstimateSettings::default() };
    for (settings, is_told) in
        [(BacktestSettings { estimate, ..BacktestSettings::default() }, true), (BacktestSettings::default(), false)]
    {
        let tested = backtest(&counts, &settings).unwrap();
        assert_eq!(tested.notes.0.iter().any(|note| note.code == "reported-since"), is_told);
        for fold in &tested.folds {
            assert_eq!(fold.total.clicks, fold.clicks.iter().sum::<f64>());
        }
    }
}

#[test]
fn folds_are_the_last_complete_periods_after_the_first_ones() {
    let mut counts = weekly(&still(5, 20, 1));
    let periods = |counts: &Counts, folds, min_train| {
        folds::origins(counts, &BacktestSettings { folds, min_train, ..BacktestSettings::default() })
    };
    assert_eq!(periods(&counts, 100, None).unwrap(), (7..20).collect::<Vec<_>>());
    assert_eq!(periods(&counts, 3, None).unwrap(), [17, 18, 19]);
    assert_eq!(periods(&counts, 100, Some(18)).unwrap(), [18, 19]);
    counts.calendar.periods[19].complete = false;
    assert_eq!(periods(&counts, 3, None).unwrap(), [16, 17, 18]);
}

#[test]
fn refusals_say_what_to_do() {
    let refused = |counts: &Counts, settings: BacktestSettings| {
        let error = backtest(counts, &settings).unwrap_err();
        (error.to_string(), error.hint().expect("a hint"), error.exit_code())
    };
    let short = weekly(&still(5, 4, 1));
    let (message, hint, code) = refused(&short, BacktestSettings::default());
    assert_eq!(message, "4 complete weeks can't be backtested: 4 come before the first forecast, so 5 are needed");
    assert!(hint.contains("`--period day`") && hint.contains("`--min-train`"));
    assert_eq!(code, 3);
    let mut undated = short.clone();
    undated.calendar.unit = PeriodUnit::Undated { days: None };
    let (_, hint, code) = refused(&undated, BacktestSettings::default());
    assert!(hint.contains("`date`") && code == 3);
    let mut idle = still(5, 10, 1);
    for term in &mut idle {
        term[4..].fill((0.0, 0.0));
    }
    let (message, _, code) = refused(&weekly(&idle), BacktestSettings::default());
    assert!(message.contains("no term has a click") && code == 3);
    for settings in [
        BacktestSettings { folds: 0, ..BacktestSettings::default() },
        BacktestSettings { min_train: Some(0), ..BacktestSettings::default() },
    ] {
        assert_eq!(refused(&short, settings).2, 2);
    }
    let level = EstimateSettings { level: 2.0, ..EstimateSettings::default() };
    let settings = BacktestSettings { estimate: level, ..BacktestSettings::default() };
    assert_eq!(refused(&weekly(&still(5, 10, 1)), settings).2, 2);
}

#[test]
fn a_count_that_outweighs_all_others_is_named() {
    let mut cells = still(40, 12, 3);
    let told = |cells: &[Vec<(f64, f64)>]| {
        let tested = backtest(&weekly(cells), &BacktestSettings::default()).unwrap();
        tested.notes.0.into_iter().find(|note| note.code == "lone-outcome").map(|note| note.message)
    };
    assert_eq!(told(&cells), None);
    cells[7][10] = (10.0, 1e9);
    let message = told(&cells).unwrap();
    assert!(
        message.contains("`term 00007` with 1000000000 conversions on 10 clicks in the period of 2024-03-11"),
        "{message}"
    );
}

#[test]
fn terms_without_a_past_are_a_band_of_their_own() {
    let mut cells = still(60, 12, 3);
    for term in &mut cells[..20] {
        term[..10].fill((0.0, 0.0));
        term[10] = (10.0, 1.0);
    }
    let tested = backtest(&weekly(&cells), &BacktestSettings::default()).unwrap();
    assert_eq!(tested.unseen, 20);
    let row = tested.coverage_of(Band::Unseen, 0.9).unwrap();
    assert_eq!((row.forecasts, row.clicks, row.actual), (20, 200.0, 20.0));
    assert!(tested.notes.0.iter().any(|note| note.code == "unseen-terms" && note.count == 20));
    let bands: usize = [Band::UpToTenth, Band::UpToOne, Band::UpToTen, Band::UpToHundred, Band::Hundreds]
        .iter()
        .filter_map(|&band| tested.coverage_of(band, 0.9))
        .map(|row| row.forecasts)
        .sum();
    assert_eq!(bands, tested.forecasts);
}
