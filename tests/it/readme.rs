//! What the README shows holds on the demo account.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The first block of TOML in the README.
fn sample_config() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```toml\n").unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_sample_config_loads_and_every_rule_of_it_matches_the_demo() {
    let folder = TempDir::new().unwrap();
    let (config, out) = (folder.path().join("termwise.toml"), folder.path().join("report"));
    fs::write(&config, sample_config()).unwrap();
    let done = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["recommend", "data/demo/account.csv", "--json", "--quiet", "--config"])
        .arg(&config)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(summary["plan"]["objective"], "profit");
    for note in summary["notes"].as_array().unwrap() {
        let code = note["code"].as_str().unwrap();
        assert!(!["rule-without-term", "limit-without-term"].contains(&code), "{note}");
    }
    let path = out.join("limits.csv");
    let limits: Vec<BTreeMap<String, String>> =
        csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect();
    let kinds: Vec<&str> = limits.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["budget", "campaign limit", "label limit", "turnover"]);
    for row in &limits[1..3] {
        assert!(row["terms"].parse::<u32>().unwrap() > 1, "{row:?}");
    }
}
