//! A weekly run in words: one line for a log, a short message for a chat or mail.

use super::{WeeklyRun, diff, lift};
use crate::domain::Date;
use crate::recommend::Recommendation;
use crate::report::format::{self, Money};
use crate::weekly::{Apart, Finding, Record, Review, StoredPlan};
use std::fmt::Write as _;

/// Terms named in the message.
const NAMED: usize = 5;
/// Days named in a line of it.
const LISTED: usize = 8;

/// What the run came to, in one line without a final full stop.
pub(super) fn line(run: &WeeklyRun) -> String {
    let record = run.record;
    let money = run.money();
    let week = record.planned_week.map(|day| day.to_string()).unwrap_or_default();
    if record.held {
        let reasons: Vec<&str> = reasons(run).map(|finding| finding.message.as_str()).collect();
        return format!("held, week of {week}: {}", reasons.join("; "));
    }
    let Some(plan) = &record.plan else { return format!("no plan for the week of {week}") };
    let mut line = format!(
        "plan for the week of {week}: {} to spend (now {}), {} raised, {} cut, {}",
        money.short(plan.spend),
        money.short(plan.current_spend),
        format::whole(plan.raised),
        format::whole(plan.cut),
        outcome(plan, &money),
    );
    if let Some(corrected) = lift::corrected(record, &money) {
        let _ = write!(line, "; {}", lower(&corrected));
    }
    if let Some(ratio) = record.promise_ratio() {
        let _ = write!(line, "; last week {} conversions for each one forecast", format::ratio(ratio));
    }
    line
}

/// The head of the page.
pub(super) fn headline(run: &WeeklyRun) -> String {
    let record = run.record;
    let week = record.planned_week.map(|day| day.to_string()).unwrap_or_default();
    if record.held {
        format!("Held: no new plan for the week of {week}")
    } else {
        format!("A plan for the week of {week}")
    }
}

/// What stands below it.
pub(super) fn lead(run: &WeeklyRun) -> String {
    let record = run.record;
    match (&record.plan, run.latest) {
        (_, Some(latest)) if record.held => {
            let reasons: Vec<&str> = reasons(run).map(|finding| finding.message.as_str()).collect();
            capital(&format!("{}. The plan of {latest} stays in force.", format::clean(&reasons.join("; "))))
        }
        (_, None) if record.held => {
            let reasons: Vec<&str> = reasons(run).map(|finding| finding.message.as_str()).collect();
            capital(&format!("{}. There is no earlier plan.", format::clean(&reasons.join("; "))))
        }
        (Some(plan), _) => {
            let corrected =
                lift::corrected(record, &run.money()).map_or_else(String::new, |words| format!(" {words}."));
            capital(&format!("{}.{corrected}", outcome(plan, &run.money())))
        }
        (None, _) => String::new(),
    }
}

/// The findings that hold the plan.
fn reasons<'r>(run: &'r WeeklyRun) -> impl Iterator<Item = &'r Finding> {
    run.record.findings.iter().filter(|finding| !finding.accepted)
}

/// The objective's figure, planned and now.
fn outcome(plan: &StoredPlan, money: &Money) -> String {
    let show = |figure: f64| {
        if plan.objective == "conversions" { format::count(figure) } else { money.short(figure) }
    };
    let figure = |figure: Option<f64>| format::or_none(figure, show);
    let interval = match (plan.objective_p05, plan.objective_p95) {
        (Some(lower), Some(upper)) => {
            format!(" ({} to {}, {})", show(lower), show(upper), format::share(plan.level))
        }
        _ => String::new(),
    };
    format!(
        "expected {} {} a week{interval}, now {}",
        plan.objective,
        figure(plan.planned.figure(&plan.objective)),
        figure(plan.now.figure(&plan.objective)),
    )
}

