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
