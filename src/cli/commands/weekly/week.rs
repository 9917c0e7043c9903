//! One week: what is known already, what is made, what is written.

use super::companions;
use crate::cli::commands::{VERSION, context};
use crate::cli::terminal::Printer;
use crate::config::Config;
use crate::counts::Counts;
use crate::domain::{Date, Notes};
use crate::error::Error;
use crate::ingest::{Ingested, InputFile};
use crate::pipeline::{Week, WeekTask, Weekly, weekly};
use crate::report::{Run, RunContext, WeeklyRun, measured_gain, render_weekly, weekly_summary};
use crate::state::{Lock, RECORD, RunId, State, StateError, TERMS, fingerprint, stored_inputs};
use crate::weekly::{Finding, Guard, Record, SCHEMA, StoredInput, StoredTerm};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What every week of a run shares.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) config: &'a Config,
    pub(super) inputs: &'a [PathBuf],
    pub(super) state: &'a State,
    /// Weeks of this replay whose input was refused: first and last day.
    pub(super) refused: &'a [(Date, Date)],
    /// The lock; `None` for a trial, which writes nothing.
    pub(super) lock: Option<&'a Lock>,
    pub(super) printer: Printer,
}

/// What became of a week.
pub(super) struct Done {
    pub(super) record: Record,
    pub(super) summary: Value,
    pub(super) notes: Notes,
    pub(super) line: String,
    /// Where the run is.
    pub(super) place: PathBuf,
    /// Whether it was made just now.
    pub(super) is_new: bool,
}

/// Runs one week, or finds that it has been run.
pub(super) fn run(job: &Job, due: Date, accept: &[Guard]) -> Result<Done, Error> {
    let config = job.config.as_of(due);
    let files: Vec<PathBuf> = job.inputs.iter().cloned().chain(companions(&config)).collect();
    let inputs = stored_inputs(&files)?;
    let records = job.state.records()?;
    let (past, in_force) = earlier(job.state, &records, due);
    let fingerprint = fingerprint(&inputs, &rest(&config, due, (&past, in_force.as_ref().map(|(_, record)| *record))));
    let same = records.iter().rfind(|(id, record)| id.as_of == due && record.fingerprint == fingerprint);
    // what was run with these inputs, and then with others, is run again: else the plan of the others stayed in force
    let in_use = records.iter().rfind(|(id, record)| id.as_of == due && !record.held).map(|(id, _)| *id);
    let same = same.filter(|(id, record)| record.held || in_use == Some(*id));
    let agreed = Agreed::of(&records, due, (&inputs, &fingerprint), accept);
    if let Some((id, known)) = same {
        let says_more = agreed.guards.iter().any(|guard| !known.accepted.contains(guard) && !known.accepts(*guard));
        if !known.held || !says_more {
            job.tidy(&records, *id)?;
            return found(job, *id, known.clone());
        }
    }
    // nothing is planned from, and nobody is sent to, a run whose files are not those that it wrote
    if let Some((id, record)) = &in_force {
        job.state.check(id, record)?;
    }
    let newest = newest_plan(&records);
    let newest = newest.filter(|newest| in_force.as_ref().is_none_or(|(id, _)| id != newest));
    for (id, record) in records.iter().filter(|(id, _)| Some(*id) == newest) {
        job.state.check(id, record)?;
    }
    let terms = match &in_force {
        Some((id, record)) => job.state.terms(id, record)?,
        None => Vec::new(),
    };
    let task = WeekTask {
        inputs: job.inputs,
        config: &config,
        due,
        past: &past,
        in_force: in_force.as_ref().map(|(_, record)| (*record, terms.as_slice())),
        refused: job.refused,
        accepted: &agreed.guards,
        known: &agreed.findings,
    };
    let progress = job.printer.progress();
    let mut made = weekly(&task, &|stage| progress.stage(stage))?;
    drop(progress);
    VERSION.clone_into(&mut made.record.version);
    made.record.fingerprint.clone_from(&fingerprint);
    made.record.inputs = inputs;
    unchanged(&made, job.inputs)?;
    if let Some((id, known)) = same {
        made.record.id.clone_from(&known.id);
        // of files not yet made
        made.record.files.clone_from(&known.files);
        if made.record == *known {
            return found(job, *id, known.clone());
        }
    }
    write(job, due, made, &past, &records)
}

/// What a person accepted for a week, now and in its runs before.
struct Agreed {
    guards: Vec<Guard>,
    findings: Vec<Finding>,
}

