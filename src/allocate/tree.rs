//! The groups as a tree of nodes with limits in money, and what the limits leave possible.
//!
//! Node 0 is the whole plan; a node stands before the nodes below it, so that a subtree is a run of
//! nodes and, with the items sorted by node, a run of items.

use super::price::Bracket;
use super::problem::{Amount, Group, Problem};
use super::tally::{Scale, Tally};

/// Shares of a sum that differ by less are the same.
pub(super) const ROUNDING: f64 = 1e-12;

/// A group, or the whole plan.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// One past its last descendant.
    pub(super) end: u32,
    /// The node above; itself for the whole plan.
    pub(super) parent: u32,
    /// Its group; `None` for the whole plan.
    pub(super) group: Option<u32>,
    /// Limits of its spend, money.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Sums of the bounds of its own items, money.
    pub(super) own_least: f64,
    pub(super) own_most: f64,
    /// What its content can spend within the limits below it, its own limits left out, money.
    pub(super) least: f64,
    pub(super) most: f64,
    /// Whether any limit below it can bind.
    pub(super) limited: bool,
    /// The prices around which its content spends the upper limit.
    pub(super) cap: Option<Bracket>,
    /// The prices around which its content spends the lower limit.
    pub(super) floor: Option<Bracket>,
}

impl Node {
    /// Least it can spend within all limits.
    pub(super) fn at_least(&self) -> f64 {
        self.least.max(self.lower)
    }

    /// Most it can spend within all limits.
    pub(super) fn at_most(&self) -> f64 {
        self.most.min(self.upper)
    }

    /// Whether its upper limit can bind.
    pub(super) fn may_cap(&self) -> bool {
        self.upper < self.most
    }

    /// Whether its lower limit can bind.
    pub(super) fn may_floor(&self) -> bool {
        self.lower > self.least
    }

    /// What its limits make of a price from above, if one of them binds there: the bracket that holds.
    pub(super) fn held(&self, price: f64) -> Option<(Bracket, f64)> {
        match (self.cap, self.floor) {
            (Some(cap), _) if price < cap.high.price => Some((cap, self.upper)),
            (_, Some(floor)) if price > floor.low.price => Some((floor, self.lower)),
            _ => None,
        }
    }

    /// Its price, where that above it is given: within its limits the same.
    pub(super) fn price(&self, above: f64) -> f64 {
        match (self.cap, self.floor) {
            (Some(cap), _) if above < cap.high.price => above.max(cap.price()),
            (_, Some(floor)) if above > floor.low.price => above.min(floor.price()),
            _ => above,
        }
    }
}

