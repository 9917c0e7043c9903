//! Log-normal values, from sums alone.
//!
//! # Model
//! ```text
//! m̄     mean of y orders: mean e^η, relative variance (e^{σ²} − 1)/y
//! s²(y) = ln(1 + (e^{σ²} − 1)/y)          ln m̄ + s²/2 | η ~ N(η, s²)
//! ηᵢ ~ N(η_g, τ²)    η_g ~ N(η₀, ω²)    η₀ ~ N(ln account's mean, 2²)
//! E[vᵢ] = exp(η̂ᵢ + Vᵢ/2)
//! ```
//! The mean of y log-normal orders is matched by a log-normal of the same mean and variance (Fenton, 1960). Its
//! logarithm is s²/2 below η: taking ln m̄ as it stands and adding σ²/2 later overstates by up to e^{σ²/2}.
//!
//! σ² is learned from cells (a term's mean moves from period to period by σ² and the number of orders
//! alone) together with τ² and ω²: ln σ² ~ N(ln ½, 1.2²), ln τ² ~ N(ln 0.15, 1.5²), ln ω² ~ N(ln 0.1, 1.5²).
//! Levels are then taken from a term's sum over all periods, so that expected revenue adds up, whatever the
//! shape of single orders. Rare dear orders give sums a larger variance than σ² says: where the spread of cells around
//! their term's mean shows it, levels use that one. Centers are integrated exactly, the three variances on a few points.
//!
//! # When it is wrong
//! All terms have orders of the same relative spread σ. Values that move over time count as spread.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::nodes;
use super::orders::{Known, Sample, Totals};
use crate::estimate::search::{Peak, climb};
use rayon::prelude::*;

/// Net revenue that is not above zero is taken as this part of one usual order: logarithms need something.
const WORTHLESS: f64 = 0.05;
/// Prior variance of η₀ around the account's mean value.
const VAGUE: f64 = 4.0;
const SCALE: [f64; 3] = [0.6, 0.8, 0.8];

/// The variances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variances {
    /// σ² of single orders.
    pub(super) order: f64,
    /// τ² between terms of a campaign.
    pub(super) term: f64,
    /// ω² between campaigns.
    pub(super) group: f64,
    /// Factor on the relative variance of orders where levels are taken from sums; at least 1.
    pub(super) tail: f64,
}

impl Variances {
    fn at(at: &[f64; 3]) -> Self {
        let [order, term, group] = at.map(|ln| ln.clamp(-18.0, 2.5).exp());
        Self { order, term, group, tail: 1.0 }
    }

    /// s²: variance of the logarithm of the mean of so many orders.
    pub(super) fn of_mean(&self, orders: f64) -> f64 {
        (self.order.exp_m1() / orders).ln_1p()
    }

    /// The same for a level, where the mean itself matters and rare dear orders count.
    fn of_level(&self, orders: f64) -> f64 {
        (self.tail * self.order.exp_m1() / orders).ln_1p()
    }
}

/// What is known of a campaign's center: its own part, and that shared by all campaigns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Center {
    pub(super) mean: f64,
    /// Variance given the account's level.
    pub(super) own: f64,
    /// How far it moves with the account's level.
    pub(super) load: f64,
}

/// The hyper-parameters at one point of their posterior.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) weight: f64,
    pub(super) variances: Variances,
    /// Shape: groups.
    pub(super) centers: Vec<Center>,
    /// Mean and variance of η₀.
    pub(super) account: (f64, f64),
}

impl Node {
    pub(super) fn new(weight: f64, variances: Variances, totals: &Totals) -> Self {
        let of_mean: Vec<f64> = totals.distinct.iter().map(|&y| variances.of_level(y)).collect();
        let mut sums = vec![(0.0, 0.0); totals.groups];
        for (term, &group) in totals.group.iter().enumerate() {
            let (y, r) = (totals.orders[term], totals.revenue[term]);
            if y > 0.0 && r > 0.0 {
                let s2 = of_mean[totals.index[term] as usize];
                let precision = 1.0 / (variances.term + s2);
                let sum = &mut sums[group as usize];
                sum.0 += precision;
                sum.1 += precision * ((r / y).ln() + 0.5 * s2);
            }
        }
        let spread = if totals.groups > 1 { variances.group } else { 0.0 };
        let (mut precision, mut weighted) = (1.0 / VAGUE, 0.0);
        for &(own, sum) in sums.iter().filter(|sum| sum.0 > 0.0) {
            let known = 1.0 / (spread + 1.0 / own);
            precision += known;
            weighted += known * sum / own;
        }
        let account = (weighted / precision, 1.0 / precision);
        let center = |&(own, sum): &(f64, f64)| {
            // multiplied out by ω², which may be zero
            let weight = 1.0 / (1.0 + spread * own);
            Center { mean: weight * (account.0 + spread * sum), own: weight * spread, load: weight }
        };
        Self { weight, variances, centers: sums.iter().map(center).collect(), account }
    }

