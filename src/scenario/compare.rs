//! Plans of scenarios beside the base plan.

use super::moves::{Moved, moves};
use super::{Scenario, ScenarioError, ScenarioReason};
use crate::allocate::Certificate;
use crate::counts::{Baseline, Counts};
use crate::domain::{Coin, Notes, Objective, metrics};
use crate::estimate::Posterior;
use crate::recommend::{
    Factors, Frontiers, GoalSummary, LimitRow, Outcome, Outline, PolicySettings, RecommendError, SharedDraws,
    checked_budget, frontiers, outline, unmatched,
};
use crate::response::{ResponseSettings, Responses};
use rayon::prelude::*;
use std::borrow::Cow;

/// What all plans are made from.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// What was observed.
    pub counts: &'a Counts,
    /// Spend and clicks now.
    pub baseline: &'a Baseline,
    /// Rates and values.
    pub posterior: &'a Posterior,
    /// Curves for the base plan's budget and week.
    pub responses: &'a Responses,
    /// Settings that the curves were made with.
    pub response: &'a ResponseSettings,
    /// The base plan's budget, money, whole cents.
    pub budget: f64,
    /// The base plan's settings.
    pub policy: &'a PolicySettings,
}

/// A figure with its interval; ends are `None` where they were not computed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// Expected; `None` where there is none.
    pub mean: Option<f64>,
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// One plan among others. Money and counts are per week (per period for undated data).
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The scenario's name; `base` for the base plan.
    pub name: String,
    /// What was maximised.
    pub objective: Objective,
    /// Money to be split.
    pub budget: f64,
    /// Money planned.
    pub spend: f64,
    /// Money not planned.
    pub unallocated: f64,
    /// Clicks.
    pub clicks: Figure,
    /// Conversions.
    pub conversions: Figure,
    /// Revenue, money.
    pub revenue: Figure,
    /// Margin on revenue minus spend, money.
    pub profit: Figure,
    /// Spend per conversion, money.
    pub cpa: Figure,
    /// Revenue per spend, ratio.
    pub roas: Figure,
    /// Spend now, money.
    pub current_spend: f64,
    /// Outcome at current spends, as the scenario supposes the world.
    pub now: Outcome,
    /// The base objective's figure, less that of the base plan; empty for the base plan itself.
    pub difference: Figure,
    /// What that figure is of: the base plan's objective.
    pub difference_of: Objective,
    /// Probability that it is above that of the base plan; draws in which both have as much count half. `None` where the two
    /// are one plan.
    pub probability_more: Option<f64>,
    /// The scenario's objective with the base plan's spends kept: what planning anew adds is the rest. `None` where they
    /// spend another amount, so that the two do not compare.
    pub kept: Option<f64>,
    /// What the next unit of money earns, in the objective's units (gross of that unit for profit).
    pub marginal_return: Option<f64>,
    /// Money that lies elsewhere than in the base plan: what is raised plus what is cut.
    pub moved: f64,
    /// Terms with another spend than in the base plan.
    pub terms_moved: usize,
    /// The largest moves, largest first.
    pub moves: Vec<Moved>,
    /// The goal, and how far it is reached.
    pub goal: GoalSummary,
    /// Limits that are not a single term's.
    pub limits: Vec<LimitRow>,
    /// Terms that a bound of their own holds.
    pub terms_held: usize,
    /// Proof of quality of the split.
    pub certificate: Certificate,
    /// What the reader should know of this plan.
    pub notes: Notes,
}

/// The base plan and every scenario's.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The base plan first, then scenarios in the order given.
    pub plans: Vec<Compared>,
    /// Level of all intervals.
    pub level: f64,
    /// Posterior draws behind intervals; `None` where the account is too large to hold any.
    pub draws: Option<usize>,
    /// Terms in the largest-moves lists, at most.
    pub longest: usize,
    /// The best outcome for every budget: account and campaigns.
    pub frontiers: Frontiers,
}

/// Moves kept of each scenario.
const LONGEST: usize = 100;

