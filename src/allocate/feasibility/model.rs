//! The limits as a linear program, in which they may give way at a price a unit of money.

use super::super::error::LimitRef;
use super::super::problem::{Amount, Problem};
use super::super::tree::money;
use super::super::workspace::Workspace;
use super::cells::{Cell, Key, cells};
use crate::numeric::linear::{Program, Relation};

/// Where a group's limit and the bounds of its items could give way alike, the group's does: one change
/// instead of many.
const BOUNDS_WEIGH: f64 = 1.001;

#[allow(clippy::struct_field_names)] // its own spend is one of them
/// Variables of a cell: its spend, and how far the bounds of its items give way.
#[derive(Clone, Copy)]
pub(super) struct Spend {
    pub(super) spend: usize,
    pub(super) lowered: Option<usize>,
    pub(super) raised: Option<usize>,
}

/// How far a limit gives way, and the direction it moves in.
pub(super) struct Slack {
    pub(super) variable: usize,
    pub(super) limit: LimitRef,
    pub(super) amount: Amount,
    pub(super) sign: f64,
}

/// The limits as a linear program. Money is in units of `unit`.
pub(super) struct Model<'a> {
    workspace: &'a Workspace,
    problem: &'a Problem,
    pub(super) program: Program,
    /// What giving way costs; `None` if nothing may.
    price: Option<f64>,
    pub(super) slacks: Vec<Slack>,
    pub(super) cells: Vec<(Cell, Spend)>,
    keys: Vec<Key>,
    /// Variable of the whole plan's spend.
    pub(super) whole: usize,
    pub(super) unit: f64,
}

impl<'a> Model<'a> {
    /// All limits; `weight` is that of the whole spend in what is minimized, `moves` says whether the turnover
    /// limit is one of them.
    pub(super) fn new(
        workspace: &'a Workspace,
        problem: &'a Problem,
        price: Option<f64>,
        weight: f64,
        moves: bool,
    ) -> Self {
        let limit = problem.turnover.as_ref().map(|turnover| turnover.limit).filter(|limit| limit.is_finite() && moves);
        let cells = cells(workspace, problem, limit.is_some());
        let sum = |of: fn(&Cell) -> f64| cells.values().map(of).sum::<f64>();
        let limits = problem.groups.iter().map(|group| group.lower);
        let limits = limits.chain(problem.classes.iter().map(|class| class.lower));
        let sums = [sum(|cell| cell.least), sum(|cell| cell.today)];
        let unit = limits.map(|lower| money(lower, 0.0)).chain(sums).fold(problem.budget, f64::max);
        let mut program = Program::minimize();
        let whole = program.variable(weight, 0.0, f64::INFINITY);
        let unit = if unit > 0.0 { unit } else { 1.0 };
        let (slacks, keys) = (Vec::new(), cells.keys().copied().collect());
        let mut model = Self { workspace, problem, program, price, slacks, cells: Vec::new(), keys, whole, unit };
        model.cells = cells.into_values().map(|cell| model.cell(cell)).collect();
        model.limit();
        if let Some(limit) = limit {
            model.turnover(limit);
        }
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
    fn sum(&self, of: impl Fn(&Key) -> bool) -> Vec<(usize, f64)> {
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

    /// What moves away from today's spends, cell by cell, is at most the limit.
    fn turnover(&mut self, limit: f64) {
        let mut moved = Vec::new();
        for (cell, spend) in &self.cells {
            let [up, down] = [0; 2].map(|_| self.program.variable(0.0, 0.0, f64::INFINITY));
            let terms = [(spend.spend, 1.0), (up, -1.0), (down, 1.0)];
            self.program.constrain(&terms, Relation::Equal, cell.today / self.unit);
            moved.extend([(up, 1.0), (down, 1.0)]);
        }
        self.at_most(moved, Amount::Money(limit), LimitRef::Turnover);
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
