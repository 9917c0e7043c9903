//! Goals, shares of a spend that is to be found, classes and a limit on what moves, all at once.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers

use super::grid::{MET, against, best, broken};
use super::*;
use crate::numeric::stream::Stream;

/// What several limits at once leave, as a share of all that is at stake.
const SHARP: f64 = 1e-9;

/// Items in groups with shares, crossed by classes with shares (or money), with a limit on what moves for some.
fn crossed(seed: u64, items: u32) -> Problem {
    let mut random = Stream::new(seed, 21);
    let tenths = |random: &mut Stream, from: f64, to: f64| (from + (to - from) * random.uniform()).round() / 10.0;
    let budget = 10.0 * f64::from(items);
    let mut problem = free((0..items).map(|_| any_concave(&mut random)).collect(), budget);
    let share =
        |random: &mut Stream| (Amount::Share(tenths(random, 0.0, 2.0)), Amount::Share(tenths(random, 4.0, 9.0)));
    for _ in 0..2 {
        let (lower, upper) = share(&mut random);
        problem.groups.push(Group { parent: None, lower, upper });
    }
    problem.group_of = (0..items).map(|item| [Some(0), Some(1), None][(item % 3) as usize]).collect();
    for _ in 0..=(seed % 2) {
        let (lower, upper) = share(&mut random);
        let members = (0..items).filter(|_| random.uniform() < 0.6).collect();
        problem.classes.push(Class { members, lower, upper });
    }
    if seed.is_multiple_of(3) {
        let current: Vec<f64> = (0..items).map(|_| 20.0 * random.uniform()).collect();
        let total: f64 = current.iter().sum();
        problem.turnover = Some(Turnover { current, price: 0.0, limit: total * (0.3 + 0.6 * random.uniform()) });
    }
    problem
}

fn goals(base: &Problem, plain: &Allocation, seed: u64) -> Vec<Problem> {
    let mut random = Stream::new(seed, 22);
    let reached: f64 = plain.response.iter().sum();
    let average = reached / plain.spend.iter().sum::<f64>().max(1.0);
    let measure: Vec<f64> = base.curves.iter().map(|_| 0.6 + 0.8 * random.uniform()).collect();
    let mut all = vec![Problem { price_floor: 0.6 * average, ..base.clone() }];
    for goal in [
        Goal::AverageReturn { ratio: average * (1.0 + 0.5 * random.uniform()), measure: vec![] },
        Goal::AverageReturn { ratio: average * (0.9 + 0.4 * random.uniform()), measure },
        Goal::Volume { response: reached * (0.3 + 0.6 * random.uniform()) },
    ] {
        all.push(Problem { goal, ..base.clone() });
    }
    all
}

/// Work, in prices tried: a linear program counts for a hundred.
fn effort(problem: &Problem) -> usize {
    let mut workspace = Workspace::new();
    workspace.prepare(problem);
    branch::solve(&mut workspace, problem, &AllocatorSettings::default()).unwrap();
    workspace.effort
}

fn sharp(problem: &Problem, allocation: &Allocation) {
    let certificate = &allocation.certificate;
    assert_ne!(certificate.status, AllocationStatus::IterationLimit, "{certificate:?} of {problem:?}");
    assert!(certificate.relative_gap <= SHARP, "{certificate:?} of {problem:?}");
}

#[test]
fn goals_shares_classes_and_moves_at_once_are_exact_and_no_work() {
    let mut solved = 0;
    for seed in 0..24 {
        let base = crossed(seed, 3);
        let plain = match allocate(&base, &AllocatorSettings::default()) {
            Ok(plain) => plain,
            Err(error) => {
                assert!(matches!(error, AllocateError::Infeasible { .. }), "{error}");
                assert!(best(&base, 60, false).is_none(), "{error:?} of {base:?}");
                continue;
            }
        };
        for problem in goals(&base, &plain, seed).into_iter().chain([base.clone()]) {
            match allocate(&problem, &AllocatorSettings::default()) {
                Ok(_) => {
                    sharp(&problem, &against(&problem, 60, 0.3));
                    assert!(effort(&problem) <= 60_000, "{} of {problem:?}", effort(&problem));
                    solved += 1;
                }
                Err(error) => assert!(best(&problem, 60, false).is_none(), "{error:?} of {problem:?}"),
            }
        }
    }
    assert!(solved > 60, "{solved}");
}

