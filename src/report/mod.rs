//! Plan → files: CSV, SVG charts with their data, one HTML page, JSON and a data dictionary.
//!
//! In: a [`Run`], which is what the stages computed and what the reader should know of how. Out:
//! [`Artifact`]s in memory ([`render`], pure and deterministic) and, apart from that, their way to
//! the disk ([`write_directory`], [`write_file`]: whole or not at all). Owns how things are shown
//! and none of the figures: what is wrong here is wrong upstream, except for rounding, which is
//! done once, in `format` for people and in `csv` for machines.

#[cfg(feature = "tables")]
mod account;
mod backtest;
mod bids;
#[cfg(feature = "tables")]
mod canonical;
mod change_limit;
mod charts;
mod columns;
mod contest;
mod csv;
mod dated;
mod dictionary;
mod directory;
mod error;
mod explain;
mod format;
mod formats;
mod html;
mod import;
mod manifest;
mod records;
mod scenarios;
mod summary;
mod tables;
mod terminal_table;
mod top;
#[cfg(feature = "tables")]
mod weekly;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

#[cfg(feature = "tables")]
pub use account::AccountWriter;
pub use backtest::{BacktestRun, backtest_summary, backtest_table, render_backtest};
#[cfg(feature = "tables")]
pub use canonical::{counts_csv, counts_parquet};
pub use columns::LimitRow;
pub use contest::{contest_table, render_contest};
pub use directory::{Written, preflight, preflight_file, write_directory, write_file, write_files, write_large};
pub use error::ReportError;
pub use explain::{ExplainError, Explained, Question, explain};
pub use manifest::sha256_hex;
pub use scenarios::{ScenarioRun, render_scenarios, scenario_summary, scenario_table};
pub use summary::{SummaryBuilder, summary};
pub use tables::{allocation_csv, limits_csv, posterior_csv};
pub use terminal_table::terminal_table;
#[cfg(feature = "tables")]
pub use weekly::{
    Stored, WeeklyRun, compare_runs, compared_json, measured_gain, render_weekly, runs_table, weekly_summary,
};

use crate::backtest::Check;
use crate::counts::{Counts, Totals};
use crate::domain::{Coin, Format, Notes};
use crate::estimate::Posterior;
use crate::recommend::Plan;
use crate::response::Responses;
use charts::Chart;
use serde::Serialize;
use serde_json::Value;

/// What the report tells of the run itself: who computed it, from what, with which settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunContext {
    /// Version of the program.
    pub version: &'static str,
    /// Name of the command, e.g. `recommend`.
    pub command: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// Resolved settings, written to the manifest as they are.
    pub settings: serde_json::Value,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// How their columns were understood.
    pub mapping: Vec<Mapping>,
    /// Sums of everything read.
    pub totals: Totals,
    /// Sums of what the platform hides behind one pooled item, if there is any.
    pub hidden_terms: Option<Totals>,
    /// Currency code or sign, if known.
    pub currency: Option<String>,
    /// Notes of reading and of the pipeline; those of posterior, curves and plan are added here.
    pub notes: Notes,
    /// How good forecasts were on this account.
    pub forecasts: Forecasts,
    /// What measured lift says of the promised gain, a sentence; `None` where none was measured.
    pub measured_gain: Option<String>,
    /// Forms of the tables beside CSV.
    pub formats: Vec<Format>,
    /// Seconds that each stage took; written to `timings.json` only.
    pub timings: Vec<(String, f64)>,
}

/// Whether forecasts were tested on the account of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Forecasts {
    /// Not in this run.
    #[default]
    Untested,
    /// The data do not allow it, and why.
    Impossible(String),
    /// What came of them.
    Tested(Box<Check>),
}

/// One file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Path as the user gave it.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows read.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// How one column of an input was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The file.
    pub file: String,
    /// The column's name in the file.
    pub column: String,
    /// The canonical column; `None` for a column that is not used.
    #[serde(rename = "as")]
    pub mapped_to: Option<String>,
}

/// Everything one report is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The run itself.
    pub context: &'a RunContext,
    /// What was observed.
    pub counts: &'a Counts,
    /// What is known of rates and values.
    pub posterior: &'a Posterior,
    /// One curve per term.
    pub responses: &'a Responses,
    /// What was decided.
    pub plan: &'a Plan,
}

