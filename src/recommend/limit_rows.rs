//! One row per limit that is not a single term's: budget, groups, classes, turnover, target. What it is,
//! where the plan stands in it, and what a unit of it is worth.

use super::goal::Aim;
use super::sums::{Place, SumLimit, SumLimits};
use super::{GoalKind, GoalSummary, PolicySettings};
use crate::allocate::{Allocation, Turnover};
use crate::numeric::sum::ExactSum;
use serde::Serialize;

/// One row of `limits.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LimitRow {
    /// What kind of limit: `budget`, `campaign limit`, `label limit`, `turnover`, `target ROAS`.
    pub kind: &'static str,
    /// Of what: the campaign, the label.
    pub name: String,
    /// Where it was given: config key with the number of the entry.
    pub source: String,
    /// Unit of the limit and of where the plan stands: `money`, or the target's unit.
    pub unit: &'static str,
    /// Terms that share it; `None` for targets.
    pub terms: Option<usize>,
    /// Lower limit, in `unit`.
    pub lower: Option<f64>,
    /// How it was given: money, a share of planned spend, or a ratio of which reference.
    pub lower_given: String,
    /// Upper limit, in `unit`.
    pub upper: Option<f64>,
    /// How it was given.
    pub upper_given: String,
    /// Spend now (or the target's figure now), in `unit`.
    pub now: Option<f64>,
    /// Spend planned (or the target's figure under the plan), in `unit`.
    pub planned: Option<f64>,
    /// `lower`, `upper` or empty: which side holds the plan.
    pub binds: &'static str,
    /// Objective gained by relaxing it by one unit of money, all other limits where they stand; 0 where it does not bind,
    /// `None` where it was not computed. Of the budget: by planning anew with more of it, limits that are relative to it
    /// included, so that it may be below zero, and above it where money is left. Of a target: where revenue may fall one unit of money short of it (for a CPA one conversion);
    /// of wanted conversions: money saved by one less.
    pub worth: Option<f64>,
    /// Of the budget: objective lost by one unit of money less in it, in the same way; below zero where less earns more.
    pub worth_less: Option<f64>,
    /// For limits that cut across others: the relative gap of the plan, an upper bound of what the best
    /// plan could be better by.
    pub gap: Option<f64>,
}

/// What the rows are made from.
pub(super) struct Table<'a> {
    pub(super) aim: &'a Aim,
    pub(super) goal: &'a GoalSummary,
    pub(super) sums: &'a SumLimits,
    pub(super) allocation: &'a Allocation,
    /// Planned spend of each term after rounding, and their sum.
    pub(super) spend: &'a [f64],
    pub(super) total: f64,
    pub(super) current: &'a [f64],
    pub(super) budget: f64,
    pub(super) unallocated: f64,
    /// What the objective gains by one more unit of budget, all planned anew.
    pub(super) budget_worth: [Option<f64>; 2],
    pub(super) turnover: Option<&'a Turnover>,
    /// What the objective gains where the target gives way by one unit of its measure.
    pub(super) target_worth: Option<f64>,
    pub(super) settings: &'a PolicySettings,
}

