//! What the solved problem says of each week, of all weeks together, and of the first as a plan of its own.

use super::calendar::months;
use super::joint::{Joint, PosedWeek};
use super::pace::Money;
use super::solve::Week;
use super::{Dated, DatedWeek, WeekSpan};
use crate::allocate::{Allocation, AllocatorSettings, Amount, Goal, Problem, Rounded, allocate, violation};
use crate::domain::Coin;
use crate::numeric::sum::ExactSum;
use crate::recommend::Outcome;
use crate::recommend::draws::Draws;
use crate::recommend::goal::Aim;
use crate::recommend::limit_rows::{LimitRow, sum_row};
use crate::recommend::posed::Posed;
use crate::recommend::risk::RiskSummary;
use crate::recommend::settle::Settled;
use crate::recommend::steps::round;
use crate::recommend::summary::outcome_interval;
use crate::recommend::sums::{Place, SumLimit, SumLimits};
use rayon::prelude::*;

/// The answer, and what it was asked with.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) weeks: &'a [Week],
    pub(super) posed: &'a [PosedWeek],
    pub(super) joint: &'a Joint,
    pub(super) allocation: &'a Allocation,
    pub(super) rounded: &'a Rounded,
    pub(super) shares: &'a SumLimits,
    pub(super) aim: &'a Aim,
    pub(super) draws: Option<&'a Draws>,
    pub(super) level: f64,
    pub(super) step: f64,
    pub(super) coin: Coin,
}

impl Answer<'_> {
    /// All weeks.
    pub(super) fn dated(&self, whole: WeekSpan, money: &Money) -> Dated {
        let drawn: Vec<Vec<Outcome>> = (self.weeks.par_iter().enumerate())
            .map(|(at, week)| {
                let spend = &self.rounded.spend[self.joint.items(at)];
                self.draws.map(|draws| draws.outcomes(&week.items, &week.responses, spend)).unwrap_or_default()
            })
            .collect();
        let weeks: Vec<DatedWeek> =
            (0..self.weeks.len()).map(|at| self.week(at, self.even_money(at, money.left), &drawn[at])).collect();
        let spans: Vec<WeekSpan> = weeks.iter().map(|week| week.span).collect();
        let totals: Vec<f64> = weeks.iter().map(|week| week.total).collect();
        let spend = totals.iter().copied().collect::<ExactSum>().value();
        let planned = sum(weeks.iter().map(|week| week.planned));
        let current = |week: &Week| week.items.outcome(&week.responses, &week.responses.current_spend);
        let now = sum(self.weeks.iter().map(current));
        let now_spend = self.weeks.iter().flat_map(|week| week.responses.current_spend.iter().copied());
        let goal = self.aim.summary((&now, now_spend.collect::<ExactSum>().value()), (&planned, spend));
        let bands = outcome_interval(&summed(&drawn), self.level);
        let mut certificate = self.allocation.certificate.clone();
        certificate.max_violation = violation(&self.joint.problem, &self.rounded.spend);
        certificate.rounding_loss = Some(self.rounded.loss);
        // without a budget the plan asks for exactly what it spends
        let (total, left) =
            if self.aim.open { (self.coin.round(money.pace.spent + spend), spend) } else { (money.total, money.left) };
        let share = |(at, limit): (usize, &SumLimit)| {
            let spends = weeks.iter().flat_map(|week| limit.members.iter().map(|&term| week.spend[term as usize]));
            let price = self.joint.share_price(self.allocation, at);
            let row = sum_row(limit, spends.collect::<ExactSum>().value(), price, spend);
            LimitRow { gap: Some(self.allocation.certificate.relative_gap), ..row }
        };
        let limits: Vec<LimitRow> = self.shares.limits.iter().enumerate().map(share).collect();
        Dated {
            span: whole,
            total,
            pace: money.pace.of_total(total),
            spend: self.coin.round(spend),
            unallocated: self.coin.round(left - spend),
            planned,
            planned_p05: bands.map(|(lower, _)| lower),
            planned_p95: bands.map(|(_, upper)| upper),
            even: self.even(left),
            goal,
            months: months(&spans, &totals, self.coin),
            limits,
            certificate,
            weeks,
        }
    }

    fn days(&self) -> f64 {
        self.posed.iter().map(|week| f64::from(week.span.days())).sum()
    }

    /// Money of a week where every day gets the same, to the cent so that weeks add up to `left`.
    fn even_money(&self, at: usize, left: f64) -> f64 {
        let upto = |week: usize| self.posed[..week].iter().map(|week| f64::from(week.span.days())).sum::<f64>();
        let a_day = left / self.days();
        self.coin.round(self.coin.round(a_day * upto(at + 1)) - self.coin.round(a_day * upto(at)))
    }

    /// One week; `even` is its money where every day gets the same, `drawn` its outcomes in every draw.
    fn week(&self, at: usize, even: f64, drawn: &[Outcome]) -> DatedWeek {
        let Week { responses, items, .. } = &self.weeks[at];
        let PosedWeek { span, limit, .. } = self.posed[at];
        let spend = self.rounded.spend[self.joint.items(at)].to_vec();
        let outcome = |(term, &spend): (usize, &f64)| items.term_outcome(responses, term, spend);
        let bands = outcome_interval(drawn, self.level);
        let price = self.joint.week_price(self.allocation, at);
        let lambda = self.allocation.certificate.lambda;
        DatedWeek {
            span,
            demand: responses.demand.account,
            years: responses.demand.years,
            outcome: spend.iter().enumerate().map(outcome).collect(),
            planned: items.outcome(responses, &spend),
            planned_p05: bands.map(|(lower, _)| lower),
            planned_p95: bands.map(|(_, upper)| upper),
            total: self.coin.round(spend.iter().copied().collect::<ExactSum>().value()),
            even,
            limit,
            binds: if price > 0.0 {
                "upper"
            } else if price < 0.0 {
                "lower"
            } else {
                ""
            },
            marginal_return: lambda.map(|lambda| lambda + price).filter(|price| price.is_finite()),
            spend,
        }
    }

    /// What the same money a day brings, each week split as well as can be; `None` where limits leave no such plan, where
    /// weeks have limits of their own, or where a goal is set.
    fn even(&self, left: f64) -> Option<Outcome> {
        let limited = self.posed.iter().any(|week| week.limit.iter().any(Option::is_some));
        if self.aim.target.is_some() || limited {
            return None;
        }
        let a_day = left / self.days();
        let money = |at: usize| a_day * f64::from(self.posed[at].span.days());
        // under a cap no week has to spend it
        let limit = |at: usize| [(!self.aim.cap).then(|| money(at)), Some(money(at))];
        let joint = Joint::new(self.posed, limit, self.shares, left);
        let plan = allocate(&joint.problem, &AllocatorSettings::default()).ok()?;
        let plan = round(&joint.problem, &plan, self.step, true);
        let of = |(at, week): (usize, &Week)| week.items.outcome(&week.responses, &plan.spend[joint.items(at)]);
        Some(sum(self.weeks.iter().enumerate().map(of)))
    }

    /// The first week as one plan of its own.
    pub(super) fn first_week(&self, dated: &Dated) -> Settled {
        let items = self.joint.items(0);
        let Posed { limits, sums, problem } = &self.posed[0].posed;
        let allocation = self.joint.slice(self.allocation, 0, sums, self.shares);
        let total = dated.weeks[0].total;
        // money that the plan leaves could go into this week as well as into another
        let most = dated.weeks[0].limit[1].unwrap_or(f64::INFINITY);
        let budget = (total + dated.unallocated).min(most).max(total);
        // where money is left, the week has its days' part of it
        let own_budget = if dated.unallocated >= 0.01 { dated.weeks[0].even.max(total) } else { total };
        let mut problem = Problem { budget, goal: Goal::MostResponse, ..problem.clone() };
        self.hold_shares(&mut problem, sums, &dated.weeks[0].spend);
        let rounded = Rounded {
            spend: self.rounded.spend[items.clone()].to_vec(),
            steps: self.rounded.steps[items.clone()].to_vec(),
            response: self.rounded.response[items].to_vec(),
            unallocated: 0.0,
            unallocated_steps: 0,
            loss: self.rounded.loss,
            outside_bounds: Vec::new(),
            outside_limits: Vec::new(),
        };
        Settled {
            aim: self.weeks[0].aim.without_target(),
            posed: Posed { limits: limits.clone(), sums: sums.clone(), problem },
            allocation,
            risk: RiskSummary::default(),
            exploration: None,
            optimal: true,
            rounded,
            total,
            budget: own_budget,
            unallocated: self.coin.round(own_budget - total),
        }
    }
}

