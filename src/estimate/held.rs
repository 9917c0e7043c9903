//! A fit held to what an earlier one had learned: what rates would be if movement, delay or prior still stood as then.
//!
//! In: counts, today's posterior, and what the earlier fit left. Out: one factor a term on today's rate. It serves to say
//! why a plan changed; nothing is planned from it.
//!
//! # Formula
//! ```text
//! e, y   a term's evidence for the next period, by movement and delay as given
//! p, κ   its prior mean and the pseudo-clicks behind it, as given      f   what its attributes make of its rate, today
//! m(e, y, p, κ) = (p κ + f y) / (κ + f e)          factor = m(given) / m(today)
//! ```
//! m is the posterior mean at the typical κ; the fit itself integrates over it. The ratio takes out most of what that
//! leaves: it is exactly 1 where nothing differs.
//!
//! # When it is wrong
//! Levels are in units of the next period's. A prior that is held is in those of then, so that a movement of the whole
//! account counts as a new prior for terms with few clicks of their own.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::delay::{Delay, DelaySettings, completion};
use super::drift::{Drift, Known, evidence_given};
use super::rate::Exposure;
use super::{Posterior, RateModel, scatter};
use crate::counts::{Counts, Groups};
use serde::{Deserialize, Serialize};

/// What a fit learned beside the rates, as far as a later fit can be held to it. Standard deviations are of the logarithm of
/// a rate, from one week to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// Share of a week's conversions that is reported at its end, one week later, and so on; 1 beyond the last.
    pub delay: Vec<f64>,
    /// Last weeks that looked unfinished.
    pub left_out: usize,
    /// Whether rates were asked to move at all.
    pub moves: bool,
    /// Step of a term's own rate.
    pub own_walk: f64,
    /// A week's own noise on a term's rate.
    pub own_noise: f64,
    /// Step of the account's level.
    pub common_walk: f64,
    /// A week's own deviation of it.
    pub common_noise: f64,
    /// Step of a campaign's level.
    pub group_walk: f64,
    /// A week's own deviation of it.
    pub group_noise: f64,
    /// Pseudo-clicks behind the prior that terms are followed with.
    pub followed_strength: f64,
    /// Pseudo-clicks behind a term's prior.
    pub strength: f64,
}

impl Learned {
    /// What a fit learned.
    #[must_use]
    pub fn of(posterior: &Posterior) -> Self {
        let drift = posterior.drift.clone().unwrap_or_default();
        Self {
            delay: posterior.delay.by_age.clone(),
            left_out: posterior.delay.left_out,
            moves: posterior.drift.is_some(),
            own_walk: drift.own_walk,
            own_noise: drift.own_noise,
            common_walk: drift.common_walk,
            common_noise: drift.common_noise,
            group_walk: drift.group_walk,
            group_noise: drift.group_noise,
            followed_strength: drift.strength,
            strength: posterior.rate.strength,
        }
    }

    fn drift(&self) -> Option<Drift> {
        self.moves.then(|| Drift {
            own_walk: self.own_walk,
            own_noise: self.own_noise,
            common_walk: self.common_walk,
            common_noise: self.common_noise,
            group_walk: self.group_walk,
            group_noise: self.group_noise,
            strength: self.followed_strength,
            ..Drift::default()
        })
    }
}

/// What was expected of terms before their own clicks. Shape: terms; `None` for a term that was not there.
#[derive(Clone, Copy, Debug)]
pub struct PriorThen<'a> {
    /// Prior means, conversions per click.
    pub means: &'a [Option<f64>],
    /// Pseudo-clicks behind them.
    pub strength: f64,
}

/// Factors on today's rates with movement of `moving`, delay of `reported`, and another prior where one is given: `None`
/// stands for today's. Shape: terms, ratio; empty where nothing can differ.
#[must_use]
pub fn rate_factors(
    counts: &Counts,
    posterior: &Posterior,
    moving: Option<&Learned>,
    reported: Option<&Learned>,
    prior: Option<PriorThen<'_>>,
) -> Vec<f64> {
    let rate = &posterior.rate;
    if rate.model == RateModel::BetaBinomial {
        return Vec::new();
    }
    let now = Learned::of(posterior);
    let groups =
        Groups { names: rate.hyper.iter().map(|group| group.name.clone()).collect(), of_term: rate.group.clone() };
    let scaled = (posterior.scatter < 1.0).then(|| scatter::in_units(counts, posterior.scatter));
    let in_units = scaled.as_ref().unwrap_or(counts);
    let evidence =
        |moving: &Learned, delay: &Delay| evidence_given(in_units, &groups, delay, Known::of(moving.drift().as_ref()));
    let today = evidence(&now, &posterior.delay);
    let then = reported
        .filter(|then| then.delay != now.delay || then.left_out != now.left_out)
        .map(|then| delay_of(counts, then));
    let is_other = moving.is_some_and(|then| then.drift() != now.drift()) || then.is_some();
    let given = is_other.then(|| evidence(moving.unwrap_or(&now), then.as_ref().unwrap_or(&posterior.delay)));
    let strength = rate.strength / posterior.scatter;
    let mean = |evidence: &Exposure, term: usize, prior: f64, strength: f64| {
        let factor = rate.factor(term);
        (prior * strength + factor * evidence.conversions[term]) / (strength + factor * evidence.clicks[term])
    };
    let factor = |term: usize| {
        let own = rate.prior_mean(term);
        let (given_prior, given_strength) = match prior.and_then(|then| Some((then.means[term]?, then.strength))) {
            Some((mean, behind)) if mean > 0.0 && behind > 0.0 => (mean, behind / posterior.scatter),
            _ => (own, strength),
        };
        let ratio = mean(given.as_ref().unwrap_or(&today), term, given_prior, given_strength)
            / mean(&today, term, own, strength);
        if ratio.is_finite() && ratio > 0.0 { ratio } else { 1.0 }
    };
    (0..counts.terms.len()).map(factor).collect()
}

/// The shares reported by now, had the lag of an earlier fit stayed.
fn delay_of(counts: &Counts, then: &Learned) -> Delay {
    let table = DelaySettings::with_table(then.delay.clone()).unwrap_or_default();
    let mut delay = if then.delay.is_empty() {
        Delay { completion: vec![1.0; counts.calendar.periods.len()], ..Delay::default() }
    } else {
        completion(counts, &table)
    };
    delay.left_out = then.left_out.min(counts.calendar.periods.len().saturating_sub(1));
    delay
}
