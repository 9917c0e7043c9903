//! Cells: items of one node and the same classes, on the same side of today's spend. A linear program sees
//! their sums alone.
//!
//! What a cell moves is `|spend − Σ today|`: where all its items have to stand above today's spend, or all
//! below, or all may stay, none moves up while another one moves down. That holds while bounds give way too, if
//! they do so first where it brings an item nearer to today's spend, which is how [`spread`] does it.

use super::super::error::{Change, LimitRef};
use super::super::problem::Problem;
use super::super::reach;
use super::super::workspace::Workspace;
use super::ROUNDING;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Items of one node and the same classes.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) items: Vec<usize>,
    /// Sums of their bounds and of today's spends, money.
    pub(super) least: f64,
    pub(super) most: f64,
    pub(super) today: f64,
}

/// Node, class signature, and where today's spend lies: below the bounds of the item, between or above them.
pub(super) type Key = (u32, u32, Ordering);

/// The cells of a problem; `moves` says whether today's spends matter.
pub(super) fn cells(workspace: &Workspace, problem: &Problem, moves: bool) -> BTreeMap<Key, Cell> {
    let mut cells: BTreeMap<Key, Cell> = BTreeMap::new();
    for item in 0..problem.curves.len() {
        let (least, most) = (workspace.range(problem, item).lower, most(problem, workspace, item));
        let today = today(problem, item).filter(|_| moves);
        let side = match today {
            Some(today) if today < least => Ordering::Less,
            Some(today) if today > most => Ordering::Greater,
            _ => Ordering::Equal,
        };
        let key = (workspace.tree.node_of(problem, item), workspace.signatures.of(item)[0], side);
        let cell = cells.entry(key).or_default();
        cell.items.push(item);
        cell.least += least;
        cell.most += most;
        cell.today += today.unwrap_or(0.0);
    }
    cells
}

fn today(problem: &Problem, item: usize) -> Option<f64> {
    problem.turnover.as_ref().map(|turnover| turnover.current[item])
}

/// Most that an item may spend, without the cap that the budget puts on it.
pub(super) fn most(problem: &Problem, workspace: &Workspace, item: usize) -> f64 {
    let upper = workspace.range(problem, item).upper;
    if upper >= problem.range(item).upper { problem.upper[item].max(upper) } else { upper }
}

/// Which bounds of items give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Lower,
    Upper,
}

/// Spreads what a cell's bounds give way over its items, as changes of as few of them as will do: the largest
/// bounds give way first. Before that, those that keep an item from today's spend come as near to it as they have to.
pub(super) fn spread(
    problem: &Problem,
    workspace: &Workspace,
    cell: &Cell,
    (bound, moved): (Bound, f64),
    unit: f64,
    changes: &mut Vec<Change>,
) {
    if moved <= ROUNDING * unit {
        return;
    }
    let bounds: Vec<f64> = cell
        .items
        .iter()
        .map(|&item| match bound {
            Bound::Lower => workspace.range(problem, item).lower,
            Bound::Upper => most(problem, workspace, item),
        })
        .collect();
    let apart = |(&item, &from): (&usize, &f64)| match (bound, today(problem, item)) {
        (Bound::Lower, Some(today)) => (from - today).max(0.0),
        (Bound::Upper, Some(today)) => (today - from).max(0.0),
        (_, None) => 0.0,
    };
    let apart: Vec<f64> = cell.items.iter().zip(&bounds).map(apart).collect();
    let first = moved.min(apart.iter().sum());
    let mut parts = take(&apart, &apart, first);
    let left: Vec<f64> = bounds.iter().zip(&parts).map(|(bound, part)| bound - part).collect();
    let more = match bound {
        Bound::Lower => take(&left, &left, moved - first),
        Bound::Upper => take(&bounds, &vec![f64::INFINITY; bounds.len()], moved - first),
    };
    parts.iter_mut().zip(more).for_each(|(part, more)| *part += more);
    for ((&item, from), part) in cell.items.iter().zip(bounds).zip(parts) {
        if part > 0.0 {
            let (limit, to) = match bound {
                Bound::Lower => (LimitRef::ItemLower(item), (from - part).max(0.0)),
                Bound::Upper => (LimitRef::ItemUpper(item), from + part),
            };
            changes.push(reach::change(limit, from, to, unit));
        }
    }
}

/// An amount taken in turn from where the rank is highest, from each as much as it has room for.
fn take(rank: &[f64], room: &[f64], mut amount: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..rank.len()).collect();
    order.sort_by(|&a, &b| rank[b].total_cmp(&rank[a]));
    let mut taken = vec![0.0; rank.len()];
    for at in order {
        taken[at] = room[at].min(amount);
        amount -= taken[at];
    }
    taken
}
