//! Where the budget's steps end: at the budget, at the floor, at the wanted volume, or where the average
//! return would be missed.

use super::super::chunk::CHUNK;
use super::super::problem::{Goal, Problem};
use super::super::relax::has_shares;
use super::offers::Ledger;
use super::tree::{Tree, Way};
use crate::allocate::LimitRef;
use rayon::prelude::*;

/// Rounds of steps back for an average return; each takes at most a step an item.
const ROUNDS: usize = 100;
/// An average return or a volume missed by this share of it is rounding of the sums.
pub(super) const ROUNDING: f64 = 1e-12;

/// Spends what the goal asks, each step where it earns most.
pub(super) fn spend(ledger: &mut Ledger<'_>) {
    let (root, problem) = (ledger.root(), ledger.tree.problem);
    let (budget, target) = (ledger.tree.nodes[root].upper, target(&ledger.tree));
    let volume = matches!(problem.goal, Goal::Volume { .. });
    let kept = keeps_total(problem);
    while ledger.tree.nodes[root].total < target {
        let Some(offer) = ledger.best(root, Way::More).filter(|offer| volume || kept || offer.rate >= 0.0) else {
            break;
        };
        ledger.shift(offer.item, 1);
    }
    // a step that does not earn its floor
    while let Some(offer) = ledger.best(root, Way::Less).filter(|offer| !volume && offer.rate < 0.0) {
        if kept && ledger.tree.nodes[root].total <= target {
            break;
        }
        ledger.shift(offer.item, -1);
    }
    if let Goal::Volume { response } = problem.goal {
        reach(ledger, response, budget);
    }
}

/// Whether the plan's own total has to stay: shares are of it, and money that earns nothing by itself may be spent for the room
/// that it gives a share.
fn keeps_total(problem: &Problem) -> bool {
    problem.goal == Goal::MostResponse && has_shares(problem)
}

/// Steps that the plan should spend, where they earn their floor.
fn target(tree: &Tree<'_>) -> i64 {
    let (grid, budget) = (tree.grid, tree.nodes[tree.root()].upper);
    match tree.problem.goal {
        Goal::MostResponse if keeps_total(tree.problem) => grid.nearest(tree.total).min(budget),
        Goal::MostResponse => budget,
        // more than the plan would lower the average
        Goal::AverageReturn { .. } => grid.up(tree.total).min(budget),
        Goal::Volume { .. } => grid.down(tree.total).min(budget),
    }
}

/// Deals out what the budget has left, a step an item, as if there were no groups: most steps are right, and
/// moving the others is cheap.
pub(super) fn deal(tree: &mut Tree<'_>) {
    let left = usize::try_from(target(tree) - tree.nodes[tree.root()].total).unwrap_or(0);
    let volume = matches!(tree.problem.goal, Goal::Volume { .. }) || keeps_total(tree.problem);
    let short = |at: usize| tree.exact[at] - tree.grid.money(tree.items[at].steps);
    let mut offers: Vec<(f64, f64, usize)> = (0..tree.items.len())
        .into_par_iter()
        .with_min_len(CHUNK)
        .filter(|&at| tree.item_may(at, Way::More))
        .map(|at| (tree.rate_of(at, Way::More), short(at), at))
        .filter(|offer| volume || offer.0 >= 0.0)
        .collect();
    if left < offers.len() {
        let order = |a: &(f64, f64, usize), b: &(f64, f64, usize)| {
            b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2))
        };
        offers.select_nth_unstable_by(left, order);
        offers.truncate(left);
    }
    // groups are settled afterwards, which classes might then forbid
    let free = tree.problem.classes.is_empty();
    for (.., at) in offers {
        if free || tree.may(at, Way::More) {
            tree.shift(at, 1);
        }
    }
}

/// Adds steps until the volume is there or the budget is spent.
fn reach(ledger: &mut Ledger<'_>, wanted: f64, budget: i64) {
    let root = ledger.root();
    for _ in 0..ROUNDS {
        let mut missing = wanted - response(&ledger.tree);
        if missing <= ROUNDING * wanted {
            return;
        }
        while missing > 0.0 {
            if ledger.tree.nodes[root].total >= budget {
                return;
            }
            let Some(offer) = ledger.best(root, Way::More) else { return };
            let tree = &ledger.tree;
            let gain = tree.slope(offer.item, tree.items[offer.item].steps) * tree.grid.step()
                - tree.moving_price() * tree.farther(offer.item, Way::More);
            if gain <= 0.0 {
                return;
            }
            ledger.shift(offer.item, 1);
            missing -= gain;
        }
    }
}

/// Takes steps back where the measure falls most short, until the average return holds; where that does not
/// do it, adds steps that bring more than they must. Steps that break the turnover limit come last.
pub(super) fn hold_return(tree: &mut Tree<'_>) {
    let Goal::AverageReturn { ratio, .. } = tree.problem.goal else { return };
    tree.widen();
    for _ in 0..ROUNDS {
        let missing = -excess(tree);
        if missing <= ROUNDING * ratio * tree.total {
            return;
        }
        let rounds = [(Way::Less, false), (Way::More, false), (Way::Less, true), (Way::More, true)];
        if !rounds.into_iter().any(|(way, breaks)| hold_round(tree, ratio, missing, way, breaks)) {
            return;
        }
    }
}

