#![allow(clippy::suboptimal_flops)] // tests are written for the reader

use super::*;
use crate::response::Headroom;
use approx::assert_relative_eq;

/// Central differences with a step of 1e-6 are good to about its square and 1e-16 over it.
const DIFFERENCE: f64 = 1e-6;
/// Inverse after slope: a few roundings, magnified where the slope hardly depends on the spend.
const INVERSE: f64 = 1e-8;

const SCALES: [f64; 5] = [1e-12, 1e-6, 1.0, 1e6, 1e12];

/// One of each smooth family and shape, `a` and `k` given.
fn smooth(a: f64, k: f64) -> Vec<Curve> {
    let mut curves = vec![Curve::Exp { a, k }, Curve::Log { a, k }];
    curves.extend([0.05, 0.3, 0.7, 0.99].map(|h| Curve::Power { a, k, h }));
    curves.extend([0.05, 0.3, 0.7, 0.99, 1.0, 1.5, 4.0].map(|h| Curve::Hill { a, k, h }));
    curves
}

fn points(list: &[(f64, f64)]) -> Curve {
    Curve::Points(list.into())
}

fn each(test: impl Fn(&Curve, f64)) {
    for a in SCALES {
        for k in SCALES {
            for curve in smooth(a, k) {
                for ratio in [1e-9, 1e-4, 0.03, 0.5, 1.0, 3.0, 20.0] {
                    test(&curve, ratio * k);
                }
            }
        }
    }
}

#[test]
fn nothing_comes_from_nothing() {
    for curve in smooth(3.0, 7.0).iter().chain(&[points(&[(1.0, 2.0)]), points(&[(0.0, 0.0), (1.0, 2.0)])]) {
        assert_eq!(curve.value(0.0), 0.0, "{curve:?}");
    }
}

#[test]
fn more_spend_never_brings_less() {
    each(|curve, x| {
        assert!(curve.value(1.1 * x) >= curve.value(x), "{curve:?} at {x}");
        assert!(curve.marginal(x) >= 0.0, "{curve:?} at {x}");
    });
}

#[test]
fn concave_curves_have_falling_slopes() {
    each(|curve, x| {
        if curve.is_concave() {
            let (here, further) = (curve.marginal(x), curve.marginal(1.1 * x));
            assert!(further <= here * (1.0 + 1e-14), "{curve:?} at {x}: {here} then {further}");
        }
    });
    assert!(!Curve::Hill { a: 1.0, k: 1.0, h: 1.01 }.is_concave());
    assert!(points(&[(1.0, 2.0), (2.0, 3.0), (3.0, 3.0)]).is_concave());
    assert!(!points(&[(1.0, 1.0), (2.0, 3.0)]).is_concave());
}

#[test]
fn marginal_is_the_slope_of_the_value() {
    each(|curve, x| {
        let step = DIFFERENCE * x;
        let difference = (curve.value(x + step) - curve.value(x - step)) / (2.0 * step);
        // where the curve is flat to rounding the difference says nothing
        let noise = 1e-9 * curve.value(x) / x;
        assert!((difference - curve.marginal(x)).abs() <= 1e-8 * difference + noise, "{curve:?} at {x}");
    });
}

#[test]
fn spend_at_marginal_inverts_the_marginal() {
    each(|curve, x| {
        let s_shaped = matches!(curve, Curve::Hill { h, .. } if *h > 1.0);
        // left of the inflection the largest spend with this slope is another one
        let Curve::Hill { k, .. } = curve else {
            let far_in = matches!(curve, Curve::Exp { k, .. } | Curve::Log { k, .. } if x < 1e-3 * k);
            if !far_in {
                assert_relative_eq!(curve.spend_at_marginal(curve.marginal(x)), x, max_relative = INVERSE);
            }
            return;
        };
        let hyperbola = matches!(curve, Curve::Hill { h, .. } if (*h - 1.0).abs() < 0.02);
        if (s_shaped && x < *k) || (hyperbola && x < 1e-3 * k) {
            return;
        }
        assert_relative_eq!(curve.spend_at_marginal(curve.marginal(x)), x, max_relative = INVERSE);
    });
}

#[test]
fn spend_at_marginal_is_the_largest_of_two() {
    let curve = Curve::Hill { a: 5.0, k: 10.0, h: 3.0 };
    for x in [0.5, 2.0, 6.0] {
        let price = curve.marginal(x);
        let spend = curve.spend_at_marginal(price);
        assert!(spend > x);
        assert_relative_eq!(curve.marginal(spend), price, max_relative = 1e-12);
    }
    assert_eq!(curve.spend_at_marginal(1e9), 0.0);
}

