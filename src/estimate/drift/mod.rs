//! What moves from period to period: each term's own rate, its group's, and the account's.
//!
//! Owns everything that time does to rates. In: counts by period, and the share of each period's conversions that
//! is already known. Out: for every term the evidence that still counts for the next period (exposure
//! and conversions), and the variance of what all terms of a group share in that period. Rates of
//! the next period are then estimated from that evidence as if nothing had ever moved.
//!
//! 1. `level`: common movement of all terms, and of each campaign's terms, from sums at still rates.
//! 2. `learn`: drift of a term's own rate and noise of single periods, given that movement.
//! 3. `filter`: every term through all its periods.
//!
//! # When it is wrong
//! Terms are taken to drift at one common speed. What many terms share is told apart from a term's own drift only
//! where several terms stand behind a sum; a dominant term's drift counts as its own. One period is looked
//! ahead, no more.

mod filter;
mod learn;
mod level;
mod log_count;
mod panel;

use super::delay::Delay;
use super::rate::Exposure;
use crate::counts::{Counts, Groups};
use crate::domain::Notes;
pub(super) use filter::ln_negative_binomial;
use filter::{Dynamics, walk};
use learn::{Learned, Sample, learn};
use level::{Movement, Path};
use panel::{Panel, Series};
use rayon::prelude::*;
use serde::Serialize;

/// Periods below which nothing can be said of movement.
pub(super) const FEWEST_PERIODS: usize = 4;
/// Campaigns from which their movement can be learned, unless there are no others.
const FEWEST_GROUPS: usize = 3;
/// Conversions below which "not found to move" would say nothing.
const FEWEST_CONVERSIONS: f64 = 10.0;

/// Nothing moves; the strength is where the first round starts.
const STILL: Dynamics = Dynamics { strength: 200.0, walk: 0.0, dispersion: 0.0 };

/// How rates move, as learned from the data. Standard deviations are of the logarithm of a rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// Standard deviation of the step of a term's own rate from period to period; 0 where it stands still.
    pub own_walk: f64,
    /// Standard deviation of a period's own noise on a term's rate, relative; 0 without.
    pub own_noise: f64,
    /// Standard deviation of the account's level from period to period; 0 where it stands still.
    pub common_walk: f64,
    /// Standard deviation of a period's own deviation of the account's level.
    pub common_noise: f64,
    /// The same for campaigns, beyond the account's.
    pub group_walk: f64,
    /// The same for campaigns, beyond the account's.
    pub group_noise: f64,
    /// Log score gained by drift and noise of terms over still rates, nats over all predictions one period ahead.
    pub gain: f64,
    /// Standard error of that gain.
    pub gain_error: f64,
    /// Terms that the speed of drift was learned from.
    pub sampled_terms: usize,
    /// Pseudo-clicks behind the prior that terms are followed with.
    #[serde(skip)]
    pub(in crate::estimate) strength: f64,
}

impl Drift {
    /// Whether rates stand still in every respect.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let walks = [self.own_walk, self.common_walk, self.group_walk];
        let noises = [self.own_noise, self.common_noise, self.group_noise];
        walks.iter().chain(&noises).all(|&sd| sd <= 0.0)
    }
}

impl Drift {
    /// One sentence for the reader, who has so many `conversions`.
    fn tell(&self, conversions: f64, notes: &mut Notes) {
        if self.is_none() && (self.sampled_terms == 0 || conversions < FEWEST_CONVERSIONS) {
            let message = "too few conversions to tell whether rates move: they are taken as constant";
            notes.add("rates-still", 1, message);
            return;
        }
        if self.is_none() {
            notes.add("rates-still", 1, "rates were not found to move: all periods count alike");
            return;
        }
        let percent = |sd: f64| if sd < 0.0995 { format!("{:.1}%", 100.0 * sd) } else { format!("{:.0}%", 100.0 * sd) };
        let mut parts = Vec::new();
        for (who, walk, noise) in [
            ("a term's own rate", self.own_walk, self.own_noise),
            ("a campaign's level", self.group_walk, self.group_noise),
            ("the account's level", self.common_walk, self.common_noise),
        ] {
            match (walk > 0.0, noise > 0.0) {
                (true, true) => {
                    parts.push(format!("{who} moves by {} and strays by {}", percent(walk), percent(noise)));
                }
                (true, false) => parts.push(format!("{who} moves by {}", percent(walk))),
                (false, true) => parts.push(format!("{who} strays by {}", percent(noise))),
                (false, false) => {}
            }
        }
        let told = parts.join(", ");
        notes.add(
            "rates-move",
            1,
            format!("from one period to the next {told} (standard deviations): recent periods count for more"),
        );
    }
}

