//! The stage itself: posterior and curves → items → allocation → rows.

use super::binding::Holds;
use super::campaigns::roll_up;
use super::fixed_price::{self, Source, own_prices};
use super::frontier::frontier;
use super::goal::{Aim, price_of_money, worth_of_target};
use super::items::{Items, resolve_objective};
use super::limit_rows::Table;
use super::policy::{cents, current_budget, states};
use super::posed::{Ground, Posed};
use super::reason::{Circumstance, reason};
use super::risk::{Weighed, weigh};
use super::rows::Work;
use super::steps::round;
use super::summary::{Whole, compared};
use super::uncertainty::{Asked, Draws, Judged};
use super::{Plan, PolicySettings, RecommendError};
use crate::allocate::{Problem, violation};
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::{Notes, Objective, State, metrics};
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;

/// The budget: as asked, else the current spend of the terms that may be funded, in whole cents.
///
/// # Errors
/// No cost column, a budget not above zero or not in whole cents, nothing spent.
pub fn resolve_budget(counts: &Counts, baseline: &Baseline, settings: &PolicySettings) -> Result<f64, RecommendError> {
    if counts.cells.cost.is_none() {
        return Err(RecommendError::NoCost);
    }
    let Some(budget) = settings.budget else {
        let state = states(counts, &baseline.spend, &baseline.clicks, settings, &mut Notes::default());
        let current = current_budget(&baseline.spend, &state);
        return if current > 0.0 { whole_cents(current) } else { Err(RecommendError::NothingSpent) };
    };
    if !(budget > 0.0 && budget.is_finite()) {
        return Err(RecommendError::Budget { budget });
    }
    whole_cents(budget)
}

/// The largest budget: its cents are whole in `f64` with room for sums.
const LARGEST_BUDGET: f64 = 1e12;

fn whole_cents(budget: f64) -> Result<f64, RecommendError> {
    if budget > LARGEST_BUDGET {
        return Err(RecommendError::BudgetTooLarge { budget });
    }
    // 1e-6 of a cent is far above the rounding of decimal notation and far below a mistake
    if budget.mul_add(100.0, -(budget * 100.0).round()).abs() > 1e-6_f64.max(budget * 1e-13) || cents(budget) <= 0.0 {
        return Err(RecommendError::BudgetCents { budget });
    }
    Ok(cents(budget))
}

/// Makes the plan for a `budget` from [`resolve_budget`].
///
/// # Errors
/// Data that cannot serve the objective, limits that cannot be met; see [`RecommendError`].
pub fn plan(
    counts: &Counts,
    baseline: &Baseline,
    posterior: &Posterior,
    responses: &Responses,
    budget: f64,
    settings: &PolicySettings,
) -> Result<Plan, RecommendError> {
    let mut notes = Notes::default();
    let objective = resolve_objective(counts, posterior.value.is_some(), settings);
    let chosen = settings.objective.is_some() || settings.targets.conversions.is_some();
    notes.add(
        "margin-unused",
        usize::from(objective == Objective::Conversions && !chosen && settings.margin.is_some()),
        "a margin was given and the data have no revenue per conversion: it is not used",
    );
    let items = Items::new(counts, posterior, responses, objective, settings, &mut notes)?;
    let aim = Aim::new(objective, settings)?;
    let current = &responses.current_spend;
    let state = states(counts, current, &responses.free_clicks, settings, &mut notes);
    let ground = Ground { counts, responses, items: &items, aim: &aim, state: &state, settings };
    let posed = ground.pose(budget, &mut notes)?;
    let expected = ground.solve(&posed, budget)?;
    let Posed { limits, sums, problem } = &posed;
    limits.tell(&mut notes);
    let draws = Draws::new(counts, posterior, responses, &items, settings.draws, settings.seed);
    let period = counts.calendar.as_of.map(|date| date.to_string()).unwrap_or_default();
    let weighed =
        weigh(&items, problem, expected, draws.as_ref(), &period, settings, &mut notes).map_err(
            |error| match error {
                RecommendError::Allocate(error) => ground.explain(&posed, budget, error),
                other => other,
            },
        )?;
    let Weighed { allocation, risk, exploration } = weighed;
    let optimal = risk.plan.is_none() && exploration.is_none();
    let rounded = round(problem, &allocation, settings.step, optimal);
    notes.add("bounds-without-cents", rounded.outside_bounds.len(), outside_words(settings.step));
    let outside = ground.names(&posed, &rounded.outside_limits);
    notes.add(
        "limits-between-steps",
        outside.len(),
        format!(
            "limits that the plan misses by what rounding to steps of {:.2} takes: {}",
            settings.step,
            outside.join(", ")
        ),
    );
    let spend = &rounded.spend;
    let total = spend.iter().copied().collect::<ExactSum>().value();
    // without a budget the plan asks for exactly what it spends
    let (budget, unallocated) = if aim.open { (cents(total), 0.0) } else { (budget, rounded.unallocated) };

    let reference = limits.reference(current, aim.cap);
    let price = price_of_money(problem, &allocation, aim.price_floor);
    let asked =
        Asked { items: &items, responses, aim: &aim, problem, reference: &reference, price, level: settings.level };
    let compared = compared(objective, current, spend);
    let source = Source { counts, posterior, draws: settings.draws, seed: settings.seed };
    let prices = || own_prices(problem, &allocation, sums, price);
    let judged = judged(draws.as_ref(), &source, &asked, prices, [spend, &compared], &mut notes);

    let holds = Holds { limits, sums, allocation: &allocation, turnover: problem.turnover.as_ref() };
    let work = Work { counts, posterior, responses, items: &items, limits, settings };
    let mut rows = work.rows(&holds, spend, &reference, &judged);
    let groups = Groups::by_campaign(counts);
    let campaigns = roll_up(counts, &groups, &rows, baseline.weekly.then_some(7.0));
    work.set_levers(&mut rows, &groups, &campaigns);
    let totals = counts.totals();
    let account_rate = metrics::cvr(totals.conversions, totals.clicks);
    let circumstance = Circumstance { objective, price, account_rate, without_conversions: limits.without_conversions };
    for row in &mut rows {
        row.reason = reason(row, circumstance);
    }
    let mut certificate = allocation.certificate.clone();
    // of the plan that is written
    certificate.max_violation = violation(problem, spend);
    // a plan that weighs risk or explores is certified by another measure than the expectation that rounding keeps
    let before = if optimal { certificate.objective } else { expectation(problem, &allocation.spend) };
    certificate.rounding_loss = Some(rounded.loss + before - certificate.objective);
    let whole = Whole {
        items: &items,
        responses,
        limits,
        aim: &aim,
        settings,
        weekly: baseline.weekly,
        budget,
        unallocated,
        risk,
        exploration,
    };
    let summary = whole.summary(spend, certificate, &judged);
    let table = Table {
        aim: &aim,
        goal: &summary.goal,
        sums,
        allocation: &allocation,
        spend,
        total,
        current,
        budget,
        unallocated,
        turnover: problem.turnover.as_ref(),
        target_worth: if optimal { worth_of_target(problem, &allocation) } else { None },
        settings,
    };
    let limit_rows = table.rows();
    let now = current.iter().copied().collect::<ExactSum>().value();
    let points = frontier(&items, responses, limits, draws.as_ref(), now.max(budget), settings.level)?;
    Ok(Plan { rows, campaigns, summary, frontier: points, limits: limit_rows, notes })
}

