//! What is wanted of the plan: each goal is the most response at some price floor, and the floor is
//! searched for.
//!
//! * **Average return.** Maximizing `(1 − t)(F − φX) + t (M − ρX)` over the limits gives, for rising `t`, plans
//!   with ever more slack `M − ρX` (measure less what the spend has to bring); the first without a shortfall
//!   is the best plan that meets the target. With the measure equal to the response this is a price floor
//!   between φ and ρ. Searching beyond ρ would be wrong: with lower bounds the average return falls again
//!   where less is spent. At `t = 1` stands the plan with the most slack: if it falls short, no plan will do.
//! * **Volume.** The response falls as the price floor rises, so the highest floor that still reaches the
//!   volume spends least.
//!
//! The plan is the combination of the two at the ends of the search: response and slack are concave, so it
//! meets the goal.

use super::AllocatorSettings;
use super::certificate::{self, Appraisal};
use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::problem::{Goal, Problem};
use super::relax::{Relaxed, Start, most_response};
use super::workspace::{Narrowed, Workspace};
use crate::response::Curve;
use std::borrow::Cow;

/// Steps of a goal's search.
const MAX_STEPS: usize = 200;

/// A goal is met to this share of what it asks for.
pub(super) const MET: f64 = 1e-12;

/// The best plan for the goal (in the workspace), on envelopes.
#[derive(Debug)]
pub(super) struct Met<'p> {
    pub(super) relaxed: Relaxed,
    /// The problem whose prices the plan answers to: the curves weighed by `t`, its floor.
    pub(super) weighed: Cow<'p, Problem>,
    /// `t` and the slack, where an average return binds.
    target: Option<(f64, f64)>,
}

