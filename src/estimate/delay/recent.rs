//! Whether recent weeks look unfinished.
//!
//! In: counts. Out: by how much conversions per click of the last complete weeks fall short of the weeks
//! before, if by more than chance. A one-sided test on the account's totals at the level [`LEVEL`]:
//! with e conversions expected of the recent weeks' clicks at the earlier weeks' rate r, and φ the
//! over-dispersion of the earlier weeks (Pearson's, at least 1: Wedderburn, 1974),
//!
//! ```text
//! t = (y − e) / √(φ e (1 + c_recent / c_earlier))   against Student's t with n − 1 degrees of freedom
//! ```
//!
//! It can't tell a late report from a real fall in demand, and sees nothing where all weeks lack the same share.

use crate::counts::{Counts, PeriodUnit};
use crate::numeric::distribution::Beta;
use crate::numeric::sum::ExactSum;

/// Weeks that are tested.
pub(super) const RECENT: usize = 2;
/// Weeks left out before them: nearly finished, they would blur the comparison.
const BETWEEN: usize = 2;
/// Weeks that are left out where the last ones are markedly low.
pub(super) const UNFINISHED: usize = RECENT + BETWEEN;
/// Weeks they are compared with.
const MOST_EARLIER: usize = 8;
const LEAST_EARLIER: usize = 4;
/// Level of the test.
const LEVEL: f64 = 0.01;
/// A smaller fall is not worth a note, however certain: ratio.
const MARKED: f64 = 0.85;

/// Conversions per click of the last weeks over those of the weeks before, where markedly lower.
pub(super) fn fallen(counts: &Counts) -> Option<f64> {
    let weeks = weeks(counts);
    let (earlier, recent) = weeks.split_at(weeks.len().checked_sub(RECENT)?);
    let between = if earlier.len() >= BETWEEN + LEAST_EARLIER { BETWEEN } else { 0 };
    let earlier = &earlier[..earlier.len() - between];
    let earlier = &earlier[earlier.len().saturating_sub(MOST_EARLIER)..];
    if earlier.len() < LEAST_EARLIER {
        return None;
    }
    let total = |weeks: &[(f64, f64)]| weeks.iter().fold((0.0, 0.0), |sum, week| (sum.0 + week.0, sum.1 + week.1));
    let ((clicks, conversions), (new_clicks, new)) = (total(earlier), total(recent));
    let rate = conversions / clicks;
    let expected = rate * new_clicks;
    if !(rate > 0.0 && expected > 0.0) {
        return None;
    }
    let freedom = (earlier.len() - 1) as f64;
    let pearson: f64 =
        earlier.iter().filter(|week| week.0 > 0.0).map(|week| (week.1 - rate * week.0).powi(2) / (rate * week.0)).sum();
    let variance = (pearson / freedom).max(1.0) * expected * (1.0 + new_clicks / clicks);
    let t = (new - expected) / variance.sqrt();
    let chance = 0.5 * Beta::new(freedom / 2.0, 0.5).cdf(freedom / (freedom + t * t));
    (t < 0.0 && chance < LEVEL && new < MARKED * expected).then(|| new / expected)
}

/// Clicks and conversions of the complete weeks, from the end; days are taken seven at a time.
fn weeks(counts: &Counts) -> Vec<(f64, f64)> {
    let periods = &counts.calendar.periods;
    let length = match counts.calendar.unit {
        PeriodUnit::Week => 1,
        PeriodUnit::Day => 7,
        PeriodUnit::Undated { .. } => return Vec::new(),
    };
    let mut sums = vec![(ExactSum::default(), ExactSum::default()); periods.len()];
    let cells = &counts.cells;
    for ((&period, &clicks), &conversions) in cells.period.iter().zip(&cells.clicks).zip(&cells.conversions) {
        let sum = &mut sums[period as usize];
        sum.0.add(clicks);
        sum.1.add(conversions);
    }
    let complete: Vec<(f64, f64)> = sums
        .iter()
        .zip(periods)
        .filter(|(_, period)| period.complete)
        .map(|(sum, _)| (sum.0.value(), sum.1.value()))
        .collect();
    let whole = complete.len() % length;
    complete[whole..]
        .chunks(length)
        .map(|days| days.iter().fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1)))
        .collect()
}
