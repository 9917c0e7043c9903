//! The problem with every curve replaced by its envelope: solved for its goal, within all limits.
//!
//! From the inside out: the tree at given prices (`pour`), limits that cut across it (`cross`), limits
//! that are shares of a spend which is itself to be found (here), and the goal (`goal`).

use super::certificate::{Appraisal, Prices};
use super::cross::{Crossed, Multipliers};
use super::error::AllocateError;
use super::feasibility;
use super::pour::{Limit, Target};
use super::problem::{Amount, Problem};
use super::workspace::Workspace;
use super::{AllocationStatus, AllocatorSettings};

/// Steps of the search for the spend.
const MAX_STEPS: usize = 200;

/// A plan (in the workspace) that meets the goal.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    pub(super) crossed: Crossed,
    /// Spend that shares are of.
    pub(super) spend: f64,
    /// Price floor that it was found with.
    pub(super) floor: f64,
    /// Whether every search closed.
    pub(super) closed: bool,
    pub(super) iterations: usize,
}

impl Relaxed {
    pub(super) fn status(&self, problem: &Problem) -> AllocationStatus {
        let poured = &self.crossed.poured;
        if !(self.closed && poured.bracket.closed && self.crossed.met) {
            return AllocationStatus::IterationLimit;
        }
        match poured.limit {
            Limit::Upper if poured.bracket.low.total < problem.budget => AllocationStatus::BudgetNotExhausted,
            _ => AllocationStatus::Optimal,
        }
    }

    pub(super) fn prices(&self) -> Prices<'_> {
        Prices {
            poured: &self.crossed.poured,
            floor: self.floor,
            classes: &self.crossed.multipliers.classes,
            turnover: self.crossed.multipliers.turnover,
            spend: self.spend,
        }
    }
}

/// Where to start and when to give up, from one solve of a similar problem to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    pub(super) price: Option<f64>,
    pub(super) multipliers: Multipliers,
}

fn is_share(amount: Amount) -> bool {
    matches!(amount, Amount::Share(_))
}

fn has_shares(problem: &Problem) -> bool {
    let groups = problem.groups.iter().flat_map(|group| [group.lower, group.upper]);
    let classes = problem.classes.iter().flat_map(|class| [class.lower, class.upper]);
    groups.chain(classes).any(is_share)
}

/// Most response for the budget, net of a floor.
///
/// With a floor the budget is a cap; without it is spent as far as the limits allow.
pub(super) fn most_response(
    workspace: &mut Workspace,
    problem: &Problem,
    floor: f64,
    settings: &AllocatorSettings,
    start: &mut Start,
) -> Result<Relaxed, AllocateError> {
    let mut run = Run { workspace, problem, settings, floor, start, iterations: 0 };
    if has_shares(problem) { run.by_shares() } else { run.at(problem.budget, (floor > 0.0).then_some(floor)) }
}

struct Run<'a> {
    workspace: &'a mut Workspace,
    problem: &'a Problem,
    settings: &'a AllocatorSettings,
    floor: f64,
    start: &'a mut Start,
    iterations: usize,
}

