//! What the platform's own simulators say of elasticities.
//!
//! # Formula
//! ```text
//! ε̂ = Σ wⱼ (xⱼ − x̄)(yⱼ − ȳ) / Σ wⱼ (xⱼ − x̄)²,     x = log cost, y = log clicks,     wⱼ = exp(−½ ((xⱼ − x₀) / ln 2)²)
//! ε̂ ~ N(ε, s² + 0.1²),     s² from clicks being rounded
//! ```
//! x₀ is what is spent now: a simulator bends, and the slope that counts is the one there. Its points lie on one curve that
//! the platform fitted, so they are no sample: whatever their number, a slope is believed to 0.1. Simulators of one
//! platform err alike (correlation ¼), so in what terms learn from each other n of them count as n / (1 + (n − 1) / 4).
//! Wrong where the simulator is: it takes the competitors' bids as they were, and knows nothing of what the budget holds.

use super::hierarchy::{Campaign, Evidence};
use crate::counts::{Baseline, Counts, Groups, SimulatedCurve, SimulatedLever};
use crate::domain::{Notes, TermKey};
use std::collections::{BTreeMap, HashMap};

/// Deviation of a simulator's slope from the truth.
const TRUSTED: f64 = 0.1;
/// Correlation of the errors of two simulators.
const ALIKE: f64 = 0.25;
/// Deviation of a simulator's clicks for being whole numbers: that of a uniform.
const ROUNDED: f64 = 0.289;
/// Days of a simulator that does not say.
const DAYS: f64 = 7.0;
/// Least range of a simulator's costs, ratio: below, rounding is all that it shows.
const RANGE: f64 = 1.02;

/// What simulators say. Log-likelihoods have the shape: nodes.
#[derive(Default)]
pub(super) struct Simulated {
    /// By term.
    pub(super) terms: BTreeMap<usize, Vec<f64>>,
    /// By group: of its mean.
    pub(super) campaigns: BTreeMap<usize, Vec<f64>>,
    pub(super) notes: Notes,
}

/// Reads the counts' simulators. Simulators of budgets say nothing of campaigns in `held`, whose shares of impressions say
/// how far a budget carries at today's bids. Shape of `held`: terms.
pub(super) fn tell(counts: &Counts, baseline: &Baseline, groups: &Groups, held: &[bool], grid: &[f64]) -> Simulated {
    let mut told = Simulated::default();
    if counts.simulated.is_empty() {
        return told;
    }
    let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
    for (term, attributes) in counts.terms.iter().enumerate() {
        by_text.entry(attributes.key.term.to_lowercase()).or_default().push(term);
    }
    let members = groups.members();
    let (mut unmatched, mut shapeless, mut budgets) = (0, 0, 0);
    let mut terms: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    let mut campaigns = terms.clone();
    for curve in &counts.simulated {
        let is_meant = |term: &usize| is_of(curve, &counts.terms[*term].key);
        let group = |campaign: &str| groups.names.iter().position(|name| name.eq_ignore_ascii_case(campaign));
        let meant: Vec<usize> = match (&curve.term, &curve.campaign) {
            (Some(term), _) => by_text.get(term).into_iter().flatten().copied().filter(is_meant).collect(),
            (None, Some(campaign)) => group(campaign).map(|group| members[group].clone()).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        let Some(&first) = meant.first() else {
            unmatched += 1;
            continue;
        };
        if curve.lever == SimulatedLever::Budget && held[first] {
            budgets += 1;
            continue;
        }
        let spend: f64 = meant.iter().map(|&term| baseline.spend[term]).sum::<f64>() * curve.days.unwrap_or(DAYS) / 7.0;
        let Some((slope, variance)) = slope(&curve.points, spend) else {
            shapeless += 1;
            continue;
        };
        let likelihood = |&node: &f64| -0.5 * (slope - node).powi(2) / (variance + TRUSTED * TRUSTED);
        let likelihood: Vec<f64> = grid.iter().map(likelihood).collect();
        if curve.term.is_some() {
            meant.into_iter().for_each(|term| terms.entry(term).or_default().push(likelihood.clone()));
        } else {
            campaigns.entry(groups.of_term[first] as usize).or_default().push(likelihood);
        }
    }
    told.terms = terms.into_iter().map(|(term, words)| (term, mean(&words))).collect();
    told.campaigns = campaigns.into_iter().map(|(group, words)| (group, mean(&words))).collect();
    told.notes.add(
        "simulator-unmatched",
        unmatched,
        "simulators are of keywords or campaigns that the data do not have: left out",
    );
    told.notes.add(
        "simulator-flat",
        shapeless,
        "simulators have fewer than two points of different cost, which is no slope: left out",
    );
    told.notes.add(
        "simulator-of-held-budget",
        budgets,
        "simulators of budgets are of campaigns whose shares of impressions say how far the budget carries: left out",
    );
    told
}

/// Several simulators of one thing are one platform's word: the mean of their log-likelihoods.
fn mean(words: &[Vec<f64>]) -> Vec<f64> {
    let sum = |at: usize| words.iter().map(|word| word[at]).sum::<f64>();
    (0..words[0].len()).map(|at| sum(at) / words.len() as f64).collect()
}

/// Whether a simulator is of a term with its text, as far as both name more.
fn is_of(curve: &SimulatedCurve, key: &TermKey) -> bool {
    let agrees = |simulated: &Option<String>, own: &Option<String>| match (simulated, own) {
        (Some(simulated), Some(own)) => plain(simulated) == plain(own) || simulated.trim().is_empty(),
        _ => true,
    };
    agrees(&curve.match_type, &key.match_type)
        && agrees(&curve.campaign, &key.campaign)
        && agrees(&curve.ad_group, &key.ad_group)
}

/// Lower case, without what platforms add to the name of a match type.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_suffix(" match").map_or(name.clone(), str::to_owned)
}

