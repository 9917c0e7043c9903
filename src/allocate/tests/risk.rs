//! Plans that weigh risk, against brute force, closed forms and themselves.

use super::risk_grid::best_on_grid;
use super::*;
use crate::numeric::stream::Stream;

/// Items of every family, with shared shocks by group and one of its own each.
pub(super) fn account(items: usize, count: usize, seed: u64) -> (Problem, Draws) {
    let mut random = Stream::new(seed, 1);
    let mut bounds = Vec::new();
    let curves = (0..items)
        .map(|item| {
            let k = 10_f64.powf(2.0 * random.uniform());
            let (a, h) = (k * (0.5 + 4.0 * random.uniform()), 0.2 + 0.7 * random.uniform());
            bounds.push((0.1 * k * random.uniform(), k * (0.5 + 4.0 * random.uniform())));
            match item % 4 {
                0 => Curve::Hill { a, k, h },
                1 => Curve::Exp { a, k },
                2 => Curve::Power { a, k, h },
                _ => Curve::Log { a, k },
            }
        })
        .collect();
    let budget = bounds.iter().map(|(lower, upper)| 0.7 * lower + 0.3 * upper).sum();
    let shocks: Vec<f64> = (0..5 * count).map(|_| random.normal()).collect();
    let mut factors = Vec::with_capacity(items * count);
    for item in 0..items {
        let own = 0.1 + 0.4 * random.uniform();
        let group = item % 5;
        let shared = 0.1 * group as f64;
        for draw in 0..count {
            let log = own * random.normal() + shared * shocks[group * count + draw];
            factors.push((log - 0.5 * (own * own + shared * shared)).exp());
        }
    }
    (problem(curves, &bounds, budget), Draws { count, factors })
}

pub(super) fn weigh(problem: &Problem, draws: &Draws, risk: Risk) -> RiskAllocation {
    let plan = allocate_with_risk(problem, draws, risk, &AllocatorSettings::default()).unwrap();
    check(problem, draws, risk, &plan);
    plan
}

/// The search stops at this share of the mean response.
pub(super) const SEARCH: f64 = 1e-6;

/// Sums of a few hundred numbers in another order.
pub(super) const SUMS: f64 = 1e-12;

/// Utility by its definition.
pub(super) fn utility(problem: &Problem, draws: &Draws, risk: Risk, spend: &[f64]) -> f64 {
    let outcome = |draw: usize| -> f64 {
        let item = |at: usize| draws.factors[at * draws.count + draw] * problem.curves[at].value(spend[at]);
        (0..spend.len()).map(|at| item(at) - problem.price_floor * spend[at]).sum()
    };
    let mut outcomes: Vec<f64> = (0..draws.count).map(outcome).collect();
    let count = draws.count as f64;
    let mean = outcomes.iter().sum::<f64>() / count;
    match risk {
        Risk::Expected => mean,
        Risk::MeanVariance { aversion } => {
            mean - 0.5 * aversion * outcomes.iter().map(|outcome| (outcome - mean).powi(2)).sum::<f64>() / count
        }
        Risk::TailMean { tail } => {
            outcomes.sort_by(f64::total_cmp);
            let mut left = (tail * count).max(1.0);
            let whole = left;
            let mut sum = 0.0;
            for outcome in outcomes {
                sum += left.min(1.0) * outcome;
                left = (left - 1.0).max(0.0);
            }
            sum / whole
        }
    }
}

/// What must hold of every plan.
fn check(problem: &Problem, draws: &Draws, risk: Risk, plan: &RiskAllocation) {
    let rounding = 1e-13 * problem.budget;
    let total: f64 = plan.spend.iter().sum();
    assert!((total + plan.unallocated - problem.budget).abs() <= rounding, "{plan:?}");
    for at in 0..problem.curves.len() {
        let spend = plan.spend[at];
        assert!(spend >= problem.lower[at] && spend <= problem.upper[at], "item {at} of {plan:?}");
    }
    let size: f64 = plan.response.iter().sum();
    let own = utility(problem, draws, risk, &plan.spend);
    assert!((own - plan.utility).abs() <= SUMS * size, "{own} of {plan:?}");
    let expected = utility(problem, draws, risk, &plan.expected_spend);
    assert!(plan.utility >= expected - SUMS * size, "{expected} of {plan:?}");
    assert!(plan.upper_bound >= plan.utility && plan.relative_gap >= 0.0);
    assert!(plan.expected_outlook.mean >= plan.outlook.mean - SUMS * size);
    assert!(plan.outlook.tail_mean <= plan.outlook.mean + SUMS * size);
}

