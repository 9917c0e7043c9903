//! What moves that all terms of a campaign made together say of its elasticity: clicks against cost, before and after.
//!
//! # Formula
//! ```text
//! z = mean log after a move − mean log before,     u(ε) = z(clicks) − ε z(cost)
//! ln L(ε) = −½ (ν + 1) Σ ln(1 + u(ε)² / (ν s²(ε))),     s²(ε) = variance of u(ε) where nothing moved
//! ```
//! The move is an instrument (Anderson and Rubin, 1949): were ε true, what a move does to clicks would be ε times what it
//! does to cost, and what is left would look like any other week. Demand moves both alike, so it leaves `(1 − ε)²` of its
//! variance. Weeks in which nothing moved tell the noise and nothing of ε. A campaign's logs are taken against those of
//! the account's other campaigns, which takes the season out.

use super::panel::{Panel, SAME};
use super::terms::elsewhere;
use super::track::Track;
use crate::numeric::sum::ExactSum;

/// Longest stretch before and after a move that is compared, periods.
const WINDOW: usize = 4;
/// Fewest periods on either side.
const SHORTEST: usize = 2;
/// Noise of how many boundaries the account's stands for in a campaign's own.
const PRIOR_BOUNDARIES: f64 = 6.0;
/// Degrees of freedom of the noise: as many as boundaries that tell it, within these.
const FREEDOM: (f64, f64) = (2.0, 8.0);
/// Fewest boundaries that tell the noise, in the whole account.
const FEWEST_BOUNDARIES: f64 = 1.5;
/// Fewest clicks a period: below, logs are no measure.
const FEWEST_CLICKS: f64 = 10.0;

/// A campaign's weeks. Shape of the vectors: periods.
pub(super) struct Course {
    /// Clicks, and log of them against the others'; NaN where there are too few.
    pub(super) clicks: Vec<f64>,
    pub(super) cost: Vec<f64>,
    /// Log of the lever: bids together, or the campaign's budget.
    pub(super) lever: Vec<f64>,
    /// Whether what the moves say is taken from the terms already, by impression share.
    pub(super) is_told: bool,
}

impl Course {
    /// Sums over the terms of a panel. `budget` is the campaign's budget by period, NaN where not known.
    pub(super) fn new(panel: &Panel, budget: Option<&[f64]>) -> Self {
        let periods = panel.clicks.len();
        let mut cost = vec![0.0; periods];
        let (mut shared, mut all) = (0.0, 0.0);
        for track in &panel.tracks {
            let clicks = track.clicks.iter().sum::<f64>();
            all += clicks;
            shared += if track.eligible.is_some() { clicks } else { 0.0 };
            for (at, amount) in track.cost.iter().enumerate() {
                cost[track.first + at] += amount;
            }
        }
        let mut course =
            Self { clicks: panel.clicks.clone(), cost, lever: panel.common.clone(), is_told: 2.0 * shared > all };
        if let Some(budget) = budget.filter(|_| !course.moved()) {
            course.lever = budget.to_vec();
            // impression share says nothing of what a budget buys
            course.is_told = false;
        }
        course
    }
}

impl Course {
    /// Whether the lever of the campaign as a whole ever moved.
    pub(super) fn moved(&self) -> bool {
        self.lever.windows(2).any(|pair| (pair[1] - pair[0]).abs() > SAME)
    }

    /// Of the periods of a track, how many found the campaign's lever elsewhere than mostly.
    pub(super) fn elsewhere(&self, track: &Track) -> usize {
        elsewhere(&self.lever[track.first..track.first + track.bid.len()])
    }
}

/// Sums of z(clicks)², z(clicks)·z(cost) and z(cost)² where nothing moved, scaled to one period on either side.
#[derive(Clone, Copy, Default)]
struct Noise {
    sums: [f64; 3],
    count: f64,
}

/// A move: z of clicks and of cost, and the factor on the variance of one period on either side.
struct Move {
    clicks: f64,
    cost: f64,
    spread: f64,
}

