//! The stages of one weekly run: read, watch, review, plan, judge.
//!
//! In: inputs, settings, the week that is due, and what earlier runs left. Out: a [`Weekly`], whose record lacks only its
//! name and fingerprint. Nothing is fitted where the guards of the data hold the plan.

mod diff;
mod source;
mod unread;

use super::{Fitted, Planned, Progress, Read, Timings, decided, planned, ready_from};
use crate::config::Config;
use crate::counts::{Baseline, Counts};
use crate::domain::{Date, Notes};
use crate::error::Error;
use crate::estimate::{Learned, completion};
use crate::ingest::Ingested;
use crate::scenario::Scenario;
use crate::weekly::{
    Apart, DiffRow, Finding, Guard, Holdback, PlanInForce, Record, Review, SCHEMA, StoredPlan, StoredTerm, Watched,
    WeekTotals, draw, held_weeks, is_held, judge, keep_old_spends, lift, price_levels, promised, promises, review,
    rotations, scattering, stored_terms, watch, week_totals,
};
use chrono::Days;
use std::path::PathBuf;

/// What a weekly run is told.
#[derive(Clone, Copy, Debug)]
pub struct WeekTask<'a> {
    /// The files.
    pub inputs: &'a [PathBuf],
    /// The settings as of the week.
    pub config: &'a Config,
    /// Last day of the week that is due.
    pub due: Date,
    /// Records of the runs of earlier weeks, ascending, of each week the last.
    pub past: &'a [Record],
    /// Record and terms of the run whose plan is in force.
    pub in_force: Option<(&'a Record, &'a [StoredTerm])>,
    /// Weeks whose input was refused when they came, beside those that records tell: first and last day.
    pub refused: &'a [(Date, Date)],
    /// Guards that a person accepts.
    pub accepted: &'a [Guard],
}

/// What was read for a weekly run.
#[derive(Debug)]
pub enum Week {
    /// Everything was made.
    Planned(Box<Planned>),
    /// Guards of the data held the plan before it was made.
    Read(Box<Ingested>, Timings),
    /// The input has amounts in two currencies, which nothing can be made of.
    Refused,
}

/// What a weekly run made.
#[derive(Debug)]
pub struct Weekly {
    /// What was read and planned.
    pub week: Week,
    /// The record, without name and fingerprint.
    pub record: Record,
    /// What is kept of the terms; empty without a plan.
    pub terms: Vec<StoredTerm>,
    /// The plan against the one in force, term by term; empty for the first, and without a plan.
    pub diff: Vec<DiffRow>,
}

impl Weekly {
    /// A run without a plan.
    fn without_plan(week: Week, record: Record) -> Self {
        Self { week, record: record.judged(), terms: Vec::new(), diff: Vec::new() }
    }
}

/// Weeks that plans do without: held ones that nobody accepted or put right, and those that could not be read. Shape: weeks.
type Broken = Vec<bool>;

