//! What is wanted of the plan, as the allocator understands it.
//!
//! # Formula
//! ```text
//! target ROAS ρ:   Σ revenueᵢ(xᵢ) ≥ ρ · Σ xᵢ          target CPA c:   Σ conversionsᵢ(xᵢ) ≥ Σ xᵢ / c
//! wanted volume C: least Σ xᵢ with Σ conversionsᵢ(xᵢ) ≥ C
//! ```
//! The sums are over everything that the account spends and earns under the plan: fixed terms, and clicks
//! that cost nothing, count too, as they do in the ROAS or CPA that the account reports. A target is an
//! average; what the last unit of money has to return is `min_marginal_return`, which for profit is at
//! least the 1 that it costs.

use super::items::Items;
use super::{Outcome, PolicySettings, RecommendError};
use crate::allocate::{Allocation, AllocatorSettings, Binding, Goal, Problem, allocate};
use crate::domain::{Notes, Objective, metrics};
use crate::numeric::sum::ExactSum;
use crate::response::{Curve, Responses};
use serde::Serialize;

/// What kind of goal a plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GoalKind {
    /// Most of the objective for the budget.
    #[default]
    MostResponse,
    /// Most of the objective whose average return is at least the target.
    TargetRoas,
    /// Most of the objective whose cost per conversion is at most the target.
    TargetCpa,
    /// Least spend that brings the conversions.
    WantedConversions,
}

impl GoalKind {
    /// The goal in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MostResponse => "most response",
            Self::TargetRoas => "target ROAS",
            Self::TargetCpa => "target CPA",
            Self::WantedConversions => "wanted conversions",
        }
    }
}

/// The goal of a plan, and how far it is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct GoalSummary {
    /// What kind of goal it is.
    pub kind: GoalKind,
    /// The figure wanted: revenue per money, money per conversion, or conversions; `None` without a target.
    pub target: Option<f64>,
    /// That figure at current spends.
    pub now: Option<f64>,
    /// That figure under the plan.
    pub planned: Option<f64>,
    /// Least return of the last unit of money, in the objective's units (1 for profit by itself).
    pub min_marginal_return: Option<f64>,
}

/// The goal, ready for the allocator.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aim {
    pub(super) kind: GoalKind,
    pub(super) target: Option<f64>,
    pub(super) price_floor: f64,
    /// Whether the budget is a cap that need not be spent.
    pub(super) cap: bool,
    /// Whether no budget was given and none is needed: the least spend for a volume.
    pub(super) open: bool,
    min_marginal_return: Option<f64>,
}

/// Spend that stands for none, money: a term whose clicks cost nothing is held at it, so that what it brings
/// is part of the average. Far below any rounding of any budget.
pub(super) const NO_SPEND: f64 = 1e-150;

impl Aim {
    pub(super) fn new(objective: Objective, settings: &PolicySettings) -> Result<Self, RecommendError> {
        let targets = &settings.targets;
        let given = [
            (GoalKind::TargetRoas, targets.roas),
            (GoalKind::TargetCpa, targets.cpa),
            (GoalKind::WantedConversions, targets.conversions),
        ];
        let mut given = given.into_iter().filter_map(|(kind, target)| Some((kind, target?)));
        let first = given.next();
        if let (Some((one, _)), Some((other, _))) = (first, given.next()) {
            return Err(RecommendError::Goals { one: one.name(), other: other.name() });
        }
        if targets.conversions.is_some() && objective != Objective::Conversions {
            return Err(RecommendError::VolumeObjective { objective: objective.name() });
        }
        let own: f64 = if objective == Objective::Profit { 1.0 } else { 0.0 };
        Ok(Self {
            kind: first.map_or(GoalKind::MostResponse, |(kind, _)| kind),
            target: first.map(|(_, target)| target),
            price_floor: own.max(targets.min_marginal_return.unwrap_or(0.0)),
            cap: objective == Objective::Profit || targets.any(),
            open: targets.conversions.is_some() && settings.budget.is_none(),
            min_marginal_return: targets.min_marginal_return,
        })
    }

