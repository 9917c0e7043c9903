//! `termwise recommend`: the main job.

use super::{context, place, print_summary};
use crate::cli::args::Plan;
use crate::cli::{settings, terminal::Printer};
use crate::counts::Calendar;
use crate::error::Error;
use crate::ingest::{self, expand};
use crate::pipeline;
use crate::report::{Forecasts, Run, preflight, render, summary, terminal_table, write_directory};
use std::path::{Path, PathBuf};

pub(in crate::cli) fn run(args: &Plan, printer: Printer) -> Result<(), Error> {
    let config = settings::planning(args)?;
    let inputs = expand(&args.input.inputs)?;
    // a place that cannot be written to is found before the work, not after it
    if let Some(out) = &args.out {
        preflight(out, args.force)?;
    }
    let progress = printer.progress();
    let planned = pipeline::recommend(&inputs, &config, &|stage| progress.stage(stage))?;
    let pipeline::Planned { fitted, responses, plan } = &planned;
    let ingest::Ingested { counts, .. } = &fitted.ingested;
    let out = args.out.clone().unwrap_or_else(|| default_out(&counts.calendar));
    preflight(&out, args.force)?;

    let mut context = context("recommend", &fitted.ingested, &config);
    let mut timings = fitted.timings.clone();
    context.forecasts = match pipeline::forecasts(counts, &config, &mut timings, &|stage| progress.stage(stage)) {
        None => Forecasts::Untested,
        Some(Err(error)) => Forecasts::Impossible(error.to_string()),
        Some(Ok(check)) => Forecasts::Tested(Box::new(check)),
    };
    context.timings = timings.0;
    let run = Run { context: &context, counts, posterior: &fitted.posterior, responses, plan };
    progress.stage("report");
    let artifacts = render(&run)?;
    let written = write_directory(&artifacts, &out, args.force)?;
    drop(progress);

    let paths: Vec<String> = artifacts.iter().map(|artifact| out.join(&artifact.name).display().to_string()).collect();
    let seconds = fitted.timings.0.iter().find(|(stage, _)| stage == "solve").map(|(_, seconds)| *seconds);
    print_summary(args.common.json, &summary(&run, &paths, seconds))?;
    printer.notes(&run.notes(), 8);
    printer.table(&terminal_table(plan, context.currency.as_deref()));
    printer.say(&place(written, &out));
    // the process ends here: giving back the memory of a million terms piece by piece would take seconds
    std::mem::forget((planned, artifacts));
    Ok(())
}

/// `reports/<as-of date>`, or `reports/undated` for data without dates.
fn default_out(calendar: &Calendar) -> PathBuf {
    let name = calendar.as_of.map_or_else(|| "undated".to_owned(), |date| date.to_string());
    Path::new("reports").join(name)
}
