//! Plans that weigh risk against an interior-point solver: the exponential cone holds the curves, the
//! tail mean is a linear program over the outcomes, the variance a quadratic.

use super::*;
use crate::numeric::stream::Stream;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
    SupportedConeT::{ExponentialConeT, NonnegativeConeT, ZeroConeT},
};

/// Share of the mean response; both solvers' own tolerances are of this size or finer.
const UTILITY: f64 = 2e-6;

/// Variables: spend `x`, response `t` in units of `a`, and by draw: tail mean `z` (shortfall below `η`) or deviation.
struct Program {
    entries: Vec<(usize, usize, f64)>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Program {
    /// The slack of the new row is `constant + Σ factor · v`.
    fn push(&mut self, constant: f64, terms: &[(usize, f64)]) {
        let row = self.right.len();
        self.entries.extend(terms.iter().map(|&(column, factor)| (row, column, -factor)));
        self.right.push(constant);
    }
}

fn by_cones(problem: &Problem, draws: &Draws, risk: Risk) -> f64 {
    let (items, count) = (problem.curves.len(), draws.count);
    // x: 0.., t: items.., by draw: 2·items.., level: last
    let (by_draw, level) = (2 * items, 2 * items + count);
    let variables = level + 1;
    let each = 1.0 / count as f64;
    let mut program = Program { entries: Vec::new(), right: Vec::new(), cones: Vec::new() };
    let scale = |at: usize| match problem.curves[at] {
        Curve::Exp { a, .. } | Curve::Log { a, .. } => a,
        _ => f64::NAN,
    };
    let outcome = |draw: usize, sign: f64| {
        let responses = (0..items).map(move |at| (items + at, sign * draws.factors[at * count + draw] * scale(at)));
        responses.chain((0..items).map(move |at| (at, -sign * problem.price_floor))).collect::<Vec<_>>()
    };
    program.push(problem.budget, &(0..items).map(|at| (at, -1.0)).collect::<Vec<_>>());
    for at in 0..items {
        program.push(-problem.lower[at], &[(at, 1.0)]);
        program.push(problem.upper[at], &[(at, -1.0)]);
        program.push(0.0, &[(items + at, 1.0)]);
    }
    let mut nonnegative = 1 + 3 * items;
    if let Risk::TailMean { .. } = risk {
        for draw in 0..count {
            program.push(0.0, &[(by_draw + draw, 1.0)]);
            let mut terms = outcome(draw, 1.0);
            terms.extend([(by_draw + draw, 1.0), (level, -1.0)]);
            program.push(0.0, &terms);
        }
        nonnegative += 2 * count;
    }
    program.cones.push(NonnegativeConeT(nonnegative));
    let mut costs = vec![0.0; variables];
    costs[level] = -1.0;
    let mut squares = CscMatrix::zeros((variables, variables));
    match risk {
        Risk::TailMean { tail } => costs[by_draw..level].fill(each / tail),
        Risk::MeanVariance { aversion } => {
            // the level is the mean, what is by draw the deviation from it
            let mut mean = vec![(level, -1.0)];
            for draw in 0..count {
                mean.extend(outcome(draw, each));
                let mut terms = outcome(draw, 1.0);
                terms.extend([(by_draw + draw, -1.0), (level, -1.0)]);
                program.push(0.0, &terms);
            }
            program.push(0.0, &mean);
            program.cones.push(ZeroConeT(count + 1));
            let diagonal: Vec<usize> = (by_draw..level).collect();
            let values = vec![aversion * each; count];
            squares = CscMatrix::new_from_triplets(variables, variables, diagonal.clone(), diagonal, values);
        }
        Risk::Expected => panic!("nothing to weigh"),
    }
    for (at, curve) in problem.curves.iter().enumerate() {
        match *curve {
            // 1 − t ≥ e^(−x/k)
            Curve::Exp { k, .. } => {
                program.push(0.0, &[(at, -1.0 / k)]);
                program.push(1.0, &[]);
                program.push(1.0, &[(items + at, -1.0)]);
            }
            // e^t ≤ 1 + x/k
            Curve::Log { k, .. } => {
                program.push(0.0, &[(items + at, 1.0)]);
                program.push(1.0, &[]);
                program.push(1.0, &[(at, 1.0 / k)]);
            }
            _ => panic!("no cone for {curve:?}"),
        }
        program.cones.push(ExponentialConeT());
    }
    let (i, (j, v)): (Vec<usize>, (Vec<usize>, Vec<f64>)) =
        program.entries.iter().map(|&(i, j, v)| (i, (j, v))).unzip();
    let matrix = CscMatrix::new_from_triplets(program.right.len(), variables, i, j, v);
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let mut solver = DefaultSolver::new(&squares, &costs, &matrix, &program.right, &program.cones, settings).unwrap();
    solver.solve();
    let solution = &solver.solution;
    assert!(matches!(solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved), "{:?}", solution.status);
    -solution.obj_val
}

/// Exponential and logarithmic curves under a shared shock, of small money, as the cone solver likes it.
fn account(seed: u64) -> (Problem, Draws) {
    const ITEMS: usize = 12;
    const COUNT: usize = 30;
    let mut random = Stream::new(seed, 3);
    let mut bounds = Vec::new();
    let curves = (0..ITEMS)
        .map(|at| {
            let k = 0.5 + 2.0 * random.uniform();
            bounds.push((0.2 * k * random.uniform(), k * (1.0 + 2.0 * random.uniform())));
            let a = 1.0 + 3.0 * random.uniform();
            if at % 2 == 0 { Curve::Exp { a, k } } else { Curve::Log { a, k } }
        })
        .collect();
    let budget = bounds.iter().map(|(lower, upper)| lower + 0.4 * (upper - lower)).sum();
    let shocks: Vec<f64> = (0..COUNT).map(|_| random.normal()).collect();
    let mut factors = Vec::new();
    for at in 0..ITEMS {
        let shared = if at < 5 { 0.4 } else { 0.1 };
        factors.extend(shocks.iter().map(|shock| (shared * shock + 0.3 * random.normal()).exp()));
    }
    let price_floor = if seed.is_multiple_of(2) { 0.0 } else { 0.5 };
    (Problem { price_floor, ..problem(curves, &bounds, budget) }, Draws { count: COUNT, factors })
}

fn compare(risk: Risk) {
    for seed in 0..4 {
        let (problem, draws) = account(seed);
        let plan = allocate_with_risk(&problem, &draws, risk, &AllocatorSettings::default()).unwrap();
        let size: f64 = plan.response.iter().sum();
        let best = by_cones(&problem, &draws, risk);
        assert!((plan.utility - best).abs() <= UTILITY * size, "{risk:?}: {best} against {plan:?}");
        assert!(plan.upper_bound >= best - UTILITY * size);
    }
}

#[test]
fn tail_means_agree_with_the_cone_solver() {
    compare(Risk::TailMean { tail: 0.1 });
    // three and a half draws: one counts in part
    compare(Risk::TailMean { tail: 3.5 / 30.0 });
    compare(Risk::TailMean { tail: 0.5 });
}

#[test]
fn mean_and_variance_agree_with_the_cone_solver() {
    compare(Risk::MeanVariance { aversion: 0.05 });
    // so averse that some items are better off with less
    compare(Risk::MeanVariance { aversion: 0.5 });
}
