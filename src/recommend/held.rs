//! What bounds of single terms cost: each kind of bound, all terms that it holds together.
//!
//! # Formula
//! ```text
//! worth = Σ xᵢ gᵢ / Σ xᵢ,     gᵢ = |fᵢ′(xᵢ) − pᵢ| − τ,     pᵢ = λ + what the limits add that the term shares with others
//! ```
//! That is the objective gained where the bounds of a kind give way by one unit of money in sum, each in proportion to the
//! spend it holds; τ is what moving a unit of money has to earn. Not computed where a target gives each term a price of its
//! own, nor where the bounds hold no spend.

use super::binding::Holds;
use super::fixed_price::own_prices;
use super::limit_rows::LimitRow;
use super::uncertainty;
use crate::allocate::{Binding, Problem};
use crate::numeric::sum::ExactSum;

/// Far above any return: where limits alone bring more than a wanted volume, money has no price.
const NO_PRICE: f64 = 1e100;

/// Sums over the terms that one kind of bound holds.
#[derive(Default)]
struct Kind {
    words: &'static str,
    side: &'static str,
    source: &'static str,
    terms: usize,
    now: ExactSum,
    planned: ExactSum,
    bound: ExactSum,
    weight: ExactSum,
    gain: ExactSum,
}

/// One row for each kind of bound that holds terms, most terms first. Shape of `spend` (the plan) and `current`: terms.
pub(super) fn held_rows(holds: &Holds, problem: &Problem, [spend, current]: [&[f64]; 2], price: f64) -> Vec<LimitRow> {
    let allocation = holds.allocation;
    let prices = own_prices(problem, allocation, holds.sums, price);
    let moving = problem.moving_price() + allocation.turnover_price.max(0.0);
    let mut kinds: Vec<Kind> = Vec::new();
    for term in 0..spend.len() {
        let (words, side) = match allocation.binding[term] {
            Binding::None => continue,
            // spending less than nothing is no choice that a limit takes
            Binding::Lower if problem.lower[term] <= 0.0 => continue,
            Binding::Lower => (holds.limits.words(term, true), "lower"),
            Binding::Upper => (holds.limits.words(term, false), "upper"),
            Binding::Fixed => (holds.limits.words(term, false), "both"),
        };
        // the whole cents around what a term has to keep are one limit, whichever of them is touched
        let side = if around(problem.lower[term], problem.upper[term]) { "both" } else { side };
        // the side has a column of its own
        let words = words.trim_end_matches(" (lower)").trim_end_matches(" (upper)");
        let at = kinds.iter().position(|kind| kind.words == words && kind.side == side).unwrap_or_else(|| {
            let source = holds.limits.source(term, side == "lower");
            kinds.push(Kind { words, side, source, ..Kind::default() });
            kinds.len() - 1
        });
        let kind = &mut kinds[at];
        kind.terms += 1;
        kind.now.add(current[term]);
        kind.planned.add(spend[term]);
        kind.bound.add(if side == "lower" { problem.lower[term] } else { problem.upper[term] });
        let gain = ((allocation.marginal[term] - prices[term]).abs() - moving).max(0.0);
        if gain.is_finite() {
            kind.weight.add(allocation.spend[term]);
            kind.gain.add(allocation.spend[term] * gain);
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.terms));
    let told = !uncertainty::own_prices(&problem.goal) && price.is_finite() && price < NO_PRICE;
    kinds.into_iter().map(|kind| kind.row(told)).collect()
}

/// Whether bounds are the whole cents next to each other around a spend that may not change.
fn around(lower: f64, upper: f64) -> bool {
    let whole = |money: f64| (money * 100.0 - (money * 100.0).round()).abs() < 1e-6;
    upper - lower < 0.0101 && whole(lower) && whole(upper)
}

impl Kind {
    fn row(&self, told: bool) -> LimitRow {
        let bound = |side: &str| (self.side == side || self.side == "both").then(|| self.bound.value());
        let given = |side: &str| if self.side == side || self.side == "both" { "sum of its terms" } else { "" };
        let weight = self.weight.value();
        LimitRow {
            kind: self.words,
            source: self.source.to_owned(),
            unit: "money",
            terms: Some(self.terms),
            lower: bound("lower"),
            lower_given: given("lower").to_owned(),
            upper: bound("upper"),
            upper_given: given("upper").to_owned(),
            now: Some(self.now.value()),
            planned: Some(self.planned.value()),
            binds: self.side,
            worth: (told && weight > 0.0).then(|| self.gain.value() / weight),
            ..LimitRow::default()
        }
    }
}
