//! What a goal asks beyond the limits, once these are met.

use super::super::error::{Change, LimitRef, Relaxation};
use super::super::problem::{Amount, Goal, Problem};

/// Rounds of relaxing what contradicts what was relaxed before.
const ROUNDS: usize = 6;

/// A relaxation with all that has to follow it: limits, then what may move, then the goal show one after the
/// other, each once those before it are met.
pub(in crate::allocate) fn complete(
    problem: &Problem,
    first: Relaxation,
    solve: impl Fn(&Problem) -> Option<Relaxation>,
) -> Relaxation {
    let mut whole = first;
    let mut relaxed = problem.clone();
    whole.changes.iter().for_each(|change| change.apply(&mut relaxed));
    for _ in 0..ROUNDS {
        let Some(next) = solve(&relaxed) else { break };
        for change in next.changes {
            change.apply(&mut relaxed);
            match whole.changes.iter_mut().find(|known| known.limit == change.limit) {
                Some(known) => known.to = change.to,
                None => whole.changes.push(change),
            }
        }
    }
    whole.changes.sort_by_key(|change| change.limit);
    whole
}

impl Change {
    /// Makes the change in a problem. A limit that is wider already stays; one that is a share becomes money.
    pub fn apply(self, problem: &mut Problem) {
        let Self { limit, to, .. } = self;
        match limit {
            LimitRef::Budget => problem.budget = problem.budget.max(to),
            LimitRef::GroupUpper(at) => raise(&mut problem.groups[at].upper, to),
            LimitRef::GroupLower(at) => lower(&mut problem.groups[at].lower, to),
            LimitRef::ClassUpper(at) => raise(&mut problem.classes[at].upper, to),
            LimitRef::ClassLower(at) => lower(&mut problem.classes[at].lower, to),
            LimitRef::ItemLower(at) => {
                problem.lower[at] = problem.lower[at].min(to);
                if let Some(minimum) = problem.minimum.get_mut(at) {
                    *minimum = minimum.min(to);
                }
            }
            LimitRef::ItemUpper(at) => problem.upper[at] = problem.upper[at].max(to),
            LimitRef::Turnover => {
                problem.turnover.iter_mut().for_each(|turnover| turnover.limit = turnover.limit.max(to));
            }
            LimitRef::AverageReturn => {
                if let Goal::AverageReturn { ratio, .. } = &mut problem.goal {
                    *ratio = ratio.min(to);
                }
            }
            LimitRef::Volume => {
                if let Goal::Volume { response } = &mut problem.goal {
                    *response = response.min(to);
                }
            }
        }
    }
}

fn raise(amount: &mut Amount, to: f64) {
    *amount = Amount::Money(if let Amount::Money(money) = *amount { money.max(to) } else { to });
}

fn lower(amount: &mut Amount, to: f64) {
    *amount = Amount::Money(if let Amount::Money(money) = *amount { money.min(to) } else { to });
}
