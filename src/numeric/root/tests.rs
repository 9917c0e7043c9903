#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use approx::assert_relative_eq;

use super::*;

#[test]
fn root_is_found_to_the_tolerance() {
    let root = find_root(|x| x * x - 2.0, 0.0, 2.0, 1e-12).unwrap();
    assert!(root.converged && root.iterations < 20);
    assert_relative_eq!(root.x, std::f64::consts::SQRT_2, max_relative = 1e-12);
}

#[test]
fn root_at_an_end_needs_no_search() {
    let root = find_root(|x| x - 3.0, 3.0, 5.0, 1e-12).unwrap();
    assert_eq!((root.x, root.iterations, root.converged), (3.0, 0, true));
}

#[test]
fn tiny_values_of_one_sign_are_not_taken_for_a_root() {
    // the product of the two ends underflows to zero
    let error = find_root(|x| 1e-200 * (x + 1.0), 0.0, 1.0, 1e-9).unwrap_err();
    assert!(matches!(error, RootError::NotBracketed { .. }));
}

#[test]
fn bad_input_is_told_with_its_data() {
    assert_eq!(find_root(|x| x, 1.0, 1.0, 1e-9), Err(RootError::Interval { lower: 1.0, upper: 1.0 }));
    assert_eq!(find_root(|x| x, -1.0, 1.0, 0.0), Err(RootError::Tolerance { tolerance: 0.0 }));
    let error = find_root(|x| if x > 0.2 { f64::INFINITY } else { x - 0.1 }, 0.0, 1.0, 1e-9);
    assert_eq!(error, Err(RootError::NotFinite { x: 1.0, value: f64::INFINITY }));
    let gap = |x: f64| {
        if (0.4..0.6).contains(&x) { f64::INFINITY } else { x - 0.5 }
    };
    assert!(matches!(find_root(gap, 0.0, 1.0, 1e-9), Err(RootError::NotFinite { .. })));
}

#[test]
fn every_error_has_a_message_and_most_a_hint() {
    let error = find_root(|x| x + 5.0, 0.0, 1.0, 1e-9).unwrap_err();
    assert_eq!(error.to_string(), "no change of sign between 0 (value 5) and 1 (value 6)");
    assert!(error.hint().is_some_and(|hint| hint.starts_with("widen")));
}

#[test]
fn maximum_inside_and_at_an_end() {
    let inside = find_maximum(|x| -(x - 0.3) * (x - 0.3), 0.0, 1.0, 1e-8).unwrap();
    assert!(inside.converged);
    // the square root of the rounding unit is all that a flat top gives
    assert_relative_eq!(inside.x, 0.3, max_relative = 1e-7);
    let end = find_maximum(|x| x, 0.0, 2.0, 1e-8).unwrap();
    assert_eq!((end.x, end.value), (2.0, 2.0));
}
