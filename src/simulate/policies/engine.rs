//! The program's own plan as a policy: the same stages as `recommend`, on what the platform reports.

use super::{PolicyError, Seen};
use crate::counts::Baseline;
use crate::estimate::{EstimateSettings, estimate};
use crate::numeric::sum::ExactSum;
use crate::recommend::{PolicySettings, plan, rest_paused};
use crate::response::{ResponseSettings, Responses, respond};

/// Settings of the stages, as the command `recommend` has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Planner {
    /// Of the estimates.
    pub estimate: EstimateSettings,
    /// Of the response curves.
    pub response: ResponseSettings,
    /// Of the plan; budget, largest change and exploration are set by the contest.
    pub policy: PolicySettings,
    /// Weeks averaged into current spend.
    pub baseline_weeks: usize,
}

/// A plan, and what it promises.
pub(super) struct Planned {
    /// Spend in an average week, account currency, within the limits. Shape: terms.
    pub(super) spend: Vec<f64>,
    /// Profit that the estimates expect of `spend` over leaving all as it is, account currency a week.
    pub(super) promised: f64,
}

impl Planned {
    /// The spends, and what they promise.
    pub(super) fn split(self) -> (Vec<f64>, Option<f64>) {
        (self.spend, Some(self.promised))
    }
}

/// What a plan takes for today's spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    /// What the levers are set to: last week's plan, for those who follow plans.
    AsSet,
    /// The mean cost of the baseline weeks, which lags behind levers that move every week.
    AsMeasured,
}

/// Plans a week.
///
/// # Errors
/// What the stages refuse.
pub(super) fn planned(
    seen: &Seen,
    planner: &Planner,
    current: Current,
    exploration: f64,
) -> Result<Planned, PolicyError> {
    let counts = seen.observation.to_counts();
    let settings = PolicySettings { budget: Some(seen.limits.budget), exploration, ..planner.policy.clone() };
    let mut baseline = Baseline::new(&counts, planner.baseline_weeks);
    rest_paused(&counts, &mut baseline, &settings);
    let posterior = estimate(&counts, &planner.estimate)?;
    let mut responses = respond(&counts, &baseline, seen.limits.budget, &planner.response.exploring(exploration));
    if current == Current::AsSet {
        responses.set_to(seen.spend, seen.before, planner.response.trusted_change);
    }
    let plan = plan(&counts, &baseline, &posterior, &responses, seen.limits.budget, &settings)?;
    let wanted: Vec<f64> = plan.rows.iter().map(|row| row.recommended_spend).collect();
    let worth: Vec<f64> = plan
        .rows
        .iter()
        .map(|row| {
            let revenue = row.revenue_plan.filter(|_| row.clicks_plan > 0.0).map(|revenue| revenue / row.clicks_plan);
            let now = row.revenue_now.filter(|_| row.clicks_now > 0.0).map(|revenue| revenue / row.clicks_now);
            let margin = counts.terms[row.index].margin.or(settings.margin).unwrap_or(1.0);
            margin * revenue.or(now).unwrap_or(0.0)
        })
        .collect();
    let spend = seen.limits.within(&wanted);
    let promised = gain(&responses, &worth, seen.spend, &spend);
    Ok(Planned { spend, promised })
}

/// Profit of `after` over `before` by curves and worth of a click, account currency a week.
fn gain(responses: &Responses, worth: &[f64], before: &[f64], after: &[f64]) -> f64 {
    let profit = |term: usize, spend: f64| worth[term].mul_add(responses.clicks(term, spend), -spend);
    (0..worth.len()).map(|term| profit(term, after[term]) - profit(term, before[term])).collect::<ExactSum>().value()
}
