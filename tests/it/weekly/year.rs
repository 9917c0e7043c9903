//! A year replayed: each accident is caught in its week, and no other week is held.

use super::{Account, assert_whole, last_day};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Weeks of an account before the year begins.
const BEFORE: usize = 9;

fn times(cell: &str, factor: f64) -> String {
    format!("{:.2}", cell.parse::<f64>().unwrap() * factor)
}

/// Guards that hold a run, by the run.
fn held(account: &Account) -> BTreeMap<String, Vec<String>> {
    let mut held = BTreeMap::new();
    for run in account.runs() {
        let text = fs::read(account.path("state/runs").join(&run).join("run.json")).unwrap();
        let record: Value = serde_json::from_slice(&text).unwrap();
        if record["held"] == true {
            let findings = record["findings"].as_array().unwrap().iter();
            let guards = findings.map(|finding| finding["guard"].as_str().unwrap().to_owned());
            held.insert(run, guards.collect());
        }
    }
    held
}

#[test]
fn a_year_with_five_accidents_is_held_in_their_weeks_alone() {
    // `TERMWISE_SEEDS=1,2,3` asks other accounts, too
    let seeds = std::env::var("TERMWISE_SEEDS").unwrap_or_else(|_| "5".to_owned());
    seeds.split(',').for_each(|seed| a_year(seed.parse().unwrap()));
}

fn a_year(seed: u64) {
    let account = Account::seeded(60, BEFORE + 52, seed);
    let starts = account.starts();
    let (broken, dearer, late, amounts, code) = (14, 24, 34, 42, 50);
    let price = |at: usize| if at >= dearer { 1.6 } else { 1.0 };
    let export = |at: usize, is_slipped: bool| {
        account.export(&starts[at], |name, cell| match name {
            "conversions" | "revenue" if at == broken => Some("0".to_owned()),
            "currency" if at == code => Some("USD".to_owned()),
            "revenue" if is_slipped => Some(times(cell, 160.0)),
            "cost" | "max_cpc" => Some(times(cell, price(at) * if is_slipped { 160.0 } else { 1.0 })),
            _ => None,
        });
    };
    // all files are there from the first run on but the one that is late: later ones must not be seen, whatever is wrong
    for at in (0..starts.len()).filter(|at| *at != late) {
        export(at, at == amounts);
    }
    let from = starts[BEFORE].as_str();
    let replay = |to: usize| {
        let ran = account.run(&["--as-of", &last_day(&starts[to]), "--backfill", "--from", from]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        ran
    };
    replay(late - 1);
    // the files of later weeks would tell that this one is late, and not missing for good: they have not come yet
    let (folder, later) = (account.path("in"), account.path("later"));
    fs::create_dir(&later).unwrap();
    for start in &starts[late + 1..] {
        fs::rename(folder.join(format!("{start}.csv")), later.join(format!("{start}.csv"))).unwrap();
    }
    assert_eq!(account.week(&starts[late], &[]).code, 5);
    export(late, false);
    for start in &starts[late + 1..] {
        fs::rename(later.join(format!("{start}.csv")), folder.join(format!("{start}.csv"))).unwrap();
    }
    replay(amounts);
    // amounts in another unit are put right when they were seen; the other currency stays as it is
    export(amounts, false);
    let last = replay(starts.len() - 1);
    assert_eq!(account.runs(), starts[BEFORE..].iter().map(|start| last_day(start)).collect::<Vec<_>>());
    let held = held(&account);
    let weeks: Vec<String> = [broken, dearer, late, amounts, code].iter().map(|&at| last_day(&starts[at])).collect();
    assert_eq!(held.keys().cloned().collect::<Vec<_>>(), weeks, "seed {seed}: {held:?}");
    eprintln!("seed {seed}: {held:?}");
    let guards = ["tracking-break", "price-shift", "stale-week", "price-range", "currency"];
    for (week, guard) in weeks.iter().zip(guards) {
        assert!(held[week].contains(&guard.to_owned()), "{week}: {held:?}");
    }
    assert!(last.said.contains("1 held"), "{}", last.said);
    assert_whole(&account.path("state"));
    // what is left out is said
    let summary = fs::read_to_string(account.path("state/latest/summary.json")).unwrap();
    assert!(summary.contains("weeks-not-read") && summary.contains(&starts[code]), "{summary}");
    // the same with the other currency put right: it is read again
    export(code, false);
    account.export(&starts[code], |name, cell| (name == "cost").then(|| times(cell, 1.6)));
    let again = account.week(&starts[starts.len() - 1], &[]);
    assert_eq!(again.code, 0, "{}", again.said);
    assert!(!again.summary["notes"].to_string().contains("weeks-not-read"));
}

#[test]
fn a_file_that_cannot_be_read_costs_its_week_and_no_other() {
    let account = Account::new(20, 20);
    let starts = account.starts();
    account.export_all(&starts);
    let (cells, garbage) = (12, 15);
    account.export(&starts[cells], |name, cell| (name == "clicks").then(|| format!("x{cell}")));
    fs::write(account.path(&format!("in/{}.csv", starts[garbage])), "<html><body>Sign in</body></html>").unwrap();
    let ran = account.run(&["--as-of", &last_day(&starts[19]), "--backfill", "--from", &starts[BEFORE]]);
    assert_eq!(ran.code, 3, "{}", ran.said);
    let made: Vec<String> =
        (BEFORE..20).filter(|at| ![cells, garbage].contains(at)).map(|at| last_day(&starts[at])).collect();
    assert_eq!(account.runs(), made, "{}", ran.said);
    assert_eq!(held(&account), BTreeMap::new());
    for at in [cells, garbage] {
        let told = format!("{}: no plan: ", last_day(&starts[at]));
        let line = ran.said.lines().find(|line| line.contains(&told)).unwrap();
        assert!(line.contains(&starts[at]), "{line}");
    }
}

#[test]
fn what_was_refused_before_the_first_run_costs_its_weeks_and_no_others() {
    let account = Account::new(20, 14);
    let starts = account.starts();
    account.export_all(&starts);
    let (cells, dollars, garbage) = (3, 5, 8);
    account.export(&starts[cells], |name, cell| (name == "clicks").then(|| format!("x{cell}")));
    account.export(&starts[dollars], |name, _| (name == "currency").then(|| "USD".to_owned()));
    fs::write(account.path(&format!("in/{}.csv", starts[garbage])), "<html><body>Sign in</body></html>").unwrap();
    let ran = account.week(&starts[13], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let bad = [cells, dollars, garbage].map(|at| starts[at].as_str());
    assert_eq!(ran.summary["weekly"]["unread"], serde_json::json!(bad), "{}", ran.said);
    let notes = ran.summary["notes"].to_string();
    assert!(notes.contains("weeks-not-read") && bad.iter().all(|week| notes.contains(week)), "{notes}");
    let message = fs::read_to_string(account.path("state/latest/message.md")).unwrap();
    assert!(message.contains("Not read"), "{message}");
    // the plan is that of the data without these weeks
    let plan = || fs::read(account.path("state/latest/recommendations.csv")).unwrap();
    let with_bad = plan();
    fs::rename(account.path("state"), account.path("old")).unwrap();
    account.export_all(&starts);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), format!("{config}[data]\nexclude_weeks = {bad:?}\n")).unwrap();
    let ran = account.week(&starts[13], &[]);
    assert!(ran.code == 0 && plan() == with_bad, "{}", ran.said);
    fs::write(account.path("termwise.toml"), config).unwrap();
    // the week that is due is never passed over
    account.export(&starts[13], |name, cell| (name == "clicks").then(|| format!("x{cell}")));
    let refused = account.week(&starts[13], &[]);
    assert!(refused.code == 3 && refused.said.contains(&starts[13]), "{}", refused.said);
}

