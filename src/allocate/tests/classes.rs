//! Classes that cut across the groups and each other, against brute force, the cone solver and the dual function of
//! the prices reported.

use super::groups::{DUAL, check_limits, drawn, grid, money, stake};
use super::groups_oracle::{mixed, random_tree};
use super::oracle::{Cones, OBJECTIVE, PRICE, by_cones, dual_bound, random_problem};
use super::*;
use crate::numeric::stream::Stream;
use proptest::prelude::*;

/// One class is met by a combination of two plans, to rounding.
const ONE: f64 = 1e-11;
/// Several leave what the linear program leaves.
const SEVERAL: f64 = 1e-6;
/// The same of any problem at all, worthless and tied items included.
const ANY: f64 = 1e-3;
/// Of the gap where limits are at odds only in a few digits.
const TYPICAL: f64 = 1e-9;

fn class(members: impl IntoIterator<Item = u32>, lower: f64, upper: f64) -> Class {
    Class { members: members.into_iter().collect(), lower: Amount::Money(lower), upper: Amount::Money(upper) }
}

fn spend_of(class: &Class, plan: &[f64]) -> f64 {
    class.members.iter().map(|&item| plan[item as usize]).sum()
}

/// Solves, checks limits to a share of the budget, and that the gap is honest by the prices reported.
fn within(problem: &Problem, violation: f64) -> Allocation {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    check_limits(problem, &allocation, violation);
    let certificate = &allocation.certificate;
    assert_ne!(certificate.status, AllocationStatus::IterationLimit, "{problem:?} {certificate:?}");
    for (spec, &spend) in problem.classes.iter().zip(&allocation.class_spend) {
        let room = violation * problem.budget;
        assert!((spend - spend_of(spec, &allocation.spend)).abs() <= room);
        assert!(spend <= money(spec.upper) + room && spend >= money(spec.lower) - room, "{spec:?} spends {spend}");
    }
    allocation
}

/// Limits a class between what the plan without it spends and what the even plan does.
fn bite(problem: &Problem, class: &mut Class, share: f64) {
    let free = allocate(problem, &AllocatorSettings::default()).unwrap();
    let even: Vec<f64> =
        (0..problem.curves.len()).map(|at| 0.6 * problem.lower[at] + 0.4 * problem.upper[at]).collect();
    let (free, even) = (spend_of(class, &free.spend), spend_of(class, &even));
    let limit = Amount::Money(even + share * (free - even));
    if free > even { class.upper = limit } else { class.lower = limit }
}

/// The tree of 30 items with some classes that overlap, each of about every third item.
fn with_classes(seed: u64, count: usize, family: impl Fn(f64, f64, f64) -> Curve) -> Problem {
    let mut random = Stream::new(seed, 13);
    let mut problem = random_tree(seed, family);
    for _ in 0..count {
        let members: Vec<u32> = (0..30).filter(|_| random.uniform() < 0.35).collect();
        let mut own = class(members, 0.0, f64::INFINITY);
        bite(&problem, &mut own, 0.3 + 0.4 * random.uniform());
        problem.classes.push(own);
    }
    problem
}

fn agrees_with_cones(problem: &Problem, allocation: &Allocation, prices: bool) {
    let cones = by_cones(problem);
    let own = allocation.certificate.objective;
    let size = stake(allocation);
    assert!((own - cones.objective).abs() <= OBJECTIVE * size, "{own} against {}", cones.objective);
    let bound = allocation.certificate.upper_bound;
    assert!(bound >= cones.objective - OBJECTIVE * size, "{bound} below {}", cones.objective);
    if prices {
        let Cones { price, class_price, group_price, .. } = cones;
        let both = allocation.class_price.iter().zip(&class_price);
        for (own, cone) in both.chain(allocation.group_price.iter().zip(&group_price)) {
            assert!((own - cone).abs() <= PRICE * price, "{own} against {cone} at {price}");
        }
    }
}

#[test]
fn no_plan_on_a_grid_within_the_classes_is_better() {
    let curves = [
        Curve::Hill { a: 30.0, k: 4.0, h: 0.8 },
        Curve::Exp { a: 12.0, k: 3.0 },
        Curve::Points([(2.0, 8.0), (5.0, 14.0), (9.0, 17.0)].into()),
        Curve::Log { a: 6.0, k: 2.0 },
    ];
    let choices = [
        vec![class([0, 1], 0.0, 5.0)],
        vec![class([1, 3], 9.0, 12.0)],
        vec![class([0, 1], 0.0, 5.0), class([1, 2], 0.0, 4.0)],
        vec![class([0, 3], 11.0, 12.0), class([2, 3], 0.0, 6.0), class([1], 3.0, 3.0)],
    ];
    for (choice, classes) in choices.into_iter().enumerate() {
        for floor in [0.0, 1.2] {
            for turn in 0..4 {
                let mut curves = curves.to_vec();
                curves.rotate_left(turn);
                let bounds = [(0.0, 8.0), (1.0, f64::INFINITY), (0.0, 5.0), (0.0, 9.0)];
                let problem =
                    Problem { classes: classes.clone(), price_floor: floor, ..problem(curves, &bounds, 16.0) };
                let allocation = within(&problem, 1e-9);
                let allowed = |spend: &[f64]| {
                    classes.iter().all(|class| {
                        let sum = spend_of(class, spend);
                        sum >= money(class.lower) - 1e-9 && sum <= money(class.upper) + 1e-9
                    })
                };
                let best = grid(&problem, 0.5, allowed);
                let certificate = &allocation.certificate;
                let size = best + floor * problem.budget;
                assert!(certificate.upper_bound >= best - 1e-12 * size, "{choice}: {certificate:?} against {best}");
                assert!(certificate.objective >= best - SEVERAL * size, "{choice}: {certificate:?} against {best}");
                // a grid of 0.5 misses the optimum by the curvature times its square
                assert!(certificate.objective <= best + 2e-2 * size, "{choice}: {certificate:?} against {best}");
            }
        }
    }
}

