//! The same counts in two files.
//!
//! In: rows ordered by term, each with its file. Out: whether files repeat each other's counts. Files may share
//! terms and days where they divide a count (by device, by account); that they repeat it is told by most of the
//! shared terms and days having the very same numbers in both, or nearly all of them nearly the same: a later export of the same
//! days has revised them. Small numbers are the same by chance and tell nothing, unless money is among them.

use super::rows::{CLICKS, COST, IMPRESSIONS};
use super::sorted::Sorted;
use std::collections::BTreeMap;

/// Clicks below this are the same by chance too often.
const TELLING: f64 = 10.0;
/// Clicks and cost this near to each other, ratio, may be one count before and after it was revised.
const REVISED: f64 = 0.1;
/// Fewest shared terms and days that tell a revision from parts that happen to be of one size.
const FEWEST_REVISED: usize = 20;

/// Two files that repeat each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    pub files: (u32, u32),
    /// First day they share.
    pub day: i32,
    /// Terms and days they share with the same numbers, or nearly the same.
    pub terms: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    several: usize,
    same: usize,
    near: usize,
    day: Option<i32>,
}

/// The first pair of files that repeat each other.
pub(super) fn find(sorted: &Sorted) -> Option<Repeated> {
    if sorted.file.is_empty() {
        return None;
    }
    let mut pairs: BTreeMap<(u32, u32), Shared> = BTreeMap::new();
    let mut order: Vec<usize> = Vec::new();
    for range in sorted.offsets.windows(2).filter(|range| range[1] - range[0] > 1) {
        order.clear();
        order.extend(range[0]..range[1]);
        order.sort_unstable_by_key(|&row| (sorted.day[row], sorted.file[row]));
        for of_day in order.chunk_by(|&a, &b| sorted.day[a] == sorted.day[b]).filter(|rows| rows.len() > 1) {
            for pair in of_day.windows(2).filter(|pair| sorted.file[pair[0]] != sorted.file[pair[1]]) {
                let shared = pairs.entry((sorted.file[pair[0]], sorted.file[pair[1]])).or_default();
                if is_telling(sorted, pair[0]) || is_telling(sorted, pair[1]) {
                    shared.several += 1;
                    if is_near(sorted, pair[0], pair[1]) {
                        shared.near += 1;
                        shared.same += usize::from(is_same(sorted, pair[0], pair[1]));
                        let day = sorted.day[pair[0]];
                        shared.day = Some(shared.day.map_or(day, |first| first.min(day)));
                    }
                }
            }
        }
    }
    pairs.into_iter().find_map(|(files, shared)| {
        let is_revised = shared.near >= FEWEST_REVISED && 10 * shared.near > 9 * shared.several;
        let day = shared.day.filter(|_| 2 * shared.same > shared.several || is_revised)?;
        Some(Repeated { files, day, terms: if is_revised { shared.near } else { shared.same } })
    })
}

/// The first pair of files that were exported on one day and report the same term and day, which neither has
/// superseded; `terms`: how many terms and days they share, `day`: the export's.
pub(super) fn find_exports(sorted: &Sorted) -> Option<Repeated> {
    if sorted.file.is_empty() {
        return None;
    }
    let mut pairs: BTreeMap<(u32, u32), (i32, usize)> = BTreeMap::new();
    let mut order: Vec<usize> = Vec::new();
    let at = |row: usize| (sorted.day[row], sorted.report[row]);
    for range in sorted.offsets.windows(2).filter(|range| range[1] - range[0] > 1) {
        order.clear();
        order.extend(range[0]..range[1]);
        order.sort_unstable_by_key(|&row| (at(row), sorted.file[row]));
        for pair in order.windows(2).filter(|pair| at(pair[0]) == at(pair[1])) {
            let files = (sorted.file[pair[0]], sorted.file[pair[1]]);
            if files.0 != files.1 {
                pairs.entry(files).or_insert((sorted.report[pair[0]], 0)).1 += 1;
            }
        }
    }
    pairs.into_iter().next().map(|(files, (day, terms))| Repeated { files, day, terms })
}

fn is_telling(sorted: &Sorted, row: usize) -> bool {
    sorted.measures[CLICKS][row] >= TELLING || sorted.measures[COST].get(row).is_some_and(|&cost| cost > 0.0)
}

/// Whether clicks and cost are nearly the same.
fn is_near(sorted: &Sorted, a: usize, b: usize) -> bool {
    [CLICKS, COST].iter().all(|&measure| {
        let values = &sorted.measures[measure];
        values.is_empty() || (values[a] - values[b]).abs() <= REVISED * values[a].max(values[b])
    })
}

/// Whether impressions, clicks and cost are the same; conversions of the same clicks grow from export to export.
fn is_same(sorted: &Sorted, a: usize, b: usize) -> bool {
    [IMPRESSIONS, CLICKS, COST].iter().all(|&measure| {
        let values = &sorted.measures[measure];
        values.is_empty() || values[a].to_bits() == values[b].to_bits()
    })
}
