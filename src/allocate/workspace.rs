//! Scratch of a solve, kept between solves so that hundreds of them allocate once.

use super::item::{Item, Piece, Price};
use super::problem::Problem;
use super::tally::{Scale, Tally};
use rayon::prelude::*;

/// Items a task takes at a time; sums are exact, so the cut changes no result.
pub(super) const CHUNK: usize = 4096;

/// Scratch vectors of the allocator. Shape of each: items.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(super) items: Vec<Item>,
    pub(super) pieces: Vec<Piece>,
    pub(super) warm: Vec<f64>,
    /// Spends at the lower and at the higher price of the bracket, and at the price being tried.
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) trial: Vec<f64>,
    pub(super) plan: Vec<f64>,
}

impl Workspace {
    /// An empty workspace; it grows at its first use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The plan of the last solve: spend of each item, money.
    #[must_use]
    pub fn spend(&self) -> &[f64] {
        &self.plan
    }

    /// Makes this the workspace of some of another's items; the pieces move here until given back.
    pub(super) fn take(&mut self, other: &mut Self, chosen: impl Fn(&Item) -> bool) {
        self.items.clear();
        self.items.extend(other.items.iter().copied().filter(chosen));
        self.pieces = std::mem::take(&mut other.pieces);
        self.resize();
    }

    fn resize(&mut self) {
        let count = self.items.len();
        self.warm.clear();
        self.warm.resize(count, f64::NAN);
        for vector in [&mut self.low, &mut self.high, &mut self.trial, &mut self.plan] {
            vector.resize(count, 0.0);
        }
    }

    pub(super) fn prepare(&mut self, problem: &Problem) {
        let count = problem.curves.len();
        let Self { items, pieces, .. } = self;
        pieces.clear();
        let (curves, lower) = (&problem.curves, &problem.lower);
        if count <= CHUNK {
            items.clear();
            items.extend((0..count).map(|at| Item::new(&curves[at], lower[at], problem.cap(at), pieces)));
        } else {
            // pieces share one vector, so curves that need them wait for the loop below
            let smooth = |at: usize| Item::smooth(&curves[at], lower[at], problem.cap(at));
            (0..count)
                .into_par_iter()
                .with_min_len(CHUNK)
                .map(|at| smooth(at).unwrap_or_else(Item::postponed))
                .collect_into_vec(items);
            for (at, item) in items.iter_mut().enumerate() {
                if item.is_postponed() {
                    *item = Item::new(&curves[at], lower[at], problem.cap(at), pieces);
                }
            }
        }
        self.resize();
    }

    /// Fills `low` with the upper and `high` with the lower bounds: the spends at no price and at any.
    pub(super) fn start(&mut self) {
        let Self { items, low, high, .. } = self;
        let set = |((item, low), high): ((&Item, &mut f64), &mut f64)| (*low, *high) = (item.upper, item.lower);
        if items.len() <= CHUNK {
            items.iter().zip(low).zip(high).for_each(set);
        } else {
            items.par_iter().zip(low).zip(high).with_min_len(CHUNK).for_each(set);
        }
    }

    /// Fills `trial` with the best spends at a price; gives their sum and how fast it falls in the
    /// log of the price.
    pub(super) fn evaluate(&mut self, price: f64, scale: Scale) -> (f64, f64) {
        let price = Price::new(price);
        let (items, pieces) = (&self.items, &self.pieces);
        let speed_scale = scale.wider();
        let chunk = |((items, warm), trial): ((&[Item], &mut [f64]), &mut [f64])| {
            let mut sums = (Tally::default(), Tally::default());
            for ((item, warm), trial) in items.iter().zip(warm).zip(trial) {
                let (x, speed) = item.spend(price, pieces, warm);
                *trial = x;
                sums.0.add(x, scale);
                sums.1.add(speed_scale.limit(speed), speed_scale);
            }
            sums
        };
        let (total, speed) = if items.len() <= CHUNK {
            chunk(((items, &mut self.warm), &mut self.trial))
        } else {
            items
                .par_chunks(CHUNK)
                .zip(self.warm.par_chunks_mut(CHUNK))
                .zip(self.trial.par_chunks_mut(CHUNK))
                .map(chunk)
                .reduce(Default::default, |a, b| (a.0.merge(b.0), a.1.merge(b.1)))
        };
        (total.value(), speed.value())
    }
}
