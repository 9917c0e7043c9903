//! What was set and what the platform says of the auctions, cell by cell, beside the counts.

use super::Cells;
use crate::numeric::sum::ExactSum;

/// Levers as they were set and shares of the auctions, as far as the data have them. Vectors have the shape: cells;
/// NaN where a cell has none.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Highest bid for a click, account currency; the mean over the cell's rows, weighted by impressions.
    pub max_cpc: Option<Vec<f64>>,
    /// Daily budget of the term's campaign, account currency a day; mean as above.
    pub campaign_budget: Option<Vec<f64>>,
    /// Impressions over impressions that could have been had, ratio.
    pub impression_share: Option<Shares>,
    /// Share of impressions lost because the campaign's budget was spent, ratio.
    pub lost_to_budget: Option<Shares>,
    /// Share of impressions lost to others' bids and quality, ratio.
    pub lost_to_rank: Option<Shares>,
}

/// Shares that may be known as an interval only: platforms print `< 10%` and `> 90%`.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// Lower ends, ratio; NaN where not known. Shape: cells.
    pub lower: Vec<f64>,
    /// Upper ends, ratio; NaN where not known. Shape: cells.
    pub upper: Vec<f64>,
}

impl Shares {
    /// Middle of a cell's interval, ratio; `None` where nothing is known or the interval is wider than `widest`.
    #[must_use]
    pub fn known(&self, cell: usize, widest: f64) -> Option<f64> {
        let (lower, upper) = (self.lower[cell], self.upper[cell]);
        (upper - lower <= widest).then_some(0.5 * (lower + upper))
    }

    fn pick(&self, cells: &[Option<usize>]) -> Self {
        let take = |values: &[f64]| cells.iter().map(|cell| cell.map_or(f64::NAN, |cell| values[cell])).collect();
        Self { lower: take(&self.lower), upper: take(&self.upper) }
    }
}

impl Signals {
    /// Those of some of the cells. Shape of `kept`: indices of cells.
    #[must_use]
    pub fn keep(&self, kept: &[usize]) -> Self {
        self.pick(&kept.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// Those of some of the cells, and NaN for cells that have none. Shape of `cells`: indices of cells.
    pub(super) fn pick(&self, cells: &[Option<usize>]) -> Self {
        let take = |values: &Vec<f64>| -> Vec<f64> {
            cells.iter().map(|cell| cell.map_or(f64::NAN, |cell| values[cell])).collect()
        };
        let shares = |shares: &Option<Shares>| shares.as_ref().map(|shares| shares.pick(cells));
        Self {
            max_cpc: self.max_cpc.as_ref().map(take),
            campaign_budget: self.campaign_budget.as_ref().map(take),
            impression_share: shares(&self.impression_share),
            lost_to_budget: shares(&self.lost_to_budget),
            lost_to_rank: shares(&self.lost_to_rank),
        }
    }

    /// Takes some cells away.
    pub(super) fn drain(&mut self, cells: &std::ops::Range<usize>) {
        let shares = [&mut self.impression_share, &mut self.lost_to_budget, &mut self.lost_to_rank];
        let ends = shares.into_iter().flatten().flat_map(|shares| [&mut shares.lower, &mut shares.upper]);
        for values in [&mut self.max_cpc, &mut self.campaign_budget].into_iter().flatten().chain(ends) {
            values.drain(cells.clone());
        }
    }
}

/// What is not known equals what is not known.
fn is_same(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(l, r)| l.total_cmp(r).is_eq() || (l.is_nan() && r.is_nan()))
}

impl PartialEq for Shares {
    fn eq(&self, other: &Self) -> bool {
        is_same(&self.lower, &other.lower) && is_same(&self.upper, &other.upper)
    }
}

impl PartialEq for Signals {
    fn eq(&self, other: &Self) -> bool {
        let same = |left: &Option<Vec<f64>>, right: &Option<Vec<f64>>| match (left, right) {
            (Some(left), Some(right)) => is_same(left, right),
            (left, right) => left.is_none() && right.is_none(),
        };
        same(&self.max_cpc, &other.max_cpc)
            && same(&self.campaign_budget, &other.campaign_budget)
            && self.impression_share == other.impression_share
            && self.lost_to_budget == other.lost_to_budget
            && self.lost_to_rank == other.lost_to_rank
    }
}

impl Cells {
    /// Mean of a signal over rows, weighted by their impressions (each row by one where there are none); NaN where
    /// no row has it. The answer does not depend on the order of the rows.
    #[must_use]
    pub fn mean_signal(values: &[f64], impressions: Option<&[f64]>, rows: &[usize]) -> f64 {
        if let [row] = rows {
            return values[*row];
        }
        let known = || rows.iter().copied().filter(|&row| !values[row].is_nan());
        let weight = |row: usize| impressions.map_or(1.0, |impressions| impressions[row]);
        let total = known().map(weight).collect::<ExactSum>().value();
        if total > 0.0 {
            return known().map(|row| weight(row) * values[row]).collect::<ExactSum>().value() / total;
        }
        let count = known().count();
        if count == 0 { f64::NAN } else { known().map(|row| values[row]).collect::<ExactSum>().value() / count as f64 }
    }

    /// Impression share of several rows together, Σ impressions / Σ (impressions / share); rows without impressions
    /// say nothing. NaN where no row has both.
    #[must_use]
    pub fn joint_share(shares: &[f64], impressions: Option<&[f64]>, rows: &[usize]) -> f64 {
        let (Some(impressions), [_, _, ..]) = (impressions, rows) else {
            return Self::mean_signal(shares, impressions, rows);
        };
        let known = || rows.iter().copied().filter(|&row| !shares[row].is_nan() && impressions[row] > 0.0);
        if known().any(|row| shares[row] <= 0.0) {
            return 0.0;
        }
        let shown = known().map(|row| impressions[row]).collect::<ExactSum>().value();
        let eligible = known().map(|row| impressions[row] / shares[row]).collect::<ExactSum>().value();
        if eligible > 0.0 { shown / eligible } else { Self::mean_signal(shares, None, rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_cell_are_weighted_by_their_impressions() {
        let bids = [1.0, 2.0, f64::NAN];
        let shown = [300.0, 100.0, 50.0];
        assert_eq!(Cells::mean_signal(&bids, Some(&shown), &[0, 1, 2]), 1.25);
        assert_eq!(Cells::mean_signal(&bids, None, &[1, 0]), 1.5);
        assert!(Cells::mean_signal(&bids, None, &[2, 2]).is_nan());
        // 300 of 600 and 100 of 400 are 400 of 1,000
        assert!((Cells::joint_share(&[0.5, 0.25, f64::NAN], Some(&shown), &[0, 1, 2]) - 0.4).abs() < 1e-15);
    }
}
