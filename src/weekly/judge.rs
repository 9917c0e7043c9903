//! Guards that ask the plan, and the reviews of earlier ones.
//!
//! # Formula
//! ```text
//! widest interval     √(limit² + (2 · 1.645)² / M)      M conversions planned: what a week of so many scatters by itself is no fault
//! promises are short  came / F < limit  and  F − came > 4 √(F + Σ (r_w F_w)²)     F = Σ F_w forecast, of the weeks w
//! r_w                 what a week's total scatters beyond a count, relative: from its 90% interval given the clicks
//! ```
//! Evidence of promises has an age: neither weeks further back than those that are pooled count, nor what a plan forecast that was made
//! before them. So a plan that is held back for what it promised does not stay in force, and hold the next ones, for ever.

use super::guard::{Finding, Guard, GuardSettings};
use super::review::Review;
use crate::domain::{Date, Objective};
use crate::numeric::sum::ExactSum;
use crate::recommend::{Outcome, Plan};
use chrono::Days;

/// Standard deviations between the ends of a 90% interval.
const TAILS: f64 = 2.0 * 1.645;
/// Standard deviations that conversions have to be too few by.
const SURE: f64 = 4.0;

/// What the guards of the plan find.
#[must_use]
pub fn judge(plan: &Plan, settings: &GuardSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let now = plan.summary.current_spend;
    let moved: ExactSum = plan.rows.iter().map(|row| row.change.abs()).collect();
    let share = moved.value() / now;
    if now > 0.0 && share > settings.max_turnover_share {
        let message = format!(
            "the plan moves {:.0}% of the spend now, raised and cut together; {:.0}% is the most",
            100.0 * share,
            100.0 * settings.max_turnover_share
        );
        findings.push(Finding::new(Guard::Turnover, message, Some(share), Some(settings.max_turnover_share)));
    }
    let summary = &plan.summary;
    let outcomes = summary.planned_p05.as_ref().zip(summary.planned_p95.as_ref());
    let judged = outcomes.and_then(|(low, high)| interval_width(summary.objective, [low, &summary.planned, high]));
    let widest = widest(settings.max_interval_width, summary.planned.conversions);
    if let Some((name, width)) = judged.filter(|(_, width)| *width > widest) {
        let message = format!(
            "the interval of the planned {name} is {width:.2} times as wide as the figure itself; {widest:.2} times is the most with {:.1} \
             conversions a week",
            summary.planned.conversions
        );
        findings.push(Finding::new(Guard::IntervalWidth, message, Some(width), Some(widest)));
    }
    findings.retain(|finding| settings.is_on(finding.guard));
    findings
}

/// Widest interval of a plan that is to bring so many conversions, as a share of the figure.
fn widest(limit: f64, conversions: f64) -> f64 {
    let counted = if conversions > 0.0 { TAILS / conversions.sqrt() } else { 0.0 };
    limit.hypot(counted)
}

/// Most that a week's total is taken to scatter beyond a count, ratio: an account that has learned to expect anything would else
/// never be told that less came than was promised.
const MOST_SCATTER: f64 = 0.15;

/// What a week's total scatters beyond a count, relative to its forecast; 0 where no interval says so.
fn beyond_count(review: &Review) -> f64 {
    let mean = review.conversions_given_clicks;
    let interval = review.conversions_p05.zip(review.conversions_p95).filter(|_| mean > 0.0);
    let beyond = interval.map_or(0.0, |(low, high)| (((high - low) / TAILS).powi(2) - mean).max(0.0).sqrt() / mean);
    beyond.min(MOST_SCATTER)
}

/// Name of the figure that is judged, and the width of its interval as a share of it. Profit may be near zero, so that it is
/// judged by the revenue it comes from.
fn interval_width(objective: Objective, outcomes: [&Outcome; 3]) -> Option<(&'static str, f64)> {
    let figures = |of: fn(&Outcome) -> Option<f64>| {
        let [lower, middle, upper] = outcomes.map(of);
        Some((lower?, middle?, upper?)).filter(|(_, middle, _)| *middle > 0.0)
    };
    let (name, (lower, middle, upper)) = match objective {
        Objective::Conversions => ("conversions", figures(|outcome| Some(outcome.conversions))?),
        _ => ("revenue", figures(|outcome| outcome.revenue)?),
    };
    Some((name, (upper - lower) / middle))
}

