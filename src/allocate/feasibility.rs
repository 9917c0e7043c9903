//! Limits that contradict each other: which, and the smallest change in money that lets a plan exist.
//!
//! Items matter here only through the sums of their bounds over each group and combination of classes, so
//! the question is a small linear program: spend of each such cell, and how far each limit gives way,
//! with the money by which limits give way in all as small as possible.

use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::problem::{Amount, Goal, Problem};
use super::reach;
use super::tree::money;
use super::workspace::Workspace;
use crate::numeric::linear::{Program, Relation};
use std::collections::BTreeMap;

/// Relaxations below this share of all money are rounding.
const ROUNDING: f64 = 1e-9;
/// Where a group's limit and the bounds of its items could give way alike, the group's does: one change
/// instead of many.
const BOUNDS_WEIGH: f64 = 1.001;

/// Cells asked whether limits leave them a choice, at most.
const ASKED: usize = 100;

/// Items of one node and the same classes.
#[derive(Default)]
struct Cell {
    items: Vec<usize>,
    least: f64,
    most: f64,
}

/// Why no plan is within the limits of the tree and the classes.
pub(super) fn explain(workspace: &Workspace, problem: &Problem) -> AllocateError {
    let relaxation = relaxation(workspace, problem);
    AllocateError::Infeasible { relaxation }
}

/// The most that plans within the limits of the tree, of the classes and on what moves spend.
///
/// # Errors
/// The smallest change of the limits where there are no such plans.
pub(super) fn most_spend(workspace: &Workspace, problem: &Problem) -> Result<f64, AllocateError> {
    if let Some(most) = end(workspace, problem, -1.0) {
        return Ok(most.min(problem.budget));
    }
    let relaxation = relaxation(workspace, problem);
    if !relaxation.changes.is_empty() {
        return Err(AllocateError::Infeasible { relaxation });
    }
    check_turnover(workspace, problem)?;
    // at odds by rounding alone
    Ok(problem.budget)
}

/// The least that such plans spend.
pub(super) fn least_spend(workspace: &Workspace, problem: &Problem) -> Option<f64> {
    end(workspace, problem, 1.0)
}

fn end(workspace: &Workspace, problem: &Problem, weight: f64) -> Option<f64> {
    let mut model = Model::new(workspace, problem, None, weight);
    model.limit();
    model.limit_moves(0.0);
    Some(model.program.solve()?[model.whole] * model.unit)
}

/// The items, of those that a test picks, that limits leave nothing but their least spend; all that may spend more than
/// that where nothing may be spent at all.
pub(super) fn held(workspace: &Workspace, problem: &Problem, picked: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut model = Model::new(workspace, problem, None, 0.0);
    let Ok(most) = most_spend(workspace, problem) else { return Vec::new() };
    let nothing = most <= ROUNDING * problem.budget;
    let open = |item: &usize| problem.upper[*item] > problem.lower[*item];
    if nothing {
        return (0..problem.curves.len()).filter(open).collect();
    }
    model.limit();
    model.limit_moves(0.0);
    if problem.goal == Goal::MostResponse && problem.price_floor <= 0.0 && most >= problem.budget * (1.0 - ROUNDING) {
        // all of it has to be spent
        let least = (1.0 - ROUNDING) * most / model.unit;
        model.program.constrain(&[(model.whole, 1.0)], Relation::AtLeast, least);
    }
    // what has to be spent is asked for but for rounding
    let room = 4.0 * ROUNDING * model.unit;
    let asked = |cell: &Cell| cell.most > cell.least && cell.items.iter().any(|&item| picked(item));
    let mut held = Vec::new();
    for (cell, spend) in model.cells.iter().filter(|(cell, _)| asked(cell)).take(ASKED) {
        let most = model.program.most(spend.spend).map(|most| most * model.unit);
        if most.is_some_and(|most| most <= cell.least + room) {
            held.extend(cell.items.iter().copied().filter(open));
        }
    }
    held
}

