//! Whether recent weeks look unfinished, or too finished for a lag table.
//!
//! In: counts, and for a lag table the share of each period that it takes as known. Out: by how much conversions per
//! click of the last complete weeks differ from the weeks before, if by more than chance: [`fallen`] as they are,
//! [`contradicted`] once a lag table has completed them (clicks times shares). A test on the account's totals, one-sided
//! at the level [`LEVEL`] for a fall, two-sided for a table:
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

/// A lag table that is right makes completed weeks and finished ones alike, up to a real move of rates: ratio.
const CONTRADICTED: f64 = 1.25;

/// Conversions per click of some weeks beside those of the weeks before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Compared {
    /// Weeks compared.
    pub(super) weeks: usize,
    /// Their conversions per click, completed.
    pub(super) rate: f64,
    /// Their conversions per click as counted.
    pub(super) counted: f64,
    /// Weeks they are compared with.
    pub(super) earlier: usize,
    /// The conversions per click of those.
    pub(super) earlier_rate: f64,
}

/// Weeks that a lag table completes beside the finished weeks before them, where the two differ by more than chance and a
/// quarter. Shape of `completion`: periods.
pub(super) fn contradicted(counts: &Counts, completion: &[f64]) -> Option<Compared> {
    let known = weeks(counts, completion);
    // conversions are reported in the order of age, so that unfinished weeks are the last ones
    let unfinished = known.iter().rev().take_while(|week| week.exposure < week.clicks * (1.0 - 1e-9)).count();
    let (earlier, recent) = known.split_at(known.len() - unfinished);
    let earlier = &earlier[earlier.len().saturating_sub(MOST_EARLIER)..];
    let Test { ratio, chance_below, earlier_rate, .. } = test(earlier, recent)?;
    let is_far = !(1.0 / CONTRADICTED..=CONTRADICTED).contains(&ratio);
    let (clicks, conversions) =
        recent.iter().fold((0.0, 0.0), |sum, week| (sum.0 + week.clicks, sum.1 + week.conversions));
    (is_far && chance_below.min(1.0 - chance_below) < 0.5 * LEVEL).then(|| Compared {
        weeks: unfinished,
        rate: ratio * earlier_rate,
        counted: conversions / clicks,
        earlier: earlier.len(),
        earlier_rate,
    })
}

/// Conversions per click of the last weeks over those of the weeks before, where markedly lower.
pub(super) fn fallen(counts: &Counts) -> Option<f64> {
    let weeks = weeks(counts, &[]);
    let (earlier, recent) = weeks.split_at(weeks.len().checked_sub(RECENT)?);
    let between = if earlier.len() >= BETWEEN + LEAST_EARLIER { BETWEEN } else { 0 };
    let earlier = &earlier[..earlier.len() - between];
    let earlier = &earlier[earlier.len().saturating_sub(MOST_EARLIER)..];
    let Test { ratio, chance_below, .. } = test(earlier, recent)?;
    (ratio < MARKED && chance_below < LEVEL).then_some(ratio)
}

/// Recent weeks against earlier ones.
struct Test {
    /// Conversions that came over those expected.
    ratio: f64,
    /// Probability of a ratio as low by chance.
    chance_below: f64,
    earlier_rate: f64,
}

fn test(earlier: &[Week], recent: &[Week]) -> Option<Test> {
    if earlier.len() < LEAST_EARLIER || recent.is_empty() {
        return None;
    }
    let total =
        |weeks: &[Week]| weeks.iter().fold((0.0, 0.0), |sum, week| (sum.0 + week.exposure, sum.1 + week.conversions));
    let ((exposure, conversions), (new_exposure, new)) = (total(earlier), total(recent));
    let rate = conversions / exposure;
    let expected = rate * new_exposure;
    if !(rate > 0.0 && expected > 0.0) {
        return None;
    }
    let freedom = (earlier.len() - 1) as f64;
    let pearson: f64 = earlier
        .iter()
        .filter(|week| week.exposure > 0.0)
        .map(|week| (week.conversions - rate * week.exposure).powi(2) / (rate * week.exposure))
        .sum();
    let variance = (pearson / freedom).max(1.0) * expected * (1.0 + new_exposure / exposure);
    let t = (new - expected) / variance.sqrt();
    let beyond = 0.5 * Beta::new(freedom / 2.0, 0.5).cdf(freedom / (freedom + t * t));
    let chance_below = if t < 0.0 { beyond } else { 1.0 - beyond };
    Some(Test { ratio: new / expected, chance_below, earlier_rate: rate })
}

/// One complete week.
#[derive(Clone, Copy, Debug, Default)]
struct Week {
    clicks: f64,
    /// Clicks times the share of conversions that is known.
    exposure: f64,
    conversions: f64,
}

/// The complete weeks; days are taken seven at a time, from the end. Shape of `completion`: periods, or empty where all are
/// taken as finished.
fn weeks(counts: &Counts, completion: &[f64]) -> Vec<Week> {
    let periods = &counts.calendar.periods;
    let length = match counts.calendar.unit {
        PeriodUnit::Week => 1,
        PeriodUnit::Day => 7,
        PeriodUnit::Undated { .. } => return Vec::new(),
    };
    let (clicks, conversions) = (counts.by_period(&counts.cells.clicks), counts.by_period(&counts.cells.conversions));
    let complete: Vec<Week> = (0..periods.len())
        .filter(|&at| periods[at].complete)
        .map(|at| {
            let exposure = clicks[at] * completion.get(at).copied().unwrap_or(1.0);
            Week { clicks: clicks[at], exposure, conversions: conversions[at] }
        })
        .collect();
    let whole = complete.len() % length;
    complete[whole..]
        .chunks(length)
        .map(|days| {
            days.iter().fold(Week::default(), |sum, day| Week {
                clicks: sum.clicks + day.clicks,
                exposure: sum.exposure + day.exposure,
                conversions: sum.conversions + day.conversions,
            })
        })
        .collect()
}
