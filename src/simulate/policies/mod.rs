//! Weekly policies, played forward on one random world and held against an oracle.
//!
//! Owns what a policy may see ([`Seen`]), the limits that all of them keep ([`SpendLimits`]), and the
//! contest: every policy starts from the same account, meets the same demand, drift and luck (streams are keyed by
//! term and date), and is scored by the expected profit of what it set. In: a [`Scenario`] and
//! [`ContestSettings`]. Out: a [`Contest`]. Only the oracle is handed the [`Truth`](super::Truth).
//!
//! Profit is the expectation of each week by the truth as it stood in that week, so the luck of a week's sales moves what
//! policies see next and not their score. Wrong where the world is: see [`super`].

mod contest;
mod engine;
mod levers;
mod limits;
mod oracle;
mod scenario;
mod simple;
mod summary;

#[cfg(test)]
mod tests;

pub use contest::{Contest, ContestSettings, Track, contest};
pub use engine::Planner;
pub use limits::SpendLimits;
pub use scenario::Scenario;
pub use summary::{Lift, PolicySummary, summarize};

use super::observation::Observation;

/// A rule that sets every term's spend for the next week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Leaves all spends as they are.
    Hold,
    /// The same spend for every term.
    Equal,
    /// Spends in proportion to raw revenue per cost.
    Proportional,
    /// As much as limits allow in the order of raw revenue per cost, while the margin on it exceeds the cost.
    Greedy,
    /// The plan of this program, which knows what last week's plan set.
    Termwise,
    /// The same where spend now is measured, as the mean of the baseline weeks.
    TermwiseMeasured,
    /// `Termwise` with a share of the budget for learning.
    TermwiseExplore,
    /// The best plan of the week by true rates, values and curves.
    Oracle,
}

impl Policy {
    /// All of them, the oracle last.
    pub const ALL: [Self; 8] = [
        Self::Hold,
        Self::Equal,
        Self::Proportional,
        Self::Greedy,
        Self::Termwise,
        Self::TermwiseMeasured,
        Self::TermwiseExplore,
        Self::Oracle,
    ];

    /// The name used in settings and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Equal => "equal",
            Self::Proportional => "proportional",
            Self::Greedy => "greedy",
            Self::Termwise => "termwise",
            Self::TermwiseMeasured => "termwise-measured",
            Self::TermwiseExplore => "termwise-explore",
            Self::Oracle => "oracle",
        }
    }

    /// The policy of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// What an advertiser knows at the end of a week: the platform's report, and how its own levers stand.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What the platform reports at this date.
    pub observation: &'a Observation,
    /// Spend that each term is set to now, account currency in an average week. Shape: terms.
    pub spend: &'a [f64],
    /// The same on average over the baseline weeks; not a number for a term of which it is not known. Shape: terms.
    pub before: &'a [f64],
    /// What the next week's spends have to keep.
    pub limits: &'a SpendLimits,
}

/// Why a contest could not be played.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The world could not be made or played.
    #[error(transparent)]
    Simulate(#[from] super::SimulateError),
    /// The rates could not be estimated.
    #[error(transparent)]
    Estimate(#[from] crate::estimate::EstimateError),
    /// The plan could not be made.
    #[error(transparent)]
    Recommend(#[from] crate::recommend::RecommendError),
    /// The oracle's problem could not be solved.
    #[error(transparent)]
    Allocate(#[from] crate::allocate::AllocateError),
}
