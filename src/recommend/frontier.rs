//! The best outcome for each budget, from zero to twice today's spend, and the budgets that stand out on that line.
//!
//! Change limits are ignored: the frontier answers "what could this budget earn", not "how fast may
//! we move". No term gets more than three times what it spends today, since nothing is known of its curve
//! that far out. Fixed and paused terms stay where they are, new terms under their cap. Far beyond the
//! spend seen it rests on the curves' family alone.
//!
//! Points that stand out are solved, not read off the line: the profit maximum is where the next unit of money earns the
//! unit that it costs, a target's point is the most of the objective whose average return meets it.

use super::draws::Draws;
use super::goal::Aim;
use super::items::Items;
use super::settle::Ask;
use super::uncertainty::interval;
use super::{Limits, Outcome, PolicySettings, RecommendError, Targets};
use crate::allocate::{AllocateError, AllocatorSettings, Problem, Workspace, allocate, solve_budgets};
use crate::counts::{Counts, Groups};
use crate::domain::{Notes, Objective, State};
use crate::response::{Curve, Responses};
use rayon::prelude::*;
use serde::Serialize;

/// Steps from zero to twice today's spend; an even number puts a point on today's spend itself.
const STEPS: u32 = 24;

/// Points that are solved one after another; parts are solved side by side.
const PART: usize = 5;

/// Most that a term may get, relative to today.
const FARTHEST: f64 = 3.0;

/// What a point of the frontier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrontierKind {
    /// The best for a budget.
    Budget,
    /// Where the next unit of money earns the unit that it costs.
    ProfitMaximum,
    /// The most of the objective that keeps the target ROAS.
    TargetRoas,
    /// The most of the objective that keeps the target CPA.
    TargetCpa,
}

impl FrontierKind {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::ProfitMaximum => "profit maximum",
            Self::TargetRoas => "target ROAS",
            Self::TargetCpa => "target CPA",
        }
    }
}

/// One point of the frontier: the best outcome for a budget, change limits ignored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrontierPoint {
    /// What it is.
    pub kind: FrontierKind,
    /// Budget, money.
    pub budget: f64,
    /// Spend at the optimum, money (less than the budget where more would lose money).
    pub spend: f64,
    /// Expected outcome.
    pub outcome: Outcome,
    /// Lower end of the interval of the objective's figure.
    pub objective_p05: Option<f64>,
    /// Upper end.
    pub objective_p95: Option<f64>,
    /// Objective gained by the next unit of money (gross of that unit for profit).
    pub marginal_return: Option<f64>,
}

/// What the frontier is solved over: some terms with their bounds. Shape of the vectors: members.
pub(super) struct Room<'a> {
    items: &'a Items,
    responses: &'a Responses,
    members: Vec<usize>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// What intervals are of.
    objective: Objective,
}

impl<'a> Room<'a> {
    /// Terms without change limits.
    pub(super) fn new(items: &'a Items, responses: &'a Responses, limits: &Limits, members: Vec<usize>) -> Self {
        let fixed = |term: usize| limits.state[term] == State::Fixed;
        let lower = members.iter().map(|&term| if fixed(term) { limits.lower[term] } else { 0.0 }).collect();
        let upper = members
            .iter()
            .map(|&term| match limits.state[term] {
                State::Active => {
                    let far = (FARTHEST * responses.current_spend[term]).max(limits.upper[term]);
                    responses.full_spend(term).map_or(far, |full| far.min(full.max(limits.lower[term])))
                }
                State::Fixed | State::New | State::Paused => limits.upper[term],
            })
            .collect();
        Self { items, responses, members, lower, upper, objective: items.objective }
    }

    fn problem(&self, budget: f64) -> Problem {
        Problem {
            curves: self.members.iter().map(|&term| self.items.curves[term].clone()).collect(),
            lower: self.lower.clone(),
            upper: self.upper.clone(),
            budget,
            price_floor: self.items.price_floor,
            ..Problem::default()
        }
    }

    /// The line: points at even steps of the budget, from zero to twice `current` money.
    pub(super) fn line(
        &self,
        current: f64,
        draws: Option<&Draws>,
        level: f64,
    ) -> Result<Vec<FrontierPoint>, RecommendError> {
        let least: f64 = self.lower.iter().sum();
        let budgets: Vec<f64> = (0..=STEPS)
            .map(|step| 2.0 * current * f64::from(step) / f64::from(STEPS))
            .filter(|&budget| budget >= least)
            .collect();
        let problem = self.problem(0.0);
        if !problem.curves.iter().all(Curve::is_concave) {
            let at = |&budget: &f64| {
                Ok(self.point((FrontierKind::Budget, budget), &Problem { budget, ..problem.clone() }, draws, level)?)
            };
            return budgets.par_iter().map(at).collect();
        }
        // without branches no point needs a proof of its own, and items are taken in once for several of them
        let part = |budgets: &[f64]| {
            let (mut problem, mut points) = (problem.clone(), Vec::with_capacity(budgets.len()));
            let settings = AllocatorSettings::default();
            solve_budgets(&mut problem, budgets, &settings, &mut Workspace::new(), |budget, spend, solved| {
                points.push(self.told((FrontierKind::Budget, budget), spend, solved.lambda, draws, level));
                Ok::<(), AllocateError>(())
            })?;
            Ok(points)
        };
        let parts: Result<Vec<Vec<FrontierPoint>>, RecommendError> = budgets.par_chunks(PART).map(part).collect();
        Ok(parts?.into_iter().flatten().collect())
    }

