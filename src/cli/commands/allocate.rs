//! `termwise allocate`: splits a budget over response curves that the user brings.

use super::{VERSION, print_summary, refuse_overwriting};
use crate::allocate::{AllocationStatus, AllocatorSettings, Problem, allocate, round_to_step};
use crate::cli::args::Allocate;
use crate::cli::{settings, terminal::Printer};
use crate::config::ConfigError;
use crate::domain::Notes;
use crate::error::Error;
use crate::ingest::{CurveTable, IngestError, read_curves};
use crate::numeric::sum::ExactSum;
use crate::report::{SummaryBuilder, allocation_csv, write_file};
use crate::response::Curve;
use serde_json::json;
use std::path::PathBuf;

/// Steps beyond which a sum of them is not exact in `f64`: 2⁵³.
const LARGEST_STEPS: f64 = 9_007_199_254_740_992.0;

pub(in crate::cli) fn run(args: &Allocate, printer: Printer) -> Result<(), Error> {
    settings::base(&args.common)?.validate()?;
    let refuse = |key, value: f64, rule| ConfigError::Value { key, value: value.to_string(), rule };
    if !(args.budget >= 0.0 && args.budget.is_finite()) {
        return Err(refuse("budget", args.budget, "money, zero or above").into());
    }
    if let Some(step) = args.step.filter(|step| !(*step > 0.0 && step.is_finite())) {
        return Err(refuse("step", step, "money above zero").into());
    }
    if let Some(step) = args.step.filter(|step| args.budget / step > LARGEST_STEPS) {
        return Err(refuse("budget", args.budget / step, "at most 9e15 steps, so that their sums are exact").into());
    }
    let inputs: Vec<PathBuf> = std::iter::once(&args.curves).chain(&args.points).cloned().collect();
    refuse_overwriting(&args.out, &inputs)?;
    let progress = printer.progress();
    progress.stage("read");
    let table = read_curves(&args.curves, args.points.as_deref())?;
    let curves = (0..table.id.len()).map(|row| curve(&table, row)).collect::<Result<Vec<_>, _>>()?;
    let problem = Problem {
        curves,
        lower: table.lower.clone(),
        upper: table.upper.clone(),
        budget: args.budget,
        price_floor: 0.0,
        ..Problem::default()
    };
    progress.stage("solve");
    let start = std::time::Instant::now();
    let mut allocation = allocate(&problem, &AllocatorSettings::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let mut notes = Notes::default();
    if let Some(step) = args.step {
        let rounded = round_to_step(&problem, &allocation, step);
        notes.add(
            "bounds-without-step",
            rounded.outside_bounds.len(),
            "items whose bounds hold no multiple of the step: they are at the nearest one, outside their bounds",
        );
        allocation.certificate.max_violation = violation(&problem, &rounded.spend);
        allocation.marginal =
            problem.curves.iter().zip(&rounded.spend).map(|(curve, &spend)| curve.marginal(spend)).collect();
        allocation.certificate.rounding_loss = Some(rounded.loss);
        allocation.spend = rounded.spend;
        allocation.response = rounded.response;
        allocation.unallocated = rounded.unallocated;
    }
    // the user named this very file, so an older one gives way
    write_file(&args.out, allocation_csv(&table.id, &allocation).as_bytes(), true)?;
    drop(progress);

    let certificate = &allocation.certificate;
    let spend = allocation.spend.iter().copied().collect::<ExactSum>().value();
    let mut shown = json!(certificate);
    shown["seconds"] = json!(seconds);
    let out = args.out.display().to_string();
    let plan = json!({
        "budget": args.budget,
        "spend": spend,
        "unallocated": allocation.unallocated,
        "certificate": shown,
    });
    let summary = SummaryBuilder::new(VERSION, "allocate")
        .with("plan", plan)
        .notes(&notes)
        .outputs(std::slice::from_ref(&out))
        .build();
    print_summary(args.common.json, &summary)?;
    let status = match certificate.status {
        AllocationStatus::Optimal => "optimal",
        AllocationStatus::BudgetNotExhausted => "budget not exhausted: every item is at its upper bound",
        _ => "not proved optimal",
    };
    printer.say(&format!(
        "{} items, {status}; response {:.6}, relative gap {:.1e}, spent {:.2} of {:.2}",
        table.id.len(),
        certificate.objective,
        certificate.relative_gap,
        spend,
        args.budget
    ));
    printer.notes(&notes, usize::MAX);
    printer.say(&format!("Plan: {out}"));
    Ok(())
}

/// Largest distance of a spend outside its bounds, money.
fn violation(problem: &Problem, spend: &[f64]) -> f64 {
    let outside = spend.iter().enumerate().map(|(at, &x)| (problem.lower[at] - x).max(x - problem.upper[at]).max(0.0));
    outside.fold(0.0, f64::max)
}

fn curve(table: &CurveTable, row: usize) -> Result<Curve, IngestError> {
    let parameter = |column: &'static str, values: &[f64]| {
        if values[row].is_nan() {
            Err(table.refuse(row, column, "", "is blank and this family needs it"))
        } else {
            Ok(values[row])
        }
    };
    let a = || parameter("a", &table.a);
    let k = || parameter("k", &table.k);
    let h = || parameter("h", &table.h);
    let curve = match table.family[row].as_str() {
        "hill" => Curve::Hill { a: a()?, k: k()?, h: h()? },
        "exp" => Curve::Exp { a: a()?, k: k()? },
        "power" => Curve::Power { a: a()?, k: k()?, h: h()? },
        "log" => Curve::Log { a: a()?, k: k()? },
        "points" => Curve::Points(table.points_of(row)?.into()),
        other => {
            return Err(table.refuse(row, "family", other, "is not one of hill, exp, power, log and points"));
        }
    };
    match curve.validate() {
        Ok(()) => Ok(curve),
        Err(error) => Err(table.refuse_curve(row, &error.to_string())),
    }
}
