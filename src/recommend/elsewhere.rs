//! What money earns elsewhere, for a term that sets the price of money itself.
//!
//! Where every other term is at a bound, the price of money λ is the slope of the one that is not: to hold its slope against
//! λ says no more than where the bounds of the others left it.
//!
//! # Formula
//! ```text
//! more than at the reference:  λ₋ᵢ = max over j ≠ i that can take money of fⱼ′(xⱼ), or the floor
//! less:                        λ₋ᵢ = min over j ≠ i that can give money of fⱼ′(xⱼ)
//! ```
//! That is what the first unit of money would earn, or cost, elsewhere. Where no other term can give or take any, there is
//! no such price, and no probability of a direction.

use super::uncertainty::sign;
use crate::allocate::{Goal, Problem};

/// The one term between its bounds, if there is exactly one, and the price of money without it; `None` where several terms
/// set the price, or none. Shape of `spend`, `marginal` (at it) and `reference`: terms.
pub(super) fn sole(
    problem: &Problem,
    spend: &[f64],
    marginal: &[f64],
    reference: &[f64],
) -> Option<(usize, Option<f64>)> {
    // a goal has a price of its own
    if problem.goal != Goal::MostResponse {
        return None;
    }
    let can = Room { problem, spend };
    let mut inside = (0..spend.len()).filter(|&term| can.take(term) && can.give(term));
    let (term, None) = (inside.next()?, inside.next()) else { return None };
    // money that may be left earns what the floor asks for, which no term sets
    let floor = problem.price_floor;
    if floor > 0.0 && marginal[term] <= floor * (1.0 + 1e-6) {
        return None;
    }
    let others = (0..spend.len()).filter(|&other| other != term);
    // held where it stands by the budget alone, it would take more
    let elsewhere = if spend[term] >= reference[term] * (1.0 - 1e-9) {
        let best = others.filter(|&other| can.take(other)).map(|other| marginal[other]);
        best.chain((floor > 0.0).then_some(floor)).max_by(f64::total_cmp)
    } else {
        others.filter(|&other| can.give(other)).map(|other| marginal[other]).min_by(f64::total_cmp)
    };
    Some((term, elsewhere))
}

/// Which terms can take and give money.
struct Room<'a> {
    problem: &'a Problem,
    spend: &'a [f64],
}

impl Room<'_> {
    fn take(&self, term: usize) -> bool {
        self.beyond(self.problem.upper[term] - self.spend[term], term)
    }

    fn give(&self, term: usize) -> bool {
        self.beyond(self.spend[term] - self.problem.lower[term], term)
    }

    /// Whether a distance is more than rounding.
    fn beyond(&self, distance: f64, term: usize) -> bool {
        sign(distance, 1e-9 * self.spend[term].max(self.problem.lower[term])) > 0.0
    }
}

/// Share of what is known that is above 1, where exactly 1 counts half; `None` where less than half is known.
pub(super) fn known_share(relative: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut above, mut known, mut all) = (0.0, 0.0, 0.0);
    for relative in relative {
        all += 1.0;
        known += if relative.is_nan() { 0.0 } else { 1.0 };
        above += match relative.partial_cmp(&1.0) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => 0.5,
            _ => 0.0,
        };
    }
    (known > 0.0 && 2.0 * known >= all).then(|| above / known)
}

#[cfg(test)]
mod tests {
    use super::{known_share, sole};
    use crate::allocate::Problem;

    fn problem(bounds: &[(f64, f64)], price_floor: f64) -> Problem {
        let (lower, upper) = bounds.iter().copied().unzip();
        Problem { lower, upper, price_floor, ..Problem::default() }
    }

    #[test]
    fn the_price_without_a_term_is_what_the_others_could_do_with_the_money() {
        // the first lies inside, the second at its lower end, the third at its upper, the fourth is fixed
        let own = problem(&[(1.0, 9.0), (2.0, 8.0), (1.0, 4.0), (3.0, 3.0)], 0.0);
        let (spend, slopes) = ([5.0, 2.0, 4.0, 3.0], [1.5, 1.2, 1.9, 7.0]);
        // more than before: the next taker is the second; less: the next giver is the third
        assert_eq!(sole(&own, &spend, &slopes, &[4.0; 4]), Some((0, Some(1.2))));
        assert_eq!(sole(&own, &spend, &slopes, &[6.0; 4]), Some((0, Some(1.9))));
        // two inside set the price together
        assert_eq!(sole(&own, &[5.0, 2.5, 4.0, 3.0], &slopes, &[4.0; 4]), None);
        // nobody else can take, but the money may be kept where profit is wanted
        let alone = |floor| problem(&[(1.0, 9.0), (3.0, 3.0)], floor);
        assert_eq!(sole(&alone(0.0), &[5.0, 3.0], &[1.5, 7.0], &[4.0; 2]), Some((0, None)));
        assert_eq!(sole(&alone(1.0), &[5.0, 3.0], &[1.5, 7.0], &[4.0; 2]), Some((0, Some(1.0))));
        // where money is left, the floor is the price already
        assert_eq!(sole(&alone(1.0), &[5.0, 3.0], &[1.0, 7.0], &[4.0; 2]), None);
    }

    #[test]
    fn a_share_needs_half_of_the_draws() {
        assert_eq!(known_share([2.0, 1.0, 0.5, f64::NAN].into_iter()), Some(0.5));
        assert_eq!(known_share([2.0, f64::NAN, f64::NAN].into_iter()), None);
        assert_eq!(known_share(std::iter::empty()), None);
    }
}
