//! Best-first branching for curves that are not concave, and items that get nothing or at least a minimum.
//!
//! The relaxed problem (every curve replaced by its envelope) gives a plan and an upper bound. Where
//! an item sits on a bridge of its envelope, above its curve, the bound is not reached; the problem is
//! then split at that item's spend into two, each with a tighter envelope (Falk and Soland 1969).
//! The plan of every branch is a plan of the problem, so the best of them is kept, and the bound that
//! remains is the largest over the branches left open: honest wherever the search stops.
//!
//! A plan is kept only if every item may stand where it does. Where a minimum leaves an item in the gap
//! between nothing and the minimum, a dive settles all such items at once, round by round, which gives
//! a first plan that can be kept.

mod dive;
mod steps;

use super::certificate::{Appraisal, Prices};
use super::error::AllocateError;
use super::exchange;
use super::feasibility;
use super::fill::OffHull;
use super::goal::{GoalSearch, Met};
use super::local;
use super::looser;
use super::problem::{Goal, Problem};
use super::relax::{self, Relaxed, Start};
use super::segment::Range;
use super::workspace::{Narrowed, Workspace};
use super::{AllocatorSettings, MISSED, violation};

/// Items evaluated over all branches, at most.
const WORK: usize = 8_000_000;

/// Prices tried for each branch allowed, over all of them: limits that cut across the tree take many.
const PRICES: usize = 40;

/// Gap at which branching stops, as a share of the objective.
const ENOUGH: f64 = 1e-10;

/// Gap above which money is moved about in search of a better plan, as a share of the response.
const LEFT: f64 = 1e-7;

/// Relative gap above which bounds from fewer limits are tried.
const LOOSE: f64 = 1e-2;

/// Branches over all items after groups were settled by themselves.
const SETTLED: usize = 40;

/// A plan with what is known about it.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) plan: Vec<f64>,
    pub(super) appraisal: Appraisal,
    pub(super) relaxed: Relaxed,
    /// What the goal makes most of: the objective, or the spend saved.
    worth: f64,
    /// Nothing in this part of the problem is worth more.
    pub(super) bound: f64,
    /// Response that a unit of worth is.
    pub(super) unit: f64,
    /// Of the plan on envelopes: the item farthest below its own, and all that stand where they may not, with
    /// their spends.
    pub(super) split: Option<(OffHull, f64)>,
    pub(super) outside: Vec<(OffHull, f64)>,
    /// Whether the plan can be kept.
    fits: bool,
}

impl Solution {
    /// How much more a plan could be worth, in units of response.
    fn room(&self) -> f64 {
        (self.bound - self.worth) * self.unit
    }

    /// Whether all limits are met but for rounding; a search over limits that cross may end a little off.
    fn is_within(&self, problem: &Problem) -> bool {
        self.appraisal.max_violation <= super::MET * problem.budget
    }

    /// What a unit of money is worth to a wanted volume; other goals have no price of their own.
    pub(super) fn price(&self, problem: &Problem) -> f64 {
        if let Goal::Volume { .. } = problem.goal { self.unit } else { 0.0 }
    }
}

/// A part of the problem: some ranges tightened.
struct Branch {
    narrowed: Vec<Narrowed>,
    bound: f64,
    split: Option<(OffHull, f64)>,
    start: Start,
}

/// Solves a problem with a workspace prepared for it.
pub(super) fn solve(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
) -> Result<Solution, AllocateError> {
    let mut solution = solve_parts(workspace, problem, settings)?;
    let price = solution.price(problem);
    let appraisal = &mut solution.appraisal;
    if problem.crosses() && relax::relative(appraisal.gap, appraisal, price) > LOOSE {
        let gap = (looser::bound(problem, settings) - solution.worth) * solution.unit;
        appraisal.gap = appraisal.gap.min(gap.max(0.0));
    }
    Ok(solution)
}

/// The same with the bound of its own search.
pub(super) fn solve_parts(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
) -> Result<Solution, AllocateError> {
    let mut start = Start { price: settings.initial_price, ..Start::default() };
    workspace.effort = 0;
    let mut root = part(workspace, problem, settings, &mut start, &[])?;
    let open = root.room() > LEFT * root.appraisal.total_response;
    if root.split.is_none() && root.fits && !open {
        root.appraisal.gap = (root.bound - root.worth) * root.unit;
        return Ok(root);
    }
    let mut search = Branching { workspace, problem, settings, best: None, iterations: root.relaxed.iterations };
    search.run(root, start)
}

