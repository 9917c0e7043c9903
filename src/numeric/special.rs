//! Functions of one or two arguments that the distributions are made of, and short names for
//! the distribution functions themselves.
//!
//! In: plain `f64`. Out: plain `f64`; `NaN` where a function is not defined or was not computed.
//! Digamma and the inverse error function come from `statrs`, exact to a few units in the last
//! place. Its error function (10⁻¹⁰), its ln Γ (10⁻¹³ near 10), its incomplete beta and its
//! quantiles (wrong, or without end, for counts above about 10⁶) are not used.
//!
//! Accuracy, against 50-digit references: `ln_gamma`, `ln_beta` 10⁻¹⁴ relative or absolute, the
//! larger of the two; distribution functions 10⁻¹² relative, for shapes from 0.01 to 10⁸.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use std::f64::consts::SQRT_2;

use statrs::function::{erf, gamma};

use super::distribution::{Beta, Gamma};

/// ln √(2π).
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Arguments from here on use the Stirling series; its eighth term is then below 10⁻¹⁶.
const STIRLING_FROM: f64 = 10.0;

/// Logarithm of the gamma function, ln Γ(x), for x ≥ 0; `NaN` below.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    if x < 0.0 {
        return f64::NAN;
    }
    // Γ(x) = Γ(x + k) / (x (x + 1) … (x + k − 1))
    let (mut lifted, mut product) = (x, 1.0);
    while lifted < STIRLING_FROM {
        product *= lifted;
        lifted += 1.0;
    }
    let ln_gamma = (lifted - 0.5) * lifted.ln() - lifted + LN_SQRT_2PI + stirling_series(lifted);
    if x < STIRLING_FROM { ln_gamma - product.ln() } else { ln_gamma }
}

/// Digamma function, ψ(x) = d ln Γ(x) / dx, for x > 0.
#[must_use]
pub fn digamma(x: f64) -> f64 {
    gamma::digamma(x)
}

/// Error of Stirling's formula.
///
/// # Formula
///
/// ```text
/// δ(x) = ln Γ(x) − ln( √(2π/x) (x/e)ˣ )  ~  1/(12x) − 1/(360x³) + …
/// ```
///
/// Source: Loader (2000), "Fast and accurate computation of binomial probabilities".
#[must_use]
pub fn stirling_error(x: f64) -> f64 {
    if x < STIRLING_FROM {
        return ln_gamma(x) - ((x - 0.5) * x.ln() - x + LN_SQRT_2PI);
    }
    stirling_series(x)
}

fn stirling_series(x: f64) -> f64 {
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = [-1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0]
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * square);
    (1.0 / 12.0 + series) * inverse
}

/// Deviance of a count from its expectation, without cancellation when the two are close.
///
/// # Formula
///
/// ```text
/// D(u, v) = u ln(u / v) + v − u ≥ 0
/// ```
///
/// `excess` is v − u: the caller may know it better than the difference of the two. Source: Loader (2000), there `bd0`.
#[must_use]
pub fn deviance(u: f64, v: f64, excess: f64) -> f64 {
    let ratio = excess / (u + v);
    if ratio.abs() >= 0.1 {
        return (u * (u / v).ln() + excess).max(0.0);
    }
    // ln(v/u) = 2 artanh(ratio); with |ratio| < 0.1 the ninth term is below 10⁻¹⁷
    let square = ratio * ratio;
    let series = [1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0, 1.0 / 17.0]
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * square);
    ratio * (excess - 2.0 * u * series)
}

/// Logarithm of the beta function, ln B(a, b), for a, b > 0, also where one is far larger.
///
/// # Formula
///
/// ```text
/// ln B = ln √(2π) + (a − ½) ln(a/(a+b)) + b ln(b/(a+b)) − ½ ln b + δ(a) + δ(b) − δ(a+b)
/// ```
///
/// with `a` the smaller one: no term is the difference of two large ones.
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (a, b) = (a.min(b), a.max(b));
    let sum = a + b;
    LN_SQRT_2PI + (a - 0.5) * (a / sum).ln() - b * (a / b).ln_1p() - 0.5 * b.ln()
        + stirling_error(a)
        + stirling_error(b)
        - stirling_error(sum)
}

/// Scaled complementary error function, exp(x²) erfc(x), for x ≥ 0; relative error 10⁻¹⁵.
///
/// Rational minimax approximations of Cody (1969), "Rational Chebyshev approximations for the
/// error function". (`statrs`'s own is off by 10⁻¹⁰ between 0.5 and 2.)
pub(super) fn erfc_scaled(x: f64) -> f64 {
    if x <= 0.468_75 {
        return (x * x).exp() * (1.0 - erf_near_zero(x));
    }
    if x <= 4.0 {
        return rational(&MIDDLE, x);
    }
    let square = 1.0 / (x * x);
    (FRAC_1_SQRT_PI - square * rational(&FAR, square)) / x
}

