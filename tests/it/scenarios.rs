//! Scenarios from the config file to the report directory, on the demo account and on made-up ones.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

const GOOD: &str = "term,campaign,label,week,clicks,cost,conversions,revenue\n\
    red shoes,shoes,brand,2026-01-05,100,50.00,4,200.00\n\
    red shoes,shoes,brand,2026-01-12,110,55.00,5,240.00\n\
    blue shoes,shoes,,2026-01-05,80,60.00,1,40.00\n\
    blue shoes,shoes,,2026-01-12,90,66.00,0,0.00\n\
    red socks,socks,brand,2026-01-05,60,20.00,3,90.00\n\
    red socks,socks,brand,2026-01-12,66,22.00,2,60.00\n\
    blue socks,socks,,2026-01-05,40,18.00,1,30.00\n\
    blue socks,socks,,2026-01-12,44,20.00,2,60.00\n";

fn run(config: &str) -> (TempDir, Output) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(folder.path().join("what-if.toml"), config).unwrap();
    let output = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["scenarios", "input.csv", "--out", "report", "--config", "what-if.toml", "--json"])
        .output()
        .unwrap();
    (folder, output)
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

#[test]
fn plans_stand_side_by_side_and_add_up() {
    let config = "[plan]\nobjective = \"revenue\"\n\
        [[scenarios]]\nname = \"less\"\nbudget_change = -0.2\n\
        [[scenarios]]\nname = \"money\"\nbudget = 150.0\n\
        [[scenarios]]\nname = \"no socks\"\n[[scenarios.exclude]]\ncampaign = \"socks\"\n\
        [[scenarios]]\nname = \"capped\"\nmax_change = 0.9\n[[scenarios.limits.classes]]\nlabel = \"brand\"\nupper_share = 0.3\n\
        [[scenarios]]\nname = \"dearer, fewer\"\n[[scenarios.change]]\ncpc = 1.1\ndemand = 0.9\n[[scenarios.change]]\ncampaign = \"shoes\"\nconversion_rate = 0.5\n";
    let (folder, output) = run(config);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let plans = table(&folder.path().join("report/scenarios.csv"));
    let names: Vec<&str> = plans.iter().map(|row| row["scenario"].as_str()).collect();
    assert_eq!(names, ["base", "less", "money", "no socks", "capped", "dearer, fewer"]);
    for row in &plans {
        // two decimals each
        let sum = number(row, "spend") + number(row, "unallocated");
        assert!((sum - number(row, "budget")).abs() < 0.005, "{row:?}");
        let difference = number(row, "revenue") - number(&plans[0], "revenue");
        if row["scenario"] == "base" {
            assert_eq!((row["difference"].as_str(), row["probability_more"].as_str()), ("", ""));
        } else {
            assert!((difference - number(row, "difference")).abs() < 0.011, "{row:?}");
            assert!((0.0..=1.0).contains(&number(row, "probability_more")));
        }
    }
    assert_eq!(plans[1]["budget"], format!("{:.2}", 0.8 * number(&plans[0], "budget")));
    assert_eq!(plans[2]["budget"], "150.00");
    let moves = table(&folder.path().join("report/moves.csv"));
    let socks = moves.iter().filter(|row| row["scenario"] == "no socks" && row["campaign"] == "socks");
    assert!(socks.clone().count() > 0 && socks.clone().all(|row| row["spend"] == "0.00"));
    let limits = table(&folder.path().join("report/limits.csv"));
    let cap = limits.iter().find(|row| row["scenario"] == "capped" && row["kind"] == "label limit").unwrap();
    assert!(cap["binds"] == "upper" && number(cap, "worth") > 0.0, "{cap:?}");
    assert!(plans[4]["binding_limits"].contains("label limit brand, upper"), "{:?}", plans[4]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["scenarios"].as_array().unwrap().len(), 6);
    assert_eq!(summary["scenarios"][5]["name"], "dearer, fewer");
    let page = fs::read_to_string(folder.path().join("report/report.html")).unwrap();
    assert!(page.contains("dearer, fewer") && !page.contains("http://") && !page.contains("https://"));
}

#[test]
fn the_base_plan_is_that_of_recommend() {
    let (folder, output) = run("[[scenarios]]\nname = \"x\"\nbudget_change = 0.1\n");
    assert_eq!(output.status.code(), Some(0));
    let alone = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "alone", "--json", "-q"])
        .output()
        .unwrap();
    let alone: serde_json::Value = serde_json::from_slice(&alone.stdout).unwrap();
    let base = &table(&folder.path().join("report/scenarios.csv"))[0];
    assert_eq!(base["spend"], format!("{:.2}", alone["plan"]["spend"].as_f64().unwrap()));
    assert_eq!(base["revenue_p95"], format!("{:.2}", alone["plan"]["planned"]["revenue_p95"].as_f64().unwrap()));
}

