//! Access logs as a user counts them: the table, and that nothing of a visitor is in it.

use assert_cmd::Command;
use predicates::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn aggregate(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("termwise").unwrap().current_dir(folder).arg("aggregate").args(args).assert()
}

/// A shop's log: twelve visitors search for boots and three of them buy, one searches for something of his own.
fn log() -> String {
    let mut lines = Vec::new();
    let mut add = |visitor: u32, day: u32, clock: &str, target: &str, referrer: &str| {
        lines.push(format!(
            "203.0.113.{visitor} - - [{day:02}/Mar/2026:{clock} +0100] \"GET {target} HTTP/1.1\" 200 5120 \"{referrer}\" \
             \"Mozilla/5.0 (X11; Linux x86_64; secretagent{visitor}) Firefox/128.0\"\n"
        ));
    };
    for visitor in 1..=12 {
        add(
            visitor,
            2 + visitor / 7 * 7,
            "09:00:00",
            "/?gclid=Cj0KCQsecret",
            "https://www.google.de/search?q=Winter+Boots",
        );
        add(visitor, 2 + visitor / 7 * 7, "09:00:01", "/boots.css", "https://shop.example/?gclid=Cj0KCQsecret");
    }
    for visitor in [1, 2, 9] {
        let target = format!("/checkout/thanks?order=4711{visitor}&total=19.9{visitor}");
        add(visitor, 2 + visitor / 7 * 7, "09:20:00", &target, "https://shop.example/cart");
    }
    add(77, 3, "10:00:00", "/", "https://www.bing.com/search?q=call+jane.doe@example.com+0171-1234567");
    lines.sort_by_key(|line| line[line.find('[').unwrap()..].to_owned());
    lines.concat()
}

#[test]
fn a_log_becomes_the_table_that_fit_reads() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log()).unwrap();
    let flags = ["access.log", "--purchase", "/checkout/thanks*", "--value", "total", "--out"];
    aggregate(folder.path(), &[&flags[..], &["counts.csv"]].concat()).success().stderr(
        predicate::str::contains("1 term, 12 visits, 3 purchases").and(predicate::str::contains("are left out")),
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("counts.csv")).unwrap(),
        "term,week,clicks,conversions,revenue\n\
         winter boots,2026-03-02,6,2,39.83\n\
         winter boots,2026-03-09,6,1,19.99\n"
    );
    aggregate(folder.path(), &[&flags[..], &["counts.parquet"]].concat()).success();
    let totals = |file: &str| {
        let mut check = Command::cargo_bin("termwise").unwrap();
        let done = check.current_dir(folder.path()).args(["check", "--json", "--quiet", file]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap()["totals"].clone()
    };
    assert_eq!(totals("counts.csv"), totals("counts.parquet"));
    let mut fit = Command::cargo_bin("termwise").unwrap();
    fit.current_dir(folder.path()).args(["fit", "counts.parquet", "--out", "posterior.csv"]).assert().success();
}

#[test]
fn nothing_of_a_visitor_is_in_any_output() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log() + "203.0.113.99 broken line of secretagent99\n").unwrap();
    let run = |least: &str, out: &str| {
        let flags = ["access.log", "--json", "--min-count", least, "--out", out];
        let done = aggregate(folder.path(), &flags).success().get_output().clone();
        [done.stdout, done.stderr, fs::read(folder.path().join(out)).unwrap()].concat()
    };
    for out in ["counts.csv", "counts.parquet"] {
        let named = run("1", out);
        let text = String::from_utf8_lossy(&named);
        for secret in ["203.0.113", "secretagent", "Cj0KCQ", "4711", "jane", "example.com", "1234567"] {
            assert!(!text.contains(secret), "{secret} in {out}");
        }
        fs::remove_file(folder.path().join(out)).unwrap();
        assert!(!String::from_utf8_lossy(&run("10", out)).contains("call"), "a term of one visitor");
    }
}

#[test]
fn runs_repeat_to_the_byte_and_standard_input_is_a_log() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log()).unwrap();
    aggregate(folder.path(), &["access.log", "--out", "a.parquet"]).success();
    // the key of the hashes is another one in every run
    aggregate(folder.path(), &["access.log", "--out", "b.parquet"]).success();
    let mut piped = Command::cargo_bin("termwise").unwrap();
    piped
        .current_dir(folder.path())
        .args(["aggregate", "-", "--out", "c.parquet"])
        .write_stdin(log())
        .assert()
        .success();
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!((read("a.parquet"), read("a.parquet")), (read("b.parquet"), read("c.parquet")));
}

#[test]
fn what_cannot_be_counted_is_refused_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("access.log", &log());
    write("table.csv", "term,clicks,conversions\na,1,0\n");
    write("direct.log", &log().replace("https://www.", "https://intranet."));
    for (args, code, wanted) in [
        (vec!["table.csv", "--out", "x.csv"], 3, "not an access log"),
        (vec!["absent.log", "--out", "x.csv"], 3, "does not exist"),
        (vec!["direct.log", "--out", "x.csv"], 3, "utm_term"),
        (vec!["access.log", "--out", "x.txt"], 2, ".parquet"),
        (vec!["access.log", "--out", "access.log"], 2, ".parquet"),
        (vec!["access.log", "--out", "x.csv", "--session", "30"], 2, "30m"),
        (vec!["access.log", "--out", "x.csv", "--purchase", "[a"], 2, "pattern"),
        (vec!["access.log", "--out", "x.csv", "--engine", "q"], 2, "HOST=PARAM"),
    ] {
        aggregate(folder.path(), &args).code(code).stderr(predicate::str::contains(wanted));
        assert!(!folder.path().join("x.csv").exists() && !folder.path().join("x.txt").exists(), "{args:?}");
    }
    aggregate(folder.path(), &["direct.log", "--out", "x.csv", "--engine", "intranet.google.de=q"]).success();
}

#[test]
fn what_stands_in_the_way_is_said_before_the_reading() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log()).unwrap();
    fs::write(folder.path().join("kept.csv"), "mine\n").unwrap();
    let exists = predicate::str::contains("`kept.csv` exists: it stays if the counts are the same");
    let run = aggregate(folder.path(), &["access.log", "--out", "kept.csv"]).failure();
    run.stderr(exists.clone().and(predicate::str::contains("--force")));
    assert_eq!(fs::read_to_string(folder.path().join("kept.csv")).unwrap(), "mine\n");
    aggregate(folder.path(), &["access.log", "--out", "kept.csv", "--force"]).success().stderr(exists.clone().not());
    // the same counts again are no reason to fail
    aggregate(folder.path(), &["access.log", "--out", "kept.csv"]).success().stderr(exists);
    fs::create_dir(folder.path().join("folder.csv")).unwrap();
    aggregate(folder.path(), &["access.log", "--out", "folder.csv"]).failure().stderr(predicate::str::contains("file"));
}
