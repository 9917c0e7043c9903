//! Power stretches one after another, each with an elasticity of its own, and flat beyond the last.
//!
//! Owns value, slope and inverse of the slope of `a·(x/k)ʰ` on each stretch. Stretches meet without a jump and
//! elasticities never rise, so the slope falls at every joint and the curve is concave.

use super::power;

/// A stretch of a bent curve: `a·(x/k)ʰ` from where the one before ends (0 for the first) to `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Response at spend `k`.
    pub a: f64,
    /// Reference spend, money.
    pub k: f64,
    /// Elasticity, above zero and at most one.
    pub h: f64,
    /// Spend at which it ends, money; may be infinite for the last one.
    pub to: f64,
}

impl Stretch {
    pub(super) fn value(&self, x: f64) -> f64 {
        power::value(self.a, self.k, self.h, x)
    }

    fn marginal(&self, x: f64) -> f64 {
        power::marginal(self.a, self.k, self.h, x)
    }
}

/// Each stretch with the spend where it begins.
fn with_starts(stretches: &[Stretch]) -> impl Iterator<Item = (f64, &Stretch)> {
    std::iter::once(0.0).chain(stretches.iter().map(|stretch| stretch.to)).zip(stretches)
}

pub(super) fn value(stretches: &[Stretch], x: f64) -> f64 {
    match stretches.iter().find(|stretch| x <= stretch.to) {
        Some(stretch) => stretch.value(x),
        None => stretches.last().map_or(0.0, |stretch| stretch.value(stretch.to)),
    }
}

/// From the right at a joint.
pub(super) fn marginal(stretches: &[Stretch], x: f64) -> f64 {
    stretches.iter().find(|stretch| x < stretch.to).map_or(0.0, |stretch| stretch.marginal(x))
}

pub(super) fn spend_at_marginal(stretches: &[Stretch], price: f64) -> f64 {
    let mut spend = 0.0;
    for (from, stretch) in with_starts(stretches) {
        if stretch.marginal(from) < price {
            break;
        }
        spend = power::spend_at_marginal(stretch.a, stretch.k, stretch.h, price).clamp(from, stretch.to);
    }
    spend
}

/// The stretches between two spends, each with the part of it that lies there.
pub(crate) fn between(
    stretches: &[Stretch],
    lower: f64,
    upper: f64,
) -> impl Iterator<Item = (f64, f64, Option<Stretch>)> {
    let end = stretches.last().map_or(0.0, |stretch| stretch.to);
    let flat = (end < upper).then_some((end.max(lower), upper, None));
    with_starts(stretches)
        .map(move |(from, stretch)| (from.max(lower), stretch.to.min(upper), Some(*stretch)))
        .chain(flat)
        .filter(|(from, to, _)| from < to)
}

/// What is wrong with the stretches, as (parameter, its value, the rule it breaks).
pub(super) fn fault(stretches: &[Stretch]) -> Option<(&'static str, f64, &'static str)> {
    /// Rounding of two powers.
    const JUMP: f64 = 1e-9;
    let mut before: Option<&Stretch> = None;
    for stretch in stretches {
        let Stretch { a, k, h, to } = *stretch;
        let (from, most) = before.map_or((0.0, 1.0), |before| (before.to, before.h));
        if !(a.is_finite() && a >= 0.0) {
            return Some(("a", a, "finite and zero or above"));
        }
        if !(k.is_finite() && k > 0.0) {
            return Some(("k", k, "finite and above 0"));
        }
        if !(h > 0.0 && h <= most) {
            return Some(("h", h, "above 0 and at most that of the stretch before"));
        }
        // not a number is never above
        if to.partial_cmp(&from) != Some(std::cmp::Ordering::Greater) {
            return Some(("to", to, "above the end of the stretch before"));
        }
        if let Some(before) = before {
            let (left, right) = (before.value(from), stretch.value(from));
            if (left - right).abs() > JUMP * left.max(right) {
                return Some(("a", a, "such that the stretch begins where the one before ends"));
            }
        }
        before = Some(stretch);
    }
    None
}
