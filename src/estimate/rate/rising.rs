//! ln Γ(a + k) − ln Γ(a) and its derivatives in a, without cancellation.
//!
//! Both likelihoods are sums of such differences. Taken as a difference of two logarithms of gamma
//! functions they lose all digits at the counts that large accounts have (a = 10⁷, k = 3).

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

/// Value with first and second derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Jet {
    pub(super) value: f64,
    pub(super) first: f64,
    pub(super) second: f64,
}

/// Integers up to here are multiplied out: exact, and cheaper than the series.
const FEW: f64 = 24.0;
/// From here on five terms of Stirling's series are exact to 2e-14.
const LARGE: f64 = 14.0;

/// ln Γ(a + k) − ln Γ(a) with its derivatives in a, for a > 0 and k ≥ 0.
///
/// # Formula
/// A product for small integers k; otherwise differences of Stirling's series
/// (Abramowitz and Stegun 1964, 6.1.40, 6.3.18, 6.4.12), after shifting a above 14 by recurrence.
pub(super) fn rising(a: f64, k: f64) -> Jet {
    let mut jet = Jet::default();
    if k <= FEW && k.fract() == 0.0 {
        let mut product = 1.0_f64;
        let mut x = a;
        let end = a + k - 0.5;
        // counted by value, not by index: k is a small integer held in an f64
        while x < end {
            let inverse = 1.0 / x;
            product *= x;
            jet.first += inverse;
            jet.second -= inverse * inverse;
            if !(1e-150..1e150).contains(&product) {
                jet.value += product.ln();
                product = 1.0;
            }
            x += 1.0;
            if x + 1.0 <= x {
                // a is beyond 2⁵³: all factors are equal
                return Jet { value: k * a.ln(), first: k / a, second: -k / a / a };
            }
        }
        jet.value += product.ln();
        return jet;
    }
    let mut low = a;
    let mut ratio = 1.0;
    while low < LARGE {
        let (x, y) = (1.0 / low, 1.0 / (low + k));
        ratio *= low / (low + k);
        if ratio < 1e-200 {
            jet.value += f64::ln(ratio);
            ratio = 1.0;
        }
        jet.first += x - y;
        jet.second += y * y - x * x;
        low += 1.0;
    }
    let high = low + k;
    let log = (k / low).ln_1p();
    let (l, h) = (stirling(low), stirling(high));
    jet.value += f64::ln(ratio) + (low - 0.5) * log + k * (high.ln() - 1.0) + h.value - l.value;
    jet.first += log + h.first - l.first;
    jet.second += h.second - l.second;
    jet
}

/// The value of [`rising`] alone, several times faster: likelihoods without derivatives need no more.
#[inline]
pub(in crate::estimate) fn ln_rising(a: f64, k: f64) -> f64 {
    let is_few = k <= FEW && k.fract() == 0.0;
    // two dozen factors below 10¹² stay far from overflow
    if is_few && a < 1e12 {
        let (mut product, mut x) = (1.0, a);
        let end = a + k - 0.5;
        while x < end {
            product *= x;
            x += 1.0;
        }
        return product.ln();
    }
    if is_few || a + k > 1e18 {
        return rising(a, k).value;
    }
    let (mut low, mut head, mut tail) = (a, 1.0_f64, 1.0_f64);
    while low < LARGE {
        head *= low;
        tail *= low + k;
        low += 1.0;
    }
    let high = low + k;
    let log = (k / low).ln_1p();
    // the product of at most fourteen factors below 1e18 stays far from overflow
    (head / tail).max(1e-300).ln() + (low - 0.5) * log + k * (high.ln() - 1.0) + stirling_value(high)
        - stirling_value(low)
}

fn stirling_value(x: f64) -> f64 {
    let v = 1.0 / x;
    let w = v * v;
    v * (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w / 1188.0))))
}

/// What Stirling's series adds to (x − ½) ln x − x + ½ ln 2π; to ln x in the digamma function;
/// and the whole of the trigamma function.
fn stirling(x: f64) -> Jet {
    let v = 1.0 / x;
    let w = v * v;
    let first = -v * 0.5 - w * (1.0 / 12.0 - w * (1.0 / 120.0 - w * (1.0 / 252.0 - w * (1.0 / 240.0 - w / 132.0))));
    let second =
        v + 0.5 * w + v * w * (1.0 / 6.0 - w * (1.0 / 30.0 - w * (1.0 / 42.0 - w * (1.0 / 30.0 - w * 5.0 / 66.0))));
    Jet { value: stirling_value(x), first, second }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::special::{digamma, ln_gamma};
    use approx::assert_relative_eq;

    #[test]
    fn agrees_with_gamma_functions_where_those_keep_their_digits() {
        for a in [1e-3, 0.2, 1.0, 3.7, 13.9, 14.1, 200.0] {
            for k in [0.5, 1.0, 2.25, 7.0, 24.0, 25.0, 300.5] {
                let jet = rising(a, k);
                assert_relative_eq!(jet.value, ln_gamma(a + k) - ln_gamma(a), max_relative = 1e-11, epsilon = 1e-11);
                assert_relative_eq!(ln_rising(a, k), jet.value, max_relative = 1e-13, epsilon = 1e-13);
                assert_relative_eq!(jet.first, digamma(a + k) - digamma(a), max_relative = 1e-10);
                let step = 1e-4 * a;
                let slope = (rising(a + step, k).first - rising(a - step, k).first) / (2.0 * step);
                assert_relative_eq!(jet.second, slope, max_relative = 1e-6);
            }
        }
    }

    #[test]
    fn product_and_series_meet() {
        for a in [0.3, 20.0, 1e9, 1e17] {
            let step = rising(a, 25.0).value - rising(a, 24.0).value;
            assert_relative_eq!(step, (a + 24.0).ln(), max_relative = 1e-12);
        }
        assert_eq!(rising(2.0, 0.0), Jet::default());
    }

    #[test]
    fn keeps_digits_at_large_counts() {
        // ln(1e12 + j), j < 3, added up
        assert_relative_eq!(ln_rising(1e-290, 0.5), rising(1e-290, 0.5).value, max_relative = 1e-13);
        assert_relative_eq!(ln_rising(1e12, 2.5), 2.5 * 1e12_f64.ln(), max_relative = 1e-11);
        assert_relative_eq!(rising(1e12, 2.5).value, 2.5 * 1e12_f64.ln(), max_relative = 1e-11);
    }
}
