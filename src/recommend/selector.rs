//! Entries of the config by what they select, for notes that have to name them.

use super::{ClassLimit, GroupLimit, TermRule};

/// Entries named in a note; more are counted.
const LISTED: usize = 3;

/// A key of an entry and what it is given as.
type Field<'a> = (&'static str, &'a Option<String>);

/// An entry by where it stands and what it selects, as written: `limits.groups` 2 (campaign = "Trail Running").
fn words(list: &str, number: usize, fields: &[Field<'_>]) -> String {
    let given: Vec<String> = fields
        .iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {}", quoted(value))))
        .collect();
    if given.is_empty() { format!("`{list}` {number}") } else { format!("`{list}` {number} ({})", given.join(", ")) }
}

/// A string as the config writes it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

impl TermRule {
    /// The rule as written in the config; `number` counts from 1.
    pub(super) fn named(&self, number: usize) -> String {
        let Self { term, match_type, campaign, ad_group, label, .. } = self;
        let fields = [
            ("term", term),
            ("match_type", match_type),
            ("campaign", campaign),
            ("ad_group", ad_group),
            ("label", label),
        ];
        words("limits.terms", number, &fields)
    }
}

impl GroupLimit {
    /// The limit as written in the config; `number` counts from 1.
    pub(super) fn named(&self, number: usize) -> String {
        let Self { channel, campaign, ad_group, .. } = self;
        words("limits.groups", number, &[("channel", channel), ("campaign", campaign), ("ad_group", ad_group)])
    }
}

impl ClassLimit {
    /// The limit as written in the config; `number` counts from 1.
    pub(super) fn named(&self, number: usize) -> String {
        let Self { label, match_type, term, campaign, ad_group, .. } = self;
        let fields = [
            ("label", label),
            ("match_type", match_type),
            ("term", term),
            ("campaign", campaign),
            ("ad_group", ad_group),
        ];
        words("limits.classes", number, &fields)
    }
}

/// The first few entries in a sentence, the rest counted.
pub(super) fn listed(entries: &[String]) -> String {
    let first = entries.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_named_as_written() {
        let rule = TermRule {
            term: Some("12\" pan".to_owned()),
            campaign: Some("Cook \\ Ware".to_owned()),
            ..TermRule::default()
        };
        assert_eq!(rule.named(4), r#"`limits.terms` 4 (term = "12\" pan", campaign = "Cook \\ Ware")"#);
        assert_eq!(GroupLimit::default().named(1), "`limits.groups` 1");
    }

    #[test]
    fn a_few_entries_are_listed_and_the_rest_counted() {
        let entries: Vec<String> = (1..=5).map(|number| number.to_string()).collect();
        assert_eq!(listed(&entries), "1, 2, 3 and 2 more");
        assert_eq!(listed(&entries[..2]), "1, 2");
    }
}
