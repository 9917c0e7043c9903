//! From what a model knows of each term to means, intervals and draws.
//!
//! In: means and variances from a model. Out: a [`Summary`] in units of the account's mean value: log-normal
//! or inverse gamma distributions with those moments, whose quantiles come from a table for a million terms' sake.

#![allow(clippy::suboptimal_flops)] // `mul_add` without the hardware instruction is a slow call

use super::gamma_gamma::GammaGamma;
use super::log_normal::LogNormal;
use super::orders::Totals;
use crate::numeric::quantile::gamma_quantile;
use crate::numeric::special::normal_quantile;
use crate::numeric::stream::Stream;
use rayon::prelude::*;

/// Distribution of one term's value, apart from what it shares with its campaign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// ln v = mean + prior × movement of the center + sd × normal.
    LogNormal { mean: f64, sd: f64, prior: f64 },
    /// v ~ inverse gamma of this mean and shape, the part `prior` of it moving with the center.
    InverseGamma { mean: f64, shape: f64, prior: f64 },
}

impl Shape {
    /// A draw, given how far the logarithm of the campaign's center moved, and the variance of such moves.
    pub(super) fn draw(&self, moved: f64, variance: f64, stream: &mut Stream) -> f64 {
        match *self {
            Self::LogNormal { mean, sd, prior } => (mean + prior * moved + sd * stream.normal()).exp(),
            Self::InverseGamma { mean, shape, prior } => {
                let center = 1.0 + prior * (moved - 0.5 * variance).exp_m1();
                mean * center * (shape - 1.0) / stream.gamma(shape)
            }
        }
    }

    /// The same in another unit of money.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::LogNormal { mean, sd, prior } => Self::LogNormal { mean: mean + factor.ln(), sd, prior },
            Self::InverseGamma { mean, shape, prior } => Self::InverseGamma { mean: mean * factor, shape, prior },
        }
    }
}

/// A campaign's center.
pub(super) struct CampaignCenter {
    /// Mean value of a term about which nothing is known.
    pub(super) mean: f64,
    pub(super) own_sd: f64,
    pub(super) load: f64,
}

/// Everything that is known of the values, in units. Shape of the vectors: terms; of `campaigns`: groups.
pub(super) struct Summary {
    pub(super) model: &'static str,
    pub(super) mean: Vec<f64>,
    pub(super) sd: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) own: Vec<f64>,
    pub(super) shape: Vec<Shape>,
    pub(super) campaigns: Vec<CampaignCenter>,
    pub(super) account_mean: f64,
    pub(super) account_sd: f64,
}

/// Mean, standard deviation, lower and upper end, weight of own data, and distribution of a term.
type Row = (f64, f64, f64, f64, f64, Shape);

impl Summary {
    pub(super) fn log_normal(model: &LogNormal, totals: &Totals, level: f64) -> Self {
        let z = normal_quantile(0.5 + 0.5 * level);
        let account_variance = model.average(|node| node.account.1);
        let center = |group: usize| {
            let load = model.average(|node| node.centers[group].load);
            (model.average(|node| node.centers[group].own).sqrt(), load)
        };
        let centers: Vec<(f64, f64)> = (0..totals.groups).map(center).collect();
        let rows = model
            .terms(totals)
            .into_par_iter()
            .zip(&totals.group)
            .map(|(known, &group)| {
                let (own_sd, load) = centers[group as usize];
                let prior = 1.0 - known.own;
                let shared = prior * prior * (own_sd * own_sd + load * load * account_variance);
                let sd = (known.variance - shared).max(0.0).sqrt();
                let mean = (known.mean + 0.5 * known.variance).exp();
                let (lower, upper) = ends(known.mean, z * known.variance.sqrt());
                // mean of the logarithm such that draws have the mean, also where `shared` was more than all
                let log = known.mean + 0.5 * (known.variance - shared - sd * sd);
                let shape = Shape::LogNormal { mean: log, sd, prior };
                (mean, mean * known.variance.exp_m1().sqrt(), lower, upper, known.own, shape)
            })
            .collect::<Vec<Row>>();
        let nobody = empty(totals.groups);
        let campaigns = model
            .terms(&nobody)
            .iter()
            .zip(&centers)
            .map(|(known, &(own_sd, load))| CampaignCenter {
                mean: (known.mean + 0.5 * known.variance).exp(),
                own_sd,
                load,
            })
            .collect();
        let account_mean = account_mean(model, totals.groups);
        Self::of(super::LOG_NORMAL, &rows, campaigns, account_mean, account_variance.sqrt())
    }

