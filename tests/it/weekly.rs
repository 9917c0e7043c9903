//! The scheduled run as the schedule meets it: every week once, held where something broke, never half.

mod diff;
mod disk;
mod holdback;

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
        let folder = TempDir::new().unwrap();
        let made = folder.path().join("made");
        let (terms, weeks) = (terms.to_string(), weeks.to_string());
        Command::cargo_bin("termwise")
            .unwrap()
            .args(["simulate", "--terms", &terms, "--weeks", &weeks, "--seed", "5", "--margin", "0.4"])
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

#[test]
fn what_was_put_right_again_is_in_force_again() {
    let account = Account::new(20, 12);
    let starts = account.starts();
    account.export_all(&starts);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    let first = account.week(&starts[11], &[]);
    assert_eq!(first.code, 0, "{}", first.said);
    let id = account.latest();
    fs::write(account.path("termwise.toml"), format!("{config}[limits]\nmax_change = 0.1\n")).unwrap();
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    assert_eq!(account.latest(), format!("{id}.2"));
    // a mistake, taken back: its plan must not stay
    fs::write(account.path("termwise.toml"), &config).unwrap();
    let again = account.week(&starts[11], &[]);
    assert_eq!((again.code, account.latest()), (0, format!("{id}.3")), "{}", again.said);
    let plan = |id: &str| fs::read(account.path("state").join("runs").join(id).join("recommendations.csv")).unwrap();
    assert!(plan(&id) == plan(&account.latest()) && plan(&id) != plan(&format!("{id}.2")));
    assert!(account.week(&starts[11], &[]).said.contains("nothing changed"));
}

#[test]
fn the_same_inputs_again_change_nothing_and_a_new_week_is_held_against_the_plan() {
    let account = Account::new(40, 14);
    let starts = account.starts();
    account.export_all(&starts[..12]);
    let first = account.week(&starts[11], &[]);
    assert_eq!(first.code, 0, "{}", first.said);
    assert_eq!(first.summary["weekly"]["planned_week"], starts[12].as_str());
    assert!(first.summary["weekly"]["review"].is_null());
    assert_eq!(account.latest(), last_day(&starts[11]));
    let before = files(&account.path("state"));
    // a later day of the same week is the same run
    for day in [last_day(&starts[11]), starts[12].clone()] {
        let again = account.run(&["--as-of", &day]);
        assert_eq!(again.code, 0, "{}", again.said);
        assert!(again.said.contains("nothing changed"), "{}", again.said);
        assert_eq!(again.summary["weekly"]["unchanged"], true);
        assert!(files(&account.path("state")) == before);
    }
    account.export_all(&starts[12..13]);
    let next = account.week(&starts[12], &[]);
    assert_eq!(next.code, 0, "{}", next.said);
    let review = &next.summary["weekly"]["review"];
    assert_eq!(
        (review["plan"].as_str().unwrap(), review["weeks_ahead"].as_i64().unwrap()),
        (account.runs()[0].as_str(), 1)
    );
    // sums of the export itself
    let sum = |column: &str| -> f64 {
        let at = account.header.split(',').position(|name| name == column).unwrap();
        account.weeks[&starts[12]].iter().map(|line| line.split(',').nth(at).unwrap().parse::<f64>().unwrap()).sum()
    };
    let near =
        |figure: &Value, wanted: f64| assert!((figure.as_f64().unwrap() - wanted).abs() < 1e-6, "{figure} {wanted}");
    near(&review["spend"], sum("cost") - review["unplanned_spend"].as_f64().unwrap());
    near(&review["conversions"], sum("conversions"));
    let ratio = next.summary["weekly"]["promise_ratio"].as_f64().unwrap();
    assert!((0.5..2.0).contains(&ratio), "{ratio}");
    // data after the day are not seen: the first week is the same with more of them there
    account.export_all(&starts[13..]);
    fs::rename(account.path("state"), account.path("old")).unwrap();
    let replayed = account.week(&starts[11], &[]);
    let text = |state: &str| {
        fs::read(account.path(state).join("runs").join(last_day(&starts[11])).join("recommendations.csv"))
    };
    assert!(replayed.code == 0 && text("state").unwrap() == text("old").unwrap());
}

