//! Plans in whole steps of money, such as cents: exact integers, limits rounded inwards.
//!
//! Every item starts at the step below its exact spend; the steps left over go one each to the items
//! where a step earns most, the largest remainder first among equals. Adjacent steps suffice: the
//! marginals of the exact plan are equal, so a second step to one item earns less than the first to
//! another.
//!
//! Groups form a laminar family, for which a plan in whole steps exists with the total of every group
//! at the step below or above its exact total (Cox 1987, "A constructive procedure for unbiased
//! controlled rounding"; the constraint matrix is totally unimodular). The steps are dealt out from the
//! innermost group outwards, first what a group's lower limit asks, then what the budget has left, each
//! where it earns most within the limits; for concave curves that is the best plan in whole steps
//! (Federgruen and Groenevelt 1986, "The greedy procedure for resource allocation problems"). Classes
//! and the turnover limit cut across groups, where such a plan need not exist: they are kept where a
//! step more here and one less there does it, and reported where not.
//!
//! Where a goal or a limit on what moves asks for more than what a step earns, plans of up to 200 items are exchanged until no
//! step or pair of steps makes them better (`polish`).
//!
//! In goes a plan within its limits; out comes one that differs by about a step an item. Wrong where
//! the plan that goes in breaks its limits by more than a step: then so does what comes out, as reported.

mod crossing;
mod flat;
mod give;
mod goal;
mod grid;
mod held;
mod near;
mod offers;
mod polish;
mod tree;

pub(super) use grid::Grid;
pub use held::{Short, holds_a_step, short_in_steps};

use super::problem::{Goal, Problem};
use super::tally::Scale;
use super::{AllocateError, Allocation, Binding, LimitRef, allocate_steps, certificate};

/// A plan in whole steps. Vectors have the shape: items, but for the two lists of exceptions.
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
    /// Objective, net of the floor and of the turnover's price, lost against the plan before rounding;
    /// negative where rounding gained.
    pub loss: f64,
    /// Items outside their bounds by less than a step: no multiple of the step lies between the
    /// bounds, or the bounds rounded inwards contradict the budget or a group.
    pub outside_bounds: Vec<usize>,
    /// Limits that the plan in steps does not meet, ascending: groups and classes without a multiple of the
    /// step between their limits, classes and turnover that no exchange of steps tried could keep, an average
    /// return or a volume missed by what rounding took, a budget below what must be spent. Shares are of what the plan spent before rounding.
    pub outside_limits: Vec<LimitRef>,
}

/// A gap above this share may hide a better plan in steps than the rounded one.
const WORTH_A_TABLE: f64 = 1e-9;
/// What rounding may lose of the objective, as a share of it, before plans nearby are looked at.
const LOST: f64 = 1e-6;

impl Rounded {
    /// A plan in steps that is within all limits.
    fn within(problem: &Problem, allocation: &Allocation, grid: Grid, steps: Vec<i64>) -> Self {
        let Scored { spend, response, objective } = score(problem, grid, &steps);
        let left = steps.iter().fold(grid.down(problem.budget), |left, steps| left.saturating_sub(*steps));
        Self {
            // what the budget has beyond its last whole step is left too
            unallocated: grid.money(left) + grid.crumb(problem.budget),
            unallocated_steps: left,
            loss: allocation.certificate.objective - objective,
            spend,
            steps,
            response,
            outside_bounds: Vec::new(),
            outside_limits: Vec::new(),
        }
    }

    /// Whether it is within all limits.
    fn holds(&self) -> bool {
        self.outside_bounds.is_empty() && self.outside_limits.is_empty()
    }
}

/// The plan in multiples of `step`: rounded, and for few items whose curves or minimums leave a gap the best there is.
///
/// Where the certificate leaves room (curves that are not concave, minimums), or minimums make rounding dear, the exact
/// plan in steps is worked out by [`super::allocate_steps`] if that is not too much work, and taken if it is worth more.
///
/// # Errors
/// As [`super::allocate`].
pub fn plan_in_steps(problem: &Problem, allocation: &Allocation, step: f64) -> Result<Rounded, AllocateError> {
    let rounded = round_to_step(problem, allocation, step);
    // of a volume the spend is what may be lost
    let (lost, whole) = match problem.goal {
        Goal::Volume { .. } => {
            let [own, before] = [&rounded.spend, &allocation.spend].map(|spend| spend.iter().sum::<f64>());
            (own - before, before)
        }
        Goal::MostResponse | Goal::AverageReturn { .. } => (rounded.loss, allocation.certificate.objective.abs()),
    };
    let grid = Grid::new(step, problem.budget);
    let is_costly = !rounded.holds() || lost > LOST * whole;
    // a plan that is the best of all may have minimums that fit no step, and another choice of items is then worth more
    let is_open = allocation.certificate.relative_gap > WORTH_A_TABLE || (is_costly && has_minimums(problem));
    if is_open && let Some(exact) = allocate_steps(problem, step)? {
        let exact = Rounded::within(problem, allocation, grid, exact.steps);
        if exact.loss < rounded.loss || !rounded.holds() {
            return Ok(exact);
        }
    } else if is_costly {
        // rounding took something that another plan nearby may not lose; of those the best, whatever the goal makes most of
        if let Some(steps) = near::best(problem, grid, allocation, &rounded) {
            return Ok(Rounded::within(problem, allocation, grid, steps));
        }
    }
    Ok(rounded)
}