    pub(super) fn center_variance(&self, group: usize) -> f64 {
        let center = self.centers[group];
        center.own + center.load * center.load * self.account.1
    }

    /// Mean and variance of η of a term of a group, from y orders worth r (in units) together.
    pub(super) fn term(&self, group: usize, y: f64, r: f64) -> (f64, f64) {
        let s2 = if y > 0.0 { self.variances.of_level(y) } else { 0.0 };
        let log = if y > 0.0 && r > 0.0 { (r / y).ln() } else { f64::NAN };
        let (mean, variance, _) = self.update(group, y, log, s2);
        (mean, variance)
    }

    /// Mean and variance of η, and the weight of the term's own data; `log` is NaN where r is not positive.
    fn update(&self, group: usize, y: f64, log: f64, s2: f64) -> (f64, f64, f64) {
        let center = self.centers[group].mean;
        if y <= 0.0 {
            return (center, self.variances.term + self.center_variance(group), 0.0);
        }
        let log = if log.is_nan() { center + (WORTHLESS / y).min(WORTHLESS).ln() } else { log };
        let own = self.variances.term / (self.variances.term + s2);
        let left = 1.0 - own;
        let mean = own * (log + 0.5 * s2) + left * center;
        (mean, own * s2 + left * left * self.center_variance(group), own)
    }
}

/// The fitted model.
#[derive(Clone, Debug)]
pub(super) struct LogNormal {
    /// The likeliest first.
    pub(super) nodes: Vec<Node>,
    pub(super) converged: bool,
}

impl LogNormal {
    /// Spreads from the sample, levels from the totals.
    ///
    /// `relative_variance`: that of single orders as sums show it. Levels use it where it is larger than the
    /// e^{σ²} − 1 of the fit.
    pub(super) fn fit(sample: &Sample, totals: &Totals, relative_variance: Option<f64>) -> Self {
        let likelihood = Likelihood::new(sample);
        let peak = likelihood.peak();
        let free = if sample.groups > 1 { 3 } else { 2 };
        let density = |at: &[f64; 3]| likelihood.ln_density(at);
        let mut points = nodes::around(density, &peak, SCALE, free, sample.is_small());
        points.sort_by(|a, b| b.1.total_cmp(&a.1));
        let tail = tail(&peak.x, relative_variance);
        let node = |(at, weight): &([f64; 3], f64)| Node::new(*weight, Variances { tail, ..Variances::at(at) }, totals);
        Self { nodes: points.par_iter().map(node).collect(), converged: peak.converged }
    }

    /// The likeliest point alone.
    pub(super) fn likeliest(sample: &Sample, totals: &Totals, relative_variance: Option<f64>) -> Node {
        let at = Likelihood::new(sample).peak().x;
        Node::new(1.0, Variances { tail: tail(&at, relative_variance), ..Variances::at(&at) }, totals)
    }

    /// The likeliest point.
    pub(super) fn best(&self) -> &Node {
        &self.nodes[0]
    }

    /// Average over the points.
    pub(super) fn average(&self, part: impl Fn(&Node) -> f64) -> f64 {
        self.nodes.iter().map(|node| node.weight * part(node)).sum()
    }

    /// Mean and variance of η of every term: a mixture over the points, by its first two moments.
    pub(super) fn terms(&self, totals: &Totals) -> Vec<Known> {
        let tables: Vec<Vec<f64>> = self
            .nodes
            .iter()
            .map(|node| {
                totals.distinct.iter().map(|&y| if y > 0.0 { node.variances.of_level(y) } else { 0.0 }).collect()
            })
            .collect();
        (0..totals.len())
            .into_par_iter()
            .map(|term| {
                let (y, r, group) = (totals.orders[term], totals.revenue[term], totals.group[term] as usize);
                let log = if y > 0.0 && r > 0.0 { (r / y).ln() } else { f64::NAN };
                let (mut first, mut second, mut within, mut weight) = (0.0, 0.0, 0.0, 0.0);
                for (node, table) in self.nodes.iter().zip(&tables) {
                    let (mean, variance, own) = node.update(group, y, log, table[totals.index[term] as usize]);
                    first += node.weight * mean;
                    second += node.weight * mean * mean;
                    within += node.weight * variance;
                    weight += node.weight * own;
                }
                Known { mean: first, variance: within + (second - first * first).max(0.0), own: weight }
            })
            .collect()
    }
}

