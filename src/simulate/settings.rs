//! What a synthetic account is to look like, and what is refused.

use crate::domain::Date;
use chrono::{Datelike, Days, Weekday};
use serde::{Deserialize, Serialize};

/// How the account spends at the start, set against what its terms are worth.
///
/// Written as the factor m by which a term's spend differs from its reference spend (reference
/// spend = demand × reference price of a click, which knows nothing of rates or order values).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misallocation {
    /// m = 1: money follows demand and is blind to value.
    Volume,
    /// ln m ~ Normal(0, 0.6²), cut at ±1.5: money follows demand, with bids set by habit.
    #[default]
    Scattered,
    /// ln m = −0.5 ln(value per unit of cost ÷ 3.5), cut at ±1.2: money leans to the poor terms.
    Inverted,
    /// ln m = 0.15 ln(demand ÷ 40 clicks a week), cut at ±1.2: the large terms crowd out the tail.
    TopHeavy,
}

impl Misallocation {
    /// The name used in settings and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Scattered => "scattered",
            Self::Inverted => "inverted",
            Self::TopHeavy => "top-heavy",
        }
    }
}

/// Settings of a synthetic account. The defaults give a middle-sized retailer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulateSettings {
    /// How many terms, 1 to 5,000,000.
    pub terms: usize,
    /// How many campaigns, at most as many as terms; about √terms when `None`. With a fixed number
    /// of campaigns and no `weekly_budget`, asking for more terms leaves the first ones as they were.
    pub campaigns: Option<usize>,
    /// How many weeks of history, 1 to 1,040.
    pub weeks: usize,
    /// First day of the first week, a Monday.
    pub start: Date,
    /// Seed of every random stream.
    pub seed: u64,
    /// Whether conversions are attribution shares in hundredths rather than whole purchases.
    pub fractional: bool,
    /// Share of revenue that is margin, ratio in (0, 1]; `None` leaves the column out.
    pub margin: Option<f64>,
    /// Currency code or sign.
    pub currency: String,
    /// Expected spend of the whole account in an average week, account currency. `None`: 30 to 60 a
    /// term, and then no term's history depends on any other term.
    pub weekly_budget: Option<f64>,
    /// How the starting spend misses what the terms are worth.
    pub misallocation: Misallocation,
    /// Growth of demand a year, as a log factor, −2 to 2; 0 switches it off.
    pub trend: f64,
    /// All clicks there are to be had over those at the reference spend, median over terms, 1.05 to 100; `None` has no
    /// end to what money buys. With one, the platform's impression share is reported.
    pub ceiling: Option<f64>,
    /// Share of the campaigns whose budget ends before the searches do, 0 to 1; needs a ceiling. Their budget is what they
    /// spend, clicks cost the same up to all that their bids could win, and the share lost to the budget is reported.
    pub budget_limited: f64,
    /// Terms with fewer clicks a week on average are hidden by the platform: pooled by campaign and week. 0 hides none.
    pub hide_below: f64,
    /// Amplitude of the annual season, ratio of demand, 0 to 0.5.
    pub season: f64,
    /// Weekly standard deviation of a term's true log rate, 0 to 0.2; 0 keeps rates constant.
    pub drift: f64,
    /// The same of a walk that all terms of a campaign share, 0 to 0.2; 0 switches it off.
    pub group_drift: f64,
    /// The same of a walk that the whole account shares, 0 to 0.2; 0 switches it off.
    pub common_drift: f64,
    /// Relative standard deviation of independent noise on a term's rate from week to week, 0 to 2;
    /// 0 switches it off.
    pub dispersion: f64,
    /// Mean lag from a click to the report of its conversion, weeks, 0 to 26; 0 reports all at once.
    pub delay: f64,
    /// As at the end of how many of the last weeks the account is exported, 1 to `weeks`.
    pub exports: usize,
    /// Factor on the standard deviation of the log of an order's value, 1 to 3; the mean is kept.
    pub value_tail: f64,
    /// Makes the traffic of terms fall with their rank as `rank^−zipf`, 0.3 to 2; `None`: a busy head and a long tail.
    pub zipf: Option<f64>,
    /// Whether terms have match types of their own; otherwise all are exact.
    pub match_types: bool,
    /// Deliberate moves of a term's highest bid, a year, 0 to 52; half of them for whole campaigns.
    pub lever_moves: f64,
}

impl Default for SimulateSettings {
    fn default() -> Self {
        Self {
            terms: 400,
            campaigns: None,
            weeks: 78,
            start: FIRST_MONDAY,
            seed: 7,
            fractional: false,
            margin: Some(0.35),
            currency: "EUR".to_owned(),
            weekly_budget: None,
            misallocation: Misallocation::default(),
            trend: 0.0,
            ceiling: None,
            budget_limited: 0.0,
            hide_below: 0.0,
            season: 0.12,
            drift: 0.02,
            group_drift: 0.0,
            common_drift: 0.0,
            dispersion: 0.0,
            delay: 0.0,
            exports: 1,
            value_tail: 1.0,
            zipf: None,
            match_types: true,
            lever_moves: 5.0,
        }
    }
}

/// Monday, 1 January 2024.
const FIRST_MONDAY: Date = match Date::from_ymd_opt(2024, 1, 1) {
    Some(date) => date,
    None => Date::MIN,
};
const MOST_TERMS: usize = 5_000_000;
/// Longest history.
pub(super) const MOST_WEEKS: usize = 1_040;

