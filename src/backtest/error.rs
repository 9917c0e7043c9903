//! Why nothing could be backtested.

use crate::counts::PeriodUnit;
use crate::estimate::EstimateError;

/// Why [`backtest`](super::backtest) refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BacktestError {
    /// Without dates there is no past and no future.
    #[error("the data have no dates, so no part of them is the past of another")]
    Undated,
    /// Too few complete periods.
    #[error(
        "{complete} complete {} can't be backtested: {min_train} come before the first forecast, so {} are needed",
        unit_name(*unit, *complete),
        min_train + 1
    )]
    TooShort {
        /// Complete periods in the data.
        complete: usize,
        /// Periods that have to come before the first fold.
        min_train: usize,
        /// What a period is.
        unit: PeriodUnit,
    },
    /// No term has clicks in any of the periods.
    #[error("no term has a click in the last {periods} complete periods, so there is nothing to forecast")]
    NothingToForecast {
        /// Folds looked at.
        periods: usize,
    },
    /// A setting is out of range.
    #[error("`{field}` is {value}, but it has to be at least {least}")]
    Setting {
        /// Name of the setting.
        field: &'static str,
        /// What was given.
        value: usize,
        /// What is accepted.
        least: usize,
    },
    /// The estimates of a fold.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

impl BacktestError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Undated => Some("give a file with a `week` or `date` column".to_owned()),
            Self::TooShort { unit: PeriodUnit::Week, complete, .. } => Some(format!(
                "give a longer history{}; `--period day` forecasts days, where the data have them",
                match complete {
                    0 | 1 => "",
                    _ => ", or a smaller `--min-train`",
                }
            )),
            Self::TooShort { .. } => Some("give a longer history, or a smaller `--min-train`".to_owned()),
            Self::NothingToForecast { .. } => {
                Some("check that the clicks are in the last periods of the data, or set `--as-of`".to_owned())
            }
            Self::Setting { field, least, .. } => Some(format!("give `--{}` {least} or more", field.replace('_', "-"))),
            Self::Estimate(error) => error.hint(),
        }
    }

    /// Exit code of the program: 2 for settings, 3 for data.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting { .. } => 2,
            Self::Estimate(error) => error.exit_code(),
            Self::Undated | Self::TooShort { .. } | Self::NothingToForecast { .. } => 3,
        }
    }
}

fn unit_name(unit: PeriodUnit, count: usize) -> &'static str {
    match (unit, count) {
        (PeriodUnit::Week, 1) => "week",
        (PeriodUnit::Week, _) => "weeks",
        (PeriodUnit::Day, 1) => "day",
        (PeriodUnit::Day, _) => "days",
        (PeriodUnit::Undated { .. }, 1) => "period",
        (PeriodUnit::Undated { .. }, _) => "periods",
    }
}
