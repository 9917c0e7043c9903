//! What has to be set, as files that the platforms' editors import: only what changes, in their own columns.
//!
//! In: a run's rows and campaigns. Out: one table an editor; none where nothing changes or where the data do not name what an
//! editor needs to find a keyword (campaign, ad group, match type). A blank cell changes nothing there. Bids are of keywords, budgets
//! of campaigns: a budget is written where it is what holds the campaign, and where the plan needs more than is set.
//! Targets for automated bidding are of campaigns, while plans are of terms, so they are advice in `recommendations.csv`
//! alone. Source of the columns: Google, "CSV file columns" of Google Ads Editor; Microsoft, bulk records "Campaign" and
//! "Keyword", format version 6.0.

use super::csv::Line;
use super::{Artifact, Run};
use crate::domain::{Coin, LeverKind, guarded};
use crate::recommend::{Plan, Recommendation};

/// A bid or a budget to set.
struct Setting<'a> {
    campaign: &'a str,
    /// Ad group, keyword and match type as the platforms name it; `None` for a campaign.
    keyword: Option<[&'a str; 3]>,
    /// Money: a click, or a day; `None` for a keyword that is to be paused.
    amount: Option<f64>,
}

impl Setting<'_> {
    /// The status to set; empty where it stays.
    fn status(&self) -> &'static str {
        if self.amount.is_none() { "Paused" } else { "" }
    }
}

/// Name, unit and meaning of a column.
type Head = (&'static str, &'static str, &'static str);

/// An editor and how it wants to be told.
struct Editor {
    file: &'static str,
    heads: &'static [Head],
    /// A first record that says which format it is.
    version: Option<&'static str>,
    /// Words of a channel's name that are another editor's.
    others: &'static [&'static str],
    record: fn(&Setting, &mut Line),
}

const CAMPAIGN: Head = ("Campaign", "text", "campaign, which finds the row");
const AD_GROUP: Head = ("Ad group", "text", "ad group of the keyword; blank on a campaign");
const KEYWORD: Head = ("Keyword", "text", "the keyword; blank on a campaign");
const MATCH_TYPE: &str = "Exact, Phrase or Broad; blank on a campaign";
const STATUS: Head = ("Status", "text", "Paused for a keyword that gets nothing, else blank: it stays as it is");

/// What the files hold.
const ABOUT: &str = "bids of keywords and daily budgets of campaigns that change, and keywords to be paused, in the columns that the \
                     platform's editor imports: a blank cell changes nothing. Absent where nothing changes or where the data have \
                     no campaign, ad group or match type. A budget is written where it is what holds the campaign, or where the plan \
                     needs more than is set";

/// Name, words and columns of every file, for the data dictionary.
pub(super) fn tables() -> impl Iterator<Item = (&'static str, &'static str, &'static [Head])> {
    EDITORS.iter().map(|editor| (editor.file, ABOUT, editor.heads))
}

static EDITORS: [Editor; 2] = [
    Editor {
        file: "import/google_ads_editor.csv",
        heads: &[
            CAMPAIGN,
            ("Campaign daily budget", "money a day", "budget to set; blank on a keyword"),
            AD_GROUP,
            KEYWORD,
            ("Match type", "text", MATCH_TYPE),
            ("Max CPC", "money a click", "bid to set; blank on a campaign"),
            STATUS,
        ],
        version: None,
        others: &["microsoft", "bing", "amazon", "apple"],
        record: |setting, line| {
            line.text(setting.campaign);
            let [ad_group, keyword, match_type] = setting.keyword.unwrap_or_default();
            line.money(setting.amount.filter(|_| setting.keyword.is_none()));
            line.text(ad_group);
            line.text(keyword);
            line.text(match_type);
            line.money(setting.amount.filter(|_| setting.keyword.is_some()));
            line.text(setting.status());
        },
    },
    Editor {
        file: "import/microsoft_editor.csv",
        heads: &[
            ("Type", "text", "Keyword or Campaign; the first record names the format"),
            STATUS,
            CAMPAIGN,
            ("Ad Group", "text", "ad group of the keyword; blank on a campaign"),
            KEYWORD,
            ("Match Type", "text", MATCH_TYPE),
            ("Bid", "money a click", "bid to set; blank on a campaign"),
            ("Budget", "money a day", "budget to set; blank on a keyword"),
            ("Name", "text", "the version of the format, in the first record alone"),
        ],
        version: Some("6.0"),
        others: &["google", "amazon", "apple"],
        record: |setting, line| {
            let [ad_group, keyword, match_type] = setting.keyword.unwrap_or_default();
            line.text(if setting.keyword.is_some() { "Keyword" } else { "Campaign" });
            line.text(setting.status());
            line.text(setting.campaign);
            line.text(ad_group);
            line.text(keyword);
            line.text(match_type);
            line.money(setting.amount.filter(|_| setting.keyword.is_some()));
            line.money(setting.amount.filter(|_| setting.keyword.is_none()));
            line.text("");
        },
    },
];

/// Match types as both platforms name them.
const MATCH_TYPES: [&str; 3] = ["Exact", "Phrase", "Broad"];

