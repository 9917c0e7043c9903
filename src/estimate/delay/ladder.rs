//! The share of conversions known by age, from a reporting triangle.
//!
//! In: a triangle. Out: a [`Ladder`]. A young period has only been seen at young ages (it is truncated
//! on the right), so ages are compared with the next one within the same periods (chain ladder: Mack,
//! 1993; as a hazard in reverse time: Lagakos, Barraj and De Gruttola, 1988):
//!
//! ```text
//! f(d) = Σ y(w, d+1) / Σ y(w, d)         over the periods w seen at both ages
//! g(d) = 1 − 1/f(d)                      share of the known at d + 1 that was not known at d
//! F(d) = ∏_{k ≥ d} (1 − g(k)) = ∏ 1/f(k)
//! ```
//!
//! Where counts are small one ratio is mostly luck. So g(d) has a beta prior worth [`PRIOR`] conversions
//! around the course of a lag that is exponential with one mean for the whole triangle, the most likely one:
//!
//! ```text
//! g(d) ~ Beta(m g₀(d), m (1 − g₀(d))),   F₀(d) ∝ 1 − θ (1 − e^(−1/θ)) e^(−d/θ),   g₀(d) = 1 − F₀(d)/F₀(d + 1)
//! E[g(d)] = (m g₀ + n) / (m + y),        n of the y known at d + 1 were not known at d
//! ```
//!
//! Thousands of conversions go their own way whatever the course. The standard deviation is that of
//! counting alone; weeks that differ in their lag make it larger.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::counts::Triangle;
use crate::numeric::root::find_maximum;
use crate::numeric::sum::ExactSum;

/// Conversions that the prior of each share is worth.
const PRIOR: f64 = 20.0;
/// Mean lags that are considered, periods.
const SHORTEST: f64 = 0.02;
const LONGEST: f64 = 100.0;
/// Steps of the first look at the likelihood.
const STEPS: usize = 48;

/// Share of conversions known by age.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ladder {
    /// F by age; 1 at the last age seen.
    pub(super) completion: Vec<f64>,
    /// Standard deviation of F by age.
    pub(super) sd: Vec<f64>,
    /// Share that comes after the last age by the exponential course, ratio; not in `completion`.
    pub(super) beyond: f64,
    /// Conversions that were seen to come or to have come, at two ages of a period.
    pub(super) conversions: f64,
    /// Ages at which the sum over the periods fell.
    pub(super) fell: usize,
}

/// What is known one age later: how much of it is new.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    new: f64,
    all: f64,
}

impl Ladder {
    /// From a triangle; `None` where no period was seen at two ages with conversions.
    pub(super) fn new(triangle: &Triangle) -> Option<Self> {
        let (steps, fell) = steps(triangle);
        let conversions = largest_base(triangle);
        if steps.iter().all(|step| step.all <= 0.0) {
            return None;
        }
        let lag = likeliest_lag(&steps);
        let ages = steps.len() + 1;
        let (mut completion, mut variance) = (vec![1.0; ages], vec![0.0; ages]);
        for (age, step) in steps.iter().enumerate().rev() {
            let weight = PRIOR + step.all;
            let share = (PRIOR * course_step(lag, age) + step.new) / weight;
            completion[age] = completion[age + 1] * (1.0 - share);
            // of ln F: the delta method on ln (1 − g)
            variance[age] = variance[age + 1] + share / ((1.0 - share) * (weight + 1.0));
        }
        let sd = completion.iter().zip(&variance).map(|(share, variance)| share * variance.sqrt()).collect();
        Some(Self { completion, sd, beyond: outstanding(lag, ages - 1), conversions, fell })
    }
}

/// The steps from each age to the next, and how many of them fell.
fn steps(triangle: &Triangle) -> (Vec<Step>, usize) {
    let mut fell = 0;
    let steps = (1..triangle.ages())
        .map(|age| {
            let (mut before, mut after) = (ExactSum::default(), ExactSum::default());
            for period in 0..triangle.periods() {
                if let (Some(young), Some(old)) = (triangle.known(period, age - 1), triangle.known(period, age)) {
                    before.add(young);
                    after.add(old);
                }
            }
            let (before, after) = (before.value(), after.value());
            fell += usize::from(before > after);
            Step { new: (after - before).max(0.0), all: after.max(0.0) }
        })
        .collect();
    (steps, fell)
}

/// Latest known conversions of all periods that were seen at two ages.
fn largest_base(triangle: &Triangle) -> f64 {
    let latest = |period: usize| {
        let mut seen = (0..triangle.ages()).rev().filter_map(|age| triangle.known(period, age));
        let latest = seen.next()?;
        seen.next().map(|_| latest)
    };
    (0..triangle.periods()).filter_map(latest).collect::<ExactSum>().value()
}

/// Share still outstanding at an age under an exponential lag of mean θ periods, for a click at a
/// uniform time of its period: θ (1 − e^(−1/θ)) e^(−d/θ).
fn outstanding(lag: f64, age: usize) -> f64 {
    -lag * (-1.0 / lag).exp_m1() * (-(age as f64) / lag).exp()
}

/// g₀(d): share of what is known at age d + 1 that was not known at age d.
fn course_step(lag: f64, age: usize) -> f64 {
    let (now, next) = (outstanding(lag, age), outstanding(lag, age + 1));
    // above 0 and below 1, so that the likelihood stays finite
    ((now - next) / (1.0 - next)).clamp(1e-12, 1.0 - 1e-12)
}

/// The mean lag under which the steps are most likely, periods.
fn likeliest_lag(steps: &[Step]) -> f64 {
    let likelihood = |ln_lag: f64| {
        let lag = ln_lag.exp();
        let term = |(age, step): (usize, &Step)| {
            let share = course_step(lag, age);
            step.new * share.ln() + (step.all - step.new) * (-share).ln_1p()
        };
        steps.iter().enumerate().map(term).sum::<f64>()
    };
    let (from, to) = (SHORTEST.ln(), LONGEST.ln());
    let at = |step: usize| from + (to - from) * step as f64 / STEPS as f64;
    // the likelihood may have more than one top where the lag is not exponential: the best of a grid first
    let best = (0..=STEPS).fold((0, f64::NEG_INFINITY), |best, step| {
        let value = likelihood(at(step));
        if value > best.1 { (step, value) } else { best }
    });
    let (lower, upper) = (at(best.0.saturating_sub(1)), at((best.0 + 1).min(STEPS)));
    find_maximum(likelihood, lower, upper, 1e-6).map_or_else(|_| at(best.0), |top| top.x).exp()
}
