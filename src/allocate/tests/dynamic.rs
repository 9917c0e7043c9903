//! The dynamic program against trying every plan, and what it is used for: the best plan in whole steps.

use super::*;
use crate::numeric::stream::Stream;
use proptest::prelude::*;

/// Sums of the same few responses in another order.
const ROUNDING: f64 = 1e-12;

/// Objective of the best plan in `steps` equal parts of the budget.
pub(super) fn best_by_steps(problem: &Problem, steps: u32) -> f64 {
    let plan = allocate_steps(problem, problem.budget / f64::from(steps)).unwrap();
    plan.expect("a small problem with a plan in whole steps").objective
}

/// Limits of a group in whole steps of 1, for a plan that spends `total`.
fn group_steps(amount: Amount, total: f64) -> f64 {
    match amount {
        Amount::Money(money) => money,
        Amount::Share(share) => share * total,
    }
}

/// Whether a plan in money keeps bounds, minimums, groups and the budget.
pub(super) fn keeps_limits(problem: &Problem, spend: &[f64]) -> bool {
    const ROOM: f64 = 1e-9;
    let total: f64 = spend.iter().sum();
    let items = (0..spend.len()).all(|at| {
        let minimum = problem.minimum.get(at).copied().unwrap_or(0.0);
        spend[at] >= problem.lower[at] - ROOM
            && spend[at] <= problem.upper[at] + ROOM
            && (spend[at] == 0.0 || spend[at] >= minimum - ROOM)
    });
    let groups = problem.groups.iter().enumerate().all(|(group, limits)| {
        let inside: f64 = (0..spend.len()).filter(|&at| is_inside(problem, at, group)).map(|at| spend[at]).sum();
        inside >= group_steps(limits.lower, total) - ROOM && inside <= group_steps(limits.upper, total) + ROOM
    });
    items && groups && total <= problem.budget + ROOM
}

pub(super) fn is_inside(problem: &Problem, at: usize, group: usize) -> bool {
    let mut next = problem.group_of.get(at).copied().flatten();
    while let Some(inner) = next {
        if inner as usize == group {
            return true;
        }
        next = problem.groups[inner as usize].parent;
    }
    false
}

pub(super) fn objective(problem: &Problem, spend: &[f64]) -> f64 {
    let values = (0..spend.len()).map(|at| {
        let moved = problem.turnover.as_ref().map_or(0.0, |moves| moves.price * (spend[at] - moves.current[at]).abs());
        problem.curves[at].value(spend[at]) - problem.price_floor * spend[at] - moved
    });
    values.sum()
}

/// The best of all plans in whole units, by trying them; `None` if none keeps the limits.
pub(super) fn by_trying(problem: &Problem) -> Option<f64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let most = problem.budget as u32;
    let mut best = None;
    let mut plan = vec![0_u32; problem.curves.len()];
    loop {
        let spend: Vec<f64> = plan.iter().map(|&steps| f64::from(steps)).collect();
        if keeps_limits(problem, &spend) {
            let value = objective(problem, &spend);
            best = Some(best.map_or(value, |best: f64| best.max(value)));
        }
        // the next plan within the budget
        let mut at = 0;
        loop {
            let Some(steps) = plan.get_mut(at) else { return best };
            *steps += 1;
            if plan.iter().sum::<u32>() <= most {
                break;
            }
            plan[at] = 0;
            at += 1;
        }
    }
}

pub(super) fn any_curve(random: &mut Stream, concave: bool) -> Curve {
    let (a, k, h) = (5.0 + 20.0 * random.uniform(), 1.0 + 6.0 * random.uniform(), 0.2 + 0.7 * random.uniform());
    let kinds = if concave { 5.0 } else { 8.0 };
    match kinds * random.uniform() {
        kind if kind < 1.0 => Curve::Hill { a, k, h },
        kind if kind < 2.0 => Curve::Power { a, k, h },
        kind if kind < 3.0 => Curve::Exp { a, k },
        kind if kind < 4.0 => Curve::Log { a, k },
        kind if kind < 5.0 => Curve::Points([(2.0, a), (4.0 + k, 1.5 * a)].into()),
        kind if kind < 7.0 => Curve::Hill { a, k, h: 1.5 + 3.0 * h },
        _ => Curve::Points([(2.0, 0.3 * a), (4.0, a), (6.0 + k, 1.1 * a), (8.0 + k, 2.0 * a)].into()),
    }
}

