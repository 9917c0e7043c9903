//! The campaign each term belongs to.

use super::Counts;
use std::collections::{BTreeMap, HashMap};

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
        // names are put together once per campaign, not once per term
        let mut seen: HashMap<(Option<&str>, Option<&str>), u32> = HashMap::new();
        let mut names = Vec::new();
        let of_term: Vec<u32> = counts
            .terms
            .iter()
            .map(|term| {
                let (channel, campaign) = (term.key.channel.as_deref(), term.key.campaign.as_deref());
                *seen.entry((channel.filter(|_| campaign.is_some()), campaign)).or_insert_with(|| {
                    names.push(match (channel, campaign) {
                        (_, None) => String::new(),
                        (None, Some(campaign)) => campaign.to_owned(),
                        (Some(channel), Some(campaign)) => format!("{campaign} · {channel}"),
                    });
                    #[allow(clippy::cast_possible_truncation)] // fewer campaigns than terms
                    let last = names.len() as u32 - 1;
                    last
                })
            })
            .collect();
        let mut index: BTreeMap<&str, u32> = names.iter().map(|name| (name.as_str(), 0)).collect();
        for (number, slot) in (0_u32..).zip(index.values_mut()) {
            *slot = number;
        }
        let of_seen: Vec<u32> = names.iter().map(|name| index[name.as_str()]).collect();
        Self {
            of_term: of_term.into_iter().map(|seen| of_seen[seen as usize]).collect(),
            names: index.into_keys().map(str::to_owned).collect(),
        }
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
