//! Response curves: response as a function of spend, in six families.
//!
//! Every family starts at zero response for zero spend and never falls. Owns value, slope and the
//! inverse of the slope; parameters come from elsewhere. The allocator asks for nothing else.

use super::bent::{self, Stretch};
use super::{exponential, hill, logarithmic, points, power};
use std::sync::Arc;

/// A response curve. Spend `x` in money, response in the units of `a`.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// `a·xʰ / (kʰ + xʰ)`; concave for `h ≤ 1`, S-shaped above.
    Hill {
        /// Ceiling, response.
        a: f64,
        /// Spend that gives half the ceiling, money.
        k: f64,
        /// Shape, above zero.
        h: f64,
    },
    /// `a·(1 − e^(−x/k))`.
    Exp {
        /// Ceiling, response.
        a: f64,
        /// Spend that gives 63% of the ceiling, money.
        k: f64,
    },
    /// `a·(x/k)ʰ`.
    Power {
        /// Response at spend `k`.
        a: f64,
        /// Reference spend, money.
        k: f64,
        /// Elasticity, above zero and at most one.
        h: f64,
    },
    /// `a·ln(1 + x/k)`.
    Log {
        /// Scale, response.
        a: f64,
        /// Scale of the spend, money.
        k: f64,
    },
    /// Straight lines from the origin through (spend, response), flat beyond the last point.
    Points(Arc<[(f64, f64)]>),
    /// Power stretches one after another, flat beyond the last.
    Bent(Arc<[Stretch]>),
}

/// Why the parameters of a curve cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// A parameter that is not a number, infinite or outside its range.
    #[error("{family}: `{parameter}` is {value}, and must be {rule}")]
    Parameter {
        /// Family of the curve.
        family: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A curve of points without any.
    #[error("points: there is no point")]
    NoPoints,
    /// A point that is not a number, infinite or negative.
    #[error("points: point {point} is ({spend}, {response}), and both must be finite and zero or above")]
    Point {
        /// Number of the point, from 1.
        point: usize,
        /// Its spend, money.
        spend: f64,
        /// Its response.
        response: f64,
    },
    /// Two points with the same spend, or out of order.
    #[error("points: spend {spend} of point {point} is not above the spend of the point before")]
    SpendOrder {
        /// Number of the point, from 1.
        point: usize,
        /// Its spend, money.
        spend: f64,
    },
    /// A response that falls as spend rises.
    #[error("points: response {response} of point {point} is below the response of the point before")]
    ResponseFalls {
        /// Number of the point, from 1.
        point: usize,
        /// Its response.
        response: f64,
    },
    /// A response without spend.
    #[error("points: the response at spend 0 is {response}, and must be 0")]
    ResponseWithoutSpend {
        /// The response at spend zero.
        response: f64,
    },
}

impl CurveError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Parameter { parameter: "h", family: "power", .. } => {
                "a power curve with `h` above 1 has no optimum; use `hill` for an S-shaped response".to_owned()
            }
            Self::Parameter { .. } => return None,
            Self::NoPoints => "give at least one point (spend, response)".to_owned(),
            Self::Point { .. } => "remove the point or correct it".to_owned(),
            Self::SpendOrder { .. } => "give one response for each spend".to_owned(),
            Self::ResponseFalls { .. } => "remove the point: spending more cannot be made to bring less".to_owned(),
            Self::ResponseWithoutSpend { .. } => {
                "subtract it from every point: only what spend adds can be allocated".to_owned()
            }
        })
    }
}

impl Curve {
    /// Response at spend `x` (money, zero or above); zero at zero.
    #[must_use]
    pub fn value(&self, x: f64) -> f64 {
        match self {
            Self::Hill { a, k, h } => hill::value(*a, *k, *h, x),
            Self::Exp { a, k } => exponential::value(*a, *k, x),
            Self::Power { a, k, h } => power::value(*a, *k, *h, x),
            Self::Log { a, k } => logarithmic::value(*a, *k, x),
            Self::Points(points) => points::value(points, x),
            Self::Bent(stretches) => bent::value(stretches, x),
        }
    }

    /// Slope at spend `x`, response per unit of money; from the right at a kink.
    ///
    /// Infinite at zero for power and Hill curves with `h < 1`.
    #[must_use]
    pub fn marginal(&self, x: f64) -> f64 {
        match self {
            Self::Hill { a, k, h } => hill::marginal(*a, *k, *h, x),
            Self::Exp { a, k } => exponential::marginal(*a, *k, x),
            Self::Power { a, k, h } => power::marginal(*a, *k, *h, x),
            Self::Log { a, k } => logarithmic::marginal(*a, *k, x),
            Self::Points(points) => points::marginal(points, x),
            Self::Bent(stretches) => bent::marginal(stretches, x),
        }
    }

    /// [`Curve::value`] and [`Curve::marginal`] together, to the same bits as `value`.
    pub(crate) fn value_and_marginal(&self, x: f64) -> (f64, f64) {
        match self {
            Self::Hill { a, k, h } if x > 0.0 && *a > 0.0 && !hill::is_one(*h) => {
                hill::value_and_marginal(*a, *k, *h, x)
            }
            Self::Power { a, k, h } if x > 0.0 && *a > 0.0 && *h < 1.0 => power::value_and_marginal(*a, *k, *h, x),
            _ => (self.value(x), self.marginal(x)),
        }
    }

