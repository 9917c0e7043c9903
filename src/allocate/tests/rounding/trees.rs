//! Rounding with groups, minimums, classes and turnover, against the dynamic program and by hand.

use super::super::dynamic::{any_curve, any_tree, is_inside, keeps_limits, objective};
use super::*;
use crate::numeric::stream::Stream;
use proptest::prelude::*;

/// A fractional plan within all limits: between two plans in steps finer than those it will be rounded to.
fn fractional(problem: &Problem, seed: u64) -> Option<Vec<f64>> {
    let fine = |problem: &Problem| allocate_steps(problem, 0.125).ok().flatten().map(|plan| plan.spend);
    let mut random = Stream::new(seed, 13);
    let other = |curve: &Curve| curve.scaled(0.3 + 1.4 * random.uniform());
    let tilted = Problem { curves: problem.curves.iter().map(other).collect(), ..problem.clone() };
    let (best, other) = (fine(problem)?, fine(&tilted)?);
    let part = 0.123;
    Some(best.iter().zip(&other).map(|(best, other)| (1.0 - part) * best + part * other).collect())
}

/// Totals of groups in steps, with their limits rounded inwards by hand.
fn check_groups(problem: &Problem, spend: &[f64], rounded: &Rounded) {
    let exact: f64 = spend.iter().sum();
    let money = |amount| match amount {
        Amount::Money(money) => money,
        Amount::Share(share) if share >= 1.0 => f64::INFINITY,
        Amount::Share(share) => share * exact,
    };
    for (group, limits) in problem.groups.iter().enumerate() {
        let inside = (0..spend.len()).filter(|&at| is_inside(problem, at, group));
        let total = inside.map(|at| rounded.steps[at]).sum::<i64>() as f64;
        let (lower, upper) = ((money(limits.lower) - 1e-9).ceil(), (money(limits.upper) + 1e-9).floor());
        let out = |limit| rounded.outside_limits.contains(&limit);
        assert_eq!(total < lower, out(LimitRef::GroupLower(group)), "{group}: {total} {limits:?} {rounded:?}");
        assert_eq!(total > upper, out(LimitRef::GroupUpper(group)), "{group}: {total} {limits:?} {rounded:?}");
        assert!(total > lower - 2.0 && total < upper + 2.0, "{group}: {total} {limits:?} {rounded:?}");
    }
    for at in 0..spend.len() {
        let (steps, out) = (rounded.steps[at] as f64, rounded.outside_bounds.contains(&at));
        let (lower, upper) = ((problem.lower[at] - 1e-9).ceil(), (problem.upper[at] + 1e-9).floor());
        assert!(out || (steps >= lower && steps <= upper), "{at}: {problem:?} {rounded:?}");
        assert!(steps > lower - 2.0 && steps < upper + 2.0, "{at}: {problem:?} {rounded:?}");
        let minimum = problem.minimum.get(at).map_or(0.0, |minimum| (minimum - 1e-9).ceil());
        assert!(out || steps == 0.0 || steps >= minimum, "{at}: {problem:?} {rounded:?}");
    }
    let total = rounded.steps.iter().sum::<i64>();
    assert_eq!(total + rounded.unallocated_steps, 40);
    assert!(rounded.unallocated_steps >= 0);
}

#[test]
fn groups_are_kept_and_no_plan_in_whole_steps_is_better() {
    let (mut compared, mut clean) = (0, 0);
    for seed in 0..600 {
        let mut problem = any_tree(seed, 7, 40.0, true);
        // shares of the total before rounding and after it differ
        if problem.groups.iter().any(|group| matches!(group.lower, Amount::Share(_))) && seed % 2 == 0 {
            problem.groups.iter_mut().for_each(|group| {
                (group.lower, group.upper) = (Amount::Money(0.0), Amount::Money(f64::INFINITY));
            });
        }
        if seed % 7 == 0 {
            problem.turnover = Some(Turnover { current: vec![3.3; 7], price: 0.5, limit: f64::INFINITY });
        }
        let Some(spend) = fractional(&problem, seed) else { continue };
        let rounded = round_to_step(&problem, &plan_at(&problem, &spend), 1.0);
        check_groups(&problem, &spend, &rounded);
        compared += 1;
        let shares = problem.groups.iter().any(|group| matches!(group.lower, Amount::Share(_)));
        if rounded.outside_bounds.is_empty() && rounded.outside_limits.is_empty() && !shares {
            let best = allocate_steps(&problem, 1.0).unwrap().unwrap().objective;
            let value = objective(&problem, &rounded.spend);
            // steps are compared by slopes good to eight digits
            let near = (value - best).abs() <= 1e-8 * best.abs();
            assert!(near, "seed {seed}: {value} {best}");
            clean += 1;
        }
    }
    assert!(compared > 200 && clean > 150, "{compared} {clean}");
}

