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

impl Relation {
    fn operator(self) -> ComparisonOp {
        match self {
            Self::AtMost => ComparisonOp::Le,
            Self::AtLeast => ComparisonOp::Ge,
            Self::Equal => ComparisonOp::Eq,
        }
    }
}

/// Terms (variable and factor), how they relate, and to what.
type Row = (Vec<(usize, f64)>, Relation, f64);

/// A linear program; numbers should be of the order of one.
pub(crate) struct Program {
    direction: OptimizationDirection,
    /// Weight and bounds of each variable.
    variables: Vec<(f64, (f64, f64))>,
    rows: Vec<Row>,
}

impl Program {
    /// An empty program that maximizes.
    pub(crate) fn maximize() -> Self {
        Self { direction: OptimizationDirection::Maximize, variables: Vec::new(), rows: Vec::new() }
    }

    /// An empty program that minimizes.
    pub(crate) fn minimize() -> Self {
        Self { direction: OptimizationDirection::Minimize, ..Self::maximize() }
    }

    /// Adds a variable with its weight in the objective and its bounds; gives its index.
    pub(crate) fn variable(&mut self, weight: f64, lower: f64, upper: f64) -> usize {
        self.variables.push((weight, (lower, upper)));
        self.variables.len() - 1
    }

    /// Adds `Σ factor · variable` in relation to `right`.
    pub(crate) fn constrain(&mut self, terms: &[(usize, f64)], relation: Relation, right: f64) {
        self.rows.push((terms.to_vec(), relation, right));
    }

    /// The best values of the variables; `None` if there are none, or no best ones.
    pub(crate) fn solve(&self) -> Option<Vec<f64>> {
        self.solve_for(self.direction, |at| self.variables[at].0)
    }

    /// The largest value that one variable can have, whatever the weights; `None` where there is none.
    pub(crate) fn most(&self, variable: usize) -> Option<f64> {
        let weight = |at| if at == variable { 1.0 } else { 0.0 };
        self.solve_for(OptimizationDirection::Maximize, weight).map(|values| values[variable])
    }

    fn solve_for(&self, direction: OptimizationDirection, weight: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
        let mut problem = Problem::new(direction);
        let bounds = self.variables.iter().enumerate();
        let variables: Vec<Variable> = bounds.map(|(at, own)| problem.add_var(weight(at), own.1)).collect();
        for (terms, relation, right) in &self.rows {
            let terms = terms.iter().map(|&(at, factor)| (variables[at], factor));
            problem.add_constraint(terms, relation.operator(), *right);
        }
        let SolveOutcome::Solution(solution) = problem.solve().ok()? else { return None };
        Some(variables.iter().map(|&variable| solution[variable]).collect())
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
