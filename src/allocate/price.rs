//! Search for the price: the multiplier λ of the budget, at which every item that is free to move
//! has the same marginal.
//!
//! ```text
//! xᵢ(λ)   largest maximizer of f̂ᵢ(x) − λx on [lᵢ, uᵢ]      S(λ) = Σ xᵢ(λ), never rising
//! ```
//!
//! Newton's method on `ln S` over `ln λ`, kept inside a bracket `S(λ_low) ≥ B ≥ S(λ_high)` by
//! bisection over the binary digits of λ. Near the root each step deliberately goes a little past it,
//! so that the bracket closes from both sides. It is closed when any two plans between its ends
//! differ by less than one part in 10¹⁵, or when no number lies between them.

use super::item::Item;
use super::tally::{Scale, Tally};
use super::workspace::Workspace;

/// Value at stake in a closed bracket, as a share of the budget's.
const CLOSED: f64 = 1e-15;

/// One end of the bracket.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) price: f64,
    /// Sum of the spends at that price, money.
    pub(super) total: f64,
}

/// What stopped the spending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The budget is spent: the plan lies between the two ends.
    Budget,
    /// The next unit of money earns less than the floor: the plan is the lower end.
    Floor,
    /// Every item is at its upper bound: the plan is the lower end.
    Upper,
    /// The lower bounds take the whole budget: the plan is the higher end.
    Lower,
}

/// Outcome of the search. Spends at the ends are in the workspace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) low: End,
    pub(super) high: End,
    /// Money to spend.
    pub(super) budget: f64,
    pub(super) limit: Limit,
    pub(super) iterations: usize,
    pub(super) closed: bool,
}

/// What is asked of the search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) budget: f64,
    pub(super) floor: f64,
    pub(super) initial_price: Option<f64>,
    pub(super) max_iterations: usize,
    pub(super) scale: Scale,
}

/// Finds the bracket for the items of the workspace.
pub(super) fn search(workspace: &mut Workspace, target: Target) -> Bracket {
    let Target { budget, floor, scale, .. } = target;
    workspace.start();
    let low = End { price: floor, total: scale.total(&workspace.low) };
    let high = End { price: f64::INFINITY, total: scale.total(&workspace.high) };
    let mut bracket = Bracket { low, high, budget, limit: Limit::Budget, iterations: 0, closed: true };
    if high.total >= budget {
        return Bracket { limit: Limit::Lower, ..bracket };
    }
    if floor > 0.0 {
        bracket.iterations += 1;
        let (total, _) = workspace.evaluate(floor, scale);
        std::mem::swap(&mut workspace.low, &mut workspace.trial);
        bracket.low.total = total;
        if total <= budget {
            let limit = if total >= low.total { Limit::Upper } else { Limit::Floor };
            return Bracket { limit, ..bracket };
        }
    } else if low.total <= budget {
        return Bracket { limit: Limit::Upper, ..bracket };
    }
    bracket.closed = false;
    close(workspace, target, bracket)
}

fn close(workspace: &mut Workspace, target: Target, mut bracket: Bracket) -> Bracket {
    let Target { budget, scale, .. } = target;
    let inside = |price: f64, bracket: &Bracket| price > bracket.low.price && price < bracket.high.price;
    let mut price = target
        .initial_price
        .filter(|price| inside(*price, &bracket))
        .or_else(|| sample_price(workspace, target, &bracket).filter(|price| inside(*price, &bracket)))
        .unwrap_or_else(|| middle(&bracket));
    let mut reach = 2.0;
    let mut error = f64::INFINITY;
    while bracket.iterations < target.max_iterations {
        bracket.iterations += 1;
        let (total, speed) = workspace.evaluate(price, scale);
        if total >= budget {
            bracket.low = End { price, total };
            std::mem::swap(&mut workspace.low, &mut workspace.trial);
        }
        if total <= budget {
            bracket.high = End { price, total };
            if total >= budget {
                // both ends are this very plan
                workspace.high.clone_from(&workspace.low);
            } else {
                std::mem::swap(&mut workspace.high, &mut workspace.trial);
            }
        }
        if is_closed(&bracket, budget) {
            bracket.closed = true;
            break;
        }
        let mut step = newton(total, speed, budget);
        if bracket.low.price <= 0.0 || bracket.high.price.is_infinite() {
            // not bracketed yet: never further than twice the step before
            step = if step.is_nan() { (total - budget).signum() * reach } else { step.clamp(-reach, reach) };
            reach *= 2.0;
        } else if (total - budget).abs() > 0.5 * error {
            // no progress, as where the sum jumps
            step = f64::NAN;
        }
        error = (total - budget).abs();
        let next = price * step.exp();
        price = if inside(next, &bracket) { next } else { middle(&bracket) };
    }
    bracket
}

