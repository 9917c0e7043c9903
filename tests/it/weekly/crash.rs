//! One run at a time; a kill at any instant, and a place that can't be written to.

use super::{Account, assert_whole, files, last_day};
use std::fs;

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
    let (account, starts) = Account::planned_once();
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
    let (mut died, mut finished, mut misses) = (0, 0, 0_u32);
    // until as many have died as are asked for; on a machine with little to do runs get faster, and some finish first
    while died < kills {
        assert!(finished < 20 * kills, "{died} killed, {finished} finished before");
        let kill = died;
        let mut child = account.command(&["--as-of", &last_day(&starts[9])]).arg("-q").spawn().unwrap();
        // spread over the run, denser towards its end, where it writes
        let place = ((kill as f64 + 0.5) / kills as f64).sqrt();
        std::thread::sleep(length.mul_f64(place / (1.0 + 0.2 * f64::from(misses))));
        let _ = child.kill();
        let ended = child.wait().unwrap();
        if ended.code() == Some(0) {
            (finished, misses) = (finished + 1, misses + 1);
        } else {
            (died, misses) = (died + 1, 0);
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
