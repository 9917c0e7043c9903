#![allow(clippy::float_cmp, clippy::unwrap_used, clippy::suboptimal_flops)] // exact values are meant; a failed unwrap fails the test

use super::*;

fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
    let draws: Vec<f64> = (0..40_000).map(|_| draw()).collect();
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n)
}

/// Mean within five standard errors, variance within ten percent.
fn check((mean, variance): (f64, f64), expected_mean: f64, expected_variance: f64) {
    let error = (expected_variance / 40_000.0).sqrt();
    assert!((mean - expected_mean).abs() < 5.0 * error, "mean {mean} for {expected_mean}");
    assert!((variance / expected_variance - 1.0).abs() < 0.1, "variance {variance} for {expected_variance}");
}

#[test]
fn draws_have_their_moments() {
    let mut stream = Stream::new(7, 1);
    check(moments(|| stream.uniform()), 0.5, 1.0 / 12.0);
    check(moments(|| stream.normal()), 0.0, 1.0);
    check(moments(|| stream.gamma(0.3)), 0.3, 0.3);
    check(moments(|| stream.gamma(40.0)), 40.0, 40.0);
    check(moments(|| stream.beta(2.0, 6.0)), 0.25, 0.25 * 0.75 / 9.0);
    check(moments(|| stream.beta(0.5, 1e6)), 0.5e-6, 0.5e-12);
    check(moments(|| stream.poisson(0.2)), 0.2, 0.2);
    check(moments(|| stream.poisson(3e5)), 3e5, 3e5);
    check(moments(|| stream.poisson(1e17)), 1e17, 1e17);
    check(moments(|| stream.binomial(50.0, 0.1)), 5.0, 4.5);
    check(moments(|| stream.binomial(1e8, 1e-6)), 100.0, 100.0);
}

#[test]
fn streams_are_repeatable_and_differ_by_seed_and_key() {
    let first = |seed, key| Stream::new(seed, key).uniform().to_bits();
    assert_eq!(first(1, 2), first(1, 2));
    assert_ne!(first(1, 2), first(1, 3));
    assert_ne!(first(1, 2), first(2, 2));
}

#[test]
fn tiny_shapes_keep_their_digits_in_the_logarithm() {
    let mut stream = Stream::new(3, 3);
    let smallest = (0..100).map(|_| stream.ln_gamma(1e-3)).fold(0.0, f64::min);
    assert!(smallest < -800.0 && smallest.is_finite());
    let beta = stream.beta(1e-3, 1e-3);
    assert!((0.0..=1.0).contains(&beta));
}

#[test]
fn bad_parameters_give_no_number_and_no_panic() {
    let mut stream = Stream::new(0, 0);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(stream.gamma(bad).is_nan());
        assert!(stream.beta(bad, 1.0).is_nan());
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(stream.poisson(bad).is_nan());
        assert!(stream.binomial(bad, 0.5).is_nan());
    }
    assert!(stream.binomial(10.0, 1.5).is_nan());
    assert_eq!([stream.poisson(0.0), stream.binomial(0.0, 0.5), stream.binomial(9.0, 1.0)], [0.0, 0.0, 9.0]);
}

/// Written by this code with rand 0.10.4, `rand_distr` 0.6.0, chacha20 0.10.2. A change means that
/// every seeded result changes: say so in the change log.
#[test]
fn first_draws_are_pinned() {
    let mut stream = Stream::new(20_240_101, 42);
    let draws = [
        stream.uniform(),
        stream.normal(),
        stream.gamma(0.5),
        stream.gamma(3.0),
        stream.beta(2.0, 50.0),
        stream.poisson(4.0),
        stream.poisson(400.0),
        stream.binomial(20.0, 0.3),
        stream.binomial(1e6, 0.01),
        stream.uniform(),
    ];
    let pinned = [
        0.770_951_924_328_474_7,
        0.275_858_786_558_909_8,
        0.003_571_946_748_615_239,
        3.002_125_039_925_213,
        0.016_888_230_202_823_065,
        5.0,
        431.0,
        4.0,
        9991.0,
        0.735_969_346_008_729_4,
    ];
    assert_eq!(draws, pinned);
}