impl Run<'_> {
    /// The best plan of at most `spend` (exactly `spend`, as far as limits allow, without a floor).
    fn at(&mut self, spend: f64, floor: Option<f64>) -> Result<Relaxed, AllocateError> {
        self.workspace.tree.limit(self.problem, spend);
        let root = &mut self.workspace.tree.nodes[0];
        (root.lower, root.upper) = (0.0, spend);
        if !self.workspace.tree.is_feasible(spend) {
            return Err(feasibility::explain(self.workspace, self.problem, spend));
        }
        feasibility::check_classes(self.workspace, self.problem, spend)?;
        let target = Target {
            budget: spend,
            floor,
            initial_price: self.start.price.or(self.settings.initial_price),
            max_iterations: self.settings.max_iterations,
        };
        let crossed = self.workspace.cross(self.problem, target, spend, &self.start.multipliers);
        if !crossed.met {
            feasibility::check_turnover(self.problem)?;
        }
        let price = crossed.poured.bracket.low.price - self.workspace.top_shift();
        if price.is_finite() && price > 0.0 {
            self.start.price = Some(price);
        }
        self.start.multipliers = crossed.multipliers.clone();
        self.iterations += crossed.iterations;
        let iterations = self.iterations;
        Ok(Relaxed { crossed, spend, floor: self.floor, closed: true, iterations })
    }

    /// What one more unit of spend is worth, less what it has to earn.
    fn slope(&self, relaxed: &Relaxed) -> f64 {
        let workspace = &*self.workspace;
        let nodes = &workspace.tree.nodes;
        let poured = &relaxed.crossed.poured;
        let root = poured.bracket.price();
        let mut slope = root - workspace.top_shift() - self.floor;
        let mut price = vec![root; nodes.len()];
        for at in 1..nodes.len() {
            let above = price[nodes[at].parent as usize];
            let Some(group) = nodes[at].group.map(|group| &self.problem.groups[group as usize]) else { continue };
            price[at] = nodes[at].price(above);
            let own = price[at] - above;
            if own != 0.0
                && let Amount::Share(share) = if own > 0.0 { group.upper } else { group.lower }
            {
                slope += own * share;
            }
        }
        for (class, multiplier) in self.problem.classes.iter().zip(&relaxed.crossed.multipliers.classes) {
            let binding = if *multiplier > 0.0 { class.upper } else { class.lower };
            if let Amount::Share(share) = binding {
                slope += multiplier * share;
            }
        }
        slope
    }

    /// Shares are of what is spent, so the spend is searched for: the best response is concave in it.
    fn by_shares(&mut self) -> Result<Relaxed, AllocateError> {
        let budget = self.problem.budget;
        let whole = self.at(budget, None);
        let refused = whole.as_ref().err().cloned();
        if let Ok(whole) = whole {
            let spends_all = whole.crossed.poured.limit != Limit::Upper
                || whole.crossed.poured.bracket.low.total >= budget * (1.0 - super::tree::ROUNDING);
            if spends_all && (self.floor <= 0.0 || self.slope(&whole) >= 0.0) {
                return Ok(whole);
            }
        }
        // the largest spend that is worth its last unit, or the largest that is possible
        let (mut low, mut high) = (0.0_f64, budget);
        let mut best: Option<(f64, Relaxed)> = None;
        for _ in 0..MAX_STEPS {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high || high - low <= 1e-15 * budget {
                break;
            }
            match self.direction(middle)? {
                (1, found) => {
                    if let Some(found) = found {
                        best = Some((middle, found));
                    }
                    low = middle;
                }
                _ => high = middle,
            }
        }
        let Some((spend, _)) = best else {
            return Err(refused.unwrap_or_else(|| feasibility::explain(self.workspace, self.problem, budget)));
        };
        // the workspace holds the plan of the last spend tried
        let mut relaxed = self.at(spend, None)?;
        if relaxed.crossed.poured.limit != Limit::Lower {
            let exhausted = spend < budget && self.floor <= 0.0;
            relaxed.crossed.poured.limit = if exhausted { Limit::Upper } else { Limit::Budget };
        }
        Ok(relaxed)
    }

    /// Whether more (1) or less (−1) should be spent than `spend`, and the plan there if there is one.
    fn direction(&mut self, spend: f64) -> Result<(i8, Option<Relaxed>), AllocateError> {
        self.workspace.tree.limit(self.problem, spend);
        let nodes = &self.workspace.tree.nodes;
        let room = super::tree::ROUNDING * self.problem.budget;
        if nodes[0].least > spend + room || nodes.iter().any(|node| node.least > node.upper + room) {
            return Ok((1, None));
        }
        if nodes[0].most < spend - room || nodes.iter().any(|node| node.lower > node.most + room) {
            return Ok((-1, None));
        }
        match self.at(spend, None) {
            Ok(relaxed) if relaxed.crossed.met => {
                let more = self.floor <= 0.0 || self.slope(&relaxed) > 0.0;
                Ok((if more { 1 } else { -1 }, Some(relaxed)))
            }
            // classes that cannot be met at this spend: less of it asks less of them
            Ok(_) | Err(AllocateError::Infeasible { .. }) => Ok((-1, None)),
            Err(error) => Err(error),
        }
    }
}

/// Relative gap: against all that is at stake.
pub(super) fn relative(gap: f64, appraisal: &Appraisal) -> f64 {
    let size = appraisal.lambda.unwrap_or(0.0).max(0.0).mul_add(appraisal.spend, appraisal.total_response);
    if size >= f64::MIN_POSITIVE { gap.max(0.0) / size } else { 0.0 }
}
