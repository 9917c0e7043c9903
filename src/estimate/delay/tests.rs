#![allow(clippy::suboptimal_flops)] // formulas as they are written

use super::*;
use crate::counts::{Arrival, Calendar, ExportDay, Period, Reports, Triangle};
use crate::domain::Date;
use crate::numeric::stream::Stream;
use crate::simulate::{SimulateSettings, Simulated, exports, simulate};
use chrono::Days;

/// The lag of the worked example.
const SHARES: [f64; 5] = [0.30, 0.55, 0.75, 0.90, 1.0];

fn codes(delay: &Delay) -> Vec<&'static str> {
    delay.notes.0.iter().map(|note| note.code).collect()
}

fn table(shares: &[f64]) -> DelaySettings {
    DelaySettings::with_table(shares.to_vec()).expect("a lag table")
}

fn account(change: impl FnOnce(&mut SimulateSettings)) -> (Simulated, SimulateSettings) {
    let mut settings = SimulateSettings { weeks: 26, delay: 1.0, exports: 12, ..SimulateSettings::default() };
    change(&mut settings);
    (simulate(&settings).expect("the settings are in range"), settings)
}

/// The counts of a simulated account, with the triangle of its exports.
fn with_exports(made: &Simulated, settings: &SimulateSettings) -> Counts {
    let mut counts = made.observation.to_counts();
    let weeks = counts.calendar.periods.len();
    let (days, known): (Vec<ExportDay>, Vec<Vec<f64>>) = exports(made, settings)
        .iter()
        .map(|export| {
            let mut known = vec![0.0; weeks];
            let rows = &export.observation.rows;
            for (&week, conversions) in rows.week.iter().zip(&rows.conversions) {
                known[week as usize] += conversions;
            }
            (ExportDay { reported_on: export.reported_on, covers_from: settings.start }, known)
        })
        .unzip();
    counts.reports = Reports::from_exports(&counts.calendar, &days, &known);
    counts
}

/// A triangle of weeks with so many final conversions each, drawn with the shares by age.
fn drawn(weeks: usize, finals: f64, shares: &[f64], seed: u64) -> Triangle {
    let mut triangle = Triangle::new(weeks, weeks);
    for week in 0..weeks {
        let mut stream = Stream::new(seed, week as u64);
        let (mut known, mut before) = (0.0, 0.0);
        for age in 0..weeks - week {
            let share = shares.get(age).copied().unwrap_or(1.0);
            if share > before {
                known += stream.binomial(finals - known, (share - before) / (1.0 - before));
            }
            before = share;
            triangle.set(week, age, known);
        }
    }
    triangle
}

#[test]
fn lag_tables_that_are_none_are_refused() {
    for shares in [&[][..], &[0.0, 1.0], &[0.5, 0.4], &[0.5, 1.1], &[f64::NAN], &[-0.1]] {
        assert!(DelaySettings::with_table(shares.to_vec()).is_err(), "{shares:?}");
    }
}

#[test]
fn a_lag_table_is_laid_over_the_last_weeks() {
    // a mean lag of 1.5 weeks: 27%, 63%, 81%, 90% at the ages of the table
    let (made, _) = account(|settings| settings.delay = 1.5);
    let delay = completion(&made.observation.to_counts(), &table(&SHARES));
    assert_eq!(delay.source, DelaySource::LagTable);
    assert_eq!(delay.completion.len(), 26);
    assert_eq!(delay.completion[21..], [1.0, 0.90, 0.75, 0.55, 0.30]);
    assert!(delay.completion[..21].iter().all(|&share| share == 1.0));
    assert_eq!((delay.sd.as_ref(), delay.measured_on), (None, None));
    assert_eq!(codes(&delay), ["delay-table-used"]);
    let note = &delay.notes.0[0];
    assert_eq!(note.count, 4);
    assert!(note.message.contains("the last 4 weeks: 30% of the newest one's"), "{}", note.message);
}

#[test]
fn a_week_that_has_not_ended_is_of_age_zero() {
    let (made, _) = account(|_| ());
    let mut counts = made.observation.to_counts();
    counts.calendar.as_of = counts.calendar.as_of.map(|sunday| sunday - Days::new(3));
    let delay = completion(&counts, &table(&SHARES));
    // Thursday: the last week goes on, the one before ended four days ago
    assert_eq!(delay.completion[22..], [0.75, 0.55, 0.30, 0.30]);
}

