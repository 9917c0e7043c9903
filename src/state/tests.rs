//! The state as a directory: names, the lock, the order of writing.

use super::*;
use crate::domain::Date;
use tempfile::TempDir;

fn id(text: &str) -> RunId {
    text.parse().unwrap()
}

fn record(name: &str) -> Vec<Artifact> {
    let record = Record { schema: crate::weekly::SCHEMA, id: name.to_owned(), ..Record::default() };
    vec![Artifact { name: RECORD.to_owned(), bytes: record.to_json().into_bytes() }]
}

#[test]
fn runs_are_written_found_and_pointed_to() {
    let folder = TempDir::new().unwrap();
    let state = State::new(&folder.path().join("state"));
    assert!(matches!(state.find("latest"), Err(StateError::NoState { .. })));
    let (lock, died) = state.take().unwrap();
    assert_eq!(died, None);
    let day: Date = "2026-01-11".parse().unwrap();
    for name in ["2026-01-11", "2026-01-11.2"] {
        let next = state.next_id(day).unwrap();
        assert_eq!(next.to_string(), name);
        state.write(&lock, &next, &record(name)).unwrap();
    }
    assert_eq!(state.ids().unwrap(), [id("2026-01-11"), id("2026-01-11.2")]);
    assert_eq!(state.latest(), None);
    assert!(state.point(&lock, &id("2026-01-11")).unwrap());
    assert!(!state.point(&lock, &id("2026-01-11")).unwrap());
    assert!(state.point(&lock, &id("2026-01-11.2")).unwrap());
    assert_eq!(state.find("latest").unwrap(), id("2026-01-11.2"));
    assert_eq!(state.record(&id("2026-01-11.2")).unwrap().id, "2026-01-11.2");
    let error = state.find("2026-01-18").unwrap_err();
    assert!(error.hint().unwrap().contains("2026-01-11.2"), "{error:?}");
    // what is there is never written over
    assert!(state.write(&lock, &id("2026-01-11"), &record("other")).is_err());
    assert_eq!(state.record(&id("2026-01-11")).unwrap().id, "2026-01-11");
}

#[test]
fn one_at_a_time_and_the_holder_is_named() {
    let folder = TempDir::new().unwrap();
    let state = State::new(folder.path());
    let (lock, _) = state.take().unwrap();
    let error = state.take().unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let said = error.to_string();
    assert!(said.contains(&format!("process {}", std::process::id())) && said.contains("UTC"), "{said}");
    drop(lock);
    assert_eq!(state.take().unwrap().1, None, "a run that ended left nothing");
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_refused_and_its_target_left_alone() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("other");
    fs::write(&other, "of somebody else").unwrap();
    let place = folder.path().join("state");
    fs::create_dir(&place).unwrap();
    std::os::unix::fs::symlink(&other, place.join("lock")).unwrap();
    let error = State::new(&place).take().unwrap_err();
    assert!(matches!(error, StateError::NoLock { .. }) && error.exit_code() == 2 && error.hint().is_some(), "{error}");
    assert_eq!(fs::read_to_string(&other).unwrap(), "of somebody else");
}

#[test]
fn what_a_run_that_died_left_is_removed_and_told() {
    let folder = TempDir::new().unwrap();
    let state = State::new(folder.path());
    drop(state.take().unwrap());
    fs::create_dir_all(folder.path().join("runs/.2026-01-11.7-0.tmp/charts")).unwrap();
    fs::write(folder.path().join("runs/.2026-01-11.7-0.tmp/run.json"), "{").unwrap();
    fs::write(folder.path().join(".latest.7.tmp"), "x").unwrap();
    fs::create_dir_all(folder.path().join("runs/notes")).unwrap();
    fs::write(folder.path().join("lock"), r#"{"process": 7, "host": "here", "since": "then"}"#).unwrap();
    assert_eq!(state.ids().unwrap(), [], "half a run is none");
    let (_lock, died) = state.take().unwrap();
    assert!(died.unwrap().contains("process 7 on here"));
    let left: Vec<_> = entries(&folder.path().join("runs")).unwrap();
    assert_eq!(left, [folder.path().join("runs/notes")], "what is not ours stays");
    assert!(!folder.path().join(".latest.7.tmp").exists());
}

#[test]
fn old_runs_go_and_needed_ones_stay() {
    let folder = TempDir::new().unwrap();
    let state = State::new(folder.path());
    let (lock, _) = state.take().unwrap();
    let names = ["2026-01-11", "2026-01-18", "2026-01-25", "2026-02-01"];
    for name in names {
        state.write(&lock, &id(name), &record(name)).unwrap();
    }
    assert_eq!(state.prune(&lock, 2, &[id("2026-01-11")]).unwrap(), 1);
    assert_eq!(state.ids().unwrap(), [id("2026-01-11"), id("2026-01-25"), id("2026-02-01")]);
    assert_eq!(state.prune(&lock, 8, &[]).unwrap(), 0);
    // what later runs know it by stays, and its name is not given again
    assert_eq!(state.known_ids().unwrap(), names.map(id));
    let records = state.records().unwrap();
    assert_eq!(records.iter().map(|(_, record)| record.id.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(state.find("2026-01-18").unwrap(), id("2026-01-18"));
    assert!(matches!(state.terms(&id("2026-01-18"), &records[1].1), Err(StateError::Removed(_))));
    assert_eq!(state.next_id("2026-01-18".parse().unwrap()).unwrap(), id("2026-01-18.2"));
    // a run that was killed between the copy and the removal is finished by the next one
    state.write(&lock, &id("2026-01-18"), &record("2026-01-18")).unwrap();
    assert_eq!(state.prune(&lock, 2, &[id("2026-01-11")]).unwrap(), 1);
    assert_eq!(state.known_ids().unwrap(), names.map(id));
    // half a copy is none
    drop(lock);
    fs::create_dir_all(folder.path().join("past/.2026-01-04.tmp")).unwrap();
    drop(state.take().unwrap());
    assert!(!folder.path().join("past/.2026-01-04.tmp").exists());
}

#[test]
fn a_record_that_is_damaged_or_newer_is_named() {
    let folder = TempDir::new().unwrap();
    let state = State::new(folder.path());
    let place = folder.path().join("runs/2026-01-11");
    fs::create_dir_all(&place).unwrap();
    for (text, wanted) in [("{", "damaged"), ("{\"schema\": 99}", "schema 99")] {
        fs::write(place.join(RECORD), text).unwrap();
        let error = state.records().unwrap_err();
        assert!(error.to_string().contains(wanted) && error.hint().is_some(), "{error}");
    }
}

#[test]
fn fingerprints_are_of_contents_and_settings() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (one, other, third) = (write("a", "1"), write("b", "2"), write("c", "3"));
    let print = |paths: &[PathBuf], rest: i32| fingerprint(&stored_inputs(paths).unwrap(), &serde_json::json!(rest));
    let first = print(&[one.clone(), other.clone()], 0);
    assert_eq!(first, print(&[other.clone(), one.clone()], 0), "in any order");
    assert_eq!(first, print(&[write("d", "1"), other.clone()], 0), "whatever they are called");
    assert_ne!(first, print(&[one.clone(), third], 0));
    assert_ne!(first, print(&[one.clone(), other], 1));
    // FIPS 180-2, appendix B.1
    let abc = stored_inputs(&[write("e", "abc")]).unwrap();
    assert_eq!(abc[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert!(matches!(stored_inputs(&[folder.path().join("none")]), Err(StateError::Input { .. })));
}