impl Answer<'_> {
    /// A share of the whole plan holds the first week to what it leaves it.
    fn hold_shares(&self, problem: &mut Problem, sums: &SumLimits, spend: &[f64]) {
        for (at, share) in self.shares.limits.iter().enumerate() {
            let price = self.joint.share_price(self.allocation, at);
            let Some(limit) = sums.limits.iter().find(|limit| limit.source == share.source) else { continue };
            let own =
                Amount::Money(limit.members.iter().map(|&term| spend[term as usize]).collect::<ExactSum>().value());
            let (lower, upper) = match limit.place {
                Place::Group(group) => {
                    let group = &mut problem.groups[group];
                    (&mut group.lower, &mut group.upper)
                }
                Place::Class(class) => {
                    let class = &mut problem.classes[class];
                    (&mut class.lower, &mut class.upper)
                }
            };
            if price > 0.0 {
                *upper = own;
            } else if price < 0.0 {
                *lower = own;
            }
        }
    }
}

fn sum(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let add = |one: Option<f64>, other: Option<f64>| Some(one? + other?);
    outcomes
        .reduce(|all, own| Outcome {
            clicks: all.clicks + own.clicks,
            conversions: all.conversions + own.conversions,
            revenue: add(all.revenue, own.revenue),
            profit: add(all.profit, own.profit),
        })
        .unwrap_or_default()
}

/// Outcomes of all weeks in every draw. Shape: draws.
fn summed(weeks: &[Vec<Outcome>]) -> Vec<Outcome> {
    let draws = weeks.first().map_or(0, Vec::len);
    (0..draws).map(|draw| sum(weeks.iter().map(|week| week[draw]))).collect()
}
