//! What the guards of the data catch without a label, and what they hold where nothing slipped: the figures of the README.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use termwise::counts::Counts;
use termwise::ingest::{IngestSettings, read};
use termwise::weekly::{Guard, GuardSettings, Watched, price_levels, watch, week_totals};

/// Weeks before the first that is judged.
const BEFORE: usize = 12;

fn counts_of(path: &Path) -> Counts {
    read(&[path.to_owned()], &IngestSettings::default()).unwrap().counts
}

fn simulated(arguments: &[&str]) -> Counts {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("made");
    let mut command = Command::cargo_bin("termwise").unwrap();
    command
        .args(["simulate", "--margin", "0.4", "--start", "2025-01-06", "-q"])
        .args(arguments)
        .arg("--out")
        .arg(&made);
    command.assert().success();
    counts_of(&made.join("account.csv"))
}

/// The guards that find something in a week.
fn found(counts: &Counts, week: usize) -> Vec<Guard> {
    let weeks = week_totals(counts);
    let none = vec![false; weeks.len()];
    let watched = Watched {
        weeks: &weeks,
        left_out: &none,
        apart: &none,
        prices: &price_levels(counts, &none),
        reported: &vec![1.0; weeks.len()],
        first_seen: &[],
        due: weeks[week].last.unwrap(),
        baseline_weeks: 4,
        currency: [None, None],
    };
    watch(&watched, &GuardSettings::default()).into_iter().map(|finding| finding.guard).collect()
}

/// The counts with the cost of some weeks times a factor, or with everything in them.
fn slipped(counts: &Counts, weeks: std::ops::Range<usize>, factor: f64, everything: bool) -> Counts {
    let mut counts = counts.clone();
    let cells = &mut counts.cells;
    let scale = |measure: &mut [f64]| {
        for (value, week) in measure.iter_mut().zip(&cells.period) {
            if weeks.contains(&(*week as usize)) {
                *value *= factor;
            }
        }
    };
    scale(cells.cost.as_deref_mut().unwrap());
    if everything {
        scale(&mut cells.clicks);
        scale(&mut cells.conversions);
        scale(cells.impressions.as_deref_mut().unwrap());
        scale(cells.revenue.as_deref_mut().unwrap());
    }
    counts
}

/// A row of the table.
fn row(name: &str, counts: &Counts) -> String {
    let weeks = counts.calendar.periods.len();
    let judged: Vec<usize> = (BEFORE..weeks).filter(|&week| counts.calendar.periods[week].complete).collect();
    let slips =
        [(1.05, false), (1.1, false), (1.15, false), (1.2, false), (0.9, false), (1.5, true), (2.0, true), (0.5, true)];
    let shares: Vec<String> = slips
        .iter()
        .map(|&(factor, everything)| {
            let caught = judged
                .iter()
                .filter(|&&week| !found(&slipped(counts, week..week + 1, factor, everything), week).is_empty())
                .count();
            format!("{:.0}%", 100.0 * caught as f64 / judged.len() as f64)
        })
        .collect();
    let held = judged.iter().filter(|&&week| !found(counts, week).is_empty()).count();
    format!("| {name} | {} | {held} of {} |", shares.join(" | "), judged.len())
}

#[test]
fn what_is_caught_without_a_label_is_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of = |terms: &str| simulated(&["--terms", terms, "--weeks", "61", "--seed", "5"]);
    let mut rows = vec![row("demo, 160 terms, 78 weeks", &counts_of(&root.join("data/demo/account.csv")))];
    for terms in ["20", "60", "150", "300"] {
        rows.push(row(&format!("simulated, {terms} terms, 61 weeks"), &of(terms)));
    }
    let moved = slipped(&slipped(&of("150"), 25..61, 1.12, false), 43..61, 0.88, false);
    rows.push(row("simulated, 150 terms, all bids moved twice", &moved));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for row in &rows {
        assert!(readme.contains(row), "not in the README: {row}\nall:\n{}", rows.join("\n"));
    }
}

#[test]
fn prices_of_few_terms_scatter_and_hold_no_week() {
    // each of these accounts had weeks that were held while the errors of steps did not count
    for (terms, seed, more) in [
        ("15", "7", &["--drift", "0.02"][..]),
        ("25", "16", &["--drift", "0.02", "--delay", "0.7"]),
        ("40", "19", &["--drift", "0.02"]),
        ("40", "24", &["--dispersion", "0.1", "--misallocation", "inverted", "--fractional"]),
    ] {
        let mut arguments = vec!["--terms", terms, "--weeks", "76", "--seed", seed];
        arguments.extend(more);
        let counts = simulated(&arguments);
        let held: Vec<usize> = (BEFORE..76).filter(|&week| found(&counts, week).contains(&Guard::PriceShift)).collect();
        assert!(held.is_empty(), "{terms} terms, seed {seed}: {held:?}");
    }
}
