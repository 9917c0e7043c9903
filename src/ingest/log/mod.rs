//! Access logs → [`Counts`].
//!
//! Owns the reading of web servers' access logs. In: paths in any order, plain or gzip, and settings. Out: visits
//! (as clicks), purchases and their value by search term and period. A visit is a session that a search brought:
//! the first search of the session has it, and what is bought after it. The lines stream through: memory holds the
//! sessions within the window, and the terms. Files whose lines are in no order of time are read once more for each part of
//! the visitors that memory holds.
//!
//! Who came is known only as a hash of address and user agent under a key from the operating system that is never
//! written down, so that no output, and nobody after the run, can tell. People behind one address with the same
//! browser are one visitor, and one person with two browsers is two.

mod address;
mod blocks;
mod engines;
mod error;
mod hits;
mod line;
mod order;
mod robots;
mod sessions;
mod shuffled;
mod tables;

pub use error::LogError;

use super::{IngestError, PeriodChoice, distinct};
use crate::counts::Counts;
use crate::domain::{Notes, counted};
use line::Fault;
use order::{Done, Order};
use sessions::Sessions;
use std::path::{Path, PathBuf};
use tables::Tables;

/// How to read access logs.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSettings {
    /// Path of the page that follows a purchase; `*` stands for any characters, `?` for one.
    pub purchase: Option<String>,
    /// Parameter of that page's address that holds what the purchase was worth.
    pub value: Option<String>,
    /// Longest pause within a visit, seconds.
    pub session: u32,
    /// Visitors that a term needs to be named.
    pub min_count: u32,
    /// Further search engines: host in lower case, and the parameter that holds the term.
    pub engines: Vec<(String, String)>,
    /// Whether to count by week or by day.
    pub period: PeriodChoice,
    /// First day of a week.
    pub week_start: chrono::Weekday,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            purchase: None,
            value: None,
            session: 1800,
            min_count: 10,
            engines: Vec::new(),
            period: PeriodChoice::Week,
            week_start: chrono::Weekday::Mon,
        }
    }
}

/// What was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// Terms × periods; clicks are visits.
    pub counts: Counts,
    /// Lines that are not blank, of all files.
    pub lines: u64,
    /// What was left out, and what a reader should know.
    pub notes: Notes,
}

/// Which pages follow a purchase.
struct Purchases {
    pattern: glob::Pattern,
    /// What the pattern begins with before anything in it is open, by which most pages are told apart.
    beginning: String,
    value: Option<String>,
}

/// What was seen in all logs.
struct Seen {
    done: Vec<Done>,
    sessions: Sessions,
    tables: Tables,
}

/// Counts the visits of access logs.
///
/// # Errors
/// A file that cannot be read or is no access log, lines from a pipe that are far out of order, or no visit with a search
/// term.
pub fn read_logs(inputs: &[PathBuf], settings: &LogSettings) -> Result<Logged, IngestError> {
    if inputs.is_empty() {
        return Err(IngestError::NoInput);
    }
    let purchases = settings.purchase.as_deref().map(|pattern| purchases(pattern, settings)).transpose()?;
    let paths = distinct(inputs);
    let (seen, unordered) = match in_order(&paths, settings, purchases.as_ref()) {
        Err(IngestError::Log(LogError::Disorder { file, .. })) if paths.iter().all(|path| can_be_read_again(path)) => {
            (shuffled::read(&paths, settings, purchases.as_ref(), shuffled::SESSIONS)?, Some(file))
        }
        other => (other?, None),
    };
    let Seen { done, sessions, tables } = seen;
    let lines = done.iter().map(|file| file.tally.lines).sum();
    let (uncredited, texts) = (sessions.uncredited, sessions.terms.into_texts());
    if texts.is_empty() {
        return Err(LogError::NoTerms { lines }.into());
    }
    let mut notes = describe(&done, uncredited, settings);
    if let Some(file) = unordered {
        let message =
            format!("`{file}` is in no order of time; all lines are counted wherever they stand, which takes longer");
        notes.add("unordered-log", 1, message);
    }
    let counts = tables.into_counts(&texts, settings, &mut notes)?;
    let sold: f64 = counts.cells.conversions.iter().sum();
    if purchases.is_some() && sold == 0.0 {
        notes.add("no-purchase", 1, "no visit with a search term ended on a page of `--purchase`");
    }
    Ok(Logged { counts, lines, notes })
}

