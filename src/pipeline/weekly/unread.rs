//! Which weeks of an input cannot be read, where the whole is refused: the others are planned from.
//!
//! In: the files with their days, the settings, the week that is due. Out: the weeks that are refused, each with its reason. Files none of
//! whose days can be read are told by the order of names; within files weeks are halved until each part can be read or is
//! one week, so that one bad week of fifty costs a dozen readings. Weeks in another currency than that of the plan in
//! force, or than most weeks, are refused as well; where a person accepts that the currency changed, it is that of the week that is due, and
//! from then on that of the plan.
//!
//! # When it is wrong
//! Nothing is told apart, and the whole stays refused, where the week that is due is among the weeks, where a row has no day that can be
//! read, where half of the weeks or more are refused (those in a currency that the account had before do not count), and where the data
//! identify people.

use super::WeekTask;
use super::source::Span;
use crate::domain::Date;
use crate::ingest::{IngestError, IngestSettings, calendar_of, read};
use crate::weekly::{Guard, reaches_week_of};
use chrono::Days;
use std::path::PathBuf;

/// A week whose rows are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) span: Span,
    pub(super) problem: String,
}

/// The weeks that are refused, and what is left.
pub(super) struct Told {
    pub(super) bad: Vec<Bad>,
    /// The files that can be read.
    pub(super) inputs: Vec<PathBuf>,
    /// The currency of weeks that are left out as the account's is another now; the latest.
    pub(super) currency_before: Option<String>,
}

/// The currency of rows, or why they are refused.
type Answer = Result<Option<String>, IngestError>;

/// Weeks that can be read together, or one that cannot.
struct Part {
    weeks: Vec<Span>,
    read: Answer,
}

/// The refused weeks up to the one that is due, and the files that can be read; `None` where they cannot be told apart.
pub(super) fn told_apart(
    task: &WeekTask,
    files: &[(PathBuf, Option<Span>)],
    settings: &IngestSettings,
) -> Option<Told> {
    let mut bad = Vec::new();
    let mut kept: Vec<&(PathBuf, Option<Span>)> = Vec::new();
    for file in files {
        let alone = std::slice::from_ref(&file.0);
        if calendar_of(alone, settings).is_some() {
            kept.push(file);
            continue;
        }
        match read(alone, settings) {
            Err(error) if !error.is_of_people() => bad.push(Bad { span: file.1?, problem: error.to_string() }),
            Err(_) => return None,
            Ok(_) => kept.push(file),
        }
    }
    let paths: Vec<PathBuf> = kept.iter().map(|file| file.0.clone()).collect();
    let calendar = calendar_of(&paths, settings)?;
    let weeks: Vec<Span> = calendar
        .periods
        .iter()
        .filter_map(|period| Some((period.start?, period.end? - Days::new(1))))
        .filter(|(first, _)| *first <= task.due)
        .collect();
    let read_weeks = |weeks: &[Span]| {
        let within = (weeks.first()?.0, weeks.last()?.1);
        let is_of = |span: Span| span.0 <= within.1 && within.0 <= span.1;
        let own: Vec<PathBuf> =
            kept.iter().filter(|file| file.1.is_none_or(is_of)).map(|file| file.0.clone()).collect();
        let unread = [(Date::MIN, within.0 - Days::new(1)), (within.1 + Days::new(1), Date::MAX)];
        let settings = IngestSettings { unread: unread.to_vec(), ..settings.clone() };
        // a gap in the weeks has no file, and nothing to refuse
        if own.is_empty() { None } else { Some(read(&own, &settings).map(|ingested| ingested.counts.currency)) }
    };
    let mut parts = Vec::new();
    let mut most = weeks.len() / 2;
    halve(&weeks, &read_weeks, &mut most, &mut parts)?;
    let (currency, is_settled) = currency_of(task, &parts).unzip();
    let (mut in_others, mut currency_before) = (0, None);
    for part in parts {
        let problem = match part.read {
            Err(error) => error.to_string(),
            Ok(Some(own)) if currency.as_ref().is_some_and(|currency| *currency != own) => {
                let problem =
                    format!("amounts are in {own}, and in {} elsewhere", currency.as_deref().unwrap_or_default());
                if is_settled == Some(true) {
                    in_others += part.weeks.len();
                    currency_before = Some(own);
                }
                problem
            }
            Ok(_) => continue,
        };
        bad.extend(part.weeks.iter().map(|&span| Bad { span, problem: problem.clone() }));
    }
    bad.sort_by_key(|bad| bad.span);
    let is_few = 2 * (bad.len() - in_others) < weeks.len() - in_others;
    let tells = !bad.is_empty() && is_few && !bad.iter().any(|bad| is_due(task, bad.span));
    tells.then_some(Told { bad, inputs: paths, currency_before })
}

/// Whether a week is the one that is due.
fn is_due(task: &WeekTask, span: Span) -> bool {
    span.0 <= task.due && reaches_week_of(span.1, task.due)
}

/// Halves weeks until each part can be read or is one week; `None` where more than `most` are refused, or people are identified.
fn halve(
    weeks: &[Span],
    read: &dyn Fn(&[Span]) -> Option<Answer>,
    most: &mut usize,
    parts: &mut Vec<Part>,
) -> Option<()> {
    let Some(answer) = read(weeks) else { return Some(()) };
    match &answer {
        Err(error) if error.is_of_people() => return None,
        Err(_) if weeks.len() > 1 => {
            let (early, late) = weeks.split_at(weeks.len() / 2);
            halve(early, read, most, parts)?;
            return halve(late, read, most, parts);
        }
        Err(_) => *most = most.checked_sub(1)?,
        Ok(_) => (),
    }
    parts.push(Part { weeks: weeks.to_vec(), read: answer });
    Some(())
}

/// The currency that amounts should be in, and whether that is settled: where a person accepts a change of it, that of the week that is due;
/// else that of the plan in force or of the last run that knows; else that of most weeks, which may err.
fn currency_of(task: &WeekTask, parts: &[Part]) -> Option<(String, bool)> {
    let own = |part: &Part| part.read.as_ref().ok().cloned().flatten();
    let due = || parts.iter().find(|part| part.weeks.iter().any(|week| is_due(task, *week))).and_then(own);
    let accepted = task.accepts(Guard::Currency).then(due).flatten();
    let known = || task.past.iter().rev().find_map(|record| record.currency.clone());
    let settled = accepted.or_else(|| task.currency().map(str::to_owned)).or_else(known);
    let weeks = |currency: &String| {
        let own = parts.iter().filter(|part| part.read.as_ref().is_ok_and(|read| read.as_ref() == Some(currency)));
        own.map(|part| part.weeks.len()).sum::<usize>()
    };
    let all: usize = parts.iter().map(|part| part.weeks.len()).sum();
    let most = || parts.iter().filter_map(own).find(|currency| 2 * weeks(currency) > all);
    settled.map(|currency| (currency, true)).or_else(|| Some((most()?, false)))
}
