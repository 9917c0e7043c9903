//! The stage itself: weeks posed, put together, solved, rounded, and taken apart again.

use super::calendar::months;
use super::joint::{Joint, PosedWeek, limits_something, settings_for, shares_of};
use super::naming::Names;
use super::pace::{money, spans};
use super::{Dated, DatedWeek, HorizonSettings, WeekSpan};
use crate::allocate::{AllocateError, Allocation, AllocatorSettings, Goal, Problem, Rounded, allocate, violation};
use crate::domain::{Date, Notes, State, counted};
use crate::numeric::sum::ExactSum;
use crate::recommend::draws::Draws;
use crate::recommend::goal::Aim;
use crate::recommend::items::Items;
use crate::recommend::limit_rows::{self, LimitRow};
use crate::recommend::plan::from_settled;
use crate::recommend::policy::{cents, states};
use crate::recommend::posed::{self, Posed};
use crate::recommend::relaxation::{Origins, name};
use crate::recommend::risk::RiskSummary;
use crate::recommend::settle::{Ask, Settled};
use crate::recommend::steps::round;
use crate::recommend::summary::outcome_interval;
use crate::recommend::sums::SumLimits;
use crate::recommend::{Outcome, Plan, PolicySettings, RecommendError, RiskKind};
use crate::response::Responses;
use rayon::prelude::*;

/// What a plan over dated weeks is made from.
#[derive(Clone, Copy)]
pub(in crate::recommend) struct Ground<'a> {
    pub(in crate::recommend) ask: Ask<'a>,
    /// Money that the data have in the span so far, and whether a period was split by days for it.
    pub(in crate::recommend) spent: (f64, bool),
    /// Days of the week that money is per.
    pub(in crate::recommend) weekly: bool,
}

/// One week: what the terms are worth in it, its limits, and its curves.
struct Week {
    responses: Responses,
    settings: PolicySettings,
    items: Items,
    aim: Aim,
}

