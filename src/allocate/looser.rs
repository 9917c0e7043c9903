//! Bounds from fewer limits: no plan within all of them is worth more than the best within some.
//!
//! A search over the multipliers of limits that cross may end with multipliers that bound nothing worth telling. The same
//! problem without these limits, and with each of them alone, has bounds of its own, and the smallest of all holds.

use super::AllocatorSettings;
use super::branch;
use super::goal::ANY;
use super::problem::{Amount, Problem};
use super::relax::Start;
use super::workspace::Workspace;

/// The smallest bound of what a plan is worth, over the problem without limits that cross and with one of them each.
pub(super) fn bound(problem: &Problem, settings: &AllocatorSettings) -> f64 {
    let mut none = problem.clone();
    none.classes.clear();
    // with less to hold it, a plan may be worth most where money is left
    none.price_floor = problem.price_floor.max(ANY);
    for group in &mut none.groups {
        let money = |amount: Amount, otherwise| if amount.is_share() { Amount::Money(otherwise) } else { amount };
        (group.lower, group.upper) = (money(group.lower, 0.0), money(group.upper, f64::INFINITY));
    }
    if let Some(turnover) = &mut none.turnover {
        turnover.limit = f64::INFINITY;
    }
    let classes = problem.classes.iter().map(|class| Problem { classes: vec![class.clone()], ..none.clone() });
    let turnover = Problem { turnover: problem.turnover.clone(), ..none.clone() };
    let each = classes.chain(turnover.crosses().then_some(turnover));
    let bound = |looser: Problem| {
        let mut workspace = Workspace::new();
        workspace.prepare(&looser);
        let solution = branch::part(&mut workspace, &looser, settings, &mut Start::default(), &[]);
        solution.map_or(f64::INFINITY, |solution| solution.bound)
    };
    each.chain([none.clone()]).map(bound).fold(f64::INFINITY, f64::min)
}