impl Met<'_> {
    /// What the plan is worth, and how much more any plan could be.
    pub(super) fn appraise(&self, workspace: &mut Workspace, problem: &Problem) -> Appraisal {
        let mut appraisal = workspace.appraise(&self.weighed, &self.relaxed.prices());
        if let Some((t, slack)) = self.target {
            // (1 − t) times the objective is what the weighed problem's is without t times the slack
            appraisal.gap = (t.mul_add(slack.max(0.0), appraisal.gap)) / (1.0 - t);
        }
        if let Cow::Owned(_) = self.weighed {
            (appraisal.response, appraisal.marginal) = certificate::evaluate(problem, &workspace.plan);
            appraisal.total_response = certificate::sum(&appraisal.response);
            let moving = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
            appraisal.objective =
                appraisal.total_response - problem.price_floor * appraisal.spend - moving * appraisal.turnover;
        }
        appraisal
    }
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
                Ok(Met { relaxed, weighed: Cow::Borrowed(self.problem), target: None })
            }
            Goal::AverageReturn { ratio, measure } => self.average_return(*ratio, measure),
            Goal::Volume { response } => self.volume(*response),
        }
    }

    fn solve(&mut self, problem: &Problem, floor: f64) -> Result<Relaxed, AllocateError> {
        most_response(self.workspace, problem, floor, self.settings, self.start)
    }

    /// Response, and the measure of it, of the workspace's plan.
    fn measured(&self, measure: &[f64]) -> (f64, f64) {
        let (response, _) = certificate::evaluate(self.problem, &self.workspace.plan);
        let total = certificate::sum(&response);
        if measure.is_empty() {
            return (total, total);
        }
        let measured: Vec<f64> = response.iter().zip(measure).map(|(response, measure)| response * measure).collect();
        (total, certificate::sum(&measured))
    }

    fn spend(&self) -> f64 {
        self.workspace.scale.total(&self.workspace.plan)
    }

    /// The problem whose response is `(1 − t) F + t·unit·M`; `None` for the problem itself.
    fn weighed(&self, t: f64, unit: f64, measure: &[f64]) -> Option<Problem> {
        let own = |(curve, measure): (&Curve, &f64)| curve.scaled((t * unit).mul_add(*measure, 1.0 - t));
        (!measure.is_empty()).then(|| Problem {
            curves: self.problem.curves.iter().zip(measure).map(own).collect(),
            ..self.problem.clone()
        })
    }

    fn average_return(&mut self, ratio: f64, measure: &[f64]) -> Result<Met<'p>, AllocateError> {
        let floor = self.problem.price_floor;
        let relaxed = self.solve(self.problem, floor)?;
        let (response, measured) = self.measured(measure);
        let slack = |measured: f64, spend: f64| (-ratio).mul_add(spend, measured);
        let room = MET * ratio * self.problem.budget;
        let first = slack(measured, self.spend());
        if first >= -room {
            return Ok(Met { relaxed, weighed: Cow::Borrowed(self.problem), target: None });
        }
        // units of response in a unit of the measure, so that t weighs like with like
        let unit = if measure.is_empty() || measured <= 0.0 || response <= 0.0 { 1.0 } else { response / measured };
        let at = |search: &mut Self, t: f64| -> Result<(Relaxed, f64, Option<Problem>), AllocateError> {
            let weighed = search.weighed(t, unit, measure);
            let price = (t * unit).mul_add(ratio, (1.0 - t) * floor);
            if let Some(weighed) = &weighed {
                search.workspace.prepare(weighed);
                search.workspace.narrow(weighed, search.narrowed);
                search.start.price = None;
            }
            let problem = weighed.as_ref().unwrap_or(search.problem);
            // moving money costs response alone, not the measure
            let relaxed = search.solve(problem, price)?;
            let (_, measured) = search.measured(measure);
            let slack = slack(measured, search.spend());
            Ok((relaxed, slack, weighed))
        };
        let (relaxed, most, weighed) = at(self, 1.0)?;
        if most < -room {
            return Err(self.out_of_reach(ratio, measure, weighed.as_ref()));
        }
        let mut low = (0.0, first);
        let mut high = (1.0, most);
        let mut low_plan: Option<Vec<f64>> = None;
        let mut best = (relaxed, weighed);
        let mut high_plan = self.workspace.plan.clone();
        let mut halve = false;
        for _ in 0..MAX_STEPS {
            let width: f64 = high.0 - low.0;
            if width * (high.1 - low.1) <= 1e-14 * ratio * self.problem.budget || high.1 <= 0.0 {
                break;
            }
            let secant = low.0 - width * low.1 / (high.1 - low.1);
            let next = if halve { f64::midpoint(low.0, high.0) } else { secant };
            let next = next.clamp(0.001f64.mul_add(width, low.0), high.0 - 0.001 * width);
            if !(next > low.0 && next < high.0) {
                break;
            }
            let (relaxed, slack, weighed) = at(self, next)?;
            if slack >= 0.0 {
                high = (next, slack);
                high_plan.clone_from(&self.workspace.plan);
                best = (relaxed, weighed);
            } else {
                low = (next, slack);
                low_plan = Some(self.workspace.plan.clone());
            }
            halve = high.0 - low.0 > 0.5 * width;
        }
        // the prices of the end that meets the target
        let (mut relaxed, slack, weighed) = at(self, high.0)?;
        relaxed.iterations = best.0.iterations.max(relaxed.iterations);
        drop(best);
        let share = if high.1 > low.1 { (high.1 / (high.1 - low.1)).clamp(0.0, 1.0) } else { 0.0 };
        let plan = &mut self.workspace.plan;
        plan.clone_from(&high_plan);
        if let Some(low_plan) = low_plan {
            plan.iter_mut().zip(&low_plan).for_each(|(spend, low)| *spend = share.mul_add(low - *spend, *spend));
        }
        self.workspace.tidy(self.problem);
        let left = if share > 0.0 {
            let (_, measured) = self.measured(measure);
            (-ratio).mul_add(self.spend(), measured)
        } else {
            slack
        };
        let (weighed, target) = match weighed {
            Some(mut weighed) => {
                weighed.price_floor = relaxed.floor;
                (weighed, (high.0, unit * left))
            }
            None => (Problem { price_floor: relaxed.floor, ..self.problem.clone() }, (high.0, left)),
        };
        Ok(Met { relaxed, weighed: Cow::Owned(weighed), target: Some(target) })
    }

    /// The best average return there is, by Dinkelbach's method (1967), from the plan of most slack.
    fn out_of_reach(&mut self, ratio: f64, measure: &[f64], weighed: Option<&Problem>) -> AllocateError {
        let problem = weighed.unwrap_or(self.problem).clone();
        let unit = if measure.is_empty() { 1.0 } else { f64::NAN };
        let mut best = 0.0;
        for _ in 0..50 {
            let (_, measured) = self.measured(measure);
            let spend = self.spend();
            let reached = if spend > 0.0 { measured / spend } else { 0.0 };
            if reached <= best * (1.0 + MET) {
                break;
            }
            best = reached;
            // response of the weighed problem in units of the measure
            let price = if unit.is_nan() { best * self.unit_of(&problem, measure) } else { best };
            if self.solve(&problem, price).is_err() {
                break;
            }
        }
        let changes = vec![Change { limit: LimitRef::AverageReturn, from: ratio, to: best }];
        AllocateError::Infeasible { relaxation: Relaxation { changes, ..Relaxation::default() } }
    }

    /// Units of a weighed problem's response in a unit of the measure.
    fn unit_of(&self, weighed: &Problem, measure: &[f64]) -> f64 {
        let (response, _) = certificate::evaluate(weighed, &self.workspace.plan);
        let (_, measured) = self.measured(measure);
        certificate::sum(&response) / measured
    }

    fn volume(&mut self, wanted: f64) -> Result<Met<'p>, AllocateError> {
        let room = MET * wanted;
        let whole = self.solve(self.problem, 0.0)?;
        let (most, _) = self.measured(&[]);
        if most < wanted - room {
            return Err(self.beyond_budget(wanted, most));
        }
        // the least spend there is
        let mut high = {
            let price = f64::MAX.sqrt();
            let relaxed = self.solve(self.problem, price)?;
            let (least, _) = self.measured(&[]);
            if least >= wanted - room {
                return Ok(self.with_floor(relaxed, price));
            }
            (price, least)
        };
        let mut low = (0.0, most);
        let mut high_plan = self.workspace.plan.clone();
        let mut low_plan: Option<Vec<f64>> = None;
        let price = whole.crossed.poured.bracket.low.price - self.workspace.top_shift();
        let mut next = if price > 0.0 && price.is_finite() { 2.0 * price } else { 1.0 };
        let mut halve = false;
        for _ in 0..MAX_STEPS {
            if low_plan.is_some() && (high.0 - low.0) * (low.1 - high.1) <= 1e-15 * low.0 * wanted || low.1 <= wanted {
                break;
            }
            let relaxed = self.solve(self.problem, next)?;
            let (response, _) = self.measured(&[]);
            let spent_all = relaxed.crossed.poured.limit == super::pour::Limit::Budget;
            let before = (low.0, high.0);
            if response >= wanted || spent_all {
                low = (next, response);
                low_plan = Some(self.workspace.plan.clone());
            } else {
                high = (next, response);
                high_plan.clone_from(&self.workspace.plan);
            }
            next = middle_price(low, high, wanted, halve);
            if !(next > low.0 && next < high.0) {
                break;
            }
            let ratio = |ends: (f64, f64)| if ends.0 > 0.0 { (ends.1 / ends.0).ln() } else { f64::INFINITY };
            halve = ratio((low.0, high.0)) > 0.5 * ratio(before);
        }
        let relaxed = self.solve(self.problem, low.0)?;
        let share = if low.1 > high.1 { ((wanted - high.1) / (low.1 - high.1)).clamp(0.0, 1.0) } else { 1.0 };
        let plan = &mut self.workspace.plan;
        if let Some(low_plan) = low_plan {
            plan.clone_from(&low_plan);
        }
        plan.iter_mut().zip(&high_plan).for_each(|(spend, high)| *spend = share.mul_add(*spend - high, *high));
        self.workspace.tidy(self.problem);
        Ok(self.with_floor(relaxed, low.0))
    }

    fn with_floor(&self, relaxed: Relaxed, floor: f64) -> Met<'p> {
        Met { relaxed, weighed: Cow::Owned(Problem { price_floor: floor, ..self.problem.clone() }), target: None }
    }

    /// A volume that the budget cannot bring: the budget that could, or the volume that there is.
    fn beyond_budget(&mut self, wanted: f64, most: f64) -> AllocateError {
        let bounded: f64 = self.problem.upper.iter().sum();
        let mut change = Change { limit: LimitRef::Volume, from: wanted, to: most };
        let more = if bounded.is_finite() { bounded } else { 1e3 * self.problem.budget };
        if more > self.problem.budget {
            let richer = Problem { budget: more, ..self.problem.clone() };
            self.workspace.prepare(&richer);
            self.workspace.narrow(&richer, self.narrowed);
            if let Ok(reached) = self.most_of(&richer) {
                change.to = reached;
                let mut start = Start::default();
                let (settings, narrowed) = (self.settings, self.narrowed);
                let workspace = &mut *self.workspace;
                let search = GoalSearch { workspace, problem: &richer, settings, start: &mut start, narrowed };
                if reached >= wanted && search.run().is_ok() {
                    change = Change { limit: LimitRef::Budget, from: self.problem.budget, to: self.spend() };
                }
            }
        }
        AllocateError::Infeasible { relaxation: Relaxation { changes: vec![change], ..Relaxation::default() } }
    }

    /// Most response of a problem.
    fn most_of(&mut self, problem: &Problem) -> Result<f64, AllocateError> {
        self.solve(problem, 0.0)?;
        Ok(self.measured(&[]).0)
    }
}

/// Next price between two: by the secant over the logs, or in the middle of these.
fn middle_price(low: (f64, f64), high: (f64, f64), wanted: f64, halve: bool) -> f64 {
    if low.0 <= 0.0 {
        return 0.25 * high.0;
    }
    let (from, to) = (low.0.ln(), high.0.ln());
    if to - from > 8.0 {
        // not bracketed closely yet
        return if high.0 > 1e100 { 4.0 * low.0 } else { f64::midpoint(from, to).exp() };
    }
    let share = if halve || low.1 <= high.1 { 0.5 } else { (low.1 - wanted) / (low.1 - high.1) };
    (to - from).mul_add(share.clamp(0.001, 0.999), from).exp()
}
