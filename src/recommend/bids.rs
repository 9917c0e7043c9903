//! Bids in steps of the currency, chosen so that the plan loses least and keeps what it has to.
//!
//! Platforms take bids in whole cents (or what the currency has), and a cent is a large step for a cheap click: with
//! elasticity ε a bid that is 1% higher spends `1 / (1 − ε)` percent more. Each bid therefore goes to the cent below or above
//! the one that the plan asks for, whichever keeps the term within its bounds, or stays what it is where the plan lowers it:
//! money that others cannot be given in whole cents is better left where it is. Which of them, and what goes further where
//! that would miss the target, is `choose`'s. In: rows with bids in full precision. Out: rows with bids to set, and
//! [`BidRounding`]. Wrong where curves are; a limit on turnover is not looked at, and minimums of sums are not filled up.
//!
//! # Formula
//! ```text
//! x(b):  CPC(x) / CPC(plan) = b / b(plan),   CPC(x) = x / clicks(x)
//! ```

mod choose;
mod tell;

use super::goal::Aim;
use super::items::Items;
use super::{Outcome, Recommendation};
use crate::allocate::Problem;
use crate::domain::{Coin, LeverKind};
use crate::numeric::sum::ExactSum;
use crate::response::Responses;
use choose::Chooser;
use rayon::prelude::*;
use serde::Serialize;
pub(super) use tell::tell_bids;

/// Losses beyond so many gains are not told as a share of one: a plan that hardly moves gains hardly anything.
const MOST_OF_GAIN: f64 = 2.0;

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
    /// That as a share of the plan's gain over today, ratio; `None` where the plan gains nothing, or less than half of it.
    pub share_of_gain: Option<f64>,
    /// Whether the loss is worth a word: more than a hundredth of a gain.
    #[serde(skip)]
    pub material: bool,
    /// Terms of which no bid in whole cents keeps the bounds, count: they have the one that breaks them least.
    pub outside: usize,
    /// What the goal asks for, as it is with the bids to set (revenue per money, money per conversion, or conversions);
    /// `None` without a target.
    pub goal: Option<f64>,
    /// Whether that misses the target: no bids within the terms' limits keep it.
    pub misses_goal: bool,
    /// What all terms spend with the bids to set beyond the budget, money; 0 where they keep it.
    pub above_budget: f64,
    /// Limits that terms share and that the bids to set miss by more than the plan does, count.
    pub limits_missed: usize,
    /// Terms whose bid goes the other way than their planned spend, count: in whole cents the target is kept only so.
    pub turned: usize,
    /// The term that loses most, as an index, and how much.
    #[serde(skip)]
    pub most: Option<(usize, f64)>,
}

/// What bids are rounded in view of.
pub(super) struct BidGround<'a> {
    pub(super) responses: &'a Responses,
    pub(super) items: &'a Items,
    pub(super) problem: &'a Problem,
    pub(super) aim: &'a Aim,
    /// What the plan has more than today in the objective.
    pub(super) gain: Option<f64>,
    /// The steps that bids have.
    pub(super) coin: Coin,
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
    /// Today's bid, money a click.
    now: f64,
    /// As planned, in full precision.
    exact: Choice,
    low: Choice,
    /// Others that spend more, the first before the second: the next cent, and today's bid.
    higher: [Option<Choice>; 2],
    /// Whether they are outside the term's bounds.
    outside: bool,
}

/// Puts the bids of rows into whole cents; `None` where no bid moves.
pub(super) fn settle_bids(rows: &mut [Recommendation], ground: &BidGround) -> Option<BidRounding> {
    let options: Vec<Options> = rows.par_iter().filter_map(|row| Options::of(row, ground)).collect::<Vec<_>>();
    if options.is_empty() {
        return None;
    }
    let mut spend: Vec<f64> = rows.iter().map(|row| row.recommended_spend).collect();
    let mut chooser = Chooser::new(ground, &options, &spend);
    chooser.choose();
    let limits_missed = chooser.limits_missed();
    let chosen = chooser.chosen;
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
        spend[options.term] = choice.spend;
    }
    let total = spend.iter().copied().collect::<ExactSum>().value();
    let outcome: Outcome = ground.items.outcome(ground.responses, &spend);
    let goal = ground.aim.figure(&outcome, total);
    let gain = ground.gain.filter(|gain| *gain > 0.0);
    // less than a cent is rounding of the plan itself
    let above = total - ground.problem.budget;
    Some(BidRounding {
        terms: options.len(),
        planned_spend: sum(&|options, _| options.exact.spend),
        spend: sum(&|_, choice| choice.spend),
        loss,
        share_of_gain: gain.filter(|gain| loss <= MOST_OF_GAIN * gain).map(|gain| loss / gain),
        material: gain.is_some_and(|gain| loss > 0.01 * gain),
        outside: options.iter().filter(|options| options.outside).count(),
        goal,
        misses_goal: ground.aim.misses(goal),
        above_budget: if above >= ground.coin.step() && !ground.aim.open { above } else { 0.0 },
        limits_missed,
        turned: options.iter().zip(&chosen).filter(|(options, choice)| options.is_turned(**choice)).count(),
        most,
    })
}

