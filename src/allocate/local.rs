//! Groups held by their own limits, each settled by itself.
//!
//! Where many groups' limits bind, each may leave an item off its hull, and branching over all of them at once
//! closes none of the gaps. But such a group is a small problem of its own: at the spend it has, its items
//! are branched on alone, which gives the plan; and at the price of money, with its limits, the same gives what
//! the group can earn at most, which tightens the bound (the Lagrangian of the whole is a sum over groups).
//!
//! Wrong where limits cut across groups: not used there.

use super::branch::Solution;
use super::problem::{Amount, Goal, Group, Problem};
use super::tree::money;
use super::{AllocatorSettings, allocate};

/// Branches for one group.
const BRANCHES: usize = 200;
/// Rounding of the bounds that are put together, as a share of them.
const ROUNDING: f64 = 1e-13;

/// A plan with groups settled one by one, and by how much less any plan can be worth than the bound says.
pub(super) fn settle(problem: &Problem, settings: &AllocatorSettings, root: &Solution) -> Option<(Vec<f64>, f64)> {
    let separable = problem.classes.is_empty() && problem.turnover.is_none();
    let price = root.appraisal.lambda?;
    if !separable || problem.goal != Goal::MostResponse || root.outside.is_empty() && root.split.is_none() {
        return None;
    }
    let held = |group: &usize| problem.groups[*group].parent.is_none() && root.appraisal.group_price[*group] != 0.0;
    let held: Vec<usize> = (0..problem.groups.len()).filter(held).collect();
    // one alone is no smaller a problem (and this ends the recursion)
    if held.len() < 2 {
        return None;
    }
    let mut plan = root.plan.clone();
    let mut tightened = 0.0;
    let spend = root.relaxed.spend;
    for group in held {
        let (own, items) = part_of(problem, group, spend);
        let Some(capped) = own.groups.first().map(|own| money(own.upper, spend).min(problem.budget)) else { continue };
        let settings = AllocatorSettings { initial_price: None, max_branches: BRANCHES, ..settings.clone() };
        let whole = AllocatorSettings { max_branches: 0, ..settings.clone() };
        let at_price = Problem { price_floor: price, budget: capped, ..own.clone() };
        if let (Ok(before), Ok(after)) = (allocate(&at_price, &whole), allocate(&at_price, &settings)) {
            let (before, after) = (before.certificate.upper_bound, after.certificate.upper_bound);
            tightened += (before - after - ROUNDING * before.abs()).max(0.0);
        }
        let at_spend = Problem { budget: root.appraisal.group_spend[group], ..own };
        let Ok(settled) = allocate(&at_spend, &settings) else { continue };
        for (item, spend) in items.into_iter().zip(settled.spend) {
            plan[item] = spend;
        }
    }
    Some((plan, tightened))
}

/// The problem of a group and those below it by itself, and its items.
fn part_of(problem: &Problem, group: usize, spend: f64) -> (Problem, Vec<usize>) {
    let mut place = vec![None; problem.groups.len()];
    let mut groups: Vec<Group> = Vec::new();
    for (at, spec) in problem.groups.iter().enumerate().skip(group) {
        let parent = spec.parent.and_then(|parent| place[parent as usize]);
        if at == group || parent.is_some() {
            place[at] = u32::try_from(groups.len()).ok();
            let limit = |amount| Amount::Money(money(amount, spend));
            groups.push(Group { parent, lower: limit(spec.lower), upper: limit(spec.upper) });
        }
    }
    let of = |item: usize| problem.group_of[item].and_then(|group| place[group as usize]);
    let items: Vec<usize> = (0..problem.curves.len()).filter(|&item| of(item).is_some()).collect();
    let pick = |values: &[f64]| items.iter().filter_map(|&item| values.get(item).copied()).collect();
    let own = Problem {
        curves: items.iter().map(|&item| problem.curves[item].clone()).collect(),
        lower: pick(&problem.lower),
        upper: pick(&problem.upper),
        minimum: pick(&problem.minimum),
        group_of: items.iter().map(|&item| of(item)).collect(),
        groups,
        ..Problem::default()
    };
    (own, items)
}
