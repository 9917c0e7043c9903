//! What a term's own moves of its bid say of its elasticity: a likelihood on a grid.
//!
//! # Formula
//! ```text
//! clicks of the weeks | their sum ~ Multinomial(∝ d_t e^(r x_t)),     r = γ ε / (1 − ε)
//! ln L(ε) = Σ over stretches [ r Σ w y x − (Σ w y) ln Σ w d e^(r x) ] / φ
//! ```
//! A count likelihood with the lever as its regressor; clicks stand on one side only, and the term's size is conditioned
//! away. A stretch ends where the campaign's bids moved together: terms answer that differently, and where demand comes
//! from the others their answers would be taken for it. `d` is demand: eligible impressions (impressions over impression share), or what the other terms of the campaign
//! did in the week; then weeks in which they are few weigh less, `w = rest / (rest + own)`. `φ` is over-dispersion, which
//! takes the noise of `d` with it. γ is the answer of the price of a click to the bid: spend = clicks × price moves by
//! `γ + r` per unit of log bid, so ε = r / (γ + r).

#![allow(clippy::inline_always)] // for loops on vectors

use super::panel::{Panel, SAME};
use super::track::Track;
use crate::numeric::elementary::{exp, ln, widest};

/// What the weeks of a term say.
pub(super) struct Told {
    /// Index of the term.
    pub(super) term: usize,
    /// Log-likelihood with φ = 1. Shape: nodes.
    pub(super) likelihood: Vec<f64>,
    /// Periods used, less what was fitted to them, count.
    pub(super) freedom: f64,
    /// Clicks a period.
    pub(super) clicks: f64,
    /// Sum of squared Pearson residuals at the best node, and of the products of neighbours.
    pub(super) squares: f64,
    pub(super) products: f64,
    /// The part of this evidence that the campaign's other terms do not tell as well, ratio: where all demand is inferred
    /// from each other, two terms tell one contrast.
    pub(super) own: f64,
    /// Log of how far its bid moved: the standard deviation of the log bid within stretches.
    pub(super) size: f64,
}

/// A period as the likelihood sees it.
struct Week {
    clicks: f64,
    demand: f64,
    lever: f64,
    weight: f64,
    stretch: usize,
}

/// Fewest clicks that the rest of a campaign must be expected to have in a period.
const FEWEST_REST: f64 = 5.0;
/// Fewest periods beyond what is fitted to them.
const FEWEST_FREEDOM: f64 = 2.0;

/// What term `at` of a panel that is fitted at `r` says; `None` where its bid never moved, or nothing can be compared.
/// Shape of `answers`: nodes, `r` of the formula.
pub(super) fn tell(panel: &Panel, at: usize, r: f64, answers: &[f64]) -> Option<Told> {
    let track = &panel.tracks[at];
    let (weeks, own) = match &track.eligible {
        Some(eligible) => (by_share(track, eligible), 1.0),
        None => by_rest(panel, at, r),
    };
    let stretches: Vec<&[Week]> =
        weeks.chunk_by(|a, b| a.stretch == b.stretch).filter(|stretch| has_moves(stretch)).collect();
    let count = stretches.iter().map(|stretch| stretch.len()).sum::<usize>() as f64;
    let freedom = count - stretches.len() as f64 - 1.0;
    if freedom < FEWEST_FREEDOM {
        return None;
    }
    let mut likelihood = vec![0.0; answers.len()];
    let sums: Vec<Sums> = stretches.iter().map(|stretch| Sums::new(stretch)).collect();
    widest(
        #[inline(always)]
        || {
            let mut made = vec![0.0; answers.len()];
            for sums in &sums {
                sums.made(answers, &mut made);
                for (likelihood, made) in likelihood.iter_mut().zip(&made) {
                    *likelihood -= sums.clicks * ln(*made);
                }
            }
        },
    );
    let best = (0..answers.len()).max_by(|&a, &b| likelihood[a].total_cmp(&likelihood[b]))?;
    let (mut squares, mut products) = (0.0, 0.0);
    for (stretch, sums) in stretches.iter().zip(&sums) {
        let mut made = [0.0];
        sums.made(&answers[best..=best], &mut made);
        let scale = sums.clicks / made[0];
        let mut before = 0.0;
        for week in *stretch {
            let mean = scale * week.demand * (answers[best] * (week.lever - sums.centre)).exp();
            let residual = if mean > 0.0 { (week.clicks - mean) * (week.weight / mean).sqrt() } else { 0.0 };
            squares += residual * residual;
            products += before * residual;
            before = residual;
        }
    }
    let clicks = weeks.iter().map(|week| week.clicks).sum::<f64>() / weeks.len() as f64;
    let size = 0.5 * (stretches.iter().map(|stretch| scatter(stretch)).sum::<f64>() / count).ln();
    let is_sound = likelihood.iter().all(|value| value.is_finite()) && squares.is_finite() && size.is_finite();
    is_sound.then_some(Told { term: panel.terms[at], likelihood, freedom, clicks, squares, products, own, size })
}

