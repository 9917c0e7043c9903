//! What posterior draws say about the plan of an account too large to solve once a draw: every term's
//! best spend at the plan's own prices.
//!
//! # Formula
//! ```text
//! xᵢ(d) = clip(fᵢ,d′⁻¹(pᵢ), lᵢ, uᵢ),     pᵢ = λ + what the term's groups and classes add
//! ```
//! The price of money stays the plan's, while re-solving would move it with the draw: where draws share a
//! shock (all rates up, all elasticities up) and the budget binds, this lets spends move together, so the
//! intervals are wider than re-solving makes them. Under a price floor that binds, as for profit with money
//! left, the two agree. One term is in memory at a time: its draws, then two ends and a share.

use super::Outcome;
use super::draws::{Elasticity, demand_shocks, demands, draw_places};
use super::elsewhere::known_share;
use super::items::Items;
use super::sums::{Place, SumLimits};
use super::uncertainty::{self, Asked, Judged, interval, sign};
use crate::allocate::{Allocation, Binding, Goal, Problem};
use crate::counts::Counts;
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Curve;
use rayon::prelude::*;

/// Largest number of (term, draw) pairs drawn: some ten seconds.
const LARGEST: usize = 20_000_000;
/// Fewest draws, whatever the number of terms.
const FEWEST: usize = 40;
/// Terms that a thread takes at a time.
const CHUNK: usize = 4096;

/// Where the draws come from.
pub(super) struct Source<'a> {
    pub(super) counts: &'a Counts,
    pub(super) posterior: &'a Posterior,
    pub(super) draws: usize,
    pub(super) seed: u64,
}

/// Sums over terms of clicks, conversions, revenue and profit, in a draw.
type Sums = [ExactSum; 4];

/// What a chunk of terms gives.
struct Part {
    spend: Vec<Option<(f64, f64)>>,
    p_raise: Vec<Option<f64>>,
    conversions: Vec<Option<(f64, f64)>>,
    returns: Vec<Option<(f64, f64)>>,
    planned: Vec<Sums>,
    compared: Vec<Sums>,
    /// Empty where the plan is compared with the current spends.
    now: Vec<Sums>,
}

/// What the draws say of a plan, with `prices` a term (`p` of the formula).
pub(super) fn judge(source: &Source, asked: &Asked, prices: &[f64], spend: &[f64], compared: &[f64]) -> Judged {
    let terms = spend.len();
    let count = source.draws.min((LARGEST / terms.max(1)).max(FEWEST));
    let drawer = source.posterior.drawer(source.counts, count, source.seed);
    let elasticities = Elasticity::new(count, source.seed);
    let demand = demands(asked.responses, &demand_shocks(count, source.seed));
    let factors = asked.items.incrementality.draws(count, source.seed);
    // limits cut a spend whatever the draw says, so that their prices tell nothing of a direction
    let own = uncertainty::own_prices(&asked.problem.goal);
    let threshold = |term: usize| match asked.sole {
        _ if own => prices[term],
        Some((sole, elsewhere)) if sole == term => elsewhere.unwrap_or(f64::NAN),
        _ => asked.price,
    };
    let current = &asked.responses.current_spend;
    let apart = if compared == current { 0 } else { count };
    let part = |chunk: usize| {
        let range = chunk * CHUNK..terms.min((chunk + 1) * CHUNK);
        let (mut rate, mut value, mut elasticity) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
        let mut place = vec![0.5; count];
        let mut part = Part {
            spend: Vec::with_capacity(range.len()),
            p_raise: Vec::with_capacity(range.len()),
            conversions: Vec::with_capacity(range.len()),
            returns: Vec::with_capacity(range.len()),
            planned: vec![Sums::default(); count],
            compared: vec![Sums::default(); count],
            now: vec![Sums::default(); apart],
        };
        for term in range {
            drawer.rate(term, &mut rate);
            asked.items.incrementality.apply(&factors, term, &mut rate);
            let has_value = drawer.value(term, &mut value);
            let supposed = &asked.items.factors;
            for (rate, value) in rate.iter_mut().zip(&mut value) {
                *rate *= supposed.rate(term);
                *value *= supposed.value(term);
            }
            elasticities.draw(source.counts, asked.responses, term, &mut elasticity);
            place.fill(0.5);
            draw_places(source.counts, asked.responses, term, source.seed, &mut place);
            let [mut best, mut relative, mut conversions, mut returns] = [(); 4].map(|()| Vec::with_capacity(count));
            for draw in 0..count {
                let value = has_value.then(|| value[draw]);
                let elasticity = supposed.elastic(term, elasticity[draw]);
                let clicks = asked.responses.drawn(term, elasticity, place[draw], demand[draw]);
                let curve = clicks.scaled(asked.items.worth(term, rate[draw], value));
                best.push(best_spend(&curve, asked.problem, term, prices[term]));
                relative.push(1.0 + sign(curve.marginal(asked.reference[term]) - threshold(term), 0.0));
                returns.push(curve.marginal(spend[term]));
                let at = |spend: f64| outcome(asked, &clicks, term, spend, rate[draw], value);
                let planned = at(spend[term]);
                conversions.push(planned[1]);
                add(&mut part.planned[draw], planned);
                add(&mut part.compared[draw], at(compared[term]));
                if let Some(now) = part.now.get_mut(draw) {
                    add(now, at(current[term]));
                }
            }
            part.spend.push(interval(best, asked.level));
            part.p_raise.push(known_share(relative.into_iter()));
            part.conversions.push(interval(conversions, asked.level));
            let finite = |(lower, upper): &(f64, f64)| lower.is_finite() && upper.is_finite();
            part.returns.push(interval(returns, asked.level).filter(finite));
        }
        part
    };
    let parts: Vec<Part> = (0..terms.div_ceil(CHUNK)).into_par_iter().map(part).collect();
    let mut judged = Judged {
        count,
        unsolved: 0,
        short: 0,
        spend: Vec::with_capacity(terms),
        p_raise: Vec::with_capacity(terms),
        conversions: Vec::with_capacity(terms),
        returns: Vec::with_capacity(terms),
        planned: Vec::new(),
        compared: Vec::new(),
        now: Vec::new(),
    };
    let (mut planned, mut compared) = (vec![Sums::default(); count], vec![Sums::default(); count]);
    let mut now = vec![Sums::default(); apart];
    for part in parts {
        judged.spend.extend(part.spend);
        judged.p_raise.extend(part.p_raise);
        judged.conversions.extend(part.conversions);
        judged.returns.extend(part.returns);
        let plans = planned.iter_mut().zip(&part.planned).chain(compared.iter_mut().zip(&part.compared));
        for (into, from) in plans.chain(now.iter_mut().zip(&part.now)) {
            for (into, from) in into.iter_mut().zip(from) {
                into.merge(*from);
            }
        }
    }
    judged.planned = outcomes(&planned, asked.items);
    judged.compared = outcomes(&compared, asked.items);
    judged.now = if apart > 0 { outcomes(&now, asked.items) } else { judged.compared.clone() };
    judged
}