/// Checks that some plan moves as little as the turnover limit allows.
fn check_turnover(workspace: &Workspace, problem: &Problem) -> Result<(), AllocateError> {
    let Some(turnover) = &problem.turnover else { return Ok(()) };
    let mut model = Model::new(workspace, problem, None, 0.0);
    model.limit();
    let moved = model.limit_moves(1.0);
    let (unit, program) = (model.unit, model.program);
    let least = program.solve().zip(moved).map_or(0.0, |(values, moved)| values[moved] * unit);
    if least > turnover.limit + ROUNDING * problem.budget {
        let changes = vec![reach::change(LimitRef::Turnover, turnover.limit, least, problem.budget)];
        return Err(AllocateError::Infeasible { relaxation: Relaxation { changes, ..Relaxation::default() } });
    }
    Ok(())
}

fn relaxation(workspace: &Workspace, problem: &Problem) -> Relaxation {
    let mut model = Model::new(workspace, problem, Some(1.0), 0.0);
    model.limit();
    let Model { program, slacks, cells, unit, whole, .. } = model;
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
            spread(problem, workspace, &cell, moved(spend.lowered), true, unit, &mut changes);
            spread(problem, workspace, &cell, moved(spend.raised), false, unit, &mut changes);
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
    unit: f64,
    changes: &mut Vec<Change>,
) {
    if moved <= ROUNDING * unit {
        return;
    }
    let bound = |item: usize| {
        let range = workspace.range(problem, item);
        if lower { range.lower } else { most(problem, workspace, item) }
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
            changes.push(reach::change(limit, from, to, unit));
        }
    }
}

/// Most that an item may spend, without the cap that the budget puts on it.
fn most(problem: &Problem, workspace: &Workspace, item: usize) -> f64 {
    let upper = workspace.range(problem, item).upper;
    if upper >= problem.range(item).upper { problem.upper[item].max(upper) } else { upper }
}

#[allow(clippy::struct_field_names)] // its own spend is one of them
/// Variables of a cell: its spend, and how far the bounds of its items give way.
#[derive(Clone, Copy)]
struct Spend {
    spend: usize,
    lowered: Option<usize>,
    raised: Option<usize>,
}

/// How far a limit gives way, and the direction it moves in.
struct Slack {
    variable: usize,
    limit: LimitRef,
    amount: Amount,
    sign: f64,
}

/// The limits as a linear program, in which they may give way at a price a unit of money.
struct Model<'a> {
    workspace: &'a Workspace,
    problem: &'a Problem,
    program: Program,
    /// What giving way costs; `None` if nothing may.
    price: Option<f64>,
    slacks: Vec<Slack>,
    cells: Vec<(Cell, Spend)>,
    keys: Vec<(u32, u32)>,
    /// Variable of the whole plan's spend.
    whole: usize,
    unit: f64,
}

impl<'a> Model<'a> {
    /// The cells and their bounds; `weight` is that of the whole spend in what is minimized.
    fn new(workspace: &'a Workspace, problem: &'a Problem, price: Option<f64>, weight: f64) -> Self {
        let mut cells: BTreeMap<(u32, u32), Cell> = BTreeMap::new();
        for item in 0..problem.curves.len() {
            let key = (workspace.tree.node_of(problem, item), workspace.signatures.of(item)[0]);
            let cell = cells.entry(key).or_default();
            cell.items.push(item);
            cell.least += workspace.range(problem, item).lower;
            cell.most += most(problem, workspace, item);
        }
        let least: f64 = cells.values().map(|cell| cell.least).sum();
        let limits = problem.groups.iter().map(|group| group.lower);
        let limits = limits.chain(problem.classes.iter().map(|class| class.lower));
        let unit = limits.map(|lower| money(lower, 0.0)).fold(problem.budget.max(least), f64::max);
        let mut program = Program::minimize();
        let whole = program.variable(weight, 0.0, f64::INFINITY);
        let unit = if unit > 0.0 { unit } else { 1.0 };
        let (slacks, keys) = (Vec::new(), cells.keys().copied().collect());
        let mut model = Self { workspace, problem, program, price, slacks, cells: Vec::new(), keys, whole, unit };
        model.cells = cells.into_values().map(|cell| model.cell(cell)).collect();
        model
    }

