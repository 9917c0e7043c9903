//! Curves that are not concave, and items that get nothing or at least a minimum, against exact dynamic
//! programming on a grid of money.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers
#![allow(clippy::print_stdout)] // the time and gap that was reached

use super::grid::broken;
use super::*;
use crate::numeric::stream::Stream;

/// Steps of the budget in the dynamic program.
const STEPS: usize = 400;
/// Mean loss against it, as promised.
const MEAN_LOSS: f64 = 1e-3;
/// Rounding of sums of responses.
const ROUNDING: f64 = 1e-12;

/// Best response of the items for each multiple of a step up to the budget, just that spent.
fn table(problem: &Problem, items: impl Iterator<Item = usize>, step: f64) -> Vec<f64> {
    let mut best = vec![f64::NEG_INFINITY; STEPS + 1];
    best[0] = 0.0;
    for item in items {
        let values: Vec<f64> = (0..=STEPS)
            .map(|count| {
                let spend = count as f64 * step;
                let minimum = problem.minimum.get(item).copied().unwrap_or(0.0);
                let fits =
                    spend <= problem.upper[item] && spend >= problem.lower[item] && (count == 0 || spend >= minimum);
                if fits { problem.curves[item].value(spend) } else { f64::NEG_INFINITY }
            })
            .collect();
        best = (0..=STEPS)
            .map(|total| (0..=total).map(|own| values[own] + best[total - own]).fold(f64::NEG_INFINITY, f64::max))
            .collect();
    }
    best
}

/// The best of all plans on the grid, groups one level deep.
fn dynamic(problem: &Problem) -> f64 {
    let step = problem.budget / STEPS as f64;
    let of = |group: Option<u32>| {
        (0..problem.curves.len()).filter(move |&item| problem.group_of.get(item).copied().flatten() == group)
    };
    let mut best = table(problem, of(None), step);
    for (group, spec) in problem.groups.iter().enumerate() {
        let mut own = table(problem, of(Some(group as u32)), step);
        let money = |amount| if let Amount::Money(money) = amount { money } else { f64::NAN };
        for (count, value) in own.iter_mut().enumerate() {
            let spend = count as f64 * step;
            if spend < money(spec.lower) - 1e-9 || spend > money(spec.upper) + 1e-9 {
                *value = f64::NEG_INFINITY;
            }
        }
        best = (0..=STEPS)
            .map(|total| (0..=total).map(|count| own[count] + best[total - count]).fold(f64::NEG_INFINITY, f64::max))
            .collect();
    }
    best.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// A problem of 3 to 8 curves that are not concave, with minimums and groups by its number.
fn random_problem(seed: u64) -> Problem {
    let mut random = Stream::new(seed, 9);
    let count = 3 + (6.0 * random.uniform()) as usize;
    let budget = 40.0;
    let mut curves = Vec::new();
    let mut minimum = Vec::new();
    for _ in 0..count {
        let (a, k) = (5.0 + 25.0 * random.uniform(), 3.0 + 15.0 * random.uniform());
        let kind = random.uniform();
        curves.push(if kind < 0.6 {
            Curve::Hill { a, k, h: 1.5 + 4.0 * random.uniform() }
        } else if kind < 0.8 {
            let mut at = (0.0, 0.0);
            let points: Vec<_> = (0..4)
                .map(|_| {
                    at = (at.0 + 0.1 * (10.0 + 60.0 * random.uniform()).round(), at.1 + 8.0 * random.uniform());
                    at
                })
                .collect();
            Curve::Points(points.into())
        } else {
            Curve::Log { a: 0.3 * a, k: 0.5 * k }
        });
        // multiples of the grid's step of 0.1
        let wants = (seed % 2 == 1) && random.uniform() < 0.6;
        minimum.push(if wants { (20.0 + 100.0 * random.uniform()).round() / 10.0 } else { 0.0 });
    }
    let mut problem = free(curves, budget);
    problem.minimum = minimum;
    if seed % 4 >= 2 {
        let money = |value: f64| Amount::Money((10.0 * value).round() / 10.0);
        problem.groups = vec![
            Group { parent: None, lower: money(0.0), upper: money(6.0 + 10.0 * random.uniform()) },
            Group { parent: None, lower: money(8.0 * random.uniform()), upper: money(25.0) },
        ];
        problem.group_of = (0..count).map(|item| [Some(0), Some(1), None][item % 3]).collect();
    }
    problem
}

/// Limits of any plan: nothing broken, minimums to the last bit.
fn sound(problem: &Problem, allocation: &Allocation) {
    let (limits, goal) = broken(problem, &allocation.spend);
    assert!(limits <= 1e-12 * problem.budget, "{limits} beyond a limit: {allocation:?} of {problem:?}");
    assert!(goal <= ROUNDING, "{goal}");
    for (item, &spend) in allocation.spend.iter().enumerate() {
        let minimum = problem.minimum.get(item).copied().unwrap_or(0.0);
        assert!(spend <= 0.0 || spend >= minimum, "item {item} has {spend} of at least {minimum}");
    }
}

#[test]
fn small_problems_lose_less_than_a_thousandth_against_dynamic_programming() {
    let (mut loss, mut worst, mut compared) = (0.0, 0.0_f64, 0);
    for seed in 0..200 {
        let problem = random_problem(seed);
        let best = dynamic(&problem);
        let solved = allocate(&problem, &AllocatorSettings::default());
        let allocation = match solved {
            Ok(allocation) => allocation,
            Err(error) => {
                assert!(best == f64::NEG_INFINITY, "{error} although {best} of {problem:?}");
                continue;
            }
        };
        sound(&problem, &allocation);
        let certificate = &allocation.certificate;
        let best = best.max(0.0);
        assert!(certificate.upper_bound >= best * (1.0 - ROUNDING), "{certificate:?} against {best} of {problem:?}");
        let own = ((best - certificate.objective) / best.max(f64::MIN_POSITIVE)).max(0.0);
        (loss, worst, compared) = (loss + own, worst.max(own), compared + 1);
    }
    let mean = loss / f64::from(compared);
    assert!(compared >= 180, "{compared}");
    assert!(mean <= MEAN_LOSS, "{mean} on average, {worst} at worst");
}

#[test]
fn nothing_is_left_that_could_earn() {
    for seed in 0..200 {
        let problem = random_problem(seed);
        let Ok(allocation) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        if allocation.unallocated <= 0.0 {
            continue;
        }
        // no item without limits on it could take what is left and earn with it
        for item in 0..problem.curves.len() {
            let more = allocation.spend[item] + allocation.unallocated;
            let own = problem.minimum[item];
            if problem.group_of.get(item).copied().flatten().is_none() && more >= own {
                let gain = problem.curves[item].value(more) - allocation.response[item];
                assert!(gain <= ROUNDING * 40.0, "item {item} could earn {gain}: {allocation:?} of {problem:?}");
            }
        }
    }
}

#[test]
fn identical_items_with_a_minimum_are_paid_one_after_another() {
    for (curve, count) in [(Curve::Log { a: 5.0, k: 3.0 }, 5), (Curve::Hill { a: 10.0, k: 8.0, h: 3.0 }, 5)] {
        let mut problem = free(vec![curve; count], 20.0);
        problem.minimum = vec![6.0; count];
        let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
        sound(&problem, &allocation);
        let funded = allocation.spend.iter().filter(|spend| **spend > 0.0).count();
        assert!(funded <= 3, "{allocation:?}");
        let best = dynamic(&problem);
        assert!(allocation.certificate.objective >= best * (1.0 - MEAN_LOSS), "{allocation:?} against {best}");
        assert_eq!(allocation.unallocated, 0.0);
    }
}

#[test]
fn a_minimum_beyond_the_budget_is_nothing() {
    let mut problem = free(vec![Curve::Log { a: 5.0, k: 3.0 }, Curve::Log { a: 1.0, k: 3.0 }], 10.0);
    problem.minimum = vec![11.0, 2.0];
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, [0.0, 10.0]);
    problem.minimum = vec![10.0, 2.0];
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, [10.0, 0.0]);
    // a minimum above its upper bound is nothing; a lower bound makes the minimum one
    problem.minimum = vec![5.0, 4.0];
    problem.upper[0] = 4.0;
    problem.lower[1] = 1.0;
    problem.price_floor = 0.2;
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, [0.0, 4.0]);
}

