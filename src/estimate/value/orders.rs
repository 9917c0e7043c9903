//! Orders as the models of values take them: sums by term, and the cells of a part of the terms.
//!
//! In: counts, and what was cut from cells. Out: [`Totals`] over all terms, for levels, and a [`Sample`]
//! of cells (a term in a period), for spreads. Money is in units of the account's mean value.
//! What a cell's orders were worth one by one is not known; only their number and their sum.

use crate::counts::{Counts, Groups};
use crate::numeric::sum::ExactSum;
use rayon::prelude::*;

/// Terms and cells beyond which spreads are learned from a part of the terms.
const MOST_TERMS: usize = 10_000;
const MOST_CELLS: usize = 30_000;
/// Sampled terms up to which hyper-parameters are integrated on a fine grid.
const FEW_TERMS: usize = 1_000;
/// Difference of two values of an order that is rounding to cents or of decimal notation, ratio.
const ROUNDING: f64 = 1e-6;

/// Sums by term. Shape of the vectors: terms, if not said otherwise.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    pub(super) groups: usize,
    pub(super) group: Vec<u32>,
    /// Conversions; 0 where there are none.
    pub(super) orders: Vec<f64>,
    /// Revenue in units, net of refunds; 0 where there are no conversions.
    pub(super) revenue: Vec<f64>,
    /// The distinct numbers of conversions, ascending: what depends on them alone is computed once each.
    pub(super) distinct: Vec<f64>,
    /// Index of each term's number of conversions in `distinct`.
    pub(super) index: Vec<u32>,
}

impl Totals {
    pub(super) fn new(groups: usize, group: Vec<u32>, orders: Vec<f64>, revenue: Vec<f64>) -> Self {
        let mut distinct = orders.clone();
        distinct.par_sort_unstable_by(f64::total_cmp);
        distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
        #[allow(clippy::cast_possible_truncation)] // there are fewer terms than 2³²
        let index = orders.par_iter().map(|y| distinct.partition_point(|x| x < y) as u32).collect();
        Self { groups, group, orders, revenue, distinct, index }
    }

    /// Sums of all terms; revenue without conversions says nothing of the value of one.
    pub(super) fn of(counts: &Counts, groups: &Groups, sums: &Sums) -> Self {
        let orders: Vec<f64> = sums.conversions.iter().map(|y| y.max(0.0)).collect();
        let worth = |(&y, &r): (&f64, &f64)| if y > 0.0 { r / sums.unit } else { 0.0 };
        let revenue = orders.iter().zip(&sums.revenue).map(worth).collect();
        debug_assert_eq!(orders.len(), counts.terms.len());
        Self::new(groups.names.len(), groups.of_term.clone(), orders, revenue)
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }
}

/// Sums by term in account currency, and the account's mean value.
pub(super) struct Sums {
    pub(super) conversions: Vec<f64>,
    pub(super) revenue: Vec<f64>,
    /// Revenue per conversion of the terms that have both.
    pub(super) unit: f64,
}

impl Sums {
    /// `None` where no term has both conversions and revenue.
    pub(super) fn of(conversions: Vec<f64>, revenue: Vec<f64>) -> Option<Self> {
        let (mut orders, mut money) = (ExactSum::default(), ExactSum::default());
        for (&y, &r) in conversions.iter().zip(&revenue).filter(|(y, r)| **y > 0.0 && **r > 0.0) {
            orders.add(y);
            money.add(r);
        }
        let unit = money.value() / orders.value();
        (unit > 0.0 && unit.is_finite()).then_some(Self { conversions, revenue, unit })
    }

    pub(super) fn is_usable(&self, term: usize) -> bool {
        self.conversions[term] > 0.0 && self.revenue[term] > 0.0
    }
}

/// What is known of a term's value, or of its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// Weight of the term's own data, ratio.
    pub(super) own: f64,
}

/// The orders of one term in one period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) period: u32,
    pub(super) orders: f64,
    /// In units.
    pub(super) revenue: f64,
}

/// How a cell enters a [`Sample`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// With the revenue it has.
    Whole,
    /// With this revenue, units.
    As(f64),
    /// Not at all.
    LeftOut,
}

/// Cells with conversions and revenue, of some terms.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) groups: usize,
    /// Group of each sampled term.
    pub(super) group: Vec<u32>,
    /// Cells of sampled term i: `offsets[i]..offsets[i + 1]`.
    pub(super) offsets: Vec<usize>,
    pub(super) cells: Vec<Cell>,
    /// One of so many usable terms was taken.
    pub(super) every: usize,
    /// Terms it could have been drawn from.
    pub(super) of: usize,
}

