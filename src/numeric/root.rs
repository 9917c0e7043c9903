//! Bracketed roots and maxima of functions of one variable: `argmin`'s Brent methods, guarded.
//!
//! In: a closure and an interval. Out: the point, the function there, and whether the tolerance was
//! reached within the cap of iterations. `argmin` itself has no cap by default, and its sign test
//! lets `NaN` pass, so every value is checked for finiteness on the way.
//!
//! Wrong when: the function has a pole in the interval (the sign change is then taken for a root),
//! or several maxima (one of them is found).

use std::cell::Cell;

use argmin::core::{CostFunction, Error as ArgminError, Executor, State, TerminationReason, TerminationStatus};
use argmin::solver::brent::{BrentOpt, BrentRoot};

/// Iterations after which a search stops; bisection alone would need about 60.
const MAX_ITERATIONS: u64 = 200;

/// A root, or the best point when the cap was hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Where.
    pub x: f64,
    /// The function there.
    pub value: f64,
    /// Iterations used.
    pub iterations: u64,
    /// Whether the tolerance was reached; `false` means that the cap of iterations was.
    pub converged: bool,
}

/// A maximum, or the best point when the cap was hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Maximum {
    /// Where.
    pub x: f64,
    /// The function there.
    pub value: f64,
    /// Iterations used.
    pub iterations: u64,
    /// Whether the tolerance was reached; `false` means that the cap of iterations was.
    pub converged: bool,
}

/// Why there is no root or maximum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RootError {
    /// The interval is empty, reversed or not finite.
    #[error("no interval to search: from {lower} to {upper}")]
    Interval {
        /// Lower end asked for.
        lower: f64,
        /// Upper end asked for.
        upper: f64,
    },
    /// The tolerance is not positive and finite.
    #[error("tolerance {tolerance} is not a positive number")]
    Tolerance {
        /// Tolerance asked for.
        tolerance: f64,
    },
    /// The function has the same sign at both ends.
    #[error("no change of sign between {lower} (value {at_lower}) and {upper} (value {at_upper})")]
    NotBracketed {
        /// Lower end of the interval.
        lower: f64,
        /// Upper end of the interval.
        upper: f64,
        /// Function at the lower end.
        at_lower: f64,
        /// Function at the upper end.
        at_upper: f64,
    },
    /// The function is infinite or not a number somewhere in the interval.
    #[error("function is {value} at {x}")]
    NotFinite {
        /// Where.
        x: f64,
        /// What the function gave.
        value: f64,
    },
    /// The solver refused for a reason of its own.
    #[error("root search stopped: {reason}")]
    Solver {
        /// The solver's words.
        reason: String,
    },
}

impl RootError {
    /// What to change.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Interval { .. } => Some("give two finite ends, the lower one first".to_owned()),
            Self::Tolerance { .. } => Some("give a tolerance above 0, for example 1e-9".to_owned()),
            Self::NotBracketed { .. } => Some("widen the interval until the function changes sign in it".to_owned()),
            Self::NotFinite { .. } => Some("shrink the interval to where the function is finite".to_owned()),
            Self::Solver { .. } => None,
        }
    }
}

/// The closure as `argmin` wants it; remembers the first value that was not finite.
struct Watched<F> {
    function: F,
    sign: f64,
    bad: Cell<Option<(f64, f64)>>,
}

impl<F: Fn(f64) -> f64> Watched<F> {
    fn finite(&self, x: f64) -> Result<f64, RootError> {
        let value = (self.function)(x);
        if value.is_finite() {
            Ok(value)
        } else {
            self.bad.set(self.bad.get().or(Some((x, value))));
            Err(RootError::NotFinite { x, value })
        }
    }
}

impl<F: Fn(f64) -> f64> CostFunction for &Watched<F> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, ArgminError> {
        Ok(self.sign * self.finite(*x)?)
    }
}

fn check(lower: f64, upper: f64, tolerance: f64) -> Result<(), RootError> {
    if !(lower.is_finite() && upper.is_finite() && lower < upper) {
        return Err(RootError::Interval { lower, upper });
    }
    if !(tolerance > 0.0 && tolerance.is_finite()) {
        return Err(RootError::Tolerance { tolerance });
    }
    Ok(())
}

fn converged(status: &TerminationStatus) -> bool {
    matches!(status, TerminationStatus::Terminated(TerminationReason::SolverConverged))
}

fn failure<F>(watched: &Watched<F>, error: &ArgminError) -> RootError {
    match watched.bad.get() {
        Some((x, value)) => RootError::NotFinite { x, value },
        None => RootError::Solver { reason: error.to_string() },
    }
}

/// Root of `function` between `lower` and `upper`, to `tolerance` in x (absolute), by Brent's method.
///
/// # Errors
///
/// Interval or tolerance invalid, no change of sign, or a value that is not finite.
pub fn find_root(function: impl Fn(f64) -> f64, lower: f64, upper: f64, tolerance: f64) -> Result<Root, RootError> {
    check(lower, upper, tolerance)?;
    let watched = Watched { function, sign: 1.0, bad: Cell::new(None) };
    let (at_lower, at_upper) = (watched.finite(lower)?, watched.finite(upper)?);
    for (x, value) in [(lower, at_lower), (upper, at_upper)] {
        if value.abs() <= 0.0 {
            return Ok(Root { x, value, iterations: 0, converged: true });
        }
    }
    // by sign, not by product: that underflows for small values
    if (at_lower > 0.0) == (at_upper > 0.0) {
        return Err(RootError::NotBracketed { lower, upper, at_lower, at_upper });
    }
    let done = Executor::new(&watched, BrentRoot::new(lower, upper, tolerance))
        .configure(|state| state.max_iters(MAX_ITERATIONS))
        .timer(false)
        .run()
        .map_err(|error| failure(&watched, &error))?;
    let state = done.state();
    let x = state.get_best_param().copied().unwrap_or(f64::NAN);
    let converged = converged(state.get_termination_status());
    Ok(Root { x, value: watched.finite(x)?, iterations: state.get_iter(), converged })
}

/// Maximum of a unimodal `function` between `lower` and `upper`, by Brent's method.
///
/// `tolerance` is relative to x; below about 10⁻⁸ it buys nothing, as the function is flat there.
///
/// # Errors
///
/// Interval or tolerance invalid, or a value that is not finite.
pub fn find_maximum(
    function: impl Fn(f64) -> f64,
    lower: f64,
    upper: f64,
    tolerance: f64,
) -> Result<Maximum, RootError> {
    check(lower, upper, tolerance)?;
    let watched = Watched { function, sign: -1.0, bad: Cell::new(None) };
    // the method never looks at the ends themselves, where a monotone function has its maximum
    let (at_lower, at_upper) = (watched.finite(lower)?, watched.finite(upper)?);
    let absolute = tolerance * (upper - lower).max(f64::MIN_POSITIVE) * 1e-3;
    let done = Executor::new(&watched, BrentOpt::new(lower, upper).set_tolerance(tolerance, absolute))
        .configure(|state| state.max_iters(MAX_ITERATIONS))
        .timer(false)
        .run()
        .map_err(|error| failure(&watched, &error))?;
    let state = done.state();
    let inner = state.get_best_param().copied().unwrap_or(f64::NAN);
    let mut best = (inner, watched.finite(inner)?);
    for end in [(lower, at_lower), (upper, at_upper)] {
        if end.1 > best.1 {
            best = end;
        }
    }
    let converged = converged(state.get_termination_status());
    Ok(Maximum { x: best.0, value: best.1, iterations: state.get_iter(), converged })
}

#[cfg(test)]
mod tests;
