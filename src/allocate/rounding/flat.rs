//! Bounds and a budget alone: steps are dealt out in rounds, one an item and round, in linear time.

use super::super::problem::Problem;
use super::grid::Grid;
use super::{Item, Plan, items};
use crate::response::Curve;

/// Rounds a plan that only bounds and the budget limit.
pub(super) fn round(problem: &Problem, grid: Grid, exact: &[f64]) -> Plan {
    let (mut items, mut outside_bounds) = items(problem, grid, exact);
    let mut left = items.iter().fold(grid.down(problem.budget), |left, item| left.saturating_sub(item.steps));
    let rounding = Rounding { problem, grid, exact };
    rounding.add(&mut items, &mut left);
    rounding.remove(&mut items, &mut left, |item, _| item.steps > item.lower);
    // lower bounds rounded up may exceed the budget that they meet exactly
    let before: Vec<i64> = items.iter().map(|item| item.steps).collect();
    rounding.remove(&mut items, &mut left, |item, at| {
        item.steps == before[at] && item.steps > 0 && grid.money(item.steps) > problem.lower[at]
    });
    outside_bounds.extend((0..items.len()).filter(|&at| items[at].steps < items[at].lower));
    Plan { items, outside_bounds, outside_limits: Vec::new() }
}

struct Rounding<'a> {
    problem: &'a Problem,
    grid: Grid,
    exact: &'a [f64],
}

impl Rounding<'_> {
    /// What the step from `steps` to `steps + 1` earns net of the floor, a unit of money.
    fn rate(&self, at: usize, steps: i64) -> f64 {
        let (from, to) = (self.grid.money(steps), self.grid.money(steps + 1));
        let curve = &self.problem.curves[at];
        let slope = match curve {
            Curve::Points(_) => (curve.value(to) - curve.value(from)) / (to - from),
            // the slope in the middle is the mean slope up to the third order, without cancellation
            _ => curve.marginal(f64::midpoint(from, to)),
        };
        slope - self.problem.price_floor
    }

    /// Adds what is left of the budget, a step an item and round, while it earns its floor.
    fn add(&self, items: &mut [Item], left: &mut i64) {
        while *left > 0 {
            let mut offers: Vec<(f64, f64, usize)> = (0..items.len())
                .filter(|&at| items[at].steps < items[at].upper)
                .map(|at| {
                    let steps = items[at].steps;
                    (self.rate(at, steps), self.exact[at] - self.grid.money(steps), at)
                })
                .filter(|offer| offer.0 >= 0.0)
                .collect();
            if !take(&mut offers, *left, |at| items[at].steps += 1, |a, b| b.total_cmp(&a)) {
                return;
            }
            *left -= count(&offers, *left);
        }
    }

    /// Takes steps back while more than the budget is spent, where they earn least.
    fn remove(&self, items: &mut [Item], left: &mut i64, may: impl Fn(&Item, usize) -> bool) {
        while *left < 0 {
            let mut offers: Vec<(f64, f64, usize)> = (0..items.len())
                .filter(|&at| may(&items[at], at))
                .map(|at| {
                    let steps = items[at].steps;
                    (self.rate(at, steps - 1), self.exact[at] - self.grid.money(steps), at)
                })
                .collect();
            if !take(&mut offers, -*left, |at| items[at].steps -= 1, |a, b| a.total_cmp(&b)) {
                return;
            }
            *left += count(&offers, -*left);
        }
    }
}

fn count(offers: &[(f64, f64, usize)], wanted: i64) -> i64 {
    i64::try_from(offers.len()).unwrap_or(i64::MAX).min(wanted)
}

/// Applies `change` to the first `wanted` offers by `order`; false if there is none.
fn take(
    offers: &mut [(f64, f64, usize)],
    wanted: i64,
    mut change: impl FnMut(usize),
    order: impl Fn(f64, f64) -> std::cmp::Ordering,
) -> bool {
    let taken = count(offers, wanted);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // at most the number of offers
    let taken = taken as usize;
    if taken == 0 {
        return false;
    }
    if taken < offers.len() {
        offers.select_nth_unstable_by(taken, |a, b| order(a.0, b.0).then(order(a.1, b.1)).then(a.2.cmp(&b.2)));
    }
    for offer in &offers[..taken] {
        change(offer.2);
    }
    true
}
