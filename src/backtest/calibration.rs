//! Whether forecasts are right on average, at every size, and whether outcomes fall evenly within them.
//!
//! # Formula
//! ```text
//! E[y] = exp(a + b ln m)            y what came, m what was forecast; right forecasts have a = 0, b = 1
//! ```
//! A Poisson regression used as a quasi-likelihood (Cox 1958; for counts Czado, Gneiting and Held 2009, section 2): b below
//! one where large forecasts are too large and small ones too small. Its errors come from the sandwich with folds as
//! clusters, or with few folds from the dispersion of the residuals (Wedderburn 1974).

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::folds::Fold;
use super::measure::{Measured, Tally, is_clustered, ratio};

/// Steps of the regression, at most; it takes five.
const MOST_STEPS: usize = 60;
/// Groups of forecasts by size.
const DECILES: usize = 10;
/// Bars of the PIT histogram.
const BINS: usize = 10;

/// Calibration of our forecasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// b: slope of what came in what was forecast, both in logarithms; `None` where it cannot be told.
    pub slope: Option<Measured>,
    /// a: logarithm of what came for a forecast of one conversion.
    pub intercept: Option<Measured>,
    /// Tenths of the term-periods by size of forecast, ascending; fewer where there are fewer term-periods.
    pub deciles: Vec<Decile>,
    /// Histogram of the randomised PIT: even where forecasts are right.
    pub pit: Vec<PitBin>,
}

/// Forecasts of similar size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decile {
    /// Term-periods.
    pub forecasts: usize,
    /// Mean forecast, conversions.
    pub mean_forecast: f64,
    /// Mean of what came, conversions.
    pub mean_actual: Measured,
}

/// One bar of the PIT histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitBin {
    /// From here, included.
    pub from: f64,
    /// To here, not included, except for the last.
    pub to: f64,
    /// Share of term-periods; a tenth where forecasts are right.
    pub terms: Option<Measured>,
    /// Share of clicks.
    pub clicks: Option<Measured>,
}

/// Calibration over all folds.
pub(super) fn calibration(folds: &[Fold]) -> Calibration {
    let (slope, intercept) =
        regression(folds).map_or((None, None), |[intercept, slope]| (Some(slope), Some(intercept)));
    Calibration { slope, intercept, deciles: deciles(folds), pit: histogram(folds) }
}

/// Intercept and slope; `None` where nothing came or all forecasts are the same.
fn regression(folds: &[Fold]) -> Option<[Measured; 2]> {
    let rows = || {
        folds.iter().enumerate().flat_map(|(number, fold)| {
            fold.scores[0].mean.iter().zip(&fold.actual).map(move |(mean, &y)| (number, mean.ln(), y))
        })
    };
    let count = rows().count() as f64;
    let center = rows().map(|row| row.1).sum::<f64>() / count;
    let spread = rows().map(|row| (row.1 - center).powi(2)).sum::<f64>() / count;
    let came = rows().map(|row| row.2).sum::<f64>();
    if !(spread > 1e-12 && came > 0.0 && count > 2.0) {
        return None;
    }
    // centered, so that the two are hardly correlated; moved back at the end
    let mut at = [(came / count).ln(), 1.0];
    let fitted = |at: [f64; 2], x: f64| (at[0] + at[1] * (x - center)).min(700.0).exp();
    let mut converged = false;
    for _ in 0..MOST_STEPS {
        let (mut gradient, mut information) = ([0.0; 2], [0.0; 3]);
        for (_, x, y) in rows() {
            let (mu, z) = (fitted(at, x), x - center);
            gradient[0] += y - mu;
            gradient[1] += (y - mu) * z;
            information[0] += mu;
            information[1] += mu * z;
            information[2] += mu * z * z;
        }
        let step = solve(information, gradient)?;
        // a whole step from far away would overflow
        let scale = 1.0_f64.min(1.0 / (step[0].abs() + step[1].abs() * spread.sqrt()).max(1e-300));
        at = [at[0] + scale * step[0], at[1] + scale * step[1]];
        if step[0].abs() + step[1].abs() < 1e-10 {
            converged = true;
            break;
        }
    }
    if !converged {
        return None;
    }
    let mut information = [0.0; 3];
    let mut scores = vec![[0.0; 2]; folds.len()];
    let mut pearson = 0.0;
    for (fold, x, y) in rows() {
        let (mu, z) = (fitted(at, x), x - center);
        information[0] += mu;
        information[1] += mu * z;
        information[2] += mu * z * z;
        scores[fold][0] += y - mu;
        scores[fold][1] += (y - mu) * z;
        pearson += (y - mu) * (y - mu) / mu;
    }
    // variance of c₀ a + c₁ b
    let variance = |c: [f64; 2]| -> Option<f64> {
        let along = solve(information, c)?;
        let square = if is_clustered(folds.len()) {
            let clusters = folds.len() as f64;
            let sum = scores.iter().map(|s| (along[0] * s[0] + along[1] * s[1]).powi(2)).sum::<f64>();
            clusters / (clusters - 1.0) * sum
        } else {
            pearson / (count - 2.0) * (along[0] * c[0] + along[1] * c[1])
        };
        (square.is_finite() && square >= 0.0).then(|| square.sqrt())
    };
    Some([
        Measured { value: at[0] - at[1] * center, standard_error: variance([1.0, -center]) },
        Measured { value: at[1], standard_error: variance([0.0, 1.0]) },
    ])
}

