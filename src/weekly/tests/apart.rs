//! Which weeks plans do without, and until when.

use super::*;

/// Weeks that plans do without, by their places, after runs that held them.
fn apart(weeks: &[WeekTotals], past: &[Record]) -> Vec<usize> {
    let none = [false; 64];
    let watched = Watched {
        weeks,
        left_out: &none[..weeks.len()],
        apart: &none[..weeks.len()],
        prices: &[],
        reported: &[1.0; 64][..weeks.len()],
        first_seen: &[],
        due: weeks[weeks.len() - 1].last.unwrap(),
        baseline_weeks: 4,
        currency: [None, None],
    };
    let held = held_weeks(&watched, past, &GuardSettings::default());
    (0..weeks.len()).filter(|&week| held[week].is_some()).collect()
}

/// A run that a guard holds for its last week.
fn held_by(guard: Guard, week: &WeekTotals, accepted: bool) -> Record {
    let findings = vec![Finding { accepted, ..Finding::new(guard, "found", None, None) }];
    let (complete, partial) = if week.complete { (Some(*week), None) } else { (None, Some(*week)) };
    Record { as_of: week.last, week: complete, partial, findings, ..Record::default() }.judged()
}

#[test]
fn a_week_that_broke_is_left_out_until_it_is_accepted_or_reported_anew() {
    let mut weeks = calm(12);
    weeks[8].conversions = 3.0;
    let record = |accepted: bool| held_by(Guard::TrackingBreak, &weeks[8], accepted);
    assert_eq!(apart(&weeks, &[record(false)]), [8]);
    assert_eq!(apart(&weeks, &[record(true)]), [0; 0]);
    let mut anew = weeks.clone();
    anew[8].conversions = 48.0;
    assert_eq!(apart(&anew, &[record(false)]), [0; 0]);
}

#[test]
fn a_level_of_conversions_that_a_person_accepted_is_not_asked_for_again() {
    let mut weeks = calm(20);
    for week in &mut weeks[18..] {
        (week.conversions, week.revenue) = (12.0, Some(12.0 * 80.0));
    }
    assert_eq!(found(&weeks[..19]), [Guard::TrackingBreak]);
    // nobody looked: it is held again, as long as nobody does
    let broken: Vec<bool> = (0..20).map(|at| at == 18).collect();
    let due = weeks[19].last.unwrap();
    assert_eq!(found_with(&weeks, due, |watched| watched.apart = &broken), [Guard::TrackingBreak]);
    assert_eq!(found(&weeks), [], "the week before was accepted");
    // and a further fall is told again
    weeks[19].conversions = 1.0;
    weeks[19].revenue = Some(80.0);
    assert_eq!(found(&weeks), [Guard::TrackingBreak]);
}

#[test]
fn a_week_out_of_its_range_teaches_nothing_until_it_is_put_right_accepted_or_the_level_stays() {
    let dearer = |weeks: &mut [WeekTotals]| {
        for week in weeks {
            week.cost = week.cost.map(|cost| 1.45 * cost);
        }
    };
    let mut weeks = calm(20);
    dearer(&mut weeks[14..15]);
    let record = |accepted: bool| held_by(Guard::PriceRange, &weeks[14], accepted);
    assert_eq!(found(&weeks[..15]), [Guard::PriceRange]);
    // nobody knows yet, and later it was a slip
    for end in [15, 16, 20] {
        assert_eq!(apart(&weeks[..end], &[record(false)]), [14], "{end}");
        assert_eq!(apart(&weeks[..end], &[record(true)]), [0; 0], "{end}");
    }
    assert_eq!(apart(&calm(20), &[record(false)]), [0; 0], "put right");
    // the week after is no news, whether the price comes back or stays; where it stays the week counts from then on
    let alone: Vec<bool> = (0..16).map(|at| at == 14).collect();
    let next = |weeks: &[WeekTotals]| {
        found_with(&weeks[..16], weeks[15].last.unwrap(), |watched| watched.apart = &alone.clone().leak()[..])
    };
    assert_eq!(next(&weeks), []);
    dearer(&mut weeks[15..16]);
    assert_eq!(next(&weeks), []);
    assert_eq!(apart(&weeks[..16], &[held_by(Guard::PriceRange, &weeks[14], false)]), [0; 0]);
    // a week that goes on from there is news again, and the first one stays what it was
    dearer(&mut weeks[15..16]);
    assert_eq!(next(&weeks), [Guard::PriceRange]);
    assert_eq!(apart(&weeks[..16], &[held_by(Guard::PriceRange, &weeks[14], false)]), [14]);
    // until it has come to rest
    for _ in 0..2 {
        dearer(&mut weeks[16..17]);
    }
    assert_eq!(apart(&weeks[..17], &[held_by(Guard::PriceRange, &weeks[14], false)]), [0; 0]);
}

