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
    WeekTotals, draw, held_weeks, is_asked, is_held, is_late, judge, keep_old_spends, lift, price_levels, promised,
    promises, review, rotations, scattering, stored_terms, watch, week_totals,
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
    /// Guards that a person accepts, now or when the week was run before on the same inputs.
    pub accepted: &'a [Guard],
    /// Findings that a person accepted when the week was run before, whatever the inputs were: the same ones are accepted.
    pub known: &'a [Finding],
}

impl WeekTask<'_> {
    /// Whether a person accepts what a guard may find.
    fn accepts(&self, guard: Guard) -> bool {
        self.accepted.contains(&guard) || self.known.iter().any(|finding| finding.guard == guard)
    }

    /// The currency that the account has: of the last run that went through, or in which a person accepted a change of it.
    fn currency(&self) -> Option<&str> {
        let counts = |record: &&Record| !record.held || record.accepts(Guard::Currency);
        self.past.iter().rev().filter(counts).find_map(|record| record.currency.as_deref())
    }

    /// The findings, those that a person accepts marked.
    fn marked(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &mut findings {
            let is_same = |known: &Finding| known.guard == finding.guard && known.message == finding.message;
            finding.accepted = self.accepted.contains(&finding.guard) || self.known.iter().any(is_same);
        }
        findings
    }
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
        accepted: Guard::ALL.into_iter().filter(|guard| task.accepted.contains(guard)).collect(),
        ..Record::default()
    };
    let mut timings = Timings::default();
    let policy = decided(config)?;
    let (mut ingested, source) = match timings.time(progress, "read", || source::read(task)) {
        Ok(read) => read,
        Err(error) => {
            record.findings = vec![two_currencies(error, task)?];
            return Ok(Weekly::without_plan(Week::Refused, record));
        }
    };
    let watched = look(task, &ingested, &source)?;
    ingested.notes.extend(watched.notes);
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
    (record.week, record.partial, record.apart, record.late) =
        (watched.week, watched.partial, watched.apart, watched.late);
    record.review = watched.review;
    record.findings = task.marked(watched.findings);
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
    record.findings.extend(task.marked(judge(&planned.plan, &config.guards)));
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

/// Amounts in two currencies that cannot be told apart by week are a finding, which nothing can be made of; every other error stays one.
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
    /// First days of weeks that are judged now for the first time.
    late: Vec<Date>,
    notes: Notes,
}

fn look(task: &WeekTask, ingested: &Ingested, source: &source::Source) -> Result<Look, Error> {
    let (config, counts) = (task.config, &ingested.counts);
    let mut notes = Notes::default();
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
        currency: [counts.currency.as_deref(), task.currency().or(source.currency_before())],
    };
    let held = held_weeks(&watched, task.past, &config.guards);
    let apart: Vec<bool> = held.iter().map(Option::is_some).collect();
    let watched = Watched { apart: &apart, ..watched };
    let is_new = |day: &Date| !task.past.iter().any(|record| record.late.contains(day));
    let came_late = |at: &usize| weeks[*at].rows > 0 && !left_out[*at] && is_late(&weeks[*at], task.past, task.due);
    let late: Vec<usize> =
        (0..weeks.len()).filter(came_late).filter(|at| weeks[*at].start.as_ref().is_some_and(is_new)).collect();
    notes.extend(told_late(&late, &weeks, &held));
    let late = late.iter().filter_map(|&at| weeks[at].start).collect();
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
        // what was accepted although counts or amounts were not what they seemed is a week that was not measured; from a week on whose
        // promises a person accepted they are judged anew, when as many weeks have come as are pooled
        let anew = task.past.iter().rposition(|record| record.accepts(Guard::PromiseRatio)).map_or(0, |at| at + 1);
        let earlier = task.past[anew..].iter().filter(|record| !record.held);
        let reviews: Vec<&Review> = earlier.filter_map(Record::evidence).chain(&review).collect();
        let is_due = anew == 0 || reviews.len() >= config.guards.promise_weeks;
        findings.extend(review.as_ref().filter(|_| is_due).and_then(|_| promises(&reviews, &config.guards)));
    }
    let limit = config.guards.min_promise_ratio;
    let old = review.as_ref().filter(|review| {
        config.guards.is_on(Guard::PromiseRatio)
            && !is_asked(review, &config.guards)
            && review.promise_ratio().is_some_and(|ratio| ratio < limit)
    });
    if let Some(review) = old {
        let message = format!(
            "the plan in force was made {} weeks ago: what it promised is not held against the week any more ({:.2} conversions came for \
             each one forecast)",
            review.weeks_ahead,
            review.promise_ratio().unwrap_or_default()
        );
        notes.add("promises-lapsed", 1, message);
    }
    let apart = held.into_iter().flatten().collect();
    Ok(Look { late, notes, week: at.map(|at| weeks[at]), partial: partial.copied(), review, findings, apart, broken })
}

/// What is said of weeks that came late, by their places, and are judged now.
fn told_late(late: &[usize], weeks: &[WeekTotals], held: &[Option<Apart>]) -> Notes {
    let mut notes = Notes::default();
    let day = |at: &usize| weeks[*at].start.map(|day| day.to_string()).unwrap_or_default();
    let came = "arrived late (not there, or not to be read, when due)";
    for apart in late.iter().filter_map(|&at| held[at].as_ref()) {
        notes.add("late-week", 1, format!("the week begun {} {came} and is left out", apart.named()));
    }
    let fine: Vec<String> = late.iter().filter(|at| held[**at].is_none()).map(day).collect();
    let (week, is) = if fine.len() == 1 { ("week", "is") } else { ("weeks", "are") };
    let message = format!("the {week} begun {} {came} and {is} like those before: counted", fine.join(", "));
    notes.add("late-week", fine.len(), message);
    notes
}

/// The plan in force, where its amounts are of the currency of the data.
fn comparable<'a>(task: &WeekTask<'a>, counts: &Counts) -> Option<(&'a Record, &'a [StoredTerm])> {
    task.in_force.filter(|(record, _)| record.shares_currency(counts.currency.as_deref()))
}