/// Expected objective of a plan, net of the floor and of what moving costs.
fn expectation(problem: &Problem, spend: &[f64]) -> f64 {
    let net = |(at, &x): (usize, &f64)| {
        let moved = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price * (x - turnover.current[at]).abs());
        problem.curves[at].value(x) - problem.price_floor * x - moved
    };
    spend.iter().enumerate().map(net).collect::<ExactSum>().value()
}

/// What posterior draws say of a plan and of what it is compared with: solved once a draw, or at the plan's own
/// prices where the draws do not fit.
fn judged(
    draws: Option<&Draws>,
    source: &Source,
    asked: &Asked,
    prices: impl FnOnce() -> Vec<f64>,
    [spend, compared]: [&[f64]; 2],
    notes: &mut Notes,
) -> Judged {
    let Some(draws) = draws else {
        notes.add(
            "fixed-price",
            spend.len(),
            "too many terms to solve again for every draw: intervals of spends are those at the plan's own price of money, and somewhat too wide where the whole budget is spent",
        );
        return fixed_price::judge(source, asked, &prices(), spend, compared);
    };
    let judged = draws.judge(asked, spend, compared);
    notes.add(
        "draws-without-plan",
        judged.unsolved,
        format!(
            "posterior draws of {} in which no plan satisfies targets and limits: intervals leave them out",
            judged.count
        ),
    );
    notes.add(
        "draws-short-of-volume",
        judged.short,
        format!(
            "posterior draws of {} in which limits and budget keep the wanted conversions out of reach: intervals count them with the most that is possible",
            judged.count
        ),
    );
    judged
}

/// What a plan outside its bounds is told as.
fn outside_words(step: f64) -> String {
    if step > 0.01 {
        format!(
            "terms whose bounds hold no multiple of {step:.2}: they are planned at the nearest, less than {step:.2} outside"
        )
    } else {
        "terms whose bounds hold no whole cent: they are planned at the nearest, less than a cent outside".to_owned()
    }
}

/// Puts paused terms at rest: what they spent is past, so they start from zero and stay there. Says how
/// much it was.
pub fn rest_paused(counts: &Counts, baseline: &mut Baseline, settings: &PolicySettings) {
    let state = states(counts, &baseline.spend, &baseline.clicks, settings, &mut Notes::default());
    let (mut past, mut with_spend) = (ExactSum::default(), 0);
    for (term, _) in state.iter().enumerate().filter(|(_, state)| **state == State::Paused) {
        past.add(baseline.spend[term]);
        with_spend += usize::from(baseline.spend[term] > 0.0);
        baseline.spend[term] = 0.0;
        baseline.clicks[term] = 0.0;
    }
    baseline.notes.add(
        "paused-with-spend",
        with_spend,
        format!(
            "paused terms had spend in the baseline, {:.2} together: they are kept at zero, and it is not part of current spend",
            past.value()
        ),
    );
}
