//! Bids in whole cents, chosen so that the plan loses least.
//!
//! Platforms take bids in whole cents, and a cent is a large step for a cheap click: with elasticity ε a bid that is 1% higher
//! spends `1 / (1 − ε)` percent more. Each bid therefore goes to the cent below or above the one that the plan asks for, whichever
//! keeps the term within its bounds, or stays what it is where the plan lowers it: money that others cannot be given in whole
//! cents is better left where it is. Dearer ones are taken in the order of what their money earns, as far as the money and the
//! limits that terms share allow. In: rows with bids in full precision. Out: rows with bids to set, and
//! [`BidRounding`]. Wrong where curves are; a limit on turnover is not looked at, and minimums of sums are not filled up.
//!
//! # Formula
//! ```text
//! x(b):  CPC(x) / CPC(plan) = b / b(plan),   CPC(x) = x / clicks(x)
//! max Σ f(x(b)) − price floor · x(b)   with b in {⌊b(plan)⌋, ⌈b(plan)⌉, b(now) above them}, Σ x(b) ≤ money      (greedy by Δ objective / Δ x)
//! ```
//! For a wanted volume it ends where the volume is reached. The greedy choice is short of the best one by less than what one
//! term's step earns (Dantzig 1957).

use super::Recommendation;
use crate::allocate::{Amount, Goal, Problem};
use crate::domain::LeverKind;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;
use rayon::prelude::*;
use serde::Serialize;

/// What bids in whole cents do to a plan. Money and objective are per week (per period for undated data).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BidRounding {
    /// Terms whose bid is the lever and moves, count.
    pub terms: usize,
    /// What the plan spends on them, money.
    pub planned_spend: f64,
    /// What they spend at the bids to set, money.
    pub spend: f64,
    /// Objective that the plan has more than the bids to set bring, net of spend for profit.
    pub loss: f64,
    /// That as a share of the plan's gain over today, ratio; `None` where the plan gains nothing.
    pub share_of_gain: Option<f64>,
    /// Terms of which no bid in whole cents keeps the bounds, count: they have the one that breaks them least.
    pub outside: usize,
    /// The term that loses most, as an index, and how much.
    #[serde(skip)]
    pub most: Option<(usize, f64)>,
}

impl BidRounding {
    /// Whether the loss is worth a word: more than a hundredth of the gain.
    #[must_use]
    pub fn is_material(&self) -> bool {
        self.share_of_gain.is_some_and(|share| share > 0.01)
    }
}

/// A bid to set, and what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Choice {
    /// Money a click.
    bid: f64,
    /// Money.
    spend: f64,
    /// Objective net of the price floor and of turnover.
    net: f64,
}

/// The bids of a term that can be set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Options {
    term: usize,
    /// As planned, in full precision.
    exact: Choice,
    low: Choice,
    /// Others that spend more, the first before the second: the next cent, and today's bid.
    higher: [Option<Choice>; 2],
    /// Whether they are outside the term's bounds.
    outside: bool,
}

/// Puts the bids of rows into whole cents; `None` where no bid moves. `gain` is what the plan has more than today in the
/// objective.
pub(super) fn settle_bids(
    rows: &mut [Recommendation],
    responses: &Responses,
    problem: &Problem,
    gain: Option<f64>,
) -> Option<BidRounding> {
    let options: Vec<Options> =
        rows.par_iter().filter_map(|row| Options::of(row, responses, problem)).collect::<Vec<_>>();
    if options.is_empty() {
        return None;
    }
    let chosen = choose(&options, problem, |term| rows[term].recommended_spend);
    let sum = |of: &dyn Fn(&Options, &Choice) -> f64| {
        options.iter().zip(&chosen).map(|(options, choice)| of(options, choice)).collect::<ExactSum>().value()
    };
    let loss = sum(&|options, choice| options.exact.net - choice.net);
    let most = (options.iter().zip(&chosen))
        .map(|(options, choice)| (options.term, options.exact.net - choice.net))
        .filter(|(_, loss)| *loss > 0.0)
        .max_by(|(_, one), (_, other)| one.total_cmp(other));
    for (options, choice) in options.iter().zip(&chosen) {
        let row = &mut rows[options.term];
        row.lever_plan = Some(choice.bid);
        row.max_cpc_plan = row.lever_plan;
    }
    Some(BidRounding {
        terms: options.len(),
        planned_spend: sum(&|options, _| options.exact.spend),
        spend: sum(&|_, choice| choice.spend),
        loss,
        share_of_gain: gain.filter(|gain| *gain > 0.0).map(|gain| loss / gain),
        outside: options.iter().filter(|options| options.outside).count(),
        most,
    })
}