#[test]
fn prices_beyond_the_curve_give_nothing_and_zero_gives_everything() {
    for curve in smooth(3.0, 7.0) {
        assert_eq!(curve.spend_at_marginal(0.0), f64::INFINITY);
        assert_eq!(curve.spend_at_marginal(-1.0), f64::INFINITY);
        assert!(curve.spend_at_marginal(1e300) <= 1e-100, "{curve:?}");
        assert_eq!(curve.scaled(0.0).spend_at_marginal(1e-3), 0.0, "{curve:?}");
        assert_eq!(curve.scaled(0.0).marginal(0.0), 0.0, "{curve:?}");
        assert!(curve.value(1e-310).is_finite() && curve.value(1e300).is_finite());
    }
}

#[test]
fn an_elasticity_of_one_is_a_straight_line() {
    let curve = Curve::Power { a: 6.0, k: 2.0, h: 1.0 };
    assert_eq!(curve.marginal(0.0), 3.0);
    assert_eq!(curve.marginal(1e9), 3.0);
    assert_eq!(curve.value(5.0), 15.0);
    assert_eq!(curve.spend_at_marginal(3.0), f64::INFINITY);
    assert_eq!(curve.spend_at_marginal(3.0 + 1e-12), 0.0);
}

#[test]
fn points_start_at_the_origin_and_end_flat() {
    let curve = points(&[(10.0, 20.0), (20.0, 30.0)]);
    assert_eq!(curve.value(5.0), 10.0);
    assert_eq!(curve.value(15.0), 25.0);
    assert_eq!(curve.value(20.0), 30.0);
    assert_eq!(curve.value(1e9), 30.0);
    assert_eq!(curve.marginal(0.0), 2.0);
    assert_eq!(curve.marginal(10.0), 1.0, "at a point the slope to its right");
    assert_eq!(curve.marginal(20.0), 0.0);
    assert_eq!(curve.spend_at_marginal(1.5), 10.0);
    assert_eq!(curve.spend_at_marginal(1.0), 20.0);
    assert_eq!(curve.spend_at_marginal(2.5), 0.0);
    assert_eq!(points(&[(0.0, 0.0)]).value(7.0), 0.0);
    assert_eq!(points(&[(0.0, 0.0)]).marginal(0.0), 0.0);
}

#[test]
fn scaling_multiplies_the_response() {
    for curve in smooth(3.0, 7.0).into_iter().chain([points(&[(1.0, 2.0), (4.0, 5.0)])]) {
        assert_relative_eq!(curve.scaled(2.0).value(2.5), 2.0 * curve.value(2.5), max_relative = 1e-15);
        assert_relative_eq!(curve.scaled(2.0).marginal(2.5), 2.0 * curve.marginal(2.5), max_relative = 1e-15);
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        for curve in smooth(bad, 1.0).into_iter().chain(smooth(1.0, bad)).chain(smooth(1.0, 0.0)) {
            assert!(matches!(curve.validate(), Err(CurveError::Parameter { .. })), "{curve:?}");
        }
        assert!(Curve::Hill { a: 1.0, k: 1.0, h: bad }.validate().is_err());
        assert!(points(&[(bad, 1.0)]).validate().is_err());
        assert!(points(&[(1.0, bad)]).validate().is_err());
    }
    let convex = Curve::Power { a: 1.0, k: 1.0, h: 1.1 }.validate().unwrap_err();
    assert_eq!(convex.to_string(), "power: `h` is 1.1, and must be above 0 and at most 1");
    assert!(convex.hint().unwrap().contains("hill"));
    for curve in smooth(0.0, 1.0).into_iter().chain(smooth(1.0, 1.0)) {
        assert_eq!(curve.validate(), Ok(()));
    }
}

#[test]
fn points_out_of_order_are_refused() {
    let refused = |list: &[(f64, f64)]| points(list).validate().unwrap_err();
    assert_eq!(refused(&[]), CurveError::NoPoints);
    assert_eq!(refused(&[(1.0, 1.0), (1.0, 2.0)]), CurveError::SpendOrder { point: 2, spend: 1.0 });
    assert_eq!(refused(&[(1.0, 2.0), (2.0, 1.0)]), CurveError::ResponseFalls { point: 2, response: 1.0 });
    assert_eq!(refused(&[(0.0, 2.0), (2.0, 3.0)]), CurveError::ResponseWithoutSpend { response: 2.0 });
    for error in [refused(&[]), refused(&[(1.0, 1.0), (1.0, 2.0)]), refused(&[(1.0, 2.0), (2.0, 1.0)])] {
        assert!(error.hint().is_some());
    }
    assert_eq!(points(&[(0.0, 0.0), (1.0, 1.0), (2.0, 1.0)]).validate(), Ok(()));
}

