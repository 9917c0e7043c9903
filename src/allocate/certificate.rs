//! Proof of quality: how far a plan can be from the best one.
//!
//! For any price of the budget, of every group's limits, every class's and of turnover, weak duality
//! bounds what any plan can earn (Everett 1963; Boyd and Vandenberghe 2004, section 5.1). With pᵢ the sum
//! of the prices that an item answers to, xᵢ* its best spend at that price, gᵢ a slope of the envelope f̂ᵢ at
//! its spend and ν the price of a limit on a sum,
//!
//! ```text
//! bound − objective ≤ Σ [f̂ᵢ(xᵢ) − fᵢ(xᵢ)] + Σ (gᵢ − pᵢ)(xᵢ* − xᵢ) + Σ |ν| (room that the limit has left)
//! ```
//!
//! which has no cancellation between large sums. The first sum is zero for concave curves. It holds for
//! any plan within the limits, however it was found.

use super::chunk::CHUNK;
use super::fill::Blend;
use super::pour::{Limit, Poured};
use super::problem::{Amount, Problem};
use super::segment::Segment;
use super::tally::{Scale, Tally};
use super::tree::money;
use super::workspace::Workspace;
use crate::response::Curve;
use rayon::prelude::*;
use serde::Serialize;

/// What kind of answer this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllocationStatus {
    /// The best plan within the gap of the certificate.
    Optimal,
    /// Everything is spent that the limits allow, and money is left.
    BudgetNotExhausted,
    /// No plan meets the limits.
    Infeasible,
    /// A search hit its cap; the gap says how good the plan is.
    IterationLimit,
}

/// Proof of quality of an allocation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// What kind of answer this is.
    pub status: AllocationStatus,
    /// Sum of the responses, net of the price floor on every unit spent and of the price of turnover.
    pub objective: f64,
    /// No plan within the limits has an objective above this. For a wanted volume: no plan with this
    /// spend brings more.
    pub upper_bound: f64,
    /// (upper bound − objective) / (sum of the responses + spend at the price); differences of the
    /// size of rounding below zero are reported as zero.
    pub relative_gap: f64,
    /// The price: what the next unit of money earns, response per unit of money. `None` where the
    /// lower bounds take the whole budget and the next unit would earn beyond any number.
    pub lambda: Option<f64>,
    /// Largest amount by which the plan breaks a limit, money.
    pub max_violation: f64,
    /// Largest distance of an item's price from its slope (from the range between its left and right slopes
    /// at a kink), where no bound of its own holds it, as a share of the price.
    pub kkt_residual: f64,
    /// Objective lost by rounding; `None` while the plan is not rounded.
    pub rounding_loss: Option<f64>,
    /// Prices tried.
    pub iterations: usize,
}

/// What a plan is worth and how good it is.
#[derive(Clone, Debug)]
pub(super) struct Appraisal {
    /// Response and slope of each item.
    pub(super) response: Vec<f64>,
    pub(super) marginal: Vec<f64>,
    /// Sums: response, spend and money moved.
    pub(super) total_response: f64,
    pub(super) spend: f64,
    pub(super) turnover: f64,
    /// Response net of the floor and of the price of turnover.
    pub(super) objective: f64,
    /// Upper bound of what any plan has more.
    pub(super) gap: f64,
    pub(super) lambda: Option<f64>,
    pub(super) kkt_residual: f64,
    pub(super) max_violation: f64,
    pub(super) group_spend: Vec<f64>,
    pub(super) group_price: Vec<f64>,
    pub(super) class_spend: Vec<f64>,
}

/// The prices that a plan answers to.
#[derive(Clone, Debug)]
pub(super) struct Prices<'a> {
    pub(super) poured: &'a Poured,
    /// Price floor of the search.
    pub(super) floor: f64,
    /// Multiplier of each class.
    pub(super) classes: &'a [f64],
    /// Multiplier of the turnover limit.
    pub(super) turnover: f64,
    /// Spend that shares are of.
    pub(super) spend: f64,
    /// Money beyond the plan's spend that could be worth spending.
    pub(super) room: f64,
}

/// Response and slope of each item at a plan.
pub(super) fn evaluate(problem: &Problem, plan: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let value = |(curve, &spend): (&Curve, &f64)| curve.value_and_marginal(spend);
    if plan.len() <= CHUNK {
        return problem.curves.iter().zip(plan).map(value).unzip();
    }
    let mut both = (Vec::new(), Vec::new());
    problem.curves.par_iter().zip(plan).with_min_len(CHUNK).map(value).unzip_into_vecs(&mut both.0, &mut both.1);
    both
}