pub(super) fn few_draws() -> Draws {
    let factors = vec![1.6, 0.2, 1.4, 0.8, 0.5, 1.5, 0.9, 1.1, 1.3, 1.2, 0.1, 1.4];
    Draws { count: 4, factors }
}

pub(super) const RISKS: [Risk; 6] = [
    Risk::TailMean { tail: 0.1 },
    Risk::TailMean { tail: 0.5 },
    Risk::TailMean { tail: 0.6 },
    Risk::MeanVariance { aversion: 0.05 },
    Risk::MeanVariance { aversion: 1.0 },
    Risk::Expected,
];

#[test]
fn a_hedge_is_balanced_to_the_same_response() {
    let problem = free(vec![Curve::Log { a: 1.0, k: 1.0 }, Curve::Log { a: 2.0, k: 1.0 }], 4.0);
    let draws = Draws { count: 2, factors: vec![2.0, 0.0, 0.0, 2.0] };
    // ln(1 + x) = 2 ln(1 + y), x + y = 4
    let plan = weigh(&problem, &draws, Risk::TailMean { tail: 0.5 });
    assert!((plan.utility - 2.0 * 4.0_f64.ln()).abs() <= SEARCH * 4.0);
    assert!((plan.spend[0] - 3.0).abs() < 1e-4 && (plan.spend[1] - 1.0).abs() < 1e-4, "{plan:?}");
}

#[test]
fn aversion_stops_spending_where_variance_costs_more_than_the_mean_brings() {
    let problem = free(vec![Curve::Exp { a: 10.0, k: 1.0 }], 50.0);
    let draws = Draws { count: 2, factors: vec![0.5, 1.5] };
    // y − aversion/2 · y²/4 is highest at y = 4/aversion
    let plan = weigh(&problem, &draws, Risk::MeanVariance { aversion: 1.0 });
    assert!((plan.response[0] - 4.0).abs() < 1e-2, "{plan:?}");
    assert!((plan.utility - 2.0).abs() <= SEARCH * 4.0);
    assert!(plan.unallocated > 49.0);
}

#[test]
fn without_risk_to_weigh_the_plan_is_the_expected_one() {
    let (problem, draws) = account(60, 40, 5);
    let expected = weigh(&problem, &draws, Risk::Expected);
    assert_eq!(expected.spend, expected.expected_spend);
    assert!(expected.relative_gap <= GAP);
    for risk in [Risk::TailMean { tail: 1.0 }, Risk::MeanVariance { aversion: 0.0 }] {
        assert_eq!(weigh(&problem, &draws, risk).spend, expected.spend);
    }
    // a vanishing risk moves the utility by as little
    let nearly = weigh(&problem, &draws, Risk::TailMean { tail: 1.0 - 1e-9 });
    assert!((nearly.utility - expected.utility).abs() <= SEARCH * expected.utility);
    let nearly = weigh(&problem, &draws, Risk::MeanVariance { aversion: 1e-12 });
    assert!((nearly.utility - expected.utility).abs() <= SEARCH * expected.utility);

    let certain = Draws { count: 40, factors: vec![1.0; 60 * 40] };
    let plain = allocate(&problem, &AllocatorSettings::default()).unwrap();
    for risk in RISKS {
        let plan = weigh(&problem, &certain, risk);
        assert_eq!(plan.iterations, 1);
        // the mean of forty ones is one to rounding
        for (a, b) in plan.spend.iter().zip(&plain.spend) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + a), "{a} {b}");
        }
        assert!(plan.outlook.deviation <= 1e-12 * plan.outlook.mean);
    }
}

