//! The best plan in whole steps of money, by dynamic programming over totals: exact for curves of any
//! shape, with bounds, minimums, the budget as a cap, a price floor, a turnover price and a tree of groups.
//!
//! ```text
//! V(t) = max { Σ vᵢ(sᵢ) : Σ sᵢ = t },      (V ⊕ W)(t) = max over s of V(t − s) + W(s)
//! ```
//!
//! A group's table of the best value of each total is the (max,+) convolution `⊕` of the tables of what is
//! in it, cut to its limits (Bellman 1957, "Dynamic Programming", chapter 1; the multiple-choice knapsack
//! problem, Kellerer, Pferschy and Pisinger 2004, section 11.5). Concave tables convolve by merging their
//! increments, the largest first (Fox 1966, "Discrete optimization via marginal analysis"), so all concave
//! items of a group cost one heap; only the others cost the product of their lengths. Shares are of what
//! the whole plan spends, so with shares every total of the plan is tried.
//!
//! In goes a problem and a step, out comes the best plan of whole steps: not the best plan of all, which may
//! lie between the steps. The work is known before it starts, and capped.

mod table;

use super::error::{AllocateError, Change, LimitRef, Relaxation};
use super::problem::{Amount, Goal, Problem};
use super::rounding::{self, Grid, Scored};
use super::tally::Scale;
use super::tree::ROUNDING;
use std::collections::BinaryHeap;
use table::{Increment, Table, join, sort};

/// Cap on the work, in additions of two table entries: about half a second.
const WORK: f64 = 2e8;
/// Evaluating a curve, or moving an entry of a heap, in such additions.
const EVALUATION: f64 = 16.0;

/// The best plan in whole steps. Vectors have the shape: items.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPlan {
    /// Spend of each item, money: the number nearest to its steps.
    pub spend: Vec<f64>,
    /// Spend of each item in steps.
    pub steps: Vec<i64>,
    /// Response of each item.
    pub response: Vec<f64>,
    /// Response net of the price floor and of the turnover's price.
    pub objective: f64,
    /// Money left of the budget.
    pub unallocated: f64,
    /// Steps left of the budget.
    pub unallocated_steps: i64,
}

/// The best plan in multiples of `step` (money, above zero), all limits rounded inwards.
///
/// `None` where no such plan exists, where it would take more than 2·10⁸ additions, and for what tables by
/// total cannot hold: classes, a turnover limit, and goals other than the most response. Of plans that are
/// worth the same, one that spends most. A senseless step is replaced as in [`super::round_to_step`].
///
/// # Errors
/// Invalid input, as [`super::allocate`].
pub fn allocate_steps(problem: &Problem, step: f64) -> Result<Option<StepPlan>, AllocateError> {
    problem.check()?;
    let least: f64 = problem.lower.iter().sum();
    if least > problem.budget * (1.0 + ROUNDING) {
        let changes = vec![Change { limit: LimitRef::Budget, from: problem.budget, to: least }];
        return Err(AllocateError::Infeasible { relaxation: Relaxation { changes, ..Relaxation::default() } });
    }
    let limited = problem.turnover.as_ref().is_some_and(|turnover| turnover.limit.is_finite());
    if problem.goal != Goal::MostResponse || !problem.classes.is_empty() || limited {
        return Ok(None);
    }
    let grid = Grid::new(step, problem.budget);
    let budget = grid.down(problem.budget);
    let Some(knapsack) = Knapsack::new(problem, grid, budget) else { return Ok(None) };
    Ok(knapsack.best().map(|steps| {
        let unallocated_steps = budget - steps.iter().sum::<i64>();
        let unallocated = grid.money(unallocated_steps) + grid.crumb(problem.budget);
        let Scored { spend, response, objective } = rounding::score(problem, grid, &steps);
        StepPlan { spend, steps, response, objective, unallocated, unallocated_steps }
    }))
}

/// Steps that an item may take: `lower` to `upper`, or none where `least` is above zero and `upper` not
/// below it.
#[derive(Clone, Copy)]
struct Range {
    lower: i64,
    least: i64,
    upper: i64,
}

impl Range {
    fn new(problem: &Problem, grid: Grid, budget: i64, at: usize) -> Option<Self> {
        let mut lower = grid.up(problem.lower[at]);
        let mut upper = grid.down(problem.upper[at]).min(budget);
        let mut least = problem.minimum.get(at).map_or(0, |minimum| grid.up(*minimum));
        if lower > 0 {
            (lower, least) = (lower.max(least), 0);
        } else if least > upper {
            (upper, least) = (0, 0);
        } else if least == 1 {
            // a single step is nothing or at least a step by itself
            least = 0;
        }
        (lower <= upper).then_some(Self { lower, least, upper })
    }
}

