//! The plan against the one before: a table for machines, words for people.

use super::{WeeklyRun, words};
use crate::domain::{Coin, TermKey};
use crate::report::columns::{Column, Keyed, Presence, column, key_columns};
use crate::report::format::{self, Money};
use crate::report::html::{Cell, Table};
use crate::report::tables::table;
use crate::weekly::{Cause, Diff, DiffRow, largest};
use std::fmt::Write as _;

/// Terms named, the largest changes.
pub(super) const NAMED: usize = 10;

impl Keyed for DiffRow {
    fn key(&self) -> &TermKey {
        &self.key
    }
}

/// Columns of `diff.csv`.
pub(super) fn columns(presence: Presence) -> Vec<Column<DiffRow>> {
    let mut columns: Vec<Column<DiffRow>> = key_columns(presence);
    let own: [Column<DiffRow>; 9] = [
        column(
            "before",
            "money a week",
            "spend in the plan in force; empty for a term that it did not have",
            |row: &DiffRow, line| {
                line.money(row.before);
            },
        ),
        column(
            "after",
            "money a week",
            "spend in this plan; empty for a term that the data no longer have",
            |row, line| {
                line.money(row.after);
            },
        ),
        column("change", "money a week", "the difference; its parts add up to it to the cent", |row, line| {
            line.money(row.change);
        }),
        column("new_data", "money a week", meaning(Cause::NewData), |row, line| line.money(row.parts[0])),
        column("drift", "money a week", meaning(Cause::Drift), |row, line| line.money(row.parts[1])),
        column("delay", "money a week", meaning(Cause::Delay), |row, line| line.money(row.parts[2])),
        column("prior", "money a week", meaning(Cause::Prior), |row, line| line.money(row.parts[3])),
        column("config", "money a week", meaning(Cause::Config), |row, line| line.money(row.parts[4])),
        column("limits", "money a week", meaning(Cause::Limits), |row, line| line.money(row.parts[5])),
    ];
    columns.extend(own);
    columns
}

/// What a step takes from today, in words.
pub(super) const fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::NewData => {
            "the counts that came, with the evidence, curves, values and current spends that follow from them; drift, delay, \
             prior, config and limits as then"
        }
        Cause::Drift => "how fast rates move and how noisy weeks are, as learned today",
        Cause::Delay => "how much of recent weeks is reported, as known today",
        Cause::Prior => "what is expected of a term before its own clicks, and how much that counts, as learned today",
        Cause::Config => "settings other than limits, as they are today",
        Cause::Limits => "limits, decisions and the campaigns held back, as they are today",
    }
}

/// The rows of all terms.
pub(super) fn csv(run: &WeeklyRun) -> String {
    let columns = columns(presence(run));
    table(Coin::of(run.record.currency.as_deref()), &columns, run.diff.len(), |row, write: &mut dyn FnMut(&DiffRow)| {
        write(&run.diff[row]);
    })
}

/// Which parts of a key the rows have; those of the plan before among them.
fn presence(run: &WeeklyRun) -> Presence {
    let any = |part: fn(&TermKey) -> &Option<String>| run.diff.iter().any(|row| part(&row.key).is_some());
    Presence {
        match_type: any(|key| &key.match_type),
        campaign: any(|key| &key.campaign),
        ad_group: any(|key| &key.ad_group),
        channel: any(|key| &key.channel),
        value: false,
    }
}

/// Parts that are not zero, the largest first: "new data +4.10, prior −0.70".
fn parts<'p>(parts: impl IntoIterator<Item = (Cause, Option<f64>)> + 'p, money: &Money) -> String {
    let mut told: Vec<(Cause, f64)> = parts
        .into_iter()
        .filter_map(|(cause, part)| Some((cause, part?)))
        .filter(|(_, part)| part.abs() >= 0.005)
        .collect();
    told.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0)));
    let told: Vec<String> =
        told.iter().map(|(cause, part)| format!("{} {}", cause.name(), money.signed(*part))).collect();
    told.join(", ")
}

fn of_row(row: &DiffRow, money: &Money) -> String {
    parts(Cause::ALL.into_iter().zip(row.parts), money)
}

/// The whole in a sentence without a full stop.
fn whole(diff: &Diff, money: &Money) -> String {
    let told = parts(diff.parts.iter().map(|part| (part.cause, part.change)), money);
    let told = if told.is_empty() { String::new() } else { format!(": {told}") };
    format!(
        "{} change, {} moved in all; {} → {} planned ({}){told}",
        format::counted(diff.terms, "term", "terms"),
        money.exact(diff.moved),
        money.exact(diff.before),
        money.exact(diff.after),
        money.signed(diff.after - diff.before),
    )
}

/// What stands above the table on the page.
pub(super) fn lead(diff: &Diff, money: &Money) -> String {
    format!("Against the plan of {}: {}.", diff.plan, whole(diff, money))
}

/// The largest changes for the page.
pub(super) fn page_table(run: &WeeklyRun) -> Table {
    let money = run.money();
    let mut table =
        Table::new("The largest changes against the plan before", &["Term", "#Before", "#Now", "#Change", "Why"]);
    table.rows = largest(run.diff, NAMED)
        .into_iter()
        .map(|row| {
            vec![
                Cell::detailed(
                    format::name(&row.key.term, 60),
                    format::shorten(row.key.campaign.as_deref().unwrap_or_default(), 40),
                ),
                Cell::new(format::or_none(row.before, |spend| money.exact(spend))),
                Cell::new(format::or_none(row.after, |spend| money.exact(spend))),
                Cell::new(money.signed(row.change)),
                Cell::new(of_row(row, &money)),
            ]
        })
        .collect();
    table
}

/// What each cause adds in all, for the page.
pub(super) fn causes_table(diff: &Diff, money: &Money) -> Table {
    let mut table =
        Table::new("What each step adds, in this order", &["Step", "What it takes from today", "#Adds", "#Moves"]);
    table.rows = diff
        .parts
        .iter()
        .map(|part| {
            vec![
                Cell::new(part.cause.name()),
                Cell::new(meaning(part.cause)),
                Cell::new(format::or_none(part.change, |change| money.signed(change))),
                Cell::new(format::or_none(part.moved, |moved| money.exact(moved))),
            ]
        })
        .collect();
    table
}

/// The lines of the message.
pub(super) fn message(run: &WeeklyRun, escaped: impl Fn(&str) -> String) -> String {
    let (Some(diff), money) = (&run.record.diff, run.money()) else { return String::new() };
    let mut text = format!("\n**Against the plan of {}**\n\n- {}\n", diff.plan, whole(diff, &money));
    if let Some(why) = &diff.unexplained {
        let _ = writeln!(text, "- {}", escaped(&words::capital(why)));
    }
    for row in largest(run.diff, NAMED) {
        let amount = |spend: Option<f64>| spend.map_or_else(|| "none".to_owned(), |spend| money.exact(spend));
        let why = of_row(row, &money);
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        let _ = writeln!(
            text,
            "- {}: {} → {} ({}){why}",
            escaped(&format::name(&row.key.term, 60)),
            amount(row.before),
            amount(row.after),
            money.signed(row.change),
        );
    }
    text
}