    fn cell(&mut self, cell: Cell) -> (Cell, Spend) {
        let program = &mut self.program;
        let (least, most) = (cell.least / self.unit, cell.most / self.unit);
        let spend = program.variable(0.0, 0.0, f64::INFINITY);
        let weight = self.price.map(|price| BOUNDS_WEIGH * price);
        let lowered = weight.filter(|_| least > 0.0).map(|weight| program.variable(weight, 0.0, least));
        let raised = weight.filter(|_| most.is_finite()).map(|weight| program.variable(weight, 0.0, f64::INFINITY));
        let with = |slack: Option<usize>, sign| -> Vec<(usize, f64)> {
            std::iter::once((spend, 1.0)).chain(slack.map(|slack| (slack, sign))).collect()
        };
        if least > 0.0 {
            program.constrain(&with(lowered, 1.0), Relation::AtLeast, least);
        }
        if most.is_finite() {
            program.constrain(&with(raised, -1.0), Relation::AtMost, most);
        }
        (cell, Spend { spend, lowered, raised })
    }

    /// Spends of the cells that a test of their keys picks.
    fn sum(&self, of: impl Fn(&(u32, u32)) -> bool) -> Vec<(usize, f64)> {
        let cells = self.keys.iter().zip(&self.cells);
        cells.filter(|(key, _)| of(key)).map(|(_, (_, cell))| (cell.spend, 1.0)).collect()
    }

    fn limit(&mut self) {
        let everything: Vec<_> = self.sum(|_| true).into_iter().chain([(self.whole, -1.0)]).collect();
        self.program.constrain(&everything, Relation::Equal, 0.0);
        self.at_most(vec![(self.whole, 1.0)], Amount::Money(self.problem.budget), LimitRef::Budget);
        for (group, spec) in self.problem.groups.iter().enumerate() {
            let node = self.workspace.tree.of_group[group];
            let end = self.workspace.tree.nodes[node as usize].end;
            let terms = self.sum(|key| (node..end).contains(&key.0));
            self.at_least(terms.clone(), spec.lower, LimitRef::GroupLower(group));
            self.at_most(terms, spec.upper, LimitRef::GroupUpper(group));
        }
        for (class, spec) in self.problem.classes.iter().enumerate() {
            let terms = self.sum(|key| self.workspace.signatures.has(key.1, class));
            self.at_least(terms.clone(), spec.lower, LimitRef::ClassLower(class));
            self.at_most(terms, spec.upper, LimitRef::ClassUpper(class));
        }
    }

    /// Adds what moves, at a weight in what is minimized; its limit where it has no weight. Gives its variable.
    ///
    /// A cell that spends `S` moves at least `|S − S₀|` beyond what bounds alone move, with `S₀` today's spend within
    /// the bounds, and some split of `S` moves just that.
    fn limit_moves(&mut self, weight: f64) -> Option<usize> {
        let turnover = self.problem.turnover.as_ref().filter(|turnover| turnover.limit.is_finite())?;
        let limit = if weight > 0.0 { f64::INFINITY } else { turnover.limit / self.unit };
        let moved = self.program.variable(weight, 0.0, limit);
        let (mut terms, mut forced) = (vec![(moved, 1.0)], 0.0);
        for (cell, spend) in &self.cells {
            let mut still = 0.0;
            for &item in &cell.items {
                let least = self.workspace.range(self.problem, item).lower;
                let today = turnover.current[item];
                let near = today.max(least).min(most(self.problem, self.workspace, item));
                still += near;
                forced += (near - today).abs();
            }
            let up = self.program.variable(0.0, 0.0, f64::INFINITY);
            let down = self.program.variable(0.0, 0.0, f64::INFINITY);
            let sum = [(spend.spend, 1.0), (up, -1.0), (down, 1.0)];
            self.program.constrain(&sum, Relation::Equal, still / self.unit);
            terms.extend([(up, -1.0), (down, -1.0)]);
        }
        self.program.constrain(&terms, Relation::AtLeast, forced / self.unit);
        Some(moved)
    }

