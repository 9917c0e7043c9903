//! The commands.

pub(super) mod allocate;
pub(super) mod check;
pub(super) mod fit;
pub(super) mod recommend;
pub(super) mod simulate;

use crate::cli::terminal::Printer;
use crate::config::Config;
use crate::counts::Counts;
use crate::domain::Notes;
use crate::ingest::Ingested;
use crate::report::{Input, Mapping, RunContext, SummaryBuilder};

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
        currency: ingested.counts.currency.clone(),
        notes: ingested.notes.clone(),
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
fn print_summary(wanted: bool, summary: &serde_json::Value) {
    if wanted && let Ok(text) = serde_json::to_string_pretty(summary) {
        Printer::data(&text);
    }
}
