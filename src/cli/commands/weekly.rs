//! `termwise weekly`: the scheduled run.

mod replay;
mod week;

use crate::cli::args::Weekly;
use crate::cli::{settings, terminal::Printer};
use crate::config::{Config, ConfigError};
use crate::domain::Date;
use crate::error::Error;
use crate::ingest::expand;
use crate::state::{RunId, State};
use crate::weekly::{Finding, Guard, Record};
use chrono::{DateTime, Datelike as _, Days, Utc, Weekday};
use serde_json::json;
use std::path::PathBuf;
use std::time::SystemTime;
use week::{Done, Job};

pub(super) use week::{terms_of, told_of, without_record};

pub(in crate::cli) fn run(args: &Weekly, printer: Printer) -> Result<(), Error> {
    let config = settings::base(&args.common)?;
    config.validate()?;
    let (patterns, folder) = config.weekly_places()?;
    let day = match args.as_of.or(config.data.as_of) {
        Some(day) => day,
        None => yesterday(&config)?,
    };
    let due = week_end(day, config.data.week_start.into());
    let state = State::new(&folder);
    // a trial neither makes the directory nor waits for anybody
    let lock = if args.dry_run { None } else { Some(state.take()?) };
    if let Some((_, Some(died))) = &lock {
        printer.say(died);
    }
    let bare = without_record(&state)?;
    if let Some(told) = told_of(&bare) {
        printer.warn(&told);
    }
    let inputs = expand(&patterns)?;
    let job = Job {
        config: &config,
        inputs: &inputs,
        state: &state,
        refused: &[],
        lock: lock.as_ref().map(|(lock, _)| lock),
        printer,
    };
    if args.backfill {
        return replay::run(&job, due, args.from, args.common.json);
    }
    let mut done = week::run(&job, due, &args.accept)?;
    if !bare.is_empty() {
        done.summary["weekly"]["without_record"] = json!(bare);
    }
    tell(&job, &done, args)
}

/// Says what became of the run; a plan that was held is an error with its own exit code.
fn tell(job: &Job, done: &Done, args: &Weekly) -> Result<(), Error> {
    super::print_summary(args.common.json, &done.summary)?;
    let place = done.place.display();
    let known = if done.is_new { "" } else { " (already there: the same inputs, nothing changed)" };
    let idle = without_effect(&done.record, &args.accept);
    if done.record.held {
        // the reason comes first: notes are in the run
        let latest = week::newest_plan(&job.state.records()?);
        return Err(held(done, latest, (args.dry_run, known), &idle));
    }
    job.printer.notes(&done.notes, 8);
    if !idle.is_empty() {
        job.printer.say(&idle);
    }
    job.printer.say(&format!("{}: {}{known}", done.record.id, done.line));
    let written =
        if args.dry_run { "Nothing was written: this was a trial".to_owned() } else { format!("Run: {place}") };
    job.printer.say(&written);
    Ok(())
}

/// What is said of guards that were accepted and found nothing that could be; empty where there are none.
fn without_effect(record: &Record, accepted: &[Guard]) -> String {
    let idle: Vec<String> = Guard::ALL
        .iter()
        .filter(|guard| accepted.contains(guard) && !record.accepts(**guard))
        .map(|guard| format!("--accept {}", guard.name()))
        .collect();
    if idle.is_empty() {
        return String::new();
    }
    let they = if idle.len() == 1 { "it" } else { "they" };
    let kept = if record.held { " so far, and is kept for this week" } else { "" };
    let why = if is_refused(record) {
        "the week that is due has amounts in two currencies itself, or weeks cannot be told apart".to_owned()
    } else {
        format!("{they} found nothing to accept{kept}")
    };
    format!("`{}` has no effect: {why}", idle.join(" "))
}

/// Whether nothing can be made of the amounts.
fn is_refused(record: &Record) -> bool {
    record.currency.is_none()
        && record.findings.iter().any(|finding| finding.guard == Guard::Currency && !finding.accepted)
}

