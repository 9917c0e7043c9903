//! Items in chunks: their stretches as columns, sorted so that each run of them has one node, one
//! shift of the price and one family.
//!
//! A chunk is what one task works on. It knows its items by their place in the chunk; the plan it
//! fills has the workspace's order of items (by node).

use super::kernel::{self, Columns, Price};
use super::segment::{Kind, Range, Segment, Side, envelope, simple};
use super::tally::{Scale, Tally};
use crate::response::Curve;

/// Items in a chunk; sums are exact, so the cut changes no result.
pub(super) const CHUNK: usize = 4096;

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
    /// Sum of where later stretches begin, money.
    base: Tally,
}

/// An item with more than one stretch.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    /// Place of the item in the chunk.
    pub(super) item: u32,
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
    found: Vec<(u32, Segment)>,
    /// Node, first or later, shift, family and place in `found`, packed in this order.
    order: Vec<u128>,
}

impl Scratch {
    fn push(&mut self, node: u32, shift: u32, later: bool, item: u32, segment: Segment) {
        let key = u128::from(node) << 80
            | u128::from(later) << 72
            | u128::from(shift) << 40
            | u128::from(segment.kind as u8) << 32
            | u128::from(index(self.found.len()));
        self.order.push(key);
        self.found.push((item, segment));
    }
}

