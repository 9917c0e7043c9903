//! Against an interior-point solver for cones: the exponential cone holds `exp` and `log` curves,
//! the power cone holds `power` curves.

use super::*;
use crate::numeric::stream::Stream;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
    SupportedConeT::{ExponentialConeT, NonnegativeConeT, PowerConeT, ZeroConeT},
};

/// Both solvers' own tolerances are finer; this is what the comparison is about.
const OBJECTIVE: f64 = 1e-6;
const PRICE: f64 = 1e-4;

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

/// Objective and price by the cone solver.
fn by_cones(problem: &Problem) -> (f64, f64) {
    let count = problem.curves.len();
    let mut rows = Rows::default();
    let everything: Vec<(usize, f64)> = (0..count).map(|at| (at, -1.0)).collect();
    rows.push(problem.budget, &everything);
    rows.cones.push(ZeroConeT(1));
    for at in 0..count {
        rows.push(-problem.lower[at], &[(at, 1.0)]);
        rows.push(problem.upper[at], &[(at, -1.0)]);
    }
    rows.cones.push(NonnegativeConeT(2 * count));
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
            _ => panic!("no cone for {curve:?}"),
        }
    }
    let scale = |at: usize| match problem.curves[at] {
        Curve::Exp { a, .. } | Curve::Log { a, .. } | Curve::Power { a, .. } => a,
        _ => f64::NAN,
    };
    let costs: Vec<f64> = (0..2 * count).map(|at| if at < count { 0.0 } else { -scale(at - count) }).collect();
    let (i, (j, v)): (Vec<usize>, (Vec<usize>, Vec<f64>)) = rows.entries.iter().map(|&(i, j, v)| (i, (j, v))).unzip();
    let matrix = CscMatrix::new_from_triplets(rows.right.len(), 2 * count, i, j, v);
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let quadratic = CscMatrix::zeros((2 * count, 2 * count));
    let mut solver = DefaultSolver::new(&quadratic, &costs, &matrix, &rows.right, &rows.cones, settings).unwrap();
    solver.solve();
    let solution = &solver.solution;
    assert!(matches!(solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved));
    (-solution.obj_val, solution.z[0])
}

fn random_problem(seed: u64, count: usize, family: impl Fn(f64, f64, f64) -> Curve) -> Problem {
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
        let (objective, price) = by_cones(&problem);
        assert!((certificate.objective - objective).abs() <= OBJECTIVE * objective, "{certificate:?} {objective}");
        let lambda = certificate.lambda.unwrap();
        assert!((lambda - price.abs()).abs() <= PRICE * lambda, "{lambda} against {price}");
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
