//! `termwise.toml`: typed, validated, and the one record of how a run was set up.
//!
//! Defaults stand here and in the stages' own settings; a file overrides them; the command line
//! overrides the file (`cli::settings`). The result is written to `manifest.json` as it was used.

mod data;
mod day;
mod error;
mod horizon;
mod located;
mod place;
mod plan;
mod reference;
mod scenarios;
mod starter;
mod weekly;
mod weeks;

pub use data::{DataConfig, PeriodName, UnitName, WeekdayName};
pub(crate) use error::placed;
pub use error::{ConfigError, Place};
pub use horizon::{HorizonConfig, WeekLimit};
pub use plan::{ExplorationConfig, LimitsConfig, PlanConfig};
pub use reference::{reference, schema};
pub use scenarios::{AddedConfig, ScenarioConfig, ScenarioLimits};
pub use starter::starter;
pub use weekly::WeeklyConfig;
pub use weeks::ExcludedDays;

use crate::domain::{Coin, Date, Format};
use crate::estimate::{DelaySettings, EstimateSettings, RateModel};
use crate::ingest::{IngestSettings, PeriodChoice, TermUnit};
use crate::recommend::{IncrementalityRule, PolicySettings, RiskSettings};
use crate::response::ResponseSettings;
use crate::weekly::GuardSettings;
use error::nearest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything a run can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of all randomness.
    pub seed: u64,
    /// How to read the data.
    pub data: DataConfig,
    /// What the outputs must not show.
    pub privacy: PrivacyConfig,
    /// How to estimate.
    pub estimate: EstimateConfig,
    /// How late conversions are reported.
    pub delay: DelayConfig,
    /// Response curves.
    pub response: ResponseSettings,
    /// What to plan.
    pub plan: PlanConfig,
    /// A plan over dated weeks, with a total for all of them.
    #[serde(skip_serializing_if = "HorizonConfig::is_none")]
    pub horizon: HorizonConfig,
    /// Which share of the counted conversions classes of terms really bring.
    pub incrementality: Vec<IncrementalityRule>,
    /// What the plan may do.
    pub limits: LimitsConfig,
    /// How uncertainty enters the plan.
    pub risk: RiskSettings,
    /// Money spent on learning.
    pub exploration: ExplorationConfig,
    /// In which forms the results are written.
    #[serde(skip_serializing_if = "ReportConfig::is_default")]
    pub report: ReportConfig,
    /// Plans to compare with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<ScenarioConfig>,
    /// The scheduled run.
    #[serde(skip_serializing_if = "is_default")]
    pub weekly: WeeklyConfig,
    /// What holds the scheduled run's plan back.
    #[serde(skip_serializing_if = "is_default")]
    pub guards: GuardSettings,
    /// The file that it was read from.
    #[serde(skip)]
    source: Option<place::Source>,
}

/// `[privacy]`: what the outputs must not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Terms with fewer clicks are folded into `(other terms)` in every file, chart and page; 0 names all.
    pub min_count: u32,
}

/// `[estimate]`: how to estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EstimateConfig {
    /// `gamma-poisson` or `beta-binomial`; chosen from the data by default.
    pub rate_model: Option<RateModel>,
    /// Whether rates may move over time, as far as the data say so; `false` takes them as constant.
    pub drift: bool,
    /// Whether match type, label, ad group, channel and volume tell about a term's rate, as far as the data say so.
    pub attributes: bool,
    /// Whether words that terms share do, too; off, as it made no backtest better.
    pub words: bool,
}

impl Default for EstimateConfig {
    fn default() -> Self {
        Self { rate_model: None, drift: true, attributes: true, words: false }
    }
}

/// `[delay]`: how late conversions are reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DelayConfig {
    /// Share of a period's final conversions that is known at its end, one period later, and so on; 1 beyond the
    /// last. Measured from successive exports or conversion dates by default, where the data have them.
    pub completed: Option<Vec<f64>>,
}

/// `[report]`: in which forms the results are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// Forms of the tables beside CSV: `json` (an array of objects a table), `md` (one page for a chat or a mail), `xlsx` (a
    /// workbook with formulas that add up).
    pub formats: Vec<Format>,
    /// Weeks that a report of `recommend` forecasts from what was known before them, to say how good forecasts are on this
    /// account; 0 leaves it out. Of a large account a sample of the terms is tested.
    pub backtest_weeks: usize,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { formats: Vec::new(), backtest_weeks: 4 }
    }
}