/// Slope of log clicks in log cost about a spend over the simulator's days, and its variance; about the middle of the
/// points where nothing is spent. `None` where the points have no range.
fn slope(points: &[(f64, f64)], spend: f64) -> Option<(f64, f64)> {
    let logs: Vec<[f64; 2]> = points.iter().map(|&(cost, clicks)| [cost.ln(), clicks.ln()]).collect();
    let ends = |ends: (f64, f64), log: &[f64; 2]| (ends.0.min(log[0]), ends.1.max(log[0]));
    let (least, most) = logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    // `!` as nothing is above minus infinity
    if !(most - least > RANGE.ln()) {
        return None;
    }
    let at = if spend > 0.0 { spend.ln().clamp(least, most) } else { f64::midpoint(least, most) };
    let weights: Vec<f64> =
        logs.iter().map(|log| (-0.5 * ((log[0] - at) / std::f64::consts::LN_2).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mean = |of: usize| logs.iter().zip(&weights).map(|(log, weight)| weight * log[of]).sum::<f64>() / total;
    let [x, y] = [mean(0), mean(1)];
    let (mut xx, mut xy, mut noise) = (0.0, 0.0, 0.0);
    for ((log, weight), (_, clicks)) in logs.iter().zip(&weights).zip(points) {
        let pull = weight * (log[0] - x);
        xx += pull * (log[0] - x);
        xy += pull * (log[1] - y);
        noise += (pull * ROUNDED / clicks).powi(2);
    }
    (xx > 0.0).then(|| (xy / xx, noise / (xx * xx)))
}

impl Simulated {
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.campaigns.is_empty()
    }

    /// Adds it to what moves say. Shape of `evidence`: groups.
    pub(super) fn add_to(&self, evidence: &mut [Campaign], groups: &Groups) {
        let count = (self.terms.len() + self.campaigns.len()) as f64;
        let weight = 1.0 / (1.0 + (count - 1.0) * ALIKE);
        for (&group, likelihood) in &self.campaigns {
            let common = evidence[group].common.get_or_insert_with(|| vec![0.0; likelihood.len()]);
            common.iter_mut().zip(likelihood).for_each(|(sum, more)| *sum += weight * more);
        }
        for (&term, likelihood) in &self.terms {
            let terms = &mut evidence[groups.of_term[term] as usize].terms;
            match terms.binary_search_by_key(&term, |evidence| evidence.term) {
                // where a term's own moves speak too, the campaign learns from both with the mean of their weights
                Ok(at) => {
                    let own = &mut terms[at];
                    own.likelihood.iter_mut().zip(likelihood).for_each(|(sum, more)| *sum += more);
                    own.weight = f64::midpoint(own.weight, weight);
                }
                Err(at) => terms.insert(at, Evidence { term, likelihood: likelihood.clone(), weight }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
