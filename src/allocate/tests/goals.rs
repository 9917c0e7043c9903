//! Goals against all plans on a grid, closed forms, and the certificate.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers

use super::grid::{MET, against, broken};
use super::*;
use crate::numeric::stream::Stream;

/// A grid of a sixtieth of the budget misses an optimum at kinks of a target by about a step's worth.
const NEAR: f64 = 0.06;

fn three() -> Vec<Curve> {
    vec![Curve::Hill { a: 30.0, k: 4.0, h: 0.8 }, Curve::Exp { a: 12.0, k: 3.0 }, Curve::Log { a: 6.0, k: 2.0 }]
}

fn loose() -> Problem {
    problem(three(), &[(0.0, 16.0), (0.0, 16.0), (0.0, 16.0)], 16.0)
}

fn at_least(problem: Problem, ratio: f64, measure: &[f64]) -> Problem {
    Problem { goal: Goal::AverageReturn { ratio, measure: measure.to_vec() }, ..problem }
}

fn wanting(problem: Problem, response: f64) -> Problem {
    Problem { goal: Goal::Volume { response }, ..problem }
}

fn average(allocation: &Allocation) -> f64 {
    allocation.response.iter().sum::<f64>() / allocation.spend.iter().sum::<f64>()
}

/// The change that is asked for, where there is one.
fn change(problem: &Problem) -> Change {
    match allocate(problem, &AllocatorSettings::default()) {
        Err(AllocateError::Infeasible { relaxation }) => {
            assert_eq!(relaxation.changes.len(), 1, "{relaxation:?}");
            relaxation.changes[0]
        }
        other => panic!("{other:?} of {problem:?}"),
    }
}

#[test]
fn an_average_return_is_met_exactly_where_it_binds() {
    for ratio in [2.2, 2.6, 3.0, 4.0, 6.0] {
        let allocation = against(&at_least(loose(), ratio, &[]), 60, NEAR);
        assert!((average(&allocation) - ratio).abs() <= MET * ratio, "{ratio}: {allocation:?}");
        assert_eq!(allocation.certificate.status, AllocationStatus::Optimal);
    }
}

#[test]
fn a_lone_item_spends_until_its_average_falls_to_the_target() {
    // 10 √x / x = 2 at x = 25
    let root = Curve::Power { a: 10.0, k: 1.0, h: 0.5 };
    let allocation = against(&at_least(free(vec![root], 100.0), 2.0, &[]), 100, NEAR);
    assert!((allocation.spend[0] - 25.0).abs() <= 1e-10, "{allocation:?}");
}

#[test]
fn two_power_curves_meet_a_target_at_the_closed_form() {
    // a √x each: equal slopes give x ∝ a², and the average is (a₁² + a₂²)/√(a₁² + a₂²)/√X = ratio
    let curves = vec![Curve::Power { a: 3.0, k: 1.0, h: 0.5 }, Curve::Power { a: 4.0, k: 1.0, h: 0.5 }];
    let allocation = against(&at_least(free(curves, 1000.0), 0.5, &[]), 100, NEAR);
    assert!((allocation.spend[0] - 36.0).abs() <= 1e-9, "{allocation:?}");
    assert!((allocation.spend[1] - 64.0).abs() <= 1e-9, "{allocation:?}");
}

#[test]
fn slack_targets_change_no_byte() {
    let plain = allocate(&loose(), &AllocatorSettings::default()).unwrap();
    let reached = average(&plain);
    for ratio in [0.0, 1e-12, 0.5 * reached, reached * (1.0 - 1e-9)] {
        for measure in [vec![], vec![1.0; 3]] {
            let allocation = allocate(&at_least(loose(), ratio, &measure), &AllocatorSettings::default()).unwrap();
            assert_eq!(allocation, plain, "{ratio}");
        }
    }
    let volume = allocate(&wanting(loose(), 0.0), &AllocatorSettings::default()).unwrap();
    assert_eq!(volume.spend, [0.0; 3]);
}

