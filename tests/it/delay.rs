//! Late reports from end to end: exports of a simulated account, read as a user would read them.

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use termwise::estimate::{DelaySettings, DelaySource, completion};
use termwise::ingest::{IngestSettings, Ingested, read};

/// Mean lag, weeks.
const LAG: f64 = 1.0;

fn simulated(folder: &Path) -> Vec<PathBuf> {
    Command::cargo_bin("termwise")
        .unwrap()
        .args(["simulate", "--terms", "300", "--weeks", "20", "--delay", "1", "--exports", "10", "--quiet", "--out"])
        .arg(folder.join("account"))
        .assert()
        .success();
    let mut exports: Vec<PathBuf> = std::fs::read_dir(folder.join("account"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("account-"))
        .collect();
    exports.sort();
    exports
}

/// Share known at an age of so many weeks, for a click at a uniform time of its week.
fn share(age: usize) -> f64 {
    1.0 - LAG * (1.0 - (-1.0 / LAG).exp()) * (-(age as f64) / LAG).exp()
}

#[test]
fn exports_show_the_lag_and_the_newest_one_counts() {
    let folder = TempDir::new().unwrap();
    let exports = simulated(folder.path());
    assert_eq!(exports.len(), 10);
    let all = read(&exports, &IngestSettings::default()).unwrap();
    let last = read(&exports[9..], &IngestSettings::default()).unwrap();
    let plain = read(&[folder.path().join("account/account.csv")], &IngestSettings::default()).unwrap();
    assert_eq!(all.totals, last.totals);
    assert_eq!(all.totals, plain.totals);
    assert_eq!((&all.counts.cells, &all.counts.terms), (&plain.counts.cells, &plain.counts.terms));

    let delay = completion(&all.counts, &DelaySettings::default());
    assert_eq!(delay.source, DelaySource::Exports);
    let sd = delay.sd.as_ref().unwrap();
    for age in 0..8 {
        let (seen, error) = (delay.completion[19 - age], sd[19 - age]);
        assert!((seen - share(age)).abs() < 4.0 * error + 1e-3, "age {age}: {seen} for {}", share(age));
    }
    // one export alone has nothing to compare with
    let codes = |ingested: &Ingested| -> Vec<&'static str> {
        completion(&ingested.counts, &DelaySettings::default()).notes.0.iter().map(|note| note.code).collect()
    };
    assert_eq!(codes(&last), ["delay-not-measured", "recent-weeks-low"]);
    assert_eq!(codes(&plain), ["recent-weeks-low"]);
}

#[test]
fn a_lag_table_that_is_none_is_refused_by_its_key() {
    let run = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["fit", "data/demo/account.csv", "--delay", "30,55,100", "--quiet", "--out", "never.csv"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let message = String::from_utf8_lossy(&run.stderr);
    assert!(message.contains("`delay.completed` is [30.0, 55.0, 100.0]"), "{message}");
}
