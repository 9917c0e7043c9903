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
use super::price::{Bracket, End, NEAR, close};
use super::tally::Tally;
use super::workspace::Workspace;
use rayon::prelude::*;
use std::ops;

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
    /// Whether the last step may be one along the slopes.
    pub(super) smooth: bool,
}

/// The prices of a plan: with the prices of the nodes that are held, all that the plan follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poured {
    pub(super) bracket: Bracket,
    pub(super) limit: Limit,
}

/// The price of a shift at a searched price, and what a relative change of that is of its own.
pub(super) fn shifted(price: f64, top: f64, shift: f64) -> (Price, f64) {
    let own = price - (top - shift);
    let rate = if own > 0.0 && price.is_finite() { price / own } else { 0.0 };
    (Price::new(own), rate)
}

impl Workspace {
    /// Largest shift of the price: the searched price less this is the price of an item without shift.
    pub(super) fn top_shift(&self) -> f64 {
        self.shifts.iter().copied().fold(0.0, f64::max)
    }

    /// Finds the prices; limits must be feasible.
    pub(super) fn pour(&mut self, target: Target) -> Poured {
        let Target { budget, floor, .. } = target;
        let (least, most) = (self.tree.nodes[0].least, self.tree.nodes[0].most);
        let still = |price, total| Bracket::at(End { price, total });
        if least >= budget {
            let bracket = self.settled(0, target, still(f64::INFINITY, least));
            return Poured { bracket, limit: Limit::Lower };
        }
        let mut spent = 0;
        // without a floor the budget is spent whatever moving it costs, but not against limits on classes
        let rest = self.top_shift() + floor.unwrap_or(-self.moving);
        if floor.is_some() || rest > 0.0 {
            let mut bracket = self.settled(0, target, still(rest, f64::NAN));
            let (total, _) = self.total(0, rest);
            if total <= budget {
                (bracket.low.total, bracket.high.total) = (total, total);
                bracket.iterations += 1;
                let limit = if floor.is_none() || total >= most { Limit::Upper } else { Limit::Floor };
                return Poured { bracket, limit };
            }
            spent = 1;
            // the plan must not depend on limits that bind at the floor alone
            self.tree.forget();
            self.chunks.iter_mut().for_each(super::chunk::Chunk::cool);
        } else if most <= budget {
            let bracket = self.settled(0, target, still(0.0, most));
            return Poured { bracket, limit: Limit::Upper };
        }
        let mut bracket = self.search(0, budget, target);
        bracket.iterations += spent;
        bracket.low.price = bracket.low.price.max(rest);
        Poured { bracket, limit: Limit::Budget }
    }

    /// Takes in the limits below a node that bind at a given price.
    fn settled(&mut self, node: usize, target: Target, mut bracket: Bracket) -> Bracket {
        for round in 0.. {
            if !self.hold_what_binds(node, &mut bracket, target, round >= ROUNDS) {
                break;
            }
        }
        bracket
    }

    /// The prices around which a node's content spends `amount`.
    fn search(&mut self, node: usize, amount: f64, target: Target) -> Bracket {
        let mut start = target.initial_price.map(|price| price + self.top_shift());
        let (mut iterations, mut below_closed) = (0, true);
        let mut round = 0;
        loop {
            let mut low = End { price: 0.0, total: self.at_end(node, true) };
            let mut high = End { price: f64::INFINITY, total: self.at_end(node, false) };
            let (along, most) = (target.smooth.then_some(NEAR), target.max_iterations);
            let mut tried = 0;
            if start.is_none() {
                let (price, sample) = self.first_price(node, amount, low, high, target);
                start = price;
                if let (Some(price), Some(mut sample), true) = (price, sample, most > 0) {
                    let (total, speed) = self.total(node, price);
                    let end = End { price, total };
                    low = if total >= amount { end } else { low };
                    high = if total <= amount { end } else { high };
                    start = self.second_price(&mut sample, price, (amount - total) / speed);
                    tried = 1;
                }
            }
            let mut bracket = close(amount, low, high, start, along, most - tried, |price| self.total(node, price));
            bracket.iterations += iterations + tried;
            let closed = bracket.closed;
            bracket.closed &= below_closed;
            if !closed || !self.hold_what_binds(node, &mut bracket, target, round >= ROUNDS) {
                return bracket;
            }
            (iterations, below_closed) = (bracket.iterations, bracket.closed);
            start = bracket.finite_price();
            round += 1;
        }
    }

