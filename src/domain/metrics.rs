//! Metric definitions, once: every ratio with a zero denominator is "not defined", never 0.

/// `numerator / denominator`, or `None` where the ratio is not defined.
#[must_use]
pub fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    let value = numerator / denominator;
    (denominator > 0.0 && value.is_finite()).then_some(value)
}

/// Conversion rate: conversions per click. May exceed 1 (several purchases after one click).
#[must_use]
pub fn cvr(conversions: f64, clicks: f64) -> Option<f64> {
    ratio(conversions, clicks)
}

/// Cost per click, account currency.
#[must_use]
pub fn cpc(cost: f64, clicks: f64) -> Option<f64> {
    ratio(cost, clicks)
}

/// Cost per conversion, account currency.
#[must_use]
pub fn cpa(cost: f64, conversions: f64) -> Option<f64> {
    ratio(cost, conversions)
}

/// Return on ad spend: revenue per unit of cost.
#[must_use]
pub fn roas(revenue: f64, cost: f64) -> Option<f64> {
    ratio(revenue, cost)
}
