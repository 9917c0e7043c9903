//! A plan within limits that cross, from the linear program alone.

use super::ROUNDING;
use super::cells::most;
use super::model::Model;
use crate::allocate::problem::Problem;
use crate::allocate::workspace::Workspace;

/// A plan within all limits that spends as much as they allow, whatever it is worth; `None` where there is none.
///
/// For where limits leave so little room that a search over multipliers does not find it. Each item of a cell goes the
/// same share of its way from today's spend (from its lower bound, where that does not matter) to its bound, so that none
/// moves up while another one moves down.
pub(in crate::allocate) fn plan(workspace: &Workspace, problem: &Problem) -> Option<Vec<f64>> {
    let Model { program, cells, unit, .. } = Model::new(workspace, problem, None, -1.0, true);
    let values = program.solve()?;
    let mut plan = vec![0.0; problem.curves.len()];
    for (cell, spend) in cells {
        let wanted = values[spend.spend] * unit;
        // the program holds bounds to rounding of its unit only
        let ends = |item: usize| {
            let least = workspace.range(problem, item).lower;
            (least, most(problem, workspace, item).min(problem.budget).max(least))
        };
        let start = |item: usize| {
            let (least, most) = ends(item);
            problem.turnover.as_ref().map_or(least, |turnover| turnover.current[item].clamp(least, most))
        };
        let from: f64 = cell.items.iter().map(|&item| start(item)).sum();
        let way = |item: usize| {
            let (least, most) = ends(item);
            if wanted >= from { most - start(item) } else { start(item) - least }
        };
        let room: f64 = cell.items.iter().map(|&item| way(item)).sum();
        let share = if room > ROUNDING * unit { ((wanted - from) / room).clamp(-1.0, 1.0) } else { 0.0 };
        for &item in &cell.items {
            let (least, most) = ends(item);
            plan[item] = share.mul_add(way(item), start(item)).clamp(least, most);
        }
    }
    Some(plan)
}
