//! The allocator's problem for a budget: bounds, limits on sums, goal; and, where no plan satisfies them, the
//! smallest change that works, named.

use super::goal::{Aim, most};
use super::items::Items;
use super::relaxation::{Naming, Origins, name};
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
    /// Rules whose bounds cross, targets that the data cannot serve.
    pub(super) fn pose(&self, budget: f64, notes: &mut Notes) -> Result<Posed, RecommendError> {
        let Self { counts, responses, items, aim, settings, .. } = *self;
        let current = &responses.current_spend;
        let limits = Limits::new(counts, responses, self.state.to_vec(), budget, aim.cap, settings, notes)?;
        let sums = SumLimits::new(counts, responses, &limits, settings, notes);
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
    /// Lower bounds above the budget, limits that contradict each other, with the smallest change that works.
    pub(super) fn solve(&self, posed: &Posed, budget: f64) -> Result<Allocation, RecommendError> {
        let Self { counts, responses, settings, .. } = *self;
        let solved = || allocate(&posed.problem, &AllocatorSettings::default());
        let fits =
            if self.aim.open { Ok(()) } else { posed.limits.check(counts, &responses.current_spend, budget, settings) };
        match (fits, solved()) {
            (Ok(()), solved) => solved.map_err(|error| self.explain(posed, budget, error)),
            // other limits may have to give way as well, or do it at less money
            (Err(_), Err(AllocateError::Infeasible { relaxation }))
                if relaxation.changes.iter().any(|change| change.limit != LimitRef::Budget) =>
            {
                Err(self.explain(posed, budget, AllocateError::Infeasible { relaxation }))
            }
            (Err(short), _) => Err(short),
        }
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
                let relaxation = name(&self.naming(posed), &self.enough(budget, relaxation));
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
        let mut rest: Vec<Change> =
            found.changes.iter().copied().filter(|change| change.limit != LimitRef::Budget).collect();
        for _ in 0..STEPS {
            to = self.settings.coin.up(to);
            let Ok(Posed { mut problem, .. }) = self.pose(to, &mut Notes::default()) else { return found };
            for change in &rest {
                change.apply(&mut problem);
            }
            match allocate(&problem, &AllocatorSettings::default()) {
                Ok(_) => {
                    rest.push(Change { limit: LimitRef::Budget, from: budget, to });
                    rest.sort_by_key(|change| change.limit);
                    return Relaxation { changes: rest, needs: found.needs };
                }
                Err(AllocateError::Infeasible { relaxation }) => {
                    let more = wanted(&relaxation).unwrap_or(to);
                    for change in relaxation.changes.iter().filter(|change| change.limit != LimitRef::Budget) {
                        match rest.iter_mut().find(|known| known.limit == change.limit) {
                            Some(known) => known.to = change.to,
                            None => rest.push(*change),
                        }
                    }
                    if more <= to && relaxation.changes.len() <= usize::from(wanted(&relaxation).is_some()) {
                        return found;
                    }
                    to = more.max(to);
                }
                Err(_) => return found,
            }
        }
        found
    }
}