/// Solves [a b; b c] x = r.
fn solve([a, b, c]: [f64; 3], r: [f64; 2]) -> Option<[f64; 2]> {
    let determinant = a * c - b * b;
    let x = [(c * r[0] - b * r[1]) / determinant, (a * r[1] - b * r[0]) / determinant];
    x.iter().all(|x| x.is_finite()).then_some(x)
}

/// Tenths of the rows by forecast; rows with the same forecast keep the order of time and terms.
fn deciles(folds: &[Fold]) -> Vec<Decile> {
    let mut rows: Vec<(usize, usize)> =
        folds.iter().enumerate().flat_map(|(fold, held)| (0..held.terms.len()).map(move |row| (fold, row))).collect();
    let mean = |&(fold, row): &(usize, usize)| folds[fold].scores[0].mean[row];
    rows.sort_by(|one, other| mean(one).total_cmp(&mean(other)).then(one.cmp(other)));
    let tenths = DECILES.min(rows.len());
    (0..tenths)
        .filter_map(|tenth| {
            let held = &rows[tenth * rows.len() / tenths..(tenth + 1) * rows.len() / tenths];
            let mut pairs = vec![Vec::new(); folds.len()];
            for &(fold, row) in held {
                pairs[fold].push((folds[fold].actual[row], 1.0));
            }
            let tallies: Vec<Tally> = pairs.into_iter().map(Tally::from_iter).collect();
            let mean_forecast = held.iter().map(mean).sum::<f64>() / held.len() as f64;
            Some(Decile { forecasts: held.len(), mean_forecast, mean_actual: ratio(&tallies)? })
        })
        .collect()
}

/// Shares of rows and of clicks by PIT.
fn histogram(folds: &[Fold]) -> Vec<PitBin> {
    (0..BINS)
        .map(|bin| {
            let (from, to) = (bin as f64 / BINS as f64, (bin + 1) as f64 / BINS as f64);
            let holds = |pit: f64| pit >= from && (pit < to || bin + 1 == BINS);
            let share = |weight: fn(&Fold, usize) -> f64| {
                let tallies: Vec<Tally> = folds
                    .iter()
                    .map(|fold| {
                        let pair = |row: usize| {
                            let inside = f64::from(u8::from(holds(fold.scores[0].pit[row])));
                            (weight(fold, row) * inside, weight(fold, row))
                        };
                        (0..fold.terms.len()).map(pair).collect()
                    })
                    .collect();
                ratio(&tallies)
            };
            PitBin { from, to, terms: share(|_, _| 1.0), clicks: share(|fold, row| fold.clicks[row]) }
        })
        .collect()
}