impl Sample {
    /// Every so-manieth usable term: terms are in the order of their keys, which says nothing of their
    /// values. `entry`: how a cell enters, by its index.
    pub(super) fn new(counts: &Counts, groups: &Groups, sums: &Sums, entry: impl Fn(usize) -> Entry) -> Self {
        let cells = &counts.cells;
        let revenue = cells.revenue.as_deref().unwrap_or_default();
        let is_order = |cell: usize| cells.conversions[cell] > 0.0 && revenue[cell] > 0.0;
        let usable: Vec<usize> = (0..counts.terms.len()).filter(|&term| sums.is_usable(term)).collect();
        let range = |term: usize| cells.offsets[term]..cells.offsets[term + 1];
        let all: usize = usable.iter().map(|&term| range(term).filter(|&cell| is_order(cell)).count()).sum();
        let every = usable.len().div_ceil(MOST_TERMS).max(all.div_ceil(MOST_CELLS)).max(1);
        let mut sample = Self {
            groups: groups.names.len(),
            group: vec![],
            offsets: vec![0],
            cells: vec![],
            every,
            of: usable.len(),
        };
        for &term in usable.iter().step_by(every) {
            sample.cells.extend(range(term).filter(|&cell| is_order(cell)).filter_map(|cell| {
                let revenue = match entry(cell) {
                    Entry::Whole => revenue[cell] / sums.unit,
                    Entry::As(revenue) => revenue,
                    Entry::LeftOut => return None,
                };
                Some(Cell { period: cells.period[cell], orders: cells.conversions[cell], revenue })
            }));
            sample.close(groups.of_term[term]);
        }
        sample
    }

    /// Ends the current term, unless it has no cells.
    fn close(&mut self, group: u32) {
        if self.offsets.last() != Some(&self.cells.len()) {
            self.group.push(group);
            self.offsets.push(self.cells.len());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.group.len()
    }

    pub(super) fn is_small(&self) -> bool {
        self.len() <= FEW_TERMS
    }

    /// Whether all orders are worth the same, but for rounding: there is no spread to be found, and the search for one
    /// ends at the edge of what is looked at.
    pub(super) fn is_constant(&self) -> bool {
        let value = |cell: &Cell| cell.revenue / cell.orders;
        let Some(first) = self.cells.first().map(value) else { return true };
        self.cells.iter().all(|cell| (value(cell) / first - 1.0).abs() < ROUNDING)
    }

    /// Relative variance of a single order as the cells of each term differ from their mean, whatever the
    /// distribution: Σ yₜ (m̄ₜ/m̄ − 1)² / Σ (cells − 1). `None` where no term has two cells.
    ///
    /// Orders that are dear and rare make it larger than the spread of logarithms lets expect.
    pub(super) fn relative_variance(&self) -> Option<f64> {
        let (mut squares, mut freedom) = (0.0, 0.0);
        for cells in (0..self.len()).map(|index| self.term(index)).filter(|cells| cells.len() > 1) {
            let (y, r) = cells.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.orders, sum.1 + cell.revenue));
            squares += cells.iter().map(|cell| (cell.revenue * y / r - cell.orders).powi(2) / cell.orders).sum::<f64>();
            freedom += cells.len() as f64 - 1.0;
        }
        (freedom > 0.0).then(|| squares / freedom)
    }

    pub(super) fn term(&self, index: usize) -> &[Cell] {
        &self.cells[self.offsets[index]..self.offsets[index + 1]]
    }

    /// The cells before a period.
    pub(super) fn before(&self, period: u32) -> Self {
        let mut past = Self { group: vec![], offsets: vec![0], cells: vec![], ..self.clone() };
        for (index, &group) in self.group.iter().enumerate() {
            past.cells.extend(self.term(index).iter().filter(|cell| cell.period < period));
            past.close(group);
        }
        past
    }

    /// Sums of the sampled terms over the periods before one.
    pub(super) fn totals(&self, before: u32) -> Totals {
        let sum = |index: usize, part: fn(&Cell) -> f64| {
            self.term(index).iter().filter(|cell| cell.period < before).map(part).sum::<f64>()
        };
        let orders = (0..self.len()).map(|index| sum(index, |cell| cell.orders)).collect();
        let revenue = (0..self.len()).map(|index| sum(index, |cell| cell.revenue)).collect();
        Totals::new(self.groups, self.group.clone(), orders, revenue)
    }

    /// The distinct numbers of conversions of cells, ascending, and each cell's index among them.
    pub(super) fn distinct(&self) -> (Vec<f64>, Vec<usize>) {
        let mut distinct: Vec<f64> = self.cells.iter().map(|cell| cell.orders).collect();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let index = self.cells.iter().map(|cell| distinct.partition_point(|x| *x < cell.orders)).collect();
        (distinct, index)
    }
}