/// Reads logs whose lines stand in order of time, but for an hour.
///
/// # Errors
/// As [`read_logs`], and lines that are far out of order.
fn in_order(paths: &[&Path], settings: &LogSettings, purchases: Option<&Purchases>) -> Result<Seen, IngestError> {
    let mut order = Order::new(paths, settings, purchases)?;
    let mut sessions = Sessions::new(i64::from(settings.session));
    let mut tables = Tables::new(settings);
    while let Some(behind) = order.advance(|hit| {
        tables.see(hit.day);
        sessions.take(hit);
    })? {
        if sessions.are_many() {
            sessions.close(Some(behind), |visit| tables.add(&visit));
        }
    }
    sessions.close(None, |visit| tables.add(&visit));
    Ok(Seen { done: order.finish()?, sessions, tables })
}

/// Whether a path is a file, and no pipe.
fn can_be_read_again(path: &Path) -> bool {
    path.is_file() && path.as_os_str() != "-"
}

fn purchases(pattern: &str, settings: &LogSettings) -> Result<Purchases, IngestError> {
    let compiled = glob::Pattern::new(pattern)
        .map_err(|error| IngestError::Pattern { pattern: pattern.into(), problem: error.to_string() })?;
    let beginning = pattern.split(['*', '?', '[']).next().unwrap_or_default().to_owned();
    Ok(Purchases { pattern: compiled, beginning, value: settings.value.clone() })
}

/// What was left out, in a fixed order whatever the order of the files.
fn describe(files: &[Done], uncredited: u64, settings: &LogSettings) -> Notes {
    let mut notes = Notes::default();
    let mut add =
        |code, count: u64, message: String| notes.add(code, usize::try_from(count).unwrap_or(usize::MAX), message);
    for fault in Fault::ALL {
        let at = |file: &&Done| file.tally.faults[fault as usize].0 > 0;
        let count = files.iter().map(|file| file.tally.faults[fault as usize].0).sum();
        if let Some(first) = files.iter().find(at) {
            let line = first.tally.faults[fault as usize].1;
            let message =
                format!("lines {} and are left out; the first is `{}`, line {line}", fault.rule(), first.name);
            add("unreadable-lines", count, message);
        }
    }
    let sum = |of: fn(&Done) -> u64| files.iter().map(of).sum::<u64>();
    let late = "lines are dated more than an hour before lines above them, or a day ahead of their neighbors, and are left out";
    add("lines-out-of-order", sum(|file| file.late), late.to_owned());
    add(
        "failed-requests",
        sum(|file| file.tally.failed),
        "requests failed (status 4xx or 5xx) and are left out".to_owned(),
    );
    add("other-methods", sum(|file| file.tally.not_get), "requests are not GET and are left out".to_owned());
    let robots =
        "requests are of programs, by their user agent, and are left out; programs that pass for browsers are counted";
    add("robots", sum(|file| file.tally.robots), robots.to_owned());
    let hidden = "pages were reached from search engines that keep the term to themselves";
    add("hidden-terms", sum(|file| file.tally.hidden_terms), hidden.to_owned());
    let masked = "searches held an e-mail address, phone number or card number, which was replaced by (masked)";
    add("masked", sum(|file| file.tally.masked), masked.to_owned());
    let name = settings.value.as_deref().unwrap_or_default();
    let unvalued = format!("purchases have no readable amount in `{name}` and count as worth nothing");
    add("purchases-without-value", sum(|file| file.tally.unvalued), unvalued);
    add("purchases-without-term", uncredited, "purchases followed no search and are credited to no term".to_owned());
    let offsets = files.iter().filter_map(|file| file.tally.offsets);
    let (least, most) = offsets.fold((i32::MAX, i32::MIN), |(least, most), (a, b)| (least.min(a), most.max(b)));
    // summer time is an hour
    if most.saturating_sub(least) > 3600 {
        let hours = counted(f64::from(most - least) / 3600.0, "hour");
        add("time-zones", 1, format!("the servers' clocks are {hours} apart; a day is that of the server's own clock"));
    }
    notes
}

#[cfg(test)]
mod tests;
