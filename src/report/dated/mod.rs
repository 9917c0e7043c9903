//! A plan over dated weeks as files: its tables, a chart, its part of page, terminal and data dictionary.
//!
//! In: a [`Run`] whose plan has weeks. Out: the same kinds of artifacts as for a plan of one week, beside those.

mod columns;
mod page;

pub(super) use page::{Weeks, terminal, weeks};

use super::dictionary::section;
use super::tables::presence;
use super::{Artifact, Run};

/// Its files; none where the plan is of one week.
pub(super) fn artifacts(run: &Run) -> Vec<Artifact> {
    run.plan.dated.as_ref().map(|dated| columns::artifacts(run, dated)).unwrap_or_default()
}

/// Its part of the data dictionary.
pub(super) fn dictionary(text: &mut String, run: &Run) {
    if run.plan.dated.is_none() {
        return;
    }
    let (presence, level) = (presence(run), run.plan.summary.level);
    section(text, level, "weeks.csv", "one row per week that is planned", &columns::of_weeks(presence));
    let about = "one row per campaign and week, with the daily budget to set";
    section(text, level, "week_budgets.csv", about, &columns::of_budgets(presence));
    section(text, level, "week_plan.csv", "one row per term and week", &columns::of_terms(presence));
    let about = "one row per calendar month: what of the plan falls into it";
    section(text, level, "months.csv", about, &columns::of_months());
}
