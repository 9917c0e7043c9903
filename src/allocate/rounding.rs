//! Plans in whole steps of money, such as cents: exact integers, bounds rounded inwards.
//!
//! Every item starts at the step below its exact spend; the steps left over go one each to the items
//! where a step earns most, the largest remainder first among equals. Adjacent steps suffice: the
//! marginals of the exact plan are equal, so a second step to one item earns less than the first to
//! another.

use super::problem::Problem;
use super::tally::Scale;
use super::{Allocation, certificate};
use crate::response::Curve;

/// Bounds within this share of a step of a multiple count as on it.
const ON_STEP: f64 = 1e-9;

/// A plan in whole steps. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounded {
    /// Spend of each item, money: the number nearest to its steps.
    pub spend: Vec<f64>,
    /// Spend of each item in steps.
    pub steps: Vec<i64>,
    /// Money left of the budget.
    pub unallocated: f64,
    /// Steps left of the budget; with the steps of all items exactly the budget's whole steps.
    pub unallocated_steps: i64,
    /// Response of each item.
    pub response: Vec<f64>,
    /// Objective lost against the plan before rounding; negative where rounding gained.
    pub loss: f64,
    /// Items outside their bounds by less than a step: no multiple of the step lies between the
    /// bounds, or the lower bounds rounded inwards exceed the budget.
    pub outside_bounds: Vec<usize>,
}

/// Rounds an allocation to multiples of `step` (money, above zero).
///
/// A step that is not above zero, or so small that the budget has more than 2⁵³ of them, is replaced
/// by the smallest that works.
#[must_use]
pub fn round_to_step(problem: &Problem, allocation: &Allocation, step: f64) -> Rounded {
    let step = if step.is_finite() { step } else { 0.0 }.max(problem.budget / 9e15).max(f64::MIN_POSITIVE);
    let grid = Grid::new(step);
    let budget = grid.down(problem.budget);
    let mut outside_bounds = Vec::new();
    let mut items: Vec<Item> = (0..allocation.spend.len())
        .map(|at| {
            let spend = allocation.spend[at];
            let (lower, upper) = (grid.up(problem.lower[at]), grid.down(problem.upper[at]));
            if lower > upper {
                outside_bounds.push(at);
                let nearest = grid.nearest(spend);
                return Item { lower: nearest, upper: nearest, steps: nearest };
            }
            Item { lower, upper, steps: grid.down(spend).clamp(lower, upper) }
        })
        .collect();
    let mut left = items.iter().fold(budget, |left, item| left.saturating_sub(item.steps));
    let rounding = Rounding { problem, grid, exact: &allocation.spend };
    rounding.add(&mut items, &mut left);
    rounding.remove(&mut items, &mut left, |item, _| item.steps > item.lower);
    // lower bounds rounded up may exceed the budget that they meet exactly
    let before: Vec<i64> = items.iter().map(|item| item.steps).collect();
    rounding.remove(&mut items, &mut left, |item, at| {
        item.steps == before[at] && item.steps > 0 && grid.money(item.steps) > problem.lower[at]
    });
    outside_bounds.extend((0..items.len()).filter(|&at| items[at].steps < items[at].lower));
    outside_bounds.sort_unstable();
    outside_bounds.dedup();

    let steps: Vec<i64> = items.iter().map(|item| item.steps).collect();
    let spend: Vec<f64> = steps.iter().map(|&steps| grid.money(steps)).collect();
    let largest = spend.iter().copied().fold(problem.budget, f64::max);
    let (response, _) = certificate::evaluate(problem, &spend);
    let total = Scale::new(spend.len(), largest).total(&spend);
    let objective = (-problem.price_floor).mul_add(total, certificate::sum(&response));
    // what the budget has beyond its last whole step is left too
    let crumb = problem.budget - grid.money(budget);
    let on_step = budget > 0 && crumb <= grid.tolerance(problem.budget) * step;
    let crumb = if on_step { 0.0 } else { crumb };
    Rounded {
        unallocated: grid.money(left) + crumb,
        unallocated_steps: left,
        loss: allocation.certificate.objective - objective,
        spend,
        steps,
        response,
        outside_bounds,
    }
}

#[derive(Clone, Copy)]
struct Item {
    lower: i64,
    upper: i64,
    steps: i64,
}

/// Multiples of a step.
#[derive(Clone, Copy)]
struct Grid {
    step: f64,
    /// Steps in a unit of money where that is a whole number: `29/100` is nearer to 0.29 than `29·0.01`.
    per_unit: Option<f64>,
}

impl Grid {
    fn new(step: f64) -> Self {
        let per_unit = step.recip().round();
        let whole = per_unit >= 1.0 && per_unit.mul_add(step, -1.0).abs() <= 4.0 * f64::EPSILON;
        Self { step, per_unit: whole.then_some(per_unit) }
    }

    fn ratio(self, money: f64) -> f64 {
        self.per_unit.map_or(money / self.step, |per_unit| money * per_unit)
    }

    /// How far from a multiple counts as on it, in steps: large amounts carry rounding of their own.
    fn tolerance(self, money: f64) -> f64 {
        ON_STEP.max(4.0 * f64::EPSILON * self.ratio(money))
    }

    #[allow(clippy::cast_possible_truncation)] // saturates, as infinite upper bounds should
    fn down(self, money: f64) -> i64 {
        (self.ratio(money) + self.tolerance(money)).floor() as i64
    }

    #[allow(clippy::cast_possible_truncation)]
    fn up(self, money: f64) -> i64 {
        (self.ratio(money) - self.tolerance(money)).ceil().max(0.0) as i64
    }

    #[allow(clippy::cast_possible_truncation)]
    fn nearest(self, money: f64) -> i64 {
        self.ratio(money).round() as i64
    }

    fn money(self, steps: i64) -> f64 {
        self.per_unit.map_or(steps as f64 * self.step, |per_unit| steps as f64 / per_unit)
    }
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