/// Items in a tree of one or two levels with limits that need not be whole, and not all of which have a plan.
pub(super) fn any_tree(seed: u64, count: usize, budget: f64, concave: bool) -> Problem {
    let mut random = Stream::new(seed, 11);
    let curves = (0..count).map(|_| any_curve(&mut random, concave)).collect();
    let bounds: Vec<(f64, f64)> = (0..count)
        .map(|_| match random.uniform() {
            part if part < 0.5 => (0.0, f64::INFINITY),
            part if part < 0.8 => (0.0, 0.7 * budget * random.uniform() + 1.0),
            _ => (2.0 * random.uniform(), 0.5 * budget),
        })
        .collect();
    let mut problem = problem(curves, &bounds, budget);
    if random.uniform() < 0.3 {
        problem.price_floor = 2.0 * random.uniform();
    }
    let mut group = |parent: Option<u32>, size: f64| {
        let (lower, width) = (size * 0.5 * random.uniform(), size * random.uniform());
        let (lower, upper) = match random.uniform() {
            part if part < 0.4 => (Amount::Money(lower), Amount::Money(f64::INFINITY)),
            part if part < 0.7 => (Amount::Money(0.0), Amount::Money(width)),
            part if part < 0.9 => (Amount::Money(0.5 * lower), Amount::Money(lower + width)),
            _ => (Amount::Share(0.5 * lower / budget), Amount::Share(((lower + width) / budget).min(1.0))),
        };
        Group { parent, lower, upper }
    };
    problem.groups = vec![group(None, budget), group(Some(0), 0.6 * budget), group(None, 0.8 * budget)];
    problem.group_of = (0..count)
        .map(|_| match random.uniform() {
            part if part < 0.25 => None,
            part if part < 0.5 => Some(0),
            part if part < 0.75 => Some(1),
            _ => Some(2),
        })
        .collect();
    problem
}

#[test]
fn the_best_plan_of_every_small_tree_is_found() {
    let mut solved = 0;
    for seed in 0..400 {
        let mut problem = any_tree(seed, 4, 14.0, seed % 3 == 0);
        if seed % 2 == 0 {
            let mut random = Stream::new(seed, 12);
            problem.minimum = (0..4).map(|_| (6.0 * random.uniform() - 2.0).max(0.0)).collect();
        }
        if seed % 5 == 0 {
            problem.turnover = Some(Turnover { current: vec![3.5, 0.0, 4.0, 2.0], price: 0.7, limit: f64::INFINITY });
        }
        let Ok(plan) = allocate_steps(&problem, 1.0) else { continue };
        let best = by_trying(&problem);
        assert_eq!(plan.is_some(), best.is_some(), "seed {seed}: {problem:?}");
        if let (Some(plan), Some(best)) = (plan, best) {
            assert!(keeps_limits(&problem, &plan.spend), "seed {seed}: {plan:?}");
            assert!((plan.objective - best).abs() <= ROUNDING * best.abs().max(1.0), "seed {seed}: {plan:?} {best}");
            assert!((plan.objective - objective(&problem, &plan.spend)).abs() <= ROUNDING * best.abs().max(1.0));
            assert_eq!(plan.steps.iter().sum::<i64>() + plan.unallocated_steps, 14);
            solved += 1;
        }
    }
    assert!(solved > 150, "{solved}");
}

#[test]
fn the_best_plan_in_fine_steps_is_near_the_exact_one() {
    let curves = vec![Curve::Exp { a: 12.0, k: 3.0 }, Curve::Log { a: 6.0, k: 2.0 }, Curve::Exp { a: 9.0, k: 2.0 }];
    let problem = free(curves, 10.0);
    let exact = solve(&problem).certificate.objective;
    // the curvature, at most 3, times the square of half a step, for each of three items
    let miss = 3.0 * 3.0 * (0.5 * 10.0 / 2000.0_f64).powi(2);
    let best = best_by_steps(&problem, 2000);
    assert!(best <= exact * (1.0 + ROUNDING) && best >= exact - miss, "{best} against {exact}");
}

#[test]
fn identical_s_curves_are_bought_whole() {
    // one costs 4 for 10; the budget pays for two and leaves 2 that earn nothing
    let jump = Curve::Points([(4.0, 0.0), (4.000_001, 10.0), (5.0, 10.0)].into());
    let plan = allocate_steps(&free(vec![jump; 5], 10.0), 0.5).unwrap().unwrap();
    assert_eq!(plan.objective, 20.0);
    assert_eq!(plan.steps.iter().filter(|steps| **steps >= 9).count(), 2);
}

#[test]
fn shares_follow_what_is_spent() {
    // the second item may take half of what is spent; alone it would take all
    let mut problem = free(vec![Curve::Log { a: 1.0, k: 1.0 }, Curve::Log { a: 50.0, k: 1.0 }], 10.0);
    problem.upper[0] = 3.0;
    problem.groups = vec![Group { parent: None, lower: Amount::Share(0.0), upper: Amount::Share(0.5) }];
    problem.group_of = vec![None, Some(0)];
    let plan = allocate_steps(&problem, 1.0).unwrap().unwrap();
    assert_eq!((plan.steps, plan.unallocated_steps), (vec![3, 3], 4));
}

