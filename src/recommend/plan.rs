//! The stage itself: posterior and curves → items → allocation → rows.

use super::bids::{BidGround, settle_bids, tell_bids};
use super::budget_price::Way;
use super::campaigns::{roll_up, set_budgets};
use super::candidates::candidates;
use super::dated::{Ground, HorizonSettings, dated_plan};
use super::draws::Draws;
use super::elsewhere::sole;
use super::fixed_price::{self, Source, own_prices};
use super::frontier::{frontier, landmarks};
use super::goal::price_of_money;
use super::held::held_rows;
use super::items::Items;
use super::policy::{current_budget, states};
use super::posed::Posed;
use super::reason::{Circumstance, reason};
use super::rows::Work;
use super::settle::{Ask, Settled, settle};
use super::summary::{Whole, compared, outcome_interval};
use super::uncertainty::{Asked, Judged};
use super::{DecisionSummary, Plan, PlanSummary, PolicySettings, RecommendError};
use crate::allocate::Problem;
use crate::counts::{Baseline, Counts, Groups};
use crate::domain::{Coin, Date, Notes, Objective, State, metrics};
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;
use rayon::prelude::*;

/// The budget: as asked, else the current spend of the terms that may be funded, in whole cents.
///
/// # Errors
/// No cost column, a budget not above zero or not in whole cents, nothing spent.
pub fn resolve_budget(counts: &Counts, baseline: &Baseline, settings: &PolicySettings) -> Result<f64, RecommendError> {
    if counts.cells.cost.is_none() {
        return Err(RecommendError::NoCost);
    }
    let coin = Coin::of(counts.currency.as_deref());
    let Some(budget) = settings.budget else {
        let state = states(counts, &baseline.spend, &baseline.clicks, settings, &mut Notes::default());
        let current = current_budget(&baseline.spend, &state, coin);
        return if current > 0.0 { whole_coins(current, coin) } else { Err(RecommendError::NothingSpent) };
    };
    checked_budget(budget, coin)
}

/// A budget that was asked for, in whole ones of what its currency is divided into.
///
/// # Errors
/// It is not above zero, not in whole cents, or too large for sums in them.
pub fn checked_budget(budget: f64, coin: Coin) -> Result<f64, RecommendError> {
    if !(budget > 0.0 && budget.is_finite()) {
        return Err(RecommendError::Budget { budget });
    }
    whole_coins(budget, coin)
}

/// The largest budget: its cents are whole in `f64` with room for sums.
const LARGEST_BUDGET: f64 = 1e12;

pub(super) fn whole_coins(budget: f64, coin: Coin) -> Result<f64, RecommendError> {
    if budget > LARGEST_BUDGET {
        return Err(RecommendError::BudgetTooLarge { budget });
    }
    // 1e-6 of a cent is far above the rounding of decimal notation and far below a mistake
    let unit = coin.per_unit();
    if budget.mul_add(unit, -(budget * unit).round()).abs() > 1e-6_f64.max(budget * 1e-13) || coin.round(budget) <= 0.0
    {
        return Err(RecommendError::BudgetCents { budget, steps: coin.in_words() });
    }
    Ok(coin.round(budget))
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
    let settings = &settings.in_currency(counts.currency.as_deref());
    let mut notes = Notes::default();
    let ask = Ask { counts, posterior, responses, budget, settings };
    let items = ask.items(&mut notes)?;
    let draws = Draws::new(counts, posterior, responses, &items.incrementality, settings.draws, settings.seed);
    let settled = settle(&ask, &items, draws.as_ref(), &mut notes)?;
    let free = || {
        without_decisions(&ask, &items, draws.as_ref())
            .zip(items.outcome(responses, settled.spend()).of(items.objective))
    };
    from_settled(&ask, &items, draws.as_ref(), &settled, baseline.weekly.then_some(7.0), &free, notes)
}

/// Makes a plan over dated weeks: that of the first week, with all of them in its field `dated`. `budget` is money a week,
/// for where no total is given; `spent` is what [`super::spent_since`] has for the span's first day; `in_week` gives the
/// curves of a whole week for a weekly budget.
///
/// # Errors
/// See [`RecommendError`]: beside those of [`plan`], a span that is past or has no money left, and what is not solved over
/// several weeks (risk, exploration, a limit on turnover).
#[allow(clippy::too_many_arguments)] // each is a thing of its own
pub fn plan_weeks(
    counts: &Counts,
    baseline: &Baseline,
    posterior: &Posterior,
    responses: &Responses,
    budget: f64,
    settings: &PolicySettings,
    (horizon, spent): (&HorizonSettings, (f64, bool)),
    in_week: &(dyn Fn(Date, f64) -> Responses + Sync),
) -> Result<Plan, RecommendError> {
    let settings = &settings.in_currency(counts.currency.as_deref());
    let ask = Ask { counts, posterior, responses, budget, settings };
    dated_plan(&Ground { ask, spent, weekly: baseline.weekly }, horizon, in_week)
}

