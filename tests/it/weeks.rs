//! Plans over dated weeks from the command line: files that add up, a span that is half gone, what is refused and where.

use assert_cmd::Command;
use predicates::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ACCOUNT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo/account.csv");

fn recommend(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(folder).args(["recommend", ACCOUNT]).args(arguments);
    command
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Sum of a column of money in cents.
#[allow(clippy::cast_possible_truncation)]
fn cents(rows: &[BTreeMap<String, String>], column: &str) -> i64 {
    rows.iter().map(|row| (row[column].parse::<f64>().unwrap() * 100.0).round() as i64).sum()
}

#[test]
fn a_span_that_is_half_gone_is_planned_to_its_end() {
    let folder = TempDir::new().unwrap();
    // the data end on Sunday, 29 June 2025
    let config = "[horizon]\nfrom = 2025-06-11\nuntil = 2025-08-05\ntotal = 160000.0\n[[horizon.limits]]\nweek = 2025-07-23\nupper = 9000.0\n";
    fs::write(folder.path().join("termwise.toml"), config).unwrap();
    recommend(
        folder.path(),
        &["--config", "termwise.toml", "--objective", "revenue", "--max-change", "0.9", "--out", "out"],
    )
    .assert()
    .success()
    .stderr(predicate::str::contains("[spent-by-days"));
    let at = |name: &str| folder.path().join("out").join(name);
    let weeks = table(&at("weeks.csv"));
    let days: Vec<&str> = weeks.iter().map(|week| week["days"].as_str()).collect();
    assert_eq!(days, ["7", "7", "7", "7", "7", "2"]);
    assert_eq!((weeks[3]["week"].as_str(), weeks[3]["binds"].as_str()), ("2025-07-21", "upper"));
    assert_eq!(weeks[3]["spend"], "9000.00");
    assert_eq!(weeks[5]["iso_week"], "2025-W32");
    let spend = cents(&weeks, "spend");
    for file in ["week_plan.csv", "week_budgets.csv", "months.csv"] {
        assert_eq!(cents(&table(&at(file)), "spend"), spend, "{file}");
    }
    let first = cents(&weeks[..1], "spend");
    assert_eq!(cents(&table(&at("recommendations.csv")), "recommended_spend"), first);
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(at("summary.json")).unwrap()).unwrap();
    let planned = &summary["plan"]["weeks"];
    // cost of the weeks of 16 and 23 June, and five sevenths of that of 9 June
    let by_hand = ["2025-06-09", "2025-06-16", "2025-06-23"].map(|week| {
        let rows = table(Path::new(ACCOUNT));
        let own = rows.iter().filter(|row| row["week"] == week).map(|row| row["cost"].parse::<f64>().unwrap_or(0.0));
        own.sum::<f64>()
    });
    let spent = by_hand[0] * 5.0 / 7.0 + by_hand[1] + by_hand[2];
    assert!((planned["pace"]["spent"].as_f64().unwrap() - spent).abs() < 0.006, "{} {spent}", planned["pace"]["spent"]);
    let money = |key: &str| planned[key].as_f64().unwrap();
    assert!(
        (planned["pace"]["spent"].as_f64().unwrap() + money("spend") + money("unallocated") - 160_000.0).abs() < 1e-6
    );
    assert!(planned["certificate"]["relative_gap"].as_f64().unwrap() <= 1e-9);
    // daily budgets are the week's money by its days, to the cent
    for row in table(&at("week_budgets.csv")) {
        let figure = |column: &str| row[column].parse::<f64>().unwrap();
        let left = figure("spend") - figure("daily_budget") * figure("days");
        assert!(left.abs() <= 0.005 * figure("days") + 1e-9, "{row:?}");
    }
    let page = fs::read_to_string(at("report.html")).unwrap();
    assert!(page.contains("id=\"weeks\"") && page.contains("July 2025"));
    // the first screen names the period, and tells the first week from all of them
    assert!(page.contains("<h1>First of 6 weeks: "), "{}", &page[..400]);
    let lead = page.split("<p class=\"lead\">").nth(1).and_then(|rest| rest.split("</p>").next()).unwrap();
    assert!(lead.starts_with("Over 6 weeks, 2025-06-30 to 2025-08-05, the plan spends €"), "{lead}");
    assert!(lead.contains("In the first week, 2025-06-30 to 2025-07-06, it spends €"), "{lead}");
    assert!((2..=3).contains(&lead.matches(". ").count()), "{lead}");
    assert!(page.contains("<h2>Expected outcome of the first week</h2>"));
}

#[test]
fn a_short_first_week_is_planned_by_its_days() {
    let folder = TempDir::new().unwrap();
    recommend(folder.path(), &["--from", "2025-07-03", "--until", "2025-07-15", "--out", "out"])
        .assert()
        .success()
        .stderr(predicate::str::contains("4 of its days, 2025-07-03 to 2025-07-06"))
        .stderr(predicate::str::contains("spend per 4 days"));
    let weeks = table(&folder.path().join("out/weeks.csv"));
    assert_eq!(weeks.iter().map(|week| week["days"].as_str()).collect::<Vec<_>>(), ["4", "7", "2"]);
}

#[test]
fn what_cannot_be_planned_is_refused_with_its_place() {
    let folder = TempDir::new().unwrap();
    let with = |config: &str, message: &str, code: i32| {
        fs::write(folder.path().join("termwise.toml"), config).unwrap();
        recommend(folder.path(), &["--config", "termwise.toml", "--out", "out"])
            .assert()
            .code(code)
            .stderr(predicate::str::contains(message));
        assert!(!folder.path().join("out").exists());
    };
    with("[horizon]\nuntil = 2025-06-01\n", "`termwise.toml`, line 2", 2);
    with("[horizon]\nuntil = 2025-06-01\n", "the data end on 2025-06-29", 2);
    with("[horizon]\ntotal = 5000.0\n", "a span that ends", 2);
    with("[horizon]\nweeks = 3\n[[horizon.limits]]\nweek = 2025-05-01\nupper = 1.0\n", "`termwise.toml`, line 3", 2);
    with("[horizon]\nweeks = 3\nlower = 10.0\nupper = 5.0\n", "not above `upper`", 2);
    with("[horizon]\nweeks = 3\nfrom = 2025-01-06\ntotal = 1000.0\n", "nothing is left of 1000.00", 2);
    with("[horizon]\nweeks = 3\n[exploration]\nshare = 0.1\n", "dated weeks", 2);
    with("[horizon]\nweeks = 2\ntotal = 30000.0\nlower = 20000.0\n", "money in the week of 2025-06-30 (lower)", 4);
}
