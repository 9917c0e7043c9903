//! The canonical columns and the names they go by.
//!
//! In: a name from a file's header. Out: the canonical column it may stand for, with the rank of the
//! alias: 1 the canonical name itself (or one that says more), 2 the platforms' usual names, 3 weaker
//! names, 4 ids and last resorts. Case, spaces, punctuation, accents, a currency in brackets and the
//! platforms' prefixes (`metrics.`, `metadata.`) do not matter. The names themselves stand in [`names`], Amazon's windows in
//! [`windows`].

mod names;
mod windows;

use super::money;
use names::{KEYWORD, NAMES, SEARCH_TERM};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The canonical columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Term,
    MatchType,
    Campaign,
    AdGroup,
    Channel,
    Week,
    Date,
    Impressions,
    Clicks,
    Cost,
    Conversions,
    Revenue,
    Status,
    Label,
    MaxCpc,
    TargetCpa,
    TargetRoas,
    CampaignBudget,
    Margin,
    Currency,
    ImpressionShare,
    LostIsBudget,
    LostIsRank,
    ConversionDate,
    ReportedOn,
    StartDate,
    EndDate,
}

use Column as C;

/// How many canonical columns there are.
pub(super) const COLUMNS: usize = 27;
/// The rank of ids.
pub(super) const IDS: usize = 4;

/// Every canonical column with its name.
const CANONICAL: [(Column, &str); COLUMNS] = [
    (C::Term, "term"),
    (C::MatchType, "match_type"),
    (C::Campaign, "campaign"),
    (C::AdGroup, "ad_group"),
    (C::Channel, "channel"),
    (C::Week, "week"),
    (C::Date, "date"),
    (C::Impressions, "impressions"),
    (C::Clicks, "clicks"),
    (C::Cost, "cost"),
    (C::Conversions, "conversions"),
    (C::Revenue, "revenue"),
    (C::Status, "status"),
    (C::Label, "label"),
    (C::MaxCpc, "max_cpc"),
    (C::TargetCpa, "target_cpa"),
    (C::TargetRoas, "target_roas"),
    (C::CampaignBudget, "campaign_budget"),
    (C::Margin, "margin"),
    (C::Currency, "currency"),
    (C::ImpressionShare, "impression_share"),
    (C::LostIsBudget, "lost_is_budget"),
    (C::LostIsRank, "lost_is_rank"),
    (C::ConversionDate, "conversion_date"),
    (C::ReportedOn, "reported_on"),
    (C::StartDate, "start_date"),
    (C::EndDate, "end_date"),
];

/// Every name as [`normalize`] leaves it, with what it stands for.
static KNOWN: LazyLock<HashMap<String, Candidate>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    let mut add = |name: &str, column, rank, family| {
        known.entry(normalize(name)).or_insert(Candidate { column, rank, family, micros: false });
    };
    for &(column, rank, names) in NAMES {
        for name in names {
            add(name, column, rank, Family::Neutral);
        }
    }
    for (column, name) in CANONICAL {
        add(name, column, 1, Family::Neutral);
    }
    for (family, ranks) in [(Family::Keyword, KEYWORD), (Family::SearchTerm, SEARCH_TERM)] {
        for &(rank, names) in ranks {
            for name in names {
                add(name, C::Term, rank, family);
            }
        }
    }
    known
});

impl Column {
    /// The canonical name.
    pub(super) fn name(self) -> &'static str {
        CANONICAL[self as usize].1
    }

    /// All of them, in the order of the table.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        CANONICAL.iter().map(|&(column, _)| column)
    }

    /// The column of a canonical name, however it is spelled.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let name = normalize(name);
        CANONICAL.iter().find(|(_, canonical)| normalize(canonical) == name).map(|&(column, _)| column)
    }
}

/// The canonical names, for messages.
pub(super) fn names() -> Vec<&'static str> {
    CANONICAL.iter().map(|&(_, name)| name).collect()
}

/// The canonical name most like a mistyped one.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let near = |other: &str| strsim::jaro_winkler(name, other);
    let best = names().into_iter().max_by(|a, b| near(a).total_cmp(&near(b)))?;
    (near(best) > 0.8).then_some(best)
}

/// Lower-case letters and digits only; accents folded; a currency in brackets and the platforms' prefixes
/// dropped.
pub(super) fn normalize(name: &str) -> String {
    const PREFIXES: [&str; 2] = ["metrics", "segments"];
    // Apple's rows, flattened
    const NESTED: [&str; 3] = ["metadata", "total", "granularity"];
    let name = name.trim();
    let name = match (money::in_header(name), name.rfind('(')) {
        (Some(_), Some(open)) => &name[..open],
        _ => name,
    };
    let folded = fold(name);
    let inside = folded
        .split_once(['.', '_'])
        .filter(|(prefix, _)| {
            let is_nested = || NESTED.contains(prefix) && folded.as_bytes().get(prefix.len()) == Some(&b'.');
            PREFIXES.contains(prefix) || is_nested()
        })
        .map_or(folded.as_str(), |(_, rest)| rest);
    inside.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Lower case without the accents of Western European languages.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\u{e0}'..='\u{e5}' => folded.push('a'),
            '\u{e7}' => folded.push('c'),
            '\u{e8}'..='\u{eb}' => folded.push('e'),
            '\u{ec}'..='\u{ef}' => folded.push('i'),
            '\u{f1}' => folded.push('n'),
            '\u{f2}'..='\u{f6}' => folded.push('o'),
            '\u{f9}'..='\u{fc}' => folded.push('u'),
            '\u{df}' => folded.push_str("ss"),
            '\u{153}' => folded.push_str("oe"),
            letter => folded.push(letter),
        }
    }
    folded
}

/// Which family of terms a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Neutral,
    Keyword,
    SearchTerm,
}

/// What a source column may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub column: Column,
    pub rank: usize,
    pub family: Family,
    /// Amounts are in millionths.
    pub micros: bool,
}

/// What a name may stand for.
pub(super) fn recognize(name: &str) -> Option<Candidate> {
    let normal = normalize(name);
    if let Some(&known) = KNOWN.get(&normal) {
        return Some(known);
    }
    let money = |known: &&Candidate| is_money(known.column);
    if let Some(known) = normal.strip_suffix("micros").and_then(|name| KNOWN.get(name)).filter(money) {
        // the same in whole units goes before
        return Some(Candidate { micros: true, rank: known.rank + 1, ..*known });
    }
    if let Some(windowed) = windows::recognize(name) {
        return Some(windowed);
    }
    let (before, _) = money::behind_header(name)?;
    KNOWN.get(&normalize(before)).filter(money).copied()
}

/// Whether a column holds money.
pub(super) fn is_money(column: Column) -> bool {
    matches!(column, C::Cost | C::Revenue | C::MaxCpc | C::TargetCpa | C::CampaignBudget)
}
