//! Which points of the hyper-parameters' posterior are worth an exact evaluation.
//!
//! The hyper-parameters are the strength κ behind a term's prior and, with several campaigns, the
//! account's mean rate μ₀ and the strength M₀ behind a campaign's prior. In (ln κ, t₀, ln M₀) their
//! posterior is smooth and falls off at least exponentially, so the trapezoidal rule on a plain lattice is
//! spectrally accurate: for a Gaussian and a spacing of one standard deviation the error is
//! 2 exp(−2π²) = 5e-9 (Trefethen and Weideman 2014, section 5). No change of variables is needed.
//!
//! The points are found on an approximation: each campaign's likelihood is replaced by the conjugate one
//! with the same value, slope and curvature at its mode ([`Evidence`]), for which the integral over the
//! campaign's mean is closed. The approximation only chooses points; weights are exact (`integrate`).

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::group::{Evidence, Family, Group};
use super::strength::StrengthPrior;
use crate::estimate::search::climb;
use rayon::prelude::*;
use std::collections::{BTreeMap, VecDeque};

/// Prior of ln M₀: normal around 200 pseudo-clicks, so that few siblings neither merge nor part.
pub(super) const LN_CENTER: f64 = 5.298_317_366_548_036; // ln 200
pub(super) const LN_SD: f64 = 1.5;
/// Spacing of the lattice in conditional standard deviations: for a Gaussian wrong by 2e-7, and by
/// 3e-12 with few campaigns, where points cost little.
const SPACING: f64 = 1.1;
const SPACING_FEW: f64 = 0.85;
/// Campaigns up to which the finer spacing is taken.
pub(super) const FEW: usize = 20;
/// Widest spacing in ln κ. Where data say nothing of κ its density is logistic, whose transform falls off
/// as exp(−2π² / spacing): 3e-9, and 6e-13 with a single campaign.
const WIDEST: f64 = 1.0;
const WIDEST_SINGLE: f64 = 0.7;
/// The same in t₀ and ln M₀: without conversions the density of t₀ is that of the logarithm of an exponential,
/// whose transform falls off as exp(−π² / spacing), and that of ln M₀ is its prior with a standard deviation of 1.5.
const WIDEST_OUTER: [f64; 2] = [0.8, 1.5];
/// Points beyond which a plane, and planes beyond which the lattice, is cut off. With many campaigns each
/// point is dear, and their posterior is narrow: a plane of it has about a hundred points.
const MOST_POINTS: usize = 3000;
const FEWEST_POINTS: usize = 200;
const DEAREST: usize = 1_000_000;
const MOST_PLANES: usize = 160;

/// Standard deviations by which the prior may move without its evidence being matched again.
const NEAR: f64 = 0.3;

/// Times the largest number of clicks: a strength beyond which terms of a campaign are all but equal, and the
/// likelihood no longer changes. The rest of the prior is then added to that plane.
const ALL_EQUAL: f64 = 1e4;

/// A prior of the campaigns' means: one point (t₀, ln M₀).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outer {
    /// The point itself; irrelevant with a single campaign.
    pub(super) at: [f64; 2],
    /// a of beta, or the shape of gamma.
    pub(super) shape: f64,
    /// b of beta, or the rate of gamma.
    pub(super) other: f64,
    /// ln of the hyper-prior's density.
    pub(super) ln_prior: f64,
}

/// All points that share one strength κ.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    /// Strength κ, pseudo-clicks.
    pub(super) strength: f64,
    /// ln of the density of ln κ under its prior.
    pub(super) ln_prior: f64,
    /// Conjugate approximation of every campaign. Shape: campaigns.
    pub(super) evidence: Vec<Evidence>,
    /// Points kept: index into `Lattice::outers`, approximate ln density, whether at the rim.
    pub(super) points: Vec<(usize, f64, bool)>,
}

/// The points to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Lattice {
    pub(super) planes: Vec<Plane>,
    pub(super) outers: Vec<Outer>,
    /// Highest approximate ln density.
    pub(super) best: f64,
    /// Whether the last plane stands for all strengths beyond it.
    pub(super) closed: bool,
    /// Whether a cap was hit or the search for the mode did not settle.
    pub(super) capped: bool,
}

struct Pilot<'a> {
    family: Family,
    groups: &'a [Group],
    prior: StrengthPrior,
}

