//! `Truth`: what really drives a synthetic account; never seen by an estimate.
//!
//! Owns the true parameters and the scoring of plans against them. Clicks in an average week at a
//! spend of x are `demand · (x / reference_spend)^elasticity`; a season of s stretches both axes,
//! `s · demand · (x / (s · reference_spend))^elasticity`; where a campaign is held by its budget, clicks are proportional to
//! the spend up to what its bids could win. Nothing here refers to what was observed,
//! except that [`Reporting`] holds what the observed rows will come to; nothing observed refers to this. Wrong in that terms do not compete with each other for the
//! same searches.

use super::drift::SharedWalks;
use super::reporting::Reporting;
use super::settings::{Misallocation, SimulateError};
use crate::domain::TermKey;
use crate::numeric::sum::ExactSum;
use crate::response::{Curve, Stretch};
use serde::Serialize;

/// What really drives an account. Vectors have one entry a term, in the order of `terms`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Keys, ascending: the order of `Observation::terms`, and of `Counts::terms` made from it.
    pub terms: Vec<TermKey>,
    /// Campaign of each term, index into `campaigns`.
    pub campaign: Vec<u32>,
    /// Conversion rate in the week after the last one observed, ratio.
    pub cvr: Vec<f64>,
    /// What the rates of a campaign's terms, and of all terms, had in common week by week.
    pub log_rates: SharedWalks,
    /// What was still to be reported; `None` where all is reported at once.
    pub reporting: Option<Reporting>,
    /// Mean order value, account currency.
    pub order_value: Vec<f64>,
    /// Standard deviation of the log of an order's value.
    pub order_log_sd: Vec<f64>,
    /// Price of a click at the reference spend, account currency.
    pub cpc: Vec<f64>,
    /// Elasticity of clicks in spend, in (0, 1).
    pub elasticity: Vec<f64>,
    /// Clicks in an average week at the reference spend.
    pub demand: Vec<f64>,
    /// `demand × cpc`, account currency a week.
    pub reference_spend: Vec<f64>,
    /// Expected spend in an average week as bids stand at the end, account currency; 0 when paused.
    pub current_spend: Vec<f64>,
    /// Clicks per impression, ratio.
    pub ctr: Vec<f64>,
    /// Highest bid over the price of a click, ratio.
    pub headroom: Vec<f64>,
    /// All clicks there are over those at the reference spend, ratio; infinite where money has no end.
    pub ceiling: Vec<f64>,
    /// Spend in an average week, account currency, up to which a budget buys clicks at one price, as bids stand; `None`
    /// where the campaign is not held by its budget.
    pub straight: Vec<Option<f64>>,
    /// The campaigns.
    pub campaigns: Vec<TrueCampaign>,
    /// Demand of each observed week relative to an average one, shared by all terms. Shape: weeks observed.
    pub season: Vec<f64>,
    /// In which way the starting spend misses what terms are worth.
    pub misallocation: Misallocation,
    /// Share of revenue that is margin, ratio.
    pub margin: Option<f64>,
}

/// What the terms of a campaign have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrueCampaign {
    /// Name.
    pub name: String,
    /// Mean of the terms' conversion rates before their match type, ratio.
    pub cvr: f64,
    /// Shape of the gamma distribution of the terms' rates: their relative spread is 1/√shape.
    pub cvr_shape: f64,
    /// Median of the terms' mean order values, account currency.
    pub order_value: f64,
    /// Median price of a click at the reference spend, account currency.
    pub cpc: f64,
    /// Center of the terms' elasticities.
    pub elasticity: f64,
    /// Share of what the opening bids could win that its budget buys in an average week, ratio; `None` where the budget
    /// does not end before the searches.
    pub served: Option<f64>,
    /// Demand of each observed week beyond the season, ratio around 1. Shape: weeks.
    pub demand: Vec<f64>,
}

/// What a plan is expected to bring in a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Account currency a week.
    pub spend: f64,
    /// Clicks a week.
    pub clicks: f64,
    /// Conversions a week.
    pub conversions: f64,
    /// Account currency a week.
    pub revenue: f64,
    /// Margin on revenue minus spend, account currency a week; `None` where no margin is known.
    pub profit: Option<f64>,
}

