//! What `aggregate` was told.

use super::{Common, parse_period};
use crate::config::PeriodName;
use clap::Args;
use std::path::PathBuf;

pub(super) const HELP: &str = "\
LOG is in Common or Combined Log Format (Apache httpd, nginx), plain or gzip, files and their lines in any order; `-` is
standard input, whose lines stand in the order of time but for an hour. A visit is a session that a search brought: the term is `utm_term` of the landing address, else the
query of a referrer that is a search engine. Of several searches in a session the first has the visit, and what is
bought after it. Requests that failed, are not GET or are of programs are left out, and told.

FILE (.csv or .parquet) gets term, week, clicks (visits), conversions and, with --value, revenue, and is what
`termwise fit` reads. Visitors are told apart by a hash whose key is thrown away; nothing of them is written.

Examples:
  termwise aggregate access.log access.log.*.gz --purchase '/checkout/thanks*' --value total --out counts.parquet
  zcat access.log.gz | termwise aggregate - --purchase /danke --session 1h --out counts.csv
  termwise fit counts.parquet --out posterior.csv";

#[derive(Debug, Args)]
pub(in crate::cli) struct Aggregate {
    /// Access logs or glob patterns, or `-` for standard input
    #[arg(required = true, value_name = "LOG")]
    pub(in crate::cli) logs: Vec<String>,
    /// Table to write: CSV or Parquet, by its ending
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Path of the page that follows a purchase; `*` stands for any characters, `?` for one
    #[arg(long, value_name = "PATTERN")]
    pub(in crate::cli) purchase: Option<String>,
    /// Parameter of that page's address that holds what the purchase was worth
    #[arg(long, value_name = "PARAM", requires = "purchase")]
    pub(in crate::cli) value: Option<String>,
    /// Longest pause within a visit: 90s, 30m, 1h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_session)]
    pub(in crate::cli) session: u32,
    /// Visitors that a term needs to be named; others are folded into "(other terms)" [default: 10, or `privacy.min_count`]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) min_count: Option<u32>,
    /// Adds a search engine: its host and the parameter with the term; repeatable
    #[arg(long, value_name = "HOST=PARAM", value_parser = parse_engine)]
    pub(in crate::cli) engine: Vec<(String, String)>,
    /// Counts by `week` or by `day`
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    pub(in crate::cli) period: Option<PeriodName>,
    /// Replaces a file that holds something else
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

/// Seconds of `90s`, `30m`, `1h`.
fn parse_session(text: &str) -> Result<u32, String> {
    /// A pause of more than a day is no pause.
    const LONGEST: u32 = 86_400;
    let unit = |text: &str| match text {
        "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let seconds =
        text[..digits].parse::<u32>().ok().zip(unit(&text[digits..])).and_then(|(n, unit)| n.checked_mul(unit));
    seconds
        .filter(|seconds| (1..=LONGEST).contains(seconds))
        .ok_or_else(|| "expected a time from 1s to 24h, such as 90s, 30m or 1h".to_owned())
}

fn parse_engine(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((host, parameter)) if host.contains('.') && !host.contains('/') && !parameter.is_empty() => {
            Ok((host.trim().to_lowercase(), parameter.trim().to_owned()))
        }
        _ => Err("expected HOST=PARAM, as in search.example.com=q".to_owned()),
    }
}