/// Plans the base and every scenario, side by side.
///
/// # Errors
/// The first scenario, in their order, that names no term or has no plan.
pub fn compare(fit: &Fit, scenarios: &[Scenario]) -> Result<Comparison, ScenarioError> {
    let failed = |index: Option<usize>, name: &str| {
        let name = name.to_owned();
        move |error: RecommendError| ScenarioError {
            index,
            name,
            at: String::new(),
            reason: ScenarioReason::Plan(Box::new(error)),
        }
    };
    for (index, scenario) in scenarios.iter().enumerate() {
        scenario.check(fit, index)?;
    }
    let draws = SharedDraws::new(fit.counts, fit.posterior, fit.responses, fit.policy);
    let base = outline(fit.counts, fit.posterior, fit.responses, fit.budget, fit.policy, &draws, None)
        .map_err(failed(None, BASE))?;
    let level = fit.policy.level;
    let plans: Vec<Result<Compared, RecommendError>> = scenarios
        .par_iter()
        .map(|scenario| {
            let plan = planned(fit, scenario, &base, &draws)?;
            Ok(Compared::new(&scenario.name, plan, Some(&base), level))
        })
        .collect();
    let frontiers = frontiers(fit.counts, fit.posterior, fit.responses, fit.budget, fit.policy, &draws)
        .map_err(failed(None, BASE))?;
    let first = Compared::new(BASE, base, None, level);
    let rest = plans.into_iter().zip(scenarios).enumerate();
    let rest = rest.map(|(index, (plan, scenario))| plan.map_err(failed(Some(index), &scenario.name)));
    let plans = std::iter::once(Ok(first)).chain(rest).collect::<Result<_, _>>()?;
    Ok(Comparison { plans, level, draws: draws.count(), longest: LONGEST, frontiers })
}

/// Name of the base plan among scenarios.
pub(crate) const BASE: &str = "base";

/// The plan of one scenario.
fn planned(fit: &Fit, scenario: &Scenario, base: &Outline, draws: &SharedDraws) -> Result<Outline, RecommendError> {
    let coin = Coin::of(fit.counts.currency.as_deref());
    let budget = checked_budget(scenario.budget(fit.budget, coin), coin)?;
    let responses = scenario.responses(fit, budget);
    // caps of terms without spend follow the budget, which is no news of what the base plan's spends would bring
    let same = if (budget - fit.budget).abs() > 0.0 { scenario.responses(fit, fit.budget) } else { responses.clone() };
    let kept = Some((base.spend.as_slice(), same.as_ref()));
    outline(fit.counts, fit.posterior, &responses, budget, &scenario.policy, draws, kept)
}

impl Scenario {
    /// Holds it, the `index`th, against the data.
    ///
    /// # Errors
    /// An entry that matches no term, a margin that no term uses.
    pub fn check(&self, fit: &Fit, index: usize) -> Result<(), ScenarioError> {
        let refuse = |at, reason| Err(ScenarioError { index: Some(index), name: self.name.clone(), at, reason });
        if let Some((at, entry)) = unmatched(fit.counts, &self.policy, self.own) {
            return refuse(at, ScenarioReason::Unknown { entry });
        }
        let unused =
            self.policy.margin != fit.policy.margin && fit.counts.terms.iter().all(|term| term.margin.is_some());
        if unused {
            return refuse("margin".to_owned(), ScenarioReason::MarginUnused);
        }
        Ok(())
    }

    /// Holds the terms that it adds against the data, before they are there.
    ///
    /// # Errors
    /// A term that the data have, or that is named by other columns than theirs.
    pub fn check_added(&self, counts: &Counts, index: usize) -> Result<(), ScenarioError> {
        for (at, added) in self.add.iter().enumerate() {
            added.check(counts).map_err(|why| ScenarioError {
                index: Some(index),
                name: self.name.clone(),
                at: format!("add[{at}]"),
                reason: ScenarioReason::Unaddable { term: added.key.term.clone(), why },
            })?;
        }
        Ok(())
    }

    /// Puts what is known of the terms that it adds among what it supposes.
    pub fn suppose_added(&mut self, fit: &Fit) {
        if self.add.is_empty() {
            return;
        }
        // what terms without spend may get follows the budget
        let budget = self.budget(fit.budget, Coin::of(fit.counts.currency.as_deref()));
        let responses = fit.responses.for_budget(fit.counts, fit.baseline, budget, fit.response);
        let policy = &mut self.policy;
        for added in &self.add {
            added.suppose(fit.counts, fit.posterior, &responses, policy);
        }
    }

    /// Its budget, money in whole coins of its currency, where the base plan's is `base`.
    #[must_use]
    pub fn budget(&self, base: f64, coin: Coin) -> f64 {
        let ratio = |ratio: f64| coin.round(ratio * base);
        self.policy.budget.or(self.budget_ratio.map(ratio)).unwrap_or(base)
    }

    /// The curves as it supposes the world, for a budget.
    #[must_use]
    pub fn responses<'a>(&self, fit: &Fit<'a>, budget: f64) -> Cow<'a, Responses> {
        let mut responses = Cow::Borrowed(fit.responses);
        if (budget - fit.budget).abs() > 0.0 {
            responses = Cow::Owned(responses.for_budget(fit.counts, fit.baseline, budget, fit.response));
        }
        if let Some(day) = self.week.filter(|_| fit.response.seasonality) {
            responses = Cow::Owned(responses.in_week(fit.counts, fit.baseline, day));
        }
        match Factors::new(fit.counts, &self.policy.changes).responses(&responses) {
            Some(supposed) => Cow::Owned(supposed),
            None => responses,
        }
    }
}

