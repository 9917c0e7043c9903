//! A smooth function on many evenly spaced points from its values at few.
//!
//! Polynomial interpolation at Chebyshev points in the barycentric form (Berrut and Trefethen 2004, section 5).
//! Wrong by a share of ρ^−(points − 1), ρ the parameter of the largest ellipse around the interval on which the
//! function is analytic.

/// Points of the interpolation.
const POINTS: usize = 15;
/// Half-widths in t up to which a campaign's log-likelihood is smooth: its singularities are at an imaginary part
/// of π, so ρ is 4 here, and more on narrower intervals.
const SMOOTH: f64 = 1.6;

/// Values at all points as combinations of those at few.
pub(super) struct Interpolation {
    /// Where the function has to be known.
    pub(super) points: Vec<f64>,
    /// Weights of those values. Shape: targets × points.
    rows: Vec<[f64; POINTS]>,
}

impl Interpolation {
    /// From few points to the ascending `targets`; `None` where these are few themselves or too far apart.
    pub(super) fn new(targets: &[f64]) -> Option<Self> {
        let (&first, &last) = (targets.first()?, targets.last()?);
        let half = 0.5 * (last - first);
        if targets.len() <= POINTS + 3 || half > SMOOTH {
            return None;
        }
        let angle = |i: usize| std::f64::consts::PI * i as f64 / (POINTS - 1) as f64;
        let points: Vec<f64> = (0..POINTS).map(|i| first + half * (1.0 - angle(i).cos())).collect();
        let rows = targets
            .iter()
            .map(|target| {
                let mut row = [0.0; POINTS];
                if let Some(hit) = points.iter().position(|point| (target - point).abs() < 1e-12 * half) {
                    row[hit] = 1.0;
                    return row;
                }
                for (i, (weight, point)) in row.iter_mut().zip(&points).enumerate() {
                    let end = if i == 0 || i + 1 == POINTS { 0.5 } else { 1.0 };
                    *weight = end * if i % 2 == 0 { 1.0 } else { -1.0 } / (target - point);
                }
                let total: f64 = row.iter().sum();
                row.map(|weight| weight / total)
            })
            .collect();
        Some(Self { points, rows })
    }

    /// Values at the targets. `known`: at the points.
    pub(super) fn at_targets(&self, known: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().zip(known).map(|(weight, value)| weight * value).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::{Family, Group};
    use super::*;
    use crate::estimate::RateModel;

    #[test]
    fn a_campaigns_likelihood_is_smooth_enough() {
        let terms = [(40.0, 3.0), (1200.0, 25.0), (7.0, 0.0), (300.0, 21.0), (90.0, 2.0)];
        for model in [RateModel::BetaBinomial, RateModel::GammaPoisson] {
            let group = Group::new(Family(model), &terms, 0.0);
            for strength in [0.5, 20.0, 3e3] {
                let at = group.at(Family(model), strength);
                let targets: Vec<f64> = (0..60).map(|i| -5.0 + 0.053 * f64::from(i)).collect();
                let interpolation = Interpolation::new(&targets).unwrap();
                let known: Vec<f64> = interpolation.points.iter().map(|&t| at.value(t)).collect();
                for (found, &t) in interpolation.at_targets(&known).iter().zip(&targets) {
                    assert!((found - at.value(t)).abs() < 2e-7, "{found} at {t}");
                }
            }
        }
    }

    #[test]
    fn wide_or_short_lists_are_left_alone() {
        assert!(Interpolation::new(&[0.0, 0.1, 0.2]).is_none());
        assert!(Interpolation::new(&(0..60).map(f64::from).collect::<Vec<_>>()).is_none());
        assert!(Interpolation::new(&[]).is_none());
    }
}
