//! Several limits that cut across the tree at once: their multipliers by cutting planes, and the plan as a mix of
//! plans met on the way.
//!
//! The dual function of the multipliers is convex, and every plan poured bounds it from below by a plane:
//!
//! ```text
//! g(μ) = max over plans of [worth − Σ μₖ totalₖ] + Σ max(μₖ upperₖ, μₖ lowerₖ)
//! ```
//!
//! A linear program finds the lowest point of the planes in a box around the best multipliers so far; a plan is
//! poured there, and the box follows (Marsten, Hogan and Blankenship 1975, the boxstep method). Once the
//! planes promise no further descent, another linear program mixes the plans within all limits (Dantzig and
//! Wolfe 1960). For straight curves both end after finitely many plans; for smooth ones the mix is as good as
//! the square of what the multipliers miss.
//!
//! Wrong where the cap on plans is reached first: the gap says by how much.

use super::cross::{Cross, Search, What};
use super::pour::Poured;
use crate::numeric::linear::{Program, Relation};

/// Plans poured at most.
const MAX_PLANS: usize = 160;
/// Boxes tried at most.
const MAX_BOXES: usize = 300;
/// Promised descent that ends the search, as a share of all that is at stake.
const CLOSED: f64 = 1e-13;
/// Plans without any descent that end the search, for each multiplier and one more.
const STALLED: usize = 20;
/// Planes in a linear program, for each multiplier and one more; the fewer where it is too steep for its solver's digits.
const STEEP: [usize; 3] = [12, 4, 2];

/// A plan met on the way: where, its worth, and its total under every limit.
struct Cut {
    multipliers: Vec<f64>,
    initial_price: Option<f64>,
    worth: f64,
    totals: Vec<f64>,
}

impl Cut {
    /// What the plan is worth at some multipliers, the limits' own worth left out.
    fn at(&self, multipliers: &[f64]) -> f64 {
        self.worth - multipliers.iter().zip(&self.totals).map(|(multiplier, total)| multiplier * total).sum::<f64>()
    }
}

/// What the limit itself is worth at its multiplier.
fn support(limit: Cross, multiplier: f64) -> f64 {
    match multiplier {
        multiplier if multiplier > 0.0 => multiplier * limit.upper,
        multiplier if multiplier < 0.0 => multiplier * limit.lower,
        _ => 0.0,
    }
}

/// The nearest multiplier whose limit there is.
fn allowed(limit: Cross, multiplier: f64) -> f64 {
    let least = if limit.lower.is_finite() { f64::NEG_INFINITY } else { 0.0 };
    let most = if limit.upper.is_finite() { f64::INFINITY } else { 0.0 };
    multiplier.clamp(least, most)
}

/// A linear program takes about as long as so many prices of a small problem.
const PROGRAM: usize = 100;

/// The search over several multipliers.
pub(super) struct Bundle<'a, 'b> {
    search: &'a mut Search<'b>,
    limits: Vec<Cross>,
    cuts: Vec<Cut>,
    /// The best multipliers so far, and the dual function there.
    center: Vec<f64>,
    lowest: f64,
}

/// A step to the lowest point of the planes.
struct Step {
    to: Vec<f64>,
    /// Descent promised.
    descent: f64,
    /// Largest move, as a share of the box.
    reach: f64,
}

impl<'a, 'b> Bundle<'a, 'b> {
    pub(super) fn new(search: &'a mut Search<'b>) -> Self {
        let limits = search.limits.clone();
        Self { search, limits, cuts: Vec::new(), center: Vec::new(), lowest: f64::INFINITY }
    }

