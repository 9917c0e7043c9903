//! Maximum of a smooth function of a few variables: Newton's method on finite differences.
//!
//! In: the function, a start, the scale of each variable. Out: the [`Peak`] with its curvatures. Wrong
//! where the function has several maxima: it climbs the one that the start belongs to.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

/// Iterations before the search gives up; ten are usual.
const MOST_ITERATIONS: usize = 100;

/// Where the search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak<const N: usize> {
    pub(super) x: [f64; N],
    pub(super) value: f64,
    /// Minus the second derivative in each variable, at least a small positive number.
    pub(super) curvature: [f64; N],
    pub(super) converged: bool,
}

/// Climbs from `start` until a step is below `tolerance` standard deviations in every variable.
///
/// Differences are taken over a tenth of the local standard deviation, at most `scale` / 4; no step
/// is longer than `scale`.
pub(super) fn climb<const N: usize>(
    function: impl Fn(&[f64; N]) -> f64,
    start: [f64; N],
    scale: [f64; N],
    tolerance: f64,
) -> Peak<N> {
    let mut x = start;
    let mut value = function(&x);
    let mut curvature = scale.map(|scale| 1.0 / (scale * scale));
    let mut ridge = 0.0;
    for _ in 0..MOST_ITERATIONS {
        let width: [f64; N] =
            std::array::from_fn(|i| (0.1 / curvature[i].sqrt()).clamp(1e-5 * scale[i], 0.25 * scale[i]));
        let moved = |moves: &[(usize, f64)]| {
            let mut there = x;
            for &(i, sign) in moves {
                there[i] += sign * width[i];
            }
            function(&there)
        };
        let up: [f64; N] = std::array::from_fn(|i| moved(&[(i, 1.0)]));
        let down: [f64; N] = std::array::from_fn(|i| moved(&[(i, -1.0)]));
        let slope: [f64; N] = std::array::from_fn(|i| (up[i] - down[i]) / (2.0 * width[i]));
        let mut bend = [[0.0; N]; N];
        for i in 0..N {
            bend[i][i] = -(up[i] + down[i] - 2.0 * value) / (width[i] * width[i]);
            curvature[i] = bend[i][i].max(0.05 / (scale[i] * scale[i]));
            for j in 0..i {
                let both = moved(&[(i, 1.0), (j, 1.0)]);
                let mixed = -(both - up[i] - up[j] + value) / (width[i] * width[j]);
                bend[i][j] = mixed;
                bend[j][i] = mixed;
            }
        }
        for i in 0..N {
            // a ridge in units of the scale turns Newton into a short step uphill where it must
            bend[i][i] = bend[i][i].max(0.05 / (scale[i] * scale[i])) + ridge / (scale[i] * scale[i]);
        }
        let mut step = solve(bend, slope);
        let longest = (0..N).map(|i| (step[i] / scale[i]).abs()).fold(0.0, f64::max);
        if !longest.is_finite() {
            step = std::array::from_fn(|i| slope[i] / curvature[i]);
        }
        let shrink = if longest > 1.0 { 1.0 / longest } else { 1.0 };
        let small = (0..N).all(|i| (step[i] * curvature[i].sqrt()).abs() < tolerance);
        let (mut fraction, mut gained) = (shrink, false);
        for _ in 0..12 {
            let there: [f64; N] = std::array::from_fn(|i| x[i] + fraction * step[i]);
            let reached = function(&there);
            if reached >= value {
                (x, value, gained) = (there, reached, true);
                break;
            }
            fraction *= 0.3;
        }
        if small || (!gained && ridge > 1e6) {
            return Peak { x, value, curvature, converged: small };
        }
        ridge = if gained { ridge * 0.1 } else { (ridge * 100.0).max(1.0) };
    }
    Peak { x, value, curvature, converged: false }
}

/// Solves a small symmetric system by elimination with row pivots.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for column in 0..N {
        let pivot =
            (column..N).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs())).unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..N {
            let above = matrix[column];
            let factor = matrix[row][column] / above[column];
            for (entry, above) in matrix[row].iter_mut().zip(above) {
                *entry -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn finds_a_correlated_peak() {
        let function = |x: &[f64; 3]| -(x[0] - 1.0).powi(2) - 50.0 * (x[1] - x[0]).powi(2) - (x[2] + 2.0).cosh();
        let peak = climb(function, [5.0, -3.0, 4.0], [1.0; 3], 1e-6);
        assert!(peak.converged);
        assert_relative_eq!(peak.x[0], 1.0, epsilon = 1e-5);
        assert_relative_eq!(peak.x[1], 1.0, epsilon = 1e-5);
        assert_relative_eq!(peak.x[2], -2.0, epsilon = 1e-5);
        assert_relative_eq!(peak.curvature[2], 1.0, max_relative = 0.01);
    }

    #[test]
    fn survives_a_plain() {
        let peak = climb(|_: &[f64; 2]| 0.0, [1.0, 2.0], [1.0; 2], 1e-3);
        assert_eq!(peak.x, [1.0, 2.0]);
    }
}
