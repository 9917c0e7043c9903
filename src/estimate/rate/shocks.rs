//! Draws of what terms have in common: strength, account mean, campaign means.
//!
//! A draw takes one strength κ for the whole account, then one prior of the campaigns' means, then
//! each campaign's mean, so that sums over terms carry the uncertainty that terms share. κ comes from
//! its quadrature nodes. The other two are continuous: (t₀, ln M₀) given κ is normal with the moments
//! of its lattice, and a campaign's mean is the conjugate update of that prior with the campaign's
//! evidence; with a single campaign it is beta or gamma with the moments of its lattice. These two
//! shapes approximate the exact posterior; [`fit`](super::fit)'s means and intervals don't use them.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::Doubt;
use super::group::{Evidence, Family};
use super::integrate::Integral;
use super::lattice::Lattice;
use super::terms::update;
use crate::domain::stable_hash;
use crate::estimate::RateModel;
use crate::numeric::stream::Stream;
use rayon::prelude::*;

/// The hyper-parameters' posterior in the form that draws need.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::estimate) struct Shocks {
    model: RateModel,
    planes: Vec<PlaneShock>,
    movement: SharedMovement,
}

#[derive(Clone, Debug, PartialEq)]
struct PlaneShock {
    weight: f64,
    strength: f64,
    /// Mean of (t₀, ln M₀) and the Cholesky factor of its covariance; `None` with a single campaign.
    outer: Option<([f64; 2], [f64; 3])>,
    /// Evidence of each campaign, or with a single campaign the posterior's own parameters.
    campaigns: Vec<(f64, f64)>,
}

/// Variance of the logarithm of what terms share in the next period.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::estimate) struct SharedMovement {
    /// All terms.
    pub(in crate::estimate) common: f64,
    /// The terms of a group, beyond that. Shape: groups.
    pub(in crate::estimate) groups: Vec<f64>,
}

impl SharedMovement {
    /// Nothing moves.
    pub(in crate::estimate) fn none(groups: usize) -> Self {
        Self { common: 0.0, groups: vec![0.0; groups] }
    }

    /// Relative variance of the log-normal factor of a group's terms.
    pub(super) fn relative(&self, group: usize) -> f64 {
        (self.common + self.groups[group]).exp_m1()
    }
}

/// A log-normal factor with mean one.
fn factor(variance: f64, normal: f64) -> f64 {
    (variance.sqrt() * normal - 0.5 * variance).exp()
}

/// Draws of the shared part. Shape: draws; of `means`: campaigns × draws.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::estimate) struct SharedDraws {
    strength: Vec<f64>,
    means: Vec<Vec<f64>>,
    /// Factor of the next period. Shape: campaigns × draws; empty where nothing moves.
    factors: Vec<Vec<f64>>,
    /// Seed of the shocks of effects.
    seed: u64,
}

impl Shocks {
    pub(super) fn new(family: Family, lattice: &Lattice, integral: &Integral, movement: SharedMovement) -> Self {
        let single = integral.means.len() == 1;
        let planes = lattice
            .planes
            .iter()
            .zip(&integral.weights)
            .enumerate()
            .map(|(k, (plane, weights))| {
                let weight: f64 = weights.iter().sum();
                let campaigns = if single {
                    vec![matched(family, integral.conditional[0][k])]
                } else {
                    plane.evidence.iter().map(|&Evidence { success, failure, .. }| (success, failure)).collect()
                };
                let at = |point: &(usize, f64, bool)| lattice.outers[point.0].at;
                let outer = (!single).then(|| {
                    let mean = |k: usize| {
                        plane.points.iter().zip(weights).map(|(point, w)| w * at(point)[k]).sum::<f64>()
                            / weight.max(1e-300)
                    };
                    let center = [mean(0), mean(1)];
                    let moment = |i: usize, j: usize| {
                        let products = plane
                            .points
                            .iter()
                            .zip(weights)
                            .map(|(point, w)| w * (at(point)[i] - center[i]) * (at(point)[j] - center[j]));
                        products.sum::<f64>() / weight.max(1e-300)
                    };
                    let first = moment(0, 0).max(0.0).sqrt();
                    let cross = if first > 0.0 { moment(0, 1) / first } else { 0.0 };
                    let second = (moment(1, 1) - cross * cross).max(0.0).sqrt();
                    (center, [first, cross, second])
                });
                PlaneShock { weight, strength: plane.strength, outer, campaigns }
            })
            .collect();
        Self { model: family.0, planes, movement }
    }

    /// Posterior geometric mean of κ, pseudo-clicks: the prior of κ has no mean, that of ln κ has.
    pub(super) fn typical_strength(&self) -> f64 {
        self.planes.iter().map(|plane| plane.weight * plane.strength.ln()).sum::<f64>().exp()
    }