/// What the past says for the next period.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tracked {
    pub(super) drift: Drift,
    /// Evidence that still counts; `None` where nothing moves, and plain sums will do.
    pub(super) exposure: Option<Exposure>,
    /// Variance of the logarithm of what all terms share in the next period.
    pub(super) common_variance: f64,
    /// The same for each group's terms, beyond the account's. Shape: groups.
    pub(super) group_variance: Vec<f64>,
}

/// Levels of account and groups. Factors have the shape groups × periods.
struct Levels {
    common: Movement,
    group: Movement,
    /// Exposure of a period in units of the next period's.
    factor: Vec<Vec<f64>>,
    common_variance: f64,
    group_variance: Vec<f64>,
}

impl Levels {
    fn still(groups: usize, periods: usize) -> Self {
        Self {
            common: Movement::default(),
            group: Movement::default(),
            factor: vec![vec![1.0; periods]; groups],
            common_variance: 0.0,
            group_variance: vec![0.0; groups],
        }
    }

    /// Levels from the sums at still rates, by movements of account and groups that are learned where none are given.
    fn found(series: &[Series], doubt: &[f64], dispersion: f64, given: Option<[Movement; 2]>) -> Self {
        let periods = doubt.len();
        let mut levels = Self::still(series.len(), periods);
        let mut total = series.first().cloned().unwrap_or_default();
        for series in series.iter().skip(1) {
            total.add(series);
        }
        let flat = vec![0.0; periods];
        let still = || Path { log: flat.clone(), next: 0.0, variance: 0.0 };
        let account = level::index(&total, &flat, dispersion, doubt).map_or_else(still, |index| {
            levels.common = given.map_or_else(|| level::learn(&[&index]), |[common, _]| common);
            level::path(&index, levels.common)
        });
        levels.common_variance = account.variance;
        let indices: Vec<Option<level::Index>> = if series.len() > 1 {
            series.iter().map(|series| level::index(series, &account.log, dispersion, doubt)).collect()
        } else {
            vec![None; series.len()]
        };
        let telling: Vec<&level::Index> = indices.iter().flatten().collect();
        // one campaign's luck must not become the movement of all those that are too thin to be followed
        if !telling.is_empty() && telling.len() >= FEWEST_GROUPS.min(series.len()) {
            levels.group = given.map_or_else(|| level::learn(&telling), |[_, group]| group);
        }
        for (group, index) in indices.iter().enumerate() {
            let own = index.as_ref().map_or_else(still, |index| level::path(index, levels.group));
            levels.group_variance[group] = match index {
                Some(_) => own.variance,
                // too little to follow it, but it moves like the others
                None => levels.group.walk + levels.group.noise,
            };
            for (t, factor) in levels.factor[group].iter_mut().enumerate() {
                *factor = (account.log[t] - account.next + own.log[t] - own.next).exp();
            }
        }
        levels
    }

    fn is_still(&self) -> bool {
        self.common.is_none() && self.group.is_none()
    }
}

/// Shrunk rates of groups and terms that do not move, given the factors.
struct StillRates {
    groups: Vec<f64>,
    terms: Vec<f64>,
}

impl StillRates {
    fn new(panel: &Panel<'_>, factor: &[Vec<f64>], strength: f64) -> Self {
        let totals = panel.totals(factor);
        let mut sums = vec![(0.0, 0.0); panel.groups];
        for (&(exposure, conversions), &group) in totals.iter().zip(panel.group) {
            let sum = &mut sums[group as usize];
            sum.0 += exposure;
            sum.1 += conversions;
        }
        let all = sums.iter().fold((0.0, 0.0), |all, sum| (all.0 + sum.0, all.1 + sum.1));
        let account = if all.0 > 0.0 { (all.1 + 0.5) / (all.0 + 1.0) } else { 0.5 };
        let toward =
            |(exposure, conversions): (f64, f64), mean: f64| (conversions + mean * strength) / (exposure + strength);
        let groups: Vec<f64> = sums.iter().map(|&sum| toward(sum, account)).collect();
        let terms = totals.iter().zip(panel.group).map(|(&sum, &group)| toward(sum, groups[group as usize])).collect();
        Self { groups, terms }
    }
}

/// Evidence at rates that stand still, with exposure as far as conversions are reported.
pub(super) fn reported(counts: &Counts, groups: &Groups, delay: &Delay) -> Exposure {
    let panel = Panel::new(counts, &groups.of_term, groups.names.len(), delay);
    let levels = Levels::still(panel.groups, panel.periods);
    evidence(&panel, &levels, STILL)
}

