//! What any plan is worth to its problem, and by how much it misses limits and goal.

use super::goal::MET;
use super::problem::{Goal, Problem};
use super::violation::violation;

/// Judges plans of a problem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub(super) problem: &'a Problem,
    /// What counts as rounding of a sum, money.
    room: f64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(problem: &'a Problem, room: f64) -> Self {
        Self { problem, room }
    }

    /// By how much a plan misses its limits, money, and its goal, as money of the budget; zero within all of them.
    pub(super) fn missing(&self, plan: &[f64], response: &[f64]) -> f64 {
        let spend: f64 = plan.iter().sum();
        let broken = violation(self.problem, plan);
        let (asked, brought) = match &self.problem.goal {
            Goal::MostResponse => (0.0, 0.0),
            Goal::AverageReturn { ratio, measure } => {
                let own = |(item, response): (usize, &f64)| measure.get(item).copied().unwrap_or(1.0) * response;
                (ratio * spend, response.iter().enumerate().map(own).sum())
            }
            Goal::Volume { response: wanted } => (*wanted, response.iter().sum::<f64>() - self.moving(plan)),
        };
        let short = if asked - brought > MET * asked { (asked - brought) / asked * self.problem.budget } else { 0.0 };
        (if broken > self.room { broken } else { 0.0 }) + short
    }

    /// What the goal makes most of: the objective, or the spend saved.
    pub(super) fn worth(&self, plan: &[f64], response: &[f64]) -> f64 {
        let spend: f64 = plan.iter().sum();
        if let Goal::Volume { .. } = self.problem.goal {
            return -spend;
        }
        response.iter().sum::<f64>() - self.problem.price_floor * spend - self.moving(plan)
    }

    /// What moving money costs.
    fn moving(&self, plan: &[f64]) -> f64 {
        let moved = |(spend, today): (&f64, &f64)| (spend - today).abs();
        self.problem.turnover.as_ref().map_or(0.0, |turnover| {
            if turnover.price > 0.0 {
                turnover.price * plan.iter().zip(&turnover.current).map(moved).sum::<f64>()
            } else {
                0.0
            }
        })
    }

    pub(super) fn responses(&self, plan: &[f64]) -> Vec<f64> {
        self.problem.curves.iter().zip(plan).map(|(curve, &spend)| curve.value(spend)).collect()
    }
}