/// Some items' stretches. Shape of the columns: stretches.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) blocks: Vec<Block>,
    c: Vec<f64>,
    k: Vec<f64>,
    shape: Vec<f64>,
    from: Vec<f64>,
    to: Vec<f64>,
    top: Vec<f64>,
    bottom: Vec<f64>,
    warm: Vec<f64>,
    item: Vec<u32>,
    /// Items with more than one stretch, ascending, and their uncut stretches.
    pub(super) envelopes: Vec<Envelope>,
    pieces: Vec<Segment>,
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Chunk {
    /// Fills the chunk with items.
    pub(super) fn prepare<'a>(
        &mut self,
        entries: impl Iterator<Item = Entry<'a>>,
        scale: Scale,
        scratch: &mut Scratch,
    ) {
        scratch.found.clear();
        scratch.order.clear();
        self.envelopes.clear();
        self.pieces.clear();
        for (item, entry) in entries.enumerate() {
            let item = index(item);
            let Range { lower, upper, .. } = entry.range;
            if lower >= upper {
                scratch.push(entry.node, entry.shifts[0], false, item, fixed(lower));
                continue;
            }
            let start = self.pieces.len();
            if let Some(segment) = simple(entry.curve, entry.range) {
                if entry.today.is_none() {
                    scratch.push(entry.node, entry.shifts[0], false, item, segment);
                    continue;
                }
                self.pieces.push(segment);
            } else {
                envelope(entry.curve, entry.range, &mut self.pieces);
            }
            self.envelopes.push(Envelope { item, start: index(start), end: index(self.pieces.len()) });
            let mut later = false;
            for segment in &self.pieces[start..] {
                segment.cut(entry.today, |segment| {
                    let shift = entry.shifts[segment.side as usize];
                    scratch.push(entry.node, shift, later, item, segment);
                    later = true;
                });
            }
        }
        scratch.order.sort_unstable();
        self.columns(scale, scratch);
    }

    fn columns(&mut self, scale: Scale, scratch: &Scratch) {
        let count = scratch.order.len();
        let Self { blocks, c, k, shape, from, to, top, bottom, warm, item, .. } = self;
        blocks.clear();
        item.clear();
        item.reserve(count);
        for column in [&mut *c, k, shape, from, to, top, bottom, warm] {
            column.clear();
            column.reserve(count);
        }
        let mut run = None;
        for &key in &scratch.order {
            let (place, segment) = scratch.found[(key & 0xffff_ffff) as usize];
            let at = index(c.len());
            if run != Some(key >> 32) {
                run = Some(key >> 32);
                let part = |at: u32| u32::try_from((key >> at) & 0xffff_ffff).unwrap_or(u32::MAX);
                let (node, shift) = (part(80), part(40));
                let later = (key >> 72) & 1 == 1;
                blocks.push(Block {
                    kind: segment.kind,
                    node,
                    shift,
                    later,
                    start: at,
                    end: at,
                    base: Tally::default(),
                });
            }
            if let Some(block) = blocks.last_mut() {
                block.end = at + 1;
                if block.later {
                    block.base.add(segment.from, scale);
                }
            }
            c.push(segment.c);
            k.push(segment.k);
            shape.push(segment.shape);
            from.push(segment.from);
            to.push(segment.to);
            let bounded = matches!(segment.kind, Kind::Power | Kind::Hill);
            top.push(if bounded { segment.log_slope(segment.from) } else { f64::INFINITY });
            bottom.push(if bounded { segment.log_slope(segment.to) } else { f64::NEG_INFINITY });
            warm.push(f64::NAN);
            item.push(place);
        }
    }

    /// Adds up the spends of the blocks that `price_of` gives a price, and how fast they fall in the log of
    /// the searched price (`rate` is what a relative change of that price is of the block's own).
    pub(super) fn sums(
        &mut self,
        scale: Scale,
        price_of: impl Fn(&Block) -> Option<(Price, f64)>,
        mut each: impl FnMut(u32, Tally, Tally),
    ) {
        let speed_scale = scale.wider();
        for at in 0..self.blocks.len() {
            let block = self.blocks[at];
            let Some((price, rate)) = price_of(&block) else { continue };
            let (mut total, mut speeds) = (Tally::default(), Tally::default());
            let (columns, warm) = self.block(&block);
            kernel::spends(block.kind, columns, warm, price, |_, x, speed| {
                total.add(x, scale);
                speeds.add(speed_scale.limit(speed * rate), speed_scale);
            });
            each(block.node, total.without(block.base), speeds);
        }
    }

    /// Adds a block's spends, a combination of those at a few prices, to the plan of the chunk's items.
    pub(super) fn fill(
        &mut self,
        at: usize,
        blend: impl Iterator<Item = (Price, f64)>,
        plan: &mut [f64],
        scratch: &mut Vec<f64>,
    ) {
        let block = self.blocks[at];
        let range = block.start as usize..block.end as usize;
        let count = range.len();
        scratch.clear();
        scratch.resize(count, 0.0);
        let (columns, warm) = self.block(&block);
        for (number, (price, weight)) in blend.enumerate() {
            if number == 0 {
                kernel::spends(block.kind, columns, warm, price, |at, x, _| scratch[at] = x);
            } else {
                // measured from the first price, so that equal spends stay exactly what they are
                if number == 1 {
                    scratch.extend_from_within(..count);
                }
                let (total, first) = scratch.split_at_mut(count);
                kernel::spends(block.kind, columns, warm, price, |at, x, _| total[at] += weight * (x - first[at]));
            }
        }
        for (at, &x) in scratch[..count].iter().enumerate() {
            let from = if block.later { self.from[range.start + at] } else { 0.0 };
            plan[self.item[range.start + at] as usize] += x - from;
        }
    }

    fn block(&mut self, block: &Block) -> (Columns<'_>, &mut [f64]) {
        let range = block.start as usize..block.end as usize;
        let columns = Columns {
            c: &self.c[range.clone()],
            k: &self.k[range.clone()],
            shape: &self.shape[range.clone()],
            from: &self.from[range.clone()],
            to: &self.to[range.clone()],
            top: &self.top[range.clone()],
            bottom: &self.bottom[range.clone()],
        };
        (columns, &mut self.warm[range])
    }

    /// Mean log slope of the stretches at a share of their range, as a sum and a count.
    pub(super) fn log_slopes(&self, share: f64, scale: Scale, wanted: impl Fn(u32) -> bool) -> (Tally, u32) {
        let (mut sum, mut count) = (Tally::default(), 0);
        for block in self.blocks.iter().filter(|block| wanted(block.node)) {
            for at in block.start as usize..block.end as usize {
                let (from, to) = (self.from[at], self.to[at]);
                if from >= to {
                    continue;
                }
                let segment = Segment {
                    kind: block.kind,
                    side: Side::Either,
                    bridge: false,
                    from,
                    to,
                    c: self.c[at],
                    k: self.k[at],
                    shape: self.shape[at],
                };
                let ln = segment.log_slope(share.mul_add(to - from, from));
                if ln.abs() < 1024.0 {
                    sum.add(ln, scale);
                    count += 1;
                }
            }
        }
        (sum, count)
    }

    /// The uncut stretches of an item that has more than one.
    pub(super) fn pieces(&self, item: u32) -> Option<&[Segment]> {
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
        for block in &self.blocks {
            let start = index(sample.c.len());
            let mut base = Tally::default();
            for at in block.start as usize..block.end as usize {
                let numbers = [self.c[at], self.k[at], self.shape[at], self.from[at], self.to[at]];
                if !chosen(hash(&numbers)) {
                    continue;
                }
                sample.c.push(self.c[at]);
                sample.k.push(self.k[at]);
                sample.shape.push(self.shape[at]);
                sample.from.push(self.from[at]);
                sample.to.push(self.to[at]);
                sample.top.push(self.top[at]);
                sample.bottom.push(self.bottom[at]);
                sample.warm.push(f64::NAN);
                sample.item.push(self.item[at]);
                if block.later {
                    base.add(self.from[at], scale);
                }
            }
            let end = index(sample.c.len());
            if end > start {
                sample.blocks.push(Block { start, end, base, ..*block });
            }
        }
        sample
    }

    /// Sums of where the stretches begin and end.
    pub(super) fn ends(&self, scale: Scale, mut each: impl FnMut(u32, Tally, Tally)) {
        for block in &self.blocks {
            let (mut from, mut to) = (Tally::default(), Tally::default());
            for at in block.start as usize..block.end as usize {
                from.add(self.from[at], scale);
                to.add(self.to[at], scale);
            }
            each(block.node, from.without(block.base), to.without(block.base));
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
