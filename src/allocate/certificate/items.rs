//! What each item leaves open: one pass over the plan, chunk by chunk.

use super::Workspace;
use super::plain;
use crate::allocate::chunk::{CHUNK, Chunk, FillScratch};
use crate::allocate::kernel::Price;
use crate::allocate::problem::Problem;
use crate::allocate::segment::Segment;
use crate::allocate::shift::Shifts;
use crate::allocate::tally::{Scale, Tally};
use crate::allocate::tree::Tree;
use crate::allocate::violation::of_item;
use crate::response::{Batch, Curve};
use rayon::prelude::*;

/// What the items are worth and leave open.
pub(super) struct Items {
    pub(super) response: Vec<f64>,
    pub(super) marginal: Vec<f64>,
    pub(super) spend: f64,
    pub(super) greatest_response: f64,
    /// What all of them could earn more, response.
    pub(super) gap: f64,
    /// Largest distance of a slope from its price, as [`super::Certificate::kkt_residual`].
    pub(super) residual: f64,
    /// Largest amount by which a bound is broken, money.
    pub(super) violation: f64,
}

/// The same of one chunk, but for what is written to its place.
#[derive(Default)]
struct Sums {
    spend: Tally,
    greatest_response: f64,
    /// Gaps that are rounding, added up; most often there are no others.
    near: Tally,
    /// The other gaps above zero.
    gaps: Vec<f64>,
    residual: f64,
    violation: f64,
}

impl Sums {
    fn merge(mut self, mut other: Self) -> Self {
        self.gaps.append(&mut other.gaps);
        Self {
            spend: self.spend.merge(other.spend),
            greatest_response: self.greatest_response.max(other.greatest_response),
            near: self.near.merge(other.near),
            gaps: self.gaps,
            residual: self.residual.max(other.residual),
            violation: self.violation.max(other.violation),
        }
    }
}

/// Scratch of one task.
struct Scratch {
    batch: Batch,
    fill: FillScratch,
    /// Spends of the plan, and those that are best at its prices, in the order of the chunk.
    plan: Vec<f64>,
    best: Vec<f64>,
    /// Spends, responses, slopes and gaps in the order of the stretches.
    stretches: plain::Stretches,
}

impl Scratch {
    fn new() -> Self {
        Self {
            batch: Batch::new(),
            fill: FillScratch::default(),
            plan: Vec::new(),
            best: Vec::new(),
            stretches: plain::Stretches::default(),
        }
    }
}

/// What the pass over the items reads.
struct Pass<'a> {
    problem: &'a Problem,
    tree: &'a Tree,
    signatures: &'a Shifts,
    shifts: &'a [f64],
    node_price: &'a [f64],
    plan: &'a [f64],
    scale: Scale,
    /// For sums of gaps that are rounding.
    near: Scale,
    /// Whether one price serves all items and every curve is its envelope.
    plain: bool,
}

/// A chunk, and where its items' responses and slopes go.
struct Part<'a> {
    chunk: &'a mut Chunk,
    response: &'a mut [f64],
    marginal: &'a mut [f64],
}

impl Workspace {
    /// Appraises every item at the prices of the nodes.
    pub(super) fn appraise_items(&mut self, problem: &Problem, node_price: &[f64]) -> Items {
        let count = self.plan.len();
        // fresh zeros cost nothing until a thread writes there
        let (mut response, mut marginal) = (vec![0.0; count], vec![0.0; count]);
        let Self { chunks, tree, signatures, shifts, plan, scale, .. } = self;
        let plain = tree.nodes.len() == 1 && problem.is_plain();
        let plain = plain && chunks.iter().all(|chunk| chunk.envelopes.is_empty());
        let near = plain::near_scale(count, node_price[0] + shifts[0], 2.0 * problem.budget);
        let pass = Pass { problem, tree, signatures, shifts, node_price, plan, scale: *scale, near, plain };
        let sums = if let [chunk] = &mut chunks[..] {
            let part = Part { chunk, response: &mut response, marginal: &mut marginal };
            pass.appraise(&mut Scratch::new(), 0, part)
        } else {
            let outputs = response.par_chunks_mut(CHUNK).zip(marginal.par_chunks_mut(CHUNK));
            let parts = chunks.par_iter_mut().zip(outputs).enumerate();
            parts
                .map_init(Scratch::new, |scratch, (number, (chunk, (response, marginal)))| {
                    pass.appraise(scratch, number * CHUNK, Part { chunk, response, marginal })
                })
                .reduce(Sums::default, Sums::merge)
        };
        if !self.tree.order.is_empty() {
            (response, marginal) = (self.tree.unsorted(&response), self.tree.unsorted(&marginal));
        }
        Items {
            response,
            marginal,
            spend: sums.spend.value(),
            greatest_response: sums.greatest_response,
            gap: sums.near.value() + super::sum(&sums.gaps),
            residual: sums.residual,
            violation: sums.violation,
        }
    }

