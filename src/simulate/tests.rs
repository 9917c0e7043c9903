mod account;
mod chunks;
mod drift;
mod forward;
mod input_output;
mod platform;
mod reporting;
mod truth;

use super::*;
use crate::domain::TermKey;
use std::collections::{HashMap, HashSet};

fn account(change: impl FnOnce(&mut SimulateSettings)) -> Simulated {
    let mut settings = SimulateSettings::default();
    change(&mut settings);
    simulate(&settings).expect("the settings are in range")
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn on_threads(threads: usize, settings: &SimulateSettings) -> Simulated {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool can be built");
    pool.install(|| simulate(settings)).expect("the settings are in range")
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let settings = SimulateSettings { terms: 300, weeks: 20, ..SimulateSettings::default() };
    let (one, three) = (on_threads(1, &settings), on_threads(3, &settings));
    assert_eq!(one, three);
    assert_eq!(observation_csv(&one.observation), observation_csv(&three.observation));
    assert_eq!(truth_csv(&one.truth), truth_csv(&three.truth));
}

#[test]
fn another_seed_gives_another_account() {
    let change = |seed| move |settings: &mut SimulateSettings| settings.seed = seed;
    assert_ne!(account(change(1)).observation.rows, account(change(2)).observation.rows);
}

#[test]
fn more_terms_leave_the_first_ones_as_they_were() {
    let of = |terms| {
        account(|settings| {
            (settings.terms, settings.campaigns, settings.weeks) = (terms, Some(8), 12);
        })
    };
    let (small, large) = (of(150), of(260));
    let histories = |made: &Simulated| {
        let rows = &made.observation.rows;
        let mut histories: HashMap<TermKey, (f64, Vec<Cell>)> = HashMap::new();
        for row in 0..rows.len() {
            let term = rows.term[row] as usize;
            let entry = histories.entry(made.truth.terms[term].clone());
            entry.or_insert_with(|| (made.truth.cvr[term], Vec::new())).1.push(rows.cell(row));
        }
        histories
    };
    let (before, after) = (histories(&small), histories(&large));
    assert_eq!(before.len(), 150);
    assert_eq!(after.len(), 260);
    assert!(before.iter().all(|(key, history)| after.get(key) == Some(history)));
}

#[test]
fn keys_are_unique_sorted_and_shared_by_truth_and_counts() {
    for (terms, campaigns) in [(1, None), (2, None), (400, None), (3000, Some(1)), (2000, Some(700))] {
        let made = account(|settings| {
            (settings.terms, settings.campaigns, settings.weeks) = (terms, campaigns, 2);
        });
        let distinct: HashSet<&TermKey> = made.truth.terms.iter().collect();
        assert_eq!(distinct.len(), terms);
        assert!(made.truth.terms.is_sorted());
        let counts = made.observation.to_counts();
        assert!(counts.terms.iter().map(|term| &term.key).eq(&made.truth.terms));
        let names: HashSet<&String> = made.truth.campaigns.iter().map(|campaign| &campaign.name).collect();
        assert_eq!(names.len(), made.truth.campaigns.len());
    }
}

#[test]
fn terms_read_like_searches() {
    let made = account(|settings| settings.weeks = 1);
    let words: Vec<usize> = made.truth.terms.iter().map(|key| key.term.split(' ').count()).collect();
    assert!(words.iter().all(|&count| (1..=9).contains(&count)));
    let several = words.iter().filter(|&&count| count > 1).count();
    assert!(several * 10 > words.len() * 9, "{several} of {} have several words", words.len());
    for key in &made.truth.terms {
        assert_eq!(key.term, key.term.to_lowercase());
        assert!(matches!(key.match_type.as_deref(), Some("exact" | "phrase" | "broad")));
        assert!(key.campaign.is_some() && key.ad_group.is_some());
    }
}

#[test]
fn only_the_brand_campaign_is_labelled() {
    let made = account(|settings| settings.weeks = 1);
    for term in &made.observation.terms {
        let brand = term.key.campaign.as_deref() == Some("Brand");
        assert_eq!(term.label.as_deref(), brand.then_some("brand"));
    }
    assert!(made.observation.terms.iter().any(|term| term.label.is_some()));
}

#[test]
fn the_shortest_and_smallest_accounts_work() {
    for (terms, weeks) in [(1, 1), (1, 6), (5, 7), (50, 1)] {
        let made = account(|settings| (settings.terms, settings.weeks) = (terms, weeks));
        assert_eq!(made.observation.terms.len(), terms);
        assert_eq!(made.observation.weeks.len(), weeks);
        let counts = made.observation.to_counts();
        assert!(counts.cells.offsets.windows(2).all(|range| range[0] < range[1]), "every term has a row");
        assert!(made.truth.demand.iter().all(|demand| demand.is_finite() && *demand > 0.0));
    }
}