#[test]
fn one_scenario_can_be_planned_in_full() {
    let config = "[plan]\nobjective = \"revenue\"\n\
        [[scenarios]]\nname = \"dearer\"\nbudget_change = -0.1\n[[scenarios.change]]\ncpc = 1.2\n";
    let (folder, _) = run(config);
    let with = |name: &str| {
        Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(folder.path())
            .args([
                "recommend",
                "input.csv",
                "--out",
                name,
                "--config",
                "what-if.toml",
                "--json",
                "-q",
                "--scenario",
                name,
            ])
            .output()
            .unwrap()
    };
    let output = with("dearer");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let alone: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let among = &table(&folder.path().join("report/scenarios.csv"))[1];
    assert_eq!(among["spend"], format!("{:.2}", alone["plan"]["spend"].as_f64().unwrap()));
    assert_eq!(among["revenue"], format!("{:.2}", alone["plan"]["planned"]["revenue"].as_f64().unwrap()));
    let output = with("cheaper");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("cheaper"), "{said}");
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    let fine = "[[scenarios]]\nname = \"a\"\nbudget_change = 0.1\n";
    let cases: &[(&str, i32, &[&str])] = &[
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.exclude]]\ncampaign = \"nobody\"\n",
            2,
            &["line 6", "scenario `b`", "campaign = \"nobody\"", "matches no term"],
        ),
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.limits.groups]]\ncampaign = \"nobody\"\nupper = 5.0\n",
            2,
            &["line 6", "scenario `b`", "nobody"],
        ),
        (
            "[[scenarios]]\nname = \"b\"\nweek = 2025-01-06\n",
            2,
            &["line 6", "scenario `b`", "2025-01-06", "after the last one of the data"],
        ),
        ("[[scenarios]]\nname = \"b\"\nweek = \"2025-01-06\"\n", 2, &["line 6", "2025-01-06"]),
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.limits.classes]]\nlabel = \"brand\"\nupper_share = 1.5\n",
            2,
            &["line 6", "scenario `b`", "1.5", "a share from 0 to 1"],
        ),
        ("[[scenarios]]\nname = \"b\"\nbudget_chang = 0.1\n", 2, &["line 6", "did you mean `budget_change`"]),
        ("[[scenarios]]\nname = \"a\"\n", 2, &["line 5", "no other scenario has"]),
        ("[[scenarios]]\nname = \"b\"\nbudget = -5.0\n", 2, &["line 6", "-5"]),
        ("[[scenarios]]\nname = \"b\"\nbudget = 5.0\nbudget_change = 0.1\n", 2, &["line 6", "not both"]),
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.change]]\ncpc = 110.0\n",
            2,
            &["scenario `b`", "cpc = 110", "0.05 to 20"],
        ),
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.change]]\nlabel = \"brand\"\n",
            2,
            &["scenario `b`", "without a factor"],
        ),
        (
            "[[scenarios]]\nname = \"b\"\n[[scenarios.limits.groups]]\ncampaign = \"shoes\"\nlower = 150.0\n[[scenarios.limits.groups]]\ncampaign = \"socks\"\nlower = 150.0\n",
            4,
            &["line 4", "scenario `b`", "hint"],
        ),
    ];
    for (config, code, wanted) in cases {
        let (folder, output) = run(&format!("{fine}{config}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(*code), "{config}\n{said}");
        for word in *wanted {
            assert!(said.contains(word), "{word} is not in: {said}");
        }
        assert!(said.contains("what-if.toml"), "{said}");
        assert!(!folder.path().join("report").exists(), "no partial output");
    }
    let (_, output) = run("[plan]\nobjective = \"revenue\"\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[[scenarios]]"));
}

#[test]
fn the_demo_scenarios_give_the_same_bytes_for_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let with = |threads: &str| {
        let out = folder.path().join(threads);
        let done = Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RAYON_NUM_THREADS", threads)
            .args(["scenarios", "data/demo/account.csv", "--config", "data/scenarios.toml", "-q", "--out"])
            .arg(&out)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let names = [
            "scenarios.csv",
            "moves.csv",
            "limits.csv",
            "frontier.csv",
            "campaign_frontiers.csv",
            "summary.json",
            "report.html",
        ];
        names.map(|name| fs::read(out.join(name)).unwrap())
    };
    assert!(with("1") == with("3"));
    let rows = table(&folder.path().join("1/frontier.csv"));
    let points: Vec<&str> = rows.iter().map(|row| row["point"].as_str()).collect();
    assert!(points.contains(&"profit maximum"), "{points:?}");
}

