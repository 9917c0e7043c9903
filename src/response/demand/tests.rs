use super::*;
use crate::simulate::{SimulateSettings, simulate};

fn account(season: f64, weeks: usize, seed: u64) -> (Vec<f64>, Counts) {
    let settings =
        SimulateSettings { terms: 400, weeks: weeks + 1, season, seed, drift: 0.0, ..SimulateSettings::default() };
    let simulated = simulate(&settings).unwrap();
    let mut observation = simulated.observation;
    // the last week is the one to be planned for
    observation.weeks.pop();
    let kept: Vec<usize> =
        (0..observation.rows.len()).filter(|&row| (observation.rows.week[row] as usize) < weeks).collect();
    let old = std::mem::take(&mut observation.rows);
    for row in kept {
        observation.rows.push(old.term[row], old.week[row], &old.cell(row));
    }
    (simulated.truth.season, observation.to_counts())
}

fn index(counts: &Counts, wanted: Option<Date>) -> Demand {
    demand(counts, &Baseline::new(counts, 4), &Groups::by_campaign(counts), wanted)
}

#[test]
fn last_year_tells_the_season() {
    let mut misses = Vec::new();
    for (weeks, seed) in [(70, 1), (78, 2), (83, 3), (91, 4), (100, 5), (104, 6), (125, 7)] {
        let (season, counts) = account(0.4, weeks, seed);
        let found = index(&counts, None);
        assert_eq!(found.years, if weeks < 109 { 1 } else { 2 });
        assert_eq!(found.week, counts.calendar.as_of.map(|day| day + Days::new(1)));
        let truth = season[weeks] / (season[weeks - 4..weeks].iter().sum::<f64>() / 4.0);
        misses.push((found.account / truth).ln() / found.sd);
    }
    // seven standard normals: their squares sum to 7 ± 3.7
    let squares: f64 = misses.iter().map(|miss| miss * miss).sum();
    assert!(squares < 18.5, "{misses:?}");
}

#[test]
fn a_week_half_a_year_on_is_another_season() {
    let (season, counts) = account(0.4, 104, 8);
    let week = counts.calendar.as_of.unwrap() + Days::new(1 + 7 * 26);
    let found = index(&counts, Some(week));
    // the season of that week a year before
    let truth = (season[52 + 26 - 1] + season[52 + 26] + season[52 + 26 + 1]) / 3.0;
    let base = season[48..52].iter().sum::<f64>() / 4.0;
    // 90% of such answers are as near; it is far from none
    assert!((found.account / (truth / base)).ln().abs() < 1.645 * found.sd, "{found:?} against {}", truth / base);
    assert!(found.account < 0.75, "{found:?}");
    // no campaign has a season of its own here, and what its bids did counts for little
    let apart: f64 = found.groups.iter().map(|&group| (group / found.account).ln().abs()).sum();
    assert!(apart / (found.groups.len() as f64) < 0.15, "{found:?}");
}

#[test]
fn without_a_year_before_there_is_no_answer() {
    let (_, counts) = account(0.4, 52, 9);
    let found = index(&counts, None);
    assert_eq!((found.account, found.years), (1.0, 0));
    // the middle of four baseline weeks is two and a half weeks before the planned one
    assert!((found.sd - (0.09_f64 * 2.5 / 13.0 + 0.01).sqrt()).abs() < 1e-12, "{}", found.sd);
    let far = index(&counts, Some(counts.calendar.as_of.unwrap() + Days::new(200)));
    assert!((far.sd - 0.1_f64.sqrt()).abs() < 1e-12, "{}", far.sd);
    assert_eq!(found.of(3), 1.0);
    let mut notes = Notes::default();
    found.tell(&mut notes);
    assert_eq!(notes.0[0].code, "demand-unknown");
}

#[test]
fn a_day_names_its_week() {
    let monday = Date::from_ymd_opt(2024, 1, 1).unwrap();
    let wednesday = Date::from_ymd_opt(2024, 12, 25).unwrap();
    assert_eq!(start_of_week(wednesday, monday), Date::from_ymd_opt(2024, 12, 23).unwrap());
    // weeks that begin on Sundays
    assert_eq!(start_of_week(wednesday, monday - Days::new(1)), Date::from_ymd_opt(2024, 12, 22).unwrap());
}

#[test]
fn campaigns_differ_as_far_as_counts_tell() {
    let ratio = |log, variance| Some(Ratio { log, variance });
    assert_eq!(between(&[ratio(0.1, 0.01), ratio(0.1, 0.01), None]), 0.0);
    let found = between(&[ratio(0.5, 0.01), ratio(-0.5, 0.01), ratio(0.0, 0.01)]);
    // the sample variance 0.25 less the noise 0.01
    assert!((found - 0.24).abs() < 1e-12, "{found}");
}

/// An account with impression shares and moving bids, in which one campaign is searched three times as much about the planned
/// week of every year. Gives the logs of what is found of it, and how far the others are from what they were before: means.
fn planted(with_shares: bool, seed: u64) -> [f64; 2] {
    let settings = SimulateSettings {
        terms: 200,
        weeks: 78,
        season: 0.2,
        drift: 0.0,
        seed,
        ceiling: Some(2.0),
        ..SimulateSettings::default()
    };
    let mut counts = simulate(&settings).unwrap().observation.to_counts();
    if !with_shares {
        counts.cells.signals.impression_share = None;
    }
    let groups = Groups::by_campaign(&counts);
    let before = index(&counts, None).account;
    // the week after the data, 52 weeks before, and its neighbours
    let peak = 78 - 52;
    let cells: Vec<usize> = (0..counts.terms.len())
        .filter(|&term| groups.of_term[term] == 0)
        .flat_map(|term| counts.cells.of_term(term))
        .filter(|&cell| (counts.cells.period[cell] as usize).abs_diff(peak) <= 1)
        .collect();
    let impressions = counts.cells.impressions.as_mut().unwrap();
    for cell in cells {
        impressions[cell] *= 3.0;
    }
    let found = index(&counts, None);
    let apart: Vec<f64> = found.groups.iter().map(|group| (group / before).ln()).collect();
    [apart[0], apart[1..].iter().map(|own| own.abs()).sum::<f64>() / (apart.len() - 1) as f64]
}

#[test]
fn shares_of_the_searches_let_a_campaign_have_its_own_season() {
    let mean = |with_shares: bool| {
        let found = [1, 2, 3, 4].map(|seed| planted(with_shares, seed));
        [0, 1].map(|at| found.iter().map(|own| own[at]).sum::<f64>() / 4.0)
    };
    let ([own, others], [alone, carried]) = (mean(true), mean(false));
    // of ln 3 = 1.1, as one year of a campaign is believed; without shares its bids may have done it
    assert!(own > 0.4 && own > alone + 0.2, "{own} with shares, {alone} without");
    // and the others are not carried along with it
    assert!(others < 0.15 && others < carried, "{others} with shares, {carried} without");
}