/// What half of the smallest coin is in the figure of a plan's objective.
fn coin(plan: &Outline) -> f64 {
    let half = 0.005;
    match plan.objective {
        Objective::Conversions if plan.price.is_finite() => half * plan.price.max(0.0),
        Objective::Conversions => 0.0,
        Objective::Revenue | Objective::Profit => half,
    }
}

impl Figure {
    /// Zero where neither it nor its ends reach `coin`: plans that are the same but for rounding, or for the order of sums.
    fn or_none(self, coin: f64) -> Self {
        let least = coin.max(f64::MIN_POSITIVE);
        let none = [self.mean, self.lower, self.upper].into_iter().flatten().all(|figure| figure.abs() < least);
        let zero = |figure: Option<f64>| figure.map(|_| 0.0);
        if none { Self { mean: zero(self.mean), lower: zero(self.lower), upper: zero(self.upper) } } else { self }
    }
}

impl Compared {
    /// Whether it brings what the base plan brings, but for what half a cent does: no difference, in any draw of its interval.
    #[must_use]
    pub fn identical(&self) -> bool {
        let Figure { mean, lower, upper } = self.difference;
        mean == Some(0.0) && [lower, upper].into_iter().flatten().all(|end| end.abs() <= 0.0)
    }

    /// The figure of an objective.
    #[must_use]
    pub fn figure(&self, objective: Objective) -> Figure {
        match objective {
            Objective::Conversions => self.conversions,
            Objective::Revenue => self.revenue,
            Objective::Profit => self.profit,
        }
    }

    fn new(name: &str, plan: Outline, base: Option<&Outline>, level: f64) -> Self {
        let spend = plan.total;
        let figure = |mean: Option<f64>, of: &dyn Fn(&Outcome) -> Option<f64>| {
            let ends = plan.interval_of(level, of);
            Figure { mean, lower: ends.map(|(lower, _)| lower), upper: ends.map(|(_, upper)| upper) }
        };
        let of = |of: &dyn Fn(&Outcome) -> Option<f64>| figure(of(&plan.planned), of);
        let (moved, terms_moved, largest) = base.map_or((0.0, 0, Vec::new()), |base| moves(base, &plan, LONGEST));
        let difference = base.map(|base| {
            let pick = |outcome: &Outcome| outcome.of(base.objective);
            let mean = pick(&plan.planned).zip(pick(&base.planned)).map(|(own, other)| own - other);
            let drawn = plan.difference(base, level, pick);
            let ends = drawn.map(|(ends, _)| ends);
            let figure = Figure { mean, lower: ends.map(|(lower, _)| lower), upper: ends.map(|(_, upper)| upper) };
            (figure.or_none(coin(base)), drawn.map(|(_, share)| share))
        });
        // profit is net of spend; of the rest more money brings more, whoever planned it
        let comparable = |base: &&Outline| plan.objective == Objective::Profit || (base.total - spend).abs() < 0.005;
        let kept = base.filter(comparable).and_then(|_| plan.kept.as_ref()?.of(plan.objective));
        let mut compared = Self {
            name: name.to_owned(),
            objective: plan.objective,
            budget: plan.budget,
            spend,
            unallocated: plan.unallocated,
            clicks: of(&|outcome| Some(outcome.clicks)),
            conversions: of(&|outcome| Some(outcome.conversions)),
            revenue: of(&|outcome| outcome.revenue),
            profit: of(&|outcome| outcome.profit),
            cpa: of(&|outcome| metrics::cpa(spend, outcome.conversions)),
            roas: of(&|outcome| metrics::roas(outcome.revenue?, spend)),
            current_spend: plan.current_spend,
            now: plan.now,
            difference: difference.map(|(figure, _)| figure).unwrap_or_default(),
            difference_of: base.map_or(plan.objective, |base| base.objective),
            probability_more: difference.and_then(|(_, share)| share),
            kept,
            marginal_return: plan.certificate.lambda.map(|_| plan.price).filter(|price| price.is_finite()),
            moved,
            terms_moved,
            moves: largest,
            goal: plan.goal,
            terms_held: plan.binding.iter().filter(|binding| !binding.is_empty()).count(),
            limits: plan.limits,
            certificate: plan.certificate,
            notes: plan.notes,
        };
        // every draw is a tie: a half would read as doubt
        compared.probability_more = compared.probability_more.filter(|_| !compared.identical());
        compared
    }
}
