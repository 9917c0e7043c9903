//! Campaigns held back at random: drawn once a rotation, kept where they are, and lift measured against them.

use super::{Account, last_day};
use serde_json::Value;
use std::fs;

/// Twelve campaigns of five terms each; `factor` on revenue and conversions by campaign and week, `None` for as it was.
fn export(account: &Account, week: &str, raised: &dyn Fn(&str) -> Option<f64>) {
    let names: Vec<&str> = account.header.split(',').collect();
    let at = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let [campaign, term] = ["campaign", "term"].map(at);
    let money = ["conversions", "revenue"].map(at);
    let mut text = format!("{}\n", account.header);
    for line in &account.weeks[week] {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let hash: usize = cells[term].bytes().map(usize::from).sum();
        cells[campaign] = format!("campaign {:02}", hash % 12);
        if let Some(factor) = raised(&cells[campaign]) {
            for at in money {
                cells[at] = format!("{:.4}", factor * cells[at].parse::<f64>().unwrap());
            }
        }
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    fs::write(account.path(&format!("in/{week}.csv")), text).unwrap();
}

fn account(weeks: usize) -> Account {
    let account = Account::new(120, weeks);
    let config = "[weekly]\ninputs = [\"in/*.csv\"]\nstate = \"state\"\n[weekly.holdback]\nshare = 0.25\nrotate_weeks = 50\n\
                  seed = 4\n[plan]\nmargin = 0.4\nobjective = \"revenue\"\n[guards]\noff = [\"value-range\", \"promise-ratio\"]\n";
    fs::write(account.path("termwise.toml"), config).unwrap();
    account
}

fn held(summary: &Value) -> Vec<String> {
    summary["weekly"]["holdback"]["campaigns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|drawn| drawn["held"] == true)
        .map(|drawn| drawn["campaign"]["campaign"].as_str().unwrap().to_owned())
        .collect()
}

fn run(account: &Account, start: &str) -> Value {
    let ran = account.week(start, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.summary
}

#[test]
fn held_back_campaigns_keep_their_spends_and_what_the_others_gain_is_found() {
    let account = account(20);
    let starts = account.starts();
    for week in &starts[..10] {
        export(&account, week, &|_| None);
    }
    let first = run(&account, &starts[9]);
    let drawn = held(&first);
    assert_eq!(drawn.len(), 3, "{first}");
    let why = fs::read_to_string(account.path("state/latest/weekly.html")).unwrap();
    assert!(why.contains("no whole week has come since"));
    let table = fs::read_to_string(account.path("state/latest/recommendations.csv")).unwrap();
    let head: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let at = |name: &str| head.iter().position(|other| *other == name).unwrap();
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if drawn.contains(&cells[at("campaign")].to_owned()) && cells[at("state")] != "paused" {
            rows += 1;
            assert_eq!(cells[at("current_spend")], cells[at("recommended_spend")], "{line}");
            assert!(line.contains("held back at random") && cells[at("binding")] == "held back", "{line}");
        }
    }
    assert!(rows > 5);
    // nothing moves after the draw: no lift is found, and none of the weeks draws anew
    let mut last = Value::Null;
    for week in &starts[10..15] {
        export(&account, week, &|_| None);
        last = run(&account, week);
        assert_eq!(held(&last), drawn);
    }
    let lift = &last["weekly"]["lift"];
    let figure = |name: &str| lift[name].as_f64().unwrap();
    assert_eq!((figure("weeks"), figure("held"), figure("adopted")), (5.0, 3.0, 9.0));
    assert!(figure("lower") <= 0.0 && 0.0 <= figure("upper"), "{lift}");
    // now everything that is not held back sells half more: the truth is a third of what it brings
    fs::remove_dir_all(account.path("state")).unwrap();
    run(&account, &starts[9]);
    let mut gained = 0.0;
    for week in &starts[10..15] {
        export(&account, week, &|campaign| (!drawn.contains(&campaign.to_owned())).then_some(1.5));
        let text = fs::read_to_string(account.path(&format!("in/{week}.csv"))).unwrap();
        let names: Vec<&str> = account.header.split(',').collect();
        let at = |name: &str| names.iter().position(|other| *other == name).unwrap();
        gained += text
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
            .filter(|cells| !drawn.contains(&cells[at("campaign")].to_owned()))
            .map(|cells| cells[at("revenue")].parse::<f64>().unwrap() / 3.0)
            .sum::<f64>()
            / 5.0;
        last = run(&account, week);
    }
    let lift = &last["weekly"]["lift"];
    let figure = |name: &str| lift[name].as_f64().unwrap();
    assert!(figure("lower") <= gained && gained <= figure("upper"), "{gained} {lift}");
    assert!((0.5..2.0).contains(&(figure("realised") / gained)), "{gained} {lift}");
    let message = fs::read_to_string(account.path("state/latest/message.md")).unwrap();
    assert!(message.contains("Lift measured over 5 weeks"), "{message}");
    // a draw is part of the limits, so another share is told as such
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), config.replace("share = 0.25", "share = 0.0")).unwrap();
    let without = account.run(&["--as-of", &last_day(&starts[14])]);
    assert_eq!(without.code, 0, "{}", without.said);
    let limits = &without.summary["weekly"]["diff"]["parts"][5];
    assert!(limits["cause"] == "limits" && limits["moved"].as_f64().unwrap() > 0.0, "{limits}");
    assert!(without.summary["weekly"]["holdback"].is_null());
}
