//! What the plan is asked for: objective, targets, limits, risk. Typed here, read by `config`.
//!
//! Money is a week (a period for undated data), in account currency.

use super::incrementality::IncrementalityRule;
use super::selector::{Selector, same, selector};
use super::what_if::{Change, TermSelector};
use crate::domain::{Coin, Decision, Objective, Term, TermKey};
use serde::{Deserialize, Serialize};

/// Settings of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicySettings {
    /// What to maximize; `None` follows the data (see [`super::resolve_objective`]).
    pub objective: Option<Objective>,
    /// Share of revenue that is margin, for terms whose rows do not say.
    pub margin: Option<f64>,
    /// Money a week (or period); `None` is the current spend of the terms that may be funded.
    pub budget: Option<f64>,
    /// What the plan has to reach.
    pub targets: Targets,
    /// Largest change of a term, ratio of its reference (see [`super::Limits`]).
    pub max_change: f64,
    /// Whether paused terms may be funded as if they were new.
    pub restart_paused: bool,
    /// Rules for single terms, campaigns or labels; later rules win.
    pub rules: Vec<TermRule>,
    /// What a person has decided about single terms.
    pub decisions: Vec<Decision>,
    /// Campaigns that are held back to measure lift: their terms keep what they spend now.
    pub held_back: Vec<HeldBack>,
    /// Terms that get nothing.
    pub excluded: Vec<TermSelector>,
    /// Terms without a single cell that may be funded as if they were new, whatever their status: those that a scenario adds.
    pub added: Vec<TermKey>,
    /// Factors on the rates of single terms, ratio; empty where all are as estimated. Shape: terms.
    pub rates: Vec<f64>,
    /// Suppositions on rates, values and margins; those on prices and searches are in the curves (see [`super::Factors`]).
    pub changes: Vec<Change>,
    /// Limits on what channels, campaigns and ad groups spend together.
    pub groups: Vec<GroupLimit>,
    /// Limits on what terms of a class spend together.
    pub classes: Vec<ClassLimit>,
    /// Which share of the counted conversions classes of terms really bring; later rules win.
    pub incrementality: Vec<IncrementalityRule>,
    /// Limit and price of moving money.
    pub turnover: TurnoverSettings,
    /// Spends are multiples of this, money; 0.01 and less stands for the currency's smallest unit.
    pub step: f64,
    /// What the currency is divided into; [`super::plan`] takes that of the data.
    #[serde(skip)]
    pub coin: Coin,
    /// How uncertainty enters the plan itself.
    pub risk: RiskSettings,
    /// Share of the budget spent on learning, 0 to 1.
    pub exploration: f64,
    /// Level of intervals.
    pub level: f64,
    /// Posterior draws behind intervals and probabilities.
    pub draws: usize,
    /// Seed of all randomness.
    pub seed: u64,
}

impl Default for PolicySettings {
    /// What a plan is where nothing is asked for: today's spend, no term moved by more than 30%, 200 draws.
    fn default() -> Self {
        Self {
            objective: None,
            margin: None,
            budget: None,
            targets: Targets::default(),
            max_change: 0.30,
            restart_paused: false,
            rules: Vec::new(),
            decisions: Vec::new(),
            held_back: Vec::new(),
            excluded: Vec::new(),
            added: Vec::new(),
            rates: Vec::new(),
            changes: Vec::new(),
            groups: Vec::new(),
            classes: Vec::new(),
            incrementality: Vec::new(),
            turnover: TurnoverSettings::default(),
            step: 0.01,
            coin: Coin::default(),
            risk: RiskSettings::default(),
            exploration: 0.0,
            level: 0.90,
            draws: 200,
            seed: 1,
        }
    }
}

impl PolicySettings {
    /// The same in a currency: spends are in whole ones of what it is divided into.
    #[must_use]
    pub fn in_currency(&self, currency: Option<&str>) -> Self {
        let coin = Coin::of(currency);
        let step = if coin == Coin::default() {
            self.step
        } else if self.step <= 0.01 {
            coin.step()
        } else {
            coin.up(self.step)
        };
        Self { step, coin, ..self.clone() }
    }
}

/// A campaign that is held back; under two channels of one name each is one of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldBack {
    /// Channel; `None` where the data have none.
    pub channel: Option<String>,
    /// Campaign.
    pub campaign: Option<String>,
}

impl HeldBack {
    pub(super) fn matches(&self, term: &Term) -> bool {
        self.channel == term.key.channel && self.campaign == term.key.campaign
    }
}

/// What the plan has to reach; at most one of ROAS, CPA and volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Targets {
    /// Least revenue per unit of money over the whole plan.
    pub roas: Option<f64>,
    /// Largest spend per conversion over the whole plan, money.
    pub cpa: Option<f64>,
    /// Least return of the last unit of money of any term, in the objective's units (margin for profit).
    pub min_marginal_return: Option<f64>,
    /// Conversions a week (or period) that the plan has to bring, at the least spend.
    pub conversions: Option<f64>,
}

impl Targets {
    /// Whether money may stay unspent although more of it would earn something.
    pub(super) fn any(&self) -> bool {
        [self.roas, self.cpa, self.min_marginal_return, self.conversions].iter().any(Option::is_some)
    }
}

/// Limit and price of moving money: of `Σ |planned − current|`, in which a unit that goes from one
/// term to another counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TurnoverSettings {
    /// Most that may be moved, money.
    pub limit: Option<f64>,
    /// Most that may be moved, share of the account's current spend.
    pub limit_share: Option<f64>,
    /// What a unit of money moved has to earn, in the objective's units.
    pub price: f64,
}

