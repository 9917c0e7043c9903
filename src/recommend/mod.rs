//! Allocation → one row per term: action, interval, binding limit, lever, and the reason in words.
//!
//! In: counts, posterior, responses and settings. Out: a [`Plan`], which is everything the report
//! shows. Owns the policy (states, change limits, what a lever has to be set to) and nothing of how
//! a budget is split (`allocate`) or how numbers are written (`report`).

mod bids;
mod binding;
mod budget_price;
mod campaigns;
mod candidates;
mod dated;
mod decisions;
mod draws;
mod elsewhere;
mod error;
mod fixed_price;
mod frontier;
mod goal;
mod held;
mod incrementality;
mod items;
mod levers;
mod limit_rows;
mod origin;
mod outcome;
mod outline;
mod plan;
mod policy;
mod posed;
mod reason;
mod relaxation;
mod risk;
mod rows;
mod selector;
mod settings;
mod settle;
mod steps;
mod stretched;
mod summary;
mod sums;
mod uncertainty;
mod what_if;

pub use bids::BidRounding;
pub use candidates::{Candidate, CandidateKind};
pub use dated::{Dated, DatedWeek, HorizonEnd, HorizonSettings, MonthPlan, Pace, WeekSpan, spent_since};
pub use decisions::DecisionSummary;
pub use error::RecommendError;
pub use frontier::{CampaignFrontier, FrontierKind, FrontierPoint};
pub use goal::{GoalKind, GoalSummary};
pub use incrementality::IncrementalityRule;
pub use items::resolve_objective;
pub use limit_rows::LimitRow;
pub use outcome::{Differences, Outcome};
pub use outline::{Frontiers, Outline, SharedDraws, frontiers, outline};
pub use plan::{checked_budget, plan, plan_weeks, resolve_budget, rest_paused};
pub use policy::Limits;
pub use relaxation::{NamedChange, NamedRelaxation};
pub use risk::{ExplorationSummary, RiskSummary, Spread};
pub use settings::{
    ClassLimit, End, GroupLimit, HeldBack, PolicySettings, RiskKind, RiskSettings, Targets, TermRule, TurnoverSettings,
};
pub use what_if::{Change, Factors, OwnEntries, TermSelector, unmatched};

use crate::allocate::Certificate;
use crate::domain::{Coin, LeverKind, Notes, Objective, State, TermKey, Verdict};
use serde::Serialize;
use std::borrow::Cow;

/// What to do with a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Spend more.
    Raise,
    /// Spend less.
    Cut,
    /// Leave as it is (the change is below a cent).
    Hold,
    /// Keep at zero: the platform has it paused.
    Pause,
    /// Spend on a term without history, to learn: only where exploration is on.
    Explore,
}

impl Action {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Cut => "cut",
            Self::Hold => "hold",
            Self::Pause => "pause",
            Self::Explore => "explore",
        }
    }
}

