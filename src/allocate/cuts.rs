//! The dual of a plan that weighs risk: which weights of the draws to try next.
//!
//! Both utilities are the least of weighted sums of the outcomes `Π_s`, over an envelope `Q` of weights
//! that sum to one (Rockafellar and Uryasev 2000; Artzner et al. 1999, proposition 4.1):
//!
//! ```text
//! U(Π) = min over q in Q of  Σ q_s Π_s + ρ/2 Σ (q_s − 1/S)²
//! tail mean        0 ≤ q_s ≤ 1/(tail·S),  ρ = 0
//! mean–variance    any sign,              ρ = S/aversion      (minimum at q_s = (1 − aversion (Π_s − mean))/S)
//! ```
//!
//! so `D(q) = max over plans of Σ q_s Π_s(x) + ρ/2 Σ (q_s − 1/S)²` is at least the best utility for every
//! `q`, convex in `q`, and every plan known gives a cut below it, `Σ q_s Π_s(xₖ)`. The next weights
//! minimize the largest cut, held near the best weights so far (proximal bundle: Lemaréchal 1975, Kiwiel
//! 1990). The shares `θ` of the cuts at that minimum mix the plans into a better one: the
//! two sides of one saddle point. Wrong when outcomes are not in units near one: the caller scales them.

use super::chunk::CHUNK;
use rayon::prelude::*;

/// Steps of the inner method, at most; each moves share between two cuts.
const STEPS: usize = 400;

/// Cuts without share for this many rounds are dropped.
const STALE: u32 = 6;

/// The weights that a utility allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub(super) draws: usize,
    /// Most weight of a draw; `None` where weights may have any sign and size.
    pub(super) cap: Option<f64>,
    /// `ρ`; zero where there is none.
    pub(super) ridge: f64,
}

impl Envelope {
    /// Weight of every draw alike.
    pub(super) fn even(&self) -> f64 {
        1.0 / self.draws as f64
    }

    /// `ρ/2 Σ (q_s − 1/S)²`.
    pub(super) fn penalty(&self, weights: &[f64]) -> f64 {
        if self.ridge <= 0.0 {
            return 0.0;
        }
        let even = self.even();
        0.5 * self.ridge * weights.iter().map(|weight| (weight - even).powi(2)).sum::<f64>()
    }

    /// The weights at which these outcomes are worth least: a supergradient of the utility.
    pub(super) fn worst(&self, outcomes: &[f64]) -> Vec<f64> {
        let Some(cap) = self.cap else {
            let mean = outcomes.iter().sum::<f64>() * self.even();
            return outcomes.iter().map(|outcome| self.even() - (outcome - mean) / self.ridge).collect();
        };
        let mut order: Vec<usize> = (0..outcomes.len()).collect();
        order.sort_by(|&a, &b| outcomes[a].total_cmp(&outcomes[b]));
        let mut weights = vec![0.0; outcomes.len()];
        let mut left = 1.0;
        for draw in order {
            weights[draw] = cap.min(left);
            left -= weights[draw];
            if left <= 0.0 {
                break;
            }
        }
        weights
    }

    /// The utility of these outcomes.
    pub(super) fn utility(&self, outcomes: &[f64]) -> f64 {
        let weights = self.worst(outcomes);
        dot(&weights, outcomes) + self.penalty(&weights)
    }

    /// The allowed weights nearest to `target`, into `weights`.
    ///
    /// `q_s = clip(target_s − τ, 0, cap)`; Newton's method on the sum in `τ`, inside a bracket.
    fn project(&self, target: &[f64], weights: &mut [f64]) {
        let Some(cap) = self.cap else {
            let shift = (target.iter().sum::<f64>() - 1.0) * self.even();
            weights.iter_mut().zip(target).for_each(|(weight, target)| *weight = target - shift);
            return;
        };
        let (mut low, mut high) = target.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |range, &target| {
            (range.0.min(target - cap), range.1.max(target))
        });
        let mut shift = (target.iter().sum::<f64>() - 1.0) * self.even();
        for _ in 0..100 {
            if !(shift > low && shift < high) {
                shift = f64::midpoint(low, high);
            }
            let (mut sum, mut free) = (0.0, 0_u32);
            for target in target {
                let weight = target - shift;
                free += u32::from(weight > 0.0 && weight < cap);
                sum += weight.clamp(0.0, cap);
            }
            if sum > 1.0 {
                low = shift;
            } else {
                high = shift;
            }
            if (sum - 1.0).abs() <= 1e-14 || high - low <= f64::EPSILON * high.abs().max(low.abs()) {
                break;
            }
            shift = if free > 0 { shift + (sum - 1.0) / f64::from(free) } else { f64::NAN };
        }
        weights.iter_mut().zip(target).for_each(|(weight, target)| *weight = (target - shift).clamp(0.0, cap));
        let sum: f64 = weights.iter().sum();
        for weight in weights.iter_mut() {
            *weight /= sum;
        }
    }

    fn is_free(&self, weight: f64) -> bool {
        self.cap.is_none_or(|cap| weight > 0.0 && weight < cap * (1.0 - 1e-12))
    }
}

/// A plan whose outcomes bound `D` from below.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) outcomes: Vec<f64>,
    /// Spend of each item, money.
    pub(super) spend: Vec<f64>,
    /// Its share in the mix.
    pub(super) share: f64,
    idle: u32,
}

/// The cuts known so far.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    envelope: Envelope,
    pub(super) list: Vec<Cut>,
}

impl Cuts {
    pub(super) fn new(envelope: Envelope) -> Self {
        Self { envelope, list: Vec::new() }
    }

    pub(super) fn push(&mut self, spend: Vec<f64>, outcomes: Vec<f64>) {
        let share = if self.list.is_empty() { 1.0 } else { 0.0 };
        self.list.push(Cut { outcomes, spend, share, idle: 0 });
    }

