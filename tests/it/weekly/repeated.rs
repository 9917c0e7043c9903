//! The same week once more: nothing changes, and what was put right is in force again.

use super::{Account, files, last_day};
use serde_json::Value;
use std::fs;

#[test]
fn what_was_put_right_again_is_in_force_again() {
    let account = Account::new(20, 12);
    let starts = account.starts();
    account.export_all(&starts);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    let first = account.week(&starts[11], &[]);
    assert_eq!(first.code, 0, "{}", first.said);
    let id = account.latest();
    fs::write(account.path("termwise.toml"), format!("{config}[limits]\nmax_change = 0.1\n")).unwrap();
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    assert_eq!(account.latest(), format!("{id}.2"));
    // a mistake, taken back: its plan must not stay
    fs::write(account.path("termwise.toml"), &config).unwrap();
    let again = account.week(&starts[11], &[]);
    assert_eq!((again.code, account.latest()), (0, format!("{id}.3")), "{}", again.said);
    let plan = |id: &str| fs::read(account.path("state").join("runs").join(id).join("recommendations.csv")).unwrap();
    assert!(plan(&id) == plan(&account.latest()) && plan(&id) != plan(&format!("{id}.2")));
    assert!(account.week(&starts[11], &[]).said.contains("nothing changed"));
}

#[test]
fn the_same_inputs_again_change_nothing_and_a_new_week_is_held_against_the_plan() {
    let account = Account::new(40, 14);
    let starts = account.starts();
    account.export_all(&starts[..12]);
    let first = account.week(&starts[11], &[]);
    assert_eq!(first.code, 0, "{}", first.said);
    assert_eq!(first.summary["weekly"]["planned_week"], starts[12].as_str());
    assert!(first.summary["weekly"]["review"].is_null());
    assert_eq!(account.latest(), last_day(&starts[11]));
    let before = files(&account.path("state"));
    // a later day of the same week is the same run
    for day in [last_day(&starts[11]), starts[12].clone()] {
        let again = account.run(&["--as-of", &day]);
        assert_eq!(again.code, 0, "{}", again.said);
        assert!(again.said.contains("nothing changed"), "{}", again.said);
        assert_eq!(again.summary["weekly"]["unchanged"], true);
        assert!(files(&account.path("state")) == before);
    }
    account.export_all(&starts[12..13]);
    let next = account.week(&starts[12], &[]);
    assert_eq!(next.code, 0, "{}", next.said);
    let review = &next.summary["weekly"]["review"];
    assert_eq!(
        (review["plan"].as_str().unwrap(), review["weeks_ahead"].as_i64().unwrap()),
        (account.runs()[0].as_str(), 1)
    );
    // sums of the export itself
    let sum = |column: &str| -> f64 {
        let at = account.header.split(',').position(|name| name == column).unwrap();
        account.weeks[&starts[12]].iter().map(|line| line.split(',').nth(at).unwrap().parse::<f64>().unwrap()).sum()
    };
    let near =
        |figure: &Value, wanted: f64| assert!((figure.as_f64().unwrap() - wanted).abs() < 1e-6, "{figure} {wanted}");
    // terms that the plan left paused stand apart
    let apart = |name: &str| review[name].as_f64().unwrap_or(0.0);
    near(&review["spend"], sum("cost") - apart("unplanned_spend") - apart("paused_spend"));
    near(&review["conversions"], sum("conversions") - apart("paused_conversions"));
    let ratio = next.summary["weekly"]["promise_ratio"].as_f64().unwrap();
    assert!((0.5..2.0).contains(&ratio), "{ratio}");
    // data after the day are not seen: the first week is the same with more of them there
    account.export_all(&starts[13..]);
    fs::rename(account.path("state"), account.path("old")).unwrap();
    let replayed = account.week(&starts[11], &[]);
    let text = |state: &str| {
        fs::read(account.path(state).join("runs").join(last_day(&starts[11])).join("recommendations.csv"))
    };
    assert!(replayed.code == 0 && text("state").unwrap() == text("old").unwrap());
}

#[test]
fn a_trial_writes_nothing() {
    let account = Account::new(30, 10);
    let starts = account.starts();
    account.export_all(&starts);
    let trial = account.week(&starts[9], &["--dry-run"]);
    assert_eq!(trial.code, 0, "{}", trial.said);
    assert!(trial.summary["plan"]["spend"].as_f64().unwrap() > 0.0);
    assert!(!account.path("state").exists());
}
