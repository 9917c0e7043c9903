//! One integration binary: each extra one would link polars again.

mod allocate;
mod cli;
mod demo;
mod errors;
mod layering;
