//! `DATA_DICTIONARY.md` of scenarios, from the lists that the files are made from.

use super::{ScenarioRun, columns};
use crate::report::charts;
use crate::report::columns as shared;
use crate::report::dictionary::{CONVENTIONS, Described, describe, heading, keys, row};

/// Keys of the JSON files: file, key, meaning.
const KEYS: &[(&str, &str, &str)] = &[
    (
        "summary.json",
        "version, command, as_of, currency, terms, weeks, totals, mapping, model",
        "the run, its data and its estimates, as for `recommend`",
    ),
    ("summary.json", "level, per", "level of all intervals; whether figures are a week or an undated period"),
    (
        "summary.json",
        "scenarios",
        "the base plan, then every scenario in the order of the config: the columns of scenarios.csv, with `mean`, `p05` and `p95` of each figure, the limits that hold it and the certificate of its split",
    ),
    ("summary.json", "notes", "what the reader should know; those of one scenario begin with its name"),
    ("summary.json", "outputs", "the files"),
    (
        "manifest.json",
        "program, version, command, seed, settings, inputs, outputs",
        "what computed the files from what, with hashes",
    ),
    ("timings.json", "stages", "seconds a stage took; the only file that differs between two runs"),
];

pub(super) fn markdown(run: &ScenarioRun) -> String {
    let level = run.comparison.level;
    let mut text = format!("# Data dictionary\n\n{CONVENTIONS}\n");
    for table in described(run) {
        table.write(&mut text);
    }
    for (stem, columns) in charts::scenarios::tables() {
        heading(&mut text, &format!("charts/{stem}.csv"), &format!("the figures that `charts/{stem}.svg` shows"));
        for column in columns {
            row(&mut text, level, column.name, column.unit, column.meaning);
        }
    }
    keys(&mut text, KEYS);
    text
}

/// The tables.
pub(super) fn described(run: &ScenarioRun) -> Vec<Described> {
    let level = run.comparison.level;
    vec![
        describe(level, "scenarios.csv", "one row per plan: the base plan first", &columns::scenarios()),
        describe(
            level,
            "moves.csv",
            format!("the largest moves of each scenario against the base plan, {} at most", run.comparison.longest),
            &columns::moves(columns::presence(run)),
        ),
        describe(
            level,
            "limits.csv",
            "one row per plan and limit that terms share: where the plan stands in it, and what relaxing it is worth",
            &columns::limits(),
        ),
        describe(
            level,
            "frontier.csv",
            "best outcome of the base plan's account for each budget, change limits ignored, no term above three times what it spends today",
            &shared::frontier(),
        ),
        describe(
            level,
            "campaign_frontiers.csv",
            "the same for each campaign alone",
            &columns::campaign_frontiers(columns::presence(run)),
        ),
    ]
}
