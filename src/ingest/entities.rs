//! Rows that are no counts of a term: exports of editors have campaigns, ad groups and excluded keywords between the keywords.
//!
//! In: records. Out: whether one of them is such a row. It has no count at all, so that nothing is lost without it; a keyword
//! without clicks is none of them, as nobody knows that it had none.

use super::cell::{Record, Value, is_empty};
use super::rows::CLICKS;
use super::rules::Reader;

impl Reader<'_> {
    /// Whether a record is a campaign, an ad group or an excluded keyword, as exports of editors have between the
    /// keywords: it has no count at all, and no term or one that is negative.
    pub(super) fn is_entity<R: Record>(&self, record: &R) -> bool {
        let plan = self.plan;
        let blank = |at: &usize| is_empty(plan.value(record, *at));
        if plan.measures[CLICKS].is_some_and(|at| !blank(&at)) || !plan.measures.iter().flatten().all(blank) {
            return false;
        }
        let kind = plan.match_type.map(|at| plan.value(record, at));
        let excluded = |kind: Value<'_>| matches!(kind, Value::Text(kind) if is_negative(kind));
        let named = plan.names.iter().any(|at| !blank(at));
        (named && blank(&plan.key[0])) || kind.is_some_and(excluded)
    }
}

/// Whether a match type is that of an excluded keyword, in four languages.
fn is_negative(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["negativ", "n\u{e9}gatif", "ausschlie", "exclu"].iter().any(|word| kind.contains(word))
}
