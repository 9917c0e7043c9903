//! `termwise simulate`: an account with known truth.

use super::{VERSION, policies, print_summary};
use crate::cli::args::Simulate;
use crate::cli::{settings, terminal::Printer};
use crate::domain::counted;
use crate::error::Error;
use crate::report::{AccountWriter, Artifact, ReportError, SummaryBuilder, preflight, write_directory, write_large};
use crate::simulate::{
    SimulateSettings, export_csv, exports, hide_small_terms, observation_csv, simulate, simulate_in_chunks, truth_csv,
};

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
        budget_limited: args.budget_limited,
        hide_below: args.hide_below,
        misallocation: args.misallocation,
        season: args.season.unwrap_or(defaults.season),
        lever_moves: args.lever_moves.unwrap_or(defaults.lever_moves),
        zipf: args.zipf,
        match_types: !args.one_match_type,
        ..defaults
    };
    if !args.policies.is_empty() {
        return policies::run(args, &config, &chosen, printer);
    }
    chosen.validate()?;
    if args.parquet {
        return parquet(args, &chosen, printer);
    }
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
    report(args, &paths, printer)
}

/// Says what was made, and where it is.
fn report(args: &Simulate, paths: &[String], printer: Printer) -> Result<(), Error> {
    let summary = SummaryBuilder::new(VERSION, "simulate")
        .with("terms", args.terms)
        .with("weeks", args.weeks)
        .outputs(paths)
        .build();
    print_summary(args.common.json, &summary)?;
    printer.say(&format!("{} over {}: {}", counted(args.terms, "term"), counted(args.weeks, "week"), paths.join(", ")));
    Ok(())
}

/// Terms whose weeks are in memory together: some hundred thousand rows, a group of rows of the file.
const CHUNK: usize = 20_000;

/// Writes an account of any size.
fn parquet(args: &Simulate, chosen: &SimulateSettings, printer: Printer) -> Result<(), Error> {
    let progress = printer.progress();
    progress.stage("simulate");
    write_large(&args.out, args.force, |place| -> Result<(), Error> {
        let mut writer = AccountWriter::create(&place.join("account.parquet"))?;
        let truth =
            simulate_in_chunks(chosen, CHUNK, |observation| -> Result<(), Error> { Ok(writer.push(&observation)?) })?;
        writer.finish()?;
        let path = place.join("truth.csv");
        std::fs::write(&path, truth_csv(&truth))
            .map_err(|source| ReportError::Io { action: "write", path, source }.into())
    })?;
    drop(progress);
    let paths = ["account.parquet", "truth.csv"].map(|name| args.out.join(name).display().to_string());
    report(args, &paths, printer)
}
