#![allow(clippy::unreadable_literal, clippy::excessive_precision)] // as the generator printed them
#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use approx::assert_relative_eq;

use super::*;

/// Two units in the last place, and the rounding of the argument in the tail.
const RELATIVE: f64 = 4e-15;

/// Logarithms that are differences: an absolute error is a relative one of the density.
const ABSOLUTE: f64 = 1e-14;

// mpmath, 40 digits, rounded to 20
const LN_GAMMA: [[f64; 2]; 9] = [
    [1e-09, 20.7232658363691954],
    [0.01, 4.5994798780420217],
    [0.5, 0.572364942924700087],
    [1.7, -0.0958076974070658738],
    [5.25, 3.56137591038669694],
    [9.999, 12.7995757800774137],
    [10.0, 12.8018274800814696],
    [123.4, 469.336097442190586],
    [30000000.0, 486501230.499377451],
];
const DIGAMMA: [[f64; 2]; 5] = [
    [0.01, -100.560885457868672],
    [0.5, -1.96351002602142348],
    [2.5, 0.703156640645243187],
    [40.0, 3.67632737403484313],
    [100000000.0, 18.4206807389523655],
];
const LN_BETA: [[f64; 3]; 8] = [
    [0.01, 0.01, 5.29815523998566745],
    [0.01, 100000000.0, 4.41527307065199804],
    [0.5, 3.0, 0.0645385211375711717],
    [2.0, 100000.0, -23.0258609298904572],
    [40.0, 30000000.0, -582.036583324402309],
    [9.0, 11.0, -13.6308687113787285],
    [100000000.0, 100000000.0, -138629444.056817309],
    [100000000.0, 0.001, 6.8887582046448963],
];
const NORMAL: [[f64; 2]; 12] = [
    [-30.0, 4.90671392714818706e-198],
    [-9.0, 1.12858840595384065e-19],
    [-5.7, 5.99037140106352819e-9],
    [-4.0, 0.0000316712418331199213],
    [-2.0, 0.0227501319481792072],
    [-1.2, 0.115069670221708277],
    [-0.8, 0.211855398583396673],
    [-0.6, 0.274253117750073588],
    [-0.5, 0.308537538725986896],
    [-0.1, 0.460172162722971016],
    [0.3, 0.617911422188952633],
    [2.5, 0.993790334674223865],
];
const STIRLING: [[f64; 2]; 4] = [
    [0.3, 0.236064900748215588],
    [9.5, 0.00876870013413938546],
    [10.0, 0.00833056343336287126],
    [1000000.0, 8.33333333333305556e-8],
];

#[test]
fn gamma_functions_match_the_reference() {
    for [x, expected] in LN_GAMMA {
        assert_relative_eq!(ln_gamma(x), expected, max_relative = RELATIVE, epsilon = ABSOLUTE);
    }
    for [x, expected] in DIGAMMA {
        assert_relative_eq!(digamma(x), expected, max_relative = 10.0 * RELATIVE);
    }
    for [x, expected] in STIRLING {
        // below 10 it is what ln_gamma leaves, so absolute
        assert_relative_eq!(stirling_error(x), expected, max_relative = RELATIVE, epsilon = ABSOLUTE);
    }
}

#[test]
fn ln_beta_keeps_its_digits_where_one_argument_is_far_larger() {
    for [a, b, expected] in LN_BETA {
        assert_relative_eq!(ln_beta(a, b), expected, max_relative = RELATIVE, epsilon = ABSOLUTE);
        assert_relative_eq!(ln_beta(a, b), ln_beta(b, a));
    }
}

#[test]
fn normal_tails_match_the_reference() {
    for [z, expected] in NORMAL {
        // an error of one unit in the exponent z²/2 counts z²/2 times
        let tolerance = RELATIVE * (1.0 + z * z / 10.0);
        assert_relative_eq!(normal_cdf(z), expected, max_relative = tolerance);
    }
}

#[test]
fn normal_quantile_inverts_the_distribution_function() {
    for p in [1e-300, 1e-100, 1e-20, 1e-10, 1e-4, 0.01, 0.05, 0.2, 0.3, 0.4, 0.5] {
        let z = normal_quantile(p);
        assert_relative_eq!(normal_cdf(z), p, max_relative = RELATIVE * (1.0 + z * z / 5.0));
        assert_relative_eq!(normal_quantile(1.0 - p), -normal_quantile(1.0 - (1.0 - p)), max_relative = 1e-12);
    }
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_quantile(1.0), f64::INFINITY);
    assert!(normal_quantile(-0.1).is_nan() && normal_quantile(f64::NAN).is_nan());
}

#[test]
fn deviance_is_exact_near_and_far() {
    // u ln(u/v) + v - u at u = 100: mpmath
    assert_relative_eq!(deviance(100.0, 100.000_1, 0.000_1), 4.999_996_666_669_166_7e-11, max_relative = 1e-9);
    assert_relative_eq!(deviance(100.0, 200.0, 100.0), 100.0 - 100.0 * std::f64::consts::LN_2, max_relative = RELATIVE);
    assert_eq!(deviance(100.0, 0.0, -100.0), f64::INFINITY);
    assert_eq!(deviance(7.0, 7.0, 0.0), 0.0);
}

#[test]
fn scaled_error_function_is_continuous_where_its_formulas_meet() {
    for x in [0.468_75, 4.0] {
        let next = erfc_scaled(x * (1.0 + 1e-15));
        assert_relative_eq!(erfc_scaled(x), next, max_relative = RELATIVE);
    }
}
