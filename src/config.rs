//! `termwise.toml`: typed, validated, and the one record of how a run was set up.
//!
//! Defaults stand here and in the stages' own settings; a file overrides them; the command line
//! overrides the file (`cli::settings`). The result is written to `manifest.json` as it was used.

mod error;

pub use error::ConfigError;

use crate::domain::{Date, Objective};
use crate::estimate::{EstimateSettings, RateModel};
use crate::ingest::{IngestSettings, PeriodChoice, TermUnit};
use crate::recommend::{PolicySettings, TermRule};
use crate::response::ResponseSettings;
use error::nearest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything a run can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of all randomness.
    pub seed: u64,
    /// How to read the data.
    pub data: DataConfig,
    /// How to estimate.
    pub estimate: EstimateConfig,
    /// Response curves.
    pub response: ResponseSettings,
    /// What to plan.
    pub plan: PlanConfig,
    /// What the plan may do.
    pub limits: LimitsConfig,
}

/// `[data]`: how to read the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Which column is the term where a file has both: `keyword` or `search-term`.
    pub unit: UnitName,
    /// `week` bins daily rows to weeks, `day` keeps days.
    pub period: PeriodName,
    /// First day of the week.
    pub week_start: WeekdayName,
    /// Length in days of data without dates.
    pub period_days: Option<f64>,
    /// Last day to use.
    pub as_of: Option<Date>,
    /// Which of `match_type`, `campaign`, `ad_group`, `channel` identify a term beside its text; all that are present by default.
    pub key: Option<Vec<String>>,
    /// Source column → canonical column, where the built-in aliases do not fit.
    pub map: BTreeMap<String, String>,
}

/// `[estimate]`: how to estimate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EstimateConfig {
    /// `gamma-poisson` or `beta-binomial`; chosen from the data by default.
    pub rate_model: Option<RateModel>,
}

/// `[plan]`: what to plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanConfig {
    /// `conversions`, `revenue` or `profit`; follows the data by default.
    pub objective: Option<Objective>,
    /// Money a week; the account's current weekly spend by default.
    pub budget: Option<f64>,
    /// Share of revenue that is margin.
    pub margin: Option<f64>,
    /// Complete weeks averaged into current spend.
    pub baseline_weeks: usize,
    /// Level of intervals.
    pub level: f64,
    /// Posterior draws behind intervals and probabilities.
    pub draws: usize,
}

/// `[limits]`: what the plan may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Largest change of a term a week, ratio.
    pub max_change: f64,
    /// Whether paused terms may be funded as if they were new.
    pub restart_paused: bool,
    /// Rules for single terms, campaigns or labels; later rules win.
    pub terms: Vec<TermRule>,
}

/// Which column is the term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitName {
    /// The keyword that was bid on.
    #[default]
    Keyword,
    /// The text that was searched.
    SearchTerm,
}

