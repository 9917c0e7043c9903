//! The best plan of a small problem by trying all of them on a grid of money, whatever its limits and goal.

use super::*;

/// Sums of grid points miss limits by rounding alone.
const ROUNDING: f64 = 1e-9;
/// Limits of a plan are met to this share of the budget, goals to this share of what they ask for.
pub(super) const MET: f64 = 1e-11;
/// What is promised of concave curves.
pub(super) const CONCAVE: f64 = 1e-9;

fn money(amount: Amount, spend: f64) -> f64 {
    match amount {
        Amount::Money(money) => money,
        Amount::Share(share) => share * spend,
    }
}

/// Largest amount by which a plan breaks the limits on sums, and its goal's shortfall as a share.
pub(super) fn broken(problem: &Problem, plan: &[f64]) -> (f64, f64) {
    (beyond(problem, plan), shortfall(problem, plan, &responses(problem, plan)))
}

fn responses(problem: &Problem, plan: &[f64]) -> Vec<f64> {
    problem.curves.iter().zip(plan).map(|(curve, &spend)| curve.value(spend)).collect()
}

/// Largest amount by which a plan breaks the limits on sums.
fn beyond(problem: &Problem, plan: &[f64]) -> f64 {
    let spend: f64 = plan.iter().sum();
    let mut worst = spend - problem.budget;
    let mut limit = |total: f64, lower: Amount, upper: Amount| {
        worst = worst.max(total - money(upper, spend)).max(money(lower, spend) - total);
    };
    for (group, spec) in problem.groups.iter().enumerate() {
        let inside = |item: &usize| {
            let mut at = problem.group_of[*item].map(|at| at as usize);
            while at.is_some_and(|own| own != group) {
                at = at.and_then(|own| problem.groups[own].parent).map(|at| at as usize);
            }
            at.is_some()
        };
        let total = (0..plan.len()).filter(inside).map(|item| plan[item]).sum();
        limit(total, spec.lower, spec.upper);
    }
    for class in &problem.classes {
        limit(class.members.iter().map(|&item| plan[item as usize]).sum(), class.lower, class.upper);
    }
    if let Some(turnover) = &problem.turnover {
        worst = worst.max(moved(problem, plan) - turnover.limit);
    }
    #[allow(clippy::needless_range_loop)] // an index into several vectors
    for item in 0..plan.len() {
        worst = worst.max(problem.lower[item] - plan[item]).max(plan[item] - problem.upper[item]);
        let minimum = problem.minimum.get(item).copied().unwrap_or(0.0);
        if plan[item] > 0.0 {
            worst = worst.max(minimum - plan[item]);
        }
    }
    worst
}

/// What a plan misses of its goal, as a share of that.
fn shortfall(problem: &Problem, plan: &[f64], response: &[f64]) -> f64 {
    let spend: f64 = plan.iter().sum();
    let price = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
    match &problem.goal {
        Goal::MostResponse => 0.0,
        Goal::AverageReturn { ratio, measure } => {
            let own = |(item, response): (usize, &f64)| measure.get(item).copied().unwrap_or(1.0) * response;
            let measured: f64 = response.iter().enumerate().map(own).sum();
            (ratio * spend - measured) / (ratio * spend).max(f64::MIN_POSITIVE)
        }
        Goal::Volume { response: wanted } => {
            (wanted - response.iter().sum::<f64>() + price * moved(problem, plan)) / wanted.max(f64::MIN_POSITIVE)
        }
    }
}

fn moved(problem: &Problem, plan: &[f64]) -> f64 {
    let Some(turnover) = &problem.turnover else { return 0.0 };
    plan.iter().zip(&turnover.current).map(|(spend, today)| (spend - today).abs()).sum()
}

/// What a goal makes most of.
pub(super) fn worth(problem: &Problem, plan: &[f64]) -> f64 {
    worth_of(problem, plan, &responses(problem, plan))
}

fn worth_of(problem: &Problem, plan: &[f64], response: &[f64]) -> f64 {
    let spend: f64 = plan.iter().sum();
    if let Goal::Volume { .. } = problem.goal {
        return -spend;
    }
    let response: f64 = response.iter().sum();
    let price = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
    response - problem.price_floor * spend - price * moved(problem, plan)
}

