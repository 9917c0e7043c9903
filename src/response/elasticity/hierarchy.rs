//! Account → campaign → term, on a grid of elasticities.
//!
//! # Formula
//! ```text
//! m ~ Beta(prior mean, v_m),   μ_g | m ~ Beta(m, v_g),   εᵢ | μ_g ~ Beta(μ_g, v_t)
//! what a term tells its campaign: εᵢ | μ_g ~ Beta(μᵢ, v_t),     logit μᵢ = logit μ_g + b dᵢ,     b ~ N(0, 0.3²)
//! dᵢ = (sᵢ − mean s) / sd s,     sᵢ = xᵢ² / (xᵢ² + 3 x̄²),     xᵢ: how far its bid moved, x̄: geometric mean of all
//! Beta(μ, v): mean μ, variance v μ (1 − μ)
//! (1 − v_m)(1 − v_g)(1 − v_t) = 1 − v,     v = prior variance / (mean (1 − mean))
//! ```
//! Whatever the split of the variance, a term without evidence has the prior's mean and variance (law of total variance).
//! Who moves bids until spend has changed by as much as was wanted moves those of elastic terms less, and where bids moved far
//! most is learned: without `b` (Mundlak, 1978) the inelastic terms would speak for all. `b` is a point, its
//! posterior mean at the split with the most evidence.
//! A term's own posterior leaves it out, which is cautious: what sizes tell of a single term holds for large moves more than
//! for small ones, and intervals that used it held too few of the truths (85 of 100 at 90%).
//! The split is integrated over a few nodes, weighted by their evidence; in large accounts the evidence comes from a stated
//! number of terms. Truncation to (0, 1) comes with the family.

#![allow(clippy::inline_always)] // for loops on vectors

use super::grid::{Kernel, NODES, Nodes, kernel, logs, masses, node, shifted, through, weights};
use crate::numeric::elementary::widest;
use rayon::prelude::*;

/// Shares of the prior's variance between the terms of a campaign, and between campaigns.
const OWN_SHARES: [f64; 4] = [0.1, 0.3, 0.5, 0.7];
const CAMPAIGN_SHARES: [f64; 3] = [0.02, 0.1, 0.25];
/// Terms that weigh the splits of the variance.
const SAMPLE: usize = 20_000;
/// Terms whose evidence is held at a time.
const CHUNK: usize = 4_096;
/// Variance of what lies anywhere in the cell of one node.
const WITHIN_A_CELL: f64 = 1.0 / (12.0 * (NODES * NODES) as f64);
/// Splits with less weight than this are left out: a mean moves by that share of what splits differ in, at most.
const LEAST_WEIGHT: f64 = 1e-2;

/// Slopes `b` that are tried, and the deviation of the one expected before any is seen.
const SLOPES: [f64; 11] = [-0.75, -0.6, -0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75];
const SLOPE_SD: f64 = 0.3;

/// Evidence of one term.
pub(super) struct Evidence {
    /// Index of the term.
    pub(super) term: usize,
    /// Log-likelihood. Shape: nodes.
    pub(super) likelihood: Vec<f64>,
    /// Its weight in what the campaign learns, ratio.
    pub(super) weight: f64,
    /// Log of how far its bid moved; `None` where it is not a move that tells.
    pub(super) size: Option<f64>,
}

impl Evidence {
    /// What the size of its moves says at a slope: logit of its mean less that of its campaign.
    fn shift(&self, slope: f64, sizes: &Sizes) -> f64 {
        self.size.map_or(0.0, |size| slope * (sizes.relative(size) - sizes.mean) / sizes.sd)
    }
}

/// How far the bids of terms moved, all together.
struct Sizes {
    /// Mean log size.
    log: f64,
    /// Mean and standard deviation of the relative sizes.
    mean: f64,
    sd: f64,
}

