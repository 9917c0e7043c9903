//! From prices to a plan that spends the budget.
//!
//! Every node's plan is a combination of the plans at a few prices: two for a bracket, and two more for
//! each held group on the way down that is held at one end only. Where the envelope bridges a part
//! of a curve, sharing would leave every tied item off its curve's hull, so such items are filled one
//! after another and at most one of a node is left between.

use super::chunk::{self, CHUNK, Chunk, FillScratch};
use super::kernel::Price;
use super::pour::Poured;
use super::problem::Problem;
use super::segment::Segment;
use super::workspace::Workspace;
use rayon::prelude::*;

/// Spends that differ from today's by less, as a share, are today's.
const STILL: f64 = 1e-14;

/// Bridges of less than this share of the budget are not worth deciding.
const NARROW: f64 = 1e-6;

/// Prices with their weights; the weights add up to one.
pub(super) type Blend = Vec<(f64, f64)>;

impl Workspace {
    /// Fills the plan.
    pub(super) fn fill(&mut self, problem: &Problem, poured: &Poured) {
        let blends = self.blends(poured);
        self.have_plan();
        let mut plan = std::mem::take(&mut self.plan);
        self.spread(problem, &blends, &mut plan);
        self.plan = plan;
        self.fill_in_turn(problem);
    }

    /// Puts the plan within the bounds, and as few items as possible off their curves' hulls.
    pub(super) fn tidy(&mut self, problem: &Problem) {
        self.clip(problem);
        self.fill_in_turn(problem);
    }

    /// Writes the combination of the spends at every node's prices, within the bounds.
    fn spread(&mut self, problem: &Problem, blends: &[Blend], spends: &mut [f64]) {
        let top = self.top_shift();
        let (tree, shifts) = (&self.tree, &self.shifts);
        let price_of = |price: f64, shift: u32| Price::new(price - (top - shifts[shift as usize]));
        let sorted = if tree.order.is_empty() { &mut *spends } else { self.sorted.as_mut_slice() };
        let fill = |scratch: &mut FillScratch, (number, (chunk, plan)): (usize, (&mut Chunk, &mut [f64]))| {
            plan.fill(0.0);
            for at in 0..chunk.blocks.len() {
                let block = chunk.blocks[at];
                chunk.cool_block(at);
                let blend = blends[block.node as usize].iter();
                chunk.fill(at, blend.map(|&(price, weight)| (price_of(price, block.shift), weight)), plan, scratch);
            }
            for (place, spend) in (number * CHUNK..).zip(plan) {
                clip(problem, tree.item(place), spend);
            }
        };
        if self.chunks.len() == 1 {
            fill(&mut FillScratch::default(), (0, (&mut self.chunks[0], sorted)));
        } else {
            let parts = self.chunks.par_iter_mut().zip(sorted.par_chunks_mut(CHUNK)).enumerate();
            parts.for_each_init(FillScratch::default, fill);
        }
        for (place, &item) in tree.order.iter().enumerate() {
            spends[item as usize] = self.sorted[place];
        }
    }

    fn clip(&mut self, problem: &Problem) {
        let clip = |(item, spend): (usize, &mut f64)| clip(problem, item, spend);
        if self.plan.len() <= CHUNK {
            self.plan.iter_mut().enumerate().for_each(clip);
        } else {
            self.plan.par_iter_mut().enumerate().with_min_len(CHUNK).for_each(clip);
        }
    }

    /// The prices of every node's plan.
    fn blends(&self, poured: &Poured) -> Vec<Blend> {
        let bracket = &poured.bracket;
        let nodes = &self.tree.nodes;
        let ends = |bracket: &super::price::Bracket, weight: f64, blend: &mut Blend| {
            for (price, share) in [(bracket.high.price, 1.0 - bracket.share), (bracket.low.price, bracket.share)] {
                if share > 0.0 {
                    match blend.iter_mut().find(|known| known.0.to_bits() == price.to_bits()) {
                        Some(known) => known.1 += weight * share,
                        None => blend.push((price, weight * share)),
                    }
                }
            }
        };
        let mut blends: Vec<Blend> = vec![Vec::new(); nodes.len()];
        ends(bracket, 1.0, &mut blends[0]);
        for at in 1..nodes.len() {
            let mut own = Vec::new();
            for &(price, weight) in &blends[nodes[at].parent as usize] {
                match nodes[at].held(price) {
                    Some((bracket, _)) => ends(&bracket, weight, &mut own),
                    None => own.push((price, weight)),
                }
            }
            blends[at] = own;
        }
        blends
    }

