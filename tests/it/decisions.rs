//! The round trip: recommendations back with rows decided by hand; weeks left out; bids to import.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

const ACCOUNT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo/account.csv");

fn recommend(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder)
        .args(["recommend", ACCOUNT, "--json", "--objective", "revenue"])
        .args(arguments)
        .output()
        .unwrap()
}

type Row = BTreeMap<String, String>;

fn table(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn write(path: &Path, rows: &[Row]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(rows[0].keys()).unwrap();
    for row in rows {
        writer.write_record(row.values()).unwrap();
    }
    writer.flush().unwrap();
}

fn money(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn rows_decided_by_hand_hold_and_their_cost_is_told() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(recommend(folder.path(), &["--out", "plan"]).status.success());
    let mut rows = table(&at("plan/recommendations.csv"));
    // the terms that move most
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&one, &other| money(&rows[other], "change").abs().total_cmp(&money(&rows[one], "change").abs()));
    let [locked, rejected, set] = [order[0], order[1], order[2]];
    // half of the way, within every limit
    let half = 0.5 * (money(&rows[set], "current_spend") + money(&rows[set], "recommended_spend"));
    let kept = [
        rows[locked]["recommended_spend"].clone(),
        format!("{:.2}", (money(&rows[rejected], "current_spend") * 100.0).floor() / 100.0),
        format!("{half:.2}"),
    ];
    rows[locked].insert("decision".to_owned(), "lock".to_owned());
    rows[rejected].insert("decision".to_owned(), "Rejected".to_owned());
    // an amount alone is one to set
    rows[set].insert("decision_spend".to_owned(), kept[2].clone());
    write(&at("decided.csv"), &rows);
    let output = recommend(folder.path(), &["--out", "again", "--decisions", "decided.csv"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = table(&at("again/recommendations.csv"));
    for ((row, kept), verdict) in [locked, rejected, set].into_iter().zip(&kept).zip(["lock", "reject", "set"]) {
        assert_eq!((&again[row]["recommended_spend"], again[row]["decision"].as_str()), (kept, verdict));
        assert_eq!(again[row]["binding"], "decision");
        assert!(again[row]["reason"].contains("decision"), "{}", again[row]["reason"]);
    }
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let decisions = &summary["plan"]["decisions"];
    assert_eq!(
        (decisions["locked"].as_u64(), decisions["rejected"].as_u64(), decisions["set"].as_u64()),
        (Some(1), Some(1), Some(1))
    );
    let first: serde_json::Value = serde_json::from_slice(&fs::read(at("plan/summary.json")).unwrap()).unwrap();
    let revenue = |summary: &serde_json::Value| summary["plan"]["planned"]["revenue"].as_f64().unwrap();
    let cost = decisions["cost"].as_f64().unwrap();
    assert!((revenue(&first) - revenue(&summary) - cost).abs() < 1e-6 && cost > 0.0, "{cost}");
    // and once more, from the file that the second plan wrote: nothing moves
    assert!(recommend(folder.path(), &["--out", "third", "--decisions", "again/recommendations.csv"]).status.success());
    let spends = |rows: &[Row]| rows.iter().map(|row| row["recommended_spend"].clone()).collect::<Vec<_>>();
    assert_eq!(spends(&table(&at("third/recommendations.csv"))), spends(&again));
}

#[test]
fn decisions_that_are_none_are_refused_with_their_place() {
    let folder = TempDir::new().unwrap();
    let cases = [
        ("term,decision\nair mattress,perhaps\n", 3, "is no decision"),
        ("term,decision,decision_spend\nair mattress,set,\n", 3, "decision_spend"),
        ("term,decision,decision_spend\nair mattress,set,-3\n", 3, "is negative"),
        ("term,decision,recommended_spend\nair mattress,lock,5\nair mattress,lock,5\n", 3, "is decided twice"),
        ("term,verdict\nair mattress,lock\n", 3, "decision"),
    ];
    for (text, code, wanted) in cases {
        fs::write(folder.path().join("d.csv"), text).unwrap();
        let output = recommend(folder.path(), &["--out", "out", "--decisions", "d.csv"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && said.contains(wanted) && said.contains("d.csv"), "{text}{said}");
        assert!(!folder.path().join("out").exists());
    }
    for (text, wanted) in [
        ("term,decision\nno such term,reject\n", "names no term"),
        ("term,decision\nair mattress,reject\nrunning shoes,reject\n", "decision"),
    ] {
        fs::write(folder.path().join("d.csv"), text).unwrap();
        let output = recommend(folder.path(), &["--out", "out", "--decisions", "d.csv"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(3) && said.contains(wanted), "{text}{said}");
    }
    // more than the budget
    let key = "term,match_type,campaign,ad_group,decision,decision_spend\nair mattress online,phrase,Sleeping Bags | Generic,air mattress,set,1000000\n";
    fs::write(folder.path().join("d.csv"), key).unwrap();
    let output = recommend(folder.path(), &["--out", "out", "--decisions", "d.csv"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(4) && said.contains("--decisions"), "{said}");
}

#[test]
fn weeks_left_out_tell_nothing() {
    let folder = TempDir::new().unwrap();
    // a week of an outage: its rows say that nothing was sold
    let text = fs::read_to_string(ACCOUNT).unwrap();
    let broken: String = text
        .lines()
        .map(|line| {
            if line.contains(",2025-06-09,") {
                let mut cells: Vec<&str> = line.split(',').collect();
                (cells[10], cells[11]) = ("0", "0.00");
                cells.join(",") + "\n"
            } else {
                line.to_owned() + "\n"
            }
        })
        .collect();
    let without: String =
        text.lines().filter(|line| !line.contains(",2025-06-09,")).map(|line| line.to_owned() + "\n").collect();
    fs::write(folder.path().join("broken.csv"), broken).unwrap();
    fs::write(folder.path().join("without.csv"), without).unwrap();
    fs::write(folder.path().join("out.toml"), "[data]\nexclude_weeks = [\"2025-06-11\"]\n").unwrap();
    let fit = |input: &str, config: &[&str]| {
        let done = Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(folder.path())
            .args(["fit", input, "--out", "posterior.csv", "--force"])
            .args(config)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{said}");
        (fs::read(folder.path().join("posterior.csv")).unwrap(), said)
    };
    let (left_out, said) = fit("broken.csv", &["--config", "out.toml"]);
    assert!(said.contains("2025-06-09") && said.contains("weeks-left-out"), "{said}");
    assert!(left_out == fit("without.csv", &[]).0 && left_out != fit("broken.csv", &[]).0);
    for (entry, wanted) in [
        ("2030-01-01", "days that the data have"),
        ("yesterday", "a day such as"),
        ("2025-06-11..2025-06-01", "the earlier first"),
    ] {
        fs::write(folder.path().join("out.toml"), format!("[data]\nexclude_weeks = [\"{entry}\"]\n")).unwrap();
        let output = recommend(folder.path(), &["--config", "out.toml", "--out", "never"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(wanted) && said.contains("line 2"), "{said}");
    }
}

#[test]
fn import_files_hold_what_changes_in_the_editors_columns() {
    let folder = TempDir::new().unwrap();
    assert!(recommend(folder.path(), &["--out", "plan"]).status.success());
    let rows = table(&folder.path().join("plan/recommendations.csv"));
    let changed = rows.iter().filter(|row| row["lever"] == "max_cpc" && row["lever_now"] != row["lever_plan"]).count();
    let google = table(&folder.path().join("plan/import/google_ads_editor.csv"));
    assert_eq!(google.iter().filter(|row| !row["Max CPC"].is_empty()).count(), changed);
    for bid in google.iter().filter(|row| !row["Max CPC"].is_empty()) {
        let row = rows.iter().find(|row| {
            row["term"] == bid["Keyword"]
                && row["campaign"] == bid["Campaign"]
                && row["ad_group"] == bid["Ad group"]
                && row["match_type"].eq_ignore_ascii_case(&bid["Match type"])
        });
        assert!((money(row.unwrap(), "lever_plan") - money(bid, "Max CPC")).abs() < 1e-9);
    }
    let microsoft = fs::read_to_string(folder.path().join("plan/import/microsoft_editor.csv")).unwrap();
    assert!(
        microsoft.starts_with(
            "Type,Status,Campaign,Ad Group,Keyword,Match Type,Bid,Budget,Name\nFormat Version,,,,,,,,6.0\n"
        )
    );
    let paused = rows.iter().filter(|row| row["lever"] == "status" && money(row, "change") <= -0.005).count();
    assert_eq!(microsoft.lines().filter(|line| line.starts_with("Keyword,")).count(), changed + paused);
}
