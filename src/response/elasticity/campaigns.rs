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
/// Least share of the account's searches that other campaigns have, where a term is held against them.
const LEAST_REST: f64 = 0.05;
/// Least difference between the mean levers of windows within which the lever moves, log.
const LEAST_RAMP: f64 = 0.02;
/// Noise of how many boundaries the account's stands for in a campaign's own.
const PRIOR_BOUNDARIES: f64 = 6.0;
/// The same of a term, which is more unlike.
const TERM_BOUNDARIES: f64 = 2.0;
/// Degrees of freedom of the noise: as many as boundaries that tell it, within these.
const FREEDOM: (f64, f64) = (2.0, 8.0);
/// Fewest boundaries that tell the noise, in the whole account.
const FEWEST_BOUNDARIES: f64 = 1.5;
/// Fewest clicks a period: below, logs are no measure.
pub(super) const FEWEST_CLICKS: f64 = 10.0;

/// A campaign's weeks. Shape of the vectors: periods.
pub(super) struct Course {
    /// Clicks, and log of them against the others'; NaN where there are too few.
    pub(super) clicks: Vec<f64>,
    pub(super) cost: Vec<f64>,
    /// How much dearer clicks were than those of their term on average: sum over clicks of the log of the ratio. Of a single
    /// term it is not needed, and empty.
    dearer: Vec<f64>,
    /// Log of the lever: bids together, or the campaign's budget.
    pub(super) lever: Vec<f64>,
    /// Whether what the moves say is taken from the terms already, by impression share.
    pub(super) is_told: bool,
}

impl Course {
    /// Sums over the terms of a panel. `budget` is the campaign's budget by period, NaN where not known.
    pub(super) fn new(panel: &Panel, budget: Option<&[f64]>) -> Self {
        let periods = panel.clicks.len();
        let [mut total, mut cost, mut dearer] = [(); 3].map(|()| vec![0.0; periods]);
        let (mut shared, mut all) = (0.0, 0.0);
        for track in panel.tracks.iter().filter(|track| !track.is_often_full()) {
            let clicks = track.clicks.iter().sum::<f64>();
            all += clicks;
            shared += if track.eligible.is_some() { clicks } else { 0.0 };
            let usual = (track.cost.iter().sum::<f64>() / clicks).ln();
            for (at, (amount, own)) in track.cost.iter().zip(&track.clicks).enumerate() {
                total[track.first + at] += own;
                cost[track.first + at] += amount;
                let price = (amount / own).ln() - usual;
                dearer[track.first + at] += if price.is_finite() { own * price } else { 0.0 };
            }
        }
        let mut course = Self { clicks: total, cost, dearer, lever: panel.common.clone(), is_told: 2.0 * shared > all };
        if let Some(budget) = budget.filter(|_| !course.moved()) {
            course.lever = budget.to_vec();
            // impression share says nothing of what a budget buys
            course.is_told = false;
        }
        course
    }

    /// The course of one term; `None` where its bid never moved, or impression share tells of it.
    pub(super) fn of_term(track: &Track, periods: usize) -> Option<Self> {
        if track.eligible.is_some() || elsewhere(&track.bid) == 0 {
            return None;
        }
        let (first, end) = (track.first, track.first + track.bid.len());
        let mut course = Self {
            clicks: vec![f64::NAN; periods],
            cost: vec![f64::NAN; periods],
            dearer: Vec::new(),
            lever: vec![*track.bid.last()?; periods],
            is_told: false,
        };
        course.lever[..first].fill(track.bid[0]);
        course.lever[first..end].copy_from_slice(&track.bid);
        for (period, clicks, _) in track.weeks() {
            course.clicks[period] = clicks;
            course.cost[period] = track.cost[track.at(period)];
        }
        Some(course)
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

impl Noise {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        for (into, from) in self.sums.iter_mut().zip(other.sums) {
            *into += from;
        }
    }
}

/// A move: z of clicks and of cost, and the factor on the variance of one period on either side.
struct Move {
    clicks: f64,
    cost: f64,
    spread: f64,
}

/// What the courses of an account have to be held against: all campaigns together. Others answer to their own moves as this one
/// would: where all bids move alike, nothing is left to learn from. What their clicks cost is counted by how dear each term's
/// were for itself: sums of cost are at the mercy of a few dear terms.
pub(super) struct Account<'a> {
    courses: &'a [&'a Course],
    /// The other campaigns of each. Shape: campaigns.
    others: Vec<Others>,
    /// Noise of campaigns.
    noise: Noise,
    compared: Vec<(Noise, Vec<Move>)>,
}

