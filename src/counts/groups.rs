//! The campaign each term belongs to.

use super::Counts;
use std::collections::BTreeMap;

/// A partition of the terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Names, sorted; one nameless group where the data has no campaigns.
    pub names: Vec<String>,
    /// Group of each term. Shape: terms.
    pub of_term: Vec<u32>,
}

impl Groups {
    /// Terms by campaign; a campaign name under two channels is two groups.
    #[must_use]
    pub fn by_campaign(counts: &Counts) -> Self {
        let name = |term: &crate::domain::Term| match (&term.key.channel, &term.key.campaign) {
            (_, None) => String::new(),
            (None, Some(campaign)) => campaign.clone(),
            (Some(channel), Some(campaign)) => format!("{campaign} · {channel}"),
        };
        let mut index: BTreeMap<String, u32> = counts.terms.iter().map(|term| (name(term), 0)).collect();
        for (number, slot) in (0_u32..).zip(index.values_mut()) {
            *slot = number;
        }
        let of_term = counts.terms.iter().map(|term| index[&name(term)]).collect();
        Self { names: index.into_keys().collect(), of_term }
    }

    /// Members of each group, ascending. Shape: groups × members.
    #[must_use]
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.names.len()];
        for (term, &group) in self.of_term.iter().enumerate() {
            members[group as usize].push(term);
        }
        members
    }
}