#[test]
fn a_group_without_limits_changes_nothing() {
    let mut random = Stream::new(3, 14);
    let mut problem = free((0..60).map(|_| any_curve(&mut random, true)).collect(), 100.0);
    problem.upper = (0..60).map(|at| 1.0 + f64::from(at % 7)).collect();
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    let plain = round_to_step(&problem, &allocation, 0.01);
    problem.groups = (0..5)
        .map(|group: u32| Group {
            parent: group.checked_sub(2),
            lower: Amount::Share(0.0),
            upper: Amount::Money(f64::INFINITY),
        })
        .collect();
    problem.group_of = (0..60).map(|at| (at % 6_u32).checked_sub(1)).collect();
    let grouped = round_to_step(&problem, &allocation, 0.01);
    assert_eq!(grouped.steps.iter().sum::<i64>(), 10_000);
    let moved: i64 = plain.steps.iter().zip(&grouped.steps).map(|(a, b)| (a - b).abs()).sum();
    // straight pieces tie; of the others the same steps are bought
    assert!(moved <= 2 && (plain.loss - grouped.loss).abs() < 1e-9, "{moved} {} {}", plain.loss, grouped.loss);
}

#[test]
fn items_bounds_give_way_to_a_group_that_they_meet_exactly() {
    let mut problem = problem(logs(4), &[(0.335, 1.0), (0.335, 1.0), (0.33, 1.0), (0.0, 5.0)], 3.0);
    problem.groups = vec![Group { parent: None, lower: Amount::Money(0.5), upper: Amount::Money(1.0) }];
    problem.group_of = vec![Some(0), Some(0), Some(0), None];
    let rounded = round_to_step(&problem, &plan_at(&problem, &[0.335, 0.335, 0.33, 2.0]), 0.01);
    assert_eq!((rounded.steps, rounded.outside_bounds), (vec![33, 34, 33, 200], vec![0]));
    assert!(rounded.outside_limits.is_empty());

    // the other way round: upper bounds below what the group must get
    let mut problem = super::problem(logs(4), &[(0.0, 0.335), (0.0, 0.335), (0.0, 0.33), (0.0, 5.0)], 3.0);
    problem.groups = vec![Group { parent: None, lower: Amount::Money(1.0), upper: Amount::Money(1.0) }];
    problem.group_of = vec![Some(0), Some(0), Some(0), None];
    let rounded = round_to_step(&problem, &plan_at(&problem, &[0.335, 0.335, 0.33, 2.0]), 0.01);
    assert_eq!((rounded.steps, rounded.outside_bounds), (vec![33, 34, 33, 200], vec![1]));
}

#[test]
fn inner_groups_give_way_last_and_are_reported() {
    // three inner groups want 3.4 each of the 10.2 above them, of which whole units leave 10
    let fixed = |parent, money| Group { parent, lower: Amount::Money(money), upper: Amount::Money(money + 0.7) };
    let mut problem = free(logs(3), 12.0);
    problem.groups = vec![
        Group { parent: None, lower: Amount::Money(0.0), upper: Amount::Money(10.2) },
        fixed(Some(0), 3.4),
        fixed(Some(0), 3.4),
        fixed(Some(0), 3.4),
    ];
    problem.group_of = vec![Some(1), Some(2), Some(3)];
    let rounded = round_to_step(&problem, &plan_at(&problem, &[3.4; 3]), 1.0);
    assert_eq!((rounded.steps, rounded.unallocated_steps), (vec![3, 3, 4], 2));
    assert_eq!(rounded.outside_limits, [LimitRef::GroupLower(1), LimitRef::GroupLower(2)]);
    assert!(rounded.outside_bounds.is_empty());
}

