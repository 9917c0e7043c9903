//! Guards that ask the plan, and the reviews of earlier ones.

use super::guard::{Finding, Guard, GuardSettings};
use super::review::Review;
use crate::domain::Objective;
use crate::numeric::sum::ExactSum;
use crate::recommend::{Outcome, Plan};

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
    if let Some((name, width)) = judged.filter(|(_, width)| *width > settings.max_interval_width) {
        let message = format!(
            "the interval of the planned {name} is {width:.2} times as wide as the figure itself; {:.2} times is the most",
            settings.max_interval_width
        );
        findings.push(Finding::new(Guard::IntervalWidth, message, Some(width), Some(settings.max_interval_width)));
    }
    findings.retain(|finding| settings.is_on(finding.guard));
    findings
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

/// Whether the plans of the last reviewed weeks promised more than came; `latest` last. Weeks that were held are not to be
/// among them.
#[must_use]
pub fn promises(reviews: &[&Review], settings: &GuardSettings) -> Option<Finding> {
    let last = &reviews[reviews.len().saturating_sub(settings.promise_weeks)..];
    let sum = |of: fn(&Review) -> f64| last.iter().map(|review| of(review)).collect::<ExactSum>().value();
    let (forecast, came) = (sum(|review| review.conversions_forecast), sum(|review| review.conversions));
    let ratio = came / forecast;
    // as many as chance alone would not bring: Poisson
    let sure = forecast - came > 3.0 * forecast.sqrt();
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
