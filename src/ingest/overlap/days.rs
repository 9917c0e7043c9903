//! Files that report the same terms on the same days with different numbers.
//!
//! In: rows ordered by term, each with its file, and which files are of searches. Out: two files that report most of the same terms on
//! days that both have, where one of them goes on before and the other after (the first was made before its last days were
//! over), or where one is of keywords and the other of the searches that they brought. Files that divide a count, by device
//! say, are of the same days from end to end.

use super::super::sorted::Sorted;
use super::{Repeated, Same};
use std::collections::{BTreeMap, BTreeSet};

/// Terms of each day that a file has, and of each day that two files have in common.
#[derive(Default)]
struct Days {
    own: BTreeMap<u32, BTreeMap<i32, usize>>,
    shared: BTreeMap<(u32, u32), BTreeMap<i32, usize>>,
}

impl Days {
    fn new(sorted: &Sorted) -> Self {
        let mut days = Self::default();
        for range in sorted.offsets.windows(2) {
            let files: BTreeSet<(i32, u32)> =
                (range[0]..range[1]).map(|row| (sorted.day[row], sorted.file[row])).collect();
            let files: Vec<(i32, u32)> = files.into_iter().collect();
            for of_day in files.chunk_by(|a, b| a.0 == b.0) {
                for (at, &(day, file)) in of_day.iter().enumerate() {
                    *days.own.entry(file).or_default().entry(day).or_default() += 1;
                    for &(_, other) in &of_day[at + 1..] {
                        *days.shared.entry((file, other)).or_default().entry(day).or_default() += 1;
                    }
                }
            }
        }
        days
    }
}

/// The first pair of such files. Shape of `searches`: files.
pub(super) fn find(sorted: &Sorted, searches: &[bool]) -> Option<Repeated> {
    let days = Days::new(sorted);
    days.shared.iter().find_map(|(&files, shared)| {
        let (one, other) = (&days.own[&files.0], &days.own[&files.1]);
        let in_both: Vec<i32> = one.keys().copied().filter(|day| other.contains_key(day)).collect();
        let terms = |own: &BTreeMap<i32, usize>| in_both.iter().map(|day| own[day]).sum::<usize>();
        let together: usize = shared.values().sum();
        let most = 2 * together >= terms(one).min(terms(other));
        let differ = searches.get(files.0 as usize) != searches.get(files.1 as usize);
        let few = |own: &BTreeMap<i32, usize>| 2 * in_both.len() <= own.len();
        let ends = |own: &BTreeMap<i32, usize>| own.keys().next().copied().zip(own.keys().next_back().copied());
        let (one_ends, other_ends) = (ends(one)?, ends(other)?);
        let follow = |a: (i32, i32), b: (i32, i32)| a.0 < b.0 && a.1 < b.1;
        let staggered = few(one) && few(other) && (follow(one_ends, other_ends) || follow(other_ends, one_ends));
        let day = *in_both.first()?;
        (most && (differ || staggered)).then_some(Repeated { files, day, terms: together, same: Same::Terms })
    })
}