#[test]
fn a_keyword_that_the_account_lacks_is_planned_as_it_is_described() {
    let config = "[plan]\nobjective = \"revenue\"\n[[scenarios]]\nname = \"green\"\n[[scenarios.add]]\n\
                  term = \"green shoes\"\ncampaign = \"shoes\"\ncpc = 0.5\nclicks = 30.0\nconversion_rate = 0.2\nvalue = 50.0\n";
    let (folder, output) = run(config);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let moves = table(&folder.path().join("report/moves.csv"));
    let own = moves.iter().find(|row| row["term"] == "green shoes").expect("a move");
    assert!(number(own, "spend") > 0.0 && number(own, "spend") <= 15.005 && number(own, "base_spend") < 0.005);
    for (entry, message) in [
        ("term = \"red shoes\"\ncampaign = \"shoes\"", "the data have it"),
        ("term = \"green shoes\"", "can't be added without `campaign`"),
        ("term = \"green shoes\"\ncampaign = \"shoes\"\nchannel = \"Google\"", "the data do not have"),
        ("term = \"green shoes\"\ncampaign = \"shoes\"\ncpc = -1.0", "figures above zero"),
    ] {
        let (folder, output) = run(&format!("[[scenarios]]\nname = \"x\"\n[[scenarios.add]]\n{entry}\n"));
        let message_seen = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message_seen}");
        assert!(message_seen.contains(message) && message_seen.contains("line 3"), "{message_seen}");
        assert!(!folder.path().join("report").exists());
    }
}

#[test]
fn the_same_tables_come_as_workbook_page_and_json() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(
        folder.path().join("what-if.toml"),
        "[report]\nformats = [\"md\"]\n[[scenarios]]\nname = \"a | b\"\nbudget_change = 0.1\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("termwise").unwrap();
        command.current_dir(folder.path()).args(arguments).assert().success();
    };
    run(&["scenarios", "input.csv", "--config", "what-if.toml", "--out", "one"]);
    let page = fs::read_to_string(folder.path().join("one/scenarios.md")).unwrap();
    assert!(page.contains("a \\| b") && !folder.path().join("one/scenarios.xlsx").exists());
    run(&["recommend", "input.csv", "--format", "xlsx,json", "--out", "two"]);
    let rows: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("two/recommendations.json")).unwrap()).unwrap();
    let csv = table(&folder.path().join("two/recommendations.csv"));
    assert_eq!(rows.as_array().unwrap().len(), csv.len());
    for (json, csv) in rows.as_array().unwrap().iter().zip(&csv) {
        assert_eq!(json["term"], csv["term"]);
        assert_eq!(json["recommended_spend"].as_f64(), csv["recommended_spend"].parse().ok());
        assert_eq!(json["roas_plan"].as_f64(), csv["roas_plan"].parse().ok());
    }
    assert!(fs::read(folder.path().join("two/plan.xlsx")).unwrap().starts_with(b"PK"));
    assert!(!folder.path().join("two/plan.md").exists());
}

#[test]
fn what_a_scenario_sets_is_what_recommend_sets_for_it() {
    let folder = TempDir::new().unwrap();
    let config = "[[scenarios]]\nname = \"../Less & less\"\nbudget_change = -0.3\n[[scenarios]]\nname = \"same\"\nmax_change = 0.3\n";
    fs::write(folder.path().join("what-if.toml"), config).unwrap();
    let account = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo/account.csv");
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("termwise").unwrap();
        command
            .current_dir(folder.path())
            .args(arguments)
            .args(["--config", "what-if.toml", "--quiet"])
            .assert()
            .success();
    };
    run(&["scenarios", account, "--import", "--out", "all"]);
    // again: nothing to do
    run(&["scenarios", account, "--import", "--out", "all"]);
    run(&["recommend", account, "--scenario", "../Less & less", "--out", "one"]);
    for editor in ["google_ads_editor.csv", "microsoft_editor.csv"] {
        let of = |path: String| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(of(format!("all/import/001-less-less/{editor}")), of(format!("one/import/{editor}")));
        assert!(folder.path().join(format!("all/import/002-same/{editor}")).exists());
    }
    assert!(!folder.path().join("Less & less").exists());
}

#[test]
fn limits_that_leave_no_plan_are_named_with_their_lines() {
    let config = "[plan]\nobjective = \"revenue\"\n[[limits.groups]]\ncampaign = \"shoes\"\nlower = 80.0\n\
                  [[scenarios]]\nname = \"tight\"\n[[scenarios.limits.groups]]\ncampaign = \"shoes\"\nupper = 70.0\n";
    let (folder, output) = run(config);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{told}");
    // the entry of the file, or the scenario's own, whichever gives way
    assert!(told.contains("line 3 of `what-if.toml`") || told.contains("line 8 of `what-if.toml`"), "{told}");
    let output = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--config", "what-if.toml", "--scenario", "tight", "--out", "one", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources: Vec<&str> = summary["plan"]["relaxation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["source"].as_str().unwrap())
        .collect();
    assert!(sources.iter().all(|source| source.contains("of `what-if.toml`")), "{sources:?}");
}