/// Plans all weeks; `in_week` gives the curves of a whole week for a weekly budget.
///
/// # Errors
/// Data without weeks, a span that is past or has no money left, what is not solved together with it, limits that no plan
/// satisfies.
pub(in crate::recommend) fn dated_plan(
    ground: &Ground,
    horizon: &HorizonSettings,
    in_week: &(dyn Fn(Date, f64) -> Responses + Sync),
) -> Result<Plan, RecommendError> {
    let Ask { counts, posterior, settings, budget, .. } = ground.ask;
    let mut notes = Notes::default();
    let (spans, whole, as_of) = spans(counts, horizon)?;
    refuse_unsolved(settings)?;
    let money = money(ground.ask.budget, ground.spent, horizon, (&spans, whole, as_of), &mut notes)?;
    // what today's bids would spend in each week, with whole weeks' curves
    let current = &ground.ask.responses.current_spend;
    let today: Vec<f64> = (spans.par_iter())
        .map(|span| {
            let responses = in_week(span.start, budget);
            let own = current.iter().zip(&responses.demand_index).map(|(spend, demand)| spend * demand);
            span.share() * own.collect::<ExactSum>().value()
        })
        .collect();
    let all: f64 = today.iter().copied().collect::<ExactSum>().value();
    let days: f64 = spans.iter().map(|span| f64::from(span.days())).sum();
    let reference = |at: usize| {
        let even = f64::from(spans[at].days()) / days;
        money.left * if all > 0.0 { today[at] / all } else { even }
    };
    let made: Result<Vec<(Week, PosedWeek, Notes)>, RecommendError> = (0..spans.len())
        .into_par_iter()
        .map(|at| {
            let mut notes = Notes::default();
            let whole = in_week(spans[at].start, 7.0 * money.left / days);
            let week = Week::new(ground, spans[at], reference(at), &whole, &mut notes)?;
            let posed = week.ground(ground, &states_of(ground, &week)).pose(reference(at), &mut notes)?;
            Ok((week, PosedWeek { span: spans[at], posed, limit: horizon.limit(spans[at]) }, notes))
        })
        .collect();
    let (mut own, mut posed) = (Vec::new(), Vec::new());
    for (at, (week, pose, told)) in made?.into_iter().enumerate() {
        if at == 0 {
            notes.extend(told);
        }
        own.push(week);
        posed.push(pose);
    }
    let share_settings = shares_of(settings);
    let mut shares =
        SumLimits::new(counts, &own[0].responses, &posed[0].posed.limits, &share_settings, &mut Notes::default());
    shares.limits.retain(|limit| limits_something(&limit.ends) && limit.kind != "campaign headroom");
    let aim = Aim::new(own[0].items.objective, settings)?;
    let joint =
        Joint::new(&posed, |at| posed[at].limit, &shares, if aim.open { open_budget(&posed) } else { money.left });
    let names =
        Names { counts, weeks: &posed, shares: &shares, joint: &joint, aim: &aim, max_change: settings.max_change };
    let allocation = allocate(&joint.problem, &AllocatorSettings::default()).map_err(|error| match error {
        AllocateError::Infeasible { relaxation } => {
            RecommendError::Contradiction { relaxation: Box::new(name(&names, &relaxation)) }
        }
        AllocateError::Unsupported(what) => RecommendError::Unsupported { what },
        other => other.into(),
    })?;
    let rounded = round(&joint.problem, &allocation, settings.step, true);
    tell_rounding(&rounded, &names, settings.step, &mut notes);

    let draws = Draws::new(
        counts,
        posterior,
        ground.ask.responses,
        &own[0].items.incrementality,
        settings.draws,
        settings.seed,
    );
    let drawn: Vec<Vec<Outcome>> = (own.par_iter().enumerate())
        .map(|(at, week)| {
            let spend = &rounded.spend[joint.items(at)];
            draws.as_ref().map(|draws| draws.outcomes(&week.items, &week.responses, spend)).unwrap_or_default()
        })
        .collect();
    let dated_weeks: Vec<DatedWeek> = (0..spans.len())
        .map(|at| {
            let Week { responses, items, .. } = &own[at];
            let spend = rounded.spend[joint.items(at)].to_vec();
            let outcome = |(term, &spend): (usize, &f64)| items.term_outcome(responses, term, spend);
            let bands = outcome_interval(&drawn[at], settings.level);
            let total = spend.iter().copied().collect::<ExactSum>().value();
            let price = joint.week_price(&allocation, at);
            let lambda = allocation.certificate.lambda;
            DatedWeek {
                span: spans[at],
                demand: responses.demand.account,
                years: responses.demand.years,
                outcome: spend.iter().enumerate().map(outcome).collect(),
                planned: items.outcome(responses, &spend),
                planned_p05: bands.map(|(lower, _)| lower),
                planned_p95: bands.map(|(_, upper)| upper),
                total: cents(total),
                even: cents(money.left * f64::from(spans[at].days()) / days),
                limit: posed[at].limit,
                binds: if price > 0.0 {
                    "upper"
                } else if price < 0.0 {
                    "lower"
                } else {
                    ""
                },
                marginal_return: lambda.map(|lambda| lambda + price).filter(|price| price.is_finite()),
                spend,
            }
        })
        .collect();
    let totals: Vec<f64> = dated_weeks.iter().map(|week| week.total).collect();
    let spend = totals.iter().copied().collect::<ExactSum>().value();
    let planned = sum(dated_weeks.iter().map(|week| week.planned));
    let now = sum(own.iter().map(|week| week.items.outcome(&week.responses, &week.responses.current_spend)));
    let now_spend = own.iter().flat_map(|week| week.responses.current_spend.iter().copied()).collect::<ExactSum>();
    let bands = outcome_interval(&summed(&drawn), settings.level);
    let mut certificate = allocation.certificate.clone();
    certificate.max_violation = violation(&joint.problem, &rounded.spend);
    certificate.rounding_loss = Some(rounded.loss);
    let goal = aim.summary((&now, now_spend.value()), (&planned, spend));
    let (total, left) = if aim.open { (cents(money.pace.spent + spend), spend) } else { (money.total, money.left) };
    let even = even(&own, &posed, &shares, &aim, left);
    let limits = share_rows(&shares, &joint, &allocation, &dated_weeks, spend);
    let dated = Dated {
        span: whole,
        total,
        pace: money.pace.of_total(total),
        spend: cents(spend),
        unallocated: cents(left - spend),
        planned,
        planned_p05: bands.map(|(lower, _)| lower),
        planned_p95: bands.map(|(_, upper)| upper),
        even,
        goal,
        months: months(&spans, &totals),
        limits,
        certificate,
        weeks: dated_weeks,
    };
    tell(&dated, &mut notes);
    let first = first_week(&own[0], posed.swap_remove(0), &joint, &allocation, &rounded, &shares, &dated);
    let ask =
        Ask { responses: &own[0].responses, settings: &own[0].settings, budget: dated.weeks[0].total, ..ground.ask };
    let days = ground.weekly.then_some(f64::from(spans[0].days()));
    let free = || {
        let settings = PolicySettings { decisions: Vec::new(), ..settings.clone() };
        let ask = Ask { settings: &settings, ..ground.ask };
        let free = dated_plan(&Ground { ask, ..*ground }, horizon, in_week).ok()?.dated?;
        free.planned.of(own[0].items.objective).zip(dated.planned.of(own[0].items.objective))
    };
    let mut plan = from_settled(&ask, &own[0].items, draws.as_ref(), &first, days, &free, notes)?;
    for row in plan.limits.iter_mut().filter(|row| row.kind == "budget") {
        "`horizon`".clone_into(&mut row.source);
    }
    plan.limits.retain(|row| row.kind == "budget" || row.lower.is_some() || row.upper.is_some());
    plan.dated = Some(dated);
    Ok(plan)
}

