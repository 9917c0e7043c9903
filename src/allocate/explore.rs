//! An allocation → the same with a share of the budget spent to learn, and what that costs and can earn.
//!
//! ```text
//! x = (1 − η) x* + η x̃      x̃: the optimum of one draw of the factors, limits unchanged
//! ```
//!
//! The draw stands for what may be true, so money goes where it may pay (Thompson 1933; Russo, Van Roy,
//! Kazerouni, Osband and Wen 2018, "A tutorial on Thompson sampling"). The caller chooses the draw, another one each
//! period; nothing here is random. Limits are convex but for `minimum`, so the mix keeps them, whatever
//! the curves. Where an item with a minimum falls between nothing and its minimum, it is set to the nearer of the
//! two; with what is on and off so settled, both plans are solved again and mixed, so that limits and budget hold. If
//! nothing satisfies the limits that way, what is on and off stays as in `x*`.
//!
//! Wrong when the draws do not contain the doubt: what no draw says is never tried.

use super::certificate::AllocationStatus;
use super::draws::Draws;
use super::problem::{Goal, Problem};
use super::weighting::{cost, responses, total};
use super::{AllocateError, Allocation, AllocatorSettings, ROUNDING, allocate};

/// Draws that [`Exploration::perfect_information`] is averaged over, at most.
const VALUED_DRAWS: usize = 64;

/// Differences in spend below this share of the budget are none.
const SAME: f64 = 1e-9;

/// Spends below a minimum by less than this share of it are on it.
const ON_MINIMUM: f64 = 1e-12;

/// An allocation with a share of the budget spent to learn. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct Exploration {
    /// Spend of each item, money.
    pub spend: Vec<f64>,
    /// Budget that is not spent, money.
    pub unallocated: f64,
    /// Response, net of price floor and turnover price, given up today on expectation: what the allocation brings
    /// above this plan, both by the curves of the problem (factor 1).
    pub expected_cost: f64,
    /// Money that goes elsewhere than in the allocation: `½ Σ |xᵢ − xᵢ*|`.
    pub moved: f64,
    /// Items that get more than in the allocation, most first.
    pub raised: Vec<Raise>,
    /// Response a period that knowing the factors would add to the allocation, on average over the
    /// draws: what the problem's optimum in a draw brings above the allocation in the same draw. No
    /// exploration can ever earn more than this in a period, however long it goes on.
    pub perfect_information: f64,
    /// Share of the draws in which each item deserves more than in the allocation.
    pub deserves_more: Vec<f64>,
    /// Draws behind the last two, evenly spaced among those supplied.
    pub draws_valued: usize,
    /// What kind of answer the optimum of the draw is.
    pub status: AllocationStatus,
}

/// More money for an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raise {
    /// Index of the item, from 0.
    pub item: usize,
    /// Money above the allocation.
    pub by: f64,
}

/// Spends the share `share` (0 to 1) of the budget as would be best if draw `draw` (from 0) were true.
///
/// `allocation` is the problem's, by [`allocate`]. A share of 0 returns its spends, a share of 1 the optimum
/// of the draw.
///
/// # Errors
/// As [`allocate`]; draws of the wrong shape, a share outside 0 to 1, a draw that does not exist, an allocation of
/// another problem, and goals other than the most response: a promised return or volume would not survive the mix.
pub fn explore(
    problem: &Problem,
    allocation: &Allocation,
    draws: &Draws,
    share: f64,
    draw: usize,
    settings: &AllocatorSettings,
) -> Result<Exploration, AllocateError> {
    let items = problem.curves.len();
    draws.check(items)?;
    if allocation.spend.len() != items {
        return Err(AllocateError::Length { field: "allocation", found: allocation.spend.len(), items });
    }
    if !(0.0..=1.0).contains(&share) {
        return Err(AllocateError::Unsupported("the share to explore with must be from 0 to 1"));
    }
    if draw >= draws.count {
        return Err(AllocateError::Unsupported("there is no such draw to explore with"));
    }
    if problem.goal != Goal::MostResponse {
        return Err(AllocateError::Unsupported("exploration needs the goal of the most response"));
    }
    let settings = AllocatorSettings {
        initial_price: allocation.certificate.lambda.or(settings.initial_price),
        ..settings.clone()
    };
    let imagined = allocate(&in_draw(problem, draws, draw), &settings)?;
    let spend = mix(problem, draws, draw, [&allocation.spend, &imagined.spend], share, &settings)?;
    let change: Vec<f64> = spend.iter().zip(&allocation.spend).map(|(new, old)| new - old).collect();
    let threshold = SAME * problem.budget;
    let mut raised: Vec<Raise> =
        (0..items).filter(|&item| change[item] > threshold).map(|item| Raise { item, by: change[item] }).collect();
    raised.sort_by(|a, b| b.by.total_cmp(&a.by).then(a.item.cmp(&b.item)));
    let sizes: Vec<f64> = change.iter().map(|change| change.abs()).collect();
    let left = problem.budget - total(&spend);
    let value = value_of_information(problem, &allocation.spend, draws, &settings)?;
    Ok(Exploration {
        unallocated: if left <= ROUNDING * problem.budget { 0.0 } else { left },
        expected_cost: net(problem, &allocation.spend) - net(problem, &spend),
        moved: 0.5 * total(&sizes),
        raised,
        perfect_information: value.gain,
        deserves_more: value.deserves_more,
        draws_valued: value.draws,
        status: imagined.certificate.status,
        spend,
    })
}

