//! From a campaign's mixture to every term's mean, standard deviation and interval.
//!
//! Terms with the same campaign, clicks and conversions have the same posterior, computed once.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::compress::{Component, Detail};
use super::group::Family;
use super::shocks::SharedMovement;
use super::{Exposure, Offsets};
use crate::counts::Groups;
use crate::numeric::mixture::{BetaMixture, GammaMixture};
use rayon::prelude::*;

/// Conversions per click that are none for any purpose.
const NO_RATE: f64 = 1e-12;
/// Relative error of an interval's ends, and the same where there is no time; most come out a hundred times better.
const FINE: f64 = 1e-9;
const COARSE: f64 = 1e-4;
/// Only with a shape below this does a noticeable share of a posterior lie down there.
const SMALL_SHAPE: f64 = 0.15;

/// Posterior of every term. Shape of each: terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TermPosteriors {
    pub(super) mean: Vec<f64>,
    pub(super) sd: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) own_data_weight: Vec<f64>,
}

/// Parameters of a term's posterior under one component: (a, b) of beta or (shape, rate) of gamma.
pub(super) fn update(family: Family, mean: f64, strength: f64, clicks: f64, conversions: f64) -> (f64, f64) {
    let first = (mean * strength).max(1e-290) + conversions;
    if family.is_beta() {
        (first, ((1.0 - mean) * strength).max(1e-290) + (clicks - conversions))
    } else {
        (first, strength + clicks)
    }
}

#[derive(Clone, Copy)]
struct Summary {
    mean: f64,
    sd: f64,
    lower: f64,
    upper: f64,
    own_data_weight: f64,
}

/// A gamma (shape, rate) after a mean-one factor with the given relative variance: same mean, and the
/// gamma with the variance of the product.
fn shaken((shape, rate): (f64, f64), shake: f64) -> (f64, f64) {
    if shake <= 0.0 {
        return (shape, rate);
    }
    let shrink = 1.0 / (1.0 + shake + shake * shape);
    (shape * shrink, rate * shrink)
}

/// `shake` is the relative variance of what the term shares with others in the next period, `doubt` that of
/// its prior's mean.
fn summarize(
    family: Family,
    level: f64,
    components: &[Component],
    (clicks, conversions): (f64, f64),
    (shake, doubt): (f64, f64),
    tolerance: f64,
) -> Summary {
    let count = components.len();
    let (mut weights, mut first, mut second) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut mean, mut own) = (0.0, 0.0);
    for component in components {
        let (a, b) = update(family, component.mean, component.strength, clicks, conversions);
        let total = component.strength + clicks;
        mean += component.weight * a / total;
        // no period is looked ahead with the beta-binomial
        let left = component.strength / total;
        let (a, b) = if family.is_beta() { (a, b) } else { shaken((a, b), shake + left * left * doubt) };
        weights.push(component.weight);
        first.push(a);
        second.push(b);
        own += component.weight * clicks / total;
    }
    // law of total variance, about the overall mean so that nothing cancels
    let variance: f64 = (weights.iter().zip(&first).zip(&second))
        .zip(components)
        .map(|(((weight, a), b), component)| {
            let total = if family.is_beta() { component.strength + clicks } else { *b };
            let here = a / total;
            let within = if family.is_beta() { here * (b / total) / (total + 1.0) } else { here / total };
            weight * (within + (here - mean) * (here - mean))
        })
        .sum();
    let tail = 0.5 * (1.0 - level);
    let (lower, upper) = if family.is_beta() {
        let mixture = BetaMixture::new(&weights, &first, &second);
        ends(tail, &first, |x| mixture.cdf(x), |p| mixture.quantile_within(p, tolerance))
    } else {
        let mixture = GammaMixture::new(&weights, &first, &second);
        ends(tail, &first, |x| mixture.cdf(x), |p| mixture.quantile_within(p, tolerance))
    };
    Summary { mean, sd: variance.sqrt(), lower, upper, own_data_weight: own }
}