    /// Slope of an item's envelope right of the plan.
    pub(super) fn right_slope(&self, problem: &Problem, place: usize) -> f64 {
        let item = self.tree.item(place);
        let (curve, spend) = (&problem.curves[item], self.plan[item]);
        let marginal = curve.value_and_marginal(spend).1;
        slopes(&self.chunks[place / CHUNK], place % CHUNK, curve, spend, marginal).1
    }
}

impl Pass<'_> {
    /// Appraises the items of a chunk whose first has a place in the tree's order.
    fn appraise(&self, scratch: &mut Scratch, first: usize, part: Part<'_>) -> Sums {
        let Part { chunk, response, marginal } = part;
        let Self { problem, tree, .. } = *self;
        let count = response.len();
        if self.plain && count > 0 {
            return self.appraise_plain(scratch, first, Part { chunk, response, marginal });
        }
        let Scratch { batch, fill, plan, best, .. } = scratch;
        let plan = if tree.order.is_empty() {
            &self.plan[first..first + count]
        } else {
            plan.clear();
            plan.extend((first..first + count).map(|place| self.plan[tree.item(place)]));
            &plan[..]
        };
        let curves = (first..first + count).map(|place| &problem.curves[tree.item(place)]);
        batch.evaluate(curves, plan, response, marginal);
        let mut sums = Sums::default();
        sums.spend.add_all(plan, self.scale);
        best.clear();
        best.resize(count, 0.0);
        for at in 0..chunk.blocks.len() {
            let block = chunk.blocks[at];
            let price = Price::new(self.node_price[block.node as usize] + self.shifts[block.shift as usize]);
            chunk.fill(at, std::iter::once((price, 1.0)), best, fill);
        }
        let mut each = |at: usize, item: usize, price: ItemPrice, (left, right, below): (f64, f64, f64)| {
            let (gap, residual) = item_gap(problem, item, plan[at], best[at], (left, right), price);
            if gap + below > 0.0 {
                sums.gaps.push(gap + below);
            }
            sums.greatest_response = sums.greatest_response.max(response[at]);
            sums.residual = sums.residual.max(residual);
            sums.violation = sums.violation.max(of_item(problem, item, plan[at]));
        };
        for at in 0..count {
            let item = tree.item(first + at);
            let slopes = slopes(chunk, at, &problem.curves[item], plan[at], marginal[at]);
            each(at, item, self.price(item), slopes);
        }
        sums
    }

    /// Appraises items that one price serves and whose curves are their envelopes, in the order of their stretches, of
    /// which each has one.
    fn appraise_plain(&self, scratch: &mut Scratch, first: usize, part: Part<'_>) -> Sums {
        let Part { chunk, response, marginal } = part;
        let Scratch { batch, stretches, .. } = scratch;
        let plan = &self.plan[first..first + response.len()];
        let curves = &self.problem.curves[first..first + response.len()];
        let price = self.node_price[0] + self.shifts[0];
        // family by family they are read out of order: once in order before, so that memory is ahead
        std::hint::black_box(curves.iter().filter(|curve| matches!(curve, Curve::Points(_))).count());
        let order = chunk.order();
        stretches.take(order.iter().map(|&at| plan[usize::from(at)]));
        let plain::Stretches { spend, response: values, marginal: slopes, gap } = stretches;
        batch.evaluate(order.iter().map(|&at| &curves[usize::from(at)]), spend, values, slopes);
        let (from, to) = chunk.bounds();
        let items = plain::Items { spend, from, to, marginal: slopes, response: values };
        let (wide, greatest) = plain::bound(items, price, gap);
        let mut sums = Sums {
            greatest_response: greatest.response,
            residual: greatest.residual,
            violation: greatest.violation,
            ..Sums::default()
        };
        if wide {
            let own = ItemPrice { below: price, above: price, today: 0.0 };
            for (at, gap) in gap.iter_mut().enumerate().filter(|(_, gap)| gap.is_nan()) {
                let item = first + usize::from(order[at]);
                let best = self.problem.curves[item].spend_at_marginal(price).clamp(from[at], to[at]);
                let wide = item_gap(self.problem, item, spend[at], best, (slopes[at], slopes[at]), own).0;
                sums.gaps.extend(Some(wide).filter(|wide| *wide > 0.0));
                *gap = 0.0;
            }
        }
        sums.spend.add_all(spend, self.scale);
        sums.near.add_all(gap, self.near);
        for (at, &place) in order.iter().enumerate() {
            let place = usize::from(place);
            (response[place], marginal[place]) = (values[at], slopes[at]);
        }
        sums
    }

    fn price(&self, item: usize) -> ItemPrice {
        let price = self.node_price[self.tree.node_of(self.problem, item) as usize];
        let [either, below, above] = self.signatures.of(item).map(|shift| price + self.shifts[shift as usize]);
        match &self.problem.turnover {
            Some(turnover) => ItemPrice { below, above, today: turnover.current[item] },
            None => ItemPrice { below: either, above: either, today: 0.0 },
        }
    }
}

