//! Items that get nothing or just their minimum, beside classes and a limit on what moves.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers

use super::*;
use crate::numeric::stream::Stream;

/// Small problems with a minimum somewhere, one class, and a limit on what moves or a price of it.
fn random_problem(stream: &mut Stream) -> Problem {
    let count = 3 + (4.0 * stream.uniform()) as usize;
    let curves = (0..count)
        .map(|_| Curve::Log { a: 10.0 + 40.0 * stream.uniform(), k: 3.0 + 27.0 * stream.uniform() })
        .collect();
    let bounds: Vec<(f64, f64)> = (0..count).map(|_| (0.0, 6.0 + 34.0 * stream.uniform())).collect();
    let most: f64 = bounds.iter().map(|bound| bound.1).sum();
    let mut problem = problem(curves, &bounds, 0.2 * most + 0.6 * most * stream.uniform());
    problem.minimum = bounds
        .iter()
        .map(|bound| if stream.uniform() < 0.5 { bound.1 * (0.2 + 0.6 * stream.uniform()) } else { 0.0 })
        .collect();
    let even = problem.budget / most;
    let members: Vec<u32> = (0..count as u32).filter(|_| stream.uniform() < 0.5).collect();
    let held: f64 = members.iter().map(|&item| even * bounds[item as usize].1).sum();
    problem.classes.push(Class {
        members,
        lower: Amount::Money(0.0),
        upper: Amount::Money(held * (0.6 + 0.6 * stream.uniform())),
    });
    let current: Vec<f64> = bounds.iter().map(|bound| bound.1 * even * (0.5 + stream.uniform())).collect();
    let is_limited = stream.uniform() < 0.5;
    let limit = if is_limited { 0.5 * problem.budget * (0.5 + stream.uniform()) } else { f64::INFINITY };
    problem.turnover = Some(Turnover { current, limit, price: 0.3 * stream.uniform() });
    problem
}

#[test]
fn an_optimal_plan_has_slopes_at_its_prices() {
    let mut stream = Stream::new(89, 0);
    let (mut optimal, mut held) = (0, 0);
    for case in 0..400 {
        let problem = random_problem(&mut stream);
        let Ok(plan) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        if plan.certificate.relative_gap > 1e-10 {
            continue;
        }
        optimal += 1;
        let at_minimum = |item: usize| problem.minimum[item] > 0.0 && plan.spend[item] <= problem.minimum[item];
        held += usize::from((0..plan.spend.len()).any(at_minimum));
        let residual = plan.certificate.kkt_residual;
        // a gap of 1e-10 leaves spends, and with them slopes, open to its root
        assert!(residual < 1e-4, "case {case}: {residual}, {:?}\n{problem:?}\n{:?}", plan.certificate, plan.spend);
    }
    // else this says nothing
    assert!(optimal > 100 && held > 50, "{optimal} optimal, {held} held by a minimum");
}

/// Three items with a class, a limit on what moves and minimums: the last money of a larger budget can only be spent by moving
/// less to where it earns.
#[test]
fn more_budget_is_never_worth_less_where_moving_is_limited() {
    let points = |pairs: &[(f64, f64)]| Curve::Points(pairs.into());
    let at = |budget: f64| Problem {
        curves: vec![
            points(&[(0.0, 0.0), (12.0, 46.44), (20.0, 68.84), (21.0, 71.46), (24.0, 75.36), (44.0, 92.36)]),
            points(&[(0.0, 0.0), (8.0, 7.92), (27.0, 20.65)]),
            points(&[(0.0, 0.0), (11.0, 43.23), (16.0, 56.73), (23.0, 69.96), (52.0, 80.4), (58.0, 81.12)]),
        ],
        lower: vec![0.0; 3],
        upper: vec![44.0, 27.0, 52.0],
        minimum: vec![0.0, 12.0, 27.0],
        budget,
        classes: vec![
            Class { members: vec![2], lower: Amount::Money(0.0), upper: Amount::Money(60.0) },
            Class { members: vec![0, 2], lower: Amount::Money(0.0), upper: Amount::Money(56.0) },
        ],
        turnover: Some(Turnover { current: vec![3.0, 25.0, 54.0], price: 0.0, limit: 27.0 }),
        ..Problem::default()
    };
    let plans = [80.0, 81.0, 82.0, 83.0].map(|budget| allocate(&at(budget), &AllocatorSettings::default()).unwrap());
    for pair in plans.windows(2) {
        let [own, next] = [&pair[0].certificate, &pair[1].certificate];
        assert!(next.objective >= own.objective - 1e-9 * own.objective, "{own:?} {next:?}");
        assert!(next.upper_bound >= own.objective * (1.0 - 1e-9), "{own:?} {next:?}");
    }
    assert!((plans[3].unallocated - 2.0).abs() < 1e-6, "{:?}", plans[3]);
    assert_eq!(plans[3].certificate.status, AllocationStatus::BudgetNotExhausted, "{:?}", plans[3]);
}
