//! The plan as a whole: sums, intervals, and how sure it is to be better.

use super::goal::Aim;
use super::items::Items;
use super::uncertainty::{Judged, interval};
use super::{
    DecisionSummary, Differences, ExplorationSummary, Limits, Outcome, PlanSummary, PolicySettings, RiskSummary,
};
use crate::allocate::Certificate;
use crate::domain::{Objective, metrics};
use crate::numeric::sum::ExactSum;
use crate::response::Responses;

/// What the summary is made from.
pub(super) struct Whole<'a> {
    pub(super) items: &'a Items,
    pub(super) responses: &'a Responses,
    pub(super) limits: &'a Limits,
    pub(super) aim: &'a Aim,
    pub(super) settings: &'a PolicySettings,
    pub(super) weekly: bool,
    /// Budget and what is left of it, money.
    pub(super) budget: f64,
    pub(super) unallocated: f64,
    pub(super) risk: RiskSummary,
    pub(super) exploration: Option<ExplorationSummary>,
    pub(super) decisions: Option<DecisionSummary>,
}

/// The spends that a plan is compared with: profit is net of spend, so any two plans compare; conversions and
/// revenue only at equal spend.
pub(super) fn compared(objective: Objective, current: &[f64], spend: &[f64]) -> Vec<f64> {
    let total = |spend: &[f64]| spend.iter().copied().collect::<ExactSum>().value();
    let now = total(current);
    let scale = if objective == Objective::Profit || now <= 0.0 { 1.0 } else { total(spend) / now };
    current.iter().map(|spend| spend * scale).collect()
}

impl Whole<'_> {
    /// Intervals of plan less now in the same draws; `spends` are of the plan and of now.
    fn differences(&self, judged: &Judged, (planned, now): (f64, f64)) -> Differences {
        let of = |figure: &dyn Fn(&Outcome, f64) -> Option<f64>| {
            let pairs = judged.planned.iter().zip(&judged.now);
            let own: Option<Vec<f64>> =
                pairs.map(|(plan, current)| Some(figure(plan, planned)? - figure(current, now)?)).collect();
            interval(own?, self.settings.level)
        };
        Differences {
            clicks: of(&|outcome, _| Some(outcome.clicks)),
            conversions: of(&|outcome, _| Some(outcome.conversions)),
            revenue: of(&|outcome, _| outcome.revenue),
            profit: of(&|outcome, _| outcome.profit),
            cpa: of(&|outcome, spend| metrics::cpa(spend, outcome.conversions)),
            roas: of(&|outcome, spend| metrics::roas(outcome.revenue?, spend)),
        }
    }

    pub(super) fn summary(&self, spend: &[f64], certificate: Certificate, judged: &Judged) -> PlanSummary {
        let objective = self.items.objective;
        let current = &self.responses.current_spend;
        let total = spend.iter().copied().collect::<ExactSum>().value();
        let current_total = current.iter().copied().collect::<ExactSum>().value();
        let level = self.settings.level;
        let differences: Option<Vec<f64>> = judged
            .planned
            .iter()
            .zip(&judged.compared)
            .map(|(plan, now)| Some(plan.of(objective)? - now.of(objective)?))
            .collect();
        let (mut gain, mut better) = (None, None);
        let mut pairs = compared(objective, current, spend).into_iter().zip(spend);
        // largest difference of two spends that are the same but for rounding
        let rounding = self.settings.coin.step() + 1e-9;
        let changes_nothing = pairs.all(|(now, spend)| (now - spend).abs() <= rounding);
        if let Some(differences) = differences.filter(|differences| !differences.is_empty() && !changes_nothing) {
            let above = differences.iter().filter(|difference| **difference > 0.0).count();
            better = Some(above as f64 / differences.len() as f64);
            gain = interval(differences, level);
        }
        let differences = (!changes_nothing).then(|| self.differences(judged, (total, current_total)));
        let bands = outcome_interval(&judged.planned, level);
        let now = self.items.outcome(self.responses, current);
        let planned = self.items.outcome(self.responses, spend);
        PlanSummary {
            objective,
            goal: self.aim.summary((&now, current_total), (&planned, total)),
            budget: self.budget,
            spend: total,
            unallocated: self.unallocated,
            current_spend: current_total,
            weekly: self.weekly,
            now,
            planned,
            planned_p05: bands.map(|(lower, _)| lower),
            planned_p95: bands.map(|(_, upper)| upper),
            gain_p05: gain.map(|(lower, _)| lower),
            gain_p95: gain.map(|(_, upper)| upper),
            differences,
            probability_better: better,
            changes_nothing,
            compared_with: if objective == Objective::Profit {
                "the current split at its current spend"
            } else {
                "the current split scaled to the plan's spend"
            },
            level,
            margin: self.settings.margin,
            max_change: self.settings.max_change,
            change_reference: self.limits.change_reference,
            change_factors: [self.limits.down_reference, self.limits.up_reference],
            step: self.settings.step,
            risk: self.risk,
            exploration: self.exploration,
            decisions: self.decisions,
            bids: None,
            certificate,
        }
    }
}

pub(super) fn outcome_interval(outcomes: &[Outcome], level: f64) -> Option<(Outcome, Outcome)> {
    let of = |pick: fn(&Outcome) -> Option<f64>| interval(outcomes.iter().map(pick).collect::<Option<_>>()?, level);
    let clicks = of(|outcome| Some(outcome.clicks))?;
    let conversions = of(|outcome| Some(outcome.conversions))?;
    let (revenue, profit) = (of(|outcome| outcome.revenue), of(|outcome| outcome.profit));
    let end = |pick: fn((f64, f64)) -> f64| Outcome {
        clicks: pick(clicks),
        conversions: pick(conversions),
        revenue: revenue.map(pick),
        profit: profit.map(pick),
    };
    Some((end(|(lower, _)| lower), end(|(_, upper)| upper)))
}
