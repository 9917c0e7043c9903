//! The weeks of the data one after another, and the runs as `termwise runs` shows them.

use super::{Account, last_day};
use assert_cmd::Command;
use std::fs;

#[test]
fn weeks_are_replayed_one_run_a_week_and_shown() {
    let account = Account::new(30, 12);
    let starts = account.starts();
    account.export_all(&starts);
    let due = last_day(&starts[11]);
    let done = account.run(&["--as-of", &due, "--backfill", "--from", &starts[7]]);
    assert_eq!(done.code, 0, "{}", done.said);
    let expected: Vec<String> = starts[7..].iter().map(|start| last_day(start)).collect();
    assert_eq!(account.runs(), expected);
    assert_eq!(done.summary["backfill"]["made"], 5);
    let again = account.run(&["--as-of", &due, "--backfill", "--from", &starts[7]]);
    assert_eq!((&again.summary["backfill"]["made"], &again.summary["backfill"]["there"]), (&0.into(), &5.into()));
    let runs = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("termwise").unwrap();
        command.current_dir(account.folder.path()).args(["runs", "--state", "state"]).args(arguments);
        let done = command.output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, list, _) = runs(&["list"]);
    assert_eq!((code, list.lines().count()), (0, 7), "{list}");
    assert!(list.ends_with(&format!("latest: {due}\n")));
    assert!(
        list.lines().next().unwrap().contains("currency") && list.lines().nth(1).unwrap().contains("EUR"),
        "{list}"
    );
    let (code, shown, _) = runs(&["show", "latest"]);
    assert!(code == 0 && shown.contains("**Last week**"), "{shown}");
    let (code, compared, _) = runs(&["compare", &expected[0], "latest"]);
    assert!(
        code == 0 && compared.contains("spend planned") && compared.contains("moved between the plans"),
        "{compared}"
    );
    for wrong in [&["show"][..], &["compare", "latest"], &["list", "latest"], &["burn"]] {
        assert_eq!(runs(wrong).0, 2, "{wrong:?}");
    }
    let (code, _, said) = runs(&["show", "2020-01-05"]);
    assert!(code == 2 && said.contains(&due), "{said}");
    // a stored run is a report like any other
    let campaign = account.weeks[&starts[0]][0].split(',').nth(2).unwrap();
    let mut explain = Command::cargo_bin("termwise").unwrap();
    explain.current_dir(account.folder.path()).args(["explain", campaign, "--run", "state/latest"]).assert().success();
    let history = fs::read_to_string(account.path("state/latest/history.csv")).unwrap();
    assert_eq!(history.lines().count(), 6);
}

#[test]
fn old_runs_go_as_the_config_has_it() {
    let account = Account::new(20, 15);
    let starts = account.starts();
    account.export_all(&starts);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), format!("{config}keep_runs = 8\n")).unwrap();
    assert_eq!(account.run(&["--as-of", &last_day(&starts[14]), "--backfill"]).code, 0);
    let kept = account.runs();
    assert_eq!((kept.len(), kept.last()), (8, Some(&last_day(&starts[14]))));
    let again = account.run(&["--as-of", &last_day(&starts[14])]);
    assert!(again.said.contains("nothing changed"), "{}", again.said);
    // what was removed is known to have been: it is not made again
    let replayed = account.run(&["--as-of", &last_day(&starts[14]), "--backfill"]);
    assert_eq!((replayed.code, &replayed.summary["backfill"]["made"]), (0, &0.into()), "{}", replayed.said);
    assert_eq!(account.runs(), kept);
    let history = fs::read_to_string(account.path("state/latest/history.csv")).unwrap();
    assert_eq!(history.lines().count(), 13, "{history}");
    let runs = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("termwise").unwrap();
        let done = command.args(["runs", "--state"]).arg(account.path("state")).args(arguments).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let oldest = last_day(&starts[3]);
    let (code, shown, _) = runs(&["show", &oldest]);
    assert!(code == 0 && shown.contains("Plan for the week"), "{shown}");
    let (code, _, said) = runs(&["compare", &oldest, "latest"]);
    assert!(code == 2 && said.contains("keep_runs"), "{said}");
    // asked for again it is what it was
    let old = account.run(&["--as-of", &oldest]);
    assert!(old.code == 0 && old.said.contains("nothing changed"), "{}", old.said);
}

#[test]
fn which_week_broke_is_not_forgotten_with_its_run() {
    let account = Account::new(40, 22);
    let starts = account.starts();
    account.export_all(&starts);
    account.export(&starts[10], |name, _| ["conversions", "revenue"].contains(&name).then(|| "0".to_owned()));
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), format!("{config}keep_runs = 8\n")).unwrap();
    let ran = account.run(&["--as-of", &last_day(&starts[21]), "--backfill", "--from", &starts[8]]);
    assert_eq!((ran.code, ran.summary["backfill"]["held"].as_array().unwrap().len()), (0, 1), "{}", ran.said);
    assert!(!account.runs().contains(&last_day(&starts[10])));
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(account.path("state/latest/summary.json")).unwrap()).unwrap();
    let left_out = &summary["weekly"]["left_out"];
    assert!(left_out[0]["week"] == starts[10].as_str(), "{left_out}");
}
