//! `[plan]`, `[limits]`, `[risk]` and `[exploration]`: what to plan, and what the plan may do.

use super::ConfigError;
use crate::domain::{Date, Objective};
use crate::recommend::{ClassLimit, End, GroupLimit, RiskKind, RiskSettings, Targets, TermRule, TurnoverSettings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[plan]`: what to plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanConfig {
    /// `conversions`, `revenue` or `profit`; follows the data by default.
    pub objective: Option<Objective>,
    /// Money a week; the account's current weekly spend by default.
    pub budget: Option<f64>,
    /// Share of revenue that is margin.
    pub margin: Option<f64>,
    /// Least revenue per unit of money, over everything that the plan spends.
    pub target_roas: Option<f64>,
    /// Largest spend per conversion, over everything that the plan spends.
    pub target_cpa: Option<f64>,
    /// Least return of the last unit of money, in the objective's units.
    pub min_marginal_return: Option<f64>,
    /// Conversions a week to be brought at the least spend; the budget, if given, is a cap.
    pub wanted_conversions: Option<f64>,
    /// Any day of the week that is planned for; the first week after the data by default.
    #[serde(deserialize_with = "super::day::day")]
    pub week: Option<Date>,
    /// Name of the scenario that `recommend` plans; the plan without one by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Decisions on single terms: a `recommendations.csv` with its column `decision` filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisions: Option<PathBuf>,
    /// Complete weeks averaged into current spend.
    pub baseline_weeks: usize,
    /// Level of intervals.
    pub level: f64,
    /// Posterior draws behind intervals and probabilities.
    pub draws: usize,
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self {
            objective: None,
            budget: None,
            margin: None,
            target_roas: None,
            target_cpa: None,
            min_marginal_return: None,
            wanted_conversions: None,
            week: None,
            scenario: None,
            decisions: None,
            baseline_weeks: 4,
            level: 0.90,
            draws: 200,
        }
    }
}

/// `[limits]`: what the plan may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Largest change of a term a week, ratio.
    pub max_change: f64,
    /// Whether paused terms may be funded as if they were new.
    pub restart_paused: bool,
    /// Most that may be moved a week, money: sum of all changes, raised and cut.
    pub max_turnover: Option<f64>,
    /// The same as a share of the account's current spend.
    pub max_turnover_share: Option<f64>,
    /// What a unit of money moved has to earn, in the objective's units; below it a term is left alone.
    pub turnover_price: f64,
    /// Spends are multiples of this, money: whole cents; 0.01 stands for the smallest unit of the currency.
    pub step: f64,
    /// Rules for single terms, campaigns or labels; later rules win.
    pub terms: Vec<TermRule>,
    /// Limits on what channels, campaigns and ad groups spend together.
    pub groups: Vec<GroupLimit>,
    /// Limits on what the terms of a class spend together, such as a label's.
    pub classes: Vec<ClassLimit>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_change: 0.30,
            restart_paused: false,
            max_turnover: None,
            max_turnover_share: None,
            turnover_price: 0.0,
            step: 0.01,
            terms: Vec::new(),
            groups: Vec::new(),
            classes: Vec::new(),
        }
    }
}

/// `[exploration]`: money spent on learning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExplorationConfig {
    /// Share of the budget, 0 to 1.
    pub share: f64,
}

/// Checks one value.
fn check(fine: bool, key: &'static str, value: impl std::fmt::Display, rule: &'static str) -> Result<(), ConfigError> {
    if fine { Ok(()) } else { Err(ConfigError::value(key, value.to_string(), rule)) }
}

pub(super) fn above_zero(key: &'static str, value: Option<f64>, rule: &'static str) -> Result<(), ConfigError> {
    value.map_or(Ok(()), |value| check(value > 0.0 && value.is_finite(), key, value, rule))
}

pub(super) fn zero_or_above(key: &'static str, value: Option<f64>, rule: &'static str) -> Result<(), ConfigError> {
    value.map_or(Ok(()), |value| check(value >= 0.0 && value.is_finite(), key, value, rule))
}

impl PlanConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        check((0.5..1.0).contains(&self.level), "plan.level", self.level, "at least 0.5 and below 1")?;
        check((1..=520).contains(&self.baseline_weeks), "plan.baseline_weeks", self.baseline_weeks, "1 to 520")?;
        check((40..=10_000).contains(&self.draws), "plan.draws", self.draws, "40 to 10000")?;
        above_zero("plan.budget", self.budget, "money above zero, and finite")?;
        if let Some(margin) = self.margin {
            let rule = "a share above 0 and up to 1 (0.35 for 35%)";
            check(margin > 0.0 && margin <= 1.0, "plan.margin", margin, rule)?;
        }
        above_zero("plan.target_roas", self.target_roas, "revenue per unit of money, above zero (4 for 400%)")?;
        above_zero("plan.target_cpa", self.target_cpa, "money a conversion, above zero")?;
        let rule = "zero or above, in the objective's units a unit of money";
        zero_or_above("plan.min_marginal_return", self.min_marginal_return, rule)?;
        above_zero("plan.wanted_conversions", self.wanted_conversions, "conversions a week, above zero")?;
        if let Some(wanted) = self.wanted_conversions {
            let fine = self.objective.is_none_or(|objective| objective == Objective::Conversions);
            check(
                fine,
                "plan.wanted_conversions",
                wanted,
                "given with objective conversions, or without an objective",
            )?;
        }
        let goals = [self.target_roas, self.target_cpa, self.wanted_conversions];
        let given = goals.iter().flatten().count();
        let rule = "at most one of target_roas, target_cpa and wanted_conversions";
        check(given <= 1, "plan", format!("set to {given} goals"), rule)
    }

    pub(super) fn targets(&self) -> Targets {
        Targets {
            roas: self.target_roas,
            cpa: self.target_cpa,
            min_marginal_return: self.min_marginal_return,
            conversions: self.wanted_conversions,
        }
    }
}

/// Name of the whole that a limit is for; `None` where it is for another kind of it.
type NameOf = fn(&GroupLimit) -> Option<String>;

impl LimitsConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let ratio = "zero or above (0.3 for ±30%)";
        check(self.max_change >= 0.0 && self.max_change.is_finite(), "limits.max_change", self.max_change, ratio)?;
        let money = "money, zero or above";
        zero_or_above("limits.max_turnover", self.max_turnover, money)?;
        zero_or_above("limits.max_turnover_share", self.max_turnover_share, "a share of current spend, zero or above")?;
        let both = self.max_turnover.is_some() && self.max_turnover_share.is_some();
        check(!both, "limits.max_turnover", "given twice", "given as money or as `max_turnover_share`, not both")?;
        zero_or_above("limits.turnover_price", Some(self.turnover_price), "zero or above, in the objective's units")?;
        let cents = self.step * 100.0;
        let whole = self.step.is_finite() && cents >= 0.5 && (cents - cents.round()).abs() <= 1e-9 * cents;
        check(whole, "limits.step", self.step, "whole cents, 0.01 or more")?;
        for (at, rule) in self.terms.iter().enumerate() {
            term_rule(rule).map_err(|error| error.of_entry(at))?;
        }
        for (at, limit) in self.groups.iter().enumerate() {
            ends("limits.groups", limit.ends()).map_err(|error| error.of_entry(at))?;
        }
        self.shares_fit()?;
        for (at, limit) in self.classes.iter().enumerate() {
            class_limit(limit).map_err(|error| error.of_entry(at))?;
        }
        Ok(())
    }

    /// Least shares of campaigns, or of channels, are parts of one whole.
    fn shares_fit(&self) -> Result<(), ConfigError> {
        let campaign: NameOf = |limit| limit.campaign.clone().filter(|_| limit.ad_group.is_none());
        let channel: NameOf = |limit| limit.channel.clone().filter(|_| limit.campaign.is_none());
        for kind in [campaign, channel] {
            // of several entries for one the largest holds
            let mut shares: BTreeMap<String, f64> = BTreeMap::new();
            for (at, limit) in self.groups.iter().enumerate() {
                let (Some(name), Some(share)) = (kind(limit), limit.lower_share) else { continue };
                let own = shares.entry(name).or_default();
                *own = own.max(share);
                let sum: f64 = shares.values().sum();
                if sum > 1.0 + 1e-9 {
                    let value = format!("{:.0}% with the least shares before it", 100.0 * sum);
                    let rule = "least shares of campaigns that are 100% together at most";
                    return Err(ConfigError::value("limits.groups", value, rule).of_entry(at));
                }
            }
        }
        Ok(())
    }

    pub(super) fn turnover(&self) -> TurnoverSettings {
        TurnoverSettings { limit: self.max_turnover, limit_share: self.max_turnover_share, price: self.turnover_price }
    }
}

/// Checks a rule of single terms.
fn term_rule(rule: &TermRule) -> Result<(), ConfigError> {
    for bound in [rule.lower, rule.upper, rule.minimum] {
        zero_or_above("limits.terms", bound, "money, zero or above")?;
    }
    for bound in [rule.lower_rel, rule.upper_rel] {
        zero_or_above("limits.terms", bound, "a ratio of current spend, zero or above")?;
    }
    let twice = rule.lower.is_some() && rule.lower_rel.is_some() || rule.upper.is_some() && rule.upper_rel.is_some();
    check(!twice, "limits.terms", "a bound given twice", "given as money or as a ratio (`_rel`), not both")?;
    if let (Some(minimum), Some(upper)) = (rule.minimum, rule.upper) {
        check(minimum <= upper, "limits.terms", minimum, "a minimum that is not above `upper`")?;
    }
    Ok(())
}

/// Checks a limit on a class.
fn class_limit(limit: &ClassLimit) -> Result<(), ConfigError> {
    let rule = "a limit that says which terms it is for: label, match_type, term, campaign or ad_group";
    check(!limit.matches_all(), "limits.classes", "a limit for all terms", rule)?;
    ends("limits.classes", limit.ends())
}

/// Checks both ends of a limit on a sum.
fn ends(key: &'static str, ends: [End; 2]) -> Result<(), ConfigError> {
    for end in ends {
        zero_or_above(key, end.money, "money, zero or above")?;
        zero_or_above(key, end.relative, "a ratio of current spend, zero or above")?;
        if let Some(share) = end.share {
            check((0.0..=1.0).contains(&share), key, share, "a share from 0 to 1")?;
        }
        check(
            end.given() <= 1,
            key,
            "an end given twice",
            "given as money, as a share or as a ratio (`_rel`), one of them",
        )?;
    }
    let [lower, upper] = ends;
    let pairs = [(lower.money, upper.money), (lower.share, upper.share), (lower.relative, upper.relative)];
    for (lower, upper) in pairs.into_iter().filter_map(|(lower, upper)| lower.zip(upper)) {
        check(lower <= upper, key, lower, "a lower limit that is not above the upper limit")?;
    }
    let some = lower.given() + upper.given() > 0;
    check(
        some,
        key,
        "a limit without an end",
        "a limit with `lower` or `upper`, or one of their `_share` and `_rel` forms",
    )
}

/// Checks `[risk]` and `[exploration]`.
pub(super) fn validate_risk(risk: &RiskSettings, exploration: ExplorationConfig) -> Result<(), ConfigError> {
    check(risk.tail > 0.0 && risk.tail <= 1.0, "risk.tail", risk.tail, "a share of the draws above 0 and up to 1")?;
    zero_or_above("risk.aversion", Some(risk.aversion), "zero or above")?;
    let priced = risk.kind != RiskKind::MeanVariance || risk.aversion > 0.0;
    check(priced, "risk.aversion", risk.aversion, "above zero for `mean-variance`")?;
    check((0.0..=1.0).contains(&exploration.share), "exploration.share", exploration.share, "a share from 0 to 1")
}
