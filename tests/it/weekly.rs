//! The scheduled run as the schedule meets it: every week once, held where something broke, never half.

mod caught;
mod crash;
mod currency;
mod diff;
mod disk;
mod guards;
mod holdback;
mod late;
mod promises;
mod repeated;
mod replay;
mod schedule;
mod stored;
mod year;

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An account that is exported week by week, with its config.
struct Account {
    folder: TempDir,
    header: String,
    /// Rows by the first day of their week.
    weeks: BTreeMap<String, Vec<String>>,
}

struct Ran {
    code: i32,
    summary: Value,
    said: String,
}

impl Account {
    /// `terms` terms over `weeks` weeks from 2025-01-06 on, nothing exported yet.
    fn new(terms: usize, weeks: usize) -> Self {
        Self::seeded(terms, weeks, 5)
    }

    fn seeded(terms: usize, weeks: usize, seed: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let made = folder.path().join("made");
        let (terms, weeks, seed) = (terms.to_string(), weeks.to_string(), seed.to_string());
        Command::cargo_bin("termwise")
            .unwrap()
            .args(["simulate", "--terms", &terms, "--weeks", &weeks, "--seed", &seed, "--margin", "0.4"])
            .args(["--start", "2025-01-06", "-q", "--out"])
            .arg(&made)
            .assert()
            .success();
        let text = fs::read_to_string(made.join("account.csv")).unwrap();
        let (header, body) = text.split_once('\n').unwrap();
        let at = header.split(',').position(|name| name == "week").unwrap();
        let mut weeks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in body.lines() {
            weeks.entry(line.split(',').nth(at).unwrap().to_owned()).or_default().push(line.to_owned());
        }
        fs::create_dir(folder.path().join("in")).unwrap();
        let config = "[weekly]\ninputs = [\"in/*.csv\"]\nstate = \"state\"\n";
        fs::write(folder.path().join("termwise.toml"), config).unwrap();
        Self { folder, header: header.to_owned(), weeks }
    }

    /// A small account whose ninth week is planned and whose tenth is exported, with the weeks' Mondays.
    fn planned_once() -> (Self, Vec<String>) {
        let account = Self::new(20, 10);
        let starts = account.starts();
        account.export_all(&starts[..9]);
        assert_eq!(account.week(&starts[8], &[]).code, 0);
        account.export_all(&starts[9..]);
        (account, starts)
    }

    fn starts(&self) -> Vec<String> {
        self.weeks.keys().cloned().collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the export of a week; `change` may alter cells by the name of their column.
    fn export(&self, week: &str, change: impl Fn(&str, &str) -> Option<String>) {
        let names: Vec<&str> = self.header.split(',').collect();
        let rows: Vec<String> = self.weeks[week]
            .iter()
            .map(|line| {
                let cells = line.split(',').zip(&names);
                cells
                    .map(|(cell, name)| change(name, cell).unwrap_or_else(|| cell.to_owned()))
                    .collect::<Vec<_>>()
                    .join(",")
            })
            .collect();
        fs::write(self.path(&format!("in/{week}.csv")), format!("{}\n{}\n", self.header, rows.join("\n"))).unwrap();
    }

    fn export_all(&self, weeks: &[String]) {
        for week in weeks {
            self.export(week, |_, _| None);
        }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("termwise"));
        // what systemd and cron give: hardly anything, and another working directory
        command.env_clear().env("PATH", "").env("HOME", "").current_dir("/");
        command.arg("weekly").arg("--config").arg(self.path("termwise.toml")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let done = self.command(arguments).arg("--json").output().unwrap();
        Ran {
            code: done.status.code().unwrap(),
            summary: serde_json::from_slice(&done.stdout).unwrap_or(Value::Null),
            said: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }

    /// Runs the week that begins on a Monday.
    fn week(&self, start: &str, more: &[&str]) -> Ran {
        let mut arguments = vec!["--as-of"];
        let due = last_day(start);
        arguments.push(&due);
        arguments.extend(more);
        self.run(&arguments)
    }

    fn latest(&self) -> String {
        let link = fs::read_link(self.path("state/latest")).unwrap();
        link.file_name().unwrap().to_str().unwrap().to_owned()
    }

    fn runs(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("state/runs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

/// The Sunday of a week's Monday.
fn last_day(start: &str) -> String {
    let day: chrono::NaiveDate = start.parse().unwrap();
    (day + chrono::Days::new(6)).to_string()
}

/// Every file with its bytes and when it was written.
fn files(root: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut rest = vec![root.to_owned()];
    while let Some(place) = rest.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            if kind.is_dir() {
                rest.push(path);
            } else if kind.is_file() && !path.ends_with("lock") {
                found.insert(path.clone(), (fs::read(&path).unwrap(), kind.modified().unwrap()));
            }
        }
    }
    found
}

/// Every run is whole: its files are those of its manifest, bit for bit.
fn assert_whole(state: &Path) {
    for entry in fs::read_dir(state.join("runs")).unwrap() {
        let run = entry.unwrap().path();
        let name = run.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!name.starts_with('.'), "{name} was begun and not finished");
        let manifest: Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
        let outputs = manifest["outputs"].as_array().unwrap();
        assert!(outputs.len() > 3);
        for output in outputs {
            let bytes = fs::read(run.join(output["path"].as_str().unwrap())).unwrap();
            assert_eq!(output["sha256"], termwise::report::sha256_hex(&bytes), "{name}: {}", output["path"]);
        }
    }
    if let Ok(link) = fs::read_link(state.join("latest")) {
        let record: Value = serde_json::from_slice(&fs::read(state.join(link).join("run.json")).unwrap()).unwrap();
        assert_eq!(record["held"], false);
    }
}
