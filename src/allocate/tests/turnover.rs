//! Price and limit of moving money, against brute force, the cone solver and the dual function of the prices reported.

use super::groups::{DUAL, check_limits, drawn, grid, group, stake};
use super::groups_oracle::{mixed, random_tree};
use super::oracle::{OBJECTIVE, PRICE, by_cones, dual_bound, random_problem};
use super::*;
use proptest::prelude::*;

/// Limits are met by combinations of plans, to rounding.
const MET: f64 = 1e-9;
/// Of the gap with a price or a limit.
const GAP: f64 = 1e-9;

fn moved(problem: &Problem, plan: &[f64]) -> f64 {
    let current = &problem.turnover.as_ref().unwrap().current;
    plan.iter().zip(current).map(|(x, today)| (x - today).abs()).sum()
}

fn within(problem: &Problem) -> Allocation {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    check_limits(problem, &allocation, MET);
    let turnover = problem.turnover.as_ref().unwrap();
    let own = moved(problem, &allocation.spend);
    assert!((allocation.turnover - own).abs() <= 1e-12 * (problem.budget + own));
    assert!(own <= turnover.limit + MET * problem.budget, "{own} above {}", turnover.limit);
    let responses: f64 = allocation.response.iter().sum();
    let spend: f64 = allocation.spend.iter().sum();
    let net = responses - problem.price_floor * spend - turnover.price * own;
    let size = responses + problem.price_floor * spend + turnover.price * own;
    assert!((net - allocation.certificate.objective).abs() <= 1e-12 * size, "not net: {allocation:?}");
    assert_ne!(allocation.certificate.status, AllocationStatus::IterationLimit, "{problem:?}");
    allocation
}

/// 30 items whose spends today are drawn between their bounds; the budget is what is spent today.
fn today(seed: u64, price: f64, limit: f64) -> Problem {
    let mut random = crate::numeric::stream::Stream::new(seed, 17);
    let mut problem = random_problem(seed, 30, mixed);
    let between = |at: usize, share: f64| problem.lower[at] + share * (problem.upper[at] - problem.lower[at]);
    let current: Vec<f64> = (0..30).map(|at| between(at, random.uniform())).collect();
    problem.budget = current.iter().sum();
    problem.turnover = Some(Turnover { current, price, limit });
    problem
}

#[test]
fn items_are_left_alone_bit_for_bit_exactly_within_the_band() {
    for seed in 0..10 {
        for price in [0.05, 0.3, 1.0] {
            let mut problem = today(seed, price, f64::INFINITY);
            // curves of points are filled in pieces, which must not round what stays
            for (at, curve) in problem.curves.iter_mut().enumerate().filter(|own| own.0 % 3 == 0) {
                let points = (1..8).map(|i| (1.1 * f64::from(i), curve.value(1.1 * f64::from(i))));
                *curve = Curve::Points(points.collect());
                assert!(problem.upper[at] > 0.0);
            }
            let allocation = within(&problem);
            assert!(allocation.certificate.relative_gap <= GAP, "{:?}", allocation.certificate);
            let lambda = allocation.certificate.lambda.unwrap();
            let current = &problem.turnover.as_ref().unwrap().current;
            let mut still = 0;
            for at in (0..30).filter(|at| at % 3 != 0) {
                let slope = problem.curves[at].marginal(current[at]);
                let stays = allocation.spend[at].to_bits() == current[at].to_bits();
                still += u32::from(stays);
                // but for the last digits of the price
                let edge = 1e-9 * (lambda + price);
                if slope > lambda - price + edge && slope < lambda + price - edge {
                    assert!(stays, "seed {seed}, item {at}: {} for {}", allocation.spend[at], current[at]);
                } else if slope < lambda - price - edge || slope > lambda + price + edge {
                    assert!(
                        !stays || current[at] <= problem.lower[at] || current[at] >= problem.upper[at],
                        "item {at}"
                    );
                }
            }
            assert!(still > 0 || price < 0.1, "seed {seed}: no item stays");
            for at in (0..30).filter(|at| at % 3 == 0) {
                let near = (allocation.spend[at] - current[at]).abs() <= 1e-12 * current[at];
                assert!(
                    !near || allocation.spend[at].to_bits() == current[at].to_bits(),
                    "item {at} is nearly left alone"
                );
            }
        }
    }
}

