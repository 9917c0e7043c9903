//! Against an interior-point solver for cones: the exponential cone holds `exp` and `log` curves,
//! the power cone holds `power` curves.

use super::*;
use crate::numeric::stream::Stream;
use crate::response::Headroom;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
    SupportedConeT::{ExponentialConeT, NonnegativeConeT, PowerConeT, ZeroConeT},
};

/// Both solvers' own tolerances are finer; this is what the comparison is about.
pub(super) const OBJECTIVE: f64 = 1e-6;
pub(super) const PRICE: f64 = 1e-4;

/// Rows `A v + s = b` of the cone program over `v = (x₁…xₙ, t₁…tₙ)`, responses `t` in units of `a`.
#[derive(Default)]
struct Rows {
    entries: Vec<(usize, usize, f64)>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Rows {
    /// The slack of the new row is `constant + Σ factor · v`.
    fn push(&mut self, constant: f64, terms: &[(usize, f64)]) {
        let row = self.right.len();
        self.entries.extend(terms.iter().map(|&(column, factor)| (row, column, -factor)));
        self.right.push(constant);
    }
}

/// What the cone solver makes of a problem.
pub(super) struct Cones {
    pub(super) objective: f64,
    /// Of the budget.
    pub(super) price: f64,
    /// Of each group, class and the turnover limit, signed as in [`Allocation`].
    pub(super) group_price: Vec<f64>,
    pub(super) class_price: Vec<f64>,
    pub(super) turnover_price: f64,
}

/// The problem by the cone solver; limits in money.
///
/// With a floor on the price the budget is a cap, else it is spent. Where money that moves has a price or
/// a limit, a further variable of each item is at least `|x − today|`.
#[allow(clippy::too_many_lines)] // one row after another, as the model is written
pub(super) fn by_cones(problem: &Problem) -> Cones {
    let count = problem.curves.len();
    let mut rows = Rows::default();
    let everything: Vec<(usize, f64)> = (0..count).map(|at| (at, -1.0)).collect();
    rows.push(problem.budget, &everything);
    // money moves only where that pays
    let moving = problem.turnover.as_ref().is_some_and(|turnover| turnover.price > 0.0);
    rows.cones.push(if problem.price_floor > 0.0 || moving { NonnegativeConeT(1) } else { ZeroConeT(1) });
    // rows of limits: kind, index, sign of the price
    let mut priced = vec![None];
    let money = |amount| match amount {
        Amount::Money(money) => money,
        Amount::Share(_) => panic!("shares are compared by their money"),
    };
    let mut limit = |members: &[usize], name: (char, usize), lower: f64, upper: f64, rows: &mut Rows| {
        let sum = |factor: f64| members.iter().map(|&at| (at, factor)).collect::<Vec<_>>();
        if upper.is_finite() {
            rows.push(upper, &sum(-1.0));
            priced.push(Some((name, 1.0)));
        }
        if lower > 0.0 {
            rows.push(-lower, &sum(1.0));
            priced.push(Some((name, -1.0)));
        }
    };
    let first = rows.right.len();
    for (at, group) in problem.groups.iter().enumerate() {
        let members = members_of(problem, at);
        limit(&members, ('g', at), money(group.lower), money(group.upper), &mut rows);
    }
    for (at, class) in problem.classes.iter().enumerate() {
        let members: Vec<usize> = class.members.iter().map(|&item| item as usize).collect();
        limit(&members, ('c', at), money(class.lower), money(class.upper), &mut rows);
    }
    let moved = |at: usize| 2 * count + at;
    if let Some(turnover) = &problem.turnover {
        let all: Vec<usize> = (0..count).map(moved).collect();
        limit(&all, ('t', 0), 0.0, turnover.limit, &mut rows);
        for at in 0..count {
            rows.push(-turnover.current[at], &[(at, 1.0), (moved(at), 1.0)]);
            rows.push(turnover.current[at], &[(at, -1.0), (moved(at), 1.0)]);
        }
    }
    for at in 0..count {
        rows.push(-problem.lower[at], &[(at, 1.0)]);
        if problem.upper[at].is_finite() {
            rows.push(problem.upper[at], &[(at, -1.0)]);
        }
    }
    for (at, curve) in problem.curves.iter().enumerate() {
        // each straight piece, drawn out, is above the curve
        if let Curve::Points(points) = curve {
            let mut from = (0.0, 0.0);
            for &to in points.iter() {
                let slope = (to.1 - from.1) / (to.0 - from.0);
                rows.push(from.1 - slope * from.0, &[(at, slope), (count + at, -1.0)]);
                from = to;
            }
            rows.push(from.1, &[(count + at, -1.0)]);
        }
        // and so are its straight stretches and the height at which it ends
        if let Curve::Bent(stretches) = curve {
            for stretch in stretches.iter().filter(|stretch| stretch.h >= 1.0) {
                rows.push(0.0, &[(at, stretch.a / stretch.k), (count + at, -1.0)]);
            }
            if stretches.last().is_some_and(|stretch| stretch.to.is_finite()) {
                rows.push(curve.value(f64::INFINITY), &[(count + at, -1.0)]);
            }
        }
    }
    rows.cones.push(NonnegativeConeT(rows.right.len() - first));
    for (at, curve) in problem.curves.iter().enumerate() {
        let t = count + at;
        match *curve {
            // 1 − t ≥ e^(−x/k)
            Curve::Exp { k, .. } => {
                rows.push(0.0, &[(at, -1.0 / k)]);
                rows.push(1.0, &[]);
                rows.push(1.0, &[(t, -1.0)]);
                rows.cones.push(ExponentialConeT());
            }
            // e^t ≤ 1 + x/k
            Curve::Log { k, .. } => {
                rows.push(0.0, &[(t, 1.0)]);
                rows.push(1.0, &[]);
                rows.push(1.0, &[(at, 1.0 / k)]);
                rows.cones.push(ExponentialConeT());
            }
            // (x/k)^h · 1^(1 − h) ≥ |t|
            Curve::Power { k, h, .. } => {
                rows.push(0.0, &[(at, 1.0 / k)]);
                rows.push(1.0, &[]);
                rows.push(0.0, &[(t, 1.0)]);
                rows.cones.push(PowerConeT(h));
            }
            // of stretches whose elasticities fall, each drawn out is above the others: (x/k)^h · 1^(1 − h) ≥ |t/a|
            Curve::Bent(ref stretches) => {
                for stretch in stretches.iter().filter(|stretch| stretch.h < 1.0) {
                    rows.push(0.0, &[(at, 1.0 / stretch.k)]);
                    rows.push(1.0, &[]);
                    rows.push(0.0, &[(t, 1.0 / stretch.a)]);
                    rows.cones.push(PowerConeT(stretch.h));
                }
            }
            Curve::Points(_) => {}
            Curve::Hill { .. } => panic!("no cone for {curve:?}"),
        }
    }
    let scale = |at: usize| match problem.curves[at] {
        Curve::Exp { a, .. } | Curve::Log { a, .. } | Curve::Power { a, .. } => a,
        Curve::Points(_) | Curve::Bent(_) => 1.0,
        Curve::Hill { .. } => f64::NAN,
    };
    let columns = if problem.turnover.is_some() { 3 * count } else { 2 * count };
    let moving = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price);
    let cost = |at: usize| match at / count {
        0 => problem.price_floor,
        1 => -scale(at - count),
        _ => moving,
    };
    let costs: Vec<f64> = (0..columns).map(cost).collect();
    let (i, (j, v)): (Vec<usize>, (Vec<usize>, Vec<f64>)) = rows.entries.iter().map(|&(i, j, v)| (i, (j, v))).unzip();
    let matrix = CscMatrix::new_from_triplets(rows.right.len(), columns, i, j, v);
    // prices are as good as the root of what the objective is
    let (tol_gap_abs, tol_gap_rel, tol_feas) = (1e-10, 1e-10, 1e-10);
    let settings = DefaultSettings { verbose: false, tol_gap_abs, tol_gap_rel, tol_feas, ..DefaultSettings::default() };
    let quadratic = CscMatrix::zeros((columns, columns));
    let mut solver = DefaultSolver::new(&quadratic, &costs, &matrix, &rows.right, &rows.cones, settings).unwrap();
    solver.solve();
    let solution = &solver.solution;
    assert!(matches!(solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved), "{:?}", solution.status);
    let mut cones = Cones {
        objective: -solution.obj_val,
        price: solution.z[0].abs(),
        group_price: vec![0.0; problem.groups.len()],
        class_price: vec![0.0; problem.classes.len()],
        turnover_price: 0.0,
    };
    for (row, ((kind, at), sign)) in priced.iter().enumerate().filter_map(|(row, name)| Some((row, (*name)?))) {
        let price = sign * solution.z[row];
        match kind {
            'g' => cones.group_price[at] += price,
            'c' => cones.class_price[at] += price,
            _ => cones.turnover_price += price,
        }
    }
    cones
}

