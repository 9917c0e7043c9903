//! `recommend --simulator`: the platform's simulators beside the account.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// Thirty weeks of five keywords whose bids never moved.
fn account(folder: &Path) -> String {
    let mut text = String::from("keyword,match_type,campaign,week,clicks,cost,conversions,max_cpc\n");
    for week in 0..30 {
        let day = chrono::NaiveDate::from_ymd_opt(2025, 3, 3).expect("a Monday") + chrono::Days::new(7 * week);
        for (number, name) in ["red shoes", "blue shoes", "boots", "sandals", "laces"].iter().enumerate() {
            let clicks = 100 + 20 * number + usize::try_from(week * 7 % 11).expect("small");
            let cost = clicks as f64 * 0.5;
            text.push_str(&format!("{name},Exact,Shoes,{day},{clicks},{cost:.2},{},0.80\n", clicks / 20));
        }
    }
    let path = folder.join("account.csv");
    fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn run(folder: &Path, simulator: &str, out: &str) -> assert_cmd::assert::Assert {
    let path = folder.join("simulator.csv");
    fs::write(&path, simulator).expect("written");
    Command::cargo_bin("termwise")
        .expect("built")
        .args(["recommend", &account(folder), "--objective", "conversions", "--json", "--out"])
        .arg(folder.join(out))
        .arg("--simulator")
        .arg(path)
        .assert()
}

#[test]
fn a_simulator_tells_the_elasticity_of_its_keyword() {
    let folder = tempfile::tempdir().expect("a folder");
    // clicks as cost to the power of 0.4 about 55 a week
    let points: String = [(0.4, 30.0_f64), (0.6, 42.0), (0.8, 55.0), (1.1, 75.0), (1.5, 100.0)]
        .iter()
        .map(|(bid, cost)| {
            format!("[red shoes],Exact match,Shoes,${bid},{:.0},${cost}\n", 110.0 * (cost / 55.0).powf(0.4))
        })
        .collect();
    let done =
        run(folder.path(), &format!("Keyword,Match type,Campaign,Max. CPC,Est. clicks,Est. cost\n{points}"), "a");
    let summary: serde_json::Value = serde_json::from_slice(&done.success().get_output().stdout).expect("JSON");
    let told = &summary["model"]["elasticity"];
    assert_eq!(
        (told["simulator"].as_u64(), told["evidence"]["simulated_terms"].as_u64()),
        (Some(1), Some(1)),
        "{told}"
    );
    let table = fs::read_to_string(folder.path().join("a/recommendations.csv")).expect("a table");
    let mut rows = table.lines();
    let names: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let at = |name: &str| names.iter().position(|found| *found == name).expect("a column");
    let row: Vec<&str> = rows.find(|row| row.starts_with("red shoes")).expect("a row").split(',').collect();
    assert_eq!(row[at("curve_basis")], "simulator");
    let elasticity: f64 = row[at("elasticity")].parse().expect("a number");
    // between the simulator's 0.4 and the prior's 0.7
    assert!(elasticity > 0.4 && elasticity < 0.6, "{elasticity}");
    // the manifest names the file
    let manifest = fs::read_to_string(folder.path().join("a/manifest.json")).expect("a manifest");
    assert!(manifest.contains("simulator.csv"));
}

#[test]
fn a_table_that_is_no_simulator_stops_the_run_without_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let failed = run(folder.path(), "Keyword,Clicks,Cost\nred shoes,100,50\n", "b").code(3);
    let told = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(told.contains("not a table of a bid or budget simulator") && told.contains("max_cpc"), "{told}");
    assert!(!folder.path().join("b").exists());
    let failed = run(folder.path(), "keyword,bid,clicks,cost\nred shoes,0.5,many,50\n", "b").code(3);
    let told = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(told.contains("line 2, column `clicks`: `many` is not a number"), "{told}");
    assert!(!folder.path().join("b").exists());
}

/// Channels of known truth, as mix models are tried on: what a week's spend leaves behind saturates as `tanh(λ x / 2)`, the
/// logistic saturation of Jin et al. (2017), whose elasticity is `λ x / sinh(λ x)`. Points on it, given as a simulator's table,
/// bring the elasticity within its 90% interval, and nearer than the prior.
#[test]
fn curves_of_known_truth_are_recovered_from_their_points() {
    let folder = tempfile::tempdir().expect("a folder");
    let channels = [("x1", 1.0_f64, 850.0_f64), ("x2", 2.5, 250.0)];
    let mut rows = String::from("keyword,campaign,week,clicks,cost,conversions\n");
    let mut points = String::from("Campaign,Budget,Cost,Clicks\n");
    for (name, lambda, spend) in channels {
        let effect = |spend: f64| (1e4 * (0.5 * lambda * spend / 1000.0).tanh()).round();
        for week in 0..30_u32 {
            let day =
                chrono::NaiveDate::from_ymd_opt(2025, 3, 3).expect("a Monday") + chrono::Days::new(7 * u64::from(week));
            // demand of the weeks, which moves both alike
            let demand = 0.8 + 0.05 * f64::from(week * 7 % 11);
            let (clicks, cost) = (demand * effect(spend), demand * spend);
            rows.push_str(&format!("{name},{name},{day},{clicks:.0},{cost:.2},{:.0}\n", clicks / 20.0));
        }
        for share in [0.5, 0.65, 0.8, 0.95, 1.1, 1.25, 1.4, 1.6] {
            let spend = share * spend;
            points.push_str(&format!("{name},{:.2},{spend:.2},{:.0}\n", spend / 7.0, effect(spend)));
        }
    }
    let (account, simulator) = (folder.path().join("account.csv"), folder.path().join("simulator.csv"));
    fs::write(&account, rows).expect("written");
    fs::write(&simulator, points).expect("written");
    let out = folder.path().join("out");
    let mut command = Command::cargo_bin("termwise").expect("built");
    command.arg("recommend").arg(&account).args(["--objective", "conversions", "--quiet", "--out"]).arg(&out);
    command.arg("--simulator").arg(&simulator).assert().success();
    let table = fs::read_to_string(out.join("recommendations.csv")).expect("a table");
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = rows.next().expect("a header");
    let at = |name: &str| names.iter().position(|found| *found == name).expect("a column");
    let (mut seen, number) = (0, |row: &[&str], name: &str| row[at(name)].parse::<f64>().expect("a number"));
    for row in rows {
        let (_, lambda, _) = channels.iter().find(|(name, ..)| row[0] == *name).expect("a channel");
        let x = lambda * number(&row, "current_spend") / 1000.0;
        let truth = x / x.sinh();
        let (mean, sd) = (number(&row, "elasticity"), number(&row, "elasticity_sd"));
        assert!((mean - truth).abs() < 1.645 * sd, "{}: {mean} ± {sd}, truth {truth}", row[0]);
        assert!((mean - truth).abs() < 0.7 * (0.7 - truth).abs() && sd < 0.12, "{}: {mean} ± {sd}, {truth}", row[0]);
        seen += 1;
    }
    assert_eq!(seen, 2);
}
