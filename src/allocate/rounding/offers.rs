//! Where the next step earns most and the last one least, in every group at once.
//!
//! A node keeps a heap of its children's best offers, an inner group offering the best of its own
//! while its limits let it. A step renews the offers along one path of the tree: `O(depth · log n)`.
//! Offers carry the version of the child that made them, and are dropped when it has a newer one.

use super::super::chunk::CHUNK;
use super::tree::{Tree, Way};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Exchanges that gain less than this share of what the steps earn are rounding.
const GAIN: f64 = 1e-8;

/// One step of one item, on offer to a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// What the step earns, a unit of money.
    pub(super) rate: f64,
    /// The better, the higher: the rate for a step more, its negative for one less.
    value: f64,
    /// Breaks ties: how far the exact plan lies in the step's direction, money.
    remainder: f64,
    pub(super) item: usize,
    child: usize,
    version: u32,
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.value.total_cmp(&other.value).then(self.remainder.total_cmp(&other.remainder));
        by_value.then(other.item.cmp(&self.item)).then(self.version.cmp(&other.version))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Offer {}

/// Offers of one direction. Children are the items, then the nodes.
struct Side {
    way: Way,
    heaps: Vec<BinaryHeap<Offer>>,
    version: Vec<u32>,
    /// Items that a class keeps from moving.
    shut: Vec<bool>,
}

impl Side {
    fn new(tree: &Tree<'_>, way: Way) -> Self {
        let count = tree.items.len();
        let mut side =
            Self { way, heaps: Vec::new(), version: vec![0; count + tree.nodes.len()], shut: vec![false; count] };
        let offers: Vec<Option<Offer>> =
            (0..count).into_par_iter().with_min_len(CHUNK).map(|at| side.of_item(tree, at)).collect();
        let mut lists = vec![Vec::new(); tree.nodes.len()];
        for (at, offer) in offers.into_iter().enumerate() {
            lists[tree.home[at]].extend(offer);
        }
        side.heaps = lists.into_iter().map(BinaryHeap::from).collect();
        side
    }

    fn of_item(&self, tree: &Tree<'_>, at: usize) -> Option<Offer> {
        if self.shut[at] || !tree.item_may(at, self.way) {
            return None;
        }
        let rate = tree.rate_of(at, self.way);
        let sign = if self.way == Way::More { 1.0 } else { -1.0 };
        let remainder = sign * (tree.exact[at] - tree.grid.money(tree.items[at].steps));
        Some(Offer { rate, value: sign * rate, remainder, item: at, child: at, version: self.version[at] })
    }

    /// The newest best offer to a node.
    fn top(&mut self, node: usize) -> Option<Offer> {
        let heap = &mut self.heaps[node];
        while let Some(offer) = heap.peek() {
            if offer.version == self.version[offer.child] {
                return Some(*offer);
            }
            heap.pop();
        }
        None
    }

    /// What a node offers to the one above.
    fn of_node(&mut self, tree: &Tree<'_>, node: usize) -> Option<Offer> {
        if !tree.nodes[node].may(self.way) {
            return None;
        }
        let child = tree.items.len() + node;
        let version = self.version[child];
        self.top(node).map(|offer| Offer { child, version, ..offer })
    }

    /// Renews a node's offer to the one above.
    fn enter(&mut self, tree: &Tree<'_>, node: usize) {
        let Some(above) = tree.nodes[node].above else { return };
        self.version[tree.items.len() + node] += 1;
        let offer = self.of_node(tree, node);
        self.heaps[above].extend(offer);
    }

    /// Renews an item's offer and all above.
    fn renew(&mut self, tree: &Tree<'_>, at: usize) {
        self.version[at] += 1;
        let offer = self.of_item(tree, at);
        self.heaps[tree.home[at]].extend(offer);
        for node in tree.path(at) {
            self.enter(tree, node);
        }
    }