impl Options {
    /// Those of a row whose bid moves.
    fn of(row: &Recommendation, ground: &BidGround) -> Option<Self> {
        let (now, exact) =
            row.lever_now.zip(row.lever_plan).filter(|_| row.lever == LeverKind::MaxCpc && row.moves())?;
        let term = row.index;
        let planned = row.recommended_spend;
        let net = |spend: f64| ground.problem.net(term, spend);
        let exact = Choice { bid: exact, spend: planned, net: net(planned) };
        let at = |bid: f64| exact.at(bid, term, ground);
        // decimal notation of a bid that is whole cents already
        let unit = ground.coin.per_unit();
        let cents = |round: fn(f64) -> f64, slack: f64| round(exact.bid.mul_add(unit, slack)) / unit;
        let (mut low, mut high) = (cents(f64::floor, 1e-6), cents(f64::ceil, -1e-6));
        // no bid goes the other way than the plan does
        if now <= exact.bid {
            low = low.max(now);
        } else {
            high = high.min(now);
        }
        let low = if low > 0.0 { low } else { high };
        let today = Some(at(now)).filter(|_| now - high > 1e-9);
        let (low, high) = (at(low), Some(at(high)).filter(|_| high - low > 1e-9));
        let broken = |choice: &Choice| broken(ground.problem, term, planned, choice.spend);
        let kept = [Some(low), high, today].map(|choice| choice.filter(|choice| broken(choice) <= 0.0));
        let (low, higher, outside) = match kept {
            [Some(low), None, today] | [None, Some(low), today] => (low, [today, None], false),
            [Some(low), high, today] => (low, [high, today], false),
            [None, None, Some(today)] => (today, [None, None], false),
            // the one that breaks its bounds least
            [None, None, None] => (high.filter(|high| broken(high) < broken(&low)).unwrap_or(low), [None, None], true),
        };
        Some(Self { term, now, exact, low, higher, outside })
    }

    /// The next cent above or below a choice, within the term's bounds and, unless `free`, not beyond today's bid against the
    /// plan's way; `None` where there is none, or where it does not spend more or less.
    fn next(&self, from: Choice, up: bool, free: bool, ground: &BidGround) -> Option<Choice> {
        let unit = ground.coin.per_unit();
        let bid = if up {
            (from.bid.mul_add(unit, 1e-6).floor() + 1.0) / unit
        } else {
            (from.bid.mul_add(unit, -1e-6).ceil() - 1.0) / unit
        };
        let bid = match self.now <= self.exact.bid {
            _ if free || self.is_turned(from) => bid,
            true => bid.max(self.now),
            false => bid.min(self.now),
        };
        if self.outside || bid <= 0.0 || (bid - from.bid).abs() < 1e-9 || (bid > from.bid) != up {
            return None;
        }
        let choice = self.exact.at(bid, self.term, ground);
        let kept = broken(ground.problem, self.term, self.exact.spend, choice.spend) <= 0.0;
        (kept && (choice.spend > from.spend) == up && (choice.spend - from.spend).abs() > 0.0).then_some(choice)
    }
}

impl Options {
    /// Whether a bid goes the other way than the plan does.
    fn is_turned(&self, choice: Choice) -> bool {
        if self.now <= self.exact.bid { choice.bid < self.now - 1e-9 } else { choice.bid > self.now + 1e-9 }
    }
}

impl Choice {
    /// Another bid than this one, which is what the plan asks for.
    fn at(&self, bid: f64, term: usize, ground: &BidGround) -> Self {
        let spend = if bid.total_cmp(&self.bid).is_eq() {
            self.spend
        } else {
            spend_at(ground.responses, term, self.spend, bid / self.bid)
        };
        Self { bid, spend, net: ground.problem.net(term, spend) }
    }
}

/// How far a spend is outside a term's bounds, money; in full precision, but for the rounding of what is computed.
fn broken(problem: &Problem, term: usize, planned: f64, spend: f64) -> f64 {
    let least = problem.lower[term].max(problem.minimum.get(term).copied().unwrap_or(0.0));
    ((least - spend).max(spend - problem.upper[term]) - 1e-9 * planned).max(0.0)
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
