//! A plan without its rows: what many plans from one fit are compared by.
//!
//! In: one fit with its draws, and settings that differ from plan to plan. Out: [`Outline`]s, whose outcomes are of the same
//! posterior draws one by one, so that differences of two plans have an interval of their own. What a term's interval of best
//! spends is, and why a term moves, is in a full plan alone.

use super::budget_price::Way;
use super::draws::Draws;
use super::frontier::{CampaignFrontier, by_campaign, frontier, landmarks};
use super::goal::{Aim, price_of_money};
use super::incrementality::Incrementality;
use super::policy::states;
use super::settle::{Ask, Settled, settle};
use super::summary::outcome_interval;
use super::uncertainty::interval;
use super::{FrontierPoint, GoalSummary, LimitRow, Limits, Outcome, PolicySettings, RecommendError};
use crate::allocate::Certificate;
use crate::counts::Counts;
use crate::domain::{Notes, Objective};
use crate::estimate::Posterior;
use crate::numeric::sum::ExactSum;
use crate::response::Responses;
use std::borrow::Cow;

/// Posterior draws that all plans of a fit share; none where the account is too large to hold them.
pub struct SharedDraws(Option<Draws>);

impl SharedDraws {
    /// Draws `settings.draws` times.
    #[must_use]
    pub fn new(counts: &Counts, posterior: &Posterior, responses: &Responses, settings: &PolicySettings) -> Self {
        let incrementality = Incrementality::new(counts, settings, &mut Notes::default());
        Self(Draws::new(counts, posterior, responses, &incrementality, settings.draws, settings.seed))
    }

    /// No draws: outlines have no intervals, and neither risk nor exploration.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// How many there are; `None` where the account is too large.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.0.as_ref().map(|draws| draws.count)
    }
}

/// A plan without its rows. Shape of the vectors: terms, but for `drawn`.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// What was maximised.
    pub objective: Objective,
    /// Money to be split, per week (or period).
    pub budget: f64,
    /// Money not planned.
    pub unallocated: f64,
    /// Spend planned, money, whole steps.
    pub spend: Vec<f64>,
    /// Sum of it.
    pub total: f64,
    /// Spend now, money.
    pub current_spend: f64,
    /// Expected outcome at current spends.
    pub now: Outcome,
    /// Expected outcome at planned spends.
    pub planned: Outcome,
    /// Expected outcome of another plan's spends under the same suppositions; `None` where none was given.
    pub kept: Option<Outcome>,
    /// Outcome of the plan in every draw; empty without draws. Shape: draws.
    pub drawn: Vec<Outcome>,
    /// The goal, and how far it is reached.
    pub goal: GoalSummary,
    /// What the next unit of money earns, in the objective's units (gross of that unit for profit).
    pub price: f64,
    /// What holds each term; empty when nothing does.
    pub binding: Vec<Cow<'static, str>>,
    /// Limits that are not a single term's.
    pub limits: Vec<LimitRow>,
    /// Proof of quality of the split.
    pub certificate: Certificate,
    /// What the reader should know of the plan.
    pub notes: Notes,
}

/// The best outcome for every budget, change limits ignored: of the account and of each campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontiers {
    /// The account's line, ascending budgets, then the points that stand out.
    pub account: Vec<FrontierPoint>,
    /// Each campaign's.
    pub campaigns: Vec<CampaignFrontier>,
}

/// Solves the frontiers of account and campaigns.
///
/// # Errors
/// Data that cannot serve the objective.
pub fn frontiers(
    counts: &Counts,
    posterior: &Posterior,
    responses: &Responses,
    budget: f64,
    settings: &PolicySettings,
    draws: &SharedDraws,
) -> Result<Frontiers, RecommendError> {
    let notes = &mut Notes::default();
    let ask = Ask { counts, posterior, responses, budget, settings };
    let items = ask.items(notes)?;
    let aim = Aim::new(items.objective, settings)?;
    let current = &responses.current_spend;
    let state = states(counts, current, &responses.free_clicks, settings, notes);
    let limits = Limits::new(counts, responses, state, budget, aim.cap, settings, notes)?;
    let now = current.iter().copied().collect::<ExactSum>().value();
    let mut account = frontier(&items, responses, &limits, draws.0.as_ref(), now.max(budget), settings.level)?;
    account.extend(landmarks(&ask, items.objective, &limits, draws.0.as_ref())?);
    let campaigns = by_campaign(counts, &items, responses, &limits, draws.0.as_ref(), settings.level)?;
    Ok(Frontiers { account, campaigns })
}

