//! `[[scenarios]]`: what each plans otherwise than the rest of the file, and what it supposes of the world.

use super::{Config, ConfigError, ExplorationConfig, LimitsConfig};
use crate::domain::{Date, Objective, TermKey};
use crate::recommend::{Change, ClassLimit, GroupLimit, OwnEntries, RiskSettings, TermRule, TermSelector};
use crate::scenario::{AddedTerm, Scenario};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One scenario. Keys that are left out are as in the rest of the file; lists of limits are added to those there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScenarioConfig {
    /// What it is called; each has its own name.
    pub name: String,
    /// Money a week.
    pub budget: Option<f64>,
    /// Change of the budget, ratio: -0.2 for a fifth less.
    pub budget_change: Option<f64>,
    /// `conversions`, `revenue` or `profit`.
    pub objective: Option<Objective>,
    /// Share of revenue that is margin, for terms whose rows do not say; `change` with `margin` is for all.
    pub margin: Option<f64>,
    /// Least revenue per unit of money; takes the place of the file's goal.
    pub target_roas: Option<f64>,
    /// Largest spend per conversion; takes the place of the file's goal.
    pub target_cpa: Option<f64>,
    /// Least return of the last unit of money.
    pub min_marginal_return: Option<f64>,
    /// Conversions a week to be brought at the least spend; takes the place of the file's goal.
    pub wanted_conversions: Option<f64>,
    /// Any day of the week that is planned for.
    #[serde(deserialize_with = "super::day::day")]
    pub week: Option<Date>,
    /// Largest change of a term, ratio.
    pub max_change: Option<f64>,
    /// Whether paused terms may be funded as if they were new.
    pub restart_paused: Option<bool>,
    /// Most that may be moved a week, money.
    pub max_turnover: Option<f64>,
    /// The same as a share of the account's current spend.
    pub max_turnover_share: Option<f64>,
    /// What a unit of money moved has to earn, in the objective's units.
    pub turnover_price: Option<f64>,
    /// Plans without the limits of the rest of the file: rules, groups, classes and turnover. The largest change stays.
    pub drop_limits: bool,
    /// Limits of its own.
    pub limits: ScenarioLimits,
    /// How uncertainty enters the plan.
    pub risk: Option<RiskSettings>,
    /// Money spent on learning.
    pub exploration: Option<ExplorationConfig>,
    /// Terms that get nothing.
    pub exclude: Vec<TermSelector>,
    /// Terms that the account does not have: keywords to be tried.
    pub add: Vec<AddedConfig>,
    /// What is supposed of prices, searches, rates, values and margins, as factors.
    pub change: Vec<Change>,
}

/// A term that a scenario adds, named as a row of the data would name it. What is not known of it is taken from its campaign.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddedConfig {
    /// Text of the term.
    pub term: String,
    /// Match type.
    pub match_type: Option<String>,
    /// Campaign.
    pub campaign: Option<String>,
    /// Ad group.
    pub ad_group: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// Labels, separated by `;`.
    pub label: Option<String>,
    /// Share of revenue that is margin.
    pub margin: Option<f64>,
    /// Price of its first clicks, money a click.
    pub cpc: Option<f64>,
    /// Clicks a week that there are to be had, as a keyword planner tells them.
    pub clicks: Option<f64>,
    /// Conversions per click.
    pub conversion_rate: Option<f64>,
    /// Revenue per conversion, money.
    pub value: Option<f64>,
}