/// How uncertainty enters the plan itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RiskSettings {
    /// `expected`, `tail-mean` or `mean-variance`.
    pub kind: RiskKind,
    /// `tail-mean`: share of the worst draws whose mean is maximized.
    pub tail: f64,
    /// `mean-variance`: the plan makes most of `mean − aversion/2 · variance`, so half of it is the objective given up for a unit of its variance.
    pub aversion: f64,
}

/// What is maximized over the posterior draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RiskKind {
    /// The expected objective.
    #[default]
    Expected,
    /// The mean of the worst draws (conditional value at risk).
    TailMean,
    /// The expected objective less a price for its variance.
    MeanVariance,
}

impl RiskKind {
    /// The name used in config and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::TailMean => "tail-mean",
            Self::MeanVariance => "mean-variance",
        }
    }
}

impl Default for RiskSettings {
    fn default() -> Self {
        Self { kind: RiskKind::Expected, tail: 0.1, aversion: 0.0 }
    }
}

/// A limit on the terms that match every field that is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TermRule {
    /// Text of the term, exactly.
    pub term: Option<String>,
    /// Match type, exactly.
    pub match_type: Option<String>,
    /// Campaign, exactly.
    pub campaign: Option<String>,
    /// Ad group, exactly.
    pub ad_group: Option<String>,
    /// One of the term's labels.
    pub label: Option<String>,
    /// Keep at current spend.
    pub fixed: bool,
    /// Least spend, money a week.
    pub lower: Option<f64>,
    /// Most spend, money a week.
    pub upper: Option<f64>,
    /// Least spend, ratio of the term's current spend, scaled to the budget as the change limit is.
    pub lower_rel: Option<f64>,
    /// Most spend, ratio of the same reference.
    pub upper_rel: Option<f64>,
    /// Nothing or at least this, money a week. Stronger than the change limit: it lets the term fall to nothing, and rise to
    /// the minimum, which a note tells; `lower` and `upper` of the same rule hold.
    pub minimum: Option<f64>,
}

impl TermRule {
    pub(super) fn selector(&self) -> Selector<'_> {
        selector!(self)
    }
}

/// A limit on what a channel, campaign or ad group spends; without any of the three, the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GroupLimit {
    /// Channel, exactly.
    pub channel: Option<String>,
    /// Campaign, exactly.
    pub campaign: Option<String>,
    /// Ad group, exactly.
    pub ad_group: Option<String>,
    /// Least spend, money a week.
    pub lower: Option<f64>,
    /// Most spend, money a week.
    pub upper: Option<f64>,
    /// Least share of what the whole plan spends.
    pub lower_share: Option<f64>,
    /// Largest share of what the whole plan spends.
    pub upper_share: Option<f64>,
    /// Least spend, ratio of the group's current spend, scaled to the budget as the change limit is.
    pub lower_rel: Option<f64>,
    /// Most spend, ratio of the same reference.
    pub upper_rel: Option<f64>,
}

/// A limit on what the terms spend that match every field that is given; it may cut across campaigns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClassLimit {
    /// One of the term's labels.
    pub label: Option<String>,
    /// Match type, exactly.
    pub match_type: Option<String>,
    /// Text of the term, exactly.
    pub term: Option<String>,
    /// Campaign, exactly.
    pub campaign: Option<String>,
    /// Ad group, exactly.
    pub ad_group: Option<String>,
    /// Least spend, money a week.
    pub lower: Option<f64>,
    /// Most spend, money a week.
    pub upper: Option<f64>,
    /// Least share of what the whole plan spends.
    pub lower_share: Option<f64>,
    /// Largest share of what the whole plan spends.
    pub upper_share: Option<f64>,
    /// Least spend, ratio of the class's current spend, scaled to the budget as the change limit is.
    pub lower_rel: Option<f64>,
    /// Most spend, ratio of the same reference.
    pub upper_rel: Option<f64>,
}

/// One end of a limit on a sum, in the three ways it can be given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct End {
    /// Money a week.
    pub money: Option<f64>,
    /// Share of what the whole plan spends.
    pub share: Option<f64>,
    /// Ratio of current spend, scaled to the budget.
    pub relative: Option<f64>,
}

impl End {
    /// How many of the three are given; more than one contradict each other.
    #[must_use]
    pub fn given(&self) -> usize {
        [self.money, self.share, self.relative].iter().flatten().count()
    }
}

impl GroupLimit {
    /// Lower and upper end.
    #[must_use]
    pub fn ends(&self) -> [End; 2] {
        [
            End { money: self.lower, share: self.lower_share, relative: self.lower_rel },
            End { money: self.upper, share: self.upper_share, relative: self.upper_rel },
        ]
    }

    pub(super) fn matches(&self, term: &Term) -> bool {
        same(self.channel.as_deref(), term.key.channel.as_deref())
            && same(self.campaign.as_deref(), term.key.campaign.as_deref())
            && same(self.ad_group.as_deref(), term.key.ad_group.as_deref())
    }
}

impl ClassLimit {
    /// Lower and upper end.
    #[must_use]
    pub fn ends(&self) -> [End; 2] {
        [
            End { money: self.lower, share: self.lower_share, relative: self.lower_rel },
            End { money: self.upper, share: self.upper_share, relative: self.upper_rel },
        ]
    }

    /// Whether no field says which terms are meant.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.selector().is_empty()
    }

    pub(super) fn selector(&self) -> Selector<'_> {
        selector!(self)
    }
}