impl Outline {
    /// Interval of the planned outcome, lower and upper end; `None` without draws.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<(Outcome, Outcome)> {
        outcome_interval(&self.drawn, level)
    }

    /// Interval of a figure of each draw; `None` without draws or where a draw has none.
    #[must_use]
    pub fn interval_of(&self, level: f64, figure: impl Fn(&Outcome) -> Option<f64>) -> Option<(f64, f64)> {
        interval(self.drawn.iter().map(figure).collect::<Option<_>>()?, level)
    }

    /// Interval of the difference to another plan of the same fit, and the share of draws in which this one has more;
    /// draws in which both have as much count half. `None` without draws.
    #[must_use]
    pub fn difference(
        &self,
        other: &Self,
        level: f64,
        figure: impl Fn(&Outcome) -> Option<f64>,
    ) -> Option<((f64, f64), f64)> {
        let pairs = self.drawn.iter().zip(&other.drawn);
        // what differs by a millionth differs by the cents that rounding left
        let apart = |own: f64, other: f64| {
            let difference = own - other;
            if difference.abs() <= 1e-6 * own.abs().max(other.abs()) { 0.0 } else { difference }
        };
        let differences: Vec<f64> =
            pairs.map(|(own, other)| Some(apart(figure(own)?, figure(other)?))).collect::<Option<_>>()?;
        if differences.is_empty() {
            return None;
        }
        let more = differences.iter().filter(|difference| **difference > 0.0).count() as f64;
        let same = differences.iter().filter(|difference| difference.abs() <= 0.0).count() as f64;
        let share = 0.5_f64.mul_add(same, more) / differences.len() as f64;
        Some((interval(differences, level)?, share))
    }
}

/// Plans without rows; `settings.changes` are of rates, values and margins, those of prices and searches are in
/// `responses`. `other` is another plan of the same terms and the curves that it is
/// valued on, to see what it would bring here.
///
/// # Errors
/// Data that cannot serve the objective, limits that cannot be met; see [`RecommendError`].
pub fn outline(
    counts: &Counts,
    posterior: &Posterior,
    responses: &Responses,
    budget: f64,
    settings: &PolicySettings,
    draws: &SharedDraws,
    other: Option<(&[f64], &Responses)>,
) -> Result<Outline, RecommendError> {
    let settings = &settings.in_currency(counts.currency.as_deref());
    let mut notes = Notes::default();
    let ask = Ask { counts, posterior, responses, budget, settings };
    let items = ask.items(&mut notes)?;
    let settled = settle(&ask, &items, draws.0.as_ref(), &mut notes)?;
    let spend = settled.spend();
    let current = &responses.current_spend;
    let (now, planned) = (items.outcome(responses, current), items.outcome(responses, spend));
    let Settled { aim, posed, allocation, budget, unallocated, total, .. } = &settled;
    let current_total = current.iter().copied().collect::<ExactSum>().value();
    let goal = aim.summary((&now, current_total), (&planned, *total));
    let holds = settled.holds();
    let [more] = ask.budget_worth(&items, &settled, [Way::More]);
    Ok(Outline {
        objective: items.objective,
        budget: *budget,
        unallocated: *unallocated,
        total: *total,
        current_spend: current_total,
        now,
        planned,
        kept: other.map(|(spend, responses)| items.outcome(responses, spend)),
        drawn: draws.0.as_ref().map(|draws| draws.outcomes(&items, responses, spend)).unwrap_or_default(),
        price: price_of_money(&posed.problem, allocation, aim.price_floor),
        binding: (0..spend.len()).map(|term| holds.of(term)).collect(),
        limits: settled.limit_rows(&goal, current, *total, [more, None], settings),
        goal,
        certificate: settled.certificate(),
        spend: settled.spend().to_vec(),
        notes,
    })
}
