//! Small linear programs.
//!
//! A thin room for the simplex solver: a few dozen variables, used where an exact method leaves a small
//! linear question open. Nothing large belongs here.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};

/// How a sum relates to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Not above it.
    AtMost,
    /// Not below it.
    AtLeast,
    /// Equal to it.
    Equal,
}

/// A linear program; numbers should be of the order of one.
pub(crate) struct Program {
    problem: Problem,
    variables: Vec<Variable>,
}

impl Program {
    /// An empty program that maximizes.
    pub(crate) fn maximize() -> Self {
        Self { problem: Problem::new(OptimizationDirection::Maximize), variables: Vec::new() }
    }

    /// An empty program that minimizes.
    pub(crate) fn minimize() -> Self {
        Self { problem: Problem::new(OptimizationDirection::Minimize), variables: Vec::new() }
    }

    /// Adds a variable with its weight in the objective and its bounds; gives its index.
    pub(crate) fn variable(&mut self, weight: f64, lower: f64, upper: f64) -> usize {
        self.variables.push(self.problem.add_var(weight, (lower, upper)));
        self.variables.len() - 1
    }

    /// Adds `Σ factor · variable` in relation to `right`.
    pub(crate) fn constrain(&mut self, terms: &[(usize, f64)], relation: Relation, right: f64) {
        let terms = terms.iter().map(|&(at, factor)| (self.variables[at], factor));
        let operator = match relation {
            Relation::AtMost => ComparisonOp::Le,
            Relation::AtLeast => ComparisonOp::Ge,
            Relation::Equal => ComparisonOp::Eq,
        };
        self.problem.add_constraint(terms, operator, right);
    }

    /// The best values of the variables; `None` if there are none, or no best ones.
    pub(crate) fn solve(self) -> Option<Vec<f64>> {
        let SolveOutcome::Solution(solution) = self.problem.solve().ok()? else { return None };
        Some(self.variables.iter().map(|&variable| solution[variable]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a textbook problem with integer answer.
    const EXACT: f64 = 1e-12;

    #[test]
    fn a_textbook_program_is_solved() {
        // max 3x + 5y: x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18 (Dantzig's favorite) has its optimum at (2, 6)
        let mut program = Program::maximize();
        let (x, y) = (program.variable(3.0, 0.0, 4.0), program.variable(5.0, 0.0, f64::INFINITY));
        program.constrain(&[(y, 2.0)], Relation::AtMost, 12.0);
        program.constrain(&[(x, 3.0), (y, 2.0)], Relation::AtMost, 18.0);
        let values = program.solve().expect("feasible");
        assert!((values[x] - 2.0).abs() < EXACT && (values[y] - 6.0).abs() < EXACT, "{values:?}");
    }

    #[test]
    fn contradictions_have_no_solution() {
        let mut program = Program::minimize();
        let x = program.variable(1.0, 0.0, 1.0);
        program.constrain(&[(x, 1.0)], Relation::AtLeast, 2.0);
        assert_eq!(program.solve(), None);
    }
}
