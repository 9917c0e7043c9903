#![allow(clippy::unwrap_used)]

use super::*;
use crate::counts::{Calendar, Cells, Period, PeriodUnit};
use crate::domain::{Term, TermKey};
use approx::assert_relative_eq;

mod coverage;
mod edges;
mod formulas;
mod huge;

/// How single orders spread around a term's mean value.
#[derive(Clone, Copy)]
enum Orders {
    /// Gamma of this shape.
    Gamma(f64),
    /// Log-normal of this standard deviation.
    LogNormal(f64),
    /// Pareto of this tail index.
    Pareto(f64),
}

impl Orders {
    /// An order of mean 1.
    fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Self::Gamma(p) => stream.gamma(p) / p,
            Self::LogNormal(sd) => (sd * stream.normal() - 0.5 * sd * sd).exp(),
            Self::Pareto(index) => (index - 1.0) / index * stream.uniform().powf(-1.0 / index),
        }
    }
}

/// An account drawn from known truth.
#[derive(Clone, Copy)]
struct World {
    terms: usize,
    campaigns: usize,
    periods: usize,
    /// Orders of a usual term over all periods; terms differ by a log-normal factor of standard deviation 1.
    orders: f64,
    single: Orders,
    /// Spread of the logarithm of values between terms and between campaigns.
    spread: (f64, f64),
    /// Inverse gamma of this shape between terms instead of log-normal.
    inverse_gamma: Option<f64>,
}

const WORLD: World = World {
    terms: 300,
    campaigns: 6,
    periods: 12,
    orders: 8.0,
    single: Orders::LogNormal(0.7),
    spread: (0.4, 0.4),
    inverse_gamma: None,
};

impl World {
    /// Counts, and the true mean value of every term around 50.
    fn draw(self, seed: u64) -> (Counts, Vec<f64>) {
        let mut stream = Stream::new(seed, 5);
        let campaigns: Vec<f64> = (0..self.campaigns).map(|_| 50.0 * (self.spread.1 * stream.normal()).exp()).collect();
        let (mut truth, mut rows) = (Vec::new(), Vec::new());
        for term in 0..self.terms {
            let own = match self.inverse_gamma {
                Some(q) => (q - 1.0) / stream.gamma(q),
                None => (self.spread.0 * stream.normal()).exp(),
            };
            let value = campaigns[term % self.campaigns] * own;
            let rate = self.orders * (stream.normal() - 0.5).exp() / self.periods as f64;
            rows.push(
                (0..self.periods)
                    .map(|_| {
                        let y = stream.poisson(rate);
                        let mut sum = 0.0;
                        let mut left = y;
                        while left > 0.0 {
                            sum += value * self.single.draw(&mut stream);
                            left -= 1.0;
                        }
                        (y, sum)
                    })
                    .collect::<Vec<(f64, f64)>>(),
            );
            truth.push(value);
        }
        (counts(&rows, self.campaigns), truth)
    }
}

/// Counts from conversions and revenue. Shape of `rows`: terms × periods; terms take campaigns in turn.
fn counts(rows: &[Vec<(f64, f64)>], campaigns: usize) -> Counts {
    let periods = rows.iter().map(Vec::len).max().unwrap();
    let mut cells = Cells { offsets: vec![0], ..Cells::default() };
    let mut revenue = Vec::new();
    for row in rows {
        for (period, &(y, r)) in (0_u32..).zip(row) {
            cells.period.push(period);
            cells.clicks.push(10.0);
            cells.conversions.push(y);
            revenue.push(r);
        }
        cells.offsets.push(cells.period.len());
    }
    cells.revenue = Some(revenue);
    let key = |i: usize| TermKey {
        term: format!("term {i:06}"),
        campaign: Some(format!("campaign {}", i % campaigns)),
        ..TermKey::default()
    };
    Counts {
        terms: (0..rows.len()).map(|i| Term { key: key(i), ..Term::default() }).collect(),
        calendar: Calendar {
            unit: PeriodUnit::Undated { days: None },
            periods: vec![Period::default(); periods],
            as_of: None,
        },
        cells,
        ..Counts::default()
    }
}

/// Undated counts of one campaign.
fn undated(conversions: &[f64], revenue: &[f64]) -> Counts {
    counts(&conversions.iter().zip(revenue).map(|(&y, &r)| vec![(y, r)]).collect::<Vec<_>>(), 1)
}

fn fitted_with(counts: &Counts, notes: &mut Notes) -> Option<ValuePosterior> {
    let conversions = counts.by_term(&counts.cells.conversions);
    let revenue = counts.by_term(counts.cells.revenue.as_deref()?);
    fit(counts, &Groups::by_campaign(counts), (&conversions, revenue), 0.9, notes)
}

fn fitted(counts: &Counts) -> ValuePosterior {
    fitted_with(counts, &mut Notes::default()).unwrap()
}

/// Expected over actual revenue of what was sold.
fn added_up(counts: &Counts, posterior: &ValuePosterior) -> f64 {
    let y = counts.by_term(&counts.cells.conversions);
    let r = counts.by_term(counts.cells.revenue.as_ref().unwrap());
    y.iter().zip(&posterior.mean).map(|(y, v)| y * v).sum::<f64>() / r.iter().sum::<f64>()
}
