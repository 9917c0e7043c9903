//! The commands.

pub(super) mod aggregate;
pub(super) mod allocate;
pub(super) mod backtest;
pub(super) mod check;
pub(super) mod config;
pub(super) mod explain;
pub(super) mod fit;
mod policies;
pub(super) mod recommend;
pub(super) mod runs;
pub(super) mod scenarios;
pub(super) mod simulate;
pub(super) mod sql;
pub(super) mod weekly;

use crate::allocate::AllocationStatus;
use crate::cli::terminal::Printer;
use crate::config::{Config, ConfigError};
use crate::counts::Counts;
use crate::domain::Notes;
use crate::error::{Error, Infeasible};
use crate::ingest::Ingested;
use crate::report::{Input, Mapping, RunContext, SummaryBuilder, Written};
use std::path::{Path, PathBuf};

/// Version of the program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the outputs say of the run itself.
fn context(command: &str, ingested: &Ingested, config: &Config) -> RunContext {
    RunContext {
        version: VERSION,
        command: command.to_owned(),
        seed: config.seed,
        settings: serde_json::to_value(config).unwrap_or_default(),
        inputs: ingested
            .files
            .iter()
            .map(|file| Input {
                path: file.path.clone(),
                sha256: file.sha256.clone(),
                rows: file.rows,
                bytes: file.bytes,
            })
            .collect(),
        mapping: ingested
            .mapping
            .iter()
            .map(|column| Mapping {
                file: column.file.clone(),
                column: column.column.clone(),
                mapped_to: column.mapped_to.map(str::to_owned),
            })
            .collect(),
        totals: ingested.totals,
        hidden_terms: ingested.hidden,
        currency: ingested.counts.currency.clone(),
        notes: ingested.notes.clone(),
        formats: config.report.formats.clone(),
        ..RunContext::default()
    }
}

/// The part of the summary that every command on data shares.
fn data_summary(context: &RunContext, counts: &Counts, notes: &Notes) -> SummaryBuilder {
    SummaryBuilder::new(VERSION, &context.command)
        .counts(counts)
        .currency(context.currency.as_deref())
        .totals(&context.totals, context.hidden_terms.as_ref())
        .mapping(&context.mapping)
        .notes(notes)
}

/// Prints the summary where `--json` asked for it.
fn print_summary(wanted: bool, summary: &serde_json::Value) -> Result<(), Error> {
    match serde_json::to_string_pretty(summary) {
        Ok(text) if wanted => Printer::data(&text),
        _ => Ok(()),
    }
}

/// The summary of a command that stopped: why, and the cells that were refused.
pub(super) fn print_failure(command: &str, error: &Error) {
    let (refused, notes) = match error {
        Error::Ingest(error) => (serde_json::json!(error.refused()), None),
        Error::Refused { error, notes } => (serde_json::json!(error.refused()), Some(notes)),
        _ => (serde_json::json!([]), None),
    };
    let mut summary = SummaryBuilder::new(VERSION, command)
        .with("error", error.to_string())
        .with("exit_code", error.exit_code())
        .with("refused", refused);
    if let Some(notes) = notes {
        summary = summary.notes(notes);
    }
    let relaxation = match error {
        Error::Infeasible(Infeasible { changes, needs }) => {
            Some((serde_json::json!(changes), serde_json::json!(needs)))
        }
        Error::Recommend(error) => error
            .relaxation()
            .map(|relaxation| (serde_json::json!(relaxation.changes), serde_json::json!(relaxation.needs))),
        _ => None,
    };
    if let Some((changes, needs)) = relaxation {
        let certificate = serde_json::json!({"status": AllocationStatus::Infeasible});
        let plan = serde_json::json!({"certificate": certificate, "relaxation": changes, "needs": needs});
        summary = summary.with("plan", plan);
    }
    let summary = summary.build();
    // the exit code already says that it failed
    let _ = print_summary(true, &summary);
}

/// What became of a report directory, in a line.
fn place(written: Written, out: &Path) -> String {
    let page = out.join("report.html").display().to_string();
    match written {
        Written::New => format!("Report: {page}"),
        Written::Unchanged => format!("Report: {page} (already there, nothing changed)"),
        Written::Replaced => format!("Report: {page} (replaced)"),
    }
}

/// Refuses an output that would replace one of the inputs.
fn refuse_overwriting(out: &Path, inputs: &[PathBuf]) -> Result<(), ConfigError> {
    let Ok(target) = out.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == target)) {
        let value = out.display().to_string();
        return Err(ConfigError::value("out", value, "another file than the input"));
    }
    Ok(())
}