#[test]
fn one_class_across_a_tree_is_exact_and_agrees_with_the_cone_solver() {
    for seed in 0..12 {
        let problem = with_classes(seed, 1, mixed);
        let allocation = within(&problem, 1e-12);
        assert!(allocation.certificate.relative_gap <= ONE, "seed {seed}: {:?}", allocation.certificate);
        assert!(allocation.class_price[0].abs() > 1e-6, "seed {seed}: the class does not bind");
        agrees_with_cones(&problem, &allocation, true);
    }
}

#[test]
fn overlapping_classes_across_a_tree_agree_with_the_cone_solver() {
    for count in 2..5 {
        for seed in 0..12 {
            let problem = with_classes(seed, count, mixed);
            let allocation = within(&problem, 1e-12);
            let gap = allocation.certificate.relative_gap;
            assert!(gap <= TYPICAL, "{count} classes, seed {seed}: {:?}", allocation.certificate);
            agrees_with_cones(&problem, &allocation, true);
        }
    }
}

/// Straight pieces between round numbers: ties everywhere.
fn pieces(a: f64, k: f64, _: f64) -> Curve {
    let (a, k) = (a.round(), (k / 2.0).round().max(1.0));
    Curve::Points([(k, 2.0 * a), (2.0 * k, 3.0 * a), (5.0 * k, 4.0 * a)].into())
}

#[test]
fn classes_of_straight_pieces_and_ties_agree_with_the_cone_solver() {
    for count in 1..4 {
        for seed in 0..12 {
            let problem = with_classes(seed, count, pieces);
            let allocation = within(&problem, 1e-9);
            let gap = allocation.certificate.relative_gap;
            assert!(gap <= SEVERAL, "{count} classes, seed {seed}: {:?}", allocation.certificate);
            agrees_with_cones(&problem, &allocation, false);
        }
    }
}

#[test]
fn lines_that_tie_are_shared_within_the_classes() {
    // nine equal lines; every plan that meets the limits and spends the budget is best
    let line = Curve::Power { a: 3.0, k: 1.0, h: 1.0 };
    let classes = vec![class(0..4, 0.0, 2.0), class(3..7, 5.0, 6.0), class([0, 6, 8], 1.5, 9.0)];
    let problem = Problem { classes, ..problem(vec![line; 9], &[(0.0, 4.0); 9], 10.0) };
    let allocation = within(&problem, 1e-9);
    assert!((allocation.certificate.objective - 30.0).abs() <= 1e-8, "{allocation:?}");
    assert!(allocation.certificate.relative_gap <= 1e-9, "{:?}", allocation.certificate);
}

#[test]
fn the_price_of_a_class_is_what_its_limit_is_worth() {
    for seed in 0..6 {
        let problem = with_classes(seed, 2, mixed);
        let allocation = within(&problem, 1e-12);
        for (at, &price) in allocation.class_price.iter().enumerate() {
            let worth = |change: f64| {
                let mut moved = problem.clone();
                let own = &mut moved.classes[at];
                let side = if money(own.lower) > 0.0 { &mut own.lower } else { &mut own.upper };
                *side = Amount::Money(money(*side) + change);
                within(&moved, 1e-12).certificate.objective
            };
            // central differences: error of the order of the step squared, and the gap over the step
            let step = 1e-4 * problem.budget;
            let difference = (worth(step) - worth(-step)) / (2.0 * step);
            let scale = allocation.certificate.lambda.unwrap();
            assert!(
                (price - difference).abs() <= 1e-4 * scale,
                "seed {seed}, class {at}: {price} against {difference}"
            );
        }
    }
}

#[test]
fn the_price_of_a_class_has_the_scale_of_its_response_when_money_is_left() {
    // nothing but the class and the bounds limit the spend, so the price of money is zero
    for response in [1e-12, 1.0, 1e12] {
        let curves = vec![Curve::Log { a: 3.0 * response, k: 1.0 }, Curve::Log { a: response, k: 1.0 }];
        let problem = Problem { classes: vec![class([0, 1], 0.0, 2.0)], ..problem(curves, &[(0.0, 9.0); 2], 50.0) };
        let allocation = within(&problem, 1e-12);
        // 3/(1 + x) = 1/(1 + y) with x + y = 2
        assert!((allocation.spend[0] - 2.0).abs() <= 1e-9 && allocation.spend[1].abs() <= 1e-9, "{allocation:?}");
        assert!((allocation.class_price[0] - response).abs() <= 1e-6 * response, "{allocation:?}");
        assert!(allocation.certificate.relative_gap <= ONE, "{:?}", allocation.certificate);
    }
}

