//! Items whose own bounds contradict each other: what has to give way so that a plan exists, other limits included.
//!
//! Wherever between its two bounds such an item stands, both together give way by what they are apart. So its bounds are
//! posed the other way round, and what else has to give way then is the smallest there is. Where no other limit has to,
//! raising all upper bounds is told, or else lowering all lower ones.

use super::problem::Posed;
use crate::allocate::{AllocateError, AllocatorSettings, Change, LimitRef, Problem, Relaxation, allocate};
use crate::error::Error;

/// The smallest change of all limits after which a plan exists.
pub(super) fn explain(posed: &Posed) -> Error {
    let problem = &posed.problem;
    let crossed = &posed.bounds.crossed;
    let solves = |problem: &Problem| allocate(problem, &AllocatorSettings::default());
    let [mut raised, mut lowered] = [problem.clone(), problem.clone()];
    for &item in crossed {
        raised.lower[item] = problem.upper[item];
        lowered.upper[item] = problem.lower[item];
    }
    let with = |spend: &[f64], rest: Relaxation| {
        posed.explain(AllocateError::Infeasible { relaxation: joined(posed, spend, rest) })
    };
    for fixed in [raised, lowered] {
        if solves(&fixed).is_ok() {
            return with(&fixed.lower, Relaxation::default());
        }
    }
    let rest = match solves(problem) {
        Ok(plan) => return with(&plan.spend, Relaxation::default()),
        Err(AllocateError::Infeasible { relaxation }) => relaxation,
        Err(other) => return posed.explain(other),
    };
    let mut relaxed = problem.clone();
    rest.changes.iter().for_each(|change| change.apply(&mut relaxed));
    match solves(&relaxed) {
        Ok(plan) => with(&plan.spend, rest),
        // at least what is at odds whatever the items do
        Err(_) => with(&problem.upper, rest),
    }
}

/// What lets crossed items stand at a spend, and the rest.
fn joined(posed: &Posed, spend: &[f64], rest: Relaxation) -> Relaxation {
    let Posed { problem, bounds, .. } = posed;
    let own = |limit: LimitRef| match limit {
        LimitRef::ItemLower(item) | LimitRef::ItemUpper(item) => bounds.crossed.binary_search(&item).is_ok(),
        _ => false,
    };
    let mut all = Relaxation::default();
    for &item in &bounds.crossed {
        // the bounds as they were given
        let (upper, lower, to) = (problem.lower[item], problem.upper[item], spend[item]);
        let sides = [(LimitRef::ItemUpper(item), upper, to > upper), (LimitRef::ItemLower(item), lower, to < lower)];
        for (limit, from, gives) in sides {
            if gives {
                all.changes.push(Change { limit, from, to });
            } else {
                all.needs.push(Change { limit, from, to: from });
            }
        }
    }
    all.changes.extend(rest.changes.into_iter().filter(|change| !own(change.limit)));
    all.needs.extend(rest.needs.into_iter().filter(|need| !own(need.limit)));
    all
}
