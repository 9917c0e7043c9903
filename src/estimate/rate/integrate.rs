//! Exact weights of the lattice, and what they say about every campaign.
//!
//! For each campaign the likelihood is computed once on its own lattice of means t and of strengths κ;
//! every prior of the means then costs one dot product. Where few campaigns leave the spread between them open,
//! narrow and wide priors have lattices of their own. The spacing follows from the narrowest and the
//! reach from the widest of the conditional posteriors, as for the outer lattice. Beyond the reach the
//! integrand is an exponential, whose integral is added in closed form.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::compress::{Component, Detail, Slice, mixture};
use super::group::{Family, Group};
use super::interpolate::Interpolation;
use super::lattice::{FEW, Lattice, Outer};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Spacing of a campaign's lattice in the narrowest conditional standard deviations.
const SPACING: f64 = 1.0;
const SPACING_FEW: f64 = 0.85;
/// Widest spacing in t: the integrand of a campaign without conversions is no wider than one unit.
const WIDEST: f64 = 0.5;
/// Points within e^−this of the highest have to be resolved; the aliasing of rarer ones weighs nothing.
const HEAVY: f64 = 8.0;
/// Reach in t: what lies farther out is added in closed form, and is zero for any purpose.
const FARTHEST: f64 = 25.0;
/// Nodes beyond which a campaign's lattice is spread out instead.
const MOST_NODES: f64 = 10_000.0;
/// Points lighter than this are skipped: all of them together weigh less than a millionth.
const NO_WEIGHT: f64 = 1e-12;
/// Nodes beyond which priors of different strength get nodes of their own.
const LONG: usize = 150;
/// Ratio of the strengths of two tiers.
const TIER: f64 = 8.0;

/// The integrated posterior of the hyper-parameters.
#[derive(Clone, Debug)]
pub(super) struct Integral {
    /// Posterior weight of each point of each plane. Shape: planes × points.
    pub(super) weights: Vec<Vec<f64>>,
    /// Prior mixture of a term, campaign by campaign.
    pub(super) components: Vec<Vec<Component>>,
    /// Mean and sd of each campaign's mean rate.
    pub(super) means: Vec<(f64, f64)>,
    /// Mean and variance of the campaign's mean rate within each plane. Shape: campaigns × planes.
    pub(super) conditional: Vec<Vec<(f64, f64)>>,
    /// Share of the mass at the rim of the lattice.
    pub(super) rim: f64,
    /// Campaigns whose own lattice had to be spread out.
    pub(super) spread: usize,
}

/// Which tier of strengths a prior belongs to.
fn tier(family: Family, outer: &Outer) -> i32 {
    let strength = if family.is_beta() { outer.shape + outer.other } else { outer.other };
    #[allow(clippy::cast_possible_truncation)] // a few hundred at most
    let tier = strength.log(TIER).floor().clamp(-100.0, 100.0) as i32;
    tier
}

struct Nodes {
    t: Vec<f64>,
    spacing: f64,
    spread: bool,
}

/// Nodes that resolve and reach what the points with one of the given priors need.
fn nodes(family: Family, lattice: &Lattice, group: usize, depth: f64, takes: impl Fn(&Outer) -> bool) -> Nodes {
    let (mut low, mut high, mut narrowest) = (f64::INFINITY, f64::NEG_INFINITY, 0.0_f64);
    for plane in &lattice.planes {
        let evidence = plane.evidence[group];
        for &(outer, value, _) in &plane.points {
            if !takes(&lattice.outers[outer]) {
                continue;
            }
            let Outer { shape, other, .. } = lattice.outers[outer];
            let (shape, other) = (shape + evidence.success, other + evidence.failure);
            let precision = if family.is_beta() { shape * other / (shape + other) } else { shape };
            let center = Family::location(shape, other);
            let reach = (2.0 * depth / precision).sqrt();
            let ratio = depth / shape;
            low = low.min(center - (ratio + reach).min(FARTHEST));
            let right = (1.0 + ratio + (2.0 * ratio).sqrt()).ln();
            high = high
                .max(center + if family.is_beta() { reach.min(right) + (depth / other).min(FARTHEST) } else { right });
            if value > lattice.best - HEAVY {
                narrowest = narrowest.max(precision);
            }
        }
    }
    let (low, high) = (low.clamp(-80.0, 60.0), high.clamp(-79.0, 61.0));
    let groups = lattice.planes.first().map_or(0, |plane| plane.evidence.len());
    let fine = if groups <= FEW { SPACING_FEW } else { SPACING };
    let wanted = (fine / narrowest.sqrt()).min(WIDEST);
    let spacing = wanted.max((high - low) / MOST_NODES);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most MOST_NODES
    let count = ((high - low) / spacing).ceil().max(1.0) as usize + 1;
    Nodes { t: (0..count).map(|j| low + spacing * j as f64).collect(), spacing, spread: spacing > 1.5 * wanted }
}