    /// Finds the multipliers and the mix; gives the prices at the multipliers and whether every limit holds.
    pub(super) fn run(mut self) -> (Poured, bool) {
        let few = self.limits.len() + 1;
        let start: Vec<f64> =
            self.limits.iter().zip(&self.search.own).map(|(&limit, &own)| allowed(limit, own)).collect();
        self.lowest = self.visit(&start);
        self.center = start;
        let unit = self.search.unit();
        let size = unit * self.search.problem.budget.max(f64::MIN_POSITIVE);
        let mut side = 0.3 * unit;
        let mut idle = 0;
        for _ in 0..MAX_BOXES {
            self.search.workspace.effort += PROGRAM;
            let Some(step) = STEEP.iter().find_map(|&planes| self.step(side, planes)) else {
                side *= 0.5;
                continue;
            };
            if step.descent <= CLOSED * size {
                // planes that do not fall near the center fall nowhere, unless the box is too small to tell
                if step.reach < 0.999 || side > 0.01 * unit {
                    break;
                }
                side *= 8.0;
                continue;
            }
            if self.cuts.len() >= MAX_PLANS || idle >= STALLED * few {
                break;
            }
            let found = self.visit(&step.to);
            idle = if found < self.lowest - CLOSED * size { 0 } else { idle + 1 };
            if found <= self.lowest - 0.1 * step.descent {
                side *= if step.reach < 0.999 { (2.0 * step.reach).max(1e-3) } else { 4.0 };
                (self.center, self.lowest) = (step.to, found);
            } else {
                if found < self.lowest {
                    (self.center, self.lowest) = (step.to, found);
                }
                // a box at its edge is wide enough only once the planes in it are known
                if step.reach < 0.5 || idle > 2 * (few - 1) {
                    side *= 0.5;
                }
            }
        }
        self.mix()
    }

    /// Pours at some multipliers; gives the dual function there.
    fn visit(&mut self, multipliers: &[f64]) -> f64 {
        let initial_price = self.search.target.initial_price;
        self.pour(multipliers, initial_price);
        let worth = self.search.worth();
        let totals = (0..self.limits.len()).map(|at| self.search.total(at)).collect();
        let cut = Cut { multipliers: multipliers.to_vec(), initial_price, worth, totals };
        let own: f64 = self.limits.iter().zip(multipliers).map(|(&limit, &own)| support(limit, own)).sum();
        let dual = cut.at(multipliers) + own;
        self.cuts.push(cut);
        dual
    }

    fn pour(&mut self, multipliers: &[f64], initial_price: Option<f64>) -> Poured {
        self.search.own.copy_from_slice(multipliers);
        self.search.target.initial_price = initial_price;
        self.search.pour()
    }