impl Truth {
    /// Expected clicks of term `index` at a spend in account currency a week, in a week whose
    /// demand is `season` times the average. A spend of 0 brings nothing.
    ///
    /// ```text
    /// Q(x) = s · D · min((x / (s · r))^ε, c)
    /// Q(x) = Q(s · x₁) · x / (s · x₁)   below s · x₁, where a budget holds the campaign: `straight`
    /// ```
    #[must_use]
    pub fn clicks(&self, index: usize, spend: f64, season: f64) -> f64 {
        if spend <= 0.0 || season <= 0.0 {
            return 0.0;
        }
        let relative = spend / (season * self.reference_spend[index]);
        let bought = |relative: f64| relative.powf(self.elasticity[index]).min(self.ceiling[index]);
        let straight = self.straight[index].map(|spend| spend / self.reference_spend[index]);
        season
            * self.demand[index]
            * match straight.filter(|&end| relative < end) {
                Some(end) => bought(end) * relative / end,
                None => bought(relative),
            }
    }

    /// Spend in an average week that buys all clicks there are, account currency; more buys nothing.
    #[must_use]
    pub fn full_spend(&self, index: usize) -> f64 {
        self.reference_spend[index] * self.ceiling[index].powf(1.0 / self.elasticity[index])
    }

    /// What a plan is expected to bring in an average week. Shape of `spend`: terms, account
    /// currency a week.
    ///
    /// # Errors
    /// [`SimulateError::PlanLength`] unless there is one spend a term, [`SimulateError::PlanSpend`]
    /// for a negative or non-finite one.
    pub fn expected(&self, spend: &[f64]) -> Result<Outcome, SimulateError> {
        self.expected_in(spend, 1.0)
    }

    /// What a plan is expected to bring in a week whose demand is `season` times the average.
    ///
    /// # Errors
    /// As [`Self::expected`].
    pub fn expected_in(&self, spend: &[f64], season: f64) -> Result<Outcome, SimulateError> {
        self.check(spend)?;
        let (mut total, mut clicks) = (ExactSum::default(), ExactSum::default());
        let (mut conversions, mut revenue) = (ExactSum::default(), ExactSum::default());
        for (index, &spend) in spend.iter().enumerate() {
            let bought = self.clicks(index, spend, season);
            let converted = bought * self.cvr[index];
            total.add(spend);
            clicks.add(bought);
            conversions.add(converted);
            revenue.add(converted * self.order_value[index]);
        }
        let (spend, revenue) = (total.value(), revenue.value());
        Ok(Outcome {
            spend,
            clicks: clicks.value(),
            conversions: conversions.value(),
            revenue,
            profit: self.margin.map(|margin| margin.mul_add(revenue, -spend)),
        })
    }

    /// The true curve of clicks in an average week against spend, one a term, up to [`Self::full_spend`].
    #[must_use]
    pub fn click_curves(&self) -> Vec<Curve> {
        (0..self.terms.len())
            .map(|index| {
                let (a, k, h) = (self.demand[index], self.reference_spend[index], self.elasticity[index]);
                let Some(end) = self.straight[index] else { return Curve::Power { a, k, h } };
                let bought = self.clicks(index, end, 1.0);
                let to = self.full_spend(index);
                let straight = Stretch { a: bought, k: end, h: 1.0, to: end };
                let bent = (end < to).then_some(Stretch { a, k, h, to });
                Curve::Bent(std::iter::once(straight).chain(bent).collect())
            })
            .collect()
    }

    /// What a click is worth: conversions, order value and, where known, margin. Account currency.
    #[must_use]
    pub fn value_per_click(&self, index: usize) -> f64 {
        self.cvr[index] * self.order_value[index] * self.margin.unwrap_or(1.0)
    }

    pub(super) fn check(&self, spend: &[f64]) -> Result<(), SimulateError> {
        if spend.len() != self.terms.len() {
            return Err(SimulateError::PlanLength { given: spend.len(), terms: self.terms.len() });
        }
        match spend.iter().position(|spend| !(spend.is_finite() && *spend >= 0.0)) {
            Some(index) => Err(SimulateError::PlanSpend { index, spend: spend[index] }),
            None => Ok(()),
        }
    }
}
