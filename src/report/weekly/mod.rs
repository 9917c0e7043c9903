//! A weekly run as files: the plan's report, the record, what is kept of the terms, the history and a message.
//!
//! In: a [`WeeklyRun`]. Out: [`Artifact`]s, with a plan those of its report among them, and the summary with the key
//! `weekly`. A run that was held before it planned has the record, the message and the history alone.

mod compare;
mod dictionary;
mod diff;
mod history;
mod lift;
mod page;
mod terms;
mod words;

use super::{Artifact, Run, RunContext, SummaryBuilder, complete, plan_artifacts};
use super::{ReportError, charts, format::Money, sha256_hex};
use crate::counts::Counts;
use crate::weekly::{DiffRow, Record, StoredInput, StoredPlan, StoredTerm};
use serde_json::{Value, json};

pub use compare::{Stored, compare_runs, compared_json};
pub use history::runs_table;

/// Everything a weekly run is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct WeeklyRun<'a> {
    /// The run itself.
    pub context: &'a RunContext,
    /// What was read.
    pub counts: &'a Counts,
    /// The plan, if it was made.
    pub plan: Option<Run<'a>>,
    /// Its record.
    pub record: &'a Record,
    /// What is kept of its terms.
    pub terms: &'a [StoredTerm],
    /// The plan against the one before, term by term; empty without one.
    pub diff: &'a [DiffRow],
    /// Records of earlier weeks, ascending, of each week the last.
    pub past: &'a [Record],
    /// The newest plan that was not held, before this run; `None` without one.
    pub latest: Option<&'a str>,
    /// Names of the files that hold the record and the terms.
    pub names: [&'static str; 2],
}

impl WeeklyRun<'_> {
    fn money(&self) -> Money {
        Money::new(self.record.currency.as_deref())
    }

    /// The run in one line.
    #[must_use]
    pub fn line(&self) -> String {
        words::line(self)
    }
}

/// What measured lift makes of the gain that a plan promises, a sentence; `None` where none was measured.
#[must_use]
pub fn measured_gain(record: &Record) -> Option<String> {
    lift::corrected(record, &Money::new(record.currency.as_deref()))
        .map(|words| format!("{words}. Tables and charts show the plan's own figures, before this correction."))
}

/// Renders every file of a weekly run, in the order of names. Pure: no files, no clock.
///
/// # Errors
/// What drawing, the page or a table answers with, which no data should bring about.
pub fn render_weekly(run: &WeeklyRun) -> Result<Vec<Artifact>, ReportError> {
    let mut charts = run.plan.as_ref().map_or_else(|| Ok(Vec::new()), charts::draw)?;
    let mut artifacts = run.plan.as_ref().map_or_else(|| Ok(Vec::new()), |plan| plan_artifacts(plan, &charts))?;
    // the plan's own dictionary gives way to one of all files
    artifacts.retain(|artifact| artifact.name != DICTIONARY);
    let records: Vec<&Record> = run.past.iter().chain([run.record]).collect();
    let history = charts::weekly::chart(&records)?;
    let changed = charts::diff::chart(run.record.diff.as_ref(), run.diff, &run.money())?;
    let [record, terms] = run.names;
    if run.plan.is_some() {
        artifacts.push(Artifact::new(terms, terms::parquet(run.terms, terms)?));
    }
    if run.record.diff.is_some() {
        artifacts.push(Artifact::new("diff.csv", diff::csv(run)));
    }
    artifacts.push(Artifact::new("history.csv", history::csv(run)));
    artifacts.push(Artifact::new(MESSAGE, words::message(run)));
    let mut stored = run.record.clone();
    stored.files =
        artifacts.iter().filter(|artifact| [terms, MESSAGE].contains(&artifact.name.as_str())).map(hashed).collect();
    artifacts.push(Artifact::new(record, stored.to_json()));
    artifacts.push(Artifact::new("weekly.html", page::page(run, [history.as_ref(), changed.as_ref()])?));
    artifacts.push(Artifact::new(DICTIONARY, dictionary::text(run)));
    charts.extend(history.into_iter().chain(changed));
    Ok(complete(artifacts, &charts, run.context, run.counts, |outputs| weekly_summary(run, outputs)))
}

const DICTIONARY: &str = "DATA_DICTIONARY.md";
const MESSAGE: &str = "message.md";

/// A file of the run with its hash, so that what is damaged later is not read as if it were not.
fn hashed(artifact: &Artifact) -> StoredInput {
    let bytes = artifact.bytes.len() as u64;
    StoredInput { path: artifact.name.clone(), sha256: sha256_hex(&artifact.bytes), bytes }
}

/// The summary of a weekly run. `outputs` are the paths written.
#[must_use]
pub fn weekly_summary(run: &WeeklyRun, outputs: &[String]) -> Value {
    let record = run.record;
    let context = run.context;
    let mut summary = SummaryBuilder::new(context.version, &context.command);
    summary = match &run.plan {
        Some(plan) => summary
            .counts(plan.counts)
            .currency(plan.currency())
            .totals(&context.totals, context.hidden_terms.as_ref())
            .mapping(&context.mapping)
            .model(plan.posterior, Some(plan.responses))
            .plan(plan.plan, None)
            .notes(&plan.notes()),
        None => summary
            .counts(run.counts)
            .currency(record.currency.as_deref())
            .totals(&context.totals, context.hidden_terms.as_ref())
            .mapping(&context.mapping)
            .notes(&context.notes),
    };
    // of the run, whatever the data say
    summary.with("as_of", json!(record.as_of)).with("weekly", outline(run)).outputs(outputs).build()
}

/// The part of the summary that is of weekly runs alone.
fn outline(run: &WeeklyRun) -> Value {
    let record = run.record;
    let mut review = json!(record.review);
    // figures of a week that was held are no evidence of whether the plan was followed or its forecasts right
    if let Some(figures) = review.as_object_mut().filter(|_| record.evidence().is_none()) {
        for figure in ["adoption", "adoption_error", "coverage_90_terms"] {
            figures.insert(figure.to_owned(), Value::Null);
        }
    }
    json!({
        "run": record.id,
        "held": record.held,
        "planned_week": record.planned_week,
        "previous": record.previous,
        "findings": record.findings,
        "left_out": record.apart,
        "late": record.late,
        "unread": record.unread,
        "review": review,
        "diff": record.diff,
        "promise_ratio": record.promise_ratio(),
        "adoption": record.adoption(),
        "is_evidence": record.review.as_ref().map(|_| record.evidence().is_some()),
        "lift_realised_over_promised": record.lift_realised_over_promised,
        "lift": record.lift,
        "gain": record.plan.as_ref().and_then(StoredPlan::gain),
        "gain_corrected": record.corrected_gain(),
        "holdback": record.holdback,
        "line": run.line(),
    })
}
