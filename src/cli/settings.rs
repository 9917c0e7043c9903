//! What was typed, over the config file, over the defaults.

use super::args::{Common, Input, Model, Plan};
use crate::config::{Config, ConfigError};

/// Config file or defaults, with the shared flags laid over it. Not validated yet.
pub(super) fn base(common: &Common) -> Result<Config, ConfigError> {
    let mut config = common.config.as_deref().map_or_else(|| Ok(Config::default()), Config::read)?;
    set(&mut config.seed, common.seed);
    Ok(config)
}

/// Settings of a command that reads data.
pub(super) fn reading(common: &Common, input: &Input, model: Option<&Model>) -> Result<Config, ConfigError> {
    let mut config = base(common)?;
    set(&mut config.data.unit, input.unit);
    set(&mut config.data.period, input.period);
    config.data.as_of = input.as_of.or(config.data.as_of);
    config.data.period_days = input.period_days.or(config.data.period_days);
    config.data.exports |= input.exports;
    config.data.date_order = input.date_order.or(config.data.date_order);
    config.data.map.extend(input.map.iter().cloned());
    if let Some(model) = model {
        config.estimate.rate_model = model.rate_model.or(config.estimate.rate_model);
        set(&mut config.plan.level, model.level);
        if !model.delay.is_empty() {
            config.delay.completed = Some(model.delay.clone());
        }
    }
    config.validate()?;
    Ok(config)
}

/// Settings of the main job.
pub(super) fn planning(args: &Plan) -> Result<Config, ConfigError> {
    let mut config = reading(&args.common, &args.input, Some(&args.model))?;
    config.plan.budget = args.budget.or(config.plan.budget);
    config.plan.objective = args.objective.or(config.plan.objective);
    config.plan.margin = args.margin.or(config.plan.margin);
    config.plan.target_roas = args.target_roas.or(config.plan.target_roas);
    config.plan.target_cpa = args.target_cpa.or(config.plan.target_cpa);
    config.plan.min_marginal_return = args.min_marginal_return.or(config.plan.min_marginal_return);
    config.plan.wanted_conversions = args.wanted_conversions.or(config.plan.wanted_conversions);
    config.data.simulators.extend(args.simulator.iter().cloned());
    config.plan.week = args.week.or(config.plan.week);
    if !args.format.is_empty() {
        config.report.formats.clone_from(&args.format);
    }
    if args.no_backtest {
        config.report.backtest_weeks = 0;
    }
    horizon(&mut config, args);
    config.plan.decisions = args.decisions.clone().or(config.plan.decisions);
    set(&mut config.plan.baseline_weeks, args.baseline_weeks);
    config.plan.scenario = args.scenario.clone().or(config.plan.scenario);
    set(&mut config.limits.max_change, args.max_change);
    config.validate()?;
    Ok(config)
}

/// What was typed of a plan over dated weeks. Money and ends of the span come in two forms each, of which the typed one counts.
fn horizon(config: &mut Config, args: &Plan) {
    let horizon = &mut config.horizon;
    horizon.from = args.from.or(horizon.from);
    if args.weeks.is_some() || args.until.is_some() {
        (horizon.weeks, horizon.until) = (args.weeks, args.until);
    }
    if args.budget.is_some() {
        horizon.total = None;
    }
    if args.total.is_some() {
        (horizon.total, config.plan.budget) = (args.total, None);
    }
}

fn set<T>(target: &mut T, typed: Option<T>) {
    if let Some(value) = typed {
        *target = value;
    }
}