/// A campaign's likelihood on nodes for some of the priors, and the integrals over them.
struct Table {
    /// The priors: indices into [`Lattice::outers`].
    outers: Vec<usize>,
    nodes: Nodes,
    /// [`Family::logs`] at the nodes.
    logs: Vec<(f64, f64)>,
    /// exp(l − highest of the plane). Shape: planes × nodes.
    likelihood: Vec<Vec<f64>>,
    highest: Vec<f64>,
    left: f64,
    right: f64,
}

impl Table {
    /// One table for all priors, or one for each tier of their strengths where the narrowest would
    /// make it long.
    fn all(family: Family, group: &Group, lattice: &Lattice, number: usize, depth: f64) -> Vec<Self> {
        let common = nodes(family, lattice, number, depth, |_| true);
        if common.t.len() <= LONG {
            return vec![Self::new(family, group, common, lattice, (0..lattice.outers.len()).collect())];
        }
        let mut tiers: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (number, outer) in lattice.outers.iter().enumerate() {
            tiers.entry(tier(family, outer)).or_default().push(number);
        }
        tiers
            .into_iter()
            .map(|(here, outers)| {
                let own = nodes(family, lattice, number, depth, |outer| tier(family, outer) == here);
                Self::new(family, group, own, lattice, outers)
            })
            .collect()
    }

    fn new(family: Family, group: &Group, nodes: Nodes, lattice: &Lattice, outers: Vec<usize>) -> Self {
        let interpolation = Interpolation::new(&nodes.t);
        let mut likelihood = Vec::with_capacity(lattice.planes.len());
        let mut highest = Vec::with_capacity(lattice.planes.len());
        for plane in &lattice.planes {
            let at = group.at(family, plane.strength);
            let exact = |t: &[f64]| t.iter().map(|&t| at.value(t)).collect::<Vec<f64>>();
            let mut values = match &interpolation {
                Some(few) => few.at_targets(&exact(&few.points)),
                None => exact(&nodes.t),
            };
            let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for value in &mut values {
                *value = (*value - top).exp();
            }
            likelihood.push(values);
            highest.push(top);
        }
        let logs = nodes.t.iter().map(|&t| family.logs(t)).collect();
        Self { outers, nodes, logs, likelihood, highest, left: group.with_conversions, right: group.with_misses }
    }

    /// The density of t under one prior times the trapezoid's weights, with the tails beyond the ends.
    fn prior(&self, family: Family, outer: &Outer, into: &mut Vec<f64>) {
        let norm = family.ln_norm(outer.shape, outer.other);
        into.clear();
        into.extend(
            self.logs.iter().map(|(a, b)| self.nodes.spacing * (norm + outer.shape * a + outer.other * b).exp()),
        );
        // below the first node the integrand is exp(slope · t); half a node's weight is the trapezoid's end
        let per_spacing = |slope: f64| 1.0 / (slope * self.nodes.spacing) - 0.5;
        let last = into.len() - 1;
        into[0] *= (1.0 + per_spacing(outer.shape + self.left)).max(0.5);
        if family.is_beta() {
            into[last] *= (1.0 + per_spacing(outer.other + self.right)).max(0.5);
        }
    }
}

impl Table {
    /// Posterior mass of every node. Shape: planes × nodes.
    fn mass(
        &self,
        family: Family,
        lattice: &Lattice,
        uses: &[Vec<(usize, usize)>],
        weights: &[Vec<f64>],
        integrals: &[&[f64]],
    ) -> Vec<Vec<f64>> {
        let mut mass: Vec<Vec<f64>> = self.likelihood.iter().map(|row| vec![0.0; row.len()]).collect();
        let mut prior = Vec::new();
        for &outer in &self.outers {
            let heavy = || uses[outer].iter().filter(|&&(k, position)| weights[k][position] >= NO_WEIGHT);
            if heavy().next().is_none() {
                continue;
            }
            self.prior(family, &lattice.outers[outer], &mut prior);
            for &(k, position) in heavy() {
                let factor = weights[k][position] / (integrals[k][position] - self.highest[k]).exp();
                for (mass, prior) in mass[k].iter_mut().zip(&prior) {
                    *mass += factor * prior;
                }
            }
        }
        for (mass, likelihood) in mass.iter_mut().zip(&self.likelihood) {
            for (mass, likelihood) in mass.iter_mut().zip(likelihood) {
                *mass *= likelihood;
            }
        }
        mass
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // four partial sums: one chain of additions waits for itself
    let mut parts = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for k in 0..4 {
            parts[k] += a[k] * b[k];
        }
    }
    (parts[0] + parts[1]) + (parts[2] + parts[3]) + rest
}

/// For every prior of the means, in which planes it is kept: (plane, position in the plane).
fn uses(lattice: &Lattice) -> Vec<Vec<(usize, usize)>> {
    let mut uses = vec![Vec::new(); lattice.outers.len()];
    for (k, plane) in lattice.planes.iter().enumerate() {
        for (position, point) in plane.points.iter().enumerate() {
            uses[point.0].push((k, position));
        }
    }
    uses
}