#[test]
fn hundreds_of_items_take_no_more_searches_than_three() {
    for (seed, items) in [(0, 300), (1, 300), (1, 10), (4, 10), (18, 10)] {
        let base = crossed(seed, items);
        let plain = allocate(&base, &AllocatorSettings::default()).unwrap();
        sharp(&base, &plain);
        for problem in goals(&base, &plain, seed) {
            let allocation = match allocate(&problem, &AllocatorSettings::default()) {
                Ok(allocation) => allocation,
                // what may move can keep the average from rising
                Err(AllocateError::Infeasible { .. }) if problem.turnover.is_some() => continue,
                Err(error) => panic!("{error}"),
            };
            sharp(&problem, &allocation);
            let (limits, goal) = broken(&problem, &allocation.spend);
            assert!(limits <= MET * problem.budget && goal <= MET, "{limits} {goal}: {problem:?}");
            assert!(effort(&problem) <= 60_000, "{} of {problem:?}", effort(&problem));
        }
    }
}

#[test]
fn a_volume_within_groups_and_a_class_is_exact() {
    for seed in 0..12 {
        let mut random = Stream::new(seed, 23);
        let curves: Vec<Curve> = (0..6).map(|_| any_concave(&mut random)).collect();
        let money = |lower: f64, upper: f64| (Amount::Money(lower.round()), Amount::Money(upper.round()));
        let (lower, upper) = money(5.0 * random.uniform(), 12.0 + 10.0 * random.uniform());
        let groups =
            vec![Group { parent: None, lower, upper }, Group { parent: Some(0), lower: Amount::Money(2.0), upper }];
        let (lower, upper) = money(6.0 + 6.0 * random.uniform(), 14.0 + 10.0 * random.uniform());
        let base = Problem {
            groups,
            group_of: vec![Some(0), Some(1), None, Some(0), Some(1), None],
            classes: vec![Class { members: vec![1, 2, 4], lower, upper }],
            ..free(curves, 60.0)
        };
        let plain = allocate(&base, &AllocatorSettings::default()).unwrap();
        for share in [0.3, 0.6, 0.9] {
            let response = share * plain.response.iter().sum::<f64>();
            let problem = Problem { goal: Goal::Volume { response }, ..base.clone() };
            let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
            sharp(&problem, &allocation);
            let (limits, goal) = broken(&problem, &allocation.spend);
            assert!(limits <= MET * problem.budget && goal <= MET, "{limits} {goal}: {problem:?}");
        }
    }
}

fn roots(count: u32) -> Vec<Curve> {
    (1..=count).map(|at| Curve::Power { a: f64::from(at), k: 2.0, h: 0.5 }).collect()
}

