//! What a person has decided about a term, against or beside the plan.

use super::TermKey;
use serde::{Deserialize, Serialize};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Keep what the plan recommended.
    Lock,
    /// Keep what is spent now.
    Reject,
    /// Spend an amount of one's own.
    Set,
}

impl Verdict {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Reject => "reject",
            Self::Set => "set",
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Of which term.
    pub key: TermKey,
    /// What.
    pub verdict: Verdict,
    /// Spend to keep to, money a week (or period); for a rejected term that of now counts, whatever stands here.
    pub spend: f64,
}
