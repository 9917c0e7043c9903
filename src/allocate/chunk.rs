//! Items in chunks: their stretches as columns, sorted so that each run of them has one node, one
//! shift of the price and one family.
//!
//! A chunk is what one task works on. It knows its items by their place in the chunk; the plan it
//! fills has the workspace's order of items (by node).

mod plain;
mod prepare;

pub(super) use plain::{Items, Parameters};
pub(super) use prepare::Scratch;

use super::kernel::{self, Columns, Price, TILE, Tile};
use super::segment::{Kind, Range, Segment};
use super::tally::{Scale, Tally};
use crate::response::Curve;
use std::ops;

/// Items in a chunk: a fourth of them make a tile where there are four families. Sums are exact, so the cut
/// changes no result.
pub(super) const CHUNK: usize = 1024;

/// A run of stretches of one node, shift and family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// Index of the node, in the tree's order.
    pub(super) node: u32,
    /// Index of the shift of the price.
    pub(super) shift: u32,
    /// Whether these are stretches beyond their items' first: what counts is their length.
    pub(super) later: bool,
    start: u32,
    end: u32,
    /// Where its iterates begin, for Hill stretches.
    warm: u32,
    /// Sums of where the stretches begin and end, money, without what is counted elsewhere.
    ends: (Tally, Tally),
    /// Sum of where later stretches begin, money: what their items have already.
    base: Tally,
}

impl Block {
    /// Where the iterates of some of its stretches are.
    fn iterates(&self, start: usize, end: usize) -> ops::Range<usize> {
        let place = |at: usize| at - self.start as usize + self.warm as usize;
        place(start)..place(end)
    }
}

/// An item with more than one stretch.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    /// Place of the item in the chunk.
    pub(super) item: u16,
    start: u32,
    end: u32,
}

/// What a chunk needs to know of an item.
pub(super) struct Entry<'a> {
    pub(super) curve: &'a Curve,
    pub(super) range: Range,
    pub(super) node: u32,
    /// Index of the shift for each side: either, below, above today's spend.
    pub(super) shifts: [u32; 3],
    /// Today's spend, where moving away from it matters.
    pub(super) today: Option<f64>,
}

/// Scratch of a fill, one a task.
#[derive(Debug)]
pub(super) struct FillScratch {
    tile: Tile,
    total: [f64; TILE],
}

impl Default for FillScratch {
    fn default() -> Self {
        Self { tile: Tile::default(), total: [0.0; TILE] }
    }
}

/// Some items' stretches.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) blocks: Vec<Block>,
    /// Numbers of the stretches, column after column: `c` (or its log), `k`, `shape`, `from`, `to`.
    columns: Vec<f64>,
    /// Iterates of the Hill stretches.
    warm: Vec<f64>,
    /// Place in the chunk of each stretch's item.
    item: Vec<u16>,
    /// Items with more than one stretch, ascending, and their uncut stretches.
    pub(super) envelopes: Vec<Envelope>,
    pieces: Vec<Segment>,
    smooth: bool,
    /// Spends of the Hill stretches at the price tried last, and how fast they fall; empty where no step is made from them.
    kept: (Vec<f64>, Vec<f64>),
}

