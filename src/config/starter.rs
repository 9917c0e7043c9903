//! A commented config to begin with, from the user's own data.
//!
//! In: counts and the baseline. Out: the text of a `termwise.toml` that plans just what a run without a file does; what else
//! can be said stands in lines that begin with `#` and a key, with the account's own campaigns, labels and money.

use crate::counts::{Baseline, Counts, Groups, PeriodUnit};
use crate::domain::{Date, Status, counted};
use crate::numeric::sum::ExactSum;
use chrono::Datelike;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Campaigns and labels shown as examples, the largest.
const SHOWN: usize = 3;

/// The text of the file; `source` names what was read.
#[must_use]
pub fn starter(source: &str, counts: &Counts, baseline: &Baseline) -> String {
    let account = Account::new(counts, baseline);
    let mut text = head(source, counts, &account);
    plan(&mut text, counts, &account);
    limits(&mut text, &account);
    incrementality(&mut text, &account);
    scenarios(&mut text, counts, &account);
    if counts.calendar.as_of.is_some() {
        text.push_str(SCHEDULED);
    }
    text
}

/// The scheduled run, for data with dates.
const SCHEDULED: &str = "
# Run by a schedule: termwise weekly --config termwise.toml
#[weekly]
#inputs = [\"exports/*.csv\"]  # files, folders or patterns, seen from the folder of this file
#state = \"state\"             # keeps every run
#time_zone = \"Europe/Berlin\" # says which day it is
#[guards]
#price_change = 0.3          # the plan is held where a click's cost moves by more, and by more than is usual
#min_promise_ratio = 0.7     # and where fewer conversions came for each one forecast
";

/// What the examples are made of.
struct Account {
    /// Spend a week (or period), money, whole cents.
    spend: f64,
    per: &'static str,
    unit: String,
    /// Campaigns and labels with their spend, largest first.
    campaigns: Vec<(String, f64)>,
    labels: Vec<(String, f64)>,
    has_margin: bool,
    has_revenue: bool,
}

impl Account {
    fn new(counts: &Counts, baseline: &Baseline) -> Self {
        let active = |term: usize| counts.terms[term].status == Status::Enabled;
        let spend = |term: usize| if active(term) { baseline.spend[term] } else { 0.0 };
        let mut labels: BTreeMap<&str, f64> = BTreeMap::new();
        for (at, term) in counts.terms.iter().enumerate() {
            for label in term.label.as_deref().unwrap_or_default().split(';').map(str::trim).filter(|l| !l.is_empty()) {
                *labels.entry(label).or_default() += spend(at);
            }
        }
        let groups = Groups::by_campaign(counts);
        let campaigns = groups.members().into_iter().filter_map(|members| {
            let name = counts.terms[*members.first()?].key.campaign.clone()?;
            Some((name, members.into_iter().map(spend).collect::<ExactSum>().value()))
        });
        Self {
            spend: cents((0..counts.terms.len()).map(spend).collect::<ExactSum>().value()),
            per: if baseline.weekly { "week" } else { "period" },
            unit: counts.currency.clone().map(|unit| format!(" {unit}")).unwrap_or_default(),
            campaigns: largest(campaigns.collect()),
            labels: largest(labels.into_iter().map(|(label, spend)| (label.to_owned(), spend)).collect()),
            has_margin: counts.terms.iter().any(|term| term.margin.is_some()),
            has_revenue: counts.totals().revenue.is_some_and(|revenue| revenue > 0.0),
        }
    }

    /// Share of the spend, ratio with two decimals.
    fn share(&self, spend: f64) -> f64 {
        if self.spend > 0.0 { cents(spend / self.spend) } else { 0.0 }
    }
}

fn largest(mut named: Vec<(String, f64)>) -> Vec<(String, f64)> {
    named.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    named.truncate(SHOWN);
    named
}

/// A day of the week before the next Christmas after the data.
fn christmas(counts: &Counts) -> Date {
    let as_of = counts.calendar.as_of.unwrap_or_default();
    let day = |year: i32| Date::from_ymd_opt(year, 12, 15).unwrap_or_default();
    if day(as_of.year()) > as_of { day(as_of.year()) } else { day(as_of.year() + 1) }
}

