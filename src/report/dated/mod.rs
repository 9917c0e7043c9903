//! A plan over dated weeks as files: its tables, a chart, its part of page, terminal and data dictionary.
//!
//! In: a [`Run`] whose plan has weeks. Out: the same kinds of artifacts as for a plan of one week, beside those.

mod columns;
mod page;

pub(super) use page::{Weeks, blocks, terminal, weeks};

use super::dictionary::{Described, describe};
use super::tables::presence;
use super::{Artifact, Run};

/// Its files; none where the plan is of one week.
pub(super) fn artifacts(run: &Run) -> Vec<Artifact> {
    run.plan.dated.as_ref().map(|dated| columns::artifacts(run, dated)).unwrap_or_default()
}

/// Its tables, as the data dictionary tells them; none where the plan is of one week.
pub(super) fn described(run: &Run) -> Vec<Described> {
    if run.plan.dated.is_none() {
        return Vec::new();
    }
    let (presence, level) = (presence(run), run.plan.summary.level);
    let budgets = "one row per campaign and week, with the daily budget to set";
    vec![
        describe(level, "weeks.csv", "one row per week that is planned", &columns::of_weeks(presence)),
        describe(level, "week_budgets.csv", budgets, &columns::of_budgets(presence)),
        describe(level, "week_plan.csv", "one row per term and week", &columns::of_terms(presence)),
        describe(
            level,
            "months.csv",
            "one row per calendar month: what of the plan falls into it",
            &columns::of_months(),
        ),
    ]
}