/// Rounds an allocation to multiples of `step` (money, above zero).
///
/// A step that is not above zero, or so small that the budget has more than 2⁵³ of them, is replaced
/// by the smallest that works. An item with a minimum gets nothing or at least its minimum rounded up; which
/// of the two is the plan's choice, but for items left out where minimums rounded up exceed a limit.
#[must_use]
pub fn round_to_step(problem: &Problem, allocation: &Allocation, step: f64) -> Rounded {
    let grid = Grid::new(step, problem.budget);
    let round = if is_plain(problem) { flat::round } else { tree::round };
    let Plan { items, mut outside_bounds, mut outside_limits } = round(problem, grid, &allocation.spend);
    outside_bounds.sort_unstable();
    outside_bounds.dedup();
    let steps = items.iter().map(|item| item.steps).collect();
    let mut rounded = Rounded::within(problem, allocation, grid, steps);
    if rounded.unallocated_steps < 0 {
        outside_limits.push(LimitRef::Budget);
    }
    outside_limits.sort_unstable();
    (rounded.outside_bounds, rounded.outside_limits) = (outside_bounds, outside_limits);
    rounded
}

/// What a plan in steps is worth.
pub(super) struct Scored {
    /// Spend of each item, money.
    pub(super) spend: Vec<f64>,
    /// Response of each item.
    pub(super) response: Vec<f64>,
    /// Response net of the floor and of the turnover's price.
    pub(super) objective: f64,
}

pub(super) fn score(problem: &Problem, grid: Grid, steps: &[i64]) -> Scored {
    let spend: Vec<f64> = steps.iter().map(|&steps| grid.money(steps)).collect();
    let largest = spend.iter().copied().fold(problem.budget, f64::max);
    let (response, _) = certificate::evaluate(problem, &spend);
    let scale = Scale::new(spend.len(), largest);
    let mut objective = (-problem.price_floor).mul_add(scale.total(&spend), certificate::sum(&response));
    if let Some(turnover) = &problem.turnover {
        let largest = turnover.current.iter().copied().fold(largest, f64::max);
        let moves = spend.iter().zip(&turnover.current).map(|(spend, current)| (spend - current).abs());
        objective -= turnover.price * Scale::new(spend.len(), largest).sum(moves);
    }
    Scored { spend, response, objective }
}

/// Whether some item has to get nothing or at least so much.
fn has_minimums(problem: &Problem) -> bool {
    problem.minimum.iter().any(|minimum| *minimum > 0.0)
}

/// Whether only bounds and the budget limit the plan.
fn is_plain(problem: &Problem) -> bool {
    problem.groups.is_empty()
        && problem.classes.is_empty()
        && problem.turnover.is_none()
        && problem.goal == Goal::MostResponse
        && !has_minimums(problem)
}

/// Steps of each item, and what they do not meet.
struct Plan {
    items: Vec<Item>,
    outside_bounds: Vec<usize>,
    outside_limits: Vec<LimitRef>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    lower: i64,
    upper: i64,
    steps: i64,
}

/// Each item at the step below its exact spend and between its bounds; and those that have no step there.
fn items(problem: &Problem, grid: Grid, exact: &[f64]) -> (Vec<Item>, Vec<usize>) {
    let mut outside = Vec::new();
    let items = (0..exact.len()).map(|at| {
        let spend = exact[at];
        let (mut lower, mut upper) = (grid.up(problem.lower[at]), grid.down(problem.upper[at]));
        let minimum = problem.minimum.get(at).copied().unwrap_or(0.0);
        let least = grid.up(minimum);
        // a single step is nothing or at least a step by itself
        if least > 1 {
            if lower == 0 && spend < 0.5 * minimum {
                upper = 0;
            } else {
                lower = lower.max(least);
            }
        }
        if lower > upper {
            outside.push(at);
            let nearest = grid.nearest(spend);
            return Item { lower: nearest, upper: nearest, steps: nearest };
        }
        Item { lower, upper, steps: grid.down(spend).clamp(lower, upper) }
    });
    (items.collect(), outside)
}
