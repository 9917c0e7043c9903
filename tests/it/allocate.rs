//! `termwise allocate` against closed forms.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// Splits over `curves`; answers the spends and the summary.
fn allocate(curves: &str, flags: &[&str]) -> (Vec<f64>, serde_json::Value) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("curves.csv"), curves).unwrap();
    let done = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["allocate", "curves.csv", "--out", "plan.csv", "--json", "--quiet"])
        .args(flags)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut reader = csv::Reader::from_path(folder.path().join("plan.csv")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["id", "spend", "response", "marginal", "binding"]);
    let spends = reader.records().map(|row| row.unwrap()[1].parse().unwrap()).collect();
    (spends, serde_json::from_slice(&done.stdout).unwrap())
}

const HEADER: &str = "id,family,a,k,h,lower,upper,current_spend\n";

#[test]
fn equal_power_curves_split_in_closed_form() {
    // max Σ aᵢ √(x / k): xᵢ ∝ aᵢ²
    for scale in [1e-6, 1.0, 1e6] {
        let mut curves = HEADER.to_owned();
        for (id, a) in [1.0, 2.0, 3.0].iter().enumerate() {
            writeln!(curves, "k{id},power,{a},{},0.5,0,{},1", 10.0 * scale, 1e9 * scale).unwrap();
        }
        let (spends, summary) = allocate(&curves, &["--budget", &(1400.0 * scale).to_string()]);
        for (spend, wanted) in spends.iter().zip([100.0, 400.0, 900.0]) {
            // 1e-9: the closed form in f64 against a bracket closed to the last bit
            assert!((spend / (wanted * scale) - 1.0).abs() < 1e-9, "{spends:?} at scale {scale}");
        }
        let certificate = &summary["plan"]["certificate"];
        assert_eq!(certificate["status"], "optimal");
        assert!(certificate["relative_gap"].as_f64().unwrap() <= 1e-9);
    }
}

#[test]
fn bounds_hold_and_the_rest_is_split() {
    let curves = format!("{HEADER}a,power,1,10,0.5,0,50,1\nb,power,2,10,0.5,0,1e9,1\nc,power,3,10,0.5,0,1e9,1\n");
    let (spends, _) = allocate(&curves, &["--budget", "1350"]);
    assert!((spends[0] - 50.0).abs() < 1e-9);
    assert!((spends[1] - 400.0).abs() < 1e-6 && (spends[2] - 900.0).abs() < 1e-6, "{spends:?}");
}

#[test]
fn budget_above_the_upper_bounds_is_not_exhausted() {
    let curves = format!("{HEADER}a,exp,10,5,1,0,20,1\nb,log,10,5,1,0,30,1\n");
    let (spends, summary) = allocate(&curves, &["--budget", "100"]);
    assert_eq!(spends, [20.0, 30.0]);
    assert_eq!(summary["plan"]["certificate"]["status"], "budget-not-exhausted");
    assert_eq!(summary["plan"]["unallocated"].as_f64(), Some(50.0));
}

#[test]
fn points_are_read_from_their_companion() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("curves.csv"), format!("{HEADER}a,points,,,,0,100,1\nb,points,,,,0,100,1\n")).unwrap();
    fs::write(
        folder.path().join("points.csv"),
        "id,spend,response\na,0,0\na,10,30\na,100,40\nb,0,0\nb,20,40\nb,100,50\n",
    )
    .unwrap();
    Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(folder.path())
        .args(["allocate", "curves.csv", "--points", "points.csv", "--budget", "30", "--out", "plan.csv", "--quiet"])
        .assert()
        .success();
    let mut reader = csv::Reader::from_path(folder.path().join("plan.csv")).unwrap();
    let spends: Vec<f64> = reader.records().map(|row| row.unwrap()[1].parse().unwrap()).collect();
    // slopes 3 then 1/9 against 2 then 1/8: the steep pieces first
    assert!((spends[0] - 10.0).abs() < 1e-9 && (spends[1] - 20.0).abs() < 1e-9, "{spends:?}");
}

#[test]
fn steps_add_up_exactly() {
    let curves = format!("{HEADER}a,power,1,10,0.5,0,1e9,1\nb,power,1,10,0.5,0,1e9,1\nc,power,1,10,0.5,0,1e9,1\n");
    let (spends, _) = allocate(&curves, &["--budget", "100", "--step", "5"]);
    assert!(spends.iter().all(|spend| (spend / 5.0).fract() == 0.0), "{spends:?}");
    assert!((spends.iter().sum::<f64>() - 100.0).abs() < 1e-12);
}

#[test]
fn refusals_name_row_and_remedy() {
    let folder = TempDir::new().unwrap();
    let run = |curves: &str, budget: &str| {
        fs::write(folder.path().join("curves.csv"), curves).unwrap();
        let assert = Command::cargo_bin("termwise")
            .unwrap()
            .current_dir(folder.path())
            .args(["allocate", "curves.csv", "--budget", budget, "--out", "plan.csv"])
            .assert();
        assert!(!folder.path().join("plan.csv").exists());
        assert
    };
    run(&format!("{HEADER}a,cubic,1,10,0.5,0,10,1\n"), "5").code(3).stderr(predicate::str::contains("cubic"));
    run(&format!("{HEADER}a,power,-1,10,0.5,0,10,1\n"), "5").code(3).stderr(predicate::str::contains("a"));
    run(&format!("{HEADER}a,power,x,10,0.5,0,10,1\n"), "5").code(3).stderr(predicate::str::contains("2"));
    run(&format!("{HEADER}a,power,1,10,0.5,8,10,1\n"), "5").code(4).stderr(predicate::str::contains("8"));
    run(&format!("{HEADER}a,power,1,10,0.5,0,10,1\n"), "nonsense").code(2);
}
