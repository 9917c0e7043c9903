//! A grid of elasticities in (0, 1), and sums over it.
//!
//! In: numbers for each node, distributions over the nodes for each node. Out: sums of their products, logs and exponentials,
//! and values at shifted nodes. Loops run along the nodes, so that vectors of any width compute the same bits.

#![allow(clippy::inline_always)] // for loops on vectors

use crate::numeric::elementary::{exp, ln};
use crate::numeric::special::beta_cdf;

/// Nodes of the grid, evenly spaced in (0, 1).
pub(super) const NODES: usize = 64;
/// A distribution over the nodes for each node, that of mean `k` in column `k`: products run along rows, for the vector
/// unit. Shape: nodes × nodes.
pub(super) type Kernel = Vec<f64>;

/// A number for each node.
pub(super) type Nodes = [f64; NODES];

/// Middle of a node's cell.
pub(super) fn node(at: usize) -> f64 {
    (at as f64 + 0.5) / NODES as f64
}

pub(super) fn nodes() -> Vec<f64> {
    (0..NODES).map(node).collect()
}

/// Mass of Beta(mean, v) in each cell.
pub(super) fn masses(mean: f64, v: f64) -> Vec<f64> {
    let precision = (1.0 / v - 1.0).max(1e-6);
    let (a, b) = (mean * precision, (1.0 - mean) * precision);
    let edges: Vec<f64> = (0..=NODES).map(|at| beta_cdf(at as f64 / NODES as f64, a, b)).collect();
    edges.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect()
}

pub(super) fn kernel(v: f64) -> Kernel {
    let mut kernel = vec![0.0; NODES * NODES];
    for mean in 0..NODES {
        for (at, mass) in masses(node(mean), v).into_iter().enumerate() {
            kernel[at * NODES + mean] = mass;
        }
    }
    kernel
}

/// Sums of a kernel's distributions times some numbers for each node, of which the first is the largest. `B` columns are
/// summed at a time, as many as stay in the registers.
#[inline(always)]
pub(super) fn through<const N: usize, const B: usize>(kernel: &Kernel, weights: &[Nodes; N]) -> [Nodes; N] {
    let mut sums = [[0.0; NODES]; N];
    for from in (0..NODES).step_by(B) {
        let mut block = [[0.0; B]; N];
        for (row, masses) in kernel.chunks_exact(NODES).enumerate() {
            if weights[0][row] > 1e-18 {
                let masses = &masses[from..from + B];
                for (block, weights) in block.iter_mut().zip(weights) {
                    for (sum, mass) in block.iter_mut().zip(masses) {
                        *sum += weights[row] * mass;
                    }
                }
            }
        }
        for (sums, block) in sums.iter_mut().zip(&block) {
            sums[from..from + B].copy_from_slice(block);
        }
    }
    sums
}

/// Exponentials of logs less their largest, and that.
#[inline(always)]
pub(super) fn weights(log: &[f64]) -> (f64, Nodes) {
    let top = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut weights = [0.0; NODES];
    for (weight, log) in weights.iter_mut().zip(log) {
        *weight = exp(log - top);
    }
    (top, weights)
}

/// Logs of masses, none of them below all numbers.
#[inline(always)]
pub(super) fn logs(masses: &Nodes) -> Nodes {
    masses.map(|mass| ln(mass.max(1e-300)))
}

/// Values of a mean at nodes, as values of the node that the mean is shifted from: `logit mean = logit node + shift`.
/// Linear between nodes.
#[inline(always)]
pub(super) fn shifted(values: &Nodes, shift: f64) -> Nodes {
    if shift.total_cmp(&0.0).is_eq() {
        return *values;
    }
    let odds = shift.exp();
    std::array::from_fn(|at| {
        let mean = odds * node(at) / odds.mul_add(node(at), 1.0 - node(at));
        let place = (mean * NODES as f64 - 0.5).clamp(0.0, (NODES - 1) as f64);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a node, not negative
        let below = (place as usize).min(NODES - 2);
        (place - below as f64).mul_add(values[below + 1] - values[below], values[below])
    })
}