/// Reads, watches, reviews, and plans where nothing holds.
///
/// # Errors
/// Whatever the stages refuse.
pub fn weekly(task: &WeekTask, progress: Progress<'_>) -> Result<Weekly, Error> {
    let config = task.config;
    let mut record = Record {
        schema: SCHEMA,
        as_of: Some(task.due),
        planned_week: config.plan.week.or(Some(task.due + Days::new(1))),
        previous: task.in_force.map(|(record, _)| record.id.clone()),
        ..Record::default()
    };
    let mut timings = Timings::default();
    let policy = decided(config)?;
    let (ingested, source) = match timings.time(progress, "read", || source::read(task)) {
        Ok(read) => read,
        Err(error) => {
            record.findings = vec![two_currencies(error, task)?];
            return Ok(Weekly::without_plan(Week::Refused, record));
        }
    };
    let watched = look(task, &ingested, &source)?;
    record.unread = source.unread().iter().map(|(first, _)| *first).collect();
    record.currency.clone_from(&ingested.counts.currency);
    // amounts of another currency are not held against today's, whether or not somebody accepts the change
    let is_comparable = |before: &Record| before.shares_currency(record.currency.as_deref());
    let rest: Vec<Record>;
    let past = if task.past.iter().all(is_comparable) {
        task.past
    } else {
        rest = task.past.iter().filter(|before| is_comparable(before)).cloned().collect();
        &rest
    };
    let task = &WeekTask { past, in_force: comparable(task, &ingested.counts), ..*task };
    (record.week, record.partial, record.apart) = (watched.week, watched.partial, watched.apart);
    record.review = watched.review;
    record.findings = accepted(watched.findings, task.accepted);
    if is_held(&record.findings) {
        return Ok(Weekly::without_plan(Week::Read(Box::new(ingested), timings), record));
    }
    record.settings = serde_json::to_value(config).ok();
    record.decisions.clone_from(&policy.decisions);
    let chosen = config.chosen()?;
    let adding: Vec<(usize, &Scenario)> = chosen.iter().map(|(at, scenario)| (*at, scenario)).collect();
    let mut read = Read::new(ingested, config, policy, timings)?;
    leave_out_broken(&mut read.ingested, &watched.broken);
    note_apart(&mut read.ingested.notes, &record.apart);
    let drawn = held_back(task, &read.ingested.counts);
    if let Some(drawn) = &drawn {
        read.policy.held_back = drawn.held();
        read.ingested.notes.add(
            "held-back",
            read.policy.held_back.len(),
            "campaigns are held back at random, so that lift can be measured: their terms keep what they spend now",
        );
    }
    let ready = ready_from(read, config, &adding, progress)?;
    let mut planned = planned(ready, chosen, config, progress)?;
    record.holdback = drawn;
    let mut timings = std::mem::take(&mut planned.fitted.timings);
    let compared = timings
        .time(progress, "compare", || diff::diff(task, (&source, &watched.broken), &planned, &record.holdback_held()));
    planned.fitted.timings = timings;
    let (compared, rows) = compared.unzip();
    record.diff = compared;
    record.learned = Some(Learned::of(&planned.fitted.posterior));
    let (counts, posterior) = (&planned.fitted.ingested.counts, &planned.fitted.posterior);
    record.findings.extend(accepted(judge(&planned.plan, &config.guards), task.accepted));
    record.plan = Some(StoredPlan::new(&planned.plan, scattering(counts, posterior, &planned.plan, config.seed)));
    let mut terms = stored_terms(counts, posterior, &planned.responses, &planned.plan);
    measured(task, &planned, &mut record, &mut terms);
    Ok(Weekly {
        week: Week::Planned(Box::new(planned)),
        record: record.judged(),
        terms,
        diff: rows.unwrap_or_default(),
    })
}

/// The campaigns held back: as drawn for this rotation before, else drawn now; `None` where none is asked for.
fn held_back(task: &WeekTask, counts: &Counts) -> Option<Holdback> {
    let (config, settings) = (task.config, &task.config.weekly.holdback);
    if settings.share <= 0.0 {
        return None;
    }
    let week = task.due + Days::new(1);
    let known = task
        .past
        .iter()
        .rev()
        .filter_map(|record| record.holdback.as_ref())
        .find(|drawn| drawn.goes_on(settings, config.seed, week));
    let drawn = known.cloned().unwrap_or_else(|| {
        let baseline = Baseline::new(counts, config.plan.baseline_weeks);
        let mut before: Vec<&Holdback> = task.past.iter().filter_map(|record| record.holdback.as_ref()).collect();
        before.dedup_by(|one, other| one.since == other.since);
        draw(counts, &baseline.spend, settings, config.seed, week, &before)
    });
    Some(Holdback { promised: None, ..drawn })
}

/// What the plan promises of the campaigns that are not held back, and the lift measured so far.
fn measured(task: &WeekTask, planned: &Planned, record: &mut Record, terms: &mut [StoredTerm]) {
    if let Some(drawn) = &mut record.holdback {
        let goes_on = task
            .in_force
            .filter(|(before, _)| before.holdback.as_ref().is_some_and(|before| before.since == drawn.since));
        keep_old_spends(terms, goes_on.map(|(_, terms)| terms));
        drawn.promised = promised(&planned.plan, terms, drawn);
    }
    let Fitted { ingested, posterior, .. } = &planned.fitted;
    let made = rotations(&ingested.counts, posterior, &planned.plan, task.config.plan.margin, task.past, record);
    record.lift = lift(&made);
    record.lift_realised_over_promised = record.lift.as_ref().and_then(|lift| lift.ratio);
}

/// Leaves out weeks that plans do without.
fn leave_out_broken(ingested: &mut Ingested, broken: &Broken) {
    if broken.contains(&true) {
        ingested.counts.leave_out(broken);
    }
}

/// Says which held weeks are left out.
fn note_apart(notes: &mut Notes, apart: &[Apart]) {
    let weeks: Vec<String> = apart.iter().map(Apart::named).collect();
    let message = format!(
        "left out of rates, curves and current spend, as a guard held {} and nobody accepted {} or put right the data: begun {}",
        if weeks.len() == 1 { "the week" } else { "the weeks" },
        if weeks.len() == 1 { "it" } else { "them" },
        weeks.join(", "),
    );
    notes.add("broken-weeks-left-out", weeks.len(), message);
}

