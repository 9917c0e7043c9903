//! The commands as a user meets them.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fs;
use tempfile::TempDir;

fn termwise() -> Command {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn json(output: &[u8]) -> serde_json::Value {
    serde_json::from_slice(output).expect("standard output is one JSON document")
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in
        ["recommend", "check", "backtest", "fit", "allocate", "simulate", "aggregate", "weekly", "runs", "sql"]
    {
        termwise()
            .args([command, "--help"])
            .assert()
            .success()
            .stdout(predicate::str::contains(format!("termwise {command} ")))
            .stdout(predicate::str::contains("Example"));
    }
}

#[test]
fn unknown_command_is_a_usage_error() {
    termwise().arg("recomend").assert().code(2).stderr(predicate::str::contains("recommend"));
}

#[test]
fn check_prints_mapping_and_totals_and_writes_nothing() {
    let out = termwise().args(["check", "data/demo/account.csv", "--json", "--quiet"]).output().unwrap();
    assert!(out.status.success());
    let summary = json(&out.stdout);
    assert_eq!(summary["command"], "check");
    assert!(summary["mapping"].as_array().is_some_and(|mapping| mapping.len() > 5));
    assert!(summary["totals"]["clicks"].as_f64().is_some_and(|clicks| clicks > 0.0));
    assert!(summary.get("plan").is_none(), "keys that do not apply are absent");
}

#[test]
fn fit_writes_the_posterior_table() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("posterior.csv");
    termwise().args(["fit", "data/demo/account.csv", "--quiet", "--out"]).arg(&file).assert().success();
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    for column in
        ["term", "clicks", "conversions", "cvr_raw", "cvr_mean", "cvr_sd", "cvr_p05", "cvr_p95", "own_data_weight"]
    {
        assert!(header.contains(&column), "{column} is missing from {header:?}");
    }
    assert_eq!(lines.count(), 400);
}

#[test]
fn fit_replaces_another_file_only_with_force() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("posterior.csv");
    fs::write(&file, "mine").unwrap();
    let fit = |more: &[&str]| {
        termwise().args(["fit", "data/demo/account.csv", "--quiet", "--out"]).arg(&file).args(more).assert()
    };
    fit(&[]).failure().stderr(predicates::str::contains("--force"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    fit(&["--force"]).success();
    // the same content again is no reason to ask
    fit(&[]).success();
}

#[test]
fn nothing_is_estimated_from_no_clicks() {
    let folder = TempDir::new().unwrap();
    let (input, file) = (folder.path().join("input.csv"), folder.path().join("posterior.csv"));
    fs::write(&input, "term,week,clicks,cost,conversions\na,2026-01-05,0,3,0\nb,2026-01-05,0,4,1\n").unwrap();
    let fit = termwise().arg("fit").arg(&input).arg("--out").arg(&file).assert().code(3);
    fit.stderr(predicates::str::contains("2 terms without a click").and(predicates::str::contains("hint:")));
    assert!(!file.exists());
    termwise().arg("recommend").arg(&input).arg("--out").arg(folder.path().join("report")).assert().code(3);
}

#[test]
fn policies_are_compared_on_one_world() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("policies");
    let done = termwise()
        .args(["simulate", "--terms", "40", "--weeks", "10", "--seeds", "1", "--play-weeks", "2", "--quiet", "--json"])
        .args(["--policies", "hold,termwise", "--scenarios", "bad,unknown", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let names: Vec<&str> =
        summary["policies"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hold", "termwise", "oracle", "hold", "termwise", "oracle"]);
    assert!(summary["policies"][0]["regret_mean"].as_f64().unwrap() > 0.0);
    for file in
        ["policies.csv", "policies_weekly.csv", "charts/regret.svg", "charts/regret_phone.svg", "charts/regret.csv"]
    {
        assert!(out.join(file).is_file(), "{file}");
    }
    termwise().args(["simulate", "--policies", "wishful", "--out"]).arg(&out).assert().code(2);
}

#[test]
fn a_parquet_account_reads_as_the_csv_does() {
    let folder = TempDir::new().unwrap();
    let made = |name: &str, extra: &[&str]| {
        let out = folder.path().join(name);
        let args =
            ["simulate", "--terms", "80", "--weeks", "6", "--margin", "0.35", "--ceiling", "2.5", "--quiet", "--out"];
        termwise().args(args).arg(&out).args(extra).assert().success();
        out
    };
    let totals = |file: std::path::PathBuf| {
        let done = termwise().args(["check", "--json", "--quiet"]).arg(file).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap()["totals"].clone()
    };
    let (csv, parquet) = (made("csv", &[]), made("parquet", &["--parquet"]));
    assert_eq!(totals(csv.join("account.csv")), totals(parquet.join("account.parquet")));
    assert_eq!(std::fs::read(csv.join("truth.csv")).unwrap(), std::fs::read(parquet.join("truth.csv")).unwrap());
}

#[test]
fn simulate_is_deterministic_and_refuses_nonsense() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str| {
        let out = folder.path().join(name);
        termwise()
            .args(["simulate", "--terms", "60", "--weeks", "8", "--fractional", "--quiet", "--out"])
            .arg(&out)
            .assert()
            .success();
        fs::read(out.join("account.csv")).unwrap()
    };
    assert_eq!(run("one"), run("two"));
    termwise().args(["simulate", "--terms", "0", "--out"]).arg(folder.path().join("x")).assert().code(2);
    assert!(!folder.path().join("x").exists());
}

#[test]
fn as_of_replays_an_earlier_day() {
    let folder = TempDir::new().unwrap();
    let out = termwise()
        .args(["recommend", "data/demo/account.csv", "--as-of", "2024-12-29", "--json", "--quiet", "--out"])
        .arg(folder.path().join("report"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let summary = json(&out.stdout);
    assert_eq!(summary["as_of"], "2024-12-29");
    assert!(summary["weeks"].as_u64().is_some_and(|weeks| weeks < 78));
}

#[test]
fn flags_win_over_the_file_and_both_over_defaults() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("termwise.toml");
    fs::write(&config, "[plan]\nobjective = \"conversions\"\nbudget = 9000.0\n").unwrap();
    let run = |flags: &[&str], name: &str| {
        let out = termwise()
            .args(["recommend", "data/demo/account.csv", "--json", "--quiet", "--config"])
            .arg(&config)
            .arg("--out")
            .arg(folder.path().join(name))
            .args(flags)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let plan = &json(&out.stdout)["plan"];
        (plan["objective"].as_str().unwrap().to_owned(), plan["budget"].as_f64().unwrap())
    };
    assert_eq!(run(&[], "file"), ("conversions".to_owned(), 9000.0));
    assert_eq!(run(&["--objective", "revenue"], "flag"), ("revenue".to_owned(), 9000.0));
}
