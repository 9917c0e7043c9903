//! The record of a run: what stays of it in the state, as JSON with a schema version.
//!
//! Owns the names of the keys. Keys may be added without a new version: those that are missing are read as their
//! defaults. A version that this program does not know is refused, an older one is read by a step for each version.

use super::diff::Diff;
use super::guard::{Finding, Guard, is_held};
use super::holdback::Holdback;
use super::lift::Lift;
use super::review::{Review, Scattering};
use super::watch::Apart;
use super::weeks::WeekTotals;
use crate::domain::{Date, Decision};
use crate::estimate::Learned;
use crate::recommend::{Action, HeldBack, Plan};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the record that this program writes.
pub const SCHEMA: u64 = 1;

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Version of this schema.
    pub schema: u64,
    /// Version of the program.
    pub version: String,
    /// Name of the run, which is that of its directory: the last day of its week, and a number from the second run on.
    pub id: String,
    /// Last day of the week that it was made from.
    pub as_of: Option<Date>,
    /// First day of the week that is planned.
    pub planned_week: Option<Date>,
    /// Hash of everything that the run was made from: inputs, settings, program, and the run before.
    pub fingerprint: String,
    /// The files that were read.
    pub inputs: Vec<StoredInput>,
    /// The run whose plan was in force.
    pub previous: Option<String>,
    /// Whether the plan was held back.
    pub held: bool,
    /// What guards found, the first reason first.
    pub findings: Vec<Finding>,
    /// Guards that a person had accepted for the week by then, whether or not they found something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Guard>,
    /// Currency of the data.
    pub currency: Option<String>,
    /// The last week as this run saw it.
    pub week: Option<WeekTotals>,
    /// That week where the data did not cover it wholly, so that it is none to go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<WeekTotals>,
    /// Earlier weeks that the run did without, as they were held and nobody accepted them or put them right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Apart>,
    /// First days of earlier weeks that came late, and that this run was the first to judge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Date>,
    /// First days of earlier weeks that could not be read, and that the run does without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Date>,
    /// The plan in force against that week; `None` for the first run.
    pub review: Option<Review>,
    /// Lift realised over lift promised; `None` without a holdback, and until it can be measured.
    pub lift_realised_over_promised: Option<f64>,
    /// The plan; `None` where guards of the data held it.
    pub plan: Option<StoredPlan>,
    /// The plan against the one in force; `None` for the first, and without a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Diff>,
    /// What the fit learned beside the rates; `None` without a plan, and in runs of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learned>,
    /// The settings as of the week, as the manifest has them; `None` without a plan, and in runs of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// Campaigns held back, and what the plan promises of the others; `None` where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdback: Option<Holdback>,
    /// Lift measured with them; `None` until it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lift: Option<Lift>,
    /// What a person had decided about single terms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Files of the run that later ones read, with their hashes; empty in runs of earlier versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<StoredInput>,
}

/// One file, read or written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredInput {
    /// Path as it was found.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Size, bytes.
    pub bytes: u64,
}

/// The plan as a whole. Money and counts are a week.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredPlan {
    /// What was maximised.
    pub objective: String,
    /// Money to be split.
    pub budget: f64,
    /// Spend now.
    pub current_spend: f64,
    /// Money planned.
    pub spend: f64,
    /// Money not planned.
    pub unallocated: f64,
    /// Expected figures at the spends now: clicks, conversions, revenue, profit.
    pub now: StoredOutcome,
    /// The same as planned.
    pub planned: StoredOutcome,
    /// Ends of the interval of the objective's figure.
    pub objective_p05: Option<f64>,
    /// Upper end.
    pub objective_p95: Option<f64>,
    /// Level of intervals.
    pub level: f64,
    /// Probability that the plan earns more than the spends now.
    pub probability_better: Option<f64>,
    /// Terms raised, terms without history among them.
    pub raised: usize,
    /// Terms cut.
    pub cut: usize,
    /// How counts scatter around the forecasts.
    pub scattering: Scattering,
}

/// Expected figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredOutcome {
    /// Clicks.
    pub clicks: f64,
    /// Conversions.
    pub conversions: f64,
    /// Revenue, money.
    pub revenue: Option<f64>,
    /// Profit, money.
    pub profit: Option<f64>,
}

impl StoredOutcome {
    fn of(outcome: &crate::recommend::Outcome) -> Self {
        Self {
            clicks: outcome.clicks,
            conversions: outcome.conversions,
            revenue: outcome.revenue,
            profit: outcome.profit,
        }
    }

    /// The figure of an objective by its name.
    #[must_use]
    pub fn figure(&self, objective: &str) -> Option<f64> {
        match objective {
            "conversions" => Some(self.conversions),
            "revenue" => self.revenue,
            _ => self.profit,
        }
    }
}

impl StoredPlan {
    /// What the plan promises of its objective beyond the spends now, a week.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        Some(self.planned.figure(&self.objective)? - self.now.figure(&self.objective)?)
    }

    /// The plan as a whole.
    #[must_use]
    pub fn new(plan: &Plan, scattering: Scattering) -> Self {
        let summary = &plan.summary;
        let count = |wanted: &[Action]| plan.rows.iter().filter(|row| wanted.contains(&row.action)).count();
        let end = |outcome: &Option<crate::recommend::Outcome>| outcome.as_ref()?.of(summary.objective);
        Self {
            objective: summary.objective.name().to_owned(),
            budget: summary.budget,
            current_spend: summary.current_spend,
            spend: summary.spend,
            unallocated: summary.unallocated,
            now: StoredOutcome::of(&summary.now),
            planned: StoredOutcome::of(&summary.planned),
            objective_p05: end(&summary.planned_p05),
            objective_p95: end(&summary.planned_p95),
            level: summary.level,
            probability_better: summary.probability_better,
            raised: count(&[Action::Raise, Action::Explore]),
            cut: count(&[Action::Cut]),
            scattering,
        }
    }
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no record.
    Damaged(String),
    /// It is of a version that this program does not know.
    Newer(u64),
}

