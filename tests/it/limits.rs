//! Limits, targets, risk and exploration from the config file to the report directory.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
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

fn run(config: &str, flags: &[&str]) -> (TempDir, std::process::Output) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("input.csv"), GOOD).unwrap();
    fs::write(folder.path().join("termwise.toml"), config).unwrap();
    let output = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["recommend", "input.csv", "--out", "report", "--config", "termwise.toml", "--json"])
        .args(flags)
        .output()
        .unwrap();
    (folder, output)
}

fn summary(output: &std::process::Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn limits_that_terms_share_hold_and_are_told() {
    let config = "[limits]\nmax_change = 0.5\nmax_turnover_share = 0.6\nturnover_price = 0.01\n\
        [[limits.groups]]\ncampaign = \"shoes\"\nupper = 100.0\n\
        [[limits.classes]]\nlabel = \"brand\"\nupper_share = 0.6\n\
        [risk]\nkind = \"tail-mean\"\ntail = 0.2\n[exploration]\nshare = 0.1\n";
    let (folder, output) = run(config, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = table(&folder.path().join("report/recommendations.csv"));
    let spend = |of: &dyn Fn(&BTreeMap<String, String>) -> bool| {
        rows.iter().filter(|row| of(row)).map(|row| row["recommended_spend"].parse::<f64>().unwrap()).sum::<f64>()
    };
    // a cent a term for rounding
    assert!(spend(&|row| row["campaign"] == "shoes") <= 100.02);
    assert!(spend(&|row| row["label"] == "brand") <= 0.6 * spend(&|_| true) + 0.04);
    let limits = table(&folder.path().join("report/limits.csv"));
    let kinds: Vec<&str> = limits.iter().map(|row| row["kind"].as_str()).collect();
    // bounds of single terms come after those that terms share
    assert_eq!(kinds[..4], ["budget", "campaign limit", "label limit", "turnover"]);
    assert_eq!(limits[1]["source"], "`limits.groups` 1");
    assert_eq!(limits[2]["upper_given"], "60% of planned spend");
    let summary = summary(&output);
    assert_eq!(summary["plan"]["risk"]["kind"], "tail-mean");
    assert!(summary["plan"]["exploration"]["expected_cost"].as_f64().is_some());
    assert_eq!(summary["plan"]["limits"].as_array().unwrap().len(), limits.len());
    let page = fs::read_to_string(folder.path().join("report/report.html")).unwrap();
    assert!(page.contains("Limits that terms share") && page.contains("is exploration"));
}

#[test]
fn limits_that_contradict_each_other_exit_with_4_and_name_each_as_it_was_written() {
    let config = "[limits]\nmax_change = 0.3\n\
        [[limits.groups]]\ncampaign = \"shoes\"\nlower = 400.0\n\
        [[limits.terms]]\ncampaign = \"shoes\"\nupper = 90.0\nlower = 10.0\n";
    let (folder, output) = run(config, &["--budget", "500"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("hint:") && message.contains("from 400.00 to 180.00"), "{message}");
    assert!(message.contains("campaign limit (lower): shoes (`limits.groups` 1, line 3 of `"), "{message}");
    let plan = &summary(&output)["plan"];
    assert_eq!(plan["certificate"]["status"], "infeasible");
    let change = &plan["relaxation"][0];
    assert_eq!((change["from"].as_f64(), change["to"].as_f64()), (Some(400.0), Some(180.0)));
    assert!(!folder.path().join("report").exists());
    let (_, output) = run(&config.replace("400.0", "180.0"), &["--budget", "500"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn flags_win_and_a_plan_has_one_goal() {
    let (_, output) = run("[plan]\ntarget_roas = 2.0\n", &["--target-roas", "2.5", "--objective", "revenue"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let goal = &summary(&output)["plan"]["goal"];
    assert_eq!((goal["kind"].as_str(), goal["target"].as_f64()), (Some("target-roas"), Some(2.5)));
    // whole cents of a hundred units of money
    assert!(goal["planned"].as_f64().unwrap() >= 2.5 * (1.0 - 1e-3), "{goal}");
    let (_, output) = run("[plan]\ntarget_roas = 2.0\n", &["--wanted-conversions", "5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("at most one"));
    let (_, output) = run("", &["--wanted-conversions", "7"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let plan = &summary(&output)["plan"];
    assert_eq!((plan["objective"].as_str(), plan["unallocated"].as_f64()), (Some("conversions"), Some(0.0)));
    assert!(plan["goal"]["planned"].as_f64().unwrap() >= 7.0 * (1.0 - 1e-4), "{plan}");
}

#[test]
fn rules_that_leave_no_spend_or_need_too_much_are_named_with_their_lines() {
    let told = |config: &str, flags: &[&str]| {
        let (_, output) = run(config, flags);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let crossed = "[limits]\nmax_change = 0.3\n[[limits.terms]]\ncampaign = \"shoes\"\nlower_rel = 50.0\nupper = 1.0\n";
    let (code, message) = told(crossed, &[]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("rule 1 of `limits.terms` (line 3 of `termwise.toml`) leaves term"), "{message}");
    let dear = "[[limits.terms]]\ncampaign = \"shoes\"\nlower = 4000.0\nupper = 5000.0\n";
    let (code, message) = told(dear, &["--budget", "500"]);
    assert_eq!(code, Some(4), "{message}");
    assert!(message.contains("`limits.terms` 1, line 1 of `termwise.toml`"), "{message}");
}
