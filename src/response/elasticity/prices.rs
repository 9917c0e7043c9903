//! Bids read off the prices of clicks, where no bid is reported.
//!
//! In: clicks and cost of the terms of a campaign. Out: the course of their bids, log, as steps. A price that jumps from one
//! week to the next and stays there was set; one that wanders was not, and makes no step. What all terms of the campaign
//! did is looked for first, then what each did beside it. Wrong where others' bids jump (then the clicks fall as the price
//! rises, and elasticities come out low, which is the cautious side), and for terms with few clicks, whose prices are noise.
//!
//! # Formula
//! ```text
//! z_t = ln(cost / clicks),  weight w_t = clicks,  s² = median of  (z_t+1 − z_t)² w_t w_t+1 / (w_t + w_t+1)  ÷ 0.4549
//! a step at t:  |mean after − mean before| > 5 s √(1/W after + 1/W before),  of at least 5%
//!               and three quarters of it between the three weeks before and the three after
//! ```
//! Steps are found one after another, the surest first (binary segmentation; Scott and Knott, 1974). The median of squared
//! differences is that of χ² with one degree of freedom: it does not see the steps themselves.

use super::track::Track;

/// Standard errors that a step has to be away from none.
const SURE: f64 = 5.0;
/// Least step, log.
const LEAST: f64 = 0.05;
/// Share of a step that has to lie between the weeks next to it.
const ABRUPT: f64 = 0.75;
/// Weeks next to a step.
const NEXT: usize = 3;
/// Fewest weeks on either side of a step.
const SHORTEST: usize = 2;
/// Fewest weeks that tell the noise.
const FEWEST: usize = 8;
/// Median of χ² with one degree of freedom.
const MEDIAN: f64 = 0.4549;

/// Log prices with the weight of each; weeks without a click have none. Shape: periods.
#[derive(Clone, Default)]
struct Prices {
    log: Vec<f64>,
    weight: Vec<f64>,
}

/// Sets the bids of tracks that have none. `periods` is how many the calendar has.
pub(super) fn set_bids(tracks: &mut [Track], periods: usize) {
    let own: Vec<Prices> = tracks.iter().map(|track| of_track(track, periods)).collect();
    let mut together = Prices { log: vec![0.0; periods], weight: vec![0.0; periods] };
    for prices in &own {
        let mean = mean(prices, 0..periods).unwrap_or(0.0);
        for period in 0..periods {
            together.log[period] += prices.weight[period] * (prices.log[period] - mean);
            together.weight[period] += prices.weight[period];
        }
    }
    for (log, weight) in together.log.iter_mut().zip(&together.weight) {
        *log /= weight.max(f64::MIN_POSITIVE);
    }
    let common = levels(&together);
    for (track, mut prices) in tracks.iter_mut().zip(own) {
        prices.log.iter_mut().zip(&common).for_each(|(log, common)| *log -= common);
        let levels = levels(&prices);
        for (at, bid) in track.bid.iter_mut().enumerate() {
            *bid = common[track.first + at] + levels[track.first + at];
        }
    }
}

fn of_track(track: &Track, periods: usize) -> Prices {
    let mut prices = Prices { log: vec![0.0; periods], weight: vec![0.0; periods] };
    for (at, (&clicks, &cost)) in track.clicks.iter().zip(&track.cost).enumerate() {
        if clicks > 0.0 && cost > 0.0 {
            prices.log[track.first + at] = (cost / clicks).ln();
            prices.weight[track.first + at] = clicks;
        }
    }
    prices
}

/// Weighted mean; `None` without weight.
fn mean(prices: &Prices, range: std::ops::Range<usize>) -> Option<f64> {
    let weight: f64 = prices.weight[range.clone()].iter().sum();
    let sum: f64 = range.map(|at| prices.weight[at] * prices.log[at]).sum();
    (weight > 0.0).then(|| sum / weight)
}

