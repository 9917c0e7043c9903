//! Mean and variance of the logarithm of a Poisson count.
//!
//! Taking ln(y + ½) for normal around ln e with variance 1 / e understates the variance by 1 / (2 e²) or more, which
//! summed over many campaigns of some thirty conversions a period looks like movement of two or three per cent.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use std::sync::LazyLock;

/// Expected counts from here on take the series; its errors are below 1e-5 of the variance there.
const LARGE: f64 = 40.0;
/// Counts summed up below that: the rest has a probability below 1e-15.
const MOST: usize = 110;

/// ln(y + ½) of small counts.
static LOGARITHMS: LazyLock<Vec<f64>> = LazyLock::new(|| (0..MOST).map(|y| (y as f64 + 0.5).ln()).collect());

/// Mean and variance of ln(y + ½) for y ~ Poisson(`expected`), `expected` > 0.
///
/// # Formula
/// ln e − 1 / (24 e²) and 1 / e + 1 / (2 e²) + 1 / e³ from the moments of y about e, or the sums themselves.
pub(super) fn moments(expected: f64) -> (f64, f64) {
    if expected >= LARGE {
        let v = 1.0 / expected;
        return (expected.ln() - v * v / 24.0, v + v * v * (0.5 + v));
    }
    let mut probability = (-expected).exp();
    let (mut first, mut second) = (0.0, 0.0);
    for (y, log) in LOGARITHMS.iter().enumerate() {
        first += probability * log;
        second += probability * log * log;
        probability *= expected / (y + 1) as f64;
    }
    (first, (second - first * first).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;
    use approx::assert_relative_eq;

    #[test]
    fn series_and_sums_meet() {
        let (below, above) = (moments(LARGE * (1.0 - 1e-12)), moments(LARGE));
        assert_relative_eq!(below.0, above.0, epsilon = 2e-6);
        assert_relative_eq!(below.1, above.1, max_relative = 2e-4);
    }

    #[test]
    fn simulated_counts_have_them() {
        let mut stream = Stream::new(8, 0);
        for expected in [0.2, 3.0, 30.0, 200.0] {
            let logs: Vec<f64> = (0..20_000).map(|_| (stream.poisson(expected) + 0.5).ln()).collect();
            let count = logs.len() as f64;
            let mean = logs.iter().sum::<f64>() / count;
            let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / count;
            let (known_mean, known_variance) = moments(expected);
            // four standard errors, for some excess of the fourth moment
            assert!((mean - known_mean).abs() < 4.0 * (variance / count).sqrt());
            assert_relative_eq!(variance, known_variance, max_relative = 0.06);
        }
    }
}
