//! The problem with every curve replaced by its envelope: solved for its goal, within all limits.
//!
//! From the inside out: the tree at given prices (`pour`), limits that are shares of a spend which is itself to be
//! found (here), and the goal (`goal`). Where limits cut across the tree, their multipliers, those of shares and that
//! of the goal are searched for together (`cross`).

use super::certificate::{Appraisal, Prices};
use super::cross::{Crossed, Multipliers};
use super::error::AllocateError;
use super::feasibility;
use super::goal::ANY;
use super::pour::{Limit, Target};
use super::problem::{Amount, Problem};
use super::tree;
use super::workspace::Workspace;
use super::{AllocationStatus, AllocatorSettings};

/// Steps of the search for the spend.
const MAX_STEPS: usize = 200;
/// Value at stake at the end of that search, as a share of the whole.
const CLOSED: f64 = 1e-15;
/// A linear program's ends are known to this share.
const NEAR: f64 = 1e-11;
/// Errors of a price below this share of it are rounding of its search.
const PRICE: f64 = 1e-6;
/// Contradictions below this share of the spend are rounding.
const FITS: f64 = 1e-14;

/// A plan (in the workspace) that meets the goal.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    pub(super) crossed: Crossed,
    /// Spend that shares are of.
    pub(super) spend: f64,
    /// Price floor that it was found with.
    pub(super) floor: f64,
    /// Money beyond the plan's spend that could be worth spending, where that was found out.
    pub(super) room: f64,
    /// Whether every search closed.
    pub(super) closed: bool,
    /// Whether limits keep the budget from being spent that was to be.
    pub(super) left: bool,
    pub(super) iterations: usize,
}

impl Relaxed {
    pub(super) fn status(&self, problem: &Problem) -> AllocationStatus {
        let poured = &self.crossed.poured;
        if !(self.closed && poured.bracket.closed && self.crossed.met) {
            return AllocationStatus::IterationLimit;
        }
        match poured.limit {
            _ if self.left => AllocationStatus::BudgetNotExhausted,
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
            room: self.room,
        }
    }
}

/// Where to start, from one solve of a similar problem to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    pub(super) price: Option<f64>,
    pub(super) multipliers: Multipliers,
}

impl Start {
    /// Remembers where a solve ended, whose shifts of the price are at most `top`.
    pub(super) fn keep(&mut self, crossed: &Crossed, top: f64) {
        let price = crossed.poured.bracket.low.price - top;
        if price.is_finite() && price > 0.0 {
            self.price = Some(price);
        }
        self.multipliers.clone_from(&crossed.multipliers);
    }
}

