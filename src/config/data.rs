//! `[data]`: how to read the input.

use super::weeks::ExcludedDays;
use crate::domain::Date;
use crate::ingest::DateOrder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[data]`: how to read the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    #[serde(deserialize_with = "super::day::day")]
    pub as_of: Option<Date>,
    /// Days whose weeks are left out of the fit, such as an outage or a sale: `"2025-11-24"`, or `"2025-12-22..2026-01-04"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_weeks: Vec<ExcludedDays>,
    /// Whether files that overlap are successive exports of one account, each made on the last day it has.
    pub exports: bool,
    /// Which comes first in dates such as `2/1/2026`: `day-first` or `month-first`; as the data show by default.
    pub date_order: Option<DateOrder>,
    /// Which of `match_type`, `campaign`, `ad_group`, `channel` identify a term beside its text; all that are present by default.
    pub key: Option<Vec<String>>,
    /// Source column → canonical column, where the built-in aliases do not fit.
    pub map: BTreeMap<String, String>,
    /// Tables of the platform's bid and budget simulators, which tell of elasticities.
    pub simulators: Vec<PathBuf>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            unit: UnitName::Keyword,
            period: PeriodName::Week,
            week_start: WeekdayName::Monday,
            period_days: None,
            as_of: None,
            exclude_weeks: Vec::new(),
            exports: false,
            date_order: None,
            key: None,
            map: BTreeMap::new(),
            simulators: Vec::new(),
        }
    }
}

/// Which column is the term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnitName {
    /// The keyword that was bid on.
    #[default]
    Keyword,
    /// The text that was searched.
    SearchTerm,
}

/// Length of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodName {
    /// Seven days.
    #[default]
    Week,
    /// One day.
    Day,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