/// Price of money of each term in a plan: what its last unit earns where nothing of its own holds it, else
/// the plan's price and what the limits add that it shares with others. Shape: terms.
pub(super) fn own_prices(problem: &Problem, allocation: &Allocation, sums: &SumLimits, price: f64) -> Vec<f64> {
    let shared = |term: usize| {
        sums.of_term(term)
            .map(|limit| match limit.place {
                Place::Group(at) => allocation.group_price[at],
                Place::Class(at) => allocation.class_price[at],
            })
            .sum::<f64>()
    };
    // a target gives every term a price of its own, which its marginal tells; a price of moving money does not
    let told = problem.turnover.is_none() && problem.goal != Goal::MostResponse;
    (0..problem.curves.len())
        .map(|term| {
            let marginal = allocation.marginal[term];
            if told && allocation.binding[term] == Binding::None && marginal.is_finite() {
                marginal
            } else {
                (price + shared(term)).max(0.0)
            }
        })
        .collect()
}

/// The best spend of a term at a price, within its bounds, its minimum and the band in which it is left alone.
fn best_spend(curve: &Curve, problem: &Problem, term: usize, price: f64) -> f64 {
    let (lower, upper) = (problem.lower[term], problem.upper[term]);
    let clip = |spend: f64| spend.max(lower).min(upper);
    let free = match &problem.turnover {
        Some(turnover) if turnover.price > 0.0 => {
            let current = clip(turnover.current[term]);
            let more = clip(curve.spend_at_marginal(price + turnover.price));
            let less = clip(curve.spend_at_marginal((price - turnover.price).max(0.0)));
            if more > current { more } else { less.min(current) }
        }
        _ => clip(curve.spend_at_marginal(price)),
    };
    let minimum = problem.minimum.get(term).copied().unwrap_or(0.0);
    if minimum > 0.0 && free > 0.0 && free < minimum {
        let pays = minimum <= upper && curve.value(minimum) > price * minimum;
        return if pays { minimum } else { lower };
    }
    free
}

/// Clicks, conversions, revenue and profit of a term in a draw.
fn outcome(asked: &Asked, clicks: &Curve, term: usize, spend: f64, rate: f64, value: Option<f64>) -> [f64; 4] {
    let clicks = asked.responses.free_clicks[term] + clicks.value(spend);
    let conversions = clicks * rate;
    let revenue = conversions * value.unwrap_or(0.0);
    [clicks, conversions, revenue, revenue.mul_add(asked.items.margin[term].unwrap_or(0.0), -spend)]
}

fn add(sums: &mut Sums, figures: [f64; 4]) {
    for (sum, figure) in sums.iter_mut().zip(figures) {
        sum.add(figure);
    }
}

fn outcomes(sums: &[Sums], items: &Items) -> Vec<Outcome> {
    let known = items.has_value();
    sums.iter()
        .map(|[clicks, conversions, revenue, profit]| Outcome {
            clicks: clicks.value(),
            conversions: conversions.value(),
            revenue: known.then(|| revenue.value()),
            profit: (known && items.all_margins).then(|| profit.value()),
        })
        .collect()
}
