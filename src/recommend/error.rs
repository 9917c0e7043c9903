//! Why no plan could be made, and what to do about it.

use crate::allocate::AllocateError;

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    /// The data have no cost column.
    #[error("can't split a budget without costs: no cost column was found")]
    NoCost,
    /// The objective needs revenue that the data do not have.
    #[error("objective `{objective}` needs revenue, and the data have none")]
    NoRevenue {
        /// The objective asked for.
        objective: &'static str,
    },
    /// The objective needs a margin that is not given.
    #[error("objective `profit` needs a margin for every term, and {terms} terms have none")]
    NoMargin {
        /// How many terms lack one.
        terms: usize,
    },
    /// A margin outside 0 to 1, or not a number.
    #[error("the margin of term `{term}` is {margin}, not a share between 0 and 1")]
    Margin {
        /// The term.
        term: String,
        /// Its margin.
        margin: f64,
    },
    /// Nothing was spent, so there is no current budget to split.
    #[error("nothing was spent in the baseline, so there is no current budget to split")]
    NothingSpent,
    /// A budget that is zero, negative or not a number.
    #[error("the budget is {budget}, and a budget must be above zero")]
    Budget {
        /// The budget asked for.
        budget: f64,
    },
    /// A budget with fractions of a cent.
    #[error("the budget {budget} is not a whole number of cents")]
    BudgetCents {
        /// The budget asked for.
        budget: f64,
    },
    /// A rule whose bounds cross.
    #[error("rule {rule} of `limits.terms` leaves term `{term}` no spend: lower {lower} is above upper {upper}")]
    RuleBounds {
        /// Number of the rule, from 1.
        rule: usize,
        /// The term.
        term: String,
        /// Lower bound, money.
        lower: f64,
        /// Upper bound, money.
        upper: f64,
    },
    /// The split itself failed.
    #[error(transparent)]
    Allocate(#[from] AllocateError),
}

impl RecommendError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCost => "add a `cost` column, or map yours with `--map 'My column=cost'`".to_owned(),
            Self::NoRevenue { .. } => {
                "use `--objective conversions`, or add a `revenue` column (`--map 'My column=revenue'`)".to_owned()
            }
            Self::NoMargin { .. } => "give one margin for all with `--margin 0.35`, or a `margin` column".to_owned(),
            Self::Margin { .. } => "a margin is a share of revenue: 0.35 for 35%".to_owned(),
            Self::NothingSpent => "give the budget with `--budget`".to_owned(),
            Self::Budget { .. } => "give money per week above zero, as in `--budget 25000`".to_owned(),
            Self::BudgetCents { .. } => "round the budget to two decimals".to_owned(),
            Self::RuleBounds { .. } => "change `lower` or `upper` of that rule".to_owned(),
            Self::Allocate(source) => return source.hint(),
        })
    }
}
