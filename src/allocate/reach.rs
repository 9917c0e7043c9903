//! What a goal out of reach would need: numbers rounded so that they work as printed, and the budget that
//! brings a wanted volume.

use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::goal::{ANY, GoalSearch};
use super::problem::Problem;
use super::relax::Start;
use super::workspace::Workspace;
use crate::response::Curve;

/// Digits of a printed number, counted from the largest amount at hand.
const DIGITS: i32 = 7;
/// Differences below this share of the largest amount are rounding of the computation.
const NOISE: f64 = 1e-12;
/// Budgets tried in turn for a wanted volume, each a thousand times the one before.
const BUDGETS: i32 = 6;

/// The change of a limit, its new value rounded to a few digits of `size` away from the old one, so that
/// what is printed is enough.
pub(super) fn change(limit: LimitRef, from: f64, to: f64, size: f64) -> Change {
    let size = size.abs().max(to.abs());
    if size <= 0.0 || !size.is_finite() {
        return Change { limit, from, to };
    }
    #[allow(clippy::cast_possible_truncation)]
    let digits = DIGITS - 1 - size.log10().floor() as i32;
    // dividing by a power of ten gives the number nearest to the decimal one
    let (up, down) = (10_f64.powi(digits.max(0)), 10_f64.powi((-digits).max(0)));
    let steps = to * up / down;
    let nearest = steps.round();
    let near = (steps - nearest).abs() <= NOISE * size * up / down;
    let rounded = if near {
        nearest
    } else if to > from {
        steps.ceil()
    } else {
        steps.floor()
    };
    Change { limit, from, to: (rounded * down / up).max(0.0) }
}

/// Spend around which a curve saturates.
fn scale(curve: &Curve) -> f64 {
    match curve {
        Curve::Hill { k, .. } | Curve::Power { k, .. } | Curve::Exp { k, .. } | Curve::Log { k, .. } => *k,
        Curve::Points(points) => points.last().map_or(0.0, |point| point.0),
        Curve::Bent(stretches) => stretches.last().map_or(0.0, |stretch| stretch.k),
    }
}

impl GoalSearch<'_, '_> {
    /// A volume that the budget cannot bring: the budget that could, or the volume that there is.
    pub(super) fn beyond_budget(&mut self, wanted: f64, most: f64) -> AllocateError {
        let problem = self.problem;
        let bounded: f64 = problem.upper.iter().sum();
        let start = problem.curves.iter().map(scale).fold(problem.budget, f64::max);
        let mut change = change(LimitRef::Volume, wanted, most.max(0.0), most);
        for round in 0..=BUDGETS {
            let more = (start * 10_f64.powi(3 * round)).min(bounded);
            if more <= problem.budget || !more.is_finite() {
                continue;
            }
            let richer = Problem { budget: more, ..problem.clone() };
            if let Some(budget) = self.budget_for(&richer, wanted) {
                change = self::change(LimitRef::Budget, problem.budget, budget, budget);
                break;
            }
            if more >= bounded {
                break;
            }
        }
        AllocateError::Infeasible { relaxation: Relaxation { changes: vec![change], ..Relaxation::default() } }
    }

    /// The least spend of a richer problem that brings the volume.
    fn budget_for(&self, richer: &Problem, wanted: f64) -> Option<f64> {
        // a workspace of its own: other parts of the problem go on with this one
        let mut workspace = Workspace::new();
        workspace.prepare(richer);
        workspace.narrow(richer, self.narrowed);
        let mut start = Start::default();
        let (settings, narrowed) = (self.settings, self.narrowed);
        let mut search =
            GoalSearch { workspace: &mut workspace, problem: richer, settings, start: &mut start, narrowed };
        search.solve(richer, ANY).ok()?;
        if search.brought(&[], true).envelopes < wanted {
            return None;
        }
        search.run().ok()?;
        Some(workspace.scale.total(&workspace.plan))
    }
}
