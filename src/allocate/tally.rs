//! Sums that are the same for any order of the values and any number of threads, at the speed of
//! plain additions.
//!
//! Every value is split at two fixed binary places (Demmel and Nguyen 2013, "Fast reproducible
//! floating-point summation"): `head = (x + M) − M` is `x` rounded to a multiple of `ulp(M)`, and
//! sums of such multiples are exact as long as they stay below 2⁵³ of them. The places follow from
//! the largest value and the number of values, so tiny and huge magnitudes serve alike. What is
//! dropped is below 2⁻¹⁰⁶·n²·largest a value, one part in 10¹⁹ of the largest for a million.

use crate::numeric::elementary::widest;
use rayon::prelude::*;

/// Up to here one thread adds faster than several.
const PARALLEL: usize = 16_384;

/// Where values are split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    head: f64,
    tail: f64,
    largest: f64,
}

impl Scale {
    /// For sums of at most `count` values of size at most `largest`.
    pub(super) fn new(count: usize, largest: f64) -> Self {
        // room for the sum and two spare bits
        let room = (count.max(1).next_power_of_two() * 4) as f64;
        // 1.5 keeps `x + M` in M's binade for either sign of `x`
        let largest = power_of_two_above(largest);
        let head = 1.5 * largest * room;
        Self { head, tail: head * room * f64::EPSILON, largest }
    }

    /// The same for values a thousand times as large.
    pub(super) fn wider(self) -> Self {
        const FACTOR: f64 = 1024.0;
        Self { head: self.head * FACTOR, tail: self.tail * FACTOR, largest: self.largest * FACTOR }
    }

    /// A value's two parts.
    #[allow(clippy::inline_always)] // for loops on vectors
    #[inline(always)]
    fn split(self, value: f64) -> (f64, f64) {
        let head = (value + self.head) - self.head;
        (head, ((value - head) + self.tail) - self.tail)
    }

    /// Sum of `values`.
    pub(super) fn sum(self, values: impl Iterator<Item = f64>) -> f64 {
        let mut tally = Tally::default();
        for value in values {
            tally.add(value, self);
        }
        tally.value()
    }

    /// Sum of many values, on all threads.
    pub(super) fn total(self, values: &[f64]) -> f64 {
        let tally = |values: &[f64]| {
            let mut tally = Tally::default();
            tally.add_all(values, self);
            tally
        };
        if values.len() <= PARALLEL {
            return tally(values).value();
        }
        values.par_chunks(PARALLEL).map(tally).reduce(Tally::default, Tally::merge).value()
    }
}

/// A running sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    head: f64,
    tail: f64,
}

impl Tally {
    /// Adds one value.
    pub(super) fn add(&mut self, value: f64, scale: Scale) {
        let (head, tail) = scale.split(value);
        self.head += head;
        self.tail += tail;
    }

    /// Adds many values.
    pub(super) fn add_all(&mut self, values: &[f64], scale: Scale) {
        self.add_each(values, scale, |value| value);
    }

    /// Adds many values times a factor, each at most the largest that may be summed.
    pub(super) fn add_all_times(&mut self, values: &[f64], factor: f64, scale: Scale) {
        let largest = scale.largest;
        // written so that what is not a number counts as the largest too
        self.add_each(values, scale, |value| if value * factor < largest { value * factor } else { largest });
    }

    /// Adds in many rows, for vectors: the sums are exact, so the rows change no bit.
    #[allow(clippy::inline_always)] // each use has its own loop
    #[inline(always)]
    fn add_each(&mut self, values: &[f64], scale: Scale, each: impl Fn(f64) -> f64) {
        /// As many as fit into the registers of the vector unit, twice.
        const ROWS: usize = 16;
        widest(
            #[inline(always)]
            || {
                let (mut heads, mut tails) = ([0.0; ROWS], [0.0; ROWS]);
                let (rows, rest) = values.as_chunks::<ROWS>();
                for row in rows {
                    for at in 0..ROWS {
                        let (head, tail) = scale.split(each(row[at]));
                        heads[at] += head;
                        tails[at] += tail;
                    }
                }
                for at in 0..ROWS {
                    self.head += heads[at];
                    self.tail += tails[at];
                }
                for &value in rest {
                    let (head, tail) = scale.split(each(value));
                    self.head += head;
                    self.tail += tail;
                }
            },
        );
    }

    /// Adds another sum of the same scale.
    pub(super) fn merge(self, other: Self) -> Self {
        Self { head: self.head + other.head, tail: self.tail + other.tail }
    }

    /// What remains without another sum of the same scale.
    pub(super) fn without(self, other: Self) -> Self {
        Self { head: self.head - other.head, tail: self.tail - other.tail }
    }

    /// The total.
    pub(super) fn value(self) -> f64 {
        self.head + self.tail
    }
}

/// The least power of two that is not below `value`, within the range where its square exists.
fn power_of_two_above(value: f64) -> f64 {
    let bits = value.clamp(1e-200, 1e200).to_bits();
    let exponent = (bits + ((1 << 52) - 1)) & !((1 << 52) - 1);
    f64::from_bits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<f64> {
        (0..5000_i32).map(|i| (f64::from(i) * 0.7).sin().abs() * 10_f64.powi(i % 9 - 6)).collect()
    }

    #[test]
    fn order_does_not_matter() {
        for factor in [1e-90, 1e-9, 1.0, 1e9, 1e90] {
            let mut values: Vec<f64> = values().iter().map(|value| value * factor).collect();
            let scale = Scale::new(values.len(), 1e3 * factor);
            let forward = scale.sum(values.iter().copied());
            values.reverse();
            let mut halves = [Tally::default(); 2];
            for (at, &value) in values.iter().enumerate() {
                halves[at % 2].add(value, scale);
            }
            assert_eq!(forward, halves[1].merge(halves[0]).value());
        }
    }

    #[test]
    fn the_sum_is_right_to_the_last_digit() {
        let values = values();
        let exact: crate::numeric::sum::ExactSum = values.iter().copied().collect();
        let sum = Scale::new(values.len(), 1e3).sum(values.iter().copied());
        assert!((sum - exact.value()).abs() <= f64::EPSILON * exact.value());
    }

    #[test]
    fn many_at_once_and_one_by_one_sum_to_the_same_bits() {
        let values = values();
        for count in [0, 1, 31, 32, 33, 1000, 5000] {
            let scale = Scale::new(count, 1e3);
            let mut together = Tally::default();
            together.add_all(&values[..count], scale);
            assert_eq!(together.value().to_bits(), scale.sum(values[..count].iter().copied()).to_bits(), "{count}");
        }
    }

    #[test]
    fn what_is_too_large_counts_as_the_largest() {
        let scale = Scale::new(3, 8.0);
        let mut tally = Tally::default();
        tally.add_all_times(&[1.0, f64::INFINITY, f64::NAN], 2.0, scale);
        assert_eq!(tally.value(), 2.0 + 8.0 + 8.0);
    }

    #[test]
    fn powers_of_two_are_found() {
        for (value, expected) in [(1.0, 1.0), (1.5, 2.0), (0.3, 0.5), (1e-300, power_of_two_above(1e-200))] {
            assert_eq!(power_of_two_above(value), expected);
        }
    }
}
