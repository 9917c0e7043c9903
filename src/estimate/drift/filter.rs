//! One term through time: predict the next period, learn from it, forget a little.
//!
//! # Model
//! ```text
//! λ       the term's rate                        λ | past ~ Gamma(a₀ + y*, rate κ + e*)
//! y*, e*  evidence: discounted conversions       m = (a₀ + y*) / (κ + e*)
//!         and exposure                           a₀, κ the group's prior
//! e, y    exposure and conversions of a period
//! φ       squared coefficient of variation of a period's own noise
//! q       variance of the step of ln λ from one period to the next
//!
//! forget    (y*, e*) ← (y*, e*) / (1 + q e* m)
//! predict   y ~ negative binomial, mean e m, shape 1 / (1/a + (1 + 1/a) φ),  a = a₀ + y*
//! learn     w = 1 / (1 + e m φ)     y* ← y* + w y     e* ← e* + w e
//! ```
//! Evidence worth e* m conversions knows ln λ to a variance of 1 / (e* m), to which a step adds q: what is left is
//! worth e* m / (1 + q e* m). So a term with many conversions forgets fast and one with few hardly at
//! all, as a random walk asks for, where one discount for all (West and Harrison 1997, section 6.3) takes
//! from the small what only the large should lose. The weight w makes a noisy period count as the Poisson count
//! with the same relative variance. What is left after the last period goes on to the integration over the
//! hyper-parameters: as it fades, the term returns to its group.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::estimate::rate::ln_rising;

/// What drives one term's rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dynamics {
    /// κ, pseudo-exposure behind the prior.
    pub(super) strength: f64,
    /// q, variance of the step of ln λ; 0 where nothing is forgotten.
    pub(super) walk: f64,
    /// φ; 0 where periods have no noise of their own.
    pub(super) dispersion: f64,
}

/// Discounted evidence of a term: exposure and conversions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    pub(super) exposure: f64,
    pub(super) conversions: f64,
}

/// ln of the negative binomial probability with the given shape and mean, without the term in y alone, which no
/// comparison of models needs.
pub(in crate::estimate) fn ln_negative_binomial(y: f64, shape: f64, mean: f64) -> f64 {
    let ratio = mean / shape;
    let spread = ratio.ln_1p();
    if y <= 0.0 {
        return -shape * spread;
    }
    ln_rising(shape, y) - (shape + y) * spread + y * ratio.max(1e-300).ln()
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
    let Dynamics { strength, walk: step, dispersion } = dynamics;
    let prior = (prior_mean * strength).max(1e-12);
    let mut evidence = Evidence::default();
    let mut now = 0;
    let forget = |evidence: &mut Evidence, periods: usize| {
        if step > 0.0 && periods > 0 {
            let mean = (prior + evidence.conversions) / (strength + evidence.exposure);
            let kept = 1.0 / (1.0 + step * periods as f64 * evidence.exposure * mean);
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
