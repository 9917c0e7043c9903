//! Items in chunks: their stretches as columns, sorted so that each run of them has one node, one
//! shift of the price and one family.
//!
//! A chunk is what one task works on. It knows its items by their place in the chunk; the plan it
//! fills has the workspace's order of items (by node).

use super::kernel::{self, Columns, Price, TILE, Tile};
use super::segment::{Kind, Range, Segment, Side, envelope, simple};
use super::tally::{Scale, Tally};
use crate::numeric::elementary::{ln, widest};
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

/// Scratch of the preparation, one a task.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    found: Vec<Found>,
    /// How many of a run's stretches each bucket has, then where its next one goes.
    buckets: Vec<u32>,
}

/// A stretch of an item.
#[derive(Debug)]
struct Found {
    /// Place of the item in the chunk.
    item: u16,
    node: u32,
    shift: u32,
    later: bool,
    segment: Segment,
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

impl Scratch {
    /// The number of shifts in the run of one node that starts at a place, and its end.
    fn run(&self, start: usize) -> (u32, usize) {
        let node = self.found[start].node;
        let run = self.found[start..].iter().take_while(|found| found.node == node);
        let (count, shifts) = run.fold((0, 0), |(count, shifts), found| (count + 1, found.shift.max(shifts)));
        (shifts + 1, start + count)
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
}

/// Columns of a chunk.
const WIDTH: usize = 5;

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Splits numbers in equal columns.
fn split(numbers: &mut [f64]) -> [&mut [f64]; WIDTH] {
    let count = numbers.len() / WIDTH;
    let (c, rest) = numbers.split_at_mut(count);
    let (k, rest) = rest.split_at_mut(count);
    let (shape, rest) = rest.split_at_mut(count);
    let (from, to) = rest.split_at_mut(count);
    [c, k, shape, from, to]
}

impl Chunk {
    /// Fills the chunk with items, ascending by node.
    pub(super) fn prepare<'a>(
        &mut self,
        entries: impl Iterator<Item = Entry<'a>>,
        scale: Scale,
        scratch: &mut Scratch,
    ) {
        scratch.found.clear();
        self.envelopes.clear();
        self.pieces.clear();
        for (place, entry) in entries.enumerate() {
            let item = u16::try_from(place).unwrap_or(u16::MAX);
            let Entry { node, shifts, today, .. } = entry;
            let Range { lower, upper, .. } = entry.range;
            let mut push = |shift, later, segment| scratch.found.push(Found { item, node, shift, later, segment });
            if lower >= upper {
                push(shifts[0], false, fixed(lower));
                continue;
            }
            let start = self.pieces.len();
            if let Some(segment) = simple(entry.curve, entry.range) {
                if today.is_none() {
                    push(shifts[0], false, segment);
                    continue;
                }
                self.pieces.push(segment);
            } else {
                envelope(entry.curve, entry.range, &mut self.pieces);
            }
            self.envelopes.push(Envelope { item, start: index(start), end: index(self.pieces.len()) });
            let mut later = false;
            for segment in &self.pieces[start..] {
                segment.cut(today, |segment| {
                    push(shifts[segment.side as usize], later, segment);
                    later = true;
                });
            }
        }
        self.sort(scale, scratch);
    }