impl Pilot<'_> {
    fn single(&self) -> bool {
        self.groups.len() == 1
    }

    fn outer(&self, at: [f64; 2]) -> Outer {
        if self.single() {
            // uniform, or exponential with mean one: members of the campaigns' own family of priors
            return Outer { at, shape: 1.0, other: 1.0, ln_prior: 0.0 };
        }
        let (shape, other) = self.family.prior(at[0], at[1]);
        let z = (at[1] - LN_CENTER) / LN_SD;
        Outer { at, shape, other, ln_prior: self.family.ln_prior_mean(at[0]) - 0.5 * z * z }
    }

    fn evidence(&self, ln_strength: f64, at: [f64; 2], starts: &[f64]) -> (Vec<Evidence>, Vec<f64>) {
        let outer = self.outer(at);
        let strength = ln_strength.exp();
        self.groups
            .par_iter()
            .zip(starts)
            .map(|(group, &start)| group.at(self.family, strength).evidence(outer.shape, outer.other, start))
            .unzip()
    }

    fn ln_density(&self, evidence: &[Evidence], at: [f64; 2]) -> f64 {
        let outer = self.outer(at);
        let parts: Vec<f64> = evidence
            .par_iter()
            .with_min_len(256)
            .map(|group| {
                let growth = self.family.ln_growth(outer.shape, outer.other, group.success, group.failure);
                group.constant + growth
            })
            .collect();
        outer.ln_prior + parts.iter().sum::<f64>()
    }

    /// Climbs in (t₀, ln M₀) at fixed evidence; gives the place, its ln density and curvatures.
    fn summit(&self, evidence: &[Evidence], from: [f64; 2]) -> ([f64; 2], f64, [f64; 2], bool) {
        if self.single() {
            return (from, self.ln_density(evidence, from), [1.0; 2], true);
        }
        let peak = climb(|at| self.ln_density(evidence, *at), from, [1.0, 1.5], 0.05);
        (peak.x, peak.value, peak.curvature, peak.converged)
    }
}

/// Where a plane's search starts: the summit of its neighbor.
#[derive(Clone)]
struct Summit {
    ln_strength: f64,
    at: [f64; 2],
    starts: Vec<f64>,
    value: f64,
    curvature: [f64; 2],
    evidence: Vec<Evidence>,
    converged: bool,
}

impl Pilot<'_> {
    fn rise(&self, ln_strength: f64, from: &Summit) -> Summit {
        let (mut at, mut starts) = (from.at, from.starts.clone());
        let mut evidence = Vec::new();
        let (mut value, mut curvature, mut converged) = (f64::NEG_INFINITY, [1.0; 2], false);
        // the evidence is matched where the prior puts the mode, and the prior follows the evidence
        for _ in 0..2 {
            (evidence, starts) = self.evidence(ln_strength, at, &starts);
            let before = at;
            (at, value, curvature, converged) = self.summit(&evidence, at);
            let is_near = (0..2).all(|k| (at[k] - before[k]).powi(2) * curvature[k] < NEAR * NEAR);
            if self.single() || is_near {
                break;
            }
        }
        value += self.prior.ln_density(ln_strength);
        Summit { ln_strength, at, starts, value, curvature, evidence, converged }
    }

    /// The mode over ln κ, and the spacing of the planes.
    fn mode(&self, start: f64) -> (Summit, f64) {
        let mut from = Summit {
            ln_strength: 4.0,
            at: [start, LN_CENTER],
            starts: vec![start; self.groups.len()],
            value: f64::NEG_INFINITY,
            curvature: [1.0; 2],
            evidence: Vec::new(),
            converged: true,
        };
        from = self.rise(4.0, &from);
        // uphill in doublings of e, then bisection of the step down to a fifth of the local width
        let (mut step, mut direction) = (2.0, 1.0);
        let mut width = 1.4;
        for _ in 0..60 {
            let ahead = self.rise((from.ln_strength + direction * step).clamp(-30.0, 40.0), &from);
            let behind = self.rise((from.ln_strength - direction * step).clamp(-30.0, 40.0), &from);
            if ahead.value > from.value && ahead.value >= behind.value {
                from = ahead;
                continue;
            }
            if behind.value > from.value {
                from = behind;
                direction = -direction;
                continue;
            }
            // matched on the way here, its evidence may promise too much
            from = self.rise(from.ln_strength, &from);
            let bend = (2.0 * from.value - ahead.value - behind.value) / (step * step);
            width = (1.0 / bend.max(1e-12).sqrt()).min(1.4);
            if step <= 0.6 * width {
                break;
            }
            step = (0.5 * step).min(width.max(0.1 * step));
        }
        (from, width)
    }
}