/// The best of all plans whose spends are multiples of `budget/steps`; `None` if none is within the limits.
///
/// With `forced` plans spend the whole budget, as is asked for without a price floor or goal.
pub(super) fn best(problem: &Problem, steps: u32, forced: bool) -> Option<(f64, Vec<f64>)> {
    let step = problem.budget / f64::from(steps);
    let mut best: Option<(f64, Vec<f64>)> = None;
    // every curve is evaluated once at every point of the grid
    let values = |curve: &Curve| (0..=steps).map(|count| curve.value(f64::from(count) * step)).collect();
    let table: Vec<Vec<f64>> = problem.curves.iter().map(values).collect();
    let mut counts = vec![0_u32; problem.curves.len()];
    let (mut plan, mut response) = (vec![0.0; counts.len()], vec![0.0; counts.len()]);
    loop {
        let used: u32 = counts.iter().sum();
        if used <= steps && (used == steps || !forced) {
            for (at, &count) in counts.iter().enumerate() {
                plan[at] = f64::from(count) * step;
                response[at] = table[at][count as usize];
            }
            let worth = worth_of(problem, &plan, &response);
            // what is worth no more need not be looked at
            if best.as_ref().is_none_or(|best| worth > best.0)
                && beyond(problem, &plan) <= ROUNDING * problem.budget
                && shortfall(problem, &plan, &response) <= ROUNDING
            {
                best = Some((worth, plan.clone()));
            }
        }
        // plans beyond the budget are skipped
        let full = counts.iter().position(|&count| count > 0).filter(|_| used >= steps);
        let at = match full {
            Some(first) => {
                counts[first] = 0;
                first + 1
            }
            None => 0,
        };
        if at >= counts.len() {
            return best;
        }
        counts[at] += 1;
    }
}

/// Solves, and checks limits, goal and bound against the grid; `near` is what the grid may miss of the
/// optimum.
pub(super) fn against(problem: &Problem, steps: u32, near: f64) -> Allocation {
    let allocation = allocate(problem, &AllocatorSettings::default()).unwrap_or_else(|error| {
        panic!("{error}: {:?} of {problem:?}", error.hint());
    });
    // work is counted in prices tried: no search may run away
    assert!(allocation.certificate.iterations <= 2_000_000, "{:?}", allocation.certificate);
    let (limits, goal) = broken(problem, &allocation.spend);
    assert!(limits <= MET * problem.budget, "{limits} beyond a limit: {allocation:?} of {problem:?}");
    assert!(goal <= MET, "{goal} short of the goal: {allocation:?} of {problem:?}");
    let certificate = &allocation.certificate;
    // promised of bounds and trees; classes have the gap that is reached
    if problem.curves.iter().all(Curve::is_concave) && problem.minimum.is_empty() && problem.classes.is_empty() {
        assert!(certificate.relative_gap <= CONCAVE, "{certificate:?} of {problem:?}");
    }
    let fixed = problem.price_floor <= 0.0 && !matches!(problem.goal, Goal::Volume { .. });
    // money moves only where that pays
    let moving = problem.turnover.as_ref().is_some_and(|turnover| turnover.price > 0.0);
    let forced = fixed && !moving && allocation.unallocated <= 0.0;
    if let Some((best, plan)) = self::best(problem, steps, forced) {
        let own = worth(problem, &allocation.spend);
        let size = best.abs().max(own.abs()).max(certificate.objective.abs());
        let message = || format!("{own} against {best} of {plan:?}: {allocation:?} of {problem:?}");
        // grid points meet goals and limits to a billionth
        assert!(own >= best - 1e-8 * size - certificate.relative_gap * size, "{}", message());
        // a step of each item is what the grid may miss besides
        let step = problem.budget / f64::from(steps);
        let first: f64 = problem.curves.iter().map(|curve| curve.value(step)).sum();
        let reach = if matches!(problem.goal, Goal::Volume { .. }) { problem.budget } else { size };
        assert!(own <= best + near * (reach + first), "{}", message());
        if !matches!(problem.goal, Goal::Volume { .. }) {
            assert!(certificate.upper_bound >= best - 1e-8 * size, "{}", message());
        }
    }
    allocation
}
