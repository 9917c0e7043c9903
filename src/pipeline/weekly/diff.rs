//! Solves last week's plan again with one thing more of today's at a time, and takes the change apart by it.
//!
//! In: the plan in force as it is stored, with its settings and what its fit had learned, and today's plan with all that it was
//! made from. Out: a [`Diff`] with its rows. Where settings of data and estimates are the same, nothing is read or fitted again;
//! what the fit learned is held by factors on rates.

use super::source::Source;
use super::{Broken, WeekTask, leave_out_broken};
use crate::config::Config;
use crate::counts::{Baseline, Counts};
use crate::domain::{Decision, TermKey};
use crate::error::Error;
use crate::estimate::{Learned, Posterior, PriorThen, rate_factors};
use crate::pipeline::{Planned, Read, Timings, decided, ready_from};
use crate::recommend::{HeldBack, PolicySettings, RiskKind, SharedDraws, outline, resolve_budget, rest_paused};
use crate::response::{Responses, respond};
use crate::weekly::{CAUSES, Diff, DiffRow, Record, Spends, StoredTerm, compare_plans, in_cents};
use std::collections::BTreeMap;

/// What one fit gives.
struct Ground<'a> {
    counts: &'a Counts,
    posterior: &'a Posterior,
    /// Curves for a budget and settings; others are made anew.
    responses: &'a Responses,
    made_for: (f64, &'a Config),
}

/// Limits of a time.
struct Limited<'a> {
    config: &'a Config,
    decisions: &'a [Decision],
    held_back: &'a [HeldBack],
}

/// Today's plan against the one in force; `None` for the first.
pub(super) fn diff(
    task: &WeekTask,
    read: (&Source, &Broken),
    planned: &Planned,
    held_back: &[HeldBack],
) -> Option<(Diff, Vec<DiffRow>)> {
    let (record, terms) = task.in_force?;
    let today = in_cents(planned.plan.rows.iter().map(|row| (&row.key, row.recommended_spend)));
    let is_folded = task.config.privacy.min_count > 0;
    let whole = |why: String| compare_plans(&record.id, terms, [None; CAUSES], &today, Some(why), is_folded);
    let settings = record.settings.clone().map(serde_json::from_value::<Config>);
    let (Some(Ok(then)), Some(learned)) = (settings, &record.learned) else {
        return Some(whole("the run before did not keep the settings that it was made with".to_owned()));
    };
    let mut then = then.as_of(task.due);
    // what the fit of then held of the delay comes with what it had learned: settings of it are told as delay, not as config
    then.delay = task.config.delay.clone();
    if [&then, task.config].iter().any(|config| !config.horizon.is_none() || config.plan.scenario.is_some()) {
        return Some(whole("plans of several weeks and of scenarios are not solved again in steps".to_owned()));
    }
    let answer = match steps(task, planned, (read, held_back), (&then, learned, record, terms)) {
        Ok((steps, skipped)) => {
            let given: [Option<&Spends>; CAUSES] =
                std::array::from_fn(|at| if at + 1 == CAUSES { Some(&today) } else { steps[at].as_ref() });
            compare_plans(&record.id, terms, given, &today, skipped, is_folded)
        }
        Err(error) => whole(format!("with the settings of then today's data give no plan: {error}")),
    };
    Some(answer)
}

/// The plans of all causes but the last, `None` where one could not be solved, and why.
type Steps = (Vec<Option<Spends>>, Option<String>);