#[test]
fn price_and_limit_agree_with_the_cone_solver() {
    for seed in 0..8 {
        for (price, share) in [(0.2, f64::INFINITY), (0.0, 0.3), (0.1, 0.5)] {
            let mut problem = today(seed, price, f64::INFINITY);
            if share.is_finite() {
                let free = within(&problem).turnover;
                problem.turnover.as_mut().unwrap().limit = share * free;
            }
            let allocation = within(&problem);
            assert!(allocation.certificate.relative_gap <= GAP, "{:?}", allocation.certificate);
            let cones = by_cones(&problem);
            let own = allocation.certificate.objective;
            assert!((own - cones.objective).abs() <= OBJECTIVE * stake(&allocation), "{own} {}", cones.objective);
            assert!(dual_bound(&problem, &allocation) <= own + 1e-8 * stake(&allocation));
            if share.is_finite() {
                let limit = problem.turnover.as_ref().unwrap().limit;
                assert!((allocation.turnover - limit).abs() <= 1e-9 * problem.budget, "met exactly: {allocation:?}");
                let (own, cone) = (allocation.turnover_price, cones.turnover_price);
                assert!((own - cone).abs() <= PRICE * cones.price.max(own), "seed {seed}: {own} against {cone}");
            }
        }
    }
}

