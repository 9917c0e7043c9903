use super::*;
use crate::response::{Headroom, Stretch};
use proptest::prelude::*;

/// Plans of the same problem in other units agree but for rounding in the units themselves.
const UNITS: f64 = 1e-9;

/// Any way in which a curve may go on from today.
fn headroom() -> impl Strategy<Value = Headroom> {
    let straight = prop_oneof![Just(None), (1.0..3.0).prop_map(Some)];
    let ceiling = prop_oneof![Just(f64::INFINITY), Just(1.0), 1.0..10.0];
    let room = |(straight, ceiling, seen, caution)| Headroom {
        spend: 1.0,
        clicks: 1.0,
        straight,
        ceiling: [ceiling; 2],
        seen,
        caution,
    };
    (straight, ceiling, 1.0..4.0, 0.0..0.5).prop_map(room)
}

pub(super) fn curve() -> impl Strategy<Value = Curve> {
    let a = prop_oneof![Just(0.0), 1e-2..1e3];
    let k = 1e-2..1e3;
    let increments = prop::collection::vec((0.1..10.0, 0.0..10.0), 1..6);
    prop_oneof![
        (a.clone(), k.clone(), 0.1..1.0).prop_map(|(a, k, h)| Curve::Hill { a, k, h }),
        (a.clone(), k.clone()).prop_map(|(a, k)| Curve::Hill { a, k, h: 1.0 }),
        (a.clone(), k.clone()).prop_map(|(a, k)| Curve::Exp { a, k }),
        (a.clone(), k.clone(), 0.05..=1.0).prop_map(|(a, k, h)| Curve::Power { a, k, h }),
        (a.clone(), k.clone()).prop_map(|(a, k)| Curve::Log { a, k }),
        (a, k, headroom(), 0.1..1.0)
            .prop_map(|(clicks, spend, room, h)| Headroom { spend, clicks, ..room }.curve(h, room.point())),
        increments.prop_map(|mut pieces: Vec<(f64, f64)>| {
            // steepest pieces first: a concave curve
            pieces.sort_by(|p, q| (q.1 / q.0).total_cmp(&(p.1 / p.0)));
            let mut at = (0.0, 0.0);
            let climb = |(spend, response)| {
                at = (at.0 + spend, at.1 + response);
                at
            };
            Curve::Points(pieces.into_iter().map(climb).collect())
        }),
    ]
}

/// Any feasible problem of concave curves, a budget between the bounds or above them.
fn concave_problem() -> impl Strategy<Value = Problem> {
    let bounds = prop_oneof![
        (0.0..5.0, 0.0..50.0).prop_map(|(lower, width)| (lower, lower + width)),
        Just((0.0, f64::INFINITY)),
        (0.0..5.0).prop_map(|fixed| (fixed, fixed)),
    ];
    let items = prop::collection::vec((curve(), bounds), 1..12);
    let floor = prop_oneof![3 => Just(0.0), 1 => 0.0..3.0];
    (items, 0.0..200.0, floor).prop_map(|(items, above, price_floor)| {
        let (curves, bounds): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        let budget = bounds.iter().map(|bounds| bounds.0).sum::<f64>() + above;
        Problem { price_floor, ..problem(curves, &bounds, budget) }
    })
}

