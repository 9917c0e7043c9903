//! How a week's counts will scatter around the forecasts of a plan.
//!
//! # Formula
//! ```text
//! M_d = Σᵢ qᵢ rᵢ_d                 q clicks planned, r_d draw d of a rate with what all terms share in it
//! r   = sd(M) / mean(M)
//! ```

use super::review::Scattering;
use crate::counts::Counts;
use crate::estimate::Posterior;
use crate::recommend::Plan;

/// Draws behind the total's deviation: its error is then 1/√(2·200) = 5%.
const DRAWS: usize = 200;

/// How counts scatter, as the fit behind a plan has it.
#[must_use]
pub fn scattering(counts: &Counts, posterior: &Posterior, plan: &Plan, seed: u64) -> Scattering {
    let drawer = posterior.drawer(counts, DRAWS, seed);
    let mut totals = vec![0.0; DRAWS];
    let mut rates = vec![0.0; DRAWS];
    for row in plan.rows.iter().filter(|row| row.clicks_plan > 0.0) {
        drawer.rate(row.index, &mut rates);
        for (total, rate) in totals.iter_mut().zip(&rates) {
            *total += row.clicks_plan * rate;
        }
    }
    let mean = totals.iter().sum::<f64>() / DRAWS as f64;
    let variance = totals.iter().map(|total| (total - mean).powi(2)).sum::<f64>() / (DRAWS as f64 - 1.0);
    Scattering {
        scatter: posterior.scatter,
        own_noise: posterior.drift.as_ref().map_or(0.0, |drift| drift.own_noise),
        total: if mean > 0.0 { variance.sqrt() / mean } else { 0.0 },
    }
}