/// Log-likelihood of each campaign's elasticity, `None` where it says nothing. Shapes: campaigns; of `nodes`: any.
pub(super) fn tell(courses: &[&Course], nodes: &[f64]) -> Vec<Option<Vec<f64>>> {
    let total = |of: fn(&Course) -> &Vec<f64>| -> Vec<f64> {
        let periods = courses.first().map_or(0, |course| course.clicks.len());
        (0..periods).map(|t| courses.iter().map(|course| of(course)[t]).collect::<ExactSum>().value()).collect()
    };
    let (clicks, cost) = (total(|course| &course.clicks), total(|course| &course.cost));
    let compared: Vec<(Noise, Vec<Move>)> = courses
        .iter()
        .map(|course| {
            let y = against(&course.clicks, &clicks, FEWEST_CLICKS);
            let c = against(&course.cost, &cost, 0.0);
            compare(&y, &c, &course.lever)
        })
        .collect();
    let mut account = Noise::default();
    for (noise, _) in &compared {
        account.count += noise.count;
        for (into, from) in account.sums.iter_mut().zip(noise.sums) {
            *into += from;
        }
    }
    courses
        .iter()
        .zip(&compared)
        .map(|(course, (own, moves))| {
            if moves.is_empty() || course.is_told || account.count < FEWEST_BOUNDARIES {
                return None;
            }
            let freedom = (own.count + (account.count - own.count).min(PRIOR_BOUNDARIES)).clamp(FREEDOM.0, FREEDOM.1);
            let variance = |node: f64| {
                let of = |noise: &Noise| {
                    (noise.sums[0] - 2.0 * node * noise.sums[1] + node * node * noise.sums[2]).max(1e-12)
                };
                (of(own) + PRIOR_BOUNDARIES * of(&account) / account.count) / (own.count + PRIOR_BOUNDARIES)
            };
            let likelihood = |&node: &f64| -> f64 {
                let s2 = variance(node);
                let misfit = |m: &Move| {
                    let left = m.clicks - node * m.cost;
                    (left * left / (freedom * s2 * m.spread)).ln_1p()
                };
                -0.5 * (freedom + 1.0) * moves.iter().map(misfit).sum::<f64>()
            };
            Some(nodes.iter().map(likelihood).collect())
        })
        .collect()
}

/// Standard deviation of u(ε) between two periods where nothing moved, of each campaign for itself; `None` with too few
/// periods.
pub(super) fn noise(courses: &[&Course], elasticity: f64) -> Vec<Option<f64>> {
    courses
        .iter()
        .map(|course| {
            let none = vec![0.0; course.clicks.len()];
            let y = against(&course.clicks, &none, FEWEST_CLICKS);
            let c = against(&course.cost, &none, 0.0);
            let (noise, _) = compare(&y, &c, &course.lever);
            let [yy, yc, cc] = noise.sums;
            let left = elasticity.mul_add(elasticity * cc - 2.0 * yc, yy);
            (noise.count >= 1.0).then(|| (left.max(0.0) / noise.count).sqrt())
        })
        .collect()
}

/// Log of a campaign's sums over the others'; NaN where they are below `fewest`. Others that are none are 1.
fn against(own: &[f64], all: &[f64], fewest: f64) -> Vec<f64> {
    own.iter()
        .zip(all)
        .map(|(&own, &all)| {
            // a sum of the others below a thousandth is rounding: the campaign is the account
            let rest = if all - own > 1e-3 * all && all > 0.0 { all - own } else { 1.0 };
            if own > fewest { own.ln() - rest.ln() } else { f64::NAN }
        })
        .collect()
}

/// Noise at boundaries where nothing moves within the windows, and the moves.
fn compare(y: &[f64], c: &[f64], lever: &[f64]) -> (Noise, Vec<Move>) {
    let periods = y.len();
    let moved: Vec<bool> =
        (0..periods).map(|t| t > 0 && (lever[t] - lever[t - 1]).abs() > SAME && lever[t].is_finite()).collect();
    let (mut noise, mut moves) = (Noise::default(), Vec::new());
    for boundary in 1..periods {
        // windows end at the nearest other moves
        let from =
            (boundary.saturating_sub(WINDOW)..boundary).rev().take_while(|&t| t + 1 == boundary || !moved[t + 1]);
        let to = (boundary..periods.min(boundary + WINDOW)).take_while(|&t| t == boundary || !moved[t]);
        let (before, after): (Vec<usize>, Vec<usize>) = (from.collect(), to.collect());
        if before.len() < SHORTEST || after.len() < SHORTEST {
            continue;
        }
        let mean = |values: &[f64], at: &[usize]| at.iter().map(|&t| values[t]).sum::<f64>() / at.len() as f64;
        let (zy, zc) = (mean(y, &after) - mean(y, &before), mean(c, &after) - mean(c, &before));
        if !(zy.is_finite() && zc.is_finite()) {
            continue;
        }
        let spread = 1.0 / before.len() as f64 + 1.0 / after.len() as f64;
        if moved[boundary] {
            moves.push(Move { clicks: zy, cost: zc, spread });
        } else {
            // windows overlap: this many boundaries say as much as one
            let weight = 1.0 / (before.len() + after.len()) as f64;
            noise.count += weight;
            for (sum, product) in noise.sums.iter_mut().zip([zy * zy, zy * zc, zc * zc]) {
                *sum += weight * product / spread;
            }
        }
    }
    (noise, moves)
}
