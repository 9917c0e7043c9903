//! Limits that contradict each other: which, and the smallest change in money that lets a plan exist.
//!
//! Items matter here only through the sums of their bounds over each group and combination of classes, and of
//! what they spend today where that limits how much may move, so the question is a small linear program:
//!
//! ```text
//! minimize    s₀ + Σ s_g + Σ s_c + s_T + 1.001 Σ (s_l + s_u)
//! subject to  Σ x ≤ B + s₀,   L_g − s_g ≤ Σ_g x ≤ U_g + s_g  (classes alike),   l − s_l ≤ x ≤ u + s_u,
//!             x = today + up − down,   Σ (up + down) ≤ T + s_T,   all of s, up and down ≥ 0
//! ```
//!
//! with `x` the spend of each cell of items. All limits in money are weighed together, so that no other change of
//! them is smaller in total (but for the thousandth by which limits on sums are preferred to bounds of items).
//! A goal that is out of reach is not a question of money: it shows once the limits are met.

mod cells;
mod complete;
mod model;
mod plan;

pub(super) use complete::complete;
pub(super) use plan::plan;

use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::problem::{Goal, Problem};
use super::reach;
use super::tree::money;
use super::workspace::Workspace;
use crate::numeric::linear::Relation;
use cells::{Bound, Cell, spread};
use model::{Model, Slack};

/// Relaxations below this share of all money are rounding.
const ROUNDING: f64 = 1e-9;
/// Cells asked whether limits leave them a choice, at most.
const ASKED: usize = 100;

/// Why no plan is within the limits of the tree, the classes and the turnover.
pub(super) fn explain(workspace: &Workspace, problem: &Problem) -> AllocateError {
    AllocateError::Infeasible { relaxation: relaxation(workspace, problem, true) }
}

/// The most that plans within the limits spend.
///
/// # Errors
/// The smallest change of the limits where there are no such plans.
pub(super) fn most_spend(workspace: &Workspace, problem: &Problem) -> Result<f64, AllocateError> {
    if let Some(most) = end(workspace, problem, -1.0) {
        return Ok(most.min(problem.budget));
    }
    let relaxation = relaxation(workspace, problem, true);
    // at odds by rounding alone
    if relaxation.changes.is_empty() { Ok(problem.budget) } else { Err(AllocateError::Infeasible { relaxation }) }
}

/// The least that plans within the limits spend.
pub(super) fn least_spend(workspace: &Workspace, problem: &Problem) -> Option<f64> {
    end(workspace, problem, 1.0)
}

fn end(workspace: &Workspace, problem: &Problem, weight: f64) -> Option<f64> {
    let Model { program, unit, whole, .. } = Model::new(workspace, problem, None, weight, true);
    program.solve().map(|values| values[whole] * unit)
}

/// The items, of those that a test picks, that limits leave nothing but their least spend; all that may spend more than
/// that where nothing may be spent at all.
pub(super) fn held(workspace: &Workspace, problem: &Problem, picked: impl Fn(usize) -> bool) -> Vec<usize> {
    let Ok(most) = most_spend(workspace, problem) else { return Vec::new() };
    let open = |item: &usize| problem.upper[*item] > problem.lower[*item];
    if most <= ROUNDING * problem.budget {
        return (0..problem.curves.len()).filter(open).collect();
    }
    let Model { mut program, cells, unit, whole, .. } = Model::new(workspace, problem, None, 0.0, true);
    if problem.goal == Goal::MostResponse && problem.price_floor <= 0.0 && most >= problem.budget * (1.0 - ROUNDING) {
        // all of it has to be spent
        program.constrain(&[(whole, 1.0)], Relation::AtLeast, (1.0 - ROUNDING) * most / unit);
    }
    // what has to be spent is asked for but for rounding
    let room = 4.0 * ROUNDING * unit;
    let asked = |cell: &Cell| cell.most > cell.least && cell.items.iter().any(|&item| picked(item));
    let mut held = Vec::new();
    for (cell, spend) in cells.iter().filter(|(cell, _)| asked(cell)).take(ASKED) {
        let most = program.most(spend.spend).map(|most| most * unit);
        if most.is_some_and(|most| most <= cell.least + room) {
            held.extend(cell.items.iter().copied().filter(open));
        }
    }
    held
}

/// The smallest change of the limits; `moves` says whether the turnover limit is one of them.
fn relaxation(workspace: &Workspace, problem: &Problem, moves: bool) -> Relaxation {
    let Model { program, slacks, cells, unit, whole, .. } = Model::new(workspace, problem, Some(1.0), 0.0, moves);
    let room = ROUNDING * unit;
    let mut changes = Vec::new();
    if let Some(values) = program.solve() {
        for Slack { variable, limit, amount, sign } in slacks {
            let moved = values[variable] * unit;
            if moved > room {
                let from = money(amount, values[whole] * unit);
                changes.push(reach::change(limit, from, sign.mul_add(moved, from), unit));
            }
        }
        for (cell, spend) in cells {
            let moved = |variable: Option<usize>| variable.map_or(0.0, |variable| values[variable] * unit);
            spread(problem, workspace, &cell, (Bound::Lower, moved(spend.lowered)), unit, &mut changes);
            spread(problem, workspace, &cell, (Bound::Upper, moved(spend.raised)), unit, &mut changes);
        }
    }
    changes.sort_by_key(|change| change.limit);
    Relaxation { needs: needs(problem, workspace, &changes), changes }
}

/// The largest lower bounds of items that share a limit from above which has to give way: what needs the money.
fn needs(problem: &Problem, workspace: &Workspace, changes: &[Change]) -> Vec<Change> {
    /// As many as fit a message.
    const LISTED: usize = 3;
    let lower = |item: usize| workspace.range(problem, item).lower;
    let holds = |item: usize| {
        changes.iter().any(|change| match change.limit {
            LimitRef::Budget => true,
            LimitRef::GroupUpper(group) => {
                let node = workspace.tree.of_group[group];
                let end = workspace.tree.nodes[node as usize].end;
                (node..end).contains(&workspace.tree.node_of(problem, item))
            }
            LimitRef::ClassUpper(class) => workspace.signatures.has(workspace.signatures.of(item)[0], class),
            _ => false,
        })
    };
    let mut items: Vec<usize> = (0..problem.curves.len()).filter(|&item| lower(item) > 0.0 && holds(item)).collect();
    items.sort_by(|&a, &b| lower(b).total_cmp(&lower(a)).then(a.cmp(&b)));
    items.truncate(LISTED);
    let need = |item: usize| Change { limit: LimitRef::ItemLower(item), from: lower(item), to: lower(item) };
    items.into_iter().map(need).collect()
}
