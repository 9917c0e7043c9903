//! How often intervals held what came, by size of the forecast, and how often right forecasts would have.
//!
//! # Formula
//! ```text
//! raw       Σ w 1{l ≤ y ≤ h} / Σ w            [l, h]  counts of the mid-P interval, w  1 or clicks
//! expected  Σ w P(l ≤ Y ≤ h) / Σ w            P       the forecast itself
//! excess    raw − expected
//! ```
//! Equal-tailed intervals of counts hold their level at least, whatever the forecast, since no whole number cuts the tails
//! exactly; of small counts they hold nearly everything. Mid-P intervals ([`NegativeBinomial::intervals`]) hold it about. But where
//! an expected count is a tenth of a conversion, nine of ten outcomes are zero, and no interval holds less than
//! that: so raw coverage is right where it is the expected one, not where it is the level. What
//! the difference is uncertain by is the larger of two errors: between folds, and Σ w² P (1 − P) / (Σ w)², by
//! which right forecasts of independent terms would stray. The former alone says nothing where all folds held everything.

use super::folds::Fold;
use super::measure::{Measured, Tally, ratio};
use serde::Serialize;

/// Levels of the equal-tailed intervals.
pub const LEVELS: [f64; 4] = [0.5, 0.8, 0.9, 0.95];
/// Number of the 90% level.
pub(super) const NINETY: usize = 2;

/// How it is decided whether an interval holds an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// By randomised PIT: right forecasts hold exactly their level.
    Pit,
    /// As it is: mid-P intervals of whole counts, which hold their level about, and more where counts are tiny.
    Raw,
}

/// Rows that are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// All of them.
    All,
    /// Less than 0.1 conversions expected.
    UpToTenth,
    /// From 0.1 to 1 expected.
    UpToOne,
    /// From 1 to 10 expected.
    UpToTen,
    /// From 10 to 100 expected.
    UpToHundred,
    /// 100 or more expected.
    Hundreds,
    /// Terms without a click before.
    Unseen,
}

impl Band {
    /// All bands.
    pub const ALL: [Self; 7] =
        [Self::All, Self::UpToTenth, Self::UpToOne, Self::UpToTen, Self::UpToHundred, Self::Hundreds, Self::Unseen];

    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::UpToTenth => "below 0.1",
            Self::UpToOne => "0.1 to 1",
            Self::UpToTen => "1 to 10",
            Self::UpToHundred => "10 to 100",
            Self::Hundreds => "100 and more",
            Self::Unseen => "new terms",
        }
    }

    fn holds(self, mean: f64, unseen: bool) -> bool {
        match self {
            Self::All => true,
            Self::UpToTenth => mean < 0.1,
            Self::UpToOne => (0.1..1.0).contains(&mean),
            Self::UpToTen => (1.0..10.0).contains(&mean),
            Self::UpToHundred => (10.0..100.0).contains(&mean),
            Self::Hundreds => mean >= 100.0,
            Self::Unseen => unseen,
        }
    }
}

/// Coverage of our intervals of one level in one band; `None` where the band is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoverageRow {
    /// Which term-periods.
    pub band: Band,
    /// Level of the intervals.
    pub level: f64,
    /// How many term-periods.
    pub forecasts: usize,
    /// Their clicks.
    pub clicks: f64,
    /// Conversions expected of them.
    pub forecast: f64,
    /// Conversions that came.
    pub actual: f64,
    /// Share inside, by randomised PIT.
    pub terms: Option<Measured>,
    /// Share inside, as it is.
    pub raw_terms: Option<Measured>,
    /// Share of clicks inside, by randomised PIT.
    pub clicks_inside: Option<Measured>,
    /// Share of clicks inside, as it is.
    pub raw_clicks_inside: Option<Measured>,
    /// What `raw_terms` would be if the forecasts were right.
    pub expected_raw_terms: Option<f64>,
    /// What `raw_clicks_inside` would be if the forecasts were right.
    pub expected_raw_clicks: Option<f64>,
    /// `raw_terms` less what it would be, with the standard error of that difference.
    pub excess_terms: Option<Measured>,
    /// `raw_clicks_inside` less what it would be, with the standard error of that difference.
    pub excess_clicks: Option<Measured>,
}