/// Sum of squares of the lever about its mean.
fn scatter(stretch: &[Week]) -> f64 {
    let mean = stretch.iter().map(|week| week.lever).sum::<f64>() / stretch.len() as f64;
    stretch.iter().map(|week| (week.lever - mean).powi(2)).sum()
}

/// Sums over a stretch.
struct Sums {
    clicks: f64,
    /// Weighted demand at each place of the lever, as long as it stood there.
    levels: Vec<(f64, f64)>,
    /// Mean lever of the clicks: it keeps exponents small.
    centre: f64,
}

impl Sums {
    fn new(stretch: &[Week]) -> Self {
        let clicks: f64 = stretch.iter().map(|week| week.weight * week.clicks).sum();
        let steps: f64 = stretch.iter().map(|week| week.weight * week.clicks * week.lever).sum();
        let mut levels: Vec<(f64, f64)> = Vec::new();
        for week in stretch {
            match levels.last_mut().filter(|(lever, _)| lever.total_cmp(&week.lever).is_eq()) {
                Some((_, demand)) => *demand += week.weight * week.demand,
                None => levels.push((week.lever, week.weight * week.demand)),
            }
        }
        Self { clicks, levels, centre: steps / clicks }
    }

    /// The weighted clicks that demand makes of a term of size one, at some answers.
    #[inline(always)]
    fn made(&self, answers: &[f64], made: &mut [f64]) {
        made.fill(0.0);
        for (lever, demand) in &self.levels {
            for (made, r) in made.iter_mut().zip(answers) {
                *made += demand * exp(r * (lever - self.centre));
            }
        }
    }
}

/// Whether the lever stands at two places, and anything was clicked.
fn has_moves(stretch: &[Week]) -> bool {
    let ends = |ends: (f64, f64), week: &Week| (ends.0.min(week.lever), ends.1.max(week.lever));
    let (least, most) = stretch.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    most - least > SAME && stretch.iter().any(|week| week.clicks > 0.0)
}

/// Demand from eligible impressions; the lever is the bid itself.
fn by_share(track: &Track, eligible: &[f64]) -> Vec<Week> {
    track
        .weeks()
        .map(|(period, clicks, lever)| (clicks, lever, eligible[track.at(period)]))
        .filter(|(_, _, demand)| demand.is_finite())
        .map(|(clicks, lever, demand)| Week { clicks, demand, lever, weight: 1.0, stretch: 0 })
        .collect()
}

/// Demand from the other terms of the campaign; the lever is the bid against theirs.
fn by_rest(panel: &Panel, at: usize, r: f64) -> (Vec<Week>, f64) {
    let (mut own_clicks, mut rest_clicks) = (0.0, 0.0);
    let weeks = panel.tracks[at]
        .weeks()
        .filter_map(|(period, clicks, bid)| {
            let lever = bid - panel.common[period];
            let own = panel.size[at] * (r * lever).exp();
            let rest = panel.expected[period] - own;
            let others = panel.clicks[period] - clicks;
            let demand = others / rest;
            if !(rest > 0.0 && others >= FEWEST_REST && demand.is_finite()) {
                return None;
            }
            own_clicks += clicks;
            rest_clicks += others;
            Some(Week { clicks, demand, lever, weight: rest / (rest + own), stretch: panel.stretch[period] })
        })
        .collect();
    let all = own_clicks + rest_clicks;
    (weeks, if all > 0.0 { rest_clicks / all } else { 0.0 })
}

/// Of some bids, log, how many lie elsewhere than where they lie most often.
pub(super) fn elsewhere(levers: &[f64]) -> usize {
    let mut levers = levers.to_vec();
    levers.sort_by(f64::total_cmp);
    let mut most = 0;
    let mut from = 0;
    for to in 0..levers.len() {
        while levers[to] - levers[from] > SAME {
            from += 1;
        }
        most = most.max(to + 1 - from);
    }
    levers.len() - most
}