/// Solves a part of the problem.
pub(super) fn part(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
    start: &mut Start,
    narrowed: &[Narrowed],
) -> Result<Solution, AllocateError> {
    let search = GoalSearch { workspace, problem, settings, start, narrowed };
    let met: Met<'_> = search.run()?;
    // limits may leave so little room that the search over their multipliers ends outside of it
    if problem.crosses()
        && problem.goal == Goal::MostResponse
        && violation::of_limits(problem, &workspace.plan) > MISSED * problem.budget
        && let Some(plan) = feasibility::plan(workspace, problem)
    {
        workspace.plan = plan;
    }
    if let Goal::AverageReturn { .. } = problem.goal
        && workspace.scale.total(&workspace.plan) <= super::ROUNDING * problem.budget
        && problem.lower.iter().all(|lower| *lower <= 0.0)
    {
        // rounding of nothing would miss the goal
        workspace.plan.fill(0.0);
    }
    let off = workspace.off_hull();
    let at = |off: OffHull| (off, workspace.plan[off.item]);
    let depth = |off: &OffHull| {
        let (curve, spend) = (&problem.curves[off.item], workspace.plan[off.item]);
        off.slope.mul_add(spend - off.to, curve.value(off.to)) - curve.value(spend)
    };
    let stays = |off: &OffHull| problem.range(off.item).holds(workspace.plan[off.item]);
    let outside: Vec<_> = off.iter().copied().filter(|off| !stays(off)).map(at).collect();
    let deepest = off.iter().copied().reduce(|a, b| if depth(&b) > depth(&a) { b } else { a });
    let mut split = outside.first().copied().or(deepest.map(at));
    let nothing = workspace.plan.iter().all(|spend| *spend <= 0.0) && !matches!(problem.goal, Goal::Volume { .. });
    let mut fits = outside.is_empty() && (met.reached || nothing);
    if let Some(plan) = met.instead.as_ref().filter(|_| !fits) {
        workspace.plan.clone_from(plan);
        fits = true;
    }
    let appraisal = met.appraise(workspace, problem);
    // a search over limits that cross may end outside them
    fits &= appraisal.max_violation <= MISSED * problem.budget;
    let (worth, unit) = match problem.goal {
        Goal::MostResponse | Goal::AverageReturn { .. } => (appraisal.objective, 1.0),
        Goal::Volume { .. } => (-appraisal.spend, met.weighed.price_floor),
    };
    let room = match problem.goal {
        Goal::MostResponse | Goal::AverageReturn { .. } => appraisal.gap,
        // F(y) − τT(y) − p X(y) is bounded, so a plan y that brings the volume spends at least so much
        Goal::Volume { response } if unit > 0.0 => {
            let moving = problem.moving_price();
            let over = (-moving).mul_add(appraisal.turnover, appraisal.total_response) - response;
            let room = (appraisal.gap + over) / unit;
            // where the limits alone ask for the spend, the price of the volume has no end
            let least = if problem.crosses() { feasibility::least_spend(workspace, problem) } else { None };
            least.map_or(room, |least| room.min((appraisal.spend - least).max(0.0)))
        }
        Goal::Volume { .. } => appraisal.spend,
    };
    if split.is_none() && is_hard(problem) && (!fits || room * unit > ENOUGH * appraisal.total_response) {
        split = workspace.undecided(problem);
    }
    Ok(Solution {
        plan: std::mem::take(&mut workspace.plan),
        worth,
        bound: worth + room,
        unit,
        split,
        fits,
        outside,
        relaxed: met.relaxed,
        appraisal,
    })
}

/// Whether plans at the ends of bridges may still be far from the best: limits that cross, a goal, or a price on moving. Otherwise
/// branching finds what there is, and parts of a tree settled by themselves are many.
fn is_hard(problem: &Problem) -> bool {
    problem.crosses() || problem.goal != Goal::MostResponse || problem.moving_price() > 0.0
}

struct Branching<'a> {
    workspace: &'a mut Workspace,
    problem: &'a Problem,
    settings: &'a AllocatorSettings,
    best: Option<Solution>,
    iterations: usize,
}

