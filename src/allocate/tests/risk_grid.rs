//! Plans that weigh risk, against all plans on a grid.

use super::risk::{RISKS, SEARCH, SUMS, few_draws, utility, weigh};
use super::*;

/// The highest utility of all plans on a grid.
pub(super) fn best_on_grid(problem: &Problem, draws: &Draws, risk: Risk, steps: u32) -> f64 {
    let step = problem.budget / f64::from(steps);
    let mut best = f64::NEG_INFINITY;
    for i in 0..=steps {
        for j in 0..=steps - i {
            for k in 0..=steps - i - j {
                let spend = [f64::from(i) * step, f64::from(j) * step, f64::from(k) * step];
                if (0..3).all(|at| spend[at] >= problem.lower[at] && spend[at] <= problem.upper[at]) {
                    best = best.max(utility(problem, draws, risk, &spend));
                }
            }
        }
    }
    best
}

#[test]
fn no_plan_on_a_grid_has_a_higher_utility() {
    let curves = [
        Curve::Hill { a: 30.0, k: 4.0, h: 0.8 },
        Curve::Exp { a: 12.0, k: 3.0 },
        Curve::Log { a: 6.0, k: 2.0 },
        Curve::Points([(2.0, 8.0), (5.0, 14.0), (9.0, 17.0)].into()),
    ];
    for skip in 0..curves.len() {
        for floor in [0.0, 0.8] {
            let three: Vec<Curve> = curves.iter().cycle().skip(skip).take(3).cloned().collect();
            let mut problem = problem(three, &[(0.0, 8.0), (1.0, f64::INFINITY), (0.0, 5.0)], 12.0);
            problem.price_floor = floor;
            for risk in RISKS {
                let plan = weigh(&problem, &few_draws(), risk);
                let best = best_on_grid(&problem, &few_draws(), risk, 60);
                let size: f64 = plan.response.iter().sum();
                assert_eq!(plan.status, AllocationStatus::Optimal);
                assert!(plan.relative_gap <= SEARCH, "{plan:?}");
                assert!(plan.utility >= best - SEARCH * size, "{risk:?}: {best} against {plan:?}");
                // a grid of 0.2 misses the optimum by the curvature times its square, and kinks by a step
                assert!(plan.utility <= best + 3e-2 * size, "{risk:?}: {best} against {plan:?}");
            }
        }
    }
}

#[test]
fn with_minimums_plans_are_solved_not_mixed() {
    let curves = vec![Curve::Log { a: 10.0, k: 1.0 }, Curve::Log { a: 11.0, k: 2.0 }, Curve::Exp { a: 12.0, k: 3.0 }];
    let mut problem = problem(curves, &[(0.0, 9.0); 3], 9.0);
    problem.minimum = vec![4.0, 3.5, 2.5];
    for risk in RISKS {
        let plan = weigh(&problem, &few_draws(), risk);
        let size: f64 = plan.response.iter().sum();
        for (spend, minimum) in plan.spend.iter().zip(&problem.minimum) {
            assert!(*spend <= 0.0 || *spend >= minimum * (1.0 - 1e-12), "{plan:?}");
        }
        let mut best = f64::NEG_INFINITY;
        for on in 0..8_u32 {
            let mut part = problem.clone();
            for at in 0..3 {
                let is_on = on >> at & 1 == 1;
                (part.lower[at], part.upper[at]) = if is_on { (problem.minimum[at], 9.0) } else { (0.0, 0.0) };
            }
            best = best.max(best_on_grid(&part, &few_draws(), risk, 36));
        }
        assert!(plan.upper_bound >= best - SUMS * size, "{risk:?}: {best} above {plan:?}");
    }
}
