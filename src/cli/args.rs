//! What was typed. Nothing here decides what it means; `settings` does.

mod aggregate;
mod allocate;
mod config;
mod simulate;
mod sql;
mod weekly;

pub(super) use aggregate::Aggregate;
pub(super) use allocate::{Allocate, ChangeReference, TurnoverLimit};
pub(super) use config::Config as ConfigArgs;
pub(super) use simulate::{Policies, Simulate};
pub(super) use sql::Sql;
pub(super) use weekly::{Action as RunsAction, Runs, Weekly};

use crate::config::{PeriodName, UnitName};
use crate::domain::{Date, Format, Objective};
use crate::estimate::RateModel;
use crate::ingest::DateOrder;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  termwise recommend data/demo/account.csv --margin 0.35
  termwise recommend 'exports/*.csv' --budget 25000 --objective conversions --out reports/week
  termwise check exports/keywords.csv

Exit codes: 0 done, 1 unexpected failure, 2 usage or config, 3 input data refused, 4 no plan satisfies the limits,
5 held by a guard (weekly)";

const SCENARIOS_HELP: &str = "\
Scenarios stand in the config file. Keys that a scenario leaves out are as in the rest of the file:

  [[scenarios]]
  name = \"a fifth less\"
  budget_change = -0.2

  [[scenarios]]
  name = \"clicks 10% dearer, brand capped\"
  [[scenarios.change]]
  cpc = 1.1
  [[scenarios.limits.classes]]
  label = \"brand\"
  upper_share = 0.15

Of each: budget or budget_change, objective, margin, target_roas, target_cpa, min_marginal_return, wanted_conversions,
week, max_change, restart_paused, max_turnover, max_turnover_share, turnover_price, drop_limits, limits (terms, groups,
classes), risk, exploration, exclude (terms that get nothing), and change: factors cpc, demand, elasticity, conversion_rate,
value and margin on all terms, or on those of a term, match_type, campaign, ad_group or label.

Examples:
  termwise scenarios data/demo/account.csv --config data/scenarios.toml
  termwise scenarios data/demo/account.csv --sensitivity";

const BACKTEST_HELP: &str = "\
For each of the last weeks the rates are estimated from earlier weeks alone, every term with clicks is forecast, and
the forecasts are scored beside simpler ones. This speaks of forecasts, never of lift: a plan that nobody followed
cannot be backtested.

