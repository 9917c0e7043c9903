//! The smallest change of all limits together, the turnover limit among them, against a linear program of every item
//! by itself and against all plans of half units.

use super::infeasible::{PRINTED, WILLING, money, relaxed};
use super::*;
use crate::numeric::linear::{Program, Relation};
use crate::numeric::stream::Stream;

fn range(amount: Amount) -> f64 {
    if let Amount::Money(money) = amount { money } else { f64::NAN }
}

/// The least money over all limits that lets a plan exist, item by item: bounds, groups, classes, budget, turnover.
fn least_change(problem: &Problem, sums: &[(Vec<usize>, Amount, Amount)]) -> f64 {
    let mut program = Program::minimize();
    let count = problem.curves.len();
    let spend: Vec<usize> = (0..count).map(|_| program.variable(0.0, 0.0, f64::INFINITY)).collect();
    let mut slacks = Vec::new();
    let limit = |program: &mut Program, mut terms: Vec<(usize, f64)>, relation, right| {
        let slack = program.variable(1.0, 0.0, f64::INFINITY);
        terms.push((slack, if relation == Relation::AtMost { -1.0 } else { 1.0 }));
        program.constrain(&terms, relation, right);
        slack
    };
    let all: Vec<(usize, f64)> = spend.iter().map(|&at| (at, 1.0)).collect();
    slacks.push(limit(&mut program, all, Relation::AtMost, problem.budget));
    for (item, &own) in spend.iter().enumerate() {
        slacks.push(limit(&mut program, vec![(own, 1.0)], Relation::AtLeast, problem.lower[item]));
        slacks.push(limit(&mut program, vec![(own, 1.0)], Relation::AtMost, problem.upper[item]));
    }
    for (members, lower, upper) in sums {
        let terms: Vec<(usize, f64)> = members.iter().map(|&at| (spend[at], 1.0)).collect();
        slacks.push(limit(&mut program, terms.clone(), Relation::AtLeast, range(*lower)));
        slacks.push(limit(&mut program, terms, Relation::AtMost, range(*upper)));
    }
    if let Some(turnover) = &problem.turnover {
        let mut moved = Vec::new();
        for (&spend, &today) in spend.iter().zip(&turnover.current) {
            let [up, down] = [0; 2].map(|_| program.variable(0.0, 0.0, f64::INFINITY));
            program.constrain(&[(spend, 1.0), (up, -1.0), (down, 1.0)], Relation::Equal, today);
            moved.extend([(up, 1.0), (down, 1.0)]);
        }
        slacks.push(limit(&mut program, moved, Relation::AtMost, turnover.limit));
    }
    let values = program.solve().expect("every limit gives way");
    slacks.into_iter().map(|slack| values[slack]).sum()
}

/// What a plan breaks over all limits, which is what they have to change by to allow it.
fn broken(problem: &Problem, sums: &[(Vec<usize>, Amount, Amount)], plan: &[f64]) -> f64 {
    let over = |total: f64, lower: f64, upper: f64| (lower - total).max(0.0) + (total - upper).max(0.0);
    let turnover = problem.turnover.as_ref().unwrap();
    let moved: f64 = plan.iter().zip(&turnover.current).map(|(spend, today)| (spend - today).abs()).sum();
    let bounds = problem.lower.iter().zip(&problem.upper);
    over(plan.iter().sum(), 0.0, problem.budget)
        + over(moved, 0.0, turnover.limit)
        + plan.iter().zip(bounds).map(|(spend, (lower, upper))| over(*spend, *lower, *upper)).sum::<f64>()
        + sums
            .iter()
            .map(|(members, lower, upper)| over(members.iter().map(|&at| plan[at]).sum(), range(*lower), range(*upper)))
            .sum::<f64>()
}

/// Items in two nested groups and a class with spends today of any kind, numbers whole; and the limits on sums.
fn drawn(seed: u64, count: usize) -> (Problem, Vec<(Vec<usize>, Amount, Amount)>) {
    let mut random = Stream::new(seed, 31);
    let mut whole = |most: f64| (most * random.uniform()).floor();
    let bounds: Vec<(f64, f64)> = (0..count)
        .map(|_| {
            let lower = whole(5.0);
            (lower, lower + whole(6.0))
        })
        .collect();
    let current: Vec<f64> = (0..count).map(|_| whole(9.0)).collect();
    let size = count as f64;
    let mut limits = |parent| {
        let lower = whole(3.0 * size);
        Group { parent, lower: money(lower), upper: money(lower + whole(2.0 * size)) }
    };
    let groups = vec![limits(None), limits(Some(0))];
    let class = limits(None);
    let (budget, limit) = (2.0 + whole(5.0 * size), whole(2.0 * size));
    let group_of: Vec<Option<u32>> = (0..count).map(|at| [Some(1), Some(0), None][at % 3]).collect();
    let members: Vec<u32> = (0_u32..).take(count).filter(|at| at % 3 != 0 && at % 5 < 3).collect();
    let within = |of: &dyn Fn(usize) -> bool| (0..count).filter(|&at| of(at)).collect::<Vec<_>>();
    let sums = vec![
        (within(&|at| at % 3 != 2), groups[0].lower, groups[0].upper),
        (within(&|at| at % 3 == 0), groups[1].lower, groups[1].upper),
        (members.iter().map(|&at| at as usize).collect(), class.lower, class.upper),
    ];
    let curves = (1..=count).map(|at| Curve::Log { a: 2.0 + at as f64, k: 3.0 }).collect();
    let problem = Problem {
        groups,
        group_of,
        classes: vec![Class { members, lower: class.lower, upper: class.upper }],
        turnover: Some(Turnover { current, price: 0.0, limit }),
        ..problem(curves, &bounds, budget)
    };
    (problem, sums)
}

