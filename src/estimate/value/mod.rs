//! Revenue per conversion: shrinkage of a term's mean value towards its campaign's, and of that to the account's.
//!
//! In: conversions and revenue by term and period. Out: a [`ValuePosterior`].
//!
//! 1. `orders`: sums by term, and a sample of cells.
//! 2. `robust`: orders far beyond what the rest lets expect are cut, and given back to all terms alike.
//! 3. `log_normal`, `gamma_gamma`: the two models; `nodes`: their hyper-parameters are integrated, not plugged in.
//! 4. `choice`: the one that predicts held-out mean values better is used.
//! 5. `recent`: whether recent values differ from older ones.
//!
//! # When it is wrong
//! Values are taken not to move over time, and a note says if they seem to. All terms' orders have the same relative
//! spread. A term's posterior, a mixture over hyper-parameters, is given by its first two moments.
//! Whether values go with rates is looked at elsewhere (`pairing`).

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

mod choice;
mod gamma_gamma;
mod log_normal;
mod nodes;
mod orders;
mod recent;
mod robust;
mod shapes;

pub use choice::ValueScores;

use crate::counts::{Counts, Groups};
use crate::domain::{Notes, stable_hash};
use crate::numeric::stream::Stream;
use crate::numeric::sum::ExactSum;
use gamma_gamma::GammaGamma;
use orders::Sums;
use rayon::prelude::*;
use shapes::{Shape, Summary};

const GAMMA_GAMMA: &str = "gamma-gamma";
const LOG_NORMAL: &str = "log-normal";

/// Values are lowered by at most this factor for conversions that brought nothing.
const LARGEST_FACTOR: f64 = 3.0;
/// Most that values together are raised by what was cut from huge orders: a single order is no reason for more.
const MOST_GIVEN_BACK: f64 = 1.2;

/// What is known of the revenue per conversion. Vectors have the shape: terms.
#[derive(Clone, Debug, PartialEq)]
pub struct ValuePosterior {
    /// Name of the model: `gamma-gamma` or `log-normal`.
    pub model: &'static str,
    /// How well each model predicts; the better one is used.
    pub scores: ValueScores,
    /// Level of the equal-tailed credible intervals.
    pub level: f64,
    /// Posterior mean, account currency per conversion.
    pub mean: Vec<f64>,
    /// Posterior standard deviation, account currency per conversion.
    pub sd: Vec<f64>,
    /// Lower end of the credible interval, account currency per conversion.
    pub lower: Vec<f64>,
    /// Upper end of the credible interval, account currency per conversion.
    pub upper: Vec<f64>,
    /// Weight of the term's own data in its estimate, ratio.
    pub own_data_weight: Vec<f64>,
    /// Campaign of each term, index into `campaigns`.
    pub group: Vec<u32>,
    /// Mean value of a term about which nothing is known, in a campaign about which nothing is known,
    /// account currency per conversion.
    pub account_mean: f64,
    /// Campaign by campaign, in the order of [`Groups::by_campaign`].
    pub campaigns: Vec<CampaignValue>,
    /// How values spread.
    pub spread: ValueSpread,
    /// Factor on all values that gives back what was cut from huge orders; exactly 1 where nothing was.
    pub given_back: f64,
    shape: Vec<Shape>,
    /// Standard deviation of the logarithm of the account's level.
    account_sd: f64,
}

/// What is known of the values of one campaign's terms.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignValue {
    /// Name of the campaign; empty where the data have no campaigns.
    pub name: String,
    /// Mean value of a term of it about which nothing is known, account currency per conversion.
    pub mean: f64,
    /// Standard deviation of the logarithm of its center, given the account's level.
    own_sd: f64,
    /// How far its center moves with the account's level.
    load: f64,
}

/// Posterior means of what the models say of spreads, whichever model is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueSpread {
    /// Gamma-gamma p: shape of the value of a single order.
    pub p: f64,
    /// Gamma-gamma q: shape of the spread between the terms of a campaign.
    pub q: f64,
    /// Log-normal σ: standard deviation of the logarithm of a single order's value.
    pub order_sd: f64,
    /// Log-normal τ: the same between the terms of a campaign.
    pub term_sd: f64,
    /// Log-normal ω: the same between campaigns; `None` with a single campaign.
    pub campaign_sd: Option<f64>,
}

