//! Special functions, quantiles, root finding, exact sums and random streams; no domain words.

pub mod quantile;
pub mod root;
pub mod special;
pub mod stream;
pub mod sum;
