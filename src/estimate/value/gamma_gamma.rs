//! Gamma-gamma values, in units of the campaign's center.
//!
//! # Model
//! ```text
//! value of one order of term i ~ Gamma(p, rate νᵢ/u)    νᵢ ~ Gamma(q, rate γ)    u: center of its campaign
//! E[vᵢ | m̄ᵢ, yᵢ] = p (γu + yᵢ m̄ᵢ) / (p yᵢ + q − 1)
//! ```
//! Source: Fader and Hardie (2013), "The gamma-gamma model of monetary value", equations 1a, 3 and 5. With the
//! sums of periods rₜ over yₜ orders, and their totals r and y, the marginal likelihood is
//!
//! ```text
//! ln Γ(py + q) − ln Γ(q) + q ln γ − (py + q) ln(γ + r) + Σₜ [p yₜ ln rₜ − ln Γ(p yₜ)]
//! ```
//!
//! so that p is learned from how a term's mean moves from period to period, too. Priors: ln p ~ N(ln 2, 1),
//! ln(q − 2) ~ N(ln 4, 1.5²), ln(pγ / (q − 1)) ~ N(0, 2²). So q > 2 always: a mean and a standard deviation
//! exist, also before the first order. The three are integrated on a few points.
//!
//! Centers of campaigns, and what is not known of them, are those of the log-normal model: they need a
//! mean and a variance, no shape.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::log_normal::LogNormal;
use super::nodes;
use super::orders::{Known, Sample, Totals};
use crate::estimate::search::climb;
use crate::numeric::special::ln_gamma;
use rayon::prelude::*;

const SCALE: [f64; 3] = [0.7, 1.0, 0.5];

/// p, q and γ; γ in units of the campaign's center.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hyper {
    pub(super) p: f64,
    pub(super) q: f64,
    pub(super) gamma: f64,
}

impl Hyper {
    /// From (ln p, ln(q − 2), ln of the mean value pγ / (q − 1)).
    fn at(at: &[f64; 3]) -> Self {
        let p = at[0].clamp(-12.0, 12.0).exp();
        let excess = at[1].clamp(-20.0, 20.0).exp();
        Self { p, q: 2.0 + excess, gamma: at[2].clamp(-50.0, 50.0).exp() * (1.0 + excess) / p }
    }

    /// Mean value, in units of the campaign's center.
    pub(super) fn mean(self) -> f64 {
        self.p * self.gamma / (self.q - 1.0)
    }
}

/// The fitted model.
#[derive(Clone, Debug)]
pub(super) struct GammaGamma {
    /// Points of the posterior with their weights, the likeliest first.
    pub(super) nodes: Vec<(Hyper, f64)>,
    /// Center of each campaign, units.
    pub(super) centers: Vec<f64>,
    /// Variance of its logarithm beyond the account's level.
    pub(super) center_variance: Vec<f64>,
    pub(super) converged: bool,
}

impl GammaGamma {
    pub(super) fn fit(sample: &Sample, log_normal: &LogNormal) -> Self {
        let centers: Vec<f64> =
            (0..sample.groups).map(|group| log_normal.average(|node| node.centers[group].mean).exp()).collect();
        let center_variance =
            (0..sample.groups).map(|group| log_normal.average(|node| node.centers[group].own)).collect();
        let likelihood = Likelihood::new(sample, &centers);
        let density = |at: &[f64; 3]| likelihood.ln_density(at);
        let start = [std::f64::consts::LN_2, 2.0 * std::f64::consts::LN_2, 0.0];
        let peak = climb(density, start, SCALE, 1e-3);
        let mut points = nodes::around(density, &peak, SCALE, 3, sample.is_small());
        points.sort_by(|a, b| b.1.total_cmp(&a.1));
        let nodes = points.iter().map(|(at, weight)| (Hyper::at(at), *weight)).collect();
        Self { nodes, centers, center_variance, converged: peak.converged }
    }

    /// The likeliest point.
    pub(super) fn best(&self) -> Hyper {
        self.nodes[0].0
    }

