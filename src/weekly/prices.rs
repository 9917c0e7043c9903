//! How the price of a click moves for all terms at once: what a slip of the currency does, and hardly anything else.
//!
//! In: counts. Out: a price level for each week, with the error of its last step.
//!
//! # Formula
//! ```text
//! r_i = ln(cost_it / clicks_it) − ln(cost_is / clicks_is)      term i in week t and in the week s before it
//! step_t = weighted median of r_i,  w_i = 1 / (1 / clicks_it + 1 / clicks_is + 1 / 30)
//! level_t = exp(− Σ step after t)                              the last week is 1
//! error_t = 1.2533 s / √n · (1 + 4 / n)                        s 1.4826 · weighted median of |r_i − step_t|, n = (Σ w)² / Σ w²
//! ```
//! A term's own price moves however many clicks it has, as where its bid is changed: without the 1 / 30 a single large term is half of the
//! weight on small accounts, and its move the account's. 1.2533 is √(π / 2), the error of a median over that of a mean; the last factor
//! makes room for a scatter that few terms tell badly.
//!
//! The account's mean price moves with its mix of terms, on the demo account by 5% from week to week; the median of the terms' own
//! steps moves by 1%, so that a common step of a tenth stands out.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::range::CONSISTENT;
use crate::counts::Counts;

/// Terms with clicks in both weeks below which a step is not known.
const FEWEST: usize = 5;
/// Least clicks (of two weeks, as in the weight): single ones say nothing of a price.
const LEAST: f64 = 1.0;
/// Clicks beyond which a term says no more: its own price moves.
const MOST: f64 = 30.0;

/// Price level of a week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceLevel {
    /// Ratio to the last week; NaN where it is not known, and in weeks left out.
    pub ratio: f64,
    /// Standard error of the step from the week before, on the log scale; NaN where there is no step.
    pub error: f64,
}

/// Price levels of the weeks. Shape: weeks.
#[must_use]
pub fn price_levels(counts: &Counts, left_out: &[bool]) -> Vec<PriceLevel> {
    let weeks = counts.calendar.periods.len();
    let mut levels = vec![PriceLevel { ratio: f64::NAN, error: f64::NAN }; weeks];
    let Some(cost) = counts.cells.cost.as_deref() else { return levels };
    let is_used = |week: usize| counts.calendar.periods[week].complete && !left_out.get(week).copied().unwrap_or(false);
    let used: Vec<usize> = (0..weeks).filter(|&week| is_used(week)).collect();
    let mut before = vec![None; weeks];
    used.windows(2).for_each(|pair| before[pair[1]] = Some(pair[0]));
    let mut steps: Vec<Vec<(f64, f64)>> = vec![Vec::new(); weeks];
    let clicks = &counts.cells.clicks;
    for term in 0..counts.terms.len() {
        let mut last: Option<(usize, usize)> = None;
        for cell in counts.cells.of_term(term) {
            let week = counts.cells.period[cell] as usize;
            if !is_used(week) || clicks[cell] <= 0.0 || cost[cell] <= 0.0 {
                continue;
            }
            if let Some((_, then)) = last.filter(|(at, _)| before[week] == Some(*at)) {
                let both = 1.0 / (1.0 / clicks[cell] + 1.0 / clicks[then]);
                if both >= LEAST {
                    let weight = 1.0 / (1.0 / both + 1.0 / MOST);
                    steps[week].push(((cost[cell] * clicks[then] / (clicks[cell] * cost[then])).ln(), weight));
                }
            }
            last = Some((week, cell));
        }
    }
    let mut level = 1.0;
    for &week in used.iter().rev() {
        levels[week].ratio = level;
        let Some(step) = weighted_median(&mut steps[week]) else { break };
        levels[week].error = step_error(&steps[week], step);
        level *= (-step).exp();
    }
    levels
}

/// Standard error of a step.
fn step_error(steps: &[(f64, f64)], step: f64) -> f64 {
    let mut away: Vec<(f64, f64)> = steps.iter().map(|(value, weight)| ((value - step).abs(), *weight)).collect();
    let scatter = CONSISTENT * weighted_median(&mut away).unwrap_or(f64::NAN);
    let (sum, squares) = steps.iter().fold((0.0, 0.0), |(sum, squares), (_, w)| (sum + w, squares + w * w));
    let terms = sum * sum / squares;
    std::f64::consts::FRAC_PI_2.sqrt() * scatter / terms.sqrt() * (1.0 + 4.0 / terms)
}

/// The value that half of the weight lies up to; `None` of few.
fn weighted_median(values: &mut [(f64, f64)]) -> Option<f64> {
    if values.len() < FEWEST {
        return None;
    }
    values.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let half = 0.5 * values.iter().map(|value| value.1).sum::<f64>();
    let mut reached = 0.0;
    values
        .iter()
        .find(|value| {
            reached += value.1;
            reached >= half
        })
        .map(|value| value.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{Calendar, Cells, Period};
    use crate::domain::Term;
    use approx::assert_relative_eq;

    #[test]
    fn the_error_of_a_step_is_that_of_a_median() {
        // 99 even places around nothing: half of them lie within 0.25
        let steps: Vec<(f64, f64)> = (1..100).map(|at| (0.01 * f64::from(at - 50), 3.0)).collect();
        let wanted = 1.253_314 * 1.4826 * 0.25 / 99.0_f64.sqrt() * (1.0 + 4.0 / 99.0);
        assert_relative_eq!(step_error(&steps, 0.0), wanted, max_relative = 1e-5);
    }

    #[test]
    fn a_step_of_all_terms_is_found_whatever_the_mix_does() {
        // clicks wander between terms of very different price; in the third week everything costs a tenth more
        let mut counts = Counts {
            calendar: Calendar {
                periods: vec![Period { complete: true, ..Period::default() }; 4],
                ..Calendar::default()
            },
            cells: Cells { offsets: vec![0], cost: Some(vec![]), ..Cells::default() },
            ..Counts::default()
        };
        for term in 0..9_u32 {
            counts.terms.push(Term::default());
            for week in 0..4_u32 {
                let clicks = f64::from(20 + (term * 7 + week * 13) % 50);
                let price = f64::from(1 + term) * if week >= 2 { 1.1 } else { 1.0 };
                counts.cells.period.push(week);
                counts.cells.clicks.push(clicks);
                counts.cells.conversions.push(0.0);
                // one term is repriced by itself
                let own = if term == 8 && week == 3 { 3.0 } else { 1.0 };
                counts.cells.cost.as_mut().unwrap().push(own * price * clicks);
            }
            counts.cells.offsets.push(counts.cells.period.len());
        }
        let levels = price_levels(&counts, &[false; 4]);
        for (level, wanted) in levels.iter().zip([1.0 / 1.1, 1.0 / 1.1, 1.0, 1.0]) {
            assert_relative_eq!(level.ratio, wanted, max_relative = 1e-12);
        }
        // all terms move alike but one: the step is known for sure
        assert!(levels[2].error < 1e-12 && levels[0].error.is_nan(), "{levels:?}");
        // a week that is left out is stepped over
        let levels = price_levels(&counts, &[false, true, false, false]);
        assert!(levels[1].ratio.is_nan());
        assert_relative_eq!(levels[0].ratio, 1.0 / 1.1, max_relative = 1e-12);
    }
}
