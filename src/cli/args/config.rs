//! Arguments of `termwise config`.

use super::Common;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

pub(super) const HELP: &str = "\
Examples:
  termwise config --init data/demo/account.csv --out termwise.toml
  termwise config --reference
  termwise config --schema > termwise.schema.json";

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["init", "reference", "schema"])))]
pub(in crate::cli) struct Config {
    /// Writes a commented file to begin with, from your own data
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub(in crate::cli) init: Vec<String>,
    /// Explains every key
    #[arg(long)]
    pub(in crate::cli) reference: bool,
    /// Prints a JSON Schema, for editors
    #[arg(long)]
    pub(in crate::cli) schema: bool,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Replaces a file that holds something else
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}