/// The plan of what was settled. `days` is the length of the period that money is per, `None` if unknown; `free` gives the
/// objective without decisions and with them, where that can be had.
///
/// # Errors
/// Frontiers that cannot be solved.
pub(super) fn from_settled(
    ask: &Ask,
    items: &Items,
    draws: Option<&Draws>,
    settled: &Settled,
    days: Option<f64>,
    free: &dyn Fn() -> Option<(f64, f64)>,
    mut notes: Notes,
) -> Result<Plan, RecommendError> {
    let Ask { counts, posterior, responses, settings, .. } = *ask;
    let Settled { aim, posed, allocation, risk, exploration, budget, unallocated, total, .. } = settled;
    let Posed { limits, sums, problem } = posed;
    let spend = settled.spend();
    let current = &responses.current_spend;
    let objective = items.objective;

    let reference = limits.reference(current, aim.cap);
    let price = price_of_money(problem, allocation, aim.price_floor);
    let sole = sole(problem, &allocation.spend, &allocation.marginal, &reference);
    let asked = Asked { items, responses, aim, problem, reference: &reference, price, sole, level: settings.level };
    let compared = compared(objective, current, spend);
    let source = Source { counts, posterior, draws: settings.draws, seed: settings.seed };
    let prices = || own_prices(problem, allocation, sums, price);
    let judged = judged(draws, &source, &asked, prices, [spend, &compared], &mut notes);

    let holds = settled.holds();
    let work = Work { counts, posterior, responses, items, limits, settings };
    let mut rows = work.rows(&holds, spend, &reference, &judged);
    let groups = Groups::by_campaign(counts);
    let bands = |members: &[usize]| {
        let spends = members.iter().map(|&term| (term, spend[term]));
        outcome_interval(&draws?.outcomes_of(items, responses, spends), settings.level)
    };
    let mut campaigns = roll_up(counts, &groups, &rows, days, bands);
    work.set_levers(&mut rows, &groups, &campaigns);
    let outcomes = [spend, &compared].map(|spend| items.outcome(responses, spend).of(objective));
    let gain = outcomes[0].zip(outcomes[1]).map(|(plan, now)| plan - now);
    let coin = settings.coin;
    let bids = settle_bids(&mut rows, &BidGround { responses, items, problem, aim, gain, coin });
    let per = if days == Some(7.0) { "a week" } else { "in the period" };
    tell_bids(bids, &rows, aim, (objective, per, coin), &mut notes);
    tell_kept(problem, *unallocated, &mut notes);
    set_budgets(&mut campaigns, &groups, &rows, coin);
    let totals = counts.totals();
    let account_rate = metrics::cvr(totals.conversions, totals.clicks);
    let (periods, without_conversions) = (counts.calendar.several(), limits.without_conversions);
    let references = [limits.down_reference, limits.up_reference];
    let max_change = settings.max_change;
    let circumstance =
        Circumstance { objective, price, account_rate, periods, without_conversions, max_change, references };
    rows.par_iter_mut().for_each(|row| row.reason = reason(row, circumstance));
    let candidates = candidates(&rows, items, price);
    let decisions = limits
        .decided
        .summary()
        .map(|summary| DecisionSummary { cost: free().map(|(free, own)| free - own), ..summary });
    tell_decisions(decisions, objective, &mut notes);
    let whole = Whole {
        items,
        responses,
        limits,
        aim,
        settings,
        weekly: days.is_some(),
        budget: *budget,
        unallocated: *unallocated,
        risk: *risk,
        exploration: *exploration,
        decisions,
    };
    let summary = PlanSummary { bids, ..whole.summary(spend, settled.certificate(), &judged) };
    let budget_worth = ask.budget_worth(items, settled, [Way::More, Way::Less]);
    let limit_rows = settled.limit_rows(&summary.goal, current, *total, budget_worth, settings);
    let held = held_rows(&holds, problem, [spend, current], price);
    let now = current.iter().copied().collect::<ExactSum>().value();
    let mut points = frontier(items, responses, limits, draws, now.max(*budget), settings.level)?;
    points.extend(landmarks(ask, objective, limits, draws)?);
    Ok(Plan { rows, campaigns, summary, frontier: points, limits: limit_rows, held, candidates, dated: None, notes })
}

/// The objective of the same plan without decisions; `None` where there is none.
fn without_decisions(ask: &Ask, items: &Items, draws: Option<&Draws>) -> Option<f64> {
    let settings = PolicySettings { decisions: Vec::new(), ..ask.settings.clone() };
    let free = settle(&Ask { settings: &settings, ..*ask }, items, draws, &mut Notes::default()).ok()?;
    items.outcome(ask.responses, free.spend()).of(items.objective)
}

/// Says that money is left because moving it would not pay.
fn tell_kept(problem: &Problem, unallocated: f64, notes: &mut Notes) {
    let price = problem.moving_price();
    notes.add(
        "not-worth-moving",
        usize::from(price > 0.0 && unallocated >= 0.005),
        format!(
            "{unallocated:.2} of the budget stay unspent: a unit of money that moves has to earn {price} (`turnover_price`), and no term \
             that limits leave open earns that with more"
        ),
    );
}

/// Says how many terms were decided by hand and what that costs.
fn tell_decisions(decisions: Option<DecisionSummary>, objective: Objective, notes: &mut Notes) {
    let Some(DecisionSummary { locked, rejected, set, cost }) = decisions else { return };
    let cost = match cost {
        // a cent is rounding
        Some(cost) if cost > 0.01 => format!("which costs {cost:.2} in {}", objective.name()),
        Some(cost) if cost < -0.01 => {
            format!("which brings {:.2} more in {}, as they go beyond the limits", -cost, objective.name())
        }
        Some(_) => format!("at no cost in {}", objective.name()),
        None => "without which the limits leave no plan".to_owned(),
    };
    notes.add(
        "decided",
        locked + rejected + set,
        format!("terms are where a person put them ({locked} locked, {rejected} rejected, {set} set): the rest is planned around them, {cost}"),
    );
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
