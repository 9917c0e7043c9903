//! `termwise scenarios`: many plans from one fit, side by side.

use super::{context, place, print_summary};
use crate::cli::args::Scenarios;
use crate::cli::{settings, terminal::Printer};
use crate::config::ConfigError;
use crate::error::Error;
use crate::ingest::expand;
use crate::pipeline;
use crate::report::{ScenarioRun, preflight, render_scenarios, scenario_summary, scenario_table, write_directory};
use std::path::Path;

pub(in crate::cli) fn run(args: &Scenarios, printer: Printer) -> Result<(), Error> {
    let (args, asks, whole) = (&args.plan, args.sensitivity, args.import);
    let config = settings::planning(args)?;
    if config.scenarios.is_empty() && !asks {
        let rule = "at least one `[[scenarios]]` in the file of `--config`, or `--sensitivity`";
        return Err(ConfigError::value("scenarios", "empty", rule).into());
    }
    let inputs = expand(&args.input.inputs)?;
    // a place that cannot be written to is found before the work, not after it
    if let Some(out) = &args.out {
        preflight(out, args.force)?;
    }
    let progress = printer.progress();
    let compared = pipeline::scenarios(&inputs, &config, (asks, whole), &|stage| progress.stage(stage))?;
    let counts = &compared.fitted.ingested.counts;
    let out = args.out.clone().unwrap_or_else(|| {
        let day = counts.calendar.as_of.map_or_else(|| "undated".to_owned(), |date| date.to_string());
        Path::new("reports").join(format!("scenarios-{day}"))
    });
    preflight(&out, args.force)?;

    let mut context = context("scenarios", &compared.fitted.ingested, &config);
    context.timings.clone_from(&compared.fitted.timings.0);
    let run = ScenarioRun {
        context: &context,
        counts,
        posterior: &compared.fitted.posterior,
        responses: &compared.responses,
        comparison: &compared.comparison,
        plans: &compared.plans,
    };
    progress.stage("report");
    let artifacts = render_scenarios(&run)?;
    let written = write_directory(&artifacts, &out, args.force)?;
    drop(progress);

    let paths: Vec<String> = artifacts.iter().map(|artifact| out.join(&artifact.name).display().to_string()).collect();
    print_summary(args.common.json, &scenario_summary(&run, &paths))?;
    printer.notes(&run.notes(), 8);
    printer.table(&scenario_table(&run));
    printer.say(&place(written, &out));
    Ok(())
}
