//! Plans of few items with a goal, or a limit on what moves: steps of one item or two while they bring the plan nearer to
//! what is asked, or are worth more within it.
//!
//! What a step earns does not say there where it belongs: it takes from the average return, the volume or the turnover limit
//! as well. So every step and every pair of steps is tried, either way each, and the best is taken, round by round. In goes a
//! plan within its groups and classes, out comes one within them from which no such step leads to a better one.

use super::super::problem::Goal;
use super::crossing;
use super::goal;
use super::tree::{Tree, Way};

/// Most items: each round looks at some twice their square.
const ITEMS: usize = 200;
/// Gains below this share of what the plan is worth are rounding.
const GAIN: f64 = 1e-13;

/// What a plan has, or a step adds to it.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// What the goal makes most of.
    worth: f64,
    /// What the goal asks for, beyond what it asks, money.
    excess: f64,
    /// Money moved away from today's spends.
    moved: f64,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self { worth: self.worth + other.worth, excess: self.excess + other.excess, moved: self.moved + other.moved }
    }
}

/// One step of one item.
#[derive(Clone, Copy, Debug)]
struct Step {
    item: usize,
    way: Way,
    adds: Sums,
}

/// Improves a plan of few items.
pub(super) fn polish(tree: &mut Tree<'_>) {
    let limited = tree.problem.turnover.as_ref().is_some_and(|turnover| turnover.limit.is_finite());
    if tree.items.len() > ITEMS || !(limited || tree.problem.goal != Goal::MostResponse) {
        return;
    }
    tree.widen();
    for _ in 0..4 * tree.items.len() + 100 {
        let has = sums(tree);
        let Some(steps) = best(tree, has) else { return };
        for Step { item, way, .. } in steps.into_iter().flatten() {
            tree.shift(item, way.steps());
        }
    }
}

fn sums(tree: &Tree<'_>) -> Sums {
    Sums { worth: goal::worth(tree), excess: goal::excess_money(tree), moved: tree.exact_moved() }
}

/// By how much a plan misses what is asked of it, money.
fn missing(tree: &Tree<'_>, sums: Sums) -> f64 {
    (-sums.excess - goal::ROUNDING * tree.total).max(0.0) + (sums.moved - tree.turnover_limit()).max(0.0)
}

/// The step or the pair of steps that leads to the best plan, if that is better than the one at hand.
fn best(tree: &mut Tree<'_>, has: Sums) -> Option<[Option<Step>; 2]> {
    let both = [Way::More, Way::Less];
    let steps: Vec<Step> = (0..tree.items.len())
        .flat_map(|item| both.map(|way| (item, way)))
        .filter(|&(item, way)| tree.item_may(item, way))
        .map(|(item, way)| Step { item, way, adds: adds(tree, item, way) })
        .collect();
    let (least, room) = (missing(tree, has), GAIN * has.worth.abs().max(tree.grid.step()));
    let (mut found, mut known) = (None, (least, has.worth + room));
    for (at, &first) in steps.iter().enumerate() {
        for second in std::iter::once(None).chain(steps[at + 1..].iter().copied().map(Some)) {
            if second.is_some_and(|second| second.item == first.item) {
                continue;
            }
            let sums = second.map_or(first.adds, |second| first.adds.plus(second.adds)).plus(has);
            let own = (missing(tree, sums), sums.worth);
            let nearer = own.0 < known.0 - crossing::NEARER * tree.grid.step();
            let better = own.0 <= known.0 && own.1 > known.1;
            if (nearer || better) && fits(tree, [Some(first), second]) {
                (found, known) = (Some([Some(first), second]), own);
            }
        }
    }
    found
}

/// What a step adds to the plan.
fn adds(tree: &Tree<'_>, item: usize, way: Way) -> Sums {
    let moved = tree.farther(item, way);
    let (worth, excess) = goal::adds(tree, item, way, moved);
    Sums { worth, excess, moved }
}

/// Whether groups and classes allow some steps together.
fn fits(tree: &mut Tree<'_>, steps: [Option<Step>; 2]) -> bool {
    let steps = || steps.into_iter().flatten();
    let before: Vec<(usize, i64)> = steps()
        .flat_map(|step| tree.path(step.item).map(|node| (node, tree.nodes[node].total)).collect::<Vec<_>>())
        .collect();
    steps().for_each(|step| tree.shift(step.item, step.way.steps()));
    let nodes = before.iter().all(|&(node, total)| {
        let own = &tree.nodes[node];
        own.total == total || (own.lower..=own.upper).contains(&own.total)
    });
    let classes = steps().all(|step| tree.classes.within(step.item));
    steps().for_each(|step| tree.shift(step.item, -step.way.steps()));
    nodes && classes
}
