//! The stages in their order, timed. The only file of the engine that knows them all.

use crate::backtest::{Backtest, BacktestSettings};
use crate::config::Config;
use crate::counts::Baseline;
use crate::error::Error;
use crate::estimate::{Posterior, estimate, refuse_no_clicks};
use crate::ingest::{Ingested, read_noting, read_simulators};
use crate::recommend::{Plan, plan, resolve_budget, rest_paused};
use crate::response::{Responses, respond};
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
    let ingested = timings.time(progress, "read", || read_noting(inputs, &config.ingest()))?;
    refuse_no_clicks(&ingested.counts)?;
    let posterior = timings.time(progress, "fit", || estimate(&ingested.counts, &config.estimate()))?;
    Ok(Fitted { ingested, posterior, timings })
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
    let ingested = timings.time(progress, "read", || read_noting(inputs, &config.ingest()))?;
    let tested = timings.time(progress, "backtest", || crate::backtest::backtest(&ingested.counts, settings))?;
    Ok(Backtested { ingested, backtest: tested, timings })
}

/// The counts, with what simulators say.
fn read_all(inputs: &[PathBuf], config: &Config) -> Result<Ingested, Error> {
    let settings = config.ingest();
    let mut ingested = read_noting(inputs, &settings)?;
    let simulators = read_simulators(&config.data.simulators, &settings)?;
    ingested.counts.simulated = simulators.curves;
    ingested.files.extend(simulators.files);
    ingested.notes.extend(simulators.notes);
    Ok(ingested)
}

/// Reads, fits, solves: the main job.
///
/// # Errors
/// Whatever the stages refuse. What a plan needs and the data lack is refused before the fit starts.
pub fn recommend(inputs: &[PathBuf], config: &Config, progress: Progress<'_>) -> Result<Planned, Error> {
    let mut timings = Timings::default();
    let policy = config.policy();
    let mut ingested = timings.time(progress, "read", || read_all(inputs, config))?;
    config.validate_week(ingested.counts.calendar.as_of)?;
    let mut baseline = Baseline::new(&ingested.counts, config.plan.baseline_weeks);
    rest_paused(&ingested.counts, &mut baseline, &policy);
    let budget = resolve_budget(&ingested.counts, &baseline, &policy)?;
    refuse_no_clicks(&ingested.counts)?;
    let posterior = timings.time(progress, "fit", || estimate(&ingested.counts, &config.estimate()))?;
    let responses =
        timings.time(progress, "curves", || respond(&ingested.counts, &baseline, budget, &config.response()));
    let plan = timings
        .time(progress, "solve", || plan(&ingested.counts, &baseline, &posterior, &responses, budget, &policy))?;
    ingested.notes.extend(baseline.notes);
    Ok(Planned { fitted: Fitted { ingested, posterior, timings }, responses, plan })
}
