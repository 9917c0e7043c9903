//! Multiples of a step of money: money to whole steps and back, limits rounded inwards.

use super::super::problem::Amount;

/// Limits within this share of a step of a multiple count as on it.
const ON_STEP: f64 = 1e-9;

/// Multiples of a step.
#[derive(Clone, Copy, Debug)]
pub(in crate::allocate) struct Grid {
    step: f64,
    /// Steps in a unit of money where that is a whole number: `29/100` is nearer to 0.29 than `29·0.01`.
    per_unit: Option<f64>,
}

impl Grid {
    /// A step that is not above zero, or so small that the budget has more than 2⁵³ of them, is replaced
    /// by the smallest that works.
    pub(in crate::allocate) fn new(step: f64, budget: f64) -> Self {
        let step = if step.is_finite() { step } else { 0.0 }.max(budget / 9e15).max(f64::MIN_POSITIVE);
        let per_unit = step.recip().round();
        let whole = per_unit >= 1.0 && per_unit.mul_add(step, -1.0).abs() <= 4.0 * f64::EPSILON;
        Self { step, per_unit: whole.then_some(per_unit) }
    }

    /// The step, money.
    pub(in crate::allocate) fn step(self) -> f64 {
        self.step
    }

    fn ratio(self, money: f64) -> f64 {
        self.per_unit.map_or(money / self.step, |per_unit| money * per_unit)
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
        self.per_unit.map_or(steps as f64 * self.step, |per_unit| steps as f64 / per_unit)
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