    /// Average over the points.
    pub(super) fn average(&self, part: impl Fn(Hyper) -> f64) -> f64 {
        self.nodes.iter().map(|&(hyper, weight)| weight * part(hyper)).sum()
    }

    /// Mean and variance of the value of every term, units: a mixture over the points by its first two moments.
    pub(super) fn terms(&self, totals: &Totals) -> Vec<Known> {
        let of_term = |term: usize| {
            let (y, r) = (totals.orders[term], totals.revenue[term].max(0.0));
            let group = totals.group[term] as usize;
            let (center, unknown) = (self.centers[group], self.center_variance[group].exp_m1());
            let (mut first, mut second, mut within, mut weight) = (0.0, 0.0, 0.0, 0.0);
            for &(Hyper { p, q, gamma }, share) in &self.nodes {
                let left = 1.0 / (p * y + q - 1.0);
                let prior = p * gamma * center * left;
                let mean = prior + p * r * left;
                first += share * mean;
                second += share * mean * mean;
                // inverse gamma around the center, and the center itself
                within += share * (mean * mean / (p * y + q - 2.0) + prior * prior * unknown);
                weight += share * p * y * left;
            }
            Known { mean: first, variance: within + (second - first * first).max(0.0), own: weight }
        };
        (0..totals.len()).into_par_iter().map(of_term).collect()
    }
}

/// Marginal likelihood on a sample of cells, in units of the campaigns' centers.
pub(super) struct Likelihood {
    /// Conversions and revenue by term.
    terms: Vec<(f64, f64)>,
    /// Distinct conversions of terms with how many terms have them.
    of_terms: Vec<(f64, f64)>,
    /// The same of cells.
    of_cells: Vec<(f64, f64)>,
    /// Σ yₜ ln rₜ over all cells.
    logs: f64,
}

impl Likelihood {
    pub(super) fn new(sample: &Sample, centers: &[f64]) -> Self {
        let mut logs = 0.0;
        let mut terms: Vec<(f64, f64)> = (0..sample.len())
            .map(|index| {
                let center = centers[sample.group[index] as usize];
                sample.term(index).iter().fold((0.0, 0.0), |sum, cell| {
                    logs += cell.orders * (cell.revenue / center).ln();
                    (sum.0 + cell.orders, sum.1 + cell.revenue / center)
                })
            })
            .collect();
        terms.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut cells: Vec<f64> = sample.cells.iter().map(|cell| cell.orders).collect();
        cells.sort_unstable_by(f64::total_cmp);
        let tally = |sorted: &[f64]| {
            sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|run| (run[0], run.len() as f64)).collect()
        };
        let orders: Vec<f64> = terms.iter().map(|term| term.0).collect();
        Self { of_terms: tally(&orders), of_cells: tally(&cells), terms, logs }
    }

    /// ln of marginal likelihood times priors at (ln p, ln(q − 2), ln mean).
    pub(super) fn ln_density(&self, at: &[f64; 3]) -> f64 {
        let Hyper { p, q, gamma } = Hyper::at(at);
        let tally = |counts: &[(f64, f64)], part: &(dyn Fn(f64) -> f64 + Sync)| {
            let parts: Vec<f64> = counts.par_iter().with_min_len(1024).map(|&(y, count)| count * part(y)).collect();
            parts.iter().sum::<f64>()
        };
        let start = ln_gamma(q);
        let shapes =
            tally(&self.of_terms, &|y| ln_gamma(p * y + q) - start) - tally(&self.of_cells, &|y| ln_gamma(p * y));
        let part = |&(y, r): &(f64, f64)| q * (gamma / (gamma + r)).ln() - p * y * (gamma + r).ln();
        let sums: Vec<f64> = self.terms.par_iter().with_min_len(1024).map(part).collect();
        let normal = |x: f64, mean: f64, sd: f64| -0.5 * ((x - mean) / sd) * ((x - mean) / sd);
        shapes
            + sums.iter().sum::<f64>()
            + p * self.logs
            + normal(at[0], std::f64::consts::LN_2, 1.0)
            + normal(at[1], 2.0 * std::f64::consts::LN_2, 1.5)
            + normal(at[2], 0.0, 2.0)
    }
}