#[test]
fn minimums_are_kept_or_left_out() {
    let mut problem = free(logs(3), 10.0);
    problem.minimum = vec![2.5, 2.5, 2.5];
    // at its minimum, rounded up; nothing stays nothing
    let rounded = round_to_step(&problem, &plan_at(&problem, &[0.0, 2.5, 7.5]), 1.0);
    assert_eq!(rounded.steps, [0, 3, 7]);
    // three minimums rounded up are more than the budget: the item that earns least for its money goes
    problem.budget = 7.5;
    let rounded = round_to_step(&problem, &plan_at(&problem, &[2.5; 3]), 1.0);
    assert_eq!((rounded.steps, rounded.unallocated_steps), (vec![0, 3, 4], 0));
    assert!(rounded.outside_bounds.is_empty() && rounded.outside_limits.is_empty());
}

#[test]
fn minimums_in_trees_cost_little() {
    let (mut seen, mut lost) = (0, 0.0);
    for seed in 0..300 {
        let mut problem = any_tree(seed, 7, 40.0, true);
        let mut random = Stream::new(seed, 15);
        problem.minimum = (0..7).map(|_| (9.0 * random.uniform() - 3.0).max(0.0)).collect();
        problem.groups.iter_mut().for_each(|group| {
            if matches!(group.lower, Amount::Share(_)) {
                (group.lower, group.upper) = (Amount::Money(0.0), Amount::Money(f64::INFINITY));
            }
        });
        let Some(plan) = allocate_steps(&problem, 0.125).ok().flatten() else { continue };
        let rounded = round_to_step(&problem, &plan_at(&problem, &plan.spend), 1.0);
        check_groups(&problem, &plan.spend, &rounded);
        if rounded.outside_bounds.is_empty() && rounded.outside_limits.is_empty() {
            let best = allocate_steps(&problem, 1.0).unwrap().unwrap().objective;
            let loss = (best - objective(&problem, &rounded.spend)) / best.abs();
            assert!(loss >= -1e-12, "seed {seed}");
            (seen, lost) = (seen + 1, lost + loss);
        }
    }
    // which items get nothing is not reconsidered: that is the plan's choice
    assert!(seen > 100 && lost / f64::from(seen) < 2e-3, "{seen} {lost}");
}

/// Whether whole plans exist within bounds, groups and classes, with every item less than a step off.
fn adjacent_plan_exists(problem: &Problem, spend: &[f64], fits: impl Fn(&[f64]) -> bool) -> bool {
    (0..1_u32 << spend.len()).any(|bits| {
        let near: Vec<f64> = (0..spend.len()).map(|at| spend[at].floor() + f64::from(bits >> at & 1)).collect();
        let whole = spend.iter().all(|spend| spend.fract() > 0.0);
        whole && keeps_limits(problem, &near) && fits(&near)
    })
}

fn class_totals(problem: &Problem, spend: &[f64]) -> Vec<f64> {
    let total = |class: &Class| class.members.iter().map(|&at| spend[at as usize]).sum();
    problem.classes.iter().map(total).collect()
}

#[test]
fn classes_that_can_be_kept_mostly_are_and_others_are_reported() {
    let (mut possible, mut kept) = (0, 0);
    for seed in 0..400 {
        let mut problem = any_tree(seed, 8, 40.0, true);
        if problem.groups.iter().any(|group| matches!(group.lower, Amount::Share(_))) {
            continue;
        }
        let Some(spend) = fractional(&problem, seed) else { continue };
        let mut random = Stream::new(seed, 16);
        for _ in 0..3 {
            let members: Vec<u32> = (0..8).filter(|_| random.uniform() < 0.4).collect();
            let total: f64 = members.iter().map(|&at| spend[at as usize]).sum();
            let lower = Amount::Money((total - 0.8 * random.uniform()).max(0.0));
            problem.classes.push(Class { members, lower, upper: Amount::Money(total + 0.8 * random.uniform()) });
        }
        let within = |spend: &[f64]| {
            problem.classes.iter().zip(class_totals(&problem, spend)).all(|(class, total)| {
                let Class { lower: Amount::Money(lower), upper: Amount::Money(upper), .. } = class else {
                    return false;
                };
                total >= lower - 1e-9 && total <= upper + 1e-9
            })
        };
        let rounded = round_to_step(&problem, &plan_at(&problem, &spend), 1.0);
        check_groups(&problem, &spend, &rounded);
        let class = |limit: &&LimitRef| matches!(limit, LimitRef::ClassLower(_) | LimitRef::ClassUpper(_));
        let reported = rounded.outside_limits.iter().filter(class).count();
        assert_eq!(reported == 0, within(&rounded.spend), "seed {seed}: {rounded:?}");
        if adjacent_plan_exists(&problem, &spend, within) {
            possible += 1;
            kept += u32::from(reported == 0);
        }
    }
    assert!(possible > 30 && kept * 10 >= possible * 8, "{kept} of {possible}");
}