/// Columns of a chunk.
const WIDTH: usize = 5;

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Chunk {
    /// Forgets the iterates of earlier prices.
    pub(super) fn cool(&mut self) {
        self.warm.fill(f64::NAN);
    }

    /// [`Self::sums`] of the blocks that stand in some runs of nodes, ascending.
    pub(super) fn sums_in(
        &mut self,
        runs: &[ops::Range<u32>],
        scale: Scale,
        price_of: impl Fn(&Block) -> Option<(Price, f64)>,
        mut each: impl FnMut(u32, Tally, Tally),
    ) {
        let (Some(first), Some(last)) = (self.blocks.first(), self.blocks.last()) else { return };
        let from = runs.partition_point(|nodes| nodes.end <= first.node);
        let last = last.node;
        for nodes in runs[from..].iter().take_while(|nodes| nodes.start <= last) {
            let place = |node: u32| self.blocks.partition_point(|block| block.node < node);
            self.sums(scale, place(nodes.start)..place(nodes.end), &price_of, &mut each);
        }
    }

    /// Adds up the spends of those of some blocks that `price_of` gives a price, and how fast they fall in the log of
    /// the searched price (`rate` is what a relative change of that price is of the block's own).
    pub(super) fn sums(
        &mut self,
        scale: Scale,
        blocks: ops::Range<usize>,
        price_of: impl Fn(&Block) -> Option<(Price, f64)>,
        mut each: impl FnMut(u32, Tally, Tally),
    ) {
        let speed_scale = scale.wider();
        let keep = !self.kept.0.is_empty();
        let mut tile = Tile::default();
        for at in blocks {
            let block = self.blocks[at];
            let Some((price, rate)) = price_of(&block) else { continue };
            let (mut total, mut speeds) = (Tally::default(), Tally::default());
            for start in (block.start..block.end).step_by(TILE) {
                let start = start as usize;
                let count = self.spends(&block, start, price, &mut tile);
                if keep && block.kind == Kind::Hill {
                    let place = block.iterates(start, start + count);
                    self.kept.0[place.clone()].copy_from_slice(&tile.x[..count]);
                    self.kept.1[place].copy_from_slice(&tile.speed[..count]);
                }
                total.add_all(&tile.x[..count], scale);
                speeds.add_all_times(&tile.speed[..count], rate, speed_scale);
            }
            each(block.node, total.without(block.base), speeds);
        }
    }

    /// Fills a tile with what a block's stretches spend from a place on; returns how many there are.
    fn spends(&mut self, block: &Block, start: usize, price: Price, tile: &mut Tile) -> usize {
        let end = (start + TILE).min(block.end as usize);
        let mut none = [];
        let warm = if block.kind == Kind::Hill { &mut self.warm[block.iterates(start, end)] } else { &mut none[..] };
        kernel::spends(block.kind, columns(&self.columns, start, end), warm, price, tile);
        end - start
    }

    /// Forgets the iterates of a block: a plan follows from its prices alone, not from those tried before.
    pub(super) fn cool_block(&mut self, at: usize) {
        let block = self.blocks[at];
        if block.kind == Kind::Hill {
            self.warm[block.iterates(block.start as usize, block.end as usize)].fill(f64::NAN);
        }
    }

    /// Adds a block's spends, a combination of those at a few prices, to the plan of the chunk's items.
    #[allow(clippy::needless_pass_by_value)] // an iterator, cloned for each tile
    pub(super) fn fill(
        &mut self,
        at: usize,
        blend: impl Iterator<Item = (Price, f64)> + Clone,
        plan: &mut [f64],
        scratch: &mut FillScratch,
    ) {
        let block = self.blocks[at];
        let FillScratch { tile, total } = scratch;
        for start in (block.start as usize..block.end as usize).step_by(TILE) {
            let mut first = [0.0; TILE];
            let mut count = 0;
            for (number, (price, weight)) in blend.clone().enumerate() {
                count = self.spends(&block, start, price, tile);
                if number == 0 {
                    first[..count].copy_from_slice(&tile.x[..count]);
                    total[..count].copy_from_slice(&tile.x[..count]);
                } else {
                    // measured from the first price, so that equal spends stay exactly what they are
                    for ((total, x), first) in total[..count].iter_mut().zip(&tile.x).zip(&first) {
                        *total += weight * (x - first);
                    }
                }
            }
            let from = columns(&self.columns, start, start + count).from;
            for ((&item, &x), &from) in self.item[start..start + count].iter().zip(&total[..]).zip(from) {
                plan[usize::from(item)] += if block.later { x - from } else { x };
            }
        }
    }

    /// Fills the plan of the chunk's items, all smooth, a step of the log of the price away from the price tried last, whose
    /// spends were kept where they are not as quickly computed again; returns what they spend.
    pub(super) fn fill_along(
        &self,
        price: Price,
        step: f64,
        scale: Scale,
        plan: &mut [f64],
        scratch: &mut FillScratch,
    ) -> Tally {
        let mut sum = Tally::default();
        let FillScratch { tile, total } = scratch;
        for block in &self.blocks {
            for start in (block.start as usize..block.end as usize).step_by(TILE) {
                let end = (start + TILE).min(block.end as usize);
                let columns = columns(&self.columns, start, end);
                let known = if block.kind == Kind::Hill {
                    let place = block.iterates(start, end);
                    (&self.kept.0[place.clone()], &self.kept.1[place])
                } else {
                    kernel::spends(block.kind, columns, &mut [], price, tile);
                    (&tile.x[..end - start], &tile.speed[..end - start])
                };
                let total = &mut total[..end - start];
                kernel::lean(block.kind, columns, known, step, total);
                sum.add_all(total, scale);
                for (&item, &x) in self.item[start..end].iter().zip(&*total) {
                    plan[usize::from(item)] = x;
                }
            }
        }
        sum
    }

    /// Keeps the spends of Hill stretches at each price tried, or no longer.
    pub(super) fn keep(&mut self, keep: bool) {
        let count = if keep { self.warm.len() } else { 0 };
        self.kept.0.resize(count, 0.0);
        self.kept.1.resize(count, 0.0);
    }

    /// Whether what its items spend never jumps: each is one stretch of a curve, or worth nothing.
    pub(super) fn is_smooth(&self) -> bool {
        self.smooth
    }

    /// Mean log slope of chosen stretches at a share of their range, as a sum and a count.
    pub(super) fn log_slopes(
        &self,
        share: f64,
        scale: Scale,
        wanted: impl Fn(u32) -> bool,
        chosen: impl Fn(u64) -> bool,
    ) -> (Tally, u32) {
        let (mut sum, mut count) = (Tally::default(), 0);
        for block in self.blocks.iter().filter(|block| wanted(block.node)) {
            let columns = self.columns(block.start as usize, block.end as usize);
            for at in 0..columns.c.len() {
                let (from, to) = (columns.from[at], columns.to[at]);
                if from >= to || !chosen(mark([columns.c[at], from, to])) {
                    continue;
                }
                let (c, k, shape) = (columns.c[at], columns.k[at], columns.shape[at]);
                let ln = block.kind.log_slope(c, k, shape, from + share * (to - from));
                if ln.abs() < 1024.0 {
                    sum.add(ln, scale);
                    count += 1;
                }
            }
        }
        (sum, count)
    }

    /// The uncut stretches of an item that has more than one.
    pub(super) fn pieces(&self, item: u16) -> Option<&[Segment]> {
        let at = self.envelopes.binary_search_by_key(&item, |envelope| envelope.item).ok()?;
        Some(self.pieces_of(&self.envelopes[at]))
    }

    /// The uncut stretches of an envelope.
    pub(super) fn pieces_of(&self, envelope: &Envelope) -> &[Segment] {
        &self.pieces[envelope.start as usize..envelope.end as usize]
    }

    /// A copy of every stretch of the items chosen, for a search on a sample.
    pub(super) fn sample(&self, chosen: impl Fn(u64) -> bool, scale: Scale) -> Self {
        let mut sample = Self::default();
        let mut rows = Vec::new();
        let mut warm = 0;
        for block in &self.blocks {
            let start = rows.len();
            let Columns { c, from, to, .. } = self.columns(0, self.item.len());
            rows.extend(
                (block.start as usize..block.end as usize).filter(|&at| chosen(mark([c[at], from[at], to[at]]))),
            );
            if rows.len() > start {
                let (start, end) = (index(start), index(rows.len()));
                sample.blocks.push(Block { start, end, warm, ..*block });
                warm += if block.kind == Kind::Hill { end - start } else { 0 };
            }
        }
        sample.item = rows.iter().map(|&at| self.item[at]).collect();
        sample.columns.reserve_exact(WIDTH * rows.len());
        for column in self.columns.chunks_exact(self.item.len().max(1)) {
            sample.columns.extend(rows.iter().map(|&at| column[at]));
        }
        sample.warm.resize(warm as usize, f64::NAN);
        sample.add_ends(scale);
        sample
    }

    /// Sums of where the stretches of each block begin and end.
    pub(super) fn ends(&self, mut each: impl FnMut(u32, Tally, Tally)) {
        self.blocks.iter().for_each(|block| each(block.node, block.ends.0, block.ends.1));
    }

    /// Place in the chunk of each stretch's item.
    pub(super) fn order(&self) -> &[u16] {
        &self.item
    }

    /// Where each stretch begins and ends, money.
    pub(super) fn bounds(&self) -> (&[f64], &[f64]) {
        let columns = self.columns(0, self.item.len());
        (columns.from, columns.to)
    }

    /// The numbers of a range of stretches.
    fn columns(&self, start: usize, end: usize) -> Columns<'_> {
        columns(&self.columns, start, end)
    }
}

/// The numbers of a range of stretches.
fn columns(numbers: &[f64], start: usize, end: usize) -> Columns<'_> {
    let count = numbers.len() / WIDTH;
    let column = |number: usize| &numbers[number * count + start..number * count + end];
    Columns { c: column(0), k: column(1), shape: column(2), from: column(3), to: column(4) }
}

/// A number that depends on a stretch alone, to draw samples that do not depend on the order: its low bits
/// are as good as drawn.
fn mark([c, from, to]: [f64; 3]) -> u64 {
    let bits = c.to_bits() ^ from.to_bits().rotate_left(21) ^ to.to_bits().rotate_left(42);
    // the high half of a product with an odd number depends on every bit (Knuth 1998, section 6.4)
    bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// A number that depends on the numbers alone, to draw samples that do not depend on the order.
pub(super) fn hash(numbers: &[f64]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
    for number in numbers {
        // splitmix64's mixing step (Steele, Lea and Flood 2014)
        hash = (hash ^ number.to_bits()).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 29;
    }
    hash
}
