use super::*;
use crate::counts::{Period, PeriodUnit};
use chrono::Days;

fn day(number: u64) -> Date {
    Date::from_ymd_opt(2024, 1, 1).expect("a date") + Days::new(number)
}

/// Weeks from Monday, 1 January 2024; `as_of` counts days from there.
fn weeks(count: u64, as_of: u64) -> Calendar {
    let week = |week: u64| Period { start: Some(day(7 * week)), end: Some(day(7 * week + 7)), complete: true };
    Calendar { unit: PeriodUnit::Week, periods: (0..count).map(week).collect(), as_of: Some(day(as_of)) }
}

fn rows(triangle: &Triangle) -> Vec<Vec<Option<f64>>> {
    (0..triangle.periods()).map(|w| (0..triangle.ages()).map(|d| triangle.known(w, d)).collect()).collect()
}

#[test]
fn ages_are_whole_periods_since_the_end() {
    assert_eq!(weeks(3, 20).ages(), [Some(2), Some(1), Some(0)]);
    // Wednesday of the third week: it has not ended, and the second is not a week old yet
    assert_eq!(weeks(3, 16).ages(), [Some(1), Some(0), Some(0)]);
    assert_eq!(weeks(3, 25).ages(), [Some(2), Some(1), Some(0)]);
    let undated = Calendar { periods: vec![Period::default()], ..Calendar::default() };
    assert_eq!(undated.ages(), [None]);
}

#[test]
fn exports_fill_the_triangle_from_its_diagonals() {
    let export = |on| ExportDay { reported_on: day(on), covers_from: day(0) };
    let known = [vec![3.0, 0.0, 0.0], vec![5.0, 4.0, 0.0], vec![6.0, 7.0, 2.0]];
    let reports = Reports::from_exports(&weeks(3, 20), &[export(6), export(13), export(20)], &known);
    let expected = [[Some(3.0), Some(5.0), Some(6.0)], [Some(4.0), Some(7.0), None], [Some(2.0), None, None]];
    assert_eq!(rows(&reports.triangle), expected);
    assert_eq!((reports.ages, reports.known_on), (vec![2, 1, 0], Some(day(20))));
}

#[test]
fn an_export_of_the_last_weeks_says_nothing_of_the_weeks_before() {
    let export = |on, from| ExportDay { reported_on: day(on), covers_from: day(from) };
    // the second export has no first week, and begins in the middle of the second
    let known = [vec![3.0, 4.0, 0.0], vec![3.0, 6.0, 5.0]];
    let reports = Reports::from_exports(&weeks(3, 20), &[export(13, 0), export(20, 9)], &known);
    assert_eq!(rows(&reports.triangle), [[None, Some(3.0)], [Some(4.0), None], [Some(5.0), None]]);
    assert_eq!(reports.ages, [1, 0, 0]);
}

#[test]
fn exports_of_other_weekdays_count_for_the_nearest_age() {
    let export = |on| ExportDay { reported_on: day(on), covers_from: day(0) };
    // Wednesdays, one of them a day late, and a Saturday that is farther off
    let known = [vec![3.0, 0.0], vec![5.0, 2.0], vec![9.0, 3.0], vec![6.0, 4.0]];
    let reports = Reports::from_exports(&weeks(2, 13), &[export(9), export(17), export(19), export(23)], &known);
    assert_eq!(rows(&reports.triangle), [[Some(3.0), Some(5.0), Some(6.0)], [Some(2.0), Some(4.0), None]]);
}

#[test]
fn lags_are_only_seen_up_to_the_age_of_their_week() {
    let arrival = |period, on, conversions| Arrival { period, known_on: day(on), conversions };
    let arrivals = [
        arrival(0, 0, 1.0),
        arrival(0, 6, 2.0),
        arrival(0, 7, 4.0),
        arrival(0, 20, 8.0),
        arrival(1, 13, 1.0),
        arrival(1, 20, 2.0),
        arrival(2, 15, 3.0),
        // later than the day looked back from
        arrival(2, 21, 9.0),
    ];
    let reports = Reports::from_lags(&weeks(3, 20), day(20), &arrivals);
    let expected = [[Some(3.0), Some(7.0), Some(15.0)], [Some(1.0), Some(3.0), None], [Some(3.0), None, None]];
    assert_eq!(rows(&reports.triangle), expected);
    assert_eq!(reports.ages, [2, 1, 0]);
    let mut backwards = arrivals;
    backwards.reverse();
    assert_eq!(Reports::from_lags(&weeks(3, 20), day(20), &backwards), reports);
}

#[test]
fn lags_of_a_week_that_has_not_ended_are_left_out() {
    let arrivals = [Arrival { period: 1, known_on: day(8), conversions: 5.0 }];
    let reports = Reports::from_lags(&weeks(2, 9), day(9), &arrivals);
    // Wednesday: every age is three days later, so that the first week is of age 0
    assert_eq!(rows(&reports.triangle), [[Some(0.0)], [None]]);
    assert_eq!(reports.ages, [0, 0]);
}

#[test]
fn undated_periods_have_no_reports() {
    let undated = Calendar { periods: vec![Period::default()], ..Calendar::default() };
    assert_eq!(Reports::from_lags(&undated, day(3), &[]), Reports::default());
    let export = ExportDay { reported_on: day(3), covers_from: day(0) };
    assert_eq!(Reports::from_exports(&undated, &[export], &[vec![1.0]]), Reports::default());
}

#[test]
fn days_age_by_days() {
    let period = |number: u64| Period { start: Some(day(number)), end: Some(day(number + 1)), complete: true };
    let days = Calendar { unit: PeriodUnit::Day, periods: (0..3).map(period).collect(), as_of: Some(day(2)) };
    let arrivals = [Arrival { period: 0, known_on: day(1), conversions: 1.0 }];
    let reports = Reports::from_lags(&days, day(2), &arrivals);
    assert_eq!(rows(&reports.triangle)[0], [Some(0.0), Some(1.0), Some(1.0)]);
}
