//! Proof of quality: how far a plan can be from the best one.
//!
//! For any price of the budget, of every group's limits, every class's and of turnover, weak duality
//! bounds what any plan can earn (Everett 1963; Boyd and Vandenberghe 2004, section 5.1). With pᵢ the sum
//! of the prices that an item answers to, xᵢ* its best spend at that price, gᵢ a slope of the envelope f̂ᵢ at
//! its spend and ν the price of a limit on a sum,
//!
//! ```text
//! bound − objective ≤ Σ [f̂ᵢ(xᵢ) − fᵢ(xᵢ)] + Σ (gᵢ − pᵢ)(xᵢ* − xᵢ) + Σ |ν| (room that the limit has left)
//! ```
//!
//! which has no cancellation between large sums. The first sum is zero for concave curves. It holds for
//! any plan within the limits, however it was found.

mod items;
mod limits;
mod plain;

use super::chunk::CHUNK;
use super::pour::Poured;
use super::problem::Problem;
use super::tally::Scale;
use super::workspace::Workspace;
use crate::response::Batch;
use rayon::prelude::*;
use serde::Serialize;

/// What kind of answer this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllocationStatus {
    /// The best plan: no other is better by more than a millionth of what is at stake.
    Optimal,
    /// Within all limits, but not proved the best: the relative gap, above a millionth, says how much better a plan could be
    /// at most.
    WithinGap,
    /// The same where everything is spent that the limits allow, and money is left.
    BudgetNotExhausted,
    /// No plan meets the limits.
    Infeasible,
    /// A search hit its cap; the gap says how good the plan is.
    IterationLimit,
}

/// Relative gap above which a plan is not called the best: a millionth of all that is at stake.
pub(super) const PROVED: f64 = 1e-6;

impl AllocationStatus {
    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::WithinGap => "within-gap",
            Self::BudgetNotExhausted => "budget-not-exhausted",
            Self::Infeasible => "infeasible",
            Self::IterationLimit => "iteration-limit",
        }
    }

    /// What a plan with such a gap may be called.
    pub(super) fn with_gap(self, relative_gap: f64) -> Self {
        match self {
            Self::Optimal | Self::BudgetNotExhausted if relative_gap > PROVED => Self::WithinGap,
            status => status,
        }
    }
}

/// Proof of quality of an allocation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// What kind of answer this is.
    pub status: AllocationStatus,
    /// Sum of the responses, net of the price floor on every unit spent and of the price of turnover.
    pub objective: f64,
    /// No plan within the limits has an objective above this. For a wanted volume: no plan with this
    /// spend brings more.
    pub upper_bound: f64,
    /// (upper bound − objective) / (sum of the responses + spend at the price); differences of the
    /// size of rounding below zero are reported as zero.
    pub relative_gap: f64,
    /// The price: what the next unit of money earns, response per unit of money. `None` where the
    /// lower bounds take the whole budget and the next unit would earn beyond any number.
    pub lambda: Option<f64>,
    /// Largest amount by which the plan breaks a limit, money.
    pub max_violation: f64,
    /// Largest distance of an item's price from its slope (from the range between its left and right slopes
    /// at a kink), where no bound of its own holds it, as a share of the price. An item that gets nothing or just its
    /// minimum is held by that.
    pub kkt_residual: f64,
    /// Objective lost by rounding; `None` while the plan is not rounded.
    pub rounding_loss: Option<f64>,
    /// Prices tried.
    pub iterations: usize,
}

/// What a plan is worth and how good it is.
#[derive(Clone, Debug)]
pub(super) struct Appraisal {
    /// Response and slope of each item.
    pub(super) response: Vec<f64>,
    pub(super) marginal: Vec<f64>,
    /// Sums: response, spend and money moved.
    pub(super) total_response: f64,
    pub(super) spend: f64,
    pub(super) turnover: f64,
    /// Response net of the floor and of the price of turnover.
    pub(super) objective: f64,
    /// Upper bound of what any plan has more.
    pub(super) gap: f64,
    pub(super) lambda: Option<f64>,
    pub(super) kkt_residual: f64,
    pub(super) max_violation: f64,
    pub(super) group_spend: Vec<f64>,
    pub(super) group_price: Vec<f64>,
    pub(super) class_spend: Vec<f64>,
}

/// The prices that a plan answers to.
#[derive(Clone, Debug)]
pub(super) struct Prices<'a> {
    pub(super) poured: &'a Poured,
    /// Price floor of the search.
    pub(super) floor: f64,
    /// Multiplier of each class.
    pub(super) classes: &'a [f64],
    /// Multiplier of the turnover limit.
    pub(super) turnover: f64,
    /// Spend that shares are of.
    pub(super) spend: f64,
    /// Money beyond the plan's spend that could be worth spending.
    pub(super) room: f64,
}

/// Response and slope of each item at a plan.
pub(super) fn evaluate(problem: &Problem, plan: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let items = plan.len();
    let (mut response, mut marginal) = (vec![0.0; items], vec![0.0; items]);
    if items <= CHUNK {
        Batch::new().evaluate(problem.curves.iter(), plan, &mut response, &mut marginal);
    } else {
        let inputs = problem.curves.par_chunks(CHUNK).zip(plan.par_chunks(CHUNK));
        let outputs = response.par_chunks_mut(CHUNK).zip(marginal.par_chunks_mut(CHUNK));
        inputs.zip(outputs).for_each_init(Batch::new, |batch, ((curves, plan), (response, marginal))| {
            batch.evaluate(curves.iter(), plan, response, marginal);
        });
    }
    (response, marginal)
}

/// Sum of many values of any size, the same in any order.
pub(super) fn sum(values: &[f64]) -> f64 {
    let greatest = if values.len() <= CHUNK {
        values.iter().copied().fold(0.0, f64::max)
    } else {
        values.par_iter().copied().with_min_len(CHUNK).reduce(|| 0.0, f64::max)
    };
    Scale::new(values.len(), greatest).total(values)
}

/// Money moved away from today's spends.
pub(super) fn turnover(problem: &Problem, plan: &[f64], scale: Scale) -> f64 {
    let Some(turnover) = &problem.turnover else { return 0.0 };
    scale.sum(plan.iter().zip(&turnover.current).map(|(spend, today)| (spend - today).abs()))
}

impl Workspace {
    /// Appraises the plan of the workspace.
    pub(super) fn appraise(&mut self, problem: &Problem, prices: &Prices<'_>) -> Appraisal {
        let top = self.top_shift();
        let node_price = self.node_prices(prices, top, problem);
        let items = self.appraise_items(problem, &node_price);
        let total_response = Scale::new(items.response.len(), items.greatest_response).total(&items.response);
        let turnover = turnover(problem, &self.plan, self.scale);
        let price_of_turnover = problem.moving_price();
        let objective =
            (-problem.price_floor).mul_add(items.spend, (-price_of_turnover).mul_add(turnover, total_response));
        let mut appraisal = Appraisal {
            total_response,
            spend: items.spend,
            turnover,
            objective,
            gap: items.gap,
            lambda: None,
            kkt_residual: items.residual,
            max_violation: items.violation,
            group_spend: Vec::new(),
            group_price: Vec::new(),
            class_spend: Vec::new(),
            response: items.response,
            marginal: items.marginal,
        };
        self.appraise_limits(problem, prices, &node_price, &mut appraisal);
        appraisal
    }
}
