//! Which model of values predicts better.
//!
//! In: a sample of cells, and both models fitted to all of it. Out: the log score of each, nats a mean value, of
//! the logarithm of a cell's mean value given how many orders it has.
//!
//! With six periods or more that have orders, and twenty cells to score, both models are fitted to the first two
//! thirds of the periods and score the last third, each cell given its term's earlier orders. Otherwise there is
//! nothing to hold out, and the score is the likelihood of each term's mean value given its campaign's center
//! under the fit: both models have a spread of orders, a spread of terms and a level, so neither has
//! an advantage by the number of its parameters.
//!
//! Gamma-gamma is used where it is better by more than a standard error. Where the data cannot tell, log-normal
//! is the cheaper mistake: its tails are the heavier ones, and its intervals held up better with few terms.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::gamma_gamma::GammaGamma;
use super::log_normal::LogNormal;
use super::orders::{Cell, Sample};
use crate::numeric::special::ln_gamma;
use serde::Serialize;

/// Periods with orders below which nothing is held out.
const FEWEST_PERIODS: usize = 6;
/// Cells below which a score says nothing.
const FEWEST_CELLS: usize = 20;

/// How well each model predicts. Higher is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ValueScores {
    /// Mean log score of gamma-gamma, nats a mean value.
    pub gamma_gamma: f64,
    /// Mean log score of log-normal, nats a mean value.
    pub log_normal: f64,
    /// Standard error of their difference, nats a mean value.
    pub error: f64,
    /// Mean values scored.
    pub scored: usize,
    /// Whether they were held out (the last third of the periods); otherwise they were part of the fit.
    pub held_out: bool,
}

impl ValueScores {
    /// Whether log-normal is to be used: unless gamma-gamma predicts better by more than a standard error.
    pub(super) fn prefers_log_normal(&self) -> bool {
        let gain = self.gamma_gamma - self.log_normal;
        gain.is_nan() || gain <= self.error
    }
}

/// Scores both models.
pub(super) fn score(sample: &Sample, log_normal: &LogNormal, gamma_gamma: &GammaGamma) -> ValueScores {
    let mut periods: Vec<u32> = sample.cells.iter().map(|cell| cell.period).collect();
    periods.sort_unstable();
    periods.dedup();
    if periods.len() >= FEWEST_PERIODS {
        let from = periods[periods.len() - periods.len() / 3];
        let past = sample.before(from);
        if past.len() > 0 && sample.cells.iter().filter(|cell| cell.period >= from).count() >= FEWEST_CELLS {
            let log_normal = LogNormal::fit(&past, &past.totals(from), None);
            let gamma_gamma = GammaGamma::fit(&past, &log_normal);
            return scored(sample, &log_normal, &gamma_gamma, from, true);
        }
    }
    scored(sample, log_normal, gamma_gamma, 0, false)
}

/// Score of the cells from a period on given those before it; of terms' sums where none is before.
fn scored(sample: &Sample, log_normal: &LogNormal, gamma_gamma: &GammaGamma, from: u32, held_out: bool) -> ValueScores {
    let totals = sample.totals(from);
    let logs = log_normal.terms(&totals);
    let gammas = gamma_gamma.terms(&totals);
    let (node, hyper) = (log_normal.best(), gamma_gamma.best());
    let (mut sums, mut square, mut count) = ([0.0; 2], 0.0, 0_usize);
    for index in 0..sample.len() {
        let whole;
        let cells: &[Cell] = if held_out {
            sample.term(index)
        } else {
            let sum = |part: fn(&Cell) -> f64| sample.term(index).iter().map(part).sum();
            whole = [Cell { period: 0, orders: sum(|cell| cell.orders), revenue: sum(|cell| cell.revenue) }];
            &whole
        };
        for cell in cells.iter().filter(|cell| cell.period >= from) {
            let (known, s2) = (logs[index], node.variances.of_mean(cell.orders));
            let normal = ln_normal((cell.revenue / cell.orders).ln() + 0.5 * s2 - known.mean, known.variance + s2);
            let known = gammas[index];
            let shape = 2.0 + known.mean * known.mean / known.variance;
            let scale = known.mean * (shape - 1.0) / hyper.p;
            let gamma = ln_beta_prime(hyper.p * cell.orders, shape, scale, cell.revenue);
            sums[0] += normal;
            sums[1] += gamma;
            square += (gamma - normal).powi(2);
            count += 1;
        }
    }
    let scores = (count as f64).max(1.0);
    let [log_normal, gamma_gamma] = sums.map(|sum| sum / scores);
    let variance = (square / scores - (gamma_gamma - log_normal).powi(2)).max(0.0);
    ValueScores { gamma_gamma, log_normal, error: (variance / scores).sqrt(), scored: count, held_out }
}

/// Log density at a distance from the mean of a normal distribution.
fn ln_normal(distance: f64, variance: f64) -> f64 {
    -0.5 * (distance * distance / variance + (std::f64::consts::TAU * variance).ln())
}

/// Log density of ln r where r ~ Gamma(a, rate ν) and ν ~ Gamma(b, rate scale).
fn ln_beta_prime(a: f64, b: f64, scale: f64, r: f64) -> f64 {
    ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + b * (scale / (scale + r)).ln() + a * (r / (scale + r)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn densities_integrate_to_one() {
        let step = 0.01;
        let integral = |density: &dyn Fn(f64) -> f64| {
            (-4000..4000).map(|k| density(f64::from(k) * step).exp() * step).sum::<f64>()
        };
        // the trapezoid rule on a smooth density over ±40; the heavier tail beyond is below 1e-9
        assert_relative_eq!(integral(&|x| ln_normal(x - 1.0, 0.7)), 1.0, epsilon = 1e-9);
        assert_relative_eq!(integral(&|x| ln_beta_prime(1.5, 2.5, 3.0, x.exp())), 1.0, epsilon = 1e-9);
    }
}
