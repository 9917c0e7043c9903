//! termwise splits a search budget across search terms, from aggregate counts alone.
//!
//! # The problem
//! A business buys visitors through search terms and knows, in aggregate, how many people clicked,
//! bought, and what that cost and brought in. The next unit of money should go where it buys most.
//!
//! # The model
//! ```text
//! i          term                          c(i)      its campaign
//! nᵢ, yᵢ     clicks, conversions           Rᵢ        revenue
//! x⁰ᵢ, Q⁰ᵢ   spend and clicks a week, now  xᵢ        spend a week, to be decided
//! pᵢ         conversions per click         vᵢ        revenue per conversion
//! ε          elasticity of clicks in spend B         budget a week
//!
//! rate       yᵢ ~ Poisson(nᵢ pᵢ),          pᵢ ~ gamma around its campaign's rate
//!            or yᵢ ~ binomial(nᵢ, pᵢ),     pᵢ ~ beta around its campaign's rate
//!            campaign rates around the account's; hyper-parameters integrated
//! value      Rᵢ / yᵢ ~ gamma-gamma around the account's
//! response   Qᵢ(x) = Q⁰ᵢ (x / x⁰ᵢ)^ε       through today's point
//! outcome    fᵢ(x) = Qᵢ(x) · E[pᵢ] · E[vᵢ] · margin
//! decision   max Σ fᵢ(xᵢ)   subject to   Σ xᵢ = B,   lᵢ ≤ xᵢ ≤ uᵢ
//! ```
//! For profit the spend itself is subtracted and the budget is a cap. The decision is solved exactly
//! through its dual, and every plan carries the certificate.
//!
//! # The stages
//! ```text
//! files ─ingest─▶ Counts ─┬─estimate─▶ Posterior ─┐
//!                         └─response─▶ Curves ────┴─allocate─▶ Allocation ─recommend─▶ Plan ─report─▶ files
//! ```
//! One direction. Each stage is a module with one entry function, pure except the first and the
//! last; [`pipeline`] runs them in order. Decisions and their reasons: [`design`].
// tests are written for the reader
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::float_cmp,
        clippy::items_after_statements,
        clippy::format_collect,
        clippy::unnecessary_wraps
    )
)]

pub mod allocate;
pub mod backtest;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
pub mod counts;
pub mod domain;
#[cfg(feature = "cli")]
pub mod error;
pub mod estimate;
#[cfg(feature = "tables")]
pub mod ingest;
pub mod numeric;
#[cfg(feature = "cli")]
pub mod pipeline;
pub mod recommend;
#[cfg(feature = "charts")]
pub mod report;
pub mod response;
pub mod scenario;
pub mod simulate;
#[cfg(feature = "cli")]
pub mod state;
pub mod weekly;

#[doc = include_str!("docs/design.md")]
pub mod design {}
