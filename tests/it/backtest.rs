//! `backtest` as a user meets it.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn termwise() -> Command {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A small account of weeks, given by rows of term, week, clicks and conversions.
fn account(folder: &TempDir, terms: usize, weeks: usize) -> PathBuf {
    let mut text = String::from("term,campaign,week,clicks,conversions\n");
    let monday = chrono::NaiveDate::from_ymd_opt(2025, 1, 6).unwrap();
    for term in 0..terms {
        for week in 0..weeks {
            let day = monday + chrono::Days::new(7 * week as u64);
            // counts that vary like counts, without a generator of random numbers
            let mixed = (term * 7919 + week * 104_729 + 13) % 101;
            let clicks = 5 + 3 * term + mixed % 17;
            let conversions = usize::from(mixed % 5 == 0) + usize::from(mixed > 70) * (term % 3);
            writeln!(text, "shoe {term},c{},{day},{clicks},{conversions}", term % 2).unwrap();
        }
    }
    let path = folder.path().join("account.csv");
    fs::write(&path, text).unwrap();
    path
}

fn run(input: &Path, out: &Path, threads: &str) -> serde_json::Value {
    let done = termwise()
        .env("RAYON_NUM_THREADS", threads)
        .env("POLARS_MAX_THREADS", threads)
        .arg("backtest")
        .arg(input)
        .args(["--folds", "5", "--json", "--quiet", "--out"])
        .arg(out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Every file of a directory but the timings, by name.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("timings.json") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn demo_account_is_backtested_and_tables_agree() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let summary = run(Path::new("data/demo/account.csv"), &out, "2");
    assert_eq!(summary["command"], "backtest");
    let backtest = &summary["backtest"];
    assert_eq!(backtest["folds"], 5);
    let share = |key: &str| backtest[key].as_f64().unwrap_or_else(|| panic!("`{key}` is no number"));
    for key in ["coverage_90_terms", "coverage_90_clicks", "raw_coverage_90_terms"] {
        assert!((0.8..=1.0).contains(&share(key)), "{key}: {}", share(key));
    }
    assert!((share("actual_over_forecast") - 1.0).abs() < 0.2);
    assert!(share("log_score") < 0.0);
    for name in ["raw_rate", "last_four_periods", "group_mean", "static_shrinkage"] {
        assert!(backtest["baselines"][name].is_number(), "{name}");
    }
    assert!(backtest["baselines"]["raw_rate"].as_f64().unwrap() < share("log_score"));
    assert!(backtest["lift_realised_over_promised"].is_null());
    assert!(backtest.as_object().unwrap().contains_key("lift_realised_over_promised"));
    assert!(backtest["verdict"].as_str().unwrap().contains("10 intervals that should hold 9"));

    let forecasts = table(&out.join("forecasts.csv"));
    assert_eq!(forecasts.len() as u64, backtest["term_periods"].as_u64().unwrap());
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    let inside = forecasts.iter().filter(|row| (number(row, "pit") - 0.5).abs() <= 0.45).count();
    assert!((inside as f64 / forecasts.len() as f64 - share("coverage_90_terms")).abs() < 1e-9);
    let raw = forecasts
        .iter()
        .filter(|row| (number(row, "forecast_p05")..=number(row, "forecast_p95")).contains(&number(row, "actual")));
    assert!((raw.count() as f64 / forecasts.len() as f64 - share("raw_coverage_90_terms")).abs() < 1e-9);
    let scored: f64 = forecasts.iter().map(|row| number(row, "log_score")).sum::<f64>() / forecasts.len() as f64;
    assert!((scored - share("log_score")).abs() < 1e-6);
    // totals are the sums of the forecasts, and of the input
    let account = table(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/account.csv"));
    for total in table(&out.join("totals.csv")) {
        let day = &total["period_start"];
        let of_week = forecasts.iter().filter(|row| &row["period_start"] == day);
        let (mut expected, mut actual) = (0.0, 0.0);
        for row in of_week {
            expected += number(row, "forecast");
            actual += number(row, "actual");
        }
        assert!((number(&total, "forecast") - expected).abs() < 1e-3);
        assert!((number(&total, "actual") - actual).abs() < 1e-9);
        let clicked = account.iter().filter(|row| &row["week"] == day && number(row, "clicks") > 0.0);
        assert!((clicked.map(|row| number(row, "conversions")).sum::<f64>() - actual).abs() < 1e-9);
    }
    assert_eq!(table(&out.join("backtest.csv")).len(), 5 * 5);
}

#[test]
fn another_run_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let input = account(&folder, 12, 14);
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run(&input, &one, "1");
    run(&input, &two, "3");
    let (one, two) = (files(&one), files(&two));
    let names: Vec<String> = one.keys().map(|name| name.display().to_string()).collect();
    for name in [
        "backtest.csv",
        "forecasts.csv",
        "calibration.csv",
        "coverage.csv",
        "totals.csv",
        "report.html",
        "summary.json",
        "manifest.json",
        "DATA_DICTIONARY.md",
        "charts/coverage.svg",
        "charts/coverage.csv",
        "charts/calibration.svg",
        "charts/pit.svg",
        "charts/totals.svg",
        "charts/scores.svg",
    ] {
        assert!(names.iter().any(|found| found == name), "{name} is missing from {names:?}");
    }
    for (name, bytes) in &one {
        assert!(two[name] == *bytes, "{} differs", name.display());
    }
    let page = String::from_utf8(one[Path::new("report.html")].clone()).unwrap();
    assert!(page.contains("a plan that nobody followed cannot be backtested"));
    assert!(!page.contains("http://") && !page.contains("https://"), "the page fetches nothing");
    let dictionary = String::from_utf8(one[Path::new("DATA_DICTIONARY.md")].clone()).unwrap();
    for (name, bytes) in one.iter().filter(|(name, _)| name.extension().is_some_and(|end| end == "csv")) {
        let header = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
        for column in header.split(',') {
            assert!(dictionary.contains(&format!("| `{column}` |")), "{column} of {} is not explained", name.display());
        }
    }
}

#[test]
fn shuffled_rows_change_nothing() {
    let folder = TempDir::new().unwrap();
    let input = account(&folder, 8, 10);
    let text = fs::read_to_string(&input).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let reversed: Vec<&str> = rows.lines().rev().collect();
    let other = TempDir::new().unwrap();
    let shuffled = other.path().join("account.csv");
    fs::write(&shuffled, format!("{header}\n{}\n", reversed.join("\n"))).unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    assert_eq!(run(&input, &one, "2")["backtest"], run(&shuffled, &two, "2")["backtest"]);
    assert_eq!(fs::read(one.join("forecasts.csv")).unwrap(), fs::read(two.join("forecasts.csv")).unwrap());
}

#[test]
fn refusals_name_what_to_do_and_write_nothing() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    let refused = |text: &str, flags: &[&str]| {
        let input = folder.path().join("input.csv");
        fs::write(&input, text).unwrap();
        let done = termwise().arg("backtest").arg(&input).args(flags).arg("--out").arg(&out).output().unwrap();
        assert!(!out.exists());
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (code, message) = refused("term,clicks,conversions\na,10,1\nb,5,0\n", &[]);
    assert_eq!(code, Some(3), "{message}");
    assert!(message.contains("no dates") && message.contains("hint:"), "{message}");
    let daily: String = (1..=14).fold("term,date,clicks,conversions\n".to_owned(), |text, day| {
        format!("{text}a,2025-01-{:02},10,{}\n", day + 5, day % 2)
    });
    let (code, message) = refused(&daily, &[]);
    assert_eq!(code, Some(3), "{message}");
    assert!(message.contains("2 complete weeks") && message.contains("--period day"), "{message}");
    let (code, _) = refused(&daily, &["--period", "day", "--folds", "0"]);
    assert_eq!(code, Some(2));
    // what the hint says works
    let input = folder.path().join("input.csv");
    let days = termwise()
        .arg("backtest")
        .arg(&input)
        .args(["--period", "day", "--quiet", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(days.status.success(), "{}", String::from_utf8_lossy(&days.stderr));
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("the last four days"));
}