    /// The best step inside a node that no class forbids.
    fn best(&mut self, tree: &Tree<'_>, node: usize) -> Option<Offer> {
        while let Some(offer) = self.top(node) {
            if tree.classes.may(offer.item, self.way) {
                return Some(offer);
            }
            self.shut[offer.item] = true;
            self.renew(tree, offer.item);
        }
        None
    }
}

/// A tree with the offers of its items.
pub(super) struct Ledger<'a> {
    pub(super) tree: Tree<'a>,
    more: Side,
    less: Side,
    /// Items by group, those of inner groups within those of outer ones; made when asked for.
    nested: Option<Nested>,
}

struct Nested {
    items: Vec<usize>,
    first: Vec<usize>,
    end: Vec<usize>,
}

impl Nested {
    fn new(tree: &Tree<'_>) -> Self {
        let root = tree.root();
        let mut own = vec![0; root + 1];
        tree.home.iter().for_each(|&home| own[home] += 1);
        let mut inside = own.clone();
        for node in (0..root).rev() {
            inside[tree.nodes[node].above.unwrap_or(root)] += inside[node];
        }
        // where each node's own items begin, and where the next inner group does
        let (mut first, mut next) = (vec![0; root + 1], vec![0; root + 1]);
        next[root] = own[root];
        for node in 0..root {
            let above = tree.nodes[node].above.unwrap_or(root);
            first[node] = next[above];
            next[above] += inside[node];
            next[node] = first[node] + own[node];
        }
        let end = (0..=root).map(|node| first[node] + inside[node]).collect();
        let (mut items, mut place) = (vec![0; tree.items.len()], first.clone());
        for (at, &home) in tree.home.iter().enumerate() {
            items[place[home]] = at;
            place[home] += 1;
        }
        Self { items, first, end }
    }
}

impl<'a> Ledger<'a> {
    pub(super) fn new(tree: Tree<'a>) -> Self {
        let (more, less) = (Side::new(&tree, Way::More), Side::new(&tree, Way::Less));
        Self { tree, more, less, nested: None }
    }

    pub(super) fn root(&self) -> usize {
        self.tree.root()
    }

    /// The best step inside a node, within the limits of all nodes inside it.
    pub(super) fn best(&mut self, node: usize, way: Way) -> Option<Offer> {
        match way {
            Way::More => self.more.best(&self.tree, node),
            Way::Less => self.less.best(&self.tree, node),
        }
    }

    /// The items inside a node.
    pub(super) fn inside(&mut self, node: usize) -> &[usize] {
        let nested = self.nested.get_or_insert_with(|| Nested::new(&self.tree));
        &nested.items[nested.first[node]..nested.end[node]]
    }

    /// Moves an item by any number of steps.
    pub(super) fn shift(&mut self, at: usize, by: i64) {
        self.tree.shift(at, by);
        self.more.renew(&self.tree, at);
        self.less.renew(&self.tree, at);
    }

    /// Lets the node above see what this one offers.
    pub(super) fn enter(&mut self, node: usize) {
        self.more.enter(&self.tree, node);
        self.less.enter(&self.tree, node);
    }

    /// Brings a node's total between its limits, the nodes inside being there already.
    pub(super) fn settle(&mut self, node: usize) {
        for way in [Way::Less, Way::More] {
            while self.tree.nodes[node].asks(way) {
                let Some(offer) = self.best(node, way) else {
                    self.give(node, way);
                    break;
                };
                self.shift(offer.item, way.steps());
            }
        }
    }

    /// Moves a step inside a node while that earns more.
    ///
    /// Capped: from the rounding of an optimal plan each item moves at most about once.
    pub(super) fn exchange(&mut self, node: usize) {
        for _ in 0..4 * self.tree.items.len() + 1000 {
            let (Some(more), Some(less)) = (self.best(node, Way::More), self.best(node, Way::Less)) else { return };
            let size = more.rate.abs().max(less.rate.abs()) + self.tree.problem.price_floor;
            if more.item == less.item || more.rate - less.rate <= GAIN * size {
                return;
            }
            self.shift(less.item, -1);
            self.shift(more.item, 1);
        }
    }
}
