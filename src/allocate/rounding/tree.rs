//! Steps of items in a tree of groups: totals, limits, and what a step earns.

use super::super::LimitRef;
use super::super::problem::{Goal, Problem};
use super::super::tally::Scale;
use super::crossing::{self, Classes};
use super::grid::Grid;
use super::offers::Ledger;
use super::{Item, Plan, goal, items, polish};
use crate::response::Curve;

/// A step that changes the response by more than this share of it is priced by the difference, which then
/// is good to seven digits; the slope in the middle serves the others.
const RESOLVED: f64 = 1e-8;

/// Rounds in which the turnover limit and an average return are held in turn.
const ROUNDS: usize = 20;

/// One step more or one less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    More,
    Less,
}

impl Way {
    pub(super) fn steps(self) -> i64 {
        match self {
            Self::More => 1,
            Self::Less => -1,
        }
    }

    pub(super) fn back(self) -> Self {
        match self {
            Self::More => Self::Less,
            Self::Less => Self::More,
        }
    }
}

/// A node's limits and total, in steps. The groups come first, the budget is the last node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) above: Option<usize>,
    pub(super) lower: i64,
    pub(super) upper: i64,
    pub(super) total: i64,
}

impl Node {
    pub(super) fn may(&self, way: Way) -> bool {
        match way {
            Way::More => self.total < self.upper,
            Way::Less => self.total > self.lower,
        }
    }

    /// Whether the total is outside its limits, and a step would bring it nearer.
    pub(super) fn asks(&self, way: Way) -> bool {
        match way {
            Way::More => self.total < self.lower,
            Way::Less => self.total > self.upper,
        }
    }
}

/// Items in a tree of groups.
pub(super) struct Tree<'a> {
    pub(super) problem: &'a Problem,
    pub(super) grid: Grid,
    pub(super) exact: &'a [f64],
    /// What the exact plan spends, money.
    pub(super) total: f64,
    pub(super) items: Vec<Item>,
    /// The node that each item is in.
    pub(super) home: Vec<usize>,
    pub(super) nodes: Vec<Node>,
    pub(super) classes: Classes,
    /// Money moved away from today's spends, as far as the running sum tells.
    pub(super) moved: f64,
    /// Bounds of the items where they are narrowed to the steps around the exact plan.
    bounds: Vec<(i64, i64)>,
    outside_bounds: Vec<usize>,
}

/// Rounds a plan with groups, classes, minimums, turnover or a goal.
pub(super) fn round(problem: &Problem, grid: Grid, exact: &[f64]) -> Plan {
    let mut tree = Tree::new(problem, grid, exact);
    crossing::fill(&mut tree);
    goal::deal(&mut tree);
    let mut ledger = Ledger::new(tree);
    // children stand after their parents
    for node in (0..ledger.root()).rev() {
        ledger.settle(node);
        ledger.enter(node);
    }
    ledger.settle(ledger.root());
    goal::spend(&mut ledger);
    for node in (0..ledger.root()).rev() {
        ledger.exchange(node);
    }
    ledger.exchange(ledger.root());
    goal::spend(&mut ledger);
    let mut tree = ledger.tree;
    crossing::hold_classes(&mut tree);
    hold_crossing(&mut tree);
    polish::polish(&mut tree);
    tree.plan()
}

/// Holds the turnover limit and an average return in turn: each may take from the other, mostly less each time. Of
/// the plans met on the way the one that moves least too much stays.
fn hold_crossing(tree: &mut Tree<'_>) {
    let mut best = (f64::INFINITY, Vec::new());
    for _ in 0..ROUNDS {
        crossing::hold_turnover(tree);
        goal::hold_return(tree);
        let excess = crossing::turnover_excess(tree);
        if excess <= 0.0 {
            return;
        }
        if excess >= best.0 {
            break;
        }
        best = (excess, tree.items.iter().map(|item| item.steps).collect());
    }
    for (at, steps) in best.1.into_iter().enumerate() {
        tree.shift(at, steps - tree.items[at].steps);
    }
}