    /// Items that stand inside a bridge of their envelope: index, range of the bridge, and node.
    pub(super) fn off_hull(&self) -> Vec<OffHull> {
        let mut found = Vec::new();
        for (number, chunk) in self.chunks.iter().enumerate() {
            for envelope in &chunk.envelopes {
                let place = number * CHUNK + usize::from(envelope.item);
                let item = self.tree.item(place);
                let spend = self.plan[item];
                let bridge = |piece: &&Segment| piece.bridge && spend > piece.from && spend < piece.to;
                if let Some(piece) = chunk.pieces_of(envelope).iter().find(bridge) {
                    let hash = chunk::hash(&[piece.c, piece.from, piece.to]);
                    found.push(OffHull { item, from: piece.from, to: piece.to, slope: piece.c, hash });
                }
            }
        }
        found
    }

    /// The widest bridge of any item and the spend to split it at: limits that cross the tree mix plans, and what is filled
    /// in turn then may leave no item inside a bridge although the plan on the envelopes has some.
    pub(super) fn undecided(&self, problem: &Problem) -> Option<(OffHull, f64)> {
        let mut widest: Option<(OffHull, f64)> = None;
        for (number, chunk) in self.chunks.iter().enumerate() {
            for envelope in &chunk.envelopes {
                let item = self.tree.item(number * CHUNK + usize::from(envelope.item));
                for piece in chunk.pieces_of(envelope).iter().filter(|piece| piece.bridge) {
                    let hash = chunk::hash(&[piece.c, piece.from, piece.to]);
                    let off = OffHull { item, from: piece.from, to: piece.to, slope: piece.c, hash };
                    let width = |off: &OffHull| off.to - off.from;
                    if width(&off) > NARROW * problem.budget
                        && widest.as_ref().is_none_or(|(known, _)| width(&off) > width(known))
                    {
                        let minimum = self.range(problem, item).minimum;
                        let at = if minimum > 0.0 { 0.5 * minimum } else { f64::midpoint(off.from, off.to) };
                        widest = Some((off, at));
                    }
                }
            }
        }
        widest
    }

    /// Fills the items inside a bridge one after another, those of the same node and price in turn.
    fn fill_in_turn(&mut self, problem: &Problem) {
        let mut off = self.off_hull();
        if off.is_empty() {
            return;
        }
        let cell = |off: &OffHull| (self.tree.node_of(problem, off.item), self.signatures.of(off.item)[0]);
        // the largest first, so that what does not fit is small
        let jump = |off: &OffHull| off.to - off.from;
        off.sort_by(|a, b| {
            let order = cell(a).cmp(&cell(b)).then(jump(b).total_cmp(&jump(a)));
            order.then(a.hash.cmp(&b.hash)).then(a.item.cmp(&b.item))
        });
        let cells: Vec<Vec<OffHull>> = off.chunk_by(|a, b| cell(a) == cell(b)).map(<[OffHull]>::to_vec).collect();
        for tied in cells {
            let mut left: f64 = tied.iter().map(|off| self.plan[off.item] - off.from).sum();
            let mut open: Option<OffHull> = None;
            for off in tied {
                if jump(&off) <= left {
                    left -= jump(&off);
                    self.plan[off.item] = off.to;
                    continue;
                }
                self.plan[off.item] = off.from;
                // what is left goes where it earns most on the curve itself
                let gain = |off: &OffHull| {
                    let curve = &problem.curves[off.item];
                    curve.value((off.from + left).min(off.to)) - curve.value(off.from)
                };
                if open.is_none_or(|best| gain(&off) > gain(&best)) {
                    open = Some(off);
                }
            }
            if let Some(off) = open {
                self.plan[off.item] = (off.from + left).min(off.to);
            }
        }
    }
}

/// Rounding of sums of stretches never leaves an item's bounds, nor moves what is left alone.
fn clip(problem: &Problem, item: usize, spend: &mut f64) {
    let upper = problem.upper[item].max(problem.lower[item]);
    *spend = spend.max(problem.lower[item]).min(upper);
    // what is left alone stays what it is, though its stretches add up with rounding
    if let Some(today) = problem.turnover.as_ref().map(|turnover| turnover.current[item])
        && (*spend - today).abs() <= STILL * today
    {
        *spend = today.max(problem.lower[item]).min(upper);
    }
}

/// An item inside a bridge of its envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct OffHull {
    pub(super) item: usize,
    /// Ends of the bridge, money.
    pub(super) from: f64,
    pub(super) to: f64,
    /// Slope of the bridge, response per unit of money.
    pub(super) slope: f64,
    hash: u64,
}