#[test]
fn limits_without_a_plan_in_whole_steps_give_none() {
    let mut problem = free(vec![Curve::Log { a: 1.0, k: 1.0 }; 2], 10.0);
    problem.groups = vec![Group { parent: None, lower: Amount::Money(4.2), upper: Amount::Money(4.8) }];
    problem.group_of = vec![Some(0), None];
    assert_eq!(allocate_steps(&problem, 1.0), Ok(None));
    assert!(allocate_steps(&problem, 0.5).unwrap().is_some());
}

#[test]
fn what_tables_cannot_hold_and_too_much_work_are_declined() {
    let free = free(vec![Curve::Hill { a: 1.0, k: 1.0, h: 2.0 }; 3], 10.0);
    let class = Class { members: vec![0], lower: Amount::Money(0.0), upper: Amount::Money(5.0) };
    let declined = [
        Problem { classes: vec![class], ..free.clone() },
        Problem { goal: Goal::Volume { response: 1.0 }, ..free.clone() },
        Problem { goal: Goal::AverageReturn { ratio: 0.1, measure: Vec::new() }, ..free.clone() },
        Problem { turnover: Some(Turnover { current: vec![1.0; 3], price: 0.0, limit: 1.0 }), ..free.clone() },
    ];
    for problem in declined {
        assert_eq!(allocate_steps(&problem, 1.0), Ok(None));
    }
    for step in [1e-9, 0.0, f64::NAN] {
        assert_eq!(allocate_steps(&free, step), Ok(None));
    }
    assert!(allocate_steps(&free, 0.01).unwrap().is_some());
    assert!(allocate_steps(&Problem { lower: vec![5.0; 3], ..free }, 1.0).is_err());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_order_of_rows_does_not_matter(seed in 0_u64..10_000, turn in 1_usize..9) {
        let problem = any_tree(seed, 9, 40.0, false);
        let mut turned = problem.clone();
        turned.curves.rotate_left(turn);
        turned.lower.rotate_left(turn);
        turned.upper.rotate_left(turn);
        turned.group_of.rotate_left(turn);
        if let (Ok(Some(plan)), Ok(again)) = (allocate_steps(&problem, 1.0), allocate_steps(&turned, 1.0)) {
            let mut expected = plan.steps;
            expected.rotate_left(turn);
            let again = again.unwrap();
            prop_assert_eq!(again.steps, expected);
            prop_assert_eq!(again.objective, plan.objective);
        }
    }

    #[test]
    fn a_finer_step_is_never_worth_less(seed in 0_u64..10_000) {
        let problem = any_tree(seed, 5, 24.0, false);
        let plan = |step| allocate_steps(&problem, step).ok().flatten().map(|plan| plan.objective);
        if let Some(coarse) = plan(2.0) {
            let fine = plan(1.0).unwrap();
            prop_assert!(fine >= coarse - ROUNDING * coarse.abs(), "{} and {}", fine, coarse);
        }
    }
}

#[test]
fn a_plan_with_a_gap_is_replaced_by_the_best_in_steps() {
    // three S-curves of which the budget carries one and a half: without branching the plan is far off
    let curves = vec![
        Curve::Hill { a: 10.0, k: 8.0, h: 3.0 },
        Curve::Hill { a: 14.0, k: 12.0, h: 3.0 },
        Curve::Hill { a: 9.0, k: 10.0, h: 3.0 },
    ];
    for budget in [10.0, 17.0, 25.0] {
        let problem = free(curves.clone(), budget);
        let settings = AllocatorSettings { max_branches: 0, ..AllocatorSettings::default() };
        let rough = allocate(&problem, &settings).unwrap();
        assert!(rough.certificate.relative_gap > 1e-6, "{:?}", rough.certificate);
        let plan = plan_in_steps(&problem, &rough, 1.0).unwrap();
        let best = by_trying(&problem).expect("a plan");
        let response: f64 = plan.response.iter().sum();
        // both add up the same values
        assert!((response - best).abs() <= 1e-12 * best, "{response} against {best}");
    }
    // concave curves are rounded, to the same plan as ever
    let concave = free(vec![Curve::Log { a: 3.0, k: 2.0 }, Curve::Exp { a: 9.0, k: 4.0 }], 9.0);
    let exact = allocate(&concave, &AllocatorSettings::default()).unwrap();
    assert_eq!(plan_in_steps(&concave, &exact, 0.5).unwrap(), round_to_step(&concave, &exact, 0.5));
}
