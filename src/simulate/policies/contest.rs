//! Plays every policy forward from the same start.

use super::engine::{self, Current, Planned};
use super::levers::LeverBook;
use super::scenario::Start;
use super::{Planner, Policy, PolicyError, Scenario, Seen, oracle, simple};
use crate::simulate::{SimulateSettings, play_week};
use rayon::prelude::*;

/// What is played.
#[derive(Clone, Debug, PartialEq)]
pub struct ContestSettings {
    /// The policies; the oracle is played in any case.
    pub policies: Vec<Policy>,
    /// How many accounts, each with a seed of its own from `SimulateSettings::seed` on.
    pub seeds: usize,
    /// Weeks played forward.
    pub weeks: usize,
    /// Largest change of a term a week, ratio.
    pub max_change: f64,
    /// Weeks from which raw ratios are taken.
    pub window: usize,
    /// Share of the budget that `termwise-explore` spends on learning.
    pub exploration: f64,
    /// How the program plans.
    pub planner: Planner,
}

/// All policies in one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// Where they start from.
    pub scenario: Scenario,
    /// One a policy and seed: by seed, then in the order of the settings, the oracle last.
    pub tracks: Vec<Track>,
}

/// One policy on one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Who played.
    pub policy: Policy,
    /// Seed of the account.
    pub seed: u64,
    /// Expected profit of each week, account currency; revenue where no margin is known. Shape: weeks played.
    pub profit: Vec<f64>,
    /// Expected spend of each week, account currency. Shape: weeks played.
    pub spend: Vec<f64>,
    /// Profit a week that each plan promised over leaving all as it was. Shape: weeks played; empty for policies
    /// that promise nothing.
    pub promised: Vec<f64>,
    /// What it came to, by the truth. Shape: as `promised`.
    pub realized: Vec<f64>,
}

impl Track {
    /// Profit over all weeks, account currency.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.profit.iter().sum()
    }
}

/// Plays a scenario on `settings.seeds` accounts like `given`.
///
/// # Errors
/// Settings out of range, and what the stages refuse.
pub fn contest(
    scenario: Scenario,
    given: &SimulateSettings,
    settings: &ContestSettings,
) -> Result<Contest, PolicyError> {
    let policies: Vec<Policy> =
        settings.policies.iter().copied().filter(|&policy| policy != Policy::Oracle).chain([Policy::Oracle]).collect();
    let tracks = (0..settings.seeds as u64)
        .into_par_iter()
        .map(|number| {
            let seed = given.seed.wrapping_add(number);
            let start = Start::new(scenario, given, seed, settings.max_change)?;
            policies.iter().map(|&policy| track(policy, start.clone(), settings)).collect()
        })
        .collect::<Result<Vec<Vec<Track>>, PolicyError>>()?;
    Ok(Contest { scenario, tracks: tracks.into_iter().flatten().collect() })
}

/// Plays one policy on one account.
fn track(policy: Policy, mut start: Start, settings: &ContestSettings) -> Result<Track, PolicyError> {
    let (mut profit, mut spend) = (Vec::new(), Vec::new());
    let (mut promised, mut realized) = (Vec::new(), Vec::new());
    let mut levers = LeverBook::new(&start, settings.planner.baseline_weeks);
    for _ in 0..settings.weeks {
        let limits = start.limits(settings.max_change);
        let truth = &start.account.truth;
        let before = levers.mean();
        let observation = &start.account.observation;
        let seen = Seen { observation, spend: &truth.current_spend, before: &before, limits: &limits };
        let plan =
            |current, exploration| engine::planned(&seen, &settings.planner, current, exploration).map(Planned::split);
        let (next, promise) = match policy {
            Policy::Hold => (simple::hold(&seen), None),
            Policy::Equal => (simple::equal(&seen), None),
            Policy::Proportional => (simple::proportional(&seen, settings.window), None),
            Policy::Greedy => (simple::greedy(&seen, settings.window), None),
            Policy::Termwise => plan(Current::AsSet, 0.0)?,
            Policy::TermwiseMeasured => plan(Current::AsMeasured, 0.0)?,
            Policy::TermwiseExplore => plan(Current::AsSet, settings.exploration)?,
            Policy::Oracle => (oracle::best(truth, &limits)?, None),
        };
        if let Some(promise) = promise {
            promised.push(promise);
            realized.push(worth(&start, &next)? - worth(&start, &truth.current_spend)?);
        }
        let outcome = play_week(&mut start.account, &start.settings, &next)?;
        levers.add(next);
        profit.push(outcome.profit.unwrap_or(outcome.revenue));
        spend.push(outcome.spend);
    }
    Ok(Track { policy, seed: start.settings.seed, profit, spend, promised, realized })
}

/// Expected profit in an average week, account currency.
fn worth(start: &Start, spend: &[f64]) -> Result<f64, PolicyError> {
    let outcome = start.account.truth.expected(spend)?;
    Ok(outcome.profit.unwrap_or(outcome.revenue))
}
