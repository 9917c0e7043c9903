//! Limits that contradict each other: which, and the smallest change in money that lets a plan exist.
//!
//! Items matter here only through the sums of their bounds over each group and combination of classes, so
//! the question is a small linear program: spend of each such cell, and how far each limit gives way,
//! with the money by which limits give way in all as small as possible.

use super::AllocatorSettings;
use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::problem::{Problem, Turnover};
use super::relax::{Start, most_response};
use super::tree::money;
use super::workspace::Workspace;
use crate::numeric::linear::{Program, Relation};
use crate::response::Curve;
use std::collections::BTreeMap;

/// Relaxations below this share of all money are rounding.
const ROUNDING: f64 = 1e-9;
/// Where a group's limit and the bounds of its items could give way alike, the group's does: one change
/// instead of many.
const BOUNDS_WEIGH: f64 = 1.001;

/// Items of one node and the same classes.
#[derive(Default)]
struct Cell {
    items: Vec<usize>,
    least: f64,
    most: f64,
}

/// Why the limits of the tree and the classes cannot be met by a plan that spends up to `spend`.
pub(super) fn explain(workspace: &Workspace, problem: &Problem, spend: f64) -> AllocateError {
    let relaxation = relaxation(workspace, problem, spend);
    AllocateError::Infeasible { relaxation }
}

/// Checks that limits of classes can be met within the tree's.
pub(super) fn check_classes(workspace: &Workspace, problem: &Problem, spend: f64) -> Result<(), AllocateError> {
    if !problem.classes.is_empty() {
        let relaxation = relaxation(workspace, problem, spend);
        if !relaxation.changes.is_empty() {
            return Err(AllocateError::Infeasible { relaxation });
        }
    }
    Ok(())
}

/// Checks that some plan moves as little as the turnover limit allows.
pub(super) fn check_turnover(problem: &Problem) -> Result<(), AllocateError> {
    let Some(turnover) = problem.turnover.as_ref().filter(|turnover| turnover.limit.is_finite()) else {
        return Ok(());
    };
    // the plan that moves least: nothing earns anything, and moving costs
    let still = Problem {
        curves: vec![Curve::Log { a: 0.0, k: 1.0 }; problem.curves.len()],
        turnover: Some(Turnover { current: turnover.current.clone(), price: 1.0, limit: f64::INFINITY }),
        goal: super::problem::Goal::MostResponse,
        price_floor: 0.0,
        ..problem.clone()
    };
    let mut own = Workspace::new();
    own.prepare(&still);
    // without a floor on the price the budget is spent whatever it costs
    let floor = if problem.price_floor > 0.0 { f64::MIN_POSITIVE } else { 0.0 };
    most_response(&mut own, &still, floor, &AllocatorSettings::default(), &mut Start::default())?;
    let least = super::certificate::turnover(&still, &own.plan, own.scale);
    if least > turnover.limit + ROUNDING * problem.budget {
        let changes = vec![Change { limit: LimitRef::Turnover, from: turnover.limit, to: least }];
        return Err(AllocateError::Infeasible { relaxation: Relaxation { changes, ..Relaxation::default() } });
    }
    Ok(())
}

