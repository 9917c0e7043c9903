//! The reason of a row, in one sentence a media buyer can repeat.

use super::binding::LEFT_ALONE;
use super::origin::HELD_BACK;
use super::{Action, Recommendation};
use crate::domain::{Objective, State};

/// What the sentence is made from, beside the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstance {
    pub(super) objective: Objective,
    /// The marginal return at which money is exchanged between terms.
    pub(super) price: f64,
    /// Conversions per click of the whole account as counted; `None` without clicks.
    pub(super) account_rate: Option<f64>,
    /// What the data are counted in, such as `weeks`, where there are several, of which recent ones can weigh more.
    pub(super) periods: Option<&'static str>,
    /// Whether terms keep their share because the account has no conversions.
    pub(super) without_conversions: bool,
    /// The largest change, as a share.
    pub(super) max_change: f64,
    /// What it is relative to, as a ratio of current spend: for cuts and for raises.
    pub(super) references: [f64; 2],
}

/// Writes the reason.
pub(super) fn reason(row: &Recommendation, circumstance: Circumstance) -> String {
    let evidence = evidence(row, circumstance);
    match row.state {
        State::Paused if row.current_spend > 0.0 => return "left out by the scenario, kept at zero".to_owned(),
        State::Paused => return "paused on the platform, kept at zero".to_owned(),
        State::Fixed if row.current_spend <= 0.0 && row.clicks_now > 0.0 => {
            return format!("its clicks cost nothing, kept as it is; {evidence}");
        }
        State::Fixed if row.binding == HELD_BACK => {
            return format!(
                "its campaign is held back at random, so that what plans bring can be measured: kept at current spend; {evidence}"
            );
        }
        State::Fixed => return format!("kept at current spend by the configuration; {evidence}"),
        State::Active | State::New => {}
    }
    if circumstance.without_conversions && !row.binding.starts_with("rule") {
        let kept = if row.state == State::New { "not started" } else { "keeps its share of the spend" };
        return format!("{kept}: the account has no conversions that would tell terms apart; {evidence}");
    }
    let unit = match circumstance.objective {
        Objective::Conversions => " conversions",
        Objective::Revenue => " in revenue",
        Objective::Profit => " in margin",
    };
    let Some(now) = row.marginal_return_now else {
        return format!("the return of the next unit of money is not defined; {evidence}");
    };
    let unit_of = if row.state == State::New { "first" } else { "next" };
    let returns = format!("the {unit_of} unit of money returns {}{unit}", short(now));
    // with money left over the price is what a unit of money is worth by itself
    let own_price = circumstance.objective == Objective::Profit && circumstance.price <= 1.0;
    let price =
        if own_price { "the 1 it costs".to_owned() } else { format!("{} elsewhere", short(circumstance.price)) };
    let relation = match now / circumstance.price {
        ratio if ratio > 1.005 => "more than",
        ratio if ratio < 0.995 => "less than",
        _ => "about",
    };
    let held = if let Some(verdict) = row.decision {
        format!("; kept there by a decision ({})", verdict.name())
    } else if row.binding.is_empty() || row.action == Action::Hold && row.state == State::New {
        String::new()
    } else if row.binding == LEFT_ALONE {
        format!("; {LEFT_ALONE}")
    } else if row.binding == "turnover" {
        "; held by the turnover limit".to_owned()
    } else {
        format!("; held by the {}{}", row.binding, relative(row, circumstance))
    };
    let far = match row.seen_spend {
        Some(seen) if row.recommended_spend > seen + 0.005 => {
            format!("; beyond the highest spend seen, {seen:.2}, where its curve is cautious")
        }
        _ => String::new(),
    };
    format!("{returns}, {relation} {price}{held}{far}; {evidence}")
}

/// What a change limit is relative to where that is not the current spend itself, which its row shows.
fn relative(row: &Recommendation, circumstance: Circumstance) -> String {
    let (reference, side) = match &*row.binding {
        "change limit (lower)" => (circumstance.references[0], "below"),
        "change limit (upper)" => (circumstance.references[1], "above"),
        _ => return String::new(),
    };
    // less moves no digit of the change in percent
    if (reference - 1.0).abs() < 5e-4 {
        return String::new();
    }
    let ratio = format!("{reference:.3}");
    format!(
        ", {}% {side} {ratio} times its current spend, as the budget is {ratio} times what is spent now",
        short(100.0 * circumstance.max_change)
    )
}

/// "12 conversions on 480 clicks in all weeks (own data 71%), rate now 2.4% against the account's 1.1%".
fn evidence(row: &Recommendation, circumstance: Circumstance) -> String {
    // counts are of everything read, the rate is one in which recent periods weigh more
    let (of_all, now) =
        circumstance.periods.map_or_else(Default::default, |periods| (format!(" in all {periods}"), " now"));
    let account = circumstance
        .account_rate
        .map_or_else(String::new, |rate| format!(" against the account's {}%", short(100.0 * rate)));
    format!(
        "{} on {}{of_all} (own data {:.0}%), rate{now} {}%{account}",
        counted(row.conversions_seen, "conversion"),
        counted(row.clicks_seen, "click"),
        100.0 * row.own_data_weight,
        short(100.0 * row.cvr_mean),
    )
}

/// "1 click", "2,398 clicks".
fn counted(number: f64, noun: &str) -> String {
    let plural = if (number - 1.0).abs() < 1e-9 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(&short(number)))
}

/// Separates thousands of a number in plain notation.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    fraction.map_or(text.clone(), |fraction| format!("{text}.{fraction}"))
}

/// Three significant digits, or all of a whole number, in plain notation.
fn short(number: f64) -> String {
    if !number.is_finite() {
        return "very much".to_owned();
    }
    if number == 0.0 || (number.fract() == 0.0 && number.abs() < 1e15) {
        return format!("{number:.0}");
    }
    let magnitude = number.abs().log10().floor();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 0..=12
    let decimals = (2.0 - magnitude).clamp(0.0, 12.0) as usize;
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{counted, short};

    #[test]
    fn three_digits_without_exponents() {
        assert_eq!(short(12.3456), "12.3");
        assert_eq!(short(0.000_123_45), "0.000123");
        assert_eq!(short(1234.0), "1234");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(f64::INFINITY), "very much");
        assert_eq!((counted(1.0, "click"), counted(59_918.0, "click")), ("1 click".into(), "59,918 clicks".into()));
    }
}
