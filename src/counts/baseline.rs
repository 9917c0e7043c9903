//! The baseline window: what a week looks like today.

use super::{Counts, PeriodUnit};
use crate::domain::{Notes, counted};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;

/// Mean spend, clicks, impressions and revenue a week over the last complete weeks. Shape: terms.
///
/// `current_spend` is defined as the mean of the last `--baseline-weeks` complete weeks; a week in
/// which a term has no row counts as zero. Undated data are one period: its sums, scaled to seven
/// days where the period's length is known and left "per period" otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Account currency a week (or a period).
    pub spend: Vec<f64>,
    /// Clicks a week (or a period).
    pub clicks: Vec<f64>,
    /// How many periods were averaged.
    pub periods: usize,
    /// Whether a period is one of them. Shape: periods of the calendar.
    pub inside: Vec<bool>,
    /// What a period's money is to be multiplied with to be money a week (a period for undated data), ratio.
    pub weeks_a_period: f64,
    /// Whether money is per week (`true`) or per undated period (`false`).
    pub weekly: bool,
    /// What had to be done where the rule could not be followed to the letter.
    pub notes: Notes,
}

impl Baseline {
    /// Averages the last `weeks` complete weeks.
    ///
    /// Without a single complete week the observed days stand in for one, scaled to seven, with a
    /// note. Without a cost column `spend` is all zero: callers that plan must refuse first.
    #[must_use]
    pub fn new(counts: &Counts, weeks: usize) -> Self {
        let periods = &counts.calendar.periods;
        let mut notes = Notes::default();
        let complete: Vec<usize> = (0..periods.len()).filter(|&p| periods[p].complete).collect();
        let (window, factor, weekly) = match counts.calendar.unit {
            PeriodUnit::Undated { days: None } => ((0..periods.len()).collect(), 1.0, false),
            PeriodUnit::Undated { days: Some(days) } => ((0..periods.len()).collect(), 7.0 / days, true),
            PeriodUnit::Week if complete.is_empty() => {
                let days = observed_days(counts);
                notes.add(
                    "no-complete-week",
                    1,
                    format!("no complete week in the data: {days} observed days stand in for one, scaled to seven"),
                );
                ((0..periods.len()).collect::<Vec<_>>(), 7.0 / days, true)
            }
            PeriodUnit::Week => {
                let window: Vec<usize> = complete[complete.len().saturating_sub(weeks)..].to_vec();
                let averaged = f64::from(u32::try_from(window.len()).unwrap_or(u32::MAX));
                if window.len() < weeks {
                    notes.add(
                        "short-baseline",
                        window.len(),
                        format!("only {} for the baseline of {weeks}", counted(window.len(), "complete week")),
                    );
                }
                (window, 1.0 / averaged, true)
            }
            PeriodUnit::Day => {
                let window: Vec<usize> = (periods.len().saturating_sub(7 * weeks)..periods.len()).collect();
                let averaged = f64::from(u32::try_from(window.len()).unwrap_or(u32::MAX));
                (window, 7.0 / averaged, true)
            }
        };
        let mut inside = vec![false; periods.len()];
        for &period in &window {
            inside[period] = true;
        }
        let cells = &counts.cells;
        let mean = |measure: &[f64]| -> Vec<f64> {
            let of_term = |range: &[usize]| {
                let own = (range[0]..range[1]).filter(|&cell| inside[cells.period[cell] as usize]);
                factor * own.map(|cell| measure[cell]).collect::<ExactSum>().value()
            };
            cells.offsets.par_windows(2).map(of_term).collect()
        };
        let weeks_a_period = match counts.calendar.unit {
            PeriodUnit::Week if !complete.is_empty() => 1.0,
            PeriodUnit::Day => 7.0,
            PeriodUnit::Week | PeriodUnit::Undated { .. } => factor,
        };
        Self {
            spend: cells.cost.as_deref().map_or_else(|| vec![0.0; counts.terms.len()], mean),
            clicks: mean(&cells.clicks),
            periods: window.len(),
            inside,
            weeks_a_period,
            weekly,
            notes,
        }
    }
}

fn observed_days(counts: &Counts) -> f64 {
    let first = counts.calendar.periods.iter().find_map(|period| period.start);
    match (first, counts.calendar.as_of) {
        (Some(first), Some(last)) => {
            f64::from(i32::try_from((last - first).num_days() + 1).unwrap_or(7)).clamp(1.0, 7.0)
        }
        _ => 7.0,
    }
}