/// Length of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodName {
    /// Seven days.
    #[default]
    Week,
    /// One day.
    Day,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum WeekdayName {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<WeekdayName> for chrono::Weekday {
    fn from(name: WeekdayName) -> Self {
        match name {
            WeekdayName::Monday => Self::Mon,
            WeekdayName::Tuesday => Self::Tue,
            WeekdayName::Wednesday => Self::Wed,
            WeekdayName::Thursday => Self::Thu,
            WeekdayName::Friday => Self::Fri,
            WeekdayName::Saturday => Self::Sat,
            WeekdayName::Sunday => Self::Sun,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            data: DataConfig::default(),
            estimate: EstimateConfig::default(),
            response: ResponseSettings::default(),
            plan: PlanConfig::default(),
            limits: LimitsConfig::default(),
        }
    }
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            unit: UnitName::Keyword,
            period: PeriodName::Week,
            week_start: WeekdayName::Monday,
            period_days: None,
            as_of: None,
            key: None,
            map: BTreeMap::new(),
        }
    }
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self { objective: None, budget: None, margin: None, baseline_weeks: 4, level: 0.90, draws: 200 }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { max_change: 0.30, restart_paused: false, terms: Vec::new() }
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
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start).min(text.len());
            let before = text.get(..start).unwrap_or_default();
            let message = error.message().to_owned();
            ConfigError::Parse {
                path: path.into(),
                line: before.matches('\n').count() + 1,
                column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
                nearest: nearest(&message),
                message,
            }
        })
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first value out of range, with its key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let check = |fine: bool, key: &'static str, value: String, rule: &'static str| {
            if fine { Ok(()) } else { Err(ConfigError::Value { key, value, rule }) }
        };
        let (plan, limits, response) = (&self.plan, &self.limits, &self.response);
        let open = |x: f64| x > 0.0 && x < 1.0;
        check((0.5..1.0).contains(&plan.level), "plan.level", plan.level.to_string(), "at least 0.5 and below 1")?;
        check(
            (1..=520).contains(&plan.baseline_weeks),
            "plan.baseline_weeks",
            plan.baseline_weeks.to_string(),
            "1 to 520",
        )?;
        check((40..=10_000).contains(&plan.draws), "plan.draws", plan.draws.to_string(), "40 to 10000")?;
        if let Some(budget) = plan.budget {
            check(
                budget > 0.0 && budget.is_finite(),
                "plan.budget",
                budget.to_string(),
                "money above zero, and finite",
            )?;
        }
        if let Some(margin) = plan.margin {
            check(
                margin > 0.0 && margin <= 1.0,
                "plan.margin",
                margin.to_string(),
                "a share above 0 and up to 1 (0.35 for 35%)",
            )?;
        }
        check(
            limits.max_change >= 0.0 && limits.max_change.is_finite(),
            "limits.max_change",
            limits.max_change.to_string(),
            "zero or above (0.3 for ±30%)",
        )?;
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
        if let Some(cap) = response.new_term_cap {
            check(cap >= 0.0 && cap.is_finite(), "response.new_term_cap", cap.to_string(), "zero or above")?;
        }
        if let Some(days) = self.data.period_days {
            check(days > 0.0 && days.is_finite(), "data.period_days", days.to_string(), "above zero")?;
        }
        for rule in &limits.terms {
            for bound in [rule.lower, rule.upper].into_iter().flatten() {
                check(bound >= 0.0 && bound.is_finite(), "limits.terms", bound.to_string(), "money, zero or above")?;
            }
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
            period_days: data.period_days,
            map: data.map.clone(),
            key: data.key.clone(),
        }
    }

    /// Settings of the `estimate` stage.
    #[must_use]
    pub fn estimate(&self) -> EstimateSettings {
        EstimateSettings { rate_model: self.estimate.rate_model, level: self.plan.level }
    }

    /// Settings of the `recommend` stage.
    #[must_use]
    pub fn policy(&self) -> PolicySettings {
        PolicySettings {
            objective: self.plan.objective,
            margin: self.plan.margin,
            budget: self.plan.budget,
            max_change: self.limits.max_change,
            restart_paused: self.limits.restart_paused,
            rules: self.limits.terms.clone(),
            level: self.plan.level,
            draws: self.plan.draws,
            seed: self.seed,
            elasticity_sd: self.response.elasticity_sd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_key_names_place_and_nearest() {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        std::fs::write(file.path(), "seed = 3\n[plan]\nobjectiv = \"profit\"\n").expect("written");
        let error = Config::read(file.path()).expect_err("unknown key");
        assert!(matches!(error, ConfigError::Parse { line: 3, column: 1, .. }), "{error:?}");
        assert_eq!(error.hint().as_deref(), Some("did you mean `objective`?"));
    }

    #[test]
    fn defaults_are_valid_and_survive_a_round_trip() {
        let config = Config::default();
        config.validate().expect("valid");
        let text = toml::to_string(&config).expect("serializable");
        assert_eq!(toml::from_str::<Config>(&text).expect("parsable"), config);
    }

    #[test]
    fn values_out_of_range_are_named() {
        let mut config = Config::default();
        config.plan.margin = Some(35.0);
        let error = config.validate().expect_err("a percentage is not a share");
        assert!(error.to_string().contains("plan.margin"), "{error}");
    }
}