impl Run<'_> {
    /// What its currency is divided into.
    fn coin(&self) -> Coin {
        Coin::of(self.currency())
    }

    /// The currency: of the run, else of the data.
    fn currency(&self) -> Option<&str> {
        self.context.currency.as_deref().or(self.counts.currency.as_deref())
    }

    /// All notes in the order of the stages, each once.
    #[must_use]
    pub fn notes(&self) -> Notes {
        let mut all = Notes::default();
        let stages = [&self.context.notes, &self.posterior.notes, &self.responses.notes, &self.plan.notes];
        for note in stages.into_iter().flat_map(|notes| &notes.0) {
            if !all.0.contains(note) {
                all.0.push(note.clone());
            }
        }
        let formulas =
            self.counts.terms.iter().filter(|term| term.key.term.starts_with(['=', '+', '-', '@', '\t', '\r']));
        all.add(
            "formula-like-terms",
            formulas.count(),
            "terms begin with =, +, - or @, which a spreadsheet would run as a formula: the CSV files have an apostrophe before them",
        );
        all.add(
            "not-in-import",
            import::left_out(self),
            "changed bids are not in the import files, as no editor could find the keyword: it lacks campaign, ad group or match type, or begins with a sign that a spreadsheet would run",
        );
        all
    }
}

/// One file of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Path inside the directory, with `/` between parts.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    fn new(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: text.into() }
    }
}

/// The only file that may differ between two runs on the same input.
const TIMINGS: &str = "timings.json";

/// Renders every file of the report, in the order of names. Pure: no files, no clock.
///
/// The same run gives the same bytes, except for `timings.json`, which holds what the clock said.
///
/// # Errors
/// [`ReportError::Chart`] or [`ReportError::Template`] where a chart or the page cannot be drawn,
/// which no data should bring about.
pub fn render(run: &Run) -> Result<Vec<Artifact>, ReportError> {
    let charts = charts::draw(run)?;
    let artifacts = plan_artifacts(run, &charts)?;
    Ok(complete(artifacts, &charts, run.context, run.counts, |outputs| summary(run, outputs, None)))
}

/// A plan's own files.
fn plan_artifacts(run: &Run, charts: &[Chart]) -> Result<Vec<Artifact>, ReportError> {
    let mut artifacts = tables::artifacts(run);
    artifacts.extend(dated::artifacts(run));
    formats::add(&mut artifacts, &dictionary::described(run), run.context, "plan", || html::blocks(run))?;
    artifacts.extend(import::artifacts(run.plan));
    artifacts.push(Artifact::new("report.html", html::page(run, charts)?));
    artifacts.push(Artifact::new("DATA_DICTIONARY.md", dictionary::markdown(run)));
    Ok(artifacts)
}

/// Adds to a report's own files the charts with their data and the JSON files, in the order of names. `summary` makes
/// `summary.json` from the names of all files.
fn complete(
    mut artifacts: Vec<Artifact>,
    charts: &[Chart],
    context: &RunContext,
    counts: &Counts,
    summary: impl FnOnce(&[String]) -> Value,
) -> Vec<Artifact> {
    for chart in charts {
        artifacts.push(Artifact::new(format!("charts/{}.svg", chart.stem), chart.svg.as_str()));
        artifacts
            .push(Artifact::new(format!("charts/{}.csv", chart.stem), chart.csv(Coin::of(counts.currency.as_deref()))));
    }
    let mut names: Vec<String> = artifacts.iter().map(|artifact| artifact.name.clone()).collect();
    names.extend(["summary.json", "manifest.json", TIMINGS].map(str::to_owned));
    names.sort();
    artifacts.push(Artifact::new("summary.json", manifest::pretty(&summary(&names))));
    artifacts.push(Artifact::new("manifest.json", manifest::manifest(context, counts, &artifacts)));
    artifacts.push(Artifact::new(TIMINGS, manifest::timings(&context.timings)));
    artifacts.sort_by(|one, other| one.name.cmp(&other.name));
    artifacts
}
