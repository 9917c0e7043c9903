//! Notes on the counts as a whole: weeks without rows, and conversions that stop as when tracking breaks.
//!
//! In: counts. Out: notes. Neither is refused: a shop may close for a week, and sales may really stop.

use crate::counts::Counts;
use crate::domain::{Notes, counted};

/// Conversions below this share of what the clicks led to expect are a collapse.
const COLLAPSED: f64 = 0.2;
/// Conversions expected, at least: with 20 expected, 4 or fewer come by chance once in 59,000 times (Poisson).
const EXPECTED: f64 = 20.0;

/// Adds the notes.
pub(super) fn describe(notes: &mut Notes, counts: &Counts) {
    let periods = &counts.calendar.periods;
    if periods.len() < 2 {
        return;
    }
    let cells = &counts.cells;
    let (clicks, conversions) = (counts.by_period(&cells.clicks), counts.by_period(&cells.conversions));
    let mut seen = vec![false; periods.len()];
    for &period in &counts.cells.period {
        seen[period as usize] = true;
    }
    let start = |period: usize| periods[period].start.map(|start| start.to_string()).unwrap_or_default();
    let gaps: Vec<usize> = (0..periods.len()).filter(|&period| !seen[period]).collect();
    if let (Some(&first), Some(&last)) = (gaps.first(), gaps.last()) {
        let place = if first == last {
            format!("that from {}", start(first))
        } else {
            format!("from {} to {}", start(first), start(last))
        };
        let have = if gaps.len() == 1 { "has" } else { "have" };
        let message =
            format!("{} between the first and the last {have} no rows: {place}", counted(gaps.len(), "period"));
        notes.add("gaps", gaps.len(), message);
    }
    if let Some(collapse) = collapse(&clicks, &conversions) {
        let Collapse { first, last, expected, known } = collapse;
        let message = format!(
            "conversions stop: {} from {} to {} have {known:.1} conversions where the clicks led to expect {expected:.0}; \
             tracking may have broken",
            counted(last - first + 1, "period"),
            start(first),
            start(last)
        );
        notes.add("conversions-collapse", last - first + 1, message);
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Collapse {
    first: usize,
    last: usize,
    expected: f64,
    known: f64,
}

/// The longest run of periods that have hardly any conversions, measured by the rate of all others.
fn collapse(clicks: &[f64], conversions: &[f64]) -> Option<Collapse> {
    let rate = |period: usize| if clicks[period] > 0.0 { conversions[period] / clicks[period] } else { f64::NAN };
    let mut rates: Vec<f64> = (0..clicks.len()).map(rate).filter(|rate| rate.is_finite()).collect();
    rates.sort_unstable_by(f64::total_cmp);
    // most periods may be broken, so what is usual is told by those that are not
    let upper = *rates.get(rates.len() * 3 / 4)?;
    rates.retain(|&rate| rate >= COLLAPSED * upper);
    let usual = *rates.get(rates.len() / 2)?;
    let is_low = |period: usize| clicks[period] > 0.0 && conversions[period] < COLLAPSED * usual * clicks[period];
    let mut best: Option<Collapse> = None;
    let mut period = 0;
    while period < clicks.len() {
        let first = period;
        while period < clicks.len() && is_low(period) {
            period += 1;
        }
        if period > first {
            let sum = |measure: &[f64]| measure[first..period].iter().sum::<f64>();
            let run = Collapse { first, last: period - 1, expected: usual * sum(clicks), known: sum(conversions) };
            if run.expected >= EXPECTED && best.is_none_or(|best| run.expected > best.expected) {
                best = Some(run);
            }
        }
        period += 1;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_that_stop_are_told_and_few_are_not() {
        let clicks = [1000.0; 8];
        let broken = [50.0, 48.0, 55.0, 51.0, 49.0, 2.0, 0.0, 50.0];
        let found = collapse(&clicks, &broken).unwrap();
        assert_eq!((found.first, found.last, found.known), (5, 6, 2.0));
        assert!((found.expected - 98.0).abs() < 3.0);
        // a weak week is none, and neither is nothing where hardly anything was expected
        assert_eq!(collapse(&clicks, &[50.0, 48.0, 55.0, 51.0, 49.0, 20.0, 30.0, 50.0]), None);
        assert_eq!(collapse(&[10.0; 6], &[1.0, 1.0, 1.0, 0.0, 1.0, 1.0]), None);
        assert_eq!(collapse(&[0.0; 3], &[0.0; 3]), None);
        // most weeks are broken, or not wholly
        let most: Vec<f64> = (0..12).map(|week| if week < 5 { 200.0 } else { 0.0 }).collect();
        let found = collapse(&[4000.0; 12], &most).unwrap();
        assert_eq!((found.first, found.last, found.expected), (5, 11, 1400.0));
        let drop: Vec<f64> = (0..12).map(|week| if matches!(week, 6 | 7) { 24.0 } else { 200.0 }).collect();
        assert_eq!(collapse(&[4000.0; 12], &drop).map(|found| (found.first, found.last)), Some((6, 7)));
    }
}
