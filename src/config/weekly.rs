//! `[weekly]`: where the scheduled run finds its input and keeps its state.

use super::{Config, ConfigError, PeriodName};
use crate::weekly::HoldbackSettings;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `[weekly]`: the scheduled run. Its paths are relative to the folder of the config file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeeklyConfig {
    /// Files, folders or glob patterns to read.
    pub inputs: Vec<String>,
    /// Directory that keeps every run.
    pub state: Option<PathBuf>,
    /// Runs that are kept, the newest; 0 keeps all.
    pub keep_runs: usize,
    /// Time zone that says which day it is, as `Europe/Berlin`.
    pub time_zone: String,
    /// Campaigns held back at random to measure lift.
    #[serde(skip_serializing_if = "super::is_default")]
    pub holdback: HoldbackSettings,
}

impl Default for WeeklyConfig {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            state: None,
            keep_runs: 0,
            time_zone: "UTC".to_owned(),
            holdback: HoldbackSettings::default(),
        }
    }
}

/// Fewest runs that a retention may keep: the one in force, the one before it, and held ones between.
const FEWEST_RUNS: usize = 8;

impl WeeklyConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.keep_runs > 0 && self.keep_runs < FEWEST_RUNS {
            return Err(ConfigError::value("weekly.keep_runs", self.keep_runs.to_string(), "0 for all, or 8 or more"));
        }
        if let Err((key, value, rule)) = self.holdback.validate() {
            return Err(ConfigError::value(key, value, rule));
        }
        self.zone().map(|_| ())
    }

    /// The time zone.
    ///
    /// # Errors
    /// A name that is none.
    pub fn zone(&self) -> Result<Tz, ConfigError> {
        let rule = "a name of the time zone database, such as \"Europe/Berlin\" or \"UTC\"";
        let unknown = |_| ConfigError::value("weekly.time_zone", format!("\"{}\"", self.time_zone), rule);
        self.time_zone.parse().map_err(unknown)
    }
}

impl Config {
    /// Inputs of the scheduled run and the directory of its state, both as seen from the working directory.
    ///
    /// # Errors
    /// One of them is not given, or the data are to be kept by day.
    pub fn weekly_places(&self) -> Result<(Vec<String>, PathBuf), ConfigError> {
        let weekly = &self.weekly;
        let refuse = |key, value: &str, rule| Err(ConfigError::value(key, value, rule));
        if weekly.inputs.is_empty() {
            return refuse("weekly.inputs", "empty", "a list of files, folders or patterns in the file of `--config`");
        }
        if weekly.inputs.iter().any(|input| input == "-") {
            return refuse("weekly.inputs", "\"-\"", "files, folders or patterns: nobody types into a scheduled run");
        }
        if self.data.period == PeriodName::Day {
            return refuse("data.period", "\"day\"", "\"week\" for the scheduled run");
        }
        let Some(state) = &weekly.state else {
            return refuse("weekly.state", "not given", "a directory in the file of `--config`");
        };
        let inputs = weekly.inputs.iter().map(|input| self.beside(Path::new(input)).display().to_string()).collect();
        Ok((inputs, self.beside(state)))
    }

    /// A path as seen from the folder of the file that this was read from.
    fn beside(&self, path: &Path) -> PathBuf {
        let folder = self.source.as_ref().and_then(|source| source.path.parent());
        folder.map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_beside_the_file_and_both_are_needed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("termwise.toml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let config = Config::read(&file).unwrap();
            config.validate().and_then(|()| config.weekly_places())
        };
        let (inputs, state) = read("[weekly]\ninputs = [\"in/*.csv\", \"/abs/b.csv\"]\nstate = \"state\"\n").unwrap();
        let pattern = folder.path().join("in/*.csv").display().to_string();
        assert_eq!((inputs, state), (vec![pattern, "/abs/b.csv".to_owned()], folder.path().join("state")));
        for (text, key) in [
            ("", "weekly.inputs"),
            ("[weekly]\ninputs = [\"a\"]\n", "weekly.state"),
            ("[weekly]\ninputs = [\"-\"]\nstate = \"s\"\n", "weekly.inputs"),
            ("[data]\nperiod = \"day\"\n[weekly]\ninputs = [\"a\"]\nstate = \"s\"\n", "data.period"),
            ("[weekly]\ntime_zone = \"Mars/Olympus\"\n", "weekly.time_zone"),
            ("[weekly]\nkeep_runs = 2\n", "weekly.keep_runs"),
            ("[weekly.holdback]\nshare = 0.7\n", "weekly.holdback.share"),
            ("[weekly.holdback]\nrotate_weeks = 1\n", "weekly.holdback.rotate_weeks"),
            ("[guards]\ntracking_ratio = 5\n", "guards.tracking_ratio"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(key), "{text}: {error}");
        }
    }
}
