//! One integration binary: each extra one would link polars again.

// a failed step fails the test, and a skipped one says so
#![allow(clippy::unwrap_used, clippy::format_collect, clippy::format_push_string, clippy::print_stderr, missing_docs)]
mod aggregate;
mod allocate;
mod backtest;
mod cli;
mod config;
mod decisions;
mod delay;
mod demo;
mod errors;
mod explain;
mod hostile;
mod layering;
mod limits;
mod privacy;
mod readme;
mod scenarios;
mod simulator;
mod sql;
mod weekly;
mod weeks;