impl AddedConfig {
    fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |value: String, rule| Err(ConfigError::value("add", value, rule));
        if self.term.trim().is_empty() {
            return refuse("an entry without a term".to_owned(), "entries with `term`, the text of the keyword");
        }
        let given = [
            ("cpc", self.cpc),
            ("clicks", self.clicks),
            ("conversion_rate", self.conversion_rate),
            ("value", self.value),
        ];
        if let Some((key, figure)) =
            given.iter().find(|(_, figure)| figure.is_some_and(|figure| !(figure > 0.0 && figure.is_finite())))
        {
            return refuse(format!("{key} = {}", figure.unwrap_or_default()), "figures above zero");
        }
        match self.margin {
            Some(margin) if !(0.0..=1.0).contains(&margin) => {
                refuse(format!("margin = {margin}"), "a margin from 0 to 1 (0.35 for 35%)")
            }
            _ => Ok(()),
        }
    }

    fn added(&self) -> AddedTerm {
        let key = TermKey {
            term: self.term.trim().to_owned(),
            match_type: self.match_type.clone(),
            campaign: self.campaign.clone(),
            ad_group: self.ad_group.clone(),
            channel: self.channel.clone(),
        };
        AddedTerm {
            key,
            label: self.label.clone(),
            margin: self.margin,
            cpc: self.cpc,
            clicks: self.clicks,
            conversion_rate: self.conversion_rate,
            value: self.value,
        }
    }
}

/// Limits of a scenario, beside those of the rest of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScenarioLimits {
    /// Rules for single terms, campaigns or labels; they win over the file's.
    pub terms: Vec<TermRule>,
    /// Limits on what channels, campaigns and ad groups spend together.
    pub groups: Vec<GroupLimit>,
    /// Limits on what the terms of a class spend together.
    pub classes: Vec<ClassLimit>,
}

/// Name of the plan without a scenario.
const BASE: &str = "base";

impl ScenarioConfig {
    /// The whole config as the scenario has it, without scenarios.
    fn config(&self, base: &Config) -> Config {
        let mut config = Config { scenarios: Vec::new(), source: None, ..base.clone() };
        config.plan.scenario = None;
        let (plan, limits) = (&mut config.plan, &mut config.limits);
        let goals = [self.target_roas, self.target_cpa, self.wanted_conversions];
        if goals.iter().any(Option::is_some) {
            // a plan has one goal: the scenario's own
            (plan.target_roas, plan.target_cpa, plan.wanted_conversions) = (None, None, None);
        }
        let set = |into: &mut Option<f64>, own: Option<f64>| *into = own.or(*into);
        set(&mut plan.budget, self.budget);
        set(&mut plan.margin, self.margin);
        set(&mut plan.target_roas, self.target_roas);
        set(&mut plan.target_cpa, self.target_cpa);
        set(&mut plan.min_marginal_return, self.min_marginal_return);
        set(&mut plan.wanted_conversions, self.wanted_conversions);
        plan.objective = self.objective.or(plan.objective);
        plan.week = self.week.or(plan.week);
        if self.budget_change.is_some() {
            plan.budget = None;
        }
        if self.drop_limits {
            let LimitsConfig { max_change, restart_paused, step, .. } = *limits;
            *limits = LimitsConfig { max_change, restart_paused, step, ..LimitsConfig::default() };
        }
        if self.max_turnover.or(self.max_turnover_share).is_some() {
            (limits.max_turnover, limits.max_turnover_share) = (self.max_turnover, self.max_turnover_share);
        }
        limits.max_change = self.max_change.unwrap_or(limits.max_change);
        limits.restart_paused = self.restart_paused.unwrap_or(limits.restart_paused);
        limits.turnover_price = self.turnover_price.unwrap_or(limits.turnover_price);
        limits.terms.extend(self.limits.terms.iter().cloned());
        limits.groups.extend(self.limits.groups.iter().cloned());
        limits.classes.extend(self.limits.classes.iter().cloned());
        config.risk = self.risk.unwrap_or(config.risk);
        config.exploration = self.exploration.unwrap_or(config.exploration);
        config
    }

