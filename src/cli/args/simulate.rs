//! What can be typed after `termwise simulate`.

use super::Common;
use crate::domain::Date;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
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
    /// Directory to write `account.csv` and `truth.csv` to
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Replaces a directory that holds something else
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}
