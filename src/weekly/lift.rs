//! Lift as it is measured: campaigns that followed the plan against those that were held back at random.
//!
//! In: of every rotation what each campaign brought a week before and since, and what plans promised. Out: a [`Lift`].
//!
//! # Formula
//! ```text
//! D_c   figure a week of campaign c since the draw, less that before       s_c   its spend when it was drawn
//! R_g = Σ D_c / Σ s_c     over the campaigns of a side: a(dopted), h(eld back)
//! L   = S_a (R_a − R_h)   realised lift a week of a rotation, S_a = Σ s_c of the adopted: differences in differences, as a
//!                         ratio estimator (Cochran 1977, sections 6.2 and 6.4), so that large and small campaigns compare
//! V_g = S_a² Σ w_c² (D_c / s_c − R_g)² / (1 − w_c),   w_c = s_c / S_g         (MacKinnon and White 1985, HC2)
//! ν_g = max(1 / Σ w_c² − 1, ½)    effective campaigns less one;  V = V_a + V_h with Welch's and Satterthwaite's degrees
//! ρ   = Σ T L / Σ T P             over rotations of T weeks; P promised, times the share of the moves that was made;
//!                                rotations of which that is not known are left out of both sums
//! ```
//! The draw is random, so that what else moves campaigns moves both sides alike; no model of demand or rates is needed. The
//! interval is Student's. On simulated campaigns of very unequal size (8 to 40, 10 to 50% held back, effects that differ from
//! campaign to campaign) it held 88 to 95% where it should hold 90%.
//!
//! # Correction
//! ```text
//! k = (1 / 0.5² + ρ / e²) / (1 / 0.5² + 1 / e²)      ρ shrunk towards 1, e its standard error; at most 1 unless even the lower
//!                                                   end of the interval of ρ lies above 1
//! ```
//!
//! # When it is wrong
//! Campaigns that compete for the same searches: what one gains the other loses, and the difference counts both. Campaigns few
//! and of very different size give intervals that say little. The promise is at the spends of the plan: where it was followed
//! in part, it counts by the share of the moves that was made.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::numeric::quantile::beta_quantile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A campaign of a rotation: its spend when it was drawn, and its figure a week before and since.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Which campaign, as a hash of its name: the same in every rotation.
    pub campaign: u64,
    /// Money a week.
    pub spend: f64,
    /// Objective a week before.
    pub before: f64,
    /// Objective a week since.
    pub since: f64,
    /// Whether it was held back.
    pub held: bool,
}

/// One rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rotation {
    /// Weeks since the draw.
    pub weeks: usize,
    /// Its campaigns.
    pub campaigns: Vec<Measured>,
    /// What plans promised of the adopted ones beyond the old spends, objective a week, times the share of moves made; `None`
    /// where that is not known.
    pub promised: Option<f64>,
}

/// Lift measured over all rotations. Figures are a week, in the objective's units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lift {
    /// Rotations.
    pub rotations: usize,
    /// Weeks of all rotations.
    pub weeks: usize,
    /// Distinct campaigns held back in one rotation or another.
    pub held: usize,
    /// Distinct campaigns that followed in one or another.
    pub adopted: usize,
    /// Rotations whose promise is known, which the ratio is of.
    pub promised_rotations: usize,
    /// What the adopted ones brought beyond what they would have.
    pub realised: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of the interval.
    pub degrees: f64,
    /// Lower end of the 90% interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// What plans promised for the moves that were made, a week of the rotations whose promise is known; `None` where hardly
    /// any was.
    pub promised: Option<f64>,
    /// Realised over promised in these rotations, ratio.
    pub ratio: Option<f64>,
    /// Lower end of its 90% interval.
    pub ratio_lower: Option<f64>,
    /// Upper end.
    pub ratio_upper: Option<f64>,
    /// What later promises are to be multiplied with, ratio.
    pub correction: Option<f64>,
}

/// Prior standard deviation of the ratio around 1.
const RATIO_SD: f64 = 0.5;
/// Level of the interval.
const LEVEL: f64 = 0.9;

/// One side of a rotation.
struct Side {
    spend: f64,
    ratio: f64,
    /// Variance of the ratio.
    variance: f64,
    degrees: f64,
}

