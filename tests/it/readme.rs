//! What the README shows holds on the demo account.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The first block of a kind after a heading of the README.
fn block(heading: &str, kind: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, rest) = section.split_once(&format!("```{kind}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

fn sample_config() -> String {
    block("Configuration", "toml")
}

#[test]
fn the_scenarios_that_are_shown_are_those_of_the_file_and_give_the_table_that_is_shown() {
    let folder = TempDir::new().unwrap();
    let done = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["scenarios", "data/demo/account.csv", "--config", "data/scenarios.toml", "--out"])
        .arg(folder.path().join("out"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let shown = block("What if?", "console");
    assert!(shown.lines().count() > 7);
    for line in shown.lines().skip(1) {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let file = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/scenarios.toml")).unwrap();
    for line in block("What if?", "toml").lines() {
        let code = line.split('#').next().unwrap().trim();
        assert!(file.contains(code), "{code}");
    }
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
    // bounds of single terms come after those that terms share
    assert_eq!(kinds[..4], ["budget", "campaign limit", "label limit", "turnover"]);
    for row in &limits[1..3] {
        assert!(row["terms"].parse::<u32>().unwrap() > 1, "{row:?}");
    }
}