/// What a round of learning found.
struct Round {
    levels: Levels,
    own: Learned,
    /// Terms that the dynamics were learned from.
    sampled: usize,
}

/// Levels given the terms' dynamics as far as they are known, and then these given the levels.
fn round(panel: &Panel<'_>, before: &Levels, known: Dynamics) -> Round {
    let still = StillRates::new(panel, &before.factor, known.strength);
    let levels = Levels::found(&panel.series(&still.terms), &panel.doubt, known.dispersion, None);
    let means = StillRates::new(panel, &levels.factor, known.strength).groups;
    let sample = Sample::new(panel, &levels.factor, &means);
    Round { own: learn(&sample, known.strength), sampled: sample.len(), levels }
}

/// Learns what moves and brings every term's evidence to the next period.
pub(super) fn track(counts: &Counts, groups: &Groups, delay: &Delay, notes: &mut Notes) -> Tracked {
    let panel = Panel::new(counts, &groups.of_term, groups.names.len(), delay);
    let mut learned = round(&panel, &Levels::still(panel.groups, panel.periods), STILL);
    if !learned.levels.is_still() || learned.own.dynamics.dispersion > 0.0 {
        // levels need the terms' noise and the other way round; a second round moves neither by much
        learned = round(&panel, &learned.levels, learned.own.dynamics);
    }
    let Round { levels, own: Learned { dynamics, gain, gain_error, converged }, sampled } = learned;
    notes.add("drift-not-converged", usize::from(!converged), "the fit of drift and noise stopped before it settled");
    let drift = Drift {
        own_walk: dynamics.walk.sqrt(),
        own_noise: dynamics.dispersion.sqrt(),
        common_walk: levels.common.walk.sqrt(),
        common_noise: levels.common.noise.sqrt(),
        group_walk: levels.group.walk.sqrt(),
        group_noise: levels.group.noise.sqrt(),
        gain,
        gain_error,
        sampled_terms: sampled,
        strength: dynamics.strength,
    };
    drift.tell(counts.cells.conversions.iter().sum(), notes);
    let is_moving = !drift.is_none() || delay.is_felt();
    Tracked {
        exposure: is_moving.then(|| evidence(&panel, &levels, dynamics)),
        drift,
        common_variance: levels.common_variance,
        group_variance: levels.group_variance,
    }
}

/// How rates move, as one fit learned it for another to be held to. Variances of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    common: Movement,
    group: Movement,
    own: Dynamics,
}

impl Known {
    /// Nothing moves where nothing was learned.
    pub(super) fn of(drift: Option<&Drift>) -> Self {
        let still = Self { common: Movement::default(), group: Movement::default(), own: STILL };
        let square = |sd: f64| sd * sd;
        drift.map_or(still, |drift| Self {
            common: Movement { walk: square(drift.common_walk), noise: square(drift.common_noise) },
            group: Movement { walk: square(drift.group_walk), noise: square(drift.group_noise) },
            own: Dynamics {
                strength: if drift.strength > 0.0 { drift.strength } else { STILL.strength },
                walk: square(drift.own_walk),
                dispersion: square(drift.own_noise),
            },
        })
    }
}

/// Every term's evidence for the next period where movement is known and only levels are to be found.
pub(super) fn evidence_given(counts: &Counts, groups: &Groups, delay: &Delay, known: Known) -> Exposure {
    let panel = Panel::new(counts, &groups.of_term, groups.names.len(), delay);
    let mut levels = Levels::still(panel.groups, panel.periods);
    // as often as where movement is learned
    for _ in 0..2 {
        let still = StillRates::new(&panel, &levels.factor, known.own.strength);
        let series = panel.series(&still.terms);
        levels = Levels::found(&series, &panel.doubt, known.own.dispersion, Some([known.common, known.group]));
    }
    evidence(&panel, &levels, known.own)
}

/// Every term through all its periods.
fn evidence(panel: &Panel<'_>, levels: &Levels, dynamics: Dynamics) -> Exposure {
    let means = StillRates::new(panel, &levels.factor, dynamics.strength).groups;
    let (clicks, conversions) = (0..panel.terms())
        .into_par_iter()
        .map(|term| {
            let group = panel.group[term] as usize;
            let factor = &levels.factor[group];
            let cells = panel.cells(term).map(|(period, exposure, y)| (period, exposure * factor[period], y));
            let last = walk(cells, means[group], dynamics, panel.periods, |_, _, _, _| {});
            (last.exposure, last.conversions)
        })
        .unzip();
    Exposure::per_click(clicks, conversions)
}

#[cfg(test)]
mod tests;