/// All campaigns but one.
struct Others {
    /// Log of their clicks, and how much dearer these were than usual, log; zero where there are none. Shape: periods.
    rest: Vec<(f64, f64)>,
    /// Whether they are too few to tell the season.
    are_few: bool,
}

impl Others {
    /// `clicks` and `dearer` are those of all campaigns.
    fn new(own: &Course, clicks: &[f64], dearer: &[f64]) -> Self {
        let rest = (0..clicks.len())
            .map(|t| {
                let others = clicks[t] - own.clicks[t];
                // a sum of the others below a thousandth is rounding: the campaign is the account
                let is_told = others > 1e-3 * clicks[t] && clicks[t] > 0.0;
                if is_told { (others.ln(), (dearer[t] - own.dearer[t]) / others) } else { (0.0, 0.0) }
            })
            .collect();
        let [all, own] = [clicks, &own.clicks].map(|of| of.iter().sum::<f64>());
        Self { rest, are_few: all - own < LEAST_REST * all }
    }

    /// A course of the campaign, or of a term of it, against them.
    fn compare(&self, course: &Course) -> (Noise, Vec<Move>) {
        let (mut clicks, mut cost) = (logs(&course.clicks, FEWEST_CLICKS), logs(&course.cost, 0.0));
        for ((clicks, cost), (rest, dearer)) in clicks.iter_mut().zip(&mut cost).zip(&self.rest) {
            *clicks -= rest;
            *cost -= rest + dearer;
        }
        compare(&clicks, &cost, &course.lever)
    }
}

impl<'a> Account<'a> {
    pub(super) fn new(courses: &'a [&'a Course]) -> Self {
        let total = |of: fn(&Course) -> &Vec<f64>| -> Vec<f64> {
            let periods = courses.first().map_or(0, |course| course.clicks.len());
            (0..periods).map(|t| courses.iter().map(|course| of(course)[t]).collect::<ExactSum>().value()).collect()
        };
        let (clicks, dearer) = (total(|course| &course.clicks), total(|course| &course.dearer));
        let others: Vec<Others> = courses.iter().map(|course| Others::new(course, &clicks, &dearer)).collect();
        let compared: Vec<(Noise, Vec<Move>)> =
            courses.iter().zip(&others).map(|(course, others)| others.compare(course)).collect();
        let mut noise = Noise::default();
        for (own, _) in &compared {
            noise.add(own);
        }
        Self { courses, others, noise, compared }
    }

    /// Log-likelihood of each campaign's elasticity, `None` where it says nothing. Shapes: campaigns; of `nodes`: any.
    pub(super) fn tell(&self, nodes: &[f64]) -> Vec<Option<Vec<f64>>> {
        let told = |(course, (own, moves)): (&&Course, &(Noise, Vec<Move>))| {
            (!course.is_told).then(|| self.likelihood(*own, moves, 0.0, nodes)).flatten()
        };
        self.courses.iter().zip(&self.compared).map(told).collect()
    }

    /// The same of a term of a campaign by itself.
    pub(super) fn tell_term(&self, course: &Course, campaign: usize, nodes: &[f64]) -> Option<Vec<f64>> {
        let others = &self.others[campaign];
        // with hardly anybody else to tell the season, the rest of the campaign tells it better
        if others.are_few {
            return None;
        }
        let (own, moves) = others.compare(course);
        let known: Vec<f64> = course.clicks.iter().copied().filter(|clicks| clicks.is_finite()).collect();
        let clicks = known.iter().sum::<f64>() / known.len().max(1) as f64;
        self.likelihood(own, &moves, 1.0 / clicks, nodes)
    }

    /// What a test of a campaign's bids would tell, did clicks answer with `elasticity`: cost moved by `step`, log, for `weeks`, and
    /// back. Shape of `nodes`: any.
    pub(super) fn promise(
        &self,
        campaign: usize,
        elasticity: f64,
        step: f64,
        weeks: f64,
        nodes: &[f64],
    ) -> Option<Vec<f64>> {
        // up and back share the weeks of the raise: both together say as much as one move with the spread of their contrast
        let spread = 1.0 / weeks + 0.5 / weeks;
        let test = Move { clicks: elasticity * step, cost: step, spread };
        // a campaign without clicks enough has no noise either
        let (own, _) = &self.compared[campaign];
        (own.count >= 1.0).then(|| self.likelihood(*own, &[test], 0.0, nodes)).flatten()
    }

    /// `chance` is the variance of log clicks that a small term has beyond that of campaigns: it moves clicks and cost alike.
    fn likelihood(&self, own: Noise, moves: &[Move], chance: f64, nodes: &[f64]) -> Option<Vec<f64>> {
        let account = &self.noise;
        if moves.is_empty() || account.count < FEWEST_BOUNDARIES {
            return None;
        }
        let freedom =
            (own.count + (account.count - own.count).clamp(0.0, PRIOR_BOUNDARIES)).clamp(FREEDOM.0, FREEDOM.1);
        let of = |noise: &Noise, node: f64| {
            (noise.sums[0] - 2.0 * node * noise.sums[1] + node * node * noise.sums[2]).max(1e-12)
        };
        let variance = |node: f64| {
            let like = of(account, node) / account.count + chance * (1.0 - node) * (1.0 - node);
            let prior = if chance > 0.0 { TERM_BOUNDARIES } else { PRIOR_BOUNDARIES };
            (of(&own, node) + prior * like) / (own.count + prior)
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
    }
}