/// Draws of what terms share.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SharedValues {
    /// Movement of the logarithm of a campaign's center. Shape: campaigns × draws.
    moves: Vec<Vec<f64>>,
}

impl ValuePosterior {
    /// Draws `count` sets of campaigns' centers; each campaign uses the stream of its name.
    pub(super) fn shared(&self, count: usize, seed: u64) -> SharedValues {
        let mut stream = Stream::new(seed, stable_hash(&["shared value"]));
        let account: Vec<f64> = (0..count).map(|_| self.account_sd * stream.normal()).collect();
        let moves = self
            .campaigns
            .par_iter()
            .map(|campaign| {
                let mut stream = Stream::new(seed, stable_hash(&["campaign value", &campaign.name]));
                account.iter().map(|shared| campaign.load * shared + campaign.own_sd * stream.normal()).collect()
            })
            .collect();
        SharedValues { moves }
    }

    /// Draws of a term's value, account currency per conversion. Shape of `into`: draws.
    pub(super) fn draw(&self, shared: &SharedValues, term: usize, stream: &mut Stream, into: &mut [f64]) {
        let group = self.group[term] as usize;
        let variance = self.center_variance(group);
        for (into, &moved) in into.iter_mut().zip(&shared.moves[group]) {
            *into = self.shape[term].draw(moved, variance, stream);
        }
    }

    /// What is expected of a term before its own orders, account currency per conversion.
    pub(super) fn expected(&self, term: usize) -> f64 {
        self.campaigns[self.group[term] as usize].mean
    }

    /// Prior variance of the logarithm of a term's value within its campaign.
    pub(super) fn prior_variance(&self) -> f64 {
        match self.model {
            GAMMA_GAMMA => (1.0 / (self.spread.q - 2.0).max(0.1)).ln_1p(),
            _ => self.spread.term_sd * self.spread.term_sd,
        }
    }

    fn center_variance(&self, group: usize) -> f64 {
        let campaign = &self.campaigns[group];
        campaign.own_sd.powi(2) + (campaign.load * self.account_sd).powi(2)
    }
}

/// Fits the values; `None` where no term has both conversions and revenue.
///
/// `groups`: the terms by campaign; `conversions` and `revenue`: sums of every term.
pub(super) fn fit(
    counts: &Counts,
    groups: &Groups,
    (conversions, revenue): (&[f64], Vec<f64>),
    level: f64,
    notes: &mut Notes,
) -> Option<ValuePosterior> {
    describe(counts, conversions, &revenue, notes);
    let sums = Sums::of(conversions.to_vec(), revenue);
    if sums.is_none() {
        notes.add("no-value", 1, "no term has both conversions and revenue: there is no value per conversion");
    }
    let sums = sums?;
    let cleaned = robust::clean(counts, groups, &sums);
    let (sample, totals, log_normal) = (&cleaned.sample, &cleaned.totals, &cleaned.log_normal);
    let gamma_gamma = GammaGamma::fit(sample, log_normal);
    let scores = choice::score(sample, log_normal, &gamma_gamma);
    // terms whose only order was cut are missing too, but were not left out for their number
    if sample.every > 1 {
        let message =
            format!("the spread of values between terms was fitted to {} of {} terms", sample.len(), sample.of);
        notes.add("value-sampled", sample.len(), message);
    }
    notes.add(
        "value-not-converged",
        usize::from(!(log_normal.converged && gamma_gamma.converged || sample.is_constant())),
        "the fit of the value per conversion stopped before it settled",
    );
    let summary = if scores.prefers_log_normal() {
        Summary::log_normal(log_normal, totals, level)
    } else {
        Summary::gamma_gamma(&gamma_gamma, log_normal, totals, level)
    };
    let (given_back, raised) = given_back(&cleaned, &sums, &summary.mean);
    robust::note(counts, &sums, &cleaned.cuts, raised, notes);
    if let Some(change) = recent::change(sample, log_normal.best().variances) {
        recent::note(counts, change, notes);
    }
    let spread = ValueSpread {
        p: gamma_gamma.average(|hyper| hyper.p),
        q: gamma_gamma.average(|hyper| hyper.q),
        order_sd: log_normal.average(|node| node.variances.order.sqrt()),
        term_sd: log_normal.average(|node| node.variances.term.sqrt()),
        campaign_sd: (groups.names.len() > 1).then(|| log_normal.average(|node| node.variances.group.sqrt())),
    };
    Some(posterior(summary, groups, scores, spread, level, given_back, sums.unit))
}

