//! Logs in no order of time.
//!
//! In: paths of files. Out: what [`super::in_order`] makes of the same lines in order. A session may go on anywhere in such
//! files, so none can be closed before their end. The visitors are taken in parts by their hashes instead, as many as memory
//! holds, and the files are read once for each part. Nothing is late here, but for single lines far before or after all others,
//! whose clocks were wrong: they are left out and told, as in logs in order.

use super::order::{LATE, Order};
use super::sessions::Sessions;
use super::tables::Tables;
use super::{LogSettings, Purchases, Seen};
use crate::ingest::IngestError;
use std::collections::BTreeMap;
use std::path::Path;

/// Further from all others than so many days, a single line has a wrong clock.
const APART: i64 = 7;
/// What one line may hold: a search and a purchase.
const ACTS: u64 = 2;
/// Sessions that are held at once: some 300 MB.
pub(super) const SESSIONS: usize = 2_000_000;

/// Reads all files for each part of the visitors; `most`: sessions that are held at once.
///
/// # Errors
/// A file that cannot be read, or is no access log.
pub(super) fn read(
    paths: &[&Path],
    settings: &LogSettings,
    purchases: Option<&Purchases>,
    most: usize,
) -> Result<Seen, IngestError> {
    let order = Order::unopened(settings, purchases)?;
    let mut sessions = Sessions::new(i64::from(settings.session));
    let mut tables = Tables::new(settings);
    let mut done = Vec::new();
    let (mut first, mut last) = (0, u64::MAX);
    let mut days = BTreeMap::new();
    let mut within = (i32::MIN, i32::MAX);
    loop {
        let is_first = first == 0;
        for path in paths {
            let file = order.each(path, |hit| {
                if is_first {
                    *days.entry(hit.day).or_insert(0_u64) += 1;
                }
                if !(first..=last).contains(&hit.visitor) {
                    return;
                }
                sessions.take(hit);
                while last > first && sessions.are_more_than(most) {
                    last = first + (last - first) / 2;
                    sessions.forget_above(last);
                }
            })?;
            if is_first {
                done.push(file);
            }
        }
        if is_first && let Some(known) = bounds(&days) {
            within = known;
            tables.see(known.0);
            tables.see(known.1);
        }
        sessions.close(None, |visit| {
            if (within.0..=within.1).contains(&visit.day) {
                tables.add(&visit);
            }
        });
        if last == u64::MAX {
            break;
        }
        // the next part is as large, as hashes are spread evenly
        (first, last) = (last + 1, (last + 1).saturating_add(last - first));
    }
    done.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(file) = done.first_mut() {
        // which file they are of matters to nobody
        file.late = days.iter().filter(|(day, _)| !(within.0..=within.1).contains(*day)).map(|(_, hits)| hits).sum();
    }
    Ok(Seen { done, sessions, tables })
}

/// First and last day of a log, of its hits by day, without single lines whose clocks were wrong: few in all, each alone on its
/// day, and further from the others than those ever are from each other.
fn bounds(days: &BTreeMap<i32, u64>) -> Option<(i32, i32)> {
    let all: Vec<(i32, u64)> = days.iter().map(|(&day, &hits)| (day, hits)).collect();
    let few = all.iter().map(|(_, hits)| hits).sum::<u64>() / LATE;
    // those that may be left out at an end: single lines, and no more than a few
    let lone = |ends: &mut dyn Iterator<Item = &(i32, u64)>| {
        let mut sum = 0;
        ends.take_while(|(_, hits)| {
            sum += hits;
            *hits <= ACTS && sum <= few
        })
        .count()
    };
    let mut from = lone(&mut all.iter());
    let mut until = all.len().saturating_sub(lone(&mut all.iter().rev()));
    let gap = |at: usize| i64::from(all[at].0) - i64::from(all[at - 1].0);
    let widest = (from + 1..until).map(gap).max().unwrap_or(0);
    let far = APART.max(2 * widest);
    if from >= until {
        (from, until) = (0, all.len());
    }
    while from > 0 && gap(from) <= far {
        from -= 1;
    }
    while until < all.len() && gap(until) <= far {
        until += 1;
    }
    Some((all.get(from)?.0, all.get(until.checked_sub(1)?)?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_lines_far_from_all_others_are_out_of_bounds() {
        let full = || (100..130).map(|day| (day, 50)).collect::<BTreeMap<i32, u64>>();
        let with = |more: &[(i32, u64)]| {
            let mut days = full();
            days.extend(more.iter().copied());
            bounds(&days)
        };
        assert_eq!((bounds(&BTreeMap::new()), bounds(&[(5, 1)].into())), (None, Some((5, 5))));
        assert_eq!(with(&[]), Some((100, 129)));
        // 1970 and 2099
        assert_eq!(with(&[(-20_000, 1), (30_000, 2)]), Some((100, 129)));
        assert_eq!(with(&[(30_000, 1), (30_500, 1), (31_000, 1)]), Some((100, 129)));
        // near, several on one day, or many
        assert_eq!(with(&[(90, 1), (136, 1)]), Some((100, 136)));
        assert_eq!(with(&[(30_000, 3)]), Some((100, 30_000)));
        let many: Vec<(i32, u64)> = (0..40).map(|at| (30_000 + 100 * at, 1)).collect();
        assert_eq!(with(&many).unwrap().0, 100);
        assert!(with(&many).unwrap().1 > 30_000);
        // where days are seldom, one more is none of another kind
        let seldom: BTreeMap<i32, u64> = (0..200).map(|at| (20 * at, 1)).collect();
        assert_eq!(bounds(&seldom), Some((0, 3980)));
    }
}