    /// Finds the prices of the groups below a node whose limits its plan breaks (or of all that may bind);
    /// false if there are none. Their searches are counted with the node's own.
    fn hold_what_binds(&mut self, node: usize, bracket: &mut Bracket, target: Target, all: bool) -> bool {
        if !self.tree.nodes[node].limited {
            return false;
        }
        let low = self.totals(node, bracket.low.price);
        let high = if bracket.share < 1.0 { self.totals(node, bracket.high.price) } else { Vec::new() };
        let target = Target {
            initial_price: bracket.finite_price().map(|price| price - self.top_shift()),
            floor: None,
            smooth: false,
            ..target
        };
        let mut found = false;
        // the deepest first, so that a group's search knows what holds below it
        for (at, total) in mixed(&low, &high, bracket.share).into_iter().rev().filter(|found| found.0 > node) {
            let own = &self.tree.nodes[at];
            let (upper, lower) = (own.upper, own.lower);
            let caps = own.cap.is_none() && own.may_cap() && (all || total > upper);
            let floors = own.floor.is_none() && own.may_floor() && (all || total < lower);
            for (wanted, amount) in [(caps, upper), (floors, lower)] {
                if !wanted {
                    continue;
                }
                let own = self.search_limit(at, amount, target);
                bracket.iterations += own.iterations;
                bracket.closed &= own.closed;
                let known = &mut self.tree.nodes[at];
                *(if amount.to_bits() == upper.to_bits() && caps { &mut known.cap } else { &mut known.floor }) =
                    Some(own);
                self.forget_above(at);
                found = true;
            }
        }
        found
    }

    /// Forgets the prices of the groups above a node where its own change what they spend.
    fn forget_above(&mut self, node: usize) {
        let mut at = node;
        while at > 0 {
            at = self.tree.nodes[at].parent as usize;
            let own = &self.tree.nodes[at];
            let changed = |known: &Bracket| {
                let ends = [known.low.price, known.high.price];
                ends.into_iter().any(|price| self.tree.nodes[node].held(price).is_some())
            };
            let (cap, floor) = (own.cap.filter(|known| !changed(known)), own.floor.filter(|known| !changed(known)));
            (self.tree.nodes[at].cap, self.tree.nodes[at].floor) = (cap, floor);
        }
    }

    fn search_limit(&mut self, node: usize, amount: f64, target: Target) -> Bracket {
        let at = |price, total| Bracket::at(End { price, total });
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
        let walk = self.walk(node, if top { 0.0 } else { f64::INFINITY });
        let mut sum = Tally::default();
        for &(at, held) in &walk {
            let own = &self.tree.nodes[at];
            let follows = if top { own.own_most } else { own.own_least };
            sum.add(held.unwrap_or(follows), self.scale);
        }
        sum.value()
    }

    /// The nodes of a subtree that follow its price, in order, and with what they spend those that limits
    /// hold (the nodes below which are left out).
    fn walk(&self, node: usize, price: f64) -> Vec<(usize, Option<f64>)> {
        let end = self.tree.nodes[node].end as usize;
        let mut walk = vec![(node, None)];
        let mut at = node + 1;
        while at < end {
            let held = self.tree.nodes[at].held(price).map(|(_, total)| total);
            walk.push((at, held));
            at = if held.is_some() { self.tree.nodes[at].end as usize } else { at + 1 };
        }
        walk
    }

    /// What a node's content spends at a price, and how fast that falls in the log of the price.
    fn total(&mut self, node: usize, price: f64) -> (f64, f64) {
        let mut runs = std::mem::take(&mut self.runs);
        let held = self.follow(node, price, &mut runs);
        let (chunks, scale, top) = (self.chunks_of(node), self.scale, self.top_shift());
        let shifts = &self.shifts;
        let chunk = |chunk: &mut super::chunk::Chunk| {
            let mut sums = (Tally::default(), Tally::default());
            let price_of = |block: &super::chunk::Block| Some(shifted(price, top, shifts[block.shift as usize]));
            let add = |_, total, speed| sums = (sums.0.merge(total), sums.1.merge(speed));
            chunk.sums_in(&runs, scale, price_of, add);
            sums
        };
        let merge = |a: (Tally, Tally), b: (Tally, Tally)| (a.0.merge(b.0), a.1.merge(b.1));
        let chunks = &mut self.chunks[chunks];
        let (total, speed) = if chunks.len() == 1 {
            chunk(&mut chunks[0])
        } else {
            chunks.par_iter_mut().map(chunk).reduce(Default::default, merge)
        };
        self.runs = runs;
        (total.merge(held).value(), speed.value())
    }

