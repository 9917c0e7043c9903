//! Items that limits leave nothing but their lower bounds, found before any search.
//!
//! A limit on a class or on what moves may leave an item just its least spend. Where the item's first unit beyond that is
//! worth beyond any number (power curves at zero), no finite multiplier says so, and a search for one never ends. What a
//! cell of items (those of the same node and classes) may spend at most is a small linear program: where that is
//! what they have to spend, their upper bounds are lowered to it.
//!
//! Only such items are fixed (and all, where nothing may be spent): to all others a finite price can say the same.

use super::feasibility;
use super::problem::Problem;
use super::workspace::Workspace;
use std::borrow::Cow;

/// The problem with the items fixed that limits leave no choice; itself where there are none.
pub(super) fn without_choices<'p>(workspace: &mut Workspace, problem: &'p Problem) -> Cow<'p, Problem> {
    let barred: Vec<usize> = (0..problem.minimum.len()).filter(|&item| is_barred(problem, item)).collect();
    if barred.is_empty() {
        return within_limits(workspace, problem);
    }
    let mut fixed = problem.clone();
    for item in barred {
        fixed.upper[item] = 0.0;
    }
    match within_limits(workspace, &fixed) {
        Cow::Owned(fixed) => Cow::Owned(fixed),
        Cow::Borrowed(_) => Cow::Owned(fixed),
    }
}

/// Whether an item may have nothing but nothing: its minimum is above its upper bound.
fn is_barred(problem: &Problem, item: usize) -> bool {
    let minimum = problem.minimum.get(item).copied().unwrap_or(0.0);
    problem.lower[item] <= 0.0 && minimum > problem.upper[item]
}

/// The same for limits that cross the tree.
fn within_limits<'p>(workspace: &mut Workspace, problem: &'p Problem) -> Cow<'p, Problem> {
    if !problem.crosses() {
        return Cow::Borrowed(problem);
    }
    if let Some(still) = still(problem) {
        workspace.prepare(&still);
        if feasibility::most_spend(workspace, &still).is_ok() {
            return Cow::Owned(still);
        }
    }
    workspace.prepare(problem);
    let steep = |item: usize| {
        let (lower, upper) = (problem.lower[item], problem.upper[item]);
        upper > lower && problem.curves[item].marginal(lower).is_infinite()
    };
    let held = feasibility::held(workspace, problem, steep);
    if held.is_empty() {
        return Cow::Borrowed(problem);
    }
    let mut fixed = problem.clone();
    for item in held {
        fixed.upper[item] = fixed.lower[item];
    }
    Cow::Owned(fixed)
}

/// The problem with every item fixed at today's spend, where nothing may move and all may stay.
fn still(problem: &Problem) -> Option<Problem> {
    let today = &problem.turnover.as_ref().filter(|turnover| turnover.limit <= 0.0)?.current;
    let stay = (0..today.len()).all(|item| problem.range(item).holds(today[item]));
    stay.then(|| Problem { lower: today.clone(), upper: today.clone(), minimum: Vec::new(), ..problem.clone() })
}

/// The price of a class whose limit leaves the fixed items nothing: the next unit of money is worth beyond any number.
pub(super) fn price(problem: &Problem, fixed: &Problem, class: usize, price: f64) -> f64 {
    let members = problem.classes[class].members.iter().map(|&item| item as usize);
    let (mut held, mut alone) = (false, true);
    for item in members {
        let steep = || problem.curves[item].marginal(problem.lower[item]).is_infinite();
        held |= fixed.upper[item] < problem.upper[item] && !is_barred(problem, item) && steep();
        alone &= fixed.upper[item] <= fixed.lower[item];
    }
    if held && alone && price >= 0.0 { f64::INFINITY } else { price }
}