/// Why no account could be made, or a plan not be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimulateError {
    /// A setting is outside its range.
    #[error("`{field}` is {value}, but {rule}")]
    Setting {
        /// Name of the setting.
        field: &'static str,
        /// What was given.
        value: String,
        /// What is accepted.
        rule: &'static str,
    },
    /// Weeks begin on Mondays.
    #[error("`start` is {start}, a {weekday}, but weeks start on Monday")]
    NotMonday {
        /// What was given.
        start: Date,
        /// Its day of the week.
        weekday: Weekday,
        /// The Monday of the same week.
        monday: Date,
    },
    /// A plan has to name a spend for every term.
    #[error("the plan holds {given} spends, but the account has {terms} terms")]
    PlanLength {
        /// Spends given.
        given: usize,
        /// Terms of the account.
        terms: usize,
    },
    /// A spend is negative or not a number.
    #[error("the spend of term {index} is {spend}, but spends are finite and not negative")]
    PlanSpend {
        /// Index of the term in the account.
        index: usize,
        /// What was given, account currency a week.
        spend: f64,
    },
}

impl SimulateError {
    /// What to change, if that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Setting { field, rule, .. } => Some(format!("set `{field}` so that {rule}")),
            Self::NotMonday { monday, .. } => Some(format!("set `start` to {monday}")),
            Self::PlanLength { .. } => {
                Some("give one spend a term, in the order of `Truth::terms`, 0 for none".to_owned())
            }
            Self::PlanSpend { .. } => Some("give 0 where a term is to receive nothing".to_owned()),
        }
    }
}

impl SimulateSettings {
    /// Checks every setting; the first one out of range is reported.
    ///
    /// # Errors
    /// [`SimulateError::Setting`] and [`SimulateError::NotMonday`].
    pub fn validate(&self) -> Result<(), SimulateError> {
        let refuse = |field, value: String, rule| Err(SimulateError::Setting { field, value, rule });
        let (terms, weeks) = (self.terms, self.weeks);
        if !(1..=MOST_TERMS).contains(&terms) {
            return refuse("terms", terms.to_string(), "it lies between 1 and 5000000");
        }
        if let Some(campaigns) = self.campaigns.filter(|&campaigns| campaigns == 0 || campaigns > terms) {
            return refuse("campaigns", campaigns.to_string(), "it lies between 1 and the number of terms");
        }
        if !(1..=MOST_WEEKS).contains(&weeks) {
            return refuse("weeks", weeks.to_string(), "it lies between 1 and 1040");
        }
        if self.start.checked_add_days(Days::new(7 * MOST_WEEKS as u64)).is_none() || self.start.year() < 1 {
            return refuse("start", self.start.to_string(), "it lies between the years 1 and 9999");
        }
        if self.start.weekday() != Weekday::Mon {
            let back = u64::from(self.start.weekday().num_days_from_monday());
            return Err(SimulateError::NotMonday {
                start: self.start,
                weekday: self.start.weekday(),
                monday: self.start - Days::new(back),
            });
        }
        if let Some(margin) = self.margin.filter(|&margin| !(margin > 0.0 && margin <= 1.0)) {
            return refuse("margin", margin.to_string(), "it is a share above 0 and not above 1");
        }
        let plain = |sign: char| !sign.is_control() && !sign.is_whitespace();
        if !(1..=8).contains(&self.currency.chars().count()) || !self.currency.chars().all(plain) {
            return refuse("currency", format!("{:?}", self.currency), "it is a code or sign of 1 to 8 characters");
        }
        if let Some(budget) = self.weekly_budget.filter(|&budget| !(budget > 0.0 && budget <= 1e12)) {
            return refuse("weekly_budget", budget.to_string(), "it is above 0 and not above 1e12");
        }
        if self.budget_limited > 0.0 && self.ceiling.is_none() {
            let rule = "it needs `ceiling`: a share lost to a budget is a share of the searches there are";
            return refuse("budget_limited", self.budget_limited.to_string(), rule);
        }
        if !(1..=weeks).contains(&self.exports) {
            return refuse("exports", self.exports.to_string(), "it lies between 1 and the number of weeks");
        }
        for (field, value, least, most, rule) in [
            ("trend", self.trend, -2.0, 2.0, "it lies between -2 and 2"),
            ("ceiling", self.ceiling.unwrap_or(2.0), 1.05, 100.0, "it lies between 1.05 and 100"),
            ("budget_limited", self.budget_limited, 0.0, 1.0, "it lies between 0 and 1"),
            ("hide_below", self.hide_below, 0.0, 1e9, "it lies between 0 and 1e9"),
            ("season", self.season, 0.0, 0.5, "it lies between 0 and 0.5"),
            ("drift", self.drift, 0.0, 0.2, "it lies between 0 and 0.2"),
            ("group_drift", self.group_drift, 0.0, 0.2, "it lies between 0 and 0.2"),
            ("common_drift", self.common_drift, 0.0, 0.2, "it lies between 0 and 0.2"),
            ("dispersion", self.dispersion, 0.0, 2.0, "it lies between 0 and 2"),
            ("delay", self.delay, 0.0, 26.0, "it lies between 0 and 26"),
            ("value_tail", self.value_tail, 1.0, 3.0, "it lies between 1 and 3"),
            ("zipf", self.zipf.unwrap_or(1.0), 0.3, 2.0, "it lies between 0.3 and 2"),
            ("lever_moves", self.lever_moves, 0.0, 52.0, "it lies between 0 and 52"),
        ] {
            if !(least..=most).contains(&value) {
                return refuse(field, value.to_string(), rule);
            }
        }
        Ok(())
    }

    /// How many campaigns the account gets: the setting, or √terms rounded.
    #[must_use]
    pub fn campaign_count(&self) -> usize {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most √5,000,000
        let root = (self.terms as f64).sqrt().round() as usize;
        self.campaigns.unwrap_or(root).clamp(1, self.terms.max(1))
    }
}