    /// The planes that matter most at the best multipliers, and how far each lies below the highest.
    fn near(&self) -> Vec<(f64, &Cut)> {
        let mut near: Vec<(f64, &Cut)> = self.cuts.iter().map(|cut| (cut.at(&self.center), cut)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let top = near.first().map_or(0.0, |highest| highest.0);
        for own in &mut near {
            own.0 -= top;
        }
        near
    }

    /// The lowest point of the planes in a box around the best multipliers, in units of the box.
    fn step(&self, side: f64, planes: usize) -> Option<Step> {
        let limits = &self.limits;
        let budget = self.search.problem.budget.max(f64::MIN_POSITIVE);
        let size = side * budget;
        let mut near = self.near();
        near.truncate(planes * (limits.len() + 1));
        let largest = |at: usize| {
            let totals = near.iter().map(|own| own.1.totals[at].abs()).fold(limits[at].lower, f64::max);
            if limits[at].upper.is_finite() { totals.max(limits[at].upper) } else { totals }
        };
        let deep: f64 = 1.0 + 2.0 * (0..limits.len()).map(largest).sum::<f64>() / budget;
        let mut program = Program::minimize();
        let level = program.variable(1.0, -deep, f64::INFINITY);
        let (mut moves, mut worths) = (Vec::new(), Vec::new());
        for (&limit, &center) in limits.iter().zip(&self.center) {
            let least = if limit.lower.is_finite() { -1.0 } else { (-center / side).max(-1.0) };
            let most = if limit.upper.is_finite() { 1.0 } else { (-center / side).min(1.0) };
            // what a limit of one side is worth is a line
            let line = match (limit.lower.is_finite(), limit.upper.is_finite()) {
                (true, true) => 0.0,
                (true, false) => limit.lower / budget,
                _ => limit.upper / budget,
            };
            let own = program.variable(line, least.min(most), most.max(least));
            if limit.lower.is_finite() && limit.upper.is_finite() {
                let worth = program.variable(1.0, -deep, f64::INFINITY);
                // the larger of the two at any multiplier, measured from the center's
                for bound in [limit.upper, limit.lower] {
                    let right = (bound * center - support(limit, center)) / size;
                    program.constrain(&[(worth, 1.0), (own, -bound / budget)], Relation::AtLeast, right);
                }
                worths.push((worth, 1.0));
            } else {
                worths.push((own, line));
            }
            moves.push(own);
        }
        for (below, cut) in near {
            // planes far below cannot matter within the box
            if below / size < -4.0 * deep {
                continue;
            }
            let mut terms = vec![(level, 1.0)];
            terms.extend(moves.iter().zip(&cut.totals).map(|(&own, total)| (own, total / budget)));
            program.constrain(&terms, Relation::AtLeast, below / size);
        }
        let values = program.solve()?;
        let worths: f64 = worths.iter().map(|&(at, factor)| factor * values[at]).sum();
        let to = moves.iter().zip(&self.center).zip(limits);
        let to = to.map(|((&own, center), &limit)| {
            let found = side.mul_add(values[own], *center);
            // what is left of zero by rounding would be worth the limit that there is not
            allowed(limit, if found.abs() <= 1e-12 * side { 0.0 } else { found })
        });
        let to = to.collect();
        let reach = moves.iter().map(|&own| values[own].abs()).fold(0.0, f64::max);
        Some(Step { to, descent: -(values[level] + worths) * size, reach })
    }

    /// Pours at the best multipliers, and replaces the plan by the best mix within the limits.
    fn mix(mut self) -> (Poured, bool) {
        let mut best: Option<(f64, Vec<(usize, f64)>)> = None;
        let near = self.near();
        let few = self.limits.len() + 1;
        for count in [2 * few, 6 * few, near.len()] {
            let found = self.shares(&near[..count.min(near.len())]);
            if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.0 > best.0)) {
                best = Some(found);
            }
        }
        let shares: Vec<(Vec<f64>, Option<f64>, f64)> = best.map_or_else(Vec::new, |best| {
            let cut = |(at, share): &(usize, f64)| (near[*at].1.multipliers.clone(), near[*at].1.initial_price, *share);
            best.1.iter().map(cut).collect()
        });
        let mut plans = Vec::new();
        for (multipliers, initial_price, share) in shares {
            self.pour(&multipliers, initial_price);
            plans.push((self.search.workspace.plan.clone(), share));
        }
        let center = self.center.clone();
        let initial_price = self.search.target.initial_price;
        let poured = self.pour(&center, initial_price);
        if let Some(((first, _), rest)) = plans.split_first() {
            let plan = &mut self.search.workspace.plan;
            plan.clone_from(first);
            // measured from the first, so that equal spends stay exactly what they are
            for (other, share) in rest {
                for ((spend, first), own) in plan.iter_mut().zip(first).zip(other) {
                    *spend += share * (own - first);
                }
            }
            self.search.workspace.tidy(self.search.problem);
        }
        // the program meets limits to its own tolerance
        let room = 1e-9 * self.search.problem.budget;
        // whether a goal is met is seen on the curves, by who asks
        let limits = (0..self.limits.len()).filter(|&at| self.limits[at].what != What::Goal);
        let met = limits.into_iter().all(|at| self.search.is_met(at, room));
        (poured, met)
    }

    /// Shares of some plans in the best mix within the limits, and what it is worth against the best
    /// multipliers.
    fn shares(&self, near: &[(f64, &Cut)]) -> Option<(f64, Vec<(usize, f64)>)> {
        // everything is measured from the limits that bind, in units of what there is
        let base = |(limit, &center): (&Cross, &f64)| {
            if center < 0.0 || limit.upper.is_infinite() { limit.lower } else { limit.upper }
        };
        let bases: Vec<f64> = self.limits.iter().zip(&self.center).map(base).collect();
        let worth = |(below, cut): &(f64, &Cut)| {
            let own = cut.totals.iter().zip(&bases).zip(&self.center);
            below + own.map(|((total, base), center)| center * (total - base)).sum::<f64>()
        };
        let worths: Vec<f64> = near.iter().map(worth).collect();
        let unit = worths.iter().map(|worth| worth.abs()).fold(f64::MIN_POSITIVE, f64::max);
        let budget = self.search.problem.budget;
        let room = 1e-14 * budget;
        let mut program = Program::maximize();
        let shares: Vec<usize> = worths.iter().map(|worth| program.variable(worth / unit, 0.0, 1.0)).collect();
        let all: Vec<_> = shares.iter().map(|&share| (share, 1.0)).collect();
        program.constrain(&all, Relation::Equal, 1.0);
        for (at, (limit, base)) in self.limits.iter().zip(&bases).enumerate() {
            let off: Vec<f64> = near.iter().map(|own| own.1.totals[at] - base).collect();
            // what differs by rounding alone must not be blown up to differences that count
            let most = off.iter().map(|off| off.abs()).fold((1e-6 * budget).max(f64::MIN_POSITIVE), f64::max);
            let terms: Vec<_> = shares.iter().zip(&off).map(|(&share, off)| (share, off / most)).collect();
            if limit.upper - base < most {
                program.constrain(&terms, Relation::AtMost, (limit.upper - base + room) / most);
            }
            if limit.lower - base > -most {
                program.constrain(&terms, Relation::AtLeast, (limit.lower - base - room) / most);
            }
        }
        let values = program.solve()?;
        let whole: f64 = values.iter().sum();
        let mut used: Vec<(usize, f64)> =
            shares.iter().map(|&share| values[share] / whole).enumerate().filter(|own| own.1 > 0.0).collect();
        self.sharpen(near, &mut used);
        Some((used.iter().map(|&(at, share)| share * worths[at]).sum(), used))
    }

    /// Moves the shares as little as it takes for them to sum to one and for limits that bind or are broken to be met
    /// exactly: the program leaves them to its own tolerance.
    fn sharpen(&self, near: &[(f64, &Cut)], used: &mut [(usize, f64)]) {
        let budget = self.search.problem.budget.max(f64::MIN_POSITIVE);
        let mut rows: Vec<(Vec<f64>, f64)> = vec![(vec![1.0; used.len()], 1.0)];
        for (at, (limit, &center)) in self.limits.iter().zip(&self.center).enumerate() {
            let total: f64 = used.iter().map(|&(cut, share)| share * near[cut].1.totals[at]).sum();
            let near_enough = |bound: f64| bound.is_finite() && (total - bound).abs() <= 1e-6 * budget;
            let bound = if total > limit.upper || (center > 0.0 && near_enough(limit.upper)) {
                limit.upper
            } else if total < limit.lower || (center < 0.0 && near_enough(limit.lower)) {
                limit.lower
            } else {
                continue;
            };
            // measured from the bound, so that the row is homogeneous
            let off: Vec<f64> = used.iter().map(|&(cut, _)| near[cut].1.totals[at] - bound).collect();
            let most = off.iter().map(|off| off.abs()).fold(0.0, f64::max);
            if most > 0.0 {
                rows.push((off.into_iter().map(|off| off / most).collect(), 0.0));
            }
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for _ in 0..3 {
            let current: Vec<f64> = used.iter().map(|own| own.1).collect();
            let miss: Vec<f64> = rows.iter().map(|(row, right)| right - dot(row, &current)).collect();
            let gram = rows.iter().map(|a| rows.iter().map(|b| dot(&a.0, &b.0)).collect()).collect();
            for (row, factor) in rows.iter().zip(solved(gram, miss)) {
                used.iter_mut().zip(&row.0).for_each(|(own, row)| own.1 += factor * row);
            }
            for own in used.iter_mut() {
                own.1 = own.1.max(0.0);
            }
        }
    }
}

/// Solves a small symmetric system by elimination; what depends on the rest is left zero.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let count = right.len();
    let mut order: Vec<Option<usize>> = vec![None; count];
    let mut free = vec![true; count];
    for column in 0..count {
        let open = (0..count).filter(|&row| free[row]);
        let pivot = open.reduce(|a, b| if matrix[b][column].abs() > matrix[a][column].abs() { b } else { a });
        let Some(pivot) = pivot.filter(|&row| matrix[row][column].abs() > 1e-12) else { continue };
        (free[pivot], order[column]) = (false, Some(pivot));
        let (own, own_right) = (matrix[pivot].clone(), right[pivot]);
        for row in (0..count).filter(|&row| row != pivot) {
            let factor = matrix[row][column] / own[column];
            matrix[row].iter_mut().zip(&own).for_each(|(value, own)| *value -= factor * own);
            right[row] -= factor * own_right;
        }
    }
    (0..count).map(|column| order[column].map_or(0.0, |row| right[row] / matrix[row][column])).collect()
}