#[test]
fn the_simulated_lag_is_recovered_from_exports() {
    let (made, settings) = account(|_| ());
    let truth = &made.truth.reporting.as_ref().expect("has a delay").completion;
    let delay = completion(&with_exports(&made, &settings), &DelaySettings::default());
    assert_eq!(delay.source, DelaySource::Exports);
    let sd = delay.sd.as_ref().expect("was measured");
    let conversions = delay.measured_on.expect("was measured");
    assert!(conversions > 10_000.0, "{conversions}");
    for age in 0..8 {
        let (share, error) = (delay.completion[25 - age], sd[25 - age]);
        assert!((share - truth[age]).abs() < 4.0 * error + 1e-3, "age {age}: {share} for {}", truth[age]);
        assert!((share / truth[age] - 1.0).abs() < 0.03, "age {age}: {share} for {}", truth[age]);
    }
    assert!(delay.completion.is_sorted_by(|a, b| a >= b));
    assert_eq!(codes(&delay), ["delay-measured"]);
}

#[test]
fn counting_error_is_as_stated() {
    let (mut squares, mut stated) = (0.0, 0.0);
    for seed in 0..400 {
        let ladder = Ladder::new(&drawn(12, 60.0, &SHARES, seed)).expect("has conversions");
        squares += (ladder.completion[0] - 0.30).powi(2) / 400.0;
        stated += ladder.sd[0].powi(2) / 400.0;
    }
    // the prior shrinks a little, so the error is rather below what is stated
    assert!((0.75..1.2).contains(&(squares / stated)), "{}", squares / stated);
}

#[test]
fn small_counts_lean_on_the_common_course() {
    // chain ladder without a prior
    let plain = |triangle: &Triangle| -> f64 {
        let ratio = |age: usize| {
            let both =
                (0..triangle.periods()).filter_map(|week| triangle.known(week, age).zip(triangle.known(week, age + 1)));
            let (young, old) = both.fold((0.0, 0.0), |sum, (young, old)| (sum.0 + young, sum.1 + old));
            if old > 0.0 { young / old } else { 1.0 }
        };
        (0..triangle.ages() - 1).map(ratio).product()
    };
    let errors = |finals: f64| {
        (0..200).fold((0.0, 0.0), |sum, seed| {
            let triangle = drawn(8, finals, &SHARES, seed);
            let ladder = Ladder::new(&triangle).expect("has conversions");
            assert!(ladder.completion[0] > 0.0 && ladder.completion[0] < 1.0);
            (sum.0 + (ladder.completion[0] - 0.30).powi(2), sum.1 + (plain(&triangle) - 0.30).powi(2))
        })
    };
    // two conversions a week in eight weeks, and two thousand
    let (few, few_plain) = errors(2.0);
    assert!(few < 0.8 * few_plain, "{few} and {few_plain}");
    let (many, many_plain) = errors(2_000.0);
    assert!((many / many_plain - 1.0).abs() < 0.2, "{many} and {many_plain}");
}

#[test]
fn exports_without_a_delay_find_none() {
    let (made, settings) = account(|settings| settings.delay = 0.0);
    let delay = completion(&with_exports(&made, &settings), &DelaySettings::default());
    assert!(delay.completion.iter().all(|&share| share > 0.999 && share <= 1.0), "{:?}", delay.completion);
}

