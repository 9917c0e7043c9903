//! Gauss quadrature of a discrete measure: a few nodes that stand for many.
//!
//! In: nodes and weights. Out: at most m nodes inside their hull with positive weights that reproduce
//! every moment up to degree 2m − 1 (Golub and Welsch 1969; the recurrence by Stieltjes' procedure,
//! Gautschi 2004, section 2.2). A term's posterior mean and second moment are polynomials of degree
//! one and two in the campaign's mean, so both stay exact; quantiles are smooth functions of it.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

/// Sweeps of the eigenvalue iteration before it is left as it is; two per value are usual.
const MOST_SWEEPS: usize = 60;

/// Nodes and weights (with the same total) of the `order`-point Gauss rule of the measure.
pub(super) fn gauss(x: &[f64], w: &[f64], order: usize) -> Vec<(f64, f64)> {
    let total: f64 = w.iter().sum();
    let kept = w.iter().filter(|&&w| w > 0.0).count();
    if kept <= order || total <= 0.0 {
        return x.iter().copied().zip(w.iter().copied()).filter(|node| node.1 > 0.0).collect();
    }
    let mean = x.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() / total;
    let variance = x.iter().zip(w).map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / total;
    let sd = variance.sqrt();
    if sd <= f64::EPSILON * mean.abs() {
        return vec![(mean, total)];
    }
    // monic orthogonal polynomials at every node, in standard units
    let z: Vec<f64> = x.iter().map(|x| (x - mean) / sd).collect();
    let mut before = vec![0.0; z.len()];
    let mut here = vec![1.0; z.len()];
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut last_norm = total;
    for degree in 0..order {
        let square = |p: &[f64]| p.iter().zip(w).map(|(p, w)| w * p * p).sum::<f64>();
        let norm = square(&here);
        if degree > 0 {
            let ratio = norm / last_norm;
            if ratio < 1e-13 {
                break;
            }
            off.push(ratio.sqrt());
        }
        let first = z.iter().zip(&here).zip(w).map(|((z, p), w)| w * z * p * p).sum::<f64>();
        let center = first / norm;
        let pull = if degree > 0 { norm / last_norm } else { 0.0 };
        diagonal.push(center);
        for ((p, q), z) in here.iter_mut().zip(&mut before).zip(&z) {
            let next = (z - center) * *p - pull * *q;
            *q = *p;
            *p = next;
        }
        last_norm = norm;
    }
    let lead = eigen(&mut diagonal, &mut off);
    let mut nodes: Vec<(f64, f64)> =
        diagonal.iter().zip(&lead).map(|(value, lead)| (mean + sd * value, total * lead * lead)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    nodes
}

/// Eigenvalues (into `diagonal`) and the first component of each eigenvector of a symmetric
/// tridiagonal matrix, by the implicit QL method (Press et al. 2007, section 11.4).
fn eigen(diagonal: &mut [f64], off: &mut Vec<f64>) -> Vec<f64> {
    let n = diagonal.len();
    off.resize(n, 0.0);
    let mut lead = vec![0.0; n];
    lead[0] = 1.0;
    for l in 0..n {
        for _ in 0..MOST_SWEEPS {
            let m = (l..n - 1)
                .find(|&m| off[m].abs() <= f64::EPSILON * (diagonal[m].abs() + diagonal[m + 1].abs()))
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            let mut g = (diagonal[l + 1] - diagonal[l]) / (2.0 * off[l]);
            let mut r = g.hypot(1.0);
            g = diagonal[m] - diagonal[l] + off[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut whole = true;
            for i in (l..m).rev() {
                let f = s * off[i];
                let b = c * off[i];
                r = f.hypot(g);
                off[i + 1] = r;
                if r <= 0.0 {
                    diagonal[i + 1] -= p;
                    off[m] = 0.0;
                    whole = false;
                    break;
                }
                s = f / r;
                c = g / r;
                g = diagonal[i + 1] - p;
                r = (diagonal[i] - g) * s + 2.0 * c * b;
                p = s * r;
                diagonal[i + 1] = g + p;
                g = c * r - b;
                let turned = lead[i + 1];
                lead[i + 1] = s * lead[i] + c * turned;
                lead[i] = c * lead[i] - s * turned;
            }
            if whole {
                diagonal[l] -= p;
                off[l] = g;
                off[m] = 0.0;
            }
        }
    }
    lead
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn reproduces_moments() {
        let x: Vec<f64> = (0..60).map(|i| 0.01 * 1.05_f64.powi(i)).collect();
        let w: Vec<f64> = (0..60).map(|i| (-0.5 * (f64::from(i) - 25.0).powi(2) / 60.0).exp()).collect();
        for order in [1, 2, 4, 5, 8] {
            let rule = gauss(&x, &w, order);
            assert_eq!(rule.len(), order);
            for degree in 0..2 * i32::try_from(order).unwrap() {
                let full: f64 = x.iter().zip(&w).map(|(x, w)| w * x.powi(degree)).sum();
                let few: f64 = rule.iter().map(|(x, w)| w * x.powi(degree)).sum();
                assert_relative_eq!(few, full, max_relative = 1e-10);
            }
            assert!(rule.iter().all(|&(x, w)| x > 0.0 && w > 0.0));
        }
    }

    #[test]
    fn keeps_what_is_already_few() {
        assert_eq!(gauss(&[1.0, 2.0, 3.0], &[0.5, 0.0, 0.5], 2), vec![(1.0, 0.5), (3.0, 0.5)]);
        assert_eq!(gauss(&[2.0, 2.0], &[0.5, 0.5], 1), vec![(2.0, 1.0)]);
    }
}
