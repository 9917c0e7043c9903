//! What the limits on sums leave open, and the prices of money, groups and classes.

use super::{Appraisal, Prices};
use crate::allocate::goal::ANY;
use crate::allocate::pour::{Limit, Poured};
use crate::allocate::problem::{Amount, Problem};
use crate::allocate::tally::Tally;
use crate::allocate::tree::{ROUNDING, money};
use crate::allocate::violation::outside;
use crate::allocate::workspace::Workspace;

impl Workspace {
    /// The price of each node's items, shifts left out.
    pub(super) fn node_prices(&self, prices: &Prices<'_>, top: f64, problem: &Problem) -> Vec<f64> {
        let nodes = &self.tree.nodes;
        let root = prices.poured.bracket.price();
        let mut node_price = vec![root; nodes.len()];
        for at in 1..nodes.len() {
            let above = node_price[nodes[at].parent as usize];
            node_price[at] = nodes[at].price(above);
        }
        if node_price.iter().any(|price| price.is_infinite()) {
            self.bring_down(&mut node_price, prices.floor, problem);
        }
        // what is left of a price within rounding of the shifts is nothing
        let own = |price: &f64| if (price - top).abs() <= 4.0 * f64::EPSILON * top { 0.0 } else { price - top };
        node_price.iter().map(own).collect()
    }

    /// Brings infinite prices down to what keeps the next unit of money from their items: that price suits the
    /// plan as well.
    fn bring_down(&self, node_price: &mut [f64], floor: f64, problem: &Problem) {
        let nodes = &self.tree.nodes;
        let top = self.top_shift();
        let mut best = vec![0.0_f64; nodes.len()];
        for place in 0..self.plan.len() {
            let item = self.tree.item(place);
            let (node, spend) = (self.tree.node_of(problem, item) as usize, self.plan[item]);
            if node_price[node].is_infinite() && spend < problem.upper[item] {
                let [either, below, above] = self.signatures.of(item).map(|shift| self.shifts[shift as usize]);
                let today = problem.turnover.as_ref().map(|turnover| turnover.current[item]);
                let shift = today.map_or(either, |today| if spend >= today { above } else { below });
                best[node] = best[node].max(self.right_slope(problem, place) - shift + top);
            }
        }
        for at in (1..nodes.len()).rev() {
            let parent = nodes[at].parent as usize;
            if node_price[at].is_infinite() {
                best[parent] = best[parent].max(best[at]);
            } else if nodes[at].at_least() < nodes[at].at_most() {
                // held by its lower limit, it would take more
                best[parent] = best[parent].max(node_price[at]);
            }
        }
        let infinite: Vec<bool> = node_price.iter().map(|price| price.is_infinite()).collect();
        if infinite[0] {
            node_price[0] = best[0].max(floor + top);
        }
        for at in 1..nodes.len() {
            if infinite[at] {
                let parent = nodes[at].parent as usize;
                // below an infinite price it has the same; else its own limit holds it
                node_price[at] = if infinite[parent] { node_price[parent] } else { best[at].max(node_price[parent]) };
            }
        }
    }

    /// Adds what limits on sums leave open, and what the limits are worth.
    pub(super) fn appraise_limits(
        &self,
        problem: &Problem,
        prices: &Prices<'_>,
        node_price: &[f64],
        appraisal: &mut Appraisal,
    ) {
        let nodes = &self.tree.nodes;
        let budget_room = problem.budget - appraisal.spend;
        let mut violation = appraisal.max_violation.max(-budget_room);
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
                let above = node_price[nodes[at].parent as usize];
                // infinite prices alike are no difference
                let price = if node_price[at].to_bits() == above.to_bits() { 0.0 } else { node_price[at] - above };
                let own = &problem.groups[group];
                let (gap, share) = limit_gap(price, spend, (nodes[at].lower, nodes[at].upper), own.lower, own.upper);
                appraisal.gap += gap;
                shares += share;
                violation = violation.max(outside(spend, (nodes[at].lower, nodes[at].upper)));
                (appraisal.group_spend[group], appraisal.group_price[group]) = (spend, price);
            }
        }
        for (class, &price) in problem.classes.iter().zip(prices.classes) {
            let spend = self.scale.sum(class.members.iter().map(|&item| self.plan[item as usize]));
            let limits = (money(class.lower, prices.spend), money(class.upper, prices.spend));
            let (gap, share) = limit_gap(price, spend, limits, class.lower, class.upper);
            appraisal.gap += gap;
            shares += share;
            violation = violation.max(outside(spend, limits));
            appraisal.class_spend.push(spend);
        }
        // of groups whose limits are shares of a spend that was searched for, beyond their place in the tree
        for (group, &price) in problem.shared_groups().zip(prices.classes.iter().skip(problem.classes.len())) {
            let spend = appraisal.group_spend[group];
            let own = &problem.groups[group];
            let limits = (money(own.lower, prices.spend), money(own.upper, prices.spend));
            let (gap, share) = limit_gap(price, spend, limits, own.lower, own.upper);
            appraisal.gap += gap;
            shares += share;
            appraisal.group_price[group] += price;
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
    pub(in crate::allocate) fn price(&self, problem: &Problem, prices: &Prices<'_>) -> Option<f64> {
        let poured = prices.poured;
        let inside = poured.limit == Limit::Budget && poured.bracket.high.price.is_finite();
        let marginal = if inside { Vec::new() } else { super::evaluate(problem, &self.plan).1 };
        let top = self.top_shift();
        let root = if inside { f64::NAN } else { self.node_prices(prices, top, problem)[0] };
        self.lambda(problem, prices, root, &marginal)
    }

    /// The price of money as it is reported.
    fn lambda(&self, problem: &Problem, prices: &Prices<'_>, root: f64, marginal: &[f64]) -> Option<f64> {
        let Poured { bracket, limit } = prices.poured;
        // one that only lets money stay unspent is none
        let floor = if prices.floor <= ANY { 0.0 } else { prices.floor };
        let price = match limit {
            Limit::Budget if bracket.high.price.is_finite() => bracket.price() - self.top_shift(),
            Limit::Budget | Limit::Lower => root,
            // the last unit went to the worst item
            Limit::Upper if bracket.low.total >= problem.budget && self.tree.nodes.len() == 1 => (0..self.plan.len())
                .filter(|&at| problem.lower[at] < problem.upper[at])
                .map(|at| marginal[at])
                .reduce(f64::min)
                .map_or(floor, |least| least.max(floor)),
            Limit::Upper | Limit::Floor => floor,
        };
        price.is_finite().then_some(price)
    }
}

/// What a limit's price leaves open, and what its price adds to the budget's through shares of it.
fn limit_gap(price: f64, spend: f64, limits: (f64, f64), lower: Amount, upper: Amount) -> (f64, f64) {
    let (room, binding) = if price > 0.0 { (limits.1 - spend, upper) } else { (spend - limits.0, lower) };
    // beyond any number even the rounding of a sum is worth more than everything
    let counts = price != 0.0 && room > if price.is_finite() { 0.0 } else { ROUNDING * spend };
    let gap = if counts { price.abs() * room } else { 0.0 };
    let share = if let Amount::Share(share) = binding { price * share } else { 0.0 };
    (gap, share)
}
