//! What can be typed after `termwise simulate`.

use super::Common;
use crate::domain::Date;
use crate::simulate::Misallocation;
use crate::simulate::policies::{Policy, Scenario};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // one per switch
pub(in crate::cli) struct Simulate {
    /// Terms in the account
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(in crate::cli) terms: usize,
    /// Weeks of history
    #[arg(long, value_name = "N", default_value_t = 78)]
    pub(in crate::cli) weeks: usize,
    /// Campaigns [default: about the square root of the terms]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) campaigns: Option<usize>,
    /// First day of the history, a Monday, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) start: Option<Date>,
    /// Makes conversions fractional, as shared attribution does
    #[arg(long)]
    pub(in crate::cli) fractional: bool,
    /// Share of revenue that is margin, written as a column
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(in crate::cli) margin: Option<f64>,
    /// Weekly standard deviation of a term's own log rate [default: 0.02]
    #[arg(long, value_name = "SD", allow_negative_numbers = true)]
    pub(in crate::cli) drift: Option<f64>,
    /// The same, shared by the terms of a campaign
    #[arg(long, value_name = "SD", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) group_drift: f64,
    /// The same, shared by the whole account
    #[arg(long, value_name = "SD", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) common_drift: f64,
    /// Relative standard deviation of a rate from week to week, without memory
    #[arg(long, value_name = "SD", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) dispersion: f64,
    /// Mean weeks from a click to the report of its conversion
    #[arg(long, value_name = "WEEKS", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) delay: f64,
    /// Above 1, also writes the account as it looked at the end of each of the last N weeks
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) exports: usize,
    /// Factor on the spread of order values; above 1 they have a heavier tail and the same mean
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true)]
    pub(in crate::cli) value_tail: f64,
    /// Plays weekly policies forward on the account and compares their profit with an oracle's: `all`, or some of
    /// hold, equal, proportional, greedy, termwise, termwise-measured, termwise-explore, oracle
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = parse_policy, help_heading = "Policies")]
    pub(in crate::cli) policies: Vec<Policies>,
    /// How the account stands at the start: well, bad, drifting, unknown, or as-given by the other flags
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = parse_scenario,
        default_value = "as-given",
        requires = "policies",
        help_heading = "Policies"
    )]
    pub(in crate::cli) scenarios: Vec<Scenario>,
    /// Accounts to play each scenario on, with the seeds from --seed on
    #[arg(long, value_name = "N", default_value_t = 20, requires = "policies", help_heading = "Policies")]
    pub(in crate::cli) seeds: u32,
    /// Weeks to play
    #[arg(long, value_name = "N", default_value_t = 26, requires = "policies", help_heading = "Policies")]
    pub(in crate::cli) play_weeks: u32,
    /// Largest change of a term a week, for every policy [default: 0.3]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "policies", help_heading = "Policies")]
    pub(in crate::cli) max_change: Option<f64>,
    /// Share of the budget that termwise-explore spends on learning [default: 0.05]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "policies", help_heading = "Policies")]
    pub(in crate::cli) exploration: Option<f64>,
    /// Last weeks from which the simple policies take their raw ratios
    #[arg(long, value_name = "N", default_value_t = 13, requires = "policies", help_heading = "Policies")]
    pub(in crate::cli) window: u32,
    /// Growth of demand a year, as a log factor: 0.2 for about 22%
    #[arg(long, value_name = "LOG", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) trend: f64,
    /// Amplitude of the season, a share of demand; 0 for none [default: 0.12]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(in crate::cli) season: Option<f64>,
    /// Deliberate moves of a term's bid a year, half of them with its whole campaign; 0 for none [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(in crate::cli) lever_moves: Option<f64>,
    /// Makes traffic fall with a term's rank, to this power (Zipf's law), as 1.1 [default: a busy head and a long tail]
    #[arg(long, value_name = "EXPONENT", allow_negative_numbers = true)]
    pub(in crate::cli) zipf: Option<f64>,
    /// Makes all terms exact; by default match types convert and are clicked differently
    #[arg(long)]
    pub(in crate::cli) one_match_type: bool,
    /// Ends what money can buy: all clicks there are over those at the reference spend, as 2.5, median over terms;
    /// writes `impression_share` and `lost_is_rank` as platforms do, cut at 10% and 90%
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    pub(in crate::cli) ceiling: Option<f64>,
    /// Share of the campaigns that are held by their budget; needs --ceiling, and writes `lost_is_budget` and
    /// `campaign_budget`
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) budget_limited: f64,
    /// Pools terms with fewer clicks a week into "Other search terms" in what is written
    #[arg(long, value_name = "CLICKS", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(in crate::cli) hide_below: f64,
    /// How the starting spend misses what terms are worth: volume, scattered, inverted or top-heavy
    #[arg(long, value_name = "NAME", value_parser = parse_misallocation, default_value = "scattered")]
    pub(in crate::cli) misallocation: Misallocation,
    /// Writes `account.parquet` instead of `account.csv`, a group of rows at a time: for accounts of any size
    #[arg(long, conflicts_with_all = ["exports", "hide_below"])]
    pub(in crate::cli) parquet: bool,
    /// Directory to write `account.csv` and `truth.csv`, or the tables and the chart of the policies, to
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Replaces a directory that holds something else
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

/// What `--policies` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Policies {
    /// Every one.
    All,
    /// This one.
    One(Policy),
}

fn parse_policy(text: &str) -> Result<Policies, String> {
    if text == "all" {
        return Ok(Policies::All);
    }
    Policy::named(text)
        .map(Policies::One)
        .ok_or_else(|| format!("expected all, or one of {}", Policy::ALL.map(Policy::name).join(", ")))
}

fn parse_misallocation(text: &str) -> Result<Misallocation, String> {
    super::parse_name(text, "volume, scattered, inverted or top-heavy")
}

fn parse_scenario(text: &str) -> Result<Scenario, String> {
    Scenario::named(text)
        .ok_or_else(|| format!("expected as-given, {}", Scenario::STATED.map(Scenario::name).join(", ")))
}