/// What is printed for a problem; `None` where a plan was found.
fn printed(problem: &Problem) -> Option<Relaxation> {
    match allocate(problem, &AllocatorSettings::default()) {
        Ok(_) => None,
        Err(AllocateError::Infeasible { relaxation }) => Some(relaxation),
        Err(error) => panic!("{error} of {problem:?}"),
    }
}

#[test]
fn the_change_is_the_smallest_over_all_limits_and_turnover_together() {
    /// Of the first 400 seeds those after which limits leave so little room that the search over their multipliers ends
    /// outside of it, and the plan is the linear program's.
    const NARROW: [(u64, usize); 3] = [(23, 9), (171, 3), (255, 9)];
    let (mut refusals, mut turnover) = (0, 0);
    for (seed, count) in (0..50).flat_map(|seed| [(seed, 3), (seed, 9)]).chain(NARROW) {
        let (problem, sums) = drawn(seed, count);
        let least = least_change(&problem, &sums);
        let Some(relaxation) = printed(&problem) else {
            assert!(least <= 1e-9 * problem.budget, "a plan of {problem:?}, which has to change by {least}");
            continue;
        };
        refusals += 1;
        turnover += usize::from(relaxation.changes.iter().any(|change| change.limit == LimitRef::Turnover));
        let total = relaxation.total();
        assert!(
            (total - least).abs() <= (PRINTED + WILLING) * least,
            "{total} against {least}: {relaxation:?} of {problem:?}"
        );
        // what is left room for is often a single plan
        let solved = allocate(&relaxed(&problem, &relaxation), &AllocatorSettings::default());
        assert!(solved.is_ok(), "{:?} after {relaxation:?} of {problem:?}", solved.map_err(|error| error.hint()));
    }
    assert!(refusals > 80 && turnover > 50, "{refusals} {turnover}");
}

#[test]
fn no_plan_of_half_units_needs_less() {
    for seed in 0..30 {
        let (problem, sums) = drawn(seed, 3);
        let Some(relaxation) = printed(&problem) else { continue };
        let halves = || (0..32).map(|half| 0.5 * f64::from(half));
        let plans = halves().flat_map(|x| halves().flat_map(move |y| halves().map(move |z| [x, y, z])));
        let least = plans.map(|plan| broken(&problem, &sums, &plan)).fold(f64::INFINITY, f64::min);
        assert!(
            relaxation.total() <= least * (1.0 + PRINTED + WILLING),
            "{least} is enough: {relaxation:?} of {problem:?}"
        );
    }
}

#[test]
fn shares_and_a_turnover_limit_leave_room_only_near_today() {
    // 30% of the spend at most for the first item; today it has 40 of 100, and 12 may move
    let mut problem =
        problem(super::free(vec![Curve::Log { a: 3.0, k: 1.0 }; 2], 1.0).curves, &[(0.0, 200.0); 2], 150.0);
    problem.groups = vec![Group { parent: None, lower: money(0.0), upper: Amount::Share(0.3) }];
    problem.group_of = vec![Some(0), None];
    let turnover = |limit| Some(Turnover { current: vec![40.0, 60.0], price: 0.0, limit });
    problem.turnover = turnover(15.0);
    let plan = allocate(&problem, &AllocatorSettings::default()).expect("13 taken from the first are enough");
    assert!(plan.turnover <= 15.0 * (1.0 + 1e-9), "{plan:?}");
    // x = 0.3 (x + 60) is 25.7, 14.3 less than today: with 9 the limit has to give way
    problem.turnover = turnover(9.0);
    let relaxation = printed(&problem).expect("9 are too few");
    assert!(!relaxation.changes.is_empty());
    let solved = allocate(&relaxed(&problem, &relaxation), &AllocatorSettings::default());
    assert!(solved.is_ok(), "{relaxation:?}");
}
