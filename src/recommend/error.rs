//! Why no plan could be made, and what to do about it.

use super::{NamedChange, NamedRelaxation};
use crate::allocate::AllocateError;
use crate::domain::Date;

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
    #[error("objective `profit` needs a margin for every term; without one are {terms}, the first is `{first}`")]
    NoMargin {
        /// How many terms lack one.
        terms: usize,
        /// The first of them.
        first: String,
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
    #[error("the budget {budget} is not in {steps}")]
    BudgetCents {
        /// The budget asked for.
        budget: f64,
        /// What it has to be in.
        steps: &'static str,
    },
    /// A decision that is on no single term.
    #[error("a decision on `{term}` {}", if *terms == 0 { "names no term of the data".to_owned() } else { format!("fits {terms} terms of the data") })]
    Decision {
        /// Text of the term.
        term: String,
        /// How many terms it fits.
        terms: usize,
    },
    /// A rule whose bounds cross.
    #[error("rule {rule} of `limits.terms`{line} leaves term `{term}` no spend: lower {lower} is above upper {upper}")]
    RuleBounds {
        /// Number of the rule, from 1.
        rule: usize,
        /// The term.
        term: String,
        /// Lower bound, money.
        lower: f64,
        /// Upper bound, money.
        upper: f64,
        /// Where the rule stands, in parentheses after a space; empty where nobody has looked it up.
        line: String,
    },
    /// The lower bounds need more than the budget.
    #[error("can't split {budget:.2}: the lower bounds need {least:.2}{}", largest_words(largest.as_ref()))]
    Infeasible {
        /// The budget asked for, money.
        budget: f64,
        /// Sum of the lower bounds at that budget, money.
        least: f64,
        /// Smallest budget that works, money in whole cents.
        needed: f64,
        /// The largest lower bound that a rule or a fixed term brings: term, money, and where it was given.
        largest: Option<(String, f64, String)>,
    },
    /// Limits or targets that no plan satisfies together.
    #[error("no plan satisfies the limits{}", relaxation.given())]
    Contradiction {
        /// The smallest change that lets a plan exist.
        relaxation: Box<NamedRelaxation>,
    },
    /// Two goals of which a plan can have one.
    #[error("a plan can have one goal, and both {one} and {other} are given")]
    Goals {
        /// One of them.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A wanted number of conversions with another objective.
    #[error("the objective is {objective}, and the least spend for wanted conversions plans for conversions")]
    VolumeObjective {
        /// The objective asked for.
        objective: &'static str,
    },
    /// Data or days that a plan over dated weeks cannot be made for.
    #[error("{what}")]
    Horizon {
        /// What is wrong.
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// A limit on a week that is not planned.
    #[error("`horizon.limits` has {week}, and the weeks that are planned are from {begin} to {until}")]
    HorizonWeek {
        /// The day that was given.
        week: Date,
        /// First day that is planned.
        begin: Date,
        /// Last day that is planned.
        until: Date,
    },
    /// A total that is spent already.
    #[error("nothing is left of {total:.2} for the plan's weeks: {}", spent_words(*spent, *from, *until))]
    HorizonSpent {
        /// Money for the whole span.
        total: f64,
        /// What was spent of it.
        spent: f64,
        /// First day of the span.
        from: Date,
        /// Last day of the data.
        until: Date,
    },
    /// A combination of goals and limits that is not solved.
    #[error("{what}")]
    Unsupported {
        /// Which.
        what: &'static str,
    },
    /// Draws that the plan itself needs do not fit.
    #[error("`{key}` needs posterior draws of every term, and {terms} terms are too many for them")]
    TooManyTerms {
        /// The setting that needs them.
        key: &'static str,
        /// Terms of the data.
        terms: usize,
    },
    /// A budget too large for whole cents.
    #[error("the budget {budget:e} is too large for sums in whole cents")]
    BudgetTooLarge {
        /// The budget asked for.
        budget: f64,
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
            Self::BudgetCents { steps, .. } => format!("round the budget to {steps}"),
            Self::Infeasible { needed, .. } => format!(
                "raise the budget to {needed:.2}, which is the smallest that works, or lower what `limits` asks for"
            ),
            Self::Contradiction { relaxation } => relaxation.hint(),
            Self::Goals { .. } => "keep one of `target_roas`, `target_cpa` and `wanted_conversions`".to_owned(),
            Self::VolumeObjective { .. } => "leave the objective out, or set it to conversions".to_owned(),
            Self::Horizon { hint, .. } => (*hint).to_owned(),
            Self::HorizonWeek { .. } => "give any day of a week that is planned, or leave the entry out".to_owned(),
            Self::HorizonSpent { .. } => {
                "raise `horizon.total` (`--total`), or give `horizon.spent` where the data count what is not of this total"
                    .to_owned()
            }
            Self::Unsupported { .. } => "leave one of them out".to_owned(),
            Self::TooManyTerms { .. } => "leave it out, or plan for fewer than 100,000 terms at a time".to_owned(),
            Self::BudgetTooLarge { .. } => "a budget of up to 1e12 can be split; check the unit of money".to_owned(),
            Self::Decision { terms: 0, .. } => "correct the term in the file of `--decisions`, or take the row out".to_owned(),
            Self::Decision { .. } => {
                "keep the columns match_type, campaign, ad_group and channel of recommendations.csv in the file of `--decisions`"
                    .to_owned()
            }
            Self::RuleBounds { .. } => "change `lower` or `upper` of that rule".to_owned(),
            Self::Allocate(source) => return source.hint(),
        })
    }
}

impl RecommendError {
    /// The smallest relaxation, where limits contradict each other.
    #[must_use]
    pub fn relaxation(&self) -> Option<NamedRelaxation> {
        match self {
            Self::Contradiction { relaxation } => Some((**relaxation).clone()),
            Self::Infeasible { budget, needed, largest, .. } => {
                let change = NamedChange {
                    limit: "the budget".to_owned(),
                    source: "`plan.budget`, `--budget`".to_owned(),
                    from: *budget,
                    to: *needed,
                    unit: "money",
                };
                let need = |(term, lower, source): &(String, f64, String)| NamedChange {
                    limit: format!("lower bound of `{term}`"),
                    source: source.clone(),
                    from: *lower,
                    to: *lower,
                    unit: "money",
                };
                let needs = largest.iter().map(need).collect();
                Some(NamedRelaxation { total: needed - budget, changes: vec![change], needs })
            }
            _ => None,
        }
    }
}

fn spent_words(spent: f64, from: Date, until: Date) -> String {
    if from > until {
        format!("`horizon.spent` is {spent:.2}")
    } else {
        format!("{spent:.2} were spent from {from} to {until}")
    }
}

fn largest_words(largest: Option<&(String, f64, String)>) -> String {
    largest.map_or_else(String::new, |(term, lower, source)| {
        format!(" (the largest is {lower:.2} for `{term}`, {source})")
    })
}
