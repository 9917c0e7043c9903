//! A plan for curves that are not concave where moving money has a price: the best in whole steps, then the best near it.
//!
//! Leaving an item alone, or moving it across its bridge at once, are choices that no price of money tells apart, and with
//! dozens of items branches do not get through them. Tables by total do, on a grid of money; around their plan every curve
//! is nearly its own envelope. In: what the search has. Out: plans kept by the search. It proves nothing, and its work is
//! bounded before it begins.

use super::{Branching, Solution, Start};
use crate::allocate::dynamic::allocate_steps;
use crate::allocate::error::AllocateError;
use crate::allocate::problem::Goal;
use crate::allocate::segment::Range;
use crate::allocate::workspace::Narrowed;

/// Additions of two table entries that the tables may take, about: some tenths of a second.
const ADDITIONS: f64 = 5e7;
/// Steps of the budget: fewer tell too little, more change little.
const FEWEST: f64 = 50.0;
const MOST: f64 = 2000.0;
/// Rounds around the best plan so far, each with a quarter of the width before.
const ROUNDS: i32 = 8;

impl Branching<'_> {
    /// Looks for plans in steps, and around them.
    pub(super) fn in_steps(&mut self, template: &Solution) -> Result<(), AllocateError> {
        let problem = self.problem;
        if problem.moving_price() <= 0.0 || problem.goal != Goal::MostResponse || problem.is_concave() {
            return Ok(());
        }
        let steps = (2.0 * ADDITIONS / problem.curves.len() as f64).sqrt().min(MOST).floor();
        if steps < FEWEST {
            return Ok(());
        }
        let step = problem.budget / steps;
        // none where limits cut across the tree, or leave no multiple
        let Some(found) = allocate_steps(problem, step)? else { return Ok(()) };
        self.offer(template, found.spend);
        let mut width = step;
        for _ in 0..ROUNDS {
            let Some(best) = &self.best else { return Ok(()) };
            let (worth, narrowed) = (best.worth, self.around(&best.plan, width));
            let mut start = Start { price: template.appraisal.lambda, ..Start::default() };
            match self.part(&mut start, &narrowed) {
                Ok(solution) => self.keep(solution),
                Err(AllocateError::Infeasible { .. }) => {}
                Err(error) => return Err(error),
            }
            if self.best.as_ref().is_none_or(|best| best.worth <= worth) {
                width *= 0.25;
            }
        }
        Ok(())
    }

    /// Ranges of so much money either side of a plan, for items whose curves are not their envelopes.
    fn around(&self, plan: &[f64], width: f64) -> Vec<Narrowed> {
        let near = |(item, &spend): (usize, &f64)| {
            let own = self.problem.range(item);
            if own.minimum <= 0.0 && self.problem.curves[item].is_concave() {
                return None;
            }
            let (from, to) = ((spend - width).max(own.lower), (spend + width).min(own.upper));
            let range = match own.minimum {
                minimum if minimum <= 0.0 => Range { lower: from, upper: to, minimum },
                minimum if spend < minimum => Range { lower: own.lower, upper: own.lower, minimum: 0.0 },
                minimum => Range { lower: from.max(minimum), upper: to, minimum: 0.0 },
            };
            Some(Narrowed { item, range })
        };
        plan.iter().enumerate().filter_map(near).collect()
    }
}
