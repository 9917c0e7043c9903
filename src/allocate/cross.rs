//! Limits that cut across the tree: classes of items, and the money moved away from today's spends.
//!
//! Each has a multiplier that shifts the price of its items; for given multipliers the tree is poured
//! exactly. A single limit's multiplier is searched for, and the plan is the combination of the two at the ends
//! of the search's bracket, which meets the limit exactly. Several are searched for at once (`bundle`).
//!
//! Wrong where a limit cannot be met by any multiplier: then `met` is false.

use super::bundle::Bundle;
use super::certificate;
use super::pour::{Poured, Target};
use super::problem::Problem;
use super::tree::money;
use super::workspace::Workspace;

/// Steps of one multiplier's search.
const MAX_STEPS: usize = 100;
/// Limits met to this share of the budget are met.
const MET: f64 = 1e-12;

/// Multipliers of the limits that cut across the tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Multipliers {
    /// Of each class: positive where its upper limit binds, negative where its lower limit does.
    pub(super) classes: Vec<f64>,
    /// Of the turnover limit, zero or above.
    pub(super) turnover: f64,
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

/// One crossing limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cross {
    /// The class; `None` for turnover.
    class: Option<usize>,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Workspace {
    /// Fills the plan for a spend (that shares are of), within all limits.
    pub(super) fn cross(&mut self, problem: &Problem, target: Target, spend: f64, start: &Multipliers) -> Crossed {
        let mut limits: Vec<Cross> = problem
            .classes
            .iter()
            .enumerate()
            .map(|(class, spec)| Cross {
                class: Some(class),
                lower: money(spec.lower, spend),
                upper: money(spec.upper, spend),
            })
            .collect();
        let turnover = problem.turnover.as_ref().filter(|turnover| turnover.limit.is_finite());
        limits.extend(turnover.map(|turnover| Cross { class: None, lower: 0.0, upper: turnover.limit }));
        let mut search = Search {
            workspace: self,
            problem,
            target,
            spend,
            multipliers: Multipliers { classes: vec![0.0; problem.classes.len()], ..Multipliers::default() },
            iterations: 0,
        };
        if start.classes.len() == problem.classes.len() {
            search.multipliers = start.clone();
        }
        search.run(&limits)
    }
}

/// A search over the multipliers.
pub(super) struct Search<'a> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) problem: &'a Problem,
    pub(super) target: Target,
    spend: f64,
    multipliers: Multipliers,
    iterations: usize,
}

impl Search<'_> {
    fn run(mut self, limits: &[Cross]) -> Crossed {
        let room = MET * self.problem.budget;
        let mut poured = self.pour();
        let mut met = limits.iter().all(|limit| self.is_settled(*limit, room));
        if let ([limit], false) = (limits, met) {
            poured = self.settle(*limit);
            met = self.is_met(*limit, room);
        } else if !met {
            (poured, met) = Bundle::new(&mut self, limits).run();
        }
        Crossed { poured, multipliers: self.multipliers, met, iterations: self.iterations }
    }

    /// Pours at the multipliers.
    pub(super) fn pour(&mut self) -> Poured {
        let own = self.problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
        let price = own + self.multipliers.turnover;
        self.workspace.shifts = self.workspace.signatures.at(price, &self.multipliers.classes);
        self.workspace.moving = price;
        self.workspace.tree.limit(self.problem, self.spend);
        let poured = self.workspace.pour(self.target);
        self.workspace.fill(self.problem, &poured);
        self.iterations += poured.bracket.iterations;
        self.workspace.effort += poured.bracket.iterations;
        let price = poured.bracket.low.price - self.workspace.top_shift();
        if price.is_finite() && price > 0.0 {
            self.target.initial_price = Some(price);
        }
        poured
    }

    /// What the plan spends under a limit.
    pub(super) fn total(&self, limit: Cross) -> f64 {
        let plan = &self.workspace.plan;
        match limit.class {
            Some(class) => {
                let members = self.problem.classes[class].members.iter();
                self.workspace.scale.sum(members.map(|&item| plan[item as usize]))
            }
            None => certificate::turnover(self.problem, plan, self.workspace.scale),
        }
    }

    pub(super) fn multiplier(&mut self, limit: Cross) -> &mut f64 {
        match limit.class {
            Some(class) => &mut self.multipliers.classes[class],
            None => &mut self.multipliers.turnover,
        }
    }

    pub(super) fn is_met(&self, limit: Cross, room: f64) -> bool {
        let total = self.total(limit);
        total >= limit.lower - room && total <= limit.upper + room
    }

    /// Whether a limit is met and its multiplier is not wasted.
    fn is_settled(&mut self, limit: Cross, room: f64) -> bool {
        let total = self.total(limit);
        match *self.multiplier(limit) {
            multiplier if multiplier > 0.0 => (total - limit.upper).abs() <= room,
            multiplier if multiplier < 0.0 => (total - limit.lower).abs() <= room,
            _ => self.is_met(limit, room),
        }
    }

    /// What the plan is worth: its response, net of the floor and of the price of turnover.
    pub(super) fn worth(&self) -> f64 {
        let plan = &self.workspace.plan;
        let (response, _) = certificate::evaluate(self.problem, plan);
        let price = self.problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
        let moved = certificate::turnover(self.problem, plan, self.workspace.scale);
        let floor = self.target.floor.map_or(0.0, |floor| floor * self.workspace.scale.total(plan));
        certificate::sum(&response) - price * moved - floor
    }

    /// A price of the size of those that matter, response per unit of money.
    pub(super) fn unit(&self) -> f64 {
        let (response, _) = certificate::evaluate(self.problem, &self.workspace.plan);
        let average = certificate::sum(&response) / self.problem.budget;
        let price = self.target.initial_price.unwrap_or(0.0).max(average);
        if price.is_finite() && price >= f64::MIN_POSITIVE { price } else { 1.0 }
    }

    fn at(&mut self, limit: Cross, multiplier: f64) -> (Poured, f64) {
        *self.multiplier(limit) = multiplier;
        let poured = self.pour();
        (poured, self.total(limit))
    }

    /// Finds the multiplier of the one limit; the plan is the combination that meets it.
    fn settle(&mut self, limit: Cross) -> Poured {
        let before = *self.multiplier(limit);
        let (free, total) = self.at(limit, 0.0);
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
            let (found, total) = self.at(limit, sign * step);
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
            return self.at(limit, 0.0).0;
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
            let (found, total) = self.at(limit, sign * next);
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
        if (*self.multiplier(limit) - sign * far.0).abs() > 0.0 {
            poured = self.at(limit, sign * far.0).0;
        }
        let share = if near.1 > far.1 { (-far.1 / (near.1 - far.1)).clamp(0.0, 1.0) } else { 0.0 };
        for ((spend, near), far) in self.workspace.plan.iter_mut().zip(&near_plan).zip(&far_plan) {
            *spend = share.mul_add(near - far, *far);
        }
        self.workspace.tidy(self.problem);
        poured
    }
}
