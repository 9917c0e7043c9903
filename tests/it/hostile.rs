//! Files that are broken, by accident or on purpose: no panic, no hang, a clear message.

use assert_cmd::Command;
use predicates::prelude::*;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use termwise::ingest::{IngestSettings, LogSettings, read, read_logs};

/// Long enough for the slowest machine; only a hang takes longer.
const HANG: Duration = Duration::from_mins(5);
const ACCOUNT: &str = "term,campaign,week,clicks,cost,conversions,revenue\n\
    \"red, \"\"big\"\" shoes\",shoes,2026-01-05,\"1,100\",$50.00,4,200.00\n\
    caf\u{e9},shoes,2026-01-12,110,55.00,5,240.00\n";

fn termwise(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("termwise").unwrap();
    command.current_dir(folder).timeout(HANG);
    command
}

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    files.sort();
    files
}

#[test]
fn every_broken_file_is_read_or_refused_with_a_reason() {
    let files = corpus();
    assert!(files.len() > 30, "{files:?}");
    let folder = TempDir::new().unwrap();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for command in ["check", "aggregate", "fit"] {
            let mut run = termwise(folder.path());
            run.arg(command).arg(&file);
            if command != "check" {
                run.args(["--out", "out.csv", "--force"]);
            }
            let done = run.output().unwrap();
            let (code, message) = (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned());
            assert!(!message.contains("panicked"), "{name}: {message}");
            let is_log = file.extension().is_some_and(|ending| ending == "log");
            match (command, name.split('-').next().unwrap()) {
                ("check", "bad") => assert_eq!(code, Some(3), "{name}: {message}"),
                ("check" | "fit", "good") => assert_eq!(code, Some(0), "{name}: {message}"),
                ("aggregate", _) if !is_log => assert_eq!(code, Some(3), "{name}: {message}"),
                _ => assert!(matches!(code, Some(0 | 3)), "{command} {name}: {code:?} {message}"),
            }
            assert!(code == Some(0) || message.contains("hint:"), "{command} {name}: {message}");
            assert!(message.len() < 20_000, "{command} {name}: {} bytes of message", message.len());
        }
    }
}

#[test]
fn a_file_cut_at_any_place_is_read_or_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.csv");
    let mut whole = 0;
    for end in 0..=ACCOUNT.len() {
        fs::write(&path, &ACCOUNT.as_bytes()[..end]).unwrap();
        whole += usize::from(read(std::slice::from_ref(&path), &IngestSettings::default()).is_ok());
    }
    assert!((1..40).contains(&whole), "{whole} of {} cuts are a whole table", ACCOUNT.len());
}

