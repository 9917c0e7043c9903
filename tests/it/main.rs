//! One integration binary: each extra one would link polars again.

#![allow(clippy::unwrap_used, missing_docs)] // a failed step fails the test
mod allocate;
mod backtest;
mod cli;
mod delay;
mod demo;
mod errors;
mod layering;
mod limits;
mod readme;
