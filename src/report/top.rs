//! The first few of many rows without sorting them all.

use crate::recommend::{Plan, Recommendation};
use std::cmp::Ordering;

/// The rows that come first under `key` (largest first, ties in the order of terms), at most `most`.
///
/// Linear in the rows: a million terms have a table, and a page that shows ten of them.
pub(super) fn top<'a>(
    rows: impl Iterator<Item = &'a Recommendation>,
    most: usize,
    key: impl Fn(&Recommendation) -> f64,
) -> Vec<&'a Recommendation> {
    let mut rows: Vec<(f64, &Recommendation)> = rows.map(|row| (key(row), row)).collect();
    let by_size = |one: &(f64, &Recommendation), other: &(f64, &Recommendation)| -> Ordering {
        other.0.total_cmp(&one.0).then(one.1.index.cmp(&other.1.index))
    };
    if rows.len() > most {
        rows.select_nth_unstable_by(most, by_size);
        rows.truncate(most);
    }
    rows.sort_by(by_size);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The largest changes, at most `most`.
pub(super) fn largest_changes(rows: &[Recommendation], most: usize) -> Vec<&Recommendation> {
    top(rows.iter().filter(|row| row.moves()), most, |row| row.change.abs())
}

/// Money that a plan moves in all without being worth a change: an amount, and a share of what is spent.
const TRIFLE: [f64; 2] = [1.0, 0.01];

/// Whether a plan of one week moves nothing but cents; one of several weeks has others to say.
pub(super) fn trifling(plan: &Plan) -> bool {
    let moved: f64 = plan.rows.iter().filter(|row| row.moves()).map(|row| row.change.abs()).sum();
    plan.dated.is_none() && moved < TRIFLE[0] && moved <= TRIFLE[1] * plan.summary.current_spend
}