#[test]
fn turnover_with_groups_classes_and_a_floor_agrees_with_the_cone_solver() {
    for seed in 0..8 {
        let mut problem = random_tree(seed, mixed);
        let base = today(seed, 0.05, f64::INFINITY);
        let budget = problem.budget;
        problem.turnover = base.turnover;
        let current = &problem.turnover.as_ref().unwrap().current;
        let members: Vec<u32> = (0..30).filter(|item| item % 4 == 1).collect();
        let spend: f64 = members.iter().map(|&item| current[item as usize]).sum();
        let share = Amount::Money(0.5 * spend.min(0.3 * budget));
        problem.classes = vec![Class { members, lower: Amount::Money(0.0), upper: share }];
        problem.price_floor = if seed % 2 == 0 { 0.0 } else { 0.3 };
        let free = match allocate(&problem, &AllocatorSettings::default()) {
            Ok(free) => free,
            Err(AllocateError::Infeasible { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        problem.turnover.as_mut().unwrap().limit = 0.95 * free.turnover;
        let allocation = match allocate(&problem, &AllocatorSettings::default()) {
            Ok(_) => within(&problem),
            Err(AllocateError::Infeasible { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        assert!(allocation.certificate.relative_gap <= 1e-6, "seed {seed}: {:?}", allocation.certificate);
        let cones = by_cones(&problem);
        let own = allocation.certificate.objective;
        assert!((own - cones.objective).abs() <= OBJECTIVE * stake(&allocation), "{seed}: {own} {}", cones.objective);
    }
}

#[test]
fn no_plan_on_a_grid_that_moves_as_little_is_better() {
    let curves = vec![
        Curve::Hill { a: 30.0, k: 4.0, h: 0.8 },
        Curve::Hill { a: 16.0, k: 4.0, h: 3.0 },
        Curve::Points([(2.0, 8.0), (5.0, 14.0), (9.0, 17.0)].into()),
        Curve::Log { a: 6.0, k: 2.0 },
    ];
    for (price, limit) in [(0.0, 4.0), (0.5, f64::INFINITY), (0.3, 5.0), (0.0, 0.0), (2.0, 3.0)] {
        for floor in [0.0, 1.0] {
            for turn in 0..4 {
                let mut curves = curves.clone();
                curves.rotate_left(turn);
                let current = vec![4.0, 6.0, 3.0, 3.0];
                let problem = Problem {
                    turnover: Some(Turnover { current: current.clone(), price, limit }),
                    groups: vec![group(None, 0.0, 11.0)],
                    group_of: vec![Some(0), Some(0), None, None],
                    price_floor: floor,
                    ..problem(curves, &[(0.0, 12.0); 4], 16.0)
                };
                let allocation = within(&problem);
                // without a floor or a price of moving the budget is spent
                let open = floor > 0.0 || price > 0.0;
                let allowed = |spend: &[f64]| {
                    moved(&problem, spend) <= limit + 1e-9 && (open || spend.iter().sum::<f64>() > 16.0 - 1e-9)
                };
                let best = grid(&problem, 0.5, allowed);
                let certificate = &allocation.certificate;
                assert!(certificate.upper_bound >= best - 1e-12 * 60.0, "{certificate:?} against {best}");
                let gap = certificate.upper_bound - certificate.objective;
                assert!(certificate.objective >= best - gap - 1e-12 * 60.0, "{certificate:?} against {best}");
            }
        }
    }
}

/// Two items with money left to spend, of which only the first is worth moving it to: whatever else is asked, as long as it does
/// not bind, changes nothing, and more money is never worth less.
#[test]
fn money_moves_only_where_that_pays_with_slack_limits_or_without() {
    let plain = |budget: f64| Problem {
        turnover: Some(Turnover { current: vec![10.0, 10.0], price: 1.0, limit: f64::INFINITY }),
        ..problem(
            vec![Curve::Exp { a: 30.0, k: 10.0 }, Curve::Exp { a: 1.0, k: 10.0 }],
            &[(0.0, 100.0), (0.0, 20.0)],
            budget,
        )
    };
    // 3 e^(−x/10) = 1 where the next unit is worth no more than its move
    let wanted = [10.0 * 3.0_f64.ln(), 10.0];
    let class = Class { members: vec![0, 1], lower: Amount::Money(0.0), upper: Amount::Money(1000.0) };
    for budget in [25.0, 60.0, 120.0, 120.01, 200.0] {
        let slack = [
            plain(budget),
            Problem { classes: vec![class.clone()], ..plain(budget) },
            Problem { groups: vec![group(None, 0.0, 1000.0)], group_of: vec![Some(0), Some(0)], ..plain(budget) },
            Problem { goal: Goal::AverageReturn { ratio: 0.1, measure: Vec::new() }, ..plain(budget) },
            Problem {
                turnover: Some(Turnover { current: vec![10.0, 10.0], price: 1.0, limit: 500.0 }),
                ..plain(budget)
            },
        ];
        for problem in slack {
            let allocation = within(&problem);
            for (own, wanted) in allocation.spend.iter().zip(wanted) {
                assert!((own - wanted).abs() <= 1e-9 * wanted, "{allocation:?} of {problem:?}");
            }
            let rounded = plan_in_steps(&problem, &allocation, 0.01).unwrap();
            assert!(rounded.loss.abs() < 1e-4, "{rounded:?}");
        }
    }
}

#[test]
fn a_limit_of_zero_keeps_everything_and_one_below_the_least_possible_is_infeasible() {
    let mut problem = today(4, 0.0, 0.0);
    let allocation = within(&problem);
    let current = problem.turnover.as_ref().unwrap().current.clone();
    for (own, today) in allocation.spend.iter().zip(&current) {
        assert!((own - today).abs() <= 1e-12 * problem.budget, "{own} for {today}");
    }
    // a fifth more could be spent, and half of that may move: the rest stays unspent
    let more = 0.2 * problem.budget;
    problem.budget += more;
    problem.turnover.as_mut().unwrap().limit = 0.5 * more;
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
    assert!(allocation.turnover <= 0.5 * more + 1e-9 * problem.budget, "{}", allocation.turnover);
    assert!(allocation.unallocated >= 0.5 * more - 1e-9 * problem.budget, "{}", allocation.unallocated);
    // an item that has to have the fifth has to move it
    problem.lower[0] = current[0] + more;
    problem.upper[0] = problem.upper[0].max(problem.lower[0]);
    let error = allocate(&problem, &AllocatorSettings::default()).unwrap_err();
    let AllocateError::Infeasible { relaxation } = &error else { panic!("{error:?}") };
    assert_eq!(relaxation.changes.len(), 1);
    assert_eq!(relaxation.changes[0].limit, LimitRef::Turnover);
    // printed numbers are rounded so that they work: to seven digits, never to less than is needed
    let to = relaxation.changes[0].to;
    assert!(to >= more * (1.0 - 1e-9) && to <= more * (1.0 + 1e-5), "{relaxation:?}");
    problem.turnover.as_mut().unwrap().limit = relaxation.changes[0].to * (1.0 + 1e-9);
    within(&problem);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_turnover_in_any_tree_has_an_honest_gap(
        drawn in drawn(),
        shares in prop::collection::vec(0.0..2.0, 14),
        price in prop_oneof![Just(0.0), 0.0..1.0],
        room in prop_oneof![Just(f64::INFINITY), 0.0..1.0],
    ) {
        let mut problem = drawn.problem;
        let current: Vec<f64> = drawn.witness.iter().zip(shares).map(|(own, share)| own * share).collect();
        let limit = drawn.witness.iter().zip(&current).map(|(own, today)| (own - today).abs()).sum::<f64>() * (1.0 + room);
        problem.turnover = Some(Turnover { current, price, limit: if limit.is_nan() { f64::INFINITY } else { limit } });
        let allocation = match allocate(&problem, &AllocatorSettings::default()) {
            Ok(_) => within(&problem),
            // the witness may spend less than the budget, all of which is to be spent without a floor
            Err(AllocateError::Infeasible { .. }) if problem.price_floor <= 0.0 => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        let certificate = &allocation.certificate;
        // the price of moving is at stake as well, all there is where nothing earns anything
        let size = stake(&allocation) + price * (problem.budget + allocation.turnover);
        let gap = certificate.upper_bound - certificate.objective;
        let rounding = 1e-14 * problem.budget;
        prop_assert!(gap <= GAP * size + rounding, "{certificate:?}");
        if certificate.lambda.is_some_and(|lambda| lambda > problem.price_floor) && allocation.group_price.iter().all(|own| own.is_finite()) {
            let bound = dual_bound(&problem, &allocation);
            prop_assert!(bound - certificate.objective <= gap + 1e2 * DUAL * size, "{bound}: {certificate:?}");
        }
    }
}
