//! One recommendation explained from a report directory.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn explain(run: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::cargo_bin("termwise").unwrap().arg("explain").args(arguments).arg("--run").arg(run).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn demo() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/demo")
}

#[test]
fn a_term_is_explained_in_words_and_figures() {
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        csv::Reader::from_path(demo().join("recommendations.csv"))
            .unwrap()
            .deserialize()
            .map(|row| row.unwrap())
            .collect();
    for action in ["raise", "cut", "hold"] {
        let row = rows.iter().find(|row| row["action"] == action).unwrap();
        let (code, text, said) = explain(&demo(), &[&row["term"], "--campaign", &row["campaign"]]);
        assert_eq!(code, 0, "{said}");
        assert!(text.lines().all(|line| line.chars().count() <= 79), "{text}");
        for wanted in ["Conversion rate", "counted", "believed", "Response curve", "Price of money", "In a sentence"] {
            assert!(text.contains(wanted), "{wanted} is not in:\n{text}");
        }
        let (_, json, _) = explain(&demo(), &[&row["term"], "--campaign", &row["campaign"], "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let term = &json["explained"]["terms"][0];
        assert_eq!(format!("{:.2}", term["recommended_spend"].as_f64().unwrap()), row["recommended_spend"]);
        // the opposite advice begins where the next unit of money earns the account's price
        if let Some(factor) = term["opposite_if"]["worth_factor"].as_f64() {
            let (now, price) =
                (term["marginal_return_now"].as_f64().unwrap(), term["price_of_money"].as_f64().unwrap());
            assert!((factor * now / price - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn a_campaign_is_explained_whatever_its_case() {
    let (code, text, said) = explain(&demo(), &["tents | generic"]);
    assert_eq!(code, 0, "{said}");
    assert!(text.contains("Campaign Tents | Generic") && text.contains("Largest moves"), "{text}");
}

#[test]
fn names_that_are_not_there_are_met_with_the_nearest() {
    let (code, _, said) = explain(&demo(), &["air matress"]);
    assert!(code == 2 && said.contains("did you mean `air mattress`"), "{said}");
    let folder = TempDir::new().unwrap();
    let (code, _, said) = explain(folder.path(), &["x"]);
    assert!(code == 2 && said.contains("no report of `termwise recommend`"), "{said}");
}

#[test]
fn a_report_that_was_changed_is_told() {
    let folder = TempDir::new().unwrap();
    for name in [
        "summary.json",
        "manifest.json",
        "recommendations.csv",
        "posterior.csv",
        "response_curves.csv",
        "campaigns.csv",
        "limits.csv",
    ] {
        fs::copy(demo().join(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("posterior.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("air mattress,phrase", "air mattress ,phrase", 1)).unwrap();
    let (code, text, _) = explain(folder.path(), &["air mattress"]);
    assert!(code == 0 && text.contains("posterior.csv is not as the run wrote it"), "{text}");
    fs::write(&path, "term,clicks\n\"never closed").unwrap();
    let (code, _, said) = explain(folder.path(), &["air mattress"]);
    assert!(code == 3 && said.contains("posterior.csv"), "{said}");
}
