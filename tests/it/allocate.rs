//! `termwise allocate` against closed forms.

use assert_cmd::Command;
use predicates::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::process::Output;
use tempfile::TempDir;

mod bounds;
mod hostile;
mod limits;

/// A folder with `curves.csv` and whatever else a case needs.
struct Case {
    folder: TempDir,
}

/// A plan that was written, and the summary that was printed.
struct Done {
    plan: Table,
    summary: serde_json::Value,
}

/// A table as rows of column → text.
struct Table(Vec<BTreeMap<String, String>>);

impl Case {
    fn new(curves: &str) -> Self {
        Self { folder: TempDir::new().unwrap() }.with("curves.csv", curves)
    }

    fn with(self, name: &str, text: &str) -> Self {
        self.with_bytes(name, text.as_bytes())
    }

    fn with_bytes(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.folder.path().join(name), bytes).unwrap();
        self
    }

    fn command(&self, flags: &[&str]) -> Output {
        let mut command = Command::cargo_bin("termwise").unwrap();
        command.current_dir(self.folder.path()).args(["allocate", "curves.csv", "--out", "plan.csv"]).args(flags);
        command.output().unwrap()
    }

    #[track_caller]
    fn allocate(&self, flags: &[&str]) -> Done {
        let done = self.command(&[flags, &["--json", "--quiet"]].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Done { plan: self.table("plan.csv"), summary: serde_json::from_slice(&done.stdout).unwrap() }
    }

    /// What a person reads of a run that goes through.
    fn human(&self, flags: &[&str]) -> String {
        let done = self.command(flags);
        assert!(done.status.success() && done.stdout.is_empty());
        String::from_utf8(done.stderr).unwrap()
    }

    /// What a person reads of a run that stops with `code` and writes nothing.
    #[track_caller]
    fn fails(&self, flags: &[&str], code: i32) -> String {
        let files = || fs::read_dir(self.folder.path()).unwrap().count();
        let before = files();
        let done = self.command(flags);
        let error = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(code), "{flags:?}: {error}");
        assert!(!error.contains("panicked"), "{flags:?}: {error}");
        assert_eq!(files(), before, "{flags:?} left a file behind");
        error
    }

    /// The summary of a run that stops.
    #[track_caller]
    fn failure(&self, flags: &[&str]) -> serde_json::Value {
        let done = self.command(&[flags, &["--json", "--quiet"]].concat());
        assert!(!done.status.success(), "{flags:?}");
        serde_json::from_slice(&done.stdout).unwrap()
    }

    fn table(&self, name: &str) -> Table {
        let mut reader = csv::Reader::from_path(self.folder.path().join(name)).unwrap();
        Table(reader.deserialize().map(Result::unwrap).collect())
    }
}

impl Done {
    fn column(&self, name: &str) -> Vec<f64> {
        self.plan.0.iter().map(|row| row[name].parse().unwrap()).collect()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.plan.0.iter().map(|row| row[name].clone()).collect()
    }

    fn plan(&self) -> &serde_json::Value {
        &self.summary["plan"]
    }
}

impl Table {
    #[track_caller]
    fn row(&self, id: &str) -> &BTreeMap<String, String> {
        self.0.iter().find(|row| row["id"] == id).unwrap()
    }
}

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
