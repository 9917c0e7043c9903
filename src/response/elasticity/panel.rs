//! The terms of one campaign, period by period: what their bids did together, and what demand did.
//!
//! # Formula
//! ```text
//! E[clicks of i in t] = aᵢ · d_t · e^(r·xᵢ_t),   xᵢ_t = log bid − what the campaign's bids did together
//! ```
//! The common movement of bids is the sum of the median steps of weeks in which most bids moved in one direction, so that a
//! term which moves alone moves nothing in common, however large it is: if it did, the others would be seen to move against
//! it, by its answer and not by theirs. Demand `d_t` takes the common movement with it: nothing is learned from it here.

use super::track::Track;
use crate::counts::Counts;

/// Bids nearer to each other than this are the same, log.
pub(super) const SAME: f64 = 0.004;
/// Rounds of fitting sizes and demand in turn; a campaign of terms that all ran all the time needs one.
const ROUNDS: usize = 4;

/// A campaign's terms.
pub(super) struct Panel {
    /// Indices of the terms that have a track.
    pub(super) terms: Vec<usize>,
    pub(super) tracks: Vec<Track>,
    /// What the bids did together, log. Shape: periods.
    pub(super) common: Vec<f64>,
    /// Number of the stretch between common moves. Shape: periods.
    pub(super) stretch: Vec<usize>,
    /// Clicks of all. Shape: periods.
    pub(super) clicks: Vec<f64>,
    /// Clicks expected of all but for demand. Shape: periods.
    pub(super) expected: Vec<f64>,
    /// Clicks of a term in a period of demand 1 at the common bid. Shape: `terms`.
    pub(super) size: Vec<f64>,
}

impl Panel {
    /// The tracks and the common movement of bids.
    pub(super) fn new(counts: &Counts, members: &[usize]) -> Self {
        let (terms, tracks): (Vec<usize>, Vec<Track>) =
            members.iter().filter_map(|&term| Some((term, Track::of(counts, term)?))).unzip();
        let periods = counts.calendar.periods.len();
        let common = common_moves(&tracks, periods);
        let mut number = 0;
        let mut stretch = vec![0; periods];
        for (period, step) in (1..periods).map(|period| (period, common[period] - common[period - 1])) {
            number += usize::from(step.abs() > SAME);
            stretch[period] = number;
        }
        let mut clicks = vec![0.0; periods];
        for track in &tracks {
            for (period, count, _) in track.weeks() {
                clicks[period] += count;
            }
        }
        let size = vec![0.0; tracks.len()];
        Self { terms, tracks, common, stretch, clicks, expected: vec![0.0; periods], size }
    }

    /// Fits sizes and demand at given answers of log clicks to log bids. Takes turns (iterative proportional fitting).
    /// Shape of `answers`: `terms`.
    pub(super) fn fit(&mut self, answers: &[f64]) {
        let mut demand = vec![1.0; self.clicks.len()];
        for _ in 0..ROUNDS {
            self.expected.fill(0.0);
            for ((track, size), r) in self.tracks.iter().zip(&mut self.size).zip(answers) {
                let factor = |period: usize, bid: f64| (r * (bid - self.common[period])).exp();
                let (mut all, mut made) = (0.0, 0.0);
                for (period, clicks, bid) in track.weeks() {
                    all += clicks;
                    made += demand[period] * factor(period, bid);
                }
                *size = if made > 0.0 { all / made } else { 0.0 };
                for (period, _, bid) in track.weeks() {
                    self.expected[period] += *size * factor(period, bid);
                }
            }
            for (demand, (&clicks, &expected)) in demand.iter_mut().zip(self.clicks.iter().zip(&self.expected)) {
                *demand = if expected > 0.0 { clicks / expected } else { 0.0 };
            }
        }
    }
}

/// What the bids of the tracks did together, log; zero in the first period. Shape: periods.
fn common_moves(tracks: &[Track], periods: usize) -> Vec<f64> {
    let mut steps: Vec<Vec<f64>> = vec![Vec::new(); periods];
    for track in tracks.iter().filter(|track| track.clicks.iter().any(|&clicks| clicks > 0.0)) {
        let ran = |at: usize| track.ran[at] && track.ran[at + 1];
        for (at, pair) in track.bid.windows(2).enumerate().filter(|(at, _)| ran(*at)) {
            steps[track.first + at + 1].push(pair[1] - pair[0]);
        }
    }
    let mut level = 0.0;
    steps
        .into_iter()
        .map(|steps| {
            level += together(steps);
            level
        })
        .collect()
}

/// What most bids did: the median step, if at least two thirds of them moved in its direction; else zero.
fn together(mut steps: Vec<f64>) -> f64 {
    steps.sort_by(f64::total_cmp);
    let Some(&median) = steps.get(steps.len() / 2) else { return 0.0 };
    let alike = steps.iter().filter(|&&step| step.abs() > SAME && step.signum() == median.signum()).count();
    if median.abs() > SAME && 3 * alike >= 2 * steps.len() { median } else { 0.0 }
}
