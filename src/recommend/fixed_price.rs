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
use super::draws::{Elasticity, MIDDLE, demand_shocks, demands, draw_places};
use super::items::Items;
use super::sums::{Place, SumLimits};
use super::uncertainty::{self, Asked, Judged, interval_of, is_finite};
use crate::allocate::{Allocation, Binding, Goal, Problem};
use crate::counts::Counts;
use crate::estimate::{Drawer, Posterior};
use crate::numeric::sum::ExactSum;
use crate::response::Searches;
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

/// Draws of one term. Shape of every vector: draws.
#[derive(Default)]
struct Drawn {
    rate: Vec<f64>,
    value: Vec<f64>,
    has_value: bool,
    worth: Vec<f64>,
    elasticity: Vec<f64>,
    ceiling: Vec<f64>,
}

/// What draws of a term come from.
struct Drawing<'a> {
    source: &'a Source<'a>,
    asked: &'a Asked<'a>,
    count: usize,
    drawer: Drawer<'a>,
    elasticities: Elasticity,
    /// Of incrementality. Shape: rules × draws.
    factors: Vec<Vec<f64>>,
}

impl<'a> Drawing<'a> {
    fn new(source: &'a Source<'a>, asked: &'a Asked<'a>, count: usize) -> Self {
        let Source { counts, posterior, seed, .. } = *source;
        Self {
            source,
            asked,
            count,
            drawer: posterior.drawer(counts, count, seed),
            elasticities: Elasticity::new(counts, count, seed),
            factors: asked.items.incrementality.draws(count, seed),
        }
    }

    /// Draws everything that is not known of a term.
    fn draw(&self, term: usize, drawn: &mut Drawn) {
        let Drawn { rate, value, has_value, worth, elasticity, ceiling } = drawn;
        let supposed = &self.asked.items.factors;
        for figures in [&mut *rate, &mut *value, &mut *elasticity] {
            figures.resize(self.count, 0.0);
        }
        self.drawer.rate(term, rate);
        self.asked.items.incrementality.apply(&self.factors, term, rate);
        *has_value = self.drawer.value(term, value);
        for (rate, value) in rate.iter_mut().zip(&mut *value) {
            *rate *= supposed.rate(term);
            *value *= supposed.value(term);
        }
        worth.clear();
        worth.extend(
            rate.iter()
                .zip(&*value)
                .map(|(rate, value)| self.asked.items.worth(term, *rate, has_value.then_some(*value))),
        );
        self.elasticities.draw(self.source.counts, self.asked.responses, term, elasticity);
        for elasticity in elasticity {
            *elasticity = supposed.elastic(term, *elasticity);
        }
        ceiling.clear();
        ceiling.resize(self.count, MIDDLE);
        draw_places(self.source.counts, self.asked.responses, term, self.source.seed, ceiling);
        if let Some(room) = &self.asked.responses.headroom[term] {
            for place in ceiling {
                *place = room.ceiling_at(*place);
            }
        }
    }
}

/// Figures of one term, one a draw. Shape of every vector: draws.
#[derive(Default)]
struct Figures {
    best: Vec<f64>,
    other: Vec<f64>,
    clicks: Vec<f64>,
}

