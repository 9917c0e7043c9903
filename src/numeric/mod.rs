//! Special functions, distributions, quantiles, root finding, exact sums and random streams; no domain words.

pub mod distribution;
pub(crate) mod elementary;
mod expansion;
mod fraction;
pub(crate) mod linear;
pub mod mixture;
pub mod negative_binomial;
pub mod order;
pub mod quantile;
pub mod root;
pub mod special;
pub mod stream;
pub mod sum;