/// Sum of many values of any size, the same in any order.
pub(super) fn sum(values: &[f64]) -> f64 {
    let greatest = if values.len() <= CHUNK {
        values.iter().copied().fold(0.0, f64::max)
    } else {
        values.par_iter().copied().with_min_len(CHUNK).reduce(|| 0.0, f64::max)
    };
    Scale::new(values.len(), greatest).total(values)
}

/// Money moved away from today's spends.
pub(super) fn turnover(problem: &Problem, plan: &[f64], scale: Scale) -> f64 {
    let Some(turnover) = &problem.turnover else { return 0.0 };
    scale.sum(plan.iter().zip(&turnover.current).map(|(spend, today)| (spend - today).abs()))
}

/// What an item answers to.
#[derive(Clone, Copy)]
struct ItemPrice {
    below: f64,
    above: f64,
    today: f64,
}

impl ItemPrice {
    /// What the item's money costs between two spends.
    fn cost(self, from: f64, to: f64) -> f64 {
        if to <= from {
            return if to < from { -self.cost(to, from) } else { 0.0 };
        }
        let split = self.today.clamp(from, to);
        let part = |price: f64, width: f64| if width > 0.0 { price * width } else { 0.0 };
        part(self.below, split - from) + part(self.above, to - split)
    }
}

impl Workspace {
    /// Appraises the plan of the workspace.
    pub(super) fn appraise(&mut self, problem: &Problem, prices: &Prices<'_>) -> Appraisal {
        let (response, marginal) = evaluate(problem, &self.plan);
        let total_response = sum(&response);
        let spend = self.scale.total(&self.plan);
        let turnover = turnover(problem, &self.plan, self.scale);
        let price_of_turnover = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
        let objective = (-problem.price_floor).mul_add(spend, (-price_of_turnover).mul_add(turnover, total_response));

        let top = self.top_shift();
        let node_price = self.node_prices(prices, top, &marginal, problem);
        let blends: Vec<Blend> = node_price.iter().map(|&price| vec![(price + top, 1.0)]).collect();
        let mut best = std::mem::take(&mut self.best);
        best.resize(self.plan.len(), 0.0);
        self.spread(&blends, &mut best);

        let places = self.places();
        // each item's best spend gives way to its gap
        let appraise = |(item, best): (usize, &mut f64)| {
            let price = self.item_price(problem, item, &node_price);
            let (left, right, below) = self.slopes(problem, item, marginal[item], &places);
            let (gap, residual) = item_gap(problem, item, self.plan[item], *best, (left, right), price);
            *best = gap + below;
            residual
        };
        let kkt_residual = if best.len() <= CHUNK {
            best.iter_mut().enumerate().map(appraise).fold(0.0, f64::max)
        } else {
            best.par_iter_mut().enumerate().with_min_len(CHUNK).map(appraise).reduce(|| 0.0, f64::max)
        };
        let gap = sum(&best);
        self.best = best;

        let mut appraisal = Appraisal {
            total_response,
            spend,
            turnover,
            objective,
            gap,
            lambda: None,
            kkt_residual,
            max_violation: 0.0,
            group_spend: Vec::new(),
            group_price: Vec::new(),
            class_spend: Vec::new(),
            response,
            marginal,
        };
        self.appraise_limits(problem, prices, &node_price, &mut appraisal);
        appraisal
    }

    /// The price of each node's items, shifts left out.
    fn node_prices(&self, prices: &Prices<'_>, top: f64, marginal: &[f64], problem: &Problem) -> Vec<f64> {
        let nodes = &self.tree.nodes;
        let root = prices.poured.bracket.low.price;
        let mut node_price = vec![root; nodes.len()];
        for at in 1..nodes.len() {
            let above = node_price[nodes[at].parent as usize];
            node_price[at] = match nodes[at].held(above) {
                Some((bracket, _)) if nodes[at].cap == Some(bracket) => above.max(bracket.low.price),
                Some((bracket, _)) => above.min(bracket.low.price),
                None => above,
            };
        }
        if root.is_infinite() {
            // the next unit of money would go to the best item, by its envelope
            let places = self.places();
            let right = |item: usize| self.slopes(problem, item, marginal[item], &places).1;
            let free = |item: &usize| {
                let node = self.tree.node_of(problem, *item) as usize;
                node_price[node].is_infinite() && self.plan[*item] < problem.upper[*item]
            };
            let best = (0..self.plan.len()).filter(free).map(right).fold(prices.floor, f64::max);
            let cap = best + top;
            node_price.iter_mut().filter(|price| price.is_infinite()).for_each(|price| *price = cap);
        }
        node_price.iter().map(|price| price - top).collect()
    }

