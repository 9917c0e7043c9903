//! Bounds in whole steps: which of them holds an item, and what they need together.

use super::grid::Grid;
use super::{Binding, Problem, Rounded};

/// What lower bounds, rounded inwards to whole steps, need together where the budget has less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Short {
    /// Least that whole steps within the bounds spend, money.
    pub needed: f64,
    /// Whole steps of the budget, money.
    pub budget: f64,
}

/// Whether the budget is too small for whole steps within the bounds; `None` where it is large enough. `step` is money,
/// above zero. Items without a multiple of the step between their bounds are counted below their lower bound.
#[must_use]
pub fn short_in_steps(problem: &Problem, step: f64) -> Option<Short> {
    let grid = Grid::new(step, problem.budget);
    let least = |(&lower, &upper): (&f64, &f64)| {
        let steps = grid.up(lower);
        if steps > grid.down(upper) { grid.down(lower) } else { steps }
    };
    let needed = problem.lower.iter().zip(&problem.upper).map(least).fold(0, i64::saturating_add);
    let budget = grid.down(problem.budget);
    (needed > budget).then(|| Short { needed: grid.money(needed), budget: grid.money(budget) })
}

/// Whether a multiple of the step lies between the bounds of an item, all money.
#[must_use]
pub fn holds_a_step(problem: &Problem, item: usize, step: f64) -> bool {
    let grid = Grid::new(step, problem.budget);
    grid.up(problem.lower[item]) <= grid.down(problem.upper[item])
}

impl Rounded {
    /// Which bound, rounded inwards to whole steps, holds each item. Shape: items.
    #[must_use]
    pub fn binding(&self, problem: &Problem, step: f64) -> Vec<Binding> {
        let grid = Grid::new(step, problem.budget);
        let bounds = problem.lower.iter().zip(&problem.upper);
        let held = |(&steps, (&lower, &upper)): (&i64, (&f64, &f64))| {
            let (least, most) = (grid.up(lower), grid.down(upper));
            if lower >= upper {
                Binding::Fixed
            } else if least > most {
                // at the multiple nearest to a gap without one
                Binding::of(grid.money(steps), lower, upper)
            } else if steps <= least {
                Binding::Lower
            } else if steps >= most {
                Binding::Upper
            } else {
                Binding::None
            }
        };
        self.steps.iter().zip(bounds).map(held).collect()
    }
}
