//! The span of a plan: its weeks to come, and where its money stands on the last day of the data.

use super::calendar::{WeekSpan, weeks};
use super::{HorizonEnd, HorizonSettings};
use crate::counts::{Counts, PeriodUnit};
use crate::domain::{Coin, Date, Notes};
use crate::numeric::sum::ExactSum;
use crate::recommend::RecommendError;
use crate::recommend::plan::whole_coins;
use crate::response::start_of_week;
use chrono::Days;
use serde::Serialize;

/// Money spent against days gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pace {
    /// Money spent in the span up to the last day of the data.
    pub spent: f64,
    /// Whether it was given, and not taken from the data.
    pub given: bool,
    /// Whether a period of the data lies across the span's first day, and was counted by its days.
    pub prorated: bool,
    /// Days of the span up to the last day of the data, count.
    pub days_gone: u32,
    /// Days to come, count.
    pub days_left: u32,
    /// Spent over what the days gone would have had at the same money a day, ratio; `None` without a total or days gone.
    pub ratio: Option<f64>,
}

/// Money that the data have from `from` and the last day of the data, and whether a period had to be split by days.
#[must_use]
pub fn spent_since(counts: &Counts, from: Date) -> (f64, bool) {
    let Some(cost) = &counts.cells.cost else { return (0.0, false) };
    let mut prorated = false;
    let share: Vec<f64> = (counts.calendar.periods.iter())
        .map(|period| {
            let Some((start, end)) = period.start.zip(period.end) else { return 0.0 };
            if start >= from {
                return 1.0;
            }
            // a period that the data end in holds the days up to there
            let end = counts.calendar.as_of.map_or(end, |last| end.min(last + Days::new(1)));
            let inside = (end - from).num_days().max(0) as f64 / (end - start).num_days().max(1) as f64;
            prorated |= inside > 0.0;
            inside
        })
        .collect();
    let money = |(cell, cost): (usize, &f64)| cost * share[counts.cells.period[cell] as usize];
    (cost.iter().enumerate().map(money).collect::<ExactSum>().value(), prorated)
}

impl Pace {
    fn new(whole: WeekSpan, as_of: Date, spent: f64, given: bool, prorated: bool) -> Self {
        let days = |from: Date, until: Date| u32::try_from((until - from).num_days() + 1).unwrap_or(0);
        let days_gone = days(whole.start, as_of.min(whole.end));
        Self { spent, given, prorated, days_gone, days_left: days(whole.start, whole.end) - days_gone, ratio: None }
    }

    /// With the total known.
    pub(super) fn of_total(self, total: f64) -> Self {
        let (gone, left) = (f64::from(self.days_gone), f64::from(self.days_left));
        let even = total * gone / (gone + left);
        Self { ratio: (even > 0.0).then(|| self.spent / even), ..self }
    }
}

impl HorizonSettings {
    /// The last entry for a week.
    pub(super) fn entry(&self, span: WeekSpan) -> Option<[Option<f64>; 2]> {
        let own = self.weeks.iter().rev().find(|(day, _)| (span.start..=span.end).contains(day));
        own.map(|(_, ends)| *ends)
    }

    /// Least and most money of a week, by its days.
    pub(super) fn limit(&self, span: WeekSpan) -> [Option<f64>; 2] {
        let own = self.entry(span);
        let ends = own.map_or(self.ends, |ends| [ends[0].or(self.ends[0]), ends[1].or(self.ends[1])]);
        ends.map(|end| end.map(|money| Coin::default().round(money * span.share())))
    }
}

/// Weeks to come, the whole span, and the last day of the data.
///
/// # Errors
/// Data without weeks, a span that is past.
pub(super) fn spans(
    counts: &Counts,
    horizon: &HorizonSettings,
) -> Result<(Vec<WeekSpan>, WeekSpan, Date), RecommendError> {
    let first = counts.calendar.periods.first().and_then(|period| period.start);
    let dated = first.zip(counts.calendar.as_of).filter(|_| counts.calendar.unit != PeriodUnit::Day);
    let Some((first, as_of)) = dated else {
        return Err(RecommendError::Horizon {
            what: "a plan over dated weeks needs data by week",
            hint: "give a column `week` or `date`, and keep `period` at `week`",
        });
    };
    let from = horizon.from.unwrap_or(as_of + Days::new(1));
    let begin = from.max(as_of + Days::new(1));
    let until = match horizon.end {
        HorizonEnd::Until(day) => day,
        HorizonEnd::Weeks(weeks) => start_of_week(begin, first) + Days::new(7 * u64::from(weeks) - 1),
    };
    let spans = weeks(begin, until, first);
    if spans.is_empty() {
        return Err(RecommendError::Horizon {
            what: "the span of `horizon` ends before the first day that can be planned",
            hint: "give `horizon.until` a day after the last one of the data and after `horizon.from`",
        });
    }
    if let Some((week, _)) = horizon.weeks.iter().find(|(day, _)| !(begin..=until).contains(day)) {
        return Err(RecommendError::HorizonWeek { week: *week, begin, until });
    }
    Ok((spans, WeekSpan { start: from, end: until }, as_of))
}

/// Total, and what is left of it.
pub(super) struct Money {
    pub(super) total: f64,
    pub(super) left: f64,
    pub(super) pace: Pace,
}

/// `budget` is money a week, for where no total is given, in coins of its currency; `seen` is what the data have.
///
/// # Errors
/// Nothing is left.
pub(super) fn money(
    (budget, coin): (f64, Coin),
    seen: (f64, bool),
    horizon: &HorizonSettings,
    (spans, whole, as_of): (&[WeekSpan], WeekSpan, Date),
    notes: &mut Notes,
) -> Result<Money, RecommendError> {
    let begun = whole.start <= as_of;
    let (seen, prorated) = if begun { seen } else { (0.0, false) };
    let spent = coin.round(horizon.spent.unwrap_or(seen));
    let pace = Pace::new(whole, as_of, spent, horizon.spent.is_some(), prorated && horizon.spent.is_none());
    notes.add(
        "spent-by-days",
        usize::from(pace.prorated),
        format!(
            "the plan's first day, {}, lies within a week of the data: what was spent in that week is counted by its days \
             (`horizon.spent` says it exactly)",
            whole.start
        ),
    );
    let weekly: f64 = spans.iter().map(|span| budget * span.share()).sum();
    let total = match horizon.total {
        Some(total) => whole_coins(total, coin)?,
        None => coin.round(spent + weekly),
    };
    let left = coin.round(total - spent);
    if left <= 0.0 {
        return Err(RecommendError::HorizonSpent { total, spent, from: whole.start, until: as_of });
    }
    Ok(Money { total, left, pace })
}
