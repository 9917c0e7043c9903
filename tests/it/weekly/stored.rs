//! States of earlier versions, and files of a state that are damaged.

use super::{Account, last_day};
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn a_state_of_the_first_version_is_read_and_gone_on_from() {
    let account = Account::new(12, 13);
    let starts = account.starts();
    account.export_all(&starts);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/state-1/runs/2025-03-30");
    let place = account.path("state/runs/2025-03-30");
    fs::create_dir_all(&place).unwrap();
    for entry in fs::read_dir(&golden).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.join(entry.file_name())).unwrap();
    }
    let listed = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(account.folder.path())
        .args(["runs", "--state", "state", "list", "--json"])
        .output()
        .unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let old = &listed["runs"]["runs"][0];
    assert_eq!((&old["id"], &old["schema"], &old["held"]), (&"2025-03-30".into(), &1.into(), &false.into()));
    assert!(old["plan"]["spend"].as_f64().unwrap() > 0.0);
    // keys that came later are there as what they are without a value
    assert!(old.get("lift_realised_over_promised").is_some_and(Value::is_null));
    let next = account.week(&starts[12], &[]);
    assert!(next.code == 0 || next.code == 5, "{}", next.said);
    let review = &next.summary["weekly"]["review"];
    assert_eq!((&review["plan"], &review["terms"]), (&"2025-03-30".into(), &12.into()));
    assert!(review["conversions_forecast"].as_f64().unwrap() > 0.0);
    // it did not keep its settings, so the change is told and not taken apart
    let diff = &next.summary["weekly"]["diff"];
    assert_eq!(diff["parts"], serde_json::json!([]));
    assert!(diff["unexplained"].is_string() && diff["moved"].as_f64().unwrap() > 0.0, "{diff}");
    for name in ["run.json", "terms.parquet", "summary.json", "message.md"] {
        assert_eq!(fs::read(golden.join(name)).unwrap(), fs::read(place.join(name)).unwrap(), "{name} was changed");
    }
}

