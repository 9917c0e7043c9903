//! A config begun from the user's own file, every key explained, and a schema.

use assert_cmd::Command;
use std::fs;
use tempfile::TempDir;

const ACCOUNT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/demo/account.csv");

fn termwise(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("termwise").unwrap().current_dir(folder.path()).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_file_begun_plans_what_a_run_without_one_does() {
    let folder = TempDir::new().unwrap();
    let (code, _, said) = termwise(&folder, &["config", "--init", ACCOUNT, "--out", "termwise.toml"]);
    assert_eq!(code, 0, "{said}");
    let text = fs::read_to_string(folder.path().join("termwise.toml")).unwrap();
    assert!(text.contains("400 terms") && text.contains("label = \"brand\""), "{text}");
    for out in ["with", "without"] {
        let mut arguments = vec!["recommend", ACCOUNT, "-q", "--out", out];
        if out == "with" {
            arguments.extend(["--config", "termwise.toml"]);
        }
        assert_eq!(termwise(&folder, &arguments).0, 0);
    }
    let read = |out: &str| fs::read(folder.path().join(out).join("recommendations.csv")).unwrap();
    assert!(read("with") == read("without"));
    // again, the file that is there is not replaced by another
    assert_eq!(termwise(&folder, &["config", "--init", ACCOUNT, "--out", "termwise.toml"]).0, 0);
    fs::write(folder.path().join("termwise.toml"), "seed = 3\n").unwrap();
    assert_eq!(termwise(&folder, &["config", "--init", ACCOUNT, "--out", "termwise.toml"]).0, 2);
}

#[test]
fn what_is_shown_as_an_example_can_be_used() {
    let folder = TempDir::new().unwrap();
    let (code, text, said) = termwise(&folder, &["config", "--init", ACCOUNT]);
    assert_eq!(code, 0, "{said}");
    let mut used = 0;
    let whole: String = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| match line.strip_prefix('#') {
            Some(key) => {
                used += 1;
                format!("{key}\n")
            }
            None => format!("{line}\n"),
        })
        .filter(|line| !line.starts_with("unit") && !line.starts_with("exports"))
        .collect();
    assert!(used > 15, "{text}");
    fs::write(folder.path().join("all.toml"), &whole).unwrap();
    let (code, _, said) = termwise(&folder, &["scenarios", ACCOUNT, "--config", "all.toml", "--out", "out", "-q"]);
    // the limits that are shown may contradict each other, but every one is understood
    assert!(code == 0 || code == 4, "{said}\n{whole}");
}

#[test]
fn every_key_is_explained_and_the_schema_is_one() {
    let folder = TempDir::new().unwrap();
    let (code, text, _) = termwise(&folder, &["config", "--reference"]);
    assert!(code == 0 && text.contains("## `[[scenarios]]`") && text.contains("`max_change`"));
    let (code, text, _) = termwise(&folder, &["config", "--schema"]);
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(code == 0 && schema["properties"]["plan"].is_object() && schema["additionalProperties"] == false);
    let (code, _, said) = termwise(&folder, &["config"]);
    assert!(code == 2 && said.contains("--init"), "{said}");
    let (code, _, said) = termwise(&folder, &["config", "--init", "nothing.csv"]);
    assert!(code == 3 && said.contains("nothing.csv"), "{said}");
}