#[test]
fn young_weeks_do_not_bias_the_lag_by_dates() {
    // clicks and conversions with their dates, all that is known at the end of the tenth week
    let start = Date::from_ymd_opt(2024, 1, 1).expect("a date");
    let (weeks, finals) = (10_u32, 4_000.0);
    let mut arrivals = Vec::new();
    for week in 0..weeks {
        let mut before = 0.0;
        for (age, share) in SHARES.iter().enumerate() {
            let known_on = start + Days::new(7 * (u64::from(week) + age as u64) + 6);
            arrivals.push(Arrival { period: week, known_on, conversions: finals * (share - before) });
            before = *share;
        }
    }
    let known_on = start + Days::new(69);
    let period = |week: u64| Period {
        start: Some(start + Days::new(7 * week)),
        end: Some(start + Days::new(7 * week + 7)),
        complete: true,
    };
    let calendar = Calendar { periods: (0..10).map(period).collect(), as_of: Some(known_on), ..Calendar::default() };
    // all lags that are seen, without regard to how long a week could be seen, are too short
    let seen: Vec<&Arrival> = arrivals.iter().filter(|arrival| arrival.known_on <= known_on).collect();
    let of_age = |age: i64| {
        let lag = |arrival: &&&Arrival| (arrival.known_on - start).num_days() / 7 - i64::from(arrival.period) == age;
        seen.iter().filter(lag).map(|arrival| arrival.conversions).sum::<f64>()
    };
    let naive = of_age(0) / (0..5).map(of_age).sum::<f64>();
    assert!(naive > 0.34, "{naive}");
    let reports = Reports::from_lags(&calendar, known_on, &arrivals);
    let counts = Counts { calendar, reports, ..Counts::default() };
    let delay = completion(&counts, &DelaySettings::default());
    assert_eq!(delay.source, DelaySource::ConversionDates);
    for (age, share) in SHARES.iter().enumerate() {
        // the prior of twenty conversions moves a share measured on thousands by less than this
        assert!((delay.by_age[age] - share).abs() < 2e-3, "age {age}: {} for {share}", delay.by_age[age]);
    }
}

#[test]
fn ignoring_the_delay_biases_a_short_window_and_exposure_does_not() {
    let (rate, clicks) = (0.03, 400_000.0);
    let ratio = |window: usize, corrected: bool| {
        let mut stream = Stream::new(5, window as u64);
        let (mut conversions, mut exposure) = (0.0, 0.0);
        for age in 0..window {
            let share = SHARES.get(age).copied().unwrap_or(1.0);
            conversions += stream.binomial(clicks, rate * share);
            exposure += clicks * if corrected { share } else { 1.0 };
        }
        conversions / exposure / rate - 1.0
    };
    // (0.30 + 0.55 + 0.75 + 0.90) / 4 − 1 and (8 + 2.5) / 12 − 1
    assert!((ratio(4, false) + 0.375).abs() < 0.015, "{}", ratio(4, false));
    assert!((ratio(12, false) + 0.125).abs() < 0.01, "{}", ratio(12, false));
    assert!(ratio(4, true).abs() < 0.02 && ratio(12, true).abs() < 0.01);
}

#[test]
fn measured_shares_correct_a_simulated_window() {
    let (made, settings) = account(|settings| (settings.drift, settings.delay) = (0.0, 2.0));
    let counts = with_exports(&made, &settings);
    let delay = completion(&counts, &DelaySettings::default());
    let (mut expected, mut corrected, mut conversions) = (0.0, 0.0, 0.0);
    for term in 0..counts.terms.len() {
        for cell in counts.cells.offsets[term]..counts.cells.offsets[term + 1] {
            let week = counts.cells.period[cell] as usize;
            if week >= 22 {
                let mean = counts.cells.clicks[cell] * made.truth.cvr[term];
                expected += mean;
                corrected += mean * delay.completion[week];
                conversions += counts.cells.conversions[cell];
            }
        }
    }
    assert!(conversions / expected < 0.62, "{}", conversions / expected);
    assert!((conversions / corrected - 1.0).abs() < 0.05, "{}", conversions / corrected);
}

#[test]
fn a_lag_table_far_from_the_reports_is_told() {
    let (made, settings) = account(|_| ());
    let counts = with_exports(&made, &settings);
    assert_eq!(
        codes(&completion(&counts, &table(&[0.9, 1.0]))),
        ["delay-differs", "delay-table-used", "delay-table-doubtful"]
    );
    let delay = completion(&counts, &table(&[0.37, 0.77, 0.91, 0.97]));
    assert_eq!(codes(&delay), ["delay-table-used", "delay-table-ends-early"]);
    let message = &delay.notes.0[1].message;
    assert!(message.contains("ends at 97%: a week that is 4 weeks or more past its end"), "{message}");
}

