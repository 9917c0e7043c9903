//! The canonical columns and the names they go by.
//!
//! In: a name from a file's header. Out: the canonical column it may stand for, with the rank of the
//! alias: 1 the canonical name itself (or one that says more), 2 the platforms' usual names, 3 weaker
//! names, 4 ids and last resorts. Case, spaces, punctuation, umlauts, a currency in brackets and the
//! platforms' prefixes (`metrics.`) do not matter.

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
}

use Column as C;

/// How many canonical columns there are.
pub(super) const COLUMNS: usize = 25;
/// The rank of ids.
pub(super) const IDS: usize = 4;

/// Every canonical column with its name and its aliases as [`normalize`] leaves them, by rank from 1.
/// Keyword and search term are two families of [`Column::Term`] and stand in [`KEYWORD`] and
/// [`SEARCH_TERM`].
#[rustfmt::skip]
const TABLE: [(Column, &str, [&[&str]; 4]); COLUMNS] = [
    (C::Term, "term", [&["term"], &[], &[], &[]]),
    (C::MatchType, "match_type", [&["matchtype"],
        &["keywordtype", "keywordmatchtype", "deliveredmatchtype", "adgroupcriterionkeywordmatchtype",
          "ubereinstimmungstyp", "keywordoption", "keywordoptionen"],
        &["searchtermmatchtype", "bidmatchtype"], &[]]),
    (C::Campaign, "campaign", [&["campaign"], &["campaignname", "kampagne", "kampagnenname"], &[],
        &["campaignid", "kampagnenid"]]),
    (C::AdGroup, "ad_group", [&["adgroup"], &["adgroupname", "anzeigengruppe", "anzeigengruppenname"], &[],
        &["adgroupid", "anzeigengruppenid"]]),
    (C::Channel, "channel", [&["channel"], &["publisher", "engine", "searchengine", "kanal", "suchmaschine"],
        &["network", "netzwerk", "adnetworktype", "networkwithsearchpartners"], &[]]),
    (C::Week, "week", [&["week"],
        &["weekstart", "weekstarting", "weekbeginning", "weekcommencing", "weekof", "woche", "wochenstart", "wochenbeginn"],
        &[], &[]]),
    (C::Date, "date", [&["date"], &["day", "tag", "datum"], &[], &[]]),
    (C::Impressions, "impressions", [&["impressions"], &["impr", "impressionen", "einblendungen"], &[], &[]]),
    (C::Clicks, "clicks", [&["clicks"], &["klicks"], &["click", "klick"], &[]]),
    (C::Cost, "cost", [&["cost"], &["spend", "kosten", "ausgaben"],
        &["costs", "totalcost", "totalspend", "adspend", "adcost", "amountspent"], &[]]),
    (C::Conversions, "conversions", [&["conversions"], &["conv", "conversion", "conversionen", "konversionen"],
        &["orders", "purchases", "bookings", "transactions", "bestellungen", "buchungen", "totalorders",
          "7daytotalorders", "14daytotalorders", "conversionsall", "allconversions", "allconv", "alleconversions",
          "alleconv"],
        &["leads"]]),
    (C::Revenue, "revenue", [&["revenue"],
        &["convvalue", "conversionvalue", "conversionsvalue", "totalconvvalue", "convwert", "conversionwert", "umsatz"],
        &["value", "wert", "payment", "payments", "turnover", "totalsales", "7daytotalsales", "14daytotalsales",
          "allconvvalue", "allconversionsvalue"],
        &[]]),
    (C::Status, "status", [&["keywordstatus", "keywordstate", "adgroupcriterionstatus"], &["status", "state", "zustand"],
        &[], &[]]),
    (C::Label, "label", [&["label"], &["labels", "keywordlabels"], &["tags"], &[]]),
    (C::MaxCpc, "max_cpc", [&["maxcpc"], &["bid", "maxcpcbid", "cpcbid", "keywordmaxcpc", "maxcpcgebot", "gebot"],
        &["defaultmaxcpc", "standardmaxcpc"], &[]]),
    (C::TargetCpa, "target_cpa", [&["targetcpa"], &["zielcpa", "tcpa"], &["effectivetargetcpa"], &[]]),
    (C::TargetRoas, "target_roas", [&["targetroas"], &["zielroas", "troas"], &["effectivetargetroas"], &[]]),
    (C::CampaignBudget, "campaign_budget", [&["campaignbudget"], &["budget", "dailybudget", "campaigndailybudget", "tagesbudget"],
        &[], &[]]),
    (C::Margin, "margin", [&["margin"], &["marge"], &["grossmargin"], &[]]),
    (C::Currency, "currency", [&["currency"], &["currencycode", "wahrung", "wahrungscode"], &["customercurrencycode"], &[]]),
    (C::ImpressionShare, "impression_share", [&["impressionshare"],
        &["searchimprshare", "searchimpressionshare", "imprshare", "impressionsharepercent"], &[], &[]]),
    (C::LostIsBudget, "lost_is_budget", [&["lostisbudget"],
        &["searchlostisbudget", "searchbudgetlostimpressionshare", "impressionlosttobudgetpercent"], &[], &[]]),
    (C::LostIsRank, "lost_is_rank", [&["lostisrank"],
        &["searchlostisrank", "searchranklostimpressionshare", "impressionlosttorankpercent"], &[], &[]]),
    (C::ConversionDate, "conversion_date", [&["conversiondate"],
        &["conversionday", "conversionweek", "dateofconversion", "conversionsdatum"], &[], &[]]),
    (C::ReportedOn, "reported_on", [&["reportedon"], &["exportedon", "exportdate", "snapshotdate", "exportdatum"], &[], &[]]),
];

