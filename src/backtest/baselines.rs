//! The simpler forecasts that ours have to beat, each with the distribution it stands for.
//!
//! ```text
//! raw rate        Poisson(n · conversions / clicks of the term, all earlier periods)
//! last four       the same over the last four periods; the raw rate where those have no clicks
//! group mean      Poisson(n · conversions / clicks of the campaign, all earlier periods)
//! still shrinkage negative binomial from the same estimates with rates that stand still
//! ```
//! A Poisson forecast of zero would call the first conversion impossible, so a rate without conversions is taken to have
//! half of one. A term or campaign without clicks is forecast at the account's rate.

use crate::counts::{Counts, Groups};
use crate::estimate::{CountForecast, Posterior};
use serde::Serialize;

/// Whose forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Ours: shrunk rates that move as the data say.
    Termwise,
    /// Each term's conversions over its clicks, all earlier periods.
    RawRate,
    /// The same over the last four periods.
    LastPeriods,
    /// The campaign's conversions over its clicks.
    GroupMean,
    /// Shrunk rates that stand still.
    StaticShrinkage,
}

impl Model {
    /// All of them, ours first; the number of a model in [`Fold::scores`](super::Fold::scores).
    pub const ALL: [Self; 5] =
        [Self::Termwise, Self::RawRate, Self::LastPeriods, Self::GroupMean, Self::StaticShrinkage];

    /// The name used in tables and summaries.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Termwise => "termwise",
            Self::RawRate => "raw_rate",
            Self::LastPeriods => "last_four_periods",
            Self::GroupMean => "group_mean",
            Self::StaticShrinkage => "static_shrinkage",
        }
    }
}

/// Periods of [`Model::LastPeriods`].
const LAST: usize = 4;

/// Clicks and conversions.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    clicks: f64,
    conversions: f64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.conversions += other.conversions;
    }

    /// Conversions per click, of half a conversion at least; `None` without clicks.
    fn rate(self) -> Option<f64> {
        (self.clicks > 0.0).then(|| self.conversions.max(0.5) / self.clicks)
    }
}

/// Raw rates of a fold's past. Shapes: terms.
pub(super) struct RawRates {
    whole: Vec<f64>,
    last: Vec<f64>,
    group: Vec<f64>,
}

impl RawRates {
    /// From the counts before the fold.
    pub(super) fn new(past: &Counts) -> Self {
        let recent = past.calendar.periods.len().saturating_sub(LAST);
        let cells = &past.cells;
        let sums = |from: usize| -> Vec<Sum> {
            cells
                .offsets
                .windows(2)
                .map(|range| {
                    let mut sum = Sum::default();
                    for cell in (range[0]..range[1]).filter(|&cell| cells.period[cell] as usize >= from) {
                        sum.add(Sum { clicks: cells.clicks[cell], conversions: cells.conversions[cell] });
                    }
                    sum
                })
                .collect()
        };
        let (whole, last) = (sums(0), sums(recent));
        let groups = Groups::by_campaign(past);
        let mut by_group = vec![Sum::default(); groups.names.len()];
        let mut all = Sum::default();
        for (&sum, &group) in whole.iter().zip(&groups.of_term) {
            by_group[group as usize].add(sum);
            all.add(sum);
        }
        // nothing clicked at all: half a conversion on one click
        let account = all.rate().unwrap_or(0.5);
        let whole: Vec<f64> = whole.iter().map(|sum| sum.rate().unwrap_or(account)).collect();
        Self {
            last: last.iter().zip(&whole).map(|(sum, &whole)| sum.rate().unwrap_or(whole)).collect(),
            group: groups.of_term.iter().map(|&group| by_group[group as usize].rate().unwrap_or(account)).collect(),
            whole,
        }
    }
}

/// What a fold's forecasts are made from.
pub(super) struct Known<'a> {
    pub(super) posterior: &'a Posterior,
    pub(super) still: &'a Posterior,
    pub(super) raw: &'a RawRates,
}

impl Known<'_> {
    /// A model's forecast of a term (numbered as in the past) on so many clicks.
    pub(super) fn forecast(&self, model: Model, term: usize, clicks: f64) -> CountForecast {
        let poisson = |rates: &[f64]| CountForecast { mean: clicks * rates[term], shape: f64::INFINITY };
        match model {
            Model::Termwise => self.posterior.forecast(term, clicks),
            Model::RawRate => poisson(&self.raw.whole),
            Model::LastPeriods => poisson(&self.raw.last),
            Model::GroupMean => poisson(&self.raw.group),
            Model::StaticShrinkage => self.still.forecast(term, clicks),
        }
    }
}