#[test]
fn minimums_that_keep_money_from_being_spent_say_so() {
    let mut problem = problem(vec![Curve::Log { a: 5.0, k: 3.0 }; 2], &[(0.0, 6.0), (0.0, 6.0)], 5.0);
    problem.minimum = vec![6.0; 2];
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, [0.0, 0.0]);
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
}

/// Many items: a small gap without much work.
fn many(problem: &Problem, gap: f64) {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    sound(problem, &allocation);
    assert!(allocation.certificate.relative_gap <= gap, "{:?}", allocation.certificate);
    // work is counted in prices tried
    assert!(allocation.certificate.iterations <= 100_000, "{:?}", allocation.certificate);
}

#[test]
fn two_thousand_items_with_minimums_have_a_small_gap() {
    let curves = (0..2000).map(|i| Curve::Log { a: 1.0 + f64::from(i % 37), k: 2.0 + f64::from(i % 11) }).collect();
    let mut problem = free(curves, 5000.0);
    problem.minimum = (0..2000).map(|i| 3.0 + f64::from(i % 7)).collect();
    many(&problem, MEAN_LOSS);
}

#[test]
fn two_thousand_s_curves_in_fifty_groups_have_a_small_gap() {
    let curves = (0..2000)
        .map(|i| Curve::Hill {
            a: 5.0 + f64::from(i % 37),
            k: 4.0 + f64::from(i % 23),
            h: 1.5 + 0.1 * f64::from(i % 29),
        })
        .collect();
    let mut problem = free(curves, 9000.0);
    problem.group_of = (0..2000).map(|i| Some(i % 50)).collect();
    problem.groups = (0..50_u32)
        .map(|i| {
            let upper = Amount::Money(100.0 + 7.3 * f64::from(i % 9));
            Group { parent: None, lower: Amount::Money(if i % 5 == 0 { 90.0 } else { 0.0 }), upper }
        })
        .collect();
    many(&problem, MEAN_LOSS);
}