#[test]
fn a_turnover_limit_is_kept_where_steps_towards_today_can_keep_it() {
    let problem = problem(logs(4), &[(0.0, 20.0); 4], 30.0);
    let (spend, current) = (vec![3.5, 6.5, 8.5, 11.5], vec![4.0, 7.0, 9.0, 10.0]);
    let limited =
        |limit| Problem { turnover: Some(Turnover { current: current.clone(), price: 0.0, limit }), ..problem.clone() };
    let moved = |rounded: &Rounded| -> f64 {
        rounded.spend.iter().zip(&current).map(|(spend, current)| (spend - current).abs()).sum()
    };
    for limit in [3.0, 4.0] {
        let rounded = round_to_step(&limited(limit), &plan_at(&problem, &spend), 1.0);
        assert!(moved(&rounded) <= limit && rounded.outside_limits.is_empty(), "{limit}: {rounded:?}");
        assert_eq!(rounded.steps.iter().sum::<i64>(), 30);
    }
    // fixed items cannot move
    let mut fixed = limited(3.9);
    (fixed.lower, fixed.upper) = (vec![3.0, 6.0, 9.0, 12.0], vec![3.0, 6.0, 9.0, 12.0]);
    let rounded = round_to_step(&fixed, &plan_at(&problem, &[3.0, 6.0, 9.0, 12.0]), 1.0);
    assert_eq!(rounded.outside_limits, [LimitRef::Turnover]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter_to_steps(seed in 0_u64..10_000, turn in 1_usize..9) {
        let mut problem = any_tree(seed, 9, 40.0, true);
        problem.minimum = (0..9).map(|at| f64::from(at % 4)).collect();
        if let Ok(Some(plan)) = allocate_steps(&problem, 0.125) {
            let mut turned = problem.clone();
            let mut spend = plan.spend.clone();
            spend.rotate_left(turn);
            turned.curves.rotate_left(turn);
            for vector in [&mut turned.lower, &mut turned.upper, &mut turned.minimum] {
                vector.rotate_left(turn);
            }
            turned.group_of.rotate_left(turn);
            let mut expected = round_to_step(&problem, &plan_at(&problem, &plan.spend), 1.0);
            let again = round_to_step(&turned, &plan_at(&turned, &spend), 1.0);
            expected.steps.rotate_left(turn);
            prop_assert_eq!(again.steps, expected.steps);
            prop_assert_eq!(again.outside_limits, expected.outside_limits);
        }
    }

    #[test]
    fn no_exchange_of_a_step_inside_a_group_earns_more(seed in 0_u64..10_000) {
        let problem = any_tree(seed, 8, 40.0, true);
        let Some(spend) = fractional(&problem, seed) else { return Ok(()) };
        let rounded = round_to_step(&problem, &plan_at(&problem, &spend), 1.0);
        let before = objective(&problem, &rounded.spend);
        for (from, to) in (0..64).map(|pair| (pair / 8, pair % 8)) {
            let mut other = rounded.spend.clone();
            other[from] -= 1.0;
            other[to] += 1.0;
            let same = problem.group_of[from] == problem.group_of[to];
            if from != to && same && other[from] >= problem.lower[from] && other[to] <= problem.upper[to] {
                prop_assert!(objective(&problem, &other) <= before + 1e-7 * before.abs(), "{} to {}", from, to);
            }
        }
    }
}
