//! What a week is read from: the files that had come by then, without weeks that nobody could read.
//!
//! In: the files, the week that is due, weeks that were refused. Out: what was read, and from what. As long as everything can be read
//! nothing is left out; only where the whole is refused are files left out that came later, then weeks that were
//! refused when they came and that nobody has put right since, and then those that are found to be refused by themselves. So a
//! replay meets what had been there, and a slip stops its own week and no other.
//!
//! # When it is wrong
//! A file tells by its days when it came. One without any that can be read is taken to have come after the file before it
//! in order of names, and only where the others follow one another in that order.

use super::WeekTask;
use super::unread::{Bad, Told, told_apart};
use crate::config::Config;
use crate::domain::Date;
use crate::error::Error;
use crate::ingest::{IngestSettings, Ingested, calendar_of};
use crate::pipeline::read_whole;
use chrono::Days;
use std::path::PathBuf;

/// First and last day.
pub(super) type Span = (Date, Date);

/// What is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Source {
    inputs: Vec<PathBuf>,
    /// Weeks that are not read.
    unread: Vec<Span>,
    /// The currency of weeks that are not read as the account's is another now.
    currency_before: Option<String>,
}

impl Source {
    /// Reads it.
    ///
    /// # Errors
    /// Whatever reading refuses.
    pub(super) fn read(&self, config: &Config) -> Result<Ingested, Error> {
        read_whole(&self.inputs, config, &self.unread)
    }

    /// First and last days of what is not read.
    pub(super) fn unread(&self) -> &[Span] {
        &self.unread
    }

    /// The currency of weeks that are not read as the account's is another now.
    pub(super) fn currency_before(&self) -> Option<&str> {
        self.currency_before.as_deref()
    }

    /// Whether a week that begins on a day is not read.
    pub(super) fn leaves_out(&self, start: Option<Date>) -> bool {
        start.is_some_and(|day| self.unread.iter().any(|(first, last)| (*first..=*last).contains(&day)))
    }
}

/// Reads what had come by the week.
///
/// # Errors
/// Whatever reading refuses; where leaving out does not help, of what was there.
pub(super) fn read(task: &WeekTask) -> Result<(Ingested, Source), Error> {
    let whole = Source { inputs: task.inputs.to_vec(), ..Source::default() };
    let mut error = match whole.read(task.config) {
        Ok(ingested) => return Ok((ingested, whole)),
        Err(error @ (Error::Ingest(_) | Error::Refused { .. })) => error,
        Err(error) => return Err(error),
    };
    let settings = IngestSettings { as_of: None, ..task.config.ingest() };
    let spans = spans(task.inputs, &settings);
    let with = |keep: &dyn Fn(Span) -> bool, unread: Vec<Span>| {
        let kept = task.inputs.iter().zip(&spans).filter(|(_, span)| span.is_none_or(keep));
        Source { inputs: kept.map(|(path, _)| path.clone()).collect(), unread, currency_before: None }
    };
    let had_come = |span: Span| span.0 <= task.due;
    let unread = refused_weeks(task);
    let is_in = |one: Span, other: &Span| other.0 <= one.0 && one.1 <= other.1;
    let readable = |span: Span| had_come(span) && !unread.iter().any(|other| is_in(span, other));
    for source in [with(&had_come, Vec::new()), with(&readable, unread.clone())] {
        if source == whole || source.inputs.is_empty() {
            continue;
        }
        match source.read(task.config) {
            Ok(mut ingested) => {
                let later = spans.iter().flatten().filter(|span| !had_come(**span)).count();
                ingested.notes.add("files-not-come", later, "files had not come by the week, and are not read");
                let weeks: Vec<String> = source.unread.iter().map(|(first, _)| first.to_string()).collect();
                let message = format!(
                    "{} not read, as nobody has put right what was refused in {}: begun {}",
                    if weeks.len() == 1 { "a week is" } else { "weeks are" },
                    if weeks.len() == 1 { "it" } else { "them" },
                    weeks.join(", "),
                );
                ingested.notes.add("weeks-not-read", weeks.len(), message);
                return Ok((ingested, source));
            }
            // of what was there, which says more than of what came later
            Err(of_then) => error = of_then,
        }
    }
    let come: Vec<(PathBuf, Option<Span>)> =
        task.inputs.iter().cloned().zip(spans).filter(|(_, span)| span.is_none_or(had_come)).collect();
    rest(task, &come).ok_or(error)
}