/// What raw coverage would be if forecasts were right, and how far it is from that.
fn against_expected(
    folds: &[Fold],
    held: &[Vec<usize>],
    level: usize,
    weight: fn(&Fold, usize) -> f64,
) -> Option<(f64, Measured)> {
    let (mut inside, mut squares, mut all) = (0.0, 0.0, 0.0);
    let mut tallies: Vec<Tally> = Vec::with_capacity(folds.len());
    for (fold, held) in folds.iter().zip(held) {
        let mut pairs = Vec::with_capacity(held.len());
        for &row in held {
            let (w, mass) = (weight(fold, row), fold.interval_mass[row][level]);
            inside += w * mass;
            squares += w * w * mass * (1.0 - mass);
            all += w;
            let came = f64::from(u8::from(fold.scores[0].inside(row, level, Inside::Raw)));
            pairs.push((w * (came - mass), w));
        }
        tallies.push(pairs.into_iter().collect());
    }
    let mut excess = ratio(&tallies)?;
    let chance = squares.max(0.0).sqrt() / all;
    excess.standard_error = Some(excess.standard_error.unwrap_or(0.0).max(chance)).filter(|&error| error > 0.0);
    Some((inside / all, excess))
}

/// Every band at every level, bands first; empty bands are left out.
pub(super) fn rows(folds: &[Fold]) -> Vec<CoverageRow> {
    let mut rows = Vec::new();
    for band in Band::ALL {
        let held = |fold: &Fold| -> Vec<usize> {
            (0..fold.terms.len()).filter(|&row| band.holds(fold.scores[0].mean[row], fold.unseen[row])).collect()
        };
        let held: Vec<Vec<usize>> = folds.iter().map(held).collect();
        let forecasts: usize = held.iter().map(Vec::len).sum();
        if forecasts == 0 {
            continue;
        }
        let sum = |of: fn(&Fold, usize) -> f64| -> f64 {
            folds.iter().zip(&held).map(|(fold, held)| held.iter().map(|&row| of(fold, row)).sum::<f64>()).sum()
        };
        for (number, level) in LEVELS.into_iter().enumerate() {
            let share = |how: Inside, weight: fn(&Fold, usize) -> f64| {
                let tallies: Vec<Tally> = folds
                    .iter()
                    .zip(&held)
                    .map(|(fold, held)| {
                        let pair = |&row: &usize| {
                            let inside = f64::from(u8::from(fold.scores[0].inside(row, number, how)));
                            (weight(fold, row) * inside, weight(fold, row))
                        };
                        held.iter().map(pair).collect()
                    })
                    .collect();
                ratio(&tallies)
            };
            let by_terms = against_expected(folds, &held, number, |_, _| 1.0);
            let by_clicks = against_expected(folds, &held, number, |fold, row| fold.clicks[row]);
            rows.push(CoverageRow {
                band,
                level,
                forecasts,
                clicks: sum(|fold, row| fold.clicks[row]),
                forecast: sum(|fold, row| fold.scores[0].mean[row]),
                actual: sum(|fold, row| fold.actual[row]),
                terms: share(Inside::Pit, |_, _| 1.0),
                raw_terms: share(Inside::Raw, |_, _| 1.0),
                clicks_inside: share(Inside::Pit, |fold, row| fold.clicks[row]),
                raw_clicks_inside: share(Inside::Raw, |fold, row| fold.clicks[row]),
                expected_raw_terms: by_terms.map(|(expected, _)| expected),
                expected_raw_clicks: by_clicks.map(|(expected, _)| expected),
                excess_terms: by_terms.map(|(_, excess)| excess),
                excess_clicks: by_clicks.map(|(_, excess)| excess),
            });
        }
    }
    rows
}