    /// Largest cut at these weights: a lower bound of `D` as far as it is known.
    pub(super) fn model(&self, weights: &[f64]) -> f64 {
        let cuts = self.list.iter().map(|cut| dot(&cut.outcomes, weights));
        cuts.fold(f64::NEG_INFINITY, f64::max) + self.envelope.penalty(weights)
    }

    /// The next weights: minimum of the largest cut plus `hold/2 ‖q − center‖²`; sets the shares.
    ///
    /// Its dual, concave over the shares, is climbed by moving share from the lowest cut in use to the
    /// highest (pairwise conditional gradient: Lacoste-Julien and Jaggi 2015) until what is left to
    /// gain is below `tolerance` or after [`STEPS`].
    pub(super) fn next(&mut self, center: &[f64], hold: f64, tolerance: f64) -> Vec<f64> {
        let envelope = self.envelope;
        let stiffness = envelope.ridge + hold;
        let even = envelope.even() * envelope.ridge / stiffness;
        let anchor: Vec<f64> = center.iter().map(|center| even + center * (hold / stiffness)).collect();
        let mut mix = vec![0.0; envelope.draws];
        for cut in &self.list {
            add(&mut mix, cut.share, &cut.outcomes);
        }
        let mut target = vec![0.0; envelope.draws];
        let mut weights = vec![0.0; envelope.draws];
        let mut at = |mix: &[f64], weights: &mut [f64]| {
            for ((target, anchor), mix) in target.iter_mut().zip(&anchor).zip(mix) {
                *target = anchor - mix / stiffness;
            }
            envelope.project(&target, weights);
        };
        at(&mix, &mut weights);
        let mut trial = mix.clone();
        for _ in 0..STEPS {
            let slopes: Vec<f64> = self.list.iter().map(|cut| dot(&cut.outcomes, &weights)).collect();
            let (mut top, mut bottom) = (0, usize::MAX);
            let mut mean = 0.0;
            for (index, (cut, &slope)) in self.list.iter().zip(&slopes).enumerate() {
                if slope > slopes[top] {
                    top = index;
                }
                if cut.share > 0.0 {
                    mean += cut.share * slope;
                    if bottom == usize::MAX || slope < slopes[bottom] {
                        bottom = index;
                    }
                }
            }
            if slopes[top] - mean <= tolerance || bottom == usize::MAX || bottom == top {
                break;
            }
            let rise = slopes[top] - slopes[bottom];
            let across: Vec<f64> = self.list[top]
                .outcomes
                .iter()
                .zip(&self.list[bottom].outcomes)
                .map(|(top, bottom)| top - bottom)
                .collect();
            let most = self.list[bottom].share;
            // the slope along `across` falls: Newton's method inside a bracket
            let (mut low, mut high) = (0.0, most);
            let (mut moved, mut slope) = (0.0, rise);
            for _ in 0..8 {
                let bend = envelope.bend(&across, &weights) / stiffness;
                let step = moved + slope / bend;
                moved = if step > low && step <= high {
                    step
                } else if step > high && high >= most {
                    most
                } else {
                    f64::midpoint(low, high)
                };
                trial.clone_from(&mix);
                add(&mut trial, moved, &across);
                at(&trial, &mut weights);
                slope = dot(&across, &weights);
                if slope.abs() <= 0.1 * rise || (moved >= most && slope >= 0.0) {
                    break;
                }
                if slope > 0.0 {
                    low = moved;
                } else {
                    high = moved;
                }
            }
            std::mem::swap(&mut mix, &mut trial);
            self.list[top].share += moved;
            self.list[bottom].share = if moved >= most { 0.0 } else { most - moved };
        }
        self.forget();
        weights
    }

    fn forget(&mut self) {
        for cut in &mut self.list {
            cut.idle = if cut.share > 0.0 { 0 } else { cut.idle + 1 };
        }
        self.list.retain(|cut| cut.idle <= STALE);
    }

    /// The plans in the mix with their shares, which sum to one.
    pub(super) fn shares(&self) -> Vec<(f64, &[f64])> {
        let total: f64 = self.list.iter().map(|cut| cut.share).sum();
        let used = self.list.iter().filter(|cut| cut.share > 0.0);
        used.map(|cut| (cut.share / total, cut.spend.as_slice())).collect()
    }

    /// The plans mixed by their shares, each item within what it spends in any of them.
    pub(super) fn mixed(&self) -> Vec<f64> {
        let plans = self.shares();
        let spend = |item: usize| {
            let (mut sum, mut low, mut high) = (0.0, f64::INFINITY, 0.0_f64);
            for (share, plan) in &plans {
                sum += share * plan[item];
                (low, high) = (low.min(plan[item]), high.max(plan[item]));
            }
            sum.clamp(low, high)
        };
        let items = self.list.first().map_or(0, |cut| cut.spend.len());
        (0..items).into_par_iter().with_min_len(CHUNK).map(spend).collect()
    }
}

impl Envelope {
    /// How fast the weights turn against `across`: `Σ d² − (Σ d)²/n` over the draws whose weight is free.
    fn bend(&self, across: &[f64], weights: &[f64]) -> f64 {
        let (mut count, mut sum, mut squares) = (0_u32, 0.0, 0.0);
        for (d, &weight) in across.iter().zip(weights) {
            if self.is_free(weight) {
                count += 1;
                sum += d;
                squares += d * d;
            }
        }
        if count > 1 { (squares - sum * sum / f64::from(count)).max(0.0) } else { 0.0 }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], share: f64, outcomes: &[f64]) {
    if share != 0.0 {
        sum.iter_mut().zip(outcomes).for_each(|(sum, outcome)| *sum += share * outcome);
    }
}
