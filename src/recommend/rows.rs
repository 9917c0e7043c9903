//! One row per term: what the plan says of it, and what has to be set.

use super::binding::Holds;
use super::items::Items;
use super::levers::{Move, lever};
use super::uncertainty::Judged;
use super::{Action, CampaignPlan, Limits, PolicySettings, Recommendation, least_move};
use crate::counts::{Counts, Groups};
use crate::domain::{Coin, LeverKind, State, metrics};
use crate::estimate::Posterior;
use crate::response::{Responses, SPENT};
use rayon::prelude::*;

/// What the rows are made from.
pub(super) struct Work<'a> {
    pub(super) counts: &'a Counts,
    pub(super) posterior: &'a Posterior,
    pub(super) responses: &'a Responses,
    pub(super) items: &'a Items,
    pub(super) limits: &'a Limits,
    pub(super) settings: &'a PolicySettings,
}

impl Work<'_> {
    /// One row per term, without levers and reasons; `spend` is the plan, `reference` what directions are
    /// measured from.
    pub(super) fn rows(&self, holds: &Holds, spend: &[f64], reference: &[f64], judged: &Judged) -> Vec<Recommendation> {
        let clicks_seen = self.counts.by_term(&self.counts.cells.clicks);
        let conversions_seen = self.counts.by_term(&self.counts.cells.conversions);
        (0..spend.len())
            .into_par_iter()
            .map(|term| {
                let attributes = &self.counts.terms[term];
                let (current, planned) = (self.responses.current_spend[term], spend[term]);
                let state = self.limits.state[term];
                let now = self.items.term_outcome(self.responses, term, current);
                let then = self.items.term_outcome(self.responses, term, planned);
                let change = planned - current;
                let action = action(state, current, planned, self.settings.exploration > 0.0, self.settings.coin);
                let movable = matches!(state, State::Active | State::New);
                // whole cents may put the plan a cent beyond what the draws, in full precision, reach
                let slack = 0.02_f64.max(2.0 * self.settings.step);
                let band = judged.spend[term].filter(|_| movable).map(|(lower, upper)| {
                    let low = if lower - planned < slack { lower.min(planned) } else { lower };
                    (low, if planned - upper < slack { upper.max(planned) } else { upper })
                });
                let conversions = judged.conversions[term];
                let p_raise = judged.p_raise[term].filter(|_| movable);
                let curve = &self.items.curves[term];
                let finite = |marginal: f64| marginal.is_finite().then_some(marginal);
                let (rate, supposed) = (&self.posterior.rate, &self.items.factors);
                Recommendation {
                    index: term,
                    key: attributes.key.clone(),
                    label: attributes.label.clone(),
                    state,
                    action,
                    current_spend: current,
                    recommended_spend: planned,
                    change,
                    coin: self.settings.coin,
                    change_pct: metrics::ratio(change, current),
                    spend_p05: band.map(|(lower, _)| lower),
                    spend_p95: band.map(|(_, upper)| upper),
                    spend_p05_cut: judged.spend[term].map_or("", |(lower, _)| self.cut(term, movable, lower)),
                    spend_p95_cut: judged.spend[term].map_or("", |(_, upper)| self.cut(term, movable, upper)),
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
                    marginal_return_plan_p05: judged.returns[term].map(|(lower, _)| lower),
                    marginal_return_plan_p95: judged.returns[term].map(|(_, upper)| upper),
                    clicks_seen: clicks_seen[term],
                    conversions_seen: conversions_seen[term],
                    cvr_raw: metrics::cvr(conversions_seen[term], clicks_seen[term]),
                    // as a scenario supposes them, so that the columns of a row fit each other
                    cvr_mean: rate.mean[term] * supposed.rate(term),
                    cvr_p05: rate.lower[term] * supposed.rate(term),
                    cvr_p95: rate.upper[term] * supposed.rate(term),
                    own_data_weight: rate.own_data_weight[term],
                    value_mean: self.posterior.value.as_ref().map(|value| value.mean[term] * supposed.value(term)),
                    elasticity: self.responses.elasticity[term],
                    elasticity_sd: self.responses.elasticity[term].map(|_| self.responses.elasticity_sd[term].total()),
                    curve_basis: self.responses.basis[term].name(),
                    impression_share: self.responses.impression_share[term].map(|[low, high]| f64::midpoint(low, high)),
                    full_spend: self.responses.full_spend(term),
                    seen_spend: self.responses.seen_spend(term),
                    demand_index: self.responses.demand_index[term],
                    incrementality: self.items.incrementality.factor(term),
                    lever: LeverKind::Advisory,
                    lever_now: None,
                    lever_plan: None,
                    max_cpc_now: None,
                    max_cpc_plan: None,
                    decision: self.limits.decided.of(term).map(|(verdict, _)| verdict),
                    binding: holds.of(term),
                    reason: String::new(),
                }
            })
            .collect()
    }

    /// The bound of a term that cuts an end of its interval.
    fn cut(&self, term: usize, movable: bool, end: f64) -> &'static str {
        let (lower, upper) = (self.limits.lower[term], self.limits.upper[term]);
        let at = |bound: f64| (end - bound).abs() <= 1e-9 * bound;
        match () {
            () if !movable || lower >= upper => "",
            () if at(lower) => "lower",
            () if at(upper) => "upper",
            () => "",
        }
    }

    /// Sets what has to be turned on the platform.
    pub(super) fn set_levers(&self, rows: &mut [Recommendation], groups: &Groups, campaigns: &[CampaignPlan]) {
        rows.par_iter_mut().for_each(|row| {
            let campaign = &campaigns[groups.of_term[row.index] as usize];
            // what a click costs at today's setting, whatever the planned week is searched
            let now = match &self.responses.headroom[row.index] {
                Some(room) => metrics::cpc(room.spend, room.clicks),
                None => metrics::cpc(row.current_spend, row.clicks_now),
            };
            let plan = metrics::cpc(row.recommended_spend, row.clicks_plan);
            let movement = Move {
                cpc_ratio: now.zip(plan).map(|(now, plan)| plan / now),
                campaign_ratio: metrics::ratio(campaign.recommended_spend, campaign.current_spend),
                daily_spend: campaign.daily_budget_plan,
                budget_is_spent: campaign
                    .daily_budget_now
                    .zip(campaign.daily_budget_set)
                    .is_none_or(|(now, set)| now >= SPENT * set),
            };
            let budget_holds = self.responses.headroom[row.index].is_some_and(|room| room.straight.is_some());
            let lever =
                lever(row.state, &self.counts.terms[row.index].levers, movement, budget_holds, self.settings.coin);
            let plan = if row.action == Action::Hold { lever.now } else { lever.plan };
            (row.lever, row.lever_now, row.lever_plan) = (lever.kind, lever.now, plan);
            row.max_cpc_now = self.counts.terms[row.index].levers.max_cpc.filter(|&bid| bid > 0.0);
            row.max_cpc_plan = if row.lever == LeverKind::MaxCpc { row.lever_plan } else { row.max_cpc_now };
            if row.recommended_spend <= 0.0 && row.moves() {
                // no bid brings a spend of nothing
                (row.lever, row.lever_now, row.lever_plan) = (LeverKind::Status, None, None);
                row.max_cpc_plan = None;
            }
        });
    }
}

/// What to do with a term; `explores` says whether money is spent on learning.
fn action(state: State, current: f64, planned: f64, explores: bool, coin: Coin) -> Action {
    let change = planned - current;
    let held = change.abs() < least_move(coin);
    match state {
        State::Paused => Action::Pause,
        State::New if explores && !held => Action::Explore,
        _ if held => Action::Hold,
        _ if change > 0.0 => Action::Raise,
        _ => Action::Cut,
    }
}
