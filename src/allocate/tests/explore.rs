//! Exploration: ends, limits, costs.

use super::risk::account;
use super::*;

/// Draws whose mean is exactly the problem's curves.
fn centered(items: usize, count: usize, seed: u64) -> (Problem, Draws, Allocation) {
    let (problem, mut draws) = account(items, count, seed);
    for factors in draws.factors.chunks_exact_mut(count) {
        let mean = factors.iter().sum::<f64>() / count as f64;
        for factor in factors.iter_mut() {
            *factor /= mean;
        }
    }
    let allocation = solve(&problem);
    (problem, draws, allocation)
}

fn tried(problem: &Problem, allocation: &Allocation, draws: &Draws, share: f64, draw: usize) -> Exploration {
    explore(problem, allocation, draws, share, draw, &AllocatorSettings::default()).unwrap()
}

#[test]
fn no_share_changes_no_bit() {
    let (problem, draws, allocation) = centered(50, 20, 1);
    let exploration = tried(&problem, &allocation, &draws, 0.0, 3);
    assert_eq!(exploration.spend, allocation.spend);
    assert_eq!((exploration.expected_cost, exploration.moved), (0.0, 0.0));
    assert!(exploration.raised.is_empty());
}

#[test]
fn the_whole_share_is_the_optimum_of_the_draw() {
    let (problem, draws, allocation) = centered(50, 20, 1);
    let mut imagined = problem.clone();
    for (item, curve) in imagined.curves.iter_mut().enumerate() {
        *curve = curve.scaled(draws.factors[item * 20 + 3]);
    }
    let best = solve(&imagined);
    let exploration = tried(&problem, &allocation, &draws, 1.0, 3);
    for (a, b) in exploration.spend.iter().zip(&best.spend) {
        // another starting price
        assert!((a - b).abs() <= 1e-12 * problem.budget);
    }
}

#[test]
fn limits_and_budget_hold_and_cost_is_never_negative() {
    for seed in 0..4 {
        let (mut problem, draws, _) = centered(80, 15, seed);
        problem.price_floor = if seed == 3 { 0.8 } else { 0.0 };
        let allocation = solve(&problem);
        let mut before = 0.0;
        for share in [0.05, 0.1, 0.5, 1.0] {
            let exploration = tried(&problem, &allocation, &draws, share, 7);
            let total: f64 = exploration.spend.iter().sum();
            assert!((total + exploration.unallocated - problem.budget).abs() <= 1e-13 * problem.budget);
            for (at, &spend) in exploration.spend.iter().enumerate() {
                assert!(spend >= problem.lower[at] && spend <= problem.upper[at]);
            }
            // the cost is convex in the share and zero at none
            assert!(exploration.expected_cost > before, "{seed} {share}");
            before = exploration.expected_cost;
            let raised: f64 = exploration.raised.iter().map(|raise| raise.by).sum();
            assert!(exploration.moved > 0.0 && raised <= 2.0 * exploration.moved);
            assert!(exploration.raised.windows(2).all(|pair| pair[0].by >= pair[1].by));
        }
    }
}

#[test]
fn cost_is_what_the_curves_say() {
    let problem = free(vec![Curve::Log { a: 1.0, k: 1.0 }; 2], 4.0);
    let allocation = solve(&problem);
    let draws = Draws { count: 2, factors: vec![0.0, 2.0, 2.0, 0.0] };
    // draw 0: everything to the second item
    let exploration = tried(&problem, &allocation, &draws, 0.25, 0);
    for (spend, expected) in exploration.spend.iter().zip([1.5, 2.5]) {
        assert!((spend - expected).abs() < 1e-14);
    }
    let expected = 2.0 * 3.0_f64.ln() - 2.5_f64.ln() - 3.5_f64.ln();
    assert!((exploration.expected_cost - expected).abs() < 1e-14);
    assert!((exploration.moved - 0.5).abs() < 1e-14);
    assert_eq!(exploration.raised.len(), 1);
    assert_eq!(exploration.raised[0].item, 1);
    assert!((exploration.raised[0].by - 0.5).abs() < 1e-14);
    // knowing the draw: 2 ln 5 against 2 ln 3, either way
    let gain = 2.0 * (5.0_f64 / 3.0).ln();
    assert!((exploration.perfect_information - gain).abs() < 1e-14);
    assert_eq!(exploration.deserves_more, [0.5, 0.5]);
    assert_eq!(exploration.draws_valued, 2);
}

