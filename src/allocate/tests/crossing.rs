//! Limits that cross the tree over minimums and S-curves, against all plans on a grid.

use super::grid::{best, broken, worth};
use super::*;
use crate::numeric::stream::Stream;

/// Limits of a plan are met to this share of the budget: what is reported as met.
const MET: f64 = 1e-9;
/// The bound may round by this share of what is at stake.
const BOUND: f64 = 1e-8;
/// No plan of the grid is better than ours by more than this share.
const LOST: f64 = 1e-6;
/// Steps of the grid.
const STEPS: u32 = 20;
/// Seeds tried; fewer where nothing is optimized.
const SEEDS: u64 = if cfg!(debug_assertions) { 80 } else { 400 };

/// Three or four items, most of them S-curves or with a minimum, in a group, one or two classes that cross it and now and
/// then a limit on what moves.
pub(super) fn drawn(seed: u64) -> Problem {
    let mut random = Stream::new(seed, 47);
    let count = 3 + usize::from(random.uniform() < 0.4);
    let budget = 20.0;
    let mut curves = Vec::new();
    let mut bounds = Vec::new();
    let mut minimum = vec![0.0; count];
    for least in &mut minimum {
        let (a, k) = (5.0 + 30.0 * random.uniform(), 2.0 + 6.0 * random.uniform());
        let kind = random.uniform();
        curves.push(if kind < 0.5 {
            Curve::Hill { a, k, h: 1.5 + 2.0 * random.uniform() }
        } else if kind < 0.75 {
            Curve::Exp { a, k }
        } else {
            Curve::Log { a: 0.4 * a, k }
        });
        bounds.push((0.0, 6.0 + 10.0 * random.uniform()));
        if random.uniform() < 0.5 {
            *least = 1.0 + (5.0 * random.uniform()).floor();
        }
    }
    let mut limit = |share: f64| {
        let upper = budget * share * (0.5 + random.uniform());
        let lower = if random.uniform() < 0.3 { upper * 0.6 * random.uniform() } else { 0.0 };
        (Amount::Money(lower), Amount::Money(upper))
    };
    let (group, class, other) = (limit(0.5), limit(0.5), limit(0.6));
    let mut classes = vec![Class { members: vec![1, 2], lower: class.0, upper: class.1 }];
    if random.uniform() < 0.4 {
        let members = (0_u32..).take(count).filter(|at| *at != 1).collect();
        classes.push(Class { members, lower: other.0, upper: other.1 });
    }
    let turnover = (random.uniform() < 0.5).then(|| {
        let current: Vec<f64> = (0..count).map(|_| (8.0 * random.uniform()).floor()).collect();
        Turnover { current, price: 0.1 * random.uniform(), limit: 4.0 + 12.0 * random.uniform() }
    });
    Problem {
        groups: vec![Group { parent: None, lower: group.0, upper: group.1 }],
        group_of: (0..count).map(|at| (at < 2).then_some(0)).collect(),
        classes,
        turnover,
        minimum,
        // with a floor money may stay: every plan of the grid counts
        price_floor: 0.2 * random.uniform() + 0.01,
        ..problem(curves, &bounds, budget)
    }
}

#[test]
fn no_plan_on_a_grid_is_above_the_bound_nor_above_the_plan() {
    let mut solved = 0;
    for seed in 0..SEEDS {
        let problem = drawn(seed);
        let found = best(&problem, STEPS, false);
        let allocation = match allocate(&problem, &AllocatorSettings::default()) {
            Ok(allocation) => allocation,
            Err(error) => {
                assert!(found.is_none(), "seed {seed}: {error}, but {found:?}");
                continue;
            }
        };
        solved += 1;
        let (limits, _) = broken(&problem, &allocation.spend);
        // a search that ended at its cap may be off by what is still no miss
        let capped = allocation.certificate.status == AllocationStatus::IterationLimit;
        let met = if capped { MISSED } else { MET };
        assert!(limits <= met * problem.budget, "seed {seed}: {limits} in {allocation:?}");
        let Some((best, plan)) = found else { continue };
        let own = worth(&problem, &allocation.spend);
        let size = best.abs().max(own.abs());
        let bound = allocation.certificate.upper_bound;
        assert!(bound >= best - BOUND * size, "seed {seed}: bound {bound} below {best} of {plan:?}");
        assert!(own >= best - LOST * size, "seed {seed}: {own} below {best} of {plan:?}");
    }
    assert!(solved * 20 > 19 * SEEDS, "{solved}");
}
