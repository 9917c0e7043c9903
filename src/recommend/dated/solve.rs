//! The stage itself: weeks posed, put together, solved, rounded, and taken apart again.

use super::answer::Answer;
use super::joint::{Joint, PosedWeek, limits_something, settings_for, shares_of};
use super::naming::Names;
use super::pace::{money, spans};
use super::{Dated, HorizonSettings, WeekSpan};
use crate::allocate::{AllocateError, AllocatorSettings, Rounded, allocate};
use crate::domain::{Date, Notes, State, counted};
use crate::numeric::sum::ExactSum;
use crate::recommend::draws::Draws;
use crate::recommend::goal::Aim;
use crate::recommend::items::Items;
use crate::recommend::plan::from_settled;
use crate::recommend::policy::states;
use crate::recommend::posed::{self};
use crate::recommend::relaxation::{Origins, name};
use crate::recommend::settle::Ask;
use crate::recommend::steps::round;
use crate::recommend::sums::SumLimits;
use crate::recommend::{LimitRow, Plan, PolicySettings, RecommendError, RiskKind};
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
pub(super) struct Week {
    pub(super) responses: Responses,
    pub(super) settings: PolicySettings,
    pub(super) items: Items,
    pub(super) aim: Aim,
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
    let Ask { counts, posterior, settings, budget: _, .. } = ground.ask;
    let mut notes = Notes::default();
    let (spans, whole, as_of) = spans(counts, horizon)?;
    refuse_unsolved(settings)?;
    let money = money((ground.ask.budget, settings.coin), ground.spent, horizon, (&spans, whole, as_of), &mut notes)?;
    let (own, posed) = posed_weeks(ground, horizon, &spans, money.left, in_week, &mut notes)?;
    let share_settings = shares_of(settings);
    let mut shares =
        SumLimits::new(counts, &own[0].responses, &posed[0].posed.limits, &share_settings, &mut Notes::default());
    shares.limits.retain(|limit| limits_something(&limit.ends) && limit.kind != "campaign headroom");
    // over all weeks: a volume is of all days, and a total is a cap
    let all: f64 = spans.iter().map(|span| span.share()).sum();
    let mut aim = Aim::new(own[0].items.objective, &settings_for(settings, all, all))?;
    aim.open &= horizon.total.is_none();
    let budget = if aim.open { open_budget(&posed) } else { money.left };
    let joint = Joint::new(&posed, |at| posed[at].limit, &shares, budget);
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
    let answer = Answer {
        weeks: &own,
        posed: &posed,
        joint: &joint,
        allocation: &allocation,
        rounded: &rounded,
        shares: &shares,
        aim: &aim,
        draws: draws.as_ref(),
        level: settings.level,
        step: settings.step,
        coin: settings.coin,
    };
    let dated = answer.dated(whole, &money);
    tell(&dated, posed[0].posed.limits.change_reference, &mut notes);
    let first = answer.first_week(&dated);
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
        // more money is for all weeks, which a plan of the first one does not show
        row.worth = None;
    }
    plan.limits.retain(|row| row.kind == "budget" || row.lower.is_some() || row.upper.is_some());
    // shares are of all weeks, and belong beside the first week's limits all the same
    plan.limits
        .extend(dated.limits.iter().map(|row| LimitRow { name: format!("{} (all weeks)", row.name), ..row.clone() }));
    plan.dated = Some(dated);
    Ok(plan)
}

/// The weeks, each posed for its share of the money: by what today's bids would spend in it.
fn posed_weeks(
    ground: &Ground,
    horizon: &HorizonSettings,
    spans: &[WeekSpan],
    left: f64,
    in_week: &(dyn Fn(Date, f64) -> Responses + Sync),
    notes: &mut Notes,
) -> Result<(Vec<Week>, Vec<PosedWeek>), RecommendError> {
    let days: f64 = spans.iter().map(|span| f64::from(span.days())).sum();
    let whole: Vec<Responses> = spans.par_iter().map(|span| in_week(span.start, 7.0 * left / days)).collect();
    let current = &ground.ask.responses.current_spend;
    let today = |(span, responses): (&WeekSpan, &Responses)| {
        let own = current.iter().zip(&responses.demand_index).map(|(spend, demand)| spend * demand);
        span.share() * own.collect::<ExactSum>().value()
    };
    let today: Vec<f64> = spans.iter().zip(&whole).map(today).collect();
    let all = today.iter().copied().collect::<ExactSum>().value();
    let made: Result<Vec<(Week, PosedWeek, Notes)>, RecommendError> = (spans.par_iter().zip(&whole).zip(&today))
        .map(|((&span, whole), today)| {
            let part = if all > 0.0 { today / all } else { f64::from(span.days()) / days };
            let mut notes = Notes::default();
            let week = Week::new(ground, span, left * part, (whole, spans[0].share()), &mut notes)?;
            let posed = week.ground(ground, &states_of(ground, &week)).pose(left * part, &mut notes)?;
            Ok((
                week,
                PosedWeek { span, posed, limit: horizon.limit(span), entry: horizon.entry(span).is_some() },
                notes,
            ))
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
    Ok((own, posed))
}

impl Week {
    fn new(
        ground: &Ground,
        span: WeekSpan,
        reference: f64,
        (whole, first): (&Responses, f64),
        notes: &mut Notes,
    ) -> Result<Self, RecommendError> {
        let settings = settings_for(ground.ask.settings, span.share(), first);
        let responses = whole.part_of_week(span.share());
        let ask = Ask { responses: &responses, settings: &settings, budget: reference, ..ground.ask };
        let items = ask.items(notes)?;
        let aim = Aim::new(items.objective, &settings)?;
        Ok(Self { responses, settings, items, aim })
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

/// Says what the plan of the first week is part of; `reference` is what its change limit refers to, over current spend.
fn tell(dated: &Dated, reference: f64, notes: &mut Notes) {
    let first = dated.weeks[0].span;
    let part = if first.days() < 7 { format!(", {} of its days", first.days()) } else { String::new() };
    notes.add(
        "dated-weeks",
        dated.weeks.len(),
        format!(
            "planned over {} to {}, {:.2} in {}: recommendations and campaigns are those of the first week{part}, {} to {}, and \
             weeks.csv, week_plan.csv and week_budgets.csv have all of them. A week's change limit is of current spend times \
             the week's part of the money by its searches over current spend, {reference:.3} in the first",
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