/// What the draws say of a plan, with `prices` a term (`p` of the formula).
pub(super) fn judge(source: &Source, asked: &Asked, prices: &[f64], spend: &[f64], compared: &[f64]) -> Judged {
    let terms = spend.len();
    let count = source.draws.min((LARGEST / terms.max(1)).max(FEWEST));
    let drawing = Drawing::new(source, asked, count);
    let searches = Searches::new(demands(asked.responses, &demand_shocks(count, source.seed)));
    // limits cut a spend whatever the draw says, so that their prices tell nothing of a direction
    let own = uncertainty::own_prices(&asked.problem.goal);
    let threshold = |term: usize| match asked.sole {
        _ if own => Some(prices[term]),
        Some((sole, elsewhere)) if sole == term => elsewhere,
        _ => Some(asked.price),
    };
    let current = &asked.responses.current_spend;
    let apart = if compared == current { 0 } else { count };
    let part = |chunk: usize| {
        let range = chunk * CHUNK..terms.min((chunk + 1) * CHUNK);
        let (mut drawn, mut figures) = (Drawn::default(), Figures::default());
        for column in [&mut figures.best, &mut figures.other, &mut figures.clicks] {
            column.resize(count, 0.0);
        }
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
            drawing.draw(term, &mut drawn);
            let at = At { asked, searches: &searches, drawn: &drawn, term };
            let raise = threshold(term).map(|price| at.share_above(asked.reference[term], price, &mut figures.best));
            part.p_raise.push(raise);
            at.best_spends(prices[term], &mut figures);
            part.spend.push(interval_of(&mut figures.best, asked.level));
            at.returns(spend[term], &mut figures.other);
            part.returns.push(interval_of(&mut figures.other, asked.level).filter(is_finite));
            at.add(compared[term], &mut figures.clicks, &mut part.compared);
            if apart > 0 {
                at.add(current[term], &mut figures.clicks, &mut part.now);
            }
            at.add(spend[term], &mut figures.clicks, &mut part.planned);
            for (clicks, rate) in figures.clicks.iter_mut().zip(&drawn.rate) {
                // from here on what they bring
                *clicks *= rate;
            }
            part.conversions.push(interval_of(&mut figures.clicks, asked.level));
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

/// A term with its draws.
struct At<'a> {
    asked: &'a Asked<'a>,
    searches: &'a Searches,
    drawn: &'a Drawn,
    term: usize,
}

impl At<'_> {
    /// Largest spends whose next unit of money earns at least `price`, whatever the bounds. Shape of `into`: draws.
    fn free_spends(&self, price: f64, into: &mut [f64]) {
        let Drawn { worth, elasticity, ceiling, .. } = self.drawn;
        self.asked.responses.spends_drawn((self.term, price), worth, (elasticity, ceiling), self.searches, into);
    }

    fn clicks(&self, spend: f64, into: &mut [f64]) {
        let Drawn { elasticity, ceiling, .. } = self.drawn;
        self.asked.responses.clicks_drawn(self.term, spend, (elasticity, ceiling), self.searches, into);
    }

    /// What the next unit of money returns at a spend. Shape of `into`: draws.
    fn returns(&self, spend: f64, into: &mut [f64]) {
        let Drawn { worth, elasticity, ceiling, .. } = self.drawn;
        self.asked.responses.slopes_drawn(self.term, spend, (elasticity, ceiling), self.searches, into);
        for (slope, worth) in into.iter_mut().zip(worth) {
            *slope *= worth;
        }
    }

    /// The best spends at a price, within the term's bounds, its minimum and the band in which it is left alone, written to
    /// `figures.best`.
    fn best_spends(&self, price: f64, figures: &mut Figures) {
        let Figures { best, other, clicks } = figures;
        let (problem, term) = (self.asked.problem, self.term);
        let (lower, upper) = (problem.lower[term], problem.upper[term]);
        let clip = |spend: f64| spend.max(lower).min(upper);
        match &problem.turnover {
            Some(turnover) if turnover.price > 0.0 => {
                let current = clip(turnover.current[term]);
                self.free_spends(price + turnover.price, best);
                self.free_spends((price - turnover.price).max(0.0), other);
                for (best, less) in best.iter_mut().zip(&*other) {
                    let more = clip(*best);
                    *best = if more > current { more } else { clip(*less).min(current) };
                }
            }
            _ => {
                self.free_spends(price, best);
                for spend in best.iter_mut() {
                    *spend = clip(*spend);
                }
            }
        }
        let minimum = problem.minimum.get(term).copied().unwrap_or(0.0);
        let is_short = |spend: f64| spend > 0.0 && spend < minimum;
        if best.iter().any(|&spend| is_short(spend)) {
            self.clicks(minimum, clicks);
            let free = self.asked.responses.free_clicks[term];
            let draws = clicks.iter().zip(&self.drawn.worth);
            for (best, (clicks, worth)) in best.iter_mut().zip(draws).filter(|(best, _)| is_short(**best)) {
                let pays = minimum <= upper && worth * (clicks - free) > price * minimum;
                *best = if pays { minimum } else { lower };
            }
        }
    }

    /// Share of the draws in which money at a spend earns more than the price: where more than that spend would be best, as
    /// curves are concave. `room` is scratch. Shape of it: draws.
    fn share_above(&self, spend: f64, price: f64, room: &mut [f64]) -> f64 {
        /// Rounding of the best spend.
        const NEAR: f64 = 1e-12;
        self.free_spends(price, room);
        let above = |(&best, &worth): (&f64, &f64)| match () {
            // a click that is worth nothing earns just a price of nothing
            () if worth <= 0.0 && price <= 0.0 => 0.5,
            () if best > spend * (1.0 + NEAR) => 1.0,
            () => 0.0,
        };
        room.iter().zip(&self.drawn.worth).map(above).sum::<f64>() / room.len() as f64
    }

    /// Adds the figures at a spend to the sums of each draw; `clicks` are left at those. Shape of both: draws.
    fn add(&self, spend: f64, clicks: &mut [f64], sums: &mut [Sums]) {
        self.clicks(spend, clicks);
        let Drawn { rate, value, has_value, .. } = self.drawn;
        let margin = self.asked.items.margin[self.term].unwrap_or(0.0);
        for (sums, (&clicks, (rate, value))) in sums.iter_mut().zip(clicks.iter().zip(rate.iter().zip(value))) {
            let conversions = clicks * rate;
            let revenue = if *has_value { conversions * value } else { 0.0 };
            let figures = [clicks, conversions, revenue, revenue.mul_add(margin, -spend)];
            for (sum, figure) in sums.iter_mut().zip(figures) {
                sum.add(figure);
            }
        }
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