#[test]
fn items_that_limits_leave_nothing_are_at_zero_and_the_plan_is_optimal() {
    let class = |members: Vec<u32>, lower: f64, upper: Amount| Class { members, lower: Amount::Money(lower), upper };
    let nothing = [Amount::Money(0.0), Amount::Share(0.0)];
    for upper in nothing {
        let classes = vec![class(vec![1, 3], 0.0, upper), class(vec![0, 3, 4], 0.0, Amount::Money(7.0))];
        let problem = Problem { classes, ..free(roots(5), 20.0) };
        for problem in [problem.clone(), Problem { price_floor: 0.3, ..problem }] {
            let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
            sharp(&problem, &allocation);
            assert_eq!((allocation.spend[1], allocation.spend[3]), (0.0, 0.0));
            assert!(allocation.class_price[0].is_infinite() && allocation.class_price[1].is_finite());
            assert!(allocation.certificate.max_violation <= 1e-12 * 20.0);
        }
    }
    // what one class has to spend is all that another may, or all there is
    let classes =
        vec![class(vec![0, 1], 12.0, Amount::Money(f64::INFINITY)), class(vec![0, 1, 2], 0.0, Amount::Money(12.0))];
    let within = Problem { classes, ..free(roots(5), 20.0) };
    let classes = vec![class(vec![0, 1], 12.0, Amount::Money(f64::INFINITY)), class(vec![2], 8.0, Amount::Money(9.0))];
    let whole = Problem { classes, ..free(roots(5), 20.0) };
    for (problem, zero) in [(within, &[2][..]), (whole, &[3, 4])] {
        let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
        sharp(&problem, &allocation);
        assert!(zero.iter().all(|&item| allocation.spend[item] <= 0.0), "{allocation:?}");
    }
    // with nothing to move, everything stays
    let turnover = Some(Turnover { current: vec![5.0, 0.0, 15.0, 0.0, 0.0], price: 0.0, limit: 0.0 });
    let problem = Problem { turnover, ..free(roots(5), 20.0) };
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    sharp(&problem, &allocation);
    assert_eq!(allocation.spend, [5.0, 0.0, 15.0, 0.0, 0.0]);
}

fn bumpy(seed: u64) -> Problem {
    let mut random = Stream::new(seed, 25);
    let whole = |random: &mut Stream, from: f64, to: f64| (from + (to - from) * random.uniform()).round();
    let items = 4;
    let curves: Vec<Curve> = (0..items)
        .map(|_| {
            let (a, k) = (5.0 + 30.0 * random.uniform(), 2.0 + 8.0 * random.uniform());
            if random.uniform() < 0.5 {
                Curve::Hill { a, k, h: 1.5 + 2.0 * random.uniform() }
            } else {
                Curve::Log { a, k }
            }
        })
        .collect();
    let mut problem = free(curves, 30.0);
    problem.minimum =
        (0..items).map(|_| if random.uniform() < 0.7 { whole(&mut random, 4.0, 12.0) } else { 0.0 }).collect();
    problem.upper = (0..items).map(|_| whole(&mut random, 12.0, 24.0)).collect();
    for _ in 0..2 + seed % 2 {
        let members: Vec<u32> = (0..items as u32).filter(|_| random.uniform() < 0.6).collect();
        let lower = if random.uniform() < 0.4 { whole(&mut random, 2.0, 9.0) } else { 0.0 };
        let upper = whole(&mut random, 10.0, 20.0);
        problem.classes.push(Class { members, lower: Amount::Money(lower), upper: Amount::Money(upper) });
    }
    if seed % 4 == 3 {
        let current: Vec<f64> = (0..items).map(|_| whole(&mut random, 0.0, 12.0)).collect();
        problem.turnover = Some(Turnover { current, price: 0.0, limit: whole(&mut random, 12.0, 30.0) });
    }
    problem.price_floor = if seed.is_multiple_of(3) { 0.0 } else { 0.3 };
    problem
}

#[test]
fn minimums_and_s_curves_under_several_limits_have_a_plan_where_there_is_one() {
    // seeds found by search: plans that were not found, or were the worse by some percent
    for seed in (0..30).chain([66, 108, 113, 151, 267]) {
        let problem = bumpy(seed);
        let Some((worth, plan)) = best(&problem, 60, false) else { continue };
        let allocation = allocate(&problem, &AllocatorSettings::default());
        let allocation = allocation.unwrap_or_else(|error| panic!("{seed} {error}: {plan:?} of {problem:?}"));
        let (own, limits) = (super::grid::worth(&problem, &allocation.spend), broken(&problem, &allocation.spend).0);
        assert!(limits <= 1e-9 * problem.budget, "{limits} in {allocation:?} of {problem:?}");
        assert!(own >= worth * (1.0 - 1e-3), "{seed} {own} against {worth} of {plan:?}: {allocation:?} of {problem:?}");
        assert!(allocation.certificate.upper_bound >= worth * (1.0 - 1e-9), "{allocation:?} of {problem:?}");
    }
}