/// The message, Markdown.
pub(super) fn message(run: &WeeklyRun) -> String {
    let record = run.record;
    let money = run.money();
    let week = record.planned_week.map(|day| day.to_string()).unwrap_or_default();
    let mut text = String::new();
    if record.held {
        let _ = writeln!(text, "**Held: no new plan for the week of {week}**\n");
        for finding in reasons(run) {
            let _ = writeln!(text, "- {} (`{}`)", escaped(&finding.message), finding.guard.name());
        }
        let _ = match run.latest {
            Some(latest) => writeln!(text, "\nThe plan of {latest} stays in force."),
            None => writeln!(text, "\nThere is no earlier plan."),
        };
    } else if let Some(plan) = &record.plan {
        let _ = writeln!(text, "**Plan for the week of {week}**\n");
        let _ = writeln!(
            text,
            "- Spend {} of {} (now {}): {} raised, {} cut",
            money.exact(plan.spend),
            money.exact(plan.budget),
            money.exact(plan.current_spend),
            format::counted(plan.raised, "term", "terms"),
            format::whole(plan.cut),
        );
        let better = plan
            .probability_better
            .map_or_else(String::new, |p| format!("; better than today's spends with {}", format::probability(p)));
        let _ = writeln!(text, "- {}{better}", capital(&outcome(plan, &money)));
        if let Some(corrected) = lift::corrected(record, &money) {
            let _ = writeln!(text, "- {corrected}");
        }
        for finding in record.findings.iter().filter(|finding| finding.accepted) {
            let _ = writeln!(text, "- Accepted: {} (`{}`)", escaped(&finding.message), finding.guard.name());
        }
        if !record.unread.is_empty() {
            let days = listed(&record.unread);
            let _ = writeln!(text, "- Not read, as the input is refused there: begun {days}; see the notes of the run");
        }
        for apart in &record.apart {
            let _ = writeln!(text, "- {}", left_out(apart));
        }
    }
    text.push_str(&late(record));
    if let Some(review) = &record.review {
        text.push_str(&reviewed(record, review, &money));
        let _ = writeln!(text, "- {}", lift::sentence(record, &money));
    }
    if let Some(planned) = run.plan.filter(|_| !record.held) {
        text.push_str(&largest(planned.plan.rows.as_slice(), &money));
        text.push_str(&diff::message(run, escaped));
    }
    let _ =
        writeln!(text, "\nRun {}, data to {}.", record.id, record.as_of.map(|day| day.to_string()).unwrap_or_default());
    text
}

/// What came of weeks that arrived late, in lines; those that are left out where they are told anyway.
fn late(record: &Record) -> String {
    let mut text = String::new();
    let apart = |day: &Date| record.apart.iter().find(|apart| apart.week == Some(*day));
    let fine: Vec<Date> = record.late.iter().copied().filter(|day| apart(day).is_none()).collect();
    if !fine.is_empty() {
        let days = listed(&fine);
        let _ = writeln!(text, "- Arrived late, judged now and like the weeks before: begun {days}");
    }
    for apart in record.late.iter().filter_map(apart).filter(|_| record.held) {
        let _ = writeln!(text, "- {}", left_out(apart));
    }
    text
}

