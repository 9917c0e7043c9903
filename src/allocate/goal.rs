//! What is wanted of the plan: each goal is the most response at some price floor, and the floor is
//! searched for.
//!
//! * **Average return.** Maximizing `(1 − t)(F − φX − τT) + t (M − ρX)` over the limits gives, for rising `t`,
//!   plans with ever more slack `M − ρX` (measure less what the spend has to bring); the first without a
//!   shortfall is the best plan that meets the target. With the measure equal to the response this is a
//!   price floor between φ and ρ. Searching beyond ρ would be wrong: with lower bounds the average return
//!   falls again where less is spent. At `t = 1` stands the plan with the most slack: if it falls short, no plan
//!   will do.
//! * **Volume.** The response falls as the price floor rises, so the highest floor that still reaches the
//!   volume spends least. What moving money costs is taken off the response.
//!
//! Both search on envelopes, which bounds what any plan can do. The plan is the combination of the two at
//! the ends of the search: envelopes are concave, so it meets the goal on them, and on the curves wherever
//! these are concave. Where they are not, the best of the plans tried that meet it on the curves is kept.

use super::AllocatorSettings;
use super::aim::{self, Wanted};
use super::certificate::{self, Appraisal};
use super::error::{AllocateError, LimitRef, Relaxation};
use super::problem::{Goal, Problem};
use super::reach;
use super::relax::{Relaxed, Start, has_shares, most_response};
use super::workspace::{Narrowed, Workspace};
use std::borrow::Cow;

/// Steps of a goal's search.
pub(super) const MAX_STEPS: usize = 200;
/// Steps of the search for a plan that meets the goal on the curves, where envelopes run above them.
const CURVE_STEPS: usize = 12;
/// A goal is met to this share of what it asks for.
pub(super) const MET: f64 = 1e-12;
/// A price floor that keeps money from being spent whatever it earns.
pub(super) const ANY: f64 = f64::MIN_POSITIVE;
/// Value at stake at the end of a search, as a share of the whole.
pub(super) const CLOSED: f64 = 1e-15;

/// Part of what could be earned without the goal that what is earned with it is at least measured by.
const SMALL: f64 = 1e-3;

/// The best plan for the goal (in the workspace), on envelopes.
#[derive(Debug)]
pub(super) struct Met<'p> {
    pub(super) relaxed: Relaxed,
    /// The problem whose prices the plan answers to: the curves weighed by `t`, its floor.
    pub(super) weighed: Cow<'p, Problem>,
    /// Whether the plan meets the goal on the curves themselves.
    pub(super) reached: bool,
    /// Where it does not: the best plan met on the way that does.
    pub(super) instead: Option<Vec<f64>>,
    /// Where an average return binds.
    pub(super) target: Option<Target>,
}

/// A binding target: `t`, units of response in a unit of the measure, and what the slack is made of.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) t: f64,
    pub(super) unit: f64,
    pub(super) ratio: f64,
    pub(super) measure: Vec<f64>,
}

impl Met<'_> {
    /// What the plan is worth, and how much more any plan could be.
    pub(super) fn appraise(&self, workspace: &mut Workspace, problem: &Problem) -> Appraisal {
        let mut prices = self.relaxed.prices();
        if has_shares(problem) {
            // plans between two of a search, and those kept instead, spend otherwise than the last solved
            prices.spend = workspace.scale.total(&workspace.plan);
            prices.room += (self.relaxed.spend - prices.spend).max(0.0);
            workspace.tree.rescale(problem, prices.spend);
        }
        let mut appraisal = workspace.appraise(&self.weighed, &prices);
        if let Cow::Owned(_) = self.weighed {
            (appraisal.response, appraisal.marginal) = certificate::evaluate(problem, &workspace.plan);
            appraisal.total_response = certificate::sum(&appraisal.response);
            let moving = problem.moving_price();
            appraisal.objective =
                appraisal.total_response - problem.price_floor * appraisal.spend - moving * appraisal.turnover;
        }
        if let Some(Target { t, unit, ratio, measure }) = &self.target {
            // (1 − t) times the objective is what the weighed problem's is without t times the slack
            let slack = measure_of(&appraisal.response, measure) - ratio * appraisal.spend;
            appraisal.gap = (t * unit).mul_add(slack.max(0.0), appraisal.gap) / (1.0 - t);
        }
        appraisal
    }
}