pub(super) fn in_money_units(curve: &Curve, factor: f64) -> Curve {
    match *curve {
        Curve::Hill { a, k, h } => Curve::Hill { a, k: k * factor, h },
        Curve::Exp { a, k } => Curve::Exp { a, k: k * factor },
        Curve::Power { a, k, h } => Curve::Power { a, k: k * factor, h },
        Curve::Log { a, k } => Curve::Log { a, k: k * factor },
        Curve::Points(ref points) => Curve::Points(points.iter().map(|&(x, y)| (x * factor, y)).collect()),
        Curve::Bent(ref stretches) => {
            let moved = |stretch: &Stretch| Stretch { k: stretch.k * factor, to: stretch.to * factor, ..*stretch };
            Curve::Bent(stretches.iter().map(moved).collect())
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_problem_is_solved_within_its_limits(problem in concave_problem()) {
        // bounds, budget, certificate
        solve(&problem);
    }

    #[test]
    fn more_budget_is_never_worth_less(problem in concave_problem(), more in 0.0..50.0) {
        let before = solve(&problem).certificate.objective;
        let after = solve(&Problem { budget: problem.budget + more, ..problem }).certificate.objective;
        prop_assert!(after >= before - 1e-12 * before.abs(), "{before} then {after}");
    }

    #[test]
    fn a_tighter_bound_never_helps(problem in concave_problem(), share in 0.0..1.0, item in 0_usize..12) {
        let before = solve(&problem).certificate.objective;
        let item = item % problem.curves.len();
        let mut tighter = problem;
        let width = tighter.upper[item].min(1e3) - tighter.lower[item];
        tighter.upper[item] = tighter.lower[item] + share * width;
        let after = solve(&tighter).certificate.objective;
        prop_assert!(after <= before + 1e-12 * before.abs(), "{before} then {after}");
    }

    #[test]
    fn row_order_changes_no_byte(problem in concave_problem(), turn in 1_usize..11) {
        let allocation = solve(&problem);
        let count = problem.curves.len();
        let turn = turn % count;
        let mut turned = problem.clone();
        turned.curves.rotate_left(turn);
        turned.lower.rotate_left(turn);
        turned.upper.rotate_left(turn);
        let mut expected = allocation.spend.clone();
        expected.rotate_left(turn);
        let again = solve(&turned);
        prop_assert_eq!(again.spend, expected);
        prop_assert_eq!(again.certificate, allocation.certificate);
    }

    #[test]
    fn units_do_not_matter(problem in concave_problem(), money in -9_i32..10, response in -12_i32..13) {
        let (money, response) = (10_f64.powi(money), 10_f64.powi(response));
        let scaled = Problem {
            curves: problem.curves.iter().map(|curve| in_money_units(curve, money).scaled(response)).collect(),
            lower: problem.lower.iter().map(|bound| bound * money).collect(),
            upper: problem.upper.iter().map(|bound| bound * money).collect(),
            budget: problem.budget * money,
            price_floor: problem.price_floor * response / money,
            ..Problem::default()
        };
        let (before, after) = (solve(&problem), solve(&scaled));
        let (x, y) = (before.certificate.objective, after.certificate.objective / response);
        let size = before.response.iter().sum::<f64>() + problem.price_floor * problem.budget;
        prop_assert!((x - y).abs() <= 1e-12 * size, "{x} and {y}");
        // worthless items are tied, and rounding in the units may break ties of straight pieces
        let strict = problem.curves.iter().all(|curve| match curve {
            Curve::Power { a, h, .. } => *a > 0.0 && *h < 0.99,
            Curve::Hill { a, .. } | Curve::Exp { a, .. } | Curve::Log { a, .. } => *a > 0.0,
            Curve::Points(_) | Curve::Bent(_) => false,
        });
        if strict && before.certificate.lambda.is_some_and(|price| price > 1e-6) {
            for (x, y) in before.spend.iter().zip(&after.spend) {
                prop_assert!((x - y / money).abs() <= UNITS * problem.budget, "{x} and {y}");
            }
        }
    }

    #[test]
    fn cents_keep_bounds_and_budget(problem in concave_problem()) {
        let allocation = solve(&problem);
        let rounded = round_to_step(&problem, &allocation, 0.01);
        #[allow(clippy::cast_possible_truncation)]
        let budget = (problem.budget * 100.0 + 1e-9).floor() as i64;
        prop_assert_eq!(rounded.steps.iter().sum::<i64>() + rounded.unallocated_steps, budget);
        for at in 0..problem.curves.len() {
            if rounded.outside_bounds.binary_search(&at).is_err() {
                prop_assert!(rounded.spend[at] >= problem.lower[at] - 1e-9);
                prop_assert!(rounded.spend[at] <= problem.upper[at] + 1e-9);
            } else {
                prop_assert!(rounded.spend[at] >= problem.lower[at] - 0.01 - 1e-9);
                prop_assert!(rounded.spend[at] <= problem.upper[at] + 0.01 + 1e-9);
            }
        }
    }

    #[test]
    fn bounds_of_curves_that_are_not_concave_hold(
        shapes in prop::collection::vec((1.0..20.0, 1.0..20.0, 0.5..6.0), 3),
        budget in 1.0..60.0,
    ) {
        let curves = shapes.into_iter().map(|(a, k, h)| Curve::Hill { a, k, h }).collect();
        let problem = free(curves, budget);
        let allocation = solve(&problem);
        let best = brute_force(&problem, 40);
        prop_assert!(allocation.certificate.upper_bound >= best * (1.0 - 1e-12));
        prop_assert!(allocation.certificate.objective >= best * (1.0 - 1e-6), "{:?} {}", allocation, best);
    }
}
