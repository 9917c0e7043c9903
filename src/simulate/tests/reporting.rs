use super::{account, sum};
use crate::simulate::{Export, SimulateSettings, Simulated, export_csv, exports, play_week, simulate};
use std::collections::HashMap;

fn delayed(change: impl FnOnce(&mut SimulateSettings)) -> (Simulated, SimulateSettings) {
    let mut settings = SimulateSettings { delay: 1.0, weeks: 30, exports: 6, ..SimulateSettings::default() };
    change(&mut settings);
    (simulate(&settings).expect("the settings are in range"), settings)
}

/// Conversions of every term and week.
fn cells(export: &Export) -> HashMap<(String, u32), (f64, f64, f64)> {
    let (seen, rows) = (&export.observation, &export.observation.rows);
    (0..rows.len())
        .map(|row| {
            let key = format!("{:?}", seen.terms[rows.term[row] as usize].key);
            ((key, rows.week[row]), (rows.clicks[row], rows.conversions[row], rows.revenue[row]))
        })
        .collect()
}

#[test]
fn the_lag_has_the_stated_mean_and_ends_at_one() {
    for delay in [0.05, 0.5, 1.0, 4.0, 26.0] {
        let (made, _) = delayed(|settings| (settings.delay, settings.terms, settings.weeks) = (delay, 1, 6));
        let completion = made.truth.reporting.expect("has a delay").completion;
        assert!(completion.is_sorted() && completion[0] > 0.0);
        assert_eq!(completion.last(), Some(&1.0));
        // Σ (1 − F(d)) is a geometric series whose sum is the mean lag
        let outstanding: f64 = completion.iter().map(|share| 1.0 - share).sum();
        assert!((outstanding - delay).abs() < 1e-6 * (1.0 + delay), "{outstanding} for {delay}");
    }
}

#[test]
fn recent_weeks_are_thinned_as_the_truth_says() {
    for fractional in [false, true] {
        let (made, _) = delayed(|settings| settings.fractional = fractional);
        let reporting = made.truth.reporting.as_ref().expect("has a delay");
        let rows = &made.observation.rows;
        for age in 0..5 {
            let (mut known, mut known_revenue, mut all, mut all_revenue) = (0.0, 0.0, 0.0, 0.0);
            for row in (0..rows.len()).filter(|&row| rows.week[row] as usize == 29 - age) {
                known += rows.conversions[row];
                known_revenue += rows.revenue[row];
                all += reporting.conversions[row];
                all_revenue += reporting.revenue[row];
            }
            let share = reporting.completion[age];
            let error = (share * (1.0 - share) / all).sqrt();
            assert!((known / all - share).abs() < 4.0 * error, "age {age}: {} for {share}", known / all);
            assert!((known_revenue / all_revenue - share).abs() < 8.0 * error);
        }
        let old = |row: &usize| rows.week[*row] < 5;
        assert!((0..rows.len()).filter(old).all(|row| rows.conversions[row] == reporting.conversions[row]));
    }
}

#[test]
fn a_delay_leaves_everything_but_the_reports_as_it_was() {
    let (made, _) = delayed(|_| ());
    let at_once = account(|settings| settings.weeks = 30);
    let reporting = made.truth.reporting.as_ref().expect("has a delay");
    assert_eq!(reporting.conversions, at_once.observation.rows.conversions);
    assert_eq!(reporting.revenue, at_once.observation.rows.revenue);
    assert_eq!(made.observation.rows.cost, at_once.observation.rows.cost);
    assert!(sum(&made.observation.rows.conversions) < sum(&at_once.observation.rows.conversions));
}

#[test]
fn counts_only_grow_from_one_export_to_the_next() {
    for fractional in [false, true] {
        let (made, settings) = delayed(|settings| settings.fractional = fractional);
        let exports = exports(&made, &settings);
        assert_eq!(exports.len(), 6);
        assert_eq!(exports[5].observation, made.observation);
        for pair in exports.windows(2) {
            assert_eq!((pair[1].reported_on - pair[0].reported_on).num_days(), 7);
            let (before, after) = (cells(&pair[0]), cells(&pair[1]));
            let mut grown = 0;
            for (key, (clicks, conversions, revenue)) in &before {
                let now = after[key];
                assert_eq!(now.0, *clicks);
                assert!(now.1 >= *conversions && now.2 >= *revenue, "{key:?}: {now:?} after {conversions}");
                grown += usize::from(now.1 > *conversions);
            }
            assert!(grown > 50, "{grown} cells grew");
        }
    }
}

#[test]
fn an_export_is_the_account_of_that_day() {
    let (made, settings) = delayed(|settings| settings.terms = 150);
    let mut played = made.clone();
    let plan = made.truth.reference_spend.clone();
    play_week(&mut played, &settings, &plan).expect("a full plan");
    let later = exports(&played, &settings);
    // the week played on reports on from where the history stood
    assert_eq!(cells(&later[4]), cells(&exports(&made, &settings)[5]));
    assert!(later[4].observation.terms.iter().all(|term| term.levers.max_cpc.is_some()));
    let text = export_csv(&later[4]);
    assert!(text.lines().next().expect("has a header").ends_with(",currency,reported_on"));
    assert!(text.lines().skip(1).all(|line| line.ends_with(",EUR,2024-07-28")));
}

#[test]
fn without_a_delay_exports_differ_only_in_their_length() {
    let (made, settings) = delayed(|settings| (settings.delay, settings.exports) = (0.0, 2));
    let exports = exports(&made, &settings);
    assert_eq!(made.truth.reporting, None);
    let (before, after) = (cells(&exports[0]), cells(&exports[1]));
    assert!(before.iter().all(|(key, cell)| after[key] == *cell));
}

#[test]
fn reported_counts_are_whole_and_fractions_have_two_digits() {
    for (fractional, per_one) in [(false, 1.0), (true, 100.0)] {
        let (made, _) = delayed(|settings| settings.fractional = fractional);
        let rows = &made.observation.rows;
        for &value in &rows.conversions {
            assert_eq!((value * per_one).round() / per_one, value);
        }
    }
}