#[test]
fn without_doubt_there_is_nothing_to_learn() {
    let (problem, draws, allocation) = centered(50, 20, 1);
    let certain = Draws { factors: vec![1.0; draws.factors.len()], ..draws };
    let exploration = tried(&problem, &allocation, &certain, 0.1, 5);
    let size: f64 = allocation.response.iter().sum();
    assert!(exploration.perfect_information <= GAP * size);
    assert!(exploration.expected_cost.abs() <= GAP * size);
    assert!(exploration.raised.is_empty() && exploration.deserves_more.iter().all(|share| *share == 0.0));
}

#[test]
fn no_exploration_earns_more_than_perfect_information() {
    let (problem, draws, allocation) = centered(50, 40, 2);
    let exploration = tried(&problem, &allocation, &draws, 0.1, 0);
    assert!(exploration.perfect_information > 0.0 && exploration.draws_valued == 40);
    let mut earned = 0.0;
    for draw in 0..40 {
        let spend = tried(&problem, &allocation, &draws, 1.0, draw).spend;
        for (item, curve) in problem.curves.iter().enumerate() {
            let factor = draws.factors[item * 40 + draw];
            earned += factor * (curve.value(spend[item]) - curve.value(allocation.spend[item])) / 40.0;
        }
    }
    // concave curves: the bound is reached
    assert!((earned - exploration.perfect_information).abs() <= 1e-9 * earned);
}

#[test]
fn many_draws_are_sampled_evenly() {
    let (problem, draws, allocation) = centered(10, 1000, 2);
    let exploration = tried(&problem, &allocation, &draws, 0.1, 999);
    assert_eq!(exploration.draws_valued, 64);
    assert_eq!(exploration, tried(&problem, &allocation, &draws, 0.1, 999));
}

#[test]
fn items_with_a_minimum_are_off_or_above_it() {
    let curves = vec![Curve::Log { a: 5.0, k: 1.0 }, Curve::Log { a: 5.0, k: 1.0 }, Curve::Log { a: 5.0, k: 1.0 }];
    let mut problem = free(curves, 12.0);
    // the allocation gives 4 each
    problem.minimum = vec![3.0, 0.0, 2.0];
    let allocation = solve(&problem);
    // the draw takes the first item off: mixed, it spends 4 (1 − share)
    let draws = Draws { count: 1, factors: vec![0.0, 1.5, 1.0] };
    for (share, first) in [(0.1, 3.6), (0.5, 3.0), (0.9, 0.0)] {
        let exploration = tried(&problem, &allocation, &draws, share, 0);
        let spend = &exploration.spend;
        assert!((exploration.unallocated + spend.iter().sum::<f64>() - 12.0).abs() <= 1e-12);
        assert!(spend[2] >= 2.0);
        if first == 3.0 {
            // on: at or above its minimum
            assert!(spend[0] >= 3.0, "{spend:?}");
        } else {
            assert!((spend[0] - first).abs() <= 1e-12, "{spend:?}");
        }
    }
}

#[test]
fn what_cannot_be_explored_is_refused() {
    let (problem, draws, allocation) = centered(5, 4, 1);
    let refuse = |problem: &Problem, allocation: &Allocation, share, draw| {
        explore(problem, allocation, &draws, share, draw, &AllocatorSettings::default()).unwrap_err()
    };
    for share in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(refuse(&problem, &allocation, share, 0), AllocateError::Unsupported(_)));
    }
    assert!(matches!(refuse(&problem, &allocation, 0.1, 4), AllocateError::Unsupported(_)));
    let mut short = allocation.clone();
    short.spend.truncate(2);
    let error = refuse(&problem, &short, 0.1, 0);
    assert_eq!(error, AllocateError::Length { field: "allocation", found: 2, items: 5 });
    let wrong = Problem { goal: Goal::Volume { response: 1.0 }, ..problem };
    assert!(matches!(refuse(&wrong, &allocation, 0.1, 0), AllocateError::Unsupported(_)));
}
