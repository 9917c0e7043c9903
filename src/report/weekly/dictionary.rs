//! What the files of a weekly run hold, beside those of a plan.

use super::{WeeklyRun, diff, history};
use crate::report::charts::{diff as diff_chart, weekly::COLUMNS};
use crate::report::columns::Presence;
use crate::report::dictionary::{CONVENTIONS, heading, markdown, row, section};
use std::fmt::Write as _;

/// Level of the intervals that reviews have.
const LEVEL: f64 = 0.9;

/// Columns of the stored terms: name, unit, meaning.
const TERMS: &[(&str, &str, &str)] = &[
    ("term, match_type, campaign, ad_group, channel", "text", "what identifies the term; absent where no term has it"),
    ("lever", "text", "what can be set: max_cpc, campaign_budget, target_cpa, target_roas, status, advisory"),
    ("curve", "text", "clicks against spend: family and parameters, full precision"),
    ("current_spend", "money a week", "spend when the plan was made"),
    ("recommended_spend", "money a week", "spend planned"),
    ("free_clicks", "clicks a week", "clicks that cost nothing"),
    ("cvr_mean", "ratio", "conversions per click, posterior mean"),
    ("cvr_sd", "ratio", "its standard deviation"),
    ("cvr_prior", "ratio", "what was expected of it before the term's own clicks; absent in runs of earlier versions"),
    ("value_mean", "money", "expected revenue of a conversion, with its pairing with the rate"),
    (
        "old_spend",
        "money a week",
        "spend when the campaigns were drawn of which some are held back; empty without a holdback",
    ),
    ("lever_now", "as the lever", "setting when the plan was made"),
    ("lever_plan", "as the lever", "setting under the plan"),
];

/// The dictionary of a run's files.
pub(super) fn text(run: &WeeklyRun) -> String {
    let mut text = match &run.plan {
        Some(plan) => markdown(plan),
        None => format!("# Data dictionary\n\nNo plan was made: a guard held it. {CONVENTIONS}"),
    };
    let about = "one row per run up to this one: what it saw of its last week, and what had been forecast";
    section(&mut text, LEVEL, "history.csv", about, &history::columns());
    if run.record.diff.is_some() {
        let about = "one row per term of this plan or the one before: what each step of solving again adds; the parts of a row add up \
                     to its change to the cent, in the order of the columns, and are empty where a step could not be solved";
        let all = Presence { match_type: true, campaign: true, ad_group: true, channel: true, value: false };
        section(&mut text, LEVEL, "diff.csv", about, &diff::columns(all));
    }
    let [record, terms] = run.names;
    if run.plan.is_some() {
        heading(&mut text, terms, "Parquet, one row per term: what is kept to hold the plan against what comes");
        for (name, unit, meaning) in TERMS {
            row(&mut text, LEVEL, name, unit, meaning);
        }
    }
    heading(
        &mut text,
        "charts/history.csv",
        "the numbers behind the chart of the history; absent before the second run",
    );
    for column in COLUMNS {
        row(&mut text, LEVEL, column.name, column.unit, column.meaning);
    }
    if run.record.diff.is_some() {
        heading(&mut text, "charts/diff.csv", "the numbers behind the chart of what changed; absent where nothing did");
        for column in diff_chart::COLUMNS {
            row(&mut text, LEVEL, column.name, column.unit, column.meaning);
        }
    }
    let _ = writeln!(
        text,
        "\n## {record}\n\nThe record of the run: schema (version of these keys), version, id, as_of, planned_week, fingerprint (hash of \
         inputs, settings, program and the run whose plan was in force), inputs, previous (that run), held, findings (guard, message, \
         figure, limit, accepted), accepted (guards that a person had accepted for the week by then), currency, week (the last week as it was seen), partial (the same of a week that the data did not cover wholly), apart (earlier weeks that were held and that the run does without; `left_out` in the summary), late (first days of weeks that came after their run, and that this one judged first), unread (first days of weeks that could not be read), review (the plan in force against it, at the \
         spend that happened; terms that were paused when it was made apart; null where it was in another currency), lift_realised_over_promised (null without a holdback, and until lift can be measured), holdback (the draw: seed, campaigns with \
         spend, stratum and whether they are held back, what the plan promises of the others), lift (realised, error, degrees of \
         freedom, 90% interval, promised, ratio, correction of later promises), plan (the plan as a whole; null where the data's \
         guards held it), files (hashes of the stored terms and the message), diff (the plan against the one in force: run, sums, what each step adds), learned (what the fit learned of \
         movement, delay and prior), settings, decisions. `summary.json` has the same under `weekly`."
    );
    text
}
