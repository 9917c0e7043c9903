//! Term keys as the reader has them.
//!
//! In: sums by raw key. Out: steps in which white space at the ends is gone (Unicode's, as Rust's `trim` takes it), a term
//! that is blank is `(no term)` of its campaign, and what the platform does not show is one pool. Letters stay as they
//! are: the reader tells capitals and accents apart.

use super::{Dialect, Shape, select, step};
use crate::ingest::aliases::Column;
use crate::ingest::number::BLANKS;
use crate::ingest::plan::NAMES;
use crate::ingest::text::NONE;
use crate::ingest::totals::{HIDDEN, POOL_LETTERS, POOLS, REST};

/// White space at the ends: the controls that are, and all separators.
pub(super) const ENDS: &str = r"^[\x09-\x0d\x85\p{Z}]+|[\x09-\x0d\x85\p{Z}]+$";

/// Keys without white space at their ends, an empty name for one that is absent, and the term as names of pools are compared:
/// in small letters (of ASCII alone, as the reader has it) and without brackets around it.
pub(super) fn trimmed(shape: &Shape) -> String {
    let text = |key: &str| shape.dialect.without(key, ENDS);
    let names = shape.keys[1..].iter().map(|key| format!("COALESCE({}, '') AS {key}", text(key)));
    let mut columns = vec![format!("{} AS term", text("term"))];
    columns.extend(names);
    let (capitals, small): (String, String) = (('A'..='Z').collect(), ('a'..='z').collect());
    let lower = format!("translate({}, '{capitals}', '{small}')", text("term"));
    columns.push(format!("trim(TRAILING ')' FROM trim(LEADING '(' FROM {lower})) AS bare"));
    columns.push("week".to_owned());
    step("termwise_trimmed", "", &select(&all(columns, shape), "FROM termwise_sums"))
}

/// Keys with the names of pools.
pub(super) fn named(shape: &Shape) -> String {
    let literal = |text: &str| shape.dialect.literal(text);
    let blank = format!("term IS NULL OR term IN ({})", list(&BLANKS, shape.dialect));
    let names = NAMES.map(Column::name);
    let beside: Vec<String> = shape
        .keys
        .iter()
        .filter(|key| names.contains(key))
        .map(|key| format!("{key} NOT IN ({})", list(&BLANKS, shape.dialect)))
        .collect();
    let named = beside.join(" OR ");
    let mut cases = Vec::new();
    if !named.is_empty() {
        cases.push(format!("WHEN ({blank}) AND ({named}) THEN {}", literal(NONE)));
    }
    cases.push(format!("WHEN {blank} THEN {}", literal(HIDDEN)));
    cases.push(format!("WHEN {} THEN {}", is_pool(shape.dialect, &named), literal(HIDDEN)));
    let term = format!("CASE\n      {}\n      ELSE term\n    END AS term", cases.join("\n      "));
    let others = shape.keys[1..].iter().map(|key| (*key).to_owned());
    let columns = std::iter::once(term).chain(others).chain(std::iter::once("week".to_owned())).collect();
    let why = "blank terms and the platforms' names for terms that are not shown";
    step("termwise_named", why, &select(&all(columns, shape), "FROM termwise_trimmed"))
}

/// The same condition as the reader's on names of terms that are not shown. A single word such as `other` is one in brackets,
/// or where it lacks the names that others have. What the reader tells from the numbers of a row (clicks that nothing was shown
/// for) or from words inside a longer text it tells when it reads the table.
fn is_pool(dialect: Dialect, named: &str) -> String {
    let letters = POOL_LETTERS.iter().flat_map(|letter| [letter.to_ascii_uppercase(), *letter]);
    let mut letters: Vec<String> = letters.map(|letter| dialect.literal(&char::from(letter).to_string())).collect();
    letters.dedup();
    let alone = if named.is_empty() { String::new() } else { format!(" OR NOT ({named})") };
    format!(
        "substr(term, 1, 1) IN ({})\n        AND (bare IN ({})\n          OR (bare IN ({}) AND (length(bare) < length(term){alone})))",
        letters.join(", "),
        list(&POOLS, dialect),
        list(&REST, dialect)
    )
}

fn list(texts: &[&str], dialect: Dialect) -> String {
    texts.iter().map(|text| dialect.literal(text)).collect::<Vec<_>>().join(", ")
}

/// With the measures behind.
fn all(mut columns: Vec<String>, shape: &Shape) -> Vec<String> {
    columns.extend(shape.measures.iter().map(|&measure| measure.to_owned()));
    columns
}
