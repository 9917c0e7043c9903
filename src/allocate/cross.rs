//! Limits that cut across the tree: classes of items, and the money moved away from today's spends.
//!
//! Each has a multiplier that shifts the price of its items; for given multipliers the tree is poured
//! exactly. A single limit's multiplier is searched for, and the plan is the combination of the two at the ends
//! of the search's bracket, which meets the limit exactly. Several are searched for at once (`bundle`), and with
//! them whatever else is to be found:
//!
//! * A share of a spend that is not known is linear in the plan, `Σ_class xᵢ − share · Σ xᵢ ≤ 0`. Its multiplier `μ` shifts
//!   the class's prices by `μ` and the floor of all by `−μ · share`.
//! * A goal is one more limit (`aim`).
//!
//! Wrong where a limit cannot be met by any multiplier: then `met` is false.

use super::aim::{Aim, Wanted, Weights};
use super::bundle::Bundle;
use super::certificate;
use super::pour::{Poured, Target};
use super::problem::{Amount, Problem};
use super::tree::money;
use super::workspace::Workspace;

/// Steps of one multiplier's search.
const MAX_STEPS: usize = 100;
/// Limits met to this share of the budget are met.
const MET: f64 = 1e-12;

/// Multipliers of the limits that cut across the tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Multipliers {
    /// Of each class, then of each group with shares: positive where its upper limit binds, negative where its lower
    /// limit does.
    pub(super) classes: Vec<f64>,
    /// Of the turnover limit, zero or above.
    pub(super) turnover: f64,
    /// How a goal that was searched for with them weighs (`Aim::weight`).
    pub(super) goal: f64,
}

/// A plan within all limits.
#[derive(Clone, Debug)]
pub(super) struct Crossed {
    pub(super) poured: Poured,
    pub(super) multipliers: Multipliers,
    /// Whether every limit holds.
    pub(super) met: bool,
    pub(super) iterations: usize,
}

/// What has a crossing limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A class, or after these a group with shares.
    Class(usize),
    Turnover,
    Goal,
}

/// One crossing limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cross {
    pub(super) what: What,
    /// Part of the whole spend that is taken off its total.
    share: f64,
    /// Limits of the total; infinite where there is none.
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// The limits of a problem for a spend that shares are of; with shares of whatever is spent without one.
fn limits(problem: &Problem, spend: Option<f64>, aim: Option<&Aim<'_>>) -> Vec<Cross> {
    let mut limits = Vec::new();
    let mut add = |what: What, share: f64, lower: f64, upper: f64| {
        let lower = if lower > 0.0 || share > 0.0 { lower } else { f64::NEG_INFINITY };
        if lower.is_finite() || upper.is_finite() {
            limits.push(Cross { what, share, lower, upper });
        }
    };
    let shared = problem.shared_groups().map(|group| (problem.groups[group].lower, problem.groups[group].upper));
    let classes = problem.classes.iter().map(|class| (class.lower, class.upper));
    for (at, (lower, upper)) in classes.chain(shared).enumerate() {
        let what = What::Class(at);
        match spend {
            Some(spend) if at < problem.classes.len() => add(what, 0.0, money(lower, spend), money(upper, spend)),
            // within a known spend the tree holds the shares of groups
            Some(_) => {}
            None => {
                let in_money = |amount, otherwise| match amount {
                    Amount::Money(money) if at < problem.classes.len() => money,
                    Amount::Share(share) if share <= 0.0 => 0.0,
                    _ => otherwise,
                };
                add(what, 0.0, in_money(lower, 0.0), in_money(upper, f64::INFINITY));
                if let Amount::Share(share) = upper
                    && share > 0.0
                    && share < 1.0
                {
                    add(what, share, f64::NEG_INFINITY, 0.0);
                }
                if let Amount::Share(share) = lower
                    && share > 0.0
                {
                    add(what, share, 0.0, f64::INFINITY);
                }
            }
        }
    }
    if let Some(turnover) = &problem.turnover {
        add(What::Turnover, 0.0, 0.0, turnover.limit);
    }
    if aim.is_some() {
        add(What::Goal, 0.0, 0.0, 0.0);
    }
    limits
}

impl Workspace {
    /// Fills the plan within all limits: for a spend that shares are of, or with one that is to be found.
    pub(super) fn cross(
        &mut self,
        problem: &Problem,
        target: Target,
        spend: Option<f64>,
        start: &Multipliers,
        aim: Option<&Aim<'_>>,
    ) -> Crossed {
        let mut search = Search::new(self, problem, target, spend, aim);
        search.begin(start);
        search.run()
    }

    /// Pours once at multipliers found before, so that prices and plan are those of the problem they belong to.
    pub(super) fn pour_at(&mut self, problem: &Problem, target: Target, at: &Multipliers, aim: &Aim<'_>) {
        let mut search = Search::new(self, problem, target, None, Some(aim));
        search.begin(at);
        search.pour();
    }
}