/// One row of `recommendations.csv`. Money and counts are per week (per period for undated data).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// Index of the term in `Counts::terms`.
    pub index: usize,
    /// What identifies the term.
    pub key: TermKey,
    /// Labels, separated by `;`.
    pub label: Option<String>,
    /// What the plan may do with it.
    pub state: State,
    /// What to do.
    pub action: Action,
    /// Spend now, money; zero for a paused term.
    pub current_spend: f64,
    /// Spend planned, money, whole cents.
    pub recommended_spend: f64,
    /// Planned minus now, money.
    pub change: f64,
    /// Change as a share of current spend, ratio; `None` without current spend.
    pub change_pct: Option<f64>,
    /// Lower end of the interval of the best spend over posterior draws, money.
    pub spend_p05: Option<f64>,
    /// Upper end of that interval, money.
    pub spend_p95: Option<f64>,
    /// `lower` or `upper` where that bound of the term cuts the lower end, else empty: without the bound the
    /// interval would reach further.
    pub spend_p05_cut: &'static str,
    /// The same for the upper end.
    pub spend_p95_cut: &'static str,
    /// Probability that the direction is right: that money at the reference spend (current spend, scaled to
    /// the budget where all of it is spent) earns more than the price if the plan lies above it, less if below. `None` where
    /// nothing moves, and where no other term could give or take the money, so that there is no price to compare with.
    pub p_direction: Option<f64>,
    /// Expected clicks at current spend.
    pub clicks_now: f64,
    /// Expected clicks at planned spend.
    pub clicks_plan: f64,
    /// Expected conversions at current spend.
    pub conversions_now: f64,
    /// Expected conversions at planned spend.
    pub conversions_plan: f64,
    /// Lower end of the interval of expected conversions at planned spend.
    pub conversions_plan_p05: Option<f64>,
    /// Upper end of that interval.
    pub conversions_plan_p95: Option<f64>,
    /// Expected revenue at current spend, money.
    pub revenue_now: Option<f64>,
    /// Expected revenue at planned spend, money.
    pub revenue_plan: Option<f64>,
    /// Expected margin on revenue minus spend, now, money.
    pub profit_now: Option<f64>,
    /// Expected margin on revenue minus spend, planned, money.
    pub profit_plan: Option<f64>,
    /// Planned spend per expected conversion, money.
    pub cpa_plan: Option<f64>,
    /// Expected revenue per planned spend, ratio.
    pub roas_plan: Option<f64>,
    /// Objective gained by the next unit of money at current spend (gross of that unit for profit).
    pub marginal_return_now: Option<f64>,
    /// Objective gained by the next unit of money at planned spend (gross of that unit for profit).
    pub marginal_return_plan: Option<f64>,
    /// Lower end of the interval of that.
    pub marginal_return_plan_p05: Option<f64>,
    /// Upper end of that interval.
    pub marginal_return_plan_p95: Option<f64>,
    /// Clicks over the whole data, count.
    pub clicks_seen: f64,
    /// Conversions over the whole data, count.
    pub conversions_seen: f64,
    /// Conversions per click as counted; `None` without clicks.
    pub cvr_raw: Option<f64>,
    /// Posterior mean of the conversion rate.
    pub cvr_mean: f64,
    /// Lower end of its credible interval.
    pub cvr_p05: f64,
    /// Upper end of its credible interval.
    pub cvr_p95: f64,
    /// Share of the posterior mean that is the term's own data.
    pub own_data_weight: f64,
    /// Posterior mean of revenue per conversion, money.
    pub value_mean: Option<f64>,
    /// Elasticity of clicks in spend at current spend; `None` for terms without spend.
    pub elasticity: Option<f64>,
    /// Posterior standard deviation of the elasticity, ratio.
    pub elasticity_sd: Option<f64>,
    /// Where the elasticity comes from: data, simulator, pooled or prior.
    pub curve_basis: &'static str,
    /// Share of the searches in the baseline weeks that showed the ad, ratio; the middle of what is known.
    pub impression_share: Option<f64>,
    /// Spend at which every search is reached, money; `None` where no impression share is known.
    pub full_spend: Option<f64>,
    /// Spend beyond which the curve is cautious, money: no week had that much, nor is it a small step from today.
    pub seen_spend: Option<f64>,
    /// Searches of its campaign in the planned week over those in the baseline weeks, ratio.
    pub demand_index: f64,
    /// Share of the counted conversions that the ad really brings, ratio.
    pub incrementality: f64,
    /// The lever to turn.
    pub lever: LeverKind,
    /// Its setting now.
    pub lever_now: Option<f64>,
    /// Its setting under the plan.
    pub lever_plan: Option<f64>,
    /// Highest bid as it is set today, money a click, whether or not it is the lever.
    pub max_cpc_now: Option<f64>,
    /// Highest bid that reaches the planned spend, money a click; today's where something else is the lever.
    pub max_cpc_plan: Option<f64>,
    /// What the currency is divided into.
    #[serde(skip)]
    pub coin: Coin,
    /// What a person decided of it.
    pub decision: Option<Verdict>,
    /// The limit that holds the spend, in words; empty when none does.
    pub binding: Cow<'static, str>,
    /// Why, in a sentence.
    pub reason: String,
}

/// Less than a cent is no move, or than what the currency is divided into: that is how it is shown. Money.
fn least_move(coin: Coin) -> f64 {
    coin.step() - 1e-9
}

impl Recommendation {
    /// Whether the plan moves money here.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.change.abs() >= least_move(self.coin)
    }
}

/// One row of `campaigns.csv`: the roll-up, per week, and the daily budget it implies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignPlan {
    /// Campaign; `None` where the data has no campaigns (the account is the one row).
    pub campaign: Option<String>,
    /// Channel, if the data has the column.
    pub channel: Option<String>,
    /// Terms in it.
    pub terms: usize,
    /// Terms raised (explored ones included).
    pub raised: usize,
    /// Terms cut.
    pub cut: usize,
    /// Spend now, money.
    pub current_spend: f64,
    /// Spend planned, money.
    pub recommended_spend: f64,
    /// Planned minus now, money.
    pub change: f64,
    /// Change as a share of current spend.
    pub change_pct: Option<f64>,
    /// Daily budget as it is set, money a day, if the data has it.
    pub daily_budget_set: Option<f64>,
    /// Spend a day now, money a day; `None` where the length of the period is not known.
    pub daily_budget_now: Option<f64>,
    /// Spend a day under the plan, money a day; `None` where the length of the period is not known.
    pub daily_budget_plan: Option<f64>,
    /// Daily budget to set, money a day, whole cents: the plan's spend a day where the budget is the lever or none is known;
    /// else the one set today, or the plan's spend where that is more. `None` where the length of the period is not known.
    pub daily_budget_to_set: Option<f64>,
    /// Expected outcome at current spend.
    pub now: Outcome,
    /// Expected outcome at planned spend.
    pub planned: Outcome,
    /// Lower ends of the intervals of the planned outcome; `None` where the draws of a large account do not fit.
    pub planned_p05: Option<Outcome>,
    /// Upper ends.
    pub planned_p95: Option<Outcome>,
}

