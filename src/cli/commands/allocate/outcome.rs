//! The allocation as the user reads it: what holds each item, what each limit costs, the summary.
//!
//! Prices come from the solver. Sums over groups and classes are taken from the spends that are written, so
//! that they hold for rounded plans too.

use super::problem::{Posed, places};
use crate::allocate::{Allocation, Amount, Binding, Goal, LimitRef, Problem};
use crate::error::{NamedLimit, amount};
use crate::ingest::LimitTable;
use crate::numeric::sum::ExactSum;
use crate::report::LimitRow;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashMap;

/// A spend this close to a limit, as a share of it, is at the limit.
const AT_LIMIT: f64 = 1e-9;
/// Limits beyond these are counted for people, not listed.
const LISTED: usize = 10;

/// What is known of a plan beside its spends.
pub(super) struct Outcome {
    pub(super) spend: f64,
    pub(super) response: f64,
    /// Measure per unit of money; `None` where nothing is spent.
    average_return: Option<f64>,
    /// Money that moves; `None` where nothing is known of today's spend.
    turnover: Option<f64>,
    /// The limits that bind, but for the bounds of single items.
    limits: Vec<BindingLimit>,
    /// Groups and then classes, in the order of their files.
    pub(super) rows: Vec<LimitRow>,
    /// What holds each item.
    pub(super) binding: Vec<Cow<'static, str>>,
}

/// A limit that holds the plan.
#[derive(Serialize)]
struct BindingLimit {
    #[serde(flatten)]
    limit: NamedLimit,
    /// Where it lies: money, or as the limit says.
    at: f64,
    /// What one more unit of it earns, response; negative where less would earn. Null where not computed.
    price: Option<f64>,
}

impl Outcome {
    pub(super) fn of(posed: &Posed, allocation: &Allocation) -> Self {
        let sum = |values: &mut dyn Iterator<Item = f64>| values.collect::<ExactSum>().value();
        let spend = sum(&mut allocation.spend.iter().copied());
        let measure = &posed.input.table.measure;
        let measured = sum(&mut allocation.response.iter().zip(measure).map(|(response, measure)| response * measure));
        let moved = |current: &Vec<f64>| sum(&mut allocation.spend.iter().zip(current).map(|(x, now)| (x - now).abs()));
        let mut outcome = Self {
            spend,
            response: sum(&mut allocation.response.iter().copied()),
            average_return: (spend > 0.0).then(|| measured / spend),
            turnover: posed.current.as_ref().map(moved),
            limits: Vec::new(),
            rows: rows(posed, allocation, spend),
            binding: binding(posed, allocation),
        };
        outcome.limits = outcome.binding_limits(posed, allocation);
        outcome
    }

    fn binding_limits(&self, posed: &Posed, allocation: &Allocation) -> Vec<BindingLimit> {
        let (problem, certificate) = (&posed.problem, &allocation.certificate);
        let mut limits = Vec::new();
        let mut bind = |limit, at, price| limits.push(BindingLimit { limit: posed.name(limit), at, price });
        let spent = allocation.unallocated <= 0.0;
        if spent && certificate.lambda.is_none_or(|lambda| lambda > problem.price_floor) {
            let price = certificate.lambda.map(|lambda| lambda - problem.price_floor);
            bind(LimitRef::Budget, problem.budget, price.filter(|_| !matches!(problem.goal, Goal::Volume { .. })));
        }
        let groups = &posed.input.groups;
        let place = places(groups);
        for (row, limit) in self.rows.iter().enumerate() {
            let (index, class) = match place.get(row) {
                Some(&place) => (place as usize, false),
                None => (row - place.len(), true),
            };
            let (reference, at) = match (class, limit.price < 0.0) {
                (false, false) => (LimitRef::GroupUpper(index), limit.upper),
                (false, true) => (LimitRef::GroupLower(index), limit.lower),
                (true, false) => (LimitRef::ClassUpper(index), limit.upper),
                (true, true) => (LimitRef::ClassLower(index), limit.lower),
            };
            if limit.price.abs() > 0.0 {
                bind(reference, at.unwrap_or(limit.spend), Some(limit.price));
            }
        }
        if let Some(turnover) = problem.turnover.as_ref().filter(|_| allocation.turnover_price > 0.0) {
            bind(LimitRef::Turnover, turnover.limit, Some(allocation.turnover_price));
        }
        match (&problem.goal, self.average_return) {
            (Goal::AverageReturn { ratio, .. }, Some(average)) if average <= ratio * (1.0 + AT_LIMIT) => {
                bind(LimitRef::AverageReturn, *ratio, None);
            }
            (Goal::Volume { response }, _) if self.response <= response * (1.0 + AT_LIMIT) => {
                bind(LimitRef::Volume, *response, None);
            }
            _ => {}
        }
        limits
    }

