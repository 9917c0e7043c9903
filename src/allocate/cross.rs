//! Limits that cut across the tree: classes of items, and the money moved away from today's spends.
//!
//! Each has a multiplier that shifts the price of its items; for given multipliers the tree is poured
//! exactly. One limit's multiplier is searched for with the others held, in turn, until all limits
//! hold (coordinate ascent on the dual; Bertsekas 1999, section 6.3). The plan is a combination of the two
//! at the ends of the last search's bracket, so a single crossing limit is met exactly. With several,
//! a linear program over the plans met on the way gives one that meets them all.
//!
//! Wrong where ascent in turn gets stuck, as it can where curves are straight: the gap says how much that
//! costs.

use super::certificate;
use super::pour::{Poured, Target};
use super::problem::Problem;
use super::tree::money;
use super::workspace::Workspace;
use crate::numeric::linear::{Program, Relation};

/// Steps of one multiplier's search.
const MAX_STEPS: usize = 100;
/// Rounds over all limits.
const MAX_ROUNDS: usize = 60;
/// Plans kept for the linear program.
const POOL: usize = 48;
/// Multipliers beyond so many times the price of money drown it in rounding.
const FARTHEST: f64 = 1e10;
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
struct Cross {
    /// The class; `None` for turnover.
    class: Option<usize>,
    lower: f64,
    upper: f64,
}

/// A plan met on the way: its worth, and its total under every limit.
struct Met {
    plan: Vec<f64>,
    worth: f64,
    totals: Vec<f64>,
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
            pool: Vec::new(),
            iterations: 0,
            several: limits.len() > 1,
            unbounded: false,
        };
        if limits.len() > 1 && start.classes.len() == problem.classes.len() {
            search.multipliers = start.clone();
        }
        search.run(&limits)
    }
}

struct Search<'a> {
    workspace: &'a mut Workspace,
    problem: &'a Problem,
    target: Target,
    spend: f64,
    multipliers: Multipliers,
    pool: Vec<Met>,
    iterations: usize,
    several: bool,
    /// Whether a limit was not met at any multiplier in the last round.
    unbounded: bool,
}