/// Curves as headroom makes them, one of each kind of joint.
fn bent() -> Vec<(Curve, Headroom)> {
    let today = (12.0, 30.0);
    let room = |straight, ceiling, caution| Headroom {
        spend: today.0,
        clicks: today.1,
        straight,
        ceiling: [ceiling; 2],
        seen: 1.5,
        caution,
    };
    [
        room(None, f64::INFINITY, 0.2),
        room(None, 1.0, 0.2),
        room(None, 1.2, 0.2),
        room(None, 4.0, 0.9),
        room(Some(1.0), 4.0, 0.1),
        room(Some(1.2), f64::INFINITY, 0.1),
        room(Some(1.3), 1.3, 0.1),
        room(Some(2.0), 5.0, 0.1),
    ]
    .map(|room| (room.curve(0.6, room.point()), room))
    .to_vec()
}

#[test]
fn bent_curves_are_sound_and_go_through_today() {
    for (curve, room) in bent() {
        assert_eq!(curve.validate(), Ok(()), "{room:?}");
        assert!(curve.is_concave());
        assert_relative_eq!(curve.value(12.0), 30.0, max_relative = 1e-14);
        assert!(curve.value(1e9) <= 30.0 * room.point() * (1.0 + 1e-12), "{room:?}");
        assert_eq!((curve.value(0.0), curve.scaled(2.0).value(20.0)), (0.0, 2.0 * curve.value(20.0)));
        // every search is reached at the spend that says so, and not before
        let full = room.full_spend(0.6);
        if full.is_finite() {
            assert_relative_eq!(curve.value(full), 30.0 * room.point(), max_relative = 1e-12);
            assert!(full <= 12.0 || curve.value(0.99 * full) < curve.value(full));
            assert_eq!((curve.marginal(full), curve.value(2.0 * full)), (0.0, curve.value(full)));
        }
    }
}

#[test]
fn bent_curves_fall_in_slope_and_invert_it() {
    for (curve, room) in bent() {
        let spends: Vec<f64> = (1..400).map(|step| 0.2 * f64::from(step)).collect();
        for pair in spends.windows(2) {
            assert!(curve.value(pair[1]) >= curve.value(pair[0]), "{room:?} at {pair:?}");
            assert!(curve.marginal(pair[1]) <= curve.marginal(pair[0]) * (1.0 + 1e-14), "{room:?} at {pair:?}");
        }
        for price in [1e-3, 0.3, 0.8, 1.2, 1.6, 2.4, 2.6, 5.0, 80.0] {
            let spend = curve.spend_at_marginal(price);
            // at the answer the slope is the price, or jumps across it
            let (before, after) = (curve.marginal(spend * (1.0 - 1e-9)), curve.marginal(spend * (1.0 + 1e-9)));
            assert!(spend == 0.0 || before >= price * (1.0 - INVERSE), "{room:?} at {price}: {spend} {before}");
            assert!(spend == f64::INFINITY || after <= price * (1.0 + INVERSE), "{room:?} at {price}: {spend} {after}");
        }
    }
}

#[test]
fn stretches_that_do_not_fit_are_refused() {
    let stretch = |a: f64, k: f64, h: f64, to: f64| Stretch { a, k, h, to };
    let refused = |stretches: &[Stretch], wanted: &str| {
        let fault = Curve::Bent(stretches.into()).validate();
        assert!(matches!(fault, Err(CurveError::Parameter { parameter, .. }) if parameter == wanted), "{fault:?}");
    };
    refused(&[stretch(1.0, 1.0, 0.5, 1.0), stretch(1.0, 1.0, 0.6, 2.0)], "h");
    refused(&[stretch(1.0, 1.0, 0.5, 1.0), stretch(1.1, 1.0, 0.4, 2.0)], "a");
    refused(&[stretch(1.0, 1.0, 0.5, 1.0), stretch(1.0, 1.0, 0.4, 1.0)], "to");
    refused(&[stretch(1.0, 0.0, 0.5, 1.0)], "k");
    assert_eq!(Curve::Bent([].into()).validate(), Err(CurveError::NoPoints));
}