/// All nodes, and the order of the items.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// Items sorted by node; empty where that is their own order.
    pub(super) order: Vec<u32>,
    /// Place of each node's first item in that order, and one past the last.
    pub(super) begin: Vec<u32>,
    /// Node of each group.
    pub(super) of_group: Vec<u32>,
    /// For sums of limits, the same in any order of the groups.
    scale: Option<Scale>,
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Tree {
    /// Builds the nodes; limits come with [`Self::limit`].
    pub(super) fn new(problem: &Problem, scale: Scale) -> Self {
        let groups = problem.groups.len();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); groups + 1];
        for (group, spec) in problem.groups.iter().enumerate() {
            children[spec.parent.map_or(0, |parent| parent as usize + 1)].push(index(group));
        }
        let mut tree = Self { of_group: vec![0; groups], scale: Some(scale), ..Self::default() };
        let mut open = vec![(None, 0_u32)];
        while let Some((group, parent)) = open.pop() {
            let at = index(tree.nodes.len());
            if let Some(group) = group {
                tree.of_group[group as usize] = at;
            }
            tree.nodes.push(Node {
                end: at + 1,
                parent,
                group,
                lower: 0.0,
                upper: f64::INFINITY,
                own_least: 0.0,
                own_most: 0.0,
                least: 0.0,
                most: 0.0,
                limited: false,
                cap: None,
                floor: None,
            });
            let own = group.map_or(0, |group| group as usize + 1);
            open.extend(children[own].iter().rev().map(|&child| (Some(child), at)));
        }
        for at in (1..tree.nodes.len()).rev() {
            let parent = tree.nodes[at].parent as usize;
            tree.nodes[parent].end = tree.nodes[parent].end.max(tree.nodes[at].end);
        }
        tree.sort(problem);
        tree
    }

    fn sort(&mut self, problem: &Problem) {
        let items = problem.curves.len();
        self.begin = vec![0; self.nodes.len() + 1];
        if self.nodes.len() == 1 {
            self.begin[1] = index(items);
            return;
        }
        let node = |item: usize| self.node_of(problem, item) as usize;
        let mut begin = vec![0; self.nodes.len() + 1];
        (0..items).for_each(|item| begin[node(item) + 1] += 1);
        for at in 1..begin.len() {
            begin[at] += begin[at - 1];
        }
        let mut next = begin.clone();
        let mut order = vec![0; items];
        for item in 0..items {
            let place = &mut next[node(item)];
            order[*place as usize] = index(item);
            *place += 1;
        }
        (self.order, self.begin) = (order, begin);
    }

    /// Node that an item stands in directly.
    pub(super) fn node_of(&self, problem: &Problem, item: usize) -> u32 {
        let group = problem.group_of.get(item).copied().flatten();
        group.map_or(0, |group| self.of_group[group as usize])
    }

    /// Item at a place of the order.
    pub(super) fn item(&self, place: usize) -> usize {
        self.order.get(place).map_or(place, |item| *item as usize)
    }

    /// The items of a group and of the groups below it.
    pub(super) fn items_of(&self, group: usize) -> impl Iterator<Item = usize> {
        let node = self.of_group[group] as usize;
        let end = self.nodes[node].end as usize;
        (self.begin[node] as usize..self.begin[end] as usize).map(|place| self.item(place))
    }

    /// Values in the order of the items, from values in the tree's own.
    pub(super) fn unsorted(&self, sorted: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; sorted.len()];
        self.order.iter().zip(sorted).for_each(|(&item, &value)| values[item as usize] = value);
        values
    }

    /// Sets the limits for a plan that spends `spend`, forgets what was found with others, and works
    /// out what they leave possible.
    pub(super) fn limit(&mut self, problem: &Problem, spend: f64) {
        self.limit_by(problem, spend, |group| (money(group.lower, spend), money(group.upper, spend)));
    }

    /// The same for a spend that is to be found: limits that are shares of it are left to others.
    pub(super) fn limit_money(&mut self, problem: &Problem) {
        let money = |amount, otherwise| if let Amount::Money(money) = amount { money } else { otherwise };
        self.limit_by(problem, problem.budget, |group| (money(group.lower, 0.0), money(group.upper, f64::INFINITY)));
    }

    fn limit_by(&mut self, problem: &Problem, spend: f64, limits: impl Fn(&Group) -> (f64, f64)) {
        self.forget();
        for node in &mut self.nodes {
            node.limited = false;
            if let Some(group) = node.group {
                (node.lower, node.upper) = limits(&problem.groups[group as usize]);
            }
        }
        let scale = self.scale.unwrap_or_else(|| Scale::new(1, spend));
        let mut sums = vec![(Tally::default(), Tally::default()); self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            sums[at].0.add(self.nodes[at].own_least, scale);
            sums[at].1.add(self.nodes[at].own_most, scale);
            let own = &mut self.nodes[at];
            (own.least, own.most) = (sums[at].0.value(), sums[at].1.value());
            let own = &self.nodes[at];
            let (least, most, parent) = (own.at_least(), own.at_most(), own.parent as usize);
            let limited = own.limited || own.may_cap() || own.may_floor();
            if at > 0 {
                sums[parent].0.add(least, scale);
                sums[parent].1.add(most, scale);
                self.nodes[parent].limited |= limited;
            }
        }
    }

    /// Forgets the prices of the groups.
    pub(super) fn forget(&mut self) {
        self.nodes.iter_mut().for_each(|node| (node.cap, node.floor) = (None, None));
    }

    /// Sets the limits that are shares for a plan that spends a little more or less, keeping what was found.
    pub(super) fn rescale(&mut self, problem: &Problem, spend: f64) {
        for node in &mut self.nodes {
            if let Some(group) = node.group {
                let group = &problem.groups[group as usize];
                (node.lower, node.upper) = (money(group.lower, spend), money(group.upper, spend));
            }
        }
    }

    /// Whether every node's limits leave something between them, but for rounding of `spend`'s size.
    pub(super) fn is_feasible(&self, spend: f64) -> bool {
        self.nodes.iter().all(|node| {
            let room = ROUNDING * spend.max(node.least);
            node.least <= node.upper + room
                && node.lower <= node.most + room
                && node.at_least() <= node.at_most() + room
        })
    }

    /// Largest amount by which limits contradict each other for a plan that spends `spend`, and how that changes
    /// with the spend. Zero or below if they do not.
    pub(super) fn contradiction(&mut self, problem: &Problem, spend: f64) -> (f64, f64) {
        self.limit(problem, spend);
        let rate = |amount: Amount| if let Amount::Share(share) = amount { share } else { 0.0 };
        // each sum of limits with its rate; of the larger of two, its own
        let mut sums = vec![(0.0, 0.0); self.nodes.len()];
        let mut worst = (f64::NEG_INFINITY, 0.0);
        for at in (0..self.nodes.len()).rev() {
            let node = &self.nodes[at];
            let ((lower, lower_rate), (upper, upper_rate)) = match node.group {
                Some(group) => {
                    let group = &problem.groups[group as usize];
                    ((node.lower, rate(group.lower)), (node.upper, rate(group.upper)))
                }
                None => ((spend, 1.0), (spend, 1.0)),
            };
            let (least_rate, most_rate) = sums[at];
            let pairs = [
                (lower - upper, lower_rate - upper_rate),
                (node.least - upper, least_rate - upper_rate),
                (lower - node.most, lower_rate - most_rate),
            ];
            for pair in pairs {
                if pair.0 > worst.0 {
                    worst = pair;
                }
            }
            if at > 0 {
                let least = if lower > node.least { lower_rate } else { least_rate };
                let most = if upper < node.most { upper_rate } else { most_rate };
                let sum = &mut sums[node.parent as usize];
                *sum = (sum.0 + least, sum.1 + most);
            }
        }
        worst
    }
}

/// A limit in money, for a plan that spends `spend`.
pub(super) fn money(amount: Amount, spend: f64) -> f64 {
    match amount {
        Amount::Money(money) => money,
        Amount::Share(share) => share * spend,
    }
}