impl Search<'_> {
    fn run(mut self, limits: &[Cross]) -> Crossed {
        let room = MET * self.problem.budget;
        let mut poured = self.pour();
        let mut met = limits.iter().all(|limit| self.is_met(*limit, room));
        let mut round = 0;
        while !met && round < MAX_ROUNDS {
            self.unbounded = false;
            for &limit in limits {
                if !self.is_settled(limit, room) {
                    poured = self.settle(limit, limits);
                }
            }
            met = limits.iter().all(|limit| self.is_met(*limit, room));
            round += 1;
            if self.unbounded && !self.several {
                break;
            }
        }
        if self.several && (round > 1 || !met) {
            met = self.combine(limits) || met;
        }
        Crossed { poured, multipliers: self.multipliers, met, iterations: self.iterations }
    }

    /// Pours at the multipliers.
    fn pour(&mut self) -> Poured {
        let own = self.problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
        let price = own + self.multipliers.turnover;
        self.workspace.shifts = self.workspace.signatures.at(price, &self.multipliers.classes);
        self.workspace.tree.limit(self.problem, self.spend);
        let poured = self.workspace.pour(self.target);
        self.workspace.fill(self.problem, &poured);
        self.iterations += poured.bracket.iterations;
        let price = poured.bracket.low.price - self.workspace.top_shift();
        if price.is_finite() && price > 0.0 {
            self.target.initial_price = Some(price);
        }
        poured
    }

    /// What the plan spends under a limit.
    fn total(&self, limit: Cross) -> f64 {
        let plan = &self.workspace.plan;
        match limit.class {
            Some(class) => {
                let members = self.problem.classes[class].members.iter();
                self.workspace.scale.sum(members.map(|&item| plan[item as usize]))
            }
            None => certificate::turnover(self.problem, plan, self.workspace.scale),
        }
    }

    fn multiplier(&mut self, limit: Cross) -> &mut f64 {
        match limit.class {
            Some(class) => &mut self.multipliers.classes[class],
            None => &mut self.multipliers.turnover,
        }
    }

    fn is_met(&self, limit: Cross, room: f64) -> bool {
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

    fn at(&mut self, limit: Cross, multiplier: f64, limits: &[Cross]) -> (Poured, f64) {
        *self.multiplier(limit) = multiplier;
        let poured = self.pour();
        if self.several {
            self.keep(limits);
        }
        (poured, self.total(limit))
    }

    /// Finds the multiplier of one limit with the others held; the plan is the combination that meets it.
    fn settle(&mut self, limit: Cross, limits: &[Cross]) -> Poured {
        let before = *self.multiplier(limit);
        let (free, total) = self.at(limit, 0.0, limits);
        let (wanted, sign) = if total > limit.upper {
            (limit.upper, 1.0)
        } else if total < limit.lower {
            (limit.lower, -1.0)
        } else {
            return free;
        };
        // in the direction of the sign the excess falls from above zero to below it
        let excess = |total: f64| sign * (total - wanted);
        let price = self.scale();
        let (mut near, mut far) = ((0.0, excess(total)), (f64::INFINITY, f64::NAN));
        let mut near_plan = self.workspace.plan.clone();
        let mut step = if before * sign > 0.0 { before.abs() } else { 0.1 * price };
        let mut poured = free;
        while step <= FARTHEST * price {
            let (found, total) = self.at(limit, sign * step, limits);
            poured = found;
            if excess(total) <= 0.0 {
                far = (step, excess(total));
                break;
            }
            near = (step, excess(total));
            near_plan.clone_from(&self.workspace.plan);
            step *= 4.0;
        }
        if far.0.is_infinite() {
            // no price will do: leave it to the other limits, or to who asks
            self.unbounded = true;
            return self.at(limit, 0.0, limits).0;
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
            let (found, total) = self.at(limit, sign * next, limits);
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
            poured = self.at(limit, sign * far.0, limits).0;
        }
        let share = if near.1 > far.1 { (-far.1 / (near.1 - far.1)).clamp(0.0, 1.0) } else { 0.0 };
        for ((spend, near), far) in self.workspace.plan.iter_mut().zip(&near_plan).zip(&far_plan) {
            *spend = share.mul_add(near - far, *far);
        }
        self.workspace.tidy(self.problem);
        if self.several {
            self.keep(limits);
        }
        poured
    }

    /// A price of the size that multipliers are of: that of money, or the average return where that is next to
    /// nothing.
    fn scale(&self) -> f64 {
        let (response, _) = certificate::evaluate(self.problem, &self.workspace.plan);
        let average = certificate::sum(&response) / self.workspace.scale.total(&self.workspace.plan);
        let price = self.target.initial_price.filter(|price| *price > 1e-9 * average || !average.is_finite());
        let price = price.unwrap_or(average);
        if price > 0.0 && price.is_finite() { price } else { 1.0 }
    }

    fn keep(&mut self, limits: &[Cross]) {
        let (response, _) = certificate::evaluate(self.problem, &self.workspace.plan);
        let price = self.problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
        let moved = certificate::turnover(self.problem, &self.workspace.plan, self.workspace.scale);
        let worth = certificate::sum(&response) - price * moved;
        let totals = limits.iter().map(|limit| self.total(*limit)).collect();
        if self.pool.len() >= POOL {
            self.pool.remove(0);
        }
        self.pool.push(Met { plan: self.workspace.plan.clone(), worth, totals });
    }

    /// The best combination of the plans met on the way that meets every limit; false if there is none.
    fn combine(&mut self, limits: &[Cross]) -> bool {
        self.keep(limits);
        let budget = self.problem.budget.max(f64::MIN_POSITIVE);
        let largest = self.pool.iter().map(|met| met.worth.abs()).fold(f64::MIN_POSITIVE, f64::max);
        let mut program = Program::maximize();
        let weights: Vec<_> = self.pool.iter().map(|met| program.variable(met.worth / largest, 0.0, 1.0)).collect();
        let all: Vec<_> = weights.iter().map(|&weight| (weight, 1.0)).collect();
        program.constrain(&all, Relation::Equal, 1.0);
        for (at, limit) in limits.iter().enumerate() {
            let terms: Vec<_> =
                weights.iter().zip(&self.pool).map(|(&weight, met)| (weight, met.totals[at] / budget)).collect();
            if limit.upper.is_finite() {
                program.constrain(&terms, Relation::AtMost, limit.upper / budget);
            }
            if limit.lower > 0.0 {
                program.constrain(&terms, Relation::AtLeast, limit.lower / budget);
            }
        }
        let Some(shares) = program.solve() else { return false };
        let whole: f64 = shares.iter().sum();
        let mut plan = vec![0.0; self.workspace.plan.len()];
        for (share, met) in shares.iter().zip(&self.pool).filter(|(share, _)| **share > 0.0) {
            for (spend, own) in plan.iter_mut().zip(&met.plan) {
                *spend += share / whole * own;
            }
        }
        self.workspace.plan = plan;
        self.workspace.tidy(self.problem);
        // the program meets limits to its own tolerance
        limits.iter().all(|limit| self.is_met(*limit, 1e-9 * budget))
    }
}
