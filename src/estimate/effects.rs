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
//! [`WORTH`] nats over leaving it out, so where attributes say nothing, nothing changes. Terms are then estimated with
//! exposure × exp(o), which is exact for the gamma-Poisson model, and what is not known of the offset widens
//! the prior. Source: Breslow and Clayton (1993), "Approximate inference in generalized linear mixed
//! models", for the penalized likelihood.
//!
//! # When it is wrong
//! Effects multiply and do not interact. They are taken over by their maximum; their uncertainty enters by
//! its variance. The beta-binomial model has no offsets.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

mod kinds;

use super::drift::ln_negative_binomial;
use super::rate::{Exposure, Offsets};
use super::search::climb;
use crate::counts::{Counts, Groups};
use crate::numeric::sum::ExactSum;
use kinds::{Kind, kinds};
use rayon::prelude::*;
use serde::Serialize;

/// Evidence, in nats, that a kind of effect has to bring to be used: odds of seven to one.
const WORTH: f64 = 2.0;
/// Sweeps over all effects before the search is called off; ten are usual.
const MOST_SWEEPS: usize = 60;
/// Largest step of an effect that ends the search.
const SETTLED: f64 = 1e-4;
/// Variance of effects before anything is learned.
const START_VARIANCE: f64 = 0.05;
/// Two effects' worth of belief in that variance, for kinds with two or three levels.
const BELIEF: f64 = 2.0;
/// Terms beyond which κ is fitted to every so manieth.
const MOST_TERMS: usize = 20_000;

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

/// Learns the effects from the evidence; `None` if no attribute is worth an effect.
pub(super) fn learn(
    counts: &Counts,
    groups: &Groups,
    exposure: &Exposure,
    words: bool,
) -> (Option<Offsets>, Vec<EffectKind>) {
    let kinds = kinds(counts, exposure, words);
    if kinds.is_empty() {
        return (None, Vec::new());
    }
    let mut fit = Fit::new(exposure, groups, kinds);
    fit.settle();
    // one at a time, the worst first: kinds may say the same thing, and then one of them stays
    let mut dropped = Vec::new();
    loop {
        let worst =
            fit.kinds.iter().enumerate().map(|(k, kind)| (k, fit.gain(kind))).min_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((k, gain)) if gain < WORTH => {
                let kind = fit.remove(k);
                dropped.push(kind.summary(gain, false));
                if !fit.kinds.is_empty() {
                    fit.settle();
                }
            }
            _ => break,
        }
    }
    let mut summaries: Vec<EffectKind> =
        fit.kinds.iter().map(|kind| kind.summary(fit.gain(kind), true)).chain(dropped).collect();
    summaries.sort_by_key(|kind| kind.kind);
    if fit.kinds.is_empty() {
        return (None, summaries);
    }
    (Some(fit.offsets()), summaries)
}

/// The state of the search.
struct Fit<'a> {
    exposure: &'a Exposure,
    groups: &'a Groups,
    /// Kinds with their effects as they stand.
    kinds: Vec<Kind>,
    /// Logarithm of the factor. Shape: terms.
    offset: Vec<f64>,
    /// μ_c, conversions per exposure at offset zero. Shape: groups.
    means: Vec<f64>,
    strength: f64,
}

impl<'a> Fit<'a> {
    fn new(exposure: &'a Exposure, groups: &'a Groups, kinds: Vec<Kind>) -> Self {
        let offset = vec![0.0; exposure.clicks.len()];
        Self { exposure, groups, kinds, offset, means: vec![0.0; groups.names.len()], strength: 200.0 }
    }

    /// Groups' means at the offsets, shrunk to the account's by the strength.
    fn update_means(&mut self) {
        let mut sums = vec![(ExactSum::default(), ExactSum::default()); self.means.len()];
        let mut all = (ExactSum::default(), ExactSum::default());
        for (term, &group) in self.groups.of_term.iter().enumerate() {
            let scaled = self.exposure.clicks[term] * self.offset[term].exp();
            let conversions = self.exposure.conversions[term];
            sums[group as usize].0.add(scaled);
            sums[group as usize].1.add(conversions);
            all.0.add(scaled);
            all.1.add(conversions);
        }
        let account = (all.1.value() + 0.5) / (all.0.value() + 1.0);
        for (mean, (exposure, conversions)) in self.means.iter_mut().zip(&sums) {
            *mean = (conversions.value() + account * self.strength) / (exposure.value() + self.strength);
        }
    }

    /// κ by the marginal likelihood, with a weak pull towards two hundred clicks.
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
        let density = |x: &[f64; 1]| {
            let strength = x[0].clamp(-10.0, 40.0).exp();
            let pieces: Vec<f64> = sample
                .par_chunks(2048)
                .map(|piece| {
                    piece.iter().map(|&(e, y, mean)| ln_negative_binomial(y, mean * strength, e * mean)).sum::<f64>()
                })
                .collect();
            pieces.iter().sum::<f64>() - 0.5 * ((x[0] - 5.3) / 2.5).powi(2)
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
        for sweep in 0..MOST_SWEEPS {
            self.update_means();
            if sweep % 8 == 0 {
                self.update_strength();
            }
            let (mut expected, weight) = self.expected();
            let mut largest = 0.0_f64;
            for kind in &mut self.kinds {
                let step = kind.sweep(&self.exposure.conversions, &weight, &mut expected, &mut self.offset);
                largest = largest.max(step);
            }
            if largest < SETTLED {
                break;
            }
        }
    }

    /// Evidence for a kind: what its effects gain, less what their freedom costs (Laplace).
    fn gain(&self, kind: &Kind) -> f64 {
        let without = kind.offsets(self.offset.len());
        let pieces: Vec<f64> = (0..self.offset.len())
            .into_par_iter()
            .chunks(2048)
            .map(|piece| {
                piece
                    .into_iter()
                    .map(|term| {
                        let (e, y) = (self.exposure.clicks[term], self.exposure.conversions[term]);
                        if e <= 0.0 || without[term] == 0.0 {
                            return 0.0;
                        }
                        let mean = self.means[self.groups.of_term[term] as usize];
                        let with = e * mean * self.offset[term].exp();
                        let shape = mean * self.strength;
                        ln_negative_binomial(y, shape, with)
                            - ln_negative_binomial(y, shape, with * (-without[term]).exp())
                    })
                    .sum::<f64>()
            })
            .collect();
        pieces.iter().sum::<f64>() - kind.cost()
    }

    fn remove(&mut self, k: usize) -> Kind {
        let kind = self.kinds.remove(k);
        for (offset, part) in self.offset.iter_mut().zip(kind.offsets(self.exposure.clicks.len())) {
            *offset -= part;
        }
        kind
    }

    fn offsets(&self) -> Offsets {
        let mut variance = vec![0.0; self.offset.len()];
        for kind in &self.kinds {
            kind.add_variance(&mut variance);
        }
        Offsets { log: self.offset.clone(), variance }
    }
}
