//! Limits that cut across groups: classes, and the turnover limit.
//!
//! Whole steps that keep every one of them need not exist. So classes get first what their lower limits
//! ask, no step enters a full class or leaves a bare one, and what is still broken is mended by pairs: a
//! step less here and one more there, where that costs least among the few dozen tried.
//!
//! Today's spends are no whole steps, so items left alone move by parts of a step. What that takes of the turnover
//! limit is given back by items that move: by steps toward today's spends, in pairs where both come nearer, else
//! by leaving money unspent.

use super::super::problem::{Goal, Problem};
use super::Item;
use super::grid::Grid;
use super::tree::{Tree, Way};
use std::collections::HashMap;

/// Less missed of a limit by less than this share of a step is rounding.
pub(super) const NEARER: f64 = 1e-9;
/// Partners tried for a step.
const PARTNERS: usize = 64;
/// Rounds of steps toward today's spends, each at most a step an item.
const ROUNDS: usize = 20;
/// Items looked at to mend classes; each broken class looks at all.
const LOOKS: usize = 30_000_000;

#[derive(Clone, Copy, Debug)]
struct Class {
    lower: i64,
    upper: i64,
    total: i64,
}

/// Totals and limits of classes, in steps.
#[derive(Debug)]
pub(super) struct Classes {
    list: Vec<Class>,
    /// The classes of item `at` are `of[first[at]..first[at + 1]]`; empty without classes.
    first: Vec<usize>,
    of: Vec<usize>,
}