    pub(super) fn gamma_gamma(model: &GammaGamma, log_normal: &LogNormal, totals: &Totals, level: f64) -> Self {
        let table = Quantiles::new(level);
        let account = model.average(|hyper| hyper.mean().ln());
        let account_variance = model.average(|hyper| (hyper.mean().ln() - account).powi(2));
        let rows = model
            .terms(totals)
            .into_par_iter()
            .zip(&totals.group)
            .map(|(known, &group)| {
                let prior = 1.0 - known.own;
                let square = known.mean * known.mean;
                let shared =
                    square * prior * prior * (model.center_variance[group as usize] + account_variance).exp_m1();
                // the moments of the centers are those of a log-normal, so a little is always left
                let own = (known.variance - shared).max(0.1 * known.variance);
                let shape = 2.0 + square / known.variance;
                let (low, high) = table.at(shape);
                let (lower, upper) = (known.mean * (shape - 1.0) * low, known.mean * (shape - 1.0) * high);
                let drawn = Shape::InverseGamma { mean: known.mean, shape: 2.0 + square / own, prior };
                (known.mean, known.variance.sqrt(), lower, upper, known.own, drawn)
            })
            .collect::<Vec<Row>>();
        let campaigns = model
            .terms(&empty(totals.groups))
            .iter()
            .zip(&model.center_variance)
            .map(|(known, variance)| CampaignCenter { mean: known.mean, own_sd: variance.sqrt(), load: 1.0 })
            .collect();
        // the center of a campaign about which nothing is known, by its mean
        let unknown = log_normal.average(|node| {
            let spread = if totals.groups > 1 { node.variances.group } else { 0.0 };
            (node.account.0 + 0.5 * spread).exp()
        });
        let account_mean = unknown * model.average(super::gamma_gamma::Hyper::mean);
        Self::of(super::GAMMA_GAMMA, &rows, campaigns, account_mean, account_variance.sqrt())
    }

    fn of(
        model: &'static str,
        rows: &[Row],
        campaigns: Vec<CampaignCenter>,
        account_mean: f64,
        account_sd: f64,
    ) -> Self {
        Self {
            model,
            mean: rows.iter().map(|row| row.0).collect(),
            sd: rows.iter().map(|row| row.1).collect(),
            lower: rows.iter().map(|row| row.2).collect(),
            upper: rows.iter().map(|row| row.3).collect(),
            own: rows.iter().map(|row| row.4).collect(),
            shape: rows.iter().map(|row| row.5).collect(),
            campaigns,
            account_mean,
            account_sd,
        }
    }
}

/// One term without orders in every campaign.
fn empty(groups: usize) -> Totals {
    #[allow(clippy::cast_possible_truncation)] // groups are numbered by u32
    let group = (0..groups).map(|group| group as u32).collect();
    Totals::new(groups, group, vec![0.0; groups], vec![0.0; groups])
}

fn account_mean(model: &LogNormal, groups: usize) -> f64 {
    model.average(|node| {
        let spread = if groups > 1 { node.variances.group } else { 0.0 };
        (node.account.0 + 0.5 * (node.account.1 + node.variances.term + spread)).exp()
    })
}

fn ends(mean: f64, width: f64) -> (f64, f64) {
    ((mean - width).exp(), (mean + width).exp())
}

/// Quantiles of the inverse gamma distribution of scale 1 at both tails, by interpolation.
///
/// With Q the gamma quantile at shape a and t = 1/√a, ln(Q/a)/t is smooth in t on [0, 1/√2] and tends to
/// the normal quantile at t = 0: linear interpolation between [`STEPS`] points is good to 10⁻⁵.
struct Quantiles {
    /// At the lower and the upper tail of the gamma distribution.
    tails: [Vec<f64>; 2],
}

const STEPS: usize = 256;
/// 1/√2: shapes are above 2.
const LARGEST: f64 = std::f64::consts::FRAC_1_SQRT_2;

impl Quantiles {
    fn new(level: f64) -> Self {
        let tail = |p: f64| {
            (0..=STEPS)
                .into_par_iter()
                .map(|step| {
                    if step == 0 {
                        return normal_quantile(p);
                    }
                    let t = LARGEST * step as f64 / STEPS as f64;
                    (gamma_quantile(p, 1.0 / (t * t), 1.0) * t * t).ln() / t
                })
                .collect()
        };
        Self { tails: [tail(0.5 - 0.5 * level), tail(0.5 + 0.5 * level)] }
    }

    /// Lower and upper quantile of the inverse gamma distribution of this shape (above 2) and scale 1.
    fn at(&self, shape: f64) -> (f64, f64) {
        let t = shape.sqrt().recip().min(LARGEST);
        let place = t / LARGEST * STEPS as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 0..=STEPS
        let below = (place as usize).min(STEPS - 1);
        let part = place - below as f64;
        let quantile = |tail: &[f64]| shape * (t * (tail[below] + part * (tail[below + 1] - tail[below]))).exp();
        (quantile(&self.tails[1]).recip(), quantile(&self.tails[0]).recip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn table_of_quantiles_is_close() {
        for level in [0.5, 0.9, 0.99] {
            let table = Quantiles::new(level);
            for shape in [2.000_001, 2.3, 3.7, 11.0, 170.0, 4e4, 1e9] {
                let (lower, upper) = table.at(shape);
                let exact = |p: f64| 1.0 / gamma_quantile(p, shape, 1.0);
                assert_relative_eq!(lower, exact(0.5 + 0.5 * level), max_relative = 3e-5);
                assert_relative_eq!(upper, exact(0.5 - 0.5 * level), max_relative = 3e-5);
            }
        }
    }
}
