use super::super::{Elasticities, elasticities, nodes};
use super::*;
use crate::numeric::stream::Stream;
use crate::response::{CurveBasis, ResponseSettings};
use crate::simulate::{SimulateSettings, Simulated as Account, simulate};

/// An account whose bids never moved.
fn account(seed: u64) -> (Account, Counts) {
    let settings = SimulateSettings { terms: 300, weeks: 26, seed, lever_moves: 0.0, ..SimulateSettings::default() };
    let account = simulate(&settings).unwrap();
    let counts = account.observation.to_counts();
    (account, counts)
}

/// The simulators of every `every`th term: the true curve at half to double the spend, with a slope that is off by a
/// normal of deviation `off`, a fifth of whose variance all share, in whole clicks.
fn simulators(account: &Account, counts: &Counts, every: usize, off: f64, seed: u64) -> Vec<SimulatedCurve> {
    let mut stream = Stream::new(seed, 1);
    let shared = off * 0.2_f64.sqrt() * stream.normal();
    let truth = &account.truth;
    let simulator = |term: usize| {
        let key = &counts.terms[term].key;
        let at = truth.terms.binary_search(key).unwrap();
        let tilt = (off * 0.8_f64.sqrt()).mul_add(stream.normal(), shared);
        let spend = truth.current_spend[at];
        let points = [0.5, 0.7, 1.0, 1.4, 2.0]
            .map(|ratio: f64| (ratio * spend, (truth.clicks(at, ratio * spend, 1.0) * ratio.powf(tilt)).round()));
        SimulatedCurve {
            term: Some(key.term.to_lowercase()),
            match_type: key.match_type.clone(),
            campaign: key.campaign.clone(),
            ad_group: None,
            lever: SimulatedLever::Bid,
            days: Some(7.0),
            points: points.into_iter().filter(|&(cost, clicks)| cost > 0.0 && clicks > 0.0).collect(),
        }
    };
    (0..counts.terms.len()).step_by(every).map(simulator).collect()
}

fn learned(counts: &Counts) -> Elasticities {
    let (baseline, terms) = (Baseline::new(counts, 4), counts.terms.len());
    elasticities(counts, &baseline, &vec![true; terms], &vec![false; terms], &ResponseSettings::default())
}

/// Simulators with the errors that are assumed of them: 90% intervals of the terms with one hold 85 to 95% of the truths,
/// and errors are well below those of the prior; terms without one learn from the others.
#[test]
fn simulators_tell_the_elasticity_as_far_as_they_are_believed() {
    let (mut held, mut with, mut errors, mut prior) = (0.0, 0.0, 0.0, 0.0);
    let (mut others, mut others_held) = (0.0, 0.0);
    for seed in 1..=12 {
        let (account, mut counts) = account(seed);
        counts.simulated = simulators(&account, &counts, 3, TRUSTED, seed);
        let told = learned(&counts);
        assert!(told.evidence.simulated_terms > 30 && told.evidence.moved_terms == 0);
        for (term, known) in counts.terms.iter().enumerate() {
            let truth = account.truth.elasticity[account.truth.terms.binary_search(&known.key).unwrap()];
            let miss = (truth - told.mean[term]).abs();
            let is_held = f64::from(u8::from(miss < 1.645 * told.sd[term].total()));
            if told.basis[term] == CurveBasis::Simulator {
                (with, held, errors, prior) = (with + 1.0, held + is_held, errors + miss, prior + (truth - 0.7).abs());
            } else {
                (others, others_held) = (others + 1.0, others_held + is_held);
            }
        }
    }
    // terms of an account share errors: twelve accounts have a standard error of about 0.02
    assert!((0.85..=0.95).contains(&(held / with)), "{}", held / with);
    assert!((0.85..=0.97).contains(&(others_held / others)), "{}", others_held / others);
    // half of the terms have so few clicks a week that whole numbers hide their slope
    assert!(errors < 0.87 * prior, "{errors} against {prior}");
}

#[test]
fn a_slope_is_that_at_todays_cost() {
    // clicks 10 (1 − e^(−cost / 5)) bend: the slope at cost x is (x / 5) / (e^(x / 5) − 1)
    let points: Vec<(f64, f64)> =
        (1..40).map(|at| 0.5 * f64::from(at)).map(|cost| (cost, 1e4 * (1.0 - (-cost / 5.0_f64).exp()))).collect();
    for cost in [2.0, 5.0, 10.0] {
        let truth = (cost / 5.0) / ((cost / 5.0_f64).exp() - 1.0);
        let (slope, variance) = slope(&points, cost).unwrap();
        // what is left of the bend within a doubling either side
        assert!((slope - truth).abs() < 0.04, "{slope} against {truth} at {cost}");
        assert!(variance.sqrt() < 1e-3);
    }
    // a power is a line whatever is spent now
    let line: Vec<(f64, f64)> = [1.0_f64, 2.0, 4.0].map(|cost| (cost, 1e5 * cost.powf(0.6))).to_vec();
    for spend in [0.0, 0.1, 2.0, 50.0] {
        assert!((slope(&line, spend).unwrap().0 - 0.6).abs() < 1e-9);
    }
    assert_eq!(slope(&[(2.0, 5.0)], 2.0), None);
    assert_eq!(slope(&[(2.0, 5.0), (2.0, 6.0)], 2.0), None);
    assert_eq!(slope(&[], 2.0), None);
}