    fn at_most(&mut self, terms: Vec<(usize, f64)>, limit: Amount, name: LimitRef) {
        if money(limit, 1.0).is_finite() {
            self.add(terms, limit, name, Relation::AtMost);
        }
    }

    fn at_least(&mut self, terms: Vec<(usize, f64)>, limit: Amount, name: LimitRef) {
        if money(limit, 1.0) > 0.0 {
            self.add(terms, limit, name, Relation::AtLeast);
        }
    }

    fn add(&mut self, mut terms: Vec<(usize, f64)>, limit: Amount, name: LimitRef, relation: Relation) {
        let sign = if relation == Relation::AtMost { 1.0 } else { -1.0 };
        let mut right = 0.0;
        match limit {
            Amount::Money(money) => right = money / self.unit,
            Amount::Share(share) => terms.push((self.whole, -share)),
        }
        if let Some(price) = self.price {
            // a lower limit gives way to nothing at most
            let most = if sign < 0.0 && right > 0.0 { right } else { f64::INFINITY };
            let variable = self.program.variable(price, 0.0, most);
            terms.push((variable, -sign));
            self.slacks.push(Slack { variable, limit: name, amount: limit, sign });
        }
        self.program.constrain(&terms, relation, right);
    }
}

/// Rounds of relaxing what contradicts what was relaxed before.
const ROUNDS: usize = 6;

/// A relaxation with all that has to follow it: limits, then what may move, then the goal show one after the
/// other, each once those before it are met.
pub(super) fn complete(
    problem: &Problem,
    first: Relaxation,
    solve: impl Fn(&Problem) -> Option<Relaxation>,
) -> Relaxation {
    let mut whole = first;
    let mut relaxed = problem.clone();
    whole.changes.iter().for_each(|change| apply(&mut relaxed, *change));
    for _ in 0..ROUNDS {
        let Some(next) = solve(&relaxed) else { break };
        for change in next.changes {
            apply(&mut relaxed, change);
            match whole.changes.iter_mut().find(|known| known.limit == change.limit) {
                Some(known) => known.to = change.to,
                None => whole.changes.push(change),
            }
        }
    }
    whole.changes.sort_by_key(|change| change.limit);
    whole
}

fn apply(problem: &mut Problem, change: Change) {
    let to = change.to;
    match change.limit {
        LimitRef::Budget => problem.budget = to,
        LimitRef::GroupUpper(at) => problem.groups[at].upper = Amount::Money(to),
        LimitRef::GroupLower(at) => problem.groups[at].lower = Amount::Money(to),
        LimitRef::ClassUpper(at) => problem.classes[at].upper = Amount::Money(to),
        LimitRef::ClassLower(at) => problem.classes[at].lower = Amount::Money(to),
        LimitRef::ItemLower(at) => {
            problem.lower[at] = to;
            if let Some(minimum) = problem.minimum.get_mut(at) {
                *minimum = minimum.min(to);
            }
        }
        LimitRef::ItemUpper(at) => problem.upper[at] = to,
        LimitRef::Turnover => problem.turnover.iter_mut().for_each(|turnover| turnover.limit = to),
        LimitRef::AverageReturn => {
            if let Goal::AverageReturn { ratio, .. } = &mut problem.goal {
                *ratio = to;
            }
        }
        LimitRef::Volume => {
            if let Goal::Volume { response } = &mut problem.goal {
                *response = to;
            }
        }
    }
}