/// Integrates over every campaign's mean and weighs the lattice.
pub(super) fn integrate(family: Family, groups: &[Group], lattice: &Lattice, depth: f64, detail: Detail) -> Integral {
    let uses = uses(lattice);
    let offsets: Vec<usize> = lattice
        .planes
        .iter()
        .scan(0, |next, plane| {
            let offset = *next;
            *next += plane.points.len();
            Some(offset)
        })
        .collect();
    let points: usize = lattice.planes.iter().map(|plane| plane.points.len()).sum();
    // ln of each campaign's integral at every point of the lattice
    let tables: Vec<(Vec<Table>, Vec<f64>)> = groups
        .par_iter()
        .enumerate()
        .map(|(c, group)| {
            let tables = Table::all(family, group, lattice, c, depth);
            let mut integrals = vec![0.0; points];
            let mut prior = Vec::new();
            for table in &tables {
                for &outer in &table.outers {
                    table.prior(family, &lattice.outers[outer], &mut prior);
                    for &(k, position) in &uses[outer] {
                        let sum = dot(&table.likelihood[k], &prior);
                        integrals[offsets[k] + position] = table.highest[k] + sum.max(1e-300).ln();
                    }
                }
            }
            (tables, integrals)
        })
        .collect();
    let mut ln_weights: Vec<f64> = lattice
        .planes
        .iter()
        .flat_map(|plane| plane.points.iter().map(|point| plane.ln_prior + lattice.outers[point.0].ln_prior))
        .collect();
    for (_, integrals) in &tables {
        for (weight, integral) in ln_weights.iter_mut().zip(integrals) {
            *weight += integral;
        }
    }
    let top = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = ln_weights.iter().map(|weight| (weight - top).exp()).sum();
    let weights: Vec<Vec<f64>> = lattice
        .planes
        .iter()
        .zip(&offsets)
        .map(|(plane, &offset)| {
            let range = offset..offset + plane.points.len();
            ln_weights[range].iter().map(|weight| (weight - top).exp() / total).collect()
        })
        .collect();
    let planes: Vec<f64> = weights.iter().map(|plane| plane.iter().sum()).collect();
    let inner_rim = lattice
        .planes
        .iter()
        .zip(&weights)
        .flat_map(|(plane, weights)| plane.points.iter().zip(weights))
        .filter(|(point, _)| point.2)
        .map(|(_, weight)| weight)
        .sum::<f64>();
    let last = if lattice.closed { 0.0 } else { *planes.last().unwrap_or(&0.0) };
    let rim = inner_rim + planes.first().unwrap_or(&0.0) + last;
    let posteriors: Vec<CampaignPosterior> = tables
        .par_iter()
        .map(|(tables, integrals)| {
            let integrals: Vec<&[f64]> = offsets.iter().map(|&offset| &integrals[offset..]).collect();
            let masses: Vec<Vec<Vec<f64>>> =
                tables.iter().map(|table| table.mass(family, lattice, &uses, &weights, &integrals)).collect();
            // the nodes of all tables, one after another
            let rates: Vec<f64> = tables.iter().flat_map(|table| &table.nodes.t).map(|&t| family.mean(t).0).collect();
            let mass: Vec<Vec<f64>> = (0..lattice.planes.len())
                .map(|k| masses.iter().flat_map(|mass| mass[k].iter().copied()).collect())
                .collect();
            CampaignPosterior::new(&rates, &mass, lattice, detail)
        })
        .collect();
    let spread = tables.iter().filter(|(tables, _)| tables.iter().any(|table| table.nodes.spread)).count();
    let (mut components, mut means, mut conditional) = (Vec::new(), Vec::new(), Vec::new());
    for posterior in posteriors {
        components.push(posterior.components);
        means.push(posterior.mean_sd);
        conditional.push(posterior.conditional);
    }
    Integral { weights, components, means, conditional, rim, spread }
}

struct CampaignPosterior {
    components: Vec<Component>,
    mean_sd: (f64, f64),
    conditional: Vec<(f64, f64)>,
}

impl CampaignPosterior {
    fn new(rates: &[f64], mass: &[Vec<f64>], lattice: &Lattice, detail: Detail) -> Self {
        let all: f64 = mass.iter().flatten().sum();
        let slices: Vec<Slice<'_>> =
            lattice.planes.iter().zip(mass).map(|(plane, mass)| Slice::new(plane.strength, mass, rates, all)).collect();
        let mean: f64 = slices.iter().map(|slice| slice.weight * slice.mean).sum();
        let variance: f64 = slices
            .iter()
            .map(|slice| slice.weight * (slice.variance + (slice.mean - mean) * (slice.mean - mean)))
            .sum();
        Self {
            components: mixture(&slices, rates, detail),
            mean_sd: (mean, variance.sqrt()),
            conditional: slices.iter().map(|slice| (slice.mean, slice.variance)).collect(),
        }
    }
}