/// Logs; NaN where values are not above `fewest`.
fn logs(values: &[f64], fewest: f64) -> Vec<f64> {
    values.iter().map(|&value| if value > fewest { value.ln() } else { f64::NAN }).collect()
}

impl Move {
    /// What lies between two windows; `None` where one is too short, or something in it is not known.
    fn between(y: &[f64], c: &[f64], before: &[usize], after: &[usize]) -> Option<Self> {
        if before.len() < SHORTEST || after.len() < SHORTEST {
            return None;
        }
        let (clicks, cost) = (mean(y, after) - mean(y, before), mean(c, after) - mean(c, before));
        let spread = 1.0 / before.len() as f64 + 1.0 / after.len() as f64;
        (clicks.is_finite() && cost.is_finite()).then_some(Self { clicks, cost, spread })
    }
}

fn mean(values: &[f64], at: &[usize]) -> f64 {
    at.iter().map(|&t| values[t]).sum::<f64>() / at.len() as f64
}

/// Noise at boundaries where nothing moves within the windows, and the moves.
fn compare(y: &[f64], c: &[f64], lever: &[f64]) -> (Noise, Vec<Move>) {
    let periods = y.len();
    let moved: Vec<bool> =
        (0..periods).map(|t| t > 0 && (lever[t] - lever[t - 1]).abs() > SAME && lever[t].is_finite()).collect();
    let (mut noise, mut moves) = (Noise::default(), Vec::new());
    let mut used = vec![false; periods];
    for boundary in 1..periods {
        // windows end at the nearest other moves
        let from =
            (boundary.saturating_sub(WINDOW)..boundary).rev().take_while(|&t| t + 1 == boundary || !moved[t + 1]);
        let to = (boundary..periods.min(boundary + WINDOW)).take_while(|&t| t == boundary || !moved[t]);
        let (before, after): (Vec<usize>, Vec<usize>) = (from.collect(), to.collect());
        let Some(found) = Move::between(y, c, &before, &after) else { continue };
        if moved[boundary] {
            moves.push(found);
            before.iter().chain(&after).for_each(|&t| used[t] = true);
        } else {
            // windows overlap: this many boundaries say as much as one
            let weight = 1.0 / (before.len() + after.len()) as f64;
            let (zy, zc) = (found.clicks, found.cost);
            noise.count += weight;
            for (sum, product) in noise.sums.iter_mut().zip([zy * zy, zy * zc, zc * zc]) {
                *sum += weight * product / found.spread;
            }
        }
    }
    // a lever that moves every week leaves no still windows
    for boundary in (1..periods).filter(|&t| moved[t]) {
        let before: Vec<usize> = (boundary.saturating_sub(WINDOW)..boundary).rev().take_while(|&t| !used[t]).collect();
        let after: Vec<usize> = (boundary..periods.min(boundary + WINDOW)).take_while(|&t| !used[t]).collect();
        let Some(found) = Move::between(y, c, &before, &after) else { continue };
        if (mean(lever, &after) - mean(lever, &before)).abs() < LEAST_RAMP {
            continue;
        }
        moves.push(found);
        before.iter().chain(&after).for_each(|&t| used[t] = true);
    }
    (noise, moves)
}