/// How much larger the relative variance of orders is than at a point; at least 1.
fn tail(at: &[f64; 3], relative_variance: Option<f64>) -> f64 {
    relative_variance.map_or(1.0, |variance| (variance / Variances::at(at).order.exp_m1()).max(1.0))
}

/// Marginal likelihood of the variances on a sample of cells.
pub(super) struct Likelihood<'a> {
    sample: &'a Sample,
    distinct: Vec<f64>,
    index: Vec<usize>,
    log: Vec<f64>,
}

/// Sum of squares around a mean, as normal observations add up: 1/variance, × mean, × mean², Σ ln variance.
#[derive(Clone, Copy, Default)]
struct Pool([f64; 4]);

impl Pool {
    fn add(&mut self, mean: f64, variance: f64) {
        let precision = 1.0 / variance;
        self.0[0] += precision;
        self.0[1] += precision * mean;
        self.0[2] += precision * mean * mean;
        self.0[3] += variance.ln();
    }

    /// ln of the likelihood with the common mean integrated out under a flat prior, up to a constant;
    /// with that mean's estimate and variance.
    fn close(&self) -> (f64, f64, f64) {
        let [precision, first, second, logs] = self.0;
        let mean = first / precision;
        (-0.5 * (logs + precision.ln() + (second - mean * first).max(0.0)), mean, 1.0 / precision)
    }
}

impl<'a> Likelihood<'a> {
    pub(super) fn new(sample: &'a Sample) -> Self {
        let (distinct, index) = sample.distinct();
        let log = sample.cells.iter().map(|cell| (cell.revenue / cell.orders).ln()).collect();
        Self { sample, distinct, index, log }
    }

    fn peak(&self) -> Peak<3> {
        let start = [0.5_f64.ln(), 0.15_f64.ln(), 0.1_f64.ln()];
        climb(|at| self.ln_density(at), start, SCALE, 1e-3)
    }

    /// At (ln σ², ln τ², ln ω²). Likelihoods of normal means nest: cells in a term, terms in a campaign,
    /// campaigns in the account, the level above integrated out at each step.
    pub(super) fn ln_density(&self, at: &[f64; 3]) -> f64 {
        let variances = Variances::at(at);
        let table: Vec<(f64, f64, f64)> = self
            .distinct
            .iter()
            .map(|&y| variances.of_mean(y))
            .map(|s2| (s2, 1.0 / s2.max(1e-300), s2.max(1e-300).ln()))
            .collect();
        let of_term = |index: usize| {
            let range = self.sample.offsets[index]..self.sample.offsets[index + 1];
            let mut pool = Pool::default();
            for cell in range {
                let (s2, precision, log) = table[self.index[cell]];
                let x = self.log[cell] + 0.5 * s2;
                let sums = &mut pool.0;
                sums[0] += precision;
                sums[1] += precision * x;
                sums[2] += precision * x * x;
                sums[3] += log;
            }
            pool.close()
        };
        let terms: Vec<(f64, f64, f64)> =
            (0..self.sample.len()).into_par_iter().with_min_len(1024).map(of_term).collect();
        let mut groups = vec![Pool::default(); self.sample.groups];
        let mut sum = 0.0;
        for (&(part, mean, variance), &group) in terms.iter().zip(&self.sample.group) {
            sum += part;
            groups[group as usize].add(mean, variance + variances.term);
        }
        let spread = if self.sample.groups > 1 { variances.group } else { 0.0 };
        let mut account = Pool::default();
        for group in groups.iter().filter(|group| group.0[0] > 0.0) {
            let (part, mean, variance) = group.close();
            sum += part;
            account.add(mean, variance + spread);
        }
        account.add(0.0, VAGUE);
        let normal = |x: f64, mean: f64, sd: f64| -0.5 * ((x - mean) / sd) * ((x - mean) / sd);
        sum + account.close().0
            + normal(at[0], 0.5_f64.ln(), 1.2)
            + normal(at[1], 0.15_f64.ln(), 1.5)
            + normal(at[2], 0.1_f64.ln(), 1.5)
    }
}