    /// The runs of nodes of a subtree that follow its price, and what those spend that limits hold.
    fn follow(&self, node: usize, price: f64, runs: &mut Vec<ops::Range<u32>>) -> Tally {
        let mut total = Tally::default();
        runs.clear();
        let end = self.tree.nodes[node].end as usize;
        let mut at = node;
        while at < end {
            let held = if at == node { None } else { self.tree.nodes[at].held(price) };
            if let Some((_, spend)) = held {
                total.add(spend, self.scale);
                at = self.tree.nodes[at].end as usize;
                continue;
            }
            let own = u32::try_from(at).unwrap_or(u32::MAX);
            match runs.last_mut().filter(|last| last.end == own) {
                Some(last) => last.end = own + 1,
                None => runs.push(own..own + 1),
            }
            at += 1;
        }
        total
    }

    /// What the nodes of a subtree spend at a price: those that follow it or are the first that limits hold. Its
    /// first node's own limits are left out.
    fn totals(&mut self, node: usize, price: f64) -> Vec<(usize, f64)> {
        let walk = self.walk(node, price);
        let mut runs = std::mem::take(&mut self.runs);
        self.follow(node, price, &mut runs);
        let (chunks, scale, top) = (self.chunks_of(node), self.scale, self.top_shift());
        let shifts = &self.shifts;
        let place = |at: usize| walk.binary_search_by_key(&at, |own| own.0).unwrap_or_default();
        let chunk = |mut sums: Vec<Tally>, chunk: &mut super::chunk::Chunk| {
            let price_of = |block: &super::chunk::Block| Some(shifted(price, top, shifts[block.shift as usize]));
            chunk.sums_in(&runs, scale, price_of, |at, total, _| {
                let sum = &mut sums[place(at as usize)];
                *sum = sum.merge(total);
            });
            sums
        };
        let none = || vec![Tally::default(); walk.len()];
        let merge = |a: Vec<Tally>, b: Vec<Tally>| a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect();
        let chunks = &mut self.chunks[chunks];
        let mut sums: Vec<Tally> = if chunks.len() == 1 {
            chunk(none(), &mut chunks[0])
        } else {
            chunks.par_iter_mut().fold(none, chunk).reduce(none, merge)
        };
        self.runs = runs;
        for own in (1..walk.len()).rev() {
            let (at, held) = walk[own];
            if let Some(total) = held {
                sums[own] = Tally::default();
                sums[own].add(total, scale);
            }
            let parent = place(self.tree.nodes[at].parent as usize);
            sums[parent] = sums[parent].merge(sums[own]);
        }
        walk.iter().zip(sums).map(|(own, sum)| (own.0, sum.value())).collect()
    }
}

/// Totals between those at the two ends of a bracket; at one end where only that has one.
fn mixed(low: &[(usize, f64)], high: &[(usize, f64)], share: f64) -> Vec<(usize, f64)> {
    let mut mixed = Vec::with_capacity(low.len().max(high.len()));
    let (mut low, mut high) = (low.iter().copied().peekable(), high.iter().copied().peekable());
    loop {
        let next = match (low.peek(), high.peek()) {
            (None, None) => return mixed,
            (Some(a), Some(b)) if a.0 == b.0 => (a.0, share.mul_add(a.1 - b.1, b.1)),
            (Some(a), Some(b)) => {
                if a.0 < b.0 {
                    *a
                } else {
                    *b
                }
            }
            (Some(end), None) | (None, Some(end)) => *end,
        };
        mixed.push(next);
        low.next_if(|own| own.0 == next.0);
        high.next_if(|own| own.0 == next.0);
    }
}
