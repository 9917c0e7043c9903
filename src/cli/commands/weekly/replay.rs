//! `--backfill`: the weeks of the data one after another, each as if it had happened then.

use super::week::{self, Job};
use crate::cli::commands::{VERSION, print_summary};
use crate::counts::Calendar;
use crate::domain::{Date, counted};
use crate::error::Error;
use crate::ingest::{calendar_of, read_noting};
use crate::report::SummaryBuilder;
use crate::weekly::Guard;
use chrono::Days;
use serde_json::json;

/// Replays the weeks that have no run yet, up to `last`. A week that was held or could not be planned keeps none of the
/// later ones from their turn.
pub(super) fn run(job: &Job, last: Date, from: Option<Date>, is_json: bool) -> Result<(), Error> {
    let progress = job.printer.progress();
    progress.stage("read");
    let calendar = calendar(job, last)?;
    drop(progress);
    let weeks = job.config.plan.baseline_weeks.max(1) as u64;
    let whole = calendar.periods.iter().find(|period| period.complete);
    let first = whole.and_then(|period| period.end).map(|end| end - Days::new(1) + Days::new(7 * (weeks - 1)));
    // weeks after the data have not come yet, which is no fault to hold a plan for
    let ended = calendar.periods.iter().rev().find(|period| period.complete).and_then(|period| period.end);
    let last = ended.map_or(last, |end| last.min(end - Days::new(1)));
    let earliest = from.max(first).unwrap_or(last);
    let mut due = last;
    while due >= earliest + Days::new(7) {
        due = due - Days::new(7);
    }
    let (mut made, mut there, mut held, mut failed) = (0_usize, 0_usize, Vec::new(), Vec::new());
    let mut refused: Vec<(Date, Date)> = Vec::new();
    while due <= last && first.is_some() {
        if is_there(job, due)? {
            there += 1;
        } else {
            match week::run(&Job { refused: &refused, ..*job }, due, &[]) {
                Ok(done) if !done.is_new => there += 1,
                Ok(done) => {
                    made += 1;
                    job.printer.say(&format!("{}: {}", done.record.id, done.line));
                    let guards: Vec<&str> = done
                        .record
                        .findings
                        .iter()
                        .filter(|finding| !finding.accepted)
                        .map(|finding| Guard::name(finding.guard))
                        .collect();
                    if done.record.held {
                        held.push((done.record.id, guards.join(", ")));
                    }
                }
                // what is wrong with the state is wrong with every week
                Err(error @ Error::State(_)) => return Err(error),
                Err(error) => {
                    if is_of_input(&error) {
                        refused.push((due - Days::new(6), due));
                    }
                    job.printer.say(&format!("{due}: no plan: {error}"));
                    failed.push((due, error));
                }
            }
        }
        due = due + Days::new(7);
    }
    let summary = SummaryBuilder::new(VERSION, "weekly")
        .with("as_of", json!(last))
        .with("backfill", json!({
            "made": made,
            "there": there,
            "held": held.iter().map(|(run, guards)| json!({"run": run, "guards": guards})).collect::<Vec<_>>(),
            "failed": failed.iter().map(|(day, error)| json!({"as_of": day, "error": error.to_string()})).collect::<Vec<_>>(),
        }))
        .build();
    print_summary(is_json, &summary)?;
    let there = if there == 0 { String::new() } else { format!(", {} already there", counted(there, "week")) };
    job.printer.say(&format!("{} replayed{there}, {} held", counted(made, "week"), held.len()));
    for (run, guards) in &held {
        job.printer.say(&format!("held: {run} ({guards})"));
    }
    failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
}

/// Whether a week has been run. One of which nothing could be made, for its amounts in two currencies, is asked again: they may have been put
/// right since, or a person may have accepted that the currency changed.
fn is_there(job: &Job, due: Date) -> Result<bool, Error> {
    let own: Vec<_> = job.state.known_ids()?.into_iter().filter(|id| id.as_of == due).collect();
    let Some(last) = own.last() else { return Ok(false) };
    Ok(!job.state.record(last)?.is_mixed())
}

/// Whether it is what the files hold that was refused.
fn is_of_input(error: &Error) -> bool {
    match error {
        Error::Ingest(error) | Error::Refused { error, .. } => !error.is_of_settings(),
        _ => false,
    }
}

/// The calendar of the files. What is wrong with one of them is told in its own week.
fn calendar(job: &Job, last: Date) -> Result<Calendar, Error> {
    let settings = job.config.as_of(last).ingest();
    match read_noting(job.inputs, &settings) {
        Ok(ingested) => Ok(ingested.counts.calendar),
        Err(error) => {
            let error = Error::from(error);
            let known = if is_of_input(&error) { calendar_of(job.inputs, &settings) } else { None };
            known.ok_or(error)
        }
    }
}