#[test]
fn each_accident_is_caught_in_its_week_and_no_other_week_is_held() {
    let account = Account::new(60, 25);
    let starts = account.starts();
    let (first, broken, dearer, late, slipped) = (9, 12, 15, 18, 21);
    account.export_all(&starts[..first]);
    let times = |cell: &str, factor: f64| Some(format!("{:.2}", cell.parse::<f64>().unwrap() * factor));
    let price = |at: usize| if at >= dearer { 1.6 } else { 1.0 };
    let good = |at: usize| {
        account.export(&starts[at], |name, cell| match name {
            "conversions" | "revenue" if at == broken => Some("0".to_owned()),
            "cost" | "max_cpc" => times(cell, price(at)),
            _ => None,
        });
    };
    let mut held = BTreeMap::new();
    let mut previous = None;
    for (at, start) in starts.iter().enumerate().skip(first) {
        if at == slipped {
            account.export(start, |name, cell| match name {
                "currency" => Some("USD".to_owned()),
                "cost" => times(cell, price(at) * 1.1),
                _ => None,
            });
        } else if at != late {
            good(at);
        }
        let ran = account.week(start, &[]);
        if ran.code == 5 {
            let guards: Vec<String> = ran.summary["weekly"]["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|finding| finding["guard"].as_str().unwrap().to_owned())
                .collect();
            // the reason is the first thing said, and the plan before stays
            assert!(ran.said.starts_with("error: held: "), "{}", ran.said);
            assert_eq!(Some(account.latest()), previous, "the plan before stays the latest");
            held.insert(at, guards);
        } else {
            assert_eq!(ran.code, 0, "{at}: {}", ran.said);
            assert_eq!(account.latest(), last_day(start));
        }
        previous = Some(account.latest());
        // what was late comes, and what was wrong is put right
        if at == late || at == slipped {
            good(at);
        }
    }
    assert_eq!(held.keys().copied().collect::<Vec<_>>(), [broken, dearer, late, slipped], "{held:?}");
    for (at, guard) in
        [(broken, "tracking-break"), (dearer, "price-range"), (late, "stale-week"), (slipped, "currency")]
    {
        assert!(held[&at].contains(&guard.to_owned()), "{at}: {held:?}");
    }
    assert_whole(&account.path("state"));
}

#[test]
fn what_a_person_accepts_goes_through_and_is_recorded() {
    let account = Account::new(40, 13);
    let starts = account.starts();
    account.export_all(&starts[..12]);
    assert_eq!(account.week(&starts[11], &[]).code, 0);
    let due = starts[12].as_str();
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0)));
    let held = account.week(due, &[]);
    assert_eq!(held.code, 5, "{}", held.said);
    assert!(held.said.contains("--accept spend-range") && held.said.contains("--accept price-range"), "{}", held.said);
    let again = account.week(due, &[]);
    assert!(again.code == 5 && again.said.contains("nothing changed"), "{}", again.said);
    let one = account.week(due, &["--accept", "spend-range"]);
    assert_eq!(one.code, 5, "{}", one.said);
    let both = account.week(due, &["--accept", "price-range", "--accept", "promise-ratio"]);
    assert_eq!(both.code, 0, "{}", both.said);
    let findings = both.summary["weekly"]["findings"].as_array().unwrap();
    assert!(findings.len() >= 2 && findings.iter().all(|finding| finding["accepted"] == true), "{findings:?}");
    let message = fs::read_to_string(account.path("state/latest/message.md")).unwrap();
    assert!(message.contains("Accepted: ") && message.contains("(`price-range`)"), "{message}");
    // held once more for other data, it is told which plan is the latest: that of this very week
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 9.0)));
    let latest = account.latest();
    let anew = account.week(due, &["--dry-run"]);
    assert!(anew.code == 5 && anew.said.contains(&format!("the plan of {latest} stays the latest")), "{}", anew.said);
    account.export(due, |name, cell| (name == "cost").then(|| format!("{:.2}", cell.parse::<f64>().unwrap() * 4.0)));
    // every step stays, and it is done with
    assert_eq!(account.runs().len(), 4);
    let after = account.week(due, &[]);
    assert!(after.code == 0 && after.said.contains("nothing changed"), "{}", after.said);
    assert_eq!(account.run(&["--accept", "wishful"]).code, 2);
}

#[test]
fn a_trial_writes_nothing() {
    let account = Account::new(30, 10);
    let starts = account.starts();
    account.export_all(&starts);
    let trial = account.week(&starts[9], &["--dry-run"]);
    assert_eq!(trial.code, 0, "{}", trial.said);
    assert!(trial.summary["plan"]["spend"].as_f64().unwrap() > 0.0);
    assert!(!account.path("state").exists());
}

