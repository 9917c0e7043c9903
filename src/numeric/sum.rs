//! Sums that are exact and therefore the same for any order of the values and any number of threads.

use rayon::prelude::*;

/// Fixed-point accumulator: 64 bits before and 64 bits after the binary point.
///
/// A value is rounded once to a multiple of 2⁻⁶⁴ (lossless for every `f64` of size 2⁻¹² and above)
/// and then added as an integer, which is associative. Values beyond ±2⁶² are not meant for it:
/// they are carried apart as plain `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExactSum {
    fixed: i128,
    beyond: f64,
}

const SCALE: f64 = 18_446_744_073_709_551_616.0; // 2^64
const HALF_SCALE: f64 = 9_223_372_036_854_775_808.0; // 2^63
/// From here on a value is a multiple of 2⁻⁶³, so that nothing needs rounding.
const EXACT: f64 = 1.0 / 2048.0; // 2^-11
/// From here on every double is whole.
const WHOLE: f64 = 4_503_599_627_370_496.0; // 2^52
/// Values that are added by one thread.
pub const PIECE: usize = 1 << 16;
const LARGEST: f64 = 4_611_686_018_427_387_904.0; // 2^62

impl ExactSum {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        let size = value.abs();
        if (EXACT..LARGEST).contains(&size) {
            // the same number in two conversions that processors have, where one to 128 bits would be a call
            #[allow(clippy::cast_possible_truncation)] // below 2^62 and 2^63 by the test above
            let (whole, rest) = (size as i64, ((size - (size as i64) as f64) * HALF_SCALE) as i64);
            let fixed = (i128::from(whole) << 64) + (i128::from(rest) << 1);
            self.fixed = self.fixed.saturating_add(if value < 0.0 { -fixed } else { fixed });
        } else if size < EXACT {
            let scaled = size * SCALE;
            // to the nearest, ties to even: what is left of a sum with 2^52 is whole; above it every double is
            let whole = if scaled < WHOLE { (scaled + WHOLE) - WHOLE } else { scaled };
            #[allow(clippy::cast_possible_truncation)] // below 2^53
            let fixed = i128::from(whole as i64);
            self.fixed = self.fixed.saturating_add(if value < 0.0 { -fixed } else { fixed });
        } else {
            self.beyond += value;
        }
    }

    /// The sum of a piece of at most 2¹⁶ values; of whole numbers, as most counts are, without one conversion.
    fn of_piece(values: &[f64]) -> Self {
        let mut sum = Self::default();
        if Self::are_small(values) {
            sum.add(values.iter().sum());
        } else {
            for &value in values {
                sum.add(value);
            }
        }
        sum
    }

    /// Whether values are whole and so small that plain sums of 2¹⁶ of them are exact.
    #[must_use]
    #[allow(clippy::float_cmp)] // whole or not, exactly
    pub fn are_small(values: &[f64]) -> bool {
        const SMALL: f64 = 137_438_953_472.0; // 2^37 = 2^53 / 2^16
        // no shortcut: the whole piece is looked at with wide registers
        values.iter().fold(true, |so_far, &value| so_far & (value.abs() <= SMALL) & (value.trunc() == value))
    }

    /// The sum of many values, by all threads.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let join = |mut a: Self, b: Self| {
            a.merge(b);
            a
        };
        values.par_chunks(PIECE).map(Self::of_piece).reduce(Self::default, join)
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.beyond += other.beyond;
    }

    /// The sum with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { fixed: self.fixed.saturating_neg(), beyond: -self.beyond }
    }

    /// The total, rounded once.
    #[must_use]
    pub fn value(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // the one rounding that is meant
        let fixed = self.fixed as f64 / SCALE;
        fixed + self.beyond
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        for value in values {
            sum.add(value);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9_f64.powf(f64::from(i) / 999.0) * 0.1).collect();
        let forward: ExactSum = values.iter().copied().collect();
        let backward: ExactSum = values.iter().rev().copied().collect();
        assert_eq!(forward, backward);
    }

    #[test]
    fn every_way_of_adding_a_value_is_the_same() {
        for exponent in -80..62 {
            for mantissa in [1.0, 1.0 + f64::EPSILON, 1.1, 4.0 / 3.0, 1.75, 2.0 - f64::EPSILON] {
                for value in [mantissa * 2_f64.powi(exponent), -mantissa * 2_f64.powi(exponent)] {
                    let mut sum = ExactSum::default();
                    sum.add(value);
                    #[allow(clippy::cast_possible_truncation)]
                    let fixed = (value * SCALE).round_ties_even() as i128;
                    assert_eq!(sum, ExactSum { fixed, beyond: 0.0 }, "{value:e}");
                }
            }
        }
    }

    #[test]
    fn whole_numbers_add_up_as_any() {
        let largest = 137_438_953_472.0;
        for values in [vec![largest; PIECE], vec![-largest, 0.5, largest], vec![3.0; 2 * PIECE + 7], vec![]] {
            let one_by_one: ExactSum = values.iter().copied().collect();
            assert_eq!(ExactSum::of(&values), one_by_one);
        }
        assert!(ExactSum::are_small(&[0.0, -7.0, largest]));
        for value in [0.5, 2.0 * largest, f64::NAN, f64::INFINITY] {
            assert!(!ExactSum::are_small(&[1.0, value]), "{value}");
        }
    }

    #[test]
    fn cents_add_up() {
        let sum: ExactSum = std::iter::repeat_n(0.01, 1_000_000).collect();
        // the f64 nearest to 0.01 is off by 2e-19, so a million of them are off by 2e-13
        assert!((sum.value() - 10_000.0).abs() < 1e-11);
    }
}