pub(super) fn measure_of(response: &[f64], measure: &[f64]) -> f64 {
    if measure.is_empty() {
        return certificate::sum(response);
    }
    let measured: Vec<f64> = response.iter().zip(measure).map(|(response, measure)| response * measure).collect();
    certificate::sum(&measured)
}

/// What a plan brings of something, and what it spends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brought {
    pub(super) curves: f64,
    /// The same on the envelopes.
    pub(super) envelopes: f64,
    pub(super) spend: f64,
    /// Whether every item may stand where it does.
    pub(super) holds: bool,
}

impl Brought {
    /// Whether it brings, on the curves, `ratio` for each unit of money and `wanted` besides.
    pub(super) fn meets(&self, ratio: f64, wanted: f64) -> bool {
        self.holds && self.reaches(ratio, wanted)
    }

    /// The same wherever its items stand.
    pub(super) fn reaches(&self, ratio: f64, wanted: f64) -> bool {
        self.curves - ratio * self.spend - wanted >= -MET * self.curves.max(ratio * self.spend)
    }
}

/// The best plan met on the way that meets the goal on the curves.
#[derive(Default)]
pub(super) struct Kept {
    worth: f64,
    pub(super) plan: Option<Vec<f64>>,
}

impl Kept {
    pub(super) fn offer(&mut self, worth: f64, plan: &[f64]) {
        if self.plan.is_none() || worth > self.worth {
            (self.worth, self.plan) = (worth, Some(plan.to_vec()));
        }
    }
}

/// An average return that is wanted.
struct Return<'m> {
    ratio: f64,
    measure: &'m [f64],
    /// Units of response in a unit of the measure, so that `t` weighs like with like.
    unit: f64,
}

/// A plan (in the workspace) for one weight.
struct Tried {
    relaxed: Relaxed,
    slack: f64,
    /// The largest of what the slack is the difference of.
    size: f64,
    weighed: Option<Problem>,
}

/// One search for a goal over the prepared workspace.
pub(super) struct GoalSearch<'a, 'p> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) problem: &'p Problem,
    pub(super) settings: &'a AllocatorSettings,
    pub(super) start: &'a mut Start,
    pub(super) narrowed: &'a [Narrowed],
}

