//! Files of the same terms and days whose numbers have nothing in common.
//!
//! In: rows ordered by term, each with its file. Out: two files that have most of their terms and days in common, from end to
//! end. They may divide a count, by device say, or one may be a correction of the other: nothing in them tells which, so that
//! a person has to.

use super::super::rows::CLICKS;
use super::super::sorted::Sorted;
use std::collections::BTreeMap;

/// Two such files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ingest) struct SameKeys {
    pub files: (u32, u32),
    /// Terms and days that both have.
    pub shared: usize,
    /// One of them: the number of the term, and its clicks in each file.
    pub term: usize,
    pub clicks: (f64, f64),
}

/// Terms and days of one file, and its first and last day.
#[derive(Clone, Copy, Debug)]
struct Own {
    keys: usize,
    ends: (i32, i32),
}

/// The first pair of such files.
pub(in crate::ingest) fn find(sorted: &Sorted) -> Option<SameKeys> {
    if sorted.file.is_empty() {
        return None;
    }
    let mut own: BTreeMap<u32, Own> = BTreeMap::new();
    let mut pairs: BTreeMap<(u32, u32), SameKeys> = BTreeMap::new();
    let mut keys: Vec<(i32, u32, f64)> = Vec::new();
    for (term, range) in sorted.offsets.windows(2).enumerate() {
        keys.clear();
        keys.extend((range[0]..range[1]).map(|row| (sorted.day[row], sorted.file[row], sorted.measures[CLICKS][row])));
        keys.sort_by_key(|&(day, file, _)| (day, file));
        keys.dedup_by(|next, first| {
            let same = (next.0, next.1) == (first.0, first.1);
            first.2 += if same { next.2 } else { 0.0 };
            same
        });
        for &(day, file, _) in &keys {
            let known = own.entry(file).or_insert(Own { keys: 0, ends: (day, day) });
            known.keys += 1;
            known.ends = (known.ends.0.min(day), known.ends.1.max(day));
        }
        for pair in keys.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (files, clicks) = ((pair[0].1, pair[1].1), (pair[0].2, pair[1].2));
            pairs.entry(files).or_insert(SameKeys { files, shared: 0, term, clicks }).shared += 1;
        }
    }
    pairs.into_values().find(|same| {
        let (one, other) = (own[&same.files.0], own[&same.files.1]);
        one.ends == other.ends && 5 * same.shared >= 4 * one.keys.min(other.keys)
    })
}