/// The files, as far as there is something to set.
pub(super) fn artifacts(plan: &Plan) -> Vec<Artifact> {
    EDITORS.iter().filter_map(|editor| editor.artifact(plan)).collect()
}

/// Changed keywords that no file can name: without campaign, ad group or match type, or with signs that a spreadsheet would
/// run as a formula.
pub(super) fn left_out(run: &Run) -> usize {
    let wanted = run.plan.rows.iter().filter(|row| changed(row).is_some());
    wanted.filter(|row| keyword(row).is_none()).count()
}

impl Editor {
    fn artifact(&self, plan: &Plan) -> Option<Artifact> {
        let own = |channel: Option<&str>| {
            let channel = channel.unwrap_or_default().to_lowercase();
            !self.others.iter().any(|other| channel.contains(other))
        };
        let settings: Vec<Setting> = budgets(plan)
            .chain(plan.rows.iter().filter(|row| own(row.key.channel.as_deref())).filter_map(|row| {
                let amount = changed(row)?;
                Some(Setting { campaign: row.key.campaign.as_deref()?, keyword: Some(keyword(row)?), amount })
            }))
            .collect();
        if settings.is_empty() {
            return None;
        }
        let coin = plan.rows.first().map_or_else(Coin::default, |row| row.coin);
        let mut line = Line::default().of(coin);
        for (name, ..) in self.heads {
            line.text(name);
        }
        line.end();
        if let Some(version) = self.version {
            line.text("Format Version");
            for _ in 1..self.heads.len() - 1 {
                line.text("");
            }
            line.text(version);
            line.end();
        }
        for setting in &settings {
            (self.record)(setting, &mut line);
            line.end();
        }
        Some(Artifact::new(self.file, line.finish()))
    }
}

/// What the plan sets of a keyword: its bid, money a click, or nothing where it is to be paused; `None` where it changes neither.
#[allow(clippy::option_option)] // see above
fn changed(row: &Recommendation) -> Option<Option<f64>> {
    let paused = row.lever == LeverKind::Status && row.recommended_spend <= 0.0 && row.moves();
    if paused { Some(None) } else { changed_bid(row).map(Some) }
}

/// A bid that the plan changes, money a click.
fn changed_bid(row: &Recommendation) -> Option<f64> {
    let (now, plan) = row.lever_now.zip(row.lever_plan)?;
    (row.lever == LeverKind::MaxCpc && (plan - now).abs() >= 0.5 * row.coin.step() && plan > 0.0).then_some(plan)
}

/// What finds a keyword: ad group, text, match type; `None` where one of them is missing or would be changed on the way.
fn keyword(row: &Recommendation) -> Option<[&str; 3]> {
    let named = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty() && plain(text));
    let match_type = row.key.match_type.as_deref()?.to_lowercase();
    let match_type = MATCH_TYPES.into_iter().find(|name| match_type.starts_with(&name.to_lowercase()))?;
    let whole = named(&row.key.campaign) && named(&row.key.ad_group) && plain(&row.key.term);
    whole.then(|| [row.key.ad_group.as_deref().unwrap_or_default(), row.key.term.as_str(), match_type])
}

/// Whether a text stands in a table as it is: an apostrophe before it would make it another keyword.
fn plain(text: &str) -> bool {
    guarded(text) == text && !text.starts_with('(') && !text.contains("(masked)")
}

/// Budgets that have to be set, money a day.
fn budgets(plan: &Plan) -> impl Iterator<Item = Setting<'_>> {
    plan.campaigns.iter().filter_map(|campaign| {
        let name = campaign.campaign.as_deref().filter(|name| plain(name))?;
        let (set, amount) = (campaign.daily_budget_set?, campaign.daily_budget_to_set?);
        ((amount - set).abs() >= 0.005 && amount > 0.0).then_some(Setting {
            campaign: name,
            keyword: None,
            amount: Some(amount),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::account;
    use super::*;

    #[test]
    fn only_what_changes_is_written_and_nothing_a_spreadsheet_would_run() {
        let fixture = account(60);
        let run = fixture.run();
        let files = artifacts(run.plan);
        let wanted: Vec<&Recommendation> =
            run.plan.rows.iter().filter(|row| changed(row).is_some() && keyword(row).is_some()).collect();
        for file in &files {
            let text = String::from_utf8(file.bytes.clone()).unwrap();
            let mut lines = text.lines();
            let heads = lines.next().unwrap().split(',').count();
            let records: Vec<&str> = lines.collect();
            assert!(records.iter().all(|line| line.matches(',').count() + 1 >= heads), "{text}");
            assert!(!text.contains("\n'") && !text.contains(",'"), "{text}");
            let bids = records.iter().filter(|line| MATCH_TYPES.iter().any(|name| line.contains(&format!(",{name},"))));
            assert_eq!(bids.count(), wanted.len(), "{}", file.name);
        }
        let unchanged = run.plan.rows.iter().filter(|row| row.lever_now == row.lever_plan);
        assert!(unchanged.clone().all(|row| changed_bid(row).is_none()) && unchanged.count() > 0);
    }
}