/// Moves items a step each while the average return is missed, beyond the turnover limit only if that `breaks`;
/// whether any moved.
fn hold_round(tree: &mut Tree<'_>, ratio: f64, mut missing: f64, way: Way, breaks: bool) -> bool {
    let sign = if way == Way::More { 1.0 } else { -1.0 };
    let beyond = |at: usize| {
        let from = tree.items[at].steps.min(tree.items[at].steps + way.steps());
        sign * measure(tree, at).mul_add(tree.slope(at, from), -ratio)
    };
    let items = (0..tree.items.len()).filter(|&at| tree.item_may(at, way));
    let mut best: Vec<(f64, usize)> = items.map(|at| (beyond(at), at)).filter(|item| item.0 > 0.0).collect();
    best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut moved = false;
    for (beyond, at) in best {
        if missing <= 0.0 {
            break;
        }
        let farther = tree.farther(at, way);
        let moves = breaks || farther <= 0.0 || tree.moved + farther <= tree.turnover_limit();
        if moves && tree.may(at, way) {
            tree.shift(at, way.steps());
            missing -= beyond * tree.grid.step();
            moved = true;
        }
    }
    moved
}

/// The goal's limits that the plan in steps misses.
pub(super) fn missed(tree: &Tree<'_>) -> Option<LimitRef> {
    match tree.problem.goal {
        Goal::MostResponse => None,
        Goal::AverageReturn { ratio, .. } => {
            (excess(tree) < -ROUNDING * ratio * tree.total).then_some(LimitRef::AverageReturn)
        }
        Goal::Volume { response: wanted } => (response(tree) < wanted * (1.0 - ROUNDING)).then_some(LimitRef::Volume),
    }
}

fn measure(tree: &Tree<'_>, at: usize) -> f64 {
    match &tree.problem.goal {
        Goal::AverageReturn { measure, .. } => measure.get(at).copied().unwrap_or(1.0),
        Goal::MostResponse | Goal::Volume { .. } => 1.0,
    }
}

/// Response net of what moving costs: what a volume is asked of.
fn response(tree: &Tree<'_>) -> f64 {
    let moving = tree.moving_price() * tree.exact_moved();
    tree.sum(|at| tree.problem.curves[at].value(tree.grid.money(tree.items[at].steps))) - moving
}

/// Measure beyond what the average return asks.
fn excess(tree: &Tree<'_>) -> f64 {
    let Goal::AverageReturn { ratio, .. } = tree.problem.goal else { return 0.0 };
    tree.sum(|at| {
        let spend = tree.grid.money(tree.items[at].steps);
        measure(tree, at).mul_add(tree.problem.curves[at].value(spend), -ratio * spend)
    })
}

/// What the goal makes most of: the objective, or the spend saved.
pub(super) fn worth(tree: &Tree<'_>) -> f64 {
    let spend = tree.sum(|at| tree.grid.money(tree.items[at].steps));
    match tree.problem.goal {
        Goal::Volume { .. } => -spend,
        Goal::MostResponse | Goal::AverageReturn { .. } => response(tree) - tree.problem.price_floor * spend,
    }
}

/// What the plan brings beyond what the goal asks for, in money: at the average return, or as a share of the volume.
pub(super) fn excess_money(tree: &Tree<'_>) -> f64 {
    match tree.problem.goal {
        Goal::MostResponse => 0.0,
        Goal::AverageReturn { .. } => excess(tree) * money_of_goal(tree),
        Goal::Volume { response: wanted } => (response(tree) - wanted) * money_of_goal(tree),
    }
}

/// Money that a unit of what the goal asks for stands for.
fn money_of_goal(tree: &Tree<'_>) -> f64 {
    let unit = match tree.problem.goal {
        Goal::MostResponse => 0.0,
        Goal::AverageReturn { ratio, .. } => ratio,
        Goal::Volume { response } => response / tree.total.max(tree.grid.step()),
    };
    if unit > 0.0 { unit.recip() } else { 0.0 }
}

/// What a step adds to [`worth`] and [`excess_money`] that moves so much more money.
pub(super) fn adds(tree: &Tree<'_>, at: usize, way: Way, moved: f64) -> (f64, f64) {
    let (steps, sign) = (tree.items[at].steps, way.steps() as f64);
    let money = sign * tree.grid.step();
    let gain = money * tree.slope(at, steps.min(steps + way.steps()));
    let net = gain - tree.moving_price() * moved;
    match tree.problem.goal {
        Goal::MostResponse => (net - tree.problem.price_floor * money, 0.0),
        Goal::AverageReturn { ratio, .. } => {
            let excess = measure(tree, at).mul_add(gain, -ratio * money);
            (net - tree.problem.price_floor * money, excess * money_of_goal(tree))
        }
        Goal::Volume { .. } => (-money, net * money_of_goal(tree)),
    }
}
