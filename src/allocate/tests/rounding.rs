#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small random numbers

use super::dynamic::objective;
use super::*;
mod goals;
mod together;
mod trees;

fn logs(count: u32) -> Vec<Curve> {
    (1..=count).map(|i| Curve::Log { a: f64::from(i), k: 3.0 }).collect()
}

fn rounded(problem: &Problem, step: f64) -> Rounded {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap();
    round_to_step(problem, &allocation, step)
}

/// An allocation at any plan, as rounding sees it.
fn plan_at(problem: &Problem, spend: &[f64]) -> Allocation {
    let mut plan = allocate(&free(problem.curves.clone(), problem.budget), &AllocatorSettings::default()).unwrap();
    plan.spend = spend.to_vec();
    plan.response = problem.curves.iter().zip(spend).map(|(curve, &spend)| curve.value(spend)).collect();
    plan.unallocated = problem.budget - spend.iter().sum::<f64>();
    plan.certificate.objective = objective(problem, spend);
    plan
}

#[test]
fn cents_add_up_exactly() {
    let problem = free(logs(97), 1234.56);
    let rounded = rounded(&problem, 0.01);
    assert_eq!(rounded.steps.iter().sum::<i64>(), 123_456);
    assert_eq!((rounded.unallocated, rounded.unallocated_steps), (0.0, 0));
    assert_eq!(rounded.spend[50], rounded.steps[50] as f64 / 100.0);
    assert!(rounded.outside_bounds.is_empty());
    assert!(rounded.loss.abs() < 1e-4);
}

#[test]
fn no_other_split_into_steps_is_better() {
    let problem = problem(logs(3), &[(0.0, 9.0), (0.7, 9.0), (0.0, 3.2)], 10.0);
    for (step, steps) in [(1.0, 10), (0.5, 20), (2.0, 5)] {
        let rounded = rounded(&problem, step);
        let total: f64 = rounded.response.iter().sum();
        let best = brute_force(&problem, steps);
        assert!((total - best).abs() <= 1e-12 * best, "{rounded:?}");
    }
}

#[test]
fn bounds_are_rounded_inwards() {
    let problem = problem(logs(2), &[(1.001, 1.5), (0.0, 2.229)], 4.0);
    let rounded = rounded(&problem, 0.01);
    assert!(rounded.steps[0] >= 101 && rounded.steps[1] <= 222, "{rounded:?}");
    assert_eq!(rounded.steps.iter().sum::<i64>() + rounded.unallocated_steps, 400);
}

#[test]
fn a_bound_on_the_step_but_for_rounding_counts_as_on_it() {
    // 0.29 · 100 is below 29
    let problem = problem(logs(2), &[(0.0, 0.29), (0.0, 0.1 + 0.2)], 1.0);
    let rounded = rounded(&problem, 0.01);
    assert_eq!(rounded.steps, [29, 30]);
    assert_eq!(rounded.unallocated_steps, 41);
    assert_eq!(rounded.unallocated, 0.41);
}

#[test]
fn bounds_without_a_multiple_between_them_are_reported() {
    let problem = problem(logs(3), &[(0.123, 0.126), (0.0, 5.0), (1.0, 1.0)], 4.0);
    let rounded = rounded(&problem, 0.1);
    assert_eq!(rounded.outside_bounds, [0]);
    assert_eq!(rounded.steps[0], 1);
    assert_eq!(rounded.steps.iter().sum::<i64>() + rounded.unallocated_steps, 40);
}

#[test]
fn lower_bounds_that_round_above_the_budget_give_way() {
    let problem = problem(logs(3), &[(0.335, 1.0), (0.335, 1.0), (0.33, 1.0)], 1.0);
    let rounded = rounded(&problem, 0.01);
    assert_eq!(rounded.steps.iter().sum::<i64>(), 100);
    // the item whose step earns least gives it
    assert_eq!(rounded.outside_bounds, [0]);
    assert_eq!(rounded.steps, [33, 34, 33]);
}