#[test]
fn classes_that_contradict_each_other_are_recognized() {
    let base = random_problem(3, 12, mixed);
    let total = base.budget;
    let both = vec![class(0..6, 0.6 * total, f64::INFINITY), class(6..12, 0.5 * total, f64::INFINITY)];
    let problem = Problem { classes: both, ..base };
    let error = allocate(&problem, &AllocatorSettings::default()).unwrap_err();
    let AllocateError::Infeasible { relaxation } = error else { panic!("{error:?}") };
    // a tenth of the budget is asked for twice, or more where the bounds are in the way
    assert!(relaxation.total() >= 0.1 * total - 1e-6, "{relaxation:?}");
    let mut upper = problem.clone();
    upper.classes = vec![class(0..8, 0.0, 0.5 * total), class(4..12, 0.0, 0.2 * total)];
    upper.classes.push(class(0..12, 0.9 * total, f64::INFINITY));
    assert!(matches!(allocate(&upper, &AllocatorSettings::default()), Err(AllocateError::Infeasible { .. })));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_classes_across_any_tree_hold_with_an_honest_gap(
        drawn in drawn(),
        picks in prop::collection::vec((prop::collection::vec(any::<bool>(), 14), 0..3_u8, 0.0..1.0), 1..4),
    ) {
        let mut problem = drawn.problem;
        for (members, kind, share) in picks {
            let members = (0..problem.curves.len()).filter(|&item| members[item]).map(|item| u32::try_from(item).unwrap());
            let mut own = class(members, 0.0, f64::INFINITY);
            let spend = spend_of(&own, &drawn.witness);
            match kind {
                0 => own.lower = Amount::Money(spend * (1.0 - 0.2 * share)),
                1 => own.upper = Amount::Money(spend * (1.0 + 0.2 * share)),
                _ => (own.lower, own.upper) = (Amount::Money(spend), Amount::Money(spend)),
            }
            problem.classes.push(own);
        }
        let tried = allocate(&problem, &AllocatorSettings::default()).unwrap().certificate;
        if tried.status == AllocationStatus::IterationLimit {
            // limits that leave an item nothing although its first unit is worth beyond any number have no finite
            // price: such a plan says so, and misses its limits by next to nothing
            prop_assert!(tried.max_violation <= 1e-5 * problem.budget, "{tried:?}");
            return Ok(());
        }
        let allocation = within(&problem, 1e-9);
        // work is counted in prices tried: no search may run away
        prop_assert!(allocation.certificate.iterations <= 100_000, "{:?}", allocation.certificate);
        let net = |(at, &spend): (usize, &f64)| problem.curves[at].value(spend) - problem.price_floor * spend;
        let witness: f64 = drawn.witness.iter().enumerate().map(net).sum();
        let certificate = &allocation.certificate;
        prop_assert!(certificate.upper_bound >= witness - DUAL * stake(&allocation));
        // where nothing earns anything there is nothing for a gap to be a share of
        let earns = allocation.response.iter().any(|response| *response > 0.0);
        let finite = earns && allocation.group_price.iter().all(|price| price.is_finite());
        if finite && certificate.lambda.is_some() {
            let bound = dual_bound(&problem, &allocation);
            let gap = certificate.upper_bound - certificate.objective;
            prop_assert!(bound - certificate.objective <= gap + DUAL * stake(&allocation), "{bound}: {certificate:?}");
        }
        // a class held where all its items are at their lower bounds may have an infinite price, which no search reaches
        let pinned = problem.classes.iter().any(|class| {
            money(class.upper) <= spend_of(class, &problem.lower) + 1e-9 && !class.members.is_empty()
        });
        if earns && !pinned {
            prop_assert!(certificate.relative_gap <= ANY, "{certificate:?}");
        }
    }
}
#[test]
fn curves_that_are_not_concave_keep_an_honest_gap_in_reasonable_time() {
    for count in 1..4 {
        let problem = with_classes(1, count, |a, k, h| Curve::Hill { a, k, h: 3.0 * h });
        let allocation = within(&problem, 1e-9);
        // the hand-made bound of the envelopes' dual is not at hand; the plan of more limits is a plan of fewer
        let fewer = Problem { classes: problem.classes[..count - 1].to_vec(), ..problem.clone() };
        let wider = within(&fewer, 1e-9).certificate;
        assert!(wider.upper_bound >= allocation.certificate.objective * (1.0 - 1e-12), "{wider:?}");
        // cap on the prices tried, many times what a problem without classes takes
        assert!(allocation.certificate.iterations <= 200_000, "{:?}", allocation.certificate);
    }
}