/// Step in the log of the price; not a number where the sum does not respond.
fn newton(total: f64, speed: f64, budget: f64) -> f64 {
    if speed <= 0.0 {
        return f64::NAN;
    }
    let step =
        if total > 0.0 && budget > 0.0 { total / speed * (total / budget).ln() } else { (total - budget) / speed };
    if step.abs() < 0.01 {
        // Newton's error is about half the square of the step, so this is past the root
        step + (step * step).max(4.0 * f64::EPSILON).copysign(step)
    } else {
        step
    }
}

fn is_closed(bracket: &Bracket, budget: f64) -> bool {
    let Bracket { low, high, .. } = bracket;
    let stake = (high.price - low.price) * (low.total - high.total);
    stake <= CLOSED * low.price * budget || high.price.to_bits() - low.price.to_bits() <= 1
}

/// Halves the bracket over the binary digits of the price: by its logarithm, in effect.
fn middle(bracket: &Bracket) -> f64 {
    let (low, high) = (bracket.low.price.to_bits(), bracket.high.price.to_bits());
    f64::from_bits(low + (high - low) / 2)
}

/// Where to start: the price of a sample of the items where there are many, else their mean log
/// slope with each the same share of its range spent.
fn sample_price(workspace: &mut Workspace, target: Target, bracket: &Bracket) -> Option<f64> {
    /// Half a percent of error in the price, for a thirtieth of the work.
    const SAMPLE: usize = 32_768;
    let share = (target.budget - bracket.high.total) / (bracket.low.total - bracket.high.total);
    // a power of two, to draw by the digits of a hash of what the item is, whatever the row order
    let stride = (workspace.items.len() / SAMPLE).next_power_of_two() as u64;
    if workspace.items.len() < 2 * SAMPLE {
        return Some(mean_slope(workspace, share)).filter(|price| price.is_finite());
    }
    let mut sample = Workspace::new();
    sample.take(workspace, |item| item.is_free() && item.hash() & (stride - 1) == 0);
    let sum = |bound: fn(&Item) -> f64| target.scale.sum(sample.items.iter().map(bound));
    let (least, most) = (sum(|item| item.lower), sum(|item| item.upper));
    let budget = share.mul_add(most - least, least);
    let found = search(&mut sample, Target { budget, floor: 0.0, initial_price: None, ..target });
    workspace.pieces = sample.pieces;
    (found.limit == Limit::Budget).then_some(found.low.price)
}

fn mean_slope(workspace: &Workspace, share: f64) -> f64 {
    let scale = Scale::new(workspace.items.len(), 1024.0);
    let mut sum = Tally::default();
    let mut count = 0_u32;
    for item in workspace.items.iter().filter(|item| item.is_free()) {
        let ln = item.log_slope(share.mul_add(item.upper - item.lower, item.lower), &workspace.pieces);
        if ln.abs() < 1024.0 {
            sum.add(ln, scale);
            count += 1;
        }
    }
    (sum.value() / f64::from(count)).exp()
}
