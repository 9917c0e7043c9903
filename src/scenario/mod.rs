//! Many plans from one fit: what if the budget were cut, clicks were dearer, a campaign were left out?
//!
//! In: one fit (counts, posterior, curves) with the base plan's settings, and [`Scenario`]s, each the settings of a plan and
//! what it supposes of the world. Out: a [`Comparison`]: the base plan and one [`Compared`] a scenario, solved exactly, with
//! the difference to the base draw by draw. Nothing is estimated again: a scenario is a supposition, not evidence, and it is
//! as wrong as its factors are.

mod added;
mod compare;
mod moves;
mod sensitivity;
#[cfg(test)]
mod tests;

pub use added::{AddedTerm, Unaddable};
pub use compare::{Compared, Comparison, Figure, Fit, compare};
pub use moves::Moved;
pub use sensitivity::{delay_sensitivity, sensitivity};

use crate::domain::Date;
use crate::recommend::{OwnEntries, PolicySettings, RecommendError};

/// One scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What the user calls it.
    pub name: String,
    /// Settings of its plan, with what it supposes of rates, values, prices and searches.
    pub policy: PolicySettings,
    /// Budget over the base plan's, ratio, where it is given so; `policy.budget` where it is given as money.
    pub budget_ratio: Option<f64>,
    /// Any day of the week that it is planned for; `None` is the base plan's week.
    pub week: Option<Date>,
    /// Terms that it adds to the account.
    pub add: Vec<AddedTerm>,
    /// Entries of the settings' lists that are its own, which have to match something.
    pub own: OwnEntries,
}

/// Why a scenario could not be planned.
#[derive(Debug, thiserror::Error)]
#[error("scenario `{name}`: {reason}")]
pub struct ScenarioError {
    /// Which, from 0; `None` for the base plan.
    pub index: Option<usize>,
    /// Its name.
    pub name: String,
    /// Where in the scenario, as `exclude[0]`; empty for the whole.
    pub at: String,
    /// What is wrong.
    pub reason: ScenarioReason,
}

/// What is wrong with a scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioReason {
    /// An entry that matches no term of the data.
    #[error("{entry} matches no term of the data")]
    Unknown {
        /// The entry as written.
        entry: String,
    },
    /// A term to be added that the data cannot take.
    #[error("{}", unaddable(term, *why))]
    Unaddable {
        /// Its text.
        term: String,
        /// Why.
        why: Unaddable,
    },
    /// A margin that no term uses, as the data give every term its own.
    #[error("`margin` changes nothing: every term of the data has a margin of its own")]
    MarginUnused,
    /// No plan could be made.
    #[error(transparent)]
    Plan(Box<RecommendError>),
}

fn unaddable(term: &str, why: Unaddable) -> String {
    match why {
        Unaddable::Known => format!("`{term}` can't be added: the data have it"),
        Unaddable::Missing(column) => {
            format!("`{term}` can't be added without `{column}`, by which the data tell terms apart")
        }
        Unaddable::Foreign(column) => format!("`{term}` can't be added with `{column}`, which the data do not have"),
    }
}

impl ScenarioError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.reason {
            ScenarioReason::Unknown { .. } => Some(
                "names are matched exactly; `termwise recommend` lists terms and campaigns as they are read".to_owned(),
            ),
            ScenarioReason::Unaddable { why: Unaddable::Known, .. } => {
                Some("leave it out of `add`; `change` supposes something else of it".to_owned())
            }
            ScenarioReason::Unaddable { .. } => Some("name it as a row of the data would".to_owned()),
            ScenarioReason::MarginUnused => {
                Some("a factor on all margins is `margin` in `[[scenarios.change]]`: 0.9 turns 40% into 36%".to_owned())
            }
            ScenarioReason::Plan(error) => error.hint(),
        }
    }
}
