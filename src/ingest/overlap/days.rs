//! Files that report the same terms on the same days with different numbers.
//!
//! In: rows ordered by term, each with its file, which files are of searches and what days their titles name. Out: two files that report most of the same terms on
//! days that both have, where one of them goes on before and the other after (the first was made before its last days were
//! over), or where one is of keywords and the other of the searches that they brought. Files that divide a count, by device
//! say, are of the same days from end to end.

use super::super::sorted::Sorted;
use super::{About, Repeated, Same};
use std::collections::{BTreeMap, BTreeSet};

/// Terms of each day that a file has, and of each day that two files have in common.
#[derive(Default)]
struct Days {
    own: BTreeMap<u32, BTreeMap<i32, usize>>,
    shared: BTreeMap<(u32, u32), BTreeMap<i32, usize>>,
}

impl Days {
    fn of_terms(sorted: &Sorted) -> Self {
        let mut days = Self::default();
        for range in sorted.offsets.windows(2) {
            let files: BTreeSet<(i32, u32)> =
                (range[0]..range[1]).map(|row| (sorted.day[row], sorted.file[row])).collect();
            let files: Vec<(i32, u32)> = files.into_iter().collect();
            for of_day in files.chunk_by(|a, b| a.0 == b.0) {
                days.see(of_day);
            }
        }
        days
    }

    /// Takes in the files that have a term, or a campaign, on a day.
    fn see(&mut self, of_day: &[(i32, u32)]) {
        for (at, &(day, file)) in of_day.iter().enumerate() {
            *self.own.entry(file).or_default().entry(day).or_default() += 1;
            for &(_, other) in &of_day[at + 1..] {
                *self.shared.entry((file, other)).or_default().entry(day).or_default() += 1;
            }
        }
    }

    fn of_campaigns(sorted: &Sorted, campaign: &[u32]) -> Self {
        let mut files: BTreeMap<(u32, i32), BTreeSet<u32>> = BTreeMap::new();
        for (range, &campaign) in sorted.offsets.windows(2).zip(campaign) {
            for row in range[0]..range[1] {
                files.entry((campaign, sorted.day[row])).or_default().insert(sorted.file[row]);
            }
        }
        let mut days = Self::default();
        for ((_, day), files) in files {
            let files: Vec<(i32, u32)> = files.into_iter().map(|file| (day, file)).collect();
            days.see(&files);
        }
        days
    }

    fn find(&self, about: &About<'_>, campaigns: bool) -> Option<Repeated> {
        let is_of_searches = |file: u32| about.searches.get(file as usize).copied().unwrap_or_default();
        let span = |file: u32| about.spans.get(file as usize).copied().flatten();
        self.shared.iter().find_map(|(&files, shared)| {
            let (one, other) = (&self.own[&files.0], &self.own[&files.1]);
            // what the titles say goes before: a week at the turn of a month is in the reports of both
            let apart = span(files.0).zip(span(files.1)).is_some_and(|(a, b)| !a.overlaps(b));
            if apart {
                return None;
            }
            let in_both: Vec<i32> = one.keys().copied().filter(|day| other.contains_key(day)).collect();
            let terms = |own: &BTreeMap<i32, usize>| in_both.iter().map(|day| own[day]).sum::<usize>();
            let together: usize = shared.values().sum();
            let most = 2 * together >= terms(one).min(terms(other));
            let differ = is_of_searches(files.0) != is_of_searches(files.1);
            // one week may be divided between two reports
            let most_shared = if about.weekly { 2 } else { 1 };
            let few = |own: &BTreeMap<i32, usize>| in_both.len() >= most_shared && 2 * in_both.len() <= own.len();
            let ends = |own: &BTreeMap<i32, usize>| own.keys().next().copied().zip(own.keys().next_back().copied());
            let (one_ends, other_ends) = (ends(one)?, ends(other)?);
            let staggered = few(one) && few(other) && are_staggered(one_ends, other_ends);
            let day = *in_both.first()?;
            let same = if campaigns { Same::Campaigns } else { Same::Terms };
            (most && (differ || (staggered && !campaigns))).then_some(Repeated { files, day, terms: together, same })
        })
    }
}

/// First and last day of a file.
type Ends = (i32, i32);

/// Whether one file goes on before and the other after.
fn are_staggered(a: Ends, b: Ends) -> bool {
    let follow = |a: Ends, b: Ends| a.0 < b.0 && a.1 < b.1;
    follow(a, b) || follow(b, a)
}

/// Whether two files are such that their terms have to be looked at, as most are not: they share days, and are staggered or
/// not of one kind.
fn is_doubtful(sorted: &Sorted, searches: &[bool]) -> bool {
    let mut ends: BTreeMap<u32, Ends> = BTreeMap::new();
    for (&day, &file) in sorted.day.iter().zip(&sorted.file) {
        let own = ends.entry(file).or_insert((day, day));
        *own = (own.0.min(day), own.1.max(day));
    }
    let files: Vec<(u32, Ends)> = ends.into_iter().collect();
    let kind = |file: u32| searches.get(file as usize).copied().unwrap_or_default();
    let pair = |one: &(u32, Ends), other: &(u32, Ends)| {
        let overlap = one.1.0 <= other.1.1 && other.1.0 <= one.1.1;
        overlap && (kind(one.0) != kind(other.0) || are_staggered(one.1, other.1))
    };
    files.iter().enumerate().any(|(at, one)| files[at + 1..].iter().any(|other| pair(one, other)))
}

/// The first pair of such files. `campaign`: by term.
pub(super) fn find(sorted: &Sorted, campaign: &[u32], about: &About<'_>) -> Option<Repeated> {
    if !is_doubtful(sorted, about.searches) {
        return None;
    }
    Days::of_terms(sorted).find(about, false).or_else(|| {
        // the words of searches are not their keywords', and their campaigns are
        let differ = about.searches.windows(2).any(|pair| pair[0] != pair[1]);
        if differ { Days::of_campaigns(sorted, campaign).find(about, true) } else { None }
    })
}