    /// Writes the stretches found as columns, sorted by node, first or later, shift and family, and
    /// otherwise in their order: by counting, as there are few of these.
    fn sort(&mut self, scale: Scale, scratch: &mut Scratch) {
        let count = scratch.found.len();
        self.blocks.clear();
        self.columns.resize(WIDTH * count, 0.0);
        self.item.resize(count, 0);
        let (mut start, mut warm) = (0, 0);
        while start < count {
            let (shifts, end) = scratch.run(start);
            let bucket = |found: &Found| {
                let row = if found.later { shifts } else { 0 } + found.shift;
                row as usize * Kind::COUNT + found.segment.kind as usize
            };
            let Scratch { found, buckets } = &mut *scratch;
            buckets.clear();
            buckets.resize(2 * shifts as usize * Kind::COUNT, 0);
            let run = &found[start..end];
            for found in run {
                buckets[bucket(found)] += 1;
            }
            let mut next = index(start);
            for (number, bucket) in buckets.iter_mut().enumerate().filter(|(_, bucket)| **bucket > 0) {
                let (row, kind) = (index(number / Kind::COUNT), Kind::ALL[number % Kind::COUNT]);
                let stretches = *bucket;
                self.blocks.push(Block {
                    kind,
                    node: run[0].node,
                    shift: row % shifts,
                    later: row >= shifts,
                    start: next,
                    end: next + stretches,
                    warm,
                    ends: <(Tally, Tally)>::default(),
                    base: Tally::default(),
                });
                *bucket = next;
                next += stretches;
                warm += if kind == Kind::Hill { stretches } else { 0 };
            }
            let [c, k, shape, from, to] = split(&mut self.columns);
            for found in run {
                let next = &mut buckets[bucket(found)];
                let at = *next as usize;
                *next += 1;
                let segment = &found.segment;
                (c[at], k[at], shape[at]) = (segment.c, segment.k, segment.shape);
                (from[at], to[at]) = (segment.from, segment.to);
                self.item[at] = found.item;
            }
            start = end;
        }
        self.warm.clear();
        self.warm.resize(warm as usize, f64::NAN);
        let [c, ..] = split(&mut self.columns);
        for block in self.blocks.iter().filter(|block| block.kind.takes_log()) {
            let c = &mut c[block.start as usize..block.end as usize];
            widest(
                #[inline(always)]
                || c.iter_mut().for_each(|c| *c = ln(*c)),
            );
        }
        self.add_ends(scale);
    }

    /// Adds up where the stretches of each block begin and end.
    fn add_ends(&mut self, scale: Scale) {
        for block in &mut self.blocks {
            let (mut from, mut to) = (Tally::default(), Tally::default());
            let columns = columns(&self.columns, block.start as usize, block.end as usize);
            from.add_all(columns.from, scale);
            to.add_all(columns.to, scale);
            block.base = if block.later { from } else { Tally::default() };
            block.ends = (from.without(block.base), to.without(block.base));
        }
    }

    /// Forgets the iterates of earlier prices.
    pub(super) fn cool(&mut self) {
        self.warm.fill(f64::NAN);
    }

    /// The blocks of each of some runs of nodes, where the chunk has any.
    pub(super) fn runs_of(&self, runs: &[ops::Range<u32>]) -> Vec<ops::Range<usize>> {
        let (Some(first), Some(last)) = (self.blocks.first(), self.blocks.last()) else { return Vec::new() };
        let from = runs.partition_point(|nodes| nodes.end <= first.node);
        let inside = runs[from..].iter().take_while(|nodes| nodes.start <= last.node);
        let place = |node: u32| self.blocks.partition_point(|block| block.node < node);
        inside.map(|nodes| place(nodes.start)..place(nodes.end)).filter(|blocks| !blocks.is_empty()).collect()
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
        let mut tile = Tile::default();
        for at in blocks {
            let block = self.blocks[at];
            let Some((price, rate)) = price_of(&block) else { continue };
            let (mut total, mut speeds) = (Tally::default(), Tally::default());
            for start in (block.start..block.end).step_by(TILE) {
                let count = self.spends(&block, start as usize, price, &mut tile);
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
        let warm = if block.kind == Kind::Hill {
            let first = start - block.start as usize + block.warm as usize;
            &mut self.warm[first..first + end - start]
        } else {
            &mut none[..]
        };
        kernel::spends(block.kind, columns(&self.columns, start, end), warm, price, tile);
        end - start
    }

    #[allow(clippy::needless_pass_by_value)] // an iterator, cloned for each tile
    /// Adds a block's spends, a combination of those at a few prices, to the plan of the chunk's items.
    pub(super) fn fill(
        &mut self,
        at: usize,
        blend: impl Iterator<Item = (Price, f64)> + Clone,
        plan: &mut [f64],
        scratch: &mut FillScratch,
    ) {
        let block = self.blocks[at];
        let FillScratch { tile, total } = scratch;
        if block.kind == Kind::Hill {
            // a plan follows from its prices alone, not from those tried before
            let warm = block.warm as usize..(block.warm + block.end - block.start) as usize;
            self.warm[warm].fill(f64::NAN);
        }
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

/// A stretch that holds its item where it is.
fn fixed(spend: f64) -> Segment {
    Segment {
        kind: Kind::Straight,
        side: Side::Either,
        bridge: false,
        from: spend,
        to: spend,
        c: 0.0,
        k: 1.0,
        shape: 1.0,
    }
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
