//! A plan over dated weeks: a total for a span of days, split by term and week at once.
//!
//! In: a fit, the settings of a plan, and a [`HorizonSettings`]. Out: the full [`Plan`] of the first week, whose field
//! `dated` holds all weeks. Every (term, week) is an item of one problem of the allocator: weeks are groups under the
//! total, limits in money hold in every week, shares and targets over all weeks together. So the split over weeks is as
//! exact, and certified by the same dual bound, as that over terms. Wrong where what is spent in one week changes the
//! demand of another (stock, saturation), and where rates are not what is expected of the week after the data: nothing
//! forecasts how they go on.
//!
//! # Formula
//! ```text
//! max Σ_w Σ_i g_w w_i Q_i(x_iw / (g_w d_iw)) d_iw      with Σ_w Σ_i x_iw = total − spent
//! ```
//! with `g_w` the week's days over seven, `d_iw` the demand index of the term's campaign in that week, `w_i` the objective a
//! click. The change limit of a week refers to current spend times that week's share of what today's bids would spend.

mod answer;
mod calendar;
mod joint;
mod naming;
mod pace;
mod solve;

pub use calendar::{MonthPlan, WeekSpan};
pub use pace::{Pace, spent_since};
pub(super) use solve::{Ground, dated_plan};

use super::{GoalSummary, LimitRow, Outcome};
use crate::allocate::Certificate;
use crate::domain::Date;
use serde::Serialize;

/// What a plan over dated weeks is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizonSettings {
    /// First day of the span; the day after the data where `None`. Days that the data cover are past.
    pub from: Option<Date>,
    /// Where it ends.
    pub end: HorizonEnd,
    /// Money for the whole span, what was spent in it included; weeks at the weekly budget where `None`.
    pub total: Option<f64>,
    /// Money spent in it already; as the data have it where `None`.
    pub spent: Option<f64>,
    /// Least and most money a week; a shorter week has its share of it.
    pub ends: [Option<f64>; 2],
    /// Other limits for single weeks: any day of the week, least and most money.
    pub weeks: Vec<(Date, [Option<f64>; 2])>,
}

/// Where a span of days ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HorizonEnd {
    /// With this day.
    Until(Date),
    /// So many weeks after its first day to come, in whole weeks of the calendar.
    Weeks(u32),
}

/// A plan over dated weeks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dated {
    /// First and last day of the span.
    pub span: WeekSpan,
    /// Money for the whole span, whole cents.
    pub total: f64,
    /// Where the money stands today.
    pub pace: Pace,
    /// Money planned over all weeks, whole cents.
    pub spend: f64,
    /// Money not planned; `pace.spent + spend + unallocated = total`.
    pub unallocated: f64,
    /// Expected outcome of all weeks.
    pub planned: Outcome,
    /// Lower ends of the intervals of the planned outcome.
    pub planned_p05: Option<Outcome>,
    /// Upper ends.
    pub planned_p95: Option<Outcome>,
    /// Expected outcome where every day gets the same money, each week split as well as can be; `None` where limits leave
    /// no such plan, or where a goal is set.
    pub even: Option<Outcome>,
    /// The goal, and how far it is reached.
    pub goal: GoalSummary,
    /// The weeks in order.
    pub weeks: Vec<DatedWeek>,
    /// The calendar months in order.
    pub months: Vec<MonthPlan>,
    /// Limits over all weeks together.
    pub limits: Vec<LimitRow>,
    /// Proof of quality of the split over terms and weeks.
    pub certificate: Certificate,
}

/// One week of such a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatedWeek {
    /// Its days.
    pub span: WeekSpan,
    /// Searches over those in the baseline weeks, ratio.
    pub demand: f64,
    /// Earlier years that this was seen in, count; 0 where it is taken to be like the baseline weeks.
    pub years: usize,
    /// Spend of each term, money, whole steps. Shape: terms.
    #[serde(skip)]
    pub spend: Vec<f64>,
    /// Expected outcome of each term. Shape: terms.
    #[serde(skip)]
    pub outcome: Vec<Outcome>,
    /// Sum of the spends.
    pub total: f64,
    /// Money for the week where every day gets the same.
    pub even: f64,
    /// Expected outcome.
    pub planned: Outcome,
    /// Lower ends of the intervals.
    pub planned_p05: Option<Outcome>,
    /// Upper ends.
    pub planned_p95: Option<Outcome>,
    /// Least and most money of the week, as limited.
    pub limit: [Option<f64>; 2],
    /// Which of them holds: `lower`, `upper` or empty.
    pub binds: &'static str,
    /// What the next unit of money in this week earns, in the objective's units (gross of that unit for profit).
    pub marginal_return: Option<f64>,
}