    /// The best plan of a problem, as a point.
    fn point(
        &self,
        of: (FrontierKind, f64),
        problem: &Problem,
        draws: Option<&Draws>,
        level: f64,
    ) -> Result<FrontierPoint, AllocateError> {
        let allocation = allocate(problem, &AllocatorSettings::default())?;
        Ok(self.told(of, &allocation.spend, allocation.certificate.lambda, draws, level))
    }

    /// A plan of the members and its price of money as a point: what it is, and its budget. Shape of `own`: members.
    fn told(
        &self,
        (kind, budget): (FrontierKind, f64),
        own: &[f64],
        lambda: Option<f64>,
        draws: Option<&Draws>,
        level: f64,
    ) -> FrontierPoint {
        let mut spend = vec![0.0; self.items.curves.len()];
        for (&term, own) in self.members.iter().zip(own) {
            spend[term] = *own;
        }
        let band = draws.and_then(|draws| {
            let own = self.members.iter().map(|&term| (term, spend[term]));
            let outcomes = draws.outcomes_of(self.items, self.responses, own);
            let figures: Option<Vec<f64>> = outcomes.iter().map(|outcome| outcome.of(self.objective)).collect();
            interval(figures?, level)
        });
        FrontierPoint {
            kind,
            budget,
            spend: own.iter().sum(),
            outcome: self.items.outcome_of(self.responses, &self.members, &spend),
            objective_p05: band.map(|(lower, _)| lower),
            objective_p95: band.map(|(_, upper)| upper),
            // a price in the units of another objective is none of this one's
            marginal_return: (self.objective == self.items.objective)
                .then_some(lambda)
                .flatten()
                .filter(|price| price.is_finite()),
        }
    }

    /// Most money that the terms can take.
    fn most(&self) -> f64 {
        self.upper.iter().sum()
    }
}

/// The line of the whole account.
pub(super) fn frontier(
    items: &Items,
    responses: &Responses,
    limits: &Limits,
    draws: Option<&Draws>,
    current: f64,
    level: f64,
) -> Result<Vec<FrontierPoint>, RecommendError> {
    let room = Room::new(items, responses, limits, (0..limits.state.len()).collect());
    room.line(current, draws, level)
}

/// Points that stand out: the profit maximum where every term has a margin, and those of targets that are asked for. Their
/// intervals are of `objective`, which the line is of.
pub(super) fn landmarks(
    ask: &Ask,
    objective: Objective,
    limits: &Limits,
    draws: Option<&Draws>,
) -> Result<Vec<FrontierPoint>, RecommendError> {
    let mut points = Vec::new();
    let all = || (0..limits.state.len()).collect::<Vec<usize>>();
    let targets = ask.settings.targets;
    let wanted = [
        (FrontierKind::ProfitMaximum, Targets::default(), Some(Objective::Profit)),
        (FrontierKind::TargetRoas, Targets { roas: targets.roas, ..Targets::default() }, ask.settings.objective),
        (FrontierKind::TargetCpa, Targets { cpa: targets.cpa, ..Targets::default() }, ask.settings.objective),
    ];
    for (kind, targets, of) in wanted {
        if kind != FrontierKind::ProfitMaximum && targets == Targets::default() {
            continue;
        }
        let settings = PolicySettings { objective: of, targets, ..ask.settings.clone() };
        let own = Ask { settings: &settings, ..*ask };
        let items = match own.items(&mut Notes::default()) {
            Ok(items) => items,
            // without revenue or margins there is no profit to be largest
            Err(RecommendError::NoRevenue { .. } | RecommendError::NoMargin { .. }) => continue,
            Err(error) => return Err(error),
        };
        let room = Room { objective, ..Room::new(&items, ask.responses, limits, all()) };
        let mut problem = room.problem(room.most());
        let aim = Aim::new(items.objective, &settings)?;
        aim.apply(&mut problem, &items, ask.responses, &mut Notes::default())?;
        match room.point((kind, 0.0), &problem, draws, ask.settings.level) {
            Ok(point) => points.push(FrontierPoint { budget: point.spend, ..point }),
            // a target that no plan reaches has no point
            Err(AllocateError::Infeasible { .. } | AllocateError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(points)
}

/// The line of one campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignFrontier {
    /// Campaign; `None` where the data have none.
    pub campaign: Option<String>,
    /// Channel, if the data have the column.
    pub channel: Option<String>,
    /// Spend now, money.
    pub current_spend: f64,
    /// Best outcome against budget, to twice what it spends now.
    pub points: Vec<FrontierPoint>,
}

/// One line a campaign, in the order of names; campaigns that can take no money have none.
pub(super) fn by_campaign(
    counts: &Counts,
    items: &Items,
    responses: &Responses,
    limits: &Limits,
    draws: Option<&Draws>,
    level: f64,
) -> Result<Vec<CampaignFrontier>, RecommendError> {
    let groups = Groups::by_campaign(counts);
    let line = |members: Vec<usize>| {
        let current_spend: f64 = members.iter().map(|&term| responses.current_spend[term]).sum();
        let key = &counts.terms[members[0]].key;
        let (campaign, channel) = (key.campaign.clone(), key.channel.clone().filter(|_| key.campaign.is_some()));
        let room = Room::new(items, responses, limits, members);
        let top = if current_spend > 0.0 { current_spend } else { 0.5 * room.most() };
        let points = if top > 0.0 { room.line(top, draws, level)? } else { Vec::new() };
        Ok(CampaignFrontier { campaign, channel, current_spend, points })
    };
    let mut lines = groups.members().into_iter().map(line).collect::<Result<Vec<_>, RecommendError>>()?;
    lines.retain(|line| !line.points.is_empty());
    Ok(lines)
}