/// Cents for euros, two weeks in a row: neither is believed, and when amounts are right again both stay slips. What an account
/// really came to is believed in the third week.
#[test]
fn a_wild_level_needs_a_third_week() {
    let wild = |weeks: &mut [WeekTotals]| {
        for week in weeks {
            week.cost = week.cost.map(|cost| 100.0 * cost);
        }
    };
    let mut weeks = calm(20);
    wild(&mut weeks[14..16]);
    let held = |places: &[usize], weeks: &[WeekTotals]| -> Vec<Record> {
        places.iter().map(|&at| held_by(Guard::PriceRange, &weeks[at], false)).collect()
    };
    let next = |weeks: &[WeekTotals], at: usize, apart: &[usize]| {
        let apart: Vec<bool> = (0..=at).map(|week| apart.contains(&week)).collect();
        found_with(&weeks[..=at], weeks[at].last.unwrap(), |watched| watched.apart = apart.leak())
    };
    assert_eq!(next(&weeks, 15, &[14]), [Guard::SpendRange, Guard::PriceRange]);
    for end in [16, 17, 18, 20] {
        assert_eq!(apart(&weeks[..end], &held(&[14, 15], &weeks)), [14, 15], "{end}");
    }
    assert_eq!(next(&weeks, 16, &[14, 15]), []);
    wild(&mut weeks[16..]);
    for end in [17, 18, 20] {
        assert_eq!(apart(&weeks[..end], &held(&[14, 15], &weeks)), [0; 0], "{end}");
    }
    assert_eq!(next(&weeks, 16, &[]), []);
}

#[test]
fn a_week_that_was_not_whole_is_left_out_until_the_rest_comes() {
    let mut weeks = calm(20);
    let whole = weeks[14];
    weeks[14].clicks = (0.7 * whole.clicks).round();
    let record = held_by(Guard::PartialWeek, &WeekTotals { complete: false, ..weeks[14] }, false);
    assert_eq!(apart(&weeks, std::slice::from_ref(&record)), [14]);
    weeks[14] = whole;
    assert_eq!(apart(&weeks, &[record]), [0; 0]);
}

#[test]
fn a_week_that_comes_after_its_run_is_judged_when_it_comes() {
    let mut weeks = calm(20);
    let due = weeks[19].last.unwrap();
    // the run of the week saw nothing of it
    let stale = |at: usize| Record {
        as_of: weeks[at].last,
        findings: vec![Finding::new(Guard::StaleWeek, "it is not there", None, None)],
        ..Record::default()
    };
    let saw = |at: usize| Record { as_of: weeks[at].last, week: Some(weeks[at]), ..Record::default() };
    let past = [saw(10), stale(14).judged()];
    let late: Vec<usize> = (0..20).filter(|at| is_late(&weeks[*at], &past, due)).collect();
    // weeks after the first run had none of their own; the one that is due has its turn
    assert_eq!(late, [11, 12, 13, 14, 15, 16, 17, 18]);
    assert!(!is_late(&weeks[14], &[], due) && !is_late(&weeks[14], &[saw(10), saw(14)], due));
    let past =
        [&[saw(10), saw(11), saw(12), saw(13)][..], &[stale(14).judged()], &[saw(15), saw(16), saw(17), saw(18)]]
            .concat();
    assert_eq!(apart(&weeks, &past), [0; 0], "like the others");
    weeks[14].cost = weeks[14].cost.map(|cost| 4.0 * cost);
    assert_eq!(apart(&weeks, &past), [14]);
    let none = [false; 20];
    let watched = Watched {
        weeks: &weeks,
        left_out: &none,
        apart: &none,
        prices: &[],
        reported: &[1.0; 20],
        first_seen: &[],
        due,
        baseline_weeks: 4,
        currency: [None, None],
    };
    let found = held_weeks(&watched, &past, &GuardSettings::default())[14].clone().unwrap();
    assert!(found.late && found.guards == [Guard::SpendRange, Guard::PriceRange], "{found:?}");
    let off = GuardSettings { off: vec![Guard::SpendRange, Guard::PriceRange], ..GuardSettings::default() };
    assert_eq!(held_weeks(&watched, &past, &off)[14], None);
    // conversions that are not there while clicks are
    weeks[14] = WeekTotals { conversions: 0.0, revenue: Some(0.0), ..calm(20)[14] };
    assert_eq!(apart(&weeks, &past), [14]);
}
