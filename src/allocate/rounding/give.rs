//! What gives way where limits rounded inwards contradict each other inside a group or the budget.
//!
//! First items with a minimum are left out, those that earn least for their money, since that breaks no
//! limit. Then classes give way, then bounds of items by less than a step, and last the limits of inner
//! groups by one. What gives way is reported.

use super::offers::Ledger;
use super::tree::{Tree, Way};

impl Ledger<'_> {
    /// Brings a node's total between its limits where no step within all limits does.
    pub(super) fn give(&mut self, node: usize, way: Way) {
        let inside: Vec<usize> = self.inside(node).to_vec();
        if way == Way::Less {
            self.leave_out(node, &inside);
        }
        for (bounds_give, slack) in [(false, 0), (true, 0), (false, 1), (true, 1)] {
            // a step an item and round, until the node has what it asks or nothing moves
            while self.tree.nodes[node].asks(way) && self.give_round(node, way, &inside, bounds_give, slack) {}
        }
    }

    /// Moves items a step each, with limits of inner groups kept but for `slack` steps, and those of classes
    /// not at all; whether any moved.
    fn give_round(&mut self, node: usize, way: Way, inside: &[usize], bounds_give: bool, slack: i64) -> bool {
        let tree = &self.tree;
        let may = |at: &usize| tree.item_may(*at, way) || (bounds_give && can_give(tree, *at, way));
        let mut moved = false;
        for at in tree.sorted(inside.iter().copied().filter(may), way) {
            if !self.tree.nodes[node].asks(way) {
                break;
            }
            let fits = |inner: usize| {
                let node = &self.tree.nodes[inner];
                match way {
                    Way::More => node.total < node.upper.saturating_add(slack),
                    Way::Less => node.total > node.lower - slack,
                }
            };
            if self.tree.path(at).take_while(|inner| *inner != node).all(fits) {
                self.shift(at, way.steps());
                moved = true;
            }
        }
        moved
    }

    /// Leaves out items with a minimum while a node holds more than it may.
    fn leave_out(&mut self, node: usize, inside: &[usize]) {
        let Tree { problem, grid, items, .. } = &self.tree;
        let least = |at: usize| problem.minimum.get(at).map_or(0, |minimum| grid.up(*minimum));
        let mut candidates: Vec<(f64, usize)> = inside
            .iter()
            .copied()
            .filter(|&at| least(at) > 1 && items[at].steps > 0 && grid.up(problem.lower[at]) == 0)
            .map(|at| {
                let spend = grid.money(items[at].steps);
                (problem.curves[at].value(spend) / spend, at)
            })
            .collect();
        candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, at) in candidates {
            if !self.tree.nodes[node].asks(Way::Less) {
                return;
            }
            let steps = self.tree.items[at].steps;
            let fits = |inner: usize| self.tree.nodes[inner].total - steps >= self.tree.nodes[inner].lower;
            let inner = self.tree.path(at).take_while(|inner| *inner != node);
            if inner.chain([node]).all(fits) {
                let item = &mut self.tree.items[at];
                (item.lower, item.upper) = (0, 0);
                self.shift(at, -steps);
            }
        }
    }
}

/// Whether an item may step over a bound that was rounded inwards, by less than a step.
fn can_give(tree: &Tree<'_>, at: usize, way: Way) -> bool {
    let Tree { problem, grid, items, .. } = tree;
    let (steps, money) = (items[at].steps, grid.money(items[at].steps));
    // nothing or at least the minimum: that does not give way
    let least = problem.minimum.get(at).map_or(0, |minimum| grid.up(*minimum));
    match way {
        Way::More => steps >= items[at].upper && money < problem.upper[at] && (least <= 1 || steps > 0),
        Way::Less => {
            steps <= items[at].lower && steps > 0 && money > problem.lower[at] && (least <= 1 || steps > least)
        }
    }
}