#[test]
fn a_target_that_the_plan_meets_exactly_changes_next_to_nothing() {
    let plain = allocate(&loose(), &AllocatorSettings::default()).unwrap();
    let allocation = against(&at_least(loose(), average(&plain), &[]), 60, NEAR);
    // both are optimal for targets that differ by rounding
    assert!((allocation.certificate.objective - plain.certificate.objective).abs() <= 1e-10 * 40.0);
}

#[test]
fn lower_bounds_make_the_average_return_rise_and_fall_with_the_multiplier() {
    // the first item must spend 8 and returns little; the others lift the average, then lower it again
    let mut problem = problem(
        vec![Curve::Log { a: 2.0, k: 2.0 }, Curve::Exp { a: 12.0, k: 3.0 }, Curve::Hill { a: 14.0, k: 2.0, h: 0.9 }],
        &[(8.0, 24.0), (0.0, 24.0), (0.0, 24.0)],
        24.0,
    );
    let spending = |problem: &Problem, floor: f64| {
        average(&allocate(&Problem { price_floor: floor, ..problem.clone() }, &AllocatorSettings::default()).unwrap())
    };
    let averages: Vec<f64> = [0.1, 0.5, 1.5, 3.0, 8.0].iter().map(|&floor| spending(&problem, floor)).collect();
    let highest = averages.iter().copied().fold(0.0, f64::max);
    assert!(averages[0] < highest && averages[4] < highest, "not the trap it is meant to be: {averages:?}");
    for share in [0.8, 0.9, 0.97, 0.999] {
        let ratio = share * highest;
        against(&at_least(problem.clone(), ratio, &[]), 60, NEAR);
        // today's floor makes no difference to the target, only to where it starts to bind
        let floored = Problem { price_floor: 0.4, ..problem.clone() };
        against(&at_least(floored, ratio, &[]), 60, NEAR);
    }
    // spending nothing more than the bounds ask for would miss the target
    problem.budget = 8.0;
    let least = average(&allocate(&problem, &AllocatorSettings::default()).unwrap());
    assert!(least < 0.8 * highest);
}

#[test]
fn a_target_beyond_reach_names_the_best_ratio_there_is() {
    let bounded = problem(three(), &[(3.0, 16.0), (2.0, 16.0), (6.0, 16.0)], 16.0);
    for measure in [vec![], vec![0.5, 2.0, 0.0], vec![0.0, 0.0, 1.0]] {
        let asked = at_least(bounded.clone(), 50.0, &measure);
        let change = change(&asked);
        assert_eq!(change.limit, LimitRef::AverageReturn);
        // the best ratio on the grid, from the same definition of what the measure is
        let own = |item: usize| measure.get(item).copied().unwrap_or(1.0);
        let mut best = 0.0_f64;
        for (i, j, l) in (0..=50).flat_map(|i| (0..=50).flat_map(move |j| (0..=50).map(move |l| (i, j, l)))) {
            let plan = [3.0 + 0.1 * f64::from(i), 2.0 + 0.1 * f64::from(j), 6.0 + 0.1 * f64::from(l)];
            let measured: f64 = (0..3).map(|at| own(at) * asked.curves[at].value(plan[at])).sum();
            best = best.max(measured / plan.iter().sum::<f64>());
        }
        // rounded down to seven digits; the grid misses a maximum by the square of its step
        assert!(change.to >= best * (1.0 - 2e-6) && change.to <= best * (1.0 + 2e-3), "{change:?} against {best}");
        // what is printed works, and a little more does not
        let allocation = against(&at_least(bounded.clone(), change.to, &measure), 32, 0.5);
        assert!(allocation.certificate.objective > 0.0);
        let more = at_least(bounded.clone(), change.to * (1.0 + 3e-6), &measure);
        assert!(allocate(&more, &AllocatorSettings::default()).is_err());
    }
}

