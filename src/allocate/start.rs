//! Where the search for a price starts.

use super::pour::{Target, shifted};
use super::price::{End, close};
use super::tally::{Scale, Tally};
use super::workspace::Workspace;
use rayon::prelude::*;

impl Workspace {
    /// Where to start: the price of a sample of the items where there are many, else their mean log
    /// slope with each the same share of its range spent.
    pub(super) fn first_price(&mut self, node: usize, amount: f64, low: End, high: End, target: Target) -> Option<f64> {
        /// Half a percent of error in the price, for a thirtieth of the work.
        const SAMPLE: usize = 32_768;
        /// Items whose mean slope is taken where that is the start.
        const FEW: usize = 128;
        let share = (amount - high.total) / (low.total - high.total);
        let end = self.tree.nodes[node].end;
        let nodes = u32::try_from(node).unwrap_or(u32::MAX)..end;
        let chunks = self.chunks_of(node);
        let items = self.tree.begin[end as usize] as usize - self.tree.begin[node] as usize;
        if items < 2 * SAMPLE {
            let scale = Scale::new(self.capacity, 1024.0);
            let mean = |mask: u64| {
                let (mut sum, mut count) = (Tally::default(), 0_u32);
                for chunk in &self.chunks[chunks.clone()] {
                    let (own, number) =
                        chunk.log_slopes(share, scale, |at| nodes.contains(&at), |mark| mark & mask == 0);
                    (sum, count) = (sum.merge(own), count + number);
                }
                (sum, count)
            };
            // a few of them say as much, unless all are alike and none of them is drawn
            let (mut sum, mut count) = mean((items / FEW).next_power_of_two() as u64 - 1);
            if count == 0 {
                (sum, count) = mean(0);
            }
            let price = (sum.value() / f64::from(count)).exp();
            return Some(price).filter(|price| price.is_finite());
        }
        // a power of two, to draw by the digits of a hash of what the item is, whatever the row order
        let mask = (items / SAMPLE).next_power_of_two() as u64 - 1;
        let scale = self.scale;
        let mut sample: Vec<_> =
            self.chunks[chunks].par_iter().map(|chunk| chunk.sample(|hash| hash & mask == 0, scale)).collect();
        let (mut least, mut most) = (Tally::default(), Tally::default());
        for chunk in &sample {
            chunk.ends(|at, from, to| {
                if nodes.contains(&at) {
                    (least, most) = (least.merge(from), most.merge(to));
                }
            });
        }
        let (top, shifts) = (self.top_shift(), &self.shifts);
        let (least, most) = (least.value(), most.value());
        let wanted = share.mul_add(most - least, least);
        if !(wanted > least && wanted < most) {
            return None;
        }
        let ends = (End { price: 0.0, total: most }, End { price: f64::INFINITY, total: least });
        let bracket = close(wanted, ends.0, ends.1, None, target.max_iterations, |price| {
            let chunk = |chunk: &mut super::chunk::Chunk| {
                let mut sums = (Tally::default(), Tally::default());
                let price_of = |block: &super::chunk::Block| {
                    nodes.contains(&block.node).then(|| shifted(price, top, shifts[block.shift as usize]))
                };
                let blocks = 0..chunk.blocks.len();
                chunk
                    .sums(scale, blocks, price_of, |_, total, speed| sums = (sums.0.merge(total), sums.1.merge(speed)));
                sums
            };
            let merge = |a: (Tally, Tally), b: (Tally, Tally)| (a.0.merge(b.0), a.1.merge(b.1));
            let (total, speed) = sample.par_iter_mut().map(chunk).reduce(Default::default, merge);
            (total.value(), speed.value())
        });
        Some(bracket.low.price)
    }
}