#[test]
fn minimums_with_turnover_and_a_class() {
    let curves = vec![
        Curve::Log { a: 5.0, k: 3.0 },
        Curve::Log { a: 4.0, k: 2.0 },
        Curve::Hill { a: 10.0, k: 5.0, h: 2.5 },
        Curve::Log { a: 6.0, k: 5.0 },
    ];
    for price in [0.0, 0.3] {
        for limit in [10.0, f64::INFINITY] {
            for upper in [9.0, 25.0] {
                let mut problem = free(curves.clone(), 20.0);
                problem.minimum = vec![4.0, 3.0, 6.0, 0.0];
                problem.turnover = Some(Turnover { current: vec![4.0, 4.0, 8.0, 4.0], price, limit });
                let upper = Amount::Money(upper);
                problem.classes = vec![Class { members: vec![0, 2], lower: Amount::Money(0.0), upper }];
                let allocation = super::grid::against(&problem, 20, 1.0);
                sound(&problem, &allocation);
            }
        }
    }
}

#[test]
fn goals_hold_on_curves_that_are_not_concave() {
    for seed in 0..60 {
        let mut problem = random_problem(seed);
        problem.curves.truncate(3);
        problem.lower.truncate(3);
        problem.upper.truncate(3);
        problem.minimum.truncate(3);
        problem.group_of.truncate(3);
        let Ok(plain) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let reached: f64 = plain.response.iter().sum();
        for goal in [
            Goal::AverageReturn { ratio: reached / 40.0 * 1.15, measure: vec![] },
            Goal::AverageReturn { ratio: reached / 40.0 * 1.1, measure: vec![1.2, 0.9, 1.0] },
            Goal::Volume { response: 0.7 * reached },
        ] {
            let problem = Problem { goal, ..problem.clone() };
            let Some((best, plan)) = super::grid::best(&problem, 40, false) else { continue };
            let allocation = match allocate(&problem, &AllocatorSettings::default()) {
                Ok(allocation) => allocation,
                Err(error) => panic!("{error}: but {plan:?} brings {best} of {problem:?}"),
            };
            sound(&problem, &allocation);
            let own = super::grid::worth(&problem, &allocation.spend);
            let certificate = &allocation.certificate;
            let size = best.abs().max(certificate.objective.abs());
            assert!(
                own >= best - (0.01 + certificate.relative_gap) * size,
                "{own} against {best} of {plan:?}: {allocation:?} of {problem:?}"
            );
        }
    }
}

#[test]
fn a_minimum_above_the_most_of_what_must_be_spent_on_is_refused() {
    let log = Curve::Log { a: 1.0, k: 1.0 };
    let mut problem = problem(vec![log.clone(), log], &[(2.0, 3.0), (0.0, 3.0)], 5.0);
    problem.minimum = vec![4.0, 4.0];
    let error = allocate(&problem, &AllocatorSettings::default()).unwrap_err();
    assert!(matches!(error, AllocateError::BoundsCross { item: 0, .. }), "{error}");
    // what may have nothing gets nothing
    problem.lower[0] = 0.0;
    assert_eq!(allocate(&problem, &AllocatorSettings::default()).unwrap().spend, [0.0, 0.0]);
}

#[test]
fn a_minimum_above_the_upper_bound_leaves_nothing_whatever_limits_cross() {
    let hill = |a, k, h| Curve::Hill { a, k, h };
    let curves = vec![hill(28.0, 8.7, 2.85), hill(30.7, 3.5, 0.3), hill(31.3, 7.5, 2.3)];
    let share = |lower, upper| (Amount::Share(lower), Amount::Share(upper));
    let (inner, class) = (share(0.1, 0.37), share(0.17, 0.765));
    let problem = Problem {
        minimum: vec![5.0, 0.0, 3.0],
        price_floor: 0.43,
        groups: vec![
            Group { parent: None, lower: Amount::Money(0.0), upper: Amount::Money(13.5) },
            Group { parent: Some(0), lower: inner.0, upper: inner.1 },
        ],
        group_of: vec![Some(0), Some(1), None],
        classes: vec![Class { members: vec![1, 2], lower: class.0, upper: class.1 }],
        ..problem(curves, &[(0.0, 3.7), (3.0, 11.2), (2.0, 13.7)], 20.0)
    };
    // without the first item the other two are the whole plan, more than their class may be
    let outcome = allocate(&problem, &AllocatorSettings::default());
    assert!(outcome.as_ref().is_err() || outcome.as_ref().is_ok_and(|plan| plan.spend[0] == 0.0), "{outcome:?}");
    let free = Problem { classes: Vec::new(), ..problem };
    let plan = allocate(&free, &AllocatorSettings::default()).unwrap();
    assert_eq!(plan.spend[0], 0.0);
    assert!(violation(&free, &plan.spend) <= 1e-9 * free.budget && violation(&free, &[1.0, 4.0, 6.0]) >= 1.0);
}
