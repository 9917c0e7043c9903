use super::*;

fn log(a: f64) -> Curve {
    Curve::Log { a, k: 1.0 }
}

#[test]
fn no_items() {
    let allocation = solve(&free(vec![], 5.0));
    assert_eq!(allocation.unallocated, 5.0);
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
    assert_eq!(allocation.certificate.relative_gap, 0.0);
}

#[test]
fn one_item_takes_all() {
    let curves = [
        Curve::Hill { a: 1.0, k: 1e-3, h: 0.5 },
        Curve::Exp { a: 1.0, k: 1e-3 },
        Curve::Exp { a: 1.0, k: 1e9 },
        Curve::Power { a: 1.0, k: 1.0, h: 1.0 },
        Curve::Power { a: 1.0, k: 1.0, h: 1.0 - 1e-12 },
        Curve::Log { a: 1e-12, k: 1e12 },
        Curve::Points([(1.0, 1.0)].into()),
        Curve::Hill { a: 1.0, k: 10.0, h: 4.0 },
    ];
    for curve in curves {
        let allocation = solve(&free(vec![curve.clone()], 7.0));
        assert!((allocation.spend[0] - 7.0).abs() < 1e-14 * 7.0, "{curve:?}: {allocation:?}");
        assert_eq!(allocation.unallocated, 0.0);
    }
}

#[test]
fn a_budget_of_zero_has_the_price_of_the_first_unit() {
    let allocation = solve(&free(vec![log(2.0), log(3.0)], 0.0));
    assert_eq!(allocation.spend, [0.0, 0.0]);
    assert_eq!(allocation.certificate.status, AllocationStatus::Optimal);
    assert_eq!(allocation.certificate.lambda, Some(3.0));
    let endless = solve(&free(vec![Curve::Power { a: 1.0, k: 1.0, h: 0.5 }], 0.0));
    assert_eq!(endless.certificate.lambda, None);
}

#[test]
fn lower_bounds_that_take_the_whole_budget() {
    let problem = problem(vec![log(2.0), log(3.0)], &[(1.0, 9.0), (2.0, 9.0)], 3.0);
    let allocation = solve(&problem);
    assert_eq!(allocation.spend, [1.0, 2.0]);
    assert_eq!(allocation.binding, [Binding::Lower, Binding::Lower]);
    assert_eq!(allocation.certificate.lambda, Some(1.0));
}

#[test]
fn lower_bounds_above_the_budget_by_rounding_alone() {
    // 0.1 + 0.2 is above 0.3
    let problem = problem(vec![log(2.0), log(3.0)], &[(0.1, 9.0), (0.2, 9.0)], 0.3);
    let allocation = allocate(&problem, &AllocatorSettings::default()).unwrap();
    assert_eq!(allocation.spend, [0.1, 0.2]);
    assert_eq!(allocation.unallocated, 0.0);
}

#[test]
fn upper_bounds_that_meet_the_budget_exactly() {
    let problem = problem(vec![log(2.0), log(3.0)], &[(0.0, 1.0), (0.0, 2.0)], 3.0);
    let allocation = solve(&problem);
    assert_eq!(allocation.spend, [1.0, 2.0]);
    assert_eq!(allocation.certificate.status, AllocationStatus::Optimal);
    assert_eq!(allocation.unallocated, 0.0);
}

#[test]
fn upper_bounds_below_the_budget() {
    let problem = problem(vec![log(2.0), log(3.0)], &[(0.0, 1.0), (2.0, 2.0)], 5.0);
    let allocation = solve(&problem);
    assert_eq!(allocation.spend, [1.0, 2.0]);
    assert_eq!(allocation.binding, [Binding::Upper, Binding::Fixed]);
    assert_eq!(allocation.certificate.status, AllocationStatus::BudgetNotExhausted);
    assert_eq!(allocation.unallocated, 2.0);
    assert_eq!(allocation.certificate.lambda, Some(0.0));
}

#[test]
fn every_item_fixed() {
    let problem = problem(vec![log(2.0), log(3.0)], &[(1.0, 1.0), (2.0, 2.0)], 3.0);
    let allocation = solve(&problem);
    assert_eq!(allocation.spend, [1.0, 2.0]);
    assert_eq!(allocation.binding, [Binding::Fixed, Binding::Fixed]);
}

#[test]
fn identical_curves_share_alike() {
    let curves = [
        Curve::Hill { a: 1.0, k: 2.0, h: 0.6 },
        Curve::Power { a: 1.0, k: 1.0, h: 1.0 },
        Curve::Points([(1.0, 1.0), (9.0, 2.0)].into()),
    ];
    for curve in curves {
        let allocation = solve(&free(vec![curve; 8], 4.0));
        for spend in allocation.spend {
            assert!((spend - 0.5).abs() < 1e-15);
        }
    }
}