#[test]
fn gaps_are_small_after_few_weightings_and_no_plan_beats_the_bound() {
    let mut random = Stream::new(9, 9);
    for (items, count, seed) in [(8, 30, 1), (40, 100, 2), (200, 60, 3)] {
        let (mut problem, mut draws) = account(items, count, seed);
        if seed == 2 {
            // straight pieces and wild draws: kinks in the bound
            for (at, curve) in problem.curves.iter_mut().enumerate() {
                let spends = (1..6).map(|part| problem.upper[at] * f64::from(part) / 5.0);
                *curve = Curve::Points(spends.map(|spend| (spend, curve.value(spend))).collect());
            }
            draws.factors.iter_mut().for_each(|factor| *factor = factor.powi(3));
        }
        for risk in [Risk::TailMean { tail: 0.1 }, Risk::TailMean { tail: 0.03 }, Risk::MeanVariance { aversion: 1e-3 }]
        {
            let plan = weigh(&problem, &draws, risk);
            assert!(plan.relative_gap <= 1e-5 && plan.iterations <= 100, "{risk:?} {plan:?}");
            let size: f64 = plan.response.iter().sum();
            for _ in 0..30 {
                // towards a random corner: all plans below keep the limits
                let shares: Vec<f64> = (0..items).map(|_| random.uniform()).collect();
                let wanted: f64 = (0..items).map(|at| shares[at] * (problem.upper[at] - problem.lower[at])).sum();
                let free = problem.budget - problem.lower.iter().sum::<f64>();
                let part = (free / wanted).min(1.0);
                let toward = random.uniform();
                let other: Vec<f64> = (0..items)
                    .map(|at| {
                        let corner = problem.lower[at] + part * shares[at] * (problem.upper[at] - problem.lower[at]);
                        plan.spend[at] + toward.powi(4) * (corner - plan.spend[at])
                    })
                    .collect();
                let other = utility(&problem, &draws, risk, &other);
                assert!(other <= plan.upper_bound + SUMS * size, "{risk:?}: {other} above {plan:?}");
            }
        }
    }
}

#[test]
fn a_search_cut_short_says_so_and_its_bound_holds() {
    let (problem, draws) = account(200, 200, 4);
    for risk in [Risk::TailMean { tail: 0.05 }, Risk::MeanVariance { aversion: 0.01 }] {
        let best = weigh(&problem, &draws, risk).utility;
        let mut gap = f64::INFINITY;
        for max_weightings in 0..5 {
            let settings = AllocatorSettings { max_weightings, ..AllocatorSettings::default() };
            let plan = allocate_with_risk(&problem, &draws, risk, &settings).unwrap();
            check(&problem, &draws, risk, &plan);
            let close = plan.relative_gap <= 1e-4;
            assert_eq!(plan.status == AllocationStatus::IterationLimit, !close, "{plan:?}");
            assert!(max_weightings > 2 || !close);
            assert!(plan.iterations <= max_weightings.max(1));
            assert!(plan.upper_bound >= best && plan.relative_gap <= gap);
            gap = plan.relative_gap;
        }
    }
}

#[test]
fn s_curves_keep_an_honest_gap() {
    let curves = vec![
        Curve::Hill { a: 20.0, k: 3.0, h: 3.0 },
        Curve::Hill { a: 18.0, k: 4.0, h: 2.5 },
        Curve::Log { a: 6.0, k: 2.0 },
    ];
    let problem = problem(curves, &[(0.0, 9.0), (0.0, 9.0), (0.0, 9.0)], 10.0);
    for risk in RISKS {
        let plan = weigh(&problem, &few_draws(), risk);
        let best = best_on_grid(&problem, &few_draws(), risk, 50);
        let size: f64 = plan.response.iter().sum();
        assert!(plan.upper_bound >= best - SUMS * size, "{risk:?}: {best} above {plan:?}");
        // three items are the worst case: a single one off its envelope counts
        assert!(plan.utility >= 0.97 * best, "{risk:?}: {best} against {plan:?}");
    }
}

#[test]
fn row_order_and_threads_change_no_byte() {
    let (problem, draws) = account(3000, 50, 6);
    for risk in [Risk::TailMean { tail: 0.1 }, Risk::MeanVariance { aversion: 1e-3 }] {
        let plan = weigh(&problem, &draws, risk);
        let (mut turned, mut turned_draws) = (problem.clone(), draws.clone());
        turned.curves.rotate_left(1234);
        turned.lower.rotate_left(1234);
        turned.upper.rotate_left(1234);
        turned_draws.factors.rotate_left(1234 * 50);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let mut again = pool.install(|| weigh(&turned, &turned_draws, risk));
        for vector in [&mut again.spend, &mut again.response, &mut again.expected_spend] {
            vector.rotate_right(1234);
        }
        assert!(again == plan);
    }
}

