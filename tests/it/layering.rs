//! Data flow one way: each module may use only the ones its row allows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rows: who; columns: what it may `use crate::…`. `domain` and `numeric` are open to all.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("numeric", &[]),
    ("counts", &[]),
    ("ingest", &["counts"]),
    ("estimate", &["counts"]),
    ("response", &["counts", "estimate"]),
    // curves only: `problem` and its neighbors take `response::Curve`
    ("allocate", &["response"]),
    ("recommend", &["counts", "estimate", "response", "allocate"]),
    (
        "report",
        &["counts", "estimate", "response", "allocate", "recommend", "backtest", "scenario", "simulate", "weekly"],
    ),
    // its policies plan as the program does
    ("simulate", &["counts", "estimate", "response", "allocate", "recommend"]),
    ("backtest", &["counts", "estimate"]),
    ("scenario", &["counts", "estimate", "response", "allocate", "recommend"]),
    ("weekly", &["counts", "estimate", "response", "allocate", "recommend"]),
    ("state", &["ingest", "report", "weekly"]),
    ("config", &["counts", "ingest", "estimate", "response", "recommend", "scenario", "weekly"]),
    (
        "pipeline",
        &[
            "config",
            "error",
            "counts",
            "ingest",
            "estimate",
            "response",
            "allocate",
            "recommend",
            "backtest",
            "scenario",
            "weekly",
        ],
    ),
    (
        "error",
        &[
            "config",
            "ingest",
            "estimate",
            "response",
            "allocate",
            "recommend",
            "backtest",
            "scenario",
            "simulate",
            "report",
            "state",
        ],
    ),
    (
        "cli",
        &[
            "config",
            "error",
            "pipeline",
            "counts",
            "ingest",
            "estimate",
            "response",
            "allocate",
            "recommend",
            "backtest",
            "scenario",
            "simulate",
            "report",
            "state",
            "weekly",
        ],
    ),
];

/// Third-party packages and the only places they may be named in.
const ROOMS: &[(&str, &[&str])] = &[
    ("polars::", &["ingest", "report/account.rs", "report/canonical.rs", "report/weekly/terms.rs"]),
    ("clap::", &["cli"]),
    ("indicatif::", &["cli"]),
    ("plotters::", &["report/charts"]),
    ("minijinja::", &["report"]),
    ("argmin::", &["numeric"]),
    ("statrs::", &["numeric"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every file under `src`, as its path inside it, with its code (comments stripped).
fn code() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 20, "the scan must see the tree");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("under src").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("utf-8 source");
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>();
            (inside, code.join("\n"))
        })
        .collect()
}

fn module(inside: &str) -> &str {
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Modules named after `crate::`, also inside braces: `use crate::{a, b::c}`.
fn used(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let mut take = |text: &str| {
            let name: String = text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            names.push(name);
        };
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                let mut start = 0;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            take(&list[start..at]);
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            take(&list[start..at]);
                            start = at + 1;
                        }
                        _ => {}
                    }
                }
            }
            None => take(rest),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn modules_import_only_what_their_row_allows() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut broken = Vec::new();
    for (inside, code) in code() {
        let module = module(&inside);
        // tests may take their accounts from the simulator
        if module == "lib" || module == "main" || inside.ends_with("tests.rs") || inside.contains("/tests/") {
            continue;
        }
        let row = allowed.get(module).unwrap_or_else(|| panic!("`{module}` has no row in the layering table"));
        for name in used(&code) {
            let open = name == module
                || (["domain", "numeric"].contains(&name.as_str()) && !["domain", "numeric"].contains(&module));
            if !open && !row.contains(&name.as_str()) {
                broken.push(format!("src/{inside} uses crate::{name}"));
            }
        }
    }
    assert!(broken.is_empty(), "layering broken:\n{}", broken.join("\n"));
}

#[test]
fn packages_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for (inside, code) in code() {
        for (package, rooms) in ROOMS {
            if code.contains(package) && !rooms.iter().any(|room| inside.starts_with(room)) {
                broken.push(format!("src/{inside} names {package}"));
            }
        }
    }
    assert!(broken.is_empty(), "packages outside their rooms:\n{}", broken.join("\n"));
}

#[test]
fn only_the_terminal_prints() {
    let printing = ["println!", "eprintln!", "print!(", "eprint!("];
    let broken: Vec<String> = code()
        .into_iter()
        .filter(|(inside, code)| inside != "cli/terminal.rs" && printing.iter().any(|word| code.contains(word)))
        .map(|(inside, _)| inside)
        .collect();
    assert!(broken.is_empty(), "printing outside cli/terminal.rs: {broken:?}");
}

#[test]
fn the_scan_sees_braces_and_paths() {
    let seen = used("use crate::{counts::Counts, domain::{A, B}, numeric};\nlet x = crate::report::y();");
    assert_eq!(seen, ["counts", "domain", "numeric", "report"]);
}
