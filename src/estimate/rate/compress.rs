//! A campaign's posterior over (κ, μ) as a mixture of few components.
//!
//! In: the mass of every node of the lattice. Out: at most some forty [`Component`]s, more in thin accounts. Within a
//! plane of equal κ the nodes in μ become a Gauss rule, or several where they are far apart. Where κ is known well the
//! planes become a Gauss rule too: the nodes and weights in μ are smooth functions of ln κ and are interpolated at its
//! nodes.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::gauss::gauss;
use super::integrate::dot;
use std::collections::BTreeMap;

/// Planes lighter than this are left out of the mixtures. Not more, as a term without data has a variance
/// of about μ / κ, to which planes of small κ add more than their weight.
const LIGHTEST: f64 = 1e-12;

/// Nodes in μ from which on they are placed piece by piece.
const WIDE: usize = 10;
/// Ratio of the ends of a piece.
const PIECE: f64 = 4.0;

/// One member of the mixture that is a term's prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Component {
    pub(super) weight: f64,
    /// Mean rate of the campaign.
    pub(super) mean: f64,
    /// Strength κ, pseudo-clicks.
    pub(super) strength: f64,
}

/// How finely the mixtures are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Few components, enough for 1e-5 relative.
    Compressed,
    /// As few as keep 1e-3 relative, for accounts with more different terms than there is time.
    Coarse,
    /// Every node; for comparison.
    #[cfg_attr(not(test), allow(dead_code))]
    Full,
}

/// One plane of equal κ of one campaign.
pub(super) struct Slice<'a> {
    strength: f64,
    mass: &'a [f64],
    /// Share of the plane in the campaign's mass.
    pub(super) weight: f64,
    /// Mean and variance of the campaign's mean rate within the plane.
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl<'a> Slice<'a> {
    pub(super) fn new(strength: f64, mass: &'a [f64], rates: &[f64], all: f64) -> Self {
        let own = mass.iter().sum::<f64>().max(1e-300);
        let mean = dot(mass, rates) / own;
        let variance = mass.iter().zip(rates).map(|(w, x)| w * (x - mean) * (x - mean)).sum::<f64>() / own;
        Self { strength, mass, weight: own / all, mean, variance }
    }

    fn rule(&self, rates: &[f64], order: usize) -> Vec<(f64, f64)> {
        let total = self.mass.iter().sum::<f64>().max(1e-300);
        let nodes = if (WIDE..usize::MAX).contains(&order) {
            self.by_pieces(rates, total)
        } else {
            gauss(rates, self.mass, order)
        };
        nodes.into_iter().map(|(x, w)| (x, w / total)).collect()
    }

    /// Nodes piece by piece: where rates may be far below their mean, a rule for the whole leaves low ones out.
    fn by_pieces(&self, rates: &[f64], total: f64) -> Vec<(f64, f64)> {
        let mut pieces: BTreeMap<i32, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for (&rate, &mass) in rates.iter().zip(self.mass) {
            #[allow(clippy::cast_possible_truncation)] // within the clamp
            let piece = (rate / self.mean).log(PIECE).floor().clamp(-6.0, 6.0) as i32;
            let (x, w) = pieces.entry(piece).or_default();
            x.push(rate);
            w.push(mass);
        }
        let order = |share: f64| match share {
            ..1e-8 => 1,
            ..1e-5 => 3,
            _ => 6,
        };
        pieces.values().flat_map(|(x, w)| gauss(x, w, order(w.iter().sum::<f64>() / total))).collect()
    }
}