#[test]
fn the_order_of_the_draws_changes_nothing_beyond_the_gap() {
    let (problem, draws) = account(50, 40, 7);
    for risk in [Risk::TailMean { tail: 0.1 }, Risk::MeanVariance { aversion: 1e-3 }] {
        let plan = weigh(&problem, &draws, risk);
        let mut turned = draws.clone();
        turned.factors.chunks_exact_mut(40).for_each(<[f64]>::reverse);
        let again = weigh(&problem, &turned, risk);
        let size: f64 = plan.response.iter().sum();
        assert!((again.utility - plan.utility).abs() <= SEARCH * size);
        assert!((again.upper_bound - plan.upper_bound).abs() <= SEARCH * size);
    }
}

#[test]
fn units_do_not_matter() {
    let (problem, draws) = account(50, 40, 8);
    for (money, response) in [(1.0, 1e-6), (1.0, 1e6), (1e-6, 1.0), (1e6, 1e-6)] {
        let mut scaled = problem.clone();
        for curve in &mut scaled.curves {
            if let Curve::Hill { k, .. } | Curve::Exp { k, .. } | Curve::Power { k, .. } | Curve::Log { k, .. } = curve
            {
                *k *= money;
            }
            *curve = curve.scaled(response);
        }
        scaled.budget *= money;
        for bounds in [&mut scaled.lower, &mut scaled.upper] {
            *bounds = bounds.iter().map(|bound| bound * money).collect();
        }
        for (risk, same) in [
            (Risk::TailMean { tail: 0.1 }, Risk::TailMean { tail: 0.1 }),
            (Risk::MeanVariance { aversion: 1e-3 }, Risk::MeanVariance { aversion: 1e-3 / response }),
        ] {
            let (plan, again) = (weigh(&problem, &draws, risk), weigh(&scaled, &draws, same));
            let size: f64 = plan.response.iter().sum();
            assert!((again.utility / response - plan.utility).abs() <= SEARCH * size, "{again:?}");
        }
    }
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let (problem, draws) = account(4, 3, 1);
    let refuse = |problem: &Problem, draws: &Draws, risk| {
        allocate_with_risk(problem, draws, risk, &AllocatorSettings::default()).unwrap_err()
    };
    for tail in [0.0, -0.1, 1.1, f64::NAN] {
        assert!(matches!(refuse(&problem, &draws, Risk::TailMean { tail }), AllocateError::Unsupported(_)));
    }
    for aversion in [-1.0, f64::NAN, f64::INFINITY] {
        let error = refuse(&problem, &draws, Risk::MeanVariance { aversion });
        assert!(matches!(error, AllocateError::Value { field: "aversion", .. }));
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let mut wrong = draws.clone();
        wrong.factors[7] = bad;
        let error = refuse(&problem, &wrong, Risk::Expected);
        assert!(matches!(error, AllocateError::Bound { item: 2, field: "factors", .. }));
    }
    let short = Draws { count: 3, factors: vec![1.0; 11] };
    let error = refuse(&problem, &short, Risk::Expected);
    assert_eq!(error, AllocateError::Length { field: "factors", found: 11, items: 4 });
    assert!(matches!(refuse(&problem, &Draws::default(), Risk::Expected), AllocateError::Unsupported(_)));
    let mut wrong = problem.clone();
    wrong.lower.truncate(2);
    assert!(matches!(refuse(&wrong, &draws, Risk::Expected), AllocateError::Length { field: "lower", .. }));
    let wrong = Problem { goal: Goal::Volume { response: 1.0 }, ..problem };
    assert!(matches!(refuse(&wrong, &draws, Risk::Expected), AllocateError::Unsupported(_)));
}

#[test]
fn nothing_to_earn_is_no_failure() {
    let problem = free(vec![Curve::Log { a: 0.0, k: 1.0 }; 3], 5.0);
    for risk in RISKS {
        let plan = weigh(&problem, &few_draws(), risk);
        assert_eq!((plan.utility, plan.upper_bound, plan.relative_gap), (0.0, 0.0, 0.0));
    }
    let none = weigh(&free(Vec::new(), 0.0), &Draws { count: 2, factors: Vec::new() }, Risk::TailMean { tail: 0.1 });
    assert!(none.spend.is_empty());
}