impl Record {
    /// Whether guards hold the plan back.
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.held = is_held(&self.findings);
        self
    }

    /// The campaigns held back.
    #[must_use]
    pub fn holdback_held(&self) -> Vec<HeldBack> {
        self.holdback.as_ref().map(Holdback::held).unwrap_or_default()
    }

    /// Whether a person accepted what a guard found.
    #[must_use]
    pub fn accepts(&self, guard: Guard) -> bool {
        self.findings.iter().any(|finding| finding.guard == guard && finding.accepted)
    }

    /// Whether conversions broke in its last week, and nobody accepted that.
    #[must_use]
    pub fn broke(&self) -> bool {
        self.held && self.findings.iter().any(|finding| finding.guard == Guard::TrackingBreak && !finding.accepted)
    }

    /// Whether a guard of the week's figures holds it, so that later plans may do without the week.
    #[must_use]
    pub fn holds_its_week(&self) -> bool {
        self.held && self.findings.iter().any(|finding| !finding.accepted && finding.guard.is_of_the_week())
    }

    /// Whether the week's data can be held against a forecast: not where a guard found that they were not what they seem, whether
    /// or not a person let the plan through.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        !self.findings.iter().any(|finding| finding.guard.is_of_broken_data())
    }

    /// The review, where the week is evidence of forecasts: not where its data are not what they seem, nor where a guard of its figures holds
    /// it.
    #[must_use]
    pub fn evidence(&self) -> Option<&Review> {
        self.review.as_ref().filter(|_| self.is_measured() && !self.holds_its_week())
    }

    /// Conversions that came for each one forecast; `None` without a forecast, and where the week is no evidence.
    #[must_use]
    pub fn promise_ratio(&self) -> Option<f64> {
        self.evidence().and_then(Review::promise_ratio)
    }

    /// The review, where the week's spends tell how far the plan was followed: conversions that broke change nothing of it where a person
    /// accepted them.
    #[must_use]
    pub fn followed(&self) -> Option<&Review> {
        let is_spoilt = |finding: &Finding| finding.guard.is_of_broken_data() && finding.guard != Guard::TrackingBreak;
        self.review.as_ref().filter(|_| !self.holds_its_week() && !self.findings.iter().any(is_spoilt))
    }

    /// Share of the planned moves that was made; `None` where it cannot be told.
    #[must_use]
    pub fn adoption(&self) -> Option<f64> {
        self.followed()?.adoption
    }

    /// The gain that the plan promises, corrected by what earlier plans realised; `None` where no lift corrects it.
    #[must_use]
    pub fn corrected_gain(&self) -> Option<f64> {
        Some(self.lift.as_ref()?.correction? * self.plan.as_ref()?.gain()?)
    }

    /// Whether its amounts can stand beside those of data in a currency: not where both are known and differ.
    #[must_use]
    pub fn shares_currency(&self, currency: Option<&str>) -> bool {
        self.currency.as_deref().zip(currency).is_none_or(|(own, other)| own == other)
    }

    /// Whether its input had amounts in two currencies, so that nothing could be made of it.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        let of_currencies = |finding: &Finding| finding.guard == Guard::Currency && !finding.accepted;
        self.held && self.currency.is_none() && self.week.is_none() && self.findings.iter().any(of_currencies)
    }

    /// The record as JSON with a final line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        format!("{value:#}\n")
    }

    /// Reads a record of any version up to this program's.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, Unreadable> {
        let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
        let value: Value = serde_json::from_slice(bytes).map_err(damaged)?;
        match value.get("schema").and_then(Value::as_u64) {
            Some(version) if version > SCHEMA => Err(Unreadable::Newer(version)),
            Some(1) => serde_json::from_value(value).map_err(damaged),
            _ => Err(Unreadable::Damaged("it has no schema version".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_missing_keys_are_defaults() {
        let record = Record {
            schema: SCHEMA,
            id: "2026-11-29".into(),
            as_of: "2026-11-29".parse().ok(),
            findings: vec![Finding::new(Guard::StaleWeek, "gone", None, None)],
            plan: Some(StoredPlan { budget: 12.34, ..StoredPlan::default() }),
            ..Record::default()
        }
        .judged();
        assert!(record.held);
        assert_eq!(Record::from_json(record.to_json().as_bytes()), Ok(record));
        let short = Record::from_json(br#"{"schema": 1, "id": "x", "future": 3}"#).unwrap();
        assert_eq!((short.id.as_str(), short.held, short.plan), ("x", false, None));
    }

    #[test]
    fn amounts_stand_beside_those_of_their_own_currency() {
        let of = |currency: Option<&str>| Record { currency: currency.map(str::to_owned), ..Record::default() };
        assert!(of(Some("EUR")).shares_currency(Some("EUR")) && !of(Some("EUR")).shares_currency(Some("USD")));
        assert!(of(None).shares_currency(Some("USD")) && of(Some("EUR")).shares_currency(None));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        assert_eq!(Record::from_json(br#"{"schema": 99}"#), Err(Unreadable::Newer(99)));
        assert!(matches!(Record::from_json(b"{}"), Err(Unreadable::Damaged(_))));
        assert!(matches!(Record::from_json(b"{\"schema\": 1, \"held\": 3}"), Err(Unreadable::Damaged(_))));
    }
}
