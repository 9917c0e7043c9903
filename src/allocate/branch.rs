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

/// Best plan found so far.
struct Best {
    plan: Vec<f64>,
    bracket: Bracket,
    score: certificate::Score,
    response: Vec<f64>,
    lambda: Option<f64>,
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
    let (score, response) = certificate::score(problem, &workspace.plan, scale);
    let upper_bound = score.objective + certificate::gap(problem, workspace, &bracket, score);
    let lambda = certificate::price(problem, workspace, &bracket);
    let root = Solution {
        bracket,
        score,
        response,
        upper_bound,
        lambda,
    };
    let split = worst(workspace, problem);
    if split.is_none() {
        return root;
    }
    let first = Branch {
        bounds: Vec::new(),
        bound: upper_bound,
        price: bracket.low.price,
        split,
    };
    improve(workspace, problem, settings, scale, root, first)
}

fn improve(
    workspace: &mut Workspace,
    problem: &Problem,
    settings: &AllocatorSettings,
    scale: Scale,
    root: Solution,
    first: Branch,
) -> Solution {
    let branches = (WORK / problem.curves.len())
        .clamp(2, 400)
        .min(settings.max_branches);
    let mut best = Best {
        plan: workspace.plan.clone(),
        bracket: root.bracket,
        score: root.score,
        response: root.response,
        lambda: root.lambda,
    };
    let root_items = workspace.items.clone();
    let mut iterations = root.bracket.iterations;
    let mut open = vec![first];
    let mut solved = 0;
    let enough = ENOUGH * best.score.response;
    // branches that cannot be split further keep their bound
    let mut settled = f64::NEG_INFINITY;
    while solved < branches {
        let Some(at) =
            (0..open.len()).reduce(|a, b| if open[b].bound > open[a].bound { b } else { a })
        else {
            break;
        };
        if open[at].bound <= best.score.objective + enough {
            break;
        }
        let parent = open.swap_remove(at);
        let Some((item, spend)) = parent.split else {
            settled = settled.max(parent.bound);
            continue;
        };
        let (lower, upper) = (root_items[item].lower, root_items[item].upper);
        let (lower, upper) = parent
            .bounds
            .iter()
            .rev()
            .find(|bounds| bounds.0 == item)
            .map_or((lower, upper), |bounds| (bounds.1, bounds.2));
        if !(spend > lower && spend < upper) {
            settled = settled.max(parent.bound);
            continue;
        }
        for (lower, upper) in [(lower, spend), (spend, upper)] {
            let mut bounds = parent.bounds.clone();
            bounds.push((item, lower, upper));
            let pieces = workspace.pieces.len();
            for &(item, lower, upper) in &bounds {
                workspace.items[item] =
                    Item::new(&problem.curves[item], lower, upper, &mut workspace.pieces);
            }
            let mut target = target(problem, settings, scale);
            target.initial_price = Some(parent.price);
            let bracket = search(workspace, target);
            settle(workspace, problem, &bracket, scale);
            let (score, response) = certificate::score(problem, &workspace.plan, scale);
            // a part is never better than the whole it was cut from
            let bound = (score.objective + certificate::gap(problem, workspace, &bracket, score))
                .min(parent.bound);
            let split = worst(workspace, problem);
            let lambda = certificate::price(problem, workspace, &bracket);
            for &(item, ..) in &bounds {
                workspace.items[item] = root_items[item];
            }
            workspace.pieces.truncate(pieces);
            iterations += bracket.iterations;
            solved += 1;
            if score.objective > best.score.objective {
                best = Best {
                    plan: workspace.plan.clone(),
                    bracket,
                    score,
                    response,
                    lambda,
                };
            }
            open.push(Branch {
                bounds,
                bound,
                price: bracket.low.price,
                split,
            });
        }
    }
    let upper_bound = open
        .iter()
        .map(|branch| branch.bound)
        .fold(settled, f64::max);
    workspace.plan = best.plan;
    let bracket = Bracket {
        iterations,
        ..best.bracket
    };
    Solution {
        bracket,
        score: best.score,
        response: best.response,
        upper_bound: upper_bound.min(root.upper_bound).max(best.score.objective),
        lambda: best.lambda,
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
