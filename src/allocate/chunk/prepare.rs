//! Items to columns: their stretches, sorted by counting.

use super::{Block, Chunk, Entry, Envelope, WIDTH, columns, index};
use crate::allocate::segment::{Kind, Range, Segment, Side, envelope, simple};
use crate::allocate::tally::{Scale, Tally};
use crate::numeric::elementary::{ln, widest};

/// Scratch of the preparation, one a task.
#[derive(Debug, Default)]
pub(in crate::allocate) struct Scratch {
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

impl Scratch {
    /// The number of shifts in the run of one node that starts at a place, and its end.
    fn run(&self, start: usize) -> (u32, usize) {
        let node = self.found[start].node;
        let run = self.found[start..].iter().take_while(|found| found.node == node);
        let (count, shifts) = run.fold((0, 0), |(count, shifts), found| (count + 1, found.shift.max(shifts)));
        (shifts + 1, start + count)
    }
}

/// Splits numbers in equal columns.
pub(super) fn split(numbers: &mut [f64]) -> [&mut [f64]; WIDTH] {
    let count = numbers.len() / WIDTH;
    let (c, rest) = numbers.split_at_mut(count);
    let (k, rest) = rest.split_at_mut(count);
    let (shape, rest) = rest.split_at_mut(count);
    let (from, to) = rest.split_at_mut(count);
    [c, k, shape, from, to]
}

impl Chunk {
    /// Fills the chunk with items, ascending by node.
    pub(in crate::allocate) fn prepare<'a>(
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
        self.smooth = self.envelopes.is_empty()
            && self.blocks.iter().filter(|block| block.kind == Kind::Straight).all(|block| {
                let columns = columns(&self.columns, block.start as usize, block.end as usize);
                let ends = columns.from.iter().zip(columns.to);
                columns.c.iter().zip(ends).all(|(&slope, (from, to))| slope <= 0.0 || from >= to)
            });
    }

    /// Adds up where the stretches of each block begin and end.
    pub(super) fn add_ends(&mut self, scale: Scale) {
        for block in &mut self.blocks {
            let (mut from, mut to) = (Tally::default(), Tally::default());
            let columns = columns(&self.columns, block.start as usize, block.end as usize);
            from.add_all(columns.from, scale);
            to.add_all(columns.to, scale);
            block.base = if block.later { from } else { Tally::default() };
            block.ends = (from.without(block.base), to.without(block.base));
        }
    }
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