    /// The key `plan` of the summary.
    pub(super) fn summary(&self, posed: &Posed, allocation: &Allocation, seconds: f64) -> Value {
        let problem = &posed.problem;
        let mut certificate = json!(allocation.certificate);
        certificate["seconds"] = json!(seconds);
        let goal = match &problem.goal {
            Goal::MostResponse => json!({"name": "most-response"}),
            Goal::AverageReturn { ratio, .. } => json!({"name": "average-return", "at_least": ratio}),
            Goal::Volume { response } => json!({"name": "wanted-response", "response": response}),
        };
        json!({
            "budget": problem.budget,
            "spend": self.spend,
            "unallocated": allocation.unallocated,
            "goal": goal,
            "min_marginal_return": (problem.price_floor > 0.0).then_some(problem.price_floor),
            "response": self.response,
            "average_return": self.average_return,
            "turnover": self.turnover,
            "references": posed.bounds.references,
            "limits": self.limits,
            "certificate": certificate,
        })
    }

    /// Lines for people.
    pub(super) fn lines(&self, posed: &Posed, allocation: &Allocation) -> Vec<String> {
        let problem = &posed.problem;
        let mut lines = Vec::new();
        let average = self.average_return.map_or_else(String::new, |r| format!("; average return {}", amount(r)));
        let goal = match &problem.goal {
            Goal::MostResponse => "most response".to_owned(),
            Goal::AverageReturn { ratio, .. } => {
                format!("most response with an average return of at least {}", amount(*ratio))
            }
            Goal::Volume { response } => format!("least spend for a response of {}", amount(*response)),
        };
        let floor = if problem.price_floor > 0.0 {
            format!(", while the next unit of money earns at least {}", amount(problem.price_floor))
        } else {
            String::new()
        };
        lines.push(format!("Goal: {goal}{floor}{average}"));
        if !posed.bounds.references.is_empty() {
            lines.push(format!("Limits: {}", posed.bounds.references.join("; ")));
        }
        if let Some(moved) = self.turnover {
            let limit = problem.turnover.as_ref().map(|turnover| turnover.limit).filter(|limit| limit.is_finite());
            let most = limit.map_or_else(String::new, |limit| format!(" of at most {}", amount(limit)));
            lines.push(format!("Money that moves: {}{most}", amount(moved)));
        }
        for limit in self.limits.iter().take(LISTED) {
            let earns = match limit.price {
                Some(price) if price < 0.0 && price.is_finite() => format!(": one unit less earns {}", amount(-price)),
                Some(price) if price.is_finite() => format!(": one unit more earns {}", amount(price)),
                Some(_) | None => String::new(),
            };
            lines.push(format!("Binds: {}, {}{earns}", limit.limit, amount(limit.at)));
        }
        if self.limits.len() > LISTED {
            lines.push(format!("… and {} more limits that bind, all in the summary", self.limits.len() - LISTED));
        }
        let held_by = |word: &str| self.binding.iter().filter(|binding| *binding == word).count();
        let held: Vec<String> = ["lower", "upper", "fixed", "minimum", "turnover"]
            .into_iter()
            .filter(|word| held_by(word) > 0)
            .map(|word| format!("{} {word}", held_by(word)))
            .collect();
        if !held.is_empty() {
            lines.push(format!("Items held by a limit of their own: {}", held.join(", ")));
        }
        // what is below is the rounding of sums
        if allocation.certificate.max_violation > AT_LIMIT * problem.budget {
            lines.push(format!("Largest violation of a limit: {:.1e}", allocation.certificate.max_violation));
        }
        lines
    }
}

/// What holds each item: a bound of its own, else what else keeps its marginal off the price.
fn binding(posed: &Posed, allocation: &Allocation) -> Vec<Cow<'static, str>> {
    let mut classes: HashMap<usize, Vec<usize>> = HashMap::new();
    for (class, limits) in posed.problem.classes.iter().enumerate() {
        if priced(&allocation.class_price, class) {
            for &item in &limits.members {
                classes.entry(item as usize).or_default().push(class);
            }
        }
    }
    let classes_of = |item| classes.get(&item).map_or(&[][..], Vec::as_slice);
    (0..allocation.spend.len()).map(|item| item_binding(posed, allocation, item, classes_of(item))).collect()
}

