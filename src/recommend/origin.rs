//! Where the bounds of terms come from, and the words for it.

/// What holds terms of a campaign that is held back, in words.
pub(super) const HELD_BACK: &str = "held back";

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Change,
    /// Every search is reached.
    Reached,
    /// A rule of `limits.terms`, by its index.
    Rule(usize),
    /// A person's word.
    Decision,
    NewCap,
    /// The account has no conversions that would tell terms apart.
    NoConversions,
    Fixed,
    /// Its campaign is held back to measure lift.
    HeldBack,
    Paused,
}

impl Origin {
    /// Where it is given: config key, flag or state.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Change => "`limits.max_change`, `--max-change`",
            Self::Reached => "impression share",
            Self::Rule(_) => "`limits.terms`",
            Self::Decision => "`--decisions`",
            Self::NewCap => "spend of the campaign's terms",
            Self::NoConversions => "no conversions",
            Self::Fixed => "`limits.terms`, status",
            Self::HeldBack => "`holdback`",
            Self::Paused => "status",
        }
    }

    /// In words; `lower` where it is a lower end.
    pub(super) fn words(self, lower: bool) -> &'static str {
        match (self, lower) {
            (Self::Change, true) => "change limit (lower)",
            (Self::Change, false) => "change limit (upper)",
            (Self::Reached, _) => "searches there are",
            (Self::Rule(_), true) => "rule (lower)",
            (Self::Rule(_), false) => "rule (upper)",
            (Self::Decision, _) => "decision",
            (Self::NoConversions, _) => "account without conversions",
            (Self::NewCap, true) => "zero",
            (Self::NewCap, false) => "cap of new terms",
            (Self::Fixed, _) => "fixed",
            (Self::HeldBack, _) => HELD_BACK,
            (Self::Paused, _) => "paused",
        }
    }
}