impl Classes {
    pub(super) fn new(problem: &Problem, grid: Grid, total: f64, items: &[Item]) -> Self {
        if problem.classes.is_empty() {
            return Self { list: Vec::new(), first: Vec::new(), of: Vec::new() };
        }
        let members = || {
            let classes = problem.classes.iter().enumerate();
            classes.flat_map(|(index, class)| class.members.iter().map(move |&at| (index, at as usize)))
        };
        let mut first = vec![0; items.len() + 1];
        for (_, at) in members() {
            first[at + 1] += 1;
        }
        for at in 0..items.len() {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut of = vec![0; first[items.len()]];
        for (index, at) in members() {
            of[next[at]] = index;
            next[at] += 1;
        }
        let class = |class: &super::super::problem::Class| {
            let (lower, upper) = grid.limits(class.lower, class.upper, total);
            let total = class.members.iter().map(|&at| items[at as usize].steps).fold(0, i64::saturating_add);
            Class { lower, upper, total }
        };
        Self { list: problem.classes.iter().map(class).collect(), first, of }
    }

    pub(super) fn total(&self, class: usize) -> i64 {
        self.list[class].total
    }

    fn of(&self, at: usize) -> &[usize] {
        if self.list.is_empty() { &[] } else { &self.of[self.first[at]..self.first[at + 1]] }
    }

    /// Whether the classes of an item allow it a step.
    pub(super) fn may(&self, at: usize, way: Way) -> bool {
        self.of(at).iter().all(|&class| match way {
            Way::More => self.list[class].total < self.list[class].upper,
            Way::Less => self.list[class].total > self.list[class].lower,
        })
    }

    /// Whether every class of an item is within its limits.
    pub(super) fn within(&self, at: usize) -> bool {
        self.of(at).iter().all(|&class| !self.asks(class, Way::More) && !self.asks(class, Way::Less))
    }

    pub(super) fn shift(&mut self, at: usize, by: i64) {
        if self.list.is_empty() {
            return;
        }
        for &class in &self.of[self.first[at]..self.first[at + 1]] {
            self.list[class].total += by;
        }
    }

    fn asks(&self, class: usize, way: Way) -> bool {
        let Class { lower, upper, total } = self.list[class];
        match way {
            Way::More => total < lower,
            Way::Less => total > upper,
        }
    }
}

/// Gives classes what their lower limits ask, a step an item.
pub(super) fn fill(tree: &mut Tree<'_>) {
    for class in 0..tree.problem.classes.len() {
        if !tree.classes.asks(class, Way::More) {
            continue;
        }
        let members = &tree.problem.classes[class].members;
        let short = |at: &usize| tree.exact[*at] > tree.grid.money(tree.items[*at].steps);
        for at in tree.sorted(members.iter().map(|&at| at as usize).filter(short), Way::More) {
            if !tree.classes.asks(class, Way::More) {
                break;
            }
            if tree.may(at, Way::More) {
                tree.shift(at, 1);
            }
        }
    }
}

/// Mends what classes still miss.
pub(super) fn hold_classes(tree: &mut Tree<'_>) {
    let (problem, count) = (tree.problem, tree.items.len());
    let mut looks = LOOKS;
    for (index, class) in problem.classes.iter().enumerate() {
        for way in [Way::Less, Way::More] {
            if looks < count || !tree.classes.asks(index, way) {
                continue;
            }
            looks -= count;
            let mut member = vec![false; count];
            class.members.iter().for_each(|&at| member[at as usize] = true);
            let inside = class.members.iter().map(|&at| at as usize);
            let outside = (0..count).filter(|&at| !member[at]);
            pairs(tree, inside, outside, way, |tree| tree.classes.asks(index, way));
        }
    }
}

/// Brings what moves below its limit, first by steps around the exact plan, then by steps beyond them.
pub(super) fn hold_turnover(tree: &mut Tree<'_>) {
    let mut before = f64::INFINITY;
    for round in 0..ROUNDS {
        let excess = turnover_excess(tree);
        if excess <= 0.0 || (round > 1 && excess >= before) {
            return;
        }
        if round == 1 {
            tree.widen();
        }
        before = excess;
        toward_today(tree);
    }
}

/// Steps toward today's spends while more moves than may.
fn toward_today(tree: &mut Tree<'_>) {
    let count = tree.items.len();
    for way in [Way::Less, Way::More] {
        if turnover_excess(tree) <= 0.0 {
            return;
        }
        let nearer: Vec<usize> = (0..count).filter(|&at| tree.farther(at, way) < 0.0).collect();
        // money saved helps an average return, while what a partner adds is below it
        let alone = way == Way::Less && matches!(tree.problem.goal, Goal::AverageReturn { .. });
        let partners: Vec<usize> = (0..count).filter(|&at| !alone && tree.farther(at, way.back()) <= 0.0).collect();
        pairs(tree, nearer.into_iter(), partners.into_iter(), way, |tree| tree.moved > tree.turnover_limit());
    }
}

/// By how much the plan moves more money than the turnover limit allows.
pub(super) fn turnover_excess(tree: &Tree<'_>) -> f64 {
    tree.exact_moved() - tree.turnover_limit()
}

/// Partners of steps, the best first.
struct Partners {
    list: Vec<usize>,
    /// Those before are used.
    head: usize,
}

/// Steps `way` of some items, each paired with one the other way of a partner, while `asks` does.
fn pairs(
    tree: &mut Tree<'_>,
    items: impl Iterator<Item = usize>,
    partners: impl Iterator<Item = usize>,
    way: Way,
    asks: impl Fn(&Tree<'_>) -> bool,
) {
    let back = way.back();
    let items = tree.sorted(items.filter(|&at| tree.item_may(at, way)), way);
    let list = tree.sorted(partners.filter(|&at| tree.item_may(at, back)), back);
    let mut used = vec![false; tree.items.len()];
    // a partner in the same group leaves all groups as they are
    let mut at_home: HashMap<usize, Partners> = HashMap::new();
    for &at in &list {
        at_home.entry(tree.home[at]).or_insert(Partners { list: Vec::new(), head: 0 }).list.push(at);
    }
    let mut anywhere = Partners { list, head: 0 };
    for at in items {
        if !asks(tree) {
            return;
        }
        if used[at] || !tree.item_may(at, way) || !tree.classes.may(at, way) {
            continue;
        }
        let home = tree.home[at];
        let found = at_home.get_mut(&home).and_then(|partners| partners.find(tree, at, way, &used));
        if let Some(partner) = found.or_else(|| anywhere.find(tree, at, way, &used)) {
            (used[at], used[partner]) = (true, true);
        } else if tree.may(at, way) {
            tree.shift(at, way.steps());
        }
    }
}

impl Partners {
    /// Moves `at` and the first partner that fits.
    fn find(&mut self, tree: &mut Tree<'_>, at: usize, way: Way, used: &[bool]) -> Option<usize> {
        while self.list.get(self.head).is_some_and(|&partner| used[partner]) {
            self.head += 1;
        }
        let tried = self.list.iter().copied().skip(self.head).take(PARTNERS);
        tried.filter(|&partner| partner != at && !used[partner]).find(|&partner| swap(tree, at, partner, way))
    }
}

/// Moves one item a step and another one back, if all limits allow it.
fn swap(tree: &mut Tree<'_>, at: usize, partner: usize, way: Way) -> bool {
    let back = way.back();
    tree.shift(at, way.steps());
    if tree.may(partner, back) {
        tree.shift(partner, back.steps());
        let groups = tree.path(at).all(|node| !tree.nodes[node].asks(back));
        if groups && tree.classes.of(at).iter().all(|&class| !tree.classes.asks(class, back)) {
            return true;
        }
        tree.shift(partner, way.steps());
    }
    tree.shift(at, back.steps());
    false
}
