//! Scenarios beside the base plan as files: tables, a chart with its data, one HTML page, JSON and a data dictionary.
//!
//! In: a [`ScenarioRun`]. Out: the same kinds of [`Artifact`]s as for a plan, made by the same means.

mod columns;
mod dictionary;
mod page;
mod terminal;
mod words;

pub use terminal::scenario_table;

use super::charts::{self, Chart};
use super::{Artifact, ReportError, RunContext, SummaryBuilder, complete, formats, import};
use crate::counts::{Counts, PeriodUnit};
use crate::domain::Notes;
use crate::estimate::Posterior;
use crate::recommend::Plan;
use crate::response::Responses;
use crate::scenario::{Compared, Comparison, Figure};
use serde_json::{Value, json};

/// Everything the report of scenarios is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioRun<'a> {
    /// The run itself.
    pub context: &'a RunContext,
    /// What was observed.
    pub counts: &'a Counts,
    /// What is known of rates and values.
    pub posterior: &'a Posterior,
    /// One curve per term, of the base plan.
    pub responses: &'a Responses,
    /// The plans.
    pub comparison: &'a Comparison,
    /// Whole plans of the first scenarios, in their order; none where nobody asked for their import files.
    pub plans: &'a [Plan],
}

impl ScenarioRun<'_> {
    /// The currency: of the run, else of the data.
    pub(super) fn currency(&self) -> Option<&str> {
        self.context.currency.as_deref().or(self.counts.currency.as_deref())
    }

    /// `week` or `period`.
    pub(super) fn per(&self) -> &'static str {
        match self.counts.calendar.unit {
            PeriodUnit::Undated { days: None } => "period",
            _ => "week",
        }
    }

    /// The base plan.
    pub(super) fn base(&self) -> &Compared {
        &self.comparison.plans[0]
    }

    /// Notes of reading, fit and all plans, each once; those of a scenario alone begin with its name.
    #[must_use]
    pub fn notes(&self) -> Notes {
        let mut all = Notes::default();
        let base = &self.base().notes;
        for note in
            [&self.context.notes, &self.posterior.notes, &self.responses.notes, base].into_iter().flat_map(|n| &n.0)
        {
            if !all.0.contains(note) {
                all.0.push(note.clone());
            }
        }
        for plan in &self.comparison.plans[1..] {
            for note in plan.notes.0.iter().filter(|note| !base.0.contains(note)) {
                let mut own = note.clone();
                own.message = format!("scenario `{}`: {}", plan.name, note.message);
                all.0.push(own);
            }
        }
        all
    }
}

/// The summary of a comparison. `outputs` are the paths written.
#[must_use]
pub fn scenario_summary(run: &ScenarioRun, outputs: &[String]) -> Value {
    let context = run.context;
    let scenarios: Vec<Value> = run.comparison.plans.iter().map(compared).collect();
    SummaryBuilder::new(context.version, &context.command)
        .counts(run.counts)
        .currency(run.currency())
        .totals(&context.totals, context.hidden_terms.as_ref())
        .mapping(&context.mapping)
        .model(run.posterior, Some(run.responses))
        .with("level", run.comparison.level)
        .with("per", run.per())
        .with("scenarios", scenarios)
        .notes(&run.notes())
        .outputs(outputs)
        .build()
}

/// A plan, as `scenarios` of the summary holds it.
fn compared(plan: &Compared) -> Value {
    let figure = |figure: &Figure| json!({"mean": figure.mean, "p05": figure.lower, "p95": figure.upper});
    let binding: Vec<Value> =
        plan.limits.iter().filter(|limit| !limit.binds.is_empty()).map(|limit| json!(limit)).collect();
    json!({
        "name": plan.name,
        "objective": plan.objective,
        "goal": plan.goal,
        "budget": plan.budget,
        "spend": plan.spend,
        "unallocated": plan.unallocated,
        "clicks": figure(&plan.clicks),
        "conversions": figure(&plan.conversions),
        "revenue": figure(&plan.revenue),
        "profit": figure(&plan.profit),
        "cpa": figure(&plan.cpa),
        "roas": figure(&plan.roas),
        "difference": figure(&plan.difference),
        "probability_more": plan.probability_more,
        "kept": plan.kept,
        "marginal_return": plan.marginal_return,
        "moved": plan.moved,
        "terms_moved": plan.terms_moved,
        "binding_limits": binding,
        "terms_held": plan.terms_held,
        "certificate": plan.certificate,
    })
}

/// What has to be set for each scenario: a folder each, by its place in the config and what of its name a path can hold.
fn imports(run: &ScenarioRun) -> Vec<Artifact> {
    let folder = |at: usize, name: &str| {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let plain: String = name.chars().map(plain).collect();
        let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
        let short: String = words.join("-").chars().take(40).collect();
        format!("import/{:03}-{short}", at + 1).trim_end_matches('-').to_owned()
    };
    let of = |(at, plan): (usize, &Plan)| {
        let folder = folder(at, &run.comparison.plans[at + 1].name);
        let own = import::artifacts(plan);
        own.into_iter().map(move |file| {
            let name = file.name.trim_start_matches("import/").to_owned();
            Artifact { name: format!("{folder}/{name}"), ..file }
        })
    };
    run.plans.iter().enumerate().flat_map(of).collect()
}

/// Renders every file of a comparison's report, in the order of names. Pure: no files, no clock.
///
/// The same run gives the same bytes, except for `timings.json`.
///
/// # Errors
/// [`ReportError::Chart`] or [`ReportError::Template`] where a chart or the page cannot be drawn,
/// which no data should bring about.
pub fn render_scenarios(run: &ScenarioRun) -> Result<Vec<Artifact>, ReportError> {
    let charts: Vec<Chart> = charts::scenarios::draw(run)?;
    let mut artifacts = columns::artifacts(run);
    let described = dictionary::described(run);
    formats::add(&mut artifacts, &described, run.context, "scenarios", || page::blocks(run))?;
    artifacts.extend(imports(run));
    artifacts.push(Artifact::new("report.html", page::page(run, &charts)?));
    artifacts.push(Artifact::new("DATA_DICTIONARY.md", dictionary::markdown(run)));
    Ok(complete(artifacts, &charts, run.context, run.counts, |outputs| scenario_summary(run, outputs)))
}