#[test]
fn measures_other_than_the_response_are_weighed_against_it() {
    // revenue to be made most of, with a target on conversions, and conversions under a ROAS target
    for measure in [[0.1, 0.3, 0.2], [0.0, 1.0, 0.5], [4.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1e-9, 3e-9, 2e-9]] {
        let plain = allocate(&loose(), &AllocatorSettings::default()).unwrap();
        let measured: f64 = (0..3).map(|at| measure[at] * plain.response[at]).sum();
        for factor in [0.9, 1.05, 1.3, 2.0] {
            let ratio = factor * measured / 16.0;
            against(&at_least(loose(), ratio, &measure), 60, NEAR);
        }
    }
}

#[test]
fn profit_under_a_target_on_another_measure() {
    for measure in [[0.1, 0.3, 0.2], [0.0, 1.0, 0.5], [4.0, 0.0, 1.0]] {
        let profit = Problem { price_floor: 1.0, ..loose() };
        let plain = allocate(&profit, &AllocatorSettings::default()).unwrap();
        let measured: f64 = (0..3).map(|at| measure[at] * plain.response[at]).sum();
        for factor in [0.9, 1.1, 1.5] {
            let ratio = factor * measured / plain.spend.iter().sum::<f64>();
            against(&at_least(profit.clone(), ratio, &measure), 60, NEAR);
        }
    }
}

#[test]
fn a_cost_per_conversion_is_the_ratio_turned_over() {
    // conversions as response: no more than 0.4 each
    let allocation = against(&at_least(loose(), 1.0 / 0.4, &[]), 60, NEAR);
    let cost = allocation.spend.iter().sum::<f64>() / allocation.response.iter().sum::<f64>();
    assert!((cost - 0.4).abs() <= MET, "{cost}");
}

#[test]
fn at_a_marginal_return_floor_every_item_between_its_bounds_earns_just_it() {
    let problem = Problem { price_floor: 1.2, budget: 60.0, ..loose() };
    let allocation = against(&problem, 60, NEAR);
    assert!(allocation.unallocated > 0.0);
    for at in 0..3 {
        assert_eq!(allocation.binding[at], Binding::None);
        // 1e-12: the spend to the last digits, times the curvature
        assert!((allocation.marginal[at] - 1.2).abs() <= 1e-12, "{allocation:?}");
    }
}

#[test]
fn a_volume_is_brought_with_the_least_spend() {
    let plain = allocate(&loose(), &AllocatorSettings::default()).unwrap();
    let most: f64 = plain.response.iter().sum();
    for share in [1e-6, 0.1, 0.5, 0.9, 0.999, 1.0] {
        let problem = wanting(loose(), share * most);
        let allocation = against(&problem, 60, NEAR);
        let response: f64 = allocation.response.iter().sum();
        // the least spend brings no more than is wanted
        assert!((response - share * most).abs() <= MET * most, "{response} for {}", share * most);
        // and the same spend as a budget brings the same
        let spend: f64 = allocation.spend.iter().sum();
        let again = allocate(&Problem { budget: spend, ..loose() }, &AllocatorSettings::default()).unwrap();
        assert!((again.certificate.objective - response).abs() <= 1e-10 * response);
    }
}

#[test]
fn lower_bounds_may_bring_more_than_the_volume() {
    let bounded = problem(three(), &[(3.0, 16.0), (2.0, 16.0), (6.0, 16.0)], 16.0);
    let allocation = against(&wanting(bounded, 5.0), 32, NEAR);
    assert_eq!(allocation.spend, [3.0, 2.0, 6.0]);
}

#[test]
fn a_volume_beyond_the_budget_names_the_budget_that_would_do() {
    let change = change(&wanting(Problem { upper: vec![f64::INFINITY; 3], ..loose() }, 45.0));
    assert_eq!(change.limit, LimitRef::Budget);
    let richer = Problem { budget: change.to, upper: vec![f64::INFINITY; 3], ..loose() };
    let allocation = against(&wanting(richer.clone(), 45.0), 60, NEAR);
    // the budget is rounded up to seven digits
    assert!(allocation.unallocated <= 1e-5 * change.to, "{allocation:?}");
}