/// Whole clicks: the variance is that of a simulation.
#[test]
fn rounding_has_the_variance_it_is_said_to_have() {
    let mut stream = Stream::new(7, 7);
    let (mut squares, mut said, runs) = (0.0, 0.0, 4000);
    for _ in 0..runs {
        let scale = 20.0 + 40.0 * stream.uniform();
        let points = [0.5, 0.75, 1.0, 1.5, 2.0].map(|cost: f64| (cost, (scale * cost.powf(0.7)).round())).to_vec();
        let (slope, variance) = slope(&points, 1.0).unwrap();
        squares += (slope - 0.7).powi(2);
        said += variance;
    }
    // a mean of 4,000 squares of something near normal has a deviation of 2%; clicks are known only as rounded
    assert!((squares / said - 1.0).abs() < 0.1, "{squares} against {said}");
}

#[test]
fn a_simulator_is_of_what_it_names() {
    let (account, mut counts) = account(3);
    let grid = nodes();
    let groups = Groups::by_campaign(&counts);
    let baseline = Baseline::new(&counts, 4);
    let free = vec![false; counts.terms.len()];
    let one = simulators(&account, &counts, 1000, 0.0, 1).remove(0);
    let term = counts.terms[0].key.clone();
    let tell = |counts: &Counts, held: &[bool]| tell(counts, &baseline, &groups, held, &grid);
    // the match type as platforms write it
    let exact =
        SimulatedCurve { match_type: term.match_type.clone().map(|name| format!("{name} match")), ..one.clone() };
    let other = SimulatedCurve { campaign: Some("another".into()), ..one.clone() };
    let unknown = SimulatedCurve { term: Some("what nobody searches".into()), ..one.clone() };
    let flat = SimulatedCurve { points: vec![(1.0, 2.0)], ..one.clone() };
    counts.simulated = vec![exact, other, unknown, flat];
    let told = tell(&counts, &free);
    assert_eq!(told.terms.keys().copied().collect::<Vec<_>>(), [0]);
    let notes: Vec<(&str, u64)> = told.notes.0.iter().map(|note| (note.code, note.count)).collect();
    assert_eq!(notes, [("simulator-unmatched", 2), ("simulator-flat", 1)]);
    // a budget's simulator is the campaign's, unless shares say how far the budget carries
    counts.simulated = vec![SimulatedCurve { term: None, lever: SimulatedLever::Budget, ..one }];
    let told = tell(&counts, &free);
    assert_eq!(told.campaigns.keys().copied().collect::<Vec<_>>(), [groups.of_term[0] as usize]);
    let told = tell(&counts, &vec![true; counts.terms.len()]);
    assert!(told.is_empty());
    assert_eq!(told.notes.0[0].code, "simulator-of-held-budget");
}

/// Where own moves say much, a simulator that disagrees moves the answer little.
#[test]
fn moves_outweigh_simulators_where_they_say_more() {
    let settings = SimulateSettings { terms: 60, weeks: 104, seed: 4, ..SimulateSettings::default() };
    let account = simulate(&settings).unwrap();
    let mut counts = account.observation.to_counts();
    let without = learned(&counts);
    let busiest =
        (0..counts.terms.len()).min_by(|&a, &b| without.sd[a].total().total_cmp(&without.sd[b].total())).unwrap();
    assert!(without.sd[busiest].total() < 0.06 && without.basis[busiest] == CurveBasis::Data);
    let key = counts.terms[busiest].key.clone();
    let steep = [1.0_f64, 2.0, 4.0].map(|cost| (cost, 1e5 * cost.powf(0.95))).to_vec();
    counts.simulated = vec![SimulatedCurve {
        term: Some(key.term.to_lowercase()),
        match_type: key.match_type,
        campaign: key.campaign,
        ad_group: None,
        lever: SimulatedLever::Bid,
        days: None,
        points: steep,
    }];
    let with = learned(&counts);
    let (from, to) = (without.mean[busiest], with.mean[busiest]);
    assert!(to > from && to - from < 0.4 * (0.95 - from), "{from} to {to}");
    assert_eq!(with.basis[busiest], CurveBasis::Data);
}
