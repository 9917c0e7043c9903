//! The main job on the demo account, held against the input by independent arithmetic.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ACCOUNT: &str = "data/demo/account.csv";

fn recommend(input: &Path, out: &Path, threads: &str) -> serde_json::Value {
    let done = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RAYON_NUM_THREADS", threads)
        .env("POLARS_MAX_THREADS", threads)
        .arg("recommend")
        .arg(input)
        .args(["--json", "--quiet", "--out"])
        .arg(out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    // the clock is the one thing that two runs may differ in
    assert!(summary["plan"]["certificate"]["seconds"].take().is_number());
    summary
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Decimal money as whole cents, without floating point.
fn cents(text: &str) -> i64 {
    let negative = text.starts_with('-');
    let (units, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
    assert!(fraction.len() <= 2, "`{text}` has fractions of a cent");
    let cents = units.parse::<i64>().unwrap() * 100 + format!("{fraction:0<2}").parse::<i64>().unwrap();
    if negative { -cents } else { cents }
}

/// Every file of a directory but the timings, by name.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else if !path.ends_with("timings.json") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

#[test]
#[allow(clippy::cast_possible_truncation)] // cents of an account fit i64
fn totals_budget_and_limits_hold_to_the_cent() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let summary = recommend(Path::new(ACCOUNT), &out, "2");

    let account = table(&Path::new(env!("CARGO_MANIFEST_DIR")).join(ACCOUNT));
    let sum = |column: &str| account.iter().map(|row| cents(&row[column])).sum::<i64>();
    for column in ["impressions", "clicks", "cost", "conversions", "revenue"] {
        let printed = (summary["totals"][column].as_f64().unwrap() * 100.0).round() as i64;
        assert_eq!(printed, sum(column), "{column}");
    }

    let rows = table(&out.join("recommendations.csv"));
    assert_eq!(rows.len() as u64, summary["terms"].as_u64().unwrap());
    let plan = &summary["plan"];
    let money = |key: &str| (plan[key].as_f64().unwrap() * 100.0).round() as i64;
    let spend: i64 = rows.iter().map(|row| cents(&row["recommended_spend"])).sum();
    assert_eq!(spend, money("spend"));
    assert_eq!(money("spend") + money("unallocated"), money("budget"));
    let certificate = &plan["certificate"];
    assert!(certificate["relative_gap"].as_f64().unwrap() <= 1e-9);
    assert!(certificate["rounding_loss"].as_f64().is_some());

    for row in &rows {
        let current: f64 = row["current_spend"].parse().unwrap();
        let recommended: f64 = row["recommended_spend"].parse().unwrap();
        match row["state"].as_str() {
            // a cent for the printed digits of the reference, a cent for a bound without a whole cent inside
            "active" => assert!((recommended - current).abs() <= 0.3 * current + 0.02, "{row:?}"),
            "paused" => assert_eq!(cents(&row["recommended_spend"]), 0),
            _ => assert!(recommended >= 0.0),
        }
        assert!(!row["reason"].is_empty() && !row["lever"].is_empty());
        let (lower, mean, upper): (f64, f64, f64) =
            (row["cvr_p05"].parse().unwrap(), row["cvr_mean"].parse().unwrap(), row["cvr_p95"].parse().unwrap());
        assert!(lower <= mean && mean <= upper);
    }
}

#[test]
fn campaigns_and_terms_tell_the_same_sums() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    recommend(Path::new(ACCOUNT), &out, "2");
    let sum = |file: &str| -> i64 { table(&out.join(file)).iter().map(|row| cents(&row["recommended_spend"])).sum() };
    assert_eq!(sum("recommendations.csv"), sum("campaigns.csv"));
}

#[test]
fn threads_and_order_of_rows_change_no_byte() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ACCOUNT)).unwrap();
    let (header, body) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = body.lines().collect();
    // a fixed shuffle: sort by a multiplicative hash of the line's number
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&line| (line as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    lines = order.into_iter().map(|line| lines[line]).collect();
    let input = folder.path().join("account.csv");
    fs::write(&input, format!("{header}\n{}\n", lines.join("\n"))).unwrap();

    let first = recommend(Path::new(ACCOUNT), &folder.path().join("one"), "1");
    recommend(Path::new(ACCOUNT), &folder.path().join("two"), "2");
    let last = recommend(&input, &folder.path().join("shuffled"), "2");
    for key in ["totals", "model", "plan", "notes"] {
        assert_eq!(first[key], last[key], "{key}");
    }
    let [one, two, shuffled] = ["one", "two", "shuffled"].map(|name| files(&folder.path().join(name)));
    assert!(one == two, "threads changed the output");
    for (name, bytes) in &one {
        // these quote the input's path or hash, which do differ; their figures are compared below
        if !["manifest.json", "report.html", "summary.json"].iter().any(|file| name.ends_with(file)) {
            assert!(shuffled.get(name) == Some(bytes), "the order of rows changed {}", name.display());
        }
    }
}

#[test]
fn running_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    recommend(Path::new(ACCOUNT), &out, "2");
    let before = fs::metadata(out.join("report.html")).unwrap().modified().unwrap();
    // a report under version control comes without its timings
    fs::remove_file(out.join("timings.json")).unwrap();
    recommend(Path::new(ACCOUNT), &out, "2");
    assert_eq!(fs::metadata(out.join("report.html")).unwrap().modified().unwrap(), before);
}

#[test]
fn a_file_of_several_campaigns_equals_its_parts() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ACCOUNT)).unwrap();
    let (header, body) = text.split_once('\n').unwrap();
    let lines: Vec<&str> = body.lines().collect();
    for (name, part) in [("a.csv", &lines[..lines.len() / 3]), ("b.csv", &lines[lines.len() / 3..])] {
        fs::write(folder.path().join(name), format!("{header}\n{}\n", part.join("\n"))).unwrap();
    }
    let whole = recommend(Path::new(ACCOUNT), &folder.path().join("whole"), "2");
    let parts = recommend(&folder.path().join("*.csv"), &folder.path().join("parts"), "2");
    assert_eq!(whole["totals"], parts["totals"]);
    assert_eq!(whole["plan"], parts["plan"]);
}