fn steps(
    task: &WeekTask,
    planned: &Planned,
    ((source, broken), held_back): ((&Source, &Broken), &[HeldBack]),
    (then, learned, record, terms): (&Config, &Learned, &Record, &[StoredTerm]),
) -> Result<Steps, Error> {
    let config = task.config;
    let now = Ground {
        counts: &planned.fitted.ingested.counts,
        posterior: &planned.fitted.posterior,
        responses: &planned.responses,
        made_for: (planned.plan.summary.budget, config),
    };
    let is_same_fit =
        then.data == config.data && then.privacy == config.privacy && then.estimate() == config.estimate();
    // other settings of data or estimates need a fit of their own
    let other = if is_same_fit {
        None
    } else {
        let read = source.read(then)?;
        let policy = PolicySettings { decisions: record.decisions.clone(), ..then.policy() };
        let mut read = Read::new(read, then, policy, Timings::default())?;
        leave_out_broken(&mut read.ingested, broken);
        Some(ready_from(read, then, &[], &|_| {})?)
    };
    let of_then = match &other {
        None => Ground { ..now },
        Some(ready) => Ground {
            counts: &ready.ingested.counts,
            posterior: &ready.posterior,
            responses: &ready.responses,
            made_for: (ready.budget, then),
        },
    };
    let then_held = record.holdback_held();
    let then_limited = Limited { config: then, decisions: &record.decisions, held_back: &then_held };
    let is_same_limits =
        then.limits == config.limits && record.decisions == decided(config)?.decisions && then_held == held_back;
    let is_same_config = is_same_fit && is_same_settings(then, config);
    let priors: BTreeMap<&TermKey, f64> = terms.iter().filter_map(|term| Some((&term.key, term.prior_rate?))).collect();
    let means: Vec<Option<f64>> = of_then.counts.terms.iter().map(|term| priors.get(&term.key).copied()).collect();
    let prior = Some(PriorThen { means: &means, strength: learned.strength });
    let factors = |moving: Option<&Learned>, reported: Option<&Learned>, prior: Option<PriorThen<'_>>| {
        rate_factors(of_then.counts, of_then.posterior, moving, reported, prior)
    };
    let today = Learned::of(of_then.posterior);
    let is_same_delay = today.delay == learned.delay && today.left_out == learned.left_out;
    let mut failed = Vec::new();
    let mut solve = |name: &'static str, ground: &Ground, config: &Config, limited: &Limited, rates: Vec<f64>| {
        solved(ground, config, limited, rates).map_err(|error| failed.push(format!("{name} ({error})"))).ok()
    };
    let first = solve("new data", &of_then, then, &then_limited, factors(Some(learned), Some(learned), prior));
    let second = solve("drift", &of_then, then, &then_limited, factors(None, Some(learned), prior));
    let third = if is_same_delay {
        second.clone()
    } else {
        solve("delay", &of_then, then, &then_limited, factors(None, None, prior))
    };
    let fifth = if is_same_limits {
        Some(in_cents(planned.plan.rows.iter().map(|row| (&row.key, row.recommended_spend))))
    } else {
        solve("config", &now, config, &then_limited, Vec::new())
    };
    let fourth = if is_same_config { fifth.clone() } else { solve("prior", &of_then, then, &then_limited, Vec::new()) };
    let skipped = (!failed.is_empty()).then(|| {
        format!(
            "no plan could be solved for {}: what these would have added counts with the next that could",
            failed.join(", ")
        )
    });
    Ok((vec![first, second, third, fourth, fifth], skipped))
}

/// Whether settings beside limits give the same plan.
fn is_same_settings(then: &Config, now: &Config) -> bool {
    then.plan == now.plan
        && then.response() == now.response()
        && then.incrementality == now.incrementality
        && then.risk == now.risk
        && then.exploration == now.exploration
        && then.seed == now.seed
}

/// The spends of a plan with the limits of another time and factors on the rates.
fn solved(ground: &Ground, config: &Config, limited: &Limited, rates: Vec<f64>) -> Result<Spends, Error> {
    let mut config = config.clone();
    config.limits.clone_from(&limited.config.limits);
    let policy = PolicySettings {
        decisions: limited.decisions.to_vec(),
        held_back: limited.held_back.to_vec(),
        rates,
        ..config.policy()
    };
    let counts = ground.counts;
    let mut baseline = Baseline::new(counts, config.plan.baseline_weeks);
    rest_paused(counts, &mut baseline, &policy);
    let budget = resolve_budget(counts, &baseline, &policy)?;
    let (made_for, made_by) = ground.made_for;
    let is_made = budget.total_cmp(&made_for).is_eq()
        && made_by.response() == config.response()
        && made_by.plan.baseline_weeks == config.plan.baseline_weeks
        && made_by.limits.restart_paused == config.limits.restart_paused;
    let anew = (!is_made).then(|| respond(counts, &baseline, budget, &config.response()));
    let responses = anew.as_ref().unwrap_or(ground.responses);
    let is_drawn = config.risk.kind != RiskKind::Expected || config.exploration.share > 0.0;
    let draws =
        if is_drawn { SharedDraws::new(counts, ground.posterior, responses, &policy) } else { SharedDraws::none() };
    let plan = outline(counts, ground.posterior, responses, budget, &policy, &draws, None)?;
    Ok(in_cents(counts.terms.iter().map(|term| &term.key).zip(plan.spend)))
}