/// What a table stands for.
#[derive(Clone, Copy)]
enum Part {
    /// The concave items that are directly in a node.
    Concave(usize),
    Item(usize),
    Group(usize),
}

/// A table added to those before it, and how many of its steps each total takes.
struct Join {
    part: Part,
    part_lower: i64,
    lower: i64,
    choice: Vec<u32>,
}

struct Knapsack<'a> {
    problem: &'a Problem,
    grid: Grid,
    budget: i64,
    ranges: Vec<Range>,
    /// Tables of what is directly in each node, groups first, the budget last.
    leaves: Vec<Vec<(Part, Table)>>,
    /// Items of each node's concave table, in the order in which they take their steps.
    order: Vec<Vec<u32>>,
    shares: bool,
}

impl<'a> Knapsack<'a> {
    /// `None` if an item has no step between its bounds, or the work is too much.
    fn new(problem: &'a Problem, grid: Grid, budget: i64) -> Option<Self> {
        let count = problem.curves.len();
        let ranges: Option<Vec<Range>> = (0..count).map(|at| Range::new(problem, grid, budget, at)).collect();
        let share = |amount| !matches!(amount, Amount::Money(_));
        let shares = problem.groups.iter().any(|group| share(group.lower) || share(group.upper));
        let mut knapsack =
            Self { problem, grid, budget, ranges: ranges?, leaves: Vec::new(), order: Vec::new(), shares };
        let mut members = vec![(Vec::new(), Vec::new()); knapsack.root() + 1];
        for at in 0..count {
            let home = problem.group_of.get(at).copied().flatten().map_or(knapsack.root(), |group| group as usize);
            let concave = problem.curves[at].is_concave() && knapsack.ranges[at].least == 0;
            let (concave_items, others) = &mut members[home];
            if concave { concave_items } else { others }.push(at);
        }
        if knapsack.work(&members) > WORK {
            return None;
        }
        for (node, (concave, others)) in members.into_iter().enumerate() {
            let (table, order) = knapsack.merge(&concave);
            let mut items: Vec<(Part, Table)> =
                others.into_iter().map(|at| (Part::Item(at), knapsack.table(at))).collect();
            sort(&mut items);
            items.insert(0, (Part::Concave(node), table));
            knapsack.leaves.push(items);
            knapsack.order.push(order);
        }
        Some(knapsack)
    }

    fn root(&self) -> usize {
        self.problem.groups.len()
    }

    fn above(&self, group: usize) -> usize {
        self.problem.groups[group].parent.map_or(self.root(), |parent| parent as usize)
    }

    /// Limits of every node where the plan spends `total` steps, or up to the budget.
    fn limits(&self, total: Option<i64>) -> Vec<(i64, i64)> {
        let spend = self.grid.money(total.unwrap_or(self.budget));
        let groups = self.problem.groups.iter();
        let mut limits: Vec<(i64, i64)> =
            groups.map(|group| self.grid.limits(group.lower, group.upper, spend)).collect();
        limits.push((total.unwrap_or(0), total.unwrap_or(self.budget)));
        limits
    }

    /// Additions that the tables will take, from their lengths alone.
    fn work(&self, members: &[(Vec<usize>, Vec<usize>)]) -> f64 {
        let limits = self.limits(None);
        let most = |node: usize| limits[node].1.min(self.budget) as f64 + 1.0;
        let mut start = 0.0;
        let mut work = 0.0;
        // length of the table so far, and whether it is concave
        let mut state = vec![(1.0, true); members.len()];
        let mut join = |state: &mut (f64, bool), length: f64, concave: bool, most: f64| {
            let both = state.1 && concave;
            let joined = (state.0 + length - 1.0).min(most);
            work += EVALUATION * joined + if both { 0.0 } else { state.0 * length };
            *state = (joined, both);
        };
        let length = |at: usize| (self.ranges[at].upper - self.ranges[at].lower) as f64 + 1.0;
        for node in (0..members.len()).rev().skip(1).chain([self.root()]) {
            let (concave, others) = &members[node];
            let steps = concave.iter().map(|&at| length(at) - 1.0).sum::<f64>() + 1.0;
            start += EVALUATION * (concave.len() as f64 + steps.min(self.budget as f64 + 1.0));
            join(&mut state[node], steps, true, most(node));
            for &at in others {
                start += EVALUATION * length(at);
                join(&mut state[node], length(at), false, most(node));
            }
            if node < self.root() {
                let (length, concave) = state[node];
                let above = self.above(node);
                join(&mut state[above], length, concave, most(above));
            }
        }
        start + work * if self.shares { self.budget as f64 + 2.0 } else { 1.0 }
    }

    /// What an item is worth at some steps.
    fn value(&self, at: usize, steps: i64) -> f64 {
        let spend = self.grid.money(steps);
        (-self.problem.price_floor).mul_add(spend, self.problem.curves[at].value(spend))
            - self.problem.moving_cost(at, spend)
    }

