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

/// Family of a curve with a range, and its parameters; none where its envelope is not one smooth stretch.
#[inline]
fn smooth(curve: &Curve, lower: f64, upper: f64) -> Option<(Kind, [f64; 3])> {
    let (kind, a, k, h) = match *curve {
        Curve::Exp { a, k } => (Kind::Exp, a, k, 1.0),
        Curve::Log { a, k } => (Kind::Log, a, k, 1.0),
        Curve::Power { a, k, h } if h < 1.0 => (Kind::Power, a, k, h),
        Curve::Hill { a, k, h } if h < 1.0 => (Kind::Hill, a, k, h),
        Curve::Hill { a, k, h } if hill::is_one(h) => (Kind::Root, a, k, 1.0),
        _ => return None,
    };
    // one that cannot move, or is worth nothing, is a straight stretch
    let moves = a > 0.0 && lower < upper;
    Some(if moves { (kind, [a, k, h]) } else { (Kind::Straight, [0.0, 1.0, 1.0]) })
}

impl Chunk {
    /// Fills the chunk as [`Chunk::prepare`] does; false, with nothing to rely on, where an
    /// item is not sound, not smooth, or has to have more than `most`: then the usual way finds out.
    pub(in crate::allocate) fn prepare_plain(&mut self, items: Items<'_>, scale: Scale) -> bool {
        let Items { curves, lower, upper, most } = items;
        let count = curves.len().min(CHUNK);
        let (curves, lower, upper) = (&curves[..count], &lower[..count], &upper[..count]);
        let mut kinds = [0_u8; CHUNK];
        let mut counts = [0_u32; Kind::COUNT];
        let mut sound = true;
        for (at, kind) in kinds[..count].iter_mut().enumerate() {
            let Some((own, _)) = smooth(&curves[at], lower[at], upper[at]) else { return false };
            let bounds = lower[at] >= 0.0 && lower[at] <= most && lower[at] <= upper[at];
            sound &= bounds & curves[at].is_sound();
            *kind = own as u8;
            counts[own as usize] += 1;
        }
        if !sound {
            return false;
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
        let [c, k, shape, from, to] = split(&mut self.columns);
        for (item, (curve, &kind)) in (0_u16..).zip(curves.iter().zip(&kinds)) {
            let at = next[usize::from(kind)] as usize;
            next[usize::from(kind)] += 1;
            let place = usize::from(item);
            let (lower, upper) = (lower[place], upper[place]);
            if let Some((_, parameters)) = smooth(curve, lower, upper) {
                [c[at], k[at], shape[at]] = parameters;
            }
            (from[at], to[at]) = (lower, if upper < most { upper } else { most });
            self.item[at] = item;
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
