//! A goal as one more limit beside those that cut across the tree.
//!
//! ```text
//! average return   max F − φX − τT   subject to   M − ρX ≥ 0      multiplier ν:   (1 + ν) times the weighed problem
//! volume           max −X            subject to   F − τT ≥ W      multiplier ν:   ν times the most response at price 1/ν
//! ```
//!
//! For given multipliers both are a most response at a floor, which the tree pours exactly; what the limits' own
//! multipliers are to that problem is theirs over `1 + ν` or `ν`. So all multipliers are found in one search.

use super::certificate;
use super::goal::{ANY, measure_of};
use super::problem::{Problem, Turnover};
use super::workspace::{Narrowed, Workspace};
use crate::response::Curve;

/// Least multiplier of a volume, as a share of its price: below it next to nothing is spent.
const LEAST: f64 = 1e-12;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// Measure per unit of money.
    Return {
        ratio: f64,
        measure: &'a [f64],
        /// Units of response in a unit of the measure.
        unit: f64,
    },
    /// Response net of what moving costs.
    Volume { response: f64 },
}

/// A goal that is searched for together with the multipliers of crossing limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim<'a> {
    pub(super) wanted: Wanted<'a>,
    /// Asked for on top, in what is wanted: where curves run below their envelopes.
    pub(super) more: f64,
    /// A price of the size of those that matter, which makes the goal a limit in money.
    pub(super) price: f64,
    pub(super) narrowed: &'a [Narrowed],
}

/// What a multiplier of the goal makes of the problem that is poured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    /// Of the goal's own measure; a volume has none.
    pub(super) t: f64,
    /// Factor of the limits' multipliers and, for a return, of what moving costs.
    pub(super) limits: f64,
    pub(super) moving: f64,
    /// Price floor.
    pub(super) floor: f64,
}

impl Aim<'_> {
    pub(super) fn weights(&self, problem: &Problem, multiplier: f64) -> Weights {
        let own = multiplier / self.price;
        match self.wanted {
            Wanted::Return { .. } => {
                let t = own / (1.0 + own);
                Weights { t, limits: 1.0 - t, moving: 1.0 - t, floor: self.floor(problem, t) }
            }
            Wanted::Volume { .. } => {
                let own = own.max(LEAST);
                Weights { t: 0.0, limits: 1.0 / own, moving: 1.0, floor: self.price / own }
            }
        }
    }

    /// The price floor at which the goal weighs so much.
    pub(super) fn floor(&self, problem: &Problem, weight: f64) -> f64 {
        match self.wanted {
            Wanted::Return { ratio, unit, .. } => {
                (weight * unit).mul_add(ratio, (1.0 - weight) * problem.price_floor).max(ANY)
            }
            Wanted::Volume { .. } => weight,
        }
    }

    /// The multiplier at which the goal weighs so much, as was found before.
    pub(super) fn multiplier(&self, weight: f64) -> f64 {
        match self.wanted {
            Wanted::Return { .. } => {
                weight.clamp(0.0, 1.0 - LEAST) / (1.0 - weight.clamp(0.0, 1.0 - LEAST)) * self.price
            }
            Wanted::Volume { .. } => {
                if weight > 0.0 {
                    self.price / weight * self.price
                } else {
                    self.price
                }
            }
        }
    }

    /// What the multiplier is told as: `t` of a return, the floor of a volume.
    pub(super) fn weight(&self, weights: &Weights) -> f64 {
        if let Wanted::Volume { .. } = self.wanted { weights.floor } else { weights.t }
    }

    /// By how much a plan misses the goal, in money of the goal's price; zero or below where it does not.
    pub(super) fn missing(&self, problem: &Problem, workspace: &Workspace) -> f64 {
        let (response, _) = certificate::evaluate(problem, &workspace.plan);
        let missing = match self.wanted {
            Wanted::Return { ratio, measure, unit } => {
                let spend = workspace.scale.total(&workspace.plan);
                unit * (ratio.mul_add(spend, -measure_of(&response, measure)) + self.more)
            }
            Wanted::Volume { response: wanted } => {
                let price = problem.moving_price();
                let moved = certificate::turnover(problem, &workspace.plan, workspace.scale);
                price.mul_add(moved, wanted - certificate::sum(&response)) + self.more
            }
        };
        missing / self.price
    }

    /// Takes in the problem's curves as the goal weighs them, where that changes them.
    pub(super) fn prepare(&self, workspace: &mut Workspace, problem: &Problem, t: f64) {
        if let Wanted::Return { measure, unit, .. } = self.wanted
            && !measure.is_empty()
        {
            let weighed = weighed(problem, t, unit, measure);
            workspace.prepare(&weighed);
            workspace.narrow(&weighed, self.narrowed);
        }
    }
}

/// The problem whose response is `(1 − t) F + t·unit·M`, where moving costs response alone.
pub(super) fn weighed(problem: &Problem, t: f64, unit: f64, measure: &[f64]) -> Problem {
    let mut weighed = problem.clone();
    for (curve, measure) in weighed.curves.iter_mut().zip(measure) {
        *curve = Curve::scaled(curve, (t * unit).mul_add(*measure, 1.0 - t));
    }
    let turnover = weighed.turnover.take();
    weighed.turnover = turnover.map(|turnover| Turnover { price: (1.0 - t) * turnover.price, ..turnover });
    weighed
}
