//! What the platform does not show: terms below its threshold, and shares at the ends of their range.
//!
//! Owns the pooling of small terms into one row a campaign and week, so that totals hold, and the text of an
//! impression share. In: an observation. Out: the observation as the platform reports it. Wrong where thresholds count
//! people and not clicks, and where shares are a campaign's only.

use super::observation::{Cell, Observation, Rows};
use crate::domain::{Levers, Status, Term, TermKey};
use std::collections::BTreeMap;

/// What the pooled rows are called, as the platforms call them.
pub const OTHER_TERMS: &str = "Other search terms";

/// The observation with all terms that had fewer than `hide_below` clicks a week, on average over its weeks, pooled
/// into [`OTHER_TERMS`] by campaign and week. Sums of impressions, clicks, cost, conversions and revenue are kept.
#[must_use]
pub fn hide_small_terms(observation: &Observation, hide_below: f64) -> Observation {
    let rows = &observation.rows;
    let mut clicks = vec![0.0; observation.terms.len()];
    for row in 0..rows.len() {
        clicks[rows.term[row] as usize] += rows.clicks[row];
    }
    let least = hide_below * observation.weeks.len() as f64;
    let mut pools: BTreeMap<Option<&str>, BTreeMap<u32, Cell>> = BTreeMap::new();
    let mut kept: Vec<(Term, Vec<(u32, Cell)>)> = Vec::new();
    let mut owner = None;
    for row in 0..rows.len() {
        let (number, week, cell) = (rows.term[row], rows.week[row], rows.cell(row));
        let term = &observation.terms[number as usize];
        if clicks[number as usize] < least {
            let pool = pools.entry(term.key.campaign.as_deref()).or_default();
            add(pool.entry(week).or_default(), &cell);
            continue;
        }
        if owner != Some(number) {
            owner = Some(number);
            kept.push((term.clone(), Vec::new()));
        }
        if let Some((_, cells)) = kept.last_mut() {
            cells.push((week, cell));
        }
    }
    let margin = observation.terms.first().and_then(|term| term.margin);
    kept.extend(pools.into_iter().map(|(campaign, pool)| (pooled(campaign, margin), pool.into_iter().collect())));
    kept.sort_by(|one, other| one.0.key.cmp(&other.0.key));
    let mut shown = Rows::with_capacity(kept.iter().map(|(_, cells)| cells.len()).sum());
    for (number, (_, cells)) in (0_u32..).zip(&kept) {
        for (week, cell) in cells {
            shown.push(number, *week, cell);
        }
    }
    Observation {
        terms: kept.into_iter().map(|(term, _)| term).collect(),
        weeks: observation.weeks.clone(),
        rows: shown,
        currency: observation.currency.clone(),
    }
}

/// A pool has no match type, no ad group, and no lever of its own.
fn pooled(campaign: Option<&str>, margin: Option<f64>) -> Term {
    Term {
        key: TermKey { term: OTHER_TERMS.to_owned(), campaign: campaign.map(str::to_owned), ..TermKey::default() },
        status: Status::Enabled,
        label: None,
        levers: Levers::default(),
        margin,
    }
}

fn add(pool: &mut Cell, cell: &Cell) {
    pool.impressions += cell.impressions;
    pool.clicks += cell.clicks;
    pool.cost += cell.cost;
    pool.conversions += cell.conversions;
    pool.revenue += cell.revenue;
}

/// A share as the platform writes it: hundredths of a percent, `< 10%` below a tenth, `> 90%` above nine; empty where
/// it is not known.
#[must_use]
pub fn share_text(share: Option<f64>) -> String {
    match share.map(share_ends) {
        None => String::new(),
        Some(LOW) => "< 10%".to_owned(),
        Some(HIGH) => "> 90%".to_owned(),
        Some((printed, _)) => format!("{:.2}%", 100.0 * printed),
    }
}

/// A lost share as the platform writes it: as an impression share, but small ones are printed.
#[must_use]
pub fn lost_text(share: Option<f64>) -> String {
    match share {
        Some(share) if share < LOW.1 => format!("{:.2}%", 100.0 * share),
        _ => share_text(share),
    }
}

/// The interval that [`lost_text`] leaves of a share, ratio.
pub(super) fn lost_ends(share: f64) -> (f64, f64) {
    if share < LOW.1 { printed(share) } else { share_ends(share) }
}

/// What is printed of the lowest and of the highest shares, as intervals.
const LOW: (f64, f64) = (0.0, 0.1);
const HIGH: (f64, f64) = (0.9, 1.0);

/// The interval that [`share_text`] leaves of a share, ratio: cut off at both ends, else rounded as printed.
pub(super) fn share_ends(share: f64) -> (f64, f64) {
    if share < LOW.1 {
        LOW
    } else if share > HIGH.0 {
        HIGH
    } else {
        printed(share)
    }
}

/// A share rounded as printed.
fn printed(share: f64) -> (f64, f64) {
    let printed = (share * 1e4).round() / 1e4;
    (printed, printed)
}
