use super::*;

/// Distance in units in the last place.
fn ulps(a: f64, b: f64) -> u64 {
    // for doubles of one sign the bits count up with the size
    a.to_bits().abs_diff(b.to_bits())
}

/// Numbers spread over all exponents from `from` to `to`, both above zero.
fn spread(from: f64, to: f64, count: u32) -> impl Iterator<Item = f64> {
    let (low, high) = (from.ln(), to.ln());
    (0..=count).map(move |at| ((high - low) * f64::from(at) / f64::from(count) + low).exp())
}

/// What the exponential may be off; the standard library's own is within one.
const EXP: u64 = 2;
/// The same for the logarithm.
const LN: u64 = 2;

#[test]
fn exp_is_right_over_its_whole_range() {
    for at in -708_300..=709_700 {
        let x = f64::from(at) * 1e-3 + 1.23e-7;
        assert!(ulps(exp(x), x.exp()) <= EXP, "e^{x}: {} {}", exp(x), x.exp());
    }
    for x in spread(1e-300, 1.0, 100_000) {
        assert!(ulps(exp(x), x.exp()) <= EXP && ulps(exp(-x), (-x).exp()) <= EXP, "e^±{x}");
    }
}

#[test]
fn exp_fades_to_zero_through_numbers_without_leading_digit() {
    for at in 0..=3_700 {
        let x = -708.3 - f64::from(at) * 1e-2;
        assert!((exp(x) - x.exp()).abs() <= 2.0 * f64::from_bits(1) + 2.0 * f64::EPSILON * x.exp(), "e^{x}");
    }
    assert_eq!(exp(-746.0), 0.0);
    assert_eq!(exp(f64::NEG_INFINITY), 0.0);
}

#[test]
fn exp_knows_its_special_values() {
    assert_eq!(exp(0.0), 1.0);
    assert_eq!(exp(-0.0), 1.0);
    assert_eq!(exp(710.0), f64::INFINITY);
    assert_eq!(exp(f64::INFINITY), f64::INFINITY);
    assert!(exp(709.78).is_finite());
    assert!(exp(f64::NAN).is_nan());
}

#[test]
fn exp_m1_is_right_near_zero_and_far_below() {
    for x in spread(1e-300, 750.0, 300_000) {
        assert!(ulps(exp_m1(-x), (-x).exp_m1()) <= EXP, "{x}: {} {}", exp_m1(-x), (-x).exp_m1());
    }
    assert_eq!(exp_m1(0.0), 0.0);
    assert_eq!(exp_m1(f64::NEG_INFINITY), -1.0);
    assert!(exp_m1(f64::NAN).is_nan());
}

#[test]
fn ln_is_right_over_its_whole_range() {
    for x in spread(1e-307, 1e308, 1_000_000).chain(spread(0.5, 2.0, 1_000_000)) {
        let expected = x.ln();
        assert!(ulps(ln(x), expected) <= LN, "ln {x}: {} {expected}", ln(x));
    }
    // next to one, where the logarithm is as small as it gets
    for step in 1..1000_u64 {
        let (above, below) = (f64::from_bits(1.0_f64.to_bits() + step), f64::from_bits(1.0_f64.to_bits() - step));
        assert!(ulps(ln(above), above.ln()) <= LN && ulps(ln(below), below.ln()) <= LN, "{step}");
    }
}

#[test]
fn ln_knows_its_special_values() {
    assert_eq!(ln(1.0), 0.0);
    assert_eq!(ln(0.0), f64::NEG_INFINITY);
    assert_eq!(ln(-0.0), f64::NEG_INFINITY);
    assert_eq!(ln(f64::INFINITY), f64::INFINITY);
    assert!(ulps(ln(f64::MAX), f64::MAX.ln()) <= LN);
    for small in [f64::from_bits(1), 1e-310, f64::MIN_POSITIVE] {
        assert!(ulps(ln(small), small.ln()) <= LN, "{small}");
    }
    for none in [-1.0, f64::NEG_INFINITY, f64::NAN] {
        assert!(ln(none).is_nan(), "{none}");
    }
}

#[test]
fn ln_1p_is_right_near_zero_and_far_above() {
    for x in spread(1e-300, 1e300, 1_000_000) {
        assert!(ulps(ln_1p(x), x.ln_1p()) <= LN + 1, "{x}: {} {}", ln_1p(x), x.ln_1p());
    }
    assert_eq!(ln_1p(0.0), 0.0);
    assert_eq!(ln_1p(f64::INFINITY), f64::INFINITY);
    assert!(ln_1p(f64::NAN).is_nan());
}

#[test]
fn vectors_of_any_width_compute_the_same_bits() {
    let values: Vec<f64> = (0..4_001).map(|at| f64::from(at - 2_000) * 0.37).collect();
    let compute =
        |values: &[f64]| -> Vec<f64> { values.iter().map(|&x| exp(x) + ln(x.abs()) + exp_m1(-x.abs())).collect() };
    let wide = widest(|| compute(&values));
    let narrow: Vec<f64> = values.iter().flat_map(|x| compute(std::slice::from_ref(x))).collect();
    for (wide, narrow) in wide.iter().zip(&narrow) {
        assert_eq!(wide.to_bits(), narrow.to_bits());
    }
}
