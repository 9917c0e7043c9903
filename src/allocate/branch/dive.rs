//! A first plan that can be kept: items in the gap below their minimum settled all at once, round by round.
//!
//! In: the plan on envelopes. Out: plans kept by the search, if any can be. What it costs must leave enough for the branches.

use super::{Branching, Solution, Start};
use crate::allocate::error::AllocateError;
use crate::allocate::problem::Goal;
use crate::allocate::segment::Range;
use crate::allocate::tree;
use crate::allocate::workspace::Narrowed;

/// Rounds of a dive, and the part of all work that they may take.
const DIVES: usize = 60;
const DIVING: usize = 8;

impl Branching<'_> {
    /// Settles items in the gap below their minimum, all at once and round by round.
    pub(super) fn dive(&mut self, root: &Solution, mut start: Start) -> Result<(), AllocateError> {
        let mut narrowed: Vec<Narrowed> = Vec::new();
        let mut outside = root.outside.clone();
        let mut deepest = root.split;
        let before = self.workspace.effort;
        for round in 0..DIVES {
            // what a plan costs to look for must leave enough for the branches
            if round > 0 && (self.workspace.effort - before) > self.workspace.most_effort() / DIVING {
                return Ok(());
            }
            let settled = if outside.is_empty() { deepest.as_slice() } else { outside.as_slice() };
            for (off, spend) in settled {
                let Range { lower, upper, minimum } = self.problem.range(off.item);
                // to the nearer end; to the lower one once that has not worked out
                let (from, to) = if *spend < minimum { (lower, minimum) } else { (off.from, off.to) };
                let range = if *spend >= f64::midpoint(from, to) && round < DIVES / 2 {
                    Range { lower: to, upper, minimum: 0.0 }
                } else {
                    Range { lower, upper: from, minimum: if from >= minimum { minimum } else { 0.0 } }
                };
                narrowed.retain(|narrowed| narrowed.item != off.item);
                narrowed.push(Narrowed { item: off.item, range });
            }
            let solution = match self.part(&mut start, &narrowed) {
                Ok(solution) => solution,
                Err(AllocateError::Infeasible { .. }) => {
                    // too much was forced up: let the last half go
                    let up = |narrowed: &Narrowed| narrowed.range.lower > self.problem.range(narrowed.item).lower;
                    let forced: Vec<usize> = (0..narrowed.len()).filter(|&at| up(&narrowed[at])).collect();
                    if forced.is_empty() {
                        return Ok(());
                    }
                    for &at in &forced[forced.len() / 2..] {
                        let lower = self.problem.range(narrowed[at].item).lower;
                        narrowed[at].range = Range { lower, upper: lower, minimum: 0.0 };
                    }
                    (outside, deepest) = (Vec::new(), None);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if solution.fits {
                self.keep(solution);
                return Ok(());
            }
            self.leave(&solution);
            if solution.split.is_none() {
                return Ok(());
            }
            (outside, deepest) = (solution.outside, solution.split);
        }
        Ok(())
    }

    /// Keeps a plan with what stands where it may not left at its lower bound: money that cannot be placed stays
    /// unspent.
    fn leave(&mut self, solution: &Solution) {
        if self.problem.goal != Goal::MostResponse {
            return;
        }
        self.workspace.plan.clone_from(&solution.plan);
        for (off, _) in &solution.outside {
            self.workspace.plan[off.item] = self.problem.range(off.item).lower;
        }
        let appraisal = self.workspace.appraise(self.problem, &solution.relaxed.prices());
        if appraisal.max_violation <= tree::ROUNDING * self.problem.budget {
            let (plan, worth) = (self.workspace.plan.clone(), appraisal.objective);
            self.keep(Solution { plan, worth, fits: true, appraisal, ..solution.clone() });
        }
    }
}