    fn item_price(&self, problem: &Problem, item: usize, node_price: &[f64]) -> ItemPrice {
        let price = node_price[self.tree.node_of(problem, item) as usize];
        let [either, below, above] = self.signatures.of(item).map(|shift| price + self.shifts[shift as usize]);
        match &problem.turnover {
            Some(turnover) => ItemPrice { below, above, today: turnover.current[item] },
            None => ItemPrice { below: either, above: either, today: 0.0 },
        }
    }

    /// Place of each item in the tree's order, where some have more than one stretch; else empty.
    fn places(&self) -> Vec<u32> {
        let mut places = Vec::new();
        if !self.tree.order.is_empty() && self.chunks.iter().any(|chunk| !chunk.envelopes.is_empty()) {
            places = vec![0; self.plan.len()];
            for (place, &item) in self.tree.order.iter().enumerate() {
                places[item as usize] = u32::try_from(place).unwrap_or(u32::MAX);
            }
        }
        places
    }

    /// Slopes of the envelope left and right of the plan, and how far the curve runs below it.
    fn slopes(&self, problem: &Problem, item: usize, marginal: f64, places: &[u32]) -> (f64, f64, f64) {
        let place = places.get(item).map_or(item, |place| *place as usize);
        let chunk = &self.chunks[place / CHUNK];
        let spend = self.plan[item];
        let own = u32::try_from(place % CHUNK).unwrap_or(u32::MAX);
        let pieces = if chunk.envelopes.is_empty() { None } else { chunk.pieces(own) };
        let Some(pieces) = pieces else {
            return (marginal, marginal, 0.0);
        };
        let right = pieces.iter().find(|piece| piece.to > spend);
        let left = pieces.iter().rev().find(|piece| piece.from < spend);
        let slope = |piece: Option<&Segment>| piece.map(|piece| piece.slope(spend));
        let below = right.filter(|piece| piece.bridge && spend > piece.from).map_or(0.0, |piece| {
            let curve = &problem.curves[item];
            let envelope = (-piece.c).mul_add(piece.to - spend, curve.value(piece.to));
            (envelope - curve.value(spend)).max(0.0)
        });
        (slope(left).unwrap_or(f64::INFINITY), slope(right).unwrap_or(0.0), below)
    }

    /// Adds what limits on sums leave open, and what the limits are worth.
    fn appraise_limits(&self, problem: &Problem, prices: &Prices<'_>, node_price: &[f64], appraisal: &mut Appraisal) {
        let nodes = &self.tree.nodes;
        let budget_room = problem.budget - appraisal.spend;
        let mut violation = self.bound_violation(problem).max(-budget_room);
        let mut shares = 0.0;
        appraisal.group_spend = vec![0.0; problem.groups.len()];
        appraisal.group_price = vec![0.0; problem.groups.len()];
        if nodes.len() > 1 {
            let mut sums = vec![Tally::default(); nodes.len()];
            for (item, &spend) in self.plan.iter().enumerate() {
                sums[self.tree.node_of(problem, item) as usize].add(spend, self.scale);
            }
            for at in (1..nodes.len()).rev() {
                let parent = nodes[at].parent as usize;
                sums[parent] = sums[parent].merge(sums[at]);
            }
            for at in 1..nodes.len() {
                let Some(group) = nodes[at].group.map(|group| group as usize) else { continue };
                let spend = sums[at].value();
                let price = node_price[at] - node_price[nodes[at].parent as usize];
                let own = &problem.groups[group];
                let (gap, share) = limit_gap(price, spend, (nodes[at].lower, nodes[at].upper), own.lower, own.upper);
                appraisal.gap += gap;
                shares += share;
                violation = violation.max(spend - nodes[at].upper).max(nodes[at].lower - spend);
                (appraisal.group_spend[group], appraisal.group_price[group]) = (spend, price);
            }
        }
        for (class, &price) in problem.classes.iter().zip(prices.classes) {
            let spend = self.scale.sum(class.members.iter().map(|&item| self.plan[item as usize]));
            let limits = (money(class.lower, prices.spend), money(class.upper, prices.spend));
            let (gap, share) = limit_gap(price, spend, limits, class.lower, class.upper);
            appraisal.gap += gap;
            shares += share;
            violation = violation.max(spend - limits.1).max(limits.0 - spend);
            appraisal.class_spend.push(spend);
        }
        if let Some(turnover) = &problem.turnover {
            if prices.turnover > 0.0 {
                appraisal.gap += prices.turnover * (turnover.limit - appraisal.turnover).max(0.0);
            }
            violation = violation.max(appraisal.turnover - turnover.limit);
        }
        // the budget's own price, beyond what shares of it and the floor take
        let poured = prices.poured;
        let own = node_price[0] - prices.floor + shares;
        let forced = poured.limit == Limit::Upper || prices.floor <= 0.0;
        if own > 0.0 && budget_room > 0.0 && poured.limit != Limit::Upper {
            appraisal.gap += own * budget_room.min(prices.room);
        } else if own < 0.0 && !forced {
            appraisal.gap -= own * appraisal.spend;
        }
        appraisal.max_violation = violation;
        appraisal.lambda = self.lambda(problem, prices, node_price[0], &appraisal.marginal);
    }