    /// Draws `count` sets of shared hyper-parameters; campaign `c` uses the stream of its name.
    pub(in crate::estimate) fn draw(&self, names: &[&str], count: usize, seed: u64) -> SharedDraws {
        let family = Family(self.model);
        let mut stream = Stream::new(seed, stable_hash(&["shared rate"]));
        let choices: Vec<(usize, Option<(f64, f64)>)> = (0..count)
            .map(|_| {
                let mut left = stream.uniform();
                let k = self
                    .planes
                    .iter()
                    .position(|plane| {
                        left -= plane.weight;
                        left <= 0.0
                    })
                    .unwrap_or(self.planes.len() - 1);
                // always two, so that the choice of κ shifts nothing in the stream
                let (z0, z1) = (stream.normal(), stream.normal());
                let prior = self.planes[k].outer.map(|(center, [first, cross, second])| {
                    family.prior(center[0] + first * z0, center[1] + cross * z0 + second * z1)
                });
                (k, prior)
            })
            .collect();
        let means = names
            .par_iter()
            .enumerate()
            .map(|(c, name)| {
                let mut stream = Stream::new(seed, stable_hash(&["campaign rate", name]));
                choices
                    .iter()
                    .map(|&(k, prior)| {
                        let (success, failure) = self.planes[k].campaigns[c];
                        let (shape, other) = prior.unwrap_or((0.0, 0.0));
                        one(&mut stream, family, shape + success, other + failure)
                    })
                    .collect()
            })
            .collect();
        let strength = choices.iter().map(|&(k, _)| self.planes[k].strength).collect();
        SharedDraws { strength, means, factors: self.factors(names, count, seed), seed }
    }

    fn factors(&self, names: &[&str], count: usize, seed: u64) -> Vec<Vec<f64>> {
        let SharedMovement { common, groups } = &self.movement;
        if *common <= 0.0 && groups.iter().all(|&variance| variance <= 0.0) {
            return Vec::new();
        }
        let mut stream = Stream::new(seed, stable_hash(&["common movement"]));
        let shared: Vec<f64> = (0..count).map(|_| factor(*common, stream.normal())).collect();
        names
            .par_iter()
            .zip(groups)
            .map(|(name, &variance)| {
                let mut stream = Stream::new(seed, stable_hash(&["campaign movement", name]));
                shared.iter().map(|shared| shared * factor(variance, stream.normal())).collect()
            })
            .collect()
    }

    /// Draws of one term's rate, conversions per click, into `into`. Shape: draws. What is not known of an effect is
    /// one shock a draw for all terms that have it.
    pub(super) fn term(
        &self,
        shared: &SharedDraws,
        (term, group): (usize, usize),
        super::Evidence { exposure, offsets }: &super::Evidence,
        stream: &mut Stream,
        into: &mut [f64],
    ) {
        let family = Family(self.model);
        let (clicks, conversions) = (exposure.clicks[term], exposure.conversions[term]);
        for ((into, &mean), &strength) in into.iter_mut().zip(&shared.means[group]).zip(&shared.strength) {
            let (first, second) = update(family, mean, strength, clicks, conversions);
            *into = one(stream, family, first, second);
        }
        if let Some(offsets) = offsets {
            let common = offsets.log[term].exp();
            for into in into.iter_mut() {
                *into *= common;
            }
            for Doubt { key, sd } in offsets.doubts(term) {
                let mut shock = Stream::new(shared.seed, key);
                for (into, &strength) in into.iter_mut().zip(&shared.strength) {
                    let left = sd * strength / (strength + clicks);
                    *into *= (left * shock.normal() - 0.5 * left * left).exp();
                }
            }
        }
        if let Some(factors) = shared.factors.get(group) {
            for (into, factor) in into.iter_mut().zip(factors) {
                *into *= factor;
            }
        }
    }
}

fn one(stream: &mut Stream, family: Family, first: f64, second: f64) -> f64 {
    if family.is_beta() {
        stream.beta(first.max(1e-290), second.max(1e-290))
    } else {
        stream.gamma(first.max(1e-290)) / second
    }
}

/// Beta or gamma with the given mean and variance.
fn matched(family: Family, (mean, variance): (f64, f64)) -> (f64, f64) {
    let variance = variance.max(1e-30 * mean * mean).max(1e-300);
    if family.is_beta() {
        let total = (mean * (1.0 - mean) / variance - 1.0).max(1e-6);
        (mean * total, (1.0 - mean) * total)
    } else {
        (mean * mean / variance, mean / variance)
    }
}