impl Sizes {
    fn new(campaigns: &[Campaign]) -> Self {
        let of = || campaigns.iter().flat_map(|campaign| &campaign.terms).filter_map(|evidence| evidence.size);
        let count = of().count().max(1) as f64;
        let sizes = Self { log: of().sum::<f64>() / count, mean: 0.0, sd: 1.0 };
        let mean = of().map(|size| sizes.relative(size)).sum::<f64>() / count;
        let variance = of().map(|size| (sizes.relative(size) - mean).powi(2)).sum::<f64>() / count;
        // moves that are all alike tell nothing
        Self { mean, sd: variance.sqrt().max(1e-3), ..sizes }
    }

    /// `x² / (x² + 3 m²)` of a size x and the middle m.
    fn relative(&self, size: f64) -> f64 {
        1.0 / 3.0_f64.mul_add((2.0 * (self.log - size)).exp(), 1.0)
    }
}

/// Evidence of one campaign: its terms', and of moves that they made together.
#[derive(Default)]
pub(super) struct Campaign {
    pub(super) terms: Vec<Evidence>,
    /// Log-likelihood of the campaign's mean. Shape: nodes.
    pub(super) common: Option<Vec<f64>>,
}

/// What is known of one elasticity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// Posterior mean, ratio.
    pub(super) mean: f64,
    /// Posterior variances: what the account shares, what the campaign shares, the term's own.
    pub(super) variance: [f64; 3],
}

impl Known {
    pub(super) fn total(&self) -> f64 {
        self.variance.iter().sum()
    }
}

/// Posteriors of all campaigns: of a term without evidence, and of those with it.
pub(super) struct Learned {
    /// Of a term without evidence of its own. Shape: campaigns.
    pub(super) campaign: Vec<Known>,
    /// Of the terms in `Campaign::terms`. Shape: campaigns × terms.
    pub(super) terms: Vec<Vec<Known>>,
}

/// One split of the prior's variance.
struct Split {
    account: Vec<f64>,
    campaign: Kernel,
    term: Kernel,
}

impl Split {
    fn new(mean: f64, v: f64, own: f64, campaign: f64) -> Self {
        let (v_t, v_g) = (own * v, campaign * v);
        let v_m = 1.0 - (1.0 - v) / ((1.0 - v_t) * (1.0 - v_g));
        Self { account: masses(mean, v_m.max(1e-6)), campaign: kernel(v_g), term: kernel(v_t) }
    }

    /// Log evidence of a term for each mean of its campaign, and its mean and variance given that.
    #[inline(always)]
    fn of_term(&self, likelihood: &Nodes) -> (Nodes, [Nodes; 2]) {
        let once: Nodes = std::array::from_fn(|at| likelihood[at] * node(at));
        let twice = std::array::from_fn(|at| once[at] * node(at));
        let [mass, first, second] = through::<3, 16>(&self.term, &[*likelihood, once, twice]);
        let mean: Nodes = std::array::from_fn(|at| first[at] / mass[at].max(1e-300));
        let variance = std::array::from_fn(|at| (second[at] / mass[at].max(1e-300) - mean[at] * mean[at]).max(0.0));
        (logs(&mass), [mean, variance])
    }

    /// Log evidence of a campaign for each of its means, at each of some slopes.
    fn of_campaign(&self, campaign: &Campaign, sizes: &Sizes, slopes: &[f64]) -> Vec<Nodes> {
        let mut common = [0.0; NODES];
        if let Some(told) = &campaign.common {
            common.copy_from_slice(told);
        }
        let mut sums = vec![common; slopes.len()];
        let own = |evidence: &Evidence| {
            widest(
                #[inline(always)]
                || {
                    let [mass] = through::<1, 32>(&self.term, &[weights(&evidence.likelihood).1]);
                    logs(&mass)
                },
            )
        };
        // in the order of the terms, whatever the threads
        for chunk in campaign.terms.chunks(CHUNK) {
            let parts: Vec<Nodes> = chunk.par_iter().map(own).collect();
            for (evidence, own) in chunk.iter().zip(parts) {
                for (sum, slope) in sums.iter_mut().zip(slopes) {
                    for (sum, own) in sum.iter_mut().zip(shifted(&own, evidence.shift(*slope, sizes))) {
                        *sum += evidence.weight * own;
                    }
                }
            }
        }
        sums
    }