#[test]
fn money_below_the_floor_stays_unallocated() {
    let mut problem = free(vec![Curve::Log { a: 10.0, k: 1.0 }], 100.0);
    problem.price_floor = 3.0;
    let rounded = rounded(&problem, 1.0);
    // the slope is 3 at 2.33; the third unit earns less on its whole
    assert_eq!(rounded.steps, [2]);
    assert_eq!(rounded.unallocated, 98.0);
}

#[test]
fn a_budget_between_steps_keeps_its_crumb() {
    let rounded = rounded(&free(logs(2), 10.37), 0.5);
    assert_eq!(rounded.steps.iter().sum::<i64>(), 20);
    assert!((rounded.unallocated - 0.37).abs() < 1e-12);
}

#[test]
fn minimums_in_whole_steps_are_chosen_anew() {
    // minimums of whole units in coarse steps: what the exact plan leaves out may belong into the one in steps
    let mut stream = Stream::new(83, 0);
    for case in 0..300 {
        let count = 2 + (4.0 * stream.uniform()) as usize;
        let curves: Vec<Curve> = (0..count)
            .map(|_| Curve::Log { a: 10.0 + 40.0 * stream.uniform(), k: 3.0 + 27.0 * stream.uniform() })
            .collect();
        let bounds: Vec<(f64, f64)> = (0..count).map(|_| (0.0, (6.0 + 34.0 * stream.uniform()).floor())).collect();
        let most: f64 = bounds.iter().map(|bound| bound.1).sum();
        let mut problem = problem(curves, &bounds, 5.0 + ((most - 5.0) * stream.uniform()).floor());
        problem.minimum = bounds
            .iter()
            .map(|bound| if stream.uniform() < 0.5 { 1.0 + (stream.uniform() * bound.1).floor() } else { 0.0 })
            .collect();
        let step = [1.0, 2.0, 5.0][case % 3];
        let plan = allocate(&problem, &AllocatorSettings::default()).unwrap();
        let own = plan_in_steps(&problem, &plan, step).unwrap();
        assert!(own.outside_bounds.is_empty() && own.outside_limits.is_empty(), "case {case}: {own:?}");
        let total: f64 = own.response.iter().sum();
        let best = best_in_steps(&problem, step);
        assert!((total - best).abs() <= 1e-12 * best.max(1.0), "case {case}: {total} of {best}");
    }
}

/// Worth of the best plan in steps within bounds, minimums and the budget, total by total.
fn best_in_steps(problem: &Problem, step: f64) -> f64 {
    let steps = (problem.budget / step) as usize;
    let mut best = vec![0.0_f64; steps + 1];
    for (at, curve) in problem.curves.iter().enumerate() {
        let values: Vec<Option<f64>> = (0..=steps)
            .map(|taken| {
                let spend = taken as f64 * step;
                let is_within = spend <= problem.upper[at] && (taken == 0 || spend >= problem.minimum[at]);
                is_within.then(|| curve.value(spend))
            })
            .collect();
        best = (0..=steps)
            .map(|total| {
                let each = (0..=total).filter_map(|taken| values[taken].map(|value| value + best[total - taken]));
                each.fold(f64::NEG_INFINITY, f64::max)
            })
            .collect();
    }
    best[steps]
}

#[test]
fn multiples_of_a_decimal_are_written_as_such() {
    for step in [0.3, 0.7, 0.05, 2.5, 12.0, 1.0 / 3.0] {
        let rounded = rounded(&free(logs(7), 100.0), step);
        for (spend, steps) in rounded.spend.iter().zip(&rounded.steps) {
            let exact = (*steps as f64 * (step * 300.0).round()) / 300.0;
            assert_eq!(spend.to_bits(), exact.to_bits(), "{steps} steps of {step}");
        }
    }
}

#[test]
fn senseless_steps_are_survived() {
    let problem = free(logs(2), 10.0);
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300] {
        let rounded = rounded(&problem, step);
        let total: f64 = rounded.spend.iter().sum();
        assert!((total + rounded.unallocated - 10.0).abs() < 1e-9, "{step}: {rounded:?}");
    }
}
