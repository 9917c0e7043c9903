//! Kinds of effects: which terms share a match type, a label, an ad group, a channel, a word.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::{BELIEF, Exposure, START_VARIANCE, WORTH};
use crate::counts::{Counts, Groups};
use crate::domain::{Term, stable_hash};
use crate::estimate::rate::Doubt;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Terms that have to share a level before it can have an effect: with one, the effect is the term's own.
const FEWEST_WITH_LEVEL: usize = 2;
/// The same for words.
const FEWEST_WITH_WORD: usize = 3;
/// Variance of the logarithm of campaigns' rates: campaigns differ by factors.
const CAMPAIGN_VARIANCE: f64 = 1.0;
/// Largest variance between levels: factors beyond fifty are for groups of their own.
const LARGEST_VARIANCE: f64 = 4.0;
/// Terms of one piece of parallel work.
const PIECE: usize = 4096;
/// Largest step of an effect at once.
const LONGEST_STEP: f64 = 1.0;

/// One level of a kind.
#[derive(Clone, Debug)]
struct Level {
    /// Hash of its kind and name: the same whatever other levels there are.
    key: u64,
    terms: Vec<u32>,
    effect: f64,
    /// Information of the data on the effect.
    information: f64,
}

impl Level {
    /// A level about which nothing is known.
    fn new(key: u64, terms: Vec<u32>) -> Self {
        Self { key, terms, effect: 0.0, information: 0.0 }
    }
}

/// All levels of one kind.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    name: &'static str,
    levels: Vec<Level>,
    /// Covariate of each term, for a slope; empty for effects of levels.
    covariate: Vec<f64>,
    variance: f64,
    /// Whether the variance stays as it is, and effects where they are.
    fixed: bool,
}

/// A level of a term, as text; `None` where it has none.
type TextOf = fn(&Term) -> Option<String>;

/// The kinds that the data have.
pub(super) fn kinds(counts: &Counts, exposure: &Exposure, with_words: bool) -> Vec<Kind> {
    let ad_group: TextOf = |term| {
        let key = &term.key;
        let path = [&key.channel, &key.campaign].map(|level| level.clone().unwrap_or_default());
        key.ad_group.as_ref().map(|ad_group| format!("{}\u{1f}{}\u{1f}{ad_group}", path[0], path[1]))
    };
    let texts: [(&'static str, TextOf); 4] = [
        ("channel", |term| term.key.channel.clone()),
        ("ad_group", ad_group),
        ("match_type", |term| term.key.match_type.clone()),
        ("label", |term| term.label.clone()),
    ];
    let mut kinds: Vec<Option<Kind>> =
        texts.into_par_iter().map(|(name, text)| categories(counts, name, text)).collect();
    kinds.push(if with_words { words(counts) } else { None });
    kinds.push(volume(exposure));
    kinds.into_iter().flatten().collect()
}

/// A kind of the levels that at least `fewest` but not all of `all` terms have.
fn kind(name: &'static str, levels: BTreeMap<String, Vec<u32>>, fewest: usize, all: usize) -> Option<Kind> {
    let levels: Vec<Level> = levels
        .into_iter()
        .filter(|(_, terms)| terms.len() >= fewest && terms.len() < all)
        .map(|(level, terms)| Level::new(stable_hash(&[name, &level]), terms))
        .collect();
    (!levels.is_empty()).then_some(Kind { name, levels, covariate: Vec::new(), variance: START_VARIANCE, fixed: false })
}

/// Levels by a text, blank ones included: having none says something too.
fn categories(counts: &Counts, name: &'static str, text: TextOf) -> Option<Kind> {
    let mut levels: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (number, term) in (0_u32..).zip(&counts.terms) {
        levels.entry(text(term).unwrap_or_default().to_lowercase()).or_default().push(number);
    }
    kind(name, levels, FEWEST_WITH_LEVEL, counts.terms.len())
}

/// Words that several but not all terms have.
fn words(counts: &Counts) -> Option<Kind> {
    let mut levels: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (number, term) in (0_u32..).zip(&counts.terms) {
        let text = term.key.term.to_lowercase();
        for word in text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let terms = levels.entry(word.to_owned()).or_default();
            if terms.last() != Some(&number) {
                terms.push(number);
            }
        }
    }
    kind("words", levels, FEWEST_WITH_WORD, counts.terms.len())
}