#[test]
fn weeks_are_replayed_one_run_a_week_and_shown() {
    let account = Account::new(30, 12);
    let starts = account.starts();
    account.export_all(&starts);
    let due = last_day(&starts[11]);
    let done = account.run(&["--as-of", &due, "--backfill", "--from", &starts[7]]);
    assert_eq!(done.code, 0, "{}", done.said);
    let expected: Vec<String> = starts[7..].iter().map(|start| last_day(start)).collect();
    assert_eq!(account.runs(), expected);
    assert_eq!(done.summary["backfill"]["made"], 5);
    let again = account.run(&["--as-of", &due, "--backfill", "--from", &starts[7]]);
    assert_eq!((&again.summary["backfill"]["made"], &again.summary["backfill"]["there"]), (&0.into(), &5.into()));
    let runs = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("termwise").unwrap();
        command.current_dir(account.folder.path()).args(["runs", "--state", "state"]).args(arguments);
        let done = command.output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, list, _) = runs(&["list"]);
    assert_eq!((code, list.lines().count()), (0, 7), "{list}");
    assert!(list.ends_with(&format!("latest: {due}\n")));
    let (code, shown, _) = runs(&["show", "latest"]);
    assert!(code == 0 && shown.contains("**Last week**"), "{shown}");
    let (code, compared, _) = runs(&["compare", &expected[0], "latest"]);
    assert!(
        code == 0 && compared.contains("spend planned") && compared.contains("moved between the plans"),
        "{compared}"
    );
    for wrong in [&["show"][..], &["compare", "latest"], &["list", "latest"], &["burn"]] {
        assert_eq!(runs(wrong).0, 2, "{wrong:?}");
    }
    let (code, _, said) = runs(&["show", "2020-01-05"]);
    assert!(code == 2 && said.contains(&due), "{said}");
    // a stored run is a report like any other
    let campaign = account.weeks[&starts[0]][0].split(',').nth(2).unwrap();
    let mut explain = Command::cargo_bin("termwise").unwrap();
    explain.current_dir(account.folder.path()).args(["explain", campaign, "--run", "state/latest"]).assert().success();
    let history = fs::read_to_string(account.path("state/latest/history.csv")).unwrap();
    assert_eq!(history.lines().count(), 6);
}

#[test]
fn old_runs_go_as_the_config_has_it() {
    let account = Account::new(20, 15);
    let starts = account.starts();
    account.export_all(&starts);
    let config = fs::read_to_string(account.path("termwise.toml")).unwrap();
    fs::write(account.path("termwise.toml"), format!("{config}keep_runs = 8\n")).unwrap();
    assert_eq!(account.run(&["--as-of", &last_day(&starts[14]), "--backfill"]).code, 0);
    let kept = account.runs();
    assert_eq!((kept.len(), kept.last()), (8, Some(&last_day(&starts[14]))));
    let again = account.run(&["--as-of", &last_day(&starts[14])]);
    assert!(again.said.contains("nothing changed"), "{}", again.said);
}

#[test]
fn one_run_at_a_time_and_the_other_is_told_who() {
    let account = Account::new(20, 8);
    let starts = account.starts();
    account.export_all(&starts);
    fs::create_dir(account.path("state")).unwrap();
    let lock = fs::File::create(account.path("state/lock")).unwrap();
    fs::write(account.path("state/lock"), r#"{"process": 4242, "host": "scheduler", "since": "this morning"}"#)
        .unwrap();
    lock.lock().unwrap();
    let refused = account.week(&starts[7], &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.said.contains("process 4242 on scheduler"), "{}", refused.said);
    drop(lock);
    // what the process left stands in the file, but its lock is gone with it
    let taken = account.week(&starts[7], &[]);
    assert!(taken.code == 0 && taken.said.contains("taken over"), "{}", taken.said);
    fs::remove_dir_all(account.path("state")).unwrap();
    let due = last_day(&starts[7]);
    let mut both: Vec<_> = (0..2).map(|_| account.command(&["--as-of", &due]).arg("-q").spawn().unwrap()).collect();
    let codes: Vec<i32> = both.iter_mut().map(|child| child.wait().unwrap().code().unwrap()).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 1].contains(code)), "{codes:?}");
    assert_eq!(account.runs(), [due]);
    assert_whole(&account.path("state"));
}

