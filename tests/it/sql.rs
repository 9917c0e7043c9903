//! `termwise sql`: the query as a user asks for it. What it answers is tested on real engines.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fs;
use tempfile::TempDir;

fn sql(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("termwise").unwrap().arg("sql").args(args).assert()
}

#[test]
fn every_example_of_the_help_runs() {
    let done = sql(&["--help"]).success().get_output().stdout.clone();
    let help = String::from_utf8(done).unwrap();
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let mut run = 0;
    for line in examples.lines() {
        // the last ones stand inside a command of the engine
        let (_, own) = line.split_once("termwise sql ").unwrap();
        let own = own.split(')').next().unwrap();
        let args: Vec<&str> = own.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        sql(&args).success().stdout(predicate::str::contains("\nSELECT\n"));
        run += 1;
    }
    assert_eq!(run, 5);
}

#[test]
fn the_query_stands_inside_another_statement() {
    let done = sql(&["--dialect", "duckdb", "--events", "daily"]).success().get_output().clone();
    let query = String::from_utf8(done.stdout).unwrap();
    let last = query.lines().last().unwrap();
    assert!(query.starts_with("-- ") && !query.contains(';') && !last.contains("--"), "{last}");
    assert!(done.stderr.is_empty());
}

#[test]
fn threshold_and_week_come_from_the_config_and_flags_go_before_it() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("termwise.toml");
    fs::write(&config, "[data]\nweek_start = \"sunday\"\n[privacy]\nmin_count = 25\n").unwrap();
    let config = config.to_str().unwrap();
    let asked = ["--dialect", "spark", "--events", "daily", "--config", config];
    let threshold = predicate::str::contains("clicks < 25").and(predicate::str::contains("(weekday(day) + 1) % 7"));
    sql(&asked).success().stdout(threshold);
    sql(&[&asked[..], &["--min-count", "7"]].concat()).success().stdout(predicate::str::contains("clicks < 7"));
    sql(&[&asked[..], &["--min-count", "0"]].concat()).success().stdout(predicate::str::contains("clicks <").not());
}

#[test]
fn the_summary_has_the_query() {
    let plain = sql(&["--dialect", "duckdb", "--events", "daily"]).success().get_output().stdout.clone();
    let asked = ["--dialect", "duckdb", "--events", "daily", "--json"];
    let done = sql(&asked).success().get_output().stdout.clone();
    let summary: serde_json::Value = serde_json::from_slice(&done).unwrap();
    assert_eq!(summary["command"], "sql");
    assert_eq!(summary["sql"].as_str().unwrap(), String::from_utf8(plain).unwrap().trim_end());
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_hint_and_no_query() {
    let asked = ["--dialect", "duckdb", "--events", "daily"];
    for (more, wanted) in [
        (&["--map", "cost=spend"][..], "`--map 'spend=cost'`"),
        (&["--map", "*=revenue"], "is no count"),
        (&["--map", "clicks=ignore"], "needs a column for `clicks`"),
        (&["--map", "spend"], "COLUMN=NAME"),
        (&["--purchase-map", "x=term"], "--purchases"),
        (&["--purchases", "orders..old"], "double quotes"),
        (&["--min-count", "-1"], "'-1'"),
    ] {
        let stopped = sql(&[&asked[..], more].concat()).code(2).stdout(predicate::str::is_empty());
        stopped.stderr(predicate::str::contains(wanted));
    }
    sql(&["--dialect", "oracle", "--events", "daily"]).code(2).stderr(predicate::str::contains("duckdb or spark"));
    sql(&["--dialect", "spark"]).code(2).stderr(predicate::str::contains("--events"));
}