impl Agreed {
    /// A guard of the data that was accepted stays so while the files are the same, a guard of plans while everything is; and a finding is
    /// accepted once, whatever came beside it.
    fn of(
        records: &[(RunId, Record)],
        due: Date,
        (inputs, fingerprint): (&[StoredInput], &str),
        accept: &[Guard],
    ) -> Self {
        let hashes = |inputs: &[StoredInput]| {
            let mut hashes: Vec<String> = inputs.iter().map(|input| input.sha256.clone()).collect();
            hashes.sort_unstable();
            hashes
        };
        let (own, mut guards, mut findings) = (hashes(inputs), accept.to_vec(), Vec::new());
        for (_, record) in records.iter().filter(|(id, _)| id.as_of == due) {
            let agreed = record.findings.iter().filter(|finding| finding.accepted);
            findings.extend(agreed.clone().cloned());
            let (is_same, is_of_same_files) = (record.fingerprint == fingerprint, hashes(&record.inputs) == own);
            let holds = |guard: &Guard| is_same || (is_of_same_files && !guard.is_of_plans());
            guards.extend(record.accepted.iter().copied().chain(agreed.map(|finding| finding.guard)).filter(holds));
        }
        Self { guards, findings }
    }
}

/// Records of the weeks before, of each week the last that was not held, else the last; and the run whose plan is in force.
fn earlier<'r>(state: &State, records: &'r [(RunId, Record)], due: Date) -> (Vec<Record>, Option<(RunId, &'r Record)>) {
    let before = || records.iter().filter(|(id, _)| id.as_of < due);
    let mut weeks: BTreeMap<Date, &Record> = BTreeMap::new();
    for (id, record) in before() {
        let keeps = weeks.get(&id.as_of).is_some_and(|known| !known.held && record.held);
        if !keeps {
            weeks.insert(id.as_of, record);
        }
    }
    // without its table of terms nothing can be held against the week
    let in_force = before().rfind(|(id, record)| !record.held && record.plan.is_some() && state.is_whole(id));
    (weeks.into_values().cloned().collect(), in_force.map(|(id, record)| (*id, record)))
}

/// What decides of a run beside its inputs.
fn rest(config: &Config, due: Date, (past, in_force): (&[Record], Option<&Record>)) -> Value {
    // neither where runs are kept nor how many changes what they say
    let mut settings = config.clone();
    settings.weekly =
        crate::config::WeeklyConfig { holdback: config.weekly.holdback, ..crate::config::WeeklyConfig::default() };
    settings.data.simulators.clear();
    settings.plan.decisions = None;
    json!({
        "version": VERSION,
        "schema": SCHEMA,
        "due": due,
        "settings": settings,
        "in_force": in_force.map(|record| [&record.id, &record.fingerprint]),
        // a week that a person accepts afterwards, or that is run when its file has come, counts from then on
        "past": past.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(),
    })
}

/// Refuses inputs that changed between their hash and their reading.
fn unchanged(made: &Weekly, inputs: &[PathBuf]) -> Result<(), StateError> {
    let read: &[InputFile] = match &made.week {
        Week::Planned(planned) => &planned.fitted.ingested.files,
        Week::Read(ingested, _) => &ingested.files,
        Week::Refused => &[],
    };
    let hashed: BTreeMap<&str, &StoredInput> =
        made.record.inputs.iter().map(|input| (input.path.as_str(), input)).collect();
    let names: Vec<String> = inputs.iter().map(|path| path.display().to_string()).collect();
    let changed = read
        .iter()
        .filter(|file| names.contains(&file.path))
        .find(|file| hashed.get(file.path.as_str()).is_some_and(|input| input.sha256 != file.sha256));
    changed.map_or(Ok(()), |file| Err(StateError::Changed { file: file.path.clone() }))
}

/// A run that is there already.
fn found(job: &Job, id: RunId, record: Record) -> Result<Done, Error> {
    let place = job.state.kept(&id);
    let path = place.join("summary.json");
    let bytes = job.state.listed(&id, "summary.json")?;
    // a run is not "unchanged" where later ones would refuse its files
    job.state.check(&id, &record)?;
    let damaged = |error: serde_json::Error| StateError::Damaged { path: path.clone(), problem: error.to_string() };
    let mut summary: Value = serde_json::from_slice(&bytes).map_err(damaged)?;
    let line = summary["weekly"]["line"].as_str().unwrap_or_default().to_owned();
    summary["weekly"]["unchanged"] = json!(true);
    Ok(Done { record, summary, notes: Notes::default(), line, place, is_new: false })
}

/// Writes a new run and makes it the latest where it was not held.
fn write(job: &Job, due: Date, made: Weekly, past: &[Record], records: &[(RunId, Record)]) -> Result<Done, Error> {
    let Weekly { week, mut record, terms, diff } = made;
    let id = job.state.next_id(due)?;
    record.id = id.to_string();
    let mut context = match &week {
        Week::Planned(planned) => weekly_context(&planned.fitted.ingested, job.config),
        Week::Read(ingested, _) => weekly_context(ingested, job.config),
        Week::Refused => RunContext {
            version: VERSION,
            command: "weekly".to_owned(),
            seed: job.config.seed,
            settings: serde_json::to_value(job.config).unwrap_or_default(),
            ..RunContext::default()
        },
    };
    context.measured_gain = measured_gain(&record);
    // the history has one currency
    let past: Vec<Record> =
        past.iter().filter(|before| before.shares_currency(record.currency.as_deref())).cloned().collect();
    let latest = newest_plan(records).map(|id| id.to_string());
    let none = Counts::default();
    let counts = match &week {
        Week::Planned(planned) => &planned.fitted.ingested.counts,
        Week::Read(ingested, _) => &ingested.counts,
        Week::Refused => &none,
    };
    context.timings = match &week {
        Week::Planned(planned) => planned.fitted.timings.0.clone(),
        Week::Read(_, timings) => timings.0.clone(),
        Week::Refused => Vec::new(),
    };
    let plan = match &week {
        Week::Planned(planned) => Some(Run {
            context: &context,
            counts,
            posterior: &planned.fitted.posterior,
            responses: &planned.responses,
            plan: &planned.plan,
        }),
        _ => None,
    };
    let run = WeeklyRun {
        context: &context,
        counts,
        plan,
        record: &record,
        terms: &terms,
        diff: &diff,
        past: &past,
        latest: latest.as_deref(),
        names: [RECORD, TERMS],
    };
    let artifacts = render_weekly(&run)?;
    let place = job.state.place(&id);
    if let Some(lock) = job.lock {
        job.state.write(lock, &id, &artifacts)?;
    }
    let paths: Vec<String> = artifacts.iter().map(|artifact| shown(&place, &artifact.name)).collect();
    let done = Done {
        summary: weekly_summary(&run, &paths),
        notes: run.plan.as_ref().map_or_else(|| context.notes.clone(), Run::notes),
        line: run.line(),
        place,
        is_new: true,
        record: record.clone(),
    };
    let mut all = records.to_vec();
    all.push((id, record));
    job.tidy(&all, id)?;
    Ok(done)
}

fn shown(place: &Path, name: &str) -> String {
    place.join(name).display().to_string()
}

/// What the outputs say of the run itself.
fn weekly_context(ingested: &Ingested, config: &Config) -> RunContext {
    context("weekly", ingested, config)
}

impl Job<'_> {
    /// Lets `latest` point to the newest plan that was not held, and removes old runs as the config has it. A run that was
    /// killed after it was written and before it became the latest is made good here.
    fn tidy(&self, records: &[(RunId, Record)], own: RunId) -> Result<(), StateError> {
        let Some(lock) = self.lock else { return Ok(()) };
        let good = newest_plan(records);
        if let Some(good) = good {
            self.state.point(lock, &good)?;
        }
        if self.config.weekly.keep_runs > 0 {
            let needed: Vec<RunId> = good.into_iter().chain([own]).collect();
            self.state.prune(lock, self.config.weekly.keep_runs, &needed)?;
        }
        Ok(())
    }
}

/// The newest run whose plan was not held.
pub(super) fn newest_plan(records: &[(RunId, Record)]) -> Option<RunId> {
    records.iter().filter(|(_, record)| !record.held && record.plan.is_some()).map(|(id, _)| *id).max()
}

/// What is kept of the terms of a run.
pub(in crate::cli::commands) fn terms_of(
    state: &State,
    id: RunId,
    record: &Record,
) -> Result<Vec<StoredTerm>, StateError> {
    if record.plan.is_some() { state.terms(&id, record) } else { Ok(Vec::new()) }
}

/// Names of directories among the runs that have no record.
pub(in crate::cli::commands) fn without_record(state: &State) -> Result<Vec<String>, StateError> {
    Ok(state.without_record()?.iter().map(RunId::to_string).collect())
}

/// What is said of them; `None` where there are none.
pub(in crate::cli::commands) fn told_of(bare: &[String]) -> Option<String> {
    (!bare.is_empty()).then(|| {
        let (are, their) =
            if bare.len() == 1 { ("is no run: it has", "its") } else { ("are no runs: they have", "their") };
        format!(
            "{} {are} no {RECORD}; bring {their} files back from a copy, or move what is left away",
            bare.join(", ")
        )
    })
}