#[test]
fn worthless_items_take_only_what_the_others_cannot() {
    let curves = vec![log(0.0), Curve::Hill { a: 0.0, k: 1.0, h: 0.5 }, log(1.0)];
    let bounds = [(0.0, 9.0), (1.0, 9.0), (0.0, 4.0)];
    let allocation = solve(&problem(curves.clone(), &bounds, 3.0));
    assert_eq!(allocation.spend, [0.0, 1.0, 2.0]);
    let allocation = solve(&problem(curves, &bounds, 10.0));
    assert_eq!(allocation.spend[2], 4.0);
    assert_eq!(allocation.unallocated, 0.0);
    let nothing = solve(&free(vec![log(0.0), log(0.0)], 10.0));
    assert_eq!(nothing.unallocated, 0.0);
    assert_eq!(nothing.certificate.relative_gap, 0.0);
}

#[test]
fn ties_between_straight_lines_are_settled() {
    let line = |a: f64| Curve::Power { a, k: 1.0, h: 1.0 };
    let curves = vec![line(2.0), line(2.0), line(1.0), line(3.0)];
    let allocation = solve(&problem(curves, &[(0.0, 4.0); 4], 6.0));
    assert_eq!(allocation.spend, [1.0, 1.0, 0.0, 4.0]);
    assert_eq!(allocation.certificate.lambda, Some(2.0));
    assert_eq!(allocation.certificate.objective, 16.0);
}

#[test]
fn kinks_hold_the_spend_where_the_price_passes() {
    let points = Curve::Points([(2.0, 8.0), (5.0, 9.0)].into());
    let allocation = solve(&free(vec![points, log(8.0)], 5.0));
    assert!((allocation.spend[0] - 2.0).abs() < 1e-14);
    assert!((allocation.certificate.lambda.unwrap() - 2.0).abs() < 1e-12);
}

#[test]
fn saturated_curves_still_spend_the_budget() {
    // at these spends every slope is below the smallest number
    let curves = vec![Curve::Exp { a: 1.0, k: 1e-3 }, Curve::Exp { a: 2.0, k: 1e-3 }];
    let allocation = solve(&free(curves, 1e6));
    assert_eq!(allocation.unallocated, 0.0);
    assert!((allocation.certificate.objective - 3.0).abs() < 1e-15);
}

#[test]
fn magnitudes_far_apart() {
    let curves = vec![
        Curve::Exp { a: 1e12, k: 1e-6 },
        Curve::Power { a: 1e-12, k: 1e12, h: 0.3 },
        Curve::Hill { a: 1e6, k: 1e9, h: 0.2 },
        Curve::Log { a: 1e-9, k: 1e9 },
        Curve::Hill { a: 1e-12, k: 1e-12, h: 1.0 },
    ];
    for budget in [1e-9, 1.0, 1e9, 1e15] {
        solve(&free(curves.clone(), budget));
    }
}

#[test]
fn invalid_numbers_are_errors_with_item_and_field() {
    let settings = AllocatorSettings::default();
    let good = problem(vec![log(1.0), log(2.0)], &[(0.0, 1.0), (0.0, 1.0)], 1.0);
    let refuse = |change: &dyn Fn(&mut Problem)| {
        let mut problem = good.clone();
        change(&mut problem);
        allocate(&problem, &settings).unwrap_err()
    };
    for bad in [f64::NAN, -1.0] {
        assert!(matches!(refuse(&|p| p.lower[1] = bad), AllocateError::Bound { item: 1, field: "lower", .. }));
        assert!(matches!(refuse(&|p| p.upper[1] = bad), AllocateError::Bound { item: 1, field: "upper", .. }));
        assert!(matches!(refuse(&|p| p.budget = bad), AllocateError::Value { field: "budget", .. }));
        assert!(matches!(refuse(&|p| p.price_floor = bad), AllocateError::Value { field: "price_floor", .. }));
        assert!(matches!(refuse(&|p| p.curves[1] = log(bad)), AllocateError::Curve { item: 1, .. }));
    }
    assert!(matches!(refuse(&|p| p.lower[0] = f64::INFINITY), AllocateError::Bound { item: 0, .. }));
    assert!(matches!(refuse(&|p| p.lower[0] = 2.0), AllocateError::BoundsCross { item: 0, .. }));
    assert!(matches!(refuse(&|p| p.lower.truncate(1)), AllocateError::Length { field: "lower", found: 1, items: 2 }));
    let infeasible = refuse(&|p| p.lower = vec![0.75, 0.5]);
    let AllocateError::Infeasible { relaxation } = &infeasible else { panic!("{infeasible:?}") };
    assert_eq!(relaxation.changes.len(), 1);
    assert_eq!((relaxation.changes[0].limit, relaxation.changes[0].from), (LimitRef::Budget, 1.0));
    assert!((relaxation.total() - 0.25).abs() < 1e-12);
    assert_eq!(infeasible.hint().unwrap(), "raise the budget from 1 to 1.25");
}
