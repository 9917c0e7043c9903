//! Bad input: a clear message, the right exit code, and nothing written.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const GOOD: &str = "term,campaign,week,clicks,cost,conversions,revenue\n\
    red shoes,shoes,2026-01-05,100,50.00,4,200.00\n\
    red shoes,shoes,2026-01-12,110,55.00,5,240.00\n\
    blue shoes,shoes,2026-01-05,80,60.00,1,40.00\n\
    blue shoes,shoes,2026-01-12,90,66.00,0,0.00\n";

/// Runs `recommend` on `content` and holds exit code, message and the untouched folder against what is wanted.
fn refused(content: &[u8], flags: &[&str], code: i32, wanted: &[&str]) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), content).unwrap();
    let mut check = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report"])
        .args(flags)
        .assert()
        .code(code)
        .stdout(predicate::str::is_empty());
    for text in wanted {
        check = check.stderr(predicate::str::contains(*text));
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["input.csv"], "nothing may be written");
}

#[test]
fn good_input_passes() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report"])
        .assert()
        .success();
    assert!(folder.path().join("report/recommendations.csv").exists());
}

#[test]
fn missing_column_says_which_and_what_was_found() {
    refused(b"term,clicks,cost\na,1,2\n", &[], 3, &["conversions", "term", "clicks", "cost", "hint:"]);
}

#[test]
fn missing_term_column() {
    refused(b"clicks,cost,conversions\n1,2,3\n", &[], 3, &["term", "hint:"]);
}

#[test]
fn missing_cost_is_refused_before_planning() {
    refused(b"term,clicks,conversions\na,10,1\n", &[], 3, &["cost", "hint:"]);
}

#[test]
fn unreadable_number_names_file_line_column_and_value() {
    let content = GOOD.replace("80,60.00", "80,six pounds");
    refused(content.as_bytes(), &[], 3, &["input.csv", "4", "cost", "six pounds"]);
}

#[test]
fn negative_count_is_refused() {
    let content = GOOD.replace("red shoes,shoes,2026-01-05,100", "red shoes,shoes,2026-01-05,-100");
    refused(content.as_bytes(), &[], 3, &["input.csv", "2", "clicks", "-100"]);
}

#[test]
fn all_bad_rows_are_reported_at_once() {
    let content = GOOD.replace("80,60.00", "80,x").replace("90,66.00", "90,y");
    refused(content.as_bytes(), &[], 3, &["x", "y"]);
}

#[test]
fn empty_file() {
    refused(b"", &[], 3, &["input.csv", "empty"]);
}

#[test]
fn header_without_rows() {
    refused(b"term,clicks,cost,conversions\n", &[], 3, &["input.csv", "no rows"]);
}

#[test]
fn random_bytes() {
    let mut state = 42_u64;
    let bytes: Vec<u8> = (0..4096)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u8::try_from(state >> 56).unwrap()
        })
        .collect();
    refused(&bytes, &[], 3, &["input.csv", "not a CSV"]);
}

#[test]
fn damaged_text_is_named_with_its_line() {
    refused(b"term,clicks,cost,conversions\nb\xc3\xbcro,1,1,0\ncaf\xe9,1,1,0\n", &[], 3, &["input.csv", "UTF-8", "3"]);
}

#[test]
fn file_cut_in_half_is_refused_where_it_ends() {
    let cut = &GOOD.as_bytes()[..GOOD.len() - 12];
    refused(cut, &[], 3, &["input.csv", "5"]);
}

#[test]
fn parquet_cut_in_half() {
    refused(b"PAR1\x15\x04\x15\x10", &[], 3, &["input.csv"]);
}

#[test]
fn missing_file_and_unmatched_glob() {
    for pattern in ["absent.csv", "absent-*.csv"] {
        Command::cargo_bin("termwise")
            .unwrap()
            .args(["recommend", pattern])
            .assert()
            .code(3)
            .stderr(predicate::str::contains("absent"));
    }
}

#[test]
fn budget_of_zero_or_below() {
    refused(GOOD.as_bytes(), &["--budget", "0"], 2, &["budget", "above zero"]);
    refused(GOOD.as_bytes(), &["--budget", "-5"], 2, &["budget"]);
}

#[test]
fn budget_with_fractions_of_a_cent() {
    refused(GOOD.as_bytes(), &["--budget", "100.005"], 2, &["cent"]);
}