/// What the program says of a command on a state.
fn runs(account: &Account, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(account.folder.path()).args(["runs", "--state", "state"]).args(arguments);
    let done = command.output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_stored_file_that_is_damaged_is_refused_and_never_planned_from() {
    let account = Account::new(20, 12);
    let starts = account.starts();
    account.export_all(&starts);
    assert_eq!(account.week(&starts[10], &[]).code, 0);
    let place = account.path("state/runs").join(last_day(&starts[10]));
    let record: Value = serde_json::from_slice(&fs::read(place.join("run.json")).unwrap()).unwrap();
    let listed: Vec<&str> =
        record["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(listed, ["terms.parquet", "message.md"]);
    let spoil = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let good = fs::read(place.join(name)).unwrap();
        let mut bytes = good.clone();
        change(&mut bytes);
        assert_ne!(bytes, good, "{name}");
        fs::write(place.join(name), bytes).unwrap();
        good
    };
    // a bit within the numbers: still a table that can be read
    let bit = |bytes: &mut Vec<u8>| {
        let at = bytes.len() / 3;
        bytes[at] ^= 1;
    };
    let good = spoil("terms.parquet", &bit);
    assert_eq!(account.week(&starts[10], &[]).code, 1, "it is not unchanged");
    let refused = account.week(&starts[11], &[]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.said.contains("terms.parquet") && refused.said.contains("SHA-256"), "{}", refused.said);
    assert!(refused.said.contains("bring it back from a copy"), "{}", refused.said);
    assert_eq!(account.runs(), [last_day(&starts[10])], "nothing is planned from it");
    fs::write(place.join("terms.parquet"), good).unwrap();
    // a budget that somebody changed by hand
    let other = |bytes: &mut Vec<u8>| {
        *bytes = String::from_utf8(bytes.clone()).unwrap().replace("\"held\": false", "\"held\":  false").into();
    };
    let good = spoil("run.json", &other);
    let (code, _, said) = runs(&account, &["list"]);
    assert!(code == 1 && said.contains("run.json") && said.contains("SHA-256"), "{said}");
    fs::write(place.join("run.json"), good).unwrap();
    let good = spoil("message.md", &bit);
    assert_eq!(runs(&account, &["show", "latest"]).0, 1);
    fs::write(place.join("message.md"), good).unwrap();
    // what people read is no less the run: edited or gone, it is not unchanged
    for name in ["recommendations.csv", "report.html", "weekly.html", "charts/changes.svg"] {
        let good = spoil(name, &bit);
        let edited = account.week(&starts[10], &[]);
        assert!(edited.code == 1 && edited.said.contains(name) && edited.said.contains("SHA-256"), "{}", edited.said);
        fs::remove_file(place.join(name)).unwrap();
        let gone = account.week(&starts[10], &[]);
        assert!(gone.code == 1 && gone.said.contains(name) && gone.said.contains("it is gone"), "{}", gone.said);
        // the run is named, not the folder of its charts
        assert!(gone.said.contains(&format!("move `{}` out of the state", place.display())), "{}", gone.said);
        fs::write(place.join(name), good).unwrap();
    }
    assert_eq!(account.week(&starts[10], &[]).code, 0);
    let good = spoil("summary.json", &bit);
    assert_eq!(account.week(&starts[10], &[]).code, 1);
    fs::write(place.join("summary.json"), good).unwrap();
    let explain = || {
        let mut command = Command::cargo_bin("termwise").unwrap();
        let done = command.arg("explain").arg("no such term").arg("--run").arg(&place).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    assert_eq!(explain().0, 2);
    let good = spoil("recommendations.csv", &bit);
    let (code, said) = explain();
    assert!(code == 1 && said.contains("recommendations.csv") && said.contains("SHA-256"), "{said}");
    fs::write(place.join("recommendations.csv"), good).unwrap();
    let good = fs::read(place.join("manifest.json")).unwrap();
    fs::remove_file(place.join("manifest.json")).unwrap();
    let (code, _, said) = runs(&account, &["list"]);
    assert!(code == 1 && said.contains("manifest.json") && said.contains("it is gone"), "{said}");
    fs::write(place.join("manifest.json"), good).unwrap();
    assert_eq!(account.week(&starts[11], &[]).code, 0);
}

#[test]
fn the_next_week_is_not_planned_beside_a_run_with_a_damaged_file() {
    let (account, starts) = Account::planned_once();
    let place = account.path("state/latest").canonicalize().unwrap();
    let manifest: Value = serde_json::from_slice(&fs::read(place.join("manifest.json")).unwrap()).unwrap();
    let outputs: Vec<&str> =
        manifest["outputs"].as_array().unwrap().iter().map(|output| output["path"].as_str().unwrap()).collect();
    assert!(outputs.contains(&"recommendations.csv") && outputs.iter().any(|name| name.starts_with("import/")));
    let before = account.runs();
    for name in outputs {
        let good = fs::read(place.join(name)).unwrap();
        fs::write(place.join(name), [good.as_slice(), b" "].concat()).unwrap();
        let refused = account.week(&starts[9], &[]);
        assert!(refused.code == 1 && refused.said.contains(name), "{name}: {}", refused.said);
        // without its record it is no run, which is said
        if name != "run.json" {
            fs::remove_file(place.join(name)).unwrap();
            let refused = account.week(&starts[9], &[]);
            assert!(refused.code == 1 && refused.said.contains(name), "{name}: {}", refused.said);
        }
        fs::write(place.join(name), good).unwrap();
    }
    assert_eq!(account.runs(), before);
    assert_eq!(account.week(&starts[9], &[]).code, 0);
}

#[test]
fn a_directory_without_a_record_is_named_and_is_no_run() {
    let account = Account::new(20, 10);
    let starts = account.starts();
    account.export_all(&starts);
    assert_eq!(account.week(&starts[8], &[]).code, 0);
    fs::create_dir(account.path("state/runs/2025-01-12")).unwrap();
    fs::create_dir(account.path("state/runs/my notes")).unwrap();
    let (code, list, _) = runs(&account, &["list"]);
    assert!(code == 0 && list.contains("2025-01-12 is no run: it has no run.json"), "{list}");
    assert!(!list.contains("my notes"), "what is not ours is nobody's business");
    let (_, list, _) = runs(&account, &["list", "--json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["runs"]["without_record"], serde_json::json!(["2025-01-12"]));
    let next = account.week(&starts[9], &[]);
    assert!(next.code == 0 && next.said.contains("2025-01-12 is no run"), "{}", next.said);
    assert_eq!(next.summary["weekly"]["without_record"], serde_json::json!(["2025-01-12"]));
    fs::remove_dir(account.path("state/runs/2025-01-12")).unwrap();
    let (_, list, _) = runs(&account, &["list"]);
    assert!(!list.contains("is no run"), "{list}");
}

#[test]
fn what_stands_where_the_link_should_be_is_not_replaced() {
    let account = Account::new(20, 8);
    let starts = account.starts();
    account.export_all(&starts);
    fs::create_dir(account.path("state")).unwrap();
    fs::write(account.path("state/latest"), "runs/2025-01-12").unwrap();
    let refused = account.week(&starts[7], &[]);
    assert!(refused.code == 2 && refused.said.contains("is not the link"), "{}", refused.said);
    assert_eq!(fs::read_to_string(account.path("state/latest")).unwrap(), "runs/2025-01-12");
    fs::remove_file(account.path("state/latest")).unwrap();
    assert_eq!(account.week(&starts[7], &[]).code, 0);
}
