//! Pouring a budget over a tree of groups: exact for concave stretches.
//!
//! A group's content spends `S(λ)`, clipped to the group's limits. Where a limit binds, the content
//! answers to a price of its own: the one at which it spends just the limit. So the price that an item
//! sees is the price from above, clipped at every group on the way down:
//!
//! ```text
//! λ_group = clamp(λ_above, λ at which the content spends the upper limit, λ at which it spends the lower)
//! ```
//!
//! These two prices belong to the group alone and are searched for once, and only for groups whose limits
//! turn out to bind, so that limits which do not bind change nothing. The plan of a node is a convex
//! combination of the plans at the ends of its bracket: that settles ties, straight pieces and kinks.

use super::kernel::Price;
use super::price::{Bracket, End, close};
use super::tally::{Scale, Tally};
use super::workspace::Workspace;
use rayon::prelude::*;

/// Rounds of looking for limits that bind, before all that may bind are taken in.
const ROUNDS: usize = 12;

/// What stopped the spending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The budget is spent.
    Budget,
    /// The next unit of money earns less than the floor.
    Floor,
    /// Every limit on spending more binds.
    Upper,
    /// The limits on spending less take the whole budget.
    Lower,
}

/// What is asked of the search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) budget: f64,
    /// Least price; `None` spends the budget whatever it earns.
    pub(super) floor: Option<f64>,
    pub(super) initial_price: Option<f64>,
    pub(super) max_iterations: usize,
}

/// The prices of a plan: with the prices of the nodes that are held, all that the plan follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poured {
    pub(super) bracket: Bracket,
    pub(super) limit: Limit,
}

/// The price of each shift at a searched price, and what a relative change of that is of its own.
struct Prices(Vec<(Price, f64)>);

impl Workspace {
    /// Largest shift of the price: the searched price less this is the price of an item without shift.
    pub(super) fn top_shift(&self) -> f64 {
        self.shifts.iter().copied().fold(0.0, f64::max)
    }

    /// Finds the prices; limits must be feasible.
    pub(super) fn pour(&mut self, target: Target) -> Poured {
        let Target { budget, floor, .. } = target;
        let (least, most) = (self.tree.nodes[0].least, self.tree.nodes[0].most);
        let still = |price, total| {
            let end = End { price, total };
            Bracket { low: end, high: end, share: 1.0, iterations: 0, closed: true }
        };
        if least >= budget {
            let bracket = self.settled(0, target, still(f64::INFINITY, least));
            return Poured { bracket, limit: Limit::Lower };
        }
        // without a floor money may cost as much to move as it earns, but no class makes it worth less than nothing
        let lowest = floor.unwrap_or(-self.moving) + self.top_shift();
        let mut spent = 0;
        if lowest > 0.0 {
            let mut bracket = self.settled(0, target, still(lowest, f64::NAN));
            let (total, _) = self.total(0, lowest);
            if total <= budget {
                (bracket.low.total, bracket.high.total, bracket.iterations) = (total, total, 1);
                let floored = floor.is_some() && total < most;
                return Poured { bracket, limit: if floored { Limit::Floor } else { Limit::Upper } };
            }
            spent = 1;
        } else if most <= budget {
            let bracket = self.settled(0, target, still(0.0, most));
            return Poured { bracket, limit: Limit::Upper };
        }
        let mut bracket = self.search(0, budget, target);
        bracket.iterations += spent;
        bracket.low.price = bracket.low.price.max(lowest);
        Poured { bracket, limit: Limit::Budget }
    }

    /// Takes in the limits below a node that bind at a given price.
    fn settled(&mut self, node: usize, target: Target, bracket: Bracket) -> Bracket {
        for round in 0.. {
            if !self.hold_what_binds(node, &bracket, target, round >= ROUNDS) {
                break;
            }
        }
        bracket
    }

    /// The prices around which a node's content spends `amount`.
    fn search(&mut self, node: usize, amount: f64, target: Target) -> Bracket {
        let mut start = target.initial_price.map(|price| price + self.top_shift()).filter(|_| node == 0);
        let mut iterations = 0;
        let mut round = 0;
        loop {
            let low = End { price: 0.0, total: self.at_end(node, true) };
            let high = End { price: f64::INFINITY, total: self.at_end(node, false) };
            let start_price = start.or_else(|| self.first_price(node, amount, low, high, target));
            let left = target.max_iterations.saturating_sub(iterations);
            let mut bracket = close(amount, low, high, start_price, left, |price| self.total(node, price));
            bracket.iterations += iterations;
            iterations = bracket.iterations;
            if !bracket.closed || !self.hold_what_binds(node, &bracket, target, round >= ROUNDS) {
                return bracket;
            }
            start = Some(bracket.low.price).filter(|price| *price > 0.0 && price.is_finite());
            round += 1;
        }
    }

