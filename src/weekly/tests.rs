//! Guards on weeks that are made up: each is told in its week, and calm weeks are not.

mod apart;
mod promises;

use super::*;
use crate::domain::Date;
use chrono::Days;

const MONDAY: &str = "2026-01-05";

/// Weeks with about 1,000 clicks, 50 conversions and 400 of spend, each a little different.
fn calm(weeks: usize) -> Vec<WeekTotals> {
    let first: Date = MONDAY.parse().unwrap();
    (0..weeks)
        .map(|week| {
            let start = first + Days::new(7 * week as u64);
            // no two alike, and none far from the others
            let wave = 1.0 + 0.04 * (week as f64 * 2.1).sin();
            WeekTotals {
                start: Some(start),
                last: Some(start + Days::new(6)),
                complete: true,
                rows: 40 + week % 3,
                impressions: None,
                clicks: (1000.0 * wave).round(),
                cost: Some(400.0 * wave * (1.0 + 0.02 * (week as f64).cos())),
                conversions: (50.0 * wave + 3.0 * (week as f64 * 1.3).sin()).round(),
                revenue: Some(50.0 * wave * 80.0),
            }
        })
        .collect()
}

fn found_with<'a>(weeks: &'a [WeekTotals], due: Date, change: impl FnOnce(&mut Watched<'a>)) -> Vec<Guard> {
    let mut watched = Watched {
        weeks,
        left_out: &[false; 64][..weeks.len()],
        apart: &[false; 64][..weeks.len()],
        prices: &[],
        reported: &[1.0; 64][..weeks.len()],
        first_seen: &[],
        due,
        baseline_weeks: 4,
        currency: [Some("EUR"), Some("EUR")],
    };
    change(&mut watched);
    watch(&watched, &GuardSettings::default()).into_iter().map(|finding| finding.guard).collect()
}

fn found(weeks: &[WeekTotals]) -> Vec<Guard> {
    found_with(weeks, weeks[weeks.len() - 1].last.unwrap(), |_| ())
}

#[test]
fn calm_weeks_hold_nothing() {
    for weeks in 1..40 {
        assert_eq!(found(&calm(weeks)), [], "{weeks}");
    }
}

#[test]
fn a_week_that_is_not_there_or_not_whole_is_told() {
    let weeks = calm(20);
    let due = weeks[19].last.unwrap();
    assert_eq!(found_with(&weeks[..19], due, |_| ()), [Guard::StaleWeek]);
    assert_eq!(found_with(&[], due, |_| ()), [Guard::StaleWeek]);
    let mut cut = weeks.clone();
    cut[19].complete = false;
    assert_eq!(found_with(&cut, due, |_| ()), [Guard::PartialWeek]);
    // weeks that begin on another day than the config has it end up to six days earlier
    assert_eq!(found_with(&weeks, due + Days::new(6), |_| ()), []);
    assert_eq!(found_with(&weeks, due + Days::new(7), |_| ()), [Guard::StaleWeek]);
}

#[test]
fn a_gap_among_the_weeks_of_the_baseline_is_told() {
    let mut weeks = calm(20);
    weeks[17] = WeekTotals { rows: 0, clicks: 0.0, cost: Some(0.0), conversions: 0.0, revenue: Some(0.0), ..weeks[17] };
    assert_eq!(found(&weeks), [Guard::MissingWeek]);
    assert_eq!(found(&weeks[..20]), [Guard::MissingWeek]);
    let mut later = calm(24);
    later[17] = weeks[17];
    assert_eq!(found(&later), [], "long ago");
}

