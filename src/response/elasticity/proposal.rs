//! A small, safe test of bids that would tell an account's elasticity.
//!
//! # Formula
//! ```text
//! bids × (1 + δ) for k weeks, then back:  z(cost) ≈ ln(1 + δ) / (1 − ε),   z(clicks) ≈ ε z(cost),   spread 1/k + 1/2k
//! ```
//! What it would tell is what the account's own weeks make of such a move ([`Account::promise`]), pooled as all evidence is
//! ([`learn`]). Wrong where the weeks of the test are rougher than those before.

use super::ResponseSettings;
use super::campaigns::{Account, Course};
use super::grid::nodes;
use super::hierarchy::{Campaign, Known, learn};
use crate::counts::{Counts, Groups};
use crate::numeric::sum::ExactSum;

/// Raise of the bids, ratio.
const RAISE: f64 = 0.1;
/// Weeks at the raised bids; as many before and after are compared.
pub(super) const WEEKS: f64 = 4.0;
/// Standard deviation of what the terms of the campaigns have in common that is precise enough.
const PRECISE: f64 = 0.05;
/// Largest share of the account's spend that takes part.
const LARGEST_SHARE: f64 = 0.25;
/// Most campaigns.
const MOST: usize = 8;
/// A test that takes less of the prior's variance away is none, ratio.
const WORTHWHILE: f64 = 0.1;

/// What to test.
pub(super) struct Proposal {
    /// Indices of the campaigns.
    pub(super) campaigns: Vec<usize>,
    /// Standard deviation of the elasticity that their terms have in common, after the test.
    pub(super) common: f64,
    /// The same of a single term of them.
    pub(super) single: f64,
    /// Share of the account's spend that takes part, ratio.
    share: f64,
}

/// Log of the factor on the spend while bids are raised.
pub(super) fn step(elasticity: f64) -> f64 {
    RAISE.ln_1p() / (1.0 - elasticity)
}

/// Campaigns that tell most for the money, until they tell enough.
pub(super) fn propose(counts: &Counts, settings: &ResponseSettings, courses: &[&Course]) -> Option<Proposal> {
    if counts.calendar.periods.len() < 2 || settings.elasticity_sd <= 0.0 {
        return None;
    }
    let (elasticity, grid) = (settings.elasticity, nodes());
    let step = step(elasticity);
    let spend: Vec<f64> =
        courses.iter().map(|course| course.cost.iter().copied().collect::<ExactSum>().value()).collect();
    let all = spend.iter().copied().collect::<ExactSum>().value();
    let account = Account::new(courses);
    let told = |campaign: usize| {
        let likelihood = account.promise(campaign, elasticity, step, WEEKS, &grid)?;
        let information = curvature(&likelihood, &grid, elasticity);
        (spend[campaign] > 0.0).then_some((campaign, likelihood, information / spend[campaign]))
    };
    let mut offers: Vec<(usize, Vec<f64>, f64)> = (0..courses.len()).filter_map(told).collect();
    offers.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    let mut evidence: Vec<Campaign> = (0..courses.len()).map(|_| Campaign::default()).collect();
    let (mut chosen, mut share, mut known) = (Vec::new(), 0.0, Known::default());
    for (campaign, likelihood, _) in offers {
        let part = spend[campaign] / all;
        if share + part > LARGEST_SHARE && courses.len() > 1 {
            continue;
        }
        evidence[campaign].common = Some(likelihood);
        share += part;
        chosen.push(campaign);
        let learned = learn(&evidence, elasticity, settings.elasticity_sd);
        known = widest(chosen.iter().map(|&campaign| learned.campaign[campaign]));
        if common(known) <= PRECISE || chosen.len() == MOST {
            break;
        }
    }
    let (common, single) = (common(known), known.total().sqrt());
    if chosen.is_empty() || known.total() > (1.0 - WORTHWHILE) * settings.elasticity_sd.powi(2) {
        return None;
    }
    Some(Proposal { campaigns: chosen, common, single, share })
}

impl Proposal {
    /// What to do, and what it would tell.
    pub(super) fn message(&self, settings: &ResponseSettings, groups: &Groups) -> String {
        let Self { campaigns, common, single, share } = self;
        let names: Vec<&str> = campaigns.iter().map(|&campaign| groups.names[campaign].as_str()).collect();
        let names = if names == [""] { "all terms".to_owned() } else { names.join(", ") };
        format!(
            "a test of bids would tell the elasticity to about \u{b1}{common:.2} for terms like these on average, and to \u{b1}{single:.2} \
             for each (\u{b1}{:.2} is known now): raise all bids of {names} ({:.0}% of spend) by {:.0}% for {WEEKS:.0} weeks, then set \
             them back, and export max. CPC week by week; their spend would rise by about {:.0}% in these weeks, and more where clicks answer strongly",
            settings.elasticity_sd,
            100.0 * share,
            100.0 * RAISE,
            100.0 * step(settings.elasticity).exp_m1()
        )
    }
}

/// Deviation of what terms of a campaign share.
fn common(known: Known) -> f64 {
    (known.variance[0] + known.variance[1]).sqrt()
}

/// That of which least is known.
fn widest(all: impl Iterator<Item = Known>) -> Known {
    all.max_by(|a, b| a.total().total_cmp(&b.total())).unwrap_or_default()
}

/// Fall of a log-likelihood two nodes away from the middle: how much it tells.
fn curvature(likelihood: &[f64], grid: &[f64], middle: f64) -> f64 {
    let at = grid.partition_point(|&node| node < middle).clamp(2, grid.len().max(5) - 3);
    (2.0 * likelihood[at] - likelihood[at - 2] - likelihood[at + 2]).max(0.0)
}
