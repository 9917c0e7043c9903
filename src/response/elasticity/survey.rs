//! A campaign at first sight: what moved, in how many periods, and how the price of a click followed the bid.
//!
//! In: counts and the terms of one campaign. Out: its course, its terms' panel where any bid moved, and the sums of one
//! regression. Budgets that are not used up are no lever and are left out.

use super::campaigns::Course;
use super::panel::Panel;
use super::terms;
use super::track::Track;
use crate::counts::{Counts, PeriodUnit};

/// Standard deviation of the prior on how prices answer to bids.
const PRICE_SD: f64 = 0.3;

/// A campaign at first sight.
pub(super) struct Surveyed {
    pub(super) course: Course,
    /// Its terms, where any bid moved.
    pub(super) panel: Option<Panel>,
    /// Periods of all terms, and those in which the bid stood elsewhere than mostly, count.
    pub(super) weeks: f64,
    pub(super) moved: f64,
    /// Σ clicks x², Σ clicks x z, Σ clicks z² about each term's mean, with x the log bid and z the log CPC; periods.
    prices: [f64; 4],
}

/// Looks at a campaign's terms: what moved, how often, and how prices followed.
pub(super) fn survey(counts: &Counts, members: &[usize]) -> Surveyed {
    let panel = Panel::new(counts, members);
    let budget =
        counts.cells.signals.campaign_budget.as_deref().map(|budgets| campaign_budget(counts, members, budgets));
    let budget = budget.filter(|budget| is_spent(counts, &panel, budget));
    let course = Course::new(&panel, budget.as_deref());
    let (mut weeks, mut moved, mut prices) = (0.0, 0.0, [0.0; 4]);
    let budget_moved = course.moved();
    for track in &panel.tracks {
        weeks += track.bid.len() as f64;
        moved += terms::elsewhere(&track.bid).max(if budget_moved { course.elsewhere(track) } else { 0 }) as f64;
        for (sum, part) in prices.iter_mut().zip(term_prices(track)) {
            *sum += part;
        }
    }
    let moves = panel.tracks.iter().any(|track| terms::elsewhere(&track.bid) > 0);
    Surveyed { course, panel: moves.then_some(panel), weeks, moved, prices }
}

/// Log of a campaign's budget by period: the mean over its cells; NaN where none is known.
fn campaign_budget(counts: &Counts, members: &[usize], budgets: &[f64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); counts.calendar.periods.len()];
    for cell in members.iter().flat_map(|&term| counts.cells.of_term(term)).filter(|&cell| budgets[cell] > 0.0) {
        let sum = &mut sums[counts.cells.period[cell] as usize];
        *sum = (sum.0 + budgets[cell], sum.1 + 1.0);
    }
    sums.into_iter().map(|(sum, count): (f64, f64)| (sum / count).ln()).collect()
}

/// Share of a budget that is spent where it holds the campaign, at least; platforms spend a little less, or more, than it.
pub(crate) const SPENT: f64 = 0.8;

/// Whether a campaign's budget is what holds it, in most of its periods: one that is never used up moves nothing when it is moved.
/// `budget`: log of the daily budget. Shape: periods.
fn is_spent(counts: &Counts, panel: &Panel, budget: &[f64]) -> bool {
    let days = match counts.calendar.unit {
        PeriodUnit::Week => 7.0,
        PeriodUnit::Day => 1.0,
        // of how many days is not known
        PeriodUnit::Undated { .. } => return true,
    };
    let mut cost = vec![0.0; budget.len()];
    for track in &panel.tracks {
        for (at, amount) in track.cost.iter().enumerate() {
            cost[track.first + at] += amount;
        }
    }
    let known = || budget.iter().zip(&cost).filter(|(budget, cost)| budget.is_finite() && **cost > 0.0);
    let spent = known().filter(|(budget, cost)| **cost >= SPENT * days * budget.exp()).count();
    2 * spent >= known().count()
}

/// A term's part of the regression of log CPC on its log bid.
fn term_prices(track: &Track) -> [f64; 4] {
    let rows: Vec<(f64, f64, f64)> = track
        .weeks()
        .map(|(period, clicks, bid)| (clicks, bid, track.cost[track.at(period)]))
        .filter(|(clicks, _, cost)| *clicks > 0.0 && *cost > 0.0)
        .map(|(clicks, bid, cost)| (clicks, bid, (cost / clicks).ln()))
        .collect();
    let all: f64 = rows.iter().map(|row| row.0).sum();
    let x = rows.iter().map(|row| row.0 * row.1).sum::<f64>() / all;
    let z = rows.iter().map(|row| row.0 * row.2).sum::<f64>() / all;
    let mut sums = [0.0; 4];
    for (clicks, own, price) in rows {
        let (dx, dz) = (own - x, price - z);
        for (sum, part) in sums.iter_mut().zip([clicks * dx * dx, clicks * dx * dz, clicks * dz * dz, 1.0]) {
            *sum += part;
        }
    }
    sums
}

/// Percent that the price of a click moves with one percent of the bid: weighted least squares within terms, shrunk to 1.
pub(super) fn price_response(surveyed: &[Surveyed]) -> f64 {
    let mut sums = [0.0; 4];
    for surveyed in surveyed {
        for (sum, part) in sums.iter_mut().zip(surveyed.prices) {
            *sum += part;
        }
    }
    let [xx, xz, zz, count] = sums;
    if xx <= 0.0 || count < 8.0 {
        return 1.0;
    }
    let slope = xz / xx;
    let variance = ((zz - slope * xz).max(0.0) / (count - 2.0) / xx).max(1e-12);
    let (own, prior) = (1.0 / variance, 1.0 / (PRICE_SD * PRICE_SD));
    ((own * slope + prior) / (own + prior)).clamp(0.1, 2.0)
}