fn relaxation(workspace: &Workspace, problem: &Problem, spend: f64) -> Relaxation {
    let mut cells: BTreeMap<(u32, u32), Cell> = BTreeMap::new();
    for item in 0..problem.curves.len() {
        let range = workspace.range(problem, item);
        let key = (workspace.tree.node_of(problem, item), workspace.signatures.of(item)[0]);
        let cell = cells.entry(key).or_default();
        cell.items.push(item);
        cell.least += range.lower;
        cell.most += range.upper;
    }
    let total = |pick: fn(&Cell) -> f64| cells.values().map(pick).sum::<f64>();
    let unit = spend.max(total(|cell| cell.least)).max(f64::MIN_POSITIVE);
    let mut elastic = Elastic { program: Program::minimize(), slacks: Vec::new(), unit };

    let mut spends = BTreeMap::new();
    for (&key, cell) in &cells {
        let most = if cell.most.is_finite() { cell.most / unit } else { f64::INFINITY };
        let variable = elastic.program.variable(0.0, 0.0, f64::INFINITY);
        let lowered = elastic.program.variable(BOUNDS_WEIGH, 0.0, cell.least / unit);
        elastic.program.constrain(&[(variable, 1.0), (lowered, 1.0)], Relation::AtLeast, cell.least / unit);
        let mut raised = None;
        if most.is_finite() {
            let more = elastic.program.variable(BOUNDS_WEIGH, 0.0, f64::INFINITY);
            elastic.program.constrain(&[(variable, 1.0), (more, -1.0)], Relation::AtMost, most);
            raised = Some(more);
        }
        spends.insert(key, (variable, lowered, raised));
    }
    let under = |node: usize| -> Vec<(usize, f64)> {
        let end = workspace.tree.nodes[node].end;
        let inside = spends.iter().filter(|(key, _)| key.0 as usize >= node && key.0 < end);
        inside.map(|(_, own)| (own.0, 1.0)).collect()
    };
    elastic.at_most(&under(0), spend, LimitRef::Budget);
    for (group, spec) in problem.groups.iter().enumerate() {
        let terms = under(workspace.tree.of_group[group] as usize);
        elastic.at_least(&terms, money(spec.lower, spend), LimitRef::GroupLower(group));
        elastic.at_most(&terms, money(spec.upper, spend), LimitRef::GroupUpper(group));
    }
    for (class, spec) in problem.classes.iter().enumerate() {
        let of_class = |key: &(u32, u32)| workspace.signatures.has(key.1, class);
        let terms: Vec<_> = spends.iter().filter(|(key, _)| of_class(key)).map(|(_, own)| (own.0, 1.0)).collect();
        elastic.at_least(&terms, money(spec.lower, spend), LimitRef::ClassLower(class));
        elastic.at_most(&terms, money(spec.upper, spend), LimitRef::ClassUpper(class));
    }
    let (slacks, room) = (std::mem::take(&mut elastic.slacks), ROUNDING * unit);
    let mut changes = Vec::new();
    if let Some(values) = elastic.program.solve() {
        for (variable, limit, from, sign) in slacks {
            let moved = values[variable] * unit;
            if moved > room {
                changes.push(Change { limit, from, to: sign.mul_add(moved, from) });
            }
        }
        for (key, cell) in &cells {
            let (_, lowered, raised) = spends[key];
            spread(problem, workspace, cell, values[lowered] * unit, true, room, &mut changes);
            let more = raised.map_or(0.0, |raised| values[raised] * unit);
            spread(problem, workspace, cell, more, false, room, &mut changes);
        }
    }
    changes.sort_by_key(|change| change.limit);
    Relaxation { needs: needs(problem, workspace), changes }
}

/// The largest lower bounds, for the reader to see what needs the money.
fn needs(problem: &Problem, workspace: &Workspace) -> Vec<Change> {
    /// As many as fit a message.
    const LISTED: usize = 3;
    let lower = |item: &usize| workspace.range(problem, *item).lower;
    let mut items: Vec<usize> = (0..problem.curves.len()).filter(|item| lower(item) > 0.0).collect();
    items.sort_by(|a, b| lower(b).total_cmp(&lower(a)).then(a.cmp(b)));
    items.truncate(LISTED);
    let need = |item: usize| Change { limit: LimitRef::ItemLower(item), from: lower(&item), to: lower(&item) };
    items.into_iter().map(need).collect()
}

/// Spreads what a cell's bounds give way over its items: lower bounds in proportion to themselves, upper
/// bounds likewise (equally where they are zero).
fn spread(
    problem: &Problem,
    workspace: &Workspace,
    cell: &Cell,
    moved: f64,
    lower: bool,
    room: f64,
    changes: &mut Vec<Change>,
) {
    if moved <= room {
        return;
    }
    let bound = |item: usize| {
        let range = workspace.range(problem, item);
        if lower { range.lower } else { range.upper }
    };
    let total: f64 = cell.items.iter().map(|&item| bound(item)).sum();
    for &item in &cell.items {
        let from = bound(item);
        let share = if total > 0.0 { from / total } else { 1.0 / cell.items.len() as f64 };
        let part = moved * share;
        if part > 0.0 {
            let (limit, to) = if lower {
                (LimitRef::ItemLower(item), (from - part).max(0.0))
            } else {
                (LimitRef::ItemUpper(item), from + part)
            };
            changes.push(Change { limit, from, to });
        }
    }
}

/// A linear program whose limits may give way at a price of one a unit of money.
struct Elastic {
    program: Program,
    /// Variable, limit, what it is in money, and the direction it moves in.
    slacks: Vec<(usize, LimitRef, f64, f64)>,
    unit: f64,
}

impl Elastic {
    fn at_most(&mut self, terms: &[(usize, f64)], limit: f64, name: LimitRef) {
        if limit.is_finite() {
            let slack = self.program.variable(1.0, 0.0, f64::INFINITY);
            let terms: Vec<_> = terms.iter().copied().chain(std::iter::once((slack, -1.0))).collect();
            self.program.constrain(&terms, Relation::AtMost, limit / self.unit);
            self.slacks.push((slack, name, limit, 1.0));
        }
    }

    fn at_least(&mut self, terms: &[(usize, f64)], limit: f64, name: LimitRef) {
        if limit > 0.0 {
            let slack = self.program.variable(1.0, 0.0, limit / self.unit);
            let terms: Vec<_> = terms.iter().copied().chain(std::iter::once((slack, 1.0))).collect();
            self.program.constrain(&terms, Relation::AtLeast, limit / self.unit);
            self.slacks.push((slack, name, limit, -1.0));
        }
    }
}