fn cents(money: f64) -> f64 {
    (money * 100.0).round() / 100.0
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn head(source: &str, counts: &Counts, account: &Account) -> String {
    let calendar = &counts.calendar;
    let unit = match calendar.unit {
        PeriodUnit::Week => "week",
        PeriodUnit::Day => "day",
        PeriodUnit::Undated { .. } => "period",
    };
    let until = calendar.as_of.map_or_else(String::new, |day| format!(" up to {day}"));
    // a file's name cannot end the line of a comment
    let source: String = source.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    format!(
        "# termwise.toml, begun from {source}: {}, {}{until}, {:.2}{} spent a {}.\n\
         # It plans what a run without a file does. A `#` before a key takes the key out: remove it to say otherwise.\n\
         # Every key: termwise config --reference\n\
         \n\
         seed = 1\n\
         \n\
         [data]\n\
         #unit = \"search-term\"   # where a file has both, the term is the keyword\n\
         #exports = true         # files that overlap are successive exports of one account\n\
         \n\
         [privacy]\n\
         min_count = 0           # terms with fewer clicks are folded into \"(other terms)\"\n",
        counted(counts.terms.len(), "term"),
        counted(calendar.periods.len(), unit),
        account.spend,
        account.unit,
        account.per,
    )
}

fn plan(text: &mut String, counts: &Counts, account: &Account) {
    let objective = match (account.has_margin, account.has_revenue) {
        (true, true) => "profit",
        (false, true) => "revenue",
        (_, false) => "conversions",
    };
    let totals = counts.totals();
    let _ = write!(
        text,
        "\n[plan]\n\
         objective = \"{objective}\"\n\
         #budget = {:.2}        # money a {}; today's spend by default\n",
        account.spend, account.per
    );
    if account.has_revenue && !account.has_margin {
        text.push_str("#margin = 0.35          # share of revenue that is margin: objective profit needs it\n");
    }
    if account.has_revenue {
        let roas =
            totals.revenue.zip(totals.cost).filter(|(_, cost)| *cost > 0.0).map(|(revenue, cost)| revenue / cost);
        let _ = writeln!(
            text,
            "#target_roas = {:.2}      # least revenue per unit of money; the data's own is shown",
            roas.unwrap_or(4.0)
        );
    } else if let Some(cost) = totals.cost.filter(|_| totals.conversions > 0.0) {
        let _ = writeln!(
            text,
            "#target_cpa = {:.2}      # most a conversion may cost; the data's own is shown",
            cost / totals.conversions
        );
    }
    if counts.calendar.as_of.is_some() {
        let _ = writeln!(
            text,
            "#week = {}      # any day of the week that is planned for; the first after the data by default",
            christmas(counts)
        );
    }
    text.push_str("baseline_weeks = 4      # complete weeks averaged into current spend\nlevel = 0.9             # of intervals\n");
}

fn limits(text: &mut String, account: &Account) {
    text.push_str(
        "\n[limits]\n\
         max_change = 0.3        # a term moves by 30% a week at most\n\
         #max_turnover_share = 0.2  # a fifth of the spend may move, raised and cut together\n\
         step = 0.01             # spends are multiples of this\n",
    );
    for (campaign, spend) in &account.campaigns {
        let _ = write!(
            text,
            "\n#[[limits.groups]]\n#campaign = {}\n#upper_rel = 1.1        # of what it spends now, {spend:.2} a {}\n",
            quoted(campaign),
            account.per
        );
    }
    for (label, spend) in &account.labels {
        let share = account.share(*spend);
        let _ = write!(
            text,
            "\n#[[limits.classes]]\n#label = {}\n#upper_share = {share:.2}     # of what the plan spends; {share:.2} of the spend now\n",
            quoted(label)
        );
    }
}

fn incrementality(text: &mut String, account: &Account) {
    let brand = account.labels.iter().find(|(label, _)| label.to_lowercase().contains("brand"));
    let entry = brand.map_or_else(
        || account.campaigns.first().map(|(name, _)| format!("campaign = {}", quoted(name))),
        |(label, _)| Some(format!("label = {}", quoted(label))),
    );
    if let Some(entry) = entry {
        let _ = write!(
            text,
            "\n# Which share of the counted conversions the ads really bring; brand terms often less than all.\n\
             #[[incrementality]]\n#{entry}\n#factor = 0.6\n#sd = 0.15\n"
        );
    }
}

fn scenarios(text: &mut String, counts: &Counts, account: &Account) {
    text.push_str(
        "\n# Compared by: termwise scenarios INPUT --config termwise.toml\n\
         [[scenarios]]\nname = \"budget cut by a fifth\"\nbudget_change = -0.2\n\
         \n[[scenarios]]\nname = \"budget a fifth higher\"\nbudget_change = 0.2\n\
         \n[[scenarios]]\nname = \"clicks 10% dearer\"\n[[scenarios.change]]\ncpc = 1.1\n",
    );
    if let Some((label, spend)) = account.labels.first() {
        let _ = write!(
            text,
            "\n#[[scenarios]]\n#name = {}\n#[[scenarios.limits.classes]]\n#label = {}\n#upper_share = {:.2}\n",
            quoted(&format!("{label} capped")),
            quoted(label),
            cents(0.9 * account.share(*spend))
        );
    }
    if let Some((campaign, _)) = account.campaigns.last().filter(|_| account.campaigns.len() > 1) {
        let _ = write!(
            text,
            "\n#[[scenarios]]\n#name = {}\n#[[scenarios.exclude]]\n#campaign = {}\n",
            quoted(&format!("without {campaign}")),
            quoted(campaign)
        );
    }
    if counts.calendar.as_of.is_some() {
        let _ = write!(
            text,
            "
#[[scenarios]]
#name = \"the week before Christmas\"
#week = {}
",
            christmas(counts)
        );
    }
}