/// What holds the plan, the first reason first, and what a person can do about it.
fn held(done: &Done, latest: Option<RunId>, (is_trial, known): (bool, &str), idle: &str) -> Error {
    let record = &done.record;
    let open: Vec<&Finding> = record.findings.iter().filter(|finding| !finding.accepted).collect();
    let reason = open.first().map_or_else(String::new, |f| format!("{} [{}]", f.message, f.guard.name()));
    let also: Vec<&str> = open.iter().skip(1).map(|finding| finding.guard.name()).collect();
    let also = if also.is_empty() { String::new() } else { format!("; also {}", also.join(", ")) };
    let in_force = match latest {
        Some(latest) => format!("the plan of {latest} stays the latest"),
        None => "there is no earlier plan".to_owned(),
    };
    let refused = is_refused(record);
    let look = if is_trial { String::new() } else { format!("see {}; ", done.place.display()) };
    let hint = if refused {
        let changed = "or, where the account's currency really changed, go on in that of the week that is due with --accept currency, said \
                       once: weeks in the other are left out, and amounts of the config file are taken to be in the new one";
        let changed = if record.accepted.contains(&Guard::Currency) { String::new() } else { format!(", {changed}") };
        format!("{look}correct the amounts and run again{changed}")
    } else {
        let flags: Vec<String> = open.iter().map(|finding| format!("--accept {}", finding.guard.name())).collect();
        let advice = remedies(open.iter().map(|finding| finding.guard));
        format!("{look}{advice} and run again, or let it through with {}", flags.join(" "))
    };
    let hint = if idle.is_empty() { hint } else { format!("{idle}; {hint}") };
    Error::Held { reason: format!("{reason}{also}; {in_force}{known}"), hint }
}

/// What can be done about findings of guards, each once.
fn remedies(guards: impl Iterator<Item = Guard>) -> String {
    let mut advice: Vec<&str> = Vec::new();
    for guard in guards {
        if !advice.contains(&guard.remedy()) {
            advice.push(guard.remedy());
        }
    }
    advice.join(", ")
}

/// The day before today, in the time zone of the config: today's data are not whole.
fn yesterday(config: &Config) -> Result<Date, ConfigError> {
    Ok(day_before(SystemTime::now().into(), config.weekly.zone()?))
}

/// The day before that of an instant in a time zone.
fn day_before(now: DateTime<Utc>, zone: chrono_tz::Tz) -> Date {
    now.with_timezone(&zone).date_naive() - Days::new(1)
}

/// Last day of the last week that has ended by a day.
fn week_end(day: Date, start: Weekday) -> Date {
    let next = day + Days::new(1);
    let into = next.weekday().days_since(start);
    day - Days::new(u64::from(into))
}

/// The files that a run is made from beside its inputs.
fn companions(config: &Config) -> Vec<PathBuf> {
    config.data.simulators.iter().chain(&config.plan.decisions).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advised_fits_what_was_found() {
        let advice = |guards: &[Guard]| remedies(guards.iter().copied());
        assert_eq!(advice(&[Guard::StaleWeek, Guard::RowsRange]), "correct the data");
        assert!(advice(&[Guard::Turnover]).starts_with("let the plan move less"));
        assert!(advice(&[Guard::PriceRange, Guard::Turnover]).starts_with("correct the data, let the plan move less"));
    }

    #[test]
    fn the_week_that_is_due_has_ended() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // a Sunday ends the week of a Monday; so does every day up to the Saturday after
        for given in ["2026-11-29", "2026-11-30", "2026-12-05"] {
            assert_eq!(week_end(day(given), Weekday::Mon), day("2026-11-29"), "{given}");
        }
        assert_eq!(week_end(day("2026-12-06"), Weekday::Mon), day("2026-12-06"));
        assert_eq!(week_end(day("2026-11-29"), Weekday::Sun), day("2026-11-28"));
    }

    #[test]
    fn the_week_that_is_due_follows_the_clocks_of_the_time_zone_where_they_change() {
        // clocks change on the Sunday: an hour in Berlin and New York, half an hour on Lord Howe Island, in both directions
        for (zone, instant, due) in [
            ("Europe/Berlin", "2026-10-25T22:30:00Z", "2026-10-18"),
            ("Europe/Berlin", "2026-10-25T23:30:00Z", "2026-10-25"),
            ("America/New_York", "2025-11-03T04:30:00Z", "2025-10-26"),
            ("America/New_York", "2025-11-03T05:30:00Z", "2025-11-02"),
            ("America/New_York", "2025-03-10T03:30:00Z", "2025-03-02"),
            ("America/New_York", "2025-03-10T04:30:00Z", "2025-03-09"),
            ("Australia/Lord_Howe", "2025-10-05T12:45:00Z", "2025-09-28"),
            ("Australia/Lord_Howe", "2025-10-05T13:15:00Z", "2025-10-05"),
            ("Australia/Lord_Howe", "2025-04-06T13:15:00Z", "2025-03-30"),
            ("Australia/Lord_Howe", "2025-04-06T13:45:00Z", "2025-04-06"),
        ] {
            let day = day_before(instant.parse().unwrap(), zone.parse().unwrap());
            assert_eq!(week_end(day, Weekday::Mon).to_string(), due, "{zone} {instant}");
        }
    }
}
