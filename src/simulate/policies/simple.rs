//! The policies that people play without a model: they read raw ratios and nothing else.

use super::Seen;
use super::limits::sum;
use crate::domain::metrics;

/// Leaves all spends as they are.
pub(super) fn hold(seen: &Seen) -> Vec<f64> {
    seen.limits.within(seen.spend)
}

/// The same spend for every term, as far as limits allow.
pub(super) fn equal(seen: &Seen) -> Vec<f64> {
    seen.limits.spread(&vec![1.0; seen.spend.len()])
}

/// Spends in proportion to raw revenue per cost.
pub(super) fn proportional(seen: &Seen, window: usize) -> Vec<f64> {
    seen.limits.spread(&raw_roas(seen, window))
}

/// Terms in the order of raw revenue per cost get as much as limits allow while budget is left and the margin on
/// the revenue exceeds the cost; the others get as little as limits allow.
pub(super) fn greedy(seen: &Seen, window: usize) -> Vec<f64> {
    let limits = seen.limits;
    let roas = raw_roas(seen, window);
    let worth = |term: usize| roas[term] * seen.observation.terms[term].margin.unwrap_or(1.0);
    let mut order: Vec<usize> = (0..roas.len()).filter(|&term| worth(term) > 1.0).collect();
    order.sort_by(|&one, &other| worth(other).total_cmp(&worth(one)).then(one.cmp(&other)));
    let mut spend = limits.lower.clone();
    let mut left = limits.budget - sum(&spend);
    for term in order {
        let more = (limits.upper[term] - spend[term]).min(left).max(0.0);
        spend[term] += more;
        left -= more;
    }
    limits.within(&spend)
}

/// Revenue per cost over the last `window` weeks, ratio; the account's where a term has no cost. Shape: terms.
fn raw_roas(seen: &Seen, window: usize) -> Vec<f64> {
    let (rows, terms) = (&seen.observation.rows, seen.spend.len());
    let first = seen.observation.weeks.len().saturating_sub(window);
    let (mut revenue, mut cost) = (vec![0.0; terms], vec![0.0; terms]);
    for row in (0..rows.len()).filter(|&row| rows.week[row] as usize >= first) {
        revenue[rows.term[row] as usize] += rows.revenue[row];
        cost[rows.term[row] as usize] += rows.cost[row];
    }
    let account = metrics::roas(sum(&revenue), sum(&cost)).unwrap_or(0.0);
    revenue.iter().zip(&cost).map(|(&revenue, &cost)| metrics::roas(revenue, cost).unwrap_or(account)).collect()
}
