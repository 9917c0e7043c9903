//! Counts of many terms as few weighted values.
//!
//! A likelihood is a sum over terms of smooth functions of one count each: ln Γ(a + y) − ln Γ(a) or ln(κ + n).
//! So the counts enter as a discrete measure, and a Gauss rule of that measure gives the same sum.

use super::gauss::gauss;

/// Ascending values above zero, each with the weight of the terms that have it.
pub(super) type Histogram = Vec<(f64, f64)>;

/// Ends of the bins are powers of this times [`FINEST`]. All functions summed have their nearest singularity at or
/// left of zero, so on a bin they have a Bernstein ellipse of parameter 3: a rule with m nodes is wrong by a share
/// of some 3⁻²ᵐ / m³ (Trefethen 2013, section 19).
const RATIO: f64 = 4.0;
/// Nodes in a bin: a share of 1e-7 at most.
const NODES: usize = 6;
/// End of the first bin, conversions or clicks: what lies below tells no more than its sum.
const FINEST: f64 = 1.0 / 256.0;

/// The histogram of (value, weight) pairs; a bin with few distinct values keeps them as they are.
pub(super) fn histogram(pairs: impl Iterator<Item = (f64, f64)>) -> Histogram {
    let mut pairs: Vec<(f64, f64)> = pairs.filter(|&(value, weight)| value > 0.0 && weight > 0.0).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let distinct: Histogram = pairs
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(|run| (run[0].0, run.iter().map(|pair| pair.1).sum()))
        .collect();
    distinct
        .chunk_by(|a, b| bin(a.0) == bin(b.0))
        .flat_map(|run| {
            let (values, weights): (Vec<f64>, Vec<f64>) = run.iter().copied().unzip();
            gauss(&values, &weights, NODES)
        })
        .collect()
}

/// Which bin a value is in.
fn bin(value: f64) -> i32 {
    #[allow(clippy::cast_possible_truncation)] // at most a few hundred
    let bin = (value / FINEST).max(1.0).log(RATIO).floor() as i32;
    bin
}

#[cfg(test)]
mod tests {
    use super::super::rising::ln_rising;
    use super::*;
    use crate::numeric::stream::Stream;
    use approx::assert_relative_eq;

    #[test]
    fn few_values_stay_as_they_are() {
        let pairs = [(3.0, 1.0), (0.0, 1.0), (1.0, 2.0), (3.0, 4.0)];
        assert_eq!(histogram(pairs.into_iter()), vec![(1.0, 2.0), (3.0, 5.0)]);
    }

    #[test]
    fn sums_of_likelihoods_stay() {
        let mut stream = Stream::new(3, 0);
        let whole: Vec<f64> = (0..5000).map(|_| (4.0 + 1.5 * stream.normal()).exp().round()).collect();
        let parts: Vec<f64> = (0..5000).map(|_| (0.3 + 2.5 * stream.normal()).exp()).collect();
        for values in [whole, parts] {
            let few = histogram(values.iter().map(|&value| (value, 1.0)));
            assert!(few.len() < 100, "{}", few.len());
            for a in [0.2, 1.0, 2.5, 60.0, 1e4] {
                // what a likelihood takes from it is the change with the parameter, per unit of its logarithm
                let change = |value: f64| ln_rising(1.1 * a, value) - ln_rising(a, value);
                let all: f64 = values.iter().filter(|value| **value > 0.0).map(|&value| change(value)).sum();
                let here: f64 = few.iter().map(|&(value, weight)| weight * change(value)).sum();
                assert_relative_eq!(here, all, max_relative = 1e-7);
            }
        }
    }
}