/// From units to account currency.
fn posterior(
    summary: Summary,
    groups: &Groups,
    scores: ValueScores,
    spread: ValueSpread,
    level: f64,
    given_back: f64,
    unit: f64,
) -> ValuePosterior {
    let factor = unit * given_back;
    let scaled = |values: Vec<f64>| values.into_iter().map(|value| factor * value).collect::<Vec<f64>>();
    let campaigns = groups
        .names
        .iter()
        .zip(&summary.campaigns)
        .map(|(name, center)| CampaignValue {
            name: name.clone(),
            mean: factor * center.mean,
            own_sd: center.own_sd,
            load: center.load,
        })
        .collect();
    ValuePosterior {
        model: summary.model,
        scores,
        level,
        mean: scaled(summary.mean),
        sd: scaled(summary.sd),
        lower: scaled(summary.lower),
        upper: scaled(summary.upper),
        own_data_weight: summary.own,
        group: groups.of_term.clone(),
        account_mean: factor * summary.account_mean,
        campaigns,
        spread,
        given_back,
        shape: summary.shape.into_iter().map(|shape| shape.scaled(factor)).collect(),
        account_sd: summary.account_sd,
    }
}

/// What all values are multiplied by, so that expected revenue over what was sold is the revenue there was, and what
/// is then expected over the revenue that the cuts left.
///
/// Exactly 1 unless orders were cut or terms had to be taken as worth something: the models' own sums
/// agree with the revenue but for their shrinkage, which is no reason to move anything. Where that shrinkage alone raises the
/// sum, as the spread that a huge order shows may do, it is part of the [`MOST_GIVEN_BACK`].
fn given_back(cleaned: &robust::Cleaned, sums: &Sums, mean: &[f64]) -> (f64, f64) {
    let totals = &cleaned.totals;
    let is_altered = |term: usize| totals.orders[term] > 0.0 && totals.revenue[term] <= 0.0;
    if cleaned.cuts.is_empty() && !(0..totals.len()).any(is_altered) {
        return (1.0, 1.0);
    }
    let [mut actual, mut left, mut expected] = [(); 3].map(|()| ExactSum::default());
    for (term, mean) in mean.iter().enumerate().filter(|(term, _)| totals.orders[*term] > 0.0) {
        actual.add(sums.revenue[term] / sums.unit);
        left.add(totals.revenue[term]);
        expected.add(totals.orders[term] * mean);
    }
    let [actual, left, expected] = [actual, left, expected].map(|sum| sum.value());
    // refunds may leave less than nothing
    let most = if left > 0.0 && !cleaned.cuts.is_empty() { MOST_GIVEN_BACK * left } else { MOST_GIVEN_BACK * expected };
    let factor = (actual.min(most) / expected).clamp(1.0 / LARGEST_FACTOR, MOST_GIVEN_BACK);
    if factor.is_finite() { (factor, factor * expected / left) } else { (1.0, 1.0) }
}

/// Notes on revenue and conversions that do not go together.
fn describe(counts: &Counts, conversions: &[f64], revenue: &[f64], notes: &mut Notes) {
    let count = |test: fn(f64, f64) -> bool| conversions.iter().zip(revenue).filter(|(y, r)| test(**y, **r)).count();
    notes.add(
        "value-without-conversions",
        count(|y, r| y <= 0.0 && r > 0.0),
        "terms have revenue but no conversions; their revenue does not enter the value per conversion",
    );
    notes.add(
        "conversions-without-value",
        count(|y, r| y > 0.0 && r <= 0.0),
        "terms have conversions but no revenue; a value of zero lowers their own estimate and, a little, all others, but \
         does not enter the spread between terms",
    );
    let refunds = counts.cells.revenue.as_deref().unwrap_or_default().iter().filter(|r| **r < 0.0).count();
    notes.add(
        "negative-revenue",
        refunds,
        "rows have negative revenue, taken as refunds: a term's sum is net of them, the spread of orders is learned without",
    );
}

#[cfg(test)]
mod tests;
