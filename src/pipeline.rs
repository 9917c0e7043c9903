//! The stages in their order, timed. The only file of the engine that knows them all.

mod weekly;

pub use weekly::{Week, WeekTask, Weekly, weekly};

use crate::backtest::{Backtest, BacktestError, BacktestSettings, Check, check};
use crate::config::Config;
use crate::counts::{Baseline, Counts};
use crate::domain::{Coin, Date, Term, quoted};
use crate::error::Error;
use crate::estimate::{DelaySettings, EstimateSettings, Posterior, estimate, refuse_no_clicks};
use crate::ingest::{IngestSettings, Ingested, read_decisions, read_noting, read_simulators};
use crate::recommend::{
    Plan, PolicySettings, RecommendError, checked_budget, plan, plan_weeks, resolve_budget, resolve_objective,
    rest_paused, spent_since,
};
use crate::response::{Responses, respond};
use crate::scenario::{
    Comparison, Fit, Scenario, ScenarioError, ScenarioReason, compare, delay_sensitivity, sensitivity,
};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

/// Told to the caller when a stage begins, for a progress display.
pub type Progress<'a> = &'a dyn Fn(&'static str);

/// Seconds each stage took, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timings(pub Vec<(String, f64)>);

impl Timings {
    /// Runs a stage and notes how long it took.
    pub fn time<T>(&mut self, progress: Progress<'_>, stage: &'static str, run: impl FnOnce() -> T) -> T {
        progress(stage);
        let start = Instant::now();
        let answer = run();
        self.0.push((stage.to_owned(), start.elapsed().as_secs_f64()));
        answer
    }
}

/// Data and posterior: what `fit` needs.
#[derive(Debug)]
pub struct Fitted {
    /// What was read.
    pub ingested: Ingested,
    /// What it says about rates and values.
    pub posterior: Posterior,
    /// How long it took.
    pub timings: Timings,
}

/// Everything the main job made.
#[derive(Debug)]
pub struct Planned {
    /// Data and posterior.
    pub fitted: Fitted,
    /// Response curves.
    pub responses: Responses,
    /// The plan.
    pub plan: Plan,
}

/// Reads and fits.
///
/// # Errors
/// Whatever the stages refuse.
pub fn fit(inputs: &[PathBuf], config: &Config, progress: Progress<'_>) -> Result<Fitted, Error> {
    let mut timings = Timings::default();
    let mut ingested = timings.time(progress, "read", || read_noting(inputs, &config.ingest()))?;
    config.leave_out(&mut ingested.counts, &mut ingested.notes)?;
    refuse_no_clicks(&ingested.counts)?;
    let posterior = timings.time(progress, "fit", || estimate(&ingested.counts, &config.estimate()))?;
    Ok(Fitted { ingested, posterior, timings })
}

/// What was observed, and what a week looks like today.
///
/// # Errors
/// Whatever reading refuses.
pub fn observed(inputs: &[PathBuf], config: &Config, progress: Progress<'_>) -> Result<(Counts, Baseline), Error> {
    progress("read");
    let counts = read_noting(inputs, &config.ingest())?.counts;
    let baseline = Baseline::new(&counts, config.plan.baseline_weeks);
    Ok((counts, baseline))
}

/// What a backtest made.
#[derive(Debug)]
pub struct Backtested {
    /// What was read.
    pub ingested: Ingested,
    /// How good the forecasts would have been.
    pub backtest: Backtest,
    /// How long it took.
    pub timings: Timings,
}

/// Reads, and forecasts the past from what was known before it.
///
/// # Errors
/// Whatever the stages refuse.
pub fn backtest(
    inputs: &[PathBuf],
    config: &Config,
    settings: &BacktestSettings,
    progress: Progress<'_>,
) -> Result<Backtested, Error> {
    let mut timings = Timings::default();
    let mut ingested = timings.time(progress, "read", || read_noting(inputs, &config.ingest()))?;
    config.leave_out(&mut ingested.counts, &mut ingested.notes)?;
    let tested = timings.time(progress, "backtest", || crate::backtest::backtest(&ingested.counts, settings))?;
    Ok(Backtested { ingested, backtest: tested, timings })
}

/// Cells (a term in a week) that the check of forecasts looks at: about a third of a second's work.
const CHECKED: usize = 12_000;

/// How good forecasts were in the last weeks; `None` where the config leaves it out.
///
/// # Errors
/// Why the data do not allow it.
pub fn forecasts(
    counts: &Counts,
    config: &Config,
    timings: &mut Timings,
    progress: Progress<'_>,
) -> Option<Result<Check, BacktestError>> {
    let folds = config.report.backtest_weeks;
    let settings = BacktestSettings { folds, min_train: None, estimate: config.estimate(), seed: config.seed };
    (folds > 0).then(|| timings.time(progress, "check forecasts", || check(counts, &settings, CHECKED)))
}

/// The counts of all weeks but those not to be read, with what simulators say.
fn read_whole(inputs: &[PathBuf], config: &Config, unread: &[(Date, Date)]) -> Result<Ingested, Error> {
    let settings = IngestSettings { unread: unread.to_vec(), ..config.ingest() };
    let mut ingested = read_noting(inputs, &settings)?;
    let simulators = read_simulators(&config.data.simulators, &settings)?;
    ingested.counts.simulated = simulators.curves;
    ingested.files.extend(simulators.files);
    ingested.notes.extend(simulators.notes);
    Ok(ingested)
}

/// What was read, without the weeks that the config leaves out.
struct Read {
    ingested: Ingested,
    /// What was spent in the span of the plan so far, and whether a period was split by days for it.
    spent: (f64, bool),
    policy: PolicySettings,
    timings: Timings,
}

impl Read {
    fn new(mut ingested: Ingested, config: &Config, policy: PolicySettings, timings: Timings) -> Result<Self, Error> {
        // weeks that are left out of the fit were paid for all the same
        let spent = config.horizon.from.map_or((0.0, false), |from| spent_since(&ingested.counts, from));
        config.leave_out(&mut ingested.counts, &mut ingested.notes)?;
        Ok(Self { ingested, spent, policy, timings })
    }
}

/// Everything that plans are made from, with the base plan's budget.
struct Ready {
    ingested: Ingested,
    baseline: Baseline,
    posterior: Posterior,
    responses: Responses,
    budget: f64,
    policy: PolicySettings,
    spent: (f64, bool),
    timings: Timings,
}

/// Reads, fits, and makes the curves. What a plan needs and the data lack is refused before the fit starts.
///
/// Terms that scenarios add are among the terms, without data.
fn ready(
    inputs: &[PathBuf],
    config: &Config,
    adding: &[(usize, &Scenario)],
    progress: Progress<'_>,
) -> Result<Ready, Error> {
    let mut timings = Timings::default();
    let policy = decided(config)?;
    let ingested = timings.time(progress, "read", || read_whole(inputs, config, &[]))?;
    ready_from(Read::new(ingested, config, policy, timings)?, config, adding, progress)
}

/// The policy, with what a person has decided.
fn decided(config: &Config) -> Result<PolicySettings, Error> {
    let mut policy = config.policy();
    if let Some(path) = &config.plan.decisions {
        policy.decisions = read_decisions(path)?;
    }
    Ok(policy)
}

/// Fits what was read, and makes the curves.
fn ready_from(
    read: Read,
    config: &Config,
    adding: &[(usize, &Scenario)],
    progress: Progress<'_>,
) -> Result<Ready, Error> {
    let Read { mut ingested, spent, policy, mut timings } = read;
    config.validate_weeks(ingested.counts.calendar.as_of)?;
    for (index, scenario) in adding {
        scenario.check_added(&ingested.counts, *index).map_err(|error| placed(config, error))?;
    }
    let terms = |scenario: &Scenario| scenario.add.iter().map(|added| added.term(&ingested.counts)).collect::<Vec<_>>();
    let added: Vec<Term> = adding.iter().flat_map(|(_, scenario)| terms(scenario)).collect();
    let campaigns: BTreeSet<&Option<String>> = ingested.counts.terms.iter().map(|term| &term.key.campaign).collect();
    let foreign = added.iter().filter(|term| !campaigns.contains(&term.key.campaign)).count();
    ingested.notes.add(
        "added-to-new-campaign",
        foreign,
        "terms are added to a campaign that the data do not have: rates and prices are the account's",
    );
    ingested.counts.add_terms(added);
    let mut baseline = Baseline::new(&ingested.counts, config.plan.baseline_weeks);
    rest_paused(&ingested.counts, &mut baseline, &policy);
    let budget = resolve_budget(&ingested.counts, &baseline, &policy)?;
    refuse_no_clicks(&ingested.counts)?;
    let posterior = timings.time(progress, "fit", || estimate(&ingested.counts, &config.estimate()))?;
    let responses =
        timings.time(progress, "curves", || respond(&ingested.counts, &baseline, budget, &config.response()));
    Ok(Ready { ingested, baseline, posterior, responses, budget, policy, spent, timings })
}

/// Reads, fits, solves: the main job.
///
/// # Errors
/// Whatever the stages refuse. What a plan needs and the data lack is refused before the fit starts.
pub fn recommend(inputs: &[PathBuf], config: &Config, progress: Progress<'_>) -> Result<Planned, Error> {
    let chosen = config.chosen()?;
    let adding: Vec<(usize, &Scenario)> = chosen.iter().map(|(at, scenario)| (*at, scenario)).collect();
    let ready = ready(inputs, config, &adding, progress)?;
    planned(ready, chosen, config, progress)
}

/// Solves, for a scenario where one is chosen.
fn planned(
    ready: Ready,
    chosen: Option<(usize, Scenario)>,
    config: &Config,
    progress: Progress<'_>,
) -> Result<Planned, Error> {
    let Ready { mut ingested, baseline, posterior, mut responses, mut budget, mut policy, spent, mut timings } = ready;
    let mut horizon = config.horizon.settings();
    let of_scenario = chosen.as_ref().map(|(index, _)| *index);
    if let Some((index, mut scenario)) = chosen {
        scenario.policy.decisions.clone_from(&policy.decisions);
        let response = config.response();
        let fit = Fit {
            counts: &ingested.counts,
            baseline: &baseline,
            posterior: &posterior,
            responses: &responses,
            response: &response,
            budget,
            policy: &policy,
        };
        scenario.check(&fit, index).map_err(|error| placed(config, error))?;
        scenario.suppose_added(&fit);
        let coin = Coin::of(ingested.counts.currency.as_deref());
        let own = checked_budget(scenario.budget(budget, coin), coin)?;
        let supposed = scenario.responses(&fit, own).into_owned();
        ingested.notes.add("scenario", 1, format!("planned as the scenario {} has it", quoted(&scenario.name)));
        if let (Some(horizon), Some(ratio)) = (&mut horizon, scenario.budget_ratio) {
            horizon.total = horizon.total.map(|total| coin.round(total * ratio));
        }
        (responses, budget, policy) = (supposed, own, scenario.policy);
    }
    let plan = timings.time(progress, "solve", || {
        let counts = &ingested.counts;
        let Some(horizon) = &horizon else {
            return plan(counts, &baseline, &posterior, &responses, budget, &policy);
        };
        let response = config.response();
        let in_week = |day: Date, budget: f64| {
            let own = responses.for_budget(counts, &baseline, budget, &response);
            if response.seasonality { own.in_week(counts, &baseline, day) } else { own }
        };
        plan_weeks(counts, &baseline, &posterior, &responses, budget, &policy, (horizon, spent), &in_week)
    });
    let plan = plan.map_err(|error| located(config, of_scenario, error))?;
    ingested.notes.extend(baseline.notes);
    Ok(Planned { fitted: Fitted { ingested, posterior, timings }, responses, plan })
}

/// An error of a plan, with the lines of the limits that leave none.
fn located(config: &Config, scenario: Option<usize>, mut error: RecommendError) -> RecommendError {
    config.locate(&mut error, scenario);
    error
}

/// An error of a scenario with its place in the config.
fn placed(config: &Config, mut error: ScenarioError) -> Error {
    if let ScenarioReason::Plan(reason) = &mut error.reason {
        config.locate(reason, error.index.filter(|&at| at < config.scenarios.len()));
    }
    let path = error.index.map(|index| format!("scenarios[{index}].{}", error.at));
    Error::Scenario { place: path.and_then(|path| config.place(&path)), error: Box::new(error) }
}

/// What comparing scenarios made.
#[derive(Debug)]
pub struct ComparedScenarios {
    /// Data and posterior.
    pub fitted: Fitted,
    /// Response curves.
    pub responses: Responses,
    /// The base plan and every scenario's.
    pub comparison: Comparison,
    /// Whole plans of the scenarios of the config, in their order, where they were asked for.
    pub plans: Vec<Plan>,
}

/// Reads and fits once, and plans every scenario of the config; with `asks` those too that move one assumption each, and with
/// `whole` the config's in full, rows and levers included.
///
/// # Errors
/// Whatever the stages refuse; of a scenario, with its place in the config.
pub fn scenarios(
    inputs: &[PathBuf],
    config: &Config,
    (asks, whole): (bool, bool),
    progress: Progress<'_>,
) -> Result<ComparedScenarios, Error> {
    let mut scenarios = config.scenarios();
    let Ready { mut ingested, baseline, posterior, responses, budget, policy, mut timings, .. } =
        ready(inputs, config, &scenarios.iter().enumerate().collect::<Vec<_>>(), progress)?;
    ingested.notes.add(
        "horizon-unused",
        usize::from(!config.horizon.is_none()),
        "scenarios are compared over one week: `horizon` is for `recommend` (with `--scenario` for one of them)",
    );
    let response = config.response();
    let own = if whole { scenarios.len() } else { 0 };
    if asks {
        let objective = resolve_objective(&ingested.counts, posterior.value.is_some(), &policy);
        scenarios.extend(sensitivity(&ingested.counts, objective, &policy));
        // without dates there is no lag
        if ingested.counts.calendar.as_of.is_some() {
            let refit = |table: Vec<f64>| {
                let delay = DelaySettings::with_table(table).ok()?;
                let settings = EstimateSettings { delay, ..config.estimate() };
                Some(estimate(&ingested.counts, &settings).ok()?.rate.mean)
            };
            scenarios.extend(delay_sensitivity(&posterior, objective, &policy, refit));
        }
    }
    for scenario in &mut scenarios {
        scenario.policy.decisions.clone_from(&policy.decisions);
    }
    let fit = Fit {
        counts: &ingested.counts,
        baseline: &baseline,
        posterior: &posterior,
        responses: &responses,
        response: &response,
        budget,
        policy: &policy,
    };
    for scenario in &mut scenarios {
        scenario.suppose_added(&fit);
    }
    let comparison =
        timings.time(progress, "solve", || compare(&fit, &scenarios)).map_err(|error| placed(config, error))?;
    let in_full = |(index, scenario): (usize, &Scenario)| {
        let budget = scenario.budget(budget, Coin::of(ingested.counts.currency.as_deref()));
        let supposed = scenario.responses(&fit, budget);
        plan(&ingested.counts, &baseline, &posterior, &supposed, budget, &scenario.policy).map_err(|error| {
            let (name, reason) = (scenario.name.clone(), ScenarioReason::Plan(Box::new(error)));
            placed(config, ScenarioError { index: Some(index), name, at: String::new(), reason })
        })
    };
    let plans = scenarios[..own].iter().enumerate().map(in_full).collect::<Result<_, _>>()?;
    ingested.notes.extend(baseline.notes);
    Ok(ComparedScenarios { fitted: Fitted { ingested, posterior, timings }, responses, comparison, plans })
}
