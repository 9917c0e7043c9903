//! Problems that the benchmarks solve. Made of seeded draws, so every run solves the same ones.

#![allow(dead_code)] // each benchmark takes what it measures

use std::collections::BTreeMap;
use termwise::allocate::{AllocatorSettings, Amount, Group, Problem, Workspace, solve_spend};
use termwise::numeric::stream::Stream;
use termwise::response::Curve;

/// Curves of the four smooth families in equal parts, limits around a current spend, two fifths of
/// the way from lower to upper bounds to spend.
pub(crate) fn mixed(items: u32) -> Problem {
    let mut random = Stream::new(1, 0);
    let (mut curves, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
    for item in 0..items {
        let current = random.normal().exp() * 20.0;
        let k = current * (0.5 + random.uniform());
        let a = current * (1.0 + 5.0 * random.uniform());
        let h = 0.3 + 0.6 * random.uniform();
        curves.push(match item % 4 {
            0 => Curve::Hill { a, k, h },
            1 => Curve::Exp { a, k },
            2 => Curve::Power { a, k, h },
            _ => Curve::Log { a, k },
        });
        lower.push(current * random.uniform());
        upper.push(current * (1.0 + 2.0 * random.uniform()));
    }
    let budget = lower.iter().zip(&upper).map(|(lower, upper)| 0.6 * lower + 0.4 * upper).sum();
    Problem { curves, lower, upper, budget, price_floor: 0.0, ..Problem::default() }
}

/// [`mixed`] items in campaigns in channels, with limits that bind on about a third of the groups:
/// on a sixth from above and on a sixth from below, by a tenth of what the group would spend freely.
///
/// A limit never asks for more or less than the limits below it allow, so a plan exists.
pub(crate) fn tree(items: u32, campaigns: u32, channels: u32) -> Problem {
    // a quarter of an item's number, so that every campaign has curves of all families
    let campaign_of = |item: u32| item / 4 % campaigns;
    let mut problem = mixed(items);
    let mut workspace = Workspace::new();
    solve_spend(&problem, &AllocatorSettings::default(), &mut workspace).expect("the mixed problem is sound");
    let mut free: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
    for (item, spend) in (0..items).zip(workspace.spend()) {
        let sums = free.entry(campaign_of(item)).or_default();
        for (sum, value) in sums.iter_mut().zip([*spend, problem.lower[item as usize], problem.upper[item as usize]]) {
            *sum += value;
        }
    }
    let limits = |turn: u32, spend: f64, least: f64, most: f64| {
        let (mut lower, mut upper) = (0.5 * spend, 2.0 * spend);
        match turn % 6 {
            1 => upper = 0.9 * spend,
            4 => lower = 1.1 * spend,
            _ => {}
        }
        // the limits stay a little inside of what is possible, and of each other
        let (least, most) = (0.95 * least + 0.05 * spend, 0.95 * most + 0.05 * spend);
        (lower.min(most), upper.max(least))
    };
    let group = |parent, lower, upper| Group { parent, lower: Amount::Money(lower), upper: Amount::Money(upper) };
    // channels first: a parent stands before its children
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for channel in 0..channels {
        let (mut spend, mut least, mut most) = (0.0, 0.0, 0.0);
        for campaign in (channel..campaigns).step_by(channels as usize) {
            let [free, items_lower, items_upper] = free[&campaign];
            let (lower, upper) = limits(campaign / channels, free, items_lower, items_upper);
            spend += free.clamp(lower, upper);
            least += lower.max(items_lower);
            most += upper.min(items_upper);
        }
        let (lower, upper) = limits(channel, spend, least, most);
        above.push(group(None, lower, upper));
    }
    for campaign in 0..campaigns {
        let [free, items_lower, items_upper] = free[&campaign];
        let (lower, upper) = limits(campaign / channels, free, items_lower, items_upper);
        below.push(group(Some(campaign % channels), lower, upper));
    }
    problem.groups = above.into_iter().chain(below).collect();
    problem.group_of = (0..items).map(|item| Some(channels + campaign_of(item))).collect();
    problem
}

/// The problem of one draw: every curve scaled by its own log-normal factor.
pub(crate) fn draw(problem: &Problem, number: u64) -> Problem {
    /// Standard deviation of the log of the factor: a rate known to within a third or so.
    const SPREAD: f64 = 0.3;
    let mut random = Stream::new(2, number);
    let curves = problem.curves.iter().map(|curve| curve.scaled((SPREAD * random.normal()).exp())).collect();
    Problem { curves, ..problem.clone() }
}

/// Spend of each group, with the groups below it.
pub(crate) fn group_spend(problem: &Problem, spend: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; problem.groups.len()];
    for (group, spend) in problem.group_of.iter().zip(spend) {
        if let Some(group) = group {
            sums[*group as usize] += spend;
        }
    }
    for at in (0..sums.len()).rev() {
        if let Some(parent) = problem.groups[at].parent {
            sums[parent as usize] += sums[at];
        }
    }
    sums
}

/// Lower and upper limit of a group, money, with shares taken of the budget.
pub(crate) fn limits(problem: &Problem, group: &Group) -> (f64, f64) {
    let money = |amount| match amount {
        Amount::Money(money) => money,
        Amount::Share(share) => share * problem.budget,
    };
    (money(group.lower), money(group.upper))
}