impl Table<'_> {
    pub(super) fn rows(&self) -> Vec<LimitRow> {
        let mut rows = vec![self.budget()];
        rows.extend(self.sums.limits.iter().map(|limit| {
            let members = || limit.members.iter().map(|&term| term as usize);
            let (spend, price) = self.state(limit.place);
            let planned = members().map(|term| self.spend[term]).collect::<ExactSum>().value();
            LimitRow {
                now: Some(limit.current),
                planned: Some(planned),
                gap: matches!(limit.place, Place::Class(_)).then_some(self.allocation.certificate.relative_gap),
                ..sum_row(limit, spend, price, self.total)
            }
        }));
        rows.extend(self.turnover());
        rows.extend(self.target());
        rows
    }

    fn budget(&self) -> LimitRow {
        let held = self.unallocated < self.settings.step && !self.aim.open;
        LimitRow {
            kind: "budget",
            source: if self.settings.budget.is_some() { "`plan.budget`, `--budget`" } else { "current spend" }
                .to_owned(),
            unit: "money",
            terms: Some(self.spend.len()),
            upper: (!self.aim.open).then_some(self.budget),
            upper_given: if self.aim.open { String::new() } else { "money".to_owned() },
            now: Some(self.current.iter().copied().collect::<ExactSum>().value()),
            planned: Some(self.total),
            binds: if held { "upper" } else { "" },
            worth: self.budget_worth[0],
            worth_less: self.budget_worth[1],
            ..LimitRow::default()
        }
    }

    fn turnover(&self) -> Option<LimitRow> {
        let turnover = self.turnover?;
        let limited = turnover.limit.is_finite();
        let moved = |(spend, current): (&f64, &f64)| (spend - current).abs();
        let price = self.allocation.turnover_price;
        Some(LimitRow {
            kind: "turnover",
            source: if limited { "`limits.max_turnover`" } else { "`limits.turnover_price`" }.to_owned(),
            unit: "money",
            terms: Some(self.spend.len()),
            upper: limited.then_some(turnover.limit),
            upper_given: match (limited, self.settings.turnover.limit_share) {
                (false, _) => String::new(),
                (true, Some(share)) => format!("{} of current spend", super::sums::percent(share)),
                (true, None) => "money".to_owned(),
            },
            now: Some(0.0),
            planned: Some(self.spend.iter().zip(&turnover.current).map(moved).collect::<ExactSum>().value()),
            binds: if limited && price > 0.0 { "upper" } else { "" },
            worth: limited.then_some(price.max(0.0)),
            ..LimitRow::default()
        })
    }

    fn target(&self) -> Option<LimitRow> {
        let target = self.goal.target?;
        let (source, unit, least) = match self.goal.kind {
            GoalKind::MostResponse => return None,
            GoalKind::TargetRoas => ("`plan.target_roas`, `--target-roas`", "revenue per money", true),
            GoalKind::TargetCpa => ("`plan.target_cpa`, `--target-cpa`", "money a conversion", false),
            GoalKind::WantedConversions => ("`plan.wanted_conversions`, `--wanted-conversions`", "conversions", true),
        };
        // rounding to whole steps moves an average or a volume by far less than this
        let near = |planned: f64| (planned - target).abs() <= 1e-4 * target;
        let held = self.goal.planned.is_some_and(near);
        let price = self.allocation.certificate.lambda.filter(|price| price.is_finite() && *price > 0.0);
        Some(LimitRow {
            kind: self.goal.kind.name(),
            source: source.to_owned(),
            unit,
            lower: least.then_some(target),
            lower_given: if least { "target".to_owned() } else { String::new() },
            upper: (!least).then_some(target),
            upper_given: if least { String::new() } else { "target".to_owned() },
            now: self.goal.now,
            planned: self.goal.planned,
            binds: match (held, least) {
                (false, _) => "",
                (true, true) => "lower",
                (true, false) => "upper",
            },
            worth: match (held, self.goal.kind) {
                (false, _) => Some(0.0),
                // money saved by one conversion less
                (true, GoalKind::WantedConversions) => price.map(f64::recip),
                (true, _) => self.target_worth,
            },
            ..LimitRow::default()
        })
    }

    /// Spend and price of a limit in the continuous plan.
    fn state(&self, place: Place) -> (f64, f64) {
        let allocation = self.allocation;
        match place {
            Place::Group(at) => (allocation.group_spend[at], allocation.group_price[at]),
            Place::Class(at) => (allocation.class_spend[at], allocation.class_price[at]),
        }
    }
}

/// A row of a limit on a sum in a plan that spends `total`; `spend` and `price` are its own in that plan.
pub(super) fn sum_row(limit: &SumLimit, spend: f64, price: f64, total: f64) -> LimitRow {
    let [lower, upper] = limit.money(total);
    let [lower_given, upper_given] = limit.given();
    LimitRow {
        kind: limit.kind,
        name: limit.name.clone(),
        source: limit.source.clone(),
        unit: "money",
        terms: Some(limit.members.len()),
        lower,
        lower_given,
        upper,
        upper_given,
        now: None,
        planned: Some(spend),
        binds: binds(spend, price, lower, upper),
        worth: Some(price.abs()),
        worth_less: None,
        gap: None,
    }
}

/// Which side holds: told by the price, and where that is zero by the spend.
fn binds(spend: f64, price: f64, lower: Option<f64>, upper: Option<f64>) -> &'static str {
    let at = |limit: f64| (spend - limit).abs() <= 1e-9 * limit.max(spend);
    if price > 0.0 || price == 0.0 && upper.is_some_and(at) {
        "upper"
    } else if price < 0.0 || lower.is_some_and(|limit| limit > 0.0 && at(limit)) {
        "lower"
    } else {
        ""
    }
}
