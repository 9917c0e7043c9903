//! Campaigns that are held back at random, so that lift can be measured.
//!
//! In: what campaigns spend, a share, a seed, earlier draws. Out: a [`Holdback`], drawn once for a rotation and kept in the
//! records of its runs. Held-back campaigns keep their spends; the others follow the plan.
//!
//! # Formula
//! ```text
//! K = round(n · share) strata, 1 ≤ K ≤ n / 2, of n campaigns by falling spend: from round(j n / K) up to round((j + 1) n / K)
//! of each stratum one is held back: any of those that were held back least often so far, all alike likely
//! ```
//! So within a stratum nobody is drawn again before all have been: turn after turn a random order, dealt out one at a time. Each
//! campaign of a stratum of m is as likely as any other to be held back in a rotation, with probability 1 / m. A campaign that
//! is new counts as drawn as often as the least of its stratum. A rotation begins where the one before ends, so that none is cut
//! short; its first planned week and the seed give the stream.
//!
//! # When it is wrong
//! Runs that are removed take their draws with them, and turns begin anew. Where spends change strata change too, and a campaign
//! may be drawn again before others that were in another stratum.

use crate::counts::Counts;
use crate::domain::{Date, Term, stable_hash};
use crate::numeric::stream::Stream;
use crate::recommend::HeldBack;
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[weekly.holdback]`: campaigns held back at random to measure lift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HoldbackSettings {
    /// Share of the campaigns that keep their spends, 0 to 0.5; 0 holds none back.
    pub share: f64,
    /// Weeks after which other campaigns are drawn.
    pub rotate_weeks: u32,
    /// Seed of the draw; that of the config by default.
    pub seed: Option<u64>,
}

impl Default for HoldbackSettings {
    fn default() -> Self {
        Self { share: 0.0, rotate_weeks: 8, seed: None }
    }
}

impl HoldbackSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// Key, value and rule of the first that is broken.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str)> {
        if !(0.0..=0.5).contains(&self.share) {
            let rule = "a share from 0 (none) to 0.5";
            return Err(("weekly.holdback.share", self.share.to_string(), rule));
        }
        if !(2..=104).contains(&self.rotate_weeks) {
            return Err(("weekly.holdback.rotate_weeks", self.rotate_weeks.to_string(), "2 to 104"));
        }
        Ok(())
    }
}

/// Campaigns below which nothing is held back: two on either side are the least that scatter shows in.
const FEWEST: usize = 4;

/// One draw, as its runs keep it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holdback {
    /// Number of the rotation; that of the one before and one more.
    pub rotation: i64,
    /// First planned week of it that was drawn for.
    pub since: Option<Date>,
    /// Seed of the draw.
    pub seed: u64,
    /// Share asked for.
    pub share: f64,
    /// Weeks of a rotation.
    pub rotate_weeks: u32,
    /// The campaigns that were drawn from, by falling spend.
    pub campaigns: Vec<Drawn>,
    /// What the plan promises of the campaigns that are not held back beyond their old spends, in the objective's units a week.
    pub promised: Option<f64>,
}

/// A campaign in a draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drawn {
    /// Which.
    pub campaign: HeldBack,
    /// Spend when it was drawn, money a week.
    pub spend: f64,
    /// Stratum, from 0.
    pub stratum: usize,
    /// Whether it is held back.
    pub held: bool,
    /// How often it was held back so far, this draw included; turns that it was not there for count as had.
    pub times: u32,
}

/// The campaign of a term; `None` without one.
#[must_use]
pub fn campaign_of(term: &Term) -> Option<HeldBack> {
    term.key.campaign.as_ref()?;
    Some(HeldBack { channel: term.key.channel.clone(), campaign: term.key.campaign.clone() })
}

/// Draws for a rotation that begins with a planned week. Shape of `spend`: terms, money a week. Terms without a campaign, and
/// campaigns without spend, take no part. `before`: earlier draws, ascending.
#[must_use]
pub fn draw(
    counts: &Counts,
    spend: &[f64],
    settings: &HoldbackSettings,
    seed: u64,
    week: Date,
    before: &[&Holdback],
) -> Holdback {
    let mut spends: BTreeMap<HeldBack, f64> = BTreeMap::new();
    for (term, spend) in counts.terms.iter().zip(spend).filter(|(_, spend)| **spend > 0.0) {
        if let Some(campaign) = campaign_of(term) {
            *spends.entry(campaign).or_default() += spend;
        }
    }
    let seed = settings.seed.unwrap_or(seed);
    let mut campaigns: Vec<Drawn> =
        spends.into_iter().map(|(campaign, spend)| Drawn { campaign, spend, ..Drawn::default() }).collect();
    campaigns.sort_by(|one, other| other.spend.total_cmp(&one.spend).then_with(|| one.campaign.cmp(&other.campaign)));
    if campaigns.len() >= FEWEST && settings.share > 0.0 {
        let mut stream = Stream::new(seed, stable_hash(&["holdback", &week.to_string()]));
        let turns = turns(before, seed);
        let mut rest = campaigns.as_mut_slice();
        for (stratum, size) in strata(rest.len(), settings.share).into_iter().enumerate() {
            let (members, later) = rest.split_at_mut(size);
            rest = later;
            deal(members, stratum, &turns, stream.uniform());
        }
    }
    Holdback {
        rotation: before.last().map_or(0, |last| last.rotation + 1),
        since: Some(week),
        seed,
        share: settings.share,
        rotate_weeks: settings.rotate_weeks,
        campaigns,
        promised: None,
    }
}

/// How often campaigns were held back so far, as their last draw has it.
fn turns<'d>(before: &[&'d Holdback], seed: u64) -> BTreeMap<&'d HeldBack, u32> {
    let drawn = before.iter().filter(|draw| draw.seed == seed).flat_map(|draw| &draw.campaigns);
    // records of earlier versions tell of one draw at a time
    let mut turns = BTreeMap::new();
    for one in drawn {
        let so_far: &mut u32 = turns.entry(&one.campaign).or_default();
        *so_far = one.times.max(*so_far + u32::from(one.held && one.times == 0));
    }
    turns
}

/// Holds back one of a stratum, `place` of the way through those that were held back least often.
fn deal(members: &mut [Drawn], stratum: usize, turns: &BTreeMap<&HeldBack, u32>, place: f64) {
    let known: Vec<Option<u32>> = members.iter().map(|member| turns.get(&member.campaign).copied()).collect();
    let least = known.iter().flatten().copied().min().unwrap_or(0);
    for (member, times) in members.iter_mut().zip(known) {
        (member.stratum, member.times) = (stratum, times.unwrap_or(least));
    }
    let due: Vec<usize> = (0..members.len()).filter(|&at| members[at].times == least).collect();
    let reached = place * due.len() as f64;
    if let Some((_, &at)) = due.iter().enumerate().take_while(|(before, _)| *before as f64 <= reached).last() {
        members[at].held = true;
        members[at].times += 1;
    }
}

/// Sizes of the strata: as many as campaigns are to be held back, at least two in each.
fn strata(campaigns: usize, share: f64) -> Vec<usize> {
    let wanted = (campaigns as f64 * share).round();
    let count = (1..=campaigns / 2).take_while(|&count| count as f64 <= wanted).last().unwrap_or(1);
    let end = |stratum: usize| (2 * stratum * campaigns + count) / (2 * count);
    (0..count).map(|stratum| end(stratum + 1) - end(stratum)).collect()
}

impl Holdback {
    /// Whether a draw is still that of a planned week and of the settings.
    #[must_use]
    pub fn goes_on(&self, settings: &HoldbackSettings, seed: u64, week: Date) -> bool {
        self.since.is_some_and(|since| since <= week)
            && self.until().is_some_and(|until| week < until)
            && self.rotate_weeks == settings.rotate_weeks
            && self.seed == settings.seed.unwrap_or(seed)
            && self.share.total_cmp(&settings.share).is_eq()
    }

    /// The campaigns held back.
    #[must_use]
    pub fn held(&self) -> Vec<HeldBack> {
        self.campaigns.iter().filter(|drawn| drawn.held).map(|drawn| drawn.campaign.clone()).collect()
    }

    /// First day of the week in which others are drawn.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        Some(self.since? + Duration::weeks(i64::from(self.rotate_weeks)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TermKey;

    fn account(campaigns: usize) -> (Counts, Vec<f64>) {
        let key = |at: usize| TermKey { term: "t".into(), campaign: Some(format!("c{at:02}")), ..TermKey::default() };
        let terms = (0..campaigns).map(|at| Term { key: key(at), ..Term::default() }).collect();
        let spend = (0..campaigns).map(|at| 100.0 / (1.0 + at as f64)).collect();
        (Counts { terms, ..Counts::default() }, spend)
    }

    fn week(number: u64) -> Date {
        Date::from_ymd_opt(2026, 1, 5).unwrap() + chrono::Days::new(7 * number)
    }

    #[test]
    fn one_of_each_stratum_is_held_back_every_one_as_often() {
        let (counts, spend) = account(10);
        let settings = HoldbackSettings { share: 0.25, rotate_weeks: 2, seed: None };
        let mut often = [[0_usize; 10]; 3];
        let accounts = 4000;
        for seed in 0..accounts {
            // three rotations of many accounts
            let mut before: Vec<Holdback> = Vec::new();
            for (rotation, often) in often.iter_mut().enumerate() {
                let earlier: Vec<&Holdback> = before.iter().collect();
                let drawn = draw(&counts, &spend, &settings, seed, week(2 * rotation as u64), &earlier);
                for (at, campaign) in drawn.campaigns.iter().enumerate() {
                    often[at] += usize::from(campaign.held);
                }
                before.push(drawn);
            }
        }
        // 2.5 of ten, rounded: three strata of 3, 4 and 3, one of each; five standard errors of a share
        for often in often {
            assert_eq!(often.iter().sum::<usize>(), 3 * usize::try_from(accounts).unwrap());
            for (at, count) in often.iter().enumerate() {
                let chance = if (3..7).contains(&at) { 0.25 } else { 1.0 / 3.0 };
                let error = 5.0 * (chance * (1.0 - chance) / accounts as f64).sqrt();
                assert!((*count as f64 / accounts as f64 - chance).abs() < error, "{often:?}");
            }
        }
    }

    #[test]
    fn nobody_is_drawn_again_before_all_of_the_stratum_have_been() {
        let (counts, spend) = account(12);
        let settings = HoldbackSettings { share: 0.25, rotate_weeks: 3, seed: Some(8) };
        let mut before: Vec<Holdback> = Vec::new();
        for rotation in 0..8 {
            let earlier: Vec<&Holdback> = before.iter().collect();
            let drawn = draw(&counts, &spend, &settings, 1, week(3 * rotation), &earlier);
            assert_eq!((drawn.held().len(), drawn.rotation), (3, i64::try_from(rotation).unwrap()));
            before.push(drawn);
            if before.len().is_multiple_of(4) {
                let held: std::collections::BTreeSet<HeldBack> =
                    before[before.len() - 4..].iter().flat_map(Holdback::held).collect();
                assert_eq!(held.len(), 12, "a turn has everybody once");
            }
        }
        // the second turn is in another order
        let orders: Vec<Vec<HeldBack>> = before.iter().map(Holdback::held).collect();
        assert_ne!(orders[..4], orders[4..]);
        // one that is new is neither first nor last for it
        let (more, spend) = account(13);
        let earlier: Vec<&Holdback> = before.iter().collect();
        let drawn = draw(&more, &spend, &settings, 1, week(24), &earlier);
        assert!(drawn.campaigns.iter().all(|one| one.times == 2 + u32::from(one.held)), "{drawn:?}");
    }

    #[test]
    fn shares_are_met_as_nearly_as_whole_campaigns_can() {
        for (campaigns, share, sizes) in [
            (10, 0.4, vec![3, 2, 3, 2]),
            (10, 0.3, vec![3, 4, 3]),
            (5, 0.5, vec![3, 2]),
            (4, 0.01, vec![4]),
            (9, 0.2, vec![5, 4]),
        ] {
            assert_eq!(strata(campaigns, share), sizes, "{campaigns} {share}");
        }
    }

    #[test]
    fn a_draw_stays_for_its_rotation_and_few_campaigns_are_left_alone() {
        let (counts, spend) = account(8);
        let settings = HoldbackSettings { share: 0.5, rotate_weeks: 4, seed: Some(3) };
        let drawn = draw(&counts, &spend, &settings, 1, week(0), &[]);
        assert_eq!(drawn.held().len(), 4);
        // the first rotation is as long as any
        assert_eq!(drawn.until(), Some(week(4)));
        assert!(drawn.goes_on(&settings, 1, week(0)) && !drawn.goes_on(&settings, 1, week(4)));
        assert!(drawn.goes_on(&settings, 1, week(3)));
        assert!(!drawn.goes_on(&HoldbackSettings { share: 0.25, ..settings }, 1, week(0)));
        // the same seed, the same draw
        assert_eq!(draw(&counts, &spend, &settings, 9, week(0), &[]), drawn);
        let (few, spend) = account(3);
        assert!(draw(&few, &spend, &settings, 1, week(0), &[]).held().is_empty());
        for (share, fine) in [(0.0, true), (0.5, true), (0.6, false), (f64::NAN, false)] {
            assert_eq!(HoldbackSettings { share, ..settings }.validate().is_ok(), fine, "{share}");
        }
    }
}