    /// Finds the prices of the groups below a node whose limits its plan breaks (or of all that may bind);
    /// false if there are none.
    fn hold_what_binds(&mut self, node: usize, bracket: &Bracket, target: Target, all: bool) -> bool {
        if !self.tree.is_limited(node) {
            return false;
        }
        let low = self.totals(node, bracket.low.price);
        let high = if bracket.share < 1.0 { self.totals(node, bracket.high.price) } else { low.clone() };
        let end = self.tree.nodes[node].end as usize;
        let mut found = false;
        // the deepest first, so that a group's search knows what holds below it
        for at in (node + 1..end).rev() {
            let total = bracket.share.mul_add(low[at - node] - high[at - node], high[at - node]);
            let (upper, lower) = (self.tree.nodes[at].upper, self.tree.nodes[at].lower);
            let held = self.tree.nodes[at].clone();
            if held.cap.is_none() && held.may_cap() && (all || total > upper) {
                let found_at = self.search_limit(at, upper, target);
                self.tree.nodes[at].cap = Some(found_at);
                found = true;
            }
            if held.floor.is_none() && held.may_floor() && (all || total < lower) {
                let found_at = self.search_limit(at, lower, target);
                self.tree.nodes[at].floor = Some(found_at);
                found = true;
            }
        }
        found
    }

    fn search_limit(&mut self, node: usize, amount: f64, target: Target) -> Bracket {
        let at = |price, total| {
            let end = End { price, total };
            Bracket { low: end, high: end, share: 1.0, iterations: 0, closed: true }
        };
        let target = Target { initial_price: None, floor: None, ..target };
        // limits at the ends of what is possible hold at every price
        if amount <= self.tree.nodes[node].least {
            let least = self.tree.nodes[node].least;
            return self.settled(node, target, at(f64::INFINITY, least));
        }
        if amount >= self.tree.nodes[node].most {
            let most = self.tree.nodes[node].most;
            return self.settled(node, target, at(0.0, most));
        }
        self.search(node, amount, target)
    }

    /// Total of a node's content at no price or at any, with the limits that are known to bind below it.
    fn at_end(&self, node: usize, top: bool) -> f64 {
        let own = &self.tree.nodes[node];
        let mut sum = Tally::default();
        sum.add(if top { own.own_most } else { own.own_least }, self.scale);
        for child in self.tree.children(node) {
            let below = &self.tree.nodes[child];
            let price = if top { 0.0 } else { f64::INFINITY };
            let total = match below.held(price) {
                Some((_, total)) => total,
                None => self.at_end(child, top),
            };
            sum.add(total, self.scale);
        }
        sum.value()
    }

    /// Which nodes of a subtree follow its price, and what the others spend.
    fn follow(&self, node: usize, price: f64) -> (Vec<bool>, Tally) {
        let end = self.tree.nodes[node].end as usize;
        let mut follows = vec![true; end - node];
        let mut held_total = Tally::default();
        let mut at = node + 1;
        while at < end {
            let below = &self.tree.nodes[at];
            if let Some((_, total)) = below.held(price) {
                held_total.add(total, self.scale);
                follows[at - node..below.end as usize - node].fill(false);
                at = below.end as usize;
            } else {
                at += 1;
            }
        }
        (follows, held_total)
    }

    fn prices(&self, price: f64) -> Prices {
        let top = self.top_shift();
        let own = |shift: &f64| {
            let own = price - (top - shift);
            let rate = if own > 0.0 && price.is_finite() { price / own } else { 0.0 };
            (Price::new(own), rate)
        };
        Prices(self.shifts.iter().map(own).collect())
    }

