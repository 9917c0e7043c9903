//! What forecasts are judged by, and which weeks are evidence.

use super::super::*;

#[test]
fn promises_are_pooled_over_the_last_reviewed_weeks() {
    let review = |conversions: f64| Review { conversions_forecast: 100.0, conversions, ..Review::default() };
    let settings = GuardSettings::default();
    let ask = |came: &[f64]| {
        let reviews: Vec<Review> = came.iter().map(|came| review(*came)).collect();
        promises(&reviews.iter().collect::<Vec<_>>(), &settings).map(|finding| finding.figure.unwrap())
    };
    assert_eq!(ask(&[]), None);
    assert_eq!(ask(&[98.0, 103.0, 95.0, 60.0]), None, "one weak week");
    assert_eq!(ask(&[10.0, 98.0, 103.0, 95.0, 100.0]), None, "long ago");
    let ratio = ask(&[60.0, 65.0, 62.0, 61.0]).unwrap();
    assert!((ratio - 0.62).abs() < 1e-12);
    // where totals scatter by a quarter beyond a count, four weeks at 0.62 are no surprise
    let noisy: Vec<Review> = [60.0, 65.0, 62.0, 61.0]
        .iter()
        .map(|came| Review {
            conversions_given_clicks: 100.0,
            conversions_p05: Some(55.0),
            conversions_p95: Some(150.0),
            ..review(*came)
        })
        .collect();
    assert_eq!(promises(&noisy.iter().take(1).collect::<Vec<_>>(), &settings), None);
    // a handful says nothing
    let few = [Review { conversions_forecast: 3.0, conversions: 1.0, ..Review::default() }];
    assert_eq!(promises(&few.iter().collect::<Vec<_>>(), &settings), None);
}

#[test]
fn a_week_whose_counts_are_not_what_they_seem_has_no_promise_ratio() {
    let review = Review { conversions_forecast: 647.0, conversions: 970.0, ..Review::default() };
    let ratio = |guard: Guard| {
        let findings = vec![Finding { accepted: true, ..Finding::new(guard, "found", None, None) }];
        Record { review: Some(review.clone()), findings, ..Record::default() }.judged().promise_ratio()
    };
    for guard in [Guard::PartialWeek, Guard::TrackingBreak, Guard::VolumeRange, Guard::Currency] {
        assert_eq!(ratio(guard), None, "{}", guard.name());
    }
    assert_eq!(ratio(Guard::PriceRange), Some(970.0 / 647.0));
}

#[test]
fn spends_that_surely_move_the_other_way_are_told_as_such() {
    let review = |adoption: f64, error: Option<f64>| Review {
        adoption: Some(adoption),
        adoption_error: error,
        ..Review::default()
    };
    assert!(review(-1.24, Some(0.3)).moved_against() && review(-0.1, None).moved_against());
    assert!(!review(-1.24, Some(0.9)).moved_against() && !review(0.2, Some(0.01)).moved_against());
    assert!(!Review::default().moved_against());
}

#[test]
fn what_an_old_plan_promised_holds_no_plan_for_ever() {
    let settings = GuardSettings::default();
    // conversions fell to six tenths for good, and the same plan stays in force as each new one is held
    let review = |ahead: u64, came: f64| Review {
        week: Some("2026-01-05".parse::<crate::domain::Date>().unwrap() + chrono::Days::new(7 * ahead)),
        weeks_ahead: i64::try_from(ahead).unwrap(),
        conversions_forecast: 400.0,
        conversions: came,
        ..Review::default()
    };
    for ahead in 1..=4 {
        assert!(promises(&[&review(ahead, 240.0)], &settings).is_some(), "{ahead}");
    }
    assert_eq!(promises(&[&review(5, 240.0)], &settings), None);
    // weeks before those that are pooled say nothing, whether or not there was a review between
    let (old, now) = (review(1, 100.0), Review { weeks_ahead: 1, ..review(5, 300.0) });
    assert_eq!(promises(&[&old, &now], &settings), None);
    let young = Review { weeks_ahead: 1, ..review(2, 100.0) };
    assert_eq!(promises(&[&old, &young, &now], &settings).unwrap().figure, Some(0.5));
}
