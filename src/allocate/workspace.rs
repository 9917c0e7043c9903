//! Scratch of a solve, kept between solves so that hundreds of them allocate once.

use super::chunk::{CHUNK, Chunk, Entry, Items, Parameters, Scratch};
use super::problem::{Extent, Problem};
use super::segment::Range;
use super::shift::Shifts;
use super::tally::{Scale, Tally};
use super::tree::Tree;
use crate::response::Curve;
use rayon::prelude::*;
use std::ops;

/// Items evaluated over all prices before branching ends: a second or two.
const EFFORT: usize = 40_000_000;

/// Items' worth of work that a price costs by itself.
const OVERHEAD: usize = 200;

/// An item whose range is narrower than the problem says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Narrowed {
    pub(super) item: usize,
    pub(super) range: Range,
}

/// Scratch of the allocator.
#[derive(Debug)]
pub struct Workspace {
    pub(super) chunks: Vec<Chunk>,
    pub(super) tree: Tree,
    /// How each item's price differs from its node's.
    pub(super) signatures: Shifts,
    /// Shift of the price of each signature, response per unit of money.
    pub(super) shifts: Vec<f64>,
    /// The part of the shifts that is the price of moving money.
    pub(super) moving: f64,
    /// For sums of spends.
    pub(super) scale: Scale,
    /// Stretches there can be, for sums over them.
    pub(super) capacity: usize,
    /// Items of the problem.
    pub(super) items: usize,
    /// Spend of each item; handed over where it becomes part of a solution.
    pub(super) plan: Vec<f64>,
    /// The plan in the order of the tree.
    pub(super) sorted: Vec<f64>,
    /// Work since the last problem was taken in, in prices tried; a linear program counts for some.
    pub(super) effort: usize,
    /// Runs of nodes that follow a price being tried.
    pub(super) runs: Vec<ops::Range<u32>>,
    narrowed: Vec<Narrowed>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            tree: Tree::default(),
            signatures: Shifts::default(),
            shifts: Vec::new(),
            moving: 0.0,
            scale: Scale::new(1, 1.0),
            capacity: 1,
            items: 0,
            plan: Vec::new(),
            sorted: Vec::new(),
            effort: 0,
            runs: Vec::new(),
            narrowed: Vec::new(),
        }
    }
}

impl Workspace {
    /// An empty workspace; it grows at its first use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether enough work was done for further branches: the bound says what they might still have found.
    pub(super) fn is_tired(&self) -> bool {
        self.effort > self.most_effort()
    }

    /// Work after which it is enough.
    pub(super) fn most_effort(&self) -> usize {
        EFFORT / (self.items + OVERHEAD)
    }

    /// The plan of the last solve: spend of each item, money.
    #[must_use]
    pub fn spend(&self) -> &[f64] {
        &self.plan
    }

    /// Takes in a problem. Its group limits come with [`Tree::limit`].
    pub(super) fn prepare(&mut self, problem: &Problem) {
        self.prepare_to(problem, problem.extent());
    }

    /// The same where the problem's extent is known.
    pub(super) fn prepare_to(&mut self, problem: &Problem, extent: Extent) {
        self.begin(problem, extent);
        self.fill_chunks(problem, 0..self.chunks.len());
        self.add_ends();
    }

    /// Takes in and checks a plain problem in one go; false, with nothing taken in, where an item is not sound or not
    /// smooth.
    pub(super) fn prepare_plain(&mut self, problem: &Problem) -> bool {
        // holds unless a lower bound is above twice the budget, which is looked for below
        self.begin(problem, Extent::default());
        let (scale, most) = (self.scale, 2.0 * problem.budget);
        let fill = |own: &mut Parameters, (curves, (lower, upper)): (&[Curve], (&[f64], &[f64])), chunk: &mut Chunk| {
            chunk.prepare_plain(Items { curves, lower, upper, most }, scale, own)
        };
        let done = if let [chunk] = &mut self.chunks[..] {
            fill(&mut Parameters::default(), (&problem.curves, (&problem.lower, &problem.upper)), chunk)
        } else {
            let bounds = problem.lower.par_chunks(CHUNK).zip(problem.upper.par_chunks(CHUNK));
            let parts = problem.curves.par_chunks(CHUNK).zip(bounds).zip(&mut self.chunks);
            let parts = parts.map_init(Parameters::default, |own, (items, chunk)| fill(own, items, chunk));
            parts.all(|done| done)
        };
        if done {
            self.add_ends();
        }
        done
    }

    /// Makes room for a problem.
    fn begin(&mut self, problem: &Problem, extent: Extent) {
        let items = problem.curves.len();
        self.capacity = 4 * items + 2 * extent.points;
        let today = problem.turnover.iter().flat_map(|turnover| &turnover.current);
        let greatest = today.copied().fold(extent.lower, f64::max);
        // without groups, whose totals are summed too, no item's spend is above its upper bound
        let most = 2.0 * problem.budget;
        let most = if problem.is_plain() { greatest_of(&problem.upper).min(most) } else { most };
        self.scale = Scale::new(self.capacity, greatest.max(most));
        self.tree = Tree::new(problem, self.scale);
        self.signatures = Shifts::new(problem, &self.tree);
        self.shifts = self.signatures.at(0.0, &[]);
        self.moving = 0.0;
        self.narrowed.clear();
        self.items = items;
        self.have_plan();
        self.sorted.resize(if self.tree.order.is_empty() { 0 } else { items }, 0.0);
        self.chunks.resize_with(items.div_ceil(CHUNK).max(1), Chunk::default);
    }

