//! The stage itself: posterior and curves → items → allocation → rows.

use super::campaigns::roll_up;
use super::frontier::frontier;
use super::items::{Items, resolve_objective};
use super::levers::{Move, lever};
use super::policy::{cents, current_budget, states};
use super::reason::{Circumstance, reason};
use super::uncertainty::{Draws, Resolved, interval};
use super::{Action, Limits, Outcome, Plan, PlanSummary, PolicySettings, RecommendError, Recommendation};
use crate::allocate::{Allocation, AllocatorSettings, Problem, allocate, round_to_step};
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::{Notes, Objective, State, metrics};
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;

/// The budget: as asked, else the current spend of the terms that may be funded, in whole cents.
///
/// # Errors
/// No cost column, a budget not above zero or not in whole cents, nothing spent.
pub fn resolve_budget(counts: &Counts, baseline: &Baseline, settings: &PolicySettings) -> Result<f64, RecommendError> {
    if counts.cells.cost.is_none() {
        return Err(RecommendError::NoCost);
    }
    let Some(budget) = settings.budget else {
        let state = states(counts, &baseline.spend, &baseline.clicks, settings, &mut Notes::default());
        let current = current_budget(&baseline.spend, &state);
        return if current > 0.0 { whole_cents(current) } else { Err(RecommendError::NothingSpent) };
    };
    if !(budget > 0.0 && budget.is_finite()) {
        return Err(RecommendError::Budget { budget });
    }
    whole_cents(budget)
}

/// The largest budget: its cents are whole in `f64` with room for sums.
const LARGEST_BUDGET: f64 = 1e12;

fn whole_cents(budget: f64) -> Result<f64, RecommendError> {
    if budget > LARGEST_BUDGET {
        return Err(RecommendError::BudgetTooLarge { budget });
    }
    // 1e-6 of a cent is far above the rounding of decimal notation and far below a mistake
    if budget.mul_add(100.0, -(budget * 100.0).round()).abs() > 1e-6_f64.max(budget * 1e-13) || cents(budget) <= 0.0 {
        return Err(RecommendError::BudgetCents { budget });
    }
    Ok(cents(budget))
}

/// Makes the plan for a `budget` from [`resolve_budget`].
///
/// # Errors
/// Data that cannot serve the objective, limits that cannot be met; see [`RecommendError`].
pub fn plan(
    counts: &Counts,
    baseline: &Baseline,
    posterior: &Posterior,
    responses: &Responses,
    budget: f64,
    settings: &PolicySettings,
) -> Result<Plan, RecommendError> {
    let mut notes = Notes::default();
    let objective = resolve_objective(counts, posterior.value.is_some(), settings);
    let unused = objective == Objective::Conversions && settings.objective.is_none() && settings.margin.is_some();
    notes.add(
        "margin-unused",
        usize::from(unused),
        "a margin was given and the data have no revenue per conversion: it is not used",
    );
    let items = Items::new(counts, posterior, responses, objective, settings)?;
    let state = states(counts, &responses.current_spend, &responses.free_clicks, settings, &mut notes);
    let limits = Limits::new(counts, responses, state, budget, objective, settings)?;
    let problem = Problem {
        curves: items.curves.clone(),
        lower: limits.lower.clone(),
        upper: limits.upper.clone(),
        budget,
        price_floor: items.price_floor,
        ..Problem::default()
    };
    let allocation = allocate(&problem, &AllocatorSettings::default())?;
    let rounded = round_to_step(&problem, &allocation, 0.01);
    notes.add(
        "bounds-without-cents",
        rounded.outside_bounds.len(),
        "terms whose bounds hold no whole cent: they are planned at the nearest, less than a cent outside",
    );
    let reference = limits.reference(&responses.current_spend, objective);
    let draws = Draws::new(counts, posterior, responses, settings.draws, settings.elasticity_sd, settings.seed);
    if draws.is_none() {
        notes.add(
            "no-draws",
            counts.terms.len(),
            "too many terms for posterior draws: intervals of the plan are empty",
        );
    }
    let price = allocation.certificate.lambda.unwrap_or(items.price_floor);
    let resolved = draws.as_ref().map(|draws| draws.resolve(&items, responses, &problem, &reference, price));
    let work = Work { counts, posterior, responses, items: &items, limits: &limits, settings };
    let mut rows = work.rows(&allocation, &rounded.spend, &reference, draws.as_ref(), resolved.as_ref());
    let groups = Groups::by_campaign(counts);
    let days = baseline.weekly.then_some(7.0);
    let campaigns = roll_up(counts, &groups, &rows, days);
    work.set_levers(&mut rows, &groups, &campaigns);
    let totals = counts.totals();
    let account_rate = metrics::cvr(totals.conversions, totals.clicks);
    let circumstance = Circumstance { objective, price, account_rate };
    for row in &mut rows {
        row.reason = reason(row, circumstance);
    }
    let summary = work.summary(budget, baseline.weekly, &allocation, &rounded, draws.as_ref());
    let current = responses.current_spend.iter().copied().collect::<ExactSum>().value();
    let points = frontier(&items, responses, &limits, draws.as_ref(), current.max(budget), settings.level)?;
    Ok(Plan { rows, campaigns, summary, frontier: points, notes })
}

