//! What was typed. Nothing here decides what it means; `settings` does.

use crate::config::{PeriodName, UnitName};
use crate::domain::{Date, Objective};
use crate::estimate::RateModel;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  termwise recommend data/demo/account.csv --margin 0.35
  termwise recommend 'exports/*.csv' --budget 25000 --objective conversions --out reports/week
  termwise check exports/keywords.csv

Exit codes: 0 done, 1 unexpected failure, 2 usage or config, 3 input data refused, 4 no plan satisfies the limits";

/// Splits a search budget across search terms, from aggregate counts alone.
#[derive(Debug, Parser)]
#[command(name = "termwise", version, after_help = EXAMPLES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Loads counts, fits rates, solves for the split, writes a report directory
    #[command(after_help = "\
Examples:
  termwise recommend data/demo/account.csv --margin 0.35
  termwise recommend week1.csv week2.csv --budget 25000 --max-change 0.2 --out reports/next-week
  termwise recommend keywords.parquet --objective conversions --json > summary.json
  termwise recommend account.csv --objective revenue --target-roas 4 --budget 40000
  termwise recommend account.csv --wanted-conversions 900

Limits on campaigns, labels and turnover, risk and exploration stand in the config file.")]
    Recommend(Recommend),
    /// Reads and validates, prints mapping, totals and findings; writes nothing
    #[command(after_help = "Example:\n  termwise check exports/keywords.csv --map 'Ad cost=cost'")]
    Check(Check),
    /// Writes the posterior of every term
    #[command(after_help = "Example:\n  termwise fit data/demo/account.csv --out posterior.csv")]
    Fit(Fit),
    /// Splits a budget over response curves that you bring
    #[command(after_help = "\
CURVES is a CSV or Parquet file with the columns id, family, a, k, h, lower, upper, current_spend.
Families: hill a*x^h/(k^h+x^h), exp a*(1-e^(-x/k)), power a*(x/k)^h, log a*ln(1+x/k), and points,
whose points stand in the file given with --points (columns id, spend, response).

Example:
  termwise allocate curves.csv --budget 10000 --out plan.csv --step 0.01")]
    Allocate(Allocate),
    /// Makes an account with known truth
    #[command(after_help = "Example:\n  termwise simulate --terms 400 --weeks 78 --out data/demo")]
    Simulate(Simulate),
}

/// Shared by every command.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Prints nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Prints a machine-readable summary on standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Config file (`termwise.toml`); flags win over it
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

/// How to read the data.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// Files or glob patterns: CSV, TSV or Parquet
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// Last day to use, YYYY-MM-DD [default: last day in the data]
    #[arg(long, value_name = "DATE")]
    pub(super) as_of: Option<Date>,
    /// Which column is the term where a file has both: keyword or search-term
    #[arg(long, value_name = "UNIT", value_parser = parse_unit)]
    pub(super) unit: Option<UnitName>,
    /// Keeps days (`day`) instead of binning to weeks (`week`)
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub(super) period: Option<PeriodName>,
    /// Length in days of data without dates; money is then per week
    #[arg(long, value_name = "N")]
    pub(super) period_days: Option<f64>,
    /// Maps a source column onto a canonical one; repeatable
    #[arg(long, value_name = "COLUMN=NAME", value_parser = parse_map)]
    pub(super) map: Vec<(String, String)>,
}

/// How to estimate.
#[derive(Debug, Args)]
pub(super) struct Model {
    /// gamma-poisson or beta-binomial [default: chosen from the data]
    #[arg(long, value_name = "MODEL", value_parser = parse_model)]
    pub(super) rate_model: Option<RateModel>,
    /// Level of intervals [default: 0.90]
    #[arg(long, value_name = "P")]
    pub(super) level: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Recommend {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) model: Model,
    /// Money a week [default: the account's current weekly spend]
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(super) budget: Option<f64>,
    /// conversions, revenue or profit [default: profit with a margin, else revenue, else conversions]
    #[arg(long, value_name = "NAME", value_parser = parse_objective)]
    pub(super) objective: Option<Objective>,
    /// Share of revenue that is margin, as 0.35 for 35%
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) margin: Option<f64>,
    /// Least revenue per unit of money over the whole plan, as 4 for 400%
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    pub(super) target_roas: Option<f64>,
    /// Largest spend per conversion over the whole plan
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(super) target_cpa: Option<f64>,
    /// Least return of the last unit of money, in the objective's units
    #[arg(long, value_name = "RETURN", allow_negative_numbers = true)]
    pub(super) min_marginal_return: Option<f64>,
    /// Conversions a week to be brought at the least spend; a budget is then a cap
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) wanted_conversions: Option<f64>,
    /// Largest change of a term, as 0.3 for 30% [default: 0.3]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) max_change: Option<f64>,
    /// Complete weeks averaged into current spend [default: 4]
    #[arg(long, value_name = "N")]
    pub(super) baseline_weeks: Option<usize>,
    /// Report directory [default: reports/<as-of date>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replaces a report directory that holds something else
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Fit {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) model: Model,
    /// Posterior table to write (CSV)
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Allocate {
    /// Response curves: CSV or Parquet
    pub(super) curves: PathBuf,
    /// Money to split
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(super) budget: f64,
    /// Plan to write (CSV)
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Points of the curves of family `points`: CSV or Parquet with id, spend, response
    #[arg(long, value_name = "FILE")]
    pub(super) points: Option<PathBuf>,
    /// Rounds spends to multiples of this, as 0.01 for cents
    #[arg(long, value_name = "MONEY")]
    pub(super) step: Option<f64>,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Terms in the account
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(super) terms: usize,
    /// Weeks of history
    #[arg(long, value_name = "N", default_value_t = 78)]
    pub(super) weeks: usize,
    /// Campaigns [default: about the square root of the terms]
    #[arg(long, value_name = "N")]
    pub(super) campaigns: Option<usize>,
    /// First day of the history, a Monday, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(super) start: Option<Date>,
    /// Makes conversions fractional, as shared attribution does
    #[arg(long)]
    pub(super) fractional: bool,
    /// Share of revenue that is margin, written as a column
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) margin: Option<f64>,
    /// Directory to write `account.csv` and `truth.csv` to
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Replaces a directory that holds something else
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

fn parse_map(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((column, name)) if !column.trim().is_empty() && !name.trim().is_empty() => {
            Ok((column.trim().to_owned(), name.trim().to_owned()))
        }
        _ => Err("expected COLUMN=NAME, as in 'Ad cost=cost'".to_owned()),
    }
}

/// One of a few names, through the same serde names as the config file has.
fn parse_name<T: serde::de::DeserializeOwned>(text: &str, names: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| format!("expected {names}"))
}

fn parse_unit(text: &str) -> Result<UnitName, String> {
    parse_name(text, "keyword or search-term")
}

fn parse_period(text: &str) -> Result<PeriodName, String> {
    parse_name(text, "week or day")
}

fn parse_model(text: &str) -> Result<RateModel, String> {
    parse_name(text, "gamma-poisson or beta-binomial")
}

fn parse_objective(text: &str) -> Result<Objective, String> {
    parse_name(text, "conversions, revenue or profit")
}