/// A search over the multipliers.
pub(super) struct Search<'a> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) problem: &'a Problem,
    pub(super) target: Target,
    spend: Option<f64>,
    aim: Option<&'a Aim<'a>>,
    pub(super) limits: Vec<Cross>,
    /// The multiplier of each limit.
    pub(super) own: Vec<f64>,
    /// What they come to in the problem that is poured.
    multipliers: Multipliers,
    iterations: usize,
}

impl<'a> Search<'a> {
    fn new(
        workspace: &'a mut Workspace,
        problem: &'a Problem,
        target: Target,
        spend: Option<f64>,
        aim: Option<&'a Aim<'a>>,
    ) -> Self {
        let limits = limits(problem, spend, aim);
        let own = vec![0.0; limits.len()];
        let multipliers = Multipliers::default();
        Self { workspace, problem, target, spend, aim, limits, own, multipliers, iterations: 0 }
    }

    /// Starts from multipliers of a similar problem.
    fn begin(&mut self, start: &Multipliers) {
        let goal = self.aim.map_or(0.0, |aim| aim.multiplier(start.goal));
        let factor = self.aim.map_or(1.0, |aim| aim.weights(self.problem, goal).limits);
        for (limit, own) in self.limits.iter().zip(&mut self.own) {
            *own = match limit.what {
                What::Class(class) => {
                    let own = start.classes.get(class).copied().unwrap_or(0.0) / factor;
                    own.clamp(
                        if limit.lower.is_finite() { f64::NEG_INFINITY } else { 0.0 },
                        if limit.upper.is_finite() { f64::INFINITY } else { 0.0 },
                    )
                }
                What::Turnover => start.turnover / factor,
                What::Goal => goal,
            };
        }
    }

    fn run(mut self) -> Crossed {
        let room = MET * self.problem.budget;
        let mut poured = self.pour();
        let mut met = (0..self.limits.len()).all(|at| self.is_settled(at, room));
        if self.limits.len() == 1 && self.aim.is_none() && !met {
            poured = self.settle();
            met = self.is_met(0, room);
        } else if !met {
            (poured, met) = Bundle::new(&mut self).run();
        }
        Crossed { poured, multipliers: self.multipliers, met, iterations: self.iterations }
    }

    /// What the goal's multiplier makes of the problem.
    fn weights(&self) -> Weights {
        let floor = self.target.floor.unwrap_or(0.0);
        let plain = Weights { t: 0.0, limits: 1.0, moving: 1.0, floor };
        let goal = self.limits.iter().position(|limit| limit.what == What::Goal);
        self.aim.zip(goal).map_or(plain, |(aim, at)| aim.weights(self.problem, self.own[at]))
    }

    /// Pours at the multipliers.
    pub(super) fn pour(&mut self) -> Poured {
        let weights = self.weights();
        let count = self.problem.classes.len() + self.problem.shared_groups().count();
        let mut multipliers = Multipliers { classes: vec![0.0; count], ..Multipliers::default() };
        let mut shared = 0.0;
        for (limit, own) in self.limits.iter().zip(&self.own) {
            let own = own * weights.limits;
            match limit.what {
                What::Class(class) => multipliers.classes[class] += own,
                What::Turnover => multipliers.turnover = own,
                What::Goal => {}
            }
            shared += limit.share * own;
        }
        if let Some(aim) = self.aim {
            multipliers.goal = aim.weight(&weights);
            aim.prepare(self.workspace, self.problem, weights.t);
        }
        let own = self.problem.moving_price();
        let price = own.mul_add(weights.moving, multipliers.turnover);
        self.workspace.shifts = self.workspace.signatures.at(price, &multipliers.classes);
        self.workspace.moving = price;
        match self.spend {
            Some(spend) => self.workspace.tree.limit(self.problem, spend),
            None => self.workspace.tree.limit_money(self.problem),
        }
        self.multipliers = multipliers;
        let target = Target { floor: self.target.floor.map(|_| weights.floor - shared), ..self.target };
        let poured = self.workspace.pour_and_fill(self.problem, target);
        self.iterations += poured.bracket.iterations;
        self.workspace.effort += poured.bracket.iterations;
        let price = poured.bracket.low.price - self.workspace.top_shift();
        if price.is_finite() && price > 0.0 {
            self.target.initial_price = Some(price);
        }
        poured
    }

    /// What the plan spends under a limit, less what that is a share of.
    pub(super) fn total(&self, at: usize) -> f64 {
        let (plan, scale) = (&self.workspace.plan, self.workspace.scale);
        let limit = self.limits[at];
        let total = match limit.what {
            What::Class(class) if class < self.problem.classes.len() => {
                let members = self.problem.classes[class].members.iter();
                scale.sum(members.map(|&item| plan[item as usize]))
            }
            What::Class(class) => {
                let group = self.problem.shared_groups().nth(class - self.problem.classes.len());
                let items = group.into_iter().flat_map(|group| self.workspace.tree.items_of(group));
                scale.sum(items.map(|item| plan[item]))
            }
            What::Turnover => certificate::turnover(self.problem, plan, scale),
            What::Goal => self.aim.map_or(0.0, |aim| aim.missing(self.problem, self.workspace)),
        };
        if limit.share > 0.0 { total - limit.share * scale.total(plan) } else { total }
    }

