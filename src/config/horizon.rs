//! `[horizon]`: a total for a span of days, split by term and week.

use super::is_ahead;
use super::plan::{above_zero, zero_or_above};
use super::{Config, ConfigError};
use crate::domain::Date;
use crate::recommend::{HorizonEnd, HorizonSettings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[horizon]`: a plan over dated weeks; without `until` or `weeks` the plan is of one week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HorizonConfig {
    /// First day of the span; the day after the data by default. Where it lies in the data, what was spent since counts.
    #[serde(deserialize_with = "super::day::day")]
    pub from: Option<Date>,
    /// Last day of the span.
    #[serde(deserialize_with = "super::day::day")]
    pub until: Option<Date>,
    /// The same in weeks to come, in place of `until`.
    pub weeks: Option<u32>,
    /// Money for the whole span; `plan.budget` in every week by default, a shorter week by its days.
    pub total: Option<f64>,
    /// Money of the total that is spent already; what the data have since `from` by default.
    pub spent: Option<f64>,
    /// Least money a week; a shorter week has its share.
    pub lower: Option<f64>,
    /// Most money a week; a shorter week has its share.
    pub upper: Option<f64>,
    /// Other limits for single weeks; later entries win.
    pub limits: Vec<WeekLimit>,
}

/// A limit on the money of one week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeekLimit {
    /// Any day of the week.
    #[serde(deserialize_with = "super::day::day")]
    pub week: Option<Date>,
    /// Least money in it; a shorter week has its share.
    pub lower: Option<f64>,
    /// Most money in it; a shorter week has its share.
    pub upper: Option<f64>,
}

/// Weeks that can be planned at most.
const MOST_WEEKS: u32 = 53;

impl HorizonConfig {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Settings for the `recommend` stage; `None` for a plan of one week.
    #[must_use]
    pub fn settings(&self) -> Option<HorizonSettings> {
        let end = self.until.map(HorizonEnd::Until).or(self.weeks.map(HorizonEnd::Weeks))?;
        let weeks = self.limits.iter().filter_map(|limit| Some((limit.week?, [limit.lower, limit.upper])));
        Some(HorizonSettings {
            from: self.from,
            end,
            total: self.total,
            spent: self.spent,
            ends: [self.lower, self.upper],
            weeks: weeks.collect(),
        })
    }
}

fn refuse<T>(key: &'static str, value: impl std::fmt::Display, rule: &'static str) -> Result<T, ConfigError> {
    Err(ConfigError::value(key, value.to_string(), rule))
}

/// Checks both ends of a week's money.
fn ends(key: &'static str, lower: Option<f64>, upper: Option<f64>) -> Result<(), ConfigError> {
    for money in [lower, upper] {
        zero_or_above(key, money, "money a week, zero or above")?;
    }
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower > upper => refuse(key, lower, "a `lower` that is not above `upper`"),
        _ => Ok(()),
    }
}

impl Config {
    /// Checks `[horizon]`, but for what needs the data.
    pub(super) fn validate_horizon(&self) -> Result<(), ConfigError> {
        let horizon = &self.horizon;
        if horizon.is_none() {
            return Ok(());
        }
        match (horizon.until, horizon.weeks) {
            (Some(_), Some(weeks)) => {
                return refuse("horizon.weeks", weeks, "given as `weeks` or as `until`, not both");
            }
            (None, None) => {
                return refuse("horizon", "without an end", "a span that ends: `until = 2026-12-31` or `weeks = 6`");
            }
            (_, Some(weeks)) if !(1..=MOST_WEEKS).contains(&weeks) => return refuse("horizon.weeks", weeks, "1 to 53"),
            _ => {}
        }
        if let (Some(from), Some(until)) = (horizon.from, horizon.until)
            && from > until
        {
            return refuse("horizon.from", from, "a day that is not after `until`");
        }
        above_zero("horizon.total", horizon.total, "money above zero, and finite")?;
        zero_or_above("horizon.spent", horizon.spent, "money, zero or above")?;
        if let (Some(_), Some(week)) = (horizon.total, self.plan.budget) {
            return refuse(
                "horizon.total",
                format!("given with plan.budget {week}"),
                "one of the two: money for the span or money a week",
            );
        }
        if let Some(week) = self.plan.week {
            return refuse("plan.week", week, "left out with `horizon`, whose first week is planned");
        }
        ends("horizon.lower", horizon.lower, horizon.upper)?;
        for (at, limit) in horizon.limits.iter().enumerate() {
            if limit.week.is_none() {
                let rule = "an entry with `week`, any day of it";
                return Err(ConfigError::value("horizon.limits", "no week", rule).of_entry(at));
            }
            if limit.lower.or(limit.upper).is_none() {
                let rule = "an entry with `lower` or `upper`";
                return Err(ConfigError::value("horizon.limits", "no limit", rule).of_entry(at));
            }
            let both = (limit.lower.or(horizon.lower), limit.upper.or(horizon.upper));
            ends("horizon.limits", both.0, both.1).map_err(|error| error.of_entry(at))?;
        }
        Ok(())
    }

    /// Checks the days of `[horizon]` against the last day of the data.
    pub(super) fn validate_span(&self, as_of: Date) -> Result<(), ConfigError> {
        let horizon = &self.horizon;
        let beyond = |day: Date| !is_ahead(day, as_of);
        let show = |day: Date| format!("{day} (the data end on {as_of})");
        if let Some(until) = horizon.until.filter(|&until| beyond(until)) {
            let rule = "a day after the last one of the data, and at most a year after it";
            return Err(self.placed(ConfigError::value("horizon.until", show(until), rule)));
        }
        if let Some(from) = horizon.from.filter(|from| (*from - as_of).num_days() > 366) {
            return Err(self.placed(ConfigError::value("horizon.from", show(from), "at most a year after the data")));
        }
        for (at, limit) in horizon.limits.iter().enumerate() {
            if let Some(week) = limit.week.filter(|&week| beyond(week)) {
                let rule = "a day of a week that is planned: after the last one of the data";
                return Err(self.placed(ConfigError::value("horizon.limits", show(week), rule).of_entry(at)));
            }
        }
        Ok(())
    }
}
