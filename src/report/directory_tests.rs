use super::content::entries;
use super::*;
use crate::report::TIMINGS;

fn report() -> Vec<Artifact> {
    vec![
        Artifact::new("a.csv", "term\nx\n"),
        Artifact::new("charts/c.svg", "<svg/>"),
        Artifact::new("manifest.json", "{}"),
        Artifact::new(TIMINGS, "{\"load\":1}"),
    ]
}

fn names(place: &Path) -> Vec<String> {
    let mut names: Vec<String> = entries(place).expect("readable").into_iter().map(|entry| entry.0).collect();
    names.sort();
    names
}

#[test]
fn a_new_directory_appears_whole_and_again_is_unchanged() {
    let place = tempfile::tempdir().expect("temporary directory");
    let out = place.path().join("deep/2026-06-07");
    preflight(&out, false).expect("writable");
    assert_eq!(write_directory(&report(), &out, false).expect("written"), Written::New);
    assert_eq!(fs::read(out.join("charts/c.svg")).expect("read"), b"<svg/>");
    let mut slower = report();
    slower[3].bytes = b"{\"load\":2}".to_vec();
    assert_eq!(write_directory(&slower, &out, false).expect("written"), Written::Unchanged);
    assert_eq!(fs::read(out.join(TIMINGS)).expect("read"), b"{\"load\":1}");
    assert_eq!(names(out.parent().expect("parent")), ["2026-06-07"]);
}

#[test]
fn other_content_is_replaced_only_by_force() {
    let place = tempfile::tempdir().expect("temporary directory");
    let out = place.path().join("out");
    write_directory(&report(), &out, false).expect("written");
    let mut other = report();
    other[0].bytes = b"term\ny\n".to_vec();
    let error = write_directory(&other, &out, false).expect_err("exists");
    assert!(matches!(error, ReportError::Exists { .. }) && error.hint().is_some_and(|hint| hint.contains("--force")));
    assert_eq!(fs::read(out.join("a.csv")).expect("read"), b"term\nx\n");
    assert_eq!(write_directory(&other, &out, true).expect("written"), Written::Replaced);
    assert_eq!(fs::read(out.join("a.csv")).expect("read"), b"term\ny\n");
    assert_eq!(names(place.path()), ["out"]);
    fs::write(out.join("extra.txt"), "mine").expect("written");
    assert!(write_directory(&other, &out, false).is_err());
}

#[test]
fn an_empty_directory_is_filled() {
    let place = tempfile::tempdir().expect("temporary directory");
    assert_eq!(write_directory(&report(), &place.path().join("."), false).ok(), Some(Written::New));
    assert!(place.path().join("a.csv").is_file());
}

#[test]
fn a_directory_of_directories_is_never_replaced() {
    let place = tempfile::tempdir().expect("temporary directory");
    fs::create_dir(place.path().join("2026-05-31")).expect("created");
    assert!(matches!(preflight(place.path(), true), Err(ReportError::Exists { .. })));
    assert!(matches!(write_directory(&report(), place.path(), true), Err(ReportError::Exists { .. })));
    assert!(place.path().join("2026-05-31").is_dir());
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("temporary directory");
    let out = place.path().join("out");
    let mut twice = report();
    twice.push(Artifact::new("a.csv", "again"));
    assert!(matches!(write_directory(&twice, &out, false), Err(ReportError::Io { .. })));
    assert!(names(place.path()).is_empty());
    fs::write(&out, "a file").expect("written");
    assert!(matches!(preflight(&out, true), Err(ReportError::WrongKind { .. })));
    assert!(matches!(write_directory(&report(), &out, true), Err(ReportError::WrongKind { .. })));
    assert!(matches!(preflight(&out.join("below"), true), Err(ReportError::NotWritable { .. })));
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn exchange_by_steps_leaves_the_old_content_in_the_temporary_place() {
    let place = tempfile::tempdir().expect("temporary directory");
    let (new, target) = (place.path().join("new"), place.path().join("target"));
    fs::create_dir(&new).and_then(|()| fs::create_dir(&target)).expect("created");
    fs::write(new.join("n"), "").and_then(|()| fs::write(target.join("o"), "")).expect("written");
    exchange_by_steps(&new, &target).expect("exchanged");
    assert!(target.join("n").is_file() && new.join("o").is_file());
    assert!(exchange_by_steps(&place.path().join("missing"), &target).is_err());
    assert!(target.join("n").is_file());
}

#[test]
fn one_file_is_written_once() {
    let place = tempfile::tempdir().expect("temporary directory");
    let path = place.path().join("sub/fit.csv");
    assert_eq!(write_file(&path, b"1", false).expect("written"), Written::New);
    assert_eq!(write_file(&path, b"1", false).expect("written"), Written::Unchanged);
    assert!(matches!(write_file(&path, b"2", false), Err(ReportError::Exists { .. })));
    assert_eq!(write_file(&path, b"2", true).expect("written"), Written::Replaced);
    assert_eq!(names(&place.path().join("sub")), ["fit.csv"]);
    assert!(matches!(write_file(place.path(), b"1", true), Err(ReportError::WrongKind { .. })));
}
