//! The plan in force against the week that came: was it followed, what was forecast, what came.
//!
//! In: the stored terms of the plan, the counts of today, the week. Out: a [`Review`].
//!
//! # Formula
//! ```text
//! adoption   α of xᵢ − cᵢ = α (pᵢ − cᵢ) + β cᵢ       c spend when the plan was made, p planned, x what was spent;
//!                                                   least squares with weights 1 / (cᵢ + pᵢ) (see `adoption`)
//! forecast   Σ Qᵢ(xᵢ) mᵢ s                           Q clicks at a spend, m rate, s share reported by now
//! given the clicks   Mᵢ = nᵢ mᵢ s,  M = Σ Mᵢ         n clicks that came
//! total      negative binomial, mean M, variance ψ M + (r M)² + φ Σ Mᵢ²
//! ```
//! with r the relative deviation of the total that all terms share, φ the relative variance of a term's own noise in a week
//! and ψ the scatter of counts, all as the plan's fit had them. Adoption is 1 where every move was made and 0 where none
//! was, but for its error: spend follows demand, of which β takes what all terms share. Where all moves are alike they cannot be
//! told from demand, and α is had without β. Coverage of single terms is by randomised PIT. None of this is
//! lift: it says whether forecasts held, not whether the plan earned more than no plan.
//!
//! # When it is wrong
//! Revenue is taken to be reported like conversions. A plan made several weeks before is held against the last week as if it
//! had been made the week before.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::adoption::Adopted;
use super::stored::StoredTerm;
use crate::counts::Counts;
use crate::domain::{Date, LeverKind, TermKey, stable_hash};
use crate::numeric::negative_binomial::NegativeBinomial;
use crate::numeric::stream::Stream;
use crate::numeric::sum::ExactSum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a plan's fit says of how counts scatter around their forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scattering {
    /// Variance of a count over its mean, its rate given (ψ).
    pub scatter: f64,
    /// Standard deviation of a term's own noise in a week, relative (√φ).
    pub own_noise: f64,
    /// Standard deviation of the total's rate, relative (r).
    pub total: f64,
}

/// A plan that is held against a week.
#[derive(Clone, Copy, Debug)]
pub struct PlanInForce<'a> {
    /// Id of the run that made it.
    pub run: &'a str,
    /// Last day of the data it was made from.
    pub as_of: Date,
    /// Its terms.
    pub terms: &'a [StoredTerm],
    /// How counts scatter.
    pub scattering: Scattering,
}

/// The plan in force against one week. Money and counts are of that week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// First day of the week.
    pub week: Option<Date>,
    /// Run whose plan was in force.
    pub plan: String,
    /// Weeks from the plan's data to this week; 1 for a plan that was made for it.
    pub weeks_ahead: i64,
    /// Terms of the plan that the data still have.
    pub terms: usize,
    /// Spend on terms that the plan did not know, money.
    pub unplanned_spend: f64,
    /// Spend on terms that were paused when the plan was made, money. The plan said nothing of them: neither this nor
    /// `paused_conversions` is in any other figure.
    #[serde(default)]
    pub paused_spend: f64,
    /// Conversions that came from them.
    #[serde(default)]
    pub paused_conversions: f64,
    /// Spend when the plan was made, money.
    pub spend_before: f64,
    /// Spend planned, money.
    pub spend_planned: f64,
    /// What was spent, money.
    pub spend: f64,
    /// Share of the planned moves that was made, ratio: 1 where every move was made, 0 where none was, below 0 where spends moved the
    /// other way, above 1 where they moved further; `None` where the plan moved nothing.
    pub adoption: Option<f64>,
    /// Its standard error; `None` where it cannot be told.
    pub adoption_error: Option<f64>,
    /// Bids and budgets that the plan changed, as far as the data tell how they were set.
    pub levers: usize,
    /// How many of them were set as planned.
    pub levers_set: usize,
    /// Clicks forecast at the spend that happened.
    pub clicks_forecast: f64,
    /// Clicks that came.
    pub clicks: f64,
    /// Share of the week's conversions that is reported by now, ratio.
    pub reported: f64,
    /// Conversions forecast at the spend that happened, of which so many are reported.
    pub conversions_forecast: f64,
    /// Conversions forecast given the clicks that came.
    pub conversions_given_clicks: f64,
    /// Ends of the 90% interval of that total.
    pub conversions_p05: Option<f64>,
    /// Upper end.
    pub conversions_p95: Option<f64>,
    /// Conversions that came.
    pub conversions: f64,
    /// Revenue forecast at the spend that happened, money.
    pub revenue_forecast: Option<f64>,
    /// Revenue that came, money.
    pub revenue: Option<f64>,
    /// Share of terms inside their 90% interval, by randomised PIT, given their clicks.
    pub coverage_90_terms: Option<f64>,
    /// Terms that this is of.
    pub forecasts: usize,
}

