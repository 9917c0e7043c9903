//! The report as a whole, on a made-up account and on degenerate ones.

#![allow(clippy::case_sensitive_file_extension_comparisons)] // names of our own making

mod drawings;
mod page;
mod tables;

use super::fixture::{Fixture, account};
use super::*;
use crate::counts::PeriodUnit;
use crate::domain::{Objective, guarded, unguarded};
use crate::recommend::{Action, Outcome};
use std::collections::BTreeMap;

fn files(fixture: &Fixture) -> BTreeMap<String, String> {
    render(&fixture.run())
        .expect("rendered")
        .into_iter()
        .map(|artifact| (artifact.name, String::from_utf8(artifact.bytes).expect("UTF-8")))
        .collect()
}

/// Records of a CSV text, unquoted.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other => cell.push(other),
        }
    }
    assert!(record.is_empty() && cell.is_empty(), "the last record is ended");
    records
}

fn cell<'a>(records: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    let at = records[0].iter().position(|name| name == column).expect("column");
    &records[row + 1][at]
}

#[test]
fn the_directory_is_complete() {
    let names: Vec<String> = files(&account(40)).into_keys().collect();
    assert_eq!(
        names,
        [
            "DATA_DICTIONARY.md",
            "campaigns.csv",
            "candidates.csv",
            "charts/changes.csv",
            "charts/changes.svg",
            "charts/curves.csv",
            "charts/curves.svg",
            "charts/frontier.csv",
            "charts/frontier.svg",
            "charts/gains.csv",
            "charts/gains.svg",
            "charts/marginal.csv",
            "charts/marginal.svg",
            "charts/rates.csv",
            "charts/rates.svg",
            "charts/shrinkage.csv",
            "charts/shrinkage.svg",
            "frontier.csv",
            "import/google_ads_editor.csv",
            "import/microsoft_editor.csv",
            "limits.csv",
            "manifest.json",
            "posterior.csv",
            "recommendations.csv",
            "report.html",
            "response_curves.csv",
            "summary.json",
            "timings.json",
        ]
    );
}

#[test]
fn same_run_gives_the_same_bytes() {
    let (mut one, other) = (account(40), account(40));
    one.context.timings = vec![("load".into(), 99.0)];
    let (one, other) = (files(&one), files(&other));
    for (name, text) in &one {
        assert_eq!(name == "timings.json", text != &other[name], "{name}");
    }
}

/// Accounts that leave the drawings little to show.
fn degenerate() -> Vec<(&'static str, Fixture)> {
    let mut still = account(5);
    for row in &mut still.plan.rows {
        (row.recommended_spend, row.change, row.change_pct, row.action) =
            (row.current_spend, 0.0, Some(0.0), Action::Hold);
    }
    let mut loss = account(8);
    let lose = |outcome: &mut Outcome| outcome.profit = outcome.profit.map(|profit| -profit.abs());
    lose(&mut loss.plan.summary.now);
    lose(&mut loss.plan.summary.planned);
    loss.plan.frontier.iter_mut().for_each(|point| lose(&mut point.outcome));
    let mut silent = account(8);
    for row in &mut silent.plan.rows {
        (row.cvr_raw, row.cvr_mean, row.cvr_p05, row.cvr_p95, row.conversions_seen) = (Some(0.0), 0.0, 0.0, 0.0, 0.0);
        (row.current_spend, row.recommended_spend, row.change) = (0.0, 0.0, 0.0);
    }
    silent.posterior.rate.account_rate = 0.0;
    let mut bare = account(8);
    bare.posterior.value = None;
    bare.context.currency = None;
    bare.counts.currency = None;
    bare.counts.calendar.unit = PeriodUnit::Undated { days: None };
    bare.counts.calendar.as_of = None;
    bare.counts.calendar.periods.truncate(1);
    bare.counts.calendar.periods[0].start = None;
    let summary = &mut bare.plan.summary;
    (summary.objective, summary.weekly, summary.probability_better) = (Objective::Conversions, false, None);
    (summary.gain_p05, summary.gain_p95, summary.planned_p05, summary.planned_p95) = (None, None, None, None);
    (summary.unallocated, summary.certificate.lambda) = (0.0, None);
    for outcome in [&mut summary.now, &mut summary.planned] {
        (outcome.revenue, outcome.profit) = (None, None);
    }
    bare.plan.frontier.clear();
    let mut wild = account(8);
    wild.plan.rows[0].cvr_raw = Some(f64::INFINITY);
    wild.plan.rows[1].cvr_p95 = f64::NAN;
    wild.plan.rows[2].recommended_spend = 1e12;
    wild.plan.rows[3].key.term = "\u{0}\u{1b}[31m\u{202e}".into();
    wild.plan.rows[4].key.term = String::new();
    vec![
        ("no terms", account(0)),
        ("one term", account(1)),
        ("no change", still),
        ("a loss", loss),
        ("no conversions and no spend", silent),
        ("no revenue, no dates, no currency", bare),
        ("figures and names out of bounds", wild),
    ]
}

#[test]
fn degenerate_plans_render() {
    for (name, fixture) in degenerate() {
        let files = files(&fixture);
        // but for those that say what to set, where there is something
        assert_eq!(files.keys().filter(|file| !file.starts_with("import/")).count(), 26, "{name}");
        let page = &files["report.html"];
        assert!(!page.contains("NaN") && !page.contains("inf%") && !page.contains('\u{1b}'), "{name}");
        assert!(!terminal_table(&fixture.plan, None).is_empty(), "{name}");
    }
}

#[test]
fn terminal_table_fits_and_is_plain() {
    for (name, fixture) in degenerate().into_iter().chain([("account", account(40))]) {
        let table = terminal_table(&fixture.plan, Some("EUR"));
        for line in table.lines() {
            assert!(format::width(line) <= 79, "{name}: {line}");
            assert!(!line.chars().any(char::is_control) && !line.ends_with(' '), "{name}: {line}");
        }
    }
    let mut wide = account(40).plan;
    for part in [1e6, 1e2] {
        let summary = &mut wide.summary;
        (summary.budget, summary.spend, summary.current_spend) = (9e8 * part, 8.9e8 * part, 9.5e8 * part);
        for outcome in [&mut summary.now, &mut summary.planned] {
            (outcome.revenue, outcome.profit) = (Some(9.9e8 * part / 1e2), Some(-9.9e8 * part / 1e2));
        }
        for outcome in [&mut summary.planned_p05, &mut summary.planned_p95].into_iter().flatten() {
            (outcome.revenue, outcome.profit) = (Some(9.9e8 * part / 1e2), Some(-9.9e8 * part / 1e2));
        }
        let table = terminal_table(&wide, Some("JPY"));
        assert!(table.lines().all(|line| crate::report::format::width(line) <= 79), "{table}");
    }
    let table = terminal_table(&account(40).plan, Some("EUR"));
    assert!(table.contains("trail running shoes women") && table.contains("+19.3%"), "{table}");
    assert!(table.contains("97%") && table.contains("probability of a gain"), "{table}");
    let mut idle = account(40);
    let summary = &mut idle.plan.summary;
    (summary.changes_nothing, summary.probability_better) = (true, None);
    (summary.gain_p05, summary.gain_p95) = (None, None);
    let table = terminal_table(&idle.plan, Some("EUR"));
    assert!(table.contains("the plan changes nothing") && !table.contains("probability"), "{table}");
}