impl Options {
    /// Those of a row whose bid moves.
    fn of(row: &Recommendation, responses: &Responses, problem: &Problem) -> Option<Self> {
        let (now, exact) =
            row.lever_now.zip(row.lever_plan).filter(|_| row.lever == LeverKind::MaxCpc && row.moves())?;
        let term = row.index;
        let planned = row.recommended_spend;
        let at = |bid: f64| {
            let spend =
                if bid.total_cmp(&exact).is_eq() { planned } else { spend_at(responses, term, planned, bid / exact) };
            Choice { bid, spend, net: problem.net(term, spend) }
        };
        // decimal notation of a bid that is whole cents already
        let cents = |round: fn(f64) -> f64, slack: f64| round(exact.mul_add(100.0, slack)) / 100.0;
        let (mut low, mut high) = (cents(f64::floor, 1e-6), cents(f64::ceil, -1e-6));
        // no bid goes the other way than the plan does
        if now <= exact {
            low = low.max(now);
        } else {
            high = high.min(now);
        }
        let low = if low > 0.0 { low } else { high };
        let exact = Choice { bid: exact, spend: planned, net: problem.net(term, planned) };
        let today = Some(at(now)).filter(|_| now - high > 1e-9);
        let (low, high) = (at(low), Some(at(high)).filter(|_| high - low > 1e-9));
        let broken = |choice: &Choice| {
            let least = problem.lower[term].max(problem.minimum.get(term).copied().unwrap_or(0.0));
            // in full precision, but for the rounding of what is computed
            ((least - choice.spend).max(choice.spend - problem.upper[term]) - 1e-9 * planned).max(0.0)
        };
        let kept = [Some(low), high, today].map(|choice| choice.filter(|choice| broken(choice) <= 0.0));
        let (low, higher, outside) = match kept {
            [Some(low), None, today] | [None, Some(low), today] => (low, [today, None], false),
            [Some(low), high, today] => (low, [high, today], false),
            [None, None, Some(today)] => (today, [None, None], false),
            // the one that breaks its bounds least
            [None, None, None] => (high.filter(|high| broken(high) < broken(&low)).unwrap_or(low), [None, None], true),
        };
        Some(Self { term, exact, low, higher, outside })
    }
}

/// The spend of a bid that is `ratio` times the one of `planned`, money; `planned` where the price of a click does not tell.
fn spend_at(responses: &Responses, term: usize, planned: f64, ratio: f64) -> f64 {
    /// Spends from a thousandth of the plan's to a thousand times it, as logarithms.
    const REACH: f64 = 6.9;
    const STEPS: usize = 80;
    let curve = &responses.curves[term];
    // logarithm of the price of a click over the plan's, and its slope in that of spend
    let base = (planned / responses.clicks(term, planned)).ln() + ratio.ln();
    let off = |log: f64| {
        let spend = planned * log.exp();
        let clicks = responses.clicks(term, spend);
        ((spend / clicks).ln() - base, 1.0 - spend * curve.marginal(spend) / clicks)
    };
    let (mut low, mut high) = (-REACH, REACH);
    if !(off(low).0 < 0.0 && off(high).0 > 0.0) {
        return planned;
    }
    let mut log = 0.0;
    for _ in 0..STEPS {
        let (distance, slope) = off(log);
        if distance.abs() <= 1e-13 {
            break;
        }
        if distance > 0.0 {
            high = log;
        } else {
            low = log;
        }
        let next = log - distance / slope;
        let next = if next > low && next < high { next } else { f64::midpoint(low, high) };
        let step = (next - log).abs();
        log = next;
        if step <= 1e-14 {
            break;
        }
    }
    planned * log.exp()
}