impl Week {
    fn new(
        ground: &Ground,
        span: WeekSpan,
        reference: f64,
        whole: &Responses,
        notes: &mut Notes,
    ) -> Result<Self, RecommendError> {
        let settings = settings_for(ground.ask.settings, span.share());
        let responses = whole.part_of_week(span.share());
        let ask = Ask { responses: &responses, settings: &settings, budget: reference, ..ground.ask };
        let items = ask.items(notes)?;
        let aim = Aim::new(items.objective, &settings)?;
        Ok(Self { items, aim, responses, settings })
    }

    fn ground<'w>(&'w self, ground: &'w Ground, state: &'w [State]) -> posed::Ground<'w> {
        posed::Ground {
            counts: ground.ask.counts,
            responses: &self.responses,
            items: &self.items,
            aim: &self.aim,
            state,
            settings: &self.settings,
        }
    }
}

fn states_of(ground: &Ground, week: &Week) -> Vec<State> {
    let responses = &week.responses;
    let notes = &mut Notes::default();
    states(ground.ask.counts, &responses.current_spend, &responses.free_clicks, &week.settings, notes)
}

/// What is not solved over several weeks at once.
fn refuse_unsolved(settings: &PolicySettings) -> Result<(), RecommendError> {
    let turnover = settings.turnover.limit.or(settings.turnover.limit_share).is_some();
    let what = match () {
        () if settings.risk.kind != RiskKind::Expected => "`risk` weighs one week, and the plan is over dated weeks",
        () if settings.exploration > 0.0 => "`exploration` is for one week, and the plan is over dated weeks",
        () if turnover => "a limit on turnover is for one week, and the plan is over dated weeks",
        () => return Ok(()),
    };
    Err(RecommendError::Unsupported { what })
}

/// Most that all terms can take: the cap where no money was given for a wanted volume.
fn open_budget(weeks: &[PosedWeek]) -> f64 {
    weeks.iter().map(|week| week.posed.problem.budget).collect::<ExactSum>().value()
}

/// The first week as one plan of its own.
fn first_week(
    week: &Week,
    posed: PosedWeek,
    joint: &Joint,
    allocation: &Allocation,
    rounded: &Rounded,
    shares: &SumLimits,
    dated: &Dated,
) -> Settled {
    let items = joint.items(0);
    let own = joint.slice(allocation, 0, &posed.posed.sums, shares);
    let total = dated.weeks[0].total;
    let Posed { limits, sums, problem } = posed.posed;
    // money that the plan leaves could go into this week as well as into another
    let most = dated.weeks[0].limit[1].unwrap_or(f64::INFINITY);
    let budget = (total + dated.unallocated).min(most).max(total);
    let problem = Problem { budget, goal: Goal::MostResponse, ..problem };
    let slice = Rounded {
        spend: rounded.spend[items.clone()].to_vec(),
        steps: rounded.steps[items.clone()].to_vec(),
        response: rounded.response[items].to_vec(),
        unallocated: 0.0,
        unallocated_steps: 0,
        loss: rounded.loss,
        outside_bounds: Vec::new(),
        outside_limits: Vec::new(),
    };
    Settled {
        aim: week.aim.without_target(),
        posed: Posed { limits, sums, problem },
        allocation: own,
        risk: RiskSummary::default(),
        exploration: None,
        optimal: true,
        rounded: slice,
        total,
        budget: total,
        unallocated: 0.0,
    }
}

