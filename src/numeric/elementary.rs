//! `exp` and `ln` without branches or calls, for loops that the compiler turns into vector instructions.
//!
//! Every result is the same to the last bit on every machine and for any width of the vectors: plain
//! additions, multiplications and divisions in a fixed order, none of them fused. Within 2 units in the last
//! place of the true value, [`ln_1p`] within 3. A loop over slices that calls these is run by [`widest`].
//!
//! The reductions are those of fdlibm (Sun Microsystems 1993, `e_exp.c` and `e_log.c`), as is the series of
//! the logarithm; the polynomial of the exponential interpolates at Chebyshev's points.

#![allow(clippy::inline_always)] // a call would keep the loop around it from being vectorized

/// ln 2 in two parts: the first has 32 digits, so that a whole number up to 2²⁰ times it is exact.
const LN_2_HEAD: f64 = 6.931_471_803_691_238e-1;
const LN_2_TAIL: f64 = 1.908_214_929_270_587_7e-10;
/// A number up to 2⁵¹ added to this is rounded to a whole one, which then stands in the last digits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Bias of the exponent of a double, and digits of its mantissa.
const BIAS: u64 = 1023;
const DIGITS: u32 = 52;

/// Runs `work` compiled for the widest vectors that the machine has.
///
/// No result depends on them: vectors of any length compute the same bits.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let (n, fraction) = reduced_exp(x);
    // in two steps, as 2ⁿ alone would leave the range that has all digits
    let half = (n * 0.5 + ROUND) - ROUND;
    (1.0 + fraction) * power_of_two(half) * power_of_two(n - half)
}

/// `eˣ − 1` for `x ≤ 0`, exact near zero too.
#[inline(always)]
pub(crate) fn exp_m1(x: f64) -> f64 {
    // below −40 the result is −1 to the last digit
    let (n, fraction) = reduced_exp(if x < -40.0 { -40.0 } else { x });
    let scale = power_of_two(n);
    scale * fraction + (scale - 1.0)
}

/// `n` and `eʳ − 1` with `x = n ln 2 + r`, `|r| ≤ ½ ln 2`.
#[inline(always)]
fn reduced_exp(x: f64) -> (f64, f64) {
    // beyond these the result is zero or infinite; a comparison leaves what is not a number alone
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let n = (x * std::f64::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN_2_HEAD) - n * LN_2_TAIL;
    // (eʳ − 1 − r) / r², error below 2⁻⁵⁵ of eʳ
    let mut q = 2.510_049_478_890_504_2e-8;
    q = q * r + 2.762_023_056_750_69e-7;
    q = q * r + 2.755_726_822_996_322_7e-6;
    q = q * r + 2.480_152_099_682_569_7e-5;
    q = q * r + 1.984_126_986_320_182_8e-4;
    q = q * r + 1.388_888_891_740_644_7e-3;
    q = q * r + 8.333_333_333_330_032e-3;
    q = q * r + 4.166_666_666_662_374e-2;
    q = q * r + 1.666_666_666_666_666_9e-1;
    q = q * r + 5.000_000_000_000_001e-1;
    (n, r + r * r * q)
}

/// `2ⁿ` for a whole `n` from −1022 to 1023.
#[inline(always)]
fn power_of_two(n: f64) -> f64 {
    f64::from_bits((n + (ROUND + BIAS as f64)).to_bits() << DIGITS)
}

/// `ln x`.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    /// 2⁵⁴ and its logarithm in units of ln 2, for numbers without a leading digit.
    const LIFT: f64 = 18_014_398_509_481_984.0;
    let small = x < f64::MIN_POSITIVE;
    let result = ln_of_normal(if small { x * LIFT } else { x }, if small { 54.0 } else { 0.0 });
    let result = if x < f64::INFINITY { result } else { x };
    if x > 0.0 {
        result
    } else if x < 0.0 {
        f64::NAN
    } else {
        // zero, or not a number
        x - f64::INFINITY
    }
}

/// `ln(1 + x)` for `x ≥ 0`, exact near zero too.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    // what rounding of the sum lost, by the slope of the logarithm
    let result = ln_of_normal(sum, 0.0) + (x - (sum - 1.0)) / sum;
    if x < f64::INFINITY { result } else { x }
}

/// `ln x` for a finite `x` that has its leading digit, less `lift` times ln 2.
#[inline(always)]
pub(crate) fn ln_of_normal(x: f64, lift: f64) -> f64 {
    /// 1 and the square root of a half, as bits.
    const ONE: u64 = BIAS << DIGITS;
    const LEAST: u64 = 0x3fe6_a09e_0000_0000;
    let bits = x.to_bits();
    let exponent = bits.wrapping_add(ONE - LEAST) >> DIGITS;
    let mantissa = f64::from_bits(bits.wrapping_sub(exponent << DIGITS).wrapping_add(ONE));
    // a whole number below 2⁵² as a double: 2⁵² has its last digit at one
    let raised = f64::from_bits(exponent | 0x4330_0000_0000_0000);
    let n = raised - (4_503_599_627_370_496.0 + BIAS as f64) - lift;
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73));
    let odd = z
        * (0.666_666_666_666_673_5
            + w * (0.285_714_287_436_623_9 + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)));
    let square = 0.5 * f * f;
    n * LN_2_HEAD - ((square - (s * (square + (even + odd)) + n * LN_2_TAIL)) - f)
}

#[cfg(test)]
mod tests;
