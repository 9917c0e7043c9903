//! `termwise simulate`: an account with known truth.

use super::{VERSION, policies, print_summary};
use crate::cli::args::Simulate;
use crate::cli::{settings, terminal::Printer};
use crate::error::Error;
use crate::report::{Artifact, SummaryBuilder, preflight, write_directory};
use crate::simulate::{SimulateSettings, export_csv, exports, hide_small_terms, observation_csv, simulate, truth_csv};

pub(in crate::cli) fn run(args: &Simulate, printer: Printer) -> Result<(), Error> {
    let config = settings::base(&args.common)?;
    let defaults = SimulateSettings::default();
    let chosen = SimulateSettings {
        terms: args.terms,
        weeks: args.weeks,
        campaigns: args.campaigns,
        start: args.start.unwrap_or(defaults.start),
        seed: config.seed,
        fractional: args.fractional,
        margin: args.margin.or(config.plan.margin),
        drift: args.drift.unwrap_or(defaults.drift),
        group_drift: args.group_drift,
        common_drift: args.common_drift,
        dispersion: args.dispersion,
        delay: args.delay,
        exports: args.exports,
        value_tail: args.value_tail,
        trend: args.trend,
        ceiling: args.ceiling,
        hide_below: args.hide_below,
        misallocation: args.misallocation,
        ..defaults
    };
    if !args.policies.is_empty() {
        return policies::run(args, &config, &chosen, printer);
    }
    chosen.validate()?;
    preflight(&args.out, args.force)?;
    let progress = printer.progress();
    progress.stage("simulate");
    let simulated = simulate(&chosen)?;
    let shown = if chosen.hide_below > 0.0 {
        hide_small_terms(&simulated.observation, chosen.hide_below)
    } else {
        simulated.observation.clone()
    };
    let mut artifacts = vec![
        Artifact { name: "account.csv".to_owned(), bytes: observation_csv(&shown).into_bytes() },
        Artifact { name: "truth.csv".to_owned(), bytes: truth_csv(&simulated.truth).into_bytes() },
    ];
    if chosen.exports > 1 {
        artifacts.extend(exports(&simulated, &chosen).iter().map(|export| Artifact {
            name: format!("account-{}.csv", export.reported_on),
            bytes: export_csv(export).into_bytes(),
        }));
    }
    write_directory(&artifacts, &args.out, args.force)?;
    drop(progress);
    let paths: Vec<String> =
        artifacts.iter().map(|artifact| args.out.join(&artifact.name).display().to_string()).collect();
    let summary = SummaryBuilder::new(VERSION, "simulate")
        .with("terms", args.terms)
        .with("weeks", args.weeks)
        .outputs(&paths)
        .build();
    print_summary(args.common.json, &summary)?;
    printer.say(&format!("{} terms over {} weeks: {}", args.terms, args.weeks, paths.join(", ")));
    Ok(())
}
