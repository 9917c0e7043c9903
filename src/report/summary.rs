//! `summary.json` and what `--json` prints: one schema for every command.
//!
//! Keys that do not apply to a command are absent; figures that were not computed are null.

use super::{Mapping, Run};
use crate::counts::{Counts, PeriodUnit, Totals};
use crate::domain::Notes;
use crate::estimate::Posterior;
use crate::recommend::{Outcome, Plan};
use crate::response::{CurveBasis, Responses};
use serde_json::{Map, Value, json};

/// The summary of a run that planned. `outputs` are the paths written; `with_seconds`, for
/// standard output only, adds the solver's seconds to the certificate.
#[must_use]
pub fn summary(run: &Run, outputs: &[String], with_seconds: Option<f64>) -> Value {
    let context = run.context;
    let mut summary = SummaryBuilder::new(context.version, &context.command)
        .counts(run.counts)
        .currency(run.currency())
        .totals(&context.totals, context.hidden_terms.as_ref())
        .mapping(&context.mapping)
        .model(run.posterior, Some(run.responses))
        .plan(run.plan, with_seconds);
    if let Some(figures) = super::backtest::brief::summary(run) {
        summary = summary.with("backtest", figures);
    }
    summary.notes(&run.notes()).outputs(outputs).build()
}

/// Collects the parts of a summary that a command has.
#[derive(Clone, Debug)]
pub struct SummaryBuilder {
    fields: Map<String, Value>,
}

impl SummaryBuilder {
    /// A summary with the version of the program and the name of the command.
    #[must_use]
    pub fn new(version: &str, command: &str) -> Self {
        Self { fields: Map::new() }.with("version", version).with("command", command)
    }

    /// Sets any key of the schema, e.g. `backtest` or `policies`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// Adds `as_of`, `terms`, `weeks` (null for undated data), `first_week`, `last_week` and the
    /// data's currency.
    #[must_use]
    pub fn counts(self, counts: &Counts) -> Self {
        let calendar = &counts.calendar;
        let weeks = match calendar.unit {
            PeriodUnit::Week => json!(calendar.periods.len()),
            PeriodUnit::Day => json!(calendar.periods.len().div_ceil(7)),
            PeriodUnit::Undated { .. } => Value::Null,
        };
        let start = |period: Option<&crate::counts::Period>| json!(period.and_then(|period| period.start));
        self.with("as_of", json!(calendar.as_of))
            .with("terms", counts.terms.len())
            .with("weeks", weeks)
            .with("first_week", start(calendar.periods.first()))
            .with("last_week", start(calendar.periods.last()))
            .currency(counts.currency.as_deref())
    }

    /// Adds the currency; null where it is not known.
    #[must_use]
    pub fn currency(self, currency: Option<&str>) -> Self {
        self.with("currency", currency)
    }

    /// Adds the sums of everything read and of what the platform hides, if it hides anything.
    #[must_use]
    pub fn totals(self, totals: &Totals, hidden: Option<&Totals>) -> Self {
        let summary = self.with("totals", json!(totals));
        match hidden {
            Some(hidden) => summary.with("hidden_terms", json!(hidden)),
            None => summary,
        }
    }

    /// Adds how columns were understood.
    #[must_use]
    pub fn mapping(self, mapping: &[Mapping]) -> Self {
        self.with("mapping", json!(mapping))
    }

    /// Adds the model: rate, value, and the elasticity where there are curves.
    #[must_use]
    pub fn model(self, posterior: &Posterior, responses: Option<&Responses>) -> Self {
        let mut model = json!({
            "rate": posterior.rate.model,
            "level": posterior.rate.level,
            "account_rate": posterior.rate.account_rate,
            "strength": posterior.rate.strength,
            "drift": posterior.drift,
            "delay": posterior.delay,
            "effects": posterior.effects,
            "value": posterior.value.as_ref().map(|value| value.model),
            "value_scores": posterior.value.as_ref().map(|value| value.scores),
            "rate_value_correlation": posterior.pairing,
        });
        if let Some(responses) = responses {
            model["elasticity"] = elasticity(responses);
        }
        self.with("model", model)
    }

    /// Adds the plan with its certificate.
    #[must_use]
    pub fn plan(self, plan: &Plan, with_seconds: Option<f64>) -> Self {
        let summary = &plan.summary;
        let mut planned = json!(summary.planned);
        for (suffix, end) in [("p05", &summary.planned_p05), ("p95", &summary.planned_p95)] {
            for (name, figure) in figures(end.as_ref()) {
                planned[format!("{name}_{suffix}")] = json!(figure);
            }
        }
        let mut certificate = json!(summary.certificate);
        certificate["bid_rounding_loss"] = json!(summary.bids.map(|bids| bids.loss));
        if let Some(seconds) = with_seconds {
            certificate["seconds"] = json!(seconds);
        }
        let mut plan_json = json!({
                "objective": summary.objective,
                "goal": summary.goal,
                "budget": summary.budget,
                "spend": summary.spend,
                "unallocated": summary.unallocated,
                "current_spend": summary.current_spend,
                "per": plan.per(),
                "level": summary.level,
                "max_change": summary.max_change,
                "change_reference": summary.change_reference,
                "now": summary.now,
                "planned": planned,
                "gain_p05": summary.gain_p05,
                "gain_p95": summary.gain_p95,
                "compared_with": summary.compared_with,
                "probability_better": summary.probability_better,
                "step": summary.step,
                "limits": plan.limits.iter().chain(&plan.held).collect::<Vec<_>>(),
                "risk": summary.risk,
                "exploration": summary.exploration,
                "decisions": summary.decisions,
                "bids": summary.bids,
                "certificate": certificate,
        });
        if let Some(dated) = &plan.dated {
            plan_json["weeks"] = json!(dated);
        }
        self.with("plan", plan_json)
    }

    /// Adds the notes.
    #[must_use]
    pub fn notes(self, notes: &Notes) -> Self {
        self.with("notes", json!(notes))
    }

    /// Adds the paths written.
    #[must_use]
    pub fn outputs(self, outputs: &[String]) -> Self {
        self.with("outputs", json!(outputs))
    }

    /// The summary.
    #[must_use]
    pub fn build(self) -> Value {
        Value::Object(self.fields)
    }
}

/// Names and figures of an outcome; all null where it was not computed.
fn figures(outcome: Option<&Outcome>) -> [(&'static str, Option<f64>); 4] {
    [
        ("clicks", outcome.map(|outcome| outcome.clicks)),
        ("conversions", outcome.map(|outcome| outcome.conversions)),
        ("revenue", outcome.and_then(|outcome| outcome.revenue)),
        ("profit", outcome.and_then(|outcome| outcome.profit)),
    ]
}

/// Terms by the source of their elasticity, and the mean of those that have one.
fn elasticity(responses: &Responses) -> Value {
    let basis = |wanted: CurveBasis| responses.basis.iter().filter(|&&basis| basis == wanted).count();
    let known: Vec<f64> = responses.elasticity.iter().copied().flatten().collect();
    let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    json!({
        "mean": mean,
        "evidence": responses.evidence,
        "data": basis(CurveBasis::Data),
        "simulator": basis(CurveBasis::Simulator),
        "pooled": basis(CurveBasis::Pooled),
        "prior": basis(CurveBasis::Prior),
    })
}