/// The plan as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanSummary {
    /// What was maximised.
    pub objective: Objective,
    /// The goal, and how far it is reached.
    pub goal: GoalSummary,
    /// Money to be split, per week (or period), whole cents.
    pub budget: f64,
    /// Money planned, whole cents.
    pub spend: f64,
    /// Money not planned, whole cents; `spend + unallocated = budget`.
    pub unallocated: f64,
    /// Spend now, money.
    pub current_spend: f64,
    /// Whether money is per week (`true`) or per undated period.
    pub weekly: bool,
    /// Expected outcome at current spends, paused terms at zero.
    pub now: Outcome,
    /// Expected outcome at planned spends.
    pub planned: Outcome,
    /// Lower ends of the intervals of the planned outcome.
    pub planned_p05: Option<Outcome>,
    /// Upper ends.
    pub planned_p95: Option<Outcome>,
    /// Lower end of the interval of the gain in the objective's figure, plan over [`Self::compared_with`].
    pub gain_p05: Option<f64>,
    /// Upper end of that interval.
    pub gain_p95: Option<f64>,
    /// Intervals of the planned outcome less that of now, at the spends of each; `None` where the plan changes nothing.
    pub differences: Option<Differences>,
    /// Probability, over posterior draws, that the gain is above zero; `None` where the plan changes nothing.
    pub probability_better: Option<f64>,
    /// Whether every spend is, but for rounding, what the plan is compared with.
    pub changes_nothing: bool,
    /// What gain and probability compare the plan with, in words.
    pub compared_with: &'static str,
    /// Level of all intervals, e.g. 0.90.
    pub level: f64,
    /// Share of revenue that is margin when one figure serves all terms.
    pub margin: Option<f64>,
    /// Largest change of a term, ratio, and the factor it is relative to.
    pub max_change: f64,
    /// Budget over the current spend of terms that may be funded: reference of the change limit.
    pub change_reference: f64,
    /// Factors on current spend that the lower and the upper end of the change limit refer to: that reference, but where the
    /// budget is a cap no more than 1 below and no less than 1 above.
    pub change_factors: [f64; 2],
    /// Spends are multiples of this, money.
    pub step: f64,
    /// How uncertainty entered the plan.
    pub risk: RiskSummary,
    /// Money spent on learning; `None` without.
    pub exploration: Option<ExplorationSummary>,
    /// Rows that a person decided; `None` without.
    pub decisions: Option<DecisionSummary>,
    /// What bids in whole cents cost; `None` where no bid moves.
    pub bids: Option<BidRounding>,
    /// Proof of quality of the split.
    pub certificate: Certificate,
}

/// Everything `recommend` decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// One row per term, in the terms' order.
    pub rows: Vec<Recommendation>,
    /// One row per campaign, in the order of names.
    pub campaigns: Vec<CampaignPlan>,
    /// The plan as a whole.
    pub summary: PlanSummary,
    /// Best outcome against budget, ascending budgets, then the points that stand out.
    pub frontier: Vec<FrontierPoint>,
    /// Limits that are not a single term's: budget, groups, classes, turnover, target.
    pub limits: Vec<LimitRow>,
    /// Bounds of single terms that hold the plan, added up by kind.
    pub held: Vec<LimitRow>,
    /// Terms to exclude, and terms to take up as exact keywords.
    pub candidates: Vec<Candidate>,
    /// All weeks, where the plan is the first of several; `None` for a plan of one week.
    pub dated: Option<Dated>,
    /// What the reader should know of the plan.
    pub notes: Notes,
}

impl Plan {
    /// What money is per: `week`, `period` for undated data, or the days of a first week that is shorter.
    #[must_use]
    pub fn per(&self) -> &'static str {
        self.short_week().map_or(if self.summary.weekly { "week" } else { "period" }, |days| DAYS[days])
    }

    /// The same in a sentence: `a week`, `a period`, `in 4 days`.
    #[must_use]
    pub fn a_period(&self) -> &'static str {
        self.short_week().map_or(if self.summary.weekly { "a week" } else { "a period" }, |days| IN_DAYS[days])
    }

    /// Days less one of a first week that is shorter than seven.
    fn short_week(&self) -> Option<usize> {
        let days = self.dated.as_ref()?.weeks.first()?.span.days() as usize;
        (1..7).contains(&days).then(|| days - 1)
    }
}

const DAYS: [&str; 6] = ["day", "2 days", "3 days", "4 days", "5 days", "6 days"];
const IN_DAYS: [&str; 6] = ["in one day", "in 2 days", "in 3 days", "in 4 days", "in 5 days", "in 6 days"];

#[cfg(test)]
mod tests;
