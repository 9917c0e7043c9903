//! The units of the README.

use std::fs;
use std::path::Path;
use tempfile::TempDir;

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
    assert_eq!(units.len(), 3);
    let done = std::process::Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.trim().is_empty(), "{said}");
}