#[test]
fn conversions_that_collapse_while_clicks_hold_are_told_and_a_quiet_week_is_not() {
    let mut weeks = calm(20);
    weeks[19].conversions = 10.0;
    assert_eq!(
        found(&weeks),
        [Guard::TrackingBreak, Guard::ValueRange],
        "revenue of a conversion is five times as high"
    );
    weeks[19].revenue = Some(10.0 * 80.0);
    assert_eq!(found(&weeks), [Guard::TrackingBreak]);
    // sales fall with the clicks
    let mut quiet = calm(20);
    (quiet[19].clicks, quiet[19].conversions, quiet[19].revenue) = (400.0, 8.0, Some(640.0));
    quiet[19].cost = Some(160.0);
    assert!(!found(&quiet).contains(&Guard::TrackingBreak));
    // few conversions fall by chance
    let mut few = calm(20);
    for week in &mut few {
        week.conversions = (week.conversions / 25.0).round();
    }
    few[19].conversions = 0.0;
    assert!(!found(&few).contains(&Guard::TrackingBreak));
}

#[test]
fn late_reports_are_no_break_where_they_are_known_or_always_so() {
    let mut weeks = calm(20);
    weeks[19].conversions *= 0.4;
    weeks[19].revenue = weeks[19].revenue.map(|revenue| 0.4 * revenue);
    assert_eq!(found(&weeks), [Guard::TrackingBreak]);
    let mut reported = vec![1.0; 20];
    reported[19] = 0.4;
    assert_eq!(found_with(&weeks, weeks[19].last.unwrap(), |watched| watched.reported = &reported), []);
    // nobody gave the lag, and no run has seen a week before: the week before tells, unless it broke itself
    let ladder = |shares: [f64; 3]| {
        let mut weeks = calm(20);
        for week in &mut weeks {
            (week.clicks, week.conversions) = (10.0 * week.clicks, 10.0 * week.conversions);
            (week.cost, week.revenue) = (week.cost.map(|cost| 10.0 * cost), week.revenue.map(|sum| 10.0 * sum));
        }
        for (week, share) in weeks[17..].iter_mut().zip(shares) {
            week.conversions = (share * week.conversions).round();
            week.revenue = week.revenue.map(|revenue| share * revenue);
        }
        found(&weeks)
    };
    assert_eq!(ladder([0.7, 0.55, 0.33]), []);
    assert_eq!(ladder([0.7, 0.55, 0.05]), [Guard::TrackingBreak]);
    assert_eq!(ladder([1.0, 1.0, 0.33]), [Guard::TrackingBreak]);
    assert_eq!(ladder([1.0, 0.05, 0.02]), [Guard::TrackingBreak]);
    // runs saw every week when it was as young as this one
    let seen: Vec<WeekTotals> =
        calm(19).into_iter().map(|week| WeekTotals { conversions: 0.4 * week.conversions, ..week }).collect();
    assert_eq!(found_with(&weeks, weeks[19].last.unwrap(), |watched| watched.first_seen = &seen), []);
}

#[test]
fn prices_spend_and_rows_out_of_range_are_told_once() {
    let mut weeks = calm(24);
    for week in &mut weeks[19..] {
        week.cost = week.cost.map(|cost| 1.35 * cost);
    }
    assert_eq!(found(&weeks[..19]), []);
    assert_eq!(found(&weeks[..20]), [Guard::PriceRange]);
    for end in 21..=24 {
        assert_eq!(found(&weeks[..end]), [], "week {end} is at the new level");
    }
    let mut slip = calm(21);
    slip[19].cost = slip[19].cost.map(|cost| 10.0 * cost);
    slip[19].rows = 12;
    assert_eq!(found(&slip[..20]), [Guard::SpendRange, Guard::RowsRange, Guard::PriceRange]);
    assert_eq!(found(&slip), [], "the week after is as always");
}

#[test]
fn another_currency_is_told_and_guards_can_be_switched_off() {
    let weeks = calm(20);
    let due = weeks[19].last.unwrap();
    assert_eq!(found_with(&weeks, due, |watched| watched.currency = [Some("USD"), Some("EUR")]), [Guard::Currency]);
    assert_eq!(found_with(&weeks, due, |watched| watched.currency = [Some("USD"), None]), []);
    let (left_out, reported) = (vec![false; 19], vec![1.0; 19]);
    let watched = Watched {
        weeks: &weeks[..19],
        left_out: &left_out,
        apart: &left_out,
        reported: &reported,
        first_seen: &[],
        due,
        baseline_weeks: 4,
        currency: [None, None],
        prices: &[],
    };
    let settings = GuardSettings { off: vec![Guard::StaleWeek], ..GuardSettings::default() };
    assert_eq!(watch(&watched, &settings), []);
}

