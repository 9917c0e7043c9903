//! How far terms may change, and how many are held: what page and terminal say of limits of single terms.
//!
//! A change limit is relative to current spend times what the money to be split is over it, and in a plan of several weeks
//! times each week's searches, so that a printed change may be larger than the limit as it was given: here is said by how much.

use super::Run;
use super::format;
use crate::recommend::Plan;

/// How far a term may change, as a part of its current spend.
pub(super) fn change_limit(plan: &Plan) -> String {
    let summary = &plan.summary;
    let (most, [down, up]) = (summary.max_change, summary.change_factors);
    if !most.is_finite() {
        return String::new();
    }
    if most <= 0.0 && as_now(down) && as_now(up) {
        return "The change limit is zero: no term may change by more than its rounding, and none is started. "
            .to_owned();
    }
    let [least, highest] = ends(plan).map(part);
    let times = |factor: f64| if as_now(factor) { String::new() } else { format!(" times {factor:.3}") };
    let share = format::share(most);
    let of = if as_now(down) && as_now(up) {
        format!("±{share}")
    } else if (down - up).abs() < 5e-4 {
        format!("±{share} of its current spend{}", times(up))
    } else {
        format!("{share} below its current spend{}, {share} above its current spend{}", times(down), times(up))
    };
    let why = if as_now(summary.change_reference) {
        String::new()
    } else {
        format!(
            "; {} is {:.3} times what the terms that may be funded spend now{}",
            if plan.dated.is_some() { "the week’s part of the money, by its searches," } else { "the budget" },
            summary.change_reference,
            match (as_now(down), as_now(up)) {
                (true, _) => ", which as a cap leaves the lower end where it is",
                (_, true) => ", which as a cap leaves the upper end where it is",
                _ => "",
            }
        )
    };
    format!("By the change limit a term may spend {least} to {highest} of what it spends now ({of}{why}). ")
}

/// The same in a line for a terminal; `None` where the limit is of current spend as it is.
pub(super) fn brief(plan: &Plan) -> Option<String> {
    let summary = &plan.summary;
    let (most, [down, up]) = (summary.max_change, summary.change_factors);
    if !most.is_finite() || (as_now(down) && as_now(up)) {
        return None;
    }
    let why = if plan.dated.is_some() { "the week’s money and searches" } else { "the budget" };
    let [least, highest] = ends(plan).map(part);
    Some(format!("terms may spend {least} to {highest} of now: {} by {why}", format::share(most)))
}

/// The same for the page, beside the moves; empty where the limit is of current spend as it is.
pub(super) fn moved(plan: &Plan) -> String {
    if brief(plan).is_some() { change_limit(plan).trim_end().to_owned() } else { String::new() }
}

/// Least and most that the change limit lets a term spend, over what it spends now.
fn ends(plan: &Plan) -> [f64; 2] {
    let (most, [down, up]) = (plan.summary.max_change, plan.summary.change_factors);
    [down * (1.0 - most).max(0.0), up * (1.0 + most)]
}

/// Whether a factor moves no digit of what is shown.
fn as_now(factor: f64) -> bool {
    (factor - 1.0).abs() < 5e-4
}

fn part(part: f64) -> String {
    format::percent_tenths(part).replace(".0%", "%")
}

/// What holds a term that gets nothing, and is made to by no limit.
const NOTHING_SPENT: &str = "zero";

/// What the limits section says before its table.
pub(super) fn limits(run: &Run) -> String {
    let count = |wanted: &dyn Fn(&str) -> bool| run.plan.rows.iter().filter(|row| wanted(&row.binding)).count();
    // to spend less than nothing is no choice that a limit takes
    let nothing = count(&|binding| binding == NOTHING_SPENT);
    let held = count(&|binding| !binding.is_empty() && binding != NOTHING_SPENT);
    let change = change_limit(run.plan);
    let nothing = match nothing {
        0 => String::new(),
        1 => " 1 term stands at zero by itself, as its first unit of money returns too little: no limit counts it."
            .to_owned(),
        _ => format!(
            " {} terms stand at zero by themselves, as their first unit of money returns too little: no limit counts them.",
            format::whole(nothing)
        ),
    };
    if held == 0 {
        format!(
            "{change}No limit holds any term back: every term with spend stands where its next unit of money returns what the \
             others’ does.{nothing}"
        )
    } else {
        format!(
            "{change}{} held by a limit; money would move further without it.{nothing}",
            match held {
                1 => "1 term is".to_owned(),
                _ => format!("{} terms are", format::whole(held)),
            }
        )
    }
}
