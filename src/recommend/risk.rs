//! Uncertainty inside the plan: risk over the posterior draws, and money spent on learning.

use super::draws::Draws;
use super::items::Items;
use super::{PolicySettings, RecommendError, RiskKind};
use crate::allocate::{
    self, Allocation, AllocatorSettings, Binding, Outlook, Problem, Risk, allocate_with_risk, explore,
};
use crate::domain::{Notes, stable_hash};
use serde::Serialize;

/// How uncertainty entered the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RiskSummary {
    /// `expected`, `tail-mean` or `mean-variance`.
    pub kind: RiskKind,
    /// Share of the worst draws behind `tail_mean`.
    pub tail: Option<f64>,
    /// `mean-variance`: the plan makes most of `mean − aversion/2 · variance`, so half of it is the objective given up for a unit of its variance.
    pub aversion: Option<f64>,
    /// How the objective of the plan spreads over the draws; `None` for the expected objective.
    pub plan: Option<Spread>,
    /// The same for the plan with the highest expectation: the difference is what caution costs and buys.
    pub expected_plan: Option<Spread>,
}

/// Spread of an objective over posterior draws of rates and values, in the objective's units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Mean over the draws.
    pub mean: f64,
    /// Mean of the worst draws.
    pub tail_mean: f64,
    /// Standard deviation over the draws.
    pub deviation: f64,
}

impl From<Outlook> for Spread {
    fn from(outlook: Outlook) -> Self {
        Self { mean: outlook.mean, tail_mean: outlook.tail_mean, deviation: outlook.deviation }
    }
}

/// Money spent on learning: part of the plan follows one posterior draw instead of the expectation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ExplorationSummary {
    /// Share of the budget.
    pub share: f64,
    /// Which posterior draw it follows, from 0; another one each period, chosen by the last day of the data.
    pub draw: usize,
    /// Terms that get more than without it.
    pub terms: usize,
    /// Money that lies elsewhere than in the plan without exploration.
    pub moved: f64,
    /// What it costs today: expected objective without less expected objective with it.
    pub expected_cost: f64,
    /// What it can buy: the objective a period that knowing rates and values for certain would add, on
    /// average over the draws. No learning ever earns more than this in a period.
    pub perfect_information: f64,
}

/// The continuous plan, risk and exploration included.
pub(super) struct Weighed {
    pub(super) allocation: Allocation,
    pub(super) risk: RiskSummary,
    pub(super) exploration: Option<ExplorationSummary>,
}

/// Applies risk and exploration to the plan with the highest expectation; `period` names the period planned from.
///
/// The draws that risk weighs are those of rates and values behind the intervals; elasticities stay at their
/// point, as they do in the plan itself.
///
/// # Errors
/// Too many terms for a matrix of draws; goals that are not solved together with risk or exploration.
pub(super) fn weigh(
    items: &Items,
    problem: &Problem,
    expected: Allocation,
    draws: Option<&Draws>,
    period: &str,
    settings: &PolicySettings,
    notes: &mut Notes,
) -> Result<Weighed, RecommendError> {
    let mut weighed = Weighed {
        allocation: expected,
        risk: RiskSummary { kind: settings.risk.kind, ..RiskSummary::default() },
        exploration: None,
    };
    let risk = match settings.risk.kind {
        RiskKind::Expected => None,
        RiskKind::TailMean => Some(Risk::TailMean { tail: settings.risk.tail }),
        RiskKind::MeanVariance => Some(Risk::MeanVariance { aversion: settings.risk.aversion }),
    };
    if risk.is_none() && settings.exploration <= 0.0 {
        return Ok(weighed);
    }
    let Some(draws) = draws else {
        let key = if risk.is_some() { "risk.kind" } else { "exploration.share" };
        return Err(RecommendError::TooManyTerms { key, terms: problem.curves.len() });
    };
    let factors = allocate::Draws { count: draws.count, factors: draws.factors(items) };
    let solver = AllocatorSettings::default();
    if let Some(risk) = risk {
        let plan = allocate_with_risk(problem, &factors, risk, &solver)?;
        weighed.risk = RiskSummary {
            kind: settings.risk.kind,
            tail: Some(plan.tail),
            aversion: (settings.risk.kind == RiskKind::MeanVariance).then_some(settings.risk.aversion),
            plan: Some(plan.outlook.into()),
            expected_plan: Some(plan.expected_outlook.into()),
        };
        let certificate = &mut weighed.allocation.certificate;
        certificate.status = plan.status;
        certificate.objective = plan.utility;
        certificate.upper_bound = plan.upper_bound;
        certificate.relative_gap = plan.relative_gap;
        certificate.iterations = plan.iterations;
        weighed.allocation.unallocated = plan.unallocated;
        follow(&mut weighed.allocation, problem, plan.spend);
    }
    if settings.exploration > 0.0 {
        let draw = draw_of(period, draws.count);
        let found = explore(problem, &weighed.allocation, &factors, settings.exploration, draw, &solver)?;
        let summary = ExplorationSummary {
            share: settings.exploration,
            draw,
            terms: found.raised.len(),
            moved: found.moved,
            expected_cost: found.expected_cost,
            perfect_information: found.perfect_information,
        };
        notes.add(
            "exploration",
            summary.terms,
            format!(
                "terms get more than they are expected to be worth, to learn what they are worth: {:.2} of the budget goes elsewhere than without exploration, at an expected cost of {:.2} of the objective; knowing all rates and values would add {:.2}",
                summary.moved, summary.expected_cost, summary.perfect_information
            ),
        );
        weighed.exploration = Some(summary);
        weighed.allocation.unallocated = found.unallocated;
        follow(&mut weighed.allocation, problem, found.spend);
    }
    Ok(weighed)
}

/// The draw that a period explores with.
fn draw_of(period: &str, count: usize) -> usize {
    usize::try_from(stable_hash(&["exploration", period]) % count.max(1) as u64).unwrap_or(0)
}

/// Puts an allocation at other spends: responses, slopes and bounds follow.
fn follow(allocation: &mut Allocation, problem: &Problem, spend: Vec<f64>) {
    for (term, &spend) in spend.iter().enumerate() {
        allocation.response[term] = problem.curves[term].value(spend);
        allocation.marginal[term] = problem.curves[term].marginal(spend);
        allocation.binding[term] = Binding::of(spend, problem.lower[term], problem.upper[term]);
    }
    allocation.spend = spend;
}
