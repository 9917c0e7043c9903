//! Better plans where branching leaves a gap: money moved into, out of and between items, in ever smaller amounts.
//!
//! In: plans, within limits and goal or nearly. Out: the best plan found that is within them, if any. With few items the
//! plans over a few levels of each are starting points too. It proves nothing, so the bound is not its business; and with
//! many items a single one off its envelope leaves next to no gap, so it is for few.

use super::judge::Judge;
use super::problem::Problem;
use super::{ROUNDING, scan};

/// Most items: every pair of them is tried.
const ITEMS: usize = 20;
/// Plans tried, at most: some tenths of a second.
const TRIED: usize = 200_000;
/// Starting points from levels.
const STARTS: usize = 8;
/// Amounts tried: from half the budget down to its 10⁻¹².
const HALVINGS: i32 = 40;
/// Rounds with one amount.
const ROUNDS: usize = 40;
/// Gains below this share of what there is are rounding.
const GAIN: f64 = 1e-14;

/// A plan with what follows from it.
#[derive(Clone)]
struct At {
    plan: Vec<f64>,
    response: Vec<f64>,
    missing: f64,
    worth: f64,
}

impl At {
    fn new(judge: Judge<'_>, plan: Vec<f64>) -> Self {
        let response = judge.responses(&plan);
        let (missing, worth) = (judge.missing(&plan, &response), judge.worth(&plan, &response));
        Self { plan, response, missing, worth }
    }

    /// Whether it misses less, or is worth more and misses no more.
    fn is_better_than(&self, other: &Self, budget: f64) -> bool {
        let nearer = self.missing < other.missing - GAIN * budget;
        nearer || self.missing <= other.missing && self.worth > other.worth + GAIN * other.worth.abs()
    }
}

/// The best plan from any of some starting points.
pub(super) fn improve(problem: &Problem, starts: &[&[f64]]) -> Option<Vec<f64>> {
    let items = problem.curves.len();
    if items == 0 || items > ITEMS {
        return None;
    }
    let judge = Judge::new(problem, ROUNDING * problem.budget);
    let mut all: Vec<Vec<f64>> = starts.iter().map(|start| start.to_vec()).collect();
    if scan::levels(items) > 3 {
        let levels: Vec<Vec<f64>> = (0..items).map(|item| levels(problem, item)).collect();
        all.extend(scan::best(judge, &levels, STARTS));
    }
    let each = TRIED / all.len();
    let ends = all.into_iter().map(|start| descend(judge, At::new(judge, start), each));
    let best = ends.reduce(|best, end| if end.is_better_than(&best, problem.budget) { end } else { best })?;
    (best.missing <= 0.0).then_some(best.plan)
}

/// Levels of an item: its ends, its minimum, today's spend and even steps of what it may take.
fn levels(problem: &Problem, item: usize) -> Vec<f64> {
    let range = problem.range(item);
    let most = range.upper.min(problem.budget).max(range.lower);
    let today = problem.turnover.as_ref().map(|turnover| turnover.current[item]);
    let special = [Some(range.lower), Some(most), Some(range.minimum), today].into_iter().flatten();
    let special: Vec<f64> = special.filter(|&level| level >= range.lower && level <= most).collect();
    let steps = scan::levels(problem.curves.len()).saturating_sub(special.len() + 1).max(1);
    let step = problem.budget / steps as f64;
    let even = (0..=steps).map(|at| at as f64 * step).filter(|&level| level > range.lower && level < most);
    let mut levels: Vec<f64> = special.into_iter().chain(even).filter(|&level| range.holds(level)).collect();
    levels.sort_unstable_by(f64::total_cmp);
    levels.dedup();
    levels
}

/// Moves money in ever smaller amounts while that makes the plan better, trying so many plans.
fn descend(judge: Judge<'_>, mut at: At, most: usize) -> At {
    let (budget, items) = (judge.problem.budget, at.plan.len());
    let mut left = most;
    for halving in 1..=HALVINGS {
        let amount = budget * 0.5_f64.powi(halving);
        let rounds = ROUNDS.min(left / (items * (items + 1)));
        for _ in 0..rounds {
            left = left.saturating_sub(items * (items + 1));
            let Some(better) = step(judge, &at, amount) else { break };
            at = better;
        }
    }
    at
}

/// The best of the plans that an amount moved leads to.
fn step(judge: Judge<'_>, at: &At, amount: f64) -> Option<At> {
    let problem = judge.problem;
    let items = at.plan.len();
    let moved = |item: usize, by: f64| {
        let range = problem.range(item);
        let spend = (at.plan[item] + by).clamp(range.lower, range.upper.max(range.lower));
        // across the gap between nothing and the minimum at once
        let spend = if spend >= range.minimum || range.holds(spend) {
            spend
        } else if by > 0.0 {
            range.minimum
        } else {
            0.0
        };
        spend - at.plan[item]
    };
    let mut best: Option<At> = None;
    let mut offer = |changes: &[(usize, f64)]| {
        let mut next = at.clone();
        for &(item, by) in changes {
            next.plan[item] += by;
            next.response[item] = problem.curves[item].value(next.plan[item]);
        }
        next.missing = judge.missing(&next.plan, &next.response);
        next.worth = judge.worth(&next.plan, &next.response);
        if next.is_better_than(best.as_ref().unwrap_or(at), problem.budget) {
            best = Some(next);
        }
    };
    for item in 0..items {
        let (more, less) = (moved(item, amount), moved(item, -amount));
        for by in [more, less] {
            if by.abs() > 0.0 {
                offer(&[(item, by)]);
            }
        }
        for other in (0..items).filter(|&other| other != item) {
            // what one gives up the other takes, as far as it can
            let takes = moved(other, -less);
            if less < 0.0 && takes > 0.0 {
                offer(&[(item, less), (other, takes)]);
                if takes < -less && moved(item, -takes) < 0.0 {
                    offer(&[(item, moved(item, -takes)), (other, takes)]);
                }
            }
        }
    }
    best
}