/// The items of a group and of the groups below it.
pub(super) fn members_of(problem: &Problem, group: usize) -> Vec<usize> {
    let inside = |item: &usize| {
        let mut at = problem.group_of.get(*item).copied().flatten();
        while let Some(own) = at {
            if own as usize == group {
                return true;
            }
            at = problem.groups[own as usize].parent;
        }
        false
    };
    (0..problem.curves.len()).filter(inside).collect()
}

pub(super) fn random_problem(seed: u64, count: usize, family: impl Fn(f64, f64, f64) -> Curve) -> Problem {
    let mut random = Stream::new(seed, 7);
    let mut bounds = Vec::new();
    let curves = (0..count)
        .map(|_| {
            let k = 1.0 + 9.0 * random.uniform();
            bounds.push((0.3 * k * random.uniform(), k * (0.5 + 4.0 * random.uniform())));
            family(5.0 + 20.0 * random.uniform(), k, 0.2 + 0.6 * random.uniform())
        })
        .collect();
    let between = |share: f64| bounds.iter().map(|(lower, upper)| lower + share * (upper - lower)).sum();
    let budget = between(0.4);
    problem(curves, &bounds, budget)
}

fn compare(family: impl Fn(f64, f64, f64) -> Curve + Copy) {
    for seed in 0..5 {
        let problem = random_problem(seed, 30, family);
        let certificate = solve(&problem).certificate;
        let Cones { objective, price, .. } = by_cones(&problem);
        assert!((certificate.objective - objective).abs() <= OBJECTIVE * objective, "{certificate:?} {objective}");
        let lambda = certificate.lambda.unwrap();
        assert!((lambda - price).abs() <= PRICE * lambda, "{lambda} against {price}");
    }
}

