//! Rounding of plans whose goal is a volume or an average return.

use super::super::dynamic::any_curve;
use super::*;
use crate::numeric::stream::Stream;

/// The exact plan whose budget makes `short` zero, by bisection.
fn plan_where(problem: &Problem, short: impl Fn(&Allocation) -> f64) -> Vec<f64> {
    let (mut low, mut high) = (0.0, problem.budget);
    for _ in 0..200 {
        let budget = f64::midpoint(low, high);
        let free = Problem { budget, goal: Goal::MostResponse, ..problem.clone() };
        let plan = allocate(&free, &AllocatorSettings::default()).unwrap();
        *if short(&plan) > 0.0 { &mut low } else { &mut high } = budget;
    }
    let free = Problem { budget: high, goal: Goal::MostResponse, ..problem.clone() };
    allocate(&free, &AllocatorSettings::default()).unwrap().spend
}

#[test]
fn a_wanted_volume_is_reached_for_at_most_a_step_more() {
    for seed in 0..50 {
        let mut random = Stream::new(seed, 17);
        let curves = (0..6).map(|_| any_curve(&mut random, true)).collect();
        let mut problem = free(curves, 60.0);
        let most: f64 = solve(&problem).response.iter().sum();
        let response = most * (0.3 + 0.5 * random.uniform());
        problem.goal = Goal::Volume { response };
        let spend = plan_where(&problem, |plan| response - plan.response.iter().sum::<f64>());
        let rounded = round_to_step(&problem, &plan_at(&problem, &spend), 0.5);
        let (reached, total): (f64, f64) = (rounded.response.iter().sum(), rounded.spend.iter().sum());
        assert!(reached >= response * (1.0 - 1e-12) && rounded.outside_limits.is_empty(), "{seed}: {rounded:?}");
        // a step to reach the next multiple, and one for what the steps of the items lose
        assert!(total < spend.iter().sum::<f64>() + 2.0 * 0.5, "{seed}: {rounded:?}");
        // without money for the last step it is said
        let tight = Problem { budget: rounded.spend.iter().sum::<f64>() - 0.5, ..problem.clone() };
        let short = round_to_step(&tight, &plan_at(&problem, &spend), 0.5);
        let missed = short.response.iter().sum::<f64>() < response * (1.0 - 1e-12);
        assert_eq!(short.outside_limits, if missed { vec![LimitRef::Volume] } else { vec![] }, "{seed}");
        assert!(missed, "{seed}: a cheaper plan was overlooked");
    }
}

#[test]
fn an_average_return_holds_after_rounding() {
    let mut tight = 0;
    for seed in 0..50 {
        let mut random = Stream::new(seed, 18);
        let curves = (0..6).map(|_| any_curve(&mut random, true)).collect();
        let mut problem = free(curves, 200.0);
        let measure: Vec<f64> = (0..6).map(|_| 0.5 + random.uniform()).collect();
        let ratio = 0.8 + random.uniform();
        problem.goal = Goal::AverageReturn { ratio, measure: measure.clone() };
        let excess = |response: &[f64], spend: &[f64]| -> f64 {
            (0..6).map(|at| measure[at] * response[at] - ratio * spend[at]).sum()
        };
        let spend = plan_where(&problem, |plan| excess(&plan.response, &plan.spend));
        let rounded = round_to_step(&problem, &plan_at(&problem, &spend), 1.0);
        assert!(excess(&rounded.response, &rounded.spend) >= -1e-9 && rounded.outside_limits.is_empty(), "{seed}");
        let (before, after): (f64, f64) = (spend.iter().sum(), rounded.spend.iter().sum());
        assert!(after <= before + 1.0 && after >= before - 3.0, "{seed}: {before} {rounded:?}");
        tight += u32::from(before < 199.0);
    }
    assert!(tight > 30, "{tight}");
}