Examples:
  termwise backtest data/demo/account.csv
  termwise backtest exports/*.csv --folds 26 --out reports/half-a-year
  termwise backtest last-week-daily.csv --period day";

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
  termwise recommend account.csv --simulator bid-simulator.csv

Limits on campaigns, labels and turnover, risk and exploration stand in the config file.")]
    Recommend(Plan),
    /// Plans many scenarios from one fit and compares them with the plan as it is
    #[command(after_help = SCENARIOS_HELP)]
    Scenarios(Scenarios),
    /// Reads and validates, prints mapping, totals and findings; writes nothing
    #[command(after_help = "Example:\n  termwise check exports/keywords.csv --map 'Ad cost=cost'")]
    Check(Check),
    /// Forecasts the past from what was known before it and says how good the forecasts were
    #[command(after_help = BACKTEST_HELP)]
    Backtest(Backtest),
    /// Writes the posterior of every term
    #[command(after_help = "Example:\n  termwise fit data/demo/account.csv --out posterior.csv")]
    Fit(Fit),
    /// Splits a budget over response curves that you bring
    #[command(after_help = allocate::HELP)]
    Allocate(Allocate),
    /// Explains one recommendation of a run: a term's or a campaign's
    #[command(
        after_help = "Examples:\n  termwise explain 'hiking boots' --run reports/demo\n  termwise explain Brand --run reports/demo --json"
    )]
    Explain(Explain),
    /// Makes the week's plan unattended: idempotent, guarded, held against what came of the last one
    #[command(after_help = weekly::WEEKLY_HELP)]
    Weekly(Weekly),
    /// Lists, shows and compares weekly runs
    #[command(after_help = weekly::RUNS_HELP)]
    Runs(Runs),
    /// Writes a config file to begin with, or explains every key
    #[command(after_help = config::HELP)]
    Config(ConfigArgs),
    /// Makes an account with known truth
    #[command(after_help = "Example:\n  termwise simulate --terms 400 --weeks 78 --out data/demo")]
    Simulate(Simulate),
    /// Counts visits and purchases by search term from access logs, without anything that identifies a visitor
    #[command(after_help = aggregate::HELP)]
    Aggregate(Aggregate),
    /// Prints the query that makes termwise's table of raw events, for the engine that holds them
    #[command(after_help = sql::HELP)]
    Sql(Sql),
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
    /// Files, folders or glob patterns: CSV, TSV, Parquet or Excel, also packed with gzip or Zstandard; - is standard input
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
    /// Takes files that overlap for successive exports of one account, each made on its last day
    #[arg(long)]
    pub(super) exports: bool,
    /// Which comes first in dates such as 2/1/2026: day-first or month-first [default: as the data show]
    #[arg(long, value_name = "ORDER", value_parser = parse_date_order)]
    pub(super) date_order: Option<DateOrder>,
    /// Maps a source column onto a canonical one, or onto `ignore`; repeatable
    #[arg(long, value_name = "COLUMN=NAME", value_parser = parse_map)]
    pub(super) map: Vec<(String, String)>,
}

/// How to estimate.
#[derive(Debug, Args)]
#[allow(clippy::struct_field_names)] // the names of the flags
pub(super) struct Model {
    /// gamma-poisson or beta-binomial [default: chosen from the data]
    #[arg(long, value_name = "MODEL", value_parser = parse_model)]
    pub(super) rate_model: Option<RateModel>,
    /// Share of a period's conversions known at its end, one period later, and so on: 0.3,0.55,0.75,0.9,1
    #[arg(long, value_name = "SHARES", value_delimiter = ',', allow_negative_numbers = true)]
    pub(super) delay: Vec<f64>,
    /// Level of intervals [default: 0.90]
    #[arg(long, value_name = "P")]
    pub(super) level: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Plan {
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
    /// Largest change of a term, as 0.3 for 30%, from its current spend times --budget over all current spend (for profit and
    /// targets the end on that side alone), with --weeks by each week's searches [default: 0.3]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) max_change: Option<f64>,
    /// Any day of the week to plan for [default: the first week after the data]
    #[arg(long, value_name = "DATE")]
    pub(super) week: Option<Date>,
    /// Plans so many weeks at once; recommendations are of the first, which need not be what a plan of one week gives: money goes to
    /// the weeks where it earns most, and change limits follow the searches of each
    #[arg(long, value_name = "N")]
    pub(super) weeks: Option<u32>,
    /// Plans all weeks up to this day
    #[arg(long, value_name = "DATE", conflicts_with = "weeks")]
    pub(super) until: Option<Date>,
    /// First day that --total is for, where it lies in the data [default: the day after the data]
    #[arg(long, value_name = "DATE")]
    pub(super) from: Option<Date>,
    /// Money for all weeks together, what is spent since --from included [default: --budget in every week]
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, conflicts_with = "budget")]
    pub(super) total: Option<f64>,
    /// Table of the platform's bid or budget simulator, which tells of elasticities; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) simulator: Vec<PathBuf>,
    /// Plans this scenario of the config file instead of the plan without one
    #[arg(long, value_name = "NAME")]
    pub(super) scenario: Option<String>,
    /// Decisions on single terms: recommendations.csv with its column `decision` filled in (lock, reject, set)
    #[arg(long, value_name = "FILE")]
    pub(super) decisions: Option<PathBuf>,
    /// Complete weeks averaged into current spend [default: 4]
    #[arg(long, value_name = "N")]
    pub(super) baseline_weeks: Option<usize>,
    /// Other forms of the tables beside CSV, as xlsx,md: json, md (a page for a chat or a mail), xlsx (a workbook)
    #[arg(long, value_name = "FORMS", value_delimiter = ',')]
    pub(super) format: Vec<Format>,
    /// Leaves out how good forecasts were in past weeks, which takes a part of the time
    #[arg(long)]
    pub(super) no_backtest: bool,
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
pub(super) struct Scenarios {
    #[command(flatten)]
    pub(super) plan: Plan,
    /// Adds scenarios that move one assumption each (elasticities, prices, searches, rates, values, margins), lower and higher
    #[arg(long)]
    pub(super) sensitivity: bool,
    /// Writes the bids and budgets of every scenario of the config for the platforms' editors, in a folder each
    #[arg(long)]
    pub(super) import: bool,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Text of a term, or name of a campaign
    #[arg(value_name = "TERM")]
    pub(super) name: String,
    /// Report directory of `recommend`
    #[arg(long, value_name = "DIR")]
    pub(super) run: PathBuf,
    /// Campaign of the term, where several have it
    #[arg(long, value_name = "NAME")]
    pub(super) campaign: Option<String>,
    /// Match type of the term, where several have it
    #[arg(long, value_name = "NAME")]
    pub(super) match_type: Option<String>,
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
pub(super) struct Backtest {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) model: Model,
    /// Periods to forecast, at most; the last complete ones
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(super) folds: usize,
    /// Periods before the first forecast, at least [default: a third of them, no fewer than 4]
    #[arg(long, value_name = "N")]
    pub(super) min_train: Option<usize>,
    /// Report directory [default: reports/backtest-<as-of date>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replaces a report directory that holds something else
    #[arg(long)]
    pub(super) force: bool,
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
    /// Replaces a file that holds something else
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

fn parse_date_order(text: &str) -> Result<DateOrder, String> {
    parse_name(text, "day-first or month-first")
}

fn parse_model(text: &str) -> Result<RateModel, String> {
    parse_name(text, "gamma-poisson or beta-binomial")
}

fn parse_objective(text: &str) -> Result<Objective, String> {
    parse_name(text, "conversions, revenue or profit")
}
