//! States of earlier versions, and files of a state that are damaged.

use super::Account;
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