impl ReportConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            data: DataConfig::default(),
            privacy: PrivacyConfig::default(),
            estimate: EstimateConfig::default(),
            delay: DelayConfig::default(),
            response: ResponseSettings::default(),
            plan: PlanConfig::default(),
            horizon: HorizonConfig::default(),
            incrementality: Vec::new(),
            limits: LimitsConfig::default(),
            risk: RiskSettings::default(),
            exploration: ExplorationConfig::default(),
            report: ReportConfig::default(),
            scenarios: Vec::new(),
            weekly: WeeklyConfig::default(),
            guards: GuardSettings::default(),
            source: None,
        }
    }
}

impl Config {
    /// Reads and checks the syntax of a file; ranges are checked by [`Self::validate`].
    ///
    /// # Errors
    /// A file that cannot be read or parsed, or with unknown keys: with line, column and nearest key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let text = String::from_utf8(bytes).map_err(|error| ConfigError::Read {
            path: path.into(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error()),
        })?;
        let source = place::Source { path: path.into(), text };
        match toml::from_str::<Self>(&source.text) {
            Ok(config) => Ok(Self { source: Some(source), ..config }),
            Err(error) => {
                let Place { path, line, column } = source.at(error.span().map_or(0, |span| span.start));
                let message = error.message().to_owned();
                Err(ConfigError::Parse { path, line, column, nearest: nearest(&message), message })
            }
        }
    }

    /// Where a path such as `scenarios[2].budget` stands in the file that this was read from.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        self.source.as_ref()?.place(path)
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first value out of range, with its key, and its place where it stands in a file.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_values().map_err(|error| self.placed(error))?;
        self.validate_scenarios()
    }

    fn placed(&self, error: ConfigError) -> ConfigError {
        match &self.source {
            Some(source) => source.placed(error),
            None => error,
        }
    }

    fn validate_values(&self) -> Result<(), ConfigError> {
        let check = |fine: bool, key: &'static str, value: String, rule: &'static str| {
            if fine { Ok(()) } else { Err(ConfigError::value(key, value, rule)) }
        };
        self.validate_excluded()?;
        self.plan.validate()?;
        self.limits.validate()?;
        self.validate_horizon()?;
        self.weekly.validate()?;
        if let Err((key, value, rule)) = self.guards.validate() {
            check(false, key, value, rule)?;
        }
        plan::validate_risk(&self.risk, self.exploration)?;
        let response = &self.response;
        let open = |x: f64| x > 0.0 && x < 1.0;
        check(open(response.elasticity), "response.elasticity", response.elasticity.to_string(), "between 0 and 1")?;
        check(
            (0.0..=1.0).contains(&response.elasticity_sd),
            "response.elasticity_sd",
            response.elasticity_sd.to_string(),
            "0 to 1",
        )?;
        check(
            (0.0..=1.0).contains(&response.new_terms_share),
            "response.new_terms_share",
            response.new_terms_share.to_string(),
            "0 to 1",
        )?;
        check(
            response.trusted_change >= 0.0 && response.trusted_change.is_finite(),
            "response.trusted_change",
            response.trusted_change.to_string(),
            "zero or above (0.3 for +30%)",
        )?;
        for rule in &self.incrementality {
            if let Err((key, value, rule)) = rule.validate() {
                check(false, key, value, rule)?;
            }
        }
        if let Some(cap) = response.new_term_cap {
            check(cap >= 0.0 && cap.is_finite(), "response.new_term_cap", cap.to_string(), "zero or above")?;
        }
        if let Some(completed) = &self.delay.completed
            && let Err(rule) = DelaySettings::with_table(completed.clone())
        {
            check(false, "delay.completed", format!("{completed:?}"), rule)?;
        }
        if let Some(days) = self.data.period_days {
            check(days > 0.0 && days.is_finite(), "data.period_days", days.to_string(), "above zero")?;
        }
        Ok(())
    }

    /// Settings of the `ingest` stage.
    #[must_use]
    pub fn ingest(&self) -> IngestSettings {
        let data = &self.data;
        IngestSettings {
            unit: match data.unit {
                UnitName::Keyword => TermUnit::Keyword,
                UnitName::SearchTerm => TermUnit::SearchTerm,
            },
            period: match data.period {
                PeriodName::Week => PeriodChoice::Week,
                PeriodName::Day => PeriodChoice::Day,
            },
            week_start: data.week_start.into(),
            as_of: data.as_of,
            unread: Vec::new(),
            period_days: data.period_days,
            map: data.map.clone(),
            exports: data.exports,
            date_order: data.date_order,
            key: data.key.clone(),
            min_count: self.privacy.min_count,
        }
    }

    /// Settings of the `estimate` stage.
    #[must_use]
    pub fn estimate(&self) -> EstimateSettings {
        EstimateSettings {
            rate_model: self.estimate.rate_model,
            level: self.plan.level,
            drift: self.estimate.drift,
            attributes: self.estimate.attributes,
            words: self.estimate.words,
            delay: self.delay(),
        }
    }

    /// Settings of the `response` stage.
    #[must_use]
    pub fn response(&self) -> ResponseSettings {
        ResponseSettings { week: self.plan.week, ..self.response }.exploring(self.exploration.share)
    }

    /// Checks the planned weeks, of scenarios too, against the last day of the data.
    ///
    /// # Errors
    /// A week in the past, or further ahead than a year: last year's weeks say nothing of it.
    pub fn validate_weeks(&self, as_of: Option<Date>) -> Result<(), ConfigError> {
        let Some(as_of) = as_of else { return self.without_dates() };
        validate_week(self.plan.week, as_of).map_err(|error| self.placed(error))?;
        self.validate_span(as_of)?;
        for (at, scenario) in self.scenarios.iter().enumerate() {
            validate_week(scenario.week, as_of).map_err(|error| self.in_scenario(at, error))?;
        }
        Ok(())
    }

    /// What the user knows of the reporting delay; a table out of range, which [`Self::validate`] refuses, is none.
    #[must_use]
    pub fn delay(&self) -> DelaySettings {
        let table = self.delay.completed.clone().map(DelaySettings::with_table);
        table.and_then(Result::ok).unwrap_or_default()
    }

    /// Settings of the `recommend` stage.
    #[must_use]
    pub fn policy(&self) -> PolicySettings {
        PolicySettings {
            objective: self.plan.objective,
            margin: self.plan.margin,
            budget: self.plan.budget,
            targets: self.plan.targets(),
            max_change: self.limits.max_change,
            restart_paused: self.limits.restart_paused,
            rules: self.limits.terms.clone(),
            decisions: Vec::new(),
            held_back: Vec::new(),
            excluded: Vec::new(),
            changes: Vec::new(),
            added: Vec::new(),
            rates: Vec::new(),
            groups: self.limits.groups.clone(),
            classes: self.limits.classes.clone(),
            incrementality: self.incrementality.clone(),
            turnover: self.limits.turnover(),
            step: self.limits.step,
            coin: Coin::default(),
            risk: self.risk,
            exploration: self.exploration.share,
            level: self.plan.level,
            draws: self.plan.draws,
            seed: self.seed,
        }
    }
}