    /// The same without a target: for a part of a plan that reaches it as a whole.
    pub(super) fn without_target(&self) -> Self {
        Self { kind: GoalKind::MostResponse, target: None, open: false, ..self.clone() }
    }

    /// Sets goal and floor of a problem; the curves are the items'.
    ///
    /// # Errors
    /// A target that needs revenue where the data have none.
    pub(super) fn apply(
        &self,
        problem: &mut Problem,
        items: &Items,
        responses: &Responses,
        notes: &mut Notes,
    ) -> Result<(), RecommendError> {
        problem.price_floor = self.price_floor;
        let Some(target) = self.target else { return Ok(()) };
        if self.kind == GoalKind::WantedConversions {
            let free = items.free_conversions(responses);
            problem.goal = Goal::Volume { response: (target - free).max(0.0) };
            return Ok(());
        }
        if self.kind == GoalKind::TargetRoas && !items.has_value() {
            return Err(RecommendError::NoRevenue { objective: "target ROAS" });
        }
        let ratio = if self.kind == GoalKind::TargetRoas { target } else { 1.0 / target };
        let terms = problem.curves.len();
        let measure: Vec<f64> = (0..terms).map(|term| self.measure(items, term, items.value(term))).collect();
        let without = measure.iter().filter(|measure| **measure <= 0.0).count();
        notes.add(
            "not-in-target",
            without,
            "terms with a margin or value of zero: the plan does not count what they bring toward the target, so that it is met with more to spare",
        );
        // one and the same unit of money: nothing to convert
        let same = self.kind == GoalKind::TargetRoas && items.objective == Objective::Revenue
            || self.kind == GoalKind::TargetCpa && items.objective == Objective::Conversions;
        problem.goal = Goal::AverageReturn { ratio, measure: if same { Vec::new() } else { measure } };
        for term in (0..terms).filter(|&term| responses.free_clicks[term] > 0.0) {
            let free = responses.free_clicks[term] * items.weight(term);
            if problem.lower[term] <= 0.0 && problem.upper[term] <= 0.0 && free > 0.0 {
                problem.curves[term] = Curve::Points(vec![(NO_SPEND, free)].into());
                problem.lower[term] = NO_SPEND;
                problem.upper[term] = NO_SPEND;
            }
        }
        Ok(())
    }

    /// What one unit of a term's objective is in the target's measure, where a conversion is worth `value`.
    pub(super) fn measure(&self, items: &Items, term: usize, value: f64) -> f64 {
        let worth = match items.objective {
            Objective::Conversions => 1.0,
            Objective::Revenue => value,
            Objective::Profit => value * items.margin[term].unwrap_or(0.0),
        };
        let wanted = if self.kind == GoalKind::TargetRoas { value } else { 1.0 };
        if worth > 0.0 { wanted / worth } else { 0.0 }
    }

    /// The goal's figure for an outcome at a spend.
    pub(super) fn figure(&self, outcome: &Outcome, spend: f64) -> Option<f64> {
        match self.kind {
            GoalKind::MostResponse => None,
            GoalKind::TargetRoas => outcome.revenue.and_then(|revenue| metrics::roas(revenue, spend)),
            GoalKind::TargetCpa => metrics::cpa(spend, outcome.conversions),
            GoalKind::WantedConversions => Some(outcome.conversions),
        }
    }

    /// Whether a figure misses the target by more than what does not show: a ten-thousandth of it.
    pub(super) fn misses(&self, figure: Option<f64>) -> bool {
        let Some((target, figure)) = self.target.zip(figure) else { return false };
        match self.kind {
            GoalKind::MostResponse => false,
            GoalKind::TargetCpa => figure > target * 1.0001,
            GoalKind::TargetRoas | GoalKind::WantedConversions => figure < target * 0.9999,
        }
    }