    /// Checks everything but what needs the data.
    pub(super) fn validate(&self, base: &Config) -> Result<(), ConfigError> {
        let refuse = |key, value: String, rule| Err(ConfigError::value(key, value, rule));
        if self.name.trim().is_empty() {
            return refuse("name", "empty".to_owned(), "a name, as the comparison shows it");
        }
        if self.name.chars().any(char::is_control) {
            return refuse("name", format!("{:?}", self.name), "a name in one line, without control characters");
        }
        if self.name == BASE {
            return refuse("name", BASE.to_owned(), "another name: `base` is the plan without a scenario");
        }
        if let Some(change) = self.budget_change {
            if self.budget.is_some() {
                return refuse("budget", "given twice".to_owned(), "given as `budget` or as `budget_change`, not both");
            }
            if !(change > -1.0 && change <= 100.0) {
                return refuse("budget_change", change.to_string(), "above -1 (-0.2 for a fifth less)");
            }
        }
        for terms in &self.exclude {
            if terms.matches_all() {
                let rule = "entries that say which terms they are for: term, match_type, campaign, ad_group or label";
                return refuse("exclude", "an entry for all terms".to_owned(), rule);
            }
        }
        for (at, added) in self.add.iter().enumerate() {
            added.validate().map_err(|error| error.of_entry(at))?;
        }
        for (at, change) in self.change.iter().enumerate() {
            change.validate().map_err(|(key, value, rule)| ConfigError::value(key, value, rule).of_entry(at))?;
        }
        // its own entries alone, so that a message counts those
        let ScenarioLimits { terms, groups, classes } = self.limits.clone();
        let whole = self.config(base);
        let limits = LimitsConfig { terms, groups, classes, ..whole.limits };
        Config { limits, ..whole }.validate()
    }

    /// The scenario for the `scenario` stage.
    fn scenario(&self, base: &Config) -> Scenario {
        let mut policy = self.config(base).policy();
        policy.excluded.clone_from(&self.exclude);
        policy.changes.clone_from(&self.change);
        let own = OwnEntries {
            terms: self.limits.terms.len(),
            groups: self.limits.groups.len(),
            classes: self.limits.classes.len(),
        };
        let add = self.add.iter().map(AddedConfig::added).collect();
        let budget_ratio = self.budget_change.map(|change| 1.0 + change);
        Scenario { name: self.name.clone(), policy, budget_ratio, week: self.week, add, own }
    }
}

impl Config {
    /// Settings of the `scenario` stage, in the order of the file.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario> {
        self.scenarios.iter().map(|scenario| scenario.scenario(self)).collect()
    }

    /// The scenario that `plan.scenario` names.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn chosen(&self) -> Result<Option<(usize, Scenario)>, ConfigError> {
        let Some(name) = &self.plan.scenario else { return Ok(None) };
        if let Some(at) = self.scenarios.iter().position(|scenario| &scenario.name == name) {
            return Ok(Some((at, self.scenarios[at].scenario(self))));
        }
        let rule = "the name of one of `[[scenarios]]` in the config file";
        Err(ConfigError::value("scenario", format!("\"{name}\""), rule))
    }

    /// Checks every scenario.
    pub(super) fn validate_scenarios(&self) -> Result<(), ConfigError> {
        for (at, scenario) in self.scenarios.iter().enumerate() {
            let twice = self.scenarios[..at].iter().any(|other| other.name == scenario.name);
            let checked = if twice {
                let rule = "a name that no other scenario has";
                Err(ConfigError::value("name", format!("\"{}\" again", scenario.name), rule))
            } else {
                scenario.validate(self)
            };
            checked.map_err(|error| self.in_scenario(at, error))?;
        }
        Ok(())
    }

    /// An error of a scenario's settings, named and placed.
    pub(super) fn in_scenario(&self, at: usize, error: ConfigError) -> ConfigError {
        let key = match &error {
            ConfigError::Value { key, entry, .. } => {
                let list = ["limits.terms", "limits.groups", "limits.classes"].contains(key);
                let own = if list { key } else { key.rsplit('.').next().unwrap_or(key) };
                entry.map_or_else(|| own.to_owned(), |entry| format!("{own}[{entry}]"))
            }
            _ => String::new(),
        };
        ConfigError::Scenario {
            place: self.place(&format!("scenarios[{at}].{key}")),
            name: self.scenarios[at].name.clone(),
            error: Box::new(error),
        }
    }
}