impl Config {
    /// Refuses planned weeks where the rows carry no date.
    fn without_dates(&self) -> Result<(), ConfigError> {
        let rule = "left out, as the rows carry no date";
        if let Some(week) = self.plan.week {
            return Err(self.placed(ConfigError::value("plan.week", week.to_string(), rule)));
        }
        let dated = |scenario: &ScenarioConfig| scenario.week;
        match self.scenarios.iter().enumerate().find_map(|(at, scenario)| Some((at, dated(scenario)?))) {
            Some((at, week)) => Err(self.in_scenario(at, ConfigError::value("week", week.to_string(), rule))),
            None => Ok(()),
        }
    }
}

/// Sections of a command's own stay out of the manifests of the others.
fn is_default<T: Default + PartialEq>(section: &T) -> bool {
    *section == T::default()
}

/// Whether a day comes after the data, and within the year after: beyond, last year's weeks say nothing of it.
fn is_ahead(day: Date, as_of: Date) -> bool {
    (1..=366).contains(&(day - as_of).num_days())
}

/// Checks a planned week against the last day of the data.
fn validate_week(week: Option<Date>, as_of: Date) -> Result<(), ConfigError> {
    let Some(week) = week else { return Ok(()) };
    let rule = "a day after the last one of the data, and at most a year after it";
    let value = format!("{week} (the data end on {as_of})");
    if is_ahead(week, as_of) { Ok(()) } else { Err(ConfigError::value("plan.week", value, rule)) }
}

#[cfg(test)]
mod tests;
