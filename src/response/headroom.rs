//! How far a term's clicks can grow, and which lever makes them grow.
//!
//! In: impression shares and shares lost, as intervals, over the baseline weeks. Out: one [`Headroom`] a term, which
//! turns an elasticity into a curve, and what campaigns can spend before their bids have to rise. Nothing here knows
//! rates or values. Wrong where a share is of another kind of search than the clicks (exact match against all), and where
//! the searches themselves change: a demand index is what says so.
//!
//! # Formula
//! ```text
//! IS impression share, Lb share lost to the campaign's budget, x₀ spend and Q₀ clicks now, ε elasticity
//! budget is what holds:   Q = Q₀ x / x₀              to  x₁ = x₀ (IS + Lb) / IS      today's price of a click
//! bids are what holds:    Q = Q₁ (x / x₁)^ε          to  x₂ = the highest spend seen, or x₀ (1 + c)
//! beyond what was seen:   Q = Q₂ (x / x₂)^(ε − σ)    to  Q₀ / IS                     every search reached
//! ```
//! with x₁ = x₀ where bids hold from the start, and c and σ the trusted change and the elasticity's standard deviation.

use super::bent::Stretch;
use super::{Curve, ResponseSettings};
use crate::counts::{Baseline, Cells, Counts, Groups, Shares};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What moves a campaign's spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LeverChoice {
    /// The budget in campaigns that lose impressions to it, else bids.
    #[default]
    Auto,
    /// Bids everywhere: more clicks cost more each.
    Bid,
    /// Budgets everywhere: clicks cost what they cost today, as long as impressions are lost to the budget.
    Budget,
}

/// Shares of impressions lost below this are too few for a campaign to be held by its budget, ratio.
const LIMITED: f64 = 0.05;
/// Elasticities in a curve never fall below this.
pub(super) const LEAST: f64 = 0.05;

/// How a term's clicks go on from today's bids. Ratios refer to what these cost and bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headroom {
    /// What today's bids cost, money a week, above zero.
    pub spend: f64,
    /// What they bring, clicks a week, above zero.
    pub clicks: f64,
    /// Spend up to which a click costs what it costs today, ratio; `None` where bids move the spend.
    pub straight: Option<f64>,
    /// Clicks with every search reached, ratio: least and most that the shares allow; infinite where unknown.
    pub ceiling: [f64; 2],
    /// Spend up to which the elasticity is trusted, ratio.
    pub seen: f64,
    /// Elasticity given up beyond that.
    pub caution: f64,
}

impl Headroom {
    /// The same in a week that is searched `demand` times as much: spend and clicks of today's bids grow with it.
    #[must_use]
    pub fn at(&self, demand: f64) -> Self {
        Self { spend: demand * self.spend, clicks: demand * self.clicks, ..*self }
    }

    /// The ceiling that plans use, ratio: that of the middle of the share's interval.
    #[must_use]
    pub fn point(&self) -> f64 {
        self.ceiling_at(0.5)
    }

    /// The ceiling at a place of the share's interval, ratio; 0 is its lower end.
    #[must_use]
    pub fn ceiling_at(&self, place: f64) -> f64 {
        let [highest, lowest] = self.ceiling.map(f64::recip);
        1.0 / place.mul_add(highest - lowest, lowest)
    }

    /// Whether the ceiling is known as an interval only.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ceiling[0] < self.ceiling[1]
    }

    /// The curve through today's spend and clicks for an elasticity and a ceiling (ratio).
    #[must_use]
    pub fn curve(&self, elasticity: f64, ceiling: f64) -> Curve {
        let (stretches, count) = self.stretches(elasticity, ceiling);
        match stretches[..count] {
            [Stretch { a, k, h, to }] if to == f64::INFINITY => Curve::Power { a, k, h },
            ref stretches => Curve::Bent(stretches.into()),
        }
    }

    /// Spend at which every search is reached, money; infinite where no share is known.
    #[must_use]
    pub fn full_spend(&self, elasticity: f64) -> f64 {
        let (stretches, count) = self.stretches(elasticity, self.point());
        stretches[count - 1].to
    }

    /// Stretches of the curve and how many there are, at least one.
    fn stretches(&self, elasticity: f64, ceiling: f64) -> ([Stretch; 3], usize) {
        let Self { spend, clicks, .. } = *self;
        let trusted = elasticity.max(LEAST);
        let cautious = (elasticity - self.caution).clamp(LEAST, trusted);
        let seen = if self.caution > 0.0 { self.seen } else { f64::INFINITY };
        let ends = [(1.0, self.straight.unwrap_or(0.0)), (trusted, seen), (cautious, f64::INFINITY)];
        let mut stretches = [Stretch { a: clicks, k: spend, h: trusted, to: spend }; 3];
        let (mut count, mut from, mut a, mut k) = (0, 0.0, clicks, spend);
        for (h, end) in ends {
            let full = if ceiling < f64::INFINITY { k * (ceiling * clicks / a).powf(h.recip()) } else { ceiling };
            let to = (end * spend).min(full);
            if to > from {
                stretches[count] = Stretch { a, k, h, to };
                (a, k, from) = (stretches[count].value(to), to, to);
                count += 1;
            }
            if to >= full {
                break;
            }
        }
        (stretches, count.max(1))
    }
}

