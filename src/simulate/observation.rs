//! `Observation`: what the platform would report about a synthetic account.
//!
//! Owns the rows that an analyst would export, and nothing that was drawn to make them: this file
//! knows no true parameter. Out: [`Counts`] for the estimates, rows for files.

use super::hidden::{lost_ends, share_ends};
use crate::counts::{Calendar, Cells, Counts, Period, PeriodUnit, Shares, Signals};
use crate::domain::{Date, Term};
use chrono::Days;

/// What the platform would report: terms and one row for each week in which a term was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Terms, ascending by key, with their latest status and bid; each has at least one row.
    pub terms: Vec<Term>,
    /// First days of the weeks, ascending, seven days apart.
    pub weeks: Vec<Date>,
    /// The rows, by term and then by week.
    pub rows: Rows,
    /// Currency code or sign.
    pub currency: String,
}

/// Rows of an observation as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Index into `Observation::terms`.
    pub term: Vec<u32>,
    /// Index into `Observation::weeks`.
    pub week: Vec<u32>,
    /// Ads shown, count; in a few rows below the clicks, as on real platforms.
    pub impressions: Vec<f64>,
    /// Clicks, count.
    pub clicks: Vec<f64>,
    /// What was paid, account currency, whole cents.
    pub cost: Vec<f64>,
    /// Conversions, count, with hundredths where the account is fractional.
    pub conversions: Vec<f64>,
    /// Value of the conversions, account currency, whole cents.
    pub revenue: Vec<f64>,
    /// Highest bid of the week, account currency.
    pub max_cpc: Vec<f64>,
    /// Share of the impressions there are that was won, ratio; `None` where it is not reported.
    pub impression_share: Vec<Option<f64>>,
    /// Share of the impressions there are that was lost because the campaign's budget was spent, ratio; `None` where it is
    /// not reported.
    pub lost_to_budget: Vec<Option<f64>>,
    /// Daily budget of the campaign, account currency; 0 where it does not hold it.
    pub campaign_budget: Vec<f64>,
}

/// One row without the term and week it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Ads shown, count.
    pub impressions: f64,
    /// Clicks, count.
    pub clicks: f64,
    /// What was paid, account currency.
    pub cost: f64,
    /// Conversions, count.
    pub conversions: f64,
    /// Value of the conversions, account currency.
    pub revenue: f64,
    /// Highest bid of the week, account currency.
    pub max_cpc: f64,
    /// Share of the impressions there are that was won, ratio; `None` where it is not reported.
    pub impression_share: Option<f64>,
    /// Share of them that was lost because the campaign's budget was spent, ratio; `None` where it is not reported.
    pub lost_to_budget: Option<f64>,
    /// Daily budget of the campaign, account currency; 0 where it does not hold it.
    pub campaign_budget: f64,
}

impl Cell {
    /// Share of the impressions there are that others' bids won, ratio; `None` where it is not reported.
    #[must_use]
    pub fn lost_to_rank(&self) -> Option<f64> {
        self.impression_share.map(|share| (1.0 - share - self.lost_to_budget.unwrap_or(0.0)).max(0.0))
    }
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.term.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.term.is_empty()
    }

    /// Room for so many rows.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            term: Vec::with_capacity(rows),
            week: Vec::with_capacity(rows),
            impressions: Vec::with_capacity(rows),
            clicks: Vec::with_capacity(rows),
            cost: Vec::with_capacity(rows),
            conversions: Vec::with_capacity(rows),
            revenue: Vec::with_capacity(rows),
            max_cpc: Vec::with_capacity(rows),
            impression_share: Vec::with_capacity(rows),
            lost_to_budget: Vec::with_capacity(rows),
            campaign_budget: Vec::with_capacity(rows),
        }
    }

    /// Adds one row.
    pub fn push(&mut self, term: u32, week: u32, cell: &Cell) {
        self.term.push(term);
        self.week.push(week);
        self.impressions.push(cell.impressions);
        self.clicks.push(cell.clicks);
        self.cost.push(cell.cost);
        self.conversions.push(cell.conversions);
        self.revenue.push(cell.revenue);
        self.max_cpc.push(cell.max_cpc);
        self.impression_share.push(cell.impression_share);
        self.lost_to_budget.push(cell.lost_to_budget);
        self.campaign_budget.push(cell.campaign_budget);
    }

    /// The measures of row `index`.
    #[must_use]
    pub fn cell(&self, index: usize) -> Cell {
        Cell {
            impressions: self.impressions[index],
            clicks: self.clicks[index],
            cost: self.cost[index],
            conversions: self.conversions[index],
            revenue: self.revenue[index],
            max_cpc: self.max_cpc[index],
            impression_share: self.impression_share[index],
            lost_to_budget: self.lost_to_budget[index],
            campaign_budget: self.campaign_budget[index],
        }
    }
}

impl Rows {
    /// Whether any row tells what was lost to a budget.
    #[must_use]
    pub fn has_budgets(&self) -> bool {
        self.lost_to_budget.iter().any(Option::is_some)
    }

    /// Bids, budgets, and shares as far as platforms print them.
    fn signals(&self) -> Signals {
        let shares = |of: fn(&Cell) -> Option<f64>, ends: fn(f64) -> (f64, f64)| {
            let known = |row: usize| of(&self.cell(row)).map_or((f64::NAN, f64::NAN), ends);
            let (lower, upper) = (0..self.len()).map(known).unzip();
            Shares { lower, upper }
        };
        let money = |values: &[f64]| values.iter().map(|&set| if set > 0.0 { set } else { f64::NAN }).collect();
        let (with_share, with_budget) = (self.impression_share.iter().any(Option::is_some), self.has_budgets());
        Signals {
            max_cpc: Some(money(&self.max_cpc)),
            campaign_budget: with_budget.then(|| money(&self.campaign_budget)),
            impression_share: with_share.then(|| shares(|cell| cell.impression_share, share_ends)),
            lost_to_budget: with_budget.then(|| shares(|cell| cell.lost_to_budget, lost_ends)),
            lost_to_rank: with_share.then(|| shares(Cell::lost_to_rank, lost_ends)),
        }
    }
}

impl Observation {
    /// The same as counts: terms keep their order, all weeks are complete, and the last one's
    /// Sunday is the day the data are known for.
    #[must_use]
    pub fn to_counts(&self) -> Counts {
        let week = |start: Date| Period { start: Some(start), end: Some(start + Days::new(7)), complete: true };
        let mut offsets = vec![0_usize; self.terms.len() + 1];
        for &term in &self.rows.term {
            offsets[term as usize + 1] += 1;
        }
        for term in 0..self.terms.len() {
            offsets[term + 1] += offsets[term];
        }
        Counts {
            terms: self.terms.clone(),
            calendar: Calendar {
                unit: PeriodUnit::Week,
                periods: self.weeks.iter().copied().map(week).collect(),
                as_of: self.weeks.last().map(|&start| start + Days::new(6)),
            },
            cells: Cells {
                offsets,
                period: self.rows.week.clone(),
                impressions: Some(self.rows.impressions.clone()),
                clicks: self.rows.clicks.clone(),
                cost: Some(self.rows.cost.clone()),
                conversions: self.rows.conversions.clone(),
                revenue: Some(self.rows.revenue.clone()),
                signals: self.rows.signals(),
            },
            currency: Some(self.currency.clone()),
            ..Counts::default()
        }
    }
}