/// One choice for each of the options. `planned` is what the plan spends on a term.
fn choose(options: &[Options], problem: &Problem, planned: impl Fn(usize) -> f64) -> Vec<Choice> {
    let mut chosen: Vec<Choice> = options.iter().map(|options| options.low).collect();
    let mut shared = Shared::new(problem, planned);
    for option in options {
        shared.add(problem, option.term, option.low.spend - option.exact.spend);
    }
    // what the money of a dearer bid earns, each from the one below it
    let rises = |(at, options): (usize, &Options)| {
        let mut below = options.low;
        options.higher.map(|higher| {
            let from = below;
            below = higher?;
            let rise = (below.net - from.net) / (below.spend - from.spend);
            (rise > 0.0).then_some((rise, at, from, below))
        })
    };
    let mut order: Vec<(f64, usize, Choice, Choice)> = options.iter().enumerate().flat_map(rises).flatten().collect();
    // a step from one bid to the next comes before that from the next on, since curves bend
    order.sort_by(|one, other| {
        other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.3.spend.total_cmp(&other.3.spend))
    });
    // a wanted volume takes as many as bring it, at whatever money there is
    let wanted = matches!(problem.goal, Goal::Volume { .. });
    let mut short = options.iter().map(|options| options.exact.net - options.low.net).collect::<ExactSum>().value();
    for (_, at, from, to) in order {
        if wanted && short <= 0.0 {
            break;
        }
        let (term, more) = (options[at].term, to.spend - from.spend);
        if chosen[at] == from && shared.fits(problem, term, more) {
            shared.add(problem, term, more);
            short -= to.net - from.net;
            chosen[at] = to;
        }
    }
    chosen
}

/// Sums of spends that have an upper limit: all terms, then groups, then classes.
struct Shared {
    sums: Vec<(f64, f64)>,
    /// Classes of each term; empty without any.
    classes: Vec<Vec<u32>>,
}

impl Shared {
    fn new(problem: &Problem, planned: impl Fn(usize) -> f64) -> Self {
        let terms = problem.curves.len();
        let total = (0..terms).map(&planned).collect::<ExactSum>().value();
        // a target in an average leaves money that is not there to be spent
        let money = if matches!(problem.goal, Goal::AverageReturn { .. }) { total } else { problem.budget.max(total) };
        let limit = |upper: Amount| match upper {
            Amount::Money(money) => money,
            Amount::Share(share) => share * total,
        };
        let ends =
            problem.groups.iter().map(|group| group.upper).chain(problem.classes.iter().map(|class| class.upper));
        let mut classes = vec![Vec::new(); if problem.classes.is_empty() { 0 } else { terms }];
        for (at, class) in (0..).zip(&problem.classes) {
            for &member in &class.members {
                classes[member as usize].push(at);
            }
        }
        let sums = std::iter::once(money).chain(ends.map(limit)).map(|limit| (limit, 0.0)).collect();
        let mut shared = Self { sums, classes };
        for term in 0..terms {
            shared.add(problem, term, planned(term));
        }
        // the plan's own sums are within limits, but for their cents
        for (limit, sum) in &mut shared.sums {
            *limit = limit.max(*sum);
        }
        shared
    }

    /// Places of the sums that a term is part of.
    fn of<'a>(&'a self, problem: &'a Problem, term: usize) -> impl Iterator<Item = usize> + 'a {
        let own = problem.group_of.get(term).copied().flatten();
        let groups = std::iter::successors(own, |&group| problem.groups[group as usize].parent);
        let classes = self.classes.get(term).into_iter().flatten();
        let first = 1 + problem.groups.len();
        std::iter::once(0)
            .chain(groups.map(|group| 1 + group as usize))
            .chain(classes.map(move |&class| first + class as usize))
    }

    fn fits(&self, problem: &Problem, term: usize, more: f64) -> bool {
        self.of(problem, term).all(|place| self.sums[place].1 + more <= self.sums[place].0)
    }

    fn add(&mut self, problem: &Problem, term: usize, money: f64) {
        let places: Vec<usize> = self.of(problem, term).collect();
        for place in places {
            self.sums[place].1 += money;
        }
    }
}