/// Reads all weeks but those that are refused by themselves, and names them; `None` where they cannot be told apart.
fn rest(task: &WeekTask, come: &[(PathBuf, Option<Span>)]) -> Option<(Ingested, Source)> {
    let Told { bad, inputs, currency_before } = told_apart(task, come, &task.config.ingest())?;
    let source = Source { inputs, unread: bad.iter().map(|bad| bad.span).collect(), currency_before };
    let mut ingested = source.read(task.config).ok()?;
    let named = |bad: &Bad| format!("the week begun {}: {}", bad.span.0, bad.problem);
    let first: Vec<String> = bad.iter().take(NAMED).map(named).collect();
    let more = if bad.len() > NAMED { format!("; and {} more", bad.len() - NAMED) } else { String::new() };
    let message = format!("not read, and left out until it is put right: {}{more}", first.join("; "));
    ingested.notes.add("weeks-not-read", bad.len(), message);
    Some((ingested, source))
}

/// Refused weeks that a note names with their reasons.
const NAMED: usize = 3;

/// Weeks before this one that were refused when they came.
fn refused_weeks(task: &WeekTask) -> Vec<Span> {
    let held = task.past.iter().filter(|record| record.is_mixed()).filter_map(|record| record.as_of);
    let mut weeks: Vec<Span> =
        held.map(|last| (last - Days::new(6), last)).chain(task.refused.iter().copied()).collect();
    weeks.retain(|(_, last)| *last < task.due);
    weeks.sort_unstable();
    weeks.dedup();
    weeks
}

/// First and last day of each file; `None` where it cannot be told. Shape: files.
fn spans(inputs: &[PathBuf], settings: &IngestSettings) -> Vec<Option<Span>> {
    let one = |path: &PathBuf| {
        let calendar = calendar_of(std::slice::from_ref(path), settings)?;
        Some((calendar.periods.first()?.start?, calendar.periods.last()?.end? - Days::new(1)))
    };
    in_order(inputs.iter().map(one).collect())
}

/// Gives files without days the week after the one before, where files follow one another.
fn in_order(mut spans: Vec<Option<Span>>) -> Vec<Option<Span>> {
    let known: Vec<Span> = spans.iter().copied().flatten().collect();
    if known.is_empty() || !known.windows(2).all(|pair| pair[0].1 < pair[1].0) {
        return spans;
    }
    let week = |first: Date| (first, first + Days::new(6));
    for at in 1..spans.len() {
        if let (Some(before), None) = (spans[at - 1], spans[at]) {
            spans[at] = Some(week(before.1 + Days::new(1)));
        }
    }
    for at in (1..spans.len()).rev() {
        if let (None, Some(after)) = (spans[at - 1], spans[at]) {
            spans[at - 1] = Some(week(after.0 - Days::new(7)));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: &str, last: &str) -> Option<Span> {
        Some((first.parse().unwrap(), last.parse().unwrap()))
    }

    #[test]
    fn a_file_without_days_came_after_the_one_before_it_where_files_follow_one_another() {
        let (one, three) = (span("2026-01-05", "2026-01-11"), span("2026-01-19", "2026-01-25"));
        assert_eq!(in_order(vec![one, None, three])[1], span("2026-01-12", "2026-01-18"));
        assert_eq!(in_order(vec![None, three])[0], span("2026-01-12", "2026-01-18"));
        assert_eq!(in_order(vec![one, None])[1], span("2026-01-12", "2026-01-18"));
        // of files side by side, a part of the account each, none is left out
        assert_eq!(in_order(vec![one, None, one]), [one, None, one]);
        assert_eq!(in_order(vec![None, None]), [None, None]);
    }
}