    /// What a node's content spends at a price, and how fast that falls in the log of the price.
    fn total(&mut self, node: usize, price: f64) -> (f64, f64) {
        let end = self.tree.nodes[node].end as usize;
        let mut held = Tally::default();
        let mut follows = Vec::new();
        if end - node > 1 {
            (follows, held) = self.follow(node, price);
        }
        let prices = self.prices(price);
        let (chunks, scale) = (self.chunks_of(node), self.scale);
        let chunk = |chunk: &mut super::chunk::Chunk| {
            let mut sums = (Tally::default(), Tally::default());
            let price_of = |block: &super::chunk::Block| {
                let at = block.node as usize;
                let wanted = at >= node && at < end && (follows.is_empty() || follows[at - node]);
                wanted.then(|| prices.0[block.shift as usize])
            };
            chunk.sums(scale, price_of, |_, total, speed| sums = (sums.0.merge(total), sums.1.merge(speed)));
            sums
        };
        let merge = |a: (Tally, Tally), b: (Tally, Tally)| (a.0.merge(b.0), a.1.merge(b.1));
        let chunks = &mut self.chunks[chunks];
        let (total, speed) = if chunks.len() == 1 {
            chunk(&mut chunks[0])
        } else {
            chunks.par_iter_mut().map(chunk).reduce(Default::default, merge)
        };
        (total.merge(held).value(), speed.value())
    }

    /// What every node of a subtree spends at a price, its first node's own limits left out.
    fn totals(&mut self, node: usize, price: f64) -> Vec<f64> {
        let end = self.tree.nodes[node].end as usize;
        let (follows, _) = self.follow(node, price);
        let prices = self.prices(price);
        let (chunks, scale) = (self.chunks_of(node), self.scale);
        let chunk = |mut sums: Vec<Tally>, chunk: &mut super::chunk::Chunk| {
            let price_of = |block: &super::chunk::Block| {
                let at = block.node as usize;
                (at >= node && at < end && follows[at - node]).then(|| prices.0[block.shift as usize])
            };
            chunk.sums(scale, price_of, |at, total, _| {
                let sum = &mut sums[at as usize - node];
                *sum = sum.merge(total);
            });
            sums
        };
        let none = || vec![Tally::default(); end - node];
        let merge = |a: Vec<Tally>, b: Vec<Tally>| a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect();
        let mut sums: Vec<Tally> = self.chunks[chunks].par_iter_mut().fold(none, chunk).reduce(none, merge);
        for at in (node + 1..end).rev() {
            if let Some((_, total)) = self.tree.nodes[at].held(price) {
                let mut held = Tally::default();
                held.add(total, scale);
                sums[at - node] = held;
            }
            let parent = self.tree.nodes[at].parent as usize;
            sums[parent - node] = sums[parent - node].merge(sums[at - node]);
        }
        sums.into_iter().map(Tally::value).collect()
    }

    /// Where to start: the price of a sample of the items where there are many, else their mean log
    /// slope with each the same share of its range spent.
    fn first_price(&mut self, node: usize, amount: f64, low: End, high: End, target: Target) -> Option<f64> {
        /// Half a percent of error in the price, for a thirtieth of the work.
        const SAMPLE: usize = 32_768;
        let share = (amount - high.total) / (low.total - high.total);
        let end = self.tree.nodes[node].end;
        let nodes = u32::try_from(node).unwrap_or(u32::MAX)..end;
        let chunks = self.chunks_of(node);
        let items = self.tree.begin[end as usize] as usize - self.tree.begin[node] as usize;
        if items < 2 * SAMPLE {
            let scale = Scale::new(self.capacity, 1024.0);
            let (mut sum, mut count) = (Tally::default(), 0_u32);
            for chunk in &self.chunks[chunks] {
                let (own, number) = chunk.log_slopes(share, scale, |at| nodes.contains(&at));
                (sum, count) = (sum.merge(own), count + number);
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
            chunk.ends(scale, |at, from, to| {
                if nodes.contains(&at) {
                    (least, most) = (least.merge(from), most.merge(to));
                }
            });
        }
        let prices_of = |price: f64| self.prices(price);
        let (least, most) = (least.value(), most.value());
        let wanted = share.mul_add(most - least, least);
        if !(wanted > least && wanted < most) {
            return None;
        }
        let ends = (End { price: 0.0, total: most }, End { price: f64::INFINITY, total: least });
        let bracket = close(wanted, ends.0, ends.1, None, target.max_iterations, |price| {
            let prices = prices_of(price);
            let chunk = |chunk: &mut super::chunk::Chunk| {
                let mut sums = (Tally::default(), Tally::default());
                let price_of =
                    |block: &super::chunk::Block| nodes.contains(&block.node).then(|| prices.0[block.shift as usize]);
                chunk.sums(scale, price_of, |_, total, speed| sums = (sums.0.merge(total), sums.1.merge(speed)));
                sums
            };
            let merge = |a: (Tally, Tally), b: (Tally, Tally)| (a.0.merge(b.0), a.1.merge(b.1));
            let (total, speed) = sample.par_iter_mut().map(chunk).reduce(Default::default, merge);
            (total.value(), speed.value())
        });
        Some(bracket.low.price)
    }
}
