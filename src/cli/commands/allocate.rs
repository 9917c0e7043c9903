//! `termwise allocate`: splits a budget over response curves that the user brings.

mod bounds;
mod crossed;
mod input;
mod outcome;
mod problem;

use super::{VERSION, print_summary, refuse_overwriting};
use crate::allocate::{
    Allocation, AllocationStatus, AllocatorSettings, Certificate, allocate, holds_a_step, plan_in_steps,
    short_in_steps, violation,
};
use crate::cli::args::Allocate;
use crate::cli::{settings, terminal::Printer};
use crate::config::ConfigError;
use crate::error::Error;
use crate::report::{SummaryBuilder, allocation_csv, limits_csv, write_files};
use input::Input;
use outcome::Outcome;
use problem::Posed;

/// Steps beyond which a sum of them is not exact in `f64`: 2⁵³.
const LARGEST_STEPS: f64 = 9_007_199_254_740_992.0;
/// The largest figure of a flag: squares and ratios of such numbers are still numbers.
const LARGEST: f64 = 1e100;

pub(in crate::cli) fn run(args: &Allocate, printer: Printer) -> Result<(), Error> {
    settings::base(&args.common)?.validate()?;
    check(args)?;
    let progress = printer.progress();
    progress.stage("read");
    let input = Input::read(args)?;
    let mut posed = problem::pose(args, &input)?;
    progress.stage("solve");
    let start = std::time::Instant::now();
    let solved = allocate(&posed.problem, &AllocatorSettings::default());
    let mut allocation = solved.map_err(|error| posed.explain(error))?;
    let seconds = start.elapsed().as_secs_f64();
    let kept = match args.step {
        Some(step) => round(&mut posed, &mut allocation, step)?,
        None => true,
    };
    let outcome = Outcome::of(&posed, &allocation);
    let plan = allocation_csv(&input.table.id, &allocation, &outcome.binding);
    let limits = limits_csv(&outcome.rows);
    let mut files = vec![(args.out.as_path(), plan.as_bytes())];
    files.extend(args.groups_out.as_deref().map(|path| (path, limits.as_bytes())));
    // the user named these very files, so older ones give way
    write_files(&files, true)?;
    drop(progress);

    let outputs: Vec<String> =
        std::iter::once(&args.out).chain(&args.groups_out).map(|path| path.display().to_string()).collect();
    let summary = SummaryBuilder::new(VERSION, "allocate")
        .with("plan", outcome.summary(&posed, &allocation, seconds))
        .notes(&posed.notes)
        .outputs(&outputs)
        .build();
    print_summary(args.common.json, &summary)?;
    let certificate = &allocation.certificate;
    printer.say(&format!(
        "{} items, {}{}; response {:.6}, relative gap {:.1e}, spent {:.2} of {:.2}",
        input.table.id.len(),
        status(certificate, allocation.unallocated > 0.0 && posed.problem.moving_price() > 0.0),
        if kept { "" } else { " before rounding; whole steps leave limits by less than a step (see notes)" },
        outcome.response,
        certificate.relative_gap,
        outcome.spend,
        posed.problem.budget
    ));
    outcome.lines(&posed, &allocation).iter().for_each(|line| printer.say(line));
    printer.notes(&posed.notes, usize::MAX);
    outputs.iter().zip(["Plan", "Groups and classes"]).for_each(|(out, what)| printer.say(&format!("{what}: {out}")));
    Ok(())
}