#[test]
fn a_lag_table_that_finished_weeks_contradict_is_told() {
    let (made, _) = account(|settings| settings.delay = 0.0);
    let counts = made.observation.to_counts();
    let delay = completion(&counts, &table(&SHARES));
    assert_eq!(codes(&delay), ["delay-table-used", "delay-table-doubtful"]);
    let note = &delay.notes.0[1];
    assert_eq!(note.count, 4);
    // clicks are nearly the same every week: 4 / (0.30 + 0.55 + 0.75 + 0.90) = 1.6
    let times: f64 =
        note.message.split("have ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
    assert!((1.4..1.8).contains(&times) && note.message.contains("less is outstanding"), "{}", note.message);
    // the user says that all is finished, and so it looks
    let delay = completion(&counts, &table(&[1.0]));
    assert_eq!(codes(&delay), ["delay-table-used"]);
    assert!(delay.notes.0[0].message.contains("every week as finished"));
}

#[test]
fn a_right_lag_table_is_rarely_doubted() {
    let doubted = |seed: u64| {
        let (made, _) = account(|settings| {
            (settings.terms, settings.weeks, settings.seed, settings.delay) = (80, 16, seed, 1.0);
        });
        let truth = made.truth.reporting.as_ref().unwrap().completion[..5].to_vec();
        codes(&completion(&made.observation.to_counts(), &table(&truth))).contains(&"delay-table-doubtful")
    };
    let alarms = (0..100).filter(|&seed| doubted(seed)).count();
    assert!(alarms <= 4, "{alarms} of 100 false alarms at a level of 1%");
}

#[test]
fn reports_that_end_before_the_lag_does_are_told() {
    let (made, settings) = account(|settings| (settings.weeks, settings.exports, settings.delay) = (6, 6, 4.0));
    let delay = completion(&with_exports(&made, &settings), &DelaySettings::default());
    assert_eq!(codes(&delay), ["delay-measured", "delay-tail"]);
    assert_eq!(delay.by_age.last(), Some(&1.0));
}

#[test]
fn conversions_taken_back_count_as_no_change() {
    let mut triangle = Triangle::new(2, 2);
    triangle.set(0, 0, 50.0);
    triangle.set(0, 1, 40.0);
    let ladder = Ladder::new(&triangle).expect("has conversions");
    assert_eq!((ladder.fell, ladder.conversions), (1, 40.0));
    assert!(ladder.completion[0] > 0.98 && ladder.completion[0] <= 1.0);
}

#[test]
fn nothing_known_is_said() {
    let (made, _) = account(|settings| settings.delay = 0.0);
    let delay = completion(&made.observation.to_counts(), &DelaySettings::default());
    assert_eq!((delay.source, codes(&delay)), (DelaySource::None, vec!["delay-unknown"]));
    assert!(delay.completion.iter().all(|&share| share == 1.0) && delay.sd.is_none());
    // a single export has nothing to compare with
    let (made, settings) = account(|settings| settings.exports = 1);
    let delay = completion(&with_exports(&made, &settings), &DelaySettings::default());
    assert_eq!(codes(&delay), ["delay-not-measured", "recent-weeks-low"]);
}

#[test]
fn weeks_that_look_unfinished_are_told_and_others_rarely() {
    let low = |seed: u64, delay: f64| {
        let (made, _) = account(|settings| {
            (settings.terms, settings.weeks, settings.seed, settings.delay) = (80, 16, seed, delay);
        });
        codes(&completion(&made.observation.to_counts(), &DelaySettings::default())).contains(&"recent-weeks-low")
    };
    assert!((0..20).all(|seed| low(seed, 1.0)));
    let alarms = (0..200).filter(|&seed| low(seed, 0.0)).count();
    assert!(alarms <= 4, "{alarms} of 200 false alarms at a level of 1%");
}

#[test]
fn undated_counts_are_finished() {
    let mut counts = Counts::default();
    counts.calendar.unit = PeriodUnit::Undated { days: None };
    counts.calendar.periods = vec![Period::default()];
    let delay = completion(&counts, &DelaySettings::default());
    assert_eq!((delay.completion.as_slice(), codes(&delay).len()), (&[1.0][..], 0));
    assert_eq!(codes(&completion(&counts, &table(&SHARES))), ["delay-ignored"]);
    assert!(completion(&Counts::default(), &DelaySettings::default()).completion.is_empty());
}
