//! A term and what identifies it.

use serde::{Deserialize, Serialize};

/// What identifies a term: its text and whichever of the other levels the data has.
///
/// Ordered field by field, so sorting keys is the canonical order of all outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct TermKey {
    /// Search term or keyword, as text.
    pub term: String,
    /// Match type, if the data has the column (an empty cell is `Some("")`).
    pub match_type: Option<String>,
    /// Campaign, if the data has the column.
    pub campaign: Option<String>,
    /// Ad group, if the data has the column.
    pub ad_group: Option<String>,
    /// Channel (engine, network, publisher), if the data has the column.
    pub channel: Option<String>,
}

impl TermKey {
    /// Hash of the key that is the same on every machine and in every version (FNV-1a, 64 bit).
    ///
    /// Seeds the random stream of a term, so that adding or reordering other terms changes nothing.
    #[must_use]
    pub fn stable_hash(&self) -> u64 {
        let optional = |field: &Option<String>| field.clone().unwrap_or_default();
        stable_hash(&[
            &self.term,
            &optional(&self.match_type),
            &optional(&self.campaign),
            &optional(&self.ad_group),
            &optional(&self.channel),
        ])
    }
}

/// FNV-1a over several texts, each closed by a byte that UTF-8 never contains.
///
/// Source: Fowler, Noll, Vo, "FNV hash", 64-bit variant 1a.
#[must_use]
pub fn stable_hash(texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain(std::iter::once(0xff)) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// Status on the platform, reduced to what a plan needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May receive spend (also where the data says nothing).
    #[default]
    Enabled,
    /// Paused, deactivated or unavailable: kept at zero.
    Paused,
    /// Removed: kept at zero.
    Removed,
}

/// The levers that a platform lets an advertiser set, as they are set today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Levers {
    /// Highest bid for a click, account currency.
    pub max_cpc: Option<f64>,
    /// Target cost per conversion, account currency.
    pub target_cpa: Option<f64>,
    /// Target revenue per unit of cost, ratio.
    pub target_roas: Option<f64>,
    /// Daily budget of the term's campaign, account currency a day.
    pub campaign_budget: Option<f64>,
}

/// Which lever a recommendation turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeverKind {
    /// Highest bid for a click.
    MaxCpc,
    /// Daily budget of the campaign.
    CampaignBudget,
    /// Target cost per conversion.
    TargetCpa,
    /// Target revenue per unit of cost.
    TargetRoas,
    /// Enabled or paused.
    Status,
    /// Nothing in the data can be set for this row: advice only.
    Advisory,
}

impl LeverKind {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxCpc => "max_cpc",
            Self::CampaignBudget => "campaign_budget",
            Self::TargetCpa => "target_cpa",
            Self::TargetRoas => "target_roas",
            Self::Status => "status",
            Self::Advisory => "advisory",
        }
    }
}

/// A term with the attributes that are not counts; the latest values seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Term {
    /// What identifies it.
    pub key: TermKey,
    /// Status on the platform.
    pub status: Status,
    /// Labels, separated by `;`, if the data has the column.
    pub label: Option<String>,
    /// Levers as they are set today.
    pub levers: Levers,
    /// Share of revenue that is margin, ratio, if the data has the column.
    pub margin: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_separates_fields() {
        assert_ne!(stable_hash(&["ab", "c"]), stable_hash(&["a", "bc"]));
        // published test vector: FNV-1a 64 of "a" is af63dc4c8601ec8c; ours adds the closing byte
        let of_a = 0xaf63_dc4c_8601_ec8c_u64;
        assert_eq!(stable_hash(&["a"]), (of_a ^ 0xff).wrapping_mul(0x0000_0100_0000_01b3));
    }
}
