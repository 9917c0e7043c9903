//! One term through time: predict the next period, learn from it, forget a little.
//!
//! # Model
//! ```text
//! λ       the term's rate                        λ | past ~ Gamma(a, rate b)
//! e       exposure of a period                   m = a / b
//! y       its conversions                        φ   squared coefficient of variation of a period's own noise
//!
//! forget    a ← d a + (1 − d) a₀    b ← d b + (1 − d) κ          towards the group's prior Gamma(a₀, κ)
//! predict   y ~ negative binomial, mean e m, shape 1 / (1/a + (1 + 1/a) φ)
//! learn     w = 1 / (1 + e m φ)     a ← a + w y     b ← b + w e
//! ```
//! Discounting as in West and Harrison (1997, section 6.3), towards the prior rather than towards
//! ignorance; the weight w makes a noisy period count as the Poisson count with the same relative variance.
//! Forgetting is linear, so the state is always the prior plus discounted evidence: that evidence is what
//! goes on to the integration over the hyper-parameters.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::numeric::special::ln_gamma;

/// Conversions up to here are multiplied out.
const FEW: f64 = 8.0;

/// What drives one term's rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dynamics {
    /// κ, pseudo-exposure behind the prior.
    pub(super) strength: f64,
    /// d, share of the evidence that is kept from one period to the next; 1 where nothing is forgotten.
    pub(super) retention: f64,
    /// φ; 0 where periods have no noise of their own.
    pub(super) dispersion: f64,
}

/// Discounted evidence of a term: exposure and conversions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    pub(super) exposure: f64,
    pub(super) conversions: f64,
}

/// ln of the negative binomial probability with the given shape and mean, without the term in y alone.
pub(super) fn ln_negative_binomial(y: f64, shape: f64, mean: f64) -> f64 {
    let ratio = mean / shape;
    let spread = ratio.ln_1p();
    if y <= 0.0 {
        return -shape * spread;
    }
    let rising = if y <= FEW && y.fract() == 0.0 {
        let (mut product, mut k) = (shape, 1.0);
        while k < y {
            product *= shape + k;
            k += 1.0;
        }
        product.ln()
    } else {
        ln_gamma(shape + y) - ln_gamma(shape)
    };
    rising - (shape + y) * spread + y * ratio.max(1e-300).ln()
}

/// Shape of the prediction: what is not known of the rate, and the period's own noise.
pub(super) fn shape(a: f64, dispersion: f64) -> f64 {
    a / (1.0 + dispersion + a * dispersion)
}

/// Takes a term through its cells (period, exposure, conversions), periods ascending, and on to the
/// period after the last; `predicted` gets each period with the shape and mean foretold and what came.
pub(super) fn walk(
    cells: impl Iterator<Item = (usize, f64, f64)>,
    prior_mean: f64,
    dynamics: Dynamics,
    periods: usize,
    mut predicted: impl FnMut(usize, f64, f64, f64),
) -> Evidence {
    let Dynamics { strength, retention, dispersion } = dynamics;
    let prior = (prior_mean * strength).max(1e-12);
    let mut evidence = Evidence::default();
    let mut now = 0;
    let forget = |evidence: &mut Evidence, gap: usize| {
        if retention < 1.0 && gap > 0 {
            let kept = if gap == 1 { retention } else { retention.powf(gap as f64) };
            evidence.exposure *= kept;
            evidence.conversions *= kept;
        }
    };
    for (period, exposure, conversions) in cells {
        forget(&mut evidence, period - now);
        now = period;
        let a = prior + evidence.conversions;
        let mean = exposure * a / (strength + evidence.exposure);
        if exposure > 0.0 {
            predicted(period, shape(a, dispersion), mean, conversions);
        }
        let weight = 1.0 / (1.0 + mean * dispersion);
        evidence.exposure += weight * exposure;
        evidence.conversions += weight * conversions;
    }
    forget(&mut evidence, periods - now);
    evidence
}
