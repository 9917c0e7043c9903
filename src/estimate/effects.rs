//! What a term's attributes say about its rate before it has data of its own.
//!
//! # Model
//! ```text
//! yᵢ, eᵢ  conversions and exposure of term i           mᵢ = eᵢ μ_c exp(oᵢ)
//! oᵢ      its offset: one effect for each of its match type, label, ad group, channel and words, and a slope
//!         times the logarithm of its exposure
//! yᵢ ~ negative binomial, mean mᵢ, shape μ_c κ
//! effects of one kind ~ N(0, τ²)
//! ```
//! Effects maximize likelihood times prior, level after level (Newton steps on one effect at a time). The variance of
//! each kind is learned by EM; a kind is kept only if Laplace's approximation of its evidence gains
//! [`WORTH`] nats over leaving it out, so where attributes say nothing, nothing changes. Ad group and channel are levels of the
//! hierarchy: they are left out only where the data speak against them, as a few thin ad groups cannot show that they
//! differ, and sums over their terms would be taken for better known than they are. Terms are then estimated with
//! exposure × exp(o), which is exact for the gamma-Poisson model, and what is not known of the offset widens
//! the prior. Source: Breslow and Clayton (1993), "Approximate inference in generalized linear mixed
//! models", for the penalized likelihood.
//!
//! # When it is wrong
//! Effects multiply and do not interact. They are taken over by their maximum; their uncertainty enters by
//! its variance, and in draws by a shock that all terms of a level share. The beta-binomial model has no offsets.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

mod kinds;

use super::drift::ln_negative_binomial;
use super::rate::{Exposure, Offsets};
use super::search::climb;
use crate::counts::{Counts, Groups};
use kinds::{Kind, kinds};
use rayon::prelude::*;
use serde::Serialize;

/// Evidence, in nats, that an attribute has to bring to be used, and that has to stand against a level of the hierarchy to leave
/// it out: odds of seven to one.
const WORTH: f64 = 2.0;
/// Sweeps over all effects before the search is called off; ten are usual.
const MOST_SWEEPS: usize = 60;
/// Largest step of an effect that ends the search.
const SETTLED: f64 = 5e-4;
/// Largest step of ln κ that ends it.
const SETTLED_STRENGTH: f64 = 0.02;
/// Variance of effects before anything is learned.
const START_VARIANCE: f64 = 0.05;
/// Two effects' worth of belief in that variance, for kinds with two or three levels.
const BELIEF: f64 = 2.0;
/// Terms beyond which kinds and κ are judged by a part of them.
const MOST_TERMS: usize = 50_000;

/// One kind of effect: what was found of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectKind {
    /// Name of the kind, as in the columns of the data; `volume` and `words` stand for themselves.
    pub kind: &'static str,
    /// How many levels it has.
    pub levels: usize,
    /// Standard deviation between levels, of the logarithm of the rate; for `volume` the size of the slope.
    pub sd: f64,
    /// Evidence gained, nats.
    pub gain: f64,
    /// Whether it is used.
    pub used: bool,
}

