//! `termwise simulate --policies`: weekly policies on accounts with known truth.

use super::{VERSION, print_summary};
use crate::cli::args::{Policies, Simulate};
use crate::cli::terminal::Printer;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::recommend::PolicySettings;
use crate::report::{SummaryBuilder, contest_table, preflight, render_contest, write_directory};
use crate::response::ResponseSettings;
use crate::simulate::SimulateSettings;
use crate::simulate::policies::{Contest, ContestSettings, Planner, Policy, contest, summarize};
use serde_json::json;

/// Share of the budget for learning where nobody says.
const EXPLORATION: f64 = 0.05;

/// Draws behind a plan's intervals, the fewest allowed: policies set spends and read no interval.
const DRAWS: usize = 40;

pub(super) fn run(args: &Simulate, config: &Config, world: &SimulateSettings, printer: Printer) -> Result<(), Error> {
    let settings = settings(args, config)?;
    // profit is what policies are compared by
    let margin = world.margin.or(SimulateSettings::default().margin);
    let world = SimulateSettings { margin, ..world.clone() };
    world.validate()?;
    preflight(&args.out, args.force)?;
    let progress = printer.progress();
    let mut contests = Vec::with_capacity(args.scenarios.len());
    for &scenario in &args.scenarios {
        progress.stage(scenario.name());
        contests.push(contest(scenario, &world, &settings)?);
    }
    let artifacts = render_contest(&contests, &world.currency)?;
    write_directory(&artifacts, &args.out, args.force)?;
    drop(progress);
    let paths: Vec<String> =
        artifacts.iter().map(|artifact| args.out.join(&artifact.name).display().to_string()).collect();
    let rows: Vec<_> = contests.iter().flat_map(summarize).collect();
    let summary = SummaryBuilder::new(VERSION, "simulate")
        .with("terms", world.terms)
        .with("weeks", world.weeks)
        .with("seeds", settings.seeds)
        .with("play_weeks", settings.weeks)
        .currency(Some(&world.currency))
        .with("scenarios", contests.iter().map(described).collect::<Vec<_>>())
        .with("policies", json!(rows))
        .outputs(&paths)
        .build();
    print_summary(args.common.json, &summary)?;
    printer.table(&contest_table(&contests, &world.currency));
    printer.say(&format!("written: {}", paths.join(", ")));
    Ok(())
}

fn described(contest: &Contest) -> serde_json::Value {
    json!({"name": contest.scenario.name(), "start": contest.scenario.sentence()})
}

fn settings(args: &Simulate, config: &Config) -> Result<ContestSettings, Error> {
    let mut config = config.clone();
    config.limits.max_change = args.max_change.unwrap_or(config.limits.max_change);
    let share =
        args.exploration.unwrap_or(if config.exploration.share > 0.0 { config.exploration.share } else { EXPLORATION });
    config.exploration.share = share;
    config.validate()?;
    let count = |key: &'static str, value: u32| {
        let rule = "1 or more, and not above 1000";
        if (1..=1000).contains(&value) {
            Ok(value as usize)
        } else {
            Err(ConfigError::value(key, value.to_string(), rule))
        }
    };
    let all = args.policies.contains(&Policies::All);
    let policies = Policy::ALL.into_iter().filter(|&policy| all || args.policies.contains(&Policies::One(policy)));
    Ok(ContestSettings {
        policies: policies.collect(),
        seeds: count("seeds", args.seeds)?,
        weeks: count("play-weeks", args.play_weeks)?,
        max_change: config.limits.max_change,
        window: count("window", args.window)?,
        exploration: share,
        planner: Planner {
            estimate: config.estimate(),
            // policies set spends for an average week
            response: ResponseSettings { seasonality: false, ..config.response() },
            policy: PolicySettings { draws: DRAWS, ..config.policy() },
            baseline_weeks: config.plan.baseline_weeks,
        },
    })
}