    /// Log evidence of campaigns at each of some slopes.
    fn evidence(&self, campaigns: &[&Campaign], sizes: &Sizes, slopes: &[f64]) -> Vec<f64> {
        let for_account = |campaign: &&Campaign| -> Vec<Nodes> {
            self.of_campaign(campaign, sizes, slopes).iter().map(|sum| self.for_account(sum)).collect()
        };
        let told: Vec<Vec<Nodes>> = campaigns.par_iter().map(for_account).collect();
        let at = |slope: usize| self.account(&told.iter().map(|told| told[slope]).collect::<Vec<Nodes>>()).0;
        (0..slopes.len()).map(at).collect()
    }

    /// Posterior mean of the slope.
    fn slope(&self, campaigns: &[&Campaign], sizes: &Sizes) -> f64 {
        let prior = |slope: f64| -0.5 * (slope / SLOPE_SD).powi(2);
        let told = self.evidence(campaigns, sizes, &SLOPES);
        let log: Vec<f64> = told.iter().zip(SLOPES).map(|(told, slope)| told + prior(slope)).collect();
        normalized(&log).1.iter().zip(SLOPES).map(|(share, slope)| share * slope).sum()
    }

    /// Log evidence of a campaign for each mean of the account.
    fn for_account(&self, sum: &Nodes) -> Nodes {
        widest(
            #[inline(always)]
            || {
                let (top, weights) = weights(sum);
                let [mass] = through::<1, 32>(&self.campaign, &[weights]);
                logs(&mass).map(|log| top + log)
            },
        )
    }

    /// Log evidence of everything, and the posterior of the account's mean.
    fn account(&self, campaigns: &[Nodes]) -> (f64, Vec<f64>) {
        let mut log: Vec<f64> = self.account.iter().map(|mass| mass.max(1e-300).ln()).collect();
        for campaign in campaigns {
            for (log, more) in log.iter_mut().zip(campaign) {
                *log += more;
            }
        }
        normalized(&log)
    }
}

/// Log of the sum, and the shares.
fn normalized(log: &[f64]) -> (f64, Vec<f64>) {
    let top = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut shares: Vec<f64> = log.iter().map(|value| (value - top).exp()).collect();
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    (top + sum.ln(), shares)
}

