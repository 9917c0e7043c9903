//! The words of the field: terms, objectives, levers, metrics and notes.
//!
//! Owns definitions only: no input or output, no maths beyond the definitions in [`metrics`].
//! Every other module speaks in these types, so that one thing has one name everywhere.

mod count;
mod currency;
mod decision;
mod guard;
pub mod metrics;
mod note;
mod output;
mod term;

pub use chrono::NaiveDate as Date;
pub use count::counted;
pub use currency::Coin;
pub use decision::{Decision, Verdict};
pub use guard::{guarded, unguarded};
pub use note::{Note, Notes, quoted};
pub use output::Format;
pub use term::{LeverKind, Levers, Status, Term, TermKey, stable_hash};

use serde::{Deserialize, Serialize};

/// What a plan maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Expected conversions a week.
    Conversions,
    /// Expected revenue (conversion value) a week, in account currency.
    Revenue,
    /// Expected margin on revenue minus spend, a week, in account currency. The budget is a cap.
    Profit,
}

impl Objective {
    /// The name used in settings, tables and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversions => "conversions",
            Self::Revenue => "revenue",
            Self::Profit => "profit",
        }
    }
}

/// What the plan may do with a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Has spend in the baseline and may move within its limits.
    Active,
    /// Kept at its current spend by the configuration.
    Fixed,
    /// Paused or removed on the platform: kept at zero.
    Paused,
    /// No spend in the baseline: priced by its group, under a cautious cap.
    New,
}

impl State {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Fixed => "fixed",
            Self::Paused => "paused",
            Self::New => "new",
        }
    }
}
