//! Search for a price: the multiplier λ at which what items spend together meets a target.
//!
//! ```text
//! xᵢ(λ)   largest maximizer of f̂ᵢ(x) − λx on [lᵢ, uᵢ]      S(λ) = Σ xᵢ(λ), never rising
//! ```
//!
//! Newton's method on `ln S` over `ln λ`, kept inside a bracket `S(λ_low) ≥ B ≥ S(λ_high)` by
//! bisection over the binary digits of λ. Near the root each step deliberately goes a little past it,
//! so that the bracket closes from both sides. It is closed when any two plans between its ends
//! differ by less than one part in 10¹⁵, or when no number lies between them.
//!
//! Where the sum is smooth one side is enough: near the root what remains is a step along slope and bend of the spends,
//! whose error is of the order of its cube.

/// Value at stake in a closed bracket, as a share of the target's.
const CLOSED: f64 = 1e-15;

/// Largest step along spends that bend, in the log of the price: its cube is rounding.
pub(super) const NEAR: f64 = 5e-6;

/// A plan that is a step of the price away from the one at a price tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tangent {
    pub(super) price: f64,
    /// The step in the log of the price.
    pub(super) step: f64,
    /// How fast the total falls in the log of the price, money.
    pub(super) speed: f64,
}

/// One end of the bracket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) price: f64,
    /// Sum of the spends at that price, money.
    pub(super) total: f64,
}

/// Two prices with the target between their totals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bracket {
    pub(super) low: End,
    pub(super) high: End,
    /// Share of the low end in the plan that spends the target exactly.
    pub(super) share: f64,
    pub(super) iterations: usize,
    pub(super) closed: bool,
    /// Where the plan is a step away from that at the price tried last: then both ends are the price after the step.
    pub(super) tangent: Option<Tangent>,
}

impl Bracket {
    /// A single price.
    pub(super) fn at(end: End) -> Self {
        Self { low: end, high: end, share: 1.0, iterations: 0, closed: true, tangent: None }
    }

    /// The price between its ends, by the share of each in the plan; the lower one where the other has no end.
    /// What is too small for its digits is nothing.
    pub(super) fn price(&self) -> f64 {
        if self.high.price < f64::MIN_POSITIVE {
            return 0.0;
        }
        if self.high.price.is_finite() && self.low.price < self.high.price {
            let price = self.share.mul_add(self.low.price - self.high.price, self.high.price);
            price.clamp(self.low.price, self.high.price)
        } else {
            self.low.price
        }
    }

    /// An end that is neither zero nor infinite.
    pub(super) fn finite_price(&self) -> Option<f64> {
        [self.low.price, self.high.price].into_iter().find(|price| *price > 0.0 && price.is_finite())
    }
}

/// Closes the bracket `low` (total above `target`) to `high` (total below it).
///
/// `evaluate` gives the total at a price and how fast it falls in the log of the price. Where the total is smooth the
/// last step may be one along the spends' slopes, if it is no longer than `along`.
pub(super) fn close(
    target: f64,
    low: End,
    high: End,
    start: Option<f64>,
    along: Option<f64>,
    max_iterations: usize,
    mut evaluate: impl FnMut(f64) -> (f64, f64),
) -> Bracket {
    let mut bracket = Bracket { low, high, share: 0.0, iterations: 0, closed: false, tangent: None };
    let inside = |price: f64, bracket: &Bracket| price > bracket.low.price && price < bracket.high.price;
    let mut price = start.filter(|price| inside(*price, &bracket)).unwrap_or_else(|| middle(&bracket));
    let mut reach = 2.0;
    let mut error = f64::INFINITY;
    while !is_closed(&bracket, target) {
        if bracket.iterations >= max_iterations {
            bracket.share = share(&bracket, target);
            return bracket;
        }
        bracket.iterations += 1;
        let (total, speed) = evaluate(price);
        let tangent = Tangent { price, step: (total - target) / speed, speed };
        if speed > 0.0 && along.is_some_and(|along| tangent.step.abs() <= along) {
            let end = End { price: price * tangent.step.exp(), total: target };
            return Bracket { iterations: bracket.iterations, tangent: Some(tangent), ..Bracket::at(end) };
        }
        if total >= target {
            bracket.low = End { price, total };
        }
        if total <= target {
            bracket.high = End { price, total };
        }
        let mut step = newton(total, speed, target, along.is_some());
        if bracket.low.price <= 0.0 || bracket.high.price.is_infinite() {
            // not bracketed yet: never further than twice the step before
            step = if step.is_nan() { (total - target).signum() * reach } else { step.clamp(-reach, reach) };
            reach *= 2.0;
        } else if (total - target).abs() > 0.5 * error {
            // no progress, as where the sum jumps
            step = f64::NAN;
        }
        error = (total - target).abs();
        let next = price * step.exp();
        price = if inside(next, &bracket) { next } else { middle(&bracket) };
    }
    bracket.closed = true;
    bracket.share = share(&bracket, target);
    bracket
}

/// Share of the low end in the plan that spends the target.
fn share(bracket: &Bracket, target: f64) -> f64 {
    let Bracket { low, high, .. } = bracket;
    if low.total > high.total { ((target - high.total) / (low.total - high.total)).clamp(0.0, 1.0) } else { 1.0 }
}

/// Step in the log of the price, a little past the root unless one side is enough; not a number where the sum does
/// not respond.
fn newton(total: f64, speed: f64, target: f64, smooth: bool) -> f64 {
    if speed <= 0.0 {
        return f64::NAN;
    }
    let step =
        if total > 0.0 && target > 0.0 { total / speed * (total / target).ln() } else { (total - target) / speed };
    if step.abs() < 0.01 && !smooth {
        // Newton's error is about half the square of the step, so this is past the root
        step + (step * step).max(4.0 * f64::EPSILON).copysign(step)
    } else {
        step
    }
}

fn is_closed(bracket: &Bracket, target: f64) -> bool {
    let Bracket { low, high, .. } = bracket;
    let stake = (high.price - low.price) * (low.total - high.total);
    // not a number: an infinite price over totals that agree
    stake <= CLOSED * low.price * target || high.price.to_bits() - low.price.to_bits() <= 1
}

/// Halves the bracket over the binary digits of the price: by its logarithm, in effect.
fn middle(bracket: &Bracket) -> f64 {
    let (low, high) = (bracket.low.price.to_bits(), bracket.high.price.to_bits());
    f64::from_bits(low + (high - low) / 2)
}