/// Whether what steps earn tells where they belong.
///
/// A turnover limit, or an average return of another measure, weighs items by more than that: then every
/// item stays at the step below or above its exact spend.
fn is_separable(problem: &Problem) -> bool {
    let limited = problem.turnover.as_ref().is_some_and(|turnover| turnover.limit.is_finite());
    let measured = matches!(&problem.goal, Goal::AverageReturn { measure, .. } if !measure.is_empty());
    !limited && !measured
}

impl<'a> Tree<'a> {
    fn new(problem: &'a Problem, grid: Grid, exact: &'a [f64]) -> Self {
        let (mut items, outside_bounds) = items(problem, grid, exact);
        let bounds = items.iter().map(|item| (item.lower, item.upper)).collect();
        if !is_separable(problem) {
            for (item, &spend) in items.iter_mut().zip(exact) {
                let near = (grid.down(spend), grid.up(spend));
                item.lower = item.lower.max(near.0.min(item.steps));
                item.upper = item.upper.min(near.1.max(item.steps));
            }
        }
        let root = problem.groups.len();
        let home: Vec<usize> = (0..items.len())
            .map(|at| problem.group_of.get(at).copied().flatten().map_or(root, |group| group as usize))
            .collect();
        let total = Scale::new(exact.len(), exact.iter().copied().fold(0.0, f64::max)).total(exact);
        let mut spends = vec![0.0; root + 1];
        let mut totals = vec![0_i64; root + 1];
        for (at, &home) in home.iter().enumerate() {
            spends[home] += exact[at];
            totals[home] = totals[home].saturating_add(items[at].steps);
        }
        let above = |group: usize| problem.groups[group].parent.map_or(root, |parent| parent as usize);
        for group in (0..root).rev() {
            spends[above(group)] += spends[group];
            totals[above(group)] = totals[above(group)].saturating_add(totals[group]);
        }
        let mut nodes: Vec<Node> = (0..root)
            .map(|at| {
                let group = &problem.groups[at];
                let (lower, upper) = grid.limits(group.lower, group.upper, total);
                let nearest = grid.nearest(spends[at]);
                let (lower, upper) = if lower > upper { (nearest, nearest) } else { (lower, upper) };
                Node { above: Some(above(at)), lower, upper, total: totals[at] }
            })
            .collect();
        nodes.push(Node { above: None, lower: 0, upper: grid.down(problem.budget), total: totals[root] });
        let classes = Classes::new(problem, grid, total, &items);
        let mut tree =
            Self { problem, grid, exact, total, items, home, nodes, classes, moved: 0.0, bounds, outside_bounds };
        tree.moved = tree.exact_moved();
        tree
    }

    /// How much farther from today's spend a step takes an item, money.
    pub(super) fn farther(&self, at: usize, way: Way) -> f64 {
        self.away(at, self.items[at].steps + way.steps()) - self.away(at, self.items[at].steps)
    }

    fn away(&self, at: usize, steps: i64) -> f64 {
        self.problem.turnover.as_ref().map_or(0.0, |turnover| (self.grid.money(steps) - turnover.current[at]).abs())
    }

    /// What moving a unit of money costs, response.
    pub(super) fn moving_price(&self) -> f64 {
        self.problem.moving_price()
    }

    /// Money moved away from today's spends.
    pub(super) fn exact_moved(&self) -> f64 {
        if self.problem.turnover.is_none() {
            return 0.0;
        }
        self.sum(|at| self.away(at, self.items[at].steps))
    }

    /// Sum over the items, the same for any order of them.
    pub(super) fn sum(&self, value: impl Fn(usize) -> f64) -> f64 {
        let values: Vec<f64> = (0..self.items.len()).map(value).collect();
        let largest = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
        Scale::new(values.len(), largest).total(&values)
    }

    /// Most money that may be moved, with room for rounding of the sums.
    pub(super) fn turnover_limit(&self) -> f64 {
        let limit = self.problem.turnover.as_ref().map_or(f64::INFINITY, |turnover| turnover.limit);
        limit + self.grid.tolerance(self.total) * self.grid.step()
    }

    /// Gives the items their own bounds back.
    pub(super) fn widen(&mut self) {
        for (item, &(lower, upper)) in self.items.iter_mut().zip(&self.bounds) {
            // an item with a minimum that was left out stays so
            if item.upper > 0 {
                (item.lower, item.upper) = (lower, upper);
            }
        }
    }

