//! Goals where limits cut across the tree: one search over all multipliers, the goal's among them.
//!
//! In: a prepared workspace, and plans that are known to meet the goal or to miss it. Out: the best plan within all
//! limits for the goal, on envelopes; where the curves run below these, the best that meets it on the curves.

use super::aim::{Aim, Wanted};
use super::error::AllocateError;
use super::goal::{Brought, GoalSearch, Kept, Met, Target};
use super::pour;
use super::relax::{Relaxed, has_shares};
use std::borrow::Cow;

/// Rounds of asking for more where the curves fall short of their envelopes.
const ROUNDS: usize = 8;
/// What is asked for on top of what they fall short of, as a share of that.
const MARGIN: f64 = 0.02;

impl<'p> GoalSearch<'_, 'p> {
    /// The best plan for a goal that binds; `kept` are plans that meet it.
    pub(super) fn jointly(&mut self, wanted: Wanted<'_>, price: f64, mut kept: Kept) -> Result<Met<'p>, AllocateError> {
        let price = if price.is_finite() && price >= f64::MIN_POSITIVE { price } else { 1.0 };
        let mut aim = Aim { wanted, more: 0.0, price, narrowed: self.narrowed };
        let target = pour::Target {
            budget: self.problem.budget,
            floor: Some(self.problem.price_floor),
            initial_price: None,
            max_iterations: self.settings.max_iterations,
            smooth: false,
        };
        let root = &mut self.workspace.tree.nodes[0];
        (root.lower, root.upper) = (0.0, self.problem.budget);
        let mut first: Option<(Relaxed, Vec<f64>, bool)> = None;
        let mut iterations = 0;
        for round in 0..=ROUNDS {
            let crossed = self.workspace.cross(self.problem, target, None, &self.start.multipliers, Some(&aim));
            self.start.keep(&crossed, self.workspace.top_shift());
            iterations += crossed.iterations;
            let met = crossed.met;
            if round == 0 && met {
                self.make_up(wanted, kept.plan.as_deref());
            }
            let (short, brought, worth) = self.shortfall(wanted);
            let reached = met && short <= 0.0 && brought.holds;
            if reached && round > 0 {
                kept.offer(worth, &self.workspace.plan);
            }
            if first.is_none() {
                let spend = self.workspace.scale.total(&self.workspace.plan);
                let floor = aim.floor(self.problem, crossed.multipliers.goal);
                let relaxed =
                    Relaxed { crossed, spend, floor, room: f64::INFINITY, closed: true, left: false, iterations };
                first = Some((relaxed, self.workspace.plan.clone(), reached));
            }
            if reached || !met || brought.envelopes <= brought.curves {
                break;
            }
            aim.more += (1.0 + MARGIN) * short.max(0.0);
            if short <= 0.0 {
                // it stands where it may not, which no goal mends
                break;
            }
        }
        let Some((mut relaxed, plan, reached)) = first else { return Err(AllocateError::NotFound) };
        relaxed.iterations = iterations;
        aim.more = 0.0;
        let multipliers = relaxed.crossed.multipliers.clone();
        self.workspace.pour_at(self.problem, target, &multipliers, &aim);
        self.workspace.plan = plan;
        if has_shares(self.problem) {
            self.workspace.tree.rescale(self.problem, relaxed.spend);
        }
        self.start.multipliers = multipliers;
        let (weighed, target) = match wanted {
            Wanted::Return { ratio, measure, unit } => {
                let t = relaxed.crossed.multipliers.goal;
                let weighed = self.weighed(t, unit, measure).unwrap_or_else(|| self.problem.clone());
                (weighed, Some(Target { t, unit, ratio, measure: measure.to_vec() }))
            }
            Wanted::Volume { .. } => (self.problem.clone(), None),
        };
        let weighed = Cow::Owned(crate::allocate::Problem { price_floor: relaxed.floor, ..weighed });
        let instead = kept.plan.filter(|_| !reached);
        Ok(Met { relaxed, weighed, reached, instead, target })
    }

    /// Mixes as much of a plan that meets the goal into the workspace's as it takes to meet it: limits are convex and
    /// the goal is concave, so the mix is within them too. A search over many multipliers misses by its last digits.
    fn make_up(&mut self, wanted: Wanted<'_>, other: Option<&[f64]>) {
        let (short, brought, _) = self.shortfall(wanted);
        let Some(other) = other.filter(|_| short > 0.0 && brought.envelopes <= brought.curves) else { return };
        let own = std::mem::replace(&mut self.workspace.plan, other.to_vec());
        let (_, theirs, _) = self.shortfall(wanted);
        let spare = match wanted {
            Wanted::Return { ratio, .. } => theirs.curves - ratio * theirs.spend,
            Wanted::Volume { response } => theirs.curves - response,
        };
        let share = if spare > 0.0 { ((1.0 + MARGIN) * short / (short + spare)).min(1.0) } else { 0.0 };
        let plan = own.iter().zip(other).map(|(own, other)| share.mul_add(other - own, *own));
        self.workspace.plan = plan.collect();
        self.workspace.tidy(self.problem);
    }

    /// By how much the workspace's plan misses a goal on the curves, what it brings, and what it is worth.
    fn shortfall(&self, wanted: Wanted<'_>) -> (f64, Brought, f64) {
        match wanted {
            Wanted::Return { ratio, measure, .. } => {
                let (brought, net) = (self.brought(measure, false), self.brought(&[], true));
                let short = if brought.reaches(ratio, 0.0) { 0.0 } else { ratio * brought.spend - brought.curves };
                (short, brought, net.curves - self.problem.price_floor * net.spend)
            }
            Wanted::Volume { response } => {
                let brought = self.brought(&[], true);
                let short = if brought.reaches(0.0, response) { 0.0 } else { response - brought.curves };
                (short, brought, -brought.spend)
            }
        }
    }
}