impl Lattice {
    /// Finds the points whose density is within e^−`depth` of the highest.
    pub(super) fn new(family: Family, groups: &[Group], prior: StrengthPrior, depth: f64, start: f64) -> Self {
        let pilot = Pilot { family, groups, prior };
        let (summit, width) = pilot.mode(start);
        let fine = if groups.len() <= FEW { SPACING_FEW } else { SPACING };
        let spacing = (fine * width).min(if pilot.single() { WIDEST_SINGLE } else { WIDEST });
        let side = [0, 1].map(|k| (fine / summit.curvature[k].sqrt()).min(WIDEST_OUTER[k]));
        let mut lattice = Self {
            planes: Vec::new(),
            outers: Vec::new(),
            best: summit.value,
            closed: false,
            capped: !summit.converged,
        };
        let most = groups.iter().filter_map(Group::most_clicks).fold(1.0, f64::max);
        let all_equal = (ALL_EQUAL * most).ln();
        let mut known: BTreeMap<(i32, i32), usize> = BTreeMap::new();
        let origin = summit.at;
        for direction in [-1.0, 1.0] {
            let mut from = summit.clone();
            let mut plane = 0.0;
            if direction < 0.0 {
                plane = direction;
            }
            for count in 0.. {
                if count == MOST_PLANES {
                    lattice.capped = true;
                    break;
                }
                let here = pilot.rise(summit.ln_strength + plane * spacing, &from);
                if here.value < lattice.best - depth || !here.value.is_finite() {
                    break;
                }
                lattice.best = lattice.best.max(here.value);
                lattice.closed = direction > 0.0 && here.ln_strength > all_equal;
                // the last plane stands for all beyond it, which have the same likelihood
                let ln_prior = if lattice.closed {
                    prior.ln_rest(here.ln_strength, spacing)
                } else {
                    prior.ln_density(here.ln_strength)
                };
                lattice.fill(&pilot, (&here, ln_prior), &mut known, origin, side, depth);
                if lattice.closed {
                    break;
                }
                from = here;
                plane += direction;
            }
        }
        lattice.planes.sort_by(|a, b| a.strength.total_cmp(&b.strength));
        lattice
    }

    /// Adds the plane of `summit` with all points that hang together with its top.
    fn fill(
        &mut self,
        pilot: &Pilot<'_>,
        (summit, ln_prior): (&Summit, f64),
        known: &mut BTreeMap<(i32, i32), usize>,
        origin: [f64; 2],
        side: [f64; 2],
        depth: f64,
    ) {
        let index = |k: usize| {
            #[allow(clippy::cast_possible_truncation)] // a few steps from the origin
            let index = ((summit.at[k] - origin[k]) / side[k]).round().clamp(-1e6, 1e6) as i32;
            index
        };
        let top = (index(0), index(1));
        let typical = pilot.family.logs(origin[0]).0;
        let mut values: BTreeMap<(i32, i32), f64> = BTreeMap::new();
        let mut kept = Vec::new();
        let mut queue = VecDeque::from([top]);
        values.insert(top, f64::NAN);
        while let Some(cell) = queue.pop_front() {
            let at = [origin[0] + f64::from(cell.0) * side[0], origin[1] + f64::from(cell.1) * side[1]];
            let value = pilot.ln_density(&summit.evidence, at) + ln_prior;
            // high rates add to means and deviations by more than their weight
            let size = pilot.family.logs(at[0]).0 - typical;
            values.insert(cell, value + size.max(0.0));
            let inside = value + size.max(0.0) >= self.best - depth;
            if inside || cell == top {
                kept.push((cell, at, value));
            }
            if !inside || pilot.single() {
                continue;
            }
            if kept.len() >= (DEAREST / pilot.groups.len()).clamp(FEWEST_POINTS, MOST_POINTS) {
                self.capped = true;
                break;
            }
            for (i, j) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                let next = (cell.0 + i, cell.1 + j);
                if let std::collections::btree_map::Entry::Vacant(entry) = values.entry(next) {
                    entry.insert(f64::NAN);
                    queue.push_back(next);
                }
            }
        }
        let threshold = self.best - depth;
        let is_inside = |cell: &(i32, i32)| values.get(cell).is_some_and(|&value| value >= threshold);
        let points = kept
            .iter()
            .map(|&(cell, at, value)| {
                let outer = *known.entry(cell).or_insert_with(|| {
                    self.outers.push(pilot.outer(at));
                    self.outers.len() - 1
                });
                let rim = !pilot.single()
                    && [(-1, 0), (1, 0), (0, -1), (0, 1)].iter().any(|(i, j)| !is_inside(&(cell.0 + i, cell.1 + j)));
                (outer, value, rim)
            })
            .collect();
        self.planes.push(Plane {
            strength: summit.ln_strength.exp(),
            ln_prior,
            evidence: summit.evidence.clone(),
            points,
        });
    }
}
