//! One problem at several budgets, as the line of a frontier asks for: items are taken in once.
//!
//! In: a problem and its budgets. Out: a plan a budget, as [`solve_spend`] gives it. Wrong nowhere that `solve_spend` is not.

use super::error::AllocateError;
use super::problem::Problem;
use super::workspace::Workspace;
use super::{AllocatorSettings, Solved, solve_spend, solve_taken, take_in};

/// Solves a problem at each of some budgets (money), in their order, as [`solve_spend`] does; `each` is told the budget, the
/// spend of each item, and what kind of answer that is. A search starts from the price of the one before. `problem.budget` is
/// left at the greatest of the budgets.
///
/// # Errors
/// As [`super::allocate`]; what `each` answers with.
pub fn solve_budgets<E: From<AllocateError>>(
    problem: &mut Problem,
    budgets: &[f64],
    settings: &AllocatorSettings,
    workspace: &mut Workspace,
    mut each: impl FnMut(f64, &[f64], Solved) -> Result<(), E>,
) -> Result<(), E> {
    let mut settings = settings.clone();
    problem.budget = budgets.iter().copied().fold(0.0, f64::max);
    // limits that are shares of the budget change with it, and so does what they leave no choice
    let is_plain = problem.is_plain();
    if is_plain {
        take_in(workspace, problem)?;
    }
    let greatest = problem.budget;
    for &budget in budgets {
        problem.budget = budget;
        let solved = if is_plain {
            problem.check_limits()?;
            solve_taken(problem, &settings, workspace)?
        } else {
            solve_spend(problem, &settings, workspace)?
        };
        settings.initial_price = solved.lambda.filter(|price| *price > 0.0 && price.is_finite());
        each(budget, workspace.spend(), solved)?;
    }
    problem.budget = greatest;
    Ok(())
}
