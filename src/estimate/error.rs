//! Why the counts cannot be described.

use crate::domain::{TermKey, counted};

/// Why [`estimate`](super::estimate) refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EstimateError {
    /// There is nothing to estimate.
    #[error("there are no terms to estimate")]
    NoTerms,
    /// There are no clicks, and a rate is conversions per click. Only [`refuse_no_clicks`](super::refuse_no_clicks) says so.
    #[error("{} without a click: there is nothing to estimate a conversion rate from", counted(*terms, "term"))]
    NoClicks {
        /// How many terms there are.
        terms: usize,
    },
    /// The level of the intervals is not a probability.
    #[error("the level of the intervals is {level}, it must lie between 0 and 1")]
    Level {
        /// What was asked for.
        level: f64,
    },
    /// The beta-binomial model was asked for, and a term's counts are not those of a binomial.
    #[error(
        "the beta-binomial model can't describe term `{}`: {} on {}",
        key.term, counted(*conversions, "conversion"), counted(*clicks, "click")
    )]
    NotBinomial {
        /// The first such term.
        key: Box<TermKey>,
        /// Its clicks over all periods.
        clicks: f64,
        /// Its conversions over all periods.
        conversions: f64,
        /// How many terms are like it.
        terms: usize,
    },
    /// A count is negative or not finite.
    #[error("term `{}` has {value} {measure}", key.term)]
    NotACount {
        /// The first such term.
        key: Box<TermKey>,
        /// Which measure.
        measure: &'static str,
        /// Its sum over all periods.
        value: f64,
    },
}

impl EstimateError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoTerms => Some("check that the input has rows and that no filter drops them all".to_owned()),
            Self::NoClicks { .. } => Some(
                "check that the column of clicks is the right one (`termwise check` prints the mapping), and export a \
                 period in which ads were clicked"
                    .to_owned(),
            ),
            Self::Level { .. } => Some("give a level such as 0.9".to_owned()),
            Self::NotBinomial { terms, .. } => Some(format!(
                "{}; leave the rate model to the data, or choose `gamma-poisson`, which takes \
                 fractional conversions and more conversions than clicks",
                counted(*terms, "such term")
            )),
            Self::NotACount { .. } => Some("correct or remove the rows of this term".to_owned()),
        }
    }

    /// Exit code of the program: 2 for settings, 3 for data.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Level { .. } | Self::NotBinomial { .. } => 2,
            Self::NoTerms | Self::NoClicks { .. } | Self::NotACount { .. } => 3,
        }
    }
}