pub(super) fn has_shares(problem: &Problem) -> bool {
    let groups = problem.groups.iter().flat_map(|group| [group.lower, group.upper]);
    let classes = problem.classes.iter().flat_map(|class| [class.lower, class.upper]);
    groups.chain(classes).any(Amount::is_share)
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
    if problem.crosses() {
        return run.crossing();
    }
    if has_shares(problem) {
        return run.by_shares();
    }
    run.at(problem.budget, (floor > 0.0).then_some(floor))
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
            return Err(feasibility::explain(self.workspace, self.problem));
        }
        let target = self.target(spend, floor);
        let crossed = self.workspace.cross(self.problem, target, Some(spend), &self.start.multipliers, None);
        Ok(self.relaxed(crossed, spend))
    }

    fn target(&self, budget: f64, floor: Option<f64>) -> Target {
        let initial_price = self.start.price.or(self.settings.initial_price);
        Target { budget, floor, initial_price, max_iterations: self.settings.max_iterations, smooth: false }
    }

    fn relaxed(&mut self, crossed: Crossed, spend: f64) -> Relaxed {
        self.start.keep(&crossed, self.workspace.top_shift());
        self.iterations += crossed.iterations;
        let (floor, iterations) = (self.floor, self.iterations);
        Relaxed { crossed, spend, floor, room: f64::INFINITY, closed: true, left: false, iterations }
    }

    /// Within limits that cut across the tree, with shares of whatever is spent.
    fn crossing(&mut self) -> Result<Relaxed, AllocateError> {
        let budget = self.problem.budget;
        let most = feasibility::most_spend(self.workspace, self.problem)?;
        let spends_all = self.floor <= 0.0 && most >= budget * (1.0 - NEAR);
        if spends_all {
            let whole = self.at(budget, None)?;
            let total = self.workspace.scale.total(&self.workspace.plan);
            if !has_shares(self.problem) || whole.crossed.met && total >= budget * (1.0 - tree::ROUNDING) {
                return Ok(whole);
            }
        }
        // limits keep the budget from being spent, or make that worth less: then it is a cap
        let forced = self.floor <= 0.0;
        self.floor = self.floor.max(ANY);
        let target = self.target(budget, Some(self.floor));
        let root = &mut self.workspace.tree.nodes[0];
        (root.lower, root.upper) = (0.0, budget);
        let crossed = self.workspace.cross(self.problem, target, None, &self.start.multipliers, None);
        let spend = self.workspace.scale.total(&self.workspace.plan);
        let left = forced && spend < budget * (1.0 - NEAR);
        Ok(Relaxed { left, ..self.relaxed(crossed, spend) })
    }

    /// What one more unit of spend is worth, less what it has to earn, and how much of the root's price is in it.
    fn slope(&self, relaxed: &Relaxed) -> (f64, f64) {
        let top = self.workspace.top_shift();
        let nodes = &self.workspace.tree.nodes;
        let root = Some(relaxed.crossed.poured.bracket.price()).filter(|price| price.is_finite());
        let mut free = 1.0;
        let mut slope = root.map_or(0.0, |root| root - top) - self.floor;
        // the price of each node, `None` beyond any number, and whether it is the root's
        let mut prices = vec![(root, true); nodes.len()];
        for at in 1..nodes.len() {
            let (above, follows) = prices[nodes[at].parent as usize];
            prices[at] = (above, follows);
            let Some(group) = nodes[at].group.map(|group| &self.problem.groups[group as usize]) else { continue };
            let outside = above.unwrap_or(f64::INFINITY);
            let Some((bracket, _)) = nodes[at].held(outside) else { continue };
            let capped = nodes[at].cap == Some(bracket);
            let own = nodes[at].price(outside);
            if !own.is_finite() {
                // its items have all that they must have, and more of it earns beyond any number
                let grows = matches!(group.upper, Amount::Share(share) if share > 0.0);
                if capped && grows && nodes[at].most > nodes[at].least {
                    return (f64::INFINITY, free);
                }
                continue;
            }
            prices[at] = (Some(own), false);
            if let Amount::Share(share) = if capped { group.upper } else { group.lower } {
                slope += share * above.map_or(own - top, |above| own - above);
                free -= if follows { share } else { 0.0 };
            }
        }
        // shares that take up the whole spend leave nothing of the root's price
        let beyond = root.is_none() && free.abs() > tree::ROUNDING;
        (if beyond { free * f64::INFINITY } else { slope }, free)
    }

    /// Shares are of what is spent, so the spend is searched for: the best response is concave in it.
    fn by_shares(&mut self) -> Result<Relaxed, AllocateError> {
        let budget = self.problem.budget;
        match self.at(budget, None) {
            Ok(whole) if whole.crossed.met => {
                let spends_all = whole.crossed.poured.limit != Limit::Upper
                    || whole.crossed.poured.bracket.low.total >= budget * (1.0 - tree::ROUNDING);
                if spends_all && (self.floor <= 0.0 || self.slope(&whole).0 >= 0.0) {
                    return Ok(whole);
                }
            }
            Ok(_) | Err(AllocateError::Infeasible { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some((least, most)) = self.spends() else {
            return Err(feasibility::explain(self.workspace, self.problem));
        };
        // the largest spend that is worth its last unit, or the largest that is possible
        let mut low = (least, f64::NAN);
        let mut high = (most, f64::NAN);
        let (mut below, mut above) = (None, None);
        let mut next = most;
        // the slopes as the secant sees them: of an end that stays, half as much each time
        let mut seen = (f64::NAN, f64::NAN);
        let mut closed = false;
        for _ in 0..MAX_STEPS {
            let (slope, found) = self.direction(next)?;
            if found {
                let side = if slope > 0.0 { &mut below } else { &mut above };
                *side = Some(next);
            }
            if slope > 0.0 {
                seen = (slope, if low.1.is_nan() { seen.1 } else { 0.5 * seen.1 });
                low = (next, slope);
            } else {
                seen = (if high.1.is_nan() { seen.0 } else { 0.5 * seen.0 }, slope);
                high = (next, slope);
            }
            let left = high.0 - low.0;
            closed = left <= CLOSED * high.0;
            if closed {
                break;
            }
            let secant = low.0 + left * seen.0 / (seen.0 - seen.1);
            next = if low.1.is_nan() && above.is_some() {
                // the least spend there is may be the best
                low.0
            } else if secant.is_finite() && secant > low.0 && secant < high.0 && self.floor > 0.0 {
                secant
            } else {
                f64::midpoint(low.0, high.0)
            };
            if next <= low.0 && !low.1.is_nan() || next >= high.0 {
                closed = true;
                break;
            }
        }
        let Some(spend) = below.or(above) else {
            return Err(feasibility::explain(self.workspace, self.problem));
        };
        let mut relaxed = self.at(spend, None)?;
        relaxed.closed = closed;
        // the price is known to the root of what its plan is: here it is known better
        let (slope, free) = self.slope(&relaxed);
        let price = &mut relaxed.crossed.poured.bracket.low.price;
        if self.floor > 0.0 && slope.abs() <= PRICE * *price && free > PRICE {
            *price -= slope / free;
        }
        // beyond the upper end of the search nothing earns what it has to
        relaxed.room = (high.0 - spend).max(0.0);
        if self.floor <= 0.0 && spend < budget * (1.0 - tree::ROUNDING) {
            relaxed.crossed.poured.limit = Limit::Upper;
        } else if relaxed.crossed.poured.limit != Limit::Lower {
            relaxed.crossed.poured.limit = Limit::Floor;
        }
        Ok(relaxed)
    }

    /// The least and the most that can be spent within limits that are shares of it.
    fn spends(&mut self) -> Option<(f64, f64)> {
        let budget = self.problem.budget;
        let room = |spend: f64| FITS * spend;
        if self.workspace.tree.contradiction(self.problem, budget).0 <= room(budget) {
            return Some((self.least_spend(budget), budget));
        }
        // what limits contradict each other by is convex in the spend: down its slope, then to both ends
        let (mut low, mut high) = (0.0, budget);
        for _ in 0..MAX_STEPS {
            let close = low <= 0.0 && high < 1e-3 * budget;
            let middle = if close { 1e-3 * high } else { f64::midpoint(low, high) };
            let (broken, slope) = self.workspace.tree.contradiction(self.problem, middle);
            if broken <= room(middle) {
                return Some((self.least_spend(middle), self.end(middle, budget)));
            }
            if slope > 0.0 {
                high = middle;
            } else if slope < 0.0 {
                low = middle;
            }
            if slope == 0.0 || high <= low {
                break;
            }
        }
        // nothing is a plan if nothing must be spent
        (self.workspace.tree.contradiction(self.problem, 0.0).0 <= 0.0).then_some((0.0, 0.0))
    }

    fn least_spend(&mut self, inside: f64) -> f64 {
        if self.workspace.tree.contradiction(self.problem, 0.0).0 <= 0.0 { 0.0 } else { self.end(inside, 0.0) }
    }

    /// The last spend without a contradiction from one without to one with it.
    fn end(&mut self, mut inside: f64, mut outside: f64) -> f64 {
        for _ in 0..MAX_STEPS {
            let middle = f64::midpoint(inside, outside);
            if middle.to_bits() == inside.to_bits() || middle.to_bits() == outside.to_bits() {
                break;
            }
            if self.workspace.tree.contradiction(self.problem, middle).0 <= FITS * middle {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        inside
    }

    /// What one more unit of spend is worth less what it has to earn (without a floor it is always worth it),
    /// and whether a plan spends so much.
    fn direction(&mut self, spend: f64) -> Result<(f64, bool), AllocateError> {
        match self.at(spend, None) {
            Ok(relaxed) if relaxed.crossed.met => {
                let total = self.workspace.scale.total(&self.workspace.plan);
                if total < spend * (1.0 - tree::ROUNDING) {
                    return Ok((f64::NEG_INFINITY, false));
                }
                Ok((if self.floor <= 0.0 { 1.0 } else { self.slope(&relaxed).0 }, true))
            }
            Ok(_) | Err(AllocateError::Infeasible { .. }) => Ok((f64::NEG_INFINITY, false)),
            Err(error) => Err(error),
        }
    }
}

/// Relative gap: against all that is at stake, which a price of the goal's own counts in where money has none. A gap beside
/// which nothing is at stake is all there could be.
pub(super) fn relative(gap: f64, appraisal: &Appraisal, unit: f64) -> f64 {
    let size = appraisal.lambda.unwrap_or(unit).max(0.0).mul_add(appraisal.spend, appraisal.total_response);
    if gap <= 0.0 || size.is_nan() { 0.0 } else { (gap / size.max(f64::MIN_POSITIVE)).min(1.0) }
}
