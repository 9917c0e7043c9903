//! What the true rates of many terms have in common from week to week, and what they have not.
//!
//! Owns the random walks that a campaign's terms share, the walk that the whole account shares, and
//! the independent noise of a term's week. In: settings and streams. Out: logs of factors on the
//! rates. Each walk is drawn from the end, so that the truth is where it ends, and has the mean 1 in
//! every week given its end:
//!
//! ```text
//! ln r(w) = ln r(w + 1) + σ (z − σ/2),   z ~ Normal(0, 1),   r(last week + 1) = the true rate
//! ```
//!
//! Wrong where a site changes its rates in one step, or where rates revert to a level.

use super::settings::SimulateSettings;
use super::truth::TrueCampaign;
use crate::domain::{Date, stable_hash};
use crate::numeric::stream::Stream;

/// The shared part of the log of the rates: rate in a week over the rate after the last week.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedWalks {
    /// Of the whole account. Shape: weeks observed.
    pub common: Vec<f64>,
    /// Of each campaign, beyond the account's. Shape: campaigns × weeks observed.
    pub campaigns: Vec<Vec<f64>>,
}

impl SharedWalks {
    /// The walks of a new account.
    pub(super) fn draw(campaigns: &[TrueCampaign], settings: &SimulateSettings) -> Self {
        let walk = |sd: f64, name: &[&str]| {
            let mut stream = Stream::new(settings.seed, stable_hash(name));
            let mut level = 0.0;
            let mut walk: Vec<f64> = (0..settings.weeks)
                .map(|_| {
                    level += step(sd, &mut stream);
                    level
                })
                .collect();
            walk.reverse();
            walk
        };
        Self {
            common: walk(settings.common_drift, &["common drift"]),
            campaigns: campaigns
                .iter()
                .map(|campaign| walk(settings.group_drift, &["group drift", &campaign.name]))
                .collect(),
        }
    }

    /// Both walks of a campaign's terms in a week.
    pub(super) fn at(&self, campaign: usize, week: usize) -> f64 {
        self.common[week] + self.campaigns[campaign][week]
    }

    /// Carries the walks on by the week from `date`: answers with the log of the factor on the rates
    /// of each campaign's terms (shape: campaigns), and refers all weeks to the new end.
    pub(super) fn step(&mut self, campaigns: &[TrueCampaign], settings: &SimulateSettings, date: Date) -> Vec<f64> {
        let week = date.to_string();
        let drawn = |sd, name: &[&str]| step(sd, &mut Stream::new(settings.seed, stable_hash(name)));
        let carry = |walk: &mut Vec<f64>, change: f64| {
            walk.push(0.0);
            for level in walk {
                *level -= change;
            }
        };
        let common = drawn(settings.common_drift, &["common drift", &week]);
        carry(&mut self.common, common);
        campaigns
            .iter()
            .zip(&mut self.campaigns)
            .map(|(campaign, walk)| {
                let own = drawn(settings.group_drift, &["group drift", &campaign.name, &week]);
                carry(walk, own);
                common + own
            })
            .collect()
    }
}

/// One week's change of a walk.
fn step(sd: f64, stream: &mut Stream) -> f64 {
    if sd > 0.0 { sd * (stream.normal() - sd / 2.0) } else { 0.0 }
}

/// Factor on a rate in one week: gamma with mean 1 and relative standard deviation `sd`.
pub(super) fn rate_noise(sd: f64, stream: &mut Stream) -> f64 {
    if sd > 0.0 {
        let shape = 1.0 / (sd * sd);
        stream.gamma(shape) / shape
    } else {
        1.0
    }
}