    pub(super) fn root(&self) -> usize {
        self.nodes.len() - 1
    }

    /// The nodes that an item is in, innermost first.
    pub(super) fn path(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(self.home[at]), |&node| self.nodes[node].above)
    }

    /// Adds `by` steps to an item and to all that it is in.
    pub(super) fn shift(&mut self, at: usize, by: i64) {
        let steps = self.items[at].steps;
        self.moved += self.away(at, steps + by) - self.away(at, steps);
        self.items[at].steps += by;
        let mut next = Some(self.home[at]);
        while let Some(node) = next {
            self.nodes[node].total += by;
            next = self.nodes[node].above;
        }
        self.classes.shift(at, by);
    }

    /// Whether an item's own bounds allow a step.
    pub(super) fn item_may(&self, at: usize, way: Way) -> bool {
        let item = &self.items[at];
        match way {
            Way::More => item.steps < item.upper,
            Way::Less => item.steps > item.lower,
        }
    }

    /// Whether every limit allows a step.
    pub(super) fn may(&self, at: usize, way: Way) -> bool {
        self.item_may(at, way) && self.classes.may(at, way) && self.path(at).all(|node| self.nodes[node].may(way))
    }

    /// Response that the step from `steps` to `steps + 1` adds, a unit of money.
    pub(super) fn slope(&self, at: usize, steps: i64) -> f64 {
        let (from, to) = (self.grid.money(steps), self.grid.money(steps + 1));
        let curve = &self.problem.curves[at];
        let end = curve.value(to);
        let gain = end - curve.value(from);
        if gain > RESOLVED * end || matches!(curve, Curve::Points(_)) {
            gain / self.grid.step()
        } else {
            // the mean slope up to the third order, without cancellation
            curve.marginal(f64::midpoint(from, to))
        }
    }

    /// What that step earns net of the floor and of the turnover's price, a unit of money.
    pub(super) fn rate(&self, at: usize, steps: i64) -> f64 {
        let moved = (self.away(at, steps + 1) - self.away(at, steps)) / self.grid.step();
        self.slope(at, steps) - self.problem.price_floor - self.moving_price() * moved
    }

    /// What the next step earns, or what the last one did.
    pub(super) fn rate_of(&self, at: usize, way: Way) -> f64 {
        let steps = self.items[at].steps;
        self.rate(at, if way == Way::More { steps } else { steps - 1 })
    }

    /// Items by what they earn: the best next steps first, or the worst last ones.
    pub(super) fn sorted(&self, items: impl Iterator<Item = usize>, way: Way) -> Vec<usize> {
        let mut rated: Vec<(f64, usize)> = items.map(|at| (self.rate_of(at, way), at)).collect();
        match way {
            Way::More => rated.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))),
            Way::Less => rated.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))),
        }
        rated.into_iter().map(|rated| rated.1).collect()
    }

    fn plan(self) -> Plan {
        let Self { problem, grid, total, .. } = self;
        let mut outside_bounds = self.outside_bounds.clone();
        outside_bounds.extend((0..self.items.len()).filter(|&at| {
            let steps = self.items[at].steps;
            steps < grid.up(problem.lower[at]) || steps > grid.down(problem.upper[at])
        }));
        let mut outside_limits = Vec::new();
        for (at, group) in problem.groups.iter().enumerate() {
            let (lower, upper) = grid.limits(group.lower, group.upper, total);
            if self.nodes[at].total < lower {
                outside_limits.push(LimitRef::GroupLower(at));
            } else if self.nodes[at].total > upper {
                outside_limits.push(LimitRef::GroupUpper(at));
            }
        }
        for (at, class) in problem.classes.iter().enumerate() {
            let (lower, upper) = grid.limits(class.lower, class.upper, total);
            if self.classes.total(at) < lower {
                outside_limits.push(LimitRef::ClassLower(at));
            } else if self.classes.total(at) > upper {
                outside_limits.push(LimitRef::ClassUpper(at));
            }
        }
        if crossing::turnover_excess(&self) > 0.0 {
            outside_limits.push(LimitRef::Turnover);
        }
        outside_limits.extend(goal::missed(&self));
        Plan { items: self.items, outside_bounds, outside_limits }
    }
}
