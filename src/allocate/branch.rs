//! Best-first branching for curves that are not concave.
//!
//! The relaxed problem (every curve replaced by its envelope) gives a plan and an upper bound. Where
//! an item sits on a bridge of its envelope, above its curve, the bound is not reached; the problem is
//! then split at that item's spend into two, each with a tighter envelope (Falk and Soland 1969).
//! The plan of every branch is a plan of the problem, so the best of them is kept, and the bound that
//! remains is the largest over the branches left open: honest wherever the search stops.

use super::certificate::{self, below_envelope};
use super::item::Item;
use super::price::{Bracket, search};
use super::problem::Problem;
use super::settle::settle;
use super::tally::Scale;
use super::workspace::Workspace;
use super::{AllocatorSettings, Solution, target};

/// Items evaluated over all branches, at most.
const WORK: usize = 4_000_000;

/// Gap at which branching stops, as a share of the objective.
const ENOUGH: f64 = 1e-10;

/// A part of the problem: some bounds tightened.
struct Branch {
    bounds: Vec<(usize, f64, f64)>,
    /// Nothing in this part is better.
    bound: f64,
    price: f64,
    /// The item that sits farthest below its envelope, and its spend.
    split: Option<(usize, f64)>,
}

/// Solves the problem prepared in the workspace; the plan is left there.
pub(super) fn solve(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
    scale: Scale,
) -> Solution {
    let bracket = search(workspace, target(problem, settings, scale));
    settle(workspace, problem, &bracket, scale);
    let root = appraise(workspace, problem, bracket, scale);
    let split = worst(workspace, problem);
    if split.is_none() {
        return root;
    }
    let bound = root.upper_bound;
    let first = Branch { bounds: Vec::new(), bound, price: bracket.low.price, split };
    improve(workspace, problem, settings, scale, root, first)
}

/// The plan of the workspace with its bound.
fn appraise(workspace: &Workspace, problem: &Problem, bracket: Bracket, scale: Scale) -> Solution {
    let (response, marginal) = certificate::evaluate(problem, &workspace.plan);
    let score = certificate::score(problem, &workspace.plan, &response, scale);
    let gap = certificate::gap(problem, workspace, &bracket, score, &marginal);
    let lambda = certificate::price(problem, workspace, &bracket);
    Solution { bracket, score, response, marginal, upper_bound: score.objective + gap, lambda }
}

fn improve(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
    scale: Scale,
    root: Solution,
    first: Branch,
) -> Solution {
    let branches = (WORK / problem.curves.len()).clamp(2, 400).min(settings.max_branches);
    let (root_bracket, root_bound) = (root.bracket, root.upper_bound);
    let root_items = workspace.items.clone();
    let enough = ENOUGH * root.score.response;
    let mut best = root;
    let mut best_plan = workspace.plan.clone();
    let mut iterations = root_bracket.iterations;
    let mut open = vec![first];
    let mut solved = 0;
    // branches that cannot be split further keep their bound
    let mut settled = f64::NEG_INFINITY;
    while solved < branches {
        let widest = (0..open.len()).reduce(|a, b| if open[b].bound > open[a].bound { b } else { a });
        let Some(parent) = widest.map(|at| open.swap_remove(at)) else {
            break;
        };
        let cut = parent.split.and_then(|(item, spend)| {
            let own = parent.bounds.iter().rev().find(|bounds| bounds.0 == item);
            let (lower, upper) =
                own.map_or((root_items[item].lower, root_items[item].upper), |bounds| (bounds.1, bounds.2));
            (spend > lower && spend < upper).then_some((item, lower, spend, upper))
        });
        let enough = parent.bound <= best.score.objective + enough;
        let Some((item, lower, spend, upper)) = cut.filter(|_| !enough) else {
            settled = settled.max(parent.bound);
            if enough {
                // every other branch has a lower bound still
                break;
            }
            continue;
        };
        for (lower, upper) in [(lower, spend), (spend, upper)] {
            let mut bounds = parent.bounds.clone();
            bounds.push((item, lower, upper));
            let pieces = workspace.pieces.len();
            for &(item, lower, upper) in &bounds {
                workspace.items[item] = Item::new(&problem.curves[item], lower, upper, &mut workspace.pieces);
            }
            let mut target = target(problem, settings, scale);
            target.initial_price = Some(parent.price);
            let bracket = search(workspace, target);
            settle(workspace, problem, &bracket, scale);
            let solution = appraise(workspace, problem, bracket, scale);
            // a part is never better than the whole it was cut from
            let bound = solution.upper_bound.min(parent.bound);
            let split = worst(workspace, problem);
            for &(item, ..) in &bounds {
                workspace.items[item] = root_items[item];
            }
            workspace.pieces.truncate(pieces);
            iterations += bracket.iterations;
            solved += 1;
            if solution.score.objective > best.score.objective {
                best = solution;
                best_plan.clone_from(&workspace.plan);
            }
            open.push(Branch { bounds, bound, price: bracket.low.price, split });
        }
    }
    let bound = open.iter().map(|branch| branch.bound).fold(settled, f64::max);
    workspace.plan = best_plan;
    Solution {
        // what limits the whole problem is what limits the root
        bracket: Bracket { iterations, ..root_bracket },
        upper_bound: bound.min(root_bound).max(best.score.objective),
        ..best
    }
}

/// The item farthest below its envelope, and its spend.
fn worst(workspace: &Workspace, problem: &Problem) -> Option<(usize, f64)> {
    if !workspace.pieces.iter().any(|piece| piece.bridge) {
        return None;
    }
    let depth = |at: usize| below_envelope(problem, workspace, at);
    (0..workspace.plan.len())
        .map(|at| (at, depth(at)))
        .filter(|(_, depth)| *depth > 0.0)
        .reduce(|a, b| if b.1 > a.1 { b } else { a })
        .map(|(at, _)| (at, workspace.plan[at]))
}