impl Review {
    /// Conversions that came for each one forecast at the spend that happened, ratio.
    #[must_use]
    pub fn promise_ratio(&self) -> Option<f64> {
        (self.conversions_forecast > 0.0).then(|| self.conversions / self.conversions_forecast)
    }

    /// Whether spends surely moved the other way than planned, by two standard errors.
    #[must_use]
    pub fn moved_against(&self) -> bool {
        self.adoption.is_some_and(|share| share < -2.0 * self.adoption_error.unwrap_or(0.0) && share < 0.0)
    }

    /// Whether the interval of the total held what came.
    #[must_use]
    pub fn is_inside(&self) -> Option<bool> {
        Some(self.conversions_p05? <= self.conversions && self.conversions <= self.conversions_p95?)
    }
}

/// The tails of a 90% interval.
const TAILS: [f64; 2] = [0.05, 0.95];

/// Holds the plan in force against period number `period` of the counts; `reported` is the share of its conversions that is
/// counted by now. `None` where the data have no such week or no cost.
#[must_use]
pub fn review(plan: &PlanInForce, counts: &Counts, period: usize, reported: f64, seed: u64) -> Option<Review> {
    let week = counts.calendar.periods.get(period)?;
    let cost = counts.cells.cost.as_deref()?;
    let revenue = counts.cells.revenue.as_deref();
    let planned: BTreeMap<&TermKey, &StoredTerm> = plan.terms.iter().map(|term| (&term.key, term)).collect();
    let known: BTreeMap<&TermKey, usize> = counts.terms.iter().map(|term| &term.key).zip(0..).collect();
    let cell_of = |term: usize| {
        let cells = counts.cells.of_term(term);
        let at = counts.cells.period[cells.clone()].binary_search_by(|&at| (at as usize).cmp(&period)).ok()?;
        Some(cells.start + at)
    };
    let mut sums = Sums::default();
    for (index, term) in counts.terms.iter().enumerate() {
        if !planned.contains_key(&term.key)
            && let Some(cell) = cell_of(index)
        {
            sums.unplanned.add(cost[cell]);
        }
    }
    let purpose = stable_hash(&["weekly", &week.start.map(|day| day.to_string()).unwrap_or_default()]);
    for term in plan.terms {
        let index = known.get(&term.key).copied();
        let cell = index.and_then(cell_of);
        let (spend, clicks, conversions) = cell
            .map_or((0.0, 0.0, 0.0), |cell| (cost[cell], counts.cells.clicks[cell], counts.cells.conversions[cell]));
        sums.terms += usize::from(index.is_some());
        if term.is_paused() {
            sums.paused.add(spend);
            sums.paused_conversions.add(conversions);
            continue;
        }
        sums.spends(term, spend);
        sums.forecast(term, [spend, clicks, conversions], reported);
        sums.revenue.add(cell.zip(revenue).map_or(0.0, |(cell, revenue)| revenue[cell]));
        if let Some(set) = index.and_then(|index| setting(counts, index, cell, term.lever)) {
            sums.levers(term, set);
        }
        if clicks > 0.0 {
            let uniform = Stream::new(seed, term.key.stable_hash() ^ purpose).uniform();
            sums.covers(term, clicks * reported, conversions, plan.scattering, uniform);
        }
    }
    let ahead = week.end.map_or(0, |end| (end - plan.as_of).num_days() / 7);
    Some(sums.review(plan, week.start, ahead, reported, revenue.is_some()))
}

/// How a term's lever was set in the week, as far as the data tell.
fn setting(counts: &Counts, term: usize, cell: Option<usize>, lever: LeverKind) -> Option<f64> {
    let signals = &counts.cells.signals;
    let weekly = |values: &Option<Vec<f64>>| Some(values.as_ref()?[cell?]).filter(|value| value.is_finite());
    let latest = counts.terms[term].levers;
    match lever {
        LeverKind::MaxCpc => weekly(&signals.max_cpc).or(latest.max_cpc),
        LeverKind::CampaignBudget => weekly(&signals.campaign_budget).or(latest.campaign_budget),
        LeverKind::TargetCpa => latest.target_cpa,
        LeverKind::TargetRoas => latest.target_roas,
        LeverKind::Status | LeverKind::Advisory => None,
    }
}

