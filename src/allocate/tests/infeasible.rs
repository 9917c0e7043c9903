//! Limits that contradict each other: the change that is printed is enough, and the smallest.

use super::*;
use crate::numeric::stream::Stream;

/// Printed numbers are rounded to seven digits of the largest amount, one limit each.
pub(super) const PRINTED: f64 = 2e-6;
/// Bounds of items give way a thousandth less willingly than limits of groups.
pub(super) const WILLING: f64 = 1e-3;

pub(super) fn money(value: f64) -> Amount {
    Amount::Money(value)
}

fn refused(problem: &Problem) -> Relaxation {
    match allocate(problem, &AllocatorSettings::default()) {
        Err(AllocateError::Infeasible { relaxation }) => relaxation,
        other => panic!("{other:?} of {problem:?}"),
    }
}

/// The problem with the printed changes made.
pub(super) fn relaxed(problem: &Problem, relaxation: &Relaxation) -> Problem {
    let mut problem = problem.clone();
    for change in &relaxation.changes {
        // just what is printed
        let to: f64 = format!("{}", change.to).parse().unwrap();
        match change.limit {
            LimitRef::Budget => problem.budget = to,
            LimitRef::GroupUpper(at) => problem.groups[at].upper = money(to),
            LimitRef::GroupLower(at) => problem.groups[at].lower = money(to),
            LimitRef::ClassUpper(at) => problem.classes[at].upper = money(to),
            LimitRef::ClassLower(at) => problem.classes[at].lower = money(to),
            LimitRef::ItemLower(at) => problem.lower[at] = to,
            LimitRef::ItemUpper(at) => problem.upper[at] = to,
            LimitRef::Turnover => problem.turnover.as_mut().unwrap().limit = to,
            LimitRef::AverageReturn | LimitRef::Volume => panic!("not a limit on money: {change:?}"),
        }
    }
    problem
}

fn curves(count: usize) -> Vec<Curve> {
    (1..=count).map(|at| Curve::Log { a: 2.0 + at as f64, k: 3.0 }).collect()
}

#[test]
fn lower_bounds_above_the_budget_ask_for_a_larger_one() {
    let problem = problem(curves(2), &[(30.0, 50.0), (25.5, 50.0)], 40.0);
    let relaxation = refused(&problem);
    assert_eq!(relaxation.hint(), "raise the budget from 40 to 55.5");
    assert_eq!(relaxation.total(), 15.5);
    assert_eq!(relaxation.needs[0].limit, LimitRef::ItemLower(0));
    assert!(allocate(&relaxed(&problem, &relaxation), &AllocatorSettings::default()).is_ok());
}

#[test]
fn a_group_below_what_its_items_need_is_raised() {
    let mut problem = problem(curves(3), &[(10.0, 50.0), (5.25, 50.0), (0.0, 50.0)], 40.0);
    problem.groups = vec![Group { parent: None, lower: money(0.0), upper: money(12.0) }];
    problem.group_of = vec![Some(0), Some(0), None];
    assert_eq!(refused(&problem).hint(), "raise the upper limit of group 1 from 12 to 15.25");
    // and one above what its items can take is lowered
    problem.groups[0] = Group { parent: None, lower: money(30.0), upper: money(40.0) };
    problem.upper = vec![12.0, 8.5, 50.0];
    assert_eq!(refused(&problem).hint(), "lower the lower limit of group 1 from 30 to 20.5");
}

#[test]
fn relaxing_an_items_bound_once_is_cheaper_than_two_groups() {
    // the item's 20 break its group's 15 and the parent's: five off the item settle both
    let mut problem = problem(curves(2), &[(20.0, 50.0), (0.0, 50.0)], 40.0);
    problem.groups = vec![
        Group { parent: None, lower: money(0.0), upper: money(15.0) },
        Group { parent: Some(0), lower: money(0.0), upper: money(15.0) },
    ];
    problem.group_of = vec![Some(1), None];
    assert_eq!(refused(&problem).hint(), "lower the lower bound of item 1 from 20 to 15");
}

#[test]
fn a_class_is_weighed_against_its_groups() {
    let mut problem = problem(curves(4), &[(0.0, 50.0); 4], 100.0);
    problem.groups = vec![
        Group { parent: None, lower: money(0.0), upper: money(10.0) },
        Group { parent: None, lower: money(0.0), upper: money(12.0) },
    ];
    problem.group_of = vec![Some(0), Some(0), Some(1), Some(1)];
    problem.classes = vec![Class { members: vec![0, 2], lower: money(30.0), upper: money(60.0) }];
    assert_eq!(refused(&problem).total(), 8.0);
    let relaxation = refused(&problem);
    assert!(allocate(&relaxed(&problem, &relaxation), &AllocatorSettings::default()).is_ok(), "{relaxation:?}");
}

#[test]
fn a_turnover_limit_below_the_least_move_is_raised() {
    let mut problem = problem(curves(2), &[(10.0, 50.0), (0.0, 50.0)], 20.0);
    problem.turnover = Some(Turnover { current: vec![4.0, 16.0], price: 0.0, limit: 3.0 });
    // ten for the first item are six more, and the budget takes six from the second: a unit off the bound saves two
    assert_eq!(refused(&problem).hint(), "lower the lower bound of item 1 from 10 to 5.5");
    // where the budget does not bind, the limit itself costs no more than the bound, and is preferred
    problem.budget = 30.0;
    assert_eq!(refused(&problem).hint(), "raise the turnover limit from 3 to 6");
}

