//! A disk that is full: files can't grow beyond a limit of the process (`RLIMIT_FSIZE`), which needs no rights of root.

use super::{Account, assert_whole, files, last_day};
use std::process::Command;

/// Runs the week with files of so many KiB at most; `is_told` lets the write fail as on a full disk, else the process is
/// killed by the signal that the limit sends.
fn limited(account: &Account, start: &str, kib: u32, is_told: bool) -> std::process::Output {
    let trap = if is_told { "trap '' XFSZ; " } else { "" };
    Command::new("/bin/bash")
        .env_clear()
        .env("PATH", "")
        .args(["-c", &format!("{trap}ulimit -c 0; ulimit -f {kib}; exec \"$@\""), "bash"])
        .arg(assert_cmd::cargo::cargo_bin("termwise"))
        .arg("weekly")
        .arg("--config")
        .arg(account.path("termwise.toml"))
        .args(["--as-of", &last_day(start), "-q"])
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_leaves_the_last_good_state_and_says_so() {
    let (account, starts) = Account::planned_once();
    let good = last_day(&starts[8]);
    let before = files(&account.path("state"));
    // the first file that is larger than the limit is another one each time
    for kib in [1, 8, 64] {
        for is_told in [true, false] {
            let done = limited(&account, &starts[9], kib, is_told);
            let said = String::from_utf8_lossy(&done.stderr);
            assert_ne!(done.status.code(), Some(0), "{kib} KiB: {said}");
            if is_told {
                assert!(done.status.code() == Some(1), "{:?} {said}", done.status);
                assert!(said.starts_with("error: ") && said.contains("too large"), "{said}");
                assert_eq!(account.runs(), std::slice::from_ref(&good), "what was begun is gone");
            }
            assert_eq!(account.latest(), good);
            let left = files(&account.path("state"));
            assert!(
                before.iter().all(|(path, file)| left.get(path) == Some(file)),
                "{kib} KiB: the run before changed"
            );
        }
    }
    let ran = account.week(&starts[9], &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!((account.latest(), account.runs()), (last_day(&starts[9]), vec![good, last_day(&starts[9])]));
    assert_whole(&account.path("state"));
}