#[test]
fn a_kill_at_any_instant_leaves_the_last_good_state() {
    let account = Account::new(20, 10);
    let starts = account.starts();
    account.export_all(&starts[..9]);
    assert_eq!(account.week(&starts[8], &[]).code, 0);
    account.export_all(&starts[9..]);
    let good = last_day(&starts[8]);
    let kept = files(&account.path("state").join("runs").join(&good));
    let kills: u64 = std::env::var("TERMWISE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8);
    let back = |made: &str| {
        fs::remove_dir_all(account.path("state").join("runs").join(made)).unwrap();
        fs::remove_file(account.path("state/latest")).unwrap();
        std::os::unix::fs::symlink(format!("runs/{good}"), account.path("state/latest")).unwrap();
    };
    let whole = std::time::Instant::now();
    let whole_run = account.week(&starts[9], &[]);
    assert_eq!(whole_run.code, 0, "{}", whole_run.said);
    let length = whole.elapsed();
    back(&last_day(&starts[9]));
    let (mut died, mut finished) = (0, 0);
    for kill in 0..kills {
        let mut child = account.command(&["--as-of", &last_day(&starts[9])]).arg("-q").spawn().unwrap();
        // spread over the run, denser towards its end, where it writes
        let place = ((kill as f64 + 0.5) / kills as f64).sqrt();
        std::thread::sleep(length.mul_f64(1.1 * place));
        let _ = child.kill();
        let ended = child.wait().unwrap();
        if ended.code() == Some(0) {
            finished += 1;
        } else {
            died += 1;
        }
        assert!(files(&account.path("state").join("runs").join(&good)) == kept, "the run before is as it was");
        let latest = account.latest();
        assert!(latest == good || latest == last_day(&starts[9]), "{latest}");
        if latest != good {
            // it was made before the kill: once more from the start
            assert_whole(&account.path("state"));
            back(&latest);
        }
    }
    assert_eq!(died + finished, kills);
    let ran = account.week(&starts[9], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!((account.latest(), account.runs()), (last_day(&starts[9]), vec![good, last_day(&starts[9])]));
    assert_whole(&account.path("state"));
    eprintln!("{died} killed, {finished} finished before");
}

#[test]
fn a_place_that_cannot_be_written_to_is_said_and_nothing_else_happens() {
    let account = Account::new(20, 8);
    let starts = account.starts();
    account.export_all(&starts);
    fs::write(account.path("state"), "a file").unwrap();
    let refused = account.week(&starts[7], &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.said.contains("can't be written") && refused.said.contains("weekly.state"), "{}", refused.said);
    assert_eq!(fs::read_to_string(account.path("state")).unwrap(), "a file");
    fs::write(account.path("termwise.toml"), "[weekly]\nstate = \"s\"\n").unwrap();
    let refused = account.week(&starts[7], &[]);
    assert!(refused.code == 2 && refused.said.contains("weekly.inputs"), "{}", refused.said);
}

#[test]
fn units_of_the_readme_are_ones_that_systemd_takes() {
    if std::process::Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("skipped: systemd-analyze is not installed");
        return;
    }
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let folder = TempDir::new().unwrap();
    let program = assert_cmd::cargo::cargo_bin("termwise").display().to_string();
    let mut units = Vec::new();
    for block in readme.split("```ini\n").skip(1) {
        let unit = block.split("\n```").next().unwrap();
        let name = unit.lines().next().unwrap().trim_start_matches("# ");
        let path = folder.path().join(name);
        fs::write(&path, format!("{}\n", unit.replace("/usr/local/bin/termwise", &program))).unwrap();
        units.push(path);
    }
    assert_eq!(units.len(), 2);
    let done = std::process::Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.trim().is_empty(), "{said}");
}

#[test]
fn a_state_of_the_first_version_is_read_and_gone_on_from() {
    let account = Account::new(12, 13);
    let starts = account.starts();
    account.export_all(&starts);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/state-1/runs/2025-03-30");
    let place = account.path("state/runs/2025-03-30");
    fs::create_dir_all(&place).unwrap();
    for entry in fs::read_dir(&golden).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.join(entry.file_name())).unwrap();
    }
    let listed = Command::cargo_bin("termwise")
        .unwrap()
        .current_dir(account.folder.path())
        .args(["runs", "--state", "state", "list", "--json"])
        .output()
        .unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let old = &listed["runs"]["runs"][0];
    assert_eq!((&old["id"], &old["schema"], &old["held"]), (&"2025-03-30".into(), &1.into(), &false.into()));
    assert!(old["plan"]["spend"].as_f64().unwrap() > 0.0);
    // keys that came later are there as what they are without a value
    assert!(old.get("lift_realised_over_promised").is_some_and(Value::is_null));
    let next = account.week(&starts[12], &[]);
    assert!(next.code == 0 || next.code == 5, "{}", next.said);
    let review = &next.summary["weekly"]["review"];
    assert_eq!((&review["plan"], &review["terms"]), (&"2025-03-30".into(), &12.into()));
    assert!(review["conversions_forecast"].as_f64().unwrap() > 0.0);
    // it did not keep its settings, so the change is told and not taken apart
    let diff = &next.summary["weekly"]["diff"];
    assert_eq!(diff["parts"], serde_json::json!([]));
    assert!(diff["unexplained"].is_string() && diff["moved"].as_f64().unwrap() > 0.0, "{diff}");
    for name in ["run.json", "terms.parquet", "summary.json", "message.md"] {
        assert_eq!(fs::read(golden.join(name)).unwrap(), fs::read(place.join(name)).unwrap(), "{name} was changed");
    }
}
