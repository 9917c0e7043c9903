//! Jumps of what a click costs, where no bid is known.
//!
//! In: the weeks of each campaign's terms. Out: the weeks in which a campaign's price jumped, as a lever that stands still in
//! between. Demand moves prices too, but in step with the account's other campaigns, term by term, or little by little: a
//! jump that most of a campaign's clicks make in one week, and the other campaigns do not, is taken for a move of its bids.
//! Wrong where a rival enters one campaign's auctions overnight, and blind to moves of a few percent and to those of single
//! terms. What a jump says is weighed like a move of the campaign's bids ([`super::campaigns`]).
//!
//! # Formula
//! ```text
//! zᵢ = mean log CPC in the weeks after − mean log CPC in the weeks before, term i, up to four weeks on either side
//! z  = median of the zᵢ weighted by clicks − median of z of the account's campaigns
//! a jump: |z| > 5%, five times the spread of z where nothing jumps (median absolute deviation), and the largest nearby
//! ```

use super::track::Track;
use crate::counts::Counts;
use rayon::prelude::*;

/// Weeks on either side that are compared.
const WINDOW: usize = 4;
/// Fewest of them.
const SHORTEST: usize = 2;
/// Least jump, log.
const LEAST: f64 = 0.05;
/// Least jump over the spread of what is none.
const CLEAR: f64 = 5.0;
/// Normal standard deviations in a median absolute deviation.
const DEVIATIONS: f64 = 1.4826;
/// Fewest clicks of a campaign in each window.
const FEWEST_CLICKS: f64 = 50.0;
/// Fewest campaigns of which a common movement can be told.
const FEWEST_CAMPAIGNS: usize = 3;

/// Log of each campaign's price of a click as steps, without its level. Shapes: campaigns; periods.
pub(super) fn steps(counts: &Counts, members: &[Vec<usize>]) -> Vec<Vec<f64>> {
    let periods = counts.calendar.periods.len();
    let mut changes: Vec<Vec<f64>> = members
        .par_iter()
        .map(|members| {
            let tracks: Vec<Track> = members.iter().filter_map(|&term| Track::of(counts, term)).collect();
            (0..periods).map(|boundary| change(&tracks, boundary)).collect()
        })
        .collect();
    for boundary in 0..periods {
        let known: Vec<(f64, f64)> =
            changes.iter().map(|z| (z[boundary], 1.0)).filter(|(z, _)| z.is_finite()).collect();
        if known.len() >= FEWEST_CAMPAIGNS {
            let common = median(known);
            changes.iter_mut().for_each(|z| z[boundary] -= common);
        }
    }
    changes.into_iter().map(|z| levels(&z)).collect()
}

/// What a campaign's price did from before a period to after; NaN where there is too little to compare.
fn change(tracks: &[Track], boundary: usize) -> f64 {
    let mut terms: Vec<(f64, f64)> = Vec::new();
    let mut totals = [0.0; 2];
    for track in tracks {
        let window = |from: usize, to: usize| -> Option<(f64, f64)> {
            let (mut logs, mut weeks, mut clicks) = (0.0, 0.0, 0.0);
            for at in from.max(track.first)..to.min(track.first + track.clicks.len()) {
                let (own, cost) = (track.clicks[at - track.first], track.cost[at - track.first]);
                if own > 0.0 && cost > 0.0 {
                    (logs, weeks, clicks) = (logs + (cost / own).ln(), weeks + 1.0, clicks + own);
                }
            }
            (weeks >= SHORTEST as f64).then(|| (logs / weeks, clicks))
        };
        let before = window(boundary.saturating_sub(WINDOW), boundary);
        if let (Some(before), Some(after)) = (before, window(boundary, boundary + WINDOW)) {
            terms.push((after.0 - before.0, before.1 + after.1));
            totals = [totals[0] + before.1, totals[1] + after.1];
        }
    }
    if totals.iter().all(|&clicks| clicks >= FEWEST_CLICKS) { median(terms) } else { f64::NAN }
}

/// Median of numbers with weights.
fn median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = 0.5 * values.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    for &(value, weight) in &values {
        below += weight;
        if below >= half {
            return value;
        }
    }
    f64::NAN
}

/// The level between jumps, from what the price did about each period.
fn levels(z: &[f64]) -> Vec<f64> {
    let sizes: Vec<(f64, f64)> = z.iter().filter(|z| z.is_finite()).map(|z| (z.abs(), 1.0)).collect();
    let least = LEAST.max(CLEAR * DEVIATIONS * median(sizes));
    let mut found: Vec<usize> = (0..z.len()).filter(|&at| z[at].abs() > least).collect();
    found.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(a.cmp(&b)));
    let mut jumps: Vec<usize> = Vec::new();
    for at in found {
        // a jump is seen from the weeks about it, too
        if jumps.iter().all(|&jump| at.abs_diff(jump) >= WINDOW) {
            jumps.push(at);
        }
    }
    let mut level = 0.0;
    (0..z.len())
        .map(|at| {
            level += if jumps.contains(&at) { z[at] } else { 0.0 };
            level
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_found_where_it_is() {
        let z = |at: usize| match at {
            // a step of 0.2 in week 10 as windows of four weeks see it
            7..=13 => 0.2 - 0.05 * (at as f64 - 10.0).abs(),
            _ => 0.01 * (at as f64 * 1.7).sin(),
        };
        let level = levels(&(0..30).map(z).collect::<Vec<f64>>());
        assert_eq!(level[9], 0.0);
        assert!((level[10] - 0.2).abs() < 1e-12 && level[29] == level[10]);
    }

    #[test]
    fn noise_and_nothing_have_no_jumps() {
        let noise: Vec<f64> = (0..40).map(|at| 0.04 * (f64::from(at) * 1.7).sin()).collect();
        assert!(levels(&noise).iter().all(|&level| level == 0.0));
        assert!(levels(&[f64::NAN; 8]).iter().all(|&level| level == 0.0));
        assert!(levels(&[]).is_empty());
    }

    #[test]
    fn a_median_is_that_of_the_weights() {
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 1.0), (2.0, 5.0)]), 2.0);
        assert_eq!(median(vec![(3.0, 9.0), (1.0, 1.0), (2.0, 5.0)]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}