    /// The largest spend (money) whose slope is at least `price`: zero if there is none, infinite
    /// if `price` is zero or below.
    #[must_use]
    pub fn spend_at_marginal(&self, price: f64) -> f64 {
        if price <= 0.0 {
            return f64::INFINITY;
        }
        match self {
            Self::Hill { a, k, h } => hill::spend_at_marginal(*a, *k, *h, price),
            Self::Exp { a, k } => exponential::spend_at_marginal(*a, *k, price),
            Self::Power { a, k, h } => power::spend_at_marginal(*a, *k, *h, price),
            Self::Log { a, k } => logarithmic::spend_at_marginal(*a, *k, price),
            Self::Points(points) => points::spend_at_marginal(points, price),
            Self::Bent(stretches) => bent::spend_at_marginal(stretches, price),
        }
    }

    /// Whether the slope never rises.
    #[must_use]
    pub fn is_concave(&self) -> bool {
        match self {
            Self::Hill { h, .. } | Self::Power { h, .. } => *h <= 1.0,
            Self::Exp { .. } | Self::Log { .. } | Self::Bent(_) => true,
            Self::Points(points) => points::is_concave(points),
        }
    }

    /// The same curve with its response multiplied by `factor` (zero or above).
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Hill { a, k, h } => Self::Hill { a: a * factor, k: *k, h: *h },
            Self::Exp { a, k } => Self::Exp { a: a * factor, k: *k },
            Self::Power { a, k, h } => Self::Power { a: a * factor, k: *k, h: *h },
            Self::Log { a, k } => Self::Log { a: a * factor, k: *k },
            Self::Points(points) => {
                Self::Points(points.iter().map(|&(spend, response)| (spend, response * factor)).collect())
            }
            Self::Bent(stretches) => {
                Self::Bent(stretches.iter().map(|stretch| Stretch { a: stretch.a * factor, ..*stretch }).collect())
            }
        }
    }

    /// Name of the family, as written in curve tables.
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self {
            Self::Hill { .. } => "hill",
            Self::Exp { .. } => "exp",
            Self::Power { .. } => "power",
            Self::Log { .. } => "log",
            Self::Points(_) => "points",
            Self::Bent(_) => "bent",
        }
    }

    /// Whether [`Self::validate`] finds nothing wrong, for smooth curves; false for points and bent ones.
    #[inline]
    pub(crate) fn is_sound(&self) -> bool {
        let (a, k, h, most) = match *self {
            Self::Hill { a, k, h } => (a, k, h, f64::MAX),
            Self::Power { a, k, h } => (a, k, h, 1.0),
            Self::Exp { a, k } | Self::Log { a, k } => (a, k, 1.0, 1.0),
            Self::Points(_) | Self::Bent(_) => return false,
        };
        // without branches, for the vector unit
        [a >= 0.0, a <= f64::MAX, k > 0.0, k <= f64::MAX, h > 0.0, h <= most]
            .iter()
            .fold(true, |all, holds| all & holds)
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// A parameter that is not a number, infinite or out of range; points that are none, not
    /// ascending in spend, falling in response, or with a response at zero spend.
    pub fn validate(&self) -> Result<(), CurveError> {
        let family = self.family();
        let above_zero = |parameter, value: f64| check(family, parameter, value, value > 0.0, "finite and above 0");
        let zero_or_above =
            |parameter, value: f64| check(family, parameter, value, value >= 0.0, "finite and zero or above");
        match self {
            Self::Hill { a, k, h } => {
                zero_or_above("a", *a)?;
                above_zero("k", *k)?;
                above_zero("h", *h)
            }
            Self::Power { a, k, h } => {
                zero_or_above("a", *a)?;
                above_zero("k", *k)?;
                check(family, "h", *h, *h > 0.0 && *h <= 1.0, "above 0 and at most 1")
            }
            Self::Exp { a, k } | Self::Log { a, k } => {
                zero_or_above("a", *a)?;
                above_zero("k", *k)
            }
            Self::Points(points) => check_points(points),
            Self::Bent(stretches) => match bent::fault(stretches) {
                Some((parameter, value, rule)) => Err(CurveError::Parameter { family, parameter, value, rule }),
                None if stretches.is_empty() => Err(CurveError::NoPoints),
                None => Ok(()),
            },
        }
    }
}

fn check(
    family: &'static str,
    parameter: &'static str,
    value: f64,
    holds: bool,
    rule: &'static str,
) -> Result<(), CurveError> {
    if holds && value.is_finite() { Ok(()) } else { Err(CurveError::Parameter { family, parameter, value, rule }) }
}

fn check_points(points: &[(f64, f64)]) -> Result<(), CurveError> {
    let mut before: Option<(f64, f64)> = None;
    for (at, &(spend, response)) in points.iter().enumerate() {
        let point = at + 1;
        let sound = |number: f64| number.is_finite() && number >= 0.0;
        if !sound(spend) || !sound(response) {
            return Err(CurveError::Point { point, spend, response });
        }
        if before.is_none() && spend <= 0.0 && response > 0.0 {
            return Err(CurveError::ResponseWithoutSpend { response });
        }
        if let Some((spend_before, response_before)) = before {
            if spend <= spend_before {
                return Err(CurveError::SpendOrder { point, spend });
            }
            if response < response_before {
                return Err(CurveError::ResponseFalls { point, response });
            }
        }
        before = Some((spend, response));
    }
    if before.is_none() { Err(CurveError::NoPoints) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