#[test]
fn margin_as_percentage() {
    refused(GOOD.as_bytes(), &["--margin", "35"], 2, &["margin", "0.35"]);
}

#[test]
fn profit_without_margin_asks_for_it() {
    refused(GOOD.as_bytes(), &["--objective", "profit"], 2, &["margin", "--margin"]);
}

#[test]
fn budget_below_lower_bounds_is_infeasible_with_the_smallest_relaxation() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(
        folder.path().join("termwise.toml"),
        "[[limits.terms]]\nterm = \"red shoes\"\nlower = 500.0\nupper = 600.0\n",
    )
    .unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report", "--config", "termwise.toml", "--budget", "100"])
        .assert()
        .code(4)
        .stderr(predicate::str::contains("lower bounds"))
        .stderr(predicate::str::contains("hint:"));
    assert!(!folder.path().join("report").exists());
}

#[test]
fn misspelled_key_suggests_the_nearest() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(folder.path().join("termwise.toml"), "[plan]\nbuget = 100.0\n").unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report", "--config", "termwise.toml"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("line 2"))
        .stderr(predicate::str::contains("did you mean `budget`?"));
    assert!(!folder.path().join("report").exists());
}

#[test]
fn output_that_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(folder.path().join("taken"), "a file, not a directory").unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "taken/report"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("taken"));
    assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "a file, not a directory");
}

#[test]
fn other_content_is_kept_unless_forced() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    let report = folder.path().join("report");
    fs::create_dir(&report).unwrap();
    fs::write(report.join("mine.txt"), "keep").unwrap();
    let run = |flags: &[&str]| {
        Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(folder.path())
            .args(["recommend", "input.csv", "--out", "report"])
            .args(flags)
            .assert()
    };
    run(&[]).code(2).stderr(predicate::str::contains("--force"));
    assert!(Path::new(&report).join("mine.txt").exists());
    run(&["--force"]).success();
    assert!(!report.join("mine.txt").exists() && report.join("report.html").exists());
    run(&[]).success();
}

#[test]
fn identifying_column_stops_the_run() {
    let content = "term,clicks,cost,conversions,gclid\na,1,1,0,xyz\n";
    refused(content.as_bytes(), &[], 3, &["gclid", "hint:"]);
}

#[test]
fn json_tells_which_cells_were_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD.replace("80,60.00", "80,x")).unwrap();
    let done = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["check", "input.csv", "--json"])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(3));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let refused = &summary["refused"][0];
    assert_eq!((refused["line"].as_u64(), refused["column"].as_str()), (Some(4), Some("cost")));
    assert_eq!(refused["value"], "x");
}

#[test]
fn an_input_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["fit", "input.csv", "--out", "input.csv"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("input.csv"));
    assert_eq!(fs::read_to_string(folder.path().join("input.csv")).unwrap(), GOOD);
}

#[test]
#[cfg(target_os = "linux")]
fn messages_that_nobody_can_read_stop_nothing() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_termwise"))
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report"])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_termwise"))
        .current_dir(folder.path())
        .args(["check", "input.csv", "--json", "--quiet"])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1), "a summary that was lost is a failure");
}

#[test]
fn runs_at_the_same_time_leave_one_whole_report() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    let runs: Vec<_> = (0..6)
        .map(|_| {
            std::process::Command::new(env!("CARGO_BIN_EXE_termwise"))
                .current_dir(folder.path())
                .args(["recommend", "input.csv", "--out", "report", "--quiet"])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut run in runs {
        assert_eq!(run.wait().unwrap().code(), Some(0));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary directory is left");
}

#[test]
fn the_relaxation_that_is_printed_works() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(folder.path().join("c.toml"), "[[limits.terms]]\nterm = \"red shoes\"\nlower = 500.0\nupper = 600.0\n")
        .unwrap();
    let run = |budget: &str| {
        Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(folder.path())
            .args(["recommend", "input.csv", "--out", "report", "--config", "c.toml", "--budget", budget])
            .output()
            .unwrap()
    };
    let refused = run("100");
    assert_eq!(refused.status.code(), Some(4));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("red shoes"), "{message}");
    let needed = message.split("raise the budget to ").nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(run(needed).status.code(), Some(0), "{message}");
}
