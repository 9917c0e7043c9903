//! The text of a term.
//!
//! In: a term as the file has it, and its match type. Out: the term itself, and whether anything befell it.
//! Platforms write `"phrase"` and `[exact]` beside a column that says the same: there the marks go. Where no column
//! says it the marks are all that tells the match type. A formula
//! that a spreadsheet made of `+pool +software` is undone. Errors that a spreadsheet left in place of a term
//! (`Err:509`, `#NAME?`) stay as they are, so that their counts are kept; so do ids that were rounded.

use super::cell::Value;
use super::number;

/// What befell a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Fine,
    /// It had become a formula and is restored.
    Restored,
    /// A spreadsheet left an error in its place.
    Lost,
    /// There is none, and the row is of a campaign.
    None,
    /// It is an id of 16 digits or more.
    LongId,
    /// It is an id that a spreadsheet rounded.
    RoundedId,
}

/// The name of what has no term.
pub(super) const NONE: &str = "(no term)";
/// Whole numbers below are exact as `f64`: 2^53.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;
/// Digits from which spreadsheets round.
const LONG: usize = 16;

/// The term itself; `match_type` where the term is a keyword and the file has the column.
pub(super) fn term<'t>(term: &'t str, match_type: Option<Value<'_>>) -> (&'t str, Condition) {
    match term.as_bytes() {
        [b'=', b'+' | b'-', ..] => (&term[1..], Condition::Restored),
        [b'#' | b'E', ..] if is_error_text(term) => (term, Condition::Lost),
        [b'0'..=b'9', ..] => (term, id(term)),
        [b'"', .., b'"'] | [b'[', .., b']'] => match match_type {
            Some(Value::Text(kind)) => (bare(term, kind), Condition::Fine),
            _ => (term, Condition::Fine),
        },
        _ => (term, Condition::Fine),
    }
}

/// A keyword without its marks, and the match type that they stand for.
pub(super) fn marked(term: &str) -> Option<(&str, &'static str)> {
    let (inner, kind) = match term.as_bytes() {
        [b'"', .., b'"'] => (&term[1..term.len() - 1], "Phrase"),
        [b'[', .., b']'] => (&term[1..term.len() - 1], "Exact"),
        _ => return None,
    };
    (!number::is_blank(inner) && !inner.contains(['"', '[', ']'])).then_some((inner.trim(), kind))
}

/// Whether a match type is one that only searches have: `Exact match (close variant)`.
pub(super) fn is_variant(kind: &str) -> bool {
    kind.to_lowercase().contains("variant")
}

/// Whether a cell holds what a spreadsheet leaves where it cannot compute.
pub(super) fn is_error(value: Value<'_>) -> bool {
    matches!(value, Value::Text(text) if is_error_text(text.trim()))
}

fn is_error_text(term: &str) -> bool {
    const ERRORS: [&str; 8] = ["#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#N/A", "#NULL!", "#NUM!", "#ERROR!"];
    let numbered = term
        .strip_prefix("Err:")
        .is_some_and(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()));
    numbered || ERRORS.contains(&term)
}

fn id(term: &str) -> Condition {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rounded = |(mantissa, power): (&str, &str)| {
        digits(power) && mantissa.len() > 2 && digits(&mantissa.replacen(['.', ','], "", 1))
    };
    if term.len() >= LONG && digits(term) {
        Condition::LongId
    } else if term.split_once("E+").is_some_and(rounded) {
        Condition::RoundedId
    } else {
        Condition::Fine
    }
}

/// Without the marks of a match type, if the match type is that one.
fn bare<'t>(term: &'t str, match_type: &str) -> &'t str {
    const PHRASE: [&str; 5] = ["phrase", "wortgruppe", "expression", "frase", "expression exacte"];
    const EXACT: [&str; 4] = ["exact", "genau", "exacte", "exacta"];
    let kind = match_type.to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    let inner = &term[1..term.len() - 1];
    let fits = if term.starts_with('"') { is(&PHRASE) } else { is(&EXACT) };
    if fits && !number::is_blank(inner) { inner.trim() } else { term }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_the_match_type_go_where_a_column_says_the_same() {
        let kind = |text| Some(Value::Text(text));
        assert_eq!(term("\"oak table\"", kind("Phrase match")).0, "oak table");
        assert_eq!(term("[oak table]", kind("Exact")).0, "oak table");
        assert_eq!(term("[oak table]", kind("Genau passend")).0, "oak table");
        for (text, kind) in
            [("\"oak\"", kind("Broad")), ("\"oak\"", None), ("[oak]", kind("Phrase")), ("\"\"", kind("Phrase"))]
        {
            assert_eq!(term(text, kind).0, text);
        }
        assert_eq!(term("sofa \"london\"", kind("Phrase")).0, "sofa \"london\"");
    }

    #[test]
    fn what_befell_a_term_is_told() {
        for (text, condition) in [
            ("oak table", Condition::Fine),
            ("2 seats", Condition::Fine),
            ("err:509 fix", Condition::Fine),
            ("#name tags", Condition::Fine),
            ("3e+5 ways", Condition::Fine),
            ("Err:509", Condition::Lost),
            ("#NAME?", Condition::Lost),
            ("00184229205190000001", Condition::LongId),
            ("1.84229E+19", Condition::RoundedId),
        ] {
            assert_eq!(term(text, None), (text, condition), "{text}");
        }
        assert_eq!(term("=+pool +software", None), ("+pool +software", Condition::Restored));
    }
}
