//! How much counts scatter around their rate, beside Poisson counts.
//!
//! Owns one number, ψ: the variance of a count over its mean, its rate given. In: counts by period and what is reported of
//! them. Out: ψ at most 1, or 1 where the data show nothing else.
//!
//! # Model
//! ```text
//! Var(yᵢₜ | λᵢ) = ψ eᵢₜ λᵢ               ψ = 1: Poisson; 1 − λ where a click converts once at most
//! X = Σᵢ Σₜ (yᵢₜ − eᵢₜ rᵢ)² / (eᵢₜ rᵢ)     rᵢ = Σₜ yᵢₜ / Σₜ eᵢₜ, terms with conversions
//! ψ̂ = X / D,   D = Σᵢ (Tᵢ − 1)           Tᵢ periods of the term
//! ```
//! Given their sum, Poisson counts of a term that stands still are multinomial, and X has exactly the mean D and, from
//! Haldane (1937), "The exact value of the moments of the distribution of χ²", the variance
//! Σᵢ 2 (Tᵢ − 1) + (Σₜ Eᵢ/eᵢₜ − Tᵢ² − 2 Tᵢ + 2) / yᵢ. Where half of the clicks convert, counts scatter half as much as Poisson
//! counts, and intervals that do not know it are too wide. With counts and exposures over ψ the Poisson kernel is the
//! quasi-likelihood of such counts (Wedderburn 1974).
//!
//! # When it is wrong
//! Rates that move scatter counts, too, so ψ̂ is too large there, and intervals no narrower than they are without it. More
//! scatter than Poisson's is left to the drift, which tells noise of periods from that of counts. One ψ serves all terms.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::delay::Delay;
use super::rate::Exposure;
use crate::counts::Counts;
use crate::domain::Notes;
use rayon::prelude::*;

/// Conversions per click below which clicks that convert once are Poisson to within 5% of their standard deviation.
const LEAST_RATE: f64 = 0.1;
/// Least ψ: where nearly every click converts nothing is learned from pretending that the rest is certain.
const LEAST: f64 = 0.05;
/// Evidence, in nats, that less scatter than Poisson's has to bring: two standard errors.
const WORTH: f64 = 2.0;
/// Terms whose sums are added up at a time; fixed, so that the sums are too.
const PIECE: usize = 4096;

/// What one or several terms say.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// X.
    statistic: f64,
    /// D: its mean, if counts are Poisson.
    freedom: f64,
    /// Its variance, if they are.
    variance: f64,
    exposure: f64,
    conversions: f64,
}

impl Said {
    /// Cells of a term: exposure and conversions.
    fn of(cells: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let (mut periods, mut inverse) = (0.0, 0.0);
        let mut said = Self::default();
        for (exposure, conversions) in cells.clone() {
            periods += 1.0;
            inverse += 1.0 / exposure;
            said.exposure += exposure;
            said.conversions += conversions;
        }
        if periods < 2.0 || said.conversions <= 0.0 {
            return said;
        }
        let rate = said.conversions / said.exposure;
        said.statistic = cells.map(|(exposure, y)| (y - exposure * rate).powi(2) / (exposure * rate)).sum();
        said.freedom = periods - 1.0;
        let beyond = said.exposure * inverse - periods * periods - 2.0 * periods + 2.0;
        said.variance = (2.0 * said.freedom + beyond / said.conversions).max(0.0);
        said
    }

    fn and(self, other: Self) -> Self {
        Self {
            statistic: self.statistic + other.statistic,
            freedom: self.freedom + other.freedom,
            variance: self.variance + other.variance,
            exposure: self.exposure + other.exposure,
            conversions: self.conversions + other.conversions,
        }
    }

    /// ψ, from 1 − rate to 1.
    fn scatter(self) -> f64 {
        let below = self.freedom - self.statistic;
        if !(below > 0.0 && below * below > 2.0 * WORTH * self.variance) {
            return 1.0;
        }
        // no count of clicks scatters less than that of clicks which convert once at most
        let rate = self.conversions / self.exposure;
        (self.statistic / self.freedom).max(1.0 - rate).clamp(LEAST, 1.0)
    }
}

/// ψ of the counts, of which `sums` are the terms' sums; 1 where they scatter like Poisson counts, or more, or cannot tell.
pub(super) fn learn(counts: &Counts, sums: &Exposure, delay: &Delay, notes: &mut Notes) -> f64 {
    let [clicks, conversions] = [&sums.clicks, &sums.conversions].map(|sums| sums.iter().sum::<f64>());
    if !(conversions >= LEAST_RATE * clicks && conversions > 0.0) {
        return 1.0;
    }
    let cells = &counts.cells;
    let end = counts.calendar.periods.len() - delay.left_out;
    let one = |range: &[usize]| {
        let known = (range[0]..range[1])
            .map(|cell| (cells.period[cell] as usize, cells.clicks[cell], cells.conversions[cell]))
            .filter(|&(period, clicks, _)| period < end && clicks > 0.0)
            .map(|(period, clicks, conversions)| (clicks * delay.completion[period], conversions));
        Said::of(known)
    };
    let pieces: Vec<Said> = cells
        .offsets
        .par_windows(2)
        .chunks(PIECE)
        .map(|terms| terms.into_iter().map(one).fold(Said::default(), Said::and))
        .collect();
    let scatter = pieces.into_iter().fold(Said::default(), Said::and).scatter();
    notes.add(
        "even-counts",
        usize::from(scatter < 1.0),
        format!(
            "a term's conversions scatter by {scatter:.2} of the variance of rare events, as few clicks convert more than once: \
             they tell more of rates, and intervals are narrower"
        ),
    );
    scatter
}

/// Counts whose Poisson likelihood is the quasi-likelihood of counts with so much scatter.
pub(super) fn in_units(counts: &Counts, scatter: f64) -> Counts {
    let mut scaled = counts.clone();
    for measure in [&mut scaled.cells.clicks, &mut scaled.cells.conversions] {
        for count in measure {
            *count /= scatter;
        }
    }
    scaled
}

#[cfg(test)]
mod tests;