/// Ends of the interval; those below [`NO_RATE`] are zero.
///
/// With next to no conversions in the account the shapes are tiny and a quantile may lie at 10⁻³⁰⁰:
/// finding it would take most of the time and tell nothing.
fn ends(tail: f64, shapes: &[f64], cdf: impl Fn(f64) -> f64, quantile: impl Fn(f64) -> f64) -> (f64, f64) {
    let may_vanish = shapes.iter().any(|&shape| shape < SMALL_SHAPE);
    let below = if may_vanish { cdf(NO_RATE) } else { 0.0 };
    let end = |p: f64| if p <= below { 0.0 } else { quantile(p) };
    (end(tail), end(1.0 - tail))
}

/// What a term's posterior depends on, and which term it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    group: u32,
    // positive numbers sort as their bits do
    clicks: u64,
    conversions: u64,
    doubt: u64,
    term: u32,
}

impl Key {
    fn is_same(&self, other: &Self) -> bool {
        (self.group, self.clicks, self.conversions, self.doubt)
            == (other.group, other.clicks, other.conversions, other.doubt)
    }
}

/// The terms in an order in which those with the same posterior are neighbors.
pub(super) struct Sorted(Vec<Key>);

impl Sorted {
    pub(super) fn new(exposure: &Exposure, campaigns: &Groups, offsets: Option<&Offsets>) -> Self {
        let mut keys: Vec<Key> = (0_u32..)
            .zip(&campaigns.of_term)
            .zip(exposure.clicks.iter().zip(&exposure.conversions))
            .map(|((term, &group), (clicks, conversions))| {
                let doubt = offsets.map_or(0.0, |offsets| offsets.variance(term as usize).exp_m1());
                let (clicks, conversions, doubt) = (clicks.to_bits(), conversions.to_bits(), doubt.to_bits());
                Key { group, clicks, conversions, doubt, term }
            })
            .collect();
        keys.par_sort_unstable();
        Self(keys)
    }

    fn runs(&self) -> impl Iterator<Item = &[Key]> {
        self.0.chunk_by(Key::is_same)
    }

    /// How many posteriors there are.
    pub(super) fn distinct(&self) -> usize {
        self.runs().count()
    }
}

/// Posterior of every term from its campaign's mixture.
pub(super) fn posteriors(
    family: Family,
    (level, detail): (f64, Detail),
    sorted: &Sorted,
    components: &[Vec<Component>],
    movement: &SharedMovement,
    offsets: Option<&Offsets>,
) -> TermPosteriors {
    let tolerance = if detail == Detail::Coarse { COARSE } else { FINE };
    let runs: Vec<&[Key]> = sorted.runs().collect();
    let summaries: Vec<Summary> = runs
        .par_iter()
        .map(|run| {
            let Key { group, clicks, conversions, doubt, .. } = run[0];
            let evidence = (f64::from_bits(clicks), f64::from_bits(conversions));
            let doubts = (movement.relative(group as usize), f64::from_bits(doubt));
            summarize(family, level, &components[group as usize], evidence, doubts, tolerance)
        })
        .collect();
    let count = sorted.0.len();
    let mut terms = TermPosteriors {
        mean: vec![0.0; count],
        sd: vec![0.0; count],
        lower: vec![0.0; count],
        upper: vec![0.0; count],
        own_data_weight: vec![0.0; count],
    };
    for (run, summary) in runs.iter().zip(&summaries) {
        for key in *run {
            let i = key.term as usize;
            let factor = offsets.map_or(1.0, |offsets| offsets.log[i].exp());
            terms.mean[i] = factor * summary.mean;
            terms.sd[i] = factor * summary.sd;
            terms.lower[i] = factor * summary.lower;
            terms.upper[i] = factor * summary.upper;
            terms.own_data_weight[i] = summary.own_data_weight;
        }
    }
    terms
}
