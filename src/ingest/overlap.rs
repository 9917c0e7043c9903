//! The same counts in two files.
//!
//! In: rows ordered by term, each with its file. Out: whether files repeat each other's counts. Files may share
//! terms and days where they divide a count (by device, by account); that they repeat it is told by most of the
//! shared terms and days having the very same numbers in both, or nearly all of them nearly the same: a later export of the same
//! days has revised them. Small numbers are the same by chance and tell nothing, unless money is among them, or nearly all of them
//! are the same and many more than chance would have. Files that share no terms, or no days, repeat each other where their sums
//! do (see `sums`), and some whatever their numbers (see `days`).

mod days;
mod keys;
mod sums;

pub(super) use keys::{SameKeys, find as find_same_keys};

use super::rows::{CLICKS, CONVERSIONS, COST, IMPRESSIONS, MEASURES};
use super::sorted::Sorted;
use super::span::Span;
use polars::prelude::PlHashMap;
use std::collections::BTreeMap;

/// Clicks below this are the same by chance too often.
const TELLING: f64 = 10.0;
/// Clicks and cost this near to each other, ratio, may be one count before and after it was revised.
const REVISED: f64 = 0.1;
/// Fewest shared terms and days that tell a revision from parts that happen to be of one size; fewer where all are near.
const FEWEST_REVISED: usize = 20;
const FEWEST_NEAR: usize = 8;
/// Fewest of the shared terms and days that are the same above those that would be by chance.
const ABOVE_CHANCE: f64 = 10.0;

/// Two files that repeat each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    pub files: (u32, u32),
    /// First day they share.
    pub day: i32,
    /// Terms and days, or campaigns and periods, that they share with the same numbers, or nearly the same.
    pub terms: usize,
    pub same: Same,
}

/// What two files have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Same {
    /// The numbers of terms and days.
    Numbers,
    /// The sums of campaigns and periods.
    Sums,
    /// Terms and days alone.
    Terms,
    /// Campaigns and days, in a report of keywords and one of searches.
    Campaigns,
}

/// What is known of the files beside their rows. Shape of the slices: files.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// Which are of searches.
    pub searches: &'a [bool],
    /// Which days their titles name.
    pub spans: &'a [Option<Span>],
    /// Whether the days of the rows are weeks.
    pub weekly: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    several: usize,
    same: usize,
    near: usize,
    day: Option<i32>,
    /// The same for all rows with clicks, with all measures, and the first day.
    all: usize,
    all_same: usize,
    all_day: Option<i32>,
}

impl Shared {
    fn see_all(&mut self, sorted: &Sorted, a: usize, b: usize) {
        self.all += 1;
        if is_equal(sorted, a, b) {
            self.all_same += 1;
            self.all_day = Some(self.all_day.map_or(sorted.day[a], |first| first.min(sorted.day[a])));
        }
    }

    /// Whether small numbers, too, are the same nearly everywhere and more often than by chance, `chance` being the share of
    /// pairs of rows that are.
    fn are_all_same(&self, chance: f64) -> bool {
        20 * self.all_same >= 19 * self.all && (1.0 - chance) * self.all as f64 >= ABOVE_CHANCE
    }
}

/// The first pair of files that repeat each other. `campaign`: by term; `period`: of a day.
pub(super) fn find(
    sorted: &Sorted,
    campaign: &[u32],
    period: &dyn Fn(i32) -> u32,
    about: &About<'_>,
) -> Option<Repeated> {
    if sorted.file.is_empty() {
        return None;
    }
    find_rows(sorted).or_else(|| sums::find(sorted, campaign, period)).or_else(|| days::find(sorted, campaign, about))
}

fn find_rows(sorted: &Sorted) -> Option<Repeated> {
    let mut pairs: BTreeMap<(u32, u32), Shared> = BTreeMap::new();
    let mut order: Vec<usize> = Vec::new();
    for range in sorted.offsets.windows(2).filter(|range| range[1] - range[0] > 1) {
        order.clear();
        order.extend(range[0]..range[1]);
        order.sort_unstable_by_key(|&row| (sorted.day[row], sorted.file[row]));
        for of_day in order.chunk_by(|&a, &b| sorted.day[a] == sorted.day[b]).filter(|rows| rows.len() > 1) {
            for pair in of_day.windows(2).filter(|pair| sorted.file[pair[0]] != sorted.file[pair[1]]) {
                let shared = pairs.entry((sorted.file[pair[0]], sorted.file[pair[1]])).or_default();
                if sorted.measures[CLICKS][pair[0]] + sorted.measures[CLICKS][pair[1]] > 0.0 {
                    shared.see_all(sorted, pair[0], pair[1]);
                }
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
        let nearly = shared.near >= FEWEST_REVISED && 10 * shared.near > 9 * shared.several;
        let is_revised = nearly || (shared.near >= FEWEST_NEAR && shared.near == shared.several);
        let told = shared.day.filter(|_| 2 * shared.same > shared.several || is_revised);
        if let Some(day) = told {
            let terms = if is_revised { shared.near } else { shared.same };
            return Some(Repeated { files, day, terms, same: Same::Numbers });
        }
        let same = shared.are_all_same(0.0) && shared.are_all_same(chance(sorted, files));
        let day = shared.all_day.filter(|_| same)?;
        Some(Repeated { files, day, terms: shared.all_same, same: Same::Numbers })
    })
}

/// How often a row of one file and a row of another, drawn at random, have the same numbers.
fn chance(sorted: &Sorted, files: (u32, u32)) -> f64 {
    let mut numbers: PlHashMap<[u64; MEASURES], [f64; 2]> = PlHashMap::default();
    let mut rows = [0.0; 2];
    for (row, &file) in sorted.file.iter().enumerate().filter(|&(row, _)| sorted.measures[CLICKS][row] > 0.0) {
        let Some(side) = [files.0, files.1].iter().position(|&own| own == file) else { continue };
        let of = |measure: usize| sorted.measures[measure].get(row).map_or(0, |value| value.to_bits());
        numbers.entry(std::array::from_fn(of)).or_default()[side] += 1.0;
        rows[side] += 1.0;
    }
    // whole numbers: their sum has no order
    numbers.values().map(|counts| counts[0] * counts[1]).sum::<f64>() / (rows[0] * rows[1])
}

/// Whether all measures are the same.
fn is_equal(sorted: &Sorted, a: usize, b: usize) -> bool {
    is_same(sorted, a, b) && sorted.measures[CONVERSIONS][a].to_bits() == sorted.measures[CONVERSIONS][b].to_bits()
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
    pairs.into_iter().next().map(|(files, (day, terms))| Repeated { files, day, terms, same: Same::Numbers })
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