#[test]
fn exponential_curves_agree_with_the_cone_solver() {
    compare(|a, k, _| Curve::Exp { a, k });
}

#[test]
fn logarithmic_curves_agree_with_the_cone_solver() {
    compare(|a, k, _| Curve::Log { a, k });
}

#[test]
fn power_curves_agree_with_the_cone_solver() {
    compare(|a, k, h| Curve::Power { a, k, h });
}

#[test]
fn mixed_curves_agree_with_the_cone_solver() {
    compare(|a, k, h| match h {
        h if h < 0.4 => Curve::Exp { a, k },
        h if h < 0.6 => Curve::Log { a, k },
        h => Curve::Power { a, k, h },
    });
}

/// A curve of three stretches around `k`: straight, bent, and bent further, to an end.
pub(super) fn bent(a: f64, k: f64, h: f64) -> Curve {
    let (straight, ceiling) = (Some(1.0 + h), [3.0 + h; 2]);
    let room = Headroom { spend: k, clicks: a, straight, ceiling, seen: 2.0 + h, caution: 0.5 * h };
    room.curve(h, room.point())
}

#[test]
fn bent_curves_agree_with_the_cone_solver() {
    for seed in 0..5 {
        let problem = random_problem(seed, 30, bent);
        // a price is not unique where curves have kinks
        let (objective, by_cones) = (solve(&problem).certificate.objective, by_cones(&problem).objective);
        assert!((objective - by_cones).abs() <= OBJECTIVE * by_cones, "{objective} {by_cones}");
    }
}

/// What no plan can beat, from the prices reported and nothing else: the dual function of concave problems.
///
/// ```text
/// Σ max over x of [fᵢ(x) − pᵢ x − (τ + ν)|x − todayᵢ|] + (λ − φ) B + Σ (price of a limit) · (limit) + ν T
/// ```
pub(super) fn dual_bound(problem: &Problem, allocation: &Allocation) -> f64 {
    let lambda = allocation.certificate.lambda.unwrap();
    let mut price = vec![lambda; problem.curves.len()];
    let mut bound = (lambda - problem.price_floor).max(0.0) * problem.budget;
    let limits = problem.groups.iter().map(|group| (group.lower, group.upper));
    let limits = limits.chain(problem.classes.iter().map(|class| (class.lower, class.upper)));
    let money = |amount| match amount {
        Amount::Money(money) => money,
        Amount::Share(share) => share * problem.budget,
    };
    for ((lower, upper), &own) in limits.zip(allocation.group_price.iter().chain(&allocation.class_price)) {
        let limit = if own > 0.0 { money(upper) } else { money(lower) };
        bound += if own == 0.0 { 0.0 } else { own * limit };
    }
    for (item, price) in price.iter_mut().enumerate() {
        let mut at = problem.group_of.get(item).copied().flatten();
        while let Some(own) = at {
            *price += allocation.group_price[own as usize];
            at = problem.groups[own as usize].parent;
        }
    }
    for (class, own) in problem.classes.iter().zip(&allocation.class_price) {
        class.members.iter().for_each(|&item| price[item as usize] += own);
    }
    let moving = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.price) + allocation.turnover_price;
    if let Some(turnover) = problem.turnover.as_ref().filter(|_| allocation.turnover_price > 0.0) {
        bound += allocation.turnover_price * turnover.limit;
    }
    for (item, curve) in problem.curves.iter().enumerate() {
        let lower = problem.lower[item];
        // no item can take more than the budget
        let upper = problem.upper[item].min(problem.budget.max(lower));
        let today = problem.turnover.as_ref().map_or(lower, |turnover| turnover.current[item]);
        let worth = |x: f64| curve.value(x) - price[item] * x - moving * (x - today).abs();
        let best = |price: f64| if price > 0.0 { curve.spend_at_marginal(price) } else { f64::INFINITY };
        let kink = today.clamp(lower, upper);
        let above = best(price[item] + moving).clamp(kink, upper);
        let below = best(price[item] - moving).clamp(lower, kink);
        bound += worth(above).max(worth(below)).max(worth(kink));
    }
    bound
}
