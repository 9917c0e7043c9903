//! Rounding of plans whose goal is a volume or an average return.

use super::super::dynamic::any_curve;
use super::super::groups_oracle::mixed;
use super::super::oracle::random_problem;
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
        // more is spent only where that is worth more
        assert!(after <= before + 1.0 || rounded.loss < 0.0, "{seed}: {before} {rounded:?}");
        assert!(after >= before - 3.0, "{seed}: {before} {rounded:?}");
        tight += u32::from(before < 199.0);
    }
    assert!(tight > 30, "{tight}");
}

/// 30 items whose spends today are no whole steps, with a tenth of the budget to move.
fn moving(seed: u64, budget: f64) -> Problem {
    let mut random = Stream::new(seed, 17);
    let mut problem = random_problem(seed, 30, mixed);
    let between = |at: usize, share: f64| problem.lower[at] + share * (problem.upper[at] - problem.lower[at]);
    let current: Vec<f64> = (0..30).map(|at| between(at, random.uniform())).collect();
    problem.budget = (current.iter().sum::<f64>() * budget * 100.0).round() / 100.0;
    problem.turnover = Some(Turnover { current, price: 0.0, limit: 0.1 * problem.budget });
    problem
}

#[test]
fn a_turnover_limit_holds_although_todays_spends_are_no_whole_steps() {
    for (seed, step) in (0..30).flat_map(|seed| [0.01, 0.1, 0.5].map(|step| (seed, step))) {
        let problem = moving(seed, if seed % 2 == 1 { 1.05 } else { 1.0 });
        let Ok(plan) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let rounded = round_to_step(&problem, &plan, step);
        assert!(rounded.outside_limits.is_empty(), "{seed} {step}: {:?}", rounded.outside_limits);
        assert!(violation(&problem, &rounded.spend) <= 1e-9 * problem.budget, "{seed} {step}");
        // half a step an item is all that there is to give back, and money that is kept is a step an item at most
        assert!(rounded.unallocated <= plan.unallocated + 30.0 * step, "{seed} {step}: {}", rounded.unallocated);
    }
}

#[test]
fn a_turnover_limit_and_an_average_return_are_mostly_held_together() {
    let (mut held, mut all) = (0, 0);
    for seed in 0..40 {
        let mut problem = moving(seed, 1.05);
        let Ok(free) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let (response, spend): (f64, f64) = (free.response.iter().sum(), free.spend.iter().sum());
        problem.goal = Goal::AverageReturn { ratio: 1.01 * response / spend, measure: Vec::new() };
        let Ok(plan) = allocate(&problem, &AllocatorSettings::default()) else { continue };
        let rounded = round_to_step(&problem, &plan, 0.01);
        all += 1;
        held += u32::from(rounded.outside_limits.is_empty());
        // told, and by no more than some cents of 30 items
        assert!(violation(&problem, &rounded.spend) <= 0.3, "{seed}: {}", violation(&problem, &rounded.spend));
    }
    assert!(all > 20 && 10 * held >= 8 * all, "{held} of {all}");
}