/// The slope on ln exposure, about its mean over terms with exposure.
fn volume(exposure: &Exposure) -> Option<Kind> {
    let logs: Vec<f64> = exposure.clicks.iter().map(|&clicks| clicks.max(1.0).ln()).collect();
    let with: Vec<u32> =
        (0_u32..).zip(&exposure.clicks).filter(|(_, clicks)| **clicks > 0.0).map(|pair| pair.0).collect();
    let mean = with.iter().map(|&term| logs[term as usize]).sum::<f64>() / with.len() as f64;
    // how much a term will get that had nothing yet is not known
    let own = |(log, &clicks): (&f64, &f64)| if clicks > 0.0 { log - mean } else { 0.0 };
    let covariate: Vec<f64> = logs.iter().zip(&exposure.clicks).map(own).collect();
    let spread = with.iter().map(|&term| covariate[term as usize].powi(2)).sum::<f64>();
    let level = Level::new(stable_hash(&["volume"]), with);
    (spread > 0.0).then(|| Kind {
        name: "volume",
        levels: vec![level],
        covariate,
        variance: START_VARIANCE,
        fixed: false,
    })
}

impl Kind {
    /// The campaigns; empty if there is but one. Their means are integrated later: here they only have to take up
    /// what is theirs.
    pub(super) fn campaigns(groups: &Groups) -> Self {
        let members = if groups.names.len() > 1 { groups.members() } else { Vec::new() };
        let level = |terms: Vec<usize>| {
            let terms = terms.into_iter().map(|term| u32::try_from(term).unwrap_or(u32::MAX)).collect();
            // campaigns' means are drawn elsewhere
            Level::new(0, terms)
        };
        let levels = members.into_iter().map(level).collect();
        Self { name: "campaign", levels, covariate: Vec::new(), variance: CAMPAIGN_VARIANCE, fixed: true }
    }

    /// The effect of a level, 0 if it does not exist.
    pub(super) fn effect(&self, level: usize) -> f64 {
        self.levels.get(level).map_or(0.0, |level| level.effect)
    }

    /// One Newton step for each effect in turn, then the variance; the largest step is returned.
    ///
    /// Shapes: terms. `weight` is what one conversion too many says; `expected` and `offset` follow the steps.
    pub(super) fn sweep(
        &mut self,
        conversions: &[f64],
        weight: &[f64],
        expected: &mut [f64],
        offset: &mut [f64],
    ) -> f64 {
        let mut largest = 0.0_f64;
        for level in &mut self.levels {
            let sums = |piece: &[u32]| {
                let (mut slope, mut information) = (0.0, 0.0);
                for &term in piece {
                    let term = term as usize;
                    let x = if self.covariate.is_empty() { 1.0 } else { self.covariate[term] };
                    slope += x * weight[term] * (conversions[term] - expected[term]);
                    information += x * x * weight[term] * expected[term];
                }
                (slope, information)
            };
            // most levels are small, and calling threads for them would take longer than they do
            let (slope, information) = if level.terms.len() <= PIECE {
                sums(&level.terms)
            } else {
                let pieces: Vec<(f64, f64)> = level.terms.par_chunks(PIECE).map(sums).collect();
                pieces.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
            };
            level.information = information;
            let precision = 1.0 / self.variance;
            let step =
                ((slope - precision * level.effect) / (information + precision)).clamp(-LONGEST_STEP, LONGEST_STEP);
            level.effect += step;
            largest = largest.max(step.abs());
            let common = step.exp();
            for &term in &level.terms {
                let term = term as usize;
                if let Some(&x) = self.covariate.get(term) {
                    expected[term] *= (x * step).exp();
                    offset[term] += x * step;
                } else {
                    expected[term] *= common;
                    offset[term] += step;
                }
            }
        }
        if self.fixed {
            return largest;
        }
        self.center(expected, offset);
        let sum: f64 = self.levels.iter().map(|l| l.effect.powi(2) + 1.0 / (l.information + 1.0 / self.variance)).sum();
        let variance = (sum + BELIEF * START_VARIANCE) / (self.levels.len() as f64 + BELIEF);
        self.variance = variance.min(LARGEST_VARIANCE);
        largest
    }

