//! A week whose file comes after its run: it is judged when it comes.

use super::{Account, last_day};
use serde_json::json;
use std::fs;

const LATE: usize = 12;

/// An account whose thirteenth week was not there when it was due.
fn account() -> (Account, Vec<String>) {
    let account = Account::new(60, 16);
    let starts = account.starts();
    account.export_all(&starts[..LATE]);
    assert_eq!(account.week(&starts[LATE - 1], &[]).code, 0);
    let stale = account.week(&starts[LATE], &[]);
    assert!(stale.code == 5 && stale.said.contains("stale-week"), "{}", stale.said);
    account.export_all(&starts[LATE + 1..]);
    (account, starts)
}

fn message(account: &Account) -> String {
    fs::read_to_string(account.path("state/latest/message.md")).unwrap()
}

#[test]
fn a_late_week_that_is_wrong_is_left_out_until_it_is_put_right_or_accepted() {
    let (account, starts) = account();
    let late = starts[LATE].as_str();
    account.export(late, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0)));
    let plan = |at: usize| {
        fs::read(account.path("state/runs").join(last_day(&starts[at])).join("recommendations.csv")).unwrap()
    };
    let next = account.week(&starts[LATE + 1], &[]);
    assert_eq!(next.code, 0, "{}", next.said);
    assert!(next.said.contains(&format!("the week begun {late} (spend-range")), "{}", next.said);
    assert!(next.said.contains("arrived late (not there"), "{}", next.said);
    assert_eq!(next.summary["weekly"]["late"], json!([late]));
    let left_out = &next.summary["weekly"]["left_out"];
    assert!(left_out[0]["week"] == late && left_out[0]["late"] == true, "{left_out}");
    assert!(left_out[0]["guards"].to_string().contains("price-range"), "{left_out}");
    assert!(message(&account).contains("which arrived late and is out by `spend-range`"), "{}", message(&account));
    // it is told once, and left out for as long as it is so
    let after = account.week(&starts[LATE + 2], &["--dry-run"]);
    assert_eq!(
        (&after.summary["weekly"]["late"], &after.summary["weekly"]["left_out"][0]["week"]),
        (&json!([]), &json!(late))
    );
    // the plan is that of the data without the week
    let with_wrong = plan(LATE + 1);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    let other = config.replace("\"state\"", "\"other\"");
    fs::write(account.path("termwise.toml"), format!("{other}[data]\nexclude_weeks = [\"{late}\"]\n")).unwrap();
    assert_eq!(account.week(&starts[LATE + 1], &[]).code, 0);
    let without = account.path("other/runs").join(last_day(&starts[LATE + 1])).join("recommendations.csv");
    assert!(fs::read(without).unwrap() == with_wrong);
    fs::write(account.path("termwise.toml"), config).unwrap();
    // a person says that it was so
    let names = ["spend-range", "price-range", "price-shift", "promise-ratio", "turnover", "interval-width"];
    let flags: Vec<&str> = names.iter().flat_map(|name| ["--accept", name]).collect();
    let accepted = account.week(late, &flags);
    assert_eq!(accepted.code, 0, "{}", accepted.said);
    let with = account.week(&starts[LATE + 2], &["--dry-run"]);
    assert_eq!(with.summary["weekly"]["left_out"], json!([]), "{}", with.said);
}

#[test]
fn a_late_week_that_is_like_the_others_counts_and_is_told_once() {
    let (account, starts) = account();
    account.export(&starts[LATE], |_, _| None);
    let next = account.week(&starts[LATE + 1], &[]);
    assert_eq!(next.code, 0, "{}", next.said);
    assert_eq!(next.summary["weekly"]["left_out"], json!([]));
    let told = format!("Arrived late, judged now and like the weeks before: begun {}", starts[LATE]);
    assert!(message(&account).contains(&told), "{}", message(&account));
    assert_eq!(account.week(&starts[LATE + 2], &[]).code, 0);
    assert!(!message(&account).contains("Arrived late"));
    // one that no run was made for is no other
    account.export(&starts[LATE + 3], |_, _| None);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), config.replace("\"state\"", "\"gap\"")).unwrap();
    assert_eq!(account.week(&starts[LATE], &[]).code, 0);
    account.export(&starts[LATE + 2], |name, cell| {
        (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0))
    });
    let gap = account.week(&starts[LATE + 3], &["--dry-run"]);
    assert_eq!(gap.summary["weekly"]["late"], json!(starts[LATE + 1..LATE + 3]), "{}", gap.said);
    assert_eq!(gap.summary["weekly"]["left_out"][0]["week"], json!(starts[LATE + 2]));
}