fn side(campaigns: &[Measured], held: bool) -> Option<Side> {
    let members: Vec<&Measured> =
        campaigns.iter().filter(|campaign| campaign.held == held && campaign.spend > 0.0).collect();
    if members.len() < 2 {
        return None;
    }
    let spend: f64 = members.iter().map(|campaign| campaign.spend).sum();
    let ratio = members.iter().map(|campaign| campaign.since - campaign.before).sum::<f64>() / spend;
    let (mut variance, mut squares) = (0.0, 0.0);
    for campaign in &members {
        let weight = campaign.spend / spend;
        let apart = (campaign.since - campaign.before) / campaign.spend - ratio;
        variance += weight * weight * apart * apart / (1.0 - weight);
        squares += weight * weight;
    }
    Some(Side { spend, ratio, variance, degrees: (1.0 / squares - 1.0).max(0.5) })
}

/// Realised lift summed over rotations and their weeks, with its variance.
#[derive(Clone, Copy, Default)]
struct Sum {
    weeks: f64,
    realised: f64,
    variance: f64,
    satterthwaite: f64,
}

impl Sum {
    fn add(&mut self, weeks: f64, adopted: &Side, held: &Side) {
        self.weeks += weeks;
        self.realised += weeks * adopted.spend * (adopted.ratio - held.ratio);
        for one in [adopted, held] {
            let own = (weeks * adopted.spend).powi(2) * one.variance;
            self.variance += own;
            self.satterthwaite += own * own / one.degrees;
        }
    }

    /// Lift a week, its standard error and the degrees of freedom; `None` without scatter to tell them by.
    fn mean(&self) -> Option<(f64, f64, f64)> {
        let known = self.weeks > 0.0 && self.variance > 0.0 && self.variance.is_finite();
        known.then(|| {
            let degrees = self.variance * self.variance / self.satterthwaite;
            (self.realised / self.weeks, self.variance.sqrt() / self.weeks, degrees)
        })
    }
}

/// Measures lift; `None` where no rotation has two campaigns on either side and a week since.
#[must_use]
pub fn lift(rotations: &[Rotation]) -> Option<Lift> {
    let mut lift = Lift::default();
    let (mut all, mut of_promises, mut promised) = (Sum::default(), Sum::default(), 0.0);
    let mut campaigns = [BTreeSet::new(), BTreeSet::new()];
    for rotation in rotations.iter().filter(|rotation| rotation.weeks > 0) {
        let Some((adopted, held)) = side(&rotation.campaigns, false).zip(side(&rotation.campaigns, true)) else {
            continue;
        };
        let weeks = rotation.weeks as f64;
        all.add(weeks, &adopted, &held);
        if let Some(of_rotation) = rotation.promised {
            of_promises.add(weeks, &adopted, &held);
            promised += weeks * of_rotation;
            lift.promised_rotations += 1;
        }
        lift.rotations += 1;
        lift.weeks += rotation.weeks;
        for campaign in rotation.campaigns.iter().filter(|campaign| campaign.spend > 0.0) {
            campaigns[usize::from(campaign.held)].insert(campaign.campaign);
        }
    }
    (lift.adopted, lift.held) = (campaigns[0].len(), campaigns[1].len());
    (lift.realised, lift.error, lift.degrees) = all.mean()?;
    let half = student(LEVEL, lift.degrees) * lift.error;
    (lift.lower, lift.upper) = (lift.realised - half, lift.realised + half);
    let promised = promised / of_promises.weeks;
    if let Some((realised, error, degrees)) = of_promises.mean()
        // a ratio to a promise far below what can be measured says nothing
        && promised > 0.0
        && promised > 0.1 * error
    {
        let half = student(LEVEL, degrees) * error;
        let (ratio, lower) = (realised / promised, (realised - half) / promised);
        lift.promised = Some(promised);
        lift.ratio = Some(ratio);
        lift.ratio_lower = Some(lower);
        lift.ratio_upper = Some((realised + half) / promised);
        lift.correction = Some(shrunk(ratio, error / promised, lower));
    }
    Some(lift)
}

/// The ratio shrunk towards 1 by what is not known of it, and never above 1 unless it surely is.
fn shrunk(ratio: f64, error: f64, lower: f64) -> f64 {
    let (before, own) = (1.0 / (RATIO_SD * RATIO_SD), 1.0 / (error * error));
    let mean = ((before + ratio * own) / (before + own)).max(0.0);
    if lower > 1.0 { mean } else { mean.min(1.0) }
}