    /// Takes what all levels have in common out of them: where every term has a level, it belongs to the groups'
    /// means, and nothing else would keep effects and means from running apart.
    fn center(&mut self, expected: &mut [f64], offset: &mut [f64]) {
        let members: usize = self.levels.iter().map(|level| level.terms.len()).sum();
        if !self.covariate.is_empty() || members < offset.len() {
            return;
        }
        let information: f64 = self.levels.iter().map(|level| level.information).sum();
        let common = self.levels.iter().map(|level| level.information * level.effect).sum::<f64>() / information;
        if !common.is_finite() {
            return;
        }
        for level in &mut self.levels {
            level.effect -= common;
            for &term in &level.terms {
                expected[term as usize] *= (-common).exp();
                offset[term as usize] -= common;
            }
        }
    }

    /// Evidence, in nats, from which on the kind is used.
    pub(super) fn worth(&self) -> f64 {
        if matches!(self.name, "channel" | "ad_group") { -WORTH } else { WORTH }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The same kind before anything was learned.
    pub(super) fn fresh(&self) -> Self {
        let mut kind = self.clone();
        kind.variance = START_VARIANCE;
        for level in &mut kind.levels {
            (level.effect, level.information) = (0.0, 0.0);
        }
        kind
    }

    /// The same kind among some of the terms. Shape of `kept`: terms.
    pub(super) fn among(&self, kept: &[bool]) -> Self {
        let mut kind = self.fresh();
        for level in &mut kind.levels {
            level.terms.retain(|&term| kept[term as usize]);
        }
        kind.levels.retain(|level| !level.terms.is_empty());
        kind
    }

    /// How many levels, and the standard deviation between them (of a slope: its size).
    pub(super) fn size(&self) -> (usize, f64) {
        let sd = match self.levels.first() {
            Some(level) if !self.covariate.is_empty() => level.effect.abs(),
            _ => self.variance.sqrt(),
        };
        (self.levels.len(), sd)
    }

    /// ½ Σ u²/τ².
    pub(super) fn penalty(&self) -> f64 {
        self.levels.iter().map(|level| 0.5 * level.effect.powi(2) / self.variance).sum()
    }

    /// ½ Σ ln(1 + τ² information), with what each term tells.
    pub(super) fn freedom(&self, told: impl Fn(usize) -> f64) -> f64 {
        let one = |level: &Level| {
            let of_term = |&term: &u32| {
                let x = self.covariate.get(term as usize).copied().unwrap_or(1.0);
                x * x * told(term as usize)
            };
            0.5 * (self.variance * level.terms.iter().map(of_term).sum::<f64>()).ln_1p()
        };
        self.levels.iter().map(one).sum()
    }

    /// What is not known of the effects of each term's levels. Shape: columns × terms, of which there is one but for
    /// words, of which a term has several.
    pub(super) fn doubts(&self, terms: usize) -> Vec<Vec<Doubt>> {
        let mut columns = vec![vec![Doubt::default(); terms]];
        for level in &self.levels {
            let sd = (1.0 / (level.information + 1.0 / self.variance)).sqrt();
            for term in level.terms.iter().map(|&term| term as usize) {
                let x = self.covariate.get(term).copied().unwrap_or(1.0);
                let free = columns.iter().position(|column| column[term].sd == 0.0);
                let column = free.unwrap_or(columns.len());
                if free.is_none() {
                    columns.push(vec![Doubt::default(); terms]);
                }
                columns[column][term] = Doubt { key: level.key, sd: x * sd };
            }
        }
        columns
    }
}