/// Learns the effects from the evidence: `None` if no attribute is worth an effect, and what was tried.
///
/// Kinds are added one at a time, the one that gains most first, as long as one is worth it: several may say
/// the same thing. In accounts with more than [`MOST_TERMS`] terms that is decided on every so manieth campaign, and
/// the effects of the kinds taken are then fitted to all.
pub(super) fn learn(
    counts: &Counts,
    groups: &Groups,
    exposure: &Exposure,
    words: bool,
) -> (Option<Offsets>, Vec<EffectKind>) {
    let all = kinds(counts, exposure, words);
    let part: Option<(Exposure, Vec<Kind>)> = part(groups).map(|kept| {
        let without = |values: &[f64]| values.iter().zip(&kept).map(|(x, keep)| if *keep { *x } else { 0.0 }).collect();
        let seen = Exposure { clicks: without(&exposure.clicks), conversions: without(&exposure.conversions) };
        (seen, all.iter().map(|kind| kind.among(&kept)).collect())
    });
    let (seen, untried) = part.as_ref().map_or((exposure, &all), |(seen, kinds)| (seen, kinds));
    let mut best = Fit::new(seen, groups, Vec::new());
    best.settle();
    let mut reached = best.ln_evidence();
    let mut rest: Vec<&Kind> = untried.iter().collect();
    let mut tried: Vec<EffectKind> = Vec::new();
    let mut taken: Vec<&'static str> = Vec::new();
    loop {
        let trials: Vec<(f64, Fit<'_>)> = rest
            .par_iter()
            .map(|&kind| {
                let kinds = best.kinds.iter().map(Kind::fresh).chain(std::iter::once(kind.fresh())).collect();
                let mut fit = Fit::new(seen, groups, kinds);
                fit.settle();
                (fit.ln_evidence() - reached, fit)
            })
            .collect();
        tried.retain(|kind| kind.used);
        tried.extend(trials.iter().zip(&rest).map(|((gain, fit), kind)| fit.summary(kind.name(), *gain, false)));
        let is_worth = |(k, (gain, _)): &(usize, (f64, Fit<'_>))| *gain > rest[*k].worth();
        let top = trials.into_iter().enumerate().filter(is_worth).max_by(|a, b| a.1.0.total_cmp(&b.1.0));
        let Some((k, (gain, fit))) = top else { break };
        let name = rest.remove(k).name();
        for kind in &mut tried {
            kind.used |= kind.kind == name;
        }
        taken.push(name);
        reached += gain;
        best = fit;
    }
    tried.sort_by_key(|kind| kind.kind);
    if taken.is_empty() {
        return (None, tried);
    }
    if part.is_none() {
        return (Some(best.offsets()), tried);
    }
    let kinds = all.iter().filter(|kind| taken.contains(&kind.name())).map(Kind::fresh).collect();
    let mut fit = Fit::new(exposure, groups, kinds);
    fit.settle();
    (Some(fit.offsets()), tried)
}

/// Which terms the kinds are chosen on: those of every so manieth campaign; `None` for all.
fn part(groups: &Groups) -> Option<Vec<bool>> {
    let every = groups.of_term.len().div_ceil(MOST_TERMS);
    (every > 1 && groups.names.len() >= 4 * every)
        .then(|| groups.of_term.iter().map(|&group| (group as usize).is_multiple_of(every)).collect())
}

/// ln of the prior of ln κ: a weak pull towards two hundred clicks.
fn ln_prior_strength(ln_strength: f64) -> f64 {
    -0.5 * ((ln_strength - 5.3) / 2.5).powi(2)
}

/// The state of the search.
///
/// Means and effects are steps on one penalized likelihood: with means by another rule, an effect and the mean of
/// the campaign that has it would push each other without end.
struct Fit<'a> {
    exposure: &'a Exposure,
    groups: &'a Groups,
    /// Kinds with their effects as they stand.
    kinds: Vec<Kind>,
    /// Logarithm of the factor. Shape: terms.
    offset: Vec<f64>,
    /// Logarithm of the account's rate at offset zero.
    account: f64,
    /// What campaigns add to it.
    campaigns: Kind,
    /// Mean rate of each group, conversions per exposure at offset zero. Shape: groups.
    means: Vec<f64>,
    strength: f64,
}

impl<'a> Fit<'a> {
    fn new(exposure: &'a Exposure, groups: &'a Groups, kinds: Vec<Kind>) -> Self {
        // terms stand in the order of their keys, so plain sums are the same in every run
        let total = |values: &[f64]| values.iter().sum::<f64>();
        let rate = (total(&exposure.conversions) + 0.5) / (total(&exposure.clicks) + 1.0);
        Self {
            exposure,
            groups,
            kinds,
            offset: vec![0.0; exposure.clicks.len()],
            account: rate.ln(),
            campaigns: Kind::campaigns(groups),
            means: vec![rate; groups.names.len()],
            strength: 200.0,
        }
    }

    /// κ by the marginal likelihood and its weak prior.
    fn update_strength(&mut self) {
        let every = self.offset.len().div_ceil(MOST_TERMS);
        let sample: Vec<(f64, f64, f64)> = (0..self.offset.len())
            .step_by(every)
            .map(|term| {
                let scaled = self.exposure.clicks[term] * self.offset[term].exp();
                (scaled, self.exposure.conversions[term], self.means[self.groups.of_term[term] as usize])
            })
            .filter(|term| term.0 > 0.0)
            .collect();
        let (expected, _) = self.expected();
        let density = |x: &[f64; 1]| {
            let strength = x[0].clamp(-10.0, 40.0).exp();
            let pieces: Vec<f64> = sample
                .par_chunks(2048)
                .map(|piece| {
                    piece.iter().map(|&(e, y, mean)| ln_negative_binomial(y, mean * strength, e * mean)).sum::<f64>()
                })
                .collect();
            // effects are integrated over, not known: without this κ would take their freedom for its own
            let freedom: f64 =
                self.kinds.iter().map(|kind| kind.freedom(|term| self.information(term, &expected, strength))).sum();
            pieces.iter().sum::<f64>() - freedom / every as f64 + ln_prior_strength(x[0])
        };
        self.strength = climb(density, [self.strength.ln()], [1.0], 1e-2).x[0].clamp(-10.0, 40.0).exp();
    }

    /// Expected conversions of every term, and what a conversion more or less than that tells of the offset.
    fn expected(&self) -> (Vec<f64>, Vec<f64>) {
        (0..self.offset.len())
            .into_par_iter()
            .map(|term| {
                let mean = self.means[self.groups.of_term[term] as usize];
                let expected = self.exposure.clicks[term] * mean * self.offset[term].exp();
                (expected, 1.0 / (1.0 + expected / (mean * self.strength)))
            })
            .unzip()
    }

    /// Effects, variances, means and κ in turn until effects stand still.
    fn settle(&mut self) {
        let conversions = &self.exposure.conversions;
        // what campaigns add is no part of the offsets: it is in the means
        let mut base = vec![0.0; conversions.len()];
        for sweep in 0..MOST_SWEEPS {
            if sweep % 8 == 2 {
                self.update_strength();
            }
            let (mut expected, weight) = self.expected();
            let (mut slope, mut information) = (0.0, 0.0);
            for ((y, expected), weight) in conversions.iter().zip(&expected).zip(&weight) {
                slope += weight * (y - expected);
                information += weight * expected;
            }
            let step = if information > 0.0 { (slope / information).clamp(-1.0, 1.0) } else { 0.0 };
            self.account += step;
            for expected in &mut expected {
                *expected *= step.exp();
            }
            let mut largest = step.abs();
            largest = largest.max(self.campaigns.sweep(conversions, &weight, &mut expected, &mut base));
            for kind in &mut self.kinds {
                largest = largest.max(kind.sweep(conversions, &weight, &mut expected, &mut self.offset));
            }
            for (group, mean) in self.means.iter_mut().enumerate() {
                *mean = (self.account + self.campaigns.effect(group)).exp();
            }
            if largest < SETTLED {
                // κ belongs to the effects as they are now: evidence at another would not compare
                let before = self.strength;
                self.update_strength();
                if (self.strength / before).ln().abs() < SETTLED_STRENGTH {
                    break;
                }
            }
        }
    }

    /// What one term tells of its offset at a strength: w m. `expected`: conversions of every term.
    fn information(&self, term: usize, expected: &[f64], strength: f64) -> f64 {
        let mean = self.means[self.groups.of_term[term] as usize];
        expected[term] / (1.0 + expected[term] / (mean * strength))
    }

    /// ln of the evidence, effects integrated over by Laplace's approximation.
    fn ln_evidence(&self) -> f64 {
        let (expected, _) = self.expected();
        let terms: Vec<usize> = (0..self.offset.len()).collect();
        let pieces: Vec<f64> = terms
            .par_chunks(2048)
            .map(|piece| {
                let one = |&term: &usize| {
                    let (e, y) = (self.exposure.clicks[term], self.exposure.conversions[term]);
                    let mean = self.means[self.groups.of_term[term] as usize];
                    if e > 0.0 { ln_negative_binomial(y, mean * self.strength, expected[term]) } else { 0.0 }
                };
                piece.iter().map(one).sum::<f64>()
            })
            .collect();
        let cost: f64 = self
            .kinds
            .iter()
            .chain(std::iter::once(&self.campaigns))
            .map(|kind| kind.penalty() + kind.freedom(|term| self.information(term, &expected, self.strength)))
            .sum();
        pieces.iter().sum::<f64>() - cost + ln_prior_strength(self.strength.ln())
    }

    fn summary(&self, name: &'static str, gain: f64, used: bool) -> EffectKind {
        let kind = self.kinds.iter().find(|kind| kind.name() == name);
        let (levels, sd) = kind.map_or((0, 0.0), Kind::size);
        EffectKind { kind: name, levels, sd, gain, used }
    }

    fn offsets(&self) -> Offsets {
        let terms = self.offset.len();
        Offsets { log: self.offset.clone(), doubts: self.kinds.iter().flat_map(|kind| kind.doubts(terms)).collect() }
    }
}

#[cfg(test)]
mod tests;
