//! Few items: every plan whose spends are among a few levels each.
//!
//! In: levels of every item, ascending, so few that all plans can be looked at. Out: the best of those within all limits
//! that meet the goal. Nothing is assumed of curves or limits.

use super::judge::Judge;

/// Plans looked at, at most: some hundredths of a second.
pub(super) const PLANS: usize = 40_000;

/// How many levels each of some items can have.
pub(super) fn levels(items: usize) -> usize {
    let Ok(items) = u32::try_from(items.max(1)) else { return 1 };
    let fits = |levels: &usize| levels.checked_pow(items).is_some_and(|all| all <= PLANS);
    (1..=PLANS).take_while(fits).last().unwrap_or(1)
}

/// The best plans over the levels, the best first; of plans that are worth the same the first in the order of the levels.
pub(super) fn best(judge: Judge<'_>, levels: &[Vec<f64>], keep: usize) -> Vec<Vec<f64>> {
    let mut found: Vec<(f64, Vec<f64>)> = Vec::new();
    let value =
        |(levels, curve): (&Vec<f64>, &crate::response::Curve)| levels.iter().map(|&x| curve.value(x)).collect();
    let table: Vec<Vec<f64>> = levels.iter().zip(&judge.problem.curves).map(value).collect();
    if levels.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut at = vec![0; levels.len()];
    let mut plan: Vec<f64> = levels.iter().map(|own| own[0]).collect();
    let mut response: Vec<f64> = table.iter().map(|own| own[0]).collect();
    loop {
        let worth = judge.worth(&plan, &response);
        // what is worth no more need not be looked at
        let may = found.len() < keep || found.last().is_some_and(|last| worth > last.0);
        if may && judge.missing(&plan, &response) <= 0.0 {
            let place = found.partition_point(|own| own.0 >= worth);
            found.insert(place, (worth, plan.clone()));
            found.truncate(keep);
        }
        let Some(item) = (0..at.len()).find(|&item| at[item] + 1 < levels[item].len()) else {
            return found.into_iter().map(|own| own.1).collect();
        };
        for low in 0..=item {
            at[low] = if low == item { at[low] + 1 } else { 0 };
            (plan[low], response[low]) = (levels[low][at[low]], table[low][at[low]]);
        }
    }
}
