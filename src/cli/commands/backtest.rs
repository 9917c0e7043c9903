//! `termwise backtest`: how good the forecasts would have been.

use super::{context, place, print_summary};
use crate::backtest::BacktestSettings;
use crate::cli::args::Backtest;
use crate::cli::{settings, terminal::Printer};
use crate::error::Error;
use crate::ingest::expand;
use crate::pipeline;
use crate::report::{BacktestRun, backtest_summary, backtest_table, preflight, render_backtest, write_directory};
use std::path::Path;

pub(in crate::cli) fn run(args: &Backtest, printer: Printer) -> Result<(), Error> {
    let config = settings::reading(&args.common, &args.input, Some(&args.model))?;
    let settings = BacktestSettings {
        folds: args.folds,
        min_train: args.min_train,
        estimate: config.estimate(),
        seed: config.seed,
    };
    let inputs = expand(&args.input.inputs)?;
    // a place that cannot be written to is found before the work, not after it
    if let Some(out) = &args.out {
        preflight(out, args.force)?;
    }
    let progress = printer.progress();
    let tested = pipeline::backtest(&inputs, &config, &settings, &|stage| progress.stage(stage))?;
    let counts = &tested.ingested.counts;
    let out = args.out.clone().unwrap_or_else(|| {
        let day = counts.calendar.as_of.map_or_else(|| "undated".to_owned(), |date| date.to_string());
        Path::new("reports").join(format!("backtest-{day}"))
    });
    preflight(&out, args.force)?;

    let mut context = context("backtest", &tested.ingested, &config);
    context.settings["backtest"] = serde_json::json!({"folds": args.folds, "min_train": args.min_train});
    context.timings.clone_from(&tested.timings.0);
    let run = BacktestRun { context: &context, counts, backtest: &tested.backtest };
    progress.stage("report");
    let artifacts = render_backtest(&run)?;
    let written = write_directory(&artifacts, &out, args.force)?;
    drop(progress);

    let paths: Vec<String> = artifacts.iter().map(|artifact| out.join(&artifact.name).display().to_string()).collect();
    print_summary(args.common.json, &backtest_summary(&run, &paths))?;
    printer.notes(&run.notes(), 8);
    printer.table(&backtest_table(&run));
    printer.say(&place(written, &out));
    Ok(())
}