/// Refuses flags out of range, and outputs that would replace an input or each other.
fn check(args: &Allocate) -> Result<(), ConfigError> {
    let refuse = |key, value: f64, rule| Err(ConfigError::value(key, format!("{value:?}"), rule));
    let flags = [
        ("budget", args.budget, "money, from 0 to 1e100"),
        ("min-marginal-return", args.min_marginal_return, "response per unit of money, from 0 to 1e100"),
        ("min-average-return", args.min_average_return, "measure per unit of money, from 0 to 1e100"),
        ("wanted-response", args.wanted_response, "a response, from 0 to 1e100"),
        ("max-change", args.max_change, "a share, zero or above, as 0.3 for 30%"),
        ("turnover-price", args.turnover_price, "response per unit of money, from 0 to 1e100"),
    ];
    for (key, value, rule) in flags {
        if let Some(value) = value.filter(|value| !(0.0..=LARGEST).contains(value)) {
            return refuse(key, value, rule);
        }
    }
    if let Some(step) = args.step.filter(|step| !(*step > 0.0 && step.is_finite())) {
        return refuse("step", step, "money above zero");
    }
    let steps = args.budget.zip(args.step).map(|(budget, step)| budget / step);
    if let Some(steps) = steps.filter(|steps| *steps > LARGEST_STEPS) {
        return refuse("budget", steps, "at most 9e15 steps, so that their sums are exact");
    }
    let refuse = |key, path: &std::path::Path, rule| Err(ConfigError::value(key, path.display().to_string(), rule));
    let inputs = Input::files(args);
    refuse_overwriting(&args.out, &inputs)?;
    if args.out.is_dir() {
        return refuse("out", &args.out, "a file, and it is a directory");
    }
    let Some(path) = &args.groups_out else { return Ok(()) };
    refuse_overwriting(path, &inputs)?;
    let same = path.canonicalize().ok().is_some_and(|path| args.out.canonicalize().is_ok_and(|out| out == path));
    if args.groups.is_none() && args.classes.is_none() {
        refuse("groups-out", path, "given together with `groups` or `classes`")
    } else if *path == args.out || same {
        refuse("groups-out", path, "another file than `out`")
    } else if path.is_dir() {
        refuse("groups-out", path, "a file, and it is a directory")
    } else {
        Ok(())
    }
}

/// Puts the plan in whole steps of money in the place of the exact one; answers whether it is within all limits.
///
/// # Errors
/// The budget cannot take the lower bounds in whole steps.
fn round(posed: &mut Posed, allocation: &mut Allocation, step: f64) -> Result<bool, Error> {
    if let Some(short) = short_in_steps(&posed.problem, step) {
        return Err(posed.short(short, step));
    }
    let rounded = plan_in_steps(&posed.problem, allocation, step).map_err(|error| posed.explain(error))?;
    let outside = &rounded.outside_bounds;
    let (crowded, empty): (Vec<usize>, Vec<usize>) =
        outside.iter().partition(|&&item| holds_a_step(&posed.problem, item, step));
    posed.notes.add(
        "bounds-without-step",
        empty.len(),
        format!(
            "items whose bounds hold no multiple of the step: they are at the nearest one, outside their bounds: {}",
            posed.few(&empty)
        ),
    );
    posed.notes.add(
        "bounds-in-steps",
        crowded.len(),
        format!(
            "items outside their bounds by less than a step, because the budget, or a limit that they share, cannot take \
             all bounds in whole steps: {}",
            posed.few(&crowded)
        ),
    );
    let broken: Vec<String> = rounded.outside_limits.iter().map(|limit| posed.name(*limit).to_string()).collect();
    posed.notes.add(
        "limits-without-step",
        broken.len(),
        format!("limits that no plan found in whole steps meets, by less than a step: {}", broken.join(", ")),
    );
    let problem = &posed.problem;
    allocation.certificate.max_violation = violation(problem, &rounded.spend);
    allocation.marginal =
        problem.curves.iter().zip(&rounded.spend).map(|(curve, &spend)| curve.marginal(spend)).collect();
    allocation.binding = rounded.binding(problem, step);
    allocation.certificate.rounding_loss = Some(rounded.loss);
    let kept = outside.is_empty() && broken.is_empty();
    allocation.spend = rounded.spend;
    allocation.response = rounded.response;
    allocation.unallocated = rounded.unallocated;
    Ok(kept)
}

/// What kind of plan it is, in words; `kept` where money is left that might move at a price.
fn status(certificate: &Certificate, kept: bool) -> String {
    match certificate.status {
        AllocationStatus::Optimal if kept => "optimal, what is left is not worth moving".to_owned(),
        AllocationStatus::Optimal => "optimal".to_owned(),
        AllocationStatus::WithinGap => {
            let (own, bound) = (certificate.objective, certificate.upper_bound);
            if own > 0.0 {
                format!("feasible, at most {:.2}% below the best possible plan", 100.0 * (bound - own) / bound)
            } else {
                format!("feasible, the best possible plan is worth at most {} more", crate::error::amount(bound - own))
            }
        }
        AllocationStatus::BudgetNotExhausted => {
            "budget not exhausted: limits keep the rest from being spent".to_owned()
        }
        AllocationStatus::Infeasible | AllocationStatus::IterationLimit => "not proved optimal".to_owned(),
    }
}
