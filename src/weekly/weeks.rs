//! Sums of the account week by week: what the guards look at and the history shows.
//!
//! In: counts. Out: one [`WeekTotals`] a period. Daily periods are not weeks: the run works on weeks.

use crate::counts::Counts;
use crate::domain::Date;
use chrono::Days;
use serde::{Deserialize, Serialize};

/// One week of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeekTotals {
    /// First day; `None` when undated.
    pub start: Option<Date>,
    /// Last day.
    pub last: Option<Date>,
    /// Whether the data cover it wholly.
    pub complete: bool,
    /// Terms with a row.
    pub rows: usize,
    /// Impressions; `None` where the data have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impressions: Option<f64>,
    /// Clicks.
    pub clicks: f64,
    /// Spend, money; `None` where the data have no cost.
    pub cost: Option<f64>,
    /// Conversions, as far as they are reported.
    pub conversions: f64,
    /// Revenue, money; `None` where the data have none.
    pub revenue: Option<f64>,
}

impl WeekTotals {
    /// Cost of a click, money.
    #[must_use]
    pub fn price(&self) -> Option<f64> {
        self.cost.filter(|cost| *cost > 0.0 && self.clicks > 0.0).map(|cost| cost / self.clicks)
    }

    /// Whether it is the last week that had ended by a day.
    #[must_use]
    pub fn is_last_by(&self, day: Date) -> bool {
        self.last.is_some_and(|last| last <= day && reaches_week_of(last, day))
    }

    /// Revenue of a conversion, money.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        // of conversions that bring nothing it is 0, which the range has to see
        self.revenue.filter(|_| self.conversions > 0.0).map(|sum| sum / self.conversions)
    }
}

/// Whether data to a day reach into the week that ends on another, or that had ended last by it.
#[must_use]
pub fn reaches_week_of(last: Date, due: Date) -> bool {
    last + Days::new(7) > due
}

/// The weeks of the calendar, ascending. Shape: periods.
#[must_use]
pub fn week_totals(counts: &Counts) -> Vec<WeekTotals> {
    let (cells, periods) = (&counts.cells, &counts.calendar.periods);
    let sums = |measure: &[f64]| counts.by_period(measure);
    let (clicks, conversions) = (sums(&cells.clicks), sums(&cells.conversions));
    let impressions = cells.impressions.as_deref().map(sums);
    let (cost, revenue) = (cells.cost.as_deref().map(sums), cells.revenue.as_deref().map(sums));
    let mut rows = vec![0; periods.len()];
    for &period in &cells.period {
        rows[period as usize] += 1;
    }
    periods
        .iter()
        .enumerate()
        .map(|(at, period)| WeekTotals {
            start: period.start,
            last: period.end.and_then(|end| end.pred_opt()),
            complete: period.complete,
            rows: rows[at],
            impressions: impressions.as_ref().map(|impressions| impressions[at]),
            clicks: clicks[at],
            cost: cost.as_ref().map(|cost| cost[at]),
            conversions: conversions[at],
            revenue: revenue.as_ref().map(|revenue| revenue[at]),
        })
        .collect()
}
