//! The weeks that a plan over a span of days is made of, and the months they fall into.

use crate::domain::{Coin, Date};
use crate::response::start_of_week;
use chrono::{Datelike, Days};
use serde::Serialize;

/// A week of the plan, or the part of one that the plan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WeekSpan {
    /// First day.
    pub start: Date,
    /// Last day, included.
    pub end: Date,
}

impl WeekSpan {
    /// Days in it, 1 to 7.
    #[must_use]
    pub fn days(self) -> u32 {
        u32::try_from((self.end - self.start).num_days() + 1).unwrap_or(0)
    }

    /// Days over seven, ratio.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.days()) / 7.0
    }

    /// ISO 8601 week of the last day, as `2026-W53`: the week's own where weeks begin on Monday.
    #[must_use]
    pub fn iso(self) -> String {
        let week = self.end.iso_week();
        format!("{:04}-W{:02}", week.year(), week.week())
    }
}

/// Cuts a span of days, both ends included, into weeks that begin on the weekday of `first`; the first and the last may
/// be shorter. Empty where the span is.
pub(super) fn weeks(from: Date, until: Date, first: Date) -> Vec<WeekSpan> {
    let mut spans = Vec::new();
    let mut start = from;
    while start <= until {
        let end = (start_of_week(start, first) + Days::new(6)).min(until);
        spans.push(WeekSpan { start, end });
        start = end + Days::new(1);
    }
    spans
}

/// A calendar month's part of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonthPlan {
    /// First day of the plan in it.
    pub start: Date,
    /// Last day of the plan in it, included.
    pub end: Date,
    /// Spend planned on these days, money, whole cents: a week that two months share is split by its days.
    pub spend: f64,
}

/// Months of a plan; spends add up to those of the weeks to the cent. Shape of `spend`: weeks, money.
pub(super) fn months(weeks: &[WeekSpan], spend: &[f64], coin: Coin) -> Vec<MonthPlan> {
    let mut months: Vec<MonthPlan> = Vec::new();
    // what has been planned up to a day, so that cents lost in one month come in the next
    let (mut before, mut told) = (0.0, 0.0);
    for (week, spend) in weeks.iter().zip(spend) {
        let mut day = week.start;
        while day <= week.end {
            let same = |other: Date| (other.year(), other.month()) == (day.year(), day.month());
            if !months.last().is_some_and(|month| same(month.end)) {
                months.push(MonthPlan { start: day, end: day, spend: 0.0 });
            }
            let last = (0..7).map(|ahead| day + Days::new(ahead)).take_while(|&d| d <= week.end && same(d)).last();
            let end = last.unwrap_or(day);
            let upto = before + spend * ((end - week.start).num_days() + 1) as f64 / f64::from(week.days());
            let upto = coin.round(upto);
            if let Some(month) = months.last_mut() {
                month.end = end;
                month.spend = coin.round(month.spend + upto - told);
            }
            told = upto;
            day = end + Days::new(1);
        }
        before += spend;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_at_the_ends_may_be_short_and_the_years_end_is_no_border() {
        // data begin on a Monday; 2026 has an ISO week 53
        let spans = weeks(day("2026-12-23"), day("2027-01-05"), day("2025-01-06"));
        let told: Vec<(String, u32)> = spans.iter().map(|week| (week.iso(), week.days())).collect();
        let wanted = [("2026-W52", 5), ("2026-W53", 7), ("2027-W01", 2)].map(|(iso, days)| (iso.to_owned(), days));
        assert_eq!(told, wanted);
        assert_eq!(spans[1].start, day("2026-12-28"));
        assert!(weeks(day("2026-01-02"), day("2026-01-01"), day("2025-01-06")).is_empty());
        // weeks that begin on Sunday
        let sunday = weeks(day("2026-12-26"), day("2026-12-28"), day("2025-01-05"));
        assert_eq!(sunday.iter().map(|week| week.days()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn months_split_weeks_by_days_and_add_up_to_the_cent() {
        let spans = weeks(day("2027-12-27"), day("2028-03-05"), day("2025-01-06"));
        let spend: Vec<f64> = (0..spans.len()).map(|at| 100.01 + at as f64).collect();
        let months = months(&spans, &spend, Coin::default());
        let ends: Vec<String> = months.iter().map(|month| month.end.to_string()).collect();
        assert_eq!(ends, ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-05"]);
        // five of the first week's seven days are in December
        assert!((months[0].spend - 71.44).abs() < 1e-9, "{}", months[0].spend);
        let cents = |spends: &mut dyn Iterator<Item = f64>| spends.map(|spend| (spend * 100.0).round()).sum::<f64>();
        let (own, all) = (cents(&mut months.iter().map(|m| m.spend)), cents(&mut spend.iter().copied()));
        assert!((own - all).abs() < 0.5);
    }
}