/// A random problem of three items, two nested groups and a class, its numbers whole.
fn random_problem(seed: u64) -> Problem {
    let mut random = Stream::new(seed, 11);
    let mut whole = |most: f64| (most * random.uniform()).floor();
    let bounds: Vec<(f64, f64)> = (0..3)
        .map(|_| {
            let lower = whole(6.0);
            (lower, lower + whole(6.0))
        })
        .collect();
    let mut group = |parent| {
        let lower = whole(10.0);
        Group { parent, lower: money(lower), upper: money(lower + whole(6.0)) }
    };
    let groups = vec![group(None), group(Some(0))];
    let class = group(None);
    let budget = 4.0 + whole(12.0);
    Problem {
        groups,
        group_of: vec![Some(1), Some(0), None],
        classes: vec![Class { members: vec![1, 2], lower: class.lower, upper: class.upper }],
        ..problem(curves(3), &bounds, budget)
    }
}

/// The least money over all limits that lets some plan of whole numbers exist: what a plan breaks, it costs.
fn least_change(problem: &Problem) -> f64 {
    let range = |amount| if let Amount::Money(money) = amount { money } else { f64::NAN };
    let over = |total: f64, lower: f64, upper: f64| (lower - total).max(0.0) + (total - upper).max(0.0);
    let mut least = f64::INFINITY;
    for (x, y, z) in (0..20).flat_map(|x| (0..20).flat_map(move |y| (0..20).map(move |z| (x, y, z)))) {
        let plan = [f64::from(x), f64::from(y), f64::from(z)];
        let mut cost = (plan.iter().sum::<f64>() - problem.budget).max(0.0);
        #[allow(clippy::needless_range_loop)] // an index into several vectors
        for item in 0..3 {
            cost += over(plan[item], problem.lower[item], problem.upper[item]);
        }
        let sums = [plan[0] + plan[1], plan[0]];
        for (group, total) in problem.groups.iter().zip(sums) {
            cost += over(total, range(group.lower), range(group.upper));
        }
        let class = &problem.classes[0];
        cost += over(plan[1] + plan[2], range(class.lower), range(class.upper));
        least = least.min(cost);
    }
    least
}

#[test]
fn the_printed_change_is_enough_and_the_smallest() {
    let mut refusals = 0;
    for seed in 0..300 {
        let problem = random_problem(seed);
        // sums of intervals with whole ends: the least change is at whole numbers
        let least = least_change(&problem);
        let relaxation = match allocate(&problem, &AllocatorSettings::default()) {
            Ok(_) => {
                assert_eq!(least, 0.0, "a plan of {problem:?}");
                continue;
            }
            Err(AllocateError::Infeasible { relaxation }) => relaxation,
            Err(error) => panic!("{error}"),
        };
        refusals += 1;
        let total = relaxation.total();
        assert!(least > 0.0, "{relaxation:?} of {problem:?}");
        assert!(
            (total - least).abs() <= (PRINTED + WILLING) * least,
            "{total} against {least}: {relaxation:?} of {problem:?}"
        );
        let changed = relaxed(&problem, &relaxation);
        let solved = allocate(&changed, &AllocatorSettings::default());
        assert!(solved.is_ok(), "{:?} after {relaxation:?} of {problem:?}", solved.map_err(|error| error.hint()));
    }
    assert!(refusals > 100, "{refusals}");
}

#[test]
fn printed_changes_of_any_numbers_work() {
    for seed in 0..200 {
        let mut random = Stream::new(seed, 12);
        let size = 10_f64.powf(24.0 * random.uniform() - 12.0);
        let mut amount = |share: f64| size * share * random.uniform();
        let bounds: Vec<(f64, f64)> = (0..8)
            .map(|_| {
                let lower = amount(0.3);
                (lower, lower + amount(0.4))
            })
            .collect();
        let mut limits = |parent| {
            let lower = amount(0.9);
            Group { parent, lower: money(lower), upper: money(lower + amount(0.3)) }
        };
        let groups = vec![limits(None), limits(Some(0)), limits(Some(0)), limits(None)];
        let budget = 0.5 * size + amount(0.8);
        let curves = (1..=8).map(|at| Curve::Log { a: f64::from(at), k: size }).collect();
        let problem = Problem {
            groups,
            group_of: vec![Some(1), Some(1), Some(2), Some(2), Some(0), Some(3), Some(3), None],
            ..problem(curves, &bounds, budget)
        };
        let Err(AllocateError::Infeasible { relaxation }) = allocate(&problem, &AllocatorSettings::default()) else {
            continue;
        };
        let changed = relaxed(&problem, &relaxation);
        let solved = allocate(&changed, &AllocatorSettings::default());
        assert!(solved.is_ok(), "{:?} after {relaxation:?} of {problem:?}", solved.map_err(|error| error.hint()));
        // the order of the items changes only who is who
        let mut turned = problem.clone();
        turned.curves.reverse();
        turned.lower.reverse();
        turned.upper.reverse();
        turned.group_of.reverse();
        let again = refused(&turned);
        let of = |relaxation: &Relaxation, turned: bool| {
            let mut changes: Vec<(LimitRef, f64)> = relaxation
                .changes
                .iter()
                .map(|change| match change.limit {
                    LimitRef::ItemLower(at) if turned => (LimitRef::ItemLower(7 - at), change.to),
                    LimitRef::ItemUpper(at) if turned => (LimitRef::ItemUpper(7 - at), change.to),
                    limit => (limit, change.to),
                })
                .collect();
            changes.sort_by_key(|change| change.0);
            changes
        };
        assert_eq!(of(&relaxation, false), of(&again, true), "{problem:?}");
    }
}