    /// The price of money of the workspace's plan, without appraising it.
    pub(super) fn price(&self, problem: &Problem, prices: &Prices<'_>) -> Option<f64> {
        let poured = prices.poured;
        let inside = poured.limit == Limit::Budget && poured.bracket.high.price.is_finite();
        let marginal = if inside { Vec::new() } else { evaluate(problem, &self.plan).1 };
        let top = self.top_shift();
        let root = if inside { f64::NAN } else { self.node_prices(prices, top, &marginal, problem)[0] };
        self.lambda(problem, prices, root, &marginal)
    }

    /// The price of money as it is reported.
    fn lambda(&self, problem: &Problem, prices: &Prices<'_>, root: f64, marginal: &[f64]) -> Option<f64> {
        let Poured { bracket, limit } = prices.poured;
        let price = match limit {
            Limit::Budget if bracket.high.price.is_finite() => {
                bracket.share.mul_add(bracket.low.price - bracket.high.price, bracket.high.price) - self.top_shift()
            }
            Limit::Budget | Limit::Lower => root,
            // the last unit went to the worst item
            Limit::Upper if bracket.low.total >= problem.budget && self.tree.nodes.len() == 1 => (0..self.plan.len())
                .filter(|&at| problem.lower[at] < problem.upper[at])
                .map(|at| marginal[at])
                .reduce(f64::min)
                .map_or(prices.floor, |least| least.max(prices.floor)),
            Limit::Upper | Limit::Floor => prices.floor,
        };
        price.is_finite().then_some(price)
    }

    /// Largest amount by which the plan breaks a bound of an item.
    fn bound_violation(&self, problem: &Problem) -> f64 {
        let excess = |(item, &spend): (usize, &f64)| {
            let range = problem.range(item);
            let gap = if spend > 0.0 && spend < range.minimum { spend.min(range.minimum - spend) } else { 0.0 };
            (problem.lower[item] - spend).max(spend - problem.upper[item].max(range.lower)).max(gap)
        };
        if self.plan.len() <= CHUNK {
            self.plan.iter().enumerate().map(excess).fold(0.0, f64::max)
        } else {
            self.plan.par_iter().enumerate().with_min_len(CHUNK).map(excess).reduce(|| 0.0, f64::max)
        }
    }
}

/// What a limit's price leaves open, and what its price adds to the budget's through shares of it.
fn limit_gap(price: f64, spend: f64, limits: (f64, f64), lower: Amount, upper: Amount) -> (f64, f64) {
    let (room, binding) = if price > 0.0 { (limits.1 - spend, upper) } else { (spend - limits.0, lower) };
    let gap = if price != 0.0 && room > 0.0 { price.abs() * room } else { 0.0 };
    let share = if let Amount::Share(share) = binding { price * share } else { 0.0 };
    (gap, share)
}

/// Bound of what an item could earn more at its price, and how far its slopes are from the price.
fn item_gap(
    problem: &Problem,
    item: usize,
    spend: f64,
    best: f64,
    (left, right): (f64, f64),
    price: ItemPrice,
) -> (f64, f64) {
    let (lower, upper) = (problem.lower[item], problem.upper[item]);
    let up = if spend >= price.today { price.above } else { price.below };
    let down = if spend > price.today { price.above } else { price.below };
    let mut residual = 0.0_f64;
    if spend < upper && right > up {
        residual = (right - up) / right.max(up.abs());
    }
    if spend > lower && left < down {
        residual = residual.max((down - left) / down.abs().max(left));
    }
    let residual = if residual.is_finite() { residual } else { 1.0 };
    let slope = if best > spend { right } else { left };
    let gain = if best.to_bits() == spend.to_bits() {
        0.0
    } else if slope.is_finite() {
        slope * (best - spend)
    } else {
        problem.curves[item].value(best) - problem.curves[item].value(spend)
    };
    ((gain - price.cost(spend, best)).max(0.0), residual)
}