#[test]
fn parquet_cut_or_changed_at_any_place_is_read_or_refused() {
    let folder = TempDir::new().unwrap();
    let log: String = (1..=200)
        .map(|visitor| {
            format!(
                "192.0.2.{visitor} - - [02/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \
                 \"https://www.google.com/search?q=term{}\" \"Firefox\"\n",
                visitor % 17
            )
        })
        .collect();
    fs::write(folder.path().join("access.log"), log).unwrap();
    let flags = ["aggregate", "access.log", "--min-count", "1", "--quiet", "--out", "a.parquet"];
    termwise(folder.path()).args(flags).assert().success();
    let bytes = fs::read(folder.path().join("a.parquet")).unwrap();
    let path = folder.path().join("b.parquet");
    let settings = IngestSettings::default();
    for at in (0..bytes.len()).step_by(5) {
        fs::write(&path, &bytes[..at]).unwrap();
        assert!(read(std::slice::from_ref(&path), &settings).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        fs::write(&path, changed).unwrap();
        let _ = read(std::slice::from_ref(&path), &settings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_anywhere_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0_usize..230, gone in 0_usize..20) {
        let folder = TempDir::new().unwrap();
        let mut text = ACCOUNT.as_bytes().to_vec();
        let at = at.min(text.len());
        let end = (at + gone).min(text.len());
        text.splice(at..end, bytes);
        for name in ["a.csv", "a.log", "a.parquet", "a.csv.gz", "a.xlsx"] {
            let path = folder.path().join(name);
            fs::write(&path, &text).unwrap();
            let _ = read(std::slice::from_ref(&path), &IngestSettings::default());
            let _ = read_logs(&[path], &LogSettings::default());
        }
    }

    #[test]
    fn any_term_comes_back_as_it_was(term in "[-=+@'\",;<a ]{1,8}") {
        let term = term.trim();
        // formulas that a spreadsheet made of terms are undone, and dashes stand for a blank
        prop_assume!(!matches!(term, "" | "-" | "--") && !term.starts_with("=+") && !term.starts_with("=-"));
        let folder = TempDir::new().unwrap();
        let (first, second) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        let row = |term: &str| format!("term,week,clicks,conversions\n\"{}\",2026-01-05,9,1\n", term.replace('"', "\"\""));
        fs::write(&first, row(term)).unwrap();
        let counts = read(std::slice::from_ref(&first), &IngestSettings::default()).unwrap().counts;
        let once = counts.terms[0].key.term.clone();
        fs::write(&second, termwise::report::counts_csv(&counts)).unwrap();
        let again = read(std::slice::from_ref(&second), &IngestSettings::default()).unwrap().counts;
        prop_assert_eq!(&again.terms[0].key.term, &once);
        prop_assert!(once == term || term.starts_with('\''));
    }
}

#[test]
fn formulas_are_guarded_in_outputs_and_read_back_unchanged() {
    let folder = TempDir::new().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/good-formulas.csv");
    termwise(folder.path()).arg("recommend").arg(&corpus).args(["--out", "report", "--quiet"]).assert().success();
    let mut cells = 0;
    for entry in ["report", "report/charts"].iter().flat_map(|name| fs::read_dir(folder.path().join(name)).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
        for record in reader.records() {
            for cell in &record.unwrap() {
                let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
                assert!(!formula, "`{cell}` in {}", path.display());
                cells += usize::from(cell.starts_with("'="));
            }
        }
    }
    assert!(cells > 5, "{cells} guarded cells");
    let terms = |file: &Path| -> Vec<String> {
        let counts = read(&[file.to_owned()], &IngestSettings::default()).unwrap().counts;
        counts.terms.into_iter().map(|term| term.key.term).collect()
    };
    termwise(folder.path()).arg("fit").arg(&corpus).args(["--out", "posterior.csv", "--quiet"]).assert().success();
    let back = terms(&folder.path().join("posterior.csv"));
    assert_eq!(back, terms(&corpus));
    assert!(back.contains(&"=HYPERLINK(\"http://x.example\",\"a\")".to_owned()), "{back:?}");
}

#[test]
fn markup_in_terms_stays_text() {
    let folder = TempDir::new().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/good-markup.csv");
    termwise(folder.path()).arg("recommend").arg(&corpus).args(["--out", "report", "--quiet"]).assert().success();
    let page = fs::read_to_string(folder.path().join("report/report.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)"), "the term is shown");
    let charts = fs::read_dir(folder.path().join("report/charts")).unwrap().map(|entry| entry.unwrap().path());
    let drawings: Vec<PathBuf> = charts.filter(|path| path.extension().is_some_and(|ending| ending == "svg")).collect();
    assert!(!drawings.is_empty());
    for text in drawings.iter().map(|path| fs::read_to_string(path).unwrap()).chain([page]) {
        for markup in ["<script>alert", "<img src=x", "</title><b>", ">49<"] {
            assert!(!text.contains(markup), "{markup}");
        }
    }
}

#[test]
fn names_of_campaigns_lead_nowhere() {
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("a/b/c");
    fs::create_dir_all(&folder).unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/good-paths.csv");
    termwise(&folder).arg("recommend").arg(&corpus).args(["--out", "report", "--quiet"]).assert().success();
    for (place, wanted) in
        [(outer.path(), "a"), (&outer.path().join("a"), "b"), (&outer.path().join("a/b"), "c"), (&folder, "report")]
    {
        let names: Vec<_> = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [wanted]);
    }
}

#[test]
fn a_million_columns_and_a_line_without_end() {
    let folder = TempDir::new().unwrap();
    let columns: String = (0..1_000_000).map(|number| format!(",c{number}")).collect();
    let commas = ",".repeat(1_000_000);
    fs::write(folder.path().join("wide.csv"), format!("term,clicks,conversions{columns}\nshoes,9,1{commas}\n"))
        .unwrap();
    let refused = termwise(folder.path()).args(["check", "wide.csv", "--quiet"]).assert().code(3);
    refused.stderr(predicate::str::contains("more than 65,536 cells"));
    fs::write(folder.path().join("unknown.csv"), format!("{columns}\n{commas}\n")).unwrap();
    let refused = termwise(folder.path()).args(["check", "unknown.csv"]).assert().code(3);
    let message = refused.stderr(predicate::str::contains("hint:")).get_output().stderr.len();
    assert!(message < 20_000, "{message} bytes of message");
    for (name, text) in
        [("long.csv", "x".repeat(64 << 20)), ("quoted.csv", format!("term,\"{}", "x\n".repeat(16 << 20)))]
    {
        fs::write(folder.path().join(name), text).unwrap();
        for command in [vec!["check", name], vec!["aggregate", name, "--out", "x.csv"]] {
            let refused = termwise(folder.path()).args(&command).assert().code(3);
            let message = refused.stderr(predicate::str::contains("hint:")).get_output().stderr.len();
            assert!(message < 20_000, "{message} bytes of message");
        }
        fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn a_gzip_bomb_of_a_log_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let line = b"192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"Firefox\"\n";
    let block = line.repeat((1 << 20) / line.len());
    for _ in 0..300 {
        std::io::Write::write_all(&mut packed, &block).unwrap();
    }
    fs::write(folder.path().join("access.log.gz"), packed.finish().unwrap()).unwrap();
    // lines that repeat are packed at most a few hundred times; zeros beyond that
    let mut zeros = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        std::io::Write::write_all(&mut zeros, &vec![0; 1 << 20]).unwrap();
    }
    fs::write(folder.path().join("zeros.log.gz"), zeros.finish().unwrap()).unwrap();
    for name in ["access.log.gz", "zeros.log.gz"] {
        let run = termwise(folder.path()).args(["aggregate", name, "--out", "x.csv"]).assert().code(3);
        run.stderr(predicate::str::contains("hint:").and(predicate::str::contains("panicked").not()));
    }
}
