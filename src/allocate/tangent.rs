//! The last step of a search where spends are smooth in the price: from a price nearby along their slope and bend
//! ([`super::kernel::lean`]).
//!
//! The error is of the order of the step's cube, and steps are so small that this is rounding. What bounds cut off on the
//! way is made up for by another step; where that does not do, the search closes its bracket instead.

use super::chunk::{CHUNK, Chunk, FillScratch};
use super::kernel::Price;
use super::pour::{Poured, Target};
use super::price::{End, Tangent};
use super::problem::Problem;
use super::tally::Tally;
use super::workspace::Workspace;
use rayon::prelude::*;

/// Steps tried; the second makes up for bounds that the first met.
const STEPS: usize = 3;
/// A total this near to its target, as a share, is there.
const THERE: f64 = 1e-15;

impl Workspace {
    /// Finds the prices and fills the plan; limits must be feasible.
    pub(super) fn pour_and_fill(&mut self, problem: &Problem, target: Target) -> Poured {
        let smooth = self.is_smooth();
        self.chunks.iter_mut().for_each(|chunk| chunk.keep(smooth));
        let mut poured = self.pour(Target { smooth, ..target });
        if let Some(tangent) = poured.bracket.tangent {
            if self.lean(&mut poured, tangent) {
                return poured;
            }
            let iterations = poured.bracket.iterations;
            let max_iterations = target.max_iterations - iterations;
            let initial_price = Some(poured.bracket.low.price);
            self.chunks.iter_mut().for_each(|chunk| chunk.keep(false));
            poured = self.pour(Target { initial_price, max_iterations, smooth: false, ..target });
            poured.bracket.iterations += iterations;
        }
        self.fill(problem, &poured);
        poured
    }

    /// Whether every item follows one price without a jump.
    fn is_smooth(&self) -> bool {
        self.tree.nodes.len() == 1 && self.shifts.len() == 1 && self.chunks.iter().all(Chunk::is_smooth)
    }

    /// Fills the plan a step away from a price; false if no step spends what it should.
    fn lean(&mut self, poured: &mut Poured, tangent: Tangent) -> bool {
        let target = poured.bracket.low.total;
        let Tangent { price, mut step, speed } = tangent;
        for _ in 0..STEPS {
            let total = self.fill_along(price, step);
            if (total - target).abs() <= THERE * target {
                let end = End { price: price * step.exp(), total: target };
                (poured.bracket.low, poured.bracket.high) = (end, end);
                return true;
            }
            step += (total - target) / speed;
        }
        false
    }

    /// Fills the plan a step away from the price tried last; returns what it spends.
    fn fill_along(&mut self, price: f64, step: f64) -> f64 {
        self.have_plan();
        let (scale, price) = (self.scale, Price::new(price));
        let fill = |scratch: &mut FillScratch, (chunk, plan): (&Chunk, &mut [f64])| {
            chunk.fill_along(price, step, scale, plan, scratch)
        };
        if let [chunk] = &self.chunks[..] {
            return fill(&mut FillScratch::default(), (chunk, &mut self.plan)).value();
        }
        let parts = self.chunks.par_iter().zip(self.plan.par_chunks_mut(CHUNK));
        parts.map_init(FillScratch::default, fill).reduce(Tally::default, Tally::merge).value()
    }
}
