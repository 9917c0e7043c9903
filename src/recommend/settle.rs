//! The split itself: the problem posed, solved with risk and exploration, and put into whole steps of money.
//!
//! In: posterior, curves, budget and settings. Out: [`Settled`], which rows, summaries and scenarios are made from.

use super::binding::Holds;
use super::draws::Draws;
use super::goal::{Aim, worth_of_target};
use super::items::{Items, resolve_objective};
use super::limit_rows::Table;
use super::policy::states;
use super::posed::{Ground, Posed};
use super::risk::{Weighed, weigh};
use super::steps::round;
use super::{ExplorationSummary, GoalSummary, LimitRow, PolicySettings, RecommendError, RiskSummary};
use crate::allocate::{Allocation, Certificate, Problem, Rounded, violation};
use crate::counts::Counts;
use crate::domain::{Notes, Objective};
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;

/// What is to be planned.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) counts: &'a Counts,
    pub(super) posterior: &'a Posterior,
    pub(super) responses: &'a Responses,
    /// Money, whole cents, as [`super::resolve_budget`] gives it.
    pub(super) budget: f64,
    pub(super) settings: &'a PolicySettings,
}

impl Ask<'_> {
    /// The terms with what a click of each is worth.
    ///
    /// # Errors
    /// Data that cannot serve the objective.
    pub(super) fn items(&self, notes: &mut Notes) -> Result<Items, RecommendError> {
        let Self { counts, posterior, responses, settings, .. } = *self;
        let objective = resolve_objective(counts, posterior.value.is_some(), settings);
        let chosen = settings.objective.is_some() || settings.targets.conversions.is_some();
        notes.add(
            "margin-unused",
            usize::from(objective == Objective::Conversions && !chosen && settings.margin.is_some()),
            "a margin was given and the data have no revenue per conversion: it is not used",
        );
        let other = |margin: f64, own: f64| (own - margin).abs() > 1e-9;
        let own = |margin| counts.terms.iter().filter(|term| term.margin.is_some_and(|own| other(margin, own))).count();
        notes.add(
            "margin-of-the-data",
            settings.margin.map_or(0, own),
            "terms have another margin in the data (column `margin`) than the one given (`--margin`, `plan.margin`): theirs holds, and the one given is for terms without; `--map margin=ignore` leaves the column out",
        );
        Items::new(counts, posterior, responses, objective, settings, notes)
    }
}

/// A plan, in whole steps.
pub(super) struct Settled {
    pub(super) aim: Aim,
    pub(super) posed: Posed,
    /// The continuous plan.
    pub(super) allocation: Allocation,
    pub(super) risk: RiskSummary,
    pub(super) exploration: Option<ExplorationSummary>,
    /// Whether it is the best for the expected responses: neither risk nor exploration moved it.
    pub(super) optimal: bool,
    pub(super) rounded: Rounded,
    /// Sum of the spends, money.
    pub(super) total: f64,
    /// Money to be split, and what is left of it.
    pub(super) budget: f64,
    pub(super) unallocated: f64,
}

/// Splits the budget.
///
/// # Errors
/// Limits that cannot be met, goals that are not solved together with risk or exploration.
pub(super) fn settle(
    ask: &Ask,
    items: &Items,
    draws: Option<&Draws>,
    notes: &mut Notes,
) -> Result<Settled, RecommendError> {
    let Ask { counts, responses, budget, settings, .. } = *ask;
    let aim = Aim::new(items.objective, settings)?;
    let state = states(counts, &responses.current_spend, &responses.free_clicks, settings, notes);
    let ground = Ground { counts, responses, items, aim: &aim, state: &state, settings };
    let posed = ground.pose(budget, notes)?;
    let expected = ground.solve(&posed, budget)?;
    posed.limits.tell(counts, notes);
    let period = counts.calendar.as_of.map(|date| date.to_string()).unwrap_or_default();
    let weighed =
        weigh(items, &posed.problem, expected, draws, &period, settings, notes).map_err(|error| match error {
            RecommendError::Allocate(error) => ground.explain(&posed, budget, error),
            other => other,
        })?;
    let Weighed { allocation, risk, exploration } = weighed;
    let optimal = risk.plan.is_none() && exploration.is_none();
    let rounded = round(&posed.problem, &allocation, settings.step, optimal);
    notes.add("bounds-without-cents", rounded.outside_bounds.len(), outside_words(settings.step));
    let outside = ground.names(&posed, &rounded.outside_limits);
    notes.add(
        "limits-between-steps",
        outside.len(),
        format!(
            "limits that the plan misses by what rounding to steps of {:.2} takes: {}",
            settings.step,
            outside.join(", ")
        ),
    );
    let total = rounded.spend.iter().copied().collect::<ExactSum>().value();
    // without a budget the plan asks for exactly what it spends
    let (budget, unallocated) =
        if aim.open { (settings.coin.round(total), 0.0) } else { (budget, rounded.unallocated) };
    Ok(Settled { aim, posed, allocation, risk, exploration, optimal, rounded, total, budget, unallocated })
}

impl Settled {
    /// Spend of each term, money. Shape: terms.
    pub(super) fn spend(&self) -> &[f64] {
        &self.rounded.spend
    }

    /// What holds terms.
    pub(super) fn holds(&self) -> Holds<'_> {
        let Posed { limits, sums, problem } = &self.posed;
        Holds { limits, sums, allocation: &self.allocation, turnover: problem.turnover.as_ref() }
    }

    /// The certificate of the plan that is written.
    pub(super) fn certificate(&self) -> Certificate {
        let problem = &self.posed.problem;
        let mut certificate = self.allocation.certificate.clone();
        certificate.max_violation = violation(problem, self.spend());
        // a plan that weighs risk or explores is certified by another measure than the expectation that rounding keeps
        let before = if self.optimal { certificate.objective } else { expectation(problem, &self.allocation.spend) };
        certificate.rounding_loss = Some(self.rounded.loss + before - certificate.objective);
        certificate
    }

    /// One row per limit that terms share; `current` is the spend now, `budget_worth` what one unit more of budget gains, and one less loses. Shape of
    /// `current`: terms.
    pub(super) fn limit_rows(
        &self,
        goal: &GoalSummary,
        current: &[f64],
        total: f64,
        budget_worth: [Option<f64>; 2],
        settings: &PolicySettings,
    ) -> Vec<LimitRow> {
        let Posed { sums, problem, .. } = &self.posed;
        let table = Table {
            aim: &self.aim,
            goal,
            sums,
            allocation: &self.allocation,
            spend: self.spend(),
            total,
            current,
            budget: self.budget,
            unallocated: self.unallocated,
            budget_worth,
            turnover: problem.turnover.as_ref(),
            target_worth: if self.optimal { worth_of_target(problem, &self.allocation) } else { None },
            settings,
        };
        table.rows()
    }
}

/// Expected objective of a plan, net of the floor and of what moving costs.
fn expectation(problem: &Problem, spend: &[f64]) -> f64 {
    spend.iter().enumerate().map(|(at, &x)| problem.net(at, x)).collect::<ExactSum>().value()
}

/// What a plan outside its bounds is told as.
fn outside_words(step: f64) -> String {
    if step > 0.01 {
        format!(
            "terms whose bounds hold no multiple of {step:.2}: they are planned at the nearest, less than {step:.2} outside"
        )
    } else {
        "terms whose bounds hold no whole cent: they are planned at the nearest, less than a cent outside".to_owned()
    }
}