/// What a campaign can spend before its bids have to rise.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignRoom {
    /// Name of the campaign, as [`Groups::by_campaign`] gives it.
    pub name: String,
    /// Its terms, ascending.
    pub members: Vec<u32>,
    /// Money a week.
    pub spend: f64,
    /// Share of impressions lost to the budget, ratio.
    pub lost: f64,
}

/// What the shares say.
pub(super) struct Room {
    /// Impression share of each term, least and most; `None` where nothing is known. Shape: terms.
    pub(super) share: Vec<Option<[f64; 2]>>,
    /// End of the straight stretch, ratio; `None` where bids move the spend. Shape: terms.
    pub(super) straight: Vec<Option<f64>>,
    /// Campaigns whose budget holds them.
    pub(super) campaigns: Vec<CampaignRoom>,
    /// Campaigns asked to be moved by budget that say nothing of what they lose to it, count.
    pub(super) untold: usize,
}

/// Reads the shares of the baseline weeks.
pub(super) fn room(counts: &Counts, baseline: &Baseline, groups: &Groups, lever: LeverChoice) -> Room {
    let signals = &counts.cells.signals;
    let terms = counts.terms.len();
    let inside = |cell: &usize| baseline.inside[counts.cells.period[*cell] as usize];
    let joint = |shares: &Shares, cells: &[usize]| {
        let impressions = counts.cells.impressions.as_deref();
        let ends = [&shares.lower, &shares.upper].map(|ends| Cells::joint_share(ends, impressions, cells));
        (ends[0] <= ends[1] && ends[1] > 0.0).then_some(ends)
    };
    let share: Vec<Option<[f64; 2]>> = match &signals.impression_share {
        None => vec![None; terms],
        Some(shares) => (0..terms)
            .into_par_iter()
            .map(|term| joint(shares, &counts.cells.of_term(term).filter(inside).collect::<Vec<_>>()))
            .collect(),
    };
    let mut room = Room { share, straight: vec![None; terms], campaigns: Vec::new(), untold: 0 };
    if lever == LeverChoice::Bid {
        return room;
    }
    let Some(lost) = &signals.lost_to_budget else {
        room.untold = if lever == LeverChoice::Budget { groups.names.len() } else { 0 };
        return room;
    };
    for (members, name) in groups.members().into_iter().zip(&groups.names) {
        let cells: Vec<usize> = members.iter().flat_map(|&term| counts.cells.of_term(term)).filter(inside).collect();
        let Some([least, most]) = over(lost, counts, &cells) else {
            room.untold += usize::from(lever == LeverChoice::Budget);
            continue;
        };
        if lever == LeverChoice::Auto && least < LIMITED {
            continue;
        }
        let lost = f64::midpoint(least, most);
        let together = signals.impression_share.as_ref().and_then(|shares| joint(shares, &cells)).map(mean);
        // what is lost to the budget is at most what is not had
        let ratio = |share: f64| (share + lost).min(1.0).max(share) / share;
        let Some(together) = together.filter(|&share| share > 0.0) else {
            room.untold += 1;
            continue;
        };
        for &term in &members {
            room.straight[term] = Some(ratio(room.share[term].map_or(together, mean)));
        }
        let spend = members.iter().map(|&term| baseline.spend[term]).collect::<ExactSum>().value();
        #[allow(clippy::cast_possible_truncation)] // terms are counted in 32 bits
        let members = members.into_iter().map(|term| term as u32).collect();
        room.campaigns.push(CampaignRoom { name: name.clone(), members, spend: spend * ratio(together), lost });
    }
    room
}

fn mean([lower, upper]: [f64; 2]) -> f64 {
    f64::midpoint(lower, upper)
}

/// Means of both ends of a share over cells, weighted by impressions; `None` where no cell has it.
fn over(shares: &Shares, counts: &Counts, cells: &[usize]) -> Option<[f64; 2]> {
    let impressions = counts.cells.impressions.as_deref();
    let ends = [&shares.lower, &shares.upper].map(|ends| Cells::mean_signal(ends, impressions, cells));
    ends.iter().all(|end| !end.is_nan()).then_some(ends)
}

/// The highest spend of a period for each term, money a week. Shape: terms.
pub(super) fn highest_spend(counts: &Counts, baseline: &Baseline) -> Vec<f64> {
    let Some(cost) = counts.cells.cost.as_deref() else { return vec![0.0; counts.terms.len()] };
    (0..counts.terms.len())
        .into_par_iter()
        .map(|term| counts.cells.of_term(term).map(|cell| cost[cell] * baseline.weeks_a_period).fold(0.0, f64::max))
        .collect()
}

impl Room {
    /// The headroom of a term with `clicks` at `spend`, from what was read; `highest` is its highest spend, `sd` the
    /// deviation of its elasticity. Money and clicks a week.
    pub(super) fn of(
        &self,
        term: usize,
        [clicks, spend, highest]: [f64; 3],
        sd: f64,
        settings: &ResponseSettings,
    ) -> Headroom {
        let ends = |[least, most]: [f64; 2]| [most, least].map(|share| 1.0 / share.min(1.0));
        Headroom {
            spend,
            clicks,
            straight: self.straight[term],
            ceiling: self.share[term].map_or([f64::INFINITY; 2], ends),
            seen: (highest / spend).max(1.0 + settings.trusted_change),
            caution: sd,
        }
    }
}

#[cfg(test)]
mod tests;