/// Days in words, the first of many.
fn listed(days: &[Date]) -> String {
    let first: Vec<String> = days.iter().take(LISTED).map(Date::to_string).collect();
    let more = days.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// A week that the plan does without, and what makes it count.
pub(super) fn left_out(apart: &Apart) -> String {
    let names = |sign: &str, between: &str| {
        let names: Vec<String> = apart.guards.iter().map(|guard| format!("{sign}{}{sign}", guard.name())).collect();
        names.join(between)
    };
    format!(
        "Left out: the week begun {}, {} {}; it counts once its data are put right, or with `--as-of {} --accept {}`",
        apart.week.map(|day| day.to_string()).unwrap_or_default(),
        if apart.late { "which arrived late and is out by" } else { "held by" },
        names("`", ", "),
        apart.as_of,
        names("", " --accept "),
    )
}

/// How far a plan was followed, in words; `None` where that cannot be told.
pub(super) fn followed(review: &Review) -> Option<String> {
    let share = review.adoption?;
    let error = review.adoption_error.map(|error| format!(" (standard error {})", format::share(error)));
    let error = error.unwrap_or_default();
    Some(if review.moved_against() {
        format!("spends moved against the plan, by {}{error} of the planned moves", format::share(-share))
    } else if share < 0.0 {
        format!(
            "none of the planned moves surely made ({}, standard error {})",
            format::share(share),
            format::or_none(review.adoption_error, format::share)
        )
    } else {
        format!("{}{error} of the planned moves made", format::share(share))
    })
}

/// Last week, in lines.
fn reviewed(record: &Record, review: &Review, money: &Money) -> String {
    let mut text = format!("\n**Last week** (plan of {})\n\n", review.plan);
    let adoption = match record.followed() {
        None => {
            "how far it was followed cannot be told, as a guard found the week's figures not what they seem".to_owned()
        }
        Some(review) => followed(review).unwrap_or_else(|| "how far it was followed cannot be told".to_owned()),
    };
    let levers = if review.levers > 0 {
        format!(
            "; {} of {} set as planned",
            format::whole(review.levers_set),
            format::counted(review.levers, "lever", "levers")
        )
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "- Spent {} on the plan's terms where {} were planned; {adoption}{levers}",
        money.exact(review.spend),
        money.exact(review.spend_planned),
    );
    let reported = if review.reported < 1.0 {
        format!(", of which {} are reported by now", format::share(review.reported))
    } else {
        String::new()
    };
    let held = match record.evidence().and_then(Review::is_inside) {
        Some(true) => "; the 90% interval given the clicks held",
        Some(false) => "; outside the 90% interval given the clicks",
        None => "",
    };
    let _ = writeln!(
        text,
        "- {} conversions where {} were forecast at that spend ({}{reported}){held}",
        format::count(review.conversions),
        format::count(review.conversions_forecast),
        record.promise_ratio().map_or_else(
            || "no measure of the forecast, as a guard found the week's figures not what they seem".to_owned(),
            |ratio| format!("{} for each one", format::ratio(ratio)),
        ),
    );
    if review.unplanned_spend > 0.0 {
        let _ = writeln!(
            text,
            "- Beside these, {} spent on terms that the plan did not know",
            money.exact(review.unplanned_spend)
        );
    }
    if review.paused_spend > 0.0 || review.paused_conversions > 0.0 {
        let _ = writeln!(
            text,
            "- Beside these, {} spent and {} conversions on terms that were paused when the plan was made, which it said nothing of",
            money.exact(review.paused_spend),
            format::count(review.paused_conversions),
        );
    }
    text
}

/// The terms that change most, in lines.
fn largest(rows: &[Recommendation], money: &Money) -> String {
    let mut moved: Vec<&Recommendation> = rows.iter().filter(|row| row.moves()).collect();
    moved.sort_by(|one, other| other.change.abs().total_cmp(&one.change.abs()).then(one.index.cmp(&other.index)));
    if moved.is_empty() {
        return "\nNothing moves.\n".to_owned();
    }
    let mut text = "\n**Largest changes to today's spend**\n\n".to_owned();
    for row in moved.into_iter().take(NAMED) {
        let _ = writeln!(
            text,
            "- {}: {} → {} ({})",
            escaped(&format::name(&row.key.term, 60)),
            money.exact(row.current_spend),
            money.exact(row.recommended_spend),
            row.change_pct.map_or_else(|| money.signed(row.change), format::change),
        );
    }
    text
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

pub(super) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A stranger's text inside Markdown: signs that chats take for mark-up, mentions and links stand as they are.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in format::clean(text).chars() {
        if "\\`*_{}[]<>#|~!".contains(sign) {
            safe.push('\\');
        }
        safe.push(sign);
        if sign == '@' {
            // a mention would call people
            safe.push('\u{200b}');
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_term_marks_nothing_up_and_calls_nobody() {
        assert_eq!(escaped("*[x](http://y)*"), "\\*\\[x\\](http://y)\\*");
        assert_eq!(escaped("@channel"), "@\u{200b}channel");
        assert_eq!(escaped("trail shoes 5"), "trail shoes 5");
    }
}
