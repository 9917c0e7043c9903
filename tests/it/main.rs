//! One integration binary: each extra one would link polars again.

#![allow(clippy::unwrap_used, missing_docs)] // a failed step fails the test
mod aggregate;
mod allocate;
mod backtest;
mod cli;
mod delay;
mod demo;
mod errors;
mod hostile;
mod layering;
mod limits;
mod privacy;
mod readme;