impl Branching<'_> {
    fn run(&mut self, root: Solution, start: Start) -> Result<Solution, AllocateError> {
        let branches = (WORK / self.problem.curves.len().max(1)).clamp(4, 2000).min(self.settings.max_branches);
        let (mut root_bound, limit) = (root.bound, root.relaxed.crossed.poured.limit);
        let root_relaxed = root.relaxed.clone();
        let enough = ENOUGH * root.appraisal.total_response / root.unit.max(f64::MIN_POSITIVE);
        let tightened = self.settle_groups(&root);
        root_bound -= tightened;
        // with many groups settled by themselves, branching over all items adds little
        let branches = if tightened > 0.0 { branches.min(SETTLED) } else { branches };
        if !root.fits {
            self.dive(&root, start.clone())?;
        }
        let mut open = vec![Branch { narrowed: Vec::new(), bound: root_bound, split: root.split, start }];
        let template = root.clone();
        self.keep(root);
        // branches that cannot be split further keep their bound
        let mut settled = f64::NEG_INFINITY;
        let mut solved = 0;
        while solved < branches && self.iterations < PRICES * branches && !self.workspace.is_tired() {
            let widest = (0..open.len()).reduce(|a, b| if open[b].bound > open[a].bound { b } else { a });
            let Some(parent) = widest.map(|at| open.swap_remove(at)) else { break };
            let worth = self.best.as_ref().map_or(f64::NEG_INFINITY, |best| best.worth);
            if parent.bound <= worth + enough {
                // every other branch has a lower bound still
                settled = settled.max(parent.bound);
                break;
            }
            let Some(parts) = self.parts(&parent) else {
                settled = settled.max(parent.bound);
                continue;
            };
            for range in parts {
                let mut narrowed = parent.narrowed.clone();
                narrowed.extend(parent.split.map(|(off, _)| Narrowed { item: off.item, range }));
                let mut start = parent.start.clone();
                solved += 1;
                let solution = match self.part(&mut start, &narrowed) {
                    Ok(solution) => solution,
                    // a part without any plan
                    Err(AllocateError::Infeasible { .. }) => continue,
                    Err(error) => return Err(error),
                };
                // a part is never better than the whole it was cut from
                let bound = solution.bound.min(parent.bound);
                open.push(Branch { narrowed, bound, split: solution.split, start });
                self.keep(solution);
            }
        }
        let bound = open.iter().map(|branch| branch.bound).fold(settled, f64::max).min(root_bound);
        let left = |best: &Solution| (bound - best.worth) * best.unit > LEFT * best.appraisal.total_response;
        let hard = is_hard(self.problem);
        if self.best.as_ref().is_none_or(|best| hard && (left(best) || !best.is_within(self.problem))) {
            self.in_steps(&template)?;
            self.exchange(&template);
        }
        self.price_choice(&template)?;
        let Some(mut best) = self.best.take() else {
            return Err(AllocateError::NotFound);
        };
        best.appraisal.gap = (bound - best.worth).max(0.0) * best.unit;
        best.relaxed.iterations = self.iterations;
        // what limits the whole problem is what limits the root
        if best.relaxed.crossed.poured.limit != super::pour::Limit::Upper {
            best.relaxed.crossed.poured.limit = limit;
            best.relaxed.crossed.poured.bracket.low.total = root_relaxed.crossed.poured.bracket.low.total;
        }
        // money that could not be placed
        let poured = &mut best.relaxed.crossed.poured;
        let left = self.problem.budget - best.appraisal.spend > super::tree::ROUNDING * self.problem.budget;
        if left && self.problem.goal == Goal::MostResponse && self.problem.price_floor <= 0.0 {
            poured.limit = super::pour::Limit::Upper;
            poured.bracket.low.total = best.appraisal.spend;
        }
        self.workspace.plan.clone_from(&best.plan);
        Ok(best)
    }

    /// Settles groups that their limits hold one by one; gives by how much that tightens the bound.
    fn settle_groups(&mut self, root: &Solution) -> f64 {
        let Some((plan, tightened)) = local::settle(self.problem, self.settings, root) else { return 0.0 };
        self.workspace.plan = plan;
        let off = self.workspace.off_hull();
        let fits = off.iter().all(|off| self.problem.range(off.item).holds(self.workspace.plan[off.item]));
        let appraisal = self.workspace.appraise(self.problem, &root.relaxed.prices());
        if fits && appraisal.max_violation <= super::tree::ROUNDING * self.problem.budget {
            let plan = self.workspace.plan.clone();
            self.keep(Solution { plan, worth: appraisal.objective, fits, appraisal, ..root.clone() });
        }
        tightened
    }

    /// Looks for a better plan by moving money, from the best so far and from the plan on envelopes.
    fn exchange(&mut self, root: &Solution) {
        let template = self.best.as_ref().unwrap_or(root).clone();
        let starts: Vec<&[f64]> = [&template.plan, &root.plan].into_iter().map(Vec::as_slice).collect();
        let Some(plan) = exchange::improve(self.problem, &starts) else { return };
        self.offer(&template, plan);
    }

    /// Keeps a plan within limits and goal if it is the best so far, with the prices of another.
    fn offer(&mut self, template: &Solution, plan: Vec<f64>) {
        self.workspace.plan = plan;
        let spend = self.workspace.scale.total(&self.workspace.plan);
        if relax::has_shares(self.problem) {
            self.workspace.tree.rescale(self.problem, spend);
        }
        let prices = Prices { spend, ..template.relaxed.prices() };
        let appraisal = self.workspace.appraise(self.problem, &prices);
        let worth = if let Goal::Volume { .. } = self.problem.goal { -spend } else { appraisal.objective };
        let plan = self.workspace.plan.clone();
        let (mut relaxed, problem) = (template.relaxed.clone(), self.problem);
        // a search that missed its limits is not what this plan comes from
        relaxed.crossed.met |= appraisal.max_violation <= super::MET * problem.budget;
        let found = Solution { plan, worth, fits: true, appraisal, relaxed, ..template.clone() };
        // a plan that is off the limits is worth more than it should be
        if self.best.as_ref().is_some_and(|best| !best.is_within(problem)) && found.is_within(problem) {
            self.best = None;
        }
        self.keep(found);
    }

    /// Gives the best plan the prices of its own choice of who gets nothing: those of the search that met it may be those of another choice.
    fn price_choice(&mut self, root: &Solution) -> Result<(), AllocateError> {
        let Some(best) = &self.best else { return Ok(()) };
        let choice = |item: usize| {
            let Range { upper, minimum, .. } = self.problem.range(item);
            let least = if best.plan[item] < minimum { 0.0 } else { minimum };
            let range = Range { lower: least, upper: if least > 0.0 { upper } else { 0.0 }, minimum: 0.0 };
            (minimum > 0.0).then_some(Narrowed { item, range })
        };
        let narrowed: Vec<Narrowed> = (0..best.plan.len()).filter_map(choice).collect();
        if narrowed.is_empty() {
            return Ok(());
        }
        let (worth, room) = (best.worth, ENOUGH * best.appraisal.total_response / best.unit.max(f64::MIN_POSITIVE));
        let mut start = Start { price: root.appraisal.lambda, ..Start::default() };
        match self.part(&mut start, &narrowed) {
            Ok(own) if own.fits && own.worth >= worth - room => self.best = Some(own),
            Ok(_) | Err(AllocateError::Infeasible { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn part(&mut self, start: &mut Start, narrowed: &[Narrowed]) -> Result<Solution, AllocateError> {
        self.workspace.narrow(self.problem, narrowed);
        let solution = part(self.workspace, self.problem, self.settings, start, narrowed)?;
        self.iterations += solution.relaxed.iterations;
        Ok(solution)
    }

    fn keep(&mut self, solution: Solution) {
        if solution.fits && self.best.as_ref().is_none_or(|best| solution.worth > best.worth) {
            self.best = Some(solution);
        }
    }

    /// The two ranges that a branch's item is split into.
    fn parts(&self, branch: &Branch) -> Option<[Range; 2]> {
        let (off, spend) = branch.split?;
        let own = branch.narrowed.iter().rev().find(|narrowed| narrowed.item == off.item);
        let range = own.map_or_else(|| self.problem.range(off.item), |narrowed| narrowed.range);
        let Range { lower, upper, minimum } = range;
        if spend < minimum {
            let none = Range { lower: 0.0, upper: 0.0, minimum: 0.0 };
            return Some([none, Range { lower: minimum, upper, minimum: 0.0 }]);
        }
        let below = Range { lower, upper: spend, minimum };
        let above = Range { lower: spend, upper, minimum: 0.0 };
        (spend > lower && spend < upper).then_some([below, above])
    }
}