/// Error function for |x| ≤ 0.46875.
fn erf_near_zero(x: f64) -> f64 {
    x * rational(&NEAR, x * x)
}

const FRAC_1_SQRT_PI: f64 = 0.564_189_583_547_756_3;

/// Numerator and denominator of a rational function, highest power first.
type Rational<const N: usize> = [[f64; N]; 2];

fn rational<const N: usize>(fraction: &Rational<N>, x: f64) -> f64 {
    let [above, below] = fraction.map(|polynomial| polynomial.iter().fold(0.0, |sum, c| sum * x + c));
    above / below
}

const NEAR: Rational<5> = [
    [
        1.857_777_061_846_031_5e-1,
        3.161_123_743_870_565_6,
        1.138_641_541_510_501_6e2,
        3.774_852_376_853_02e2,
        3.209_377_589_138_469_5e3,
    ],
    [1.0, 2.360_129_095_234_412_1e1, 2.440_246_379_344_441_7e2, 1.282_616_526_077_372_3e3, 2.844_236_833_439_171e3],
];

const MIDDLE: Rational<9> = [
    [
        2.153_115_354_744_038_5e-8,
        5.641_884_969_886_701e-1,
        8.883_149_794_388_376,
        6.611_919_063_714_163e1,
        2.986_351_381_974_001e2,
        8.819_522_212_417_69e2,
        1.712_047_612_634_070_6e3,
        2.051_078_377_826_071_5e3,
        1.230_339_354_797_997_2e3,
    ],
    [
        1.0,
        1.574_492_611_070_983_5e1,
        1.176_939_508_913_125e2,
        5.371_811_018_620_099e2,
        1.621_389_574_566_690_2e3,
        3.290_799_235_733_459_6e3,
        4.362_619_090_143_247e3,
        3.439_367_674_143_721_6e3,
        1.230_339_354_803_749_4e3,
    ],
];

const FAR: Rational<6> = [
    [
        1.631_538_713_730_209_8e-2,
        3.053_266_349_612_323_4e-1,
        3.603_448_999_498_044_4e-1,
        1.257_817_261_112_292_5e-1,
        1.608_378_514_874_228e-2,
        6.587_491_615_298_378e-4,
    ],
    [
        1.0,
        2.568_520_192_289_822,
        1.872_952_849_923_467_3,
        5.279_051_029_514_284e-1,
        6.051_834_131_244_132e-2,
        2.335_204_976_268_691_9e-3,
    ],
];

/// Density of the standard normal distribution.
#[must_use]
pub fn normal_pdf(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_2PI).exp()
}

/// Distribution function of the standard normal distribution, exact in the lower tail.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / SQRT_2;
    if x < 0.4 {
        return 0.5 + 0.5 * erf_near_zero(z / SQRT_2);
    }
    let tail = 0.5 * (-0.5 * z * z).exp() * erfc_scaled(x);
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// Quantile of the standard normal distribution; −∞ at 0, ∞ at 1, `NaN` outside.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.5 { lower_normal_quantile(p) } else { -lower_normal_quantile(1.0 - p) }
}

fn lower_normal_quantile(p: f64) -> f64 {
    if (0.0..=0.5).contains(&p) { -SQRT_2 * erf::erfc_inv(2.0 * p) } else { f64::NAN }
}

/// Probability that a Beta(a, b) variable is at most `x`.
#[must_use]
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).cdf(x)
}

/// Probability that a Beta(a, b) variable exceeds `x`, without cancellation.
#[must_use]
pub fn beta_sf(x: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).sf(x)
}

/// Density of Beta(a, b) at `x`.
#[must_use]
pub fn beta_pdf(x: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).pdf(x)
}

/// Probability that a Gamma(shape, rate) variable is at most `x`.
#[must_use]
pub fn gamma_cdf(x: f64, shape: f64, rate: f64) -> f64 {
    Gamma::new(shape, rate).cdf(x)
}

/// Probability that a Gamma(shape, rate) variable exceeds `x`, without cancellation.
#[must_use]
pub fn gamma_sf(x: f64, shape: f64, rate: f64) -> f64 {
    Gamma::new(shape, rate).sf(x)
}

/// Density of Gamma(shape, rate) at `x`.
#[must_use]
pub fn gamma_pdf(x: f64, shape: f64, rate: f64) -> f64 {
    Gamma::new(shape, rate).pdf(x)
}

#[cfg(test)]
mod tests;