#[test]
fn a_volume_beyond_all_curves_names_the_most_there_is() {
    let saturating = vec![Curve::Exp { a: 12.0, k: 3.0 }, Curve::Hill { a: 30.0, k: 4.0, h: 1.0 }];
    for budget in [0.0, 5.0, 1e9] {
        let problem = wanting(free(saturating.clone(), budget), 43.0);
        let change = change(&problem);
        assert_eq!(change.limit, LimitRef::Volume);
        let plain = allocate(&free(saturating.clone(), budget), &AllocatorSettings::default()).unwrap();
        let most = plain.certificate.objective;
        assert!(change.to <= most && change.to >= most * (1.0 - 2e-6), "{change:?} against {most}");
        let allocation = allocate(&wanting(problem, change.to), &AllocatorSettings::default()).unwrap();
        assert!(allocation.response.iter().sum::<f64>() >= change.to * (1.0 - MET));
    }
}

#[test]
fn nothing_is_spent_where_nothing_may_be() {
    let poor = Problem { budget: 0.0, ..loose() };
    for goal in [
        Goal::AverageReturn { ratio: 3.0, measure: vec![] },
        Goal::AverageReturn { ratio: 0.0, measure: vec![1.0, 0.0, 2.0] },
        Goal::Volume { response: 0.0 },
    ] {
        let allocation = allocate(&Problem { goal, ..poor.clone() }, &AllocatorSettings::default()).unwrap();
        assert_eq!(allocation.spend, [0.0; 3]);
        assert_eq!(allocation.certificate.relative_gap, 0.0);
    }
}

#[test]
fn no_item_pays_for_a_target_so_nothing_is_spent() {
    let flat = free(vec![Curve::Log { a: 1.0, k: 2.0 }, Curve::Exp { a: 2.0, k: 3.0 }], 10.0);
    let allocation = against(&at_least(flat, 5.0, &[]), 50, NEAR);
    assert_eq!(allocation.spend, [0.0, 0.0]);
}

