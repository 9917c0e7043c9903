//! Decisions about single terms: `recommendations.csv` back, with its column `decision` filled in.
//!
//! In: a table with `term`, the other columns that identify a term, `decision` and, for amounts of one's own,
//! `decision_spend`. Out: one [`Decision`] for each row that has one. A word that is no decision, an amount that is none and
//! a term that is decided twice are refused with their place.

use super::curves::sheet::{Numbers, Sheet, finish};
use super::error::IngestError;
use crate::domain::{Decision, TermKey, Verdict};
use std::collections::BTreeSet;
use std::path::Path;

/// Columns that may be there.
const OPTIONAL: [&str; 6] = ["match_type", "campaign", "ad_group", "channel", "recommended_spend", "decision_spend"];

/// Reads decisions.
///
/// # Errors
/// A file that cannot be read, without the columns, or with cells that break a rule (all are collected).
pub fn read_decisions(path: &Path) -> Result<Vec<Decision>, IngestError> {
    let sheet = Sheet::open(path)?;
    let columns = sheet.columns(&["term", "decision"], &OPTIONAL)?;
    let mut numbers = Numbers { sheet: &sheet, columns: &columns, refused: Vec::new() };
    let (mut decisions, mut seen) = (Vec::new(), BTreeSet::new());
    for row in 0..sheet.rows.len() {
        let own = sheet.cell(&columns, row, "decision_spend");
        let verdict = match sheet.cell(&columns, row, "decision").to_lowercase().as_str() {
            "" if own.is_empty() => continue,
            "" | "set" => Verdict::Set,
            "lock" | "locked" => Verdict::Lock,
            "reject" | "rejected" => Verdict::Reject,
            _ => {
                numbers.refuse(row, "decision", "is no decision: lock, reject, set or empty");
                continue;
            }
        };
        let name = if verdict == Verdict::Lock { "recommended_spend" } else { "decision_spend" };
        let spend = numbers.number(row, name, f64::NAN);
        if verdict != Verdict::Reject && sheet.cell(&columns, row, name).is_empty() {
            let rule = if verdict == Verdict::Lock {
                "is empty: a locked row needs the amount that was recommended"
            } else {
                "is empty: it is the amount to set"
            };
            numbers.refuse(row, name, rule);
        }
        let part = |name| columns.has(name).then(|| sheet.cell(&columns, row, name).to_owned());
        let key = TermKey {
            term: sheet.cell(&columns, row, "term").to_owned(),
            match_type: part("match_type"),
            campaign: part("campaign"),
            ad_group: part("ad_group"),
            channel: part("channel"),
        };
        if !seen.insert(key.clone()) {
            numbers.refuse(row, "term", "is decided twice");
        }
        decisions.push(Decision { key, verdict, spend: if verdict == Verdict::Reject { 0.0 } else { spend } });
    }
    finish(numbers.refused)?;
    Ok(decisions)
}