    pub(super) fn is_met(&self, at: usize, room: f64) -> bool {
        let (limit, total) = (self.limits[at], self.total(at));
        total >= limit.lower - room && total <= limit.upper + room
    }

    /// Whether a limit is met and its multiplier is not wasted.
    fn is_settled(&self, at: usize, room: f64) -> bool {
        let (limit, total) = (self.limits[at], self.total(at));
        match self.own[at] {
            multiplier if multiplier > 0.0 => (total - limit.upper).abs() <= room,
            multiplier if multiplier < 0.0 => (total - limit.lower).abs() <= room,
            _ => self.is_met(at, room),
        }
    }

    /// What the plan is worth: its response, net of the floor and of the price of turnover; for a volume what it saves.
    pub(super) fn worth(&self) -> f64 {
        let plan = &self.workspace.plan;
        if let Some(Aim { wanted: Wanted::Volume { .. }, price, .. }) = self.aim {
            return -price * self.workspace.scale.total(plan);
        }
        let (response, _) = certificate::evaluate(self.problem, plan);
        let price = self.problem.moving_price();
        let moved = certificate::turnover(self.problem, plan, self.workspace.scale);
        let floor = self.target.floor.map_or(0.0, |floor| floor * self.workspace.scale.total(plan));
        certificate::sum(&response) - price * moved - floor
    }

    /// A price of the size of those that matter, response per unit of money.
    pub(super) fn unit(&self) -> f64 {
        if let Some(aim) = self.aim {
            return aim.price;
        }
        let (response, _) = certificate::evaluate(self.problem, &self.workspace.plan);
        let average = certificate::sum(&response) / self.problem.budget;
        let price = self.target.initial_price.unwrap_or(0.0).max(average);
        if price.is_finite() && price >= f64::MIN_POSITIVE { price } else { 1.0 }
    }

    fn at(&mut self, multiplier: f64) -> (Poured, f64) {
        self.own[0] = multiplier;
        let poured = self.pour();
        (poured, self.total(0))
    }

    /// Finds the multiplier of the one limit; the plan is the combination that meets it.
    fn settle(&mut self) -> Poured {
        let (limit, before) = (self.limits[0], self.own[0]);
        let (free, total) = self.at(0.0);
        let (wanted, sign) = if total > limit.upper {
            (limit.upper, 1.0)
        } else if total < limit.lower {
            (limit.lower, -1.0)
        } else {
            return free;
        };
        let room = MET * self.problem.budget;
        // in the direction of the sign the excess falls from above zero to below it
        let excess = |total: f64| sign * (total - wanted);
        let price = self.unit();
        let (mut near, mut far) = ((0.0, excess(total)), (f64::INFINITY, f64::NAN));
        let mut near_plan = self.workspace.plan.clone();
        let mut step = if before * sign > 0.0 { before.abs() } else { 0.1 * price };
        let mut poured = free;
        for _ in 0..MAX_STEPS {
            let (found, total) = self.at(sign * step);
            poured = found;
            if excess(total) <= room {
                far = (step, excess(total).min(0.0));
                break;
            }
            near = (step, excess(total));
            near_plan.clone_from(&self.workspace.plan);
            step *= 4.0;
        }
        if far.0.is_infinite() {
            // no price will do: leave it to the other limits, or to who asks
            return self.at(0.0).0;
        }
        let mut far_plan = self.workspace.plan.clone();
        let mut halve = false;
        for _ in 0..MAX_STEPS {
            let stake = (far.0 - near.0) * (near.1 - far.1);
            if stake <= 1e-14 * price * self.problem.budget || far.1 >= 0.0 {
                break;
            }
            // the secant, and bisection whenever it gained less than half
            let width = far.0 - near.0;
            let secant = near.0 + width * near.1 / (near.1 - far.1);
            let middle = 0.5f64.mul_add(width, near.0);
            let next =
                if halve { middle } else { secant.clamp(0.001f64.mul_add(width, near.0), far.0 - 0.001 * width) };
            if !(next > near.0 && next < far.0) {
                break;
            }
            let (found, total) = self.at(sign * next);
            if excess(total) <= 0.0 {
                far = (next, excess(total));
                far_plan.clone_from(&self.workspace.plan);
                poured = found;
            } else {
                near = (next, excess(total));
                near_plan.clone_from(&self.workspace.plan);
            }
            halve = far.0 - near.0 > 0.5 * width;
        }
        // the prices of the end that meets the limit, and the combination that just meets it
        if (self.own[0] - sign * far.0).abs() > 0.0 {
            poured = self.at(sign * far.0).0;
        }
        let share = if near.1 > far.1 { (-far.1 / (near.1 - far.1)).clamp(0.0, 1.0) } else { 0.0 };
        for ((spend, near), far) in self.workspace.plan.iter_mut().zip(&near_plan).zip(&far_plan) {
            *spend = share.mul_add(near - far, *far);
        }
        self.workspace.tidy(self.problem);
        poured
    }
}
