//! A fold's total with its interval, from joint draws.
//!
//! # Formula
//! ```text
//! rᵢ_d        draw d of term i's rate, with what all terms share in it
//! M_d = Σᵢ nᵢ rᵢ_d                    mean of the total under draw d
//! V_d = Σᵢ ψ nᵢ rᵢ_d + φ (nᵢ rᵢ_d)²   its variance: counting (ψ 1 for Poisson counts), and the terms' own noise of one period
//! total_d ~ negative binomial with mean M_d and variance V_d
//! ```
//! Intervals of a sum cannot be had from the terms' own intervals: what terms share does not average out. Given the rates,
//! counts are independent, so the sum has that mean and variance exactly; its shape is taken as negative binomial.

use crate::counts::Counts;
use crate::estimate::Posterior;
use crate::numeric::order::sample_quantile;
use crate::numeric::stream::Stream;
use rayon::prelude::*;

/// Draws of a total, at most; fewer where a fold has so many terms that drawing would take longer than the fit.
const MOST_DRAWS: usize = 400;
const FEWEST_DRAWS: usize = 100;
/// Draws over all terms of a fold.
const WORK: usize = 20_000_000;
/// Terms that one thread adds up at a time; fixed, so that the sums are too.
const CHUNK: usize = 256;

/// Forecast and outcome of a whole period, over the terms that were forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// Clicks.
    pub clicks: f64,
    /// Conversions expected.
    pub forecast: f64,
    /// Lower end of the 90% interval, conversions; `None` where nothing was drawn.
    pub lower: Option<f64>,
    /// Upper end of it.
    pub upper: Option<f64>,
    /// Conversions that came.
    pub actual: f64,
}

impl Total {
    /// Whether the interval held what came.
    #[must_use]
    pub fn is_inside(&self) -> Option<bool> {
        Some(self.lower? <= self.actual && self.actual <= self.upper?)
    }
}

/// Sums the rows of a fold. Shapes: rows; `rows` are terms of `past`.
pub(super) fn total(
    posterior: &Posterior,
    past: &Counts,
    rows: &[usize],
    clicks: &[f64],
    actual: &[f64],
    mean: &[f64],
    seed: u64,
) -> Total {
    let mut total = Total {
        clicks: clicks.iter().sum(),
        forecast: mean.iter().sum(),
        actual: actual.iter().sum(),
        ..Total::default()
    };
    if rows.is_empty() {
        return total;
    }
    let draws = (WORK / rows.len()).clamp(FEWEST_DRAWS, MOST_DRAWS);
    let dispersion = posterior.drift.as_ref().map_or(0.0, |drift| drift.own_noise.powi(2));
    let scatter = posterior.scatter;
    let drawer = posterior.drawer(past, draws, seed);
    let parts: Vec<Vec<[f64; 2]>> = rows
        .par_chunks(CHUNK)
        .zip(clicks.par_chunks(CHUNK))
        .map(|(rows, clicks)| {
            let mut rates = vec![0.0; draws];
            let mut sums = vec![[0.0; 2]; draws];
            for (&term, &clicks) in rows.iter().zip(clicks) {
                drawer.rate(term, &mut rates);
                for (sum, &rate) in sums.iter_mut().zip(&rates) {
                    let expected = clicks * rate;
                    sum[0] += expected;
                    sum[1] += expected * expected;
                }
            }
            sums
        })
        .collect();
    let mut stream = Stream::new(seed, 0);
    let mut drawn: Vec<f64> = (0..draws)
        .map(|draw| {
            let [expected, squares] =
                parts.iter().fold([0.0; 2], |[sum, squares], part| [sum + part[draw][0], squares + part[draw][1]]);
            let beyond = dispersion * squares;
            // always a draw for the noise, so that the stream is the same without it
            let gamma = stream.gamma(if beyond > 0.0 { expected * expected / beyond } else { 1.0 });
            let noisy = if beyond > 0.0 { beyond / expected * gamma } else { expected };
            // the variance of a sum of counts is theirs
            scatter * stream.poisson(noisy / scatter)
        })
        .filter(|drawn| drawn.is_finite())
        .collect();
    drawn.sort_by(f64::total_cmp);
    if let [_, .., _] = drawn.as_slice() {
        total.lower = sample_quantile(&drawn, 0.05);
        total.upper = sample_quantile(&drawn, 0.95);
    }
    total
}
