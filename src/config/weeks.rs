//! `exclude_weeks`: days whose weeks (or days, in data by day) are left out of the fit.

use super::{Config, ConfigError};
use crate::counts::{Counts, Period};
use crate::domain::{Date, Notes, counted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry: a day, or two days with `..` between them, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ExcludedDays(pub String);

impl ExcludedDays {
    /// First and last day.
    fn span(&self) -> Option<(Date, Date)> {
        let day = |text: &str| text.trim().parse::<Date>().ok();
        let (first, last) = match self.0.split_once("..") {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(&self.0)?, day(&self.0)?),
        };
        (first <= last).then_some((first, last))
    }
}

impl Config {
    /// The config as of a day: later data are not read, and entries for later days do not count.
    #[must_use]
    pub fn as_of(&self, day: Date) -> Self {
        let mut config = self.clone();
        config.data.as_of = Some(day);
        config.data.exclude_weeks.retain(|days| days.span().is_none_or(|(first, _)| first <= day));
        config
    }

    /// Checks how the entries are written.
    pub(super) fn validate_excluded(&self) -> Result<(), ConfigError> {
        for (at, days) in self.data.exclude_weeks.iter().enumerate() {
            if days.span().is_none() {
                let rule = "a day such as \"2025-11-24\", or two with `..` between them, the earlier first";
                return Err(ConfigError::value("data.exclude_weeks", days.0.as_str(), rule).of_entry(at));
            }
        }
        Ok(())
    }

    /// Leaves the weeks of the entries out of the counts, and says so.
    ///
    /// # Errors
    /// An entry of no period of the data; entries that leave nothing.
    pub fn leave_out(&self, counts: &mut Counts, notes: &mut Notes) -> Result<(), ConfigError> {
        let left_out = self.left_out(&counts.calendar.periods)?;
        let count = left_out.iter().filter(|left_out| **left_out).count();
        if count == 0 {
            return Ok(());
        }
        if count == left_out.len() {
            let rule = "entries that leave some weeks to learn from";
            return Err(self.placed(ConfigError::value("data.exclude_weeks", "every week of the data", rule)));
        }
        let periods = counts.calendar.periods.iter().zip(&left_out).filter(|(_, left_out)| **left_out);
        let names: Vec<String> =
            periods.filter_map(|(period, _)| period.start.map(|day| day.to_string())).take(6).collect();
        let more = if count > names.len() { format!(" and {} more", count - names.len()) } else { String::new() };
        counts.leave_out(&left_out);
        notes.add(
            "weeks-left-out",
            count,
            format!(
                "{} left out of rates, curves and current spend, as the config says: begun {}{more}",
                counted(count, "period"),
                names.join(", ")
            ),
        );
        Ok(())
    }

    /// Which periods the entries leave out. Shape: periods.
    ///
    /// # Errors
    /// An entry of no period.
    pub fn left_out(&self, periods: &[Period]) -> Result<Vec<bool>, ConfigError> {
        let mut left_out = vec![false; periods.len()];
        for (at, days) in self.data.exclude_weeks.iter().enumerate() {
            let within = |period: &Period| {
                let span = days.span().zip(period.start.zip(period.end));
                span.is_some_and(|((first, last), (start, end))| start <= last && first < end)
            };
            let mut found = false;
            for (left_out, period) in left_out.iter_mut().zip(periods) {
                (*left_out, found) = (*left_out || within(period), found || within(period));
            }
            if !found {
                let error = ConfigError::value("data.exclude_weeks", days.0.as_str(), "days that the data have");
                return Err(self.placed(error.of_entry(at)));
            }
        }
        Ok(left_out)
    }
}
