//! What a contest says: profit, regret, and whether promises were kept.

use super::{Contest, Policy, Track};
use crate::numeric::order::sample_quantile;
use serde::Serialize;

/// One policy over all seeds. Money over all weeks played, account currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicySummary {
    /// Name of the scenario.
    pub scenario: &'static str,
    /// Name of the policy.
    pub name: &'static str,
    /// Mean profit over seeds.
    pub profit_mean: f64,
    /// 5% quantile over seeds.
    pub profit_p05: f64,
    /// 95% quantile over seeds.
    pub profit_p95: f64,
    /// Mean over seeds of the oracle's profit less this one's.
    pub regret_mean: f64,
    /// 5% quantile over seeds.
    pub regret_p05: f64,
    /// 95% quantile over seeds.
    pub regret_p95: f64,
    /// Mean spend over seeds.
    pub spend_mean: f64,
    /// Seeds in which the profit is above that of `hold`; `None` where `hold` was not played.
    pub seeds_above_hold: Option<usize>,
    /// What plans promised and what they brought; `None` for policies that promise nothing.
    pub lift: Option<Lift>,
}

/// Profit that plans promised over leaving all as it was, against what they brought, both a week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lift {
    /// Promised by the first plan, mean over seeds, account currency a week.
    pub first_promised: f64,
    /// What the first plan brought.
    pub first_realized: f64,
    /// Promised by all plans together, mean over seeds, account currency.
    pub promised: f64,
    /// What they brought together.
    pub realized: f64,
}

/// Sums a contest up: one row a policy, in the order of the settings, the oracle last.
#[must_use]
pub fn summarize(contest: &Contest) -> Vec<PolicySummary> {
    let first = contest.tracks.first().map(|track| track.seed);
    let policies = contest.tracks.iter().take_while(|track| Some(track.seed) == first).map(|track| track.policy);
    policies.map(|policy| summary(contest, policy)).collect()
}

fn summary(contest: &Contest, policy: Policy) -> PolicySummary {
    let of = |wanted: Policy| contest.tracks.iter().filter(move |track| track.policy == wanted);
    let totals = |wanted| of(wanted).map(Track::total).collect::<Vec<f64>>();
    let (profit, oracle, hold) = (totals(policy), totals(Policy::Oracle), totals(Policy::Hold));
    let regret: Vec<f64> = oracle.iter().zip(&profit).map(|(best, own)| best - own).collect();
    let [profit_p05, profit_p95] = ends(&profit);
    let [regret_p05, regret_p95] = ends(&regret);
    let above = || profit.iter().zip(&hold).filter(|(own, hold)| own > hold).count();
    PolicySummary {
        scenario: contest.scenario.name(),
        name: policy.name(),
        profit_mean: mean(profit.iter().copied()),
        profit_p05,
        profit_p95,
        regret_mean: mean(regret.iter().copied()),
        regret_p05,
        regret_p95,
        spend_mean: mean(of(policy).map(|track| track.spend.iter().sum())),
        seeds_above_hold: (!hold.is_empty()).then(above),
        lift: of(policy).all(|track| !track.promised.is_empty()).then(|| Lift {
            first_promised: mean(of(policy).map(|track| track.promised[0])),
            first_realized: mean(of(policy).map(|track| track.realized[0])),
            promised: mean(of(policy).map(|track| track.promised.iter().sum())),
            realized: mean(of(policy).map(|track| track.realized.iter().sum())),
        }),
    }
}

impl Contest {
    /// Mean over seeds of the profit up to the end of each week, account currency. Shape: weeks played.
    #[must_use]
    pub fn cumulative(&self, policy: Policy) -> Vec<f64> {
        let tracks: Vec<&Track> = self.tracks.iter().filter(|track| track.policy == policy).collect();
        let weeks = tracks.first().map_or(0, |track| track.profit.len());
        let week = |week: usize| mean(tracks.iter().map(|track| track.profit[week]));
        (0..weeks)
            .scan(0.0, |total, at| {
                *total += week(at);
                Some(*total)
            })
            .collect()
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut count) = (0.0, 0.0);
    for value in values {
        total += value;
        count += 1.0;
    }
    total / count
}

/// 5% and 95% quantiles.
fn ends(values: &[f64]) -> [f64; 2] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [0.05, 0.95].map(|p| sample_quantile(&sorted, p).unwrap_or(f64::NAN))
}