/// Whether a limit has a price, so that it holds its items.
fn priced(prices: &[f64], at: usize) -> bool {
    prices.get(at).is_some_and(|price| price.abs() > 0.0)
}

/// Whether a spend is at a limit.
fn at(spend: f64, limit: f64) -> bool {
    limit.is_finite() && (spend - limit).abs() <= AT_LIMIT * limit
}

fn item_binding(posed: &Posed, allocation: &Allocation, item: usize, classes: &[usize]) -> Cow<'static, str> {
    let problem = &posed.problem;
    match allocation.binding[item] {
        Binding::None => {}
        Binding::Lower => return Cow::Borrowed("lower"),
        Binding::Upper => return Cow::Borrowed("upper"),
        Binding::Fixed => return Cow::Borrowed("fixed"),
    }
    let spend = allocation.spend[item];
    if problem.minimum.get(item).is_some_and(|&minimum| minimum > 0.0 && at(spend, minimum)) {
        return Cow::Borrowed("minimum");
    }
    if problem.turnover.as_ref().is_some_and(|turnover| at(spend, turnover.current[item])) {
        return Cow::Borrowed("turnover");
    }
    let groups = &posed.input.groups;
    let mut words = Vec::new();
    // the innermost group that binds: those above it bind through it
    let mut group = problem.group_of.get(item).copied().flatten();
    while let Some(index) = group {
        if priced(&allocation.group_price, index as usize) {
            words.push(format!("group:{}", groups.id[groups.order[index as usize]]));
            break;
        }
        group = problem.groups[index as usize].parent;
    }
    words.extend(classes.iter().map(|&class| format!("class:{}", posed.input.classes.id[class])));
    if words.is_empty() { Cow::Borrowed("none") } else { Cow::Owned(words.join(";")) }
}

/// Groups and then classes, in the order of their files.
fn rows(posed: &Posed, allocation: &Allocation, total: f64) -> Vec<LimitRow> {
    let problem = &posed.problem;
    let (groups, classes) = (&posed.input.groups, &posed.input.classes);
    let (group_spend, class_spend) = (group_spend(problem, &allocation.spend), class_spend(problem, &allocation.spend));
    let place = places(groups);
    let of = |table: &LimitTable, kind, row: usize, limits: (Amount, Amount), spend: f64, price: f64| {
        let (lower, upper) = (money(limits.0, total), money(limits.1, total));
        LimitRow {
            id: table.id[row].clone(),
            parent: table.parent.get(row).copied().flatten().map(|parent| table.id[parent].clone()),
            lower: table.lower[row].map(|_| lower),
            upper: table.upper[row].map(|_| upper),
            spend,
            price,
            binding: side(spend, price, lower, upper),
            kind,
        }
    };
    let group = |row: usize| {
        let index = place[row] as usize;
        let limits = (problem.groups[index].lower, problem.groups[index].upper);
        of(groups, "group", row, limits, group_spend[index], allocation.group_price[index])
    };
    let class = |row: usize| {
        let limits = (problem.classes[row].lower, problem.classes[row].upper);
        of(classes, "class", row, limits, class_spend[row], allocation.class_price[row])
    };
    (0..groups.id.len()).map(group).chain((0..classes.id.len()).map(class)).collect()
}

fn money(limit: Amount, total: f64) -> f64 {
    match limit {
        Amount::Money(money) => money,
        Amount::Share(share) => share * total,
    }
}

/// Which limit holds a sum: the one with a price, else the one it lies at.
fn side(spend: f64, price: f64, lower: f64, upper: f64) -> &'static str {
    if price > 0.0 || (price >= 0.0 && at(spend, upper)) {
        "upper"
    } else if price < 0.0 || (lower > 0.0 && at(spend, lower)) {
        "lower"
    } else {
        "none"
    }
}

/// Spend of each group with all below it, money.
fn group_spend(problem: &Problem, spend: &[f64]) -> Vec<f64> {
    let mut sums: Vec<ExactSum> = problem.groups.iter().map(|_| ExactSum::default()).collect();
    for (&spend, &group) in spend.iter().zip(&problem.group_of) {
        let mut group = group;
        while let Some(index) = group {
            sums[index as usize].add(spend);
            group = problem.groups[index as usize].parent;
        }
    }
    sums.iter().map(ExactSum::value).collect()
}

fn class_spend(problem: &Problem, spend: &[f64]) -> Vec<f64> {
    let sum = |members: &[u32]| members.iter().map(|&item| spend[item as usize]).collect::<ExactSum>().value();
    problem.classes.iter().map(|class| sum(&class.members)).collect()
}