    /// Makes sure that there is room for a plan.
    pub(super) fn have_plan(&mut self) {
        if self.plan.capacity() < self.items {
            // fresh zeros cost nothing until a thread writes there
            self.plan = vec![0.0; self.items];
        } else {
            self.plan.resize(self.items, 0.0);
        }
    }

    /// Narrows the ranges of some items, and widens all others to what the problem says.
    pub(super) fn narrow(&mut self, problem: &Problem, narrowed: &[Narrowed]) {
        let mut place = vec![u32::MAX; if self.tree.order.is_empty() { 0 } else { problem.curves.len() }];
        for (at, item) in self.tree.order.iter().enumerate() {
            place[*item as usize] = u32::try_from(at).unwrap_or(u32::MAX);
        }
        let chunk = |item: usize| place.get(item).map_or(item, |place| *place as usize) / CHUNK;
        let mut changed: Vec<usize> =
            self.narrowed.iter().chain(narrowed).map(|narrowed| chunk(narrowed.item)).collect();
        changed.sort_unstable();
        changed.dedup();
        self.narrowed = narrowed.to_vec();
        for chunk in changed {
            self.fill_chunks(problem, chunk..chunk + 1);
        }
        self.add_ends();
    }

    /// Where an item may stand.
    pub(super) fn range(&self, problem: &Problem, item: usize) -> Range {
        let narrowed = self.narrowed.iter().rev().find(|narrowed| narrowed.item == item);
        narrowed.map_or_else(|| problem.range(item), |narrowed| narrowed.range)
    }

    fn fill_chunks(&mut self, problem: &Problem, chunks: ops::Range<usize>) {
        let (tree, signatures, narrowed, scale) = (&self.tree, &self.signatures, &self.narrowed, self.scale);
        let items = problem.curves.len();
        let entry = |place: usize| {
            let item = tree.item(place);
            let own = narrowed.iter().rev().find(|narrowed| narrowed.item == item);
            Entry {
                curve: &problem.curves[item],
                range: own.map_or_else(|| problem.range(item), |narrowed| narrowed.range),
                node: tree.node_of(problem, item),
                shifts: signatures.of(item),
                today: problem.turnover.as_ref().map(|turnover| turnover.current[item]),
            }
        };
        let first = chunks.start;
        let fill = |scratch: &mut Scratch, (at, chunk): (usize, &mut Chunk)| {
            let begin = (first + at) * CHUNK;
            let places = begin..items.min(begin + CHUNK);
            chunk.prepare(places.map(entry), scale, scratch);
        };
        let chunks = &mut self.chunks[chunks];
        if chunks.len() == 1 {
            fill(&mut Scratch::default(), (0, &mut chunks[0]));
        } else {
            chunks.par_iter_mut().enumerate().for_each_init(Scratch::default, fill);
        }
    }

    /// Adds up the bounds of each node's own items.
    fn add_ends(&mut self) {
        let nodes = self.tree.nodes.len();
        let none = || vec![(Tally::default(), Tally::default()); nodes];
        let sum = |mut ends: Vec<(Tally, Tally)>, chunk: &Chunk| {
            chunk.ends(|node, from, to| {
                let end = &mut ends[node as usize];
                *end = (end.0.merge(from), end.1.merge(to));
            });
            ends
        };
        let ends = if self.chunks.len() == 1 {
            sum(none(), &self.chunks[0])
        } else {
            let merge = |mut a: Vec<(Tally, Tally)>, b: Vec<(Tally, Tally)>| {
                for (a, b) in a.iter_mut().zip(b) {
                    *a = (a.0.merge(b.0), a.1.merge(b.1));
                }
                a
            };
            self.chunks.par_iter().fold(none, sum).reduce(none, merge)
        };
        for (node, (least, most)) in self.tree.nodes.iter_mut().zip(ends) {
            (node.own_least, node.own_most) = (least.value(), most.value());
        }
    }

    /// The chunks that hold a node's subtree.
    pub(super) fn chunks_of(&self, node: usize) -> ops::Range<usize> {
        let begin = self.tree.begin[node] as usize;
        let end = self.tree.begin[self.tree.nodes[node].end as usize] as usize;
        begin / CHUNK..end.div_ceil(CHUNK).max(begin / CHUNK + 1).min(self.chunks.len())
    }
}

/// The greatest of many numbers.
fn greatest_of(numbers: &[f64]) -> f64 {
    let greatest =
        |numbers: &[f64]| numbers.iter().fold(0.0, |most: f64, &number| if number > most { number } else { most });
    if numbers.len() <= CHUNK {
        return greatest(numbers);
    }
    numbers.par_chunks(CHUNK).with_min_len(16).map(greatest).reduce(|| 0.0, f64::max)
}

impl Problem {
    /// Where an item may stand. None can take more than the budget; twice that keeps the cap from ever
    /// binding.
    pub(super) fn range(&self, item: usize) -> Range {
        let (lower, upper) = (self.lower[item], self.upper[item]);
        let minimum = self.minimum.get(item).copied().unwrap_or(0.0);
        Range::new(lower, upper.min((2.0 * self.budget).max(lower)), minimum)
    }
}