/// Every goal under limits of groups, a class and a price of turnover, on random problems.
#[test]
fn goals_hold_under_groups_classes_and_turnover() {
    let mut solved = 0;
    for seed in 0..120_u64 {
        let mut random = Stream::new(seed, 3);
        let step = |random: &mut Stream, from: f64, to: f64| (from + (to - from) * random.uniform()).round();
        let curves: Vec<Curve> = (0..3).map(|_| any_concave(&mut random)).collect();
        let bounds: Vec<(f64, f64)> =
            (0..3).map(|_| (step(&mut random, 0.0, 4.0), step(&mut random, 10.0, 40.0))).collect();
        let mut problem = problem(curves, &bounds, 40.0);
        if seed % 2 == 1 {
            problem.groups = vec![
                Group { parent: None, lower: Amount::Money(0.0), upper: Amount::Money(step(&mut random, 14.0, 30.0)) },
                Group {
                    parent: Some(0),
                    lower: Amount::Money(step(&mut random, 0.0, 6.0)),
                    upper: Amount::Money(step(&mut random, 7.0, 12.0)),
                },
            ];
            problem.group_of = vec![Some(0), Some(1), None];
        }
        if seed % 3 == 1 {
            let upper = step(&mut random, 12.0, 30.0);
            let limits = (Amount::Money(step(&mut random, 0.0, 10.0)), Amount::Money(upper));
            problem.classes = vec![Class { members: vec![1, 2], lower: limits.0, upper: limits.1 }];
        }
        if seed % 5 < 2 {
            let current = (0..3).map(|_| step(&mut random, 0.0, 12.0)).collect();
            problem.turnover = Some(Turnover { current, price: 0.8 * random.uniform(), limit: f64::INFINITY });
        }
        problem.price_floor = [0.0, 0.5, 1.0][(seed % 7 % 3) as usize];
        let Ok(plain) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let measure: Vec<f64> = (0..3).map(|_| 2.0 * random.uniform()).collect();
        let moving = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price * plain.turnover);
        let goals = [
            Goal::AverageReturn { ratio: average(&plain) * (0.9 + 0.5 * random.uniform()), measure: vec![] },
            Goal::AverageReturn { ratio: average(&plain) * (0.9 + 0.3 * random.uniform()), measure },
            Goal::Volume { response: (plain.response.iter().sum::<f64>() - moving).max(0.0) * random.uniform() },
        ];
        for goal in goals {
            let problem = Problem { goal, ..problem.clone() };
            match allocate(&problem, &AllocatorSettings::default()) {
                Ok(_) => {
                    against(&problem, 40, 0.2);
                    solved += 1;
                }
                Err(AllocateError::Infeasible { relaxation }) => {
                    assert!(super::grid::best(&problem, 40, false).is_none(), "{relaxation:?} of {problem:?}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(solved > 200, "{solved}");
}

#[test]
fn goals_do_not_depend_on_units_or_row_order() {
    let base = at_least(problem(three(), &[(3.0, 16.0), (0.0, 16.0), (1.0, 16.0)], 16.0), 2.7, &[]);
    let plain = allocate(&base, &AllocatorSettings::default()).unwrap();
    for money in [1e-12, 1e-6, 1e6, 1e12] {
        let in_units = |curve: &Curve| match *curve {
            Curve::Hill { a, k, h } => Curve::Hill { a, k: k * money, h },
            Curve::Exp { a, k } => Curve::Exp { a, k: k * money },
            Curve::Log { a, k } => Curve::Log { a, k: k * money },
            _ => unreachable!(),
        };
        let scaled = Problem {
            curves: base.curves.iter().map(in_units).collect(),
            lower: base.lower.iter().map(|bound| bound * money).collect(),
            upper: base.upper.iter().map(|bound| bound * money).collect(),
            budget: base.budget * money,
            goal: Goal::AverageReturn { ratio: 2.7 / money, measure: vec![] },
            ..Problem::default()
        };
        let allocation = allocate(&scaled, &AllocatorSettings::default()).unwrap();
        for (a, b) in plain.spend.iter().zip(&allocation.spend) {
            assert!((a - b / money).abs() <= 1e-9 * 16.0, "{a} and {b} at {money}");
        }
        assert!(broken(&scaled, &allocation.spend).1 <= MET);
        let volume = wanting(scaled, 20.0);
        let spend: f64 = allocate(&volume, &AllocatorSettings::default()).unwrap().spend.iter().sum();
        let expected: f64 =
            allocate(&wanting(base.clone(), 20.0), &AllocatorSettings::default()).unwrap().spend.iter().sum();
        assert!((spend / money - expected).abs() <= 1e-9 * expected);
    }
    let mut turned = base.clone();
    turned.curves.rotate_left(1);
    turned.lower.rotate_left(1);
    turned.upper.rotate_left(1);
    let mut expected = plain.spend;
    expected.rotate_left(1);
    assert_eq!(allocate(&turned, &AllocatorSettings::default()).unwrap().spend, expected);
}

#[test]
fn a_hundred_items_meet_goals_in_a_blink() {
    let curves: Vec<Curve> = (1..=100)
        .map(|i| match i % 3 {
            0 => Curve::Log { a: f64::from(i), k: 1.0 + f64::from(i % 7) },
            1 => Curve::Exp { a: f64::from(i), k: 2.0 + f64::from(i % 11) },
            _ => Curve::Hill { a: f64::from(i), k: 2.0 + f64::from(i % 5), h: 0.7 },
        })
        .collect();
    let measure: Vec<f64> = (0..100).map(|i| f64::from(i % 9)).collect();
    let bounds = vec![(0.5, 400.0); 100];
    for goal in [
        Goal::AverageReturn { ratio: 8.0, measure: vec![] },
        Goal::AverageReturn { ratio: 30.0, measure },
        Goal::Volume { response: 3000.0 },
    ] {
        let problem = Problem { goal, ..problem(curves.clone(), &bounds, 1000.0) };
        let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
        // work is counted in prices tried: a goal is a search of searches, some twenty of some twenty each
        assert!(allocation.certificate.iterations <= 2000, "{:?}", allocation.certificate);
        assert!(allocation.certificate.relative_gap <= super::grid::CONCAVE, "{:?}", allocation.certificate);
    }
}
