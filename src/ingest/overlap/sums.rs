//! Files whose sums are the same.
//!
//! In: rows ordered by term, each with its file, the campaign of each term and the period of each day. Out: the two files that have the
//! same sums in most of the campaigns and periods that they share, whatever their rows are: days in one and weeks in the
//! other, or keywords in one and search terms in the other.

use super::super::rows::{CLICKS, COST, MEASURES};
use super::super::sorted::Sorted;
use super::{Repeated, Same};
use polars::prelude::PlHashMap;
use std::collections::BTreeMap;

/// Clicks from which a sum is not the same by chance, if others are the same, too; and if it is the only one.
const TELLING: f64 = 10.0;
const TELLING_ALONE: f64 = 50.0;
/// Fewest sums that are the same; one is enough where it has money.
const FEWEST: usize = 3;
/// Sums of cells that were each rounded differ by less than this.
const ROUNDED: f64 = 0.02;

/// Sums of one campaign and period by file.
type Cells = BTreeMap<(u32, u32), Vec<(u32, i32, [f64; MEASURES])>>;

/// The first pair of files with the same sums. `campaign`: by term; `period`: of a day.
pub(super) fn find(sorted: &Sorted, campaign: &[u32], period: &dyn Fn(i32) -> u32) -> Option<Repeated> {
    let cells = cells(sorted, campaign, period);
    let mut pairs: BTreeMap<(u32, u32), Alike> = BTreeMap::new();
    for of_cell in cells.values() {
        let mut by_clicks: Vec<_> = of_cell.iter().filter(|(_, _, sums)| sums[CLICKS] >= TELLING).collect();
        by_clicks.sort_by(|a, b| a.2[CLICKS].total_cmp(&b.2[CLICKS]).then(a.0.cmp(&b.0)));
        for pair in by_clicks.windows(2).filter(|pair| is_same(&pair[0].2, &pair[1].2)) {
            let files = (pair[0].0.min(pair[1].0), pair[0].0.max(pair[1].0));
            pairs.entry(files).or_default().see(pair[0].1, &pair[0].2);
        }
    }
    pairs.into_iter().find_map(|(files, alike)| {
        let has = |of_cell: &&Vec<(u32, i32, [f64; MEASURES])>| {
            let of = |file: u32| of_cell.iter().any(|(own, _, sums)| *own == file && sums[CLICKS] >= TELLING);
            of(files.0) && of(files.1)
        };
        let shared = cells.values().filter(has).count();
        let day = alike.day.filter(|_| 2 * alike.cells > shared && (alike.cells >= FEWEST || alike.certain))?;
        Some(Repeated { files, day, terms: alike.cells, same: Same::Sums })
    })
}

/// Campaigns and periods that are the same in two files.
#[derive(Clone, Copy, Debug, Default)]
struct Alike {
    cells: usize,
    /// Whether one of them has so much that it is enough alone.
    certain: bool,
    day: Option<i32>,
}

impl Alike {
    fn see(&mut self, day: i32, sums: &[f64; MEASURES]) {
        self.cells += 1;
        self.certain |= sums[CLICKS] >= TELLING_ALONE && sums[COST] > 0.0;
        self.day = Some(self.day.map_or(day, |first| first.min(day)));
    }
}

fn cells(sorted: &Sorted, campaign: &[u32], period: &dyn Fn(i32) -> u32) -> Cells {
    let mut sums: PlHashMap<(u32, u32, u32), (i32, [f64; MEASURES])> = PlHashMap::default();
    for (range, &campaign) in sorted.offsets.windows(2).zip(campaign) {
        for row in range[0]..range[1] {
            let key = (campaign, period(sorted.day[row]), sorted.file[row]);
            let (day, own) = sums.entry(key).or_insert((sorted.day[row], [0.0; MEASURES]));
            *day = (*day).min(sorted.day[row]);
            for (sum, values) in own.iter_mut().zip(&sorted.measures) {
                *sum += values.get(row).copied().unwrap_or(0.0);
            }
        }
    }
    let mut cells = Cells::new();
    for ((campaign, period, file), (day, own)) in sums {
        cells.entry((campaign, period)).or_default().push((file, day, own));
    }
    for of_cell in cells.values_mut() {
        of_cell.sort_unstable_by_key(|cell| cell.0);
    }
    cells
}

/// Whether all measures are the same up to the rounding of their parts.
fn is_same(a: &[f64; MEASURES], b: &[f64; MEASURES]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= ROUNDED.max(1e-6 * a.max(*b)))
}