impl<'p> GoalSearch<'_, 'p> {
    /// Solves for the goal.
    pub(super) fn run(mut self) -> Result<Met<'p>, AllocateError> {
        match &self.problem.goal {
            Goal::MostResponse => {
                let relaxed = self.solve(self.problem, self.problem.price_floor)?;
                Ok(self.as_it_is(relaxed))
            }
            Goal::AverageReturn { ratio, measure } => self.average_return(*ratio, measure),
            Goal::Volume { response } => self.volume(*response),
        }
    }

    fn as_it_is(&self, relaxed: Relaxed) -> Met<'p> {
        Met { relaxed, weighed: Cow::Borrowed(self.problem), reached: true, instead: None, target: None }
    }

    pub(super) fn solve(&mut self, problem: &Problem, floor: f64) -> Result<Relaxed, AllocateError> {
        most_response(self.workspace, problem, floor, self.settings, self.start)
    }

    /// What the workspace's plan brings of a measure; of the response net of what moving costs without one.
    pub(super) fn brought(&self, measure: &[f64], net: bool) -> Brought {
        let plan = &self.workspace.plan;
        let (response, _) = certificate::evaluate(self.problem, plan);
        let mut curves = measure_of(&response, measure);
        if net && self.problem.moving_price() > 0.0 {
            let moved = certificate::turnover(self.problem, plan, self.workspace.scale);
            curves -= self.problem.moving_price() * moved;
        }
        let off = self.workspace.off_hull();
        let above = |off: &super::fill::OffHull| {
            let (curve, spend) = (&self.problem.curves[off.item], plan[off.item]);
            let share = (spend - off.from) / (off.to - off.from);
            let (from, to) = (curve.value(off.from), curve.value(off.to));
            let own = measure.get(off.item).copied().unwrap_or(1.0);
            own * (share.mul_add(to - from, from) - curve.value(spend)).max(0.0)
        };
        let above: Vec<f64> = off.iter().map(above).collect();
        let holds = off.iter().all(|off| self.problem.range(off.item).holds(plan[off.item]));
        Brought { curves, envelopes: curves + certificate::sum(&above), spend: self.workspace.scale.total(plan), holds }
    }

    /// The problem as a weight makes it; `None` where that is the problem itself.
    pub(super) fn weighed(&self, t: f64, unit: f64, measure: &[f64]) -> Option<Problem> {
        let changes = !measure.is_empty() || self.problem.moving_price() > 0.0;
        changes.then(|| aim::weighed(self.problem, t, unit, measure))
    }

    fn at(&mut self, t: f64, wanted: &Return<'_>, kept: &mut Kept) -> Result<Tried, AllocateError> {
        let weighed = self.weighed(t, wanted.unit, wanted.measure);
        let price = (t * wanted.unit).mul_add(wanted.ratio, (1.0 - t) * self.problem.price_floor);
        if let Some(weighed) = weighed.as_ref().filter(|_| !wanted.measure.is_empty()) {
            self.workspace.prepare(weighed);
            self.workspace.narrow(weighed, self.narrowed);
            self.start.price = None;
        }
        let mut relaxed = self.solve(weighed.as_ref().unwrap_or(self.problem), price)?;
        relaxed.floor = price;
        let brought = self.brought(wanted.measure, false);
        if brought.meets(wanted.ratio, 0.0) && brought.envelopes > brought.curves {
            let net = self.brought(&[], true);
            kept.offer(net.curves - self.problem.price_floor * net.spend, &self.workspace.plan);
        }
        let asked = wanted.ratio * brought.spend;
        Ok(Tried { relaxed, slack: brought.envelopes - asked, size: brought.envelopes.max(asked), weighed })
    }

    fn average_return(&mut self, ratio: f64, measure: &[f64]) -> Result<Met<'p>, AllocateError> {
        if !measure.is_empty() {
            // the part of the problem solved before left its own weights of the curves
            self.workspace.prepare(self.problem);
            self.workspace.narrow(self.problem, self.narrowed);
        }
        let relaxed = self.solve(self.problem, self.problem.price_floor)?;
        let (first, response) = (self.brought(measure, false), self.brought(&[], false));
        if first.envelopes - ratio * first.spend >= -MET * first.envelopes.max(ratio * first.spend)
            && (first.meets(ratio, 0.0) || !first.holds)
        {
            return Ok(self.as_it_is(relaxed));
        }
        let comparable = !measure.is_empty() && first.curves > 0.0 && response.curves > 0.0;
        let unit = if comparable { response.curves / first.curves } else { 1.0 };
        let wanted = Return { ratio, measure, unit };
        let mut kept = Kept::default();
        let mut low = (0.0, first.envelopes - ratio * first.spend);
        let mut low_plan = self.workspace.plan.clone();

        let most = self.at(1.0, &wanted, &mut kept)?;
        let crosses = self.problem.crosses();
        if most.slack < -MET * most.size && (!crosses || most.slack + self.more_slack(&most) < -MET * most.size) {
            return Err(self.out_of_reach(&wanted, most.weighed));
        }
        if crosses {
            self.keep(&most, &wanted, &mut kept);
            let wanted = Wanted::Return { ratio, measure, unit };
            return self.jointly(wanted, unit * ratio, kept);
        }
        let mut high = (1.0, most.slack);
        let mut high_plan = self.workspace.plan.clone();
        let mut halve = false;
        let mut iterations = most.relaxed.iterations;
        // the plan of most slack may spend nothing at all
        let size = most.size.max(SMALL * first.envelopes);
        for _ in 0..MAX_STEPS {
            let width: f64 = high.0 - low.0;
            // what is at stake counts 1/(1 − t) times in the objective
            if width * (high.1 - low.1) <= CLOSED * (1.0 - high.0) * size || low.1 >= 0.0 {
                break;
            }
            let secant = low.0 - width * low.1 / (high.1 - low.1);
            let next = if halve { f64::midpoint(low.0, high.0) } else { secant };
            let next = next.clamp(0.001f64.mul_add(width, low.0), high.0 - 0.001 * width);
            if !(next > low.0 && next < high.0) {
                break;
            }
            let tried = self.at(next, &wanted, &mut kept)?;
            iterations += tried.relaxed.iterations;
            if tried.slack >= -MET * tried.size {
                high = (next, tried.slack);
                high_plan.clone_from(&self.workspace.plan);
            } else {
                low = (next, tried.slack);
                low_plan.clone_from(&self.workspace.plan);
            }
            halve = high.0 - low.0 > 0.5 * width;
        }
        if low.1 >= 0.0 {
            // the target binds on the curves only
            (high, high_plan) = (low, low_plan.clone());
        }
        // the prices of the end that meets the target
        let Tried { mut relaxed, weighed, .. } = self.at(high.0, &wanted, &mut kept)?;
        relaxed.iterations = iterations;
        let share = if high.1 > low.1 { (high.1 / (high.1 - low.1)).clamp(0.0, 1.0) } else { 0.0 };
        let blend = high_plan.iter().zip(&low_plan).map(|(high, low)| share.mul_add(low - high, *high));
        self.workspace.plan = blend.collect();
        self.workspace.tidy(self.problem);
        let mut reached = self.brought(measure, false).meets(ratio, 0.0);
        if !reached {
            let plan = self.workspace.plan.clone();
            self.seek(high.0, &wanted, &mut kept)?;
            relaxed = Relaxed { iterations: relaxed.iterations, ..self.at(high.0, &wanted, &mut kept)?.relaxed };
            self.workspace.plan = plan;
            // rounding between two plans that both meet it
            reached = self.brought(measure, false).meets(ratio, 0.0);
        }
        let mut weighed = weighed.unwrap_or_else(|| self.problem.clone());
        weighed.price_floor = relaxed.floor;
        let target = Some(Target { t: high.0, unit, ratio, measure: measure.to_vec() });
        let instead = kept.plan.filter(|_| !reached);
        Ok(Met { relaxed, weighed: Cow::Owned(weighed), reached, instead, target })
    }

    /// How much more slack than the plan of most slack found any plan could have: a search over limits that cross may end
    /// before its plan is the best.
    fn more_slack(&mut self, most: &Tried) -> f64 {
        let mut prices = most.relaxed.prices();
        prices.spend = self.workspace.scale.total(&self.workspace.plan);
        self.workspace.tree.rescale(self.problem, prices.spend);
        self.workspace.appraise(most.weighed.as_ref().unwrap_or(self.problem), &prices).gap
    }

    /// Keeps a plan that meets all limits and, on the curves, the target.
    fn keep(&self, tried: &Tried, wanted: &Return<'_>, kept: &mut Kept) {
        if tried.relaxed.crossed.met && self.brought(wanted.measure, false).meets(wanted.ratio, 0.0) {
            let net = self.brought(&[], true);
            kept.offer(net.curves - self.problem.price_floor * net.spend, &self.workspace.plan);
        }
    }

    /// Looks for the least weight whose plan meets the target on the curves.
    fn seek(&mut self, from: f64, wanted: &Return<'_>, kept: &mut Kept) -> Result<(), AllocateError> {
        let (mut low, mut high) = (from, 1.0);
        for _ in 0..CURVE_STEPS {
            let middle = f64::midpoint(low, high);
            self.at(middle, wanted, kept)?;
            let brought = self.brought(wanted.measure, false);
            if brought.meets(wanted.ratio, 0.0) {
                let net = self.brought(&[], true);
                kept.offer(net.curves - self.problem.price_floor * net.spend, &self.workspace.plan);
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(())
    }

    /// The best average return there is, by Dinkelbach's method (1967), from the plan of most slack.
    fn out_of_reach(&mut self, wanted: &Return<'_>, weighed: Option<Problem>) -> AllocateError {
        let problem = weighed.unwrap_or_else(|| self.problem.clone());
        let mut best = 0.0;
        for _ in 0..MAX_STEPS {
            let brought = self.brought(wanted.measure, false);
            let reached = if brought.spend > 0.0 { brought.envelopes / brought.spend } else { 0.0 };
            if reached <= best * (1.0 + MET) {
                break;
            }
            best = reached;
            if self.solve(&problem, best * wanted.unit).is_err() {
                break;
            }
        }
        let change = reach::change(LimitRef::AverageReturn, wanted.ratio, best, best);
        AllocateError::Infeasible { relaxation: Relaxation { changes: vec![change], ..Relaxation::default() } }
    }
}