/// Whether what a review says of its plan's forecasts still counts: not of a plan that was made before all weeks that are pooled.
#[must_use]
pub fn is_asked(review: &Review, settings: &GuardSettings) -> bool {
    usize::try_from(review.weeks_ahead).unwrap_or(0) <= settings.promise_weeks
}

/// Whether the plans of the last reviewed weeks promised more than came; `latest` last. Weeks that were held are not to be
/// among them, nor those up to one whose promises a person accepted.
#[must_use]
pub fn promises(reviews: &[&Review], settings: &GuardSettings) -> Option<Finding> {
    let now = reviews.last().filter(|review| is_asked(review, settings))?;
    let span = 7 * settings.promise_weeks as u64;
    let is_young = |week: Date| now.week.is_none_or(|now| week + Days::new(span) > now);
    let counts = |review: &&&Review| is_asked(review, settings) && review.week.is_none_or(is_young);
    let last: Vec<&Review> = reviews.iter().filter(counts).copied().collect();
    let last = &last[last.len().saturating_sub(settings.promise_weeks)..];
    let sum = |of: fn(&Review) -> f64| last.iter().map(|review| of(review)).collect::<ExactSum>().value();
    let (forecast, came) = (sum(|review| review.conversions_forecast), sum(|review| review.conversions));
    let ratio = came / forecast;
    // as many as chance alone would not bring, in any of a year's weeks
    let scatter = sum(|review| (beyond_count(review) * review.conversions_forecast).powi(2));
    let sure = forecast - came > SURE * (forecast + scatter).sqrt();
    if !settings.is_on(Guard::PromiseRatio) || forecast <= 0.0 || ratio >= settings.min_promise_ratio || !sure {
        return None;
    }
    let message = format!(
        "{came:.0} conversions came in the last {} where {forecast:.0} were forecast at the spend that happened: {ratio:.2} for \
         each one; {:.2} is the least",
        crate::domain::counted(last.len(), "reviewed week"),
        settings.min_promise_ratio
    );
    Some(Finding::new(Guard::PromiseRatio, message, Some(ratio), Some(settings.min_promise_ratio)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_conversions_scatter_by_themselves() {
        let near = |figure: f64, wanted: f64| assert!((figure - wanted).abs() < 1e-3, "{figure} {wanted}");
        near(widest(1.5, 2.0), 2.7677);
        near(widest(1.5, 1000.0), 1.5036);
        near(widest(1.5, 0.0), 1.5);
        // a count of 100 with an interval of ± 32.9 scatters by a deviation of 20, of which 10 are the count's
        let review = |given: f64| Review {
            conversions_given_clicks: given,
            conversions_p05: Some(67.1),
            conversions_p95: Some(132.9),
            ..Review::default()
        };
        near(beyond_count(&review(100.0)), MOST_SCATTER);
        near(
            beyond_count(&Review { conversions_p05: Some(77.0), conversions_p95: Some(123.0), ..review(100.0) }),
            0.0977,
        );
        near(beyond_count(&review(500.0)), 0.0);
        near(beyond_count(&Review { conversions_p05: None, ..review(100.0) }), 0.0);
    }

    #[test]
    fn the_figure_that_is_judged_is_named() {
        let outcome = |conversions: f64, revenue: f64, profit: f64| Outcome {
            clicks: 0.0,
            conversions,
            revenue: Some(revenue),
            profit: Some(profit),
        };
        // a profit near zero has an interval of many times itself
        let of = [outcome(80.0, 900.0, -90.0), outcome(100.0, 1000.0, 1.0), outcome(130.0, 1200.0, 110.0)];
        let of = of.each_ref();
        assert_eq!(interval_width(Objective::Profit, of), Some(("revenue", 0.3)));
        assert_eq!(interval_width(Objective::Revenue, of), Some(("revenue", 0.3)));
        assert_eq!(interval_width(Objective::Conversions, of), Some(("conversions", 0.5)));
    }
}