#[test]
fn in_one_file_a_bad_cell_costs_its_week_and_a_day_that_cannot_be_read_stops_all() {
    let account = Account::new(20, 12);
    let starts = account.starts();
    let lines: Vec<String> = starts.iter().flat_map(|start| account.weeks[start].clone()).collect();
    let write = |lines: &[String]| {
        fs::write(account.path("in/all.csv"), format!("{}\n{}\n", account.header, lines.join("\n"))).unwrap();
    };
    let at = |name: &str| account.header.split(',').position(|other| other == name).unwrap();
    let spoilt = |column: usize| {
        let mut lines = lines.clone();
        let row = lines.iter().position(|line| line.contains(&starts[4])).unwrap();
        let mut cells: Vec<&str> = lines[row].split(',').collect();
        cells[column] = "spoilt";
        lines[row] = cells.join(",");
        (lines.clone(), row + 2)
    };
    write(&spoilt(at("clicks")).0);
    let ran = account.week(&starts[11], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(ran.summary["weekly"]["unread"], serde_json::json!([starts[4]]), "{}", ran.said);
    let (dates, line) = spoilt(at("week"));
    write(&dates);
    let before = account.runs();
    let refused = account.week(&starts[11], &[]);
    assert_eq!(refused.code, 3, "{}", refused.said);
    assert!(refused.said.contains(&format!("line {line}")) && refused.said.contains("spoilt"), "{}", refused.said);
    assert_eq!(account.runs(), before);
}
