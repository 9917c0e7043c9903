#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers

use super::*;

fn s_curve(a: f64, k: f64) -> Curve {
    Curve::Hill { a, k, h: 3.0 }
}

/// The bound must hold for the best plan on a grid, and the plan must come near it.
fn against_grid(problem: &Problem, steps: u32, tolerance: f64) -> Allocation {
    let allocation = solve(problem);
    let best = brute_force(problem, steps);
    let certificate = &allocation.certificate;
    assert!(certificate.upper_bound >= best * (1.0 - 1e-12), "{certificate:?} against {best}");
    assert!(certificate.objective >= best * (1.0 - tolerance), "{certificate:?} against {best}");
    allocation
}

#[test]
fn s_curves_are_solved_to_the_global_optimum() {
    for budget in [4.0, 10.0, 17.0, 25.0, 40.0, 80.0] {
        let curves = vec![s_curve(10.0, 8.0), s_curve(14.0, 12.0), s_curve(9.0, 10.0)];
        let allocation = against_grid(&free(curves, budget), 200, 1e-12);
        assert!(allocation.certificate.relative_gap < 1e-6, "{:?}", allocation.certificate);
        assert_eq!(allocation.unallocated, 0.0);
    }
}

#[test]
fn s_curves_with_bounds() {
    let curves = vec![s_curve(10.0, 8.0), s_curve(14.0, 12.0), Curve::Log { a: 3.0, k: 4.0 }];
    for budget in [9.0, 15.0, 22.0, 30.0] {
        let bounds = [(1.0, 9.0), (0.0, 20.0), (0.5, 30.0)];
        against_grid(&problem(curves.clone(), &bounds, budget), 300, 1e-6);
    }
}

#[test]
fn identical_s_curves_are_filled_one_after_another() {
    let allocation = against_grid(&free(vec![s_curve(10.0, 8.0); 4], 30.0), 60, 1e-6);
    let idle = allocation.spend.iter().filter(|spend| **spend < 0.1).count();
    assert!(idle >= 1, "{allocation:?}");
}

#[test]
fn points_that_are_not_concave() {
    let steps = Curve::Points([(2.0, 1.0), (4.0, 9.0), (7.0, 10.0), (9.0, 18.0)].into());
    let curves = vec![steps.clone(), steps.scaled(0.7), Curve::Log { a: 4.0, k: 1.0 }];
    for budget in [3.0, 6.0, 8.0, 12.0, 15.0, 30.0] {
        against_grid(&free(curves.clone(), budget), 120, 1e-6);
    }
}

#[test]
fn a_lone_s_curve_takes_what_there_is() {
    let allocation = solve(&free(vec![s_curve(10.0, 100.0)], 5.0));
    assert_eq!(allocation.spend, [5.0]);
    assert!(allocation.certificate.relative_gap < 1e-9, "{:?}", allocation.certificate);
}

#[test]
fn many_s_curves_have_a_small_honest_gap() {
    let curves: Vec<Curve> = (1..=500).map(|i| s_curve(f64::from(i % 37 + 5), f64::from(i % 23 + 4))).collect();
    let allocation = solve(&free(curves, 2000.0));
    assert!(allocation.certificate.relative_gap < 1e-4, "{:?}", allocation.certificate);
    assert_eq!(allocation.unallocated, 0.0);
    assert_eq!(allocation.certificate.status, AllocationStatus::Optimal);
}

#[test]
fn profit_of_an_s_curve_that_never_pays_is_nothing() {
    let mut problem = free(vec![s_curve(10.0, 100.0), Curve::Log { a: 10.0, k: 2.0 }], 50.0);
    problem.price_floor = 1.0;
    let allocation = solve(&problem);
    assert_eq!(allocation.spend[0], 0.0);
    assert!((allocation.spend[1] - 8.0).abs() < 1e-12);
}

#[test]
fn moving_an_s_curve_has_to_pay() {
    // worth less than nothing at any plan that moves far
    let mut apart =
        free(vec![Curve::Hill { a: 88.784, k: 84.105, h: 2.5 }, Curve::Hill { a: 160.6, k: 88.345, h: 3.0 }], 48.0);
    for (price, most) in [(1.04, -1.85), (0.3, 9.13)] {
        apart.turnover = Some(Turnover { current: vec![41.0, 21.0], price, limit: f64::INFINITY });
        let plan = solve(&apart);
        assert!((plan.certificate.objective - most).abs() < 0.01, "{price}: {:?} {:?}", plan.spend, plan.certificate);
    }
    let mut stream = crate::numeric::stream::Stream::new(97, 0);
    for case in 0..120 {
        let count = 2 + case % 2;
        let mut curve = || {
            let (a, k) = (20.0 + 140.0 * stream.uniform(), 10.0 + 80.0 * stream.uniform());
            if stream.uniform() < 0.7 {
                Curve::Hill { a, k, h: 1.2 + 3.0 * stream.uniform() }
            } else {
                Curve::Points([(0.3 * k, 0.05 * a), (0.5 * k, 0.6 * a), (k, 0.7 * a), (1.3 * k, a)].into())
            }
        };
        let mut problem = free((0..count).map(|_| curve()).collect(), 0.0);
        let current: Vec<f64> = (0..count).map(|_| (60.0 * stream.uniform()).floor()).collect();
        let today: f64 = current.iter().sum();
        problem.budget = (today * (0.6 + 0.8 * stream.uniform())).floor().max(5.0);
        let price = 0.1 + 1.5 * stream.uniform();
        problem.turnover = Some(Turnover { current, price, limit: f64::INFINITY });
        let plan = solve(&problem);
        let (own, bound) = (plan.certificate.objective, plan.certificate.upper_bound);
        let (best, _) = super::grid::best(&problem, problem.budget as u32, false).unwrap();
        // branching stops at a gap of 1e-7 of the response
        let room = 1e-6 * (1.0 + best.abs());
        assert!(
            own >= best - room && bound >= best - 1e-9 * (1.0 + best.abs()),
            "case {case}: {own} to {bound}, {best}\n{problem:?} {:?}",
            plan.spend
        );
    }
}

#[test]
fn many_s_curves_that_cost_to_move_come_near_the_best_in_steps() {
    let mut stream = crate::numeric::stream::Stream::new(101, 0);
    for case in 0..6 {
        let curves: Vec<Curve> = (0..40)
            .map(|_| Curve::Hill {
                a: 20.0 + 140.0 * stream.uniform(),
                k: 10.0 + 80.0 * stream.uniform(),
                h: 1.2 + 3.0 * stream.uniform(),
            })
            .collect();
        let current: Vec<f64> = (0..40).map(|_| (60.0 * stream.uniform()).floor()).collect();
        let mut problem = free(curves, (current.iter().sum::<f64>() * (0.7 + 0.5 * stream.uniform())).floor());
        let price = 0.05 + 0.8 * stream.uniform();
        problem.turnover = Some(Turnover { current, price, limit: f64::INFINITY });
        let plan = solve(&problem);
        let steps = allocate_steps(&problem, 1.0).unwrap().unwrap();
        let (own, bound) = (plan.certificate.objective, plan.certificate.upper_bound);
        // the plan may stand between the steps, or its own grid may be the coarser one
        assert!(own >= 0.999 * steps.objective, "case {case}: {own} of {}", steps.objective);
        assert!(bound >= steps.objective * (1.0 - 1e-12));
    }
}
