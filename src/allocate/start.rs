//! Where the search for a price starts.

use super::chunk::{Block, Chunk};
use super::pour::{Target, shifted};
use super::price::{End, close};
use super::tally::{Scale, Tally};
use super::workspace::Workspace;
use rayon::prelude::*;
use std::ops;

/// So many items are drawn, or half as many: enough that their price is off by half a percent.
const SAMPLE: usize = 32_768;
/// Items whose mean slope is taken where there are too few to draw a sample from.
const FEW: usize = 128;
/// A step of the log of the price that is a small part of what a sample's price is off.
const ROUGH: f64 = 5e-4;
/// Steps towards the second price, each of which squares the error.
const STEPS: usize = 3;
/// A step whose square is nothing beside what the second price is off.
const SAME: f64 = 1e-4;

/// Some of a node's items, drawn by what they are and not by where they stand.
#[derive(Debug)]
pub(super) struct Sample {
    chunks: Vec<Chunk>,
    nodes: ops::Range<u32>,
}

impl Sample {
    /// Sum of where its stretches begin and of where they end, money.
    fn ends(&self) -> (f64, f64) {
        let (mut least, mut most) = (Tally::default(), Tally::default());
        for chunk in &self.chunks {
            chunk.ends(|at, from, to| {
                if self.nodes.contains(&at) {
                    (least, most) = (least.merge(from), most.merge(to));
                }
            });
        }
        (least.value(), most.value())
    }

    /// What it spends at a price, and how fast that falls in the log of the price.
    fn total(&mut self, price: f64, top: f64, shifts: &[f64], scale: Scale) -> (f64, f64) {
        let Self { chunks, nodes } = self;
        let chunk = |chunk: &mut Chunk| {
            let mut sums = (Tally::default(), Tally::default());
            let price_of =
                |block: &Block| nodes.contains(&block.node).then(|| shifted(price, top, shifts[block.shift as usize]));
            let blocks = 0..chunk.blocks.len();
            chunk.sums(scale, blocks, price_of, |_, total, speed| sums = (sums.0.merge(total), sums.1.merge(speed)));
            sums
        };
        let merge = |a: (Tally, Tally), b: (Tally, Tally)| (a.0.merge(b.0), a.1.merge(b.1));
        let (total, speed) = chunks.par_iter_mut().map(chunk).reduce(Default::default, merge);
        (total.value(), speed.value())
    }
}

impl Workspace {
    /// Where to start: the price of a sample of the items where there are many, and that sample; else their mean log
    /// slope with each the same share of its range spent.
    pub(super) fn first_price(
        &self,
        node: usize,
        amount: f64,
        low: End,
        high: End,
        target: Target,
    ) -> (Option<f64>, Option<Sample>) {
        let share = (amount - high.total) / (low.total - high.total);
        let end = self.tree.nodes[node].end;
        let nodes = u32::try_from(node).unwrap_or(u32::MAX)..end;
        let chunks = &self.chunks[self.chunks_of(node)];
        let items = self.tree.begin[end as usize] as usize - self.tree.begin[node] as usize;
        if items < 2 * SAMPLE {
            return (self.mean_price(chunks, &nodes, share, items / FEW), None);
        }
        // a power of two, to draw by the digits of a hash of what the item is, whatever the row order
        let mask = (items / SAMPLE).next_power_of_two() as u64 - 1;
        let (top, shifts, scale) = (self.top_shift(), &self.shifts, self.scale);
        let chunks: Vec<Chunk> = chunks.par_iter().map(|chunk| chunk.sample(|hash| hash & mask == 0, scale)).collect();
        let start = self.mean_price(&chunks, &nodes, share, items / FEW);
        let mut sample = Sample { chunks, nodes };
        let (least, most) = sample.ends();
        let wanted = share.mul_add(most - least, least);
        if !(wanted > least && wanted < most) {
            return (None, None);
        }
        let ends = (End { price: 0.0, total: most }, End { price: f64::INFINITY, total: least });
        let total = |price| sample.total(price, top, shifts, scale);
        let start = start.map(|price| price + top);
        let bracket = close(wanted, ends.0, ends.1, start, Some(ROUGH), target.max_iterations, total);
        (Some(bracket.low.price), Some(sample))
    }

    /// The mean log slope of some stretches with each the same share of its range spent, as a price: of about one in so many.
    fn mean_price(&self, chunks: &[Chunk], nodes: &ops::Range<u32>, share: f64, one_in: usize) -> Option<f64> {
        let scale = Scale::new(self.capacity, 1024.0);
        let mean = |mask: u64| {
            let (mut sum, mut count) = (Tally::default(), 0_u32);
            for chunk in chunks {
                let (own, number) = chunk.log_slopes(share, scale, |at| nodes.contains(&at), |mark| mark & mask == 0);
                (sum, count) = (sum.merge(own), count + number);
            }
            (sum, count)
        };
        // a few of them say as much, unless all are alike and none of them is drawn
        let (mut sum, mut count) = mean(one_in.next_power_of_two() as u64 - 1);
        if count == 0 {
            (sum, count) = mean(0);
        }
        let price = (sum.value() / f64::from(count)).exp();
        Some(price).filter(|price| price.is_finite())
    }

    /// The price at which the sample spends as much more as all items should that need a step of their price: the sample
    /// bends as all of them do, so what remains is the square of the step times what the sample is off.
    pub(super) fn second_price(&self, sample: &mut Sample, price: f64, step: f64) -> Option<f64> {
        let (top, shifts, scale) = (self.top_shift(), &self.shifts, self.scale);
        let (total, speed) = sample.total(price, top, shifts, scale);
        let wanted = step.mul_add(speed, total);
        let mut second = price * (-step).exp();
        for _ in 0..STEPS {
            let (total, speed) = sample.total(second, top, shifts, scale);
            if !(wanted > 0.0 && total > 0.0 && speed > 0.0) {
                break;
            }
            let step = total / speed * (total / wanted).ln();
            second *= step.exp();
            if step.abs() < SAME {
                break;
            }
        }
        Some(second).filter(|second| second.is_finite() && *second > 0.0)
    }
}