const KEYWORD: [&[&str]; 4] = [
    &[],
    &["keyword", "searchkeyword", "keywordtext", "adgroupcriterionkeywordtext", "suchkeyword"],
    &["keywords"],
    &["keywordid", "criterionid", "adgroupcriterioncriterionid"],
];
const SEARCH_TERM: [&[&str]; 4] = [
    &[],
    &["searchterm", "searchquery", "suchbegriff", "suchanfrage", "customersearchterm", "searchtermviewsearchterm"],
    &["query", "searchterms"],
    &[],
];

impl Column {
    /// The canonical name.
    pub(super) fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// All of them, in the order of the table.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|&(column, ..)| column)
    }

    /// The column of a canonical name, however it is spelled.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let name = normalize(name);
        TABLE.iter().find(|(_, canonical, _)| normalize(canonical) == name).map(|&(column, ..)| column)
    }
}

/// The canonical names, for messages.
pub(super) fn names() -> Vec<&'static str> {
    TABLE.iter().map(|&(_, name, _)| name).collect()
}

/// The canonical name most like a mistyped one.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let near = |other: &str| strsim::jaro_winkler(name, other);
    let best = names().into_iter().max_by(|a, b| near(a).total_cmp(&near(b)))?;
    (near(best) > 0.8).then_some(best)
}

/// Lower-case letters and digits only; umlauts folded; a currency in brackets and the prefixes
/// `metrics.` and `segments.` dropped.
pub(super) fn normalize(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let lower = ["metrics.", "segments."].iter().find_map(|prefix| lower.strip_prefix(prefix)).unwrap_or(&lower);
    let lower = match (lower.rfind('('), lower.strip_suffix(')')) {
        (Some(open), Some(inside)) if is_currency(name, &inside[open + 1..]) => &lower[..open],
        _ => lower,
    };
    let mut normal = String::with_capacity(lower.len());
    for letter in lower.chars() {
        match letter {
            '\u{e4}' => normal.push('a'),
            '\u{f6}' => normal.push('o'),
            '\u{fc}' => normal.push('u'),
            '\u{df}' => normal.push_str("ss"),
            letter if letter.is_alphanumeric() => normal.push(letter),
            _ => {}
        }
    }
    normal
}

/// A sign, or a three-letter code in capitals as the header has it: `Cost (USD)`, not `Conv. (all)`.
fn is_currency(name: &str, inside: &str) -> bool {
    let code = inside.len() == 3 && inside.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(inside.trim(), "$" | "\u{20ac}" | "\u{a3}" | "\u{a5}") || (code && name.contains(&inside.to_uppercase()))
}

/// Which family of terms a name belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Neutral,
    Keyword,
    SearchTerm,
}

/// What a source column may be.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub column: Column,
    pub rank: usize,
    pub family: Family,
    /// Amounts are in millionths.
    pub micros: bool,
}

fn rank_in(aliases: &[&[&str]; 4], name: &str) -> Option<usize> {
    aliases.iter().position(|rank| rank.contains(&name)).map(|position| position + 1)
}

/// What a name may stand for.
pub(super) fn recognize(name: &str) -> Option<Candidate> {
    let normal = normalize(name);
    let (normal, micros) = normal.strip_suffix("micros").map_or((normal.as_str(), false), |rest| (rest, true));
    let found = |column, family| move |rank| Candidate { column, rank, family, micros };
    TABLE
        .iter()
        .find_map(|(column, _, aliases)| rank_in(aliases, normal).map(found(*column, Family::Neutral)))
        .or_else(|| rank_in(&KEYWORD, normal).map(found(C::Term, Family::Keyword)))
        .or_else(|| rank_in(&SEARCH_TERM, normal).map(found(C::Term, Family::SearchTerm)))
        .filter(|found| !micros || is_money(found.column))
}

/// Whether a column holds money.
pub(super) fn is_money(column: Column) -> bool {
    matches!(column, C::Cost | C::Revenue | C::MaxCpc | C::TargetCpa | C::CampaignBudget)
}