/// Half width of Student's interval in standard errors.
///
/// # Formula
/// T² / ν = (1 − X) / X with X ~ Beta(ν / 2, ½), so that P(|T| > t) = P(X < ν / (ν + t²)).
fn student(level: f64, degrees: f64) -> f64 {
    let x = beta_quantile(1.0 - level, 0.5 * degrees, 0.5);
    (degrees * (1.0 - x) / x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;
    use approx::assert_relative_eq;

    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        for (degrees, wanted) in [(1.0, 6.313_751_514_675), (4.0, 2.131_846_786_327), (30.0, 1.697_260_886_593)] {
            assert_relative_eq!(student(0.9, degrees), wanted, max_relative = 1e-9);
        }
    }

    #[test]
    fn without_scatter_lift_is_what_was_put_in() {
        let campaign = |spend: f64, held: bool| Measured {
            campaign: spend.to_bits(),
            spend,
            before: 2.0 * spend,
            // all grow by a fifth of their spend; the adopted by a tenth beyond, give or take
            since: 2.2 * spend + if held { 0.0 } else { 0.1 * spend },
            held,
        };
        let mut campaigns = vec![campaign(50.0, true), campaign(70.0, true), campaign(40.0, false)];
        campaigns.extend([campaign(60.0, false), campaign(100.0, false)]);
        campaigns[0].since += 1e-3;
        let rotation = Rotation { weeks: 4, campaigns, promised: Some(40.0) };
        let found = lift(&[rotation.clone(), rotation.clone()]).unwrap();
        assert_relative_eq!(found.realised, 20.0, max_relative = 1e-3);
        assert_relative_eq!(found.ratio.unwrap(), 0.5, max_relative = 1e-3);
        assert!((found.correction.unwrap() - 0.5).abs() < 1e-2 && found.rotations == 2 && found.weeks == 8);
        // the same campaigns twice are not twice as many
        assert_eq!((found.held, found.adopted), (2, 3));
        assert_eq!(lift(&[]), None);
        // a rotation of which no promise is known takes nothing from the ratio of the others
        let doubled = |one: &Measured| Measured { since: one.before + 2.0 * (one.since - one.before), ..*one };
        let unknown =
            Rotation { weeks: 8, campaigns: rotation.campaigns.iter().map(doubled).collect(), promised: None };
        let with = lift(&[rotation.clone(), unknown]).unwrap();
        let without = lift(&[rotation]).unwrap();
        assert_eq!((with.rotations, with.promised_rotations), (2, 1));
        assert_eq!((with.ratio, with.ratio_lower, with.promised), (without.ratio, without.ratio_lower, Some(40.0)));
        assert_relative_eq!(with.realised, (4.0 * 20.0 + 8.0 * 40.0) / 12.0, max_relative = 1e-3);
    }

    #[test]
    fn the_correction_stays_near_one_while_little_is_known_and_below_it_unless_sure() {
        assert_relative_eq!(shrunk(0.2, 50.0, -80.0), 1.0, max_relative = 1e-3);
        assert_relative_eq!(shrunk(0.6, 0.01, 0.58), 0.6, max_relative = 1e-3);
        assert_relative_eq!(shrunk(1.4, 0.5, 0.6), 1.0);
        assert!(shrunk(1.4, 0.1, 1.2) > 1.3);
        assert!(shrunk(-3.0, 0.1, -3.2) <= 0.0);
    }

    /// Campaigns of unequal size over some rotations, half of them Poisson in weeks; whether the interval holds the truth.
    fn holds(stream: &mut Stream, effect: f64, differs: f64, rotations: usize) -> (bool, bool) {
        let (mut made, mut truth, mut weeks) = (Vec::new(), 0.0, 0.0);
        for _ in 0..rotations {
            let mut spends: Vec<f64> = (0..20).map(|_| 100.0 * stream.normal().exp()).collect();
            spends.sort_by(|one, other| other.total_cmp(one));
            let common = 0.1 * stream.normal();
            let mut campaigns = Vec::new();
            for stratum in spends.chunks(5) {
                let place = stream.uniform() * 5.0;
                for (at, &spend) in stratum.iter().enumerate() {
                    let held = (at as f64..at as f64 + 1.0).contains(&place);
                    let own = spend * (effect + differs * stream.normal());
                    // eight weeks of orders worth 20 before, and as many since
                    let mut orders = |mean: f64| 20.0 * stream.poisson(8.0 * mean / 20.0) / 8.0;
                    let before = orders(2.0 * spend);
                    let moved = common + 0.08 * stream.normal();
                    let gained = if held { 0.0 } else { own };
                    let since = 20.0 * stream.poisson(8.0 * (2.0 + moved) * spend / 20.0) / 8.0 + gained;
                    let campaign = campaigns.len() as u64;
                    campaigns.push(Measured { campaign, spend, before, since, held });
                    truth += 8.0 * gained;
                }
            }
            weeks += 8.0;
            made.push(Rotation { weeks: 8, campaigns, promised: None });
        }
        let lift = lift(&made).unwrap();
        let truth = truth / weeks;
        (lift.lower <= truth && truth <= lift.upper, lift.lower <= 0.0 && 0.0 <= lift.upper)
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        for (effect, differs, rotations) in [(0.0, 0.0, 1), (0.0, 0.0, 3), (0.3, 0.1, 1), (0.3, 0.1, 3)] {
            let mut stream = Stream::new(11, 5);
            let runs = 600;
            let found: Vec<(bool, bool)> = (0..runs).map(|_| holds(&mut stream, effect, differs, rotations)).collect();
            let share = found.iter().filter(|(inside, _)| *inside).count() as f64 / f64::from(runs);
            assert!((0.85..=0.97).contains(&share), "{effect} {rotations}: {share}");
            // nothing moves: zero is inside; a large effect over three rotations is told from none
            let zero = found.iter().filter(|(_, zero)| *zero).count() as f64 / f64::from(runs);
            assert!(effect <= 0.0 || rotations == 1 || zero < 0.5, "{zero}");
        }
    }

    /// Campaigns that are themselves over a whole turn of four rotations, each held back once in a random order; whether the interval
    /// holds the truth.
    fn holds_in_turns(stream: &mut Stream, effect: f64) -> bool {
        let mut spends: Vec<f64> = (0..24).map(|_| 100.0 * stream.normal().exp()).collect();
        spends.sort_by(|one, other| other.total_cmp(one));
        // what each gains from a plan, and how it grows by itself in every rotation
        let own: Vec<(f64, f64)> =
            spends.iter().map(|_| (effect + 0.1 * stream.normal(), 0.1 * stream.normal())).collect();
        let turns: Vec<usize> = (0..6)
            .flat_map(|_| {
                let mut order: Vec<(f64, usize)> = (0..4).map(|turn| (stream.uniform(), turn)).collect();
                order.sort_by(|one, other| one.0.total_cmp(&other.0));
                order.into_iter().map(|(_, turn)| turn)
            })
            .collect();
        let (mut made, mut truth) = (Vec::new(), 0.0);
        for rotation in 0..4 {
            let mut campaigns = Vec::new();
            for (at, &spend) in spends.iter().enumerate() {
                let held = turns[at] == rotation;
                let (gains, grows) = own[at];
                let since = spend * (2.0 + grows + 0.05 * stream.normal() + if held { 0.0 } else { gains });
                truth += if held { 0.0 } else { gains * spend / 4.0 };
                campaigns.push(Measured { campaign: at as u64, spend, before: 2.0 * spend, since, held });
            }
            made.push(Rotation { weeks: 8, campaigns, promised: None });
        }
        let lift = lift(&made).unwrap();
        assert_eq!((lift.held, lift.adopted), (24, 24));
        lift.lower <= truth && truth <= lift.upper
    }

    #[test]
    fn intervals_hold_the_truth_where_campaigns_take_turns() {
        for effect in [0.0, 0.3] {
            let mut stream = Stream::new(17, 5);
            let runs = 600;
            let inside = (0..runs).filter(|_| holds_in_turns(&mut stream, effect)).count();
            // errors of rotations take themselves off in part: wide rather than narrow
            let share = inside as f64 / f64::from(runs);
            assert!((0.87..=1.0).contains(&share), "{effect}: {share}");
        }
    }
}