/// Slopes of the envelope left and right of a spend, and how far the curve runs below it.
fn slopes(chunk: &Chunk, place: usize, curve: &Curve, spend: f64, marginal: f64) -> (f64, f64, f64) {
    let own = u16::try_from(place).unwrap_or(u16::MAX);
    let pieces = if chunk.envelopes.is_empty() { None } else { chunk.pieces(own) };
    let Some(pieces) = pieces else {
        return (marginal, marginal, 0.0);
    };
    let right = pieces.iter().find(|piece| piece.to > spend);
    let left = pieces.iter().rev().find(|piece| piece.from < spend);
    let slope = |piece: Option<&Segment>| piece.map(|piece| piece.slope(spend));
    let below = right.filter(|piece| piece.bridge && spend > piece.from).map_or(0.0, |piece| {
        let envelope = (-piece.c).mul_add(piece.to - spend, curve.value(piece.to));
        (envelope - curve.value(spend)).max(0.0)
    });
    (slope(left).unwrap_or(f64::INFINITY), slope(right).unwrap_or(0.0), below)
}

/// What an item answers to.
#[derive(Clone, Copy)]
struct ItemPrice {
    below: f64,
    above: f64,
    today: f64,
}

impl ItemPrice {
    /// What the item's money costs between two spends.
    fn cost(self, from: f64, to: f64) -> f64 {
        if to <= from {
            return if to < from { -self.cost(to, from) } else { 0.0 };
        }
        let split = self.today.clamp(from, to);
        let part = |price: f64, width: f64| if width > 0.0 { price * width } else { 0.0 };
        part(self.below, split - from) + part(self.above, to - split)
    }
}

/// Bound of what an item could earn more at its price, and how far its slopes are from the price.
fn item_gap(
    problem: &Problem,
    item: usize,
    spend: f64,
    best: f64,
    (left, right): (f64, f64),
    price: ItemPrice,
) -> (f64, f64) {
    let (lower, upper) = (problem.lower[item], problem.upper[item]);
    // nothing or at least a minimum: either end holds it as a bound does, and what another choice would earn is in the gap
    let minimum = problem.minimum.get(item).copied().unwrap_or(0.0);
    // a mix of two plans meets a bound to rounding of the budget
    let room = 4.0 * f64::EPSILON * problem.budget.min(f64::MAX);
    let (is_out, is_least) = (minimum > 0.0 && spend <= room, minimum > 0.0 && spend <= minimum + room);
    let up = if spend >= price.today { price.above } else { price.below };
    let down = if spend > price.today { price.above } else { price.below };
    let mut residual = 0.0_f64;
    if spend < upper - room && !is_out && right > up {
        residual = (right - up) / right.max(up.abs());
    }
    if spend > lower + room && !is_least && left < down {
        residual = residual.max((down - left) / down.abs().max(left));
    }
    let residual = if residual.is_finite() { residual } else { 1.0 };
    let slope = if best > spend { right } else { left };
    let gain = if best.to_bits() == spend.to_bits() {
        0.0
    } else if slope.is_finite() {
        slope * (best - spend)
    } else {
        problem.curves[item].value(best) - problem.curves[item].value(spend)
    };
    ((gain - price.cost(spend, best)).max(0.0), residual)
}
