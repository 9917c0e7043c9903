//! The allocator's problem for a budget: bounds, limits on sums, goal; and, where no plan satisfies them, the
//! smallest change that works, named.

use super::goal::{Aim, most};
use super::items::Items;
use super::relaxation::Naming;
use super::sums::SumLimits;
use super::{Limits, PolicySettings, RecommendError};
use crate::allocate::{AllocateError, Allocation, AllocatorSettings, Change, LimitRef, Problem, Relaxation, allocate};
use crate::counts::Counts;
use crate::domain::{Notes, State};
use crate::response::Responses;

/// What a problem is posed from.
pub(super) struct Ground<'a> {
    pub(super) counts: &'a Counts,
    pub(super) responses: &'a Responses,
    pub(super) items: &'a Items,
    pub(super) aim: &'a Aim,
    /// What the plan may do with each term.
    pub(super) state: &'a [State],
    pub(super) settings: &'a PolicySettings,
}

/// A problem with the limits it was made from.
pub(super) struct Posed {
    pub(super) limits: Limits,
    pub(super) sums: SumLimits,
    pub(super) problem: Problem,
}

impl Ground<'_> {
    /// The problem for a budget.
    ///
    /// # Errors
    /// Rules whose bounds cross, lower bounds above the budget, targets that the data cannot serve.
    pub(super) fn pose(&self, budget: f64, notes: &mut Notes) -> Result<Posed, RecommendError> {
        let Self { counts, responses, items, aim, settings, .. } = *self;
        let current = &responses.current_spend;
        let limits = Limits::new(counts, responses, self.state.to_vec(), budget, aim.cap, settings)?;
        if !aim.open {
            limits.check(counts, current, budget, settings)?;
        }
        let sums = SumLimits::new(counts, current, &limits, settings, notes);
        let mut problem = Problem {
            curves: items.curves.clone(),
            lower: limits.lower.clone(),
            upper: limits.upper.clone(),
            minimum: limits.minimum.clone(),
            budget: if aim.open { most(&limits.upper) } else { budget },
            turnover: limits.turnover(current, settings),
            ..Problem::default()
        };
        sums.apply(&mut problem);
        aim.apply(&mut problem, items, responses, notes)?;
        Ok(Posed { limits, sums, problem })
    }

    /// Solves a posed problem.
    ///
    /// # Errors
    /// Limits that contradict each other, with the smallest change that works.
    pub(super) fn solve(&self, posed: &Posed, budget: f64) -> Result<Allocation, RecommendError> {
        allocate(&posed.problem, &AllocatorSettings::default()).map_err(|error| self.explain(posed, budget, error))
    }

    fn naming<'p>(&'p self, posed: &'p Posed) -> Naming<'p> {
        Naming {
            counts: self.counts,
            limits: &posed.limits,
            sums: &posed.sums,
            aim: self.aim,
            max_change: self.settings.max_change,
        }
    }

    /// Limits by the names the user knows.
    pub(super) fn names(&self, posed: &Posed, limits: &[LimitRef]) -> Vec<String> {
        let naming = self.naming(posed);
        limits.iter().map(|&limit| naming.limit(limit).0).collect()
    }

    /// The allocator's error in the user's words.
    pub(super) fn explain(&self, posed: &Posed, budget: f64, error: AllocateError) -> RecommendError {
        match error {
            AllocateError::Infeasible { relaxation } => {
                let relaxation = self.naming(posed).name(&self.enough(budget, relaxation));
                RecommendError::Contradiction { relaxation: Box::new(relaxation) }
            }
            AllocateError::Unsupported(what) => RecommendError::Unsupported { what },
            other => other.into(),
        }
    }

    /// Where the budget has to give way: far enough that the lower ends which grow with the budget (change
    /// limits, ratios) have room too. Each step adds their share of the last one, so the steps shrink.
    fn enough(&self, budget: f64, found: Relaxation) -> Relaxation {
        /// Steps tried; the share of bounds that grow is below one, and usually far below.
        const STEPS: usize = 60;
        let wanted = |relaxation: &Relaxation| {
            relaxation.changes.iter().find(|change| change.limit == LimitRef::Budget).map(|change| change.to)
        };
        let Some(mut to) = wanted(&found) else { return found };
        for _ in 0..STEPS {
            to = (to * 100.0).ceil() / 100.0;
            let again = match self.pose(to, &mut Notes::default()) {
                Ok(posed) => allocate(&posed.problem, &AllocatorSettings::default()).err(),
                Err(RecommendError::Infeasible { needed, .. }) => {
                    to = needed.max(to + 0.01);
                    continue;
                }
                Err(_) => return found,
            };
            match again {
                None => {
                    let budget = Change { limit: LimitRef::Budget, from: budget, to };
                    let rest = found.changes.into_iter().filter(|change| change.limit != LimitRef::Budget);
                    return Relaxation { changes: std::iter::once(budget).chain(rest).collect(), needs: found.needs };
                }
                Some(AllocateError::Infeasible { relaxation }) => match wanted(&relaxation) {
                    Some(more) if more > to => to = more,
                    _ => return found,
                },
                Some(_) => return found,
            }
        }
        found
    }
}