/// What the same money a day brings, each week split as well as can be; `None` where limits leave no such plan, where weeks
/// have limits of their own, or where a goal is set.
fn even(weeks: &[Week], posed: &[PosedWeek], shares: &SumLimits, aim: &Aim, left: f64) -> Option<Outcome> {
    if aim.target.is_some() || posed.iter().any(|week| week.limit.iter().any(Option::is_some)) {
        return None;
    }
    let days: f64 = posed.iter().map(|week| f64::from(week.span.days())).sum();
    let money = |at: usize| left * f64::from(posed[at].span.days()) / days;
    // under a cap no week has to spend it
    let joint = Joint::new(posed, |at| [(!aim.cap).then(|| money(at)), Some(money(at))], shares, left);
    let plan = allocate(&joint.problem, &AllocatorSettings::default()).ok()?;
    let of = |(at, week): (usize, &Week)| week.items.outcome(&week.responses, &plan.spend[joint.items(at)]);
    Some(sum(weeks.iter().enumerate().map(of)))
}

fn share_rows(
    shares: &SumLimits,
    joint: &Joint,
    allocation: &Allocation,
    weeks: &[DatedWeek],
    total: f64,
) -> Vec<LimitRow> {
    let row = |(at, limit)| {
        let limit: &crate::recommend::sums::SumLimit = limit;
        let spends = weeks.iter().flat_map(|week| limit.members.iter().map(|&term| week.spend[term as usize]));
        let planned = spends.collect::<ExactSum>().value();
        limit_rows::share_row(limit, planned, joint.share_price(allocation, at), total, &allocation.certificate)
    };
    shares.limits.iter().enumerate().map(row).collect()
}

fn sum(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let add = |one: Option<f64>, other: Option<f64>| Some(one? + other?);
    outcomes
        .reduce(|all, own| Outcome {
            clicks: all.clicks + own.clicks,
            conversions: all.conversions + own.conversions,
            revenue: add(all.revenue, own.revenue),
            profit: add(all.profit, own.profit),
        })
        .unwrap_or_default()
}

/// Outcomes of all weeks in every draw. Shape: draws.
fn summed(weeks: &[Vec<Outcome>]) -> Vec<Outcome> {
    let draws = weeks.first().map_or(0, Vec::len);
    (0..draws).map(|draw| sum(weeks.iter().map(|week| week[draw]))).collect()
}

fn tell_rounding(rounded: &Rounded, names: &Names, step: f64, notes: &mut Notes) {
    notes.add(
        "bounds-without-cents",
        rounded.outside_bounds.len(),
        format!("spends of single weeks whose bounds hold no multiple of {step:.2}: they are planned at the nearest"),
    );
    let outside: Vec<String> = rounded.outside_limits.iter().map(|&limit| names.limit(limit).0).collect();
    notes.add(
        "limits-between-steps",
        outside.len(),
        format!("limits that the plan misses by what rounding to steps of {step:.2} takes: {}", outside.join(", ")),
    );
}

/// Says what the plan of the first week is part of.
fn tell(dated: &Dated, notes: &mut Notes) {
    let first = dated.weeks[0].span;
    let part = if first.days() < 7 { format!(", {} of its days", first.days()) } else { String::new() };
    notes.add(
        "dated-weeks",
        dated.weeks.len(),
        format!(
            "planned over {} to {}, {:.2} in {}: recommendations and campaigns are those of the first week{part}, {} to {}, and \
             weeks.csv, week_plan.csv and week_budgets.csv have all of them",
            first.start,
            dated.span.end,
            dated.spend,
            counted(dated.weeks.len(), "week"),
            first.start,
            first.end
        ),
    );
    let unknown = dated.weeks.iter().filter(|week| week.years == 0).count();
    let some = unknown > 0 && unknown < dated.weeks.len();
    notes.add(
        "weeks-without-season",
        if some { unknown } else { 0 },
        "weeks of the plan are taken to be searched like the baseline weeks, as no earlier year tells their season",
    );
}
