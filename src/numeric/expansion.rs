//! Uniform expansion of the incomplete beta and gamma functions for large shapes.
//!
//! With `m` the smaller shape of the beta (or the shape of the gamma), p the mean of its side and
//! q = 1 − p (gamma: p = 0, q = 1, the limit), let the variable be p(1 + u) and choose s such that
//! the deviance from the mean is m s²/2. Then s and u have the same sign and
//!
//! ```text
//! u du/ds = s (q + (q − p) u − p u²)
//! tail    = K ∫ exp(−m s²/2) G(s) ds,    G(s) = s/u(s) = Σ Gₖ sᵏ,
//! ```
//!
//! so that a tail over its kernel is Σ Gₖ Mₖ with moments Mₖ of the normal tail, which follow from
//! erfc by a recurrence of positive terms. The nearest singularity of G is at |s| = 2√π. It is the
//! expansion of Temme (1979, 1982) and of Didonato and Morris (1992, routine BASYM);
//! the differential equation gives its coefficients without reverting a series.
//!
//! In: shapes, a deviance. Out: tail over kernel, `None` where the series would lose digits: then
//! the continued fraction is short.

// `mul_add` without a hardware instruction in the target is a library call, many times slower.
#![allow(clippy::suboptimal_flops)]

use std::f64::consts::PI;

use super::special::erfc_scaled;

/// Most coefficients kept.
const MOST: usize = 24;

/// From this shape on the expansion of the gamma holds 15 digits at the mean.
const LEAST_GAMMA: f64 = 30.0;

/// Below this shape the fraction of the beta costs less than the coefficients of its expansion.
const LEAST_BETA: f64 = 100.0;

/// G₀ … of the gamma distribution.
static GAMMA: [f64; MOST] = coefficients(0.0, 1.0, 1.0, MOST);

/// The expansion for one distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expansion {
    shape: f64,
    terms: usize,
    limit: f64,
    coefficients: [f64; MOST],
}

impl Expansion {
    /// For Beta with smaller shape `a` and larger shape `b`; `None` if `a` is too small.
    pub(super) fn beta(a: f64, b: f64) -> Option<Self> {
        let (terms, limit) = reach(a, LEAST_BETA)?;
        let (p, q) = (a / (a + b), b / (a + b));
        let coefficients = coefficients(p, q, q.sqrt(), terms);
        Some(Self { shape: a, terms, limit, coefficients })
    }

    /// For Gamma with shape `a`; `None` if it is too small.
    pub(super) fn gamma(a: f64) -> Option<Self> {
        let (terms, limit) = reach(a, LEAST_GAMMA)?;
        Some(Self { shape: a, terms, limit, coefficients: GAMMA })
    }

    /// Tail over kernel at a deviance of half the squared distance: the tail below the mean of
    /// the side with the smaller shape if `below`, else the tail above it.
    pub(super) fn ratio(&self, deviance: f64, below: bool) -> Option<f64> {
        let s = (2.0 * deviance / self.shape).sqrt();
        if s > self.limit {
            return None;
        }
        let per_shape = 1.0 / self.shape;
        let sign = if below { -1.0 } else { 1.0 };
        let mut even = (0.5 * PI * per_shape).sqrt() * erfc_scaled(deviance.sqrt());
        let mut odd = per_shape;
        let mut sum = self.coefficients[0] * even + sign * self.coefficients[1] * odd;
        let mut power = s;
        let mut order = 1.0;
        for pair in self.coefficients[2..self.terms].chunks_exact(2) {
            even = (power + order * even) * per_shape;
            odd = (power * s + (order + 1.0) * odd) * per_shape;
            power *= s * s;
            order += 2.0;
            sum += pair[0] * even + sign * pair[1] * odd;
        }
        Some(sum)
    }

    /// Approximate u at the standard normal quantile `z` (of the side with the smaller shape):
    /// the two leading terms of the inverted expansion, Temme (1992).
    pub(super) fn start(&self, z: f64) -> Option<f64> {
        let s = z / self.shape.sqrt();
        if s.abs() > self.limit {
            return None;
        }
        let relative = self.series(s) / self.coefficients[0];
        let shift = if s.abs() < 1e-4 { self.coefficients[1] / self.coefficients[0] } else { relative.ln() / s };
        let s = s + shift / self.shape;
        Some(s / self.series(s))
    }

    fn series(&self, s: f64) -> f64 {
        self.coefficients[..self.terms].iter().rev().fold(0.0, |sum, g| sum * s + g)
    }
}

/// Number of terms for a shape and the |s| up to which they hold 10⁻¹⁵: 2√π · 10^(−16/terms).
///
/// Chosen so that the limit is at least seven standard deviations where that is possible.
fn reach(shape: f64, least: f64) -> Option<(usize, f64)> {
    match shape {
        s if s >= 40_000.0 => Some((8, 0.035)),
        s if s >= 2_000.0 => Some((12, 0.16)),
        s if s >= 400.0 => Some((16, 0.35)),
        s if s >= 150.0 => Some((20, 0.56)),
        s if s >= least => Some((MOST, 0.76)),
        _ => None,
    }
}

/// First `terms` coefficients of G; `root` is √q.
const fn coefficients(p: f64, q: f64, root: f64, terms: usize) -> [f64; MOST] {
    // u = Σ u[k] s^k and its square, both from the differential equation
    let mut u = [0.0; MOST + 2];
    let mut square = [0.0; MOST + 2];
    u[1] = root;
    square[2] = q;
    let mut m = 2;
    while m <= terms {
        square[m + 1] = 2.0 / (m as f64 + 1.0) * ((q - p) * u[m - 1] - p * square[m - 1]);
        // u[2] u[m-1] + … + u[m-1] u[2], each pair once
        let mut rest = square[m + 1];
        let mut j = 2;
        while 2 * j < m + 1 {
            rest -= 2.0 * u[j] * u[m + 1 - j];
            j += 1;
        }
        if 2 * j == m + 1 {
            rest -= u[j] * u[j];
        }
        u[m] = rest / (2.0 * root);
        m += 1;
    }
    // reciprocal of u/s
    let mut g = [0.0; MOST];
    g[0] = 1.0 / root;
    let mut k = 1;
    while k < terms {
        let mut sum = 0.0;
        let mut j = 1;
        while j <= k {
            sum += u[j + 1] * g[k - j];
            j += 1;
        }
        g[k] = -sum / root;
        k += 1;
    }
    g
}