/// Sums over the terms of the plan.
#[derive(Default)]
struct Sums {
    terms: usize,
    before: ExactSum,
    planned: ExactSum,
    spend: ExactSum,
    unplanned: ExactSum,
    paused: ExactSum,
    paused_conversions: ExactSum,
    adopted: Adopted,
    levers: usize,
    levers_set: usize,
    clicks_forecast: ExactSum,
    clicks: ExactSum,
    at_spend: ExactSum,
    given_clicks: ExactSum,
    given_squares: ExactSum,
    conversions: ExactSum,
    revenue_forecast: ExactSum,
    revenue: ExactSum,
    inside: usize,
    forecasts: usize,
}

impl Sums {
    fn spends(&mut self, term: &StoredTerm, spend: f64) {
        let planned = term.recommended_spend - term.current_spend;
        self.before.add(term.current_spend);
        self.planned.add(term.recommended_spend);
        self.spend.add(spend);
        self.adopted.add(term.key.campaign.as_deref(), planned, term.current_spend, spend - term.current_spend);
    }

    fn forecast(&mut self, term: &StoredTerm, [spend, clicks, conversions]: [f64; 3], reported: f64) {
        let forecast = term.clicks(spend);
        let at_spend = forecast * term.rate * reported;
        let given = clicks * term.rate * reported;
        self.clicks_forecast.add(forecast);
        self.clicks.add(clicks);
        self.at_spend.add(at_spend);
        self.given_clicks.add(given);
        self.given_squares.add(given * given);
        self.conversions.add(conversions);
        self.revenue_forecast.add(term.value.unwrap_or(0.0) * at_spend);
    }

    fn levers(&mut self, term: &StoredTerm, set: f64) {
        let Some((now, plan)) = term.lever_now.zip(term.lever_plan) else { return };
        if (plan - now).abs() >= 0.005 {
            self.levers += 1;
            // a cent, or a hundredth: platforms round
            self.levers_set += usize::from((set - plan).abs() <= 0.01_f64.max(0.01 * plan) + 1e-9);
        }
    }

    fn covers(&mut self, term: &StoredTerm, clicks: f64, came: f64, scattering: Scattering, uniform: f64) {
        let own = (term.rate_sd / term.rate).powi(2);
        let noise = scattering.own_noise.powi(2);
        let mean = clicks * term.rate;
        // as in the forecasts of the estimates
        let beyond = own + noise + own * noise - (1.0 - scattering.scatter) / mean.max(f64::MIN_POSITIVE);
        let forecast = NegativeBinomial::new(mean, 1.0 / beyond);
        let came = came.round();
        let below = forecast.cdf(came - 1.0);
        let place = below + uniform * (forecast.cdf(came) - below);
        self.inside += usize::from((TAILS[0]..=TAILS[1]).contains(&place));
        self.forecasts += 1;
    }

    fn review(self, plan: &PlanInForce, week: Option<Date>, ahead: i64, reported: f64, has_revenue: bool) -> Review {
        let (mean, squares) = (self.given_clicks.value(), self.given_squares.value());
        let Scattering { scatter, own_noise, total } = plan.scattering;
        let interval = (mean > 0.0).then(|| {
            let variance = scatter * mean + (total * mean).powi(2) + own_noise.powi(2) * squares;
            // variance = mean + mean² / shape
            NegativeBinomial::new(mean, mean * mean / (variance - mean)).intervals([TAILS[1] - TAILS[0]])[0]
        });
        let adopted = self.adopted.solve();
        Review {
            week,
            plan: plan.run.to_owned(),
            weeks_ahead: ahead,
            terms: self.terms,
            unplanned_spend: self.unplanned.value(),
            paused_spend: self.paused.value(),
            paused_conversions: self.paused_conversions.value(),
            spend_before: self.before.value(),
            spend_planned: self.planned.value(),
            spend: self.spend.value(),
            adoption: adopted.map(|(share, _)| share),
            adoption_error: adopted.and_then(|(_, error)| error),
            levers: self.levers,
            levers_set: self.levers_set,
            clicks_forecast: self.clicks_forecast.value(),
            clicks: self.clicks.value(),
            reported,
            conversions_forecast: self.at_spend.value(),
            conversions_given_clicks: mean,
            conversions_p05: interval.map(|interval| interval.low),
            conversions_p95: interval.map(|interval| interval.high),
            conversions: self.conversions.value(),
            revenue_forecast: has_revenue.then(|| self.revenue_forecast.value()),
            revenue: has_revenue.then(|| self.revenue.value()),
            coverage_90_terms: (self.forecasts > 0).then(|| self.inside as f64 / self.forecasts as f64),
            forecasts: self.forecasts,
        }
    }
}

#[cfg(test)]
mod tests;
