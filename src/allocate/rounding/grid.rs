//! Multiples of a step of money: money to whole steps and back, limits rounded inwards.

use super::super::problem::Amount;

/// Limits within this share of a step of a multiple count as on it.
const ON_STEP: f64 = 1e-9;

/// Multiples of a step.
#[derive(Clone, Copy, Debug)]
pub(in crate::allocate) struct Grid {
    step: f64,
    /// The step as a fraction of whole numbers where it is one: `29/100` is nearer to 0.29 than `29·0.01`.
    fraction: Option<(f64, f64)>,
}

/// A number of few decimals, or of which a whole number makes a unit, as numerator and denominator.
fn fraction(step: f64) -> Option<(f64, f64)> {
    let decimals = (0..=9).map(|digits| 10_f64.powi(digits)).map(|unit| ((step * unit).round(), unit));
    let per_unit = step.recip().round();
    decimals
        .chain([(1.0, per_unit)])
        .find(|&(whole, unit)| whole >= 1.0 && unit >= 1.0 && (whole / unit - step).abs() <= 4.0 * f64::EPSILON * step)
}

impl Grid {
    /// A step that is not above zero, or so small that the budget has more than 2⁵³ of them, is replaced
    /// by the smallest that works.
    pub(in crate::allocate) fn new(step: f64, budget: f64) -> Self {
        let step = if step.is_finite() { step } else { 0.0 }.max(budget / 9e15).max(f64::MIN_POSITIVE);
        Self { step, fraction: fraction(step) }
    }

    /// The step, money.
    pub(in crate::allocate) fn step(self) -> f64 {
        self.step
    }

    fn ratio(self, money: f64) -> f64 {
        self.fraction.map_or(money / self.step, |(whole, unit)| money * unit / whole)
    }

    /// How far from a multiple counts as on it, in steps: large amounts carry rounding of their own.
    pub(in crate::allocate) fn tolerance(self, money: f64) -> f64 {
        ON_STEP.max(4.0 * f64::EPSILON * self.ratio(money))
    }

    #[allow(clippy::cast_possible_truncation)] // saturates, as infinite upper bounds should
    pub(in crate::allocate) fn down(self, money: f64) -> i64 {
        (self.ratio(money) + self.tolerance(money)).floor() as i64
    }

    #[allow(clippy::cast_possible_truncation)]
    pub(in crate::allocate) fn up(self, money: f64) -> i64 {
        (self.ratio(money) - self.tolerance(money)).ceil().max(0.0) as i64
    }

    #[allow(clippy::cast_possible_truncation)]
    pub(in crate::allocate) fn nearest(self, money: f64) -> i64 {
        self.ratio(money).round() as i64
    }

    pub(in crate::allocate) fn money(self, steps: i64) -> f64 {
        self.fraction.map_or(steps as f64 * self.step, |(whole, unit)| steps as f64 * whole / unit)
    }

    /// What the budget has beyond its last whole step, money.
    pub(in crate::allocate) fn crumb(self, budget: f64) -> f64 {
        let steps = self.down(budget);
        let crumb = budget - self.money(steps);
        let on_step = steps > 0 && crumb <= self.tolerance(budget) * self.step;
        if on_step { 0.0 } else { crumb }
    }

    /// Limits of a group or class, rounded inwards; shares are of `total`, the spend of the whole plan.
    pub(in crate::allocate) fn limits(self, lower: Amount, upper: Amount, total: f64) -> (i64, i64) {
        let lower = match lower {
            Amount::Money(money) => self.up(money),
            Amount::Share(share) => self.up(share * total),
        };
        let upper = match upper {
            Amount::Money(money) => self.down(money),
            // the whole plan limits nothing
            Amount::Share(share) if share >= 1.0 => i64::MAX,
            Amount::Share(share) => self.down(share * total),
        };
        (lower, upper)
    }
}