/// Puts paused terms at rest: what they spent is past, so they start from zero and stay there. Says how
/// much it was.
pub fn rest_paused(counts: &Counts, baseline: &mut Baseline, settings: &PolicySettings) {
    let state = states(counts, &baseline.spend, &baseline.clicks, settings, &mut Notes::default());
    let (mut past, mut with_spend) = (ExactSum::default(), 0);
    for (term, _) in state.iter().enumerate().filter(|(_, state)| **state == State::Paused) {
        past.add(baseline.spend[term]);
        with_spend += usize::from(baseline.spend[term] > 0.0);
        baseline.spend[term] = 0.0;
        baseline.clicks[term] = 0.0;
    }
    baseline.notes.add(
        "paused-with-spend",
        with_spend,
        format!(
            "paused terms had spend in the baseline, {:.2} together: they are kept at zero, and it is not part of current spend",
            past.value()
        ),
    );
}

struct Work<'a> {
    counts: &'a Counts,
    posterior: &'a Posterior,
    responses: &'a Responses,
    items: &'a Items,
    limits: &'a Limits,
    settings: &'a PolicySettings,
}

impl Work<'_> {
    fn rows(
        &self,
        allocation: &Allocation,
        spend: &[f64],
        reference: &[f64],
        draws: Option<&Draws>,
        resolved: Option<&Resolved>,
    ) -> Vec<Recommendation> {
        let clicks_seen = self.counts.by_term(&self.counts.cells.clicks);
        let conversions_seen = self.counts.by_term(&self.counts.cells.conversions);
        (0..spend.len())
            .map(|term| {
                let attributes = &self.counts.terms[term];
                let (current, planned) = (self.responses.current_spend[term], spend[term]);
                let state = self.limits.state[term];
                let now = self.items.term_outcome(self.responses, term, current);
                let then = self.items.term_outcome(self.responses, term, planned);
                let change = planned - current;
                let action = action(state, current, planned);
                let level = self.settings.level;
                let movable = matches!(state, State::Active | State::New);
                let band = resolved.filter(|_| movable).and_then(|resolved| resolved.spend_interval(term, level));
                let conversions =
                    draws.and_then(|draws| interval(draws.conversions(self.responses, term, planned), level));
                let p_raise = resolved.filter(|_| movable).and_then(|resolved| resolved.p_raise(term));
                let curve = &self.items.curves[term];
                let finite = |marginal: f64| marginal.is_finite().then_some(marginal);
                let rate = &self.posterior.rate;
                Recommendation {
                    index: term,
                    key: attributes.key.clone(),
                    label: attributes.label.clone(),
                    state,
                    action,
                    current_spend: current,
                    recommended_spend: planned,
                    change,
                    change_pct: metrics::ratio(change, current),
                    // whole cents may put the plan a cent beyond what the draws, in full precision, reach
                    spend_p05: band.map(|(lower, _)| if lower - planned < 0.02 { lower.min(planned) } else { lower }),
                    spend_p95: band.map(|(_, upper)| if planned - upper < 0.02 { upper.max(planned) } else { upper }),
                    p_direction: match planned - reference[term] {
                        more if more >= 0.005 => p_raise,
                        less if less <= -0.005 => p_raise.map(|p| 1.0 - p),
                        _ => None,
                    },
                    clicks_now: now.clicks,
                    clicks_plan: then.clicks,
                    conversions_now: now.conversions,
                    conversions_plan: then.conversions,
                    conversions_plan_p05: conversions.map(|(lower, _)| lower),
                    conversions_plan_p95: conversions.map(|(_, upper)| upper),
                    revenue_now: now.revenue,
                    revenue_plan: then.revenue,
                    profit_now: now.profit,
                    profit_plan: then.profit,
                    cpa_plan: metrics::cpa(planned, then.conversions),
                    roas_plan: then.revenue.and_then(|revenue| metrics::roas(revenue, planned)),
                    marginal_return_now: finite(curve.marginal(current)),
                    marginal_return_plan: finite(curve.marginal(planned)),
                    clicks_seen: clicks_seen[term],
                    conversions_seen: conversions_seen[term],
                    cvr_raw: metrics::cvr(conversions_seen[term], clicks_seen[term]),
                    cvr_mean: rate.mean[term],
                    cvr_p05: rate.lower[term],
                    cvr_p95: rate.upper[term],
                    own_data_weight: rate.own_data_weight[term],
                    value_mean: self.posterior.value.as_ref().map(|value| value.mean[term]),
                    elasticity: self.responses.elasticity[term],
                    curve_basis: self.responses.basis[term].name(),
                    lever: crate::domain::LeverKind::Advisory,
                    lever_now: None,
                    lever_plan: None,
                    binding: self.limits.binding(term, allocation.binding[term]),
                    reason: String::new(),
                }
            })
            .collect()
    }

    fn set_levers(&self, rows: &mut [Recommendation], groups: &Groups, campaigns: &[super::CampaignPlan]) {
        for row in rows {
            let campaign = &campaigns[groups.of_term[row.index] as usize];
            let now = metrics::cpc(row.current_spend, row.clicks_now);
            let plan = metrics::cpc(row.recommended_spend, row.clicks_plan);
            let movement = Move {
                cpc_ratio: now.zip(plan).map(|(now, plan)| plan / now),
                campaign_ratio: metrics::ratio(campaign.recommended_spend, campaign.current_spend),
            };
            let lever = lever(row.state, &self.counts.terms[row.index].levers, movement);
            let plan = if row.action == Action::Hold { lever.now } else { lever.plan };
            (row.lever, row.lever_now, row.lever_plan) = (lever.kind, lever.now, plan);
        }
    }

    fn summary(
        &self,
        budget: f64,
        weekly: bool,
        allocation: &Allocation,
        rounded: &crate::allocate::Rounded,
        draws: Option<&Draws>,
    ) -> PlanSummary {
        let objective = self.items.objective;
        let current = &self.responses.current_spend;
        let spend = rounded.spend.iter().copied().collect::<ExactSum>().value();
        let current_total = current.iter().copied().collect::<ExactSum>().value();
        // profit is net of spend, so any two plans compare; conversions and revenue only at equal spend
        let scale = if objective == Objective::Profit || current_total <= 0.0 { 1.0 } else { spend / current_total };
        let reference: Vec<f64> = current.iter().map(|spend| spend * scale).collect();
        let (mut bands, mut gain, mut better) = (None, None, None);
        if let Some(draws) = draws {
            let planned = draws.outcomes(self.items, self.responses, &rounded.spend);
            let compared = draws.outcomes(self.items, self.responses, &reference);
            let level = self.settings.level;
            let differences: Option<Vec<f64>> = planned
                .iter()
                .zip(&compared)
                .map(|(plan, now)| Some(plan.of(objective)? - now.of(objective)?))
                .collect();
            if let Some(differences) = differences {
                let above = differences.iter().filter(|difference| **difference > 0.0).count();
                better = Some(above as f64 / differences.len() as f64);
                gain = interval(differences, level);
            }
            bands = outcome_interval(&planned, level);
        }
        let mut certificate = allocation.certificate.clone();
        certificate.rounding_loss = Some(rounded.loss);
        PlanSummary {
            objective,
            budget,
            spend,
            unallocated: rounded.unallocated,
            current_spend: current_total,
            weekly,
            now: self.items.outcome(self.responses, current),
            planned: self.items.outcome(self.responses, &rounded.spend),
            planned_p05: bands.map(|(lower, _)| lower),
            planned_p95: bands.map(|(_, upper)| upper),
            gain_p05: gain.map(|(lower, _)| lower),
            gain_p95: gain.map(|(_, upper)| upper),
            probability_better: better,
            compared_with: if objective == Objective::Profit {
                "the current split at its current spend"
            } else {
                "the current split scaled to the plan's spend"
            },
            level: self.settings.level,
            margin: self.settings.margin,
            max_change: self.settings.max_change,
            change_reference: self.limits.change_reference,
            certificate,
        }
    }
}

fn action(state: State, current: f64, planned: f64) -> Action {
    let change = planned - current;
    let held = change.abs() < 0.01;
    match state {
        State::Paused => Action::Pause,
        State::New if planned > 0.0 => Action::Explore,
        _ if held => Action::Hold,
        _ if change > 0.0 => Action::Raise,
        _ => Action::Cut,
    }
}

fn outcome_interval(outcomes: &[Outcome], level: f64) -> Option<(Outcome, Outcome)> {
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