    pub(super) fn summary(&self, now: (&Outcome, f64), planned: (&Outcome, f64)) -> GoalSummary {
        GoalSummary {
            kind: self.kind,
            target: self.target,
            now: self.figure(now.0, now.1),
            planned: self.figure(planned.0, planned.1),
            min_marginal_return: self.min_marginal_return,
        }
    }
}

/// The problem as rounding sees it, which takes a spend that stands for none for none: what comes for free is
/// taken off the target instead, at the plan's own spend. With it, the response of what comes for free.
pub(super) fn without_free(problem: &Problem, allocation: &Allocation) -> Option<(Problem, f64)> {
    let Goal::AverageReturn { ratio, measure } = &problem.goal else { return None };
    let free: Vec<usize> = (0..problem.curves.len())
        .filter(|&term| problem.upper[term] > 0.0 && problem.upper[term] <= NO_SPEND)
        .collect();
    let spend = allocation.spend.iter().copied().collect::<ExactSum>().value();
    if free.is_empty() || spend <= 0.0 {
        return None;
    }
    let response = |term: usize| problem.curves[term].value(NO_SPEND);
    let measured = |term: usize| response(term) * measure.get(term).copied().unwrap_or(1.0);
    let come = free.iter().map(|&term| measured(term)).collect::<ExactSum>().value();
    let goal = Goal::AverageReturn { ratio: (ratio - come / spend).max(0.0), measure: measure.clone() };
    let mut rest = Problem { goal, ..problem.clone() };
    for &term in &free {
        (rest.lower[term], rest.upper[term]) = (0.0, 0.0);
    }
    Some((rest, free.into_iter().map(response).collect::<ExactSum>().value()))
}

/// What the objective gains where a target gives way by one unit of its measure (of revenue, or of
/// conversions), by solving once more with a target that is a ten-thousandth lower; `None` without one.
pub(super) fn worth_of_target(problem: &Problem, allocation: &Allocation) -> Option<f64> {
    /// Far above the rounding of an objective and far below what bends its course.
    const PART: f64 = 1e-4;
    let Goal::AverageReturn { ratio, measure } = &problem.goal else { return None };
    let goal = Goal::AverageReturn { ratio: ratio * (1.0 - PART), measure: measure.clone() };
    let relaxed = allocate(&Problem { goal, ..problem.clone() }, &AllocatorSettings::default()).ok()?;
    let spend = relaxed.spend.iter().copied().collect::<ExactSum>().value();
    metrics::ratio(relaxed.certificate.objective - allocation.certificate.objective, PART * ratio * spend)
        .map(|worth| worth.max(0.0))
}

/// The price of money in the objective's units: the solver's, but for a target in another measure, which gives
/// every term a price of its own: then the median of what the last unit earns where no bound holds a term.
pub(super) fn price_of_money(problem: &Problem, allocation: &Allocation, floor: f64) -> f64 {
    let own = allocation.certificate.lambda.unwrap_or(floor);
    match &problem.goal {
        Goal::AverageReturn { measure, .. } if !measure.is_empty() => {
            let inside = allocation.binding.iter().zip(&allocation.marginal);
            let mut marginal: Vec<f64> = inside
                .filter(|(binding, marginal)| **binding == Binding::None && marginal.is_finite())
                .map(|(_, marginal)| *marginal)
                .collect();
            marginal.sort_by(f64::total_cmp);
            marginal.get(marginal.len() / 2).copied().unwrap_or(own)
        }
        _ => own,
    }
}

/// Most that the terms can take together, in whole cents: the cap where no budget is given.
pub(super) fn most(upper: &[f64]) -> f64 {
    let total = upper.iter().copied().collect::<ExactSum>().value();
    (total * 100.0).ceil().max(1.0) / 100.0
}