    fn table(&self, at: usize) -> Table {
        let Range { lower, least, upper } = self.ranges[at];
        let value = |steps| if steps == 0 || steps >= least { self.value(at, steps) } else { f64::NEG_INFINITY };
        let values: Vec<f64> = (lower..=upper).map(value).collect();
        let concave = least == 0 && values.windows(3).all(|three| three[2] - three[1] <= three[1] - three[0]);
        Table { lower, values, concave }
    }

    /// The table of several concave items, and which item takes each step.
    fn merge(&self, items: &[usize]) -> (Table, Vec<u32>) {
        let gain = |at: usize, steps: i64| self.value(at, steps + 1) - self.value(at, steps);
        let lower: i64 = items.iter().map(|&at| self.ranges[at].lower).fold(0, i64::saturating_add);
        let starts: Vec<f64> = items.iter().map(|&at| self.value(at, self.ranges[at].lower)).collect();
        let largest = starts.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let mut values = vec![Scale::new(starts.len(), largest).total(&starts)];
        let mut order = Vec::new();
        let next = |at: usize, steps: i64| {
            (steps < self.ranges[at].upper).then(|| Increment { gain: gain(at, steps), at, steps })
        };
        let mut heap: BinaryHeap<Increment> = items.iter().filter_map(|&at| next(at, self.ranges[at].lower)).collect();
        let mut value = values[0];
        for _ in lower..self.budget {
            let Some(Increment { gain, at, steps }) = heap.pop() else { break };
            value += gain;
            values.push(value);
            order.push(u32::try_from(at).unwrap_or(u32::MAX));
            heap.extend(next(at, steps + 1));
        }
        (Table { lower, values, concave: true }, order)
    }

    /// Steps of each item in the best plan.
    fn best(&self) -> Option<Vec<i64>> {
        let totals: Vec<Option<i64>> = if self.shares { (0..=self.budget).map(Some).collect() } else { vec![None] };
        let mut best: Option<(f64, i64, Option<i64>)> = None;
        for total in totals {
            let Some((table, _)) = self.solve(total) else { continue };
            for (&value, steps) in table.values.iter().zip(table.lower..) {
                if value > f64::NEG_INFINITY && best.is_none_or(|best| value >= best.0) {
                    best = Some((value, steps, total));
                }
            }
        }
        let (_, steps, total) = best?;
        let (_, joins) = self.solve(total)?;
        Some(self.trace(steps, &joins))
    }

    /// The whole plan's table, and how the tables of the nodes were joined.
    fn solve(&self, total: Option<i64>) -> Option<(Table, Vec<Vec<Join>>)> {
        let limits = self.limits(total);
        let root = self.root();
        let mut joins: Vec<Vec<Join>> = (0..=root).map(|_| Vec::new()).collect();
        let mut inner: Vec<Vec<(Part, Table)>> = vec![Vec::new(); root + 1];
        // children stand after their parents
        for node in (0..root).rev().chain([root]) {
            let mut groups = std::mem::take(&mut inner[node]);
            sort(&mut groups);
            let mut table = Table { lower: 0, values: vec![0.0], concave: true };
            let upper = limits[node].1.min(limits[root].1);
            for (part, other) in self.leaves[node].iter().chain(&groups) {
                let choice;
                (table, choice) = join(&table, other, upper)?;
                joins[node].push(Join { part: *part, part_lower: other.lower, lower: table.lower, choice });
            }
            let cut = usize::try_from((limits[node].0 - table.lower).max(0)).unwrap_or(usize::MAX);
            if cut >= table.values.len() {
                return None;
            }
            table.values.drain(..cut);
            table.lower = table.lower.max(limits[node].0);
            if node == root {
                return Some((table, joins));
            }
            inner[self.above(node)].push((Part::Group(node), table));
        }
        None
    }

    fn trace(&self, total: i64, joins: &[Vec<Join>]) -> Vec<i64> {
        let root = self.root();
        let mut steps: Vec<i64> = self.ranges.iter().map(|range| range.lower).collect();
        let mut totals = vec![0; root + 1];
        totals[root] = total;
        for node in std::iter::once(root).chain(0..root) {
            let mut rest = totals[node];
            for join in joins[node].iter().rev() {
                let chosen = usize::try_from(rest - join.lower).ok().and_then(|index| join.choice.get(index));
                let above = i64::from(chosen.copied().unwrap_or(0));
                rest -= join.part_lower + above;
                match join.part {
                    Part::Item(at) => steps[at] = join.part_lower + above,
                    Part::Group(group) => totals[group] = join.part_lower + above,
                    Part::Concave(node) => {
                        let taken = usize::try_from(above).unwrap_or(0);
                        self.order[node].iter().take(taken).for_each(|&at| steps[at as usize] += 1);
                    }
                }
            }
        }
        steps
    }
}