/// Learns from all campaigns. `mean` and `sd` are the prior's.
pub(super) fn learn(campaigns: &[Campaign], mean: f64, sd: f64) -> Learned {
    let v = (sd * sd / (mean * (1.0 - mean))).clamp(1e-6, 0.9);
    let splits: Vec<Split> =
        OWN_SHARES.iter().flat_map(|&own| CAMPAIGN_SHARES.map(|campaign| Split::new(mean, v, own, campaign))).collect();
    let mut sample = Vec::new();
    let mut taken = 0;
    for campaign in campaigns {
        let is_told = campaign.common.is_some() || !campaign.terms.is_empty();
        if is_told && taken < SAMPLE {
            taken += campaign.terms.len();
            sample.push(campaign);
        }
    }
    let sizes = Sizes::new(campaigns);
    // how much terms differ is asked of all of them alike, whatever the size of their moves
    let evidence: Vec<f64> = splits.iter().map(|split| split.evidence(&sample, &sizes, &[0.0])[0]).collect();
    let weights = normalized(&evidence).1;
    let best = (0..splits.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
    let slope = best.map_or(0.0, |best| splits[best].slope(&sample, &sizes));
    let kept: Vec<(f64, &Split)> =
        weights.into_iter().zip(&splits).filter(|(weight, _)| *weight > LEAST_WEIGHT).collect();
    let all: f64 = kept.iter().map(|(weight, _)| weight).sum();
    let mut mixed = Mixed::new(campaigns);
    for (weight, split) in kept {
        mixed.add(weight / all, split, campaigns, &sizes, slope);
    }
    mixed.finish()
}

/// First and second moments, mixed over splits: mean, and E of [mean², variance of the account's, campaign's, own part].
#[derive(Clone, Copy, Default)]
struct Moments {
    mean: f64,
    squares: f64,
    variance: [f64; 3],
}

struct Mixed {
    campaign: Vec<Moments>,
    terms: Vec<Vec<Moments>>,
}

impl Mixed {
    fn new(campaigns: &[Campaign]) -> Self {
        Self {
            campaign: vec![Moments::default(); campaigns.len()],
            terms: campaigns.iter().map(|campaign| vec![Moments::default(); campaign.terms.len()]).collect(),
        }
    }

    fn add(&mut self, weight: f64, split: &Split, campaigns: &[Campaign], sizes: &Sizes, slope: f64) {
        let sums: Vec<Nodes> =
            campaigns.par_iter().map(|campaign| split.of_campaign(campaign, sizes, &[slope])[0]).collect();
        let for_account: Vec<Nodes> = sums.par_iter().map(|sum| split.for_account(sum)).collect();
        let (_, account) = split.account(&for_account);
        // a term without evidence: its moments for each mean of its campaign
        let (_, plain) = split.of_term(&[1.0; NODES]);
        let slots = self.campaign.par_iter_mut().zip(&mut self.terms).zip(campaigns).zip(&sums);
        slots.for_each(|(((campaign_slot, term_slots), campaign), sum)| {
            campaign_slot.add(weight, split.known(&account, sum, &plain));
            term_slots.par_iter_mut().zip(&campaign.terms).for_each(|(slot, evidence)| {
                widest(
                    #[inline(always)]
                    || {
                        let (own, of_mean) = split.of_term(&weights(&evidence.likelihood).1);
                        let shared = shifted(&own, evidence.shift(slope, sizes));
                        // its own evidence counts in full for itself
                        let sum = std::array::from_fn(|at| own[at] - evidence.weight * shared[at] + sum[at]);
                        slot.add(weight, split.known(&account, &sum, &of_mean));
                    },
                );
            });
        });
    }

    fn finish(self) -> Learned {
        let known = |moments: Moments| {
            // what splits differ in is the account's
            let between = (moments.squares - moments.mean * moments.mean).max(0.0);
            let [account, campaign, own] = moments.variance;
            Known { mean: moments.mean, variance: [account + between, campaign, own.max(WITHIN_A_CELL)] }
        };
        Learned {
            campaign: self.campaign.into_iter().map(known).collect(),
            terms: self.terms.into_iter().map(|terms| terms.into_iter().map(known).collect()).collect(),
        }
    }
}

impl Moments {
    fn add(&mut self, weight: f64, known: Known) {
        self.mean += weight * known.mean;
        self.squares += weight * known.mean * known.mean;
        for (into, from) in self.variance.iter_mut().zip(known.variance) {
            *into += weight * from;
        }
    }
}

impl Split {
    /// Posterior of a term given its moments for each mean of its campaign, the campaign's log evidence and the
    /// account's posterior.
    #[inline(always)]
    fn known(&self, account: &[f64], sum: &Nodes, of_mean: &[Nodes; 2]) -> Known {
        let (_, weights) = weights(sum);
        let [mean_of, variance_of] = of_mean;
        let first = std::array::from_fn(|at| weights[at] * mean_of[at]);
        let second = std::array::from_fn(|at| first[at] * mean_of[at]);
        let inner = std::array::from_fn(|at| weights[at] * variance_of[at]);
        let [mass, first, second, inner] = through::<4, 8>(&self.campaign, &[weights, first, second, inner]);
        let (mut mean, mut squares, mut campaign, mut own) = (0.0, 0.0, 0.0, 0.0);
        for (at, share) in account.iter().enumerate() {
            let mass = mass[at].max(1e-300);
            let here = first[at] / mass;
            mean += share * here;
            squares += share * here * here;
            campaign += share * (second[at] / mass - here * here).max(0.0);
            own += share * inner[at] / mass;
        }
        Known { mean, variance: [(squares - mean * mean).max(0.0), campaign, own] }
    }
}
