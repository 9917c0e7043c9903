//! Limits that contradict each other, named as the user knows them.
//!
//! In: the smallest relaxation that the solver found, with names. Out: sentences and, through serde,
//! a list. Amounts in sentences are rounded so that doing what they say suffices.

use serde::Serialize;
use std::fmt;

/// Changes beyond these are counted in sentences, not listed.
const LISTED: usize = 6;

/// A limit as the user knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NamedLimit {
    /// What kind of limit, in kebab case for machines: `group-upper`.
    pub kind: &'static str,
    /// Identifier of the item, group or class; `None` for limits of the whole plan.
    pub id: Option<String>,
    /// In words: the upper limit of group `brand`.
    #[serde(rename = "limit")]
    pub words: String,
    /// Where it came from: a flag, or file, line and column.
    pub source: String,
}

/// One limit and what it has to become.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NamedChange {
    /// The limit.
    #[serde(flatten)]
    pub limit: NamedLimit,
    /// What it is: money, or as the limit says.
    pub from: f64,
    /// What it has to be.
    pub to: f64,
}

/// Why no plan exists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Infeasible {
    /// The smallest change of the limits that lets a plan exist.
    pub changes: Vec<NamedChange>,
    /// What needs the money and does not have to change.
    pub needs: Vec<NamedChange>,
}

impl std::error::Error for Infeasible {}

impl fmt::Display for NamedLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.words, self.source)
    }
}

impl fmt::Display for Infeasible {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = list(&self.changes, |change| {
            let (rule, to) = if change.to > change.from { ("at least", true) } else { ("at most", false) };
            format!("{} is {} and has to be {rule} {}", change.limit, amount(change.from), outward(change.to, to))
        });
        write!(out, "no plan satisfies the limits")?;
        if !changes.is_empty() {
            write!(out, ": {changes}")?;
        }
        if !self.needs.is_empty() {
            let needs = list(&self.needs, |need| format!("{} of {}", need.limit, amount(need.from)));
            write!(out, "; what stands against it: {needs}")?;
        }
        Ok(())
    }
}

impl Infeasible {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        let changes = list(&self.changes, |change| {
            let up = change.to > change.from;
            let verb = if up { "raise" } else { "lower" };
            format!("{verb} {} from {} to {}", change.limit, amount(change.from), outward(change.to, up))
        });
        format!("{changes}; this is the smallest change that works, others do too")
    }
}

fn list(changes: &[NamedChange], words: impl Fn(&NamedChange) -> String) -> String {
    let mut parts: Vec<String> = changes.iter().take(LISTED).map(words).collect();
    if changes.len() > LISTED {
        parts.push(format!("and {} more", changes.len() - LISTED));
    }
    parts.join("; ")
}

/// An amount for sentences: two decimals, more where it is small.
#[must_use]
pub fn amount(value: f64) -> String {
    rounded(value, f64::round)
}

/// As [`amount`], rounded up or down, so that the amount named suffices.
fn outward(value: f64, up: bool) -> String {
    // an amount that is a multiple but for rounding stays that multiple
    rounded(value, |scaled| {
        let nearest = scaled.round();
        if (scaled - nearest).abs() <= 1e-9 * scaled.abs().max(1.0) {
            nearest
        } else if up {
            scaled.ceil()
        } else {
            scaled.floor()
        }
    })
}

fn rounded(value: f64, round: impl Fn(f64) -> f64) -> String {
    let size = value.abs();
    if size >= 1e12 || !size.is_finite() || (size > 0.0 && size < 1e-9) {
        return format!("{value:.6e}");
    }
    // four significant digits at least
    #[allow(clippy::cast_possible_truncation)] // the logarithm of a number from 1e-9 to 1e12
    let decimals = if size > 0.0 { (3 - size.log10().floor() as i32).clamp(2, 12) } else { 2 };
    let power = 10_f64.powi(decimals);
    let text = format!("{:.*}", usize::try_from(decimals).unwrap_or(2), round(value * power) / power);
    let least = text.find('.').map_or(text.len(), |point| point + 3);
    let kept = text.trim_end_matches('0').len().max(least);
    text[..kept].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_sentences_suffice() {
        assert_eq!(amount(66.666_666), "66.67");
        assert_eq!(outward(66.661, true), "66.67");
        assert_eq!(outward(66.669, false), "66.66");
        assert_eq!(outward(8.0, true), "8.00");
        assert_eq!(outward(0.1 + 0.2, true), "0.30");
        assert_eq!(amount(0.001_234_56), "0.001235");
        assert_eq!(amount(0.0), "0.00");
        assert_eq!(amount(1e15), "1.000000e15");
    }

    #[test]
    fn the_message_names_limit_source_and_remedy() {
        let limit = NamedLimit {
            kind: "group-upper",
            id: Some("brand".to_owned()),
            words: "the upper limit of group `brand`".to_owned(),
            source: "groups.csv, line 2, column `upper`".to_owned(),
        };
        let error = Infeasible { changes: vec![NamedChange { limit, from: 10.0, to: 12.5 }], needs: Vec::new() };
        let wanted = "the upper limit of group `brand` (groups.csv, line 2, column `upper`)";
        assert_eq!(
            error.to_string(),
            format!("no plan satisfies the limits: {wanted} is 10.00 and has to be at least 12.50")
        );
        assert!(error.hint().starts_with(&format!("raise {wanted} from 10.00 to 12.50")));
    }
}
