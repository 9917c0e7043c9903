//! A few weighted points that stand for the posterior of three hyper-parameters.
//!
//! In: a log density and its peak. Out: points and weights, that sum to 1. The points are a grid along
//! the axes of the normal approximation at the peak, weighted by the density itself: the trapezoid rule,
//! which for smooth, near-normal integrands is accurate at a spacing of more than one standard
//! deviation. Where data are many the posterior is as good as normal, and the peak with a pair of points on every
//! axis has its first two moments (the unscented points of Julier and Uhlmann, 1997): seven points that a
//! million terms can be taken through. Wrong where the density has several peaks.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use crate::estimate::search::Peak;

/// Weights below this share of the largest are dropped.
const LEAST: f64 = 3e-3;
/// Standard deviations from the peak along each axis of the grid.
const GRID: [f64; 5] = [-2.2, -1.1, 0.0, 1.1, 2.2];
/// Weight of the peak among the points of a normal density.
const PEAK: f64 = 1.0 / 3.0;

/// Points and weights; the first `free` of the parameters vary, the others stay at the peak; on a grid
/// where it is to be `fine`.
pub(super) fn around(
    density: impl Fn(&[f64; 3]) -> f64,
    peak: &Peak<3>,
    scale: [f64; 3],
    free: usize,
    fine: bool,
) -> Vec<([f64; 3], f64)> {
    let axes = axes(&density, peak, scale, free);
    let moved = |steps: [f64; 3]| {
        let mut at = peak.x;
        for (axis, step) in axes.iter().zip(steps).take(free) {
            for (at, axis) in at.iter_mut().zip(axis) {
                *at += step * axis;
            }
        }
        at
    };
    if !fine {
        let far = (free as f64 / (1.0 - PEAK)).sqrt();
        let share = (1.0 - PEAK) / (2.0 * free as f64);
        let along =
            |axis: usize, step: f64| (moved(std::array::from_fn(|i| if i == axis { step } else { 0.0 })), share);
        let pairs = (0..free).flat_map(|axis| [along(axis, far), along(axis, -far)]);
        return std::iter::once((peak.x, PEAK)).chain(pairs).collect();
    }
    let mut points = Vec::new();
    for code in 0..GRID.len().pow(u32::try_from(free).unwrap_or(3)) {
        let step = |axis: u32| GRID[code / GRID.len().pow(axis) % GRID.len()];
        let at = moved([step(0), step(1), step(2)]);
        let weight = (density(&at) - peak.value).exp();
        if weight.is_finite() {
            points.push((at, weight));
        }
    }
    let largest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    points.retain(|point| point.1 > LEAST * largest);
    let sum: f64 = points.iter().map(|point| point.1).sum();
    if points.is_empty() {
        return vec![(peak.x, 1.0)];
    }
    for point in &mut points {
        point.1 /= sum;
    }
    points
}

/// Directions of one standard deviation: columns of L⁻ᵀ, where L Lᵀ is minus the matrix of second derivatives.
fn axes(density: &impl Fn(&[f64; 3]) -> f64, peak: &Peak<3>, scale: [f64; 3], free: usize) -> [[f64; 3]; 3] {
    let width: [f64; 3] = std::array::from_fn(|i| (0.5 / peak.curvature[i].sqrt()).min(0.5 * scale[i]));
    let moved = |moves: &[(usize, f64)]| {
        let mut there = peak.x;
        for &(i, sign) in moves {
            there[i] += sign * width[i];
        }
        density(&there)
    };
    let mut bend = [[0.0; 3]; 3];
    for i in 0..free {
        let second = -(moved(&[(i, 1.0)]) + moved(&[(i, -1.0)]) - 2.0 * peak.value) / (width[i] * width[i]);
        // no flatter than a few times the scale on which anything is plausible
        bend[i][i] = second.max(0.1 / (scale[i] * scale[i]));
        for j in 0..i {
            let same = moved(&[(i, 1.0), (j, 1.0)]) + moved(&[(i, -1.0), (j, -1.0)]);
            let cross = moved(&[(i, 1.0), (j, -1.0)]) + moved(&[(i, -1.0), (j, 1.0)]);
            bend[i][j] = -(same - cross) / (4.0 * width[i] * width[j]);
        }
    }
    let mut lower = [[0.0; 3]; 3];
    for i in 0..free {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let left = bend[i][j] - known;
            if i == j {
                // a matrix that is not positive definite: the diagonal alone
                lower[i][i] = if left > 0.02 * bend[i][i] { left.sqrt() } else { bend[i][i].sqrt() };
            } else {
                lower[i][j] = left / lower[j][j];
            }
        }
    }
    // solves Lᵀ x = e, column by column
    let mut axes = [[0.0; 3]; 3];
    for (column, axis) in axes.iter_mut().enumerate().take(free) {
        for row in (0..=column).rev() {
            let known: f64 = (row + 1..=column).map(|k| lower[k][row] * axis[k]).sum();
            let right = if row == column { 1.0 } else { 0.0 };
            axis[row] = (right - known) / lower[row][row];
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::search::climb;
    use approx::assert_relative_eq;

    #[test]
    fn moments_of_a_correlated_normal() {
        // precision [[2, -1, 0], [-1, 2, 0], [0, 0, 4]]: variances 2/3, 2/3 and 1/4, covariance 1/3
        let density = |x: &[f64; 3]| -(x[0] * x[0] + x[1] * x[1] - x[0] * x[1]) - 2.0 * (x[2] - 1.0).powi(2);
        let peak = climb(density, [0.3; 3], [1.0; 3], 1e-6);
        let points = around(density, &peak, [1.0; 3], 3, false);
        let mean = |f: &dyn Fn(&[f64; 3]) -> f64| points.iter().map(|(x, w)| w * f(x)).sum::<f64>();
        // exact but for the differences that the second derivatives are taken by
        assert_relative_eq!(mean(&|x| x[0] * x[0]), 2.0 / 3.0, max_relative = 1e-4);
        assert_relative_eq!(mean(&|x| x[0] * x[1]), 1.0 / 3.0, max_relative = 1e-4);
        assert_relative_eq!(mean(&|x| (x[2] - 1.0).powi(2)), 0.25, max_relative = 1e-4);
        let points = around(density, &peak, [1.0; 3], 2, true);
        let mean = |f: &dyn Fn(&[f64; 3]) -> f64| points.iter().map(|(x, w)| w * f(x)).sum::<f64>();
        // the grid ends at 2.2 standard deviations: 0.96 of each variance
        assert_relative_eq!(mean(&|x| x[0] * x[0]), 2.0 / 3.0, max_relative = 0.05);
        assert_relative_eq!(mean(&|x| x[2]), 1.0, max_relative = 1e-6);
    }
}
