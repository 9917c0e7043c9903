//! Arguments of `termwise weekly` and `termwise runs`.

use super::Common;
use crate::domain::Date;
use crate::weekly::Guard;
use clap::Args;
use std::path::PathBuf;

pub(super) const WEEKLY_HELP: &str = "\
The config file says where the input is and where runs are kept:

  [weekly]
  inputs = [\"exports/*.csv\"]
  state = \"state\"
  time_zone = \"Europe/Berlin\"

Both are seen from the folder of the file. A run is made once a week: the same inputs again change nothing. Where a guard
finds something, the plan before stays the latest and the exit code is 5; the first line says why.

Examples:
  termwise weekly --config termwise.toml
  termwise weekly --config termwise.toml --accept price-range
  termwise weekly --config termwise.toml --as-of 2026-11-22 --dry-run
  termwise weekly --config termwise.toml --backfill --from 2026-01-01

Exit codes: 0 done or nothing to do, 1 unexpected failure or another run at work, 2 usage or config, 3 input data refused,
4 no plan satisfies the limits, 5 held by a guard";

pub(super) const RUNS_HELP: &str = "\
Examples:
  termwise runs --state state list
  termwise runs --state state show latest
  termwise runs --state state compare 2026-11-22 2026-11-29";

#[derive(Debug, Args)]
pub(in crate::cli) struct Weekly {
    /// Day to plan from: data after it are not seen [default: yesterday, in the config's time zone]
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) as_of: Option<Date>,
    /// Computes and tells everything, and writes nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Lets the plan through although this guard found something, and records it; repeatable
    #[arg(long, value_name = "GUARD", value_parser = parse_guard)]
    pub(in crate::cli) accept: Vec<Guard>,
    /// Replays the weeks of the data that have no run yet, one run a week, each as if it had happened then
    #[arg(long, conflicts_with_all = ["accept", "dry_run"])]
    pub(in crate::cli) backfill: bool,
    /// First day that a replayed run may be made from [default: after the weeks that current spend is taken from]
    #[arg(long, value_name = "DATE", requires = "backfill")]
    pub(in crate::cli) from: Option<Date>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Runs {
    /// Directory of the runs [default: that of the config file]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) state: Option<PathBuf>,
    /// list (all, the oldest first), show (one, by its name) or compare (two plans, term by term)
    #[arg(value_name = "ACTION", value_parser = parse_action, default_value = "list")]
    pub(in crate::cli) action: Action,
    /// Names of runs, as listed, or `latest`
    #[arg(value_name = "ID")]
    pub(in crate::cli) ids: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

/// What to do with runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Action {
    /// Lists all runs, the oldest first.
    List,
    /// Shows the record of a run.
    Show,
    /// Compares the plans of two runs, term by term.
    Compare,
}

fn parse_action(text: &str) -> Result<Action, String> {
    match text {
        "list" => Ok(Action::List),
        "show" => Ok(Action::Show),
        "compare" => Ok(Action::Compare),
        _ => Err("expected list, show or compare".to_owned()),
    }
}

fn parse_guard(text: &str) -> Result<Guard, String> {
    let names: Vec<&str> = Guard::ALL.map(Guard::name).to_vec();
    super::parse_name(text, &names.join(", "))
}