/// The mixture of one campaign; its weights add up to one.
pub(super) fn mixture(slices: &[Slice<'_>], rates: &[f64], detail: Detail) -> Vec<Component> {
    let kept: Vec<&Slice<'_>> =
        slices.iter().filter(|slice| detail == Detail::Full || slice.weight > LIGHTEST).collect();
    let mut components = Vec::new();
    let mut extend = |strength: f64, weight: f64, rule: &[(f64, f64)]| {
        components.extend(rule.iter().map(|&(mean, share)| Component { weight: weight * share, mean, strength }));
    };
    let spread = kept.iter().map(|slice| slice.weight * slice.variance.sqrt() / slice.mean).sum::<f64>();
    let logs: Vec<f64> = kept.iter().map(|slice| slice.strength.ln()).collect();
    let weights: Vec<f64> = kept.iter().map(|slice| slice.weight).collect();
    let center = dot(&logs, &weights);
    let width = logs.iter().zip(&weights).map(|(x, w)| w * (x - center) * (x - center)).sum::<f64>().sqrt();
    let (few, order) = match detail {
        Detail::Full => (None, usize::MAX),
        Detail::Compressed => (strength_order(width), mean_order(spread)),
        Detail::Coarse => (coarse_strength_order(width), coarse_mean_order(spread)),
    };
    if let Some(few) = few.filter(|&few| few < kept.len()) {
        let rules: Vec<Vec<(f64, f64)>> = kept.iter().map(|slice| slice.rule(rates, order)).collect();
        if rules.iter().all(|rule| rule.len() == order) {
            for (at, weight) in gauss(&logs, &weights, few) {
                extend(at.exp(), weight, &interpolate(&logs, &rules, at));
            }
            return normalized(components);
        }
    }
    for slice in kept {
        let order = match detail {
            Detail::Full => usize::MAX,
            _ if slice.weight > 0.01 => order,
            _ if slice.weight > 1e-5 => (order * 3 / 4).max(1),
            _ => (order / 2).max(1),
        };
        extend(slice.strength, slice.weight, &slice.rule(rates, order));
    }
    normalized(components)
}

fn normalized(mut components: Vec<Component>) -> Vec<Component> {
    let total: f64 = components.iter().map(|component| component.weight).sum();
    for component in &mut components {
        component.weight /= total;
    }
    components
}

/// Nodes in ln κ, where its standard deviation is `width`; `None`: keep the planes.
fn strength_order(width: f64) -> Option<usize> {
    match width {
        ..0.03 => Some(3),
        ..0.1 => Some(4),
        ..0.16 => Some(5),
        ..0.25 => Some(6),
        _ => None,
    }
}

/// Nodes in μ, where its standard deviation within a plane is `spread` of its mean.
fn mean_order(spread: f64) -> usize {
    match spread {
        ..0.02 => 3,
        ..0.08 => 4,
        ..0.2 => 5,
        ..0.35 => 7,
        ..0.6 => 10,
        _ => 16,
    }
}

/// The same for 1e-3: what one node leaves out of a quantile is of the order of width² / 8.
fn coarse_strength_order(width: f64) -> Option<usize> {
    match width {
        ..0.03 => Some(1),
        ..0.1 => Some(2),
        ..0.25 => Some(3),
        _ => None,
    }
}

fn coarse_mean_order(spread: f64) -> usize {
    match spread {
        ..0.06 => 2,
        ..0.15 => 3,
        ..0.3 => 4,
        ..0.6 => 6,
        _ => 8,
    }
}

/// The rule at ln κ = `at`, by cubic interpolation of nodes and weights over the four nearest planes.
fn interpolate(logs: &[f64], rules: &[Vec<(f64, f64)>], at: f64) -> Vec<(f64, f64)> {
    let above = logs.partition_point(|&x| x < at);
    let first = above.saturating_sub(2).min(logs.len().saturating_sub(4));
    let range = first..logs.len().min(first + 4);
    let factors: Vec<f64> = range
        .clone()
        .map(|i| {
            let others = range.clone().filter(|&j| j != i);
            others.map(|j| (at - logs[j]) / (logs[i] - logs[j])).product()
        })
        .collect();
    (0..rules[first].len())
        .map(|node| {
            let mix = |part: fn(&(f64, f64)) -> f64| {
                range.clone().zip(&factors).map(|(i, factor)| factor * part(&rules[i][node])).sum::<f64>()
            };
            (mix(|rule| rule.0), mix(|rule| rule.1).max(0.0))
        })
        .collect()
}
