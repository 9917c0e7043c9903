//! What a larger budget is worth: the whole plan made anew with a little more money.
//!
//! # Formula
//! ```text
//! worth = (F(B + h) − F(B)) / h,     h = B / 1000, or −B / 1000
//! ```
//! F(B) is the expected objective of the best continuous plan for the budget B. Each budget is posed with limits of its own:
//! change limits and ratios of limits are relative to the budget, and so give way with it. That is what a person sees who asks
//! for a larger budget. The multiplier λ is another figure: it holds all limits where they stand, and may even have another
//! sign, as where more money forces terms up that do not earn it. Each side by itself and not their mean, since current spend, the
//! usual budget, is where the limits of a cap bend: one more unit may be worth something, and one less, too. Caps of new terms
//! stay what they are: they are a small share of any budget.

use super::items::Items;
use super::policy::states;
use super::posed::Ground;
use super::settle::{Ask, Settled};
use super::{GoalKind, RecommendError};
use crate::allocate::{Allocation, AllocatorSettings, Problem, allocate};
use crate::domain::Notes;
use crate::numeric::sum::ExactSum;
use crate::response::Curve;

/// The step, as a part of the budget: far above the rounding of an objective and of limits to cents, and far below what
/// bends its course.
const PART: f64 = 1e-3;

/// Which way the budget goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    More,
    Less,
}

impl Ask<'_> {
    /// Objective gained by one more unit of money in the budget, or lost by one less, for each way that is asked for; `None`
    /// where there is no plan, and where risk or exploration make the plan another than the one of most objective.
    pub(super) fn budget_worth<const N: usize>(
        &self,
        items: &Items,
        settled: &Settled,
        ways: [Way; N],
    ) -> [Option<f64>; N] {
        let Self { counts, responses, budget, settings, .. } = *self;
        if settled.aim.open || settled.aim.kind == GoalKind::WantedConversions {
            // the least spend for a volume does not change with a cap above it: what has a price is the volume
            return [None; N];
        }
        if !settled.optimal {
            return [None; N];
        }
        let notes = &mut Notes::default();
        let state = states(counts, &responses.current_spend, &responses.free_clicks, settings, notes);
        let ground = Ground { counts, responses, items, aim: &settled.aim, state: &state, settings };
        let price = settled.allocation.certificate.lambda.filter(|price| price.is_finite() && *price > 0.0);
        let solver = AllocatorSettings { initial_price: price, ..AllocatorSettings::default() };
        let mut solved = |budget: f64| -> Result<f64, RecommendError> {
            let problem = ground.pose(budget, notes)?.problem;
            Ok(reached(items, &problem, &allocate(&problem, &solver)?))
        };
        let own = reached(items, &settled.posed.problem, &settled.allocation);
        ways.map(|way| {
            let more = budget * if way == Way::More { PART } else { -PART };
            Some((solved(budget + more).ok()? - own) / more)
        })
    }
}

/// Expected objective of a continuous plan, for profit net of what is spent.
fn reached(items: &Items, problem: &Problem, allocation: &Allocation) -> f64 {
    let net = |(curve, &spend): (&Curve, &f64)| items.price_floor.mul_add(-spend, curve.value(spend));
    problem.curves.iter().zip(&allocation.spend).map(net).collect::<ExactSum>().value()
}