/// The steps of a course as levels, relative to its first. Shape: periods.
fn levels(prices: &Prices) -> Vec<f64> {
    let periods = prices.log.len();
    let mut levels = vec![0.0; periods];
    let Some(variance) = noise(prices) else { return levels };
    let mut steps = vec![0, periods];
    split(prices, variance, 0..periods, &mut steps);
    steps.sort_unstable();
    let first = mean(prices, steps[0]..steps[1]).unwrap_or(0.0);
    for ends in steps.windows(2).filter(|_| steps.len() > 2) {
        let level = mean(prices, ends[0]..ends[1]).unwrap_or(first) - first;
        levels[ends[0]..ends[1]].fill(level);
    }
    levels
}

/// Variance of a log price of weight 1 from week to week; `None` with too few weeks.
fn noise(prices: &Prices) -> Option<f64> {
    let weeks: Vec<usize> = (0..prices.log.len()).filter(|&at| prices.weight[at] > 0.0).collect();
    if weeks.len() < FEWEST {
        return None;
    }
    let mut squares: Vec<f64> = weeks
        .windows(2)
        .map(|pair| {
            let [before, after] = [pair[0], pair[1]].map(|at| (prices.log[at], prices.weight[at]));
            (after.0 - before.0).powi(2) * before.1 * after.1 / (before.1 + after.1)
        })
        .collect();
    squares.sort_by(f64::total_cmp);
    Some(squares[squares.len() / 2] / MEDIAN)
}

/// Splits a range at its surest step, and its parts again.
fn split(prices: &Prices, variance: f64, range: std::ops::Range<usize>, steps: &mut Vec<usize>) {
    let weight = |range: std::ops::Range<usize>| prices.weight[range].iter().sum::<f64>();
    let step = |before: std::ops::Range<usize>, after: std::ops::Range<usize>| {
        Some(mean(prices, after)? - mean(prices, before)?)
    };
    let sureness = |at: usize| {
        let size = step(range.start..at, at..range.end)?;
        let error = variance * (1.0 / weight(range.start..at) + 1.0 / weight(at..range.end));
        Some((size.abs() / error.sqrt().max(f64::MIN_POSITIVE), size))
    };
    let places = range.start + SHORTEST..(range.end + 1).saturating_sub(SHORTEST);
    let best = places.filter_map(|at| Some((at, sureness(at)?))).max_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let Some((at, (sureness, size))) = best else { return };
    if sureness < SURE || size.abs() < LEAST {
        return;
    }
    let near = step(range.start.max(at.saturating_sub(NEXT))..at, at..range.end.min(at + NEXT));
    // a slope has a surest place as well; it is no step, though there may be one on either side
    if near.is_some_and(|near| near / size >= ABRUPT) {
        steps.push(at);
    } else if range.len() < 4 * SHORTEST {
        return;
    }
    split(prices, variance, range.start..at, steps);
    split(prices, variance, at..range.end, steps);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    /// A course with noise of deviation 0.3 / √clicks.
    fn course(level: impl Fn(usize) -> f64, clicks: f64, seed: u64) -> Prices {
        let mut random = Stream::new(seed, 0);
        let log = (0..52).map(|week| level(week) + 0.3 / clicks.sqrt() * random.normal()).collect();
        Prices { log, weight: vec![clicks; 52] }
    }

    #[test]
    fn steps_are_found_where_they_are() {
        let truth = |week: usize| if (20..33).contains(&week) { 0.2 } else { 0.0 };
        for seed in 0..20 {
            let levels = levels(&course(truth, 100.0, seed));
            for (week, level) in levels.iter().enumerate() {
                // four standard errors of a mean of twelve weeks and more
                assert!((level - truth(week)).abs() < 4.0 * 0.03 / 12_f64.sqrt() * 1.5, "{seed}: {week} {level}");
            }
        }
    }

    #[test]
    fn noise_and_slopes_make_no_step() {
        let mut stepped = [0, 0];
        for seed in 0..200 {
            let still = levels(&course(|_| 0.0, 30.0, seed));
            let slope = levels(&course(|week| 0.006 * week as f64, 300.0, seed));
            for (count, levels) in stepped.iter_mut().zip([still, slope]) {
                *count += usize::from(levels.iter().any(|&level| level != 0.0));
            }
        }
        // five standard errors, over some fifty places: far below one in a hundred
        assert!(stepped[0] <= 2, "{stepped:?}");
        assert!(stepped[1] <= 10, "{stepped:?}");
    }
}
