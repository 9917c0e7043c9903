//! Items to columns where there is nothing but smooth curves and bounds: one stretch each, without a detour.

use super::prepare::split;
use super::{Block, CHUNK, Chunk, WIDTH, index};
use crate::allocate::segment::{Kind, inverse_shape};
use crate::allocate::tally::{Scale, Tally};
use crate::numeric::elementary::{ln, widest};
use crate::response::{Curve, hill};

/// Items of a chunk as the problem has them.
#[derive(Clone, Copy, Debug)]
pub(in crate::allocate) struct Items<'a> {
    pub(in crate::allocate) curves: &'a [Curve],
    pub(in crate::allocate) lower: &'a [f64],
    pub(in crate::allocate) upper: &'a [f64],
    /// No item is to have more, money.
    pub(in crate::allocate) most: f64,
}

/// Parameters of the items of a chunk whose envelopes are one smooth stretch each, and the families of these.
#[derive(Debug)]
pub(in crate::allocate) struct Parameters {
    kinds: [u8; CHUNK],
    a: [f64; CHUNK],
    k: [f64; CHUNK],
    h: [f64; CHUNK],
}

impl Default for Parameters {
    fn default() -> Self {
        Self { kinds: [0; CHUNK], a: [0.0; CHUNK], k: [0.0; CHUNK], h: [0.0; CHUNK] }
    }
}

impl Parameters {
    /// Reads some items; false where one of them is not sound or not smooth. Written without branches on what a curve is,
    /// which no processor could foresee.
    #[allow(clippy::needless_bitwise_bool, clippy::manual_range_contains)] // no branches, for speed
    fn read(&mut self, items: Items<'_>) -> bool {
        let Items { curves, lower, upper, most } = items;
        let count = curves.len().min(CHUNK);
        let (lower, upper) = (&lower[..count], &upper[..count]);
        let outputs = self.kinds.iter_mut().zip(&mut self.a).zip(self.k.iter_mut().zip(&mut self.h));
        let mut sound = true;
        for ((curve, (&lower, &upper)), ((kind, a_), (k_, h_))) in
            curves.iter().zip(lower.iter().zip(upper)).zip(outputs)
        {
            let family = match curve {
                Curve::Hill { .. } => Kind::Hill,
                Curve::Power { .. } => Kind::Power,
                Curve::Exp { .. } => Kind::Exp,
                Curve::Log { .. } => Kind::Log,
                Curve::Points(_) => Kind::Straight,
            } as u8;
            let (a, k) = match *curve {
                Curve::Hill { a, k, .. } | Curve::Power { a, k, .. } | Curve::Exp { a, k } | Curve::Log { a, k } => {
                    (a, k)
                }
                Curve::Points(_) => (f64::NAN, f64::NAN),
            };
            let h = match *curve {
                Curve::Hill { h, .. } | Curve::Power { h, .. } => h,
                Curve::Exp { .. } | Curve::Log { .. } | Curve::Points(_) => 1.0,
            };
            let straight = hill::is_one(h) & (family == Kind::Power as u8);
            let root = hill::is_one(h) & (family == Kind::Hill as u8);
            let positive = (a >= 0.0) & (a <= f64::MAX) & (k > 0.0) & (k <= f64::MAX) & (h > 0.0) & (h <= 1.0);
            let bounds = (lower >= 0.0) & (lower <= most) & (lower <= upper);
            sound &= positive & bounds & !straight;
            // one that cannot move, or is worth nothing, is a straight stretch
            let moves = (a > 0.0) & (lower < upper);
            let family = if root { Kind::Root as u8 } else { family };
            *kind = if moves { family } else { Kind::Straight as u8 };
            *a_ = if moves { a } else { 0.0 };
            *k_ = if moves { k } else { 1.0 };
            *h_ = if moves { h } else { 1.0 };
        }
        sound
    }
}

impl Chunk {
    /// Fills the chunk as [`Chunk::prepare`] does; false, with nothing to rely on, where an
    /// item is not sound, not smooth, or has to have more than `most`: then the usual way finds out.
    pub(in crate::allocate) fn prepare_plain(&mut self, items: Items<'_>, scale: Scale, own: &mut Parameters) -> bool {
        let Items { lower, upper, most, .. } = items;
        let count = items.curves.len().min(CHUNK);
        if !own.read(items) {
            return false;
        }
        let mut counts = [0_u32; Kind::COUNT];
        for &kind in &own.kinds[..count] {
            counts[usize::from(kind)] += 1;
        }
        self.envelopes.clear();
        self.pieces.clear();
        self.blocks.clear();
        self.columns.resize(WIDTH * count, 0.0);
        self.item.resize(count, 0);
        self.smooth = true;
        let mut next = [0_u32; Kind::COUNT];
        let (mut start, mut warm) = (0, 0);
        for (kind, &stretches) in Kind::ALL.into_iter().zip(&counts).filter(|(_, count)| **count > 0) {
            next[kind as usize] = start;
            let end = start + stretches;
            let (ends, base) = <((Tally, Tally), Tally)>::default();
            self.blocks.push(Block { kind, node: 0, shift: 0, later: false, start, end, warm, ends, base });
            start = end;
            warm += if kind == Kind::Hill { stretches } else { 0 };
        }
        self.warm.clear();
        self.warm.resize(warm as usize, f64::NAN);
        for (item, &kind) in (0_u16..).zip(&own.kinds[..count]) {
            let at = &mut next[usize::from(kind)];
            self.item[*at as usize] = item;
            *at += 1;
        }
        let [c, k, shape, from, to] = split(&mut self.columns);
        for (at, &item) in self.item.iter().enumerate() {
            let item = usize::from(item);
            (c[at], k[at], shape[at]) = (own.a[item], own.k[item], own.h[item]);
            (from[at], to[at]) = (lower[item], if upper[item] < most { upper[item] } else { most });
        }
        for block in &self.blocks {
            let part = block.start as usize..block.end as usize;
            constants(block.kind, &mut c[part.clone()], &k[part.clone()], &mut shape[part]);
        }
        self.add_ends(scale);
        debug_assert_eq!(index(count), start, "every item has its stretch");
        true
    }
}

/// Turns `a` and `h` into `c` (or its log) and the shape, in place.
fn constants(kind: Kind, c: &mut [f64], k: &[f64], shape: &mut [f64]) {
    widest(
        #[inline(always)]
        || {
            let count = c.len();
            let (k, shape) = (&k[..count], &mut shape[..count]);
            match kind {
                Kind::Power => {
                    for at in 0..count {
                        (c[at], shape[at]) = (ln(c[at] * shape[at] / k[at]), inverse_shape(shape[at]));
                    }
                }
                Kind::Hill => (0..count).for_each(|at| c[at] = ln(c[at] * shape[at] / k[at])),
                Kind::Exp => (0..count).for_each(|at| c[at] = ln(c[at] / k[at])),
                Kind::Root => (0..count).for_each(|at| c[at] /= k[at]),
                Kind::Log | Kind::Straight => {}
            }
        },
    );
}