/// The problem as it would be if a draw were true.
fn in_draw(problem: &Problem, draws: &Draws, draw: usize) -> Problem {
    let curves = problem.curves.iter().enumerate().map(|(item, curve)| curve.scaled(draws.of(item)[draw])).collect();
    Problem { curves, ..problem.clone() }
}

/// Objective of a plan by the curves of the problem, in units of response.
fn net(problem: &Problem, spend: &[f64]) -> f64 {
    total(&responses(problem, spend)) - cost(problem, spend)
}

/// `(1 − share) from + share to`, exact at both ends and where the two agree.
fn between(plans: [&[f64]; 2], share: f64) -> Vec<f64> {
    let one = |(&from, &to): (&f64, &f64)| ((1.0 - share) * from + share * to).clamp(from.min(to), from.max(to));
    plans[0].iter().zip(plans[1]).map(one).collect()
}

/// The mix of the allocation and the draw's optimum, every item off or above its minimum.
fn mix(
    problem: &Problem,
    draws: &Draws,
    draw: usize,
    plans: [&[f64]; 2],
    share: f64,
    settings: &AllocatorSettings,
) -> Result<Vec<f64>, AllocateError> {
    let mixed = between(plans, share);
    let minimum = |item: usize| problem.minimum.get(item).copied().unwrap_or(0.0);
    let off_limits = |item: usize| mixed[item] > 0.0 && mixed[item] < minimum(item) * (1.0 - ON_MINIMUM);
    // an end that holds its minimums only to rounding is that end
    if plans.contains(&mixed.as_slice()) || !(0..mixed.len()).any(off_limits) {
        return Ok(mixed);
    }
    let is_on = |plan: &[f64], item: usize| plan[item] >= 0.5 * minimum(item);
    let solve = |settled: &Problem| -> Result<Vec<f64>, AllocateError> {
        let from = allocate(settled, settings)?;
        let to = allocate(&in_draw(settled, draws, draw), settings)?;
        Ok(between([&from.spend, &to.spend], share))
    };
    solve(&settle(problem, |item| is_on(&mixed, item)))
        .or_else(|_| solve(&settle(problem, |item| is_on(plans[0], item))))
}

/// The problem with what is on and off settled: minimums become bounds.
fn settle(problem: &Problem, is_on: impl Fn(usize) -> bool) -> Problem {
    let mut settled = Problem { minimum: Vec::new(), ..problem.clone() };
    for (item, &minimum) in problem.minimum.iter().enumerate().filter(|(_, minimum)| **minimum > 0.0) {
        if is_on(item) {
            settled.lower[item] = settled.lower[item].max(minimum);
        } else if settled.lower[item] <= 0.0 {
            settled.upper[item] = 0.0;
        }
    }
    settled
}

struct Information {
    gain: f64,
    deserves_more: Vec<f64>,
    draws: usize,
}

/// Expected value of perfect information (Raiffa and Schlaifer 1961, section 4.5):
/// `mean over s of [max Π_s − Π_s(x*)]`, the maximum by its upper bound.
fn value_of_information(
    problem: &Problem,
    spend: &[f64],
    draws: &Draws,
    settings: &AllocatorSettings,
) -> Result<Information, AllocateError> {
    let count = draws.count.min(VALUED_DRAWS);
    // a bound is what is wanted, so there is nothing to branch for
    let mut settings = AllocatorSettings { max_branches: 0, ..settings.clone() };
    let outcomes = draws.outcomes(&responses(problem, spend))?;
    let cost = cost(problem, spend);
    let threshold = SAME * problem.budget;
    let mut more = vec![0_u32; spend.len()];
    let mut gain = 0.0;
    for index in 0..count {
        let draw = index * draws.count / count;
        let best = allocate(&in_draw(problem, draws, draw), &settings)?;
        settings.initial_price = best.certificate.lambda.or(settings.initial_price);
        gain += (best.certificate.upper_bound - (outcomes[draw] - cost)).max(0.0);
        for (item, more) in more.iter_mut().enumerate() {
            // money that nothing else can take goes to worthless items too
            *more += u32::from(best.spend[item] - spend[item] > threshold && draws.of(item)[draw] > 0.0);
        }
    }
    Ok(Information {
        gain: gain / count as f64,
        deserves_more: more.into_iter().map(|more| f64::from(more) / count as f64).collect(),
        draws: count,
    })
}
