//! One error for the whole program: which stage refused, why, what to do, and the exit code.

mod infeasible;

pub use infeasible::{Infeasible, NamedChange, NamedLimit, amount};

use crate::allocate::AllocateError;
use crate::backtest::BacktestError;
use crate::config::{ConfigError, Place, placed};
use crate::domain::Notes;
use crate::estimate::EstimateError;
use crate::ingest::{IngestError, SqlError};
use crate::recommend::RecommendError;
use crate::report::{ExplainError, ReportError};
use crate::scenario::{ScenarioError, ScenarioReason};
use crate::simulate::SimulateError;
use crate::simulate::policies::PolicyError;
use crate::state::StateError;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The input data.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The input data, with what was noted of it before.
    #[error("{error}")]
    Refused {
        /// Why it was refused.
        error: IngestError,
        /// What was noted.
        notes: Notes,
    },
    /// A query over raw events.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The estimates.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// The split over curves the user brings.
    #[error(transparent)]
    Allocate(#[from] AllocateError),
    /// Limits that contradict each other, each by the name the user gave it.
    #[error(transparent)]
    Infeasible(#[from] Infeasible),
    /// The plan.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// A scenario, and where it stands in the config.
    #[error("{}{error}", placed(place.as_ref()))]
    Scenario {
        /// Where, if it was read from a file.
        place: Option<Place>,
        /// What.
        error: Box<ScenarioError>,
    },
    /// The backtest.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// The simulator.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// Writing the outputs.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Reading a report back.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The state of the weekly runs.
    #[error(transparent)]
    State(#[from] StateError),
    /// A guard held the week's plan.
    #[error("held: {reason}")]
    Held {
        /// What the first guard found.
        reason: String,
        /// What a person can do about it.
        hint: String,
    },
    /// Writing the summary to standard output.
    #[error(transparent)]
    Output(std::io::Error),
}

impl From<(IngestError, Notes)> for Error {
    fn from((error, notes): (IngestError, Notes)) -> Self {
        Self::Refused { error, notes }
    }
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Simulate(error) => error.into(),
            PolicyError::Estimate(error) => error.into(),
            PolicyError::Recommend(error) => error.into(),
            PolicyError::Allocate(error) => error.into(),
        }
    }
}

impl Error {
    /// Exit code of the program: 1 unexpected, 2 usage or config, 3 input refused, 4 no plan, 5 held by a guard.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Simulate(_) | Self::Sql(_) => 2,
            Self::Ingest(error) | Self::Refused { error, .. } => 3 - u8::from(error.is_of_settings()),
            Self::Estimate(error) => error.exit_code(),
            Self::Allocate(error) => allocate_code(error),
            Self::Infeasible(_) => 4,
            Self::Recommend(error) => plan_code(error),
            Self::Scenario { error, .. } => match &error.reason {
                ScenarioReason::Unknown { .. } | ScenarioReason::Unaddable { .. } | ScenarioReason::MarginUnused => 2,
                // the data's margins are fine: it is the factor on them that is not
                ScenarioReason::Plan(error) if matches!(**error, RecommendError::Margin { .. }) => 2,
                ScenarioReason::Plan(error) => plan_code(error),
            },
            Self::Backtest(error) => error.exit_code(),
            Self::Report(error) => error.exit_code(),
            Self::Explain(error) => error.exit_code(),
            Self::State(error) => error.exit_code(),
            Self::Held { .. } => 5,
            Self::Output(_) => 1,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Ingest(error) | Self::Refused { error, .. } => error.hint(),
            Self::Sql(error) => error.hint(),
            Self::Estimate(error) => error.hint(),
            Self::Allocate(error) => error.hint(),
            Self::Infeasible(error) => Some(error.hint()),
            Self::Recommend(error) => error.hint(),
            Self::Scenario { error, .. } => error.hint(),
            Self::Backtest(error) => error.hint(),
            Self::Simulate(error) => error.hint(),
            Self::Report(error) => error.hint(),
            Self::Explain(error) => error.hint(),
            Self::State(error) => error.hint(),
            Self::Held { hint, .. } => Some(hint.clone()),
            Self::Output(_) => Some("standard output could not be written to; the files are in place".to_owned()),
        }
    }
}

fn plan_code(error: &RecommendError) -> u8 {
    match error {
        RecommendError::Decision { .. }
        | RecommendError::NoCost
        | RecommendError::NothingSpent
        | RecommendError::Horizon { .. }
        | RecommendError::Margin { .. } => 3,
        RecommendError::NoRevenue { .. }
        | RecommendError::NoMargin { .. }
        | RecommendError::Budget { .. }
        | RecommendError::BudgetCents { .. }
        | RecommendError::BudgetTooLarge { .. }
        | RecommendError::RuleBounds { .. }
        | RecommendError::Goals { .. }
        | RecommendError::VolumeObjective { .. }
        | RecommendError::Unsupported { .. }
        | RecommendError::HorizonSpent { .. }
        | RecommendError::HorizonWeek { .. }
        | RecommendError::TooManyTerms { .. } => 2,
        RecommendError::Infeasible { .. } | RecommendError::Contradiction { .. } => 4,
        RecommendError::Allocate(error) => allocate_code(error),
    }
}

fn allocate_code(error: &AllocateError) -> u8 {
    match error {
        AllocateError::Infeasible { .. } | AllocateError::NotFound => 4,
        AllocateError::Missed { .. } => 1,
        AllocateError::Unsupported(_) => 2,
        _ => 3,
    }
}
