//! Which terms the entries of the config select, and how notes name the entries.

use super::GroupLimit;
use crate::domain::Term;

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

/// Which terms an entry is for: those that match every field that is given.
#[derive(Clone, Copy)]
pub(super) struct Selector<'a> {
    pub(super) term: &'a Option<String>,
    pub(super) match_type: &'a Option<String>,
    pub(super) campaign: &'a Option<String>,
    pub(super) ad_group: &'a Option<String>,
    pub(super) label: &'a Option<String>,
}

/// The selector of an entry that has its five fields.
macro_rules! selector {
    ($entry:expr) => {
        Selector {
            term: &$entry.term,
            match_type: &$entry.match_type,
            campaign: &$entry.campaign,
            ad_group: &$entry.ad_group,
            label: &$entry.label,
        }
    };
}
pub(super) use selector;

impl Selector<'_> {
    /// Whether no field is given, so that every term matches.
    pub(super) fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_none())
    }

    pub(super) fn matches(&self, term: &Term) -> bool {
        let Self { term: text, match_type, campaign, ad_group, label } = self;
        same(text.as_deref(), Some(&term.key.term))
            && same(match_type.as_deref(), term.key.match_type.as_deref())
            && same(campaign.as_deref(), term.key.campaign.as_deref())
            && same(ad_group.as_deref(), term.key.ad_group.as_deref())
            && label.as_ref().is_none_or(|wanted| has_label(term, wanted))
    }

    /// The entry as written in the config; `number` counts from 1.
    pub(super) fn named(&self, list: &str, number: usize) -> String {
        words(list, number, &self.fields())
    }

    fn fields(&self) -> [Field<'_>; 5] {
        [
            ("term", self.term),
            ("match_type", self.match_type),
            ("campaign", self.campaign),
            ("ad_group", self.ad_group),
            ("label", self.label),
        ]
    }
}

/// Whether a field is as wanted, or nothing is wanted of it.
pub(super) fn same(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

fn has_label(term: &Term, wanted: &str) -> bool {
    term.label.as_deref().unwrap_or_default().split(';').any(|label| label.trim() == wanted)
}

impl GroupLimit {
    /// The limit as written in the config; `number` counts from 1.
    pub(super) fn named(&self, number: usize) -> String {
        let Self { channel, campaign, ad_group, .. } = self;
        words("limits.groups", number, &[("channel", channel), ("campaign", campaign), ("ad_group", ad_group)])
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
    use crate::recommend::TermRule;

    #[test]
    fn entries_are_named_as_written() {
        let rule = TermRule {
            term: Some("12\" pan".to_owned()),
            campaign: Some("Cook \\ Ware".to_owned()),
            ..TermRule::default()
        };
        assert_eq!(
            selector!(rule).named("limits.terms", 4),
            r#"`limits.terms` 4 (term = "12\" pan", campaign = "Cook \\ Ware")"#
        );
        assert_eq!(GroupLimit::default().named(1), "`limits.groups` 1");
    }

    #[test]
    fn a_few_entries_are_listed_and_the_rest_counted() {
        let entries: Vec<String> = (1..=5).map(|number| number.to_string()).collect();
        assert_eq!(listed(&entries), "1, 2, 3 and 2 more");
        assert_eq!(listed(&entries[..2]), "1, 2");
    }
}