/// Amounts in two currencies are a finding, which no one can accept; every other error stays one.
fn two_currencies(error: Error, task: &WeekTask) -> Result<Finding, Error> {
    let (refused, _): (_, Notes) = match error {
        Error::Refused { error, notes } if error.is_of_currencies() => (error, notes),
        Error::Ingest(error) if error.is_of_currencies() => (error, Notes::default()),
        other => return Err(other),
    };
    if !task.config.guards.is_on(Guard::Currency) {
        return Err(refused.into());
    }
    Ok(Finding::new(Guard::Currency, refused.to_string(), None, None))
}

/// What the data alone say.
struct Look {
    week: Option<WeekTotals>,
    partial: Option<WeekTotals>,
    review: Option<Review>,
    findings: Vec<Finding>,
    apart: Vec<Apart>,
    broken: Broken,
}

fn look(task: &WeekTask, ingested: &Ingested, source: &source::Source) -> Result<Look, Error> {
    let (config, counts) = (task.config, &ingested.counts);
    let weeks = week_totals(counts);
    let mut left_out = config.left_out(&counts.calendar.periods)?;
    left_out.iter_mut().zip(&weeks).for_each(|(left_out, week)| *left_out |= source.leaves_out(week.start));
    let reported = completion(counts, &config.delay()).completion;
    let first_seen: Vec<WeekTotals> =
        task.past.iter().filter(|record| !record.broke()).filter_map(|record| record.week).collect();
    let prices = price_levels(counts, &left_out);
    let none = vec![false; weeks.len()];
    let watched = Watched {
        weeks: &weeks,
        prices: &prices,
        left_out: &left_out,
        apart: &none,
        reported: &reported,
        first_seen: &first_seen,
        due: task.due,
        baseline_weeks: config.plan.baseline_weeks,
        currency: [counts.currency.as_deref(), task.in_force.and_then(|(record, _)| record.currency.as_deref())],
    };
    let held = held_weeks(&watched, task.past, &config.guards);
    let apart: Vec<bool> = held.iter().map(Option::is_some).collect();
    let watched = Watched { apart: &apart, ..watched };
    let is_unread = |week: &WeekTotals| source.leaves_out(week.start);
    let broken = weeks.iter().zip(&apart).map(|(week, apart)| *apart || is_unread(week)).collect();
    let mut findings = watch(&watched, &config.guards);
    let is_due = |week: &WeekTotals| week.is_last_by(task.due);
    let at = weeks.iter().position(|week| week.complete && week.rows > 0 && is_due(week));
    let partial = weeks.iter().find(|week| !week.complete && week.rows > 0 && is_due(week)).filter(|_| at.is_none());
    let review = at.zip(comparable(task, counts)).and_then(|(at, (record, terms))| {
        let plan =
            PlanInForce { run: &record.id, as_of: record.as_of?, terms, scattering: record.plan.as_ref()?.scattering };
        review(&plan, counts, at, reported.get(at).copied().unwrap_or(1.0), config.seed)
    });
    let is_measured = !findings.iter().any(|finding| finding.guard.is_of_broken_data());
    if is_measured && at.is_some_and(|at| !left_out[at]) {
        // what was accepted although counts or amounts were not what they seemed is a week that was not measured
        let earlier = task.past.iter().filter(|record| !record.held && record.is_measured());
        let reviews: Vec<&Review> = earlier.filter_map(|record| record.review.as_ref()).chain(&review).collect();
        findings.extend(review.as_ref().and_then(|_| promises(&reviews, &config.guards)));
    }
    let apart = held.into_iter().flatten().collect();
    Ok(Look { week: at.map(|at| weeks[at]), partial: partial.copied(), review, findings, apart, broken })
}

/// The plan in force, where its amounts are of the currency of the data.
fn comparable<'a>(task: &WeekTask<'a>, counts: &Counts) -> Option<(&'a Record, &'a [StoredTerm])> {
    task.in_force.filter(|(record, _)| record.shares_currency(counts.currency.as_deref()))
}

/// The findings, those of accepted guards marked.
fn accepted(mut findings: Vec<Finding>, guards: &[Guard]) -> Vec<Finding> {
    for finding in &mut findings {
        finding.accepted = guards.contains(&finding.guard);
    }
    findings
}
