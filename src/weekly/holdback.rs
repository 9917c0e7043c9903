//! Campaigns that are held back at random, so that lift can be measured.
//!
//! In: what campaigns spend, a share, a seed. Out: a [`Holdback`], drawn once for a rotation and kept in the records of its
//! runs. Held-back campaigns keep their spends; the others follow the plan.
//!
//! # Formula
//! ```text
//! campaigns by falling spend in strata of m = round(1 / share); of each stratum one is held back, all alike likely;
//! of a last stratum of k < m one with probability k / m
//! ```
//! Each rotation draws anew: the first planned week, counted in weeks since the Monday 1970-01-05, divided by the length of a
//! rotation, is its number, and number and seed give the stream.

use crate::counts::Counts;
use crate::domain::{Date, Term, stable_hash};
use crate::numeric::stream::Stream;
use crate::recommend::HeldBack;
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
    /// Number of the rotation.
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
}

/// The campaign of a term; `None` without one.
#[must_use]
pub fn campaign_of(term: &Term) -> Option<HeldBack> {
    term.key.campaign.as_ref()?;
    Some(HeldBack { channel: term.key.channel.clone(), campaign: term.key.campaign.clone() })
}

/// Number of the rotation of a planned week.
#[must_use]
pub(super) fn rotation(week: Date, weeks: u32) -> i64 {
    let monday = Date::from_ymd_opt(1970, 1, 5).unwrap_or_default();
    (week - monday).num_days().div_euclid(7).div_euclid(i64::from(weeks.max(1)))
}

/// Draws for the rotation of a planned week. Shape of `spend`: terms, money a week. Terms without a campaign, and campaigns
/// without spend, take no part.
#[must_use]
pub fn draw(counts: &Counts, spend: &[f64], settings: &HoldbackSettings, seed: u64, week: Date) -> Holdback {
    let mut spends: BTreeMap<HeldBack, f64> = BTreeMap::new();
    for (term, spend) in counts.terms.iter().zip(spend).filter(|(_, spend)| **spend > 0.0) {
        if let Some(campaign) = campaign_of(term) {
            *spends.entry(campaign).or_default() += spend;
        }
    }
    let seed = settings.seed.unwrap_or(seed);
    let number = rotation(week, settings.rotate_weeks);
    let mut campaigns: Vec<Drawn> =
        spends.into_iter().map(|(campaign, spend)| Drawn { campaign, spend, ..Drawn::default() }).collect();
    campaigns.sort_by(|one, other| other.spend.total_cmp(&one.spend).then_with(|| one.campaign.cmp(&other.campaign)));
    let is_enough = campaigns.len() >= FEWEST && settings.share > 0.0;
    if is_enough {
        let mut stream = Stream::new(seed, stable_hash(&["holdback", &number.to_string()]));
        let size = stratum_size(settings.share);
        for (stratum, members) in campaigns.chunks_mut(size).enumerate() {
            let place = stream.uniform() * size as f64;
            for (at, member) in members.iter_mut().enumerate() {
                member.stratum = stratum;
                // beyond the last of a short stratum lies nobody
                member.held = (at as f64..at as f64 + 1.0).contains(&place);
            }
        }
    }
    Holdback {
        rotation: number,
        since: Some(week),
        seed,
        share: settings.share,
        rotate_weeks: settings.rotate_weeks,
        campaigns,
        promised: None,
    }
}

/// Campaigns of a stratum.
fn stratum_size(share: f64) -> usize {
    (2..=1000).find(|&size| 1.0 / (size as f64) <= share * (1.0 + 1e-9)).unwrap_or(1000)
}

impl Holdback {
    /// Whether a draw is still that of a planned week and of the settings.
    #[must_use]
    pub fn goes_on(&self, settings: &HoldbackSettings, seed: u64, week: Date) -> bool {
        self.rotation == rotation(week, settings.rotate_weeks)
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
        let since = self.since?;
        let left = (0..=i64::from(self.rotate_weeks))
            .find(|weeks| rotation(since + chrono::Duration::weeks(*weeks), self.rotate_weeks) != self.rotation)?;
        Some(since + chrono::Duration::weeks(left))
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
        let mut often = [0_usize; 10];
        let draws = 4000;
        for number in 0..draws {
            let drawn = draw(&counts, &spend, &settings, 7, week(2 * number));
            for stratum in 0..2 {
                let held = drawn.campaigns.iter().filter(|drawn| drawn.stratum == stratum && drawn.held).count();
                assert_eq!(held, 1, "stratum {stratum}");
            }
            for (at, campaign) in drawn.campaigns.iter().enumerate() {
                often[at] += usize::from(campaign.held);
            }
        }
        // a quarter, whichever stratum; five standard errors of a share
        let error = 5.0 * (0.25 * 0.75 / draws as f64).sqrt();
        for count in often {
            assert!((count as f64 / draws as f64 - 0.25).abs() < error, "{often:?}");
        }
    }

    #[test]
    fn a_draw_stays_for_its_rotation_and_few_campaigns_are_left_alone() {
        let (counts, spend) = account(8);
        let settings = HoldbackSettings { share: 0.5, rotate_weeks: 4, seed: Some(3) };
        let drawn = draw(&counts, &spend, &settings, 1, week(0));
        assert_eq!(drawn.held().len(), 4);
        let until = drawn.until().unwrap();
        assert!(drawn.goes_on(&settings, 1, week(0)) && !drawn.goes_on(&settings, 1, until));
        assert!(drawn.goes_on(&settings, 1, until - chrono::Days::new(7)));
        assert!(!drawn.goes_on(&HoldbackSettings { share: 0.25, ..settings }, 1, week(0)));
        // the same seed, the same draw; another week of the rotation, too
        assert_eq!(draw(&counts, &spend, &settings, 9, week(0)), drawn);
        let (few, spend) = account(3);
        assert!(draw(&few, &spend, &settings, 1, week(0)).held().is_empty());
        for (share, fine) in [(0.0, true), (0.5, true), (0.6, false), (f64::NAN, false)] {
            assert_eq!(HoldbackSettings { share, ..settings }.validate().is_ok(), fine, "{share}");
        }
    }
}