#[test]
fn a_week_that_a_person_left_out_is_not_judged() {
    let mut weeks = calm(20);
    weeks[19].conversions = 0.0;
    weeks[19].cost = Some(9000.0);
    let mut left_out = vec![false; 20];
    left_out[19] = true;
    assert_eq!(found_with(&weeks, weeks[19].last.unwrap(), |watched| watched.left_out = &left_out), []);
    // nor does it tell what is usual
    let mut more = calm(21);
    more[19] = weeks[19];
    left_out.push(false);
    assert_eq!(found_with(&more, more[20].last.unwrap(), |watched| watched.left_out = &left_out), []);
}

#[test]
fn a_week_counted_twice_is_told_also_where_the_season_swings() {
    // a season that takes volume up and down by half
    let mut weeks = calm(30);
    for (at, week) in weeks.iter_mut().enumerate() {
        week.clicks = (week.clicks * (1.0 + 0.33 * (at as f64 * 0.35).sin())).round();
        week.impressions = Some(20.0 * week.clicks);
        week.cost = Some(0.4 * week.clicks);
        (week.conversions, week.revenue) = (0.05 * week.clicks, Some(4.0 * week.clicks));
    }
    let (mut caught, mut rising) = (0, 0);
    for last in 12..30 {
        let own = &mut weeks[..=last].to_vec();
        assert!(!found(own).contains(&Guard::VolumeRange), "{last}");
        let twice = &mut own[last];
        twice.clicks *= 2.0;
        twice.impressions = twice.impressions.map(|count| 2.0 * count);
        let told = found(own).contains(&Guard::VolumeRange);
        own[last].impressions = own[last].impressions.map(|count| 0.5 * count);
        assert!(!found(own).contains(&Guard::VolumeRange), "clicks alone");
        // at the foot of a long slope two thirds more is what the season did
        if (last as f64 * 0.35).sin() >= 0.0 {
            (caught, rising) = (caught + usize::from(told), rising + 1);
        }
    }
    assert!(3 * caught >= 2 * rising, "{caught} of {rising}");
}

#[test]
fn a_price_that_moves_for_all_terms_at_once_is_told_once() {
    let weeks = calm(20);
    let due = weeks[19].last.unwrap();
    let wave = |at: usize| 1.0 + 0.008 * (at as f64 * 1.7).sin();
    let levels = |slip: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..20).map(|at| wave(at) * slip(at)).collect() };
    let with = |levels: &[f64], error: f64| {
        let levels: Vec<PriceLevel> = levels.iter().map(|&ratio| PriceLevel { ratio, error }).collect();
        found_with(&weeks, due, |watched| watched.prices = &levels.leak()[..])
    };
    let told = |levels: &[f64]| with(levels, 0.01);
    assert_eq!(told(&levels(&|_| 1.0)), []);
    for factor in [1.1, 0.9] {
        assert_eq!(told(&levels(&|at| if at == 19 { factor } else { 1.0 })), [Guard::PriceShift], "{factor}");
        // a level that stays was told in its week, and one that comes back is no news
        assert_eq!(told(&levels(&|at| if at >= 18 { factor } else { 1.0 })), []);
        assert_eq!(told(&levels(&|at| if at == 18 { factor } else { 1.0 })), []);
    }
    assert_eq!(told(&levels(&|at| if at == 19 { 1.05 } else { 1.0 })), [], "small moves happen");
    // few terms do not know their step to a tenth
    let slipped = levels(&|at| if at == 19 { 1.1 } else { 1.0 });
    assert_eq!((with(&slipped, 0.02), with(&slipped, 0.03)), (vec![Guard::PriceShift], vec![]));
}
